//! Files that no other user may have accessed.
//!
//! A secret is only read from a plain file of the same user that no other user could read or write. Owners and modes
//! are those of Unix.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::plain::{self, opener};

/// Why an existing file is not trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// A symbolic link, or a second name of a file elsewhere.
    #[error("it is a link")]
    Link,
    /// A directory, a pipe, a device.
    #[error("it is not a regular file")]
    NotAFile,
    /// It belongs to another user.
    #[error("it belongs to another user")]
    ForeignOwner,
    /// Group or others have rights on it.
    #[error("other users have access to it")]
    Permissions,
    /// Not readable, too long, or not what was written.
    #[error("it is damaged")]
    Damaged,
    /// It claims to expire later than any session does.
    #[error("it claims to expire later than any session can")]
    TooLong,
    /// Written for another identity.
    #[error("it belongs to another identity")]
    WrongKey,
}

/// The text of a private file of at most `limit` bytes; `None` if there is no file.
///
/// # Errors
/// [`Refused`] with the reason; does not block, not even on a pipe.
pub(crate) fn read_private(path: &Path, limit: u64) -> Result<Option<String>, Refused> {
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

/// Opens a lock file, created with mode 0600 if missing. A link, another user's file or a special file is never locked,
/// but replaced.
///
/// # Errors
/// The system's error.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
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

/// Whether it is a plain file of the same user with exactly one name; a removed one has none.
fn is_usable(found: &Metadata) -> bool {
    found.is_file() && is_own(found) && found.nlink() <= 1
}

fn is_strange(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !is_usable(&found))
}

/// Ensures that `dir` is a directory of the same user with mode 0700, created so.
///
/// # Errors
/// The system's error, or [`io::ErrorKind::PermissionDenied`] for a link or another user's directory.
pub(crate) fn private_directory(dir: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(dir) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            fs::symlink_metadata(dir)?
        }
        Err(error) => return Err(error),
    };
    if !found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is a link or not a directory"));
    }
    if !is_own(&found) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    if is_open_to_others(&found) { fs::set_permissions(dir, Permissions::from_mode(0o700)) } else { Ok(()) }
}

/// Ensures that `dir` is a directory of the same user, 0700, that no other user could have written to; creates it if
/// missing. Read access of others is removed. Unlike a cache, which is refilled, its contents are trusted later: so a
/// writable one is refused, for a person to check it.
///
/// # Errors
/// The system's error; in words for a link, another user's directory and one that others can write to.
pub(crate) fn own_directory(dir: &Path) -> io::Result<()> {
    if !is_own_directory(dir)? {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        is_own_directory(dir)?;
    }
    Ok(())
}

/// The same for a directory that may be missing, and is not created; true if it exists.
///
/// # Errors
/// As [`own_directory`].
pub(crate) fn is_own_directory(dir: &Path) -> io::Result<bool> {
    let refused =
        |why: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("{}: {why}", dir.display())));
    let found = match fs::symlink_metadata(dir) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if !found.is_dir() {
        return refused(format!("it is a {}, not a directory owned by this user", plain::name_of(&found)));
    }
    if !is_own(&found) {
        return refused("it belongs to another user".to_owned());
    }
    if found.mode() & 0o022 != 0 {
        return refused(format!(
            "other users can write to it (mode {:o}); after checking its contents: chmod 700 {}",
            found.mode() & 0o777,
            dir.display()
        ));
    }
    if is_open_to_others(&found) {
        fs::set_permissions(dir, Permissions::from_mode(0o700))?;
    }
    Ok(true)
}

/// Opens a file of the same user for appending, created with mode 0600 if missing; access of others is removed.
///
/// # Errors
/// The system's error; in words for anything but a plain file of the same user that no one else could write to.
pub(crate) fn append_own(path: &Path) -> io::Result<File> {
    let opened = opener().append(true).create(true).mode(0o600).open(path);
    let file = opened.map_err(|error| plain::in_words(path, error))?;
    check_own(&file)?;
    if is_open_to_others(&file.metadata()?) {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

/// Opens a file of the same user for reading.
///
/// # Errors
/// As [`append_own`].
pub(crate) fn open_own_to_read(path: &Path) -> io::Result<File> {
    let file = plain::open(path)?;
    check_own(&file)?;
    Ok(file)
}

fn check_own(file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    plain::check(&found)?;
    let refused = |why: &str| Err(io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned()));
    if !is_own(&found) {
        refused("it belongs to another user")
    } else if found.nlink() > 1 {
        refused("it has another name elsewhere (a hard link)")
    } else if found.mode() & 0o022 != 0 {
        refused("other users can write to it; after checking it: chmod 600")
    } else {
        Ok(())
    }
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
