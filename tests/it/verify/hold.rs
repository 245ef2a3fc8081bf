//! The checks of a lockout case: its row in `docs/locked-out.md`, and that the proposed command helps.

use eksaccess::cli::WAY;
use serde_json::Value;

use super::table::row;
use crate::golden::pinned::locked_out;
use crate::support::desk::{Ran, Typed};

/// Runs a case and compares the output with its row: the link is the first broken one, and those after it were not
/// reached.
///
/// If the command is one of this program's that changes something, it is run: the link is ok then, or at least a later
/// one is broken.
#[expect(clippy::needless_pass_by_value, reason = "a command that is typed is used up")]
#[track_caller]
pub fn hold(case: &str, command: Typed<'_>) {
    let ran = command.clone().status(5).run();
    judge(case, &ran);
    let broken = first_broken(&ran.json()).expect("a broken link");
    let hint = broken["hint"].as_str().expect("a command");
    let verb = ["map", "role", "group", "bootstrap", "restore"]
        .iter()
        .any(|verb| hint.starts_with(&format!("eksaccess {verb} ")));
    // The text after three blanks is for the reader to choose or do.
    let command_line = hint.split("   (where no node").next().unwrap_or_default();
    if !verb || command_line.contains("   (") {
        return;
    }
    let words = shlex::split(command_line).expect("a command");
    let desk = command.desk();
    words[1..].iter().fold(desk.eksaccess("creator", ""), Typed::arg).arg("--yes").run();
    let again = command.run_any();
    let now = first_broken(&again.json());
    let is_mended = now.as_ref().is_none_or(|link| link["name"] != broken["name"]);
    assert!(is_mended, "{case}: {hint:?} does not mend it: {now:?}");
}

fn first_broken(found: &Value) -> Option<Value> {
    found["links"].as_array()?.iter().find(|link| link["state"] == "broken").cloned()
}

/// The same for existing output, which is compared with a golden file as well.
#[track_caller]
pub fn judge(case: &str, ran: &Ran) {
    let row = row(case);
    let found = ran.json();
    let links = found["links"].as_array().expect("links");
    let broken = links.iter().find(|l| l["state"] == "broken").expect("a broken link");
    assert_eq!(found["broken"], row.link, "{links:#?}");
    assert_eq!(found["outcome"], "broken");
    let text = broken["text"].as_str().expect("a text");
    let hint = broken["hint"].as_str().expect("a broken link has a command");
    assert!(text.contains(&row.says), "{case} should say {:?}: {text}", row.says);
    let begins = ["eksaccess", "aws", "kubectl", "export", "unset", "sudo", "timedatectl", "curl"];
    assert!(begins.contains(&hint.split(' ').next().unwrap_or_default()), "{case}: no command: {hint}");
    assert!(hint.contains(&row.mends), "{case} should try {:?}: {hint}", row.mends);
    holds_no_placeholder(hint);
    let at = WAY.iter().position(|n| *n == row.link).expect("a link of the way");
    for link in links {
        let place = WAY.iter().position(|n| link["name"] == *n).expect("a link of the way");
        let state = link["state"].as_str().unwrap_or_default();
        // A caller without a role skips these.
        let passed_by = link["text"].as_str().is_some_and(|text| text.ends_with("assumes no role"));
        let good = if place < at {
            passed_by || matches!(state, "ok" | "unknown")
        } else {
            place == at || state == "not-reached"
        };
        assert!(good, "{case}: {link}");
    }
    assert_eq!(links.len(), WAY.len(), "all links are told: {links:#?}");
    locked_out(case, ran);
}

/// Panics if a proposed command would run with a placeholder.
#[track_caller]
pub fn holds_no_placeholder(hint: &str) {
    let command = hint.split("   (").next().unwrap_or_default();
    for word in command.split(|c: char| c.is_whitespace() || "=:/,'\"".contains(c)) {
        let known = ["PATH", "KUBERC"];
        let is_value = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
        assert!(!is_value || known.contains(&word), "{word} is no value: {hint}");
    }
}
