//! The command line. [`args`] holds every clap type, [`context`] is the only reader of the environment, `ui` the only
//! printer, `run` the one pipeline; a file a verb.

mod args;
mod aside;
mod begun;
mod bootstrap;
mod confirm;
mod connect;
mod context;
mod desire;
mod dispatch;
mod examples;
mod factor;
mod group;
mod history;
mod interrupt;
mod kept;
mod kubeconfig;
mod lint;
mod local;
mod log;
mod man;
mod manifest;
mod map;
mod open;
mod pasted;
mod plain_json;
mod prompt;
mod proof;
mod rehearse;
mod report;
mod restore;
mod role;
mod run;
mod runtime;
mod show;
mod spelling;
mod stage;
mod through_context;
mod token;
mod ui;
mod verify;
mod who;
mod wrap;

pub use args::Cli;
pub use dispatch::{dispatch, parse};

pub use crate::engine::verify::WAY;
