//! Whose keys sign: a table of what the environment and the files may say, with the AWS CLI's answer to each row. Here
//! `token` and another verb are asked; `real::whose_keys` asks the AWS CLI itself.

mod answer;
mod ours;
mod place;
mod row;

pub(crate) use answer::Answer;
pub(crate) use place::Place;
pub(crate) use row::each;
