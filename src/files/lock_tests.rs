use super::*;

const SHORT: Duration = Duration::from_millis(60);

fn dead_pid() -> i32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = i32::try_from(child.id()).unwrap();
    child.wait().unwrap();
    pid
}

fn write_lock(file: &Path, owner: &Owner) {
    fs::write(lock_path(file), serde_json::to_vec(owner).unwrap()).unwrap();
}

#[test]
fn a_lock_is_there_while_it_is_held_and_gone_afterwards() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    let lock = Lock::acquire(&file, SHORT).unwrap();
    let path = directory.path().join("config.lock");
    assert!(path.exists());
    let error = Lock::acquire(&file, SHORT).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("config.lock") && text.contains(&format!("process {}", std::process::id())), "{text}");
    drop(lock);
    assert!(!path.exists());
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
    drop(Lock::acquire(&file, SHORT).unwrap());
}

#[test]
fn a_foreign_lock_is_waited_for_and_then_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    fs::write(lock_path(&file), b"").unwrap();
    let begin = Instant::now();
    let error = Lock::acquire(&file, SHORT).unwrap_err().to_string();
    assert!(begin.elapsed() >= SHORT);
    assert!(error.contains("unknown program") && error.contains("config.lock"), "{error}");
    assert!(lock_path(&file).exists(), "never broken");
    let path = lock_path(&file);
    let other = std::thread::spawn(move || {
        std::thread::sleep(SHORT);
        fs::remove_file(path).unwrap();
    });
    assert!(Lock::acquire(&file, Duration::from_secs(5)).is_ok());
    other.join().unwrap();
}

#[test]
fn a_dead_lock_of_ours_on_this_host_is_broken_and_only_that() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    let dead = Owner { pid: dead_pid(), started: None, ..Owner::this() };
    write_lock(&file, &dead);
    drop(Lock::acquire(&file, SHORT).unwrap());
    for alive in [
        Owner { host: "elsewhere".to_owned(), ..dead.clone() },
        Owner { started: None, ..Owner::this() },
        Owner { tool: "other".to_owned(), ..dead.clone() },
    ] {
        write_lock(&file, &alive);
        assert!(matches!(Lock::acquire(&file, SHORT), Err(LockError::Held { .. })), "{alive:?}");
        fs::remove_file(lock_path(&file)).unwrap();
    }
    // A process id that is reused by another process.
    write_lock(&file, &Owner { started: Some(1), ..Owner::this() });
    assert_eq!(Lock::acquire(&file, SHORT).is_ok(), cfg!(target_os = "linux"));
}

#[test]
fn a_lock_whose_owner_still_has_it_open_is_never_broken() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    write_lock(&file, &Owner { pid: dead_pid(), started: None, ..Owner::this() });
    let open = File::open(lock_path(&file)).unwrap();
    open.try_lock().unwrap();
    assert!(Lock::acquire(&file, SHORT).is_err());
    drop(open);
    assert!(Lock::acquire(&file, SHORT).is_ok());
}

#[test]
fn of_many_who_break_a_dead_lock_one_at_a_time_holds_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    let dead = Owner { pid: dead_pid(), started: None, ..Owner::this() };
    let inside = std::sync::atomic::AtomicUsize::new(0);
    for _ in 0..20 {
        write_lock(&file, &dead);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let lock = Lock::acquire(&file, Duration::from_secs(10)).unwrap();
                    assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                    std::thread::yield_now();
                    inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    drop(lock);
                });
            }
        });
    }
}

#[test]
fn a_lock_taken_over_by_another_process_is_not_removed() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    let lock = Lock::acquire(&file, SHORT).unwrap();
    fs::remove_file(lock_path(&file)).unwrap();
    fs::write(lock_path(&file), b"theirs").unwrap();
    drop(lock);
    assert_eq!(fs::read(lock_path(&file)).unwrap(), b"theirs");
}

#[test]
fn what_killed_writers_left_is_swept_once_it_is_old() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    let (old, young) = (directory.path().join(".config.eksaccess-a"), directory.path().join(".config.eksaccess-b"));
    for path in [&old, &young] {
        fs::write(path, b"").unwrap();
    }
    File::open(&old).unwrap().set_modified(SystemTime::now() - STALE * 2).unwrap();
    sweep(&file);
    assert!(!old.exists() && young.exists());
}

#[test]
fn a_directory_that_is_not_there_is_an_error_that_names_the_lock() {
    let error = Lock::acquire(Path::new("/nonexistent/config"), SHORT).unwrap_err().to_string();
    assert!(error.contains("/nonexistent/config.lock"), "{error}");
}

/// Runs it on a thread of its own, so that a hanging lock fails the test instead of blocking it.
fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(Duration::from_secs(20)).expect("neither a hang nor a busy loop")
}

#[test]
fn a_lock_that_is_not_a_plain_file_is_reported_at_once_and_left_alone() {
    type Make = (&'static str, fn(&Path));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config");
    let make: [Make; 4] = [
        ("link", |path| std::os::unix::fs::symlink("nowhere", path).unwrap()),
        ("link", |path| std::os::unix::fs::symlink(path.with_extension("lock"), path).unwrap()),
        ("pipe", |path| {
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }),
        ("directory", |path| fs::create_dir(path).unwrap()),
    ];
    for (what, make) in make {
        let path = lock_path(&file);
        make(&path);
        let asked = file.clone();
        let error = in_time(move || Lock::acquire(&asked, SHORT)).unwrap_err().to_string();
        assert!(error.contains("config.lock") && error.contains(what), "{what}: {error}");
        assert!(fs::symlink_metadata(&path).is_ok(), "left alone");
        let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir(&path));
    }
}

#[test]
fn a_link_to_a_dead_lock_is_not_broken_through() {
    let directory = tempfile::tempdir().unwrap();
    let (file, other) = (directory.path().join("config"), directory.path().join("other"));
    write_lock(&other, &Owner { pid: dead_pid(), started: None, ..Owner::this() });
    std::os::unix::fs::symlink(lock_path(&other), lock_path(&file)).unwrap();
    assert!(in_time(move || Lock::acquire(&file, SHORT)).is_err());
    assert!(lock_path(&other).exists());
}
