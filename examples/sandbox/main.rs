//! The whole story on one machine, without an AWS account: `cargo run --example sandbox`.
//!
//! It starts the tests' local cloud (IAM, STS, EKS and a Kubernetes API on 127.0.0.1) and plays a person's first hour
//! with eksaccess against it, checking every claim: if one is false, the exit status is not 0. `cargo run --example
//! sandbox -- shell` opens a shell for that cloud.
//!
//! It runs the real program: this example starts itself under the name `eksaccess` (a link in a directory of its own,
//! first in `PATH`) and then does exactly what the real `main` does; kubectl's exec plugin too.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks")]

#[allow(dead_code, unused_imports, unreachable_pub, reason = "the tests use the rest")]
#[path = "../../tests/it/support/cloud/mod.rs"]
mod cloud;
mod screen;
mod shell;
mod signals;
mod story;
mod table;

use std::path::Path;
use std::process::ExitCode;

use crate::table::Table;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let name = args.next().unwrap_or_default();
    if Path::new(&name).file_name().is_some_and(|name| name == "eksaccess") {
        return ExitCode::from(eksaccess::cli::parse().map_or_else(|code| code, eksaccess::cli::dispatch));
    }
    let what = args.next();
    let end = match what.as_ref().and_then(|w| w.to_str()) {
        None if what.is_none() => Table::lay().and_then(|table| story::tell(&table)),
        Some("shell") => Table::lay().and_then(|table| shell::open(&table)),
        _ => Err("usage: cargo run --example sandbox [-- shell]".to_owned()),
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("sandbox: {why}");
            ExitCode::FAILURE
        }
    }
}
