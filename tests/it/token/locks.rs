//! The cache's lock and its files, with whole processes: killed, waited for, damaged, in a read-only home.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::desks::{calls, desk, kept, token};
use crate::support::desk::Desk;

fn cache_dir(desk: &Desk) -> PathBuf {
    desk.path(".cache/eksaccess/credentials")
}

fn lock_file(desk: &Desk) -> PathBuf {
    let all = std::fs::read_dir(cache_dir(desk)).unwrap().flatten().map(|e| e.path());
    all.into_iter().find(|p| p.extension().is_some_and(|e| e == "lock")).expect("a lock")
}

/// A number below `end`, different at each call; its value does not matter.
fn somewhere(end: u128) -> u64 {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    u64::try_from(u128::from(now.wrapping_mul(2_654_435_761)) % end.max(1)).unwrap()
}

#[test]
fn killed_anywhere_the_next_call_works() {
    let desk = desk();
    let begin = Instant::now();
    token(&desk, "ann", "").run();
    let whole = begin.elapsed().as_micros();
    let mut ended: BTreeMap<bool, u32> = BTreeMap::new();
    for round in 0..50 {
        std::fs::remove_dir_all(cache_dir(&desk)).unwrap();
        let mut child = token(&desk, "ann", "").spawn();
        // Half of the rounds are around the time when the session is written.
        let at = if round % 2 == 0 {
            somewhere(whole)
        } else {
            somewhere(whole / 4) + u64::try_from(whole * 3 / 4).unwrap()
        };
        std::thread::sleep(Duration::from_micros(at));
        child.kill().unwrap();
        child.wait().unwrap();
        *ended.entry(kept(&desk).is_empty()).or_insert(0) += 1;
        let ran = token(&desk, "ann", "").run();
        assert_eq!(ran.json()["kind"], "ExecCredential", "round {round}, killed after {at} us");
        assert_eq!(
            kept(&desk).len(),
            1,
            "round {round}: only who has the lock keeps a session, so no dead one was waited for"
        );
        desk.cloud.clear_log();
        token(&desk, "ann", "").run();
        assert_eq!(calls(&desk, "AssumeRole"), 0, "round {round}: what is kept is whole");
    }
    // Both before and after the write, however slow the machine was.
    assert_eq!(ended.values().sum::<u32>(), 50);
}

#[test]
fn a_living_lock_is_waited_for_so_long_and_then_gone_without() {
    let desk = desk();
    token(&desk, "ann", "").run();
    std::fs::remove_file(kept(&desk).remove(0)).unwrap();
    let file = File::options().write(true).open(lock_file(&desk)).unwrap();
    file.lock().unwrap();
    let begin = Instant::now();
    let ran = token(&desk, "ann", "").run();
    let waited = begin.elapsed();
    assert_eq!(ran.json()["kind"], "ExecCredential");
    // Whatever the time: it ended although the lock is still held.
    assert!(Duration::from_secs(10) <= waited, "{waited:?}");
    file.unlock().unwrap();
    assert_eq!(calls(&desk, "AssumeRole"), 2);
}

#[test]
fn a_lock_that_is_linked_or_foreign_is_replaced() {
    let desk = desk();
    token(&desk, "ann", "").run();
    let lock = lock_file(&desk);
    let elsewhere = desk.write("elsewhere", "theirs");
    let linked = || symlink(&elsewhere, &lock).unwrap();
    let second_name = || std::fs::hard_link(&elsewhere, &lock).unwrap();
    // Only root can give a file away; for others it stays their own.
    let foreign = || {
        std::fs::write(&lock, "").unwrap();
        let _ = chown(&lock, Some(65_534), None);
    };
    for (what, spoil) in [("linked", &linked as &dyn Fn()), ("another name", &second_name), ("foreign", &foreign)] {
        std::fs::remove_file(kept(&desk).remove(0)).unwrap();
        std::fs::remove_file(&lock).unwrap();
        spoil();
        token(&desk, "ann", "").run().json();
        let found = std::fs::symlink_metadata(&lock).unwrap();
        let own = std::fs::metadata(cache_dir(&desk)).unwrap().uid();
        assert!(found.is_file() && found.nlink() == 1 && found.uid() == own, "{what}");
        assert_eq!(kept(&desk).len(), 1, "{what}: and the session is kept");
    }
    assert_eq!(std::fs::read_to_string(&elsewhere).unwrap(), "theirs");
}

#[test]
fn a_home_that_can_only_be_read_costs_the_cache_alone() {
    let desk = desk();
    let closed = desk.path("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Root can write everywhere except to the system's own tables.
    for home in [closed.display().to_string(), "/proc".to_owned()] {
        for _ in 0..2 {
            let ran = token(&desk, "ann", "").env("HOME", &home).run();
            assert_eq!(ran.json()["kind"], "ExecCredential", "stdout holds the credential alone");
            assert_eq!((ran.stdout.lines().count(), ran.stderr.as_str()), (1, ""), "{home}");
        }
    }
    assert!(calls(&desk, "AssumeRole") >= 3, "two without a cache, and the first of the other two");
}
