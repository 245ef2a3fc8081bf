//! The planner: from [`Desired`] and [`Observed`](crate::model::Observed) to steps. Pure.
//!
//! The table of steps and their classes is in [`step`].

mod access;
mod access_policy;
mod ask;
mod basis;
mod becomes;
mod binding;
pub mod describe;
mod desired;
pub mod diff;
mod doubt;
mod effects;
mod entry;
mod entry_names;
#[cfg(test)]
mod fixture;
mod group;
pub mod guard;
pub mod kubeconfig;
mod map;
mod map_change;
mod map_wish;
mod mapping;
mod matching;
mod merged;
pub mod migrate;
mod mode;
mod mode_ready;
mod near;
pub mod owners;
mod place;
pub mod planner;
mod put_back;
mod restore;
mod role;
pub mod step;
mod uncovered;
mod via;
mod who;
mod whole;

pub use ask::Class;

pub use describe::{Mark, describe};
pub use desired::{AccessChange, Depth, Desired, Whom};
pub use doubt::{gives, open_trust};
pub use effects::{Effects, EntryEffect, MapChange, MapEffect};
pub use kubeconfig::{KubeconfigWish, Tunnel};
pub use map::{changed, edit_error, map_to_change, seen_map};
pub use merged::Merged;
pub use place::Place;
pub use planner::{Planned, plan, plan_manifest};
pub use put_back::PutBack;
pub use role::{PlannedRole, existing};
pub use step::{Action, AwsAuthEdit, AwsAuthWrite, Identity, KubeconfigWrite, Mapped, Step};
pub use who::{Answer, Became, Source, who};
pub use whole::Plan;
