//! The pipeline over small ports: select, observe, apply, verify. Names no SDK.

pub mod admission;
mod again;
pub mod apply;
pub mod call_error;
pub mod census;
mod check_mappings;
pub mod clock;
pub mod cluster_ref;
mod compare_entry;
mod explain;
mod foreign;
mod known;
pub mod ledger;
mod listing;
#[cfg(test)]
mod memory;
mod migration_sight;
pub mod mode_sight;
mod not_there;
pub mod observe;
pub mod port;
mod precondition;
pub mod principals;
pub mod read_map;
mod rehearse;
pub mod request_ids;
mod restore_map;
mod run_step;
pub mod select;
mod selection;
mod sight;
mod switch_mode;
mod tried;
pub mod verify;
pub mod work;
pub mod worlds;
mod write_file;
mod write_map;

pub use again::Again;
pub use apply::apply;
pub use call_error::{CallError, CallErrorKind};
pub use census::census;
pub use clock::Clock;
pub use cluster_ref::{AccountRef, ClusterRef};
pub use explain::{explain, renew};
pub use known::Known;
pub use ledger::{Event, Ledger, StepState, Watch};
pub use observe::{Looking, observe};
pub use port::{
    AssumeRequest, CallResult, Can, ClusterRead, ClusterWrite, Connect, CredentialFacts, EksRead, EksWrite, IamRead,
    IamWrite, MapWrite, NewEntry, NewRole, Reach, SecondFactor, Simulated, TaggedCluster, TokenFacts, Writers,
};
pub use rehearse::{Denied, rehearse};
pub use request_ids::answered;
pub use select::{Regions, Selection};
pub use tried::Rehearsed;
pub use verify::{Link, LinkKind, LinkState, Question, verify};
pub use work::{JudgedRole, Local, Work, Works, Written};
pub use worlds::Worlds;
