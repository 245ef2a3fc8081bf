//! An in-memory world behind the ports, for tests: it drives observe, plan, apply and verify without a network, a clock or
//! a thread, counts rounds, and fails wherever a test says.
//!
//! | module | what it is |
//! | --- | --- |
//! | `state` | what AWS and the cluster remember: plain data |
//! | `front` | what stands between the caller and the cluster: keys, a clock, MFA, a network |
//! | `places` | which clusters the lists of other accounts and regions show |
//! | `gate` | where calls wait until nothing else can go on, and are then answered together: a round |
//! | `fault` | what happens to one call: refused, its answer lost, the run killed, another writer first |
//! | `world`, `iam`, `eks`, `kubernetes` | the ports |
//! | `machine` | the user's machine: what is kept and what is told |
//! | `wishes` | what the tests ask for |
//! | `endings` | every ending of the walk and of the proof, in `tests/it/golden/endings` |
//! | `command` | one run of the command line: observe, plan, rehearse, apply, verify |
//!
//! The number of rounds is the longest chain of calls that depend on one another, for a call can only be pending when
//! everything that it needs was answered. Pauses run on tokio's paused clock, and cost no time.

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
