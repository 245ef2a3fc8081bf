//! The named entries that kubectl sees, of one file or several merged: the first of each name counts. Pure.

use std::collections::HashMap;
use std::rc::Rc;

use serde_yaml::Value;

use crate::kubeconfig::AuthorityFile;
use crate::kubeconfig::exec::{ExecMeaning, understand};
use crate::model::Authorities;

/// One of the three lists of a kubeconfig.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum List {
    /// `clusters`.
    Clusters,
    /// `contexts`.
    Contexts,
    /// `users`.
    Users,
}

impl List {
    /// All of them, in kubectl's order.
    pub const ALL: [Self; 3] = [Self::Clusters, Self::Contexts, Self::Users];

    /// The list's key in a document.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Contexts => "contexts",
            Self::Users => "users",
        }
    }

    /// The key of an entry's body, which also names the kind of entry.
    #[must_use]
    pub const fn body(self) -> &'static str {
        match self {
            Self::Clusters => "cluster",
            Self::Contexts => "context",
            Self::Users => "user",
        }
    }

    /// The list of a key.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|list| list.key() == key)
    }
}

/// A named entry of one of the lists.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The file that it is in, counted from 0.
    pub file: usize,
    /// Its index in that file's list.
    pub(super) index: usize,
    /// Its name.
    pub name: String,
    /// The entry's body; null if absent.
    pub body: Value,
    /// The meaning of a user's exec section, if it runs a known tool.
    pub exec: Option<ExecMeaning>,
    /// Whether a file that it names is missing: a user's program, a cluster's certificate authority.
    pub(super) is_lost: bool,
    /// The certificates in the file that a cluster names for its authority, if they can be read.
    pub(super) in_file: Option<Authorities>,
}

/// The credentials that kubectl sends instead of those of an exec section, or in addition.
const CREDENTIALS: [&str; 11] = [
    "token",
    "tokenFile",
    "client-certificate",
    "client-certificate-data",
    "username",
    "password",
    "auth-provider",
    "as",
    "as-uid",
    "as-groups",
    "as-user-extra",
];

impl Entry {
    /// An item of a list; `None` for one without a name.
    pub(super) fn read(list: List, file: usize, index: usize, item: &Value) -> Option<Self> {
        let name = item.get("name")?.as_str()?.to_owned();
        let body = item.get(list.body()).cloned().unwrap_or(Value::Null);
        let exec = if list == List::Users { body.get("exec").and_then(understand) } else { None };
        Some(Self { file, index, name, body, exec, is_lost: false, in_file: None })
    }

    /// The credentials of a user besides its exec section: kubectl uses those.
    #[must_use]
    pub fn beside_exec(&self) -> Option<&'static str> {
        let is_given = |value: &Value| !value.is_null() && value.as_str() != Some("");
        CREDENTIALS.into_iter().find(|key| self.body.get(key).is_some_and(is_given))
    }

    /// The file that a cluster names for its certificate authority.
    #[must_use]
    pub fn authority_file(&self) -> Option<&str> {
        self.text("certificate-authority").filter(|path| !path.is_empty())
    }

    /// The certificates that a cluster trusts, from its data, else from its file; `None` if none can be read.
    #[must_use]
    pub fn authorities(&self) -> Option<Authorities> {
        let data = self.text("certificate-authority-data").filter(|data| !data.is_empty());
        data.map_or_else(|| self.in_file.clone(), Authorities::of_data)
    }

    /// The program of a user's exec section, if it is named by its path.
    fn program_path(&self) -> Option<&str> {
        self.exec.as_ref().map(|exec| exec.command.as_str()).filter(|command| command.contains('/'))
    }

    /// A text in its body.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str)
    }
}

/// The three lists, and the current context.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    lists: [Vec<Rc<Entry>>; 3],
    /// The index of each name in its list.
    places: [HashMap<String, usize>; 3],
    current: Option<(usize, String)>,
    /// Whether they are all that kubectl sees, rather than those of one named file.
    pub(super) is_whole: bool,
}

impl Entries {
    /// The entries of a list, in the order of the files.
    #[must_use]
    pub fn list(&self, list: List) -> &[Rc<Entry>] {
        &self.lists[list as usize]
    }

    /// The entry of a name.
    #[must_use]
    pub fn find(&self, list: List, name: &str) -> Option<&Rc<Entry>> {
        self.places[list as usize].get(name).map(|place| &self.lists[list as usize][*place])
    }

    /// The current context, if one is named.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        self.current.as_ref().map(|(_, name)| name.as_str())
    }

    /// The file that names the current context.
    #[must_use]
    pub fn current_file(&self) -> Option<usize> {
        self.current.as_ref().map(|(file, _)| *file)
    }

    pub(super) fn set_current(&mut self, file: usize, name: &str) {
        self.current = Some((file, name.to_owned()));
    }

    /// Adds an entry, unless its name is taken.
    pub(super) fn add(&mut self, list: List, entry: Rc<Entry>) {
        let (all, places) = (&mut self.lists[list as usize], &mut self.places[list as usize]);
        if !places.contains_key(&entry.name) {
            places.insert(entry.name.clone(), all.len());
            all.push(entry);
        }
    }

    /// Replaces the earlier entry of its item, or adds it.
    pub(super) fn put(&mut self, list: List, entry: Entry) {
        let (all, places) = (&mut self.lists[list as usize], &mut self.places[list as usize]);
        match all.iter().position(|old| (old.file, old.index) == (entry.file, entry.index)) {
            Some(place) => {
                places.remove(&all[place].name);
                places.insert(entry.name.clone(), place);
                all[place] = Rc::new(entry);
            }
            None => self.add(list, Rc::new(entry)),
        }
    }

    /// Checks for the programs that users name by their paths; `is_there` gets the kubeconfig, counted from 0, and the
    /// path as written.
    pub(crate) fn look_for_programs(&mut self, is_there: &dyn Fn(usize, &str) -> bool) {
        for entry in &mut self.lists[List::Users as usize] {
            if entry.program_path().is_some_and(|path| !is_there(entry.file, path)) {
                *entry = Rc::new(Entry { is_lost: true, ..(**entry).clone() });
            }
        }
    }

    /// Reads the files that clusters name for their certificate authorities; `look` gets the kubeconfig, counted from
    /// 0, and the path as written.
    pub(crate) fn look_for_authorities(&mut self, look: &mut dyn FnMut(usize, &str) -> AuthorityFile) {
        for entry in &mut self.lists[List::Clusters as usize] {
            let Some(path) = entry.authority_file() else { continue };
            let found = look(entry.file, path);
            let is_lost = found == AuthorityFile::Missing;
            *entry = Rc::new(Entry { is_lost, in_file: found.authorities(), ..(**entry).clone() });
        }
    }

    /// The same, marked as all that kubectl sees.
    pub(crate) fn whole(self, is_whole: bool) -> Self {
        Self { is_whole, ..self }
    }

    /// The entries of several files merged: the first entry of a name counts, and the first current context.
    pub(crate) fn merged<'e>(files: impl IntoIterator<Item = (usize, &'e Self)>) -> Self {
        let mut merged = Self::default();
        for (file, entries) in files {
            for list in List::ALL {
                for entry in entries.list(list) {
                    let entry =
                        if entry.file == file { entry.clone() } else { Rc::new(Entry { file, ..(**entry).clone() }) };
                    merged.add(list, entry);
                }
            }
            if let (None, Some(current)) = (&merged.current, entries.current()) {
                merged.set_current(file, current);
            }
        }
        merged
    }
}
