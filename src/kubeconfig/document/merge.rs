//! Merges one role on one cluster into a kubeconfig, preserving everything else. Pure.

use std::rc::Rc;

use serde_yaml::{Mapping, Value};

use super::draft::Draft;
use super::edit::{Edit, Path, Step, steps};
use super::entries::{Entries, Entry, List};
use super::find::{Found, Target, is_blank, same_server};
use super::read::value_at;
use super::{Change, Current, DocumentError, Merged, Note, Wanted};
use crate::model::renewed;

/// Merges what is wanted into a file of a list; changes nothing if kubectl sees it already.
///
/// The draft includes earlier merges; the result lists the changes. The entries are found by meaning: a context whose
/// cluster is this one (by ARN as its name, by server, or by `tls-server-name` through a tunnel) and whose user's exec
/// section assumes this role for it. Only scalars that must differ change; `namespace`, `proxy-url`, `tls-server-name`,
/// variables, comments, order and quoting stay. An exec section of another tool with the same meaning is kept unless
/// [`Wanted::exec_stated`].
///
/// # Errors
/// [`DocumentError`]; the draft must not be used then.
pub fn merge(draft: &mut Draft<'_>, wanted: &Wanted) -> Result<Merged, DocumentError> {
    let before = draft.edits();
    let merged = Merger::new(draft, wanted).run()?;
    draft.see(before);
    Ok(merged)
}

pub(super) struct Merger<'a, 'd> {
    pub(super) draft: &'a mut Draft<'d>,
    pub(super) wanted: &'a Wanted,
    pub(super) target: Target<'a>,
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<Note>,
}

impl<'a, 'd> Merger<'a, 'd> {
    pub(super) fn new(draft: &'a mut Draft<'d>, wanted: &'a Wanted) -> Self {
        Self { draft, wanted, target: wanted.target(), changes: vec![], notes: vec![] }
    }
}

impl Merger<'_, '_> {
    pub(super) fn run(mut self) -> Result<Merged, DocumentError> {
        let wanted = self.wanted;
        let found = self.target.contexts(&self.draft.entries);
        let best = best(&found, &self.draft.entries, wanted).cloned();
        let context = match &best {
            Some(found) if wanted.context_alias.is_none() => found.context.name.clone(),
            _ => wanted.context_name(),
        };
        let existing = self.entry(List::Contexts, &context);
        if let Some(context) = &existing {
            self.check_free_context(context)?;
        }
        let cluster = self.cluster(best.as_ref())?;
        let user = self.user(best.as_ref(), &context)?;
        match existing {
            Some(context) => self.update(&context, |merger| {
                merger.update_context(&context, &cluster, &user);
            })?,
            None => self.add_context(&context, &cluster, &user),
        }
        self.current(&context)?;
        let Self { changes, notes, .. } = self;
        Ok(Merged { changes, notes, context, user, cluster })
    }

    pub(super) fn entry(&self, list: List, name: &str) -> Option<Rc<Entry>> {
        self.draft.entries.find(list, name).cloned()
    }

    /// Updates an entry. One that kubectl takes from another file can't be changed here: it must be right already.
    pub(super) fn update(
        &mut self,
        entry: &Entry,
        update: impl FnOnce(&mut Merger<'_, '_>),
    ) -> Result<(), DocumentError> {
        if entry.file == self.draft.file {
            update(self);
            return Ok(());
        }
        let mut draft = self.draft.of(entry.file);
        let mut there = Merger::new(&mut draft, self.wanted);
        update(&mut there);
        let (changes, notes) = (there.changes, there.notes);
        match changes.into_iter().next() {
            None => self.notes.extend(notes),
            Some(change) => {
                return Err(DocumentError::Elsewhere { entry: change.entry(), name: entry.name.clone() });
            }
        }
        Ok(())
    }

    /// Checks that a context of the wanted name can be reused: it names nothing, what is wanted, or entries that no
    /// longer exist for kubectl. With a single named file, they may be in another file, unless they are this program's.
    fn check_free_context(&self, context: &Entry) -> Result<(), DocumentError> {
        let cluster_free = context.text("cluster").is_none_or(|name| match self.entry(List::Clusters, name) {
            Some(entry) => self.target.is_cluster(&entry),
            None => self.draft.entries.is_whole || name == self.wanted.cluster.to_string(),
        });
        let user_free = context.text("user").is_none_or(|name| match self.entry(List::Users, name) {
            Some(entry) => is_blank(&entry.body) || self.target.user_meaning(&entry).is_some(),
            None => self.draft.entries.is_whole || name == self.wanted.user_name(),
        });
        if cluster_free && user_free {
            return Ok(());
        }
        let means = format!(
            "cluster `{}`, user `{}`",
            context.text("cluster").unwrap_or_default(),
            context.text("user").unwrap_or_default()
        );
        Err(DocumentError::NameTaken { entry: "context", name: context.name.clone(), means })
    }

    fn cluster(&mut self, best: Option<&Found>) -> Result<String, DocumentError> {
        let arn = self.wanted.cluster.to_string();
        let existing = best.and_then(|found| found.cluster.clone()).or_else(|| self.entry(List::Clusters, &arn));
        let by_server = || self.target.cluster(&self.draft.entries);
        if let Some(entry) = existing.or_else(by_server) {
            self.update(&entry, |merger| merger.update_cluster(&entry))?;
            return Ok(entry.name.clone());
        }
        self.add(List::Clusters, &arn, self.wanted.cluster_body());
        self.changes.push(Change::AddedCluster { name: arn.clone() });
        Ok(arn)
    }

    fn update_cluster(&mut self, entry: &Entry) {
        let (wanted, name) = (self.wanted, entry.name.clone());
        let at = steps!["clusters", entry.index, "cluster"];
        let server = entry.text("server");
        let mut moved = false;
        if !server.is_some_and(|server| same_server(server, &wanted.server)) {
            if wanted.tls_server_name.is_none() && self.target.is_tunnel(entry) {
                self.notes
                    .push(Note::TunnelKept { cluster: name.clone(), server: server.unwrap_or_default().to_owned() });
            } else {
                moved = true;
                self.scalar(&name, &at, "server", &wanted.server);
            }
        }
        if let Some(data) = &wanted.certificate_authority_data {
            // kubectl refuses an entry with both data and a file, or an authority together with a disabled check.
            let file = entry.authority_file();
            let unchecked = entry.body.get("insecure-skip-tls-verify").and_then(Value::as_bool) == Some(true);
            if unchecked {
                self.notes.push(Note::InsecureKept { cluster: name.clone() });
            } else if file.is_some() && !entry.is_lost {
                self.notes.push(Note::AuthorityFileKept { cluster: name.clone() });
            } else if file.is_some() || !self.target.covers_authority(entry) {
                let held = entry.text("certificate-authority-data").filter(|_| file.is_none());
                let bundle = held.and_then(|held| renewed(held, data));
                self.scalar(&name, &at, "certificate-authority-data", bundle.as_ref().unwrap_or(data));
                if let Some(file) = file {
                    let key: Path = at.iter().cloned().chain([Step::from("certificate-authority")]).collect();
                    self.push_edit(Edit::Remove(key));
                    self.changes.push(Change::LostAuthority { name: name.clone(), file: file.to_owned() });
                }
            }
        }
        if let Some(tls_server_name) = &wanted.tls_server_name {
            self.scalar(&name, &at, "tls-server-name", tls_server_name);
        } else if let Some(kept) = entry.text("tls-server-name").filter(|_| moved) {
            self.notes.push(Note::TlsServerNameKept { cluster: name.clone(), tls_server_name: kept.to_owned() });
        }
        if let Some(proxy_url) = &wanted.proxy_url {
            self.scalar(&name, &at, "proxy-url", proxy_url);
        }
    }

    fn update_context(&mut self, context: &Entry, cluster: &str, user: &str) {
        let at = steps!["contexts", context.index, "context"];
        self.scalar(&context.name, &at, "cluster", cluster);
        self.scalar(&context.name, &at, "user", user);
        if let Some(namespace) = &self.wanted.namespace {
            self.scalar(&context.name, &at, "namespace", namespace);
        }
    }

    fn add_context(&mut self, name: &str, cluster: &str, user: &str) {
        self.add(List::Contexts, name, self.wanted.context_body(cluster, user));
        self.changes.push(Change::AddedContext { name: name.to_owned() });
    }

    fn current(&mut self, context: &str) -> Result<(), DocumentError> {
        let old = self.draft.entries.current().map(str::to_owned);
        let set = match self.wanted.current {
            Current::Keep => false,
            Current::Auto => old.is_none(),
            Current::Set => old.as_deref() != Some(context),
        };
        if !set {
            return Ok(());
        }
        // The first file with one counts.
        if let Some(name) =
            old.as_ref().filter(|_| self.draft.entries.current_file().is_some_and(|file| file < self.draft.file))
        {
            return Err(DocumentError::Elsewhere { entry: "current-context", name: name.clone() });
        }
        self.put(&Path::new(), "current-context", context.into());
        self.changes.push(Change::CurrentContext { old, new: context.to_owned() });
        Ok(())
    }

    /// Sets a text field of an entry, if its value differs.
    pub(super) fn scalar(&mut self, name: &str, at: &Path, key: &str, value: &str) {
        let old =
            value_at(&self.draft.now, at).and_then(|body| body.get(key)).and_then(Value::as_str).map(str::to_owned);
        if old.as_deref() == Some(value) {
            return;
        }
        self.put(at, key, value.into());
        let entry = match at.first() {
            Some(Step::Key(list)) if list == "clusters" => "cluster",
            Some(Step::Key(list)) if list == "users" => "user",
            _ => "context",
        };
        let field = if at.len() > 3 { format!("exec.{key}") } else { key.to_owned() };
        self.changes.push(Change::Updated { entry, name: name.to_owned(), field, old, new: value.to_owned() });
    }

    /// Sets a key of a mapping that may lack it, or be missing itself.
    pub(super) fn put(&mut self, at: &Path, key: &str, value: Value) {
        match value_at(&self.draft.now, at) {
            Some(Value::Mapping(pairs)) if pairs.contains_key(key) => {
                let at = at.iter().cloned().chain([Step::from(key)]).collect();
                self.push_edit(Edit::Set(at, value));
            }
            Some(Value::Mapping(_)) => self.push_edit(Edit::Insert(at.clone(), key.to_owned(), value)),
            _ => {
                match at.split_last() {
                    Some((Step::Key(last), parent)) => {
                        let last = last.clone();
                        let pairs: Mapping = [(Value::from(key), value)].into_iter().collect();
                        self.put(&parent.to_vec(), &last, Value::Mapping(pairs));
                    }
                    // The parent can't take the key, or a tag hides the mapping that can: the edit is proven or
                    // refused.
                    _ => self.push_edit(Edit::Insert(at.clone(), key.to_owned(), value)),
                }
            }
        }
    }

    /// Adds an entry to a list that may be missing, null or empty, with its keys in the order of its neighbours.
    pub(super) fn add(&mut self, list: List, name: &str, body: Value) {
        let items = self.draft.now.get(list.key()).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
        let first_key = items.last().and_then(Value::as_mapping).and_then(|item| item.keys().next());
        // In kubectl's alphabetical order, only a user's name is first.
        let name_first = first_key.map_or(list == List::Users, |key| key == "name");
        let item = super::wanted::entry(list, name, body, name_first);
        if items.is_empty() {
            self.put(&Path::new(), list.key(), Value::Sequence(vec![item]));
        } else {
            self.push_edit(Edit::Push(steps![list.key()], item));
        }
    }

    pub(super) fn push_edit(&mut self, edit: Edit) {
        self.draft.push(edit);
    }
}

/// The file with the context, or at least with the cluster.
#[must_use]
pub fn home(entries: &Entries, wanted: &Wanted) -> Option<usize> {
    let target = wanted.target();
    let found = target.contexts(entries);
    let context = best(&found, entries, wanted).map(|found| found.context.file);
    context.or_else(|| target.cluster(entries).map(|cluster| cluster.file))
}

/// Of several contexts of the same meaning: the one named by the alias, then one with the wanted profile, then the current
/// one, then the one with the default name, then the first.
fn best<'f>(found: &'f [Found], entries: &Entries, wanted: &Wanted) -> Option<&'f Found> {
    let profile = wanted.exec.meaning().and_then(|meaning| meaning.profile);
    found.iter().min_by_key(|found| {
        let name = Some(found.context.name.as_str());
        (
            name != wanted.context_alias.as_deref(),
            profile.is_some() && found.meaning.profile != profile,
            name != entries.current(),
            name != Some(wanted.default_name().as_str()),
            (found.context.file, found.context.index),
        )
    })
}
