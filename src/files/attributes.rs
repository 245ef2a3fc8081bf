//! Extended attributes of a file that is replaced: access control lists, and notes of people and programs.

use std::fs::File;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
use rustix::io::{Errno, Result};

/// The longest list of names and the longest value in the kernel (Linux, `XATTR_LIST_MAX`, `XATTR_SIZE_MAX`).
const LONGEST: usize = 64 * 1024;

/// Gives `new` the attributes of `old`, and removes those that it inherited from its directory, so that both have the
/// same readers.
///
/// The system's own labels (`security.*`, for example `SELinux`) are left out, and reported.
///
/// # Errors
/// An attribute that can't be read, set or removed: `old` must then be written in place.
pub(super) fn copy(old: &File, new: &File) -> Result<()> {
    let (wanted, given) = (names(old)?, names(new)?);
    for name in given.iter().filter(|name| !is_the_systems(name) && !wanted.contains(name)) {
        fremovexattr(new, name.as_slice())?;
    }
    for name in &wanted {
        let shown = String::from_utf8_lossy(name);
        if is_the_systems(name) {
            tracing::info!("the attribute {shown} of a file that is replaced is not copied: the system sets it");
            continue;
        }
        let value = value(old, name)?;
        if !given.contains(name) || self::value(new, name)? != value {
            fsetxattr(new, name.as_slice(), &value, XattrFlags::empty())?;
        }
    }
    Ok(())
}

fn is_the_systems(name: &[u8]) -> bool {
    name.starts_with(b"security.")
}

/// The names of a file's attributes; none if the file system has none.
fn names(file: &File) -> Result<Vec<Vec<u8>>> {
    let mut list = vec![0; LONGEST];
    match flistxattr(file, list.as_mut_slice()) {
        Ok(length) => {
            let names = list[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
            Ok(names.map(<[u8]>::to_vec).collect())
        }
        Err(Errno::NOTSUP | Errno::NOSYS) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn value(file: &File, name: &[u8]) -> Result<Vec<u8>> {
    let mut value = vec![0; LONGEST];
    let length = fgetxattr(file, name, value.as_mut_slice())?;
    value.truncate(length);
    Ok(value)
}
