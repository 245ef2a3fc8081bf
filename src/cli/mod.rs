//! The command line, from its arguments to the exit status. `dispatch` takes a parsed line to its verb; a verb says what is
//! wished, and the one pipeline carries it out.

mod args;
mod dispatch;
mod pipeline;
mod screen;
mod verbs;
mod world;

pub use args::Cli;
pub use dispatch::{dispatch, parse};

pub use crate::engine::verify::WAY;
