//! AWS, thinly: one function an operation, in the words of [`crate::model`]. The SDK's types end here.
//!
//! [`config`] makes one configuration and one HTTP client for all clients, [`credentials`] signs with the keys that were
//! decided on (`crate::token::decide`), [`account`], [`iam`], [`eks`] and [`sts`] are the ports' operations, [`pace`] says how fast they are called, [`error`] turns the SDK's errors
//! into [`crate::engine::CallError`].

pub mod account;
mod base;
pub mod config;
pub mod credentials;
mod described;
pub mod eks;
mod endpoints;
pub mod error;
pub mod failure;
pub mod http;
pub mod iam;
mod lane;
pub mod pace;
pub mod retry;
mod roles;
pub mod settings;
pub mod sts;

pub use config::AwsConfig;
pub use credentials::{AssumedCredentials, BaseCredentials};
pub use eks::{EksClient, EksWriter};
pub use failure::ConfigError;
pub use iam::{IamClient, IamWriter};
pub use settings::AwsSettings;

#[cfg(test)]
mod border_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod wire_tests;
