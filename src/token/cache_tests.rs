//! The cache under interference: damage, links, foreign modes, concurrent callers, kills.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use super::*;
use crate::model::arn::Partition;
use crate::token::cache_key::{KeyInputs, Source};

/// The directory for the child process of a test.
const CHILD_DIR: &str = "EKSACCESS_TEST_CACHE_CHILD";

fn key(access_key_id: &str) -> CacheKey {
    CacheKey::of(&KeyInputs {
        source: Source::StaticOrEnv { access_key_id: access_key_id.into() },
        role_arn: Some("arn:aws:iam::111122223333:role/R".into()),
        external_id: None,
        session_name: None,
        duration: None,
        mfa_serial: None,
        sts_endpoint: None,
        partition: Partition::Aws,
        region: "eu-west-1".into(),
    })
}

/// 2026-01-01T00:00:00Z; an entry has whole seconds.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(490_896)
}

fn keys() -> Keys {
    Keys::new("ASIAROLE", "role-secret", Some("role-session".into())).ending(now() + Duration::from_hours(1))
}

fn cache() -> (TempDir, Cache) {
    let home = TempDir::new().unwrap();
    let cache = Cache::open(home.path().join("a/b")).unwrap();
    (home, cache)
}

fn get(cache: &Cache, key: &CacheKey) -> Lookup {
    cache.get(key, now(), RENEWAL_MARGIN)
}

#[test]
fn what_was_put_is_found_under_its_key_alone() {
    let (_home, cache) = cache();
    assert_eq!(get(&cache, &key("A")), Lookup::Absent);
    cache.put(&key("A"), &keys()).unwrap();
    assert_eq!(get(&cache, &key("A")), Lookup::Found(keys()));
    assert_eq!(get(&cache, &key("B")), Lookup::Absent);
}

#[test]
fn entries_end_before_their_credentials_do() {
    let (_home, cache) = cache();
    cache.put(&key("A"), &keys()).unwrap();
    let at = |minutes| cache.get(&key("A"), now() + Duration::from_mins(minutes), RENEWAL_MARGIN);
    assert!(matches!(at(54), Lookup::Found(_)));
    assert_eq!(at(55), Lookup::Ended);
    assert_eq!(at(61), Lookup::Ended);
}

#[test]
fn keys_that_do_not_end_are_not_kept() {
    let (_home, cache) = cache();
    cache.put(&key("A"), &Keys::new("AKIA", "s", None)).unwrap();
    assert_eq!(get(&cache, &key("A")), Lookup::Absent);
}

#[test]
fn a_session_that_claims_to_live_longer_than_any_is_not_kept() {
    let (_home, cache) = cache();
    let ending = |end: SystemTime| Keys::new("ASIAROLE", "s", Some("t".into())).ending(end);
    let real = SystemTime::now();
    for beyond in [Duration::from_mins(12 * 60 + 6), Duration::from_hours(13), Duration::from_hours(24 * 36_500)] {
        cache.put(&key("A"), &ending(real + beyond)).unwrap();
        assert_eq!(cache.get(&key("A"), real, RENEWAL_MARGIN), Lookup::Absent, "{beyond:?}");
    }
    let longest = ending(real + Duration::from_hours(12));
    cache.put(&key("A"), &longest).unwrap();
    assert!(matches!(cache.get(&key("A"), real, RENEWAL_MARGIN), Lookup::Found(_)));
    // An entry of another version of this program.
    let before = real - Duration::from_hours(1);
    assert_eq!(cache.get(&key("A"), before, RENEWAL_MARGIN), Lookup::Refused(Refused::TooLong));
}

#[test]
fn an_entry_moved_to_another_key_is_refused_and_replaced() {
    let (_home, cache) = cache();
    cache.put(&key("A"), &keys()).unwrap();
    fs::rename(cache.path(&key("A"), "json"), cache.path(&key("B"), "json")).unwrap();
    assert_eq!(get(&cache, &key("B")), Lookup::Refused(Refused::WrongKey));
    cache.put(&key("B"), &keys()).unwrap();
    assert_eq!(get(&cache, &key("B")), Lookup::Found(keys()));
}

#[test]
fn damage_is_refused_and_replaced() {
    let (_home, cache) = cache();
    cache.put(&key("A"), &keys()).unwrap();
    let path = cache.path(&key("A"), "json");
    let good = fs::read(&path).unwrap();
    let mut other_version = good.clone();
    let at = good.windows(11).position(|part| part == b"\"version\":1").unwrap();
    other_version[at + 10] = b'2';
    let halves = [1, good.len() / 2, good.len() - 1].map(|n| good[..n].to_vec());
    let others =
        [vec![], b"null".to_vec(), b"\xff\xfe".to_vec(), [&good[..], &vec![b' '; 70_000]].concat(), other_version];
    for text in halves.into_iter().chain(others) {
        fs::write(&path, &text).unwrap();
        assert_eq!(get(&cache, &key("A")), Lookup::Refused(Refused::Damaged), "{:?}", String::from_utf8_lossy(&text));
    }
    cache.put(&key("A"), &keys()).unwrap();
    assert_eq!(get(&cache, &key("A")), Lookup::Found(keys()));
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?} {:?}", Lookup::Found(keys()), Turn::Found(keys()));
    assert!(!shown.contains("role-secret") && !shown.contains("role-session"), "{shown}");
}

#[test]
fn clear_removes_the_credentials_and_leaves_what_is_not_ours() {
    let (_home, cache) = cache();
    for id in ["A", "B"] {
        cache.put(&key(id), &keys()).unwrap();
        drop(cache.turn(&key(id), now() + Duration::from_hours(9), RENEWAL_MARGIN, Duration::ZERO));
    }
    fs::write(cache.dir.join("new-left-behind.tmp"), "secret").unwrap();
    for name in ["notes.json", "notes"] {
        fs::write(cache.dir.join(name), "mine").unwrap();
    }
    assert_eq!(cache.clear().unwrap(), 2);
    let mut left: Vec<_> = fs::read_dir(&cache.dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["notes", "notes.json"]);
    assert_eq!(cache.clear().unwrap(), 0);
}

#[test]
fn a_write_sweeps_out_what_ended_long_ago() {
    let (_home, cache) = cache();
    cache.put(&key("old"), &keys()).unwrap();
    fs::write(cache.dir.join("new-left-behind.tmp"), "secret").unwrap();
    for (name, hours) in [(cache.path(&key("old"), "json"), 14), (cache.dir.join("new-left-behind.tmp"), 12)] {
        let at = SystemTime::now() - Duration::from_hours(hours);
        File::options().write(true).open(name).unwrap().set_modified(at).unwrap();
    }
    cache.put(&key("A"), &keys()).unwrap();
    assert_eq!(get(&cache, &key("old")), Lookup::Absent);
    assert!(cache.dir.join("new-left-behind.tmp").exists(), "too young to be swept");
}

#[test]
fn of_fifty_callers_at_once_one_assumes_the_role() {
    let (_home, cache) = cache();
    let assumed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| match cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::from_secs(20)) {
                Turn::Found(found) => assert_eq!(found, keys()),
                Turn::Mine(_lock) => {
                    assumed.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_millis(50));
                    cache.put(&key("A"), &keys()).unwrap();
                }
                Turn::Without => panic!("waited in vain"),
            });
        }
    });
    assert_eq!(assumed.load(Ordering::SeqCst), 1);
}

#[test]
fn a_holder_that_does_not_come_back_is_waited_for_only_so_long() {
    let (_home, cache) = cache();
    let Turn::Mine(_lock) = cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::ZERO) else { panic!("free") };
    let started = Instant::now();
    let turn = cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::from_millis(200));
    assert!(matches!(turn, Turn::Without), "{turn:?}");
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
    let other = cache.turn(&key("B"), now(), RENEWAL_MARGIN, Duration::ZERO);
    assert!(matches!(other, Turn::Mine(_)), "each key has its own lock: {other:?}");
}

/// Not a test of its own: the child process of the next one.
#[test]
#[ignore = "run by another test in a process that is killed"]
fn child_that_is_killed_while_it_writes() {
    let Ok(dir) = std::env::var(CHILD_DIR) else { return };
    let cache = Cache::open(dir).unwrap();
    let turn = cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::from_secs(5));
    assert!(matches!(turn, Turn::Mine(_)));
    fs::write(cache.dir.join("new-half.tmp"), "{\"version\":1,").unwrap();
    eprintln!("locked");
    sleep(Duration::from_mins(1));
}

#[test]
fn a_killed_process_leaves_neither_its_lock_nor_half_an_entry() {
    let (_home, cache) = cache();
    let child = "token::cache::tests::child_that_is_killed_while_it_writes";
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", child, "--ignored", "--nocapture"])
        .env(CHILD_DIR, &cache.dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(said.into_iter().any(|line| line == "locked"), "the child did not get the lock");
    let turn = cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::from_millis(50));
    assert!(matches!(turn, Turn::Without), "held by the child: {turn:?}");
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(get(&cache, &key("A")), Lookup::Absent);
    let turn = cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::from_millis(500));
    assert!(matches!(turn, Turn::Mine(_)), "{turn:?}");
    cache.put(&key("A"), &keys()).unwrap();
    assert_eq!(get(&cache, &key("A")), Lookup::Found(keys()));
}

#[test]
fn the_cache_lies_where_the_xdg_specification_says() {
    let at = |xdg, home| cache_directory(xdg, home).map(|path| path.display().to_string());
    assert_eq!(at(None, Some("/home/ann")).as_deref(), Some("/home/ann/.cache/eksaccess/credentials"));
    assert_eq!(at(Some("/c"), Some("/home/ann")).as_deref(), Some("/c/eksaccess/credentials"));
    assert_eq!(at(Some("c"), Some("/home/ann")).as_deref(), Some("/home/ann/.cache/eksaccess/credentials"));
    assert_eq!(at(Some(""), None), None);
}

mod under_other_hands {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    /// The entry under key A is refused for `reason`, and replaced by the next write.
    fn refused_and_replaced(cache: &Cache, reason: Refused) {
        assert_eq!(get(cache, &key("A")), Lookup::Refused(reason));
        cache.put(&key("A"), &keys()).unwrap();
        assert_eq!(get(cache, &key("A")), Lookup::Found(keys()));
        assert_eq!(mode(&cache.path(&key("A"), "json")), 0o600);
    }

    #[test]
    fn everything_is_private_from_the_start() {
        let (home, cache) = cache();
        assert!(matches!(cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::ZERO), Turn::Mine(_)));
        cache.put(&key("A"), &keys()).unwrap();
        assert_eq!([mode(&home.path().join("a")), mode(&cache.dir)], [0o700; 2]);
        assert_eq!(["json", "lock"].map(|extension| mode(&cache.path(&key("A"), extension))), [0o600; 2]);
    }

    #[test]
    fn a_directory_that_others_can_enter_is_closed() {
        let (_home, cache) = cache();
        chmod(&cache.dir, 0o777);
        let cache = Cache::open(&cache.dir).unwrap();
        assert_eq!(mode(&cache.dir), 0o700);
    }

    #[test]
    fn a_linked_directory_and_a_file_in_its_place_are_refused() {
        let home = TempDir::new().unwrap();
        fs::create_dir(home.path().join("real")).unwrap();
        symlink(home.path().join("real"), home.path().join("link")).unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        for name in ["link", "file"] {
            let error = Cache::open(home.path().join(name)).unwrap_err().to_string();
            assert!(error.contains("it is a link or not a directory"), "{error}");
        }
    }

    #[test]
    fn entries_that_others_could_read_or_write_are_refused_and_replaced() {
        let (_home, cache) = cache();
        for rights in [0o644, 0o640, 0o660, 0o602, 0o601] {
            cache.put(&key("A"), &keys()).unwrap();
            chmod(&cache.path(&key("A"), "json"), rights);
            refused_and_replaced(&cache, Refused::Permissions);
        }
    }

    #[test]
    fn links_are_refused_and_replaced_and_what_they_point_to_stays() {
        let (home, cache) = cache();
        let path = cache.path(&key("A"), "json");
        let elsewhere = home.path().join("elsewhere");
        cache.put(&key("A"), &keys()).unwrap();
        fs::rename(&path, &elsewhere).unwrap();
        let before = fs::read(&elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        refused_and_replaced(&cache, Refused::Link);
        fs::remove_file(&path).unwrap();
        fs::hard_link(&elsewhere, &path).unwrap();
        refused_and_replaced(&cache, Refused::Link);
        assert_eq!(fs::read(&elsewhere).unwrap(), before);
    }

    #[test]
    fn a_lock_that_is_linked_or_no_file_is_not_followed_and_is_replaced() {
        let (home, cache) = cache();
        let elsewhere = home.path().join("elsewhere");
        let lock = cache.path(&key("A"), "lock");
        let is_replaced = |what: &str| {
            let turn = cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::ZERO);
            assert!(matches!(turn, Turn::Mine(_)), "{what}: {turn:?}");
            let found = fs::symlink_metadata(&lock).unwrap();
            assert!(found.is_file() && found.nlink() == 1 && mode(&lock) == 0o600, "{what}");
            fs::remove_file(&lock).unwrap();
        };
        symlink(&elsewhere, &lock).unwrap();
        is_replaced("a link to nothing");
        assert!(!elsewhere.exists());
        fs::write(&elsewhere, "theirs").unwrap();
        symlink(&elsewhere, &lock).unwrap();
        is_replaced("a link");
        fs::hard_link(&elsewhere, &lock).unwrap();
        is_replaced("another name");
        rustix::fs::mknodat(rustix::fs::CWD, &lock, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        is_replaced("a pipe");
        fs::write(&lock, "").unwrap();
        chmod(&lock, 0o600);
        if chown(&lock, Some(65_534), None).is_ok() {
            is_replaced("another user's");
        }
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "theirs");
    }

    #[test]
    fn a_pipe_in_the_place_of_an_entry_is_refused_without_waiting() {
        let (_home, cache) = cache();
        let path = cache.path(&key("A"), "json");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        refused_and_replaced(&cache, Refused::NotAFile);
    }

    #[test]
    fn foreign_entries_and_directories_are_refused() {
        let (_home, cache) = cache();
        cache.put(&key("A"), &keys()).unwrap();
        let path = cache.path(&key("A"), "json");
        if chown(&path, Some(65_534), None).is_err() {
            return; // only root can give a file away
        }
        refused_and_replaced(&cache, Refused::ForeignOwner);
        chown(&cache.dir, Some(65_534), None).unwrap();
        let error = Cache::open(&cache.dir).unwrap_err().to_string();
        assert!(error.contains("it belongs to another user"), "{error}");
    }

    #[test]
    fn where_nothing_can_be_written_the_cache_is_skipped() {
        let error = Cache::open("/proc/eksaccess/credentials").unwrap_err().to_string();
        assert!(error.contains("/proc/eksaccess/credentials can't be used"), "{error}");
        let (_home, cache) = cache();
        fs::remove_dir(&cache.dir).unwrap();
        assert!(cache.put(&key("A"), &keys()).is_err());
        assert!(matches!(cache.turn(&key("A"), now(), RENEWAL_MARGIN, Duration::ZERO), Turn::Without));
        assert_eq!(get(&cache, &key("A")), Lookup::Absent);
    }
}
