//! The single runtime of a process.

use crate::error::{Error, Result};

/// Runs a future on a runtime of the current thread.
///
/// # Errors
/// The future's own; the runtime can't be created.
pub(crate) fn on_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::failed("the runtime could not be started").because_of(e))?;
    let outcome = runtime.block_on(work);
    // A hanging name resolution must not delay the exit.
    runtime.shutdown_background();
    outcome
}
