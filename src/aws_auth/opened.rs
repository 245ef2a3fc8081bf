//! A `data` that is read once, both for its meaning and for edits.

use std::collections::BTreeMap;

use super::entries::{Entries, entries, unreadable};
use super::mapping::{DataKey, Problem};
use super::read::{Reading, beside_lists, problems_of};
use super::yaml::{Error, skips};

/// A `data`, read, with its lists in editable form.
pub struct Opened<'a> {
    pub(super) data: &'a BTreeMap<String, String>,
    /// What the control plane makes of it.
    pub reading: Reading,
    roles: Option<Result<Entries<'a>, Error>>,
    users: Option<Result<Entries<'a>, Error>>,
}

impl<'a> Opened<'a> {
    /// Reads `data`.
    #[must_use]
    pub fn new(data: &'a BTreeMap<String, String>) -> Self {
        let list = |key: DataKey| Some(entries(key, text_of(data, key)?));
        let mut opened =
            Self { data, reading: Reading::default(), roles: list(DataKey::MapRoles), users: list(DataKey::MapUsers) };
        for key in [DataKey::MapRoles, DataKey::MapUsers] {
            let (kept, problems) = match (opened.list(key), text_of(data, key)) {
                (Some(Ok(read)), Some(text)) => {
                    let kept = read.list.iter().filter(|entry| entry.dropped.is_none());
                    (kept.map(|entry| entry.mapping.clone()).collect(), problems_of(key, text, read))
                }
                (Some(Err(error)), text) => {
                    (Vec::new(), vec![unreadable(key, text.unwrap_or_default(), error.clone())])
                }
                _ => (Vec::new(), Vec::<Problem>::new()),
            };
            opened.reading.problems.extend(problems);
            match key {
                DataKey::MapRoles => opened.reading.roles = kept,
                _ => opened.reading.users = kept,
            }
        }
        beside_lists(data, &mut opened.reading);
        opened
    }

    /// The data.
    #[must_use]
    pub const fn data(&self) -> &'a BTreeMap<String, String> {
        self.data
    }

    /// What the control plane makes of it, without the texts.
    #[must_use]
    pub fn into_reading(self) -> Reading {
        self.reading
    }

    /// The entries of `mapRoles` or `mapUsers`; `None` where there is no text.
    pub(super) const fn list(&self, key: DataKey) -> Option<&Result<Entries<'a>, Error>> {
        match key {
            DataKey::MapRoles => self.roles.as_ref(),
            _ => self.users.as_ref(),
        }
    }
}

fn text_of(data: &BTreeMap<String, String>, key: DataKey) -> Option<&str> {
    data.get(key.as_str()).map(String::as_str).filter(|text| !skips(text))
}
