use std::os::unix::fs::symlink;

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn new_files_have_their_mode_and_are_never_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    write_new(&path, b"1", 0o600).unwrap();
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"1".to_vec(), 0o600));
    assert!(matches!(write_new(&path, b"2", 0o600), Err(WriteError::Exists(_))));
    assert_eq!(fs::read(&path).unwrap(), b"1");
    let open = directory.path().join("b");
    write_new(&open, b"", 0o644).unwrap();
    assert_eq!(mode(&open), 0o644);
    assert_eq!(names(directory.path()), ["a", "b"]);
}

#[test]
fn a_replaced_file_keeps_its_mode_and_gets_a_new_inode() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    assert_eq!(replace(&path, b"1", 0o600).unwrap(), Replaced { created: true, copy: None });
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let before = fs::metadata(&path).unwrap().ino();
    assert_eq!(replace(&path, b"22", 0o600).unwrap(), Replaced::default());
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"22".to_vec(), 0o640));
    assert_ne!(fs::metadata(&path).unwrap().ino(), before);
    assert_eq!(names(directory.path()), ["a"]);
}

#[test]
fn a_hard_link_is_written_in_place_with_a_kept_copy() {
    let directory = tempfile::tempdir().unwrap();
    let (path, other) = (directory.path().join("a"), directory.path().join("b"));
    fs::write(&path, b"a long one").unwrap();
    fs::hard_link(&path, &other).unwrap();
    let done = replace(&path, b"short", 0o600).unwrap();
    assert_eq!(fs::read(&other).unwrap(), b"short");
    let copy = done.copy.unwrap();
    assert_eq!((fs::read(&copy).unwrap(), mode(&copy)), (b"a long one".to_vec(), 0o600));
    assert_eq!(copy, directory.path().join("a.eksaccess-before"));
    assert_eq!(replace(&path, b"third", 0o600).unwrap().copy, Some(copy.clone()), "the one copy is replaced");
    assert_eq!(fs::read(&copy).unwrap(), b"short");
}

#[test]
fn a_read_only_file_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, b"1").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    assert!(matches!(replace(&path, b"2", 0o600), Err(WriteError::ReadOnly(_))));
    assert_eq!((fs::read(&path).unwrap(), names(directory.path())), (b"1".to_vec(), vec!["a".to_owned()]));
}

#[test]
fn links_are_followed_also_to_nothing_and_circles_are_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    symlink("b", at("a")).unwrap();
    symlink(at("c"), at("b")).unwrap();
    assert_eq!(resolve(&at("a")).unwrap(), at("c"));
    symlink("x", at("y")).unwrap();
    symlink("y", at("x")).unwrap();
    assert!(resolve(&at("x")).unwrap_err().to_string().contains("too many levels"));
    assert_eq!(resolve(Path::new("bare")).unwrap(), Path::new("bare"));
}

#[test]
fn private_directories_are_their_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b");
    private_dir(&path).unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o700, 0o700));
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    private_dir(&path).unwrap();
    assert_eq!(mode(&path), 0o755);
}

#[test]
fn an_error_names_the_file_and_what_was_tried() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("none/a");
    let error = write_new(&path, b"1", 0o600).unwrap_err().to_string();
    assert!(error.contains("none/a") && error.contains("create"), "{error}");
}

/// An ACL in the kernel's own form: the owner, the user 12345, the group, the mask and the others.
fn acl(user: u16, group: u16, mask: u16) -> Vec<u8> {
    let none = u32::MAX;
    let entries =
        [(0x01u16, 6u16, none), (0x02, user, 12345), (0x04, group, none), (0x10, mask, none), (0x20, 0, none)];
    let mut bytes = 2u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}

fn set(path: &Path, name: &str, value: &[u8]) -> bool {
    rustix::fs::setxattr(path, name, value, rustix::fs::XattrFlags::empty()).is_ok()
}

fn get(path: &Path, name: &str) -> Option<Vec<u8>> {
    let mut value = vec![0; 4096];
    let length = rustix::fs::getxattr(path, name, value.as_mut_slice()).ok()?;
    value.truncate(length);
    Some(value)
}

const ACCESS: &str = "system.posix_acl_access";

#[test]
fn a_replaced_file_keeps_its_acl_and_its_attributes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, b"1").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let (has_acl, has_user) = (set(&path, ACCESS, &acl(4, 0, 4)), set(&path, "user.note", b"mine"));
    let before = mode(&path);
    assert_eq!(replace(&path, b"2", 0o600).unwrap(), Replaced::default());
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"2".to_vec(), before));
    assert_eq!(get(&path, ACCESS), has_acl.then(|| acl(4, 0, 4)));
    assert_eq!(get(&path, "user.note"), has_user.then(|| b"mine".to_vec()));
    assert!(has_acl || has_user || !cfg!(target_os = "linux"), "the file system of the tests keeps neither");
}

#[test]
fn a_replaced_file_gets_no_acl_that_it_had_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a");
    fs::write(&path, b"1").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o660)).unwrap();
    // New files in the directory would now be accessible to the user 12345.
    if !set(directory.path(), "system.posix_acl_default", &acl(7, 7, 7)) {
        return;
    }
    replace(&path, b"2", 0o600).unwrap();
    assert_eq!((mode(&path), get(&path, ACCESS)), (0o660, None));
}
