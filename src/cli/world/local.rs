//! This machine, as used by the engine: saved manifests and kubeconfig files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use crate::backup::Store;
use crate::cli::args::{BackupArgs, ContextArgs};
use crate::cli::world::aside::{aside, briefly};
use crate::cli::world::context::Environment;
use crate::cli::world::kubectl_files::authority_file;
use crate::engine::{Local, StepState, Written};
use crate::error::{Error, Kind, Result, shell_word};
use crate::files::lock::LockError;
use crate::kubeconfig::file::{self, FileError, LOCK_WAIT, Locked};
use crate::kubeconfig::locate::{Sources, candidates};
use crate::kubeconfig::merged::{self, FileList, KubeconfigFile};
use crate::model::{AccessEntry, ClusterArn, ClusterState, Scope};
use crate::plan::KubeconfigWrite;
use crate::plan::kubeconfig::{changes_text, check_readable, refused};
use crate::plan::{Action, AwsAuthWrite, Plan};
use crate::secrets::learn_settings;

/// Where this run saves what it replaces.
#[derive(Clone, Debug)]
pub(crate) enum Backups {
    /// In this store.
    Kept(Store),
    /// Backups are disabled by the user.
    None,
    /// No place is known, so nothing may be replaced.
    Nowhere,
}

impl Backups {
    /// From the command line, else from the environment.
    pub(crate) fn choose(args: &BackupArgs, env: &Environment) -> Self {
        match (&args.backup_dir, args.no_backup, env.state_dir()) {
            (Some(dir), ..) => Self::Kept(Store::new(dir)),
            (None, true, _) => Self::None,
            (None, false, Some(state)) => Self::Kept(Store::in_state(state)),
            (None, false, None) => Self::Nowhere,
        }
    }

    /// Its name in an approval: the flags. The default place may differ between machines.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Kept(store) if store.is_usual() => "kept".to_owned(),
            Self::Kept(store) => format!("kept in {}", store.root().display()),
            Self::None => "none".to_owned(),
            Self::Nowhere => "nowhere".to_owned(),
        }
    }

    /// The store, if there is one.
    ///
    /// # Errors
    /// Backups are disabled, or no place is known.
    pub(crate) fn store(&self) -> Result<&Store> {
        match self {
            Self::Kept(store) => Ok(store),
            _ => Err(Error::usage("no directory for backups of aws-auth is known").hint("name it: --backup-dir DIR")),
        }
    }
}

/// This machine.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// Where old manifests are saved.
    pub(crate) backups: Backups,
}

impl Machine {
    /// Checks that the files of a plan on this machine can be written, backups and the kubeconfig, before anything else
    /// is changed.
    ///
    /// # Errors
    /// The kubeconfig is locked by another program, or read-only; today's `aws-auth` can't be saved.
    pub(crate) async fn check(&self, plan: &Plan) -> Result<()> {
        let mut files = BTreeSet::new();
        for step in &plan.steps {
            match &step.action {
                Action::WriteKubeconfig(write) if files.insert(&write.path) => {
                    check_kubeconfig(write.path.clone()).await
                }
                Action::WriteAwsAuth(AwsAuthWrite { resource_version: Some(_), file: None, .. })
                | Action::RestoreAwsAuth { resource_version: Some(_), .. } => {
                    self.check_backups(&step.scope, AWS_AUTH).await
                }
                Action::DeleteEntry { mapping: None, .. } => self.check_backups(&step.scope, ENTRY).await,
                _ => Ok(()),
            }
            .map_err(|e| e.because("nothing was changed"))?;
        }
        Ok(())
    }

    async fn check_backups(&self, scope: &Scope, what: &'static str) -> Result<()> {
        let cluster = scope.cluster().map(|arn| arn.name.clone()).unwrap_or_default();
        match self.backups.clone() {
            Backups::None => Ok(()),
            Backups::Nowhere => Err(not_kept(what, &cluster).because(NO_HOME)),
            Backups::Kept(store) => {
                aside(move || store.check().map_err(|e| not_kept(what, &cluster).because_of(e))).await
            }
        }
    }

    /// Access entries that earlier runs deleted and did not recreate.
    ///
    /// # Errors
    /// The thread ended without a result.
    pub(crate) async fn kept_entries(&self, cluster: &ClusterArn) -> Result<Vec<AccessEntry>> {
        let Backups::Kept(store) = self.backups.clone() else { return Ok(Vec::new()) };
        let cluster = cluster.clone();
        aside(move || Ok(store.kept_entries(&cluster))).await
    }

    /// Deletes the saved copies of entries that a plan recreated, or that existed already.
    pub(crate) async fn forget_entries(&self, plan: &Plan, cluster: &ClusterState) {
        let Backups::Kept(store) = self.backups.clone() else { return };
        let made = plan.steps.iter().filter_map(|step| match &step.action {
            Action::CreateEntry { principal, .. } if step.scope.cluster() == Some(&cluster.description.arn) => {
                Some(principal)
            }
            _ => None,
        });
        let seen = cluster.entry.as_ref().map(|entry| &entry.principal);
        let (all, cluster): (Vec<_>, _) = (made.chain(seen).cloned().collect(), cluster.description.arn.clone());
        let forget = move || {
            for principal in &all {
                store.forget_entry(&cluster, principal);
            }
            Ok(())
        };
        // A leftover file is shown by the next plan.
        let _ = briefly("removing old backups of access entries", forget).await;
    }
}

const NO_HOME: &str = "neither XDG_STATE_HOME nor HOME is set";

const AWS_AUTH: &str = "aws-auth";
const ENTRY: &str = "access entry";

fn not_kept(what: &str, cluster: &str) -> Error {
    Error::failed(format!("the old {what} of cluster {cluster} can't be backed up, so it was not replaced"))
        .hint("name another place (--backup-dir DIR), or do without a backup (--no-backup)")
}

async fn check_kubeconfig(path: String) -> Result<()> {
    aside(move || {
        Locked::acquire(Path::new(&path), LOCK_WAIT)
            .and_then(|locked| locked.check_writable())
            .map_err(|e| file_error(&e, &path))
    })
    .await
}

impl Local for Machine {
    fn keep_backup<'a>(&'a self, cluster: &ClusterArn, object: &Value) -> LocalBoxFuture<'a, Result<Option<PathBuf>>> {
        let (backups, cluster, object) = (self.backups.clone(), cluster.clone(), object.clone());
        let keep = move || match backups {
            Backups::None => Ok(None),
            Backups::Nowhere => Err(not_kept(AWS_AUTH, &cluster.name).because(NO_HOME)),
            Backups::Kept(store) => {
                let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%S.%6fZ").to_string();
                let kept = store.keep(&cluster, &object, &stamp).map(Some);
                kept.map_err(|e| not_kept(AWS_AUTH, &cluster.name).because_of(e))
            }
        };
        aside(keep).boxed_local()
    }

    fn keep_entry<'a>(&'a self, cluster: &ClusterArn, entry: &AccessEntry) -> LocalBoxFuture<'a, Result<()>> {
        let (backups, cluster, entry) = (self.backups.clone(), cluster.clone(), entry.clone());
        let keep = move || match backups {
            Backups::None => Ok(()),
            Backups::Nowhere => Err(not_kept(ENTRY, &cluster.name).because(NO_HOME)),
            Backups::Kept(store) => {
                let kept = store.keep_entry(&cluster, &entry).map(drop);
                kept.map_err(|e| not_kept(ENTRY, &cluster.name).because_of(e))
            }
        };
        aside(keep).boxed_local()
    }

    fn discard_backup(&self, path: PathBuf) -> LocalBoxFuture<'_, ()> {
        // A leftover manifest does no harm.
        aside(move || Ok(std::fs::remove_file(path))).map(drop).boxed_local()
    }

    fn write_kubeconfig<'a>(&'a self, writes: &[&KubeconfigWrite]) -> LocalBoxFuture<'a, Vec<Result<Written>>> {
        let writes: Vec<KubeconfigWrite> = writes.iter().map(|write| (*write).clone()).collect();
        let count = writes.len();
        let written = aside(move || write_kubeconfig(&writes));
        written
            .map(move |all| all.unwrap_or_else(|error| (0..count).map(|_| Err(error.clone())).collect()))
            .boxed_local()
    }
}

/// Writes one file with everything planned for it, merged into what kubectl sees now.
fn write_kubeconfig(writes: &[KubeconfigWrite]) -> Result<Vec<Result<Written>>> {
    let Some(KubeconfigWrite { path, list, is_whole, .. }) = writes.first() else { return Ok(Vec::new()) };
    let failed = |e: FileError| file_error(&e, path);
    let locked = Locked::acquire(Path::new(path), LOCK_WAIT).map_err(failed)?;
    let now = locked.read().map_err(failed)?;
    let read = |other: &String| if other == path { Ok(now.clone()) } else { file::read(Path::new(other)) };
    let files = file_list(list, *is_whole, read);
    check_readable(&files)?;
    let at = list.iter().position(|other| other == path).unwrap_or_default();
    // Changes with a different result are left out, and the others merged without them.
    let mut ended: Vec<Option<Error>> = vec![None; writes.len()];
    loop {
        let rest: Vec<usize> = (0..writes.len()).filter(|nth| ended[*nth].is_none()).collect();
        let batch = files.merged(at, &rest.iter().map(|nth| &*writes[*nth].wanted).collect::<Vec<_>>());
        let mut states = vec![StepState::AlreadySo; writes.len()];
        let mut is_as_planned = true;
        for (nth, merged) in rest.into_iter().zip(batch.each) {
            match merged.map(|merged| changes_text(&merged)) {
                Ok(changes) if changes.is_empty() => {}
                Ok(changes) if changes == writes[nth].changes => states[nth] = StepState::Done,
                Ok(_) => (is_as_planned, ended[nth]) = (false, Some(failed(FileError::Changed(path.into())))),
                Err(error) => ended[nth] = Some(refused(&files, &writes[nth].wanted, at, error)),
            }
        }
        if !is_as_planned {
            continue;
        }
        let mut copy = None;
        if now.as_deref() != Some(batch.text.as_str()) && states.contains(&StepState::Done) {
            copy = locked.replace_if_unchanged(now.as_deref(), &batch.text).map_err(failed)?.copy;
        }
        let state = |(error, state): (Option<Error>, StepState)| match error {
            Some(error) => Err(error),
            None => Ok((state, copy.take())),
        };
        return Ok(ended.into_iter().zip(states).map(state).collect());
    }
}

fn file_error(error: &FileError, path: &str) -> Error {
    let (kind, hint) = match error {
        FileError::Changed(_) => (Kind::WorldChanged, "run the same command again".to_owned()),
        FileError::Locked { source: LockError::Held { .. }, .. } => (
            Kind::Failed,
            "let the other program finish; if none is running, remove the lock file named above".to_owned(),
        ),
        FileError::Locked { source: LockError::NotALock { lock, .. }, .. } => {
            (Kind::Failed, format!("look at it and remove it: rm {}", shell_word(&lock.display().to_string())))
        }
        _ => (Kind::Failed, format!("write another file: --kubeconfig FILE (was {path})")),
    };
    Error::new(kind, error.to_string()).hint(hint)
}

/// The kubeconfig files that kubectl reads, or the named one, as they are; none for `-`.
///
/// # Errors
/// No file can be named; the only one can't be read. Of several, an unreadable one is in the list with its error.
pub(crate) fn kubeconfig_files(args: &ContextArgs, env: &Environment) -> Result<FileList> {
    if args.kubeconfig.as_deref() == Some("-") {
        return Ok(FileList::default());
    }
    let paths = kubeconfig_paths(args, env)?;
    if let [one] = &paths[..] {
        let text = file::read(Path::new(one)).map_err(|error| file_error(&error, one))?;
        return Ok(file_list(&paths, args.kubeconfig.is_none(), |_| Ok(text.clone())));
    }
    Ok(file_list(&paths, true, |path| file::read(Path::new(path))))
}

/// The same for reading only: a single unreadable file is in the list with its error too.
///
/// # Errors
/// No file can be named.
pub(crate) fn readable_kubeconfigs(args: &ContextArgs, env: &Environment) -> Result<FileList> {
    let paths = kubeconfig_paths(args, env)?;
    Ok(file_list(&paths, args.kubeconfig.is_none(), |path| file::read(Path::new(path))))
}

fn kubeconfig_paths(args: &ContextArgs, env: &Environment) -> Result<Vec<String>> {
    let sources =
        Sources { flag: args.kubeconfig.as_deref(), kubeconfig: env.kubeconfig.as_deref(), home: env.home.as_deref() };
    let paths = candidates(sources).map_err(|e| Error::usage(e.to_string()).hint("name a file: --kubeconfig FILE"))?;
    Ok(paths.iter().map(|path| path.display().to_string()).collect())
}

/// Files, read as a list.
fn file_list(
    paths: &[String],
    is_whole: bool,
    read: impl Fn(&String) -> std::result::Result<Option<String>, FileError>,
) -> FileList {
    let files = paths.iter().map(|path| {
        let (text, unread) = match read(path) {
            Ok(text) => (text, None),
            Err(error) => (None, Some(error.to_string())),
        };
        learn_settings(text.as_deref().unwrap_or_default());
        KubeconfigFile { unread, ..KubeconfigFile::new(path, text.as_deref()) }
    });
    let has_program = |path: &str| Path::new(path).exists();
    FileList::read(files.collect(), is_whole, merged::Machine { has_program: &has_program, authority: &authority_file })
}
