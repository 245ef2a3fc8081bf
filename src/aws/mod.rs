//! AWS, thinly: one function an operation, in the words of [`crate::model`]. The SDK's types end here.
//!
//! [`config`] makes one configuration and one HTTP client for all clients, [`credentials`] who signs, [`account`], [`iam`],
//! [`eks`] and [`sts`] are the ports' operations, [`pace`] says how fast they are called, [`error`] turns the SDK's errors
//! into [`crate::engine::CallError`].

pub mod account;
mod base;
pub mod config;
pub mod credentials;
mod described;
pub mod eks;
mod endpoints;
pub mod error;
pub mod http;
pub mod iam;
mod lane;
pub mod pace;
pub mod profile;
pub mod retry;
pub mod role_chain;
mod source;
pub mod sts;

pub use config::{AwsConfig, AwsSettings, ConfigError};
pub use credentials::{AssumedCredentials, BaseCredentials};
pub use eks::{EksClient, EksWriter};
pub use iam::{IamClient, IamWriter};

#[cfg(test)]
mod border_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod wire_tests;
