//! What `-v` shows on stderr. Of the HTTP stack never more than warnings: it would show headers, which hold tokens. Of the
//! signer nothing at all: what it signs is what must not be seen.

use tracing_subscriber::EnvFilter;

/// Starts logging: nothing, then ours from info to trace. `RUST_LOG` counts with `-v` only, and for this program only.
pub(crate) fn start(verbose: u8, env: Option<&str>) {
    let level = match verbose {
        0 => return,
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let level = env.filter(|l| matches!(*l, "error" | "warn" | "info" | "debug" | "trace")).unwrap_or(level);
    let filter = EnvFilter::new(format!("warn,aws_sigv4=off,aws_runtime=off,eksaccess={level}"));
    // A second subscriber in one process (tests) is no failure.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .log_internal_errors(false) // it would say so on stderr, and panic where that is what failed
        .try_init();
}
