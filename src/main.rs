//! The process edge: parse, run, exit.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    ExitCode::from(eksaccess::cli::dispatch(eksaccess::cli::args::Cli::parse()))
}
