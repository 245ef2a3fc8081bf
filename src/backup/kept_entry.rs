//! Access entries that are about to be deleted, so that a run that stops before it recreates them loses nothing.
//!
//! One JSON file per entry, in `entries/` under the cluster's directory; deleted once the entry exists again.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::store::{Store, StoreError};
use crate::files::atomic;
use crate::model::hex::hex;
use crate::model::{AccessEntry, ClusterArn};

impl Store {
    fn entry_path(&self, cluster: &ClusterArn, principal: &str) -> PathBuf {
        let hash = Sha256::digest(principal.as_bytes());
        let name = hex(&hash[..12]);
        self.dir(cluster).join("entries").join(format!("{name}.json"))
    }

    /// Saves an entry; returns the file, which is created with mode 0600.
    ///
    /// # Errors
    /// [`StoreError::Write`]: the entry must not be deleted then.
    pub fn keep_entry(&self, cluster: &ClusterArn, entry: &AccessEntry) -> Result<PathBuf, StoreError> {
        let path = self.entry_path(cluster, &entry.principal);
        let dir = atomic::directory(&path);
        let failed = |source| StoreError::Write { dir: dir.to_owned(), source };
        self.make(dir).map_err(failed)?;
        let text = serde_json::to_vec_pretty(entry).unwrap_or_default();
        atomic::replace(&path, &text, 0o600).map_err(failed)?;
        Ok(path)
    }

    /// The saved entries of a cluster. A file that can't be read is skipped.
    pub fn kept_entries(&self, cluster: &ClusterArn) -> Vec<AccessEntry> {
        let files = fs::read_dir(self.dir(cluster).join("entries")).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| self.text(&file.path()).ok());
        texts.filter_map(|text| serde_json::from_str(&text).ok()).collect()
    }

    /// Deletes the saved entry of a principal; a missing one is not an error.
    pub fn forget_entry(&self, cluster: &ClusterArn, principal: &str) {
        // A leftover file is shown by the next plan.
        let _ = fs::remove_file(self.entry_path(cluster, principal));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::model::{AssociatedPolicy, PolicyScope};

    #[test]
    fn an_entry_is_kept_until_it_is_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().join("backups"));
        let cluster: ClusterArn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap();
        let scope = PolicyScope::Namespaces(vec!["team-*".into()]);
        let entry = AccessEntry {
            principal: "arn:aws:iam::111122223333:role/a/b".into(),
            arn: "arn".into(),
            entry_type: "STANDARD".into(),
            username: "u".into(),
            groups: vec!["g".into()],
            tags: [("k".to_owned(), "v".to_owned())].into(),
            created_at: Some(7),
            policies: vec![AssociatedPolicy { arn: "p".into(), scope }],
        };
        let path = store.keep_entry(&cluster, &entry).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(store.kept_entries(&cluster), std::slice::from_ref(&entry));
        assert!(store.list(&cluster).unwrap().is_empty(), "it is no manifest");
        fs::write(path.with_file_name("torn.json"), "{").unwrap();
        store.forget_entry(&cluster, &entry.principal);
        assert!(store.kept_entries(&cluster).is_empty());
    }
}
