use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::kubeconfig::document::tests::{contexts, merge};
use crate::kubeconfig::document::{Current, Wanted};
use crate::kubeconfig::exec::{ExecNeeds, ExecSpec, ExecTool};

const SHORT: Duration = Duration::from_millis(60);

fn wanted(cluster: &str) -> Wanted {
    let cluster: crate::model::ClusterArn =
        format!("arn:aws:eks:eu-west-1:111122223333:cluster/{cluster}").parse().unwrap();
    let role_arn = "arn:aws:iam::111122223333:role/KubernetesAdmin";
    Wanted {
        server: format!("https://{}.eks.amazonaws.com", cluster.name),
        exec: ExecSpec::build(&ExecTool::Aws, &cluster, role_arn, ExecNeeds::default()).unwrap(),
        cluster,
        certificate_authority_data: Some("Q0E=".to_owned()),
        tls_server_name: None,
        proxy_url: None,
        role_arn: role_arn.to_owned(),
        exec_stated: true,
        context_alias: None,
        user_alias: None,
        namespace: None,
        current: Current::Auto,
    }
}

fn merge_into(path: &Path, cluster: &str) -> Written {
    let locked = Locked::acquire(path, Duration::from_secs(30)).unwrap();
    let old = locked.read().unwrap();
    let merged = merge(old.as_deref().unwrap_or_default(), &wanted(cluster)).unwrap();
    locked.replace_if_unchanged(old.as_deref(), &merged.text).unwrap()
}

#[test]
fn what_can_not_be_read_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    assert_eq!(read(&path).unwrap(), None);
    fs::write(&path, b"a: b\n").unwrap();
    assert_eq!(read(&path).unwrap().as_deref(), Some("a: b\n"));
    fs::write(&path, b"a: b\nc: \xff\n").unwrap();
    assert!(matches!(read(&path), Err(FileError::NotText { line: 2, .. })));
    assert!(matches!(read(directory.path()), Err(FileError::Directory(_))));
    assert!(matches!(read(Path::new("/dev/null")), Err(FileError::NotAFile(_))));
    assert!(matches!(read(&directory.path().join("config/x")), Err(FileError::Unreadable { .. })));
    symlink("nowhere", directory.path().join("link")).unwrap();
    assert_eq!(read(&directory.path().join("link")).unwrap(), None);
}

#[test]
fn a_new_file_and_its_directory_are_their_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".kube/config");
    let written = merge_into(&path, "dev");
    assert_eq!(written, Written { path: path.clone(), created: true, copy: None });
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "neither lock nor temporary file is left");
}

#[test]
fn thirty_two_writers_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    std::thread::scope(|scope| {
        for number in 0..32 {
            let path = &path;
            scope.spawn(move || merge_into(path, &format!("c{number}")));
        }
    });
    let views = contexts(&read(&path).unwrap().unwrap()).unwrap();
    assert_eq!(views.len(), 32);
    assert_eq!(views.iter().filter(|view| view.current).count(), 1);
}

#[test]
fn a_link_stays_a_link_and_the_file_behind_it_changes() {
    let directory = tempfile::tempdir().unwrap();
    let (link, target) = (directory.path().join("config"), directory.path().join("dotfiles/kube"));
    fs::create_dir(target.parent().unwrap()).unwrap();
    symlink("dotfiles/kube", &link).unwrap();
    assert!(merge_into(&link, "dev").created, "a link to nothing");
    assert!(!merge_into(&link, "prod").created);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(contexts(&read(&target).unwrap().unwrap()).unwrap().len(), 2);
}

#[test]
fn the_lock_at_the_link_and_the_one_at_the_file_both_keep_us_out() {
    let directory = tempfile::tempdir().unwrap();
    let (link, target) = (directory.path().join("config"), directory.path().join("real"));
    symlink("real", &link).unwrap();
    for file in [&link, &target] {
        let lock = lock::lock_path(file);
        fs::write(&lock, b"").unwrap();
        let error = Locked::acquire(&link, SHORT).unwrap_err();
        assert!(
            matches!(error, FileError::Locked { .. }) && error.to_string().contains(&lock.display().to_string()),
            "{error}"
        );
        fs::remove_file(&lock).unwrap();
    }
    assert!(Locked::acquire(&link, SHORT).is_ok());
}

#[test]
fn what_changed_since_it_was_read_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    let locked = Locked::acquire(&path, SHORT).unwrap();
    fs::write(&path, "theirs").unwrap();
    assert!(matches!(locked.replace_if_unchanged(None, "ours"), Err(FileError::Changed(_))));
    assert!(matches!(locked.replace_if_unchanged(Some("old"), "ours"), Err(FileError::Changed(_))));
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    locked.replace_if_unchanged(Some("theirs"), "ours").unwrap();
}

#[test]
fn a_read_only_file_and_a_directory_are_errors_that_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    let locked = Locked::acquire(&path, SHORT).unwrap();
    let error = locked.replace_if_unchanged(Some("old"), "new").unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    drop(locked);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    assert!(matches!(Locked::acquire(directory.path(), SHORT), Err(FileError::Directory(_))));
}

/// The child process of the next test: writes two texts in turn until it is killed.
#[test]
#[ignore = "it is the child of `a_kill_leaves_the_old_text_or_the_new_one`, which runs it"]
fn writes_until_it_is_killed() {
    let path = PathBuf::from(std::env::var_os("EKSACCESS_TEST_WRITES_TO").unwrap());
    for turn in 0_u32.. {
        let locked = Locked::acquire(&path, Duration::from_secs(5)).unwrap();
        let old = locked.read().unwrap();
        locked.replace_if_unchanged(old.as_deref(), &text_of(turn)).unwrap();
    }
}

fn text_of(turn: u32) -> String {
    ["a\n", "b\n"][turn as usize % 2].repeat(200_000 + turn as usize % 3)
}

fn is_whole(text: &str) -> bool {
    (0..6).any(|turn| text == text_of(turn))
}

#[test]
fn a_kill_leaves_the_old_text_or_the_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    for round in 0..8_u64 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "kubeconfig::file::tests::writes_until_it_is_killed"])
            .env("EKSACCESS_TEST_WRITES_TO", &path)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while !path.exists() && begin.elapsed() < Duration::from_mins(2) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(3 + round * 7));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_whole(&read(&path).unwrap().unwrap()), "round {round}");
        // A lock that it left is a stale one of this program.
        let locked = Locked::acquire(&path, Duration::from_secs(5)).unwrap();
        let old = locked.read().unwrap();
        locked.replace_if_unchanged(old.as_deref(), &text_of(0)).unwrap();
        drop(locked);
        assert!(!lock::lock_path(&path).exists());
    }
}

#[test]
fn a_file_of_more_than_8_mib_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config");
    fs::write(&path, "#".repeat(8 << 20)).unwrap();
    assert!(read(&path).unwrap().is_some());
    fs::write(&path, "#".repeat((8 << 20) + 1)).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("8 MiB") && error.contains("config"), "{error}");
    // A sparse file of any length is detected by its size.
    File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    assert!(read(&path).is_err());
}
