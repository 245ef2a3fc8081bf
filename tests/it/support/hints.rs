//! Every hint that a test prints is pasted at once: its command parses, names existing objects, and holds no
//! placeholder.
//!
//! A run of all tests also collects each distinct hint in a file in the target folder, which `hints.rs` counts. A run
//! of some tests does not change it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use clap::{CommandFactory as _, Parser as _};
use eksaccess::cli::Cli;
use serde_json::Value;

/// The programs that a hint may tell a person to run.
const PROGRAMS: [&str; 9] = ["eksaccess", "aws", "kubectl", "export", "unset", "timedatectl", "curl", "mkdir", "chmod"];

/// Placeholders for unknown values. A command with one of these would run, and do something else.
const PLACEHOLDERS: [&str; 17] = [
    "NAME", "ARN", "GROUP", "POLICY", "REGION", "FILE", "ID", "URL", "PORT", "ACCOUNT", "SECONDS", "DIR", "HOST",
    "ROLE", "USER", "CLUSTER", "PROFILE",
];

/// The file in which a run of all tests collects its hints.
pub fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("hints").join("printed.txt")
}

/// The hints in what a command printed: `hint:` and `try:` lines, and `hint` fields of JSON.
pub fn printed(stdout: &str, stderr: &str) -> Vec<String> {
    let mut all = Vec::new();
    for line in stderr.lines().chain(stdout.lines()) {
        let line = line.trim_start();
        if let Some(hint) = line.strip_prefix("hint: ").or_else(|| line.strip_prefix("try: ")) {
            all.push(hint.to_owned());
        }
        if let Ok(value) = serde_json::from_str::<Value>(line) {
            fields(&value, &mut all);
        }
    }
    if let Ok(value) = serde_json::from_str::<Value>(stdout) {
        fields(&value, &mut all);
    }
    all
}

fn fields(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|item| fields(item, all)),
        Value::Object(map) => {
            all.extend(map.get("hint").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|item| fields(item, all));
        }
        _ => {}
    }
}

/// Pastes the hints of a command's output; `places` are the existing clusters.
///
/// # Panics
/// For a hint that can't be used as printed.
#[track_caller]
pub fn paste(args: &[String], stdout: &str, stderr: &str, places: &[String]) {
    for hint in printed(stdout, stderr) {
        if let Err(why) = judge(&hint, places) {
            panic!("the hint {hint:?} of {args:?} {why}");
        }
        collect(&hint);
    }
}

/// Checks that a hint can be pasted.
///
/// # Errors
/// What is wrong with it.
pub fn judge(hint: &str, places: &[String]) -> Result<(), String> {
    for flag in flags_outside_commands(hint) {
        if !known_flags().contains(&flag) {
            return Err(format!("names {flag}, which is not an option of any verb"));
        }
    }
    commands(hint).iter().try_for_each(|command| judge_command(command, places))
}

fn judge_command(command: &str, places: &[String]) -> Result<(), String> {
    let words = words(command).ok_or("can't be split as a shell would")?;
    if let Some(word) = words.iter().find(|word| is_placeholder(word)) {
        return Err(format!("holds the placeholder {word} in a command"));
    }
    if words[0] == "eksaccess" {
        let parsed = Cli::try_parse_from(&words);
        let asks_for_help = words.iter().any(|word| word == "--help");
        if let Err(error) = parsed
            && !asks_for_help
        {
            return Err(format!("does not parse: {error}"));
        }
    }
    let named = words.windows(2).filter(|pair| matches!(pair[0].as_str(), "--cluster" | "--cluster-name"));
    for name in named.map(|pair| pair[1].rsplit('/').next().unwrap_or_default()) {
        if !places.is_empty() && !places.iter().any(|place| place == name) {
            return Err(format!("names cluster {name}, which does not exist"));
        }
    }
    Ok(())
}

/// The words of a command as a shell splits them, up to a redirection or pipe of its output.
pub fn words(command: &str) -> Option<Vec<String>> {
    let words = shlex::split(command)?;
    Some(words.into_iter().take_while(|word| !matches!(word.as_str(), ">" | "<" | "|")).collect())
}

/// Whether a word, or the value after its `=` or in it, is a placeholder.
fn is_placeholder(word: &str) -> bool {
    let parts = word.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    parts.into_iter().any(|part| PLACEHOLDERS.contains(&part)) && !word.contains("AWS_")
}

/// The text before a command in a hint.
const BEFORE: [&str; 8] = ["&& ", ": ", "; ", "(", "`", "(then ", ", then ", "(or "];
/// The text after one.
const BEHIND: [&str; 6] = [" (", "  ", "; ", ", ", " && ", "`"];

/// The commands in a hint, each from its program's name to its end.
pub fn commands(hint: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, _) in hint.match_indices(|c: char| c.is_ascii_lowercase()) {
        let (before, rest) = hint.split_at(at);
        let begins = before.is_empty() || BEFORE.iter().any(|mark| before.ends_with(mark));
        let program = rest.split(' ').next().unwrap_or_default();
        if begins && PROGRAMS.contains(&program) && rest.len() > program.len() {
            all.push(rest[..end(before, rest)].trim().to_owned());
        }
    }
    all
}

/// Where a command ends; quoted text is skipped.
fn end(before: &str, rest: &str) -> usize {
    let is_closed = ["(", "(then ", "(or "].iter().any(|mark| before.ends_with(mark));
    let mut is_quoted = false;
    for (at, c) in rest.char_indices() {
        is_quoted ^= c == '\'';
        let ends = BEHIND.iter().any(|mark| rest[at..].starts_with(mark)) || (is_closed && c == ')');
        if ends && !is_quoted {
            return at;
        }
    }
    rest.len()
}

/// The options in a hint's prose.
fn flags_outside_commands(hint: &str) -> Vec<String> {
    let foreign = ["aws ", "kubectl ", "curl "].iter().any(|program| hint.contains(program));
    if foreign {
        return Vec::new();
    }
    let words = hint.split(|c: char| c.is_whitespace() || "(),;=".contains(c));
    words.filter(|word| word.starts_with("--") && word.len() > 2).map(str::to_owned).collect()
}

fn known_flags() -> &'static BTreeSet<String> {
    static ALL: OnceLock<BTreeSet<String>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut command = Cli::command();
        command.build();
        let verbs = command.get_subcommands().chain(std::iter::once(&command));
        let names = verbs.flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_long_and_visible_aliases);
        names.flatten().map(|name| format!("--{name}")).collect()
    })
}

/// Whether the test program runs all tests: without names, and without tests to skip.
pub fn runs_all() -> bool {
    std::env::args().skip(1).all(|arg| arg.starts_with('-') && !arg.starts_with("--skip"))
}

fn collect(hint: &str) {
    static SEEN: OnceLock<Mutex<(BTreeSet<String>, File)>> = OnceLock::new();
    if !runs_all() {
        return;
    }
    let seen = SEEN.get_or_init(|| {
        std::fs::create_dir_all(file().parent().expect("a parent")).expect("a folder for hints");
        let file = File::create(file()).expect("a file for hints");
        Mutex::new((BTreeSet::new(), file))
    });
    // A hint whose test failed must not poison the set.
    let mut seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let kind = kind(hint);
    if seen.0.insert(kind.clone()) {
        writeln!(seen.1, "{}", kind.replace('\n', " ")).expect("the hint is collected");
    }
}

/// A hint without what varies between runs: temporary paths, ports, ids.
pub fn kind(hint: &str) -> String {
    let words = hint.split_inclusive(' ').map(|word| {
        let bare = word.trim_end();
        let is_id = bare.len() >= 16 && bare.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        match bare {
            _ if bare.contains("/tmp/") || bare.contains("/.tmp") => "PATH ".to_owned(),
            _ if bare.contains("127.0.0.1:") => "ENDPOINT ".to_owned(),
            _ if is_id => "ID ".to_owned(),
            _ => word.to_owned(),
        }
    });
    words.collect::<String>().trim_end().to_owned()
}
