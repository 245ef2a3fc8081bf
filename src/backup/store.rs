//! The saved manifests on the disk: a directory per cluster, a JSON manifest per replacement, the newest fifty.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::files::atomic::{self, WriteError};
use crate::files::{plain, private};
use crate::model::ClusterArn;

/// How many are kept per cluster.
const MOST_KEPT: usize = 50;

/// Why a manifest could not be saved or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be written.
    #[error("aws-auth can't be backed up in {}: {source}", dir.display())]
    Write {
        /// The directory.
        dir: PathBuf,
        /// The system's error.
        source: WriteError,
    },
    /// It can't be read.
    #[error("the backup {} of aws-auth can't be read: {source}", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// It is not a manifest.
    #[error("the backup {} of aws-auth is not a ConfigMap manifest: {reason}", path.display())]
    NotAManifest {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No backup has that id.
    #[error("no backup of aws-auth has the id {0}")]
    Unknown(String),
}

/// One backup.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kept {
    /// The id, which sorts by time: `20261124T132009.123456Z-<resource version>`.
    pub id: String,
    /// The file.
    pub path: PathBuf,
}

/// The longest manifest that is read: a `ConfigMap` holds 1 MiB.
pub(super) const LONGEST: u64 = 16 << 20;

/// Where the manifests of clusters are kept.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    /// This program's own directory above it, which only its owner may be able to write to.
    state: Option<PathBuf>,
}

impl Store {
    /// A store in a directory, which is created (0700) with the first manifest.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), state: None }
    }

    /// The store in this program's own directory, which must belong to its owner alone.
    pub fn in_state(state: impl Into<PathBuf>) -> Self {
        let state = state.into();
        Self { root: state.join("backups"), state: Some(state) }
    }

    /// The directories down to `dir`, from this program's own on; empty where another place was named.
    fn own<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = &'a Path> {
        let state = self.state.as_deref();
        let inside = move |path: &&Path| state.is_some_and(|state| path.starts_with(state));
        let mut own: Vec<&Path> = dir.ancestors().take_while(inside).collect();
        own.reverse();
        own.into_iter()
    }

    /// Creates a directory and its parents.
    pub(super) fn make(&self, dir: &Path) -> Result<(), WriteError> {
        for own in self.own(dir) {
            let doing = "use the directory";
            private::own_directory(own).map_err(|source| WriteError::Io { doing, path: own.to_owned(), source })?;
        }
        atomic::private_dir(dir)
    }

    /// Checks that the contents of a directory can be trusted.
    pub(super) fn check_own(&self, dir: &Path) -> io::Result<()> {
        self.own(dir).try_for_each(|own| private::is_own_directory(own).map(drop))
    }

    /// The text of a kept file.
    pub(super) fn text(&self, path: &Path) -> io::Result<String> {
        self.check_own(atomic::directory(path))?;
        if self.state.is_none() {
            return plain::read_text(path, LONGEST);
        }
        let mut text = String::new();
        private::open_own_to_read(path)?.take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    }

    /// Whether it is the store in this program's own directory.
    pub const fn is_usual(&self) -> bool {
        self.state.is_some()
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The newest backup of a cluster known by name and region only; `None` without a backup, or with backups
    /// of clusters in several accounts.
    pub fn newest(&self, name: &str, region: &str) -> Option<Kept> {
        let prefix = format!("{name}.{region}.");
        let found = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut dirs = found.filter(|dir| dir.file_name().to_str().is_some_and(|dir| dir.starts_with(&prefix)));
        let dir = dirs.next().filter(|_| dirs.next().is_none())?;
        self.list_dir(&dir.path()).ok()?.into_iter().next()
    }

    pub(super) fn dir(&self, cluster: &ClusterArn) -> PathBuf {
        self.root.join(format!("{}.{}.{}", cluster.name, cluster.region, cluster.account))
    }

    /// Checks that a manifest could be saved: creates the directory and a file in it, which is deleted again.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn check(&self) -> Result<(), StoreError> {
        let failed = |source| StoreError::Write { dir: self.root.clone(), source };
        self.make(&self.root).map_err(failed)?;
        atomic::check_takes_files(&self.root).map_err(failed)
    }

    /// Saves a manifest under a time stamp; returns the file, which is created with mode 0600. Deletes the oldest
    /// beyond fifty.
    ///
    /// # Errors
    /// [`StoreError::Write`]: nothing may be replaced then.
    pub fn keep(&self, cluster: &ClusterArn, object: &Value, stamp: &str) -> Result<PathBuf, StoreError> {
        let dir = self.dir(cluster);
        let failed = |source| StoreError::Write { dir: dir.clone(), source };
        self.make(&dir).map_err(failed)?;
        let version = object["metadata"]["resourceVersion"].as_str().unwrap_or("0");
        let version: String = version.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        let mut text = serde_json::to_string_pretty(object).unwrap_or_default();
        text.push('\n');
        let mut path = dir.join(format!("{stamp}-{version}.json"));
        let mut again = 1;
        loop {
            match atomic::write_new(&path, text.as_bytes(), 0o600) {
                Ok(()) => break,
                Err(WriteError::Exists(_)) => {
                    again += 1;
                    path = dir.join(format!("{stamp}-{version}-{again}.json"));
                }
                Err(error) => return Err(failed(error)),
            }
        }
        self.prune(cluster);
        Ok(path)
    }

    /// Deletes the oldest as far as possible; a failure is ignored.
    fn prune(&self, cluster: &ClusterArn) {
        let Ok(all) = self.list(cluster) else { return };
        for old in all.iter().skip(MOST_KEPT) {
            let _ = fs::remove_file(&old.path);
        }
    }

    /// The backups of a cluster, newest first.
    ///
    /// # Errors
    /// [`StoreError::Read`]; a directory that does not exist is empty.
    pub fn list(&self, cluster: &ClusterArn) -> Result<Vec<Kept>, StoreError> {
        self.list_dir(&self.dir(cluster))
    }

    /// The backups in a cluster's directory, newest first.
    fn list_dir(&self, dir: &Path) -> Result<Vec<Kept>, StoreError> {
        let unreadable = |source| StoreError::Read { path: dir.to_owned(), source };
        self.check_own(dir).map_err(unreadable)?;
        let entries = match fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = entry.map_err(unreadable)?.path();
            let id = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(".json"));
            if let Some(id) = id.filter(|i| !i.starts_with('.')) {
                all.push(Kept { id: id.to_owned(), path: path.clone() });
            }
        }
        all.sort_by(|a, b| b.id.cmp(&a.id));
        Ok(all)
    }

    /// Reads a backup by its id, or by an unambiguous prefix of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(&self, cluster: &ClusterArn, id: &str) -> Result<(Kept, Value), StoreError> {
        let all = self.list(cluster)?;
        let mut found = all.iter().filter(|k| k.id == id);
        let mut begin = all.iter().filter(|k| !id.is_empty() && k.id.starts_with(id));
        let kept = match (found.next(), begin.next(), begin.next()) {
            (Some(kept), ..) | (None, Some(kept), None) => kept.clone(),
            _ => return Err(StoreError::Unknown(id.to_owned())),
        };
        let text = self.text(&kept.path);
        let object =
            manifest(&kept.path, &text.map_err(|source| StoreError::Read { path: kept.path.clone(), source })?)?;
        Ok((kept, object))
    }
}

fn manifest(path: &Path, text: &str) -> Result<Value, StoreError> {
    let wrong = |reason: String| StoreError::NotAManifest { path: path.to_owned(), reason };
    let object: Value = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
    if object["kind"].as_str().is_some_and(|k| k != "ConfigMap")
        || !(object["data"].is_object() || object["data"].is_null())
    {
        return Err(wrong("its kind or its data is different".to_owned()));
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::*;

    fn cluster() -> ClusterArn {
        "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap()
    }

    fn object(version: &str) -> Value {
        json!({"kind": "ConfigMap", "metadata": {"resourceVersion": version}, "data": {"mapRoles": "- rolearn: x\n"}})
    }

    #[test]
    fn the_newest_of_a_name_is_found_while_one_account_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let newest = || store.newest("dev", "eu-west-1").map(|kept| kept.id);
        assert_eq!(newest(), None);
        for (version, stamp) in [("7", "20260101T000000Z"), ("8", "20260102T000000Z")] {
            store.keep(&cluster(), &object(version), stamp).unwrap();
        }
        assert_eq!(newest().as_deref(), Some("20260102T000000Z-8"));
        assert_eq!(store.newest("dev", "eu-west"), None);
        let other: ClusterArn = "arn:aws:eks:eu-west-1:444455556666:cluster/dev".parse().unwrap();
        store.keep(&other, &object("9"), "20260103T000000Z").unwrap();
        assert_eq!(newest(), None, "whose is meant is not known");
    }

    #[test]
    fn what_is_kept_comes_back_and_is_its_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("backups"));
        let path = store.keep(&cluster(), &object("7"), "20260101T000000Z").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        let (kept, back) = store.load(&cluster(), "20260101").unwrap();
        assert_eq!((kept.path, back), (path, object("7")));
        assert!(matches!(store.load(&cluster(), "x"), Err(StoreError::Unknown(_))));
    }

    #[test]
    fn two_in_one_moment_are_two_and_the_newest_fifty_stay() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let first = store.keep(&cluster(), &object("7"), "20260101T000000Z").unwrap();
        assert_ne!(first, store.keep(&cluster(), &object("7"), "20260101T000000Z").unwrap());
        for minute in 10..70 {
            store.keep(&cluster(), &object("8"), &format!("20260102T00{minute}00Z")).unwrap();
        }
        let all = store.list(&cluster()).unwrap();
        assert_eq!(all.len(), MOST_KEPT);
        assert!(all[0].id.starts_with("20260102T006900Z"), "{:?}", all[0]);
        assert!(!first.exists());
    }

    #[test]
    fn a_kept_manifest_is_a_plain_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path());
        let path = store.keep(&cluster(), &object("7"), "20260101T000000Z").unwrap();
        fs::rename(&path, dir.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(dir.path().join("elsewhere"), &path).unwrap();
        assert!(store.load(&cluster(), "20260101").is_err());
        fs::remove_file(&path).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(store.load(&cluster(), "20260101").is_err()));
        assert_eq!(receiver.recv_timeout(std::time::Duration::from_secs(20)), Ok(true));
    }

    #[test]
    fn our_own_directory_is_its_owners_alone_and_another_is_as_its_owner_wants_it() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("eksaccess");
        let store = Store::in_state(&state);
        let path = store.keep(&cluster(), &object("7"), "20260101T000000Z").unwrap();
        for open in [state.clone(), state.join("backups"), path.parent().unwrap().to_owned()] {
            fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
            let why = store.check().err().or(store.keep(&cluster(), &object("8"), "s").err()).unwrap().to_string();
            assert!(why.contains(&format!("chmod 700 {}", open.display())), "{why}");
            assert!(store.list(&cluster()).is_err() && store.load(&cluster(), "2026").is_err());
            fs::set_permissions(&open, fs::Permissions::from_mode(0o700)).unwrap();
        }
        assert!(store.load(&cluster(), "2026").is_ok());
        let shared = dir.path().join("shared");
        fs::create_dir(&shared).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).unwrap();
        Store::new(&shared).keep(&cluster(), &object("7"), "s").unwrap();
    }

    #[test]
    fn a_directory_that_can_not_be_made_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let store = Store::new(dir.path().join("file"));
        assert!(matches!(store.keep(&cluster(), &object("7"), "s"), Err(StoreError::Write { .. })));
    }
}
