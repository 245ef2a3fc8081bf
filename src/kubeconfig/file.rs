//! A kubeconfig on the disk: read and replaced whole, under client-go's lock. Blocking calls; no runtime.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::files::atomic::{self, WriteError};
use crate::files::lock::{self, Lock, LockError};
use crate::files::plain;
use crate::kubeconfig::document::MOST_BYTES;

/// How long to wait for another writer's lock.
pub const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The mode of a new kubeconfig: for its owner alone.
const MODE: u32 = 0o600;

/// Why a kubeconfig was not read or written. The old content is not lost, except as described in [`WriteError::Torn`].
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The path is a directory.
    #[error("the kubeconfig {} is a directory", .0.display())]
    Directory(PathBuf),
    /// The path is a device, a pipe or a socket, which can't be replaced.
    #[error("the kubeconfig {} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The file can't be read.
    #[error("can't read the kubeconfig {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file is longer than any kubeconfig.
    #[error("the kubeconfig {} is longer than {} MiB and is not read", .0.display(), MOST_BYTES >> 20)]
    TooLong(PathBuf),
    /// The file is not UTF-8 text.
    #[error("the kubeconfig {} is not UTF-8 text (line {line})", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line, from 1, of the first invalid byte.
        line: usize,
    },
    /// The lock could not be taken: another program holds it, or it can't be created.
    #[error("the kubeconfig {} is not written: {source}", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// The lock's error.
        source: LockError,
    },
    /// Another program changed the file since it was read.
    #[error("the kubeconfig {} changed since it was read; it is left as it is", .0.display())]
    Changed(PathBuf),
    /// The file can't be written.
    #[error("the kubeconfig was not written: {0}")]
    Write(#[from] WriteError),
}

/// The content of a kubeconfig file.
///
/// `None` if there is no file.
///
/// # Errors
/// [`FileError`] for a directory, a device, an unreadable file and bytes that are not text.
pub fn read(path: &Path) -> Result<Option<String>, FileError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    // Checked before opening, as opening a device may have effects; and the opened file again.
    let opened = fs::metadata(path).and_then(|found| match refuse_odd(path, &found) {
        Ok(()) => plain::follow(path).map(Ok),
        Err(odd) => Ok(Err(odd)),
    });
    let file = match opened {
        Ok(file) => file?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    refuse_odd(path, &file.metadata().map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MOST_BYTES {
        return Err(FileError::TooLong(path.to_owned()));
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
        let line = good.matches('\n').count() + 1;
        FileError::NotText { path: path.to_owned(), line }
    })
}

/// Refuses special files, and files that are too long.
fn refuse_odd(path: &Path, found: &Metadata) -> Result<(), FileError> {
    if found.is_dir() {
        Err(FileError::Directory(path.to_owned()))
    } else if !found.is_file() {
        Err(FileError::NotAFile(path.to_owned()))
    } else if found.len() > MOST_BYTES as u64 {
        Err(FileError::TooLong(path.to_owned()))
    } else {
        Ok(())
    }
}

/// The result of a write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Written {
    /// The file that was written, symbolic links followed.
    pub path: PathBuf,
    /// Whether it is new.
    pub created: bool,
    /// The copy of the old content, if the file had to be written in place.
    pub copy: Option<PathBuf>,
}

/// A kubeconfig that is locked for other writers while this lives.
#[derive(Debug)]
pub struct Locked {
    target: PathBuf,
    /// The lock of the given path, which kubectl uses, and of the file behind it.
    _locks: Vec<Lock>,
    /// The file itself, `flock`ed, if its directory does not accept a lock file.
    _held: Option<File>,
}

impl Locked {
    /// Follows symbolic links, creates a missing directory (0700), and takes the lock, waiting at most `wait`
    /// ([`LOCK_WAIT`]). If the directory does not accept a lock file, the file itself is `flock`ed, which excludes at
    /// least other runs of this program.
    ///
    /// # Errors
    /// [`FileError::Locked`] if another program holds it; [`FileError::Write`] if the lock can't be created.
    pub fn acquire(path: &Path, wait: Duration) -> Result<Self, FileError> {
        let target = atomic::resolve(path)?;
        if fs::metadata(&target).is_ok_and(|data| data.is_dir()) {
            return Err(FileError::Directory(path.to_owned()));
        }
        atomic::private_dir(atomic::directory(&target))?;
        let begin = Instant::now();
        let mut locks = Vec::new();
        let mut held = None;
        let mut places = vec![path.to_owned()];
        if target != path {
            places.push(target.clone());
        }
        for place in places {
            match Lock::acquire(&place, wait.saturating_sub(begin.elapsed())) {
                Ok(lock) => locks.push(lock),
                Err(LockError::Io { source, .. }) if no_new_files(&source) && target.is_file() => {
                    held = Some(Self::flock(&target, wait.saturating_sub(begin.elapsed()))?);
                }
                Err(source) => return Err(FileError::Locked { path: path.to_owned(), source }),
            }
        }
        lock::sweep(&target);
        Ok(Self { target, _locks: locks, _held: held })
    }

    fn flock(target: &Path, wait: Duration) -> Result<File, FileError> {
        let unreadable = |source| FileError::Unreadable { path: target.to_owned(), source };
        let file = plain::open(target).map_err(unreadable)?;
        let begin = Instant::now();
        while matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)) {
            if begin.elapsed() >= wait {
                let held = LockError::Held {
                    lock: target.to_owned(),
                    holder: "another run of eksaccess".to_owned(),
                    waited: wait,
                };
                return Err(FileError::Locked { path: target.to_owned(), source: held });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(file)
    }

    /// The current content.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(&self) -> Result<Option<String>, FileError> {
        read(&self.target)
    }

    /// Checks that it may be written, as far as that is possible without writing.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn check_writable(&self) -> Result<(), FileError> {
        Ok(atomic::check_writable(&self.target)?)
    }

    /// Replaces the content if it is still `old` (`None`: no file). New files are created with mode 0600; existing ones
    /// keep mode and owner.
    ///
    /// # Errors
    /// [`FileError::Changed`] if it is not; [`FileError::Write`].
    pub fn replace_if_unchanged(&self, old: Option<&str>, new: &str) -> Result<Written, FileError> {
        if self.read()?.as_deref() != old {
            return Err(FileError::Changed(self.target.clone()));
        }
        let done = atomic::replace(&self.target, new.as_bytes(), MODE);
        let done = done.map_err(|error| match error {
            WriteError::Exists(path) => FileError::Changed(path),
            other => other.into(),
        })?;
        Ok(Written { path: self.target.clone(), created: done.created, copy: done.copy })
    }
}

/// Whether a directory accepts no new files although a file in it may be writable.
fn no_new_files(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
