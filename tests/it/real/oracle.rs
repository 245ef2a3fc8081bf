//! The reader compared with the authenticator's own Go code, on handwritten texts and thousands of generated ones.
//!
//! `EKSACCESS_SEED` and `EKSACCESS_TEXTS` control the generator; a failure prints both.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use eksaccess::aws_auth::{Caller, DataKey, Mapping, Problem, Reading, Who, read};
use serde_json::{Value, json};

use super::{generate, table};
use crate::support::control_plane::{Missing, or_skip};

/// A ConfigMap's data.
pub(crate) type Data = BTreeMap<String, String>;

/// The default number of generated texts per run.
const TEXTS: u64 = 2000;
const ARNS: [&str; 4] = [
    "arn:aws:iam::111122223333:role/Admin",
    "arn:aws:iam::111122223333:role/Node",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:user/team/Bob",
];

/// The authenticator's own reader, a Go program that answers each JSON line with a JSON line.
pub(crate) struct Oracle(std::path::PathBuf);

impl Oracle {
    /// The built program; `None` if it is missing and the test is skipped.
    pub(crate) fn find(test: &str) -> Option<Self> {
        or_skip(test, Missing::or_path("EKSACCESS_REAL_BIN", "oracle")).map(Self)
    }

    /// Its reading of each text, in this program's terms.
    pub(crate) fn ask(&self, texts: &[Data]) -> Vec<Value> {
        let lines = texts.iter().map(|data| json!({"data": data, "arns": ARNS}).to_string()).collect();
        let answers = exchange(&self.0, lines);
        assert_eq!(answers.len(), texts.len(), "the oracle answered less than it was asked");
        answers.into_iter().map(theirs).collect()
    }
}

fn exchange(program: &Path, lines: Vec<String>) -> Vec<Value> {
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the oracle starts");
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let writer = std::thread::spawn(move || lines.iter().all(|line| writeln!(stdin, "{line}").is_ok()));
    let stdout = BufReader::new(child.stdout.take().expect("its output is a pipe"));
    let answers = stdout.lines().map(|line| serde_json::from_str(&line.expect("text")).expect("JSON")).collect();
    assert!(writer.join().expect("the writer ends"), "the oracle stopped reading");
    child.wait().expect("the oracle ends");
    answers
}

/// One mapping in the common format of both sides.
pub(crate) fn mapping(m: &Mapping) -> Value {
    let sso = m.sso.as_ref().map(|sso| json!([sso.permission_set_name, sso.account_id, sso.partition]));
    json!({"arn": m.arn, "sso": sso, "username": m.username, "groups": m.groups, "userid": m.user_id})
}

fn who(reading: &Reading, arn: &str) -> Value {
    let place = |source: DataKey, index: usize| {
        let list = if source == DataKey::MapRoles { &reading.roles } else { &reading.users };
        list.iter().position(|m| m.index == index)
    };
    let found = match reading.who(&Caller::new(arn.parse().expect("an ARN")).with_session("i-12345678")) {
        Who::Mapped(found) | Who::Refused(found) => vec![found],
        Who::AtRandom(found) => found,
        Who::Nobody => Vec::new(),
    };
    let found: Vec<_> = found.into_iter().filter(|found| found.source != DataKey::MapAccounts).collect();
    let source = found.first().map_or("", |found| found.source.as_str());
    json!({"source": source, "index": found.iter().map(|f| place(f.source, f.index)).collect::<Vec<_>>()})
}

fn ours(data: &Data) -> Value {
    let reading = read(data);
    let wrong = reading
        .problems
        .iter()
        .any(|problem| !matches!(problem, Problem::UnknownKey { .. } | Problem::IgnoredRest { .. }));
    let accounts: Vec<&str> = reading.accounts.iter().map(|a| a.account.as_str()).filter(|a| !a.is_empty()).collect();
    json!({
        "roles": reading.roles.iter().map(mapping).collect::<Vec<_>>(),
        "users": reading.users.iter().map(mapping).collect::<Vec<_>>(),
        "accounts": accounts,
        "error": wrong,
        "who": ARNS.iter().map(|arn| who(&reading, arn)).collect::<Vec<_>>(),
    })
}

/// Go's nil and empty lists are equal; an empty account matches no caller; an error is compared by its presence, not
/// its text.
fn theirs(mut answer: Value) -> Value {
    answer["error"] = json!(answer["error"] != json!(""));
    let accounts: Vec<Value> =
        answer["accounts"].as_array().into_iter().flatten().filter(|a| **a != json!("")).cloned().collect();
    answer["accounts"] = json!(accounts);
    for list in ["roles", "users"] {
        for mapping in answer[list].as_array_mut().into_iter().flatten() {
            if mapping["groups"].is_null() {
                mapping["groups"] = json!([]);
            }
        }
    }
    answer
}

fn compare(oracle: &Oracle, texts: &[Data], what: &str) {
    let differ = |(data, theirs): (&Data, Value)| {
        let ours = ours(data);
        (ours != theirs).then(|| format!("{data:#?}\nours   {ours}\ntheirs {theirs}\n{:#?}", read(data).problems))
    };
    let differences: Vec<_> = texts.iter().zip(oracle.ask(texts)).filter_map(differ).collect();
    let shown = differences.iter().take(5).cloned().collect::<Vec<_>>().join("\n---\n");
    assert!(differences.is_empty(), "{} of {} texts differ ({what}):\n{shown}", differences.len(), texts.len());
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The generator's settings for this run: a seed that differs each time, the number of texts, and how to repeat it.
pub(crate) fn run() -> (u64, u64, String) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_secs());
    let (seed, texts) = (number("EKSACCESS_SEED", now), number("EKSACCESS_TEXTS", TEXTS));
    let what = format!("EKSACCESS_SEED={seed} EKSACCESS_TEXTS={texts}");
    // Bypasses the test harness, which captures the output of a passing test.
    let _ = writeln!(std::io::stderr(), "generated texts: {what}");
    (seed, texts, what)
}

#[test]
fn texts_by_hand_read_as_the_authenticator_reads_them() {
    let Some(oracle) = Oracle::find("texts_by_hand_read_as_the_authenticator_reads_them") else { return };
    let texts = table::texts();
    assert!(texts.len() >= 200);
    compare(&oracle, &texts, "by hand");
}

#[test]
fn generated_texts_read_as_the_authenticator_reads_them() {
    let Some(oracle) = Oracle::find("generated_texts_read_as_the_authenticator_reads_them") else { return };
    let (seed, count, what) = run();
    let mut generator = generate::Generator::new(seed);
    let texts: Vec<Data> = (0..count).map(|_| generator.data()).collect();
    let readable = texts.iter().filter(|data| !read(data).roles.is_empty()).count();
    // About a third; far fewer would prove little.
    assert!(readable * 4 > texts.len(), "only {readable} of {count} texts keep a role mapping ({what})");
    compare(&oracle, &texts, &what);
}
