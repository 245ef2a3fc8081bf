//! Opening what should be a plain file: never waits for the other end of a pipe, never wakes a device.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Options that neither follow a link in the last part of a path nor wait for the other end of a pipe.
pub(crate) fn opener() -> OpenOptions {
    with(OFlags::NOFOLLOW | OFlags::NONBLOCK)
}

fn with(flags: OFlags) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(i32::try_from(flags.bits()).expect("open flags fit in the system's int"));
    options
}

/// Opens a plain file for reading; a link is not followed.
///
/// # Errors
/// The system's error; [`io::ErrorKind::InvalidInput`] for a link, a directory, a pipe, a device or a socket.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = opener().read(true).open(path).map_err(|error| in_words(path, error))?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// Opens whatever is at a path, following links, without waiting: the caller checks its type.
///
/// # Errors
/// The system's error.
pub(crate) fn follow(path: &Path) -> io::Result<File> {
    with(OFlags::NONBLOCK).read(true).open(path)
}

/// The text of a plain file of at most `limit` bytes.
///
/// # Errors
/// As [`open`]; [`io::ErrorKind::InvalidData`] for a longer one and for bytes that are not text.
pub(crate) fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.take(limit + 1).read_to_string(&mut text)?;
    if text.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is longer than {limit} bytes")));
    }
    Ok(text)
}

/// Refuses what is not a plain file.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`], which names the type.
pub(crate) fn check(found: &Metadata) -> io::Result<()> {
    match name_of(found) {
        "file" => Ok(()),
        other => Err(odd(other)),
    }
}

/// The type of a file, in a word.
pub(crate) fn name_of(found: &Metadata) -> &'static str {
    let kind = found.file_type();
    if kind.is_file() {
        "file"
    } else if kind.is_symlink() {
        "link"
    } else if kind.is_dir() {
        "directory"
    } else if std::os::unix::fs::FileTypeExt::is_fifo(&kind) {
        "pipe"
    } else {
        "device or socket"
    }
}

pub(crate) fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("it is a {what}, not a regular file"))
}

/// The system's error for a link that is not followed, a pipe without a reader and a socket, in words.
pub(crate) fn in_words(path: &Path, error: io::Error) -> io::Error {
    let strange = [Errno::LOOP, Errno::NXIO, Errno::OPNOTSUPP, Errno::MLINK].map(Errno::raw_os_error);
    if !error.raw_os_error().is_some_and(|code| strange.contains(&code)) {
        return error;
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => odd(name_of(&found)),
        _ => error,
    }
}
