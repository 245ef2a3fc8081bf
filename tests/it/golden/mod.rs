//! Whole outputs as people and programs read them, at 80 and 120 columns, with and without colour: the `.snap` files beside
//! this one.
//!
//! What differs from run to run is replaced. After a wanted change: `INSTA_UPDATE=always cargo test --test it golden::`, and
//! read the difference.

mod outputs;
