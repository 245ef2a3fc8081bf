//! What two texts have in common at both ends.

/// A replacement of bytes of a document.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) text: String,
}

/// How many parts are equal at the beginning, and how many at the end of the rest.
pub(super) fn middle<T: PartialEq>(old: &[T], new: &[T]) -> (usize, usize) {
    let before = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(|(old, new)| old == new).count();
    (before, after)
}
