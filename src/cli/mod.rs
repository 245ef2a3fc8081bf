//! The command line, from its arguments to the exit status. `dispatch` calls the verb of a parsed line; a verb turns
//! its arguments into what is desired, and the shared pipeline carries it out.

mod args;
mod dispatch;
mod pipeline;
mod screen;
mod verbs;
mod world;

pub use args::Cli;
pub use dispatch::{dispatch, parse};

pub use crate::engine::verify::WAY;
