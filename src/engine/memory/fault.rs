//! Faults of a single call.

use std::fmt;
use std::rc::Rc;

use super::gate::Call;
use super::state::State;
use crate::engine::CallErrorKind;

/// The effect of a fault on its call.
#[derive(Clone)]
pub(super) enum Effect {
    /// It is not carried out, and fails with this kind.
    Refused(CallErrorKind),
    /// It is carried out, and the answer is lost.
    Lost,
    /// It is carried out, the answer is lost, and the adapter sends it again: the second answer arrives.
    SentAgain,
    /// The run ends before it is carried out.
    KilledBefore,
    /// The run ends after it was carried out.
    KilledAfter,
    /// Another client acts first; then it is carried out.
    Overtaken(Rc<dyn Fn(&mut State)>),
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(kind) => write!(f, "refused as {kind:?}"),
            Self::Lost => f.write_str("its answer lost"),
            Self::SentAgain => f.write_str("its answer lost and sent again"),
            Self::KilledBefore => f.write_str("killed before it"),
            Self::KilledAfter => f.write_str("killed after it"),
            Self::Overtaken(_) => f.write_str("overtaken by another writer"),
        }
    }
}

/// Which calls a fault counts.
#[derive(Clone, Copy, Debug)]
enum Which {
    /// Those that change something.
    Writes,
    /// Those of one operation: `iam:CreateRole`.
    Named(&'static str),
}

/// One fault: it affects the n-th of the calls that it counts, or every one.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    which: Which,
    /// How many are left until that one; `None` for every one.
    left: Option<usize>,
    effect: Effect,
}

impl Fault {
    /// At the n-th call that changes something, counted from 1.
    pub(super) fn at_write(nth: usize, effect: Effect) -> Self {
        Self { which: Which::Writes, left: Some(nth), effect }
    }

    /// At the n-th call of an operation, counted from 1.
    pub(super) fn at(operation: &'static str, nth: usize, effect: Effect) -> Self {
        Self { which: Which::Named(operation), left: Some(nth), effect }
    }

    /// At every call of an operation.
    pub(super) fn every(operation: &'static str, effect: Effect) -> Self {
        Self { which: Which::Named(operation), left: None, effect }
    }

    /// Counts a call; returns the effect, if it is the one.
    pub(super) fn met_by(&mut self, call: &Call) -> Option<Effect> {
        let counts = match self.which {
            Which::Writes => call.writes,
            Which::Named(operation) => call.operation == operation,
        };
        if !counts {
            return None;
        }
        let is_the_one = self.left.is_none_or(|left| left == 1);
        self.left = self.left.map(|left| left.saturating_sub(1));
        is_the_one.then(|| self.effect.clone())
    }
}
