//! `verify` with each link broken alone; `docs/locked-out.md` has the required output.

pub mod authority;
mod broken;
mod choice;
mod grants;
mod hold;
pub mod kubeconfig;
pub mod kuberc;
mod mfa;
mod others;
mod signed_in;
pub mod table;
mod whole;
pub mod world;
