//! The local cloud, held against what it stands for.

mod account;
mod authorities;
pub mod client;
mod eks;
mod faults;
mod iam;
mod kubernetes;
mod log;
mod signatures;
mod sts;
mod tokens;
