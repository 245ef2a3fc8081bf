//! The record on the disk: a JSON line a run, 0600, only ever appended to.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files::atomic::{directory, private_dir};
use crate::secrets::redact_json;

/// Why a record was not written or not read.
#[derive(Debug, thiserror::Error)]
#[error("the history {} can't be {what}: {reason}", path.display())]
pub struct HistoryError {
    /// The file.
    pub path: PathBuf,
    /// `written` or `read`.
    pub what: &'static str,
    /// What the system said.
    pub reason: String,
}

/// One step as it was carried out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StepRecord {
    /// What it was about, `role KubernetesAdmin`.
    pub object: String,
    /// What was done to it.
    pub summary: String,
    /// `done`, `already-so`, `failed`, `unknown` or `not-begun`.
    pub state: String,
    /// The ids under which AWS (`x-amzn-requestid`) and the API server (`audit-id`) answered its calls, in their order:
    /// what CloudTrail and the cluster's audit log know them by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_ids: Vec<String>,
    /// The trust policy that it wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<WrittenTrust>,
}

/// A role's trust policy as a step wrote it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WrittenTrust {
    /// The role's full ARN.
    pub role: String,
    /// The document.
    pub document: Value,
}

/// One run that changed something, or tried to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Record {
    /// When it ended, RFC 3339.
    pub time: String,
    /// The verb.
    pub verb: String,
    /// Who signed.
    pub caller: String,
    /// The cluster's ARN, where one was concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The plan's id.
    pub plan: String,
    /// The steps.
    pub steps: Vec<StepRecord>,
    /// Where old manifests were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backups: Vec<String>,
    /// `applied` or `failed`.
    pub outcome: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The file.
#[derive(Clone, Debug)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// A log in a file, which is made with the first record.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a record, in which no secret is left: one line, one write, so that runs at the same time do not tear each other's.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn append(&self, record: &Record) -> Result<(), HistoryError> {
        let failed = |reason: String| HistoryError { path: self.path.clone(), what: "written", reason };
        private_dir(directory(&self.path)).map_err(|e| failed(e.to_string()))?;
        let record = serde_json::to_value(record).map_err(|e| failed(e.to_string()))?;
        let mut line = redact_json(record).to_string().into_bytes();
        line.push(b'\n');
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&self.path);
        let write = |mut file: File| {
            keep_private(&file)?;
            file.write_all(&line)?;
            file.sync_data()
        };
        file.and_then(write).map_err(|e| failed(e.to_string()))
    }

    /// Every record, oldest first; a line that is none (torn by a full disk) is passed over.
    ///
    /// # Errors
    /// [`HistoryError`]; a file that does not exist is empty.
    pub fn read(&self) -> Result<Vec<Record>, HistoryError> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(HistoryError { path: self.path.clone(), what: "read", reason: error.to_string() }),
        }
    }
}

/// Who else could read the file from before can't any more.
fn keep_private(file: &File) -> io::Result<()> {
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o777 == 0o600 { Ok(()) } else { file.set_permissions(Permissions::from_mode(0o600)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(plan: &str) -> Record {
        Record {
            time: "2026-01-01T00:00:00Z".into(),
            verb: "map".into(),
            caller: "arn:aws:iam::111122223333:user/ann".into(),
            cluster: None,
            plan: plan.into(),
            steps: vec![StepRecord {
                object: "role R".into(),
                summary: "create".into(),
                state: "done".into(),
                request_ids: vec!["id".into()],
                trust: None,
            }],
            backups: Vec::new(),
            outcome: "applied".into(),
            error: None,
        }
    }

    #[test]
    fn records_are_appended_and_come_back_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::new(dir.path().join("state").join("history.jsonl"));
        assert_eq!(log.read().unwrap(), []);
        log.append(&record("a")).unwrap();
        log.append(&record("b")).unwrap();
        assert_eq!(log.read().unwrap(), [record("a"), record("b")]);
        assert_eq!(fs::metadata(log.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_torn_line_loses_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::new(dir.path().join("history.jsonl"));
        fs::write(log.path(), "{\"time\":\n").unwrap();
        fs::set_permissions(log.path(), Permissions::from_mode(0o644)).unwrap();
        log.append(&record("a")).unwrap();
        assert_eq!(fs::metadata(log.path()).unwrap().permissions().mode() & 0o777, 0o600, "whatever it was before");
        assert_eq!(log.read().unwrap(), [record("a")]);
    }

    #[test]
    fn runs_at_the_same_time_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::new(dir.path().join("history.jsonl"));
        std::thread::scope(|scope| {
            for name in 0..16 {
                let log = log.clone();
                scope.spawn(move || log.append(&record(&name.to_string())).unwrap());
            }
        });
        assert_eq!(log.read().unwrap().len(), 16);
    }
}
