//! Writes a file whole or not at all: into a temporary file next to it, flushed to the disk, then renamed.
//!
//! Where a rename is impossible (a file that is a mount point, a directory that can't be written to, a hard link, an
//! owner who would be lost, an access control list that can't be copied) the old bytes are copied first, and the file
//! is written in place.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{attributes, plain};

/// Why a file was not written. The old content is whole, or, where the error says so, in the copy.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A call to the operating system failed.
    #[error("can't {doing} {}: {source}", path.display())]
    Io {
        /// What was tried, for example `write`.
        doing: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file may not be written: no write permission for anyone, or none for the caller, or the file system is
    /// mounted read-only.
    #[error("{} is read-only; it is left as it is", .0.display())]
    ReadOnly(PathBuf),
    /// There is a file at the path of a new one.
    #[error("{} already exists and is not replaced", .0.display())]
    Exists(PathBuf),
    /// A file that had to be written in place is only half written; its old bytes are in the copy.
    #[error("{} is only partly written: {source}; its former content is in {}", path.display(), copy.display())]
    Torn {
        /// The file.
        path: PathBuf,
        /// Where its old bytes are.
        copy: PathBuf,
        /// The system's error.
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
    /// The copy of the old bytes, if the file had to be written in place.
    pub copy: Option<PathBuf>,
}

/// Creates a directory and its missing parents for their owner alone (0700). An existing one is left unchanged.
///
/// # Errors
/// [`WriteError::Io`].
pub fn private_dir(path: &Path) -> Result<(), WriteError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io_error("create the directory", path))
}

/// Writes a file that must not exist yet, with exactly `mode` (never more, even for a moment). Its directory must exist.
///
/// # Errors
/// [`WriteError::Exists`] if there is one (also if it appears in the meantime); [`WriteError::Io`].
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

/// Replaces a file's content, or creates it with `mode`. An existing file keeps its mode, owner, access control list
/// and extended attributes. `path` must not be a symbolic link ([`resolve`] it first).
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

/// Checks that [`replace`] may write a file, as far as that is possible without writing; a missing one passes.
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

/// Checks that a directory accepts new files: creates one and deletes it.
///
/// # Errors
/// [`WriteError::Io`].
pub fn check_takes_files(dir: &Path) -> Result<(), WriteError> {
    tempfile::tempfile_in(dir).map(drop).map_err(io_error("create a file in", dir))
}

/// The file behind a path: symbolic links in its last part are followed, also to a file that does not exist yet.
///
/// # Errors
/// Links in a circle, or unreadable ones.
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

/// The name prefix of temporary files for `path`; leftovers of a killed run are removed by the next writer that holds
/// the file's lock.
pub(crate) fn temporary_prefix(path: &Path) -> String {
    format!(".{}.eksaccess-", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether a rename over a file fails for a reason that does not affect writing into the file.
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
    // A link or a pipe that was put in its place is neither followed nor waited for.
    plain::opener().write(true).open(path).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => WriteError::ReadOnly(path.to_owned()),
        _ => io_error("open", path)(error),
    })
}

/// A temporary file next to `path`, created with mode 0600, that holds the bytes.
fn filled(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, WriteError> {
    let prefix = temporary_prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).permissions(Permissions::from_mode(0o600));
    let mut temporary = builder.tempfile_in(directory(path)).map_err(io_error("create a file beside", path))?;
    temporary.write_all(bytes).map_err(io_error("write a file beside", path))?;
    Ok(temporary)
}

/// Renames a new file over the old one; `false` if the new one could not be given the old one's access rules.
fn renamed(path: &Path, bytes: &[u8], old: &Metadata) -> Result<bool, WriteError> {
    let temporary = filled(path, bytes)?;
    let file = temporary.as_file();
    let new = file.metadata().map_err(io_error("look at", path))?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid())).map_err(io_error("keep the owner of", path))?;
    }
    // The list before the mode: at no time may more people read it than the old one.
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

/// The copy of a file that must be written in place, next to it.
#[must_use]
pub fn copy_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".eksaccess-before");
    path.with_file_name(name)
}

/// Writes into the file itself, after copying its old bytes.
fn in_place(path: &Path, mut file: &File, bytes: &[u8]) -> Result<Replaced, WriteError> {
    let copy = keep_copy(path)?;
    let torn = |source| WriteError::Torn { path: path.to_owned(), copy: copy.clone(), source };
    // The length is cut last, so that a kill does not leave an empty file.
    file.write_all(bytes).map_err(torn)?;
    file.set_len(bytes.len() as u64).map_err(torn)?;
    file.sync_all().map_err(torn)?;
    Ok(Replaced { created: false, copy: Some(copy) })
}

/// Copies a file to a name next to it, or, if that is impossible, to the directory for temporary files.
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

/// Flushes the directory, so that the new name survives a loss of power. A file system without that ability is not an
/// error.
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
