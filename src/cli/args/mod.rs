//! The command line: every clap type, no logic. Completions and the manual are generated from these. `global` holds the
//! options of every verb, `parts` and `selection` the families that several verbs share, `verbs` the verbs, `aws_auth`
//! those for an `aws-auth` in a cluster or in a file.

mod aws_auth;
pub(crate) mod examples;
mod global;
mod migrate;
mod mode;
mod parts;
mod selection;
mod verbs;

pub use aws_auth::*;
pub use global::*;
pub use migrate::*;
pub use mode::*;
pub use parts::*;
pub use selection::*;
pub use verbs::*;
