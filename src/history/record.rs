//! The record on the disk: JSON lines, mode 0600, append-only.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::files::atomic::directory;
use crate::files::private;
use crate::model::BeforeAt;
use crate::secrets::redact_json;

/// The outcome of a run that has not ended.
pub const BEGUN: &str = "begun";

/// Why the record could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("the history {} can't be {what}: {source}", path.display())]
pub struct HistoryError {
    /// The file.
    pub path: PathBuf,
    /// `written` or `read`.
    pub what: &'static str,
    /// The system's error.
    pub source: io::Error,
}

/// One step as it was carried out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StepRecord {
    /// Its object, `role KubernetesAdmin`.
    pub object: String,
    /// What was done to it.
    pub summary: String,
    /// `done`, `already-so`, `failed`, `unknown` or `not-begun`.
    pub state: String,
    /// In a run over several places: the cluster's ARN, or the account id. Absent for a file and in older records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The ids of its calls at AWS (`x-amzn-requestid`) and the API server (`audit-id`), in order, as found in
    /// CloudTrail and the cluster's audit log.
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
    /// The document before; `None` for a role that the step created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
}

/// One of several places of a run.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlaceRecord {
    /// The cluster's ARN, as far as it was known; or an account id.
    pub id: String,
    /// `done`, `nothing-to-do`, `failed` or `not-done`.
    pub state: String,
    /// Why it failed, or was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One run that changed something, or tried to.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Record {
    /// When it ended, RFC 3339; when it began, if it did not end.
    pub time: String,
    /// The run's id, shared by its two lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The verb.
    pub verb: String,
    /// The identity that signed.
    pub caller: String,
    /// The cluster's ARN, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// In a run over several places: each of them. Absent for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlaceRecord>,
    /// The plan's id.
    pub plan: String,
    /// The steps.
    pub steps: Vec<StepRecord>,
    /// The saved manifests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backups: Vec<String>,
    /// What was there before the run overwrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<BeforeAt>,
    /// `applied`, `failed`, or `begun`.
    pub outcome: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Record {
    /// The places and steps that are not done.
    pub fn left(&self) -> (Vec<PlaceRecord>, Vec<StepRecord>) {
        let places = self.places.iter().filter(|place| !["done", "nothing-to-do"].contains(&&*place.state));
        let steps = self.steps.iter().filter(|step| !["done", "already-so"].contains(&&*step.state));
        (places.cloned().collect(), steps.cloned().collect())
    }
}

/// The file.
#[derive(Clone, Debug)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    /// A log in a file, which is created with the first record.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a record with secrets redacted: one line, one write, so that concurrent runs do not mix their lines.
    ///
    /// # Errors
    /// [`HistoryError`].
    pub fn append(&self, record: &Record) -> Result<(), HistoryError> {
        let failed = |source: io::Error| HistoryError { path: self.path.clone(), what: "written", source };
        private::own_directory(directory(&self.path)).map_err(failed)?;
        let record = serde_json::to_value(record).map_err(|error| failed(error.into()))?;
        let mut line = redact_json(record).to_string().into_bytes();
        line.push(b'\n');
        let write = |mut file: File| {
            file.write_all(&line)?;
            file.sync_data()
        };
        private::append_own(&self.path).and_then(write).map_err(failed)
    }

    /// Every record, oldest first; an invalid line (cut off by a full disk) is skipped.
    ///
    /// # Errors
    /// [`HistoryError`]; a file that does not exist is empty.
    pub fn read(&self) -> Result<Vec<Record>, HistoryError> {
        let mut text = String::new();
        let read = private::is_own_directory(directory(&self.path))
            .and_then(|_| private::open_own_to_read(&self.path))
            .and_then(|mut file| file.read_to_string(&mut text));
        match read {
            Ok(_) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(HistoryError { path: self.path.clone(), what: "read", source: error }),
        }
    }

    /// The runs, oldest first: the two lines of a run become one record, at the place of its end and with what it
    /// replaced. A run without an end has its first line only.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn runs(&self) -> Result<Vec<Record>, HistoryError> {
        let mut runs: Vec<Record> = Vec::new();
        for mut record in self.read()? {
            let is_begin = |begun: &Record| begun.outcome == BEGUN && begun.run == record.run;
            let begun = record.run.as_ref().and_then(|_| runs.iter().position(is_begin));
            if let Some(at) = begun {
                record.before = runs.remove(at).before;
            }
            runs.push(record);
        }
        Ok(runs)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::model::Before;

    fn record(plan: &str) -> Record {
        Record {
            time: "2026-01-01T00:00:00Z".into(),
            run: None,
            verb: "map".into(),
            caller: "arn:aws:iam::111122223333:user/ann".into(),
            cluster: None,
            places: Vec::new(),
            plan: plan.into(),
            steps: vec![StepRecord {
                place: None,
                object: "role R".into(),
                summary: "create".into(),
                state: "done".into(),
                request_ids: vec!["id".into()],
                trust: None,
            }],
            backups: Vec::new(),
            before: Vec::new(),
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
    fn the_end_of_a_run_takes_the_place_of_its_begin_and_knows_what_was_before() {
        let dir = tempfile::tempdir().unwrap();
        let log = Log::new(dir.path().join("state").join("history.jsonl"));
        let of = |run: &str, outcome: &str| Record { run: Some(run.into()), outcome: outcome.into(), ..record(run) };
        let before = vec![BeforeAt { before: Before::Boundary { role: "R".into(), arn: None }, at: None }];
        log.append(&Record { before: before.clone(), ..of("1", BEGUN) }).unwrap();
        log.append(&of("2", BEGUN)).unwrap();
        log.append(&record("old")).unwrap();
        log.append(&of("1", "applied")).unwrap();
        assert_eq!(log.runs().unwrap(), [of("2", BEGUN), record("old"), Record { before, ..of("1", "applied") }]);
    }

    #[test]
    fn what_is_left_is_what_is_neither_done_nor_so_already() {
        let place = |state: &str| PlaceRecord { id: state.into(), state: state.into(), why: None };
        let step = |state: &str| StepRecord { state: state.into(), ..record("a").steps.remove(0) };
        let run = Record {
            places: ["done", "failed", "nothing-to-do", "not-done"].map(place).into(),
            steps: ["done", "already-so", "failed", "unknown", "not-begun"].map(step).into(),
            ..record("a")
        };
        let (places, steps) = run.left();
        assert_eq!(places.iter().map(|place| &*place.state).collect::<Vec<_>>(), ["failed", "not-done"]);
        assert_eq!(steps.iter().map(|step| &*step.state).collect::<Vec<_>>(), ["failed", "unknown", "not-begun"]);
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
    fn only_a_plain_file_of_the_same_user_is_read_or_written() {
        let dir = tempfile::tempdir().unwrap();
        let (state, elsewhere) = (dir.path().join("state"), dir.path().join("elsewhere"));
        crate::files::atomic::private_dir(&state).unwrap();
        let log = Log::new(state.join("history.jsonl"));
        fs::write(&elsewhere, "").unwrap();
        std::os::unix::fs::symlink(&elsewhere, log.path()).unwrap();
        assert!(log.append(&record("a")).is_err() && log.read().is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), b"");
        fs::remove_file(log.path()).unwrap();
        fs::hard_link(&elsewhere, log.path()).unwrap();
        assert!(log.append(&record("a")).is_err());
        fs::remove_file(log.path()).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, log.path(), rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let asked = log.clone();
        std::thread::spawn(move || sender.send((asked.append(&record("a")).is_err(), asked.read().is_err())));
        assert_eq!(receiver.recv_timeout(std::time::Duration::from_secs(20)), Ok((true, true)));
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        let log = Log::new(state.join("history.jsonl"));
        log.append(&record("a")).unwrap();
        for mode in [0o770, 0o702, 0o777] {
            fs::set_permissions(&state, Permissions::from_mode(mode)).unwrap();
            for error in [log.append(&record("b")).unwrap_err(), log.read().unwrap_err()] {
                assert!(error.to_string().contains("chmod 700"), "{error}");
            }
        }
        fs::set_permissions(&state, Permissions::from_mode(0o755)).unwrap();
        log.append(&record("b")).unwrap();
        assert_eq!(
            fs::metadata(&state).unwrap().permissions().mode() & 0o777,
            0o700,
            "what others could read they can not"
        );
        fs::rename(&state, dir.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", &state).unwrap();
        assert!(log.append(&record("c")).is_err() && log.read().is_err());
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
