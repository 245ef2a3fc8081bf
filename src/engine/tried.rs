//! The results of dry runs before anything is written.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::AwsAuthMap;

/// An object that the API server accepts, and the map that it replaces.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tried {
    /// The map that was read; `None` if absent.
    pub(super) map: Option<AwsAuthMap>,
    /// The whole object; `None` if the same change was made already, and nothing is left to do.
    pub(super) object: Option<Value>,
}

/// The dry runs by step; each is used once.
#[derive(Debug, Default)]
pub struct Rehearsed(RefCell<BTreeMap<usize, Tried>>);

impl Rehearsed {
    pub(super) fn take(&self, step: usize) -> Option<Tried> {
        self.0.borrow_mut().remove(&step)
    }

    pub(super) fn keep(&self, step: usize, tried: Tried) {
        self.0.borrow_mut().insert(step, tried);
    }
}
