//! All rules over one `data`.

use std::collections::BTreeMap;

use super::circumstances::Circumstances;
use super::finding::{Finding, Rule, shown};
use super::partition::Partitions;
use super::{duplicates, entry, own_lines, principals};
use crate::aws_auth::edit::{MAX_DATA, size_of};
use crate::aws_auth::mapping::{DataKey, Mapping, Problem};
use crate::aws_auth::read::{Reading, read};

/// Finds the traps in a `ConfigMap`'s `data`, in the order of keys and lines.
#[must_use]
pub fn lint(data: &BTreeMap<String, String>, circumstances: &Circumstances) -> Vec<Finding> {
    lint_read(data, &read(data), circumstances)
}

/// The same for a `data` that was read already.
#[must_use]
pub fn lint_read(data: &BTreeMap<String, String>, reading: &Reading, circumstances: &Circumstances) -> Vec<Finding> {
    lint_near(data, reading, circumstances, &|_| true)
}

/// The same, without what concerns other mappings alone: a large map is not looked through for one that is not in it.
/// `concerns` names an ARN's entries in all spellings, or none of them.
#[must_use]
pub fn lint_near(
    data: &BTreeMap<String, String>,
    reading: &Reading,
    circumstances: &Circumstances,
    concerns: &dyn Fn(&Mapping) -> bool,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = reading.problems.iter().map(of_problem).collect();
    let near: Vec<&Mapping> = reading.mappings().filter(|mapping| concerns(mapping)).collect();
    if !near.is_empty() {
        findings.extend(own_lines::findings(data, reading, &near));
        findings.extend(if near.len() == reading.roles.len() + reading.users.len() {
            duplicates::findings(reading)
        } else {
            duplicates::findings(&only(&near))
        });
    }
    // Without a cluster all entries tell the partition: they are looked at only where one is judged.
    let place = if near.is_empty() { Partitions::Unknown } else { Partitions::of(reading, circumstances) };
    for mapping in near {
        entry::findings(mapping, place, &mut findings);
        principals::findings(mapping, circumstances, &mut findings);
    }
    findings.extend(of_accounts(reading));
    findings.extend(of_size(data, circumstances.binary_bytes));
    findings.sort_by_key(|finding| (finding.key, finding.line, finding.column, finding.rule));
    findings
}

/// A reading of these entries alone.
fn only(near: &[&Mapping]) -> Reading {
    let list = |key| near.iter().filter(|mapping| mapping.key == key).map(|mapping| (*mapping).clone()).collect();
    Reading { roles: list(DataKey::MapRoles), users: list(DataKey::MapUsers), ..Reading::default() }
}

fn of_problem(problem: &Problem) -> Finding {
    match problem {
        Problem::Unreadable { key, line, column, cause } => {
            let today = format!("{}: all of {key} is dropped", shown(cause));
            Finding::new(Rule::Unreadable, *key, (*line, *column), today)
        }
        Problem::Dropped { key, line, column, cause, .. } => {
            Finding::new(Rule::DroppedEntry, *key, (*line, *column), format!("{}: the entry is dropped", shown(cause)))
        }
        Problem::LeftEmpty { key, line, column, field, found, .. } => {
            let today = format!("`{field}` is {found} and is left empty; the entry stays");
            let finding = Finding::new(Rule::LeftEmpty, *key, (*line, *column), today);
            match *field {
                "groups" if *found == "text" => finding.meant("a list: `groups: [NAME]`"),
                _ if matches!(*found, "a number" | "a boolean") => finding.meant("a text: put it in quotes"),
                _ => finding,
            }
        }
        Problem::IgnoredRest { key, line, document } => {
            let today = if *document {
                "another YAML document begins, and only the first is read: nothing from here on exists"
            } else {
                "the list ended before this line, as it is indented less: nothing from here on exists"
            };
            let finding = Finding::new(Rule::IgnoredRest, *key, (*line, 1), today);
            finding.meant("one list: remove this line, or indent all entries alike")
        }
        Problem::UnknownKey { name, meant } => Finding {
            rule: Rule::UnknownDataKey,
            key: None,
            line: 0,
            column: 0,
            today: format!("the data key `{}` is read by nobody", shown(name)),
            meant: meant.map(|key| format!("`{key}`")),
            fix: None,
        },
    }
}

fn of_accounts(reading: &Reading) -> impl Iterator<Item = Finding> {
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    reading.accounts.iter().filter(move |account| !is_account(&account.account)).map(|account| {
        let today = format!("`{}` is no account (twelve digits) and lets nobody in", shown(&account.account));
        Finding::new(Rule::NotAnAccount, DataKey::MapAccounts, (account.line, account.column), today)
    })
}

fn of_size(data: &BTreeMap<String, String>, binary: usize) -> Option<Finding> {
    let size = size_of(data) + binary;
    (size > MAX_DATA / 10 * 9).then(|| Finding {
        rule: Rule::NearlyFull,
        key: None,
        line: 0,
        column: 0,
        today: format!("the data is {size} bytes of at most {MAX_DATA}; the API server refuses more"),
        meant: Some("access entries have room: move mappings there".to_owned()),
        fix: None,
    })
}
