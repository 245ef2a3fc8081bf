//! Whole outputs as people and programs read them, at 80 and 120 columns, with and without colour: the `.snap` files in
//! the folders next to this file, one folder per subject. The cases of `verify::broken` are in `verify/broken`.
//!
//! What varies between runs is replaced, and the lines of concurrent steps are sorted. After an intended change:
//! `INSTA_UPDATE=always cargo test --test it -- golden:: verify::broken::`, and read the diff.

mod errors;
mod help;
mod kept;
mod kubeconfig;
mod lint;
mod manifest;
pub mod many;
pub mod migrate;
mod mode;
pub mod pinned;
mod plans;
mod proof;
mod verify;
mod who;
