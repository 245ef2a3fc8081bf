//! The process edge: parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(eksaccess::cli::parse().map_or_else(|code| code, eksaccess::cli::dispatch))
}
