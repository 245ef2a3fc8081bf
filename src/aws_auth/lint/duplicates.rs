//! Entries for one principal.

use std::collections::BTreeMap;

use super::finding::{Finding, Rule, shown};
use crate::aws_auth::edit::Change;
use crate::aws_auth::entries::fold;
use crate::aws_auth::mapping::Mapping;
use crate::aws_auth::places::Places;
use crate::aws_auth::read::Reading;

pub(super) fn findings(reading: &Reading, places: &Places) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut roles: BTreeMap<String, Vec<&Mapping>> = BTreeMap::new();
    for mapping in reading.roles.iter().filter(|mapping| !mapping.arn.is_empty()) {
        roles.entry(fold(&mapping.arn)).or_default().push(mapping);
    }
    for same in roles.values() {
        shadowed(same, places, &mut findings);
    }
    let mut users: BTreeMap<String, BTreeMap<&str, Vec<&Mapping>>> = BTreeMap::new();
    for mapping in &reading.users {
        users.entry(fold(&mapping.arn)).or_default().entry(&mapping.arn).or_default().push(mapping);
    }
    for (arn, spellings) in &users {
        if let Some(role) = roles.get(arn).and_then(|same| same.last()) {
            findings.extend(spellings.values().flatten().map(|mapping| below_roles(mapping, role, places)));
            continue;
        }
        for same in spellings.values() {
            shadowed(same, places, &mut findings);
        }
        if spellings.len() > 1 {
            findings.extend(spellings.values().filter_map(|same| same.last()).map(|mapping| at_random(mapping)));
        }
    }
    findings
}

fn place(mapping: &Mapping) -> (usize, usize) {
    (mapping.line, mapping.column)
}

fn shadowed(same: &[&Mapping], places: &Places, findings: &mut Vec<Finding>) {
    let Some((last, earlier)) = same.split_last() else { return };
    for mapping in earlier {
        let there = places.named(last.key, place(last), place(mapping));
        let today = format!("no effect: {there} has the same ARN, and the last entry wins completely");
        let finding = Finding::new(Rule::Shadowed, mapping.key, place(mapping), today);
        let fix = Some(Change::RemoveShadowed { key: mapping.key, arn: mapping.arn.clone() });
        let meant = if mapping.username == last.username && mapping.groups == last.groups {
            "one entry: remove this duplicate".to_owned()
        } else if mapping.groups.is_empty() {
            "one entry: remove this one, which has no groups".to_owned()
        } else if mapping.groups.iter().all(|group| last.groups.contains(group)) {
            "one entry: remove this one, since the other has its groups as well".to_owned()
        } else {
            format!("one entry with the groups of both (this one has {})", shown(&mapping.groups.join(", ")))
        };
        findings.push(Finding { fix, ..finding.meant(meant) });
    }
}

fn below_roles(mapping: &Mapping, role: &Mapping, places: &Places) -> Finding {
    let line = places.of(role.key, place(role)).0;
    let today = format!("no effect: mapRoles line {line} has the same ARN, and mapRoles is checked first");
    let fix = Some(Change::RemoveShadowed { key: mapping.key, arn: mapping.arn.clone() });
    Finding { fix, ..Finding::new(Rule::Shadowed, mapping.key, place(mapping), today) }
}

fn at_random(mapping: &Mapping) -> Finding {
    let today =
        "ARNs that differ only in case: the control plane picks one at random, and may pick another after each change";
    Finding::new(Rule::RandomWinner, mapping.key, place(mapping), today).meant("one entry: remove the others")
}
