//! The keys that sign: a table of environments and files, with the AWS CLI's answer to each row. Checks `token` and
//! another verb; `real::whose_keys` checks the AWS CLI itself.

mod answer;
mod ours;
mod place;
mod row;

pub(crate) use answer::Answer;
pub(crate) use place::Place;
pub(crate) use row::each;
