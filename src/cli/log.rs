//! What `-v` shows on stderr. Of the HTTP stack never more than warnings: it would show headers, which hold tokens.

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
    let filter = EnvFilter::new(format!("warn,eksaccess={level}"));
    // A second subscriber in one process (tests) is no failure.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .try_init();
}
