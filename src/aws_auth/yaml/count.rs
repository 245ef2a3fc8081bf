//! How much YAML a test's thread reads: the cost of a command, counted without a clock.

use std::cell::Cell;

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// Counts a text.
pub(super) fn add(text: &str) {
    BYTES.set(BYTES.get() + text.len());
}

/// The bytes that a piece of work reads.
pub(crate) fn bytes_read<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.get();
    let done = work();
    (done, BYTES.get() - before)
}
