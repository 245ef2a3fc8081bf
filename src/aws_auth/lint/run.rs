//! All rules over one `data`.

use std::collections::BTreeMap;

use super::circumstances::Circumstances;
use super::finding::{Finding, Rule, shown};
use super::partition::Partitions;
use super::{duplicates, entry, invisible, names, own_lines, parts, principals, text};
use crate::aws_auth::edit::{MAX_DATA, size_of};
use crate::aws_auth::mapping::{DataKey, Mapping, Problem};
use crate::aws_auth::places::Places;
use crate::aws_auth::read::{Reading, read};
use crate::aws_auth::yaml::Began;

/// Finds the traps in a `ConfigMap`'s `data`, in the order of keys and lines.
#[must_use]
pub fn lint(data: &BTreeMap<String, String>, circumstances: &Circumstances) -> Vec<Finding> {
    lint_read(data, &read(data), circumstances)
}

/// The same for a `data` that is already read.
#[must_use]
pub fn lint_read(data: &BTreeMap<String, String>, reading: &Reading, circumstances: &Circumstances) -> Vec<Finding> {
    found(data, reading, circumstances, None)
}

/// The same, without findings that concern other mappings alone: a large map is not searched for an entry that it does
/// not contain. `concerns` accepts all spellings of an ARN, or none.
#[must_use]
pub fn lint_near(
    data: &BTreeMap<String, String>,
    reading: &Reading,
    circumstances: &Circumstances,
    concerns: &dyn Fn(&Mapping) -> bool,
) -> Vec<Finding> {
    found(data, reading, circumstances, Some(concerns))
}

fn found(
    data: &BTreeMap<String, String>,
    reading: &Reading,
    circumstances: &Circumstances,
    concerns: Option<&dyn Fn(&Mapping) -> bool>,
) -> Vec<Finding> {
    let places = &circumstances.places;
    let told = |problem: &&Problem| !is_told(problem, &reading.problems);
    let problems = reading.problems.iter().filter(told);
    let mut findings: Vec<Finding> = problems.map(|problem| of_problem(problem, &reading.problems, places)).collect();
    let concerned = |mapping: &&Mapping| concerns.is_none_or(|concerns| concerns(mapping));
    let near: Vec<&Mapping> = reading.mappings().filter(concerned).collect();
    if concerns.is_none() {
        findings.extend(text::findings(data, places));
        findings.extend(duplicates::findings(reading, places));
    } else if !near.is_empty() {
        findings.extend(own_lines::findings(data, reading, &near, places));
        findings.extend(if near.len() == reading.roles.len() + reading.users.len() {
            duplicates::findings(reading, places)
        } else {
            duplicates::findings(&only(&near), places)
        });
    }
    // Without a cluster all entries indicate the partition: they are examined only where one is checked.
    let place = if near.is_empty() { Partitions::Unknown } else { Partitions::of(reading, circumstances) };
    for mapping in near {
        entry::findings(mapping, place, &reading.problems, &mut findings);
        invisible::findings(mapping, &mut findings);
        principals::findings(mapping, circumstances, &mut findings);
    }
    findings.extend(of_accounts(reading));
    findings.extend(of_size(data, circumstances.binary_bytes));
    parts::place(&mut findings, data);
    names::put(&mut findings, reading, places);
    findings.sort_by_key(|finding| (finding.key, finding.line, finding.column, finding.rule));
    findings
}

/// A reading of only these entries.
fn only(near: &[&Mapping]) -> Reading {
    let list = |key| near.iter().filter(|mapping| mapping.key == key).map(|mapping| (*mapping).clone()).collect();
    Reading { roles: list(DataKey::MapRoles), users: list(DataKey::MapUsers), ..Reading::default() }
}

/// Whether an entry is dropped for a missing ARN whose wrong type is reported anyway.
fn is_told(problem: &Problem, all: &[Problem]) -> bool {
    let Problem::Dropped { key, index, .. } = problem else { return false };
    all.iter().any(|other| is_its_arn(other, *key, *index))
}

/// Whether the problem is the ARN of this entry, left empty for its type.
fn is_its_arn(problem: &Problem, of: DataKey, at: usize) -> bool {
    matches!(problem, Problem::LeftEmpty { key, index, field, .. } if (*key, *index) == (of, at) && *field == of.arn_field())
}

fn of_problem(problem: &Problem, all: &[Problem], places: &Places) -> Finding {
    match problem {
        Problem::Unreadable { key, line, column, cause, began } => {
            let began = began.map(|began| Began { line: places.of(*key, (began.line, 1)).0, ..began });
            let began = began.map(|began| began.to_string()).unwrap_or_default();
            let today = format!("{}{began}: all of {key} is dropped", shown(cause));
            Finding::new(Rule::Unreadable, *key, (*line, *column), today)
        }
        Problem::Dropped { key, line, column, cause, .. } => {
            Finding::new(Rule::DroppedEntry, *key, (*line, *column), format!("{}: the entry is dropped", shown(cause)))
        }
        Problem::LeftEmpty { key, line, column, field, found, item: Some(item), .. } => {
            let today =
                format!("one item of `{field}` is {found}, not a string: it becomes an empty group; the list is kept");
            let meant = match &item.joined {
                Some(joined) => format!("`{}`, without a space after the colon", shown(joined)),
                None if *found == "a list" => "one list of strings: `groups: [NAME]`".to_owned(),
                None if *found == "a map" => "a text".to_owned(),
                None => "a string: put it in quotes".to_owned(),
            };
            Finding::new(Rule::LeftEmpty, *key, (*line, *column), today).meant(meant)
        }
        Problem::LeftEmpty { key, index, line, column, field, found, .. } => {
            let is_dropped = all
                .iter()
                .any(|other| matches!(other, Problem::Dropped { key: k, index: i, .. } if (k, i) == (key, index)));
            let then = if is_dropped { "is dropped" } else { "stays" };
            let today = format!("`{field}` is {found} and is treated as empty; the entry {then}");
            let finding = Finding::new(Rule::LeftEmpty, *key, (*line, *column), today);
            match *field {
                "groups" if *found == "text" => finding.meant("a list: `groups: [NAME]`"),
                "username" if *found == "a map" => {
                    finding.meant("a string; a template has two braces and is quoted: '{{SessionName}}'")
                }
                _ if matches!(*found, "a number" | "a boolean") => finding.meant("a string: put it in quotes"),
                _ => finding,
            }
        }
        Problem::IgnoredRest { key, line, document } => {
            let today = if *document {
                "another YAML document begins, and only the first is read: everything from here on is ignored"
            } else {
                "the list ended before this line, which is indented less: everything from here on is ignored"
            };
            let finding = Finding::new(Rule::IgnoredRest, *key, (*line, 1), today);
            finding.meant("one list: remove this line, or indent all entries the same")
        }
        Problem::UnknownKey { name, meant } => Finding {
            rule: Rule::UnknownDataKey,
            key: None,
            entry: None,
            line: places.key(name).map_or(0, |at| at.0),
            column: places.key(name).map_or(0, |at| at.1),
            part: None,
            today: format!("the control plane does not read the data key `{}`", shown(name)),
            meant: meant.map(|key| format!("`{key}`")),
            fix: None,
        },
    }
}

fn of_accounts(reading: &Reading) -> impl Iterator<Item = Finding> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    reading.accounts.iter().filter(move |account| !is_account(&account.account)).map(|account| {
        let today = format!("`{}` is not an account (twelve digits) and gives no access", shown(&account.account));
        Finding::new(Rule::NotAnAccount, DataKey::MapAccounts, (account.line, account.column), today)
    })
}

fn of_size(data: &BTreeMap<String, String>, binary: usize) -> Option<Finding> {
    let size = size_of(data) + binary;
    (size > MAX_DATA / 10 * 9).then(|| Finding {
        rule: Rule::NearlyFull,
        key: None,
        entry: None,
        line: 0,
        column: 0,
        part: None,
        today: format!("the data has {size} of at most {MAX_DATA} bytes; the API server rejects more"),
        meant: Some("move mappings to access entries, which have no such limit".to_owned()),
        fix: None,
    })
}
