//! Whole outputs as people and programs read them, at 80 and 120 columns, with and without colour: the `.snap` files in
//! the folders beside this file, one folder a subject. The cases of `verify::broken` are in `verify/broken`.
//!
//! What differs from run to run is replaced, and the lines of steps that run together are sorted. After a wanted change: `INSTA_UPDATE=always cargo test --test it -- golden::
//! verify::broken::`, and read the difference.

mod errors;
mod help;
mod kept;
mod kubeconfig;
mod lint;
mod manifest;
pub mod many;
pub mod migrate;
pub mod pinned;
mod plans;
mod proof;
mod verify;
mod who;
