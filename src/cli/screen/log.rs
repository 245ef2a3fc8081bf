//! The log of `-v` on stderr, one line per event, with known secrets redacted. Of the HTTP stack only warnings: more
//! would show headers, which hold tokens. Of the signer nothing: it would show what it signs.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::one_line;
use crate::secrets::redact;

/// Starts logging: off without `-v`, else this program's from info to trace. `RUST_LOG` is used with `-v` only, and for
/// this program only.
pub(crate) fn start(verbose: u8, env: Option<&str>) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let level = env.and_then(|level| level.parse().ok()).filter(|l| *l != LevelFilter::OFF).unwrap_or(level);
    let filter = Targets::new().with_default(LevelFilter::WARN).with_targets([
        ("aws_sigv4", LevelFilter::OFF),
        ("aws_runtime", LevelFilter::OFF),
        ("eksaccess", level),
    ]);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Lines)
        .with_ansi(false)
        .without_time()
        .log_internal_errors(false); // they would be printed on stderr, and panic if that is what failed
    // A second subscriber in one process (tests) is ignored.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}

/// Prints one event at a time, as the formatter writes it.
struct Lines;

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        writeln!(io::stderr().lock(), "{}", one_line(&redact(text.trim_end())))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
