//! The accounts of a run, each with the adapters that act in it.

#![allow(async_fn_in_trait, reason = "the engine runs on one thread and is generic over its ports")]

use std::rc::Rc;

use super::cluster_ref::AccountRef;
use super::port::{CallResult, Connect};

/// Yields the world of an account.
pub trait Worlds {
    /// The adapters of one account.
    type World: Connect;

    /// The adapters that act in an account: the base credentials' own, or through its role, which is assumed once a run. A
    /// role that can't be assumed is not tried again: whoever asks for the account gets the same failure.
    async fn at(&self, account: &AccountRef) -> CallResult<Rc<Self::World>>;
}
