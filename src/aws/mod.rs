//! AWS, thinly wrapped: one function per operation, in the terms of [`crate::model`]. No SDK type leaves this module.
//!
//! [`config`] makes one configuration and one HTTP client for all clients, [`credentials`] signs with the keys chosen
//! by `crate::token::decide`, [`account`], [`iam`], [`eks`] and [`sts`] implement the ports' operations, [`pace`]
//! limits how fast they are called, [`error`] turns the SDK's errors into [`crate::engine::CallError`].

pub mod account;
mod base;
pub mod config;
pub mod credentials;
mod described;
pub mod eks;
mod eks_nodes;
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
