//! Role sessions are cached, safely.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::Duration;

use super::desks::{calls, desk, kept, token};
use crate::support::cloud::{Effect, Fault};

#[test]
fn the_second_call_needs_no_request() {
    let desk = desk();
    let first = token(&desk, "ann", "").run().json();
    assert_eq!(calls(&desk, "AssumeRole"), 1);
    desk.cloud.clear_log();
    let second = token(&desk, "ann", "").run().json();
    assert!(desk.cloud.calls().is_empty(), "{:?}", desk.cloud.calls());
    assert_eq!(second["kind"], "ExecCredential");
    assert_eq!(first["apiVersion"], "client.authentication.k8s.io/v1beta1");
    let [file] = &kept(&desk)[..] else { panic!("one file a key") };
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn two_identities_never_share_a_session() {
    let desk = desk();
    token(&desk, "ann", "").run();
    token(&desk, "bob", "").run();
    token(&desk, "bob", "--session-name other").run();
    assert_eq!((calls(&desk, "AssumeRole"), kept(&desk).len()), (3, 3));
}

#[test]
fn without_the_cache_everything_is_asked_again_and_clearing_empties_it() {
    let desk = desk();
    token(&desk, "ann", "").run();
    token(&desk, "ann", "--no-cache").run();
    assert_eq!(calls(&desk, "AssumeRole"), 2);
    desk.eksaccess("ann", "token --clear-cache").run().says("1 cached role sessions removed");
    assert!(kept(&desk).is_empty());
    token(&desk, "ann", "").run();
    assert_eq!(calls(&desk, "AssumeRole"), 3);
}

#[test]
fn what_is_not_safe_is_not_believed_and_is_replaced() {
    let desk = desk();
    token(&desk, "ann", "").run();
    let file = kept(&desk).remove(0);
    let good = std::fs::read_to_string(&file).unwrap();
    let readable = || std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let damaged = || std::fs::write(&file, &good[..good.len() / 2]).unwrap();
    let linked = || {
        let away = desk.write("cache-away.json", &good);
        std::fs::set_permissions(&away, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::remove_file(&file).unwrap();
        symlink(&away, &file).unwrap();
    };
    for (what, spoil) in [("readable", &readable as &dyn Fn()), ("damaged", &damaged), ("linked", &linked)] {
        spoil();
        desk.cloud.clear_log();
        token(&desk, "ann", "").run().json();
        assert_eq!(calls(&desk, "AssumeRole"), 1, "{what} is not believed");
        desk.cloud.clear_log();
        token(&desk, "ann", "").run().json();
        assert_eq!(calls(&desk, "AssumeRole"), 0, "{what} was replaced");
    }
    assert!(std::fs::symlink_metadata(&file).unwrap().is_file());
}

#[test]
fn a_refused_cache_is_logged_once_and_only_if_verbose() {
    let desk = desk();
    token(&desk, "ann", "").run();
    let file = kept(&desk).remove(0);
    let said = |why: &str, spoil: &dyn Fn()| {
        for (more, times) in [("", 0), ("-v", 1)] {
            spoil();
            let ran = token(&desk, "ann", more).run();
            assert_eq!(ran.stderr.matches(why).count(), times, "{why} {more}\n{}", ran.stderr);
            assert_eq!(ran.stderr.lines().filter(|line| line.contains("cache")).count(), times, "{}", ran.stderr);
        }
    };
    let mode = |mode: u32| {
        move |file: &std::path::Path| {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    said("other users have access to it", &|| mode(0o640)(&file));
    said("it is a link", &|| {
        std::fs::rename(&file, desk.path(".cache/away")).unwrap();
        symlink(desk.path(".cache/away"), &file).unwrap();
    });
    let dir = file.parent().unwrap();
    said("it is a link or not a directory", &|| {
        if !dir.is_symlink() {
            std::fs::rename(dir, desk.path(".cache/moved")).unwrap();
            symlink(desk.path(".cache/moved"), dir).unwrap();
        }
    });
}

#[test]
fn many_calls_at_once_make_one_session() {
    let desk = desk();
    desk.cloud.set_latency(Duration::from_millis(50));
    let all: Vec<_> = (0..50).map(|_| token(&desk, "ann", "").spawn()).collect();
    for child in all {
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let answer: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert!(answer["status"]["token"].as_str().unwrap().starts_with("k8s-aws-v1."));
    }
    assert_eq!(calls(&desk, "AssumeRole"), 1);
}

#[test]
fn a_call_that_was_killed_leaves_the_way_free() {
    let desk = desk();
    desk.cloud.arm(Fault::new("AssumeRole", Effect::HangAfter));
    let mut child = token(&desk, "ann", "").spawn();
    assert!(desk.cloud.wait_for_hang(Duration::from_mins(2)));
    child.kill().unwrap();
    child.wait().unwrap();
    token(&desk, "ann", "").run().json();
    desk.cloud.clear_log();
    token(&desk, "ann", "").run().json();
    assert_eq!(calls(&desk, "AssumeRole"), 0, "only who has the lock keeps a session: the dead one was not waited for");
}

#[test]
fn a_home_that_takes_no_files_costs_the_cache_alone() {
    let desk = desk();
    desk.write("file", "");
    let home = desk.path("file").display().to_string();
    for _ in 0..2 {
        let ran = token(&desk, "ann", "").env("HOME", &home).run();
        assert_eq!(ran.json()["kind"], "ExecCredential", "stdout holds the credential alone");
    }
    assert_eq!(calls(&desk, "AssumeRole"), 2);
}
