//! All changes of one file, in one edit of its text. Pure.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::entries::Entries;
use super::merge::merge;
use super::read::Document;
use super::{DocumentError, Merged, Wanted};

/// The results of all changes of one file.
pub struct Batch {
    /// The text with everything that could be merged.
    pub text: String,
    /// The changes of each, or why it is left out.
    pub each: Vec<Result<Merged, DocumentError>>,
}

impl Batch {
    /// Merges everything that is wanted into a file of a list, one after another, in one edit of the text.
    #[must_use]
    pub fn of(clean: &Draft<'_>, wanted: &[&Wanted]) -> Self {
        let mut left_out: BTreeMap<usize, DocumentError> = BTreeMap::new();
        loop {
            let mut draft = clean.clone();
            let mut merged = BTreeMap::new();
            let rest = wanted.iter().enumerate().filter(|(at, _)| !left_out.contains_key(at));
            let failed = rest.clone().find_map(|(at, wanted)| match merge(&mut draft, wanted) {
                Ok(one) => {
                    merged.insert(at, one);
                    None
                }
                Err(error) => Some((at, error)),
            });
            if let Some((at, error)) = failed {
                left_out.insert(at, error);
                continue;
            }
            match draft.text() {
                Ok(text) => {
                    let each = (0..wanted.len()).map(|at| match left_out.remove(&at) {
                        Some(error) => Err(error),
                        None => Ok(merged.remove(&at).unwrap_or_default()),
                    });
                    return Self { each: each.collect(), text };
                }
                Err(error) => {
                    // Applied alone, the failing edit is found; if each succeeds alone, all are left out.
                    let alone = |wanted: &Wanted| {
                        let mut draft = clean.clone();
                        merge(&mut draft, wanted).and_then(|_| draft.text())
                    };
                    let errors: Vec<_> =
                        rest.clone().filter_map(|(at, wanted)| Some((at, alone(wanted).err()?))).collect();
                    let errors =
                        if errors.is_empty() { rest.map(|(at, _)| (at, error.clone())).collect() } else { errors };
                    left_out.extend(errors);
                }
            }
        }
    }
}

/// A whole new kubeconfig, for standard output.
///
/// # Errors
/// It could not be proven.
pub fn emit(wanted: &Wanted) -> Result<String, DocumentError> {
    let (none, entries) = ([Document::default()], Entries::default());
    let mut draft = Draft::new(&none, &entries, 0);
    merge(&mut draft, wanted)?;
    draft.text()
}
