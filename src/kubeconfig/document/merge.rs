//! A kubeconfig made to hold one role on one cluster, everything else kept. Pure.

use serde_yaml::{Mapping, Value};

use super::edit::{Edit, Path, Step, steps};
use super::find::{Found, Target, is_blank, same_server};
use super::read::{Config, Entry, List, value_at};
use super::{Change, Current, DocumentError, Merged, Note, Wanted};

/// Makes the text hold what is wanted.
///
/// Input is a kubeconfig's text, empty for a new one; output is the text to write, equal to the input where nothing
/// had to change, and what changed. The entries are found by meaning: a context whose cluster is this one (by ARN as
/// its name, by server, or by `tls-server-name` through a tunnel) and whose user's exec section assumes this role for
/// it. Only scalars that must differ move; `namespace`, `proxy-url`, `tls-server-name`, variables, comments, order and
/// quoting stay. An exec section of another tool that carries the same is kept unless [`Wanted::exec_stated`].
///
/// # Errors
/// [`DocumentError`]; then nothing of the input may be written.
pub fn merge(text: &str, wanted: &Wanted) -> Result<Merged, DocumentError> {
    let config = Config::read(text)?;
    if config.is_empty() {
        return super::create(&config, wanted);
    }
    let mut merger = Merger {
        now: config.raw.clone(),
        config: &config,
        wanted,
        target: wanted.target(),
        edits: vec![],
        changes: vec![],
        notes: vec![],
    };
    let (context, user, cluster) = merger.run()?;
    let Merger { edits, changes, notes, .. } = merger;
    let new = config.edited(&edits)?;
    Ok(Merged { changed: new != text, text: new, changes, notes, context, user, cluster, created: false })
}

pub(super) struct Merger<'a> {
    pub(super) config: &'a Config<'a>,
    pub(super) wanted: &'a Wanted,
    pub(super) target: Target<'a>,
    /// The meaning after the edits so far.
    pub(super) now: Value,
    pub(super) edits: Vec<Edit>,
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<Note>,
}

impl Merger<'_> {
    fn run(&mut self) -> Result<(String, String, String), DocumentError> {
        let wanted = self.wanted;
        let found = self.target.contexts(self.config);
        let best = self.best(&found).cloned();
        let name = wanted.context_alias.clone().unwrap_or_else(|| match &best {
            Some(found) => found.context.name.clone(),
            None => wanted.default_name(),
        });
        let existing = self.entry(List::Contexts, &name);
        if let Some(context) = &existing {
            self.check_free_context(context)?;
        }
        let cluster = self.cluster(best.as_ref());
        let user = self.user(best.as_ref(), &name)?;
        match existing {
            Some(context) => self.update_context(&context, &cluster, &user),
            None => self.add_context(&name, &cluster, &user),
        }
        self.current(&name);
        Ok((name, user, cluster))
    }

    pub(super) fn entry(&self, list: List, name: &str) -> Option<Entry> {
        self.config.entries(list).iter().find(|entry| entry.name == name).cloned()
    }

    /// Of several contexts of the same meaning: the one named by the alias, then one with the wanted profile, then the
    /// current one, then the one with the default name, then the first.
    fn best<'f>(&self, found: &'f [Found]) -> Option<&'f Found> {
        let profile = self.wanted.exec.meaning().and_then(|meaning| meaning.profile);
        found.iter().min_by_key(|found| {
            let name = Some(found.context.name.as_str());
            (
                name != self.wanted.context_alias.as_deref(),
                profile.is_some() && found.meaning.profile != profile,
                name != self.config.current(),
                name != Some(self.wanted.default_name().as_str()),
                found.context.index,
            )
        })
    }

    /// A context of the wanted name may be taken over only where it leads nowhere else: it names nothing, or what is
    /// wanted. A name that is not in this file counts as somebody's (another file may hold it), unless it is ours.
    fn check_free_context(&self, context: &Entry) -> Result<(), DocumentError> {
        let cluster_free = context.text("cluster").is_none_or(|name| match self.entry(List::Clusters, name) {
            Some(entry) => self.target.is_cluster(&entry),
            None => name == self.wanted.cluster.to_string(),
        });
        let user_free = context.text("user").is_none_or(|name| match self.entry(List::Users, name) {
            Some(entry) => is_blank(&entry.body) || self.target.user_meaning(&entry).is_some(),
            None => name == self.wanted.user_name(),
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

    fn cluster(&mut self, best: Option<&Found>) -> String {
        let arn = self.wanted.cluster.to_string();
        let existing = best.and_then(|found| found.cluster.clone()).or_else(|| self.entry(List::Clusters, &arn));
        let by_server =
            || self.config.entries(List::Clusters).iter().find(|entry| self.target.is_cluster(entry)).cloned();
        if let Some(entry) = existing.or_else(by_server) {
            self.update_cluster(&entry);
            return entry.name;
        }
        self.add(List::Clusters, &arn, self.wanted.cluster_body());
        self.changes.push(Change::AddedCluster { name: arn.clone() });
        arn
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
            // kubectl refuses an entry that has both data and a file, or an authority and no check at all.
            let file = entry.text("certificate-authority").is_some_and(|file| !file.is_empty());
            let unchecked = entry.body.get("insecure-skip-tls-verify").and_then(Value::as_bool) == Some(true);
            if unchecked {
                self.notes.push(Note::InsecureKept { cluster: name.clone() });
            } else if file {
                self.notes.push(Note::AuthorityFileKept { cluster: name.clone() });
            } else {
                self.scalar(&name, &at, "certificate-authority-data", data);
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

    fn current(&mut self, context: &str) {
        let old = self.config.current().map(str::to_owned);
        let set = match self.wanted.current {
            Current::Keep => false,
            Current::Auto => old.is_none(),
            Current::Set => old.as_deref() != Some(context),
        };
        if set {
            self.put(&Path::new(), "current-context", context.into());
            self.changes.push(Change::CurrentContext { old, new: context.to_owned() });
        }
    }

    /// Gives a text field of an entry a value, where it has another one.
    pub(super) fn scalar(&mut self, name: &str, at: &Path, key: &str, value: &str) {
        let old = value_at(&self.now, at).and_then(|body| body.get(key)).and_then(Value::as_str).map(str::to_owned);
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

    /// Sets a key of a mapping that may lack it, or be absent itself.
    pub(super) fn put(&mut self, at: &Path, key: &str, value: Value) {
        match value_at(&self.now, at) {
            Some(Value::Mapping(pairs)) if pairs.contains_key(key) => {
                let at = at.iter().cloned().chain([Step::from(key)]).collect();
                self.push_edit(Edit::Set(at, value));
            }
            Some(Value::Mapping(_)) => self.push_edit(Edit::Insert(at.clone(), key.to_owned(), value)),
            _ => {
                let pairs: Mapping = [(Value::from(key), value)].into_iter().collect();
                if let Some((Step::Key(last), parent)) = at.split_last() {
                    let last = last.clone();
                    self.put(&parent.to_vec(), &last, Value::Mapping(pairs));
                }
            }
        }
    }

    /// Adds an entry to a list that may be absent, null or empty, its keys in the order of its neighbours.
    pub(super) fn add(&mut self, list: List, name: &str, body: Value) {
        let items = self.now.get(list.key()).and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
        let first_key = items.last().and_then(Value::as_mapping).and_then(|item| item.keys().next());
        // In kubectl's order, which is alphabetical, only a user's name comes first.
        let name_first = first_key.map_or(list == List::Users, |key| key == "name");
        let item = super::entry(list, name, body, name_first);
        if items.is_empty() {
            self.put(&Path::new(), list.key(), Value::Sequence(vec![item]));
        } else {
            self.push_edit(Edit::Push(steps![list.key()], item));
        }
    }

    pub(super) fn push_edit(&mut self, edit: Edit) {
        // An edit that does not apply is found by `Config::edited`, which applies it again.
        let _ = edit.apply(&mut self.now);
        self.edits.push(edit);
    }
}
