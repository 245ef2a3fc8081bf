//! A file of a list while it is changed: its meaning after the edits so far, and kubectl's view of the whole list.
//! Pure.

use std::borrow::Cow;

use serde_yaml::Value;

use super::DocumentError;
use super::create::{create, skeleton};
use super::edit::{Edit, Path, Step};
use super::entries::{Entries, Entry, List};
use super::read::Document;

/// A file of a list while it is changed.
#[derive(Clone)]
pub struct Draft<'d> {
    /// The files of the list; missing ones are empty.
    pub(super) documents: &'d [Document],
    /// The one that is changed.
    pub(super) file: usize,
    /// kubectl's view of all files.
    pub(super) entries: Cow<'d, Entries>,
    /// The file's meaning after the edits.
    pub(super) now: Cow<'d, Value>,
    pub(super) edits: Vec<Edit>,
    /// The place of an edit that changed nothing.
    unplaced: Option<String>,
}

impl<'d> Draft<'d> {
    /// An unchanged file.
    #[must_use]
    pub fn new(documents: &'d [Document], entries: &'d Entries, file: usize) -> Self {
        let document = &documents[file];
        let now = if document.is_empty() { Cow::Owned(skeleton()) } else { Cow::Borrowed(&document.raw) };
        Self { documents, file, entries: Cow::Borrowed(entries), now, edits: Vec::new(), unplaced: None }
    }

    /// Another, unchanged file of the list.
    pub(super) fn of(&self, file: usize) -> Draft<'_> {
        Draft::new(self.documents, &self.entries, file)
    }

    pub(super) fn push(&mut self, edit: Edit) {
        if edit.apply(self.now.to_mut()).is_none() && self.unplaced.is_none() {
            self.unplaced = Some(edit.place());
        }
        self.edits.push(edit);
    }

    /// The number of edits.
    pub(super) const fn edits(&self) -> usize {
        self.edits.len()
    }

    /// The entries that an edit changed, by list and index.
    fn touched(&self, edit: &Edit) -> Vec<(List, usize)> {
        let count = |list: List| self.now.get(list.key()).and_then(Value::as_sequence).map_or(0, Vec::len);
        let list_of = |at: &Path| match at.first() {
            Some(Step::Key(key)) => List::of_key(key),
            _ => None,
        };
        match edit {
            Edit::Set(at, _) | Edit::Insert(at, ..) | Edit::Push(at, _) | Edit::Remove(at) if at.len() > 1 => {
                match (list_of(at), &at[1]) {
                    (Some(list), Step::Item(index)) => vec![(list, *index)],
                    _ => Vec::new(),
                }
            }
            Edit::Push(at, _) => {
                list_of(at).and_then(|list| Some((list, count(list).checked_sub(1)?))).into_iter().collect()
            }
            Edit::Set(at, _) => {
                list_of(at).map(|list| (0..count(list)).map(|index| (list, index)).collect()).unwrap_or_default()
            }
            Edit::Insert(_, key, _) => {
                List::of_key(key).map(|list| (0..count(list)).map(|index| (list, index)).collect()).unwrap_or_default()
            }
            Edit::Remove(_) => Vec::new(),
        }
    }

    /// Reads the results of the edits since `from`, for the next merge.
    pub(super) fn see(&mut self, from: usize) {
        let mut touched: Vec<_> = self.edits[from..].iter().flat_map(|edit| self.touched(edit)).collect();
        touched.sort_unstable();
        touched.dedup();
        for (list, index) in touched {
            let Some(mut item) = self.now.get(list.key()).and_then(|items| items.get(index)).cloned() else { continue };
            // Unresolvable merge keys were refused when the document was read.
            let _ = item.apply_merge();
            let entry = Entry::read(list, self.file, index, &item);
            if let Some(entry) = entry {
                self.entries.to_mut().put(list, entry);
            }
        }
        let current = self.now.get("current-context").and_then(Value::as_str).filter(|name| !name.is_empty());
        if let Some(name) = current.filter(|name| self.entries.current() != Some(name))
            && self.entries.current_file().is_none_or(|file| file >= self.file)
        {
            let name = name.to_owned();
            self.entries.to_mut().set_current(self.file, &name);
        }
    }

    /// The resulting text: read again, it means the old document plus the edits.
    ///
    /// # Errors
    /// It could not be proven, and must not be written.
    pub fn text(&self) -> Result<String, DocumentError> {
        let document = &self.documents[self.file];
        if let Some(place) = &self.unplaced {
            let reason = "there is nothing to change there".to_owned();
            return Err(DocumentError::NotProven { place: place.clone(), reason });
        }
        if document.is_empty() && !self.edits.is_empty() {
            return Ok(document.marked(&create(document, &self.now)?));
        }
        Ok(document.marked(&document.edited(&self.edits, &self.now)?))
    }
}
