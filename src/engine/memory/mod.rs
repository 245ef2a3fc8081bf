//! An in-memory world behind the ports, for tests: it drives observe, plan, apply and verify without a network, a clock
//! or a thread, counts rounds, and fails where a test says so.
//!
//! | module | contents |
//! | --- | --- |
//! | `state` | the state of AWS and the cluster: plain data |
//! | `front` | what is between the caller and the cluster: keys, a clock, MFA, a network |
//! | `places` | the clusters in the lists of other accounts and regions |
//! | `gate` | the queue of calls, which are answered together once nothing else can continue: a round |
//! | `fault` | what happens to one call: refused, its answer lost, the run killed, another writer first |
//! | `world`, `iam`, `eks`, `kubernetes` | the ports |
//! | `machine` | the user's machine: what is saved and reported |
//! | `wishes` | the inputs of the tests |
//! | `endings` | every result of the walk and of the proof, in `tests/it/golden/endings` |
//! | `command` | one run of the command line: observe, plan, rehearse, apply, verify |
//!
//! The number of rounds is the longest chain of dependent calls, as a call is pending only once everything that it
//! needs was answered. Pauses run on tokio's paused clock, and take no time.

mod again_tests;
mod command;
mod conflict_tests;
mod eks;
mod endings;
mod endings_inside_tests;
mod endings_kubeconfig_tests;
mod endings_other_tests;
mod endings_tests;
mod fault;
mod front;
mod gate;
mod iam;
mod kubernetes;
mod laws;
mod machine;
mod many_tests;
mod migration_tests;
mod mode_tests;
mod partial_tests;
mod places;
mod removal_tests;
mod resume_tests;
mod rounds_tests;
mod select_laws;
mod select_tests;
mod state;
mod together_tests;
mod wishes;
mod world;
mod worlds;
