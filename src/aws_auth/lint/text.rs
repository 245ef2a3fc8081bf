//! Findings that are visible in the text only, not in its reading.

use std::collections::BTreeMap;

use super::finding::{Finding, Rule, shown};
use crate::aws_auth::entries::{Entries, entries, fold};
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::places::Places;
use crate::aws_auth::yaml::value::Value;
use crate::aws_auth::yaml::{Class, NodeKind, Style, skips};

pub(super) fn findings(data: &BTreeMap<String, String>, places: &Places) -> Vec<Finding> {
    let mut findings = Vec::new();
    for key in [DataKey::MapRoles, DataKey::MapUsers] {
        let Some(text) = data.get(key.as_str()).filter(|text| !skips(text)) else { continue };
        let Ok(read) = entries(key, text) else { continue };
        misspelled(key, &read, &mut findings);
        repeated(key, &read, places, &mut findings);
        swallowed(key, text, &read, places, &mut findings);
    }
    findings
}

/// Whether a folded name is that of a field.
fn is_read(name: &str, key: DataKey) -> bool {
    ["username", "groups", "userid", "sso", key.arn_field()].contains(&name)
}

/// The field that a name nearly matches. Other tools' fields are left alone: a merely similar name is reported only
/// where the entry `lacks` that field.
fn nearly(name: &str, key: DataKey, lacks: impl Fn(&str) -> bool) -> Option<&'static str> {
    if is_read(&fold(name), key) {
        return None;
    }
    let bare: String = fold(name).chars().filter(char::is_ascii_alphanumeric).collect();
    let field = match bare.as_str() {
        "rolearn" | "arn" | "role" | "rolearns" if key == DataKey::MapRoles => "rolearn",
        "userarn" | "arn" | "rolearn" if key == DataKey::MapUsers => "userarn",
        "userarn" => "rolearn",
        "username" | "user" | "usernames" | "name" => "username",
        "group" | "groups" | "k8sgroups" | "kubernetesgroups" => "groups",
        _ => alike(&bare, key).filter(|field| lacks(field))?,
    };
    (fold(name) != field).then_some(field)
}

/// The field that a name without its separators differs from by one typing error, or ends with.
fn alike(bare: &str, key: DataKey) -> Option<&'static str> {
    let slips = |field: &str| strsim::damerau_levenshtein(bare, field);
    let fields = [key.arn_field(), "username", "groups"];
    let typed = fields.into_iter().find(|field| slips(field) <= if field.len() < 7 { 1 } else { 2 });
    typed.or_else(|| match bare {
        _ if bare.ends_with("arn") => Some(key.arn_field()),
        _ if bare.ends_with("group") || bare.ends_with("groups") => Some("groups"),
        _ => None,
    })
}

fn misspelled(key: DataKey, read: &Entries<'_>, findings: &mut Vec<Finding>) {
    for entry in &read.list {
        let Value::Map { pairs } = read.values.get(entry.value) else { continue };
        let lacks = |field: &str| match field {
            "username" => entry.username.is_none(),
            "groups" => entry.groups.is_none(),
            _ => entry.arn.is_none() && entry.mapping.sso.is_none(),
        };
        for pair in pairs.iter().filter(|pair| pair.class == Class::Text) {
            let name = read.values.text(&read.document, pair.key);
            let Some(field) = nearly(name, key, lacks) else { continue };
            let mark = read.document.nodes[pair.key].start;
            let today = format!("the control plane does not read the field `{}`", shown(name));
            let finding = Finding::new(Rule::MisspelledField, key, (mark.line + 1, mark.column + 1), today);
            findings.push(finding.meant(format!("`{field}`")));
        }
    }
}

/// Known fields that occur more than once in an entry: of equal names the last counts, of several spellings the one
/// that sorts last, which is the one in lower case.
fn repeated(key: DataKey, read: &Entries<'_>, places: &Places, findings: &mut Vec<Finding>) {
    for entry in &read.list {
        let NodeKind::Mapping { pairs, .. } = &read.document.nodes[entry.node].kind else { continue };
        let mut fields: BTreeMap<String, Vec<(&str, usize)>> = BTreeMap::new();
        for (name, _) in pairs {
            let name = (read.values.text(&read.document, *name), *name);
            fields.entry(fold(name.0)).or_default().push(name);
        }
        for (field, written) in fields.iter().filter(|(field, written)| is_read(field, key) && written.len() > 1) {
            let Some((_, counts)) = written.iter().max() else { continue };
            let Some((_, other)) = written.iter().find(|(_, node)| node != counts) else { continue };
            let at = |node: usize| {
                let mark = read.document.nodes[node].start;
                (mark.line + 1, mark.column + 1)
            };
            let there = places.named(key, at(*counts), at(*other));
            let today = format!("`{field}` is in this entry {} times; {there} counts", written.len());
            let finding = Finding::new(Rule::RepeatedField, key, at(*other), today);
            findings.push(finding.meant("one of them: remove the others"));
        }
    }
}

/// Unquoted values that continue over the lines below, which were meant as something else. Joined groups are reported
/// by the rules on groups.
fn swallowed(key: DataKey, text: &str, read: &Entries<'_>, places: &Places, findings: &mut Vec<Finding>) {
    for node in &read.document.nodes {
        let NodeKind::Scalar { value, style: Style::Plain, .. } = &node.kind else { continue };
        let raw = text.get(node.content.offset..node.end).unwrap_or_default();
        if !raw.trim_end().contains(['\n', '\r']) || (node.dash.is_some() && value.contains(" - ")) {
            continue;
        }
        let at = |line: usize| (node.content.line + 1 + line, node.content.column + 1);
        let lines = raw.trim_end().lines().count();
        let (first, last) = (places.of(key, at(1)).0, places.of(key, at(lines - 1)).0);
        let which = if first == last { format!("line {first} is") } else { format!("lines {first} to {last} are") };
        let today = format!("{which} part of the value above: it is `{}`", shown(value));
        let finding = Finding::new(Rule::SwallowedLines, key, at(0), today);
        findings.push(finding.meant(
            "a key of their own, or less indentation: a value without quotes continues over more deeply indented lines",
        ));
    }
}
