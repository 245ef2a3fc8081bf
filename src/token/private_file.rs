//! Files that nobody else may have touched.
//!
//! A secret is read back only from a plain file of our own that no other user could read or write. Owners and modes are
//! those of Unix.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Why a file that is there is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// A symbolic link, or a second name of a file elsewhere.
    #[error("it is a link")]
    Link,
    /// A directory, a pipe, a device.
    #[error("it is no plain file")]
    NotAFile,
    /// Another user's.
    #[error("it belongs to another user")]
    ForeignOwner,
    /// Group or others have rights on it.
    #[error("other users have rights on it")]
    Permissions,
    /// Not readable, too long, or not what was written.
    #[error("it is damaged")]
    Damaged,
    /// It claims to end later than any session does.
    #[error("it claims to end later than any session does")]
    TooLong,
    /// Written for another identity.
    #[error("it is another identity's")]
    WrongKey,
}

/// The text of a private file of at most `limit` bytes; `None` where there is no file.
///
/// # Errors
/// [`Refused`] with the reason; never waits, not even on a pipe.
pub(super) fn read_private(path: &Path, limit: u64) -> Result<Option<String>, Refused> {
    let file = match opener().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink()) => return Err(Refused::Link),
        Err(_) => return Err(Refused::Damaged),
    };
    let found = file.metadata().map_err(|_| Refused::Damaged)?;
    if !found.is_file() {
        return Err(Refused::NotAFile);
    }
    check_private(&found)?;
    let mut text = String::new();
    let read = file.take(limit + 1).read_to_string(&mut text).map_err(|_| Refused::Damaged)?;
    if read as u64 > limit { Err(Refused::Damaged) } else { Ok(Some(text)) }
}

/// Opens a lock file, made with mode 0600 where it is not there. A link, another user's file and what is no file are never
/// locked: they are replaced.
///
/// # Errors
/// What the system says.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    match open_own(path) {
        Err(_) if is_strange(path) => {
            fs::remove_file(path)?;
            open_own(path)
        }
        opened => opened,
    }
}

fn open_own(path: &Path) -> io::Result<File> {
    let file = opener().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    if is_usable(&file.metadata()?) { Ok(file) } else { Err(io::Error::from(io::ErrorKind::PermissionDenied)) }
}

/// A plain file of our own without a second name; one that was swept away meanwhile has none at all.
fn is_usable(found: &Metadata) -> bool {
    found.is_file() && is_own(found) && found.nlink() <= 1
}

fn is_strange(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !is_usable(&found))
}

/// Makes sure that `dir` is a directory of our own with mode 0700, made so from the start.
///
/// # Errors
/// What the system says, or [`io::ErrorKind::PermissionDenied`] for a link or another user's directory.
pub(super) fn private_directory(dir: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(dir) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            fs::symlink_metadata(dir)?
        }
        Err(error) => return Err(error),
    };
    if !found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is a link or no directory"));
    }
    if !is_own(&found) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    if is_open_to_others(&found) { fs::set_permissions(dir, Permissions::from_mode(0o700)) } else { Ok(()) }
}

/// Options that neither follow a link in the last part of a path nor wait for the other end of a pipe.
fn opener() -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.custom_flags(i32::try_from(flags.bits()).expect("open flags fit in the system's int"));
    options
}

fn check_private(found: &Metadata) -> Result<(), Refused> {
    if !is_own(found) {
        Err(Refused::ForeignOwner)
    } else if is_open_to_others(found) {
        Err(Refused::Permissions)
    } else if found.nlink() != 1 {
        Err(Refused::Link)
    } else {
        Ok(())
    }
}

fn is_own(found: &Metadata) -> bool {
    found.uid() == rustix::process::geteuid().as_raw()
}

fn is_open_to_others(found: &Metadata) -> bool {
    found.mode() & 0o077 != 0
}
