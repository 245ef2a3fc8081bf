//! A file is written whole or not at all: into a temporary file beside it, flushed to the disk, then renamed.
//!
//! Where a rename can't be (a file that is a mount point, a directory that can't be written to, a hard link, an owner
//! who would be lost, an access control list that can't be copied) the old bytes are kept in a copy first, and the file is written in place.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{attributes, plain};

/// Why a file was not written. The old one is whole, or, where the error says so, in the copy.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A call to the operating system failed.
    #[error("can't {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, `write` for one.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file may not be written: no write permission for anyone, or none for the caller, or the file system is
    /// mounted read-only.
    #[error("{} is read-only; it is left as it is", .0.display())]
    ReadOnly(PathBuf),
    /// A file stands where a new one should be.
    #[error("{} already exists and is not replaced", .0.display())]
    Exists(PathBuf),
    /// A file that had to be written in place is only half written; its old bytes are in the copy.
    #[error("{} is only partly written: {source}; its former content is in {}", path.display(), copy.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// Where its old bytes are.
        copy: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn io_error(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    move |source| WriteError::Io { doing, path: path.to_owned(), source }
}

/// How a replacement was done.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Replaced {
    /// Whether there was no file before.
    pub created: bool,
    /// The copy of the old bytes, where the file had to be written in place.
    pub copy: Option<PathBuf>,
}

/// Creates a directory and its missing parents, for their owner alone (0700). One that exists is left as it is.
///
/// # Errors
/// [`WriteError::Io`].
pub fn private_dir(path: &Path) -> Result<(), WriteError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io_error("create the directory", path))
}

/// Writes a file that must not exist yet, with exactly `mode` (never more, even for a moment). Its directory must exist.
///
/// # Errors
/// [`WriteError::Exists`] where there is one (also when it appears meanwhile); [`WriteError::Io`].
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), WriteError> {
    let temporary = filled(path, bytes)?;
    temporary.as_file().set_permissions(Permissions::from_mode(mode)).map_err(io_error("set the mode of", path))?;
    temporary.as_file().sync_all().map_err(io_error("flush", path))?;
    temporary.persist_noclobber(path).map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => WriteError::Exists(path.to_owned()),
        _ => io_error("create", path)(error.error),
    })?;
    sync_directory(path)
}

/// Replaces a file's content, or creates it with `mode`. A file that exists keeps its mode, owner, access control list and
/// extended attributes. `path` must not be
/// a symbolic link ([`resolve`] it first).
///
/// # Errors
/// [`WriteError`]; the old content is whole unless it is [`WriteError::Torn`].
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<Replaced, WriteError> {
    let old = match fs::symlink_metadata(path) {
        Ok(old) => old,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return match write_new(path, bytes, mode) {
                Ok(()) => Ok(Replaced { created: true, copy: None }),
                Err(error) => Err(error),
            };
        }
        Err(error) => return Err(io_error("look at", path)(error)),
    };
    let file = open_to_write(path, &old)?;
    if old.nlink() > 1 {
        return in_place(path, &file, bytes);
    }
    match renamed(path, bytes, &old) {
        Ok(true) => Ok(Replaced::default()),
        Ok(false) => in_place(path, &file, bytes),
        Err(WriteError::Io { source, .. }) if rename_is_impossible(&source) => in_place(path, &file, bytes),
        Err(error) => Err(error),
    }
}

/// Whether [`replace`] may write a file, as far as can be told without writing; one that does not exist may be.
///
/// # Errors
/// [`WriteError::ReadOnly`]; [`WriteError::Io`].
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    match fs::symlink_metadata(path) {
        Ok(old) => open_to_write(path, &old).map(drop),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io_error("look at", path)(error)),
    }
}

/// Whether a new file can be made in a directory: one is, and goes again.
///
/// # Errors
/// [`WriteError::Io`].
pub fn check_takes_files(dir: &Path) -> Result<(), WriteError> {
    tempfile::tempfile_in(dir).map(drop).map_err(io_error("create a file in", dir))
}

/// The file behind a path: symbolic links in its last part are followed, also to a file that does not exist yet.
///
/// # Errors
/// Links that lead in a circle, or can't be read.
pub fn resolve(path: &Path) -> Result<PathBuf, WriteError> {
    let mut at = path.to_owned();
    for _ in 0..40 {
        match fs::symlink_metadata(&at) {
            Ok(data) if data.is_symlink() => {
                let to = fs::read_link(&at).map_err(io_error("follow the link", &at))?;
                at = at.parent().unwrap_or(Path::new("")).join(to);
            }
            _ => return Ok(at),
        }
    }
    Err(io_error("follow the link", path)(io::Error::other("too many levels of symbolic links")))
}

/// The directory of a file, `.` for a bare name.
pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// How temporary files beside `path` begin; what is left of one after a kill is swept by the next writer that holds the
/// file's lock.
pub(crate) fn temporary_prefix(path: &Path) -> String {
    format!(".{}.eksaccess-", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether a rename over a file fails for a reason that writing into the file would not meet.
fn rename_is_impossible(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices
            | ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
    )
}

fn open_to_write(path: &Path, old: &Metadata) -> Result<File, WriteError> {
    if old.permissions().readonly() {
        return Err(WriteError::ReadOnly(path.to_owned()));
    }
    // What was put in its place since is neither written through nor waited for.
    plain::opener().write(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => WriteError::ReadOnly(path.to_owned()),
        _ => io_error("open", path)(error),
    })
}

/// A temporary file beside `path`, 0600 from its first moment, that holds the bytes.
fn filled(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, WriteError> {
    let prefix = temporary_prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).permissions(Permissions::from_mode(0o600));
    let mut temporary = builder.tempfile_in(directory(path)).map_err(io_error("create a file beside", path))?;
    temporary.write_all(bytes).map_err(io_error("write a file beside", path))?;
    Ok(temporary)
}

/// Puts a new file in the old one's place; `false` where the new one could not be given the old one's access rules.
fn renamed(path: &Path, bytes: &[u8], old: &Metadata) -> Result<bool, WriteError> {
    let temporary = filled(path, bytes)?;
    let file = temporary.as_file();
    let new = file.metadata().map_err(io_error("look at", path))?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid())).map_err(io_error("keep the owner of", path))?;
    }
    // The list before the mode: at no moment may more people read it than may read the old one.
    let attributes = plain::open(path).and_then(|old| Ok(attributes::copy(&old, file)?));
    if let Err(error) = attributes {
        tracing::info!("{} is written in place, since its attributes can't be copied: {error}", path.display());
        return Ok(false);
    }
    file.set_permissions(Permissions::from_mode(old.mode() & 0o7777)).map_err(io_error("keep the mode of", path))?;
    file.sync_all().map_err(io_error("flush", path))?;
    temporary.persist(path).map_err(|error| io_error("replace", path)(error.error))?;
    sync_directory(path)?;
    Ok(true)
}

/// Where the old bytes of a file that must be written in place are kept: beside it.
#[must_use]
pub fn copy_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".eksaccess-before");
    path.with_file_name(name)
}

/// Writes into the file itself, its old bytes kept in a copy.
fn in_place(path: &Path, mut file: &File, bytes: &[u8]) -> Result<Replaced, WriteError> {
    let copy = keep_copy(path)?;
    let torn = |source| WriteError::Torn { path: path.to_owned(), copy: copy.clone(), source };
    // The length is cut last, so that a kill leaves no empty file.
    file.write_all(bytes).map_err(torn)?;
    file.set_len(bytes.len() as u64).map_err(torn)?;
    file.sync_all().map_err(torn)?;
    Ok(Replaced { created: false, copy: Some(copy) })
}

/// Copies a file beside itself, or, where that can't be, into the directory for temporary files.
fn keep_copy(path: &Path) -> Result<PathBuf, WriteError> {
    let bytes = fs::read(path).map_err(io_error("read", path))?;
    let beside = copy_path(path);
    let temporary = match filled(&beside, &bytes) {
        Ok(temporary) => {
            temporary.as_file().sync_all().map_err(io_error("flush", &beside))?;
            temporary.persist(&beside).map_err(|error| io_error("write", &beside)(error.error))?;
            return Ok(beside);
        }
        Err(_) => tempfile::Builder::new().prefix("eksaccess-before-").tempfile(),
    };
    let mut temporary = temporary.map_err(io_error("keep a copy of", path))?;
    temporary.write_all(&bytes).map_err(io_error("keep a copy of", path))?;
    temporary.as_file().sync_all().map_err(io_error("keep a copy of", path))?;
    let (_, kept) = temporary.keep().map_err(|error| io_error("keep a copy of", path)(error.error))?;
    Ok(kept)
}

/// Flushes the directory, so that the new name survives a loss of power. A file system that can't is no error.
fn sync_directory(path: &Path) -> Result<(), WriteError> {
    let directory = directory(path);
    let opened = OpenOptions::new().read(true).custom_flags(0).open(directory);
    match opened.and_then(|handle| handle.sync_all()) {
        Ok(()) => Ok(()),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::PermissionDenied | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        Err(error) => Err(io_error("flush", directory)(error)),
    }
}

#[cfg(test)]
#[path = "atomic_tests.rs"]
mod tests;
