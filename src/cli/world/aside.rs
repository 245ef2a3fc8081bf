//! File work off the runtime's thread: a file system may hang (NFS, FUSE), and signals and the deadline must still be
//! handled.

use std::time::Duration;

use crate::cli::world::interrupt::Undisturbed;
use crate::error::{Error, Result};

/// How long the last record of a run may take.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Runs blocking work on a thread of its own. A hanging thread does not delay the end of the process.
///
/// # Errors
/// The work's own; it panicked.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(Error::failed("a file was not read or written").because_of(error)))
}

/// The same for the last record of a run, which an interruption does not cut off: for some seconds at most.
///
/// # Errors
/// As [`aside`]; not done in time.
pub(crate) async fn briefly<T: Send + 'static>(
    doing: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _undisturbed = Undisturbed::new();
    let done = tokio::time::timeout(LAST_WORDS, aside(work)).await;
    done.unwrap_or_else(|_| Err(Error::failed(format!("{doing} did not finish within {} s", LAST_WORDS.as_secs()))))
}
