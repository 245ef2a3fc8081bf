//! The process edge: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(eksaccess::cli::dispatch(eksaccess::cli::parse()))
}
