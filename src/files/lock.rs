//! One writer at a time, by the protocol of client-go (`tools/clientcmd`): the process that creates `FILE.lock`
//! exclusively may write `FILE`, and removes the lock afterwards.
//!
//! A lock of client-go is empty, so whether its owner is alive is unknown: it is waited for, never broken. A lock of
//! this program holds host and process, appears with its content (by a hard link), and stays `flock`ed while its owner
//! is alive. It is broken only if the owner is certainly dead: the host is this one, the process does not run, and the
//! `flock` is free. Breaking needs that `flock` too, on the same file as at the path, so that two processes that break
//! the same stale lock never remove a new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::atomic::{directory, temporary_prefix};
use super::plain;

/// The most bytes of a lock file that are read; this program's are far shorter.
const LONGEST: u64 = 4096;
/// How long to sleep between two attempts.
const PAUSE: Duration = Duration::from_millis(10);
/// The age at which a temporary file of a killed writer is removed.
const STALE: Duration = Duration::from_mins(1);

/// The owner of a lock of this program.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// `eksaccess`.
    tool: String,
    /// The host's name.
    pub host: String,
    /// The process.
    pub pid: i32,
    /// When the process began, in the kernel's own unit, if the kernel reports it; a reused process id has another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<u64>,
}

/// Why a lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another program holds it.
    #[error(
        "another program is writing the file: {holder} holds {} and did not release it within {waited:.1?}; if no such program is running, remove that file", lock.display()
    )]
    Held {
        /// The lock file.
        lock: PathBuf,
        /// The holder, in words.
        holder: String,
        /// How long this process waited for it.
        waited: Duration,
    },
    /// The file at the path is not a lock of any program.
    #[error(
        "{} is a {what}, not a lock file; nothing is written while it is there. If it is not needed, remove it", lock.display()
    )]
    NotALock {
        /// The lock's path.
        lock: PathBuf,
        /// Its file type, in a word.
        what: &'static str,
    },
    /// The lock file can't be created.
    #[error("can't create the lock {}: {source}", lock.display())]
    Io {
        /// The lock file.
        lock: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// A held lock; released when dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// Kept open and `flock`ed, as proof of life.
    file: File,
}

/// The lock file of a file, as client-go names it.
#[must_use]
pub fn lock_path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

impl Lock {
    /// Takes the lock of `file`, waiting at most `wait` for another holder.
    ///
    /// # Errors
    /// [`LockError::Held`] after that time; [`LockError::Io`] if the lock can't be created.
    pub fn acquire(file: &Path, wait: Duration) -> Result<Self, LockError> {
        let path = lock_path(file);
        let begin = Instant::now();
        let mut grace = true;
        loop {
            if let Some(lock) = Self::attempt(&path).map_err(|source| LockError::Io { lock: path.clone(), source })? {
                return Ok(lock);
            }
            if let Some(what) = strange(&path) {
                return Err(LockError::NotALock { lock: path, what });
            }
            let broken = break_dead(&path);
            // A lock that was broken at the last moment is tried once more.
            if begin.elapsed() >= wait && !(broken && std::mem::take(&mut grace)) {
                return Err(LockError::Held { holder: holder(&path), lock: path, waited: wait });
            }
            if !broken {
                std::thread::sleep(PAUSE.min(wait.saturating_sub(begin.elapsed())));
            }
        }
    }

    /// Creates the lock file with its content; `None` if there is one.
    fn attempt(path: &Path) -> io::Result<Option<Self>> {
        if fs::symlink_metadata(path).is_ok() {
            return Ok(None);
        }
        let owner = Owner::this();
        let text = serde_json::to_vec(&owner).map_err(io::Error::other)?;
        let prefix = temporary_prefix(path);
        let mut temporary = tempfile::Builder::new().prefix(&prefix).tempfile_in(directory(path))?;
        temporary.write_all(&text)?;
        // A file system without `flock` still has the exclusive name.
        let _ = temporary.as_file().try_lock();
        match fs::hard_link(temporary.path(), path) {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), file: temporary.into_file() })),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
            Err(_) => Self::attempt_without_link(path, &text),
        }
    }

    fn attempt_without_link(path: &Path, text: &[u8]) -> io::Result<Option<Self>> {
        let mut file = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(None),
            Err(error) => return Err(error),
        };
        let _ = file.try_lock();
        file.write_all(text)?;
        Ok(Some(Self { path: path.to_owned(), file }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only if it is still this lock: it may have been removed by hand and replaced.
        if is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Owner {
    fn this() -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        Self { tool: "eksaccess".to_owned(), host: host(), pid, started: started(pid) }
    }

    /// Whether the process that wrote this is dead, as far as this host can tell.
    fn is_dead(&self) -> bool {
        if self.host != host() {
            return false;
        }
        let Some(pid) = rustix::process::Pid::from_raw(self.pid) else { return false };
        match rustix::process::test_kill_process(pid) {
            Err(rustix::io::Errno::SRCH) => true,
            // A process with this id runs; it is a different one if its start time differs.
            _ => self.started.zip(started(self.pid)).is_some_and(|(then, now)| then != now),
        }
    }
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// When a process began, in clock ticks since the boot; in a file on Linux only (proc(5), field 22).
fn started(pid: i32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// The owner in a lock file; `None` for a foreign one.
fn owner(file: &mut File) -> Option<Owner> {
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok().filter(|owner: &Owner| owner.tool == "eksaccess")
}

/// Whether an open file is the one at a path.
fn is_at(file: &File, path: &Path) -> bool {
    let same = |a: &fs::Metadata, b: &fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
    file.metadata().ok().zip(fs::symlink_metadata(path).ok()).is_some_and(|(a, b)| same(&a, &b))
}

/// Removes a lock of this program whose owner is dead; true if it is gone.
fn break_dead(path: &Path) -> bool {
    let mut file = match plain::open(path) {
        Ok(file) => file,
        Err(error) => return error.kind() == ErrorKind::NotFound,
    };
    owner(&mut file).is_some_and(|owner| owner.is_dead())
        && file.try_lock().is_ok()
        && is_at(&file, path)
        && fs::remove_file(path).is_ok()
}

/// The type of a lock that is not a plain file: no program creates one, and it would never be released.
fn strange(path: &Path) -> Option<&'static str> {
    let found = fs::symlink_metadata(path).ok().filter(|found| !found.is_file())?;
    Some(plain::name_of(&found))
}

/// The holder of a lock, in words.
fn holder(path: &Path) -> String {
    let age = fs::symlink_metadata(path).and_then(|data| data.modified()).ok();
    let age = age.and_then(|time| SystemTime::now().duration_since(time).ok()).map_or(0, |age| age.as_secs());
    match plain::open(path).ok().and_then(|mut file| owner(&mut file)) {
        Some(Owner { host, pid, .. }) => format!("eksaccess, process {pid} on {host}, for {age} s,"),
        None => format!("an unknown program (kubectl creates such locks), for {age} s,"),
    }
}

/// Removes temporary files that killed writers of `file` left next to it. The caller holds the file's lock.
pub(crate) fn sweep(file: &Path) {
    let prefix = temporary_prefix(file);
    let Ok(entries) = fs::read_dir(directory(file)) else { return };
    for entry in entries.flatten() {
        let old = || {
            let modified = entry.metadata().and_then(|data| data.modified()).ok()?;
            SystemTime::now().duration_since(modified).ok().filter(|age| *age > STALE)
        };
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(&prefix) || name.starts_with(&temporary_prefix(&lock_path(file)));
        if ours && old().is_some() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
#[path = "lock_tests.rs"]
mod tests;
