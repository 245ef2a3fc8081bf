//! The accounts of a run, each with the adapters that act in it.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::rc::Rc;

use super::cluster_ref::AccountRef;
use super::port::{CallResult, Connect};

/// Yields the world of an account.
pub trait Worlds {
    /// The adapters of one account.
    type World: Connect;

    /// The adapters of an account: with the base credentials, or with its role, which is assumed once per run. A role
    /// that can't be assumed is not tried again: later requests for the account get the same failure.
    async fn at(&self, account: &AccountRef) -> CallResult<Rc<Self::World>>;
}
