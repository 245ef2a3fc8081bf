//! The hints that the whole suite printed, and those in the source that no test printed.
//!
//! Each hint is pasted when it is printed (`support/hints.rs`). They are counted here, after a whole run: `cargo test
//! && EKSACCESS_WHOLE_RUN=1 cargo test --test it hints:: -- --nocapture`.

use std::collections::BTreeSet;
use std::io::Write as _;

use crate::support::hints::{commands, file, judge};

/// A whole run printed 290 distinct hints on 2026-11-28; some of them depend on a race. Fewer mean that tests are
/// missing.
const DISTINCT: usize = 283;

/// Set after a whole run of the suite; without it there may be nothing to count.
const WHOLE_RUN: &str = "EKSACCESS_WHOLE_RUN";

fn seen() -> BTreeSet<String> {
    let text = std::fs::read_to_string(file()).expect("the hints of a run of all tests");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_suite_prints_as_many_hints_as_it_did() {
    if std::env::var_os(WHOLE_RUN).is_none() {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the_suite_prints_as_many_hints_as_it_did: run the whole suite, then set {WHOLE_RUN}=1"
        );
        return;
    }
    let seen = seen();
    println!("{} distinct hints were printed and pasted", seen.len());
    for literal in unseen(&seen) {
        println!("never printed by a test: {literal}");
    }
    assert!(seen.len() >= DISTINCT, "{} distinct hints, {DISTINCT} are expected", seen.len());
}

/// The literals of hints in the source that match no printed hint.
fn unseen(seen: &BTreeSet<String>) -> Vec<String> {
    let mut all = Vec::new();
    let mut places = vec![std::path::PathBuf::from("src")];
    while let Some(place) = places.pop() {
        for entry in std::fs::read_dir(place).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                places.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("error.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let literals = code.split(".hint(").skip(1).filter_map(literal);
                let new = literals.filter(|literal| !seen.iter().any(|hint| is_made_of(hint, literal)));
                all.extend(new.map(|literal| format!("{}: {literal}", path.display())));
            }
        }
    }
    all.sort();
    all
}

/// The string literal at the beginning of a hint's argument.
fn literal(rest: &str) -> Option<String> {
    let argument = rest.trim_start();
    let argument = argument.strip_prefix("format!(").unwrap_or(argument).trim_start();
    // A backslash at the end of a line removes the indentation of the next one.
    let mut lines = argument.strip_prefix('"')?.split('"').next()?.split("\\\n");
    let first = lines.next()?.to_owned();
    Some(lines.fold(first, |all, line| all + line.trim_start()))
}

/// Whether a printed hint has the literal's own words, in order.
fn is_made_of(hint: &str, literal: &str) -> bool {
    let mut rest = hint;
    literal.split('{').map(|part| part.rsplit('}').next().unwrap_or(part)).all(|words| {
        let words = words.trim();
        match rest.find(words) {
            Some(at) => {
                rest = &rest[at + words.len()..];
                true
            }
            None => false,
        }
    })
}

#[test]
fn a_hint_that_can_not_be_pasted_is_found() {
    let places = ["dev".to_owned()];
    for good in [
        "look at it: aws eks describe-cluster --name dev",
        "eksaccess map --cluster dev --role KubernetesAdmin",
        "allow more time: --timeout SECONDS",
        "get new ones (aws sso login, or a new session) and run the same command again",
        "eksaccess token --cluster dev --region eu-west-1 > /dev/null   (once, on a terminal)",
    ] {
        assert_eq!(judge(good, &places), Ok(()), "{good}");
    }
    for (bad, why) in [
        ("create it first: eksaccess role --role NAME", "placeholder NAME"),
        ("eksaccess map --cluster dev --append-kubernetes-group GROUP", "placeholder GROUP"),
        ("eksaccess mop --cluster dev", "does not parse"),
        ("eksaccess verify --cluster def", "does not exist"),
        ("name it: --claster X", "not an option"),
        ("aws eks delete-access-entry --cluster-name dev --principal-arn ARN", "placeholder ARN"),
        ("eksaccess verify --cluster 'dev", "can't be split"),
    ] {
        let found = judge(bad, &places).unwrap_err();
        assert!(found.contains(why), "{bad}: {found}");
    }
}

#[test]
fn the_commands_of_a_hint_are_found() {
    assert_eq!(commands("look: aws a b (or c)"), ["aws a b"]);
    assert_eq!(commands("get new ones (aws sso login, or a session): eksaccess x"), ["aws sso login", "eksaccess x"]);
    assert!(commands("aws-auth is read").is_empty());
    assert!(commands("it says aws here").is_empty());
}
