//! The one runtime of a process.

use crate::error::{Error, Result};

/// Runs a future on a runtime of this one thread.
///
/// # Errors
/// The future's own; the system gives no runtime.
pub(crate) fn on_runtime<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::failed("the runtime could not be started").because_of(e))?;
    let outcome = runtime.block_on(work);
    // A name resolution that hangs must not hold the exit up.
    runtime.shutdown_background();
    outcome
}
