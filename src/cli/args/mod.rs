//! The command line: every clap type, no logic. Completions and the manual are made from these.
//! `global` holds the options of every verb, `parts` the families that several verbs share, `verbs` the verbs.

mod global;
mod parts;
mod verbs;

pub use global::*;
pub use parts::*;
pub use verbs::*;
