//! The local cloud, compared with the real services.

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
