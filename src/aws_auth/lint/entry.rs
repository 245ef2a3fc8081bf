//! One entry by itself.

use super::arn::why_not;
use super::finding::{Finding, Part, Rule, shown};
use super::partition::Partitions;
use crate::aws_auth::mapping::{DataKey, Mapping, Problem};
use crate::aws_auth::nodes::is_node_group;
use crate::aws_auth::who::EC2_PRIVATE_DNS_NAME;
use crate::model::access::SYSTEM_MASTERS;
use crate::model::arn::{Principal, PrincipalKind};

const TEMPLATES: [&str; 5] =
    ["{{EC2PrivateDNSName}}", "{{AccountID}}", "{{SessionName}}", "{{SessionNameRaw}}", "{{AccessKeyID}}"];

pub(super) fn findings(mapping: &Mapping, place: Partitions, problems: &[Problem], findings: &mut Vec<Finding>) {
    let finding = |rule, today: String| Finding::new(rule, mapping.key, (mapping.line, mapping.column), today);
    if mapping.sso.is_some() {
        let today = "matches no identity: EKS ignores entries by permission set".to_owned();
        let meant = "the role's ARN without path: arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX";
        findings.push(finding(Rule::SsoEntry, today).meant(meant));
    } else {
        findings.extend(of_arn(mapping, place, &finding));
    }
    if mapping.username.is_empty() {
        let today = "has no username: its principal gets access with an empty name and keeps the groups".to_owned();
        findings.push(finding(Rule::EmptyUsername, today).meant("a username"));
    } else if mapping.username.trim() != mapping.username {
        let today = format!("the username is `{}`, white space included", shown(&mapping.username));
        findings.push(finding(Rule::PaddedUsername, today).meant(format!("`{}`", shown(mapping.username.trim()))));
    } else if let Some(bare) = unquoted(&mapping.username) {
        let today = format!("the username is `{}`, quotes included", shown(&mapping.username));
        let found = finding(Rule::PaddedUsername, today).meant(format!("`{}`", shown(bare)));
        findings.push(found.part(Part::Username));
    }
    if !mapping.user_id.is_empty() {
        let today = "`userid` is not compared with anything: any principal with this ARN gets access, including one recreated under that name";
        findings.push(finding(Rule::UnusedUserId, today.to_owned()));
    }
    for (at, group) in mapping.groups.iter().enumerate() {
        findings.extend(of_group(group, &finding).map(|found| found.part(Part::Group(at))));
    }
    findings.extend(of_empty_groups(mapping, problems, &finding));
    for (at, text) in mapping.groups.iter().enumerate() {
        of_templates(text, mapping, &|rule, today| finding(rule, today).part(Part::Group(at)), findings);
    }
    of_templates(&mapping.username, mapping, &|rule, today| finding(rule, today).part(Part::Username), findings);
    findings.extend(of_placeholders(mapping, &finding));
    findings.extend(of_person(mapping, &finding));
}

fn of_arn(mapping: &Mapping, place: Partitions, finding: &impl Fn(Rule, String) -> Finding) -> Option<Finding> {
    let (arn, trimmed) = (mapping.arn.as_str(), mapping.arn.trim());
    let matches_nobody = |why: &str| format!("matches no identity: {why}");
    if arn != trimmed {
        let today = matches_nobody("there is white space around the ARN");
        return Some(finding(Rule::PaddedArn, today).meant(shown(trimmed)));
    }
    if arn.contains(['*', '?']) {
        return Some(finding(Rule::Wildcard, matches_nobody("ARNs are compared literally; wildcards have no meaning")));
    }
    if let Some(left) = placeholder(arn) {
        let why = format!("the placeholder `{}` in the ARN was not filled in", shown(left));
        return Some(finding(Rule::Placeholder, matches_nobody(&why)).part(Part::Arn));
    }
    let Ok(principal) = arn.parse::<Principal>().or_else(|_| arn.to_ascii_lowercase().parse()) else {
        let (why, meant) = why_not(arn);
        let found = finding(Rule::NotAnArn, matches_nobody(&format!("`{}`: {}", shown(arn), shown(&why))));
        return Some(match meant {
            Some(meant) => found.meant(shown(&meant)),
            None => found,
        });
    };
    if matches!(principal.kind, PrincipalKind::AssumedRole(_)) {
        let today = matches_nobody("a session is compared by its role's ARN");
        return Some(finding(Rule::AssumedRoleArn, today).meant(principal.for_aws_auth().to_string()));
    }
    if principal.kind == PrincipalKind::Role && principal.path != "/" {
        let today = matches_nobody("a session's ARN does not include its role's path");
        return Some(finding(Rule::RolePath, today).meant(principal.for_aws_auth().to_string()));
    }
    if principal.kind == PrincipalKind::Root {
        let account = &principal.account;
        let today = format!("matches only the root user of account {account}, not the account's roles and users");
        return Some(finding(Rule::RootUser, today).meant("their ARNs, or the account in mapAccounts"));
    }
    let (other, today) = match place {
        Partitions::Cluster(other) => (
            other,
            format!("matches no identity: the cluster is in partition {other}, the ARN in {}", principal.partition),
        ),
        Partitions::MostEntries(other) => (
            other,
            format!(
                "no cluster matches all entries: most are in partition {other}, this one in {}",
                principal.partition
            ),
        ),
        Partitions::Unknown => return None,
    };
    if other == principal.partition {
        return None;
    }
    Some(finding(Rule::OtherPartition, today).meant(Principal { partition: other, ..principal }.to_string()))
}

/// A placeholder: `<…>`, `${…}` or `$(…)`.
fn placeholder(text: &str) -> Option<&str> {
    [("<", ">"), ("${", "}"), ("$(", ")")].into_iter().find_map(|(open, close)| {
        let begin = text.find(open)?;
        let length = text[begin..].rfind(close).filter(|length| *length > open.len())?;
        Some(&text[begin..begin + length + close.len()])
    })
}

fn of_placeholders(mapping: &Mapping, finding: &impl Fn(Rule, String) -> Finding) -> Vec<Finding> {
    let username = [(Part::Username, "the username", &mapping.username)];
    let groups = mapping.groups.iter().enumerate().map(|(at, group)| (Part::Group(at), "the group", group));
    let texts = username.into_iter().chain(groups);
    let sentence = |(part, what, text, left): (Part, &str, &str, &str)| {
        let (text, left) = (shown(text), shown(left));
        let today = format!("{what} is literally `{text}`: the placeholder `{left}` was not filled in");
        let bare = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        let found = finding(Rule::Placeholder, today).part(part);
        match bare.filter(|bare| bare.contains(':') && !bare.contains(['<', '>', ' '])) {
            Some(bare) => found.meant(format!("`{bare}`")),
            None => found,
        }
    };
    texts.filter_map(|(part, what, text)| Some((part, what, text.as_str(), placeholder(text)?))).map(sentence).collect()
}

/// A person's role with the template of nodes, which admits no person.
fn of_person(mapping: &Mapping, finding: &impl Fn(Rule, String) -> Finding) -> Option<Finding> {
    let mut texts = mapping.groups.iter().chain([&mapping.username]);
    if !texts.any(|text| text.contains(EC2_PRIVATE_DNS_NAME)) || mapping.key != DataKey::MapRoles {
        return None;
    }
    let name = mapping.arn.rsplit('/').next().unwrap_or_default();
    let is_reserved = name.to_ascii_lowercase().starts_with("awsreservedsso_");
    // A node's role may have groups of its own in addition to those of nodes.
    let has_nodes = mapping.groups.iter().any(|group| is_node_group(group));
    let other = mapping.groups.iter().find(|group| {
        let is_told_elsewhere = group.is_empty() || group.contains("{{") || placeholder(group).is_some();
        !is_told_elsewhere && (*group == SYSTEM_MASTERS || !has_nodes && !is_node_group(group))
    });
    let why = match other {
        _ if is_reserved => "the role belongs to Identity Center, and people assume it".to_owned(),
        Some(group) => format!("the group `{}` is not for nodes", shown(group)),
        None => return None,
    };
    let today = format!(
        "{why}, but `{EC2_PRIVATE_DNS_NAME}` refuses (401) every session that is not an EC2 instance's: people get no access"
    );
    Some(finding(Rule::PersonAsNode, today).meant(format!("a username for people: `{}`", for_people(name))))
}

fn for_people(name: &str) -> String {
    format!("{}:{{{{SessionName}}}}", shown(name))
}

fn of_group(group: &str, finding: &impl Fn(Rule, String) -> Finding) -> Option<Finding> {
    if group.contains(" - ") {
        let today = format!("`{}` is one group", shown(group));
        let groups: Vec<String> = group.split(" - ").map(|part| format!("`{}`", shown(part))).collect();
        Some(finding(Rule::MergedGroups, today).meant(format!("{}: indent them the same", groups.join(" and "))))
    } else if group.is_empty() {
        None
    } else if group.trim() != group {
        let today = format!("the group is `{}`, white space included", shown(group));
        Some(finding(Rule::OddGroup, today).meant(format!("`{}`", shown(group.trim()))))
    } else if let Some(bare) = unquoted(group) {
        let today = format!("the group is `{}`, quotes included", shown(group));
        Some(finding(Rule::OddGroup, today).meant(format!("`{}`", shown(bare))))
    } else if group.contains(',') && !group.contains('=') {
        // A distinguished name has commas too.
        let today = format!("`{}` is one group", shown(group));
        let groups: Vec<String> = group.split(',').map(|part| format!("`{}`", shown(part.trim()))).collect();
        Some(finding(Rule::OddGroup, today).meant(format!("{}: one item each", groups.join(" and "))))
    } else {
        None
    }
}

/// The groups without a name, in one finding. An item of a wrong type has a finding of its own.
fn of_empty_groups(
    mapping: &Mapping,
    problems: &[Problem],
    finding: &impl Fn(Rule, String) -> Finding,
) -> Option<Finding> {
    let is_told = |group: usize| {
        let its = |problem: &Problem| {
            matches!(problem, Problem::LeftEmpty { key, index, item: Some(item), .. }
                if (*key, *index, item.at) == (mapping.key, mapping.index, group))
        };
        problems.iter().any(its)
    };
    let empty: Vec<usize> =
        (0..mapping.groups.len()).filter(|at| mapping.groups[*at].is_empty() && !is_told(*at)).collect();
    let today = match empty.len() {
        1 => "one of the groups has an empty name".to_owned(),
        several => format!("{several} of the groups have an empty name"),
    };
    Some(finding(Rule::OddGroup, today).part(Part::Group(*empty.first()?)))
}

/// The name within quotes that are part of a text.
fn unquoted(text: &str) -> Option<&str> {
    const QUOTES: [char; 9] = ['“', '”', '„', '‘', '’', '«', '»', '"', '\''];
    let bare = text.trim_matches(QUOTES).trim();
    (bare.len() < text.len() && !bare.is_empty()).then_some(bare)
}

fn of_templates(
    text: &str,
    mapping: &Mapping,
    finding: &impl Fn(Rule, String) -> Finding,
    findings: &mut Vec<Finding>,
) {
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let Some(length) = rest[begin..].find("}}") else { return };
        let template = &rest[begin..begin + length + 2];
        let is_placeholder = rest[..begin].ends_with('$');
        rest = &rest[begin + length + 2..];
        if is_placeholder {
            continue;
        }
        if !TEMPLATES.contains(&template) {
            let bare =
                |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
            let today = format!("`{}` is not a template and is used literally", shown(template));
            let meant = TEMPLATES.iter().find(|known| bare(known) == bare(template));
            let found = finding(Rule::UnknownTemplate, today);
            findings.push(match meant {
                Some(known) => found.meant(format!("`{known}`")),
                None => found,
            });
        } else if template.starts_with("{{Session") && mapping.arn.to_ascii_lowercase().contains(":user/") {
            findings.push(finding(
                Rule::EmptyTemplate,
                format!("`{template}` is empty for an IAM user: it has no session"),
            ));
        } else if template.starts_with("{{EC2") && mapping.arn.to_ascii_lowercase().contains(":user/") {
            findings.push(finding(
                Rule::EmptyTemplate,
                format!("`{template}` refuses every IAM user: only an EC2 instance's session has one"),
            ));
        }
    }
}
