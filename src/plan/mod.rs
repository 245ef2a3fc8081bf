//! What would change: from [`Desired`](crate::model::Desired) and [`Observed`](crate::model::Observed) to steps. Pure.
//!
//! The table of steps and their classes stands in [`step`].

mod access;
mod access_policy;
mod ask;
mod basis;
mod binding;
pub mod describe;
pub mod diff;
mod doubt;
mod entry;
#[cfg(test)]
mod fixture;
mod group;
pub mod guard;
pub mod kubeconfig;
mod map;
mod map_change;
mod matching;
mod near;
pub mod owners;
pub mod planner;
mod restore;
mod role;
pub mod step;
mod uncovered;
mod via;
mod who;
mod whole;

pub use ask::{Ask, Class};
pub use binding::Judgement;
pub use describe::{Mark, Words, describe};
pub use doubt::{gives, open_trust};
pub use kubeconfig::{KubeconfigWish, Tunnel, awaited};
pub use map::{changed, edit_error, seen_map};
pub use map_change::{Judge, manifest_upsert, plan_changes, plan_changes_of, removal};
pub use planner::{Extras, Planned, draft, plan};
pub use restore::plan_restore;
pub use role::{PlannedRole, existing};
pub use step::{Action, AwsAuthEdit, AwsAuthWrite, Identity, KubeconfigWrite, RemovedEntry, Step};
pub use uncovered::{Sides, Uncovered};
pub use who::{Answer, Became, Hidden, Source, who};
pub use whole::Plan;
