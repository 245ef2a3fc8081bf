//! One entry by itself.

use super::finding::{Finding, Rule, shown};
use super::partition::Partitions;
use crate::aws_auth::mapping::Mapping;
use crate::model::arn::{Principal, PrincipalKind};

const TEMPLATES: [&str; 5] =
    ["{{EC2PrivateDNSName}}", "{{AccountID}}", "{{SessionName}}", "{{SessionNameRaw}}", "{{AccessKeyID}}"];

pub(super) fn findings(mapping: &Mapping, place: Partitions, findings: &mut Vec<Finding>) {
    let finding = |rule, today: String| Finding::new(rule, mapping.key, (mapping.line, mapping.column), today);
    if mapping.sso.is_some() {
        let today = "matches nobody: on EKS entries by permission set are switched off".to_owned();
        let meant = "the role's ARN without path: arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX";
        findings.push(finding(Rule::SsoEntry, today).meant(meant));
    } else {
        findings.extend(of_arn(mapping, place, &finding));
    }
    if mapping.username.is_empty() {
        let today = "has no username: its principal gets in with an empty name and keeps the groups".to_owned();
        findings.push(finding(Rule::EmptyUsername, today).meant("a username"));
    } else if mapping.username.trim() != mapping.username {
        let today = format!("the username is `{}`, white space included", shown(&mapping.username));
        findings.push(finding(Rule::PaddedUsername, today).meant(format!("`{}`", shown(mapping.username.trim()))));
    }
    if !mapping.user_id.is_empty() {
        let today =
            "`userid` is compared with nothing: whoever has the ARN gets in, also one made anew under that name";
        findings.push(finding(Rule::UnusedUserId, today.to_owned()));
    }
    for group in &mapping.groups {
        findings.extend(of_group(group, &finding));
    }
    for text in mapping.groups.iter().chain([&mapping.username]) {
        of_templates(text, mapping, &finding, findings);
    }
}

fn of_arn(mapping: &Mapping, place: Partitions, finding: &impl Fn(Rule, String) -> Finding) -> Option<Finding> {
    let (arn, trimmed) = (mapping.arn.as_str(), mapping.arn.trim());
    let matches_nobody = |why: &str| format!("matches nobody: {why}");
    if arn != trimmed {
        let today = matches_nobody("there is white space around the ARN");
        return Some(finding(Rule::PaddedArn, today).meant(shown(trimmed)));
    }
    if arn.contains(['*', '?']) {
        return Some(finding(Rule::Wildcard, matches_nobody("ARNs are compared as they are, wildcards mean nothing")));
    }
    let Ok(principal) = arn.parse::<Principal>().or_else(|_| arn.to_ascii_lowercase().parse()) else {
        return Some(finding(
            Rule::NotAnArn,
            matches_nobody(&format!("`{}` is no ARN of a role or a user", shown(arn))),
        ));
    };
    if matches!(principal.kind, PrincipalKind::AssumedRole(_)) {
        let today = matches_nobody("a session is compared by its role's ARN");
        return Some(finding(Rule::AssumedRoleArn, today).meant(principal.for_aws_auth().to_string()));
    }
    if principal.kind == PrincipalKind::Role && principal.path != "/" {
        let today = matches_nobody("a session's ARN does not tell the path of its role");
        return Some(finding(Rule::RolePath, today).meant(principal.for_aws_auth().to_string()));
    }
    let (other, today) = match place {
        Partitions::Cluster(other) => {
            (other, format!("matches nobody: the cluster is in partition {other}, the ARN in {}", principal.partition))
        }
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

fn of_group(group: &str, finding: &impl Fn(Rule, String) -> Finding) -> Option<Finding> {
    if group.contains(" - ") {
        let today = format!("`{}` is one group", shown(group));
        let groups: Vec<String> = group.split(" - ").map(|part| format!("`{}`", shown(part))).collect();
        Some(finding(Rule::MergedGroups, today).meant(format!("{}: indent them alike", groups.join(" and "))))
    } else if group.is_empty() {
        Some(finding(Rule::OddGroup, "one of the groups has an empty name".to_owned()))
    } else if group.trim() != group {
        let today = format!("the group is `{}`, white space included", shown(group));
        Some(finding(Rule::OddGroup, today).meant(format!("`{}`", shown(group.trim()))))
    } else {
        None
    }
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
        rest = &rest[begin + length + 2..];
        if !TEMPLATES.contains(&template) {
            let bare =
                |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
            let today = format!("`{}` is no template and stays as it is written", shown(template));
            let meant = TEMPLATES.iter().find(|known| bare(known) == bare(template));
            let found = finding(Rule::UnknownTemplate, today);
            findings.push(match meant {
                Some(known) => found.meant(format!("`{known}`")),
                None => found,
            });
        } else if template.starts_with("{{Session") && mapping.arn.to_ascii_lowercase().contains(":user/") {
            findings.push(finding(
                Rule::EmptyTemplate,
                format!("`{template}` is empty for an IAM user, who has no session"),
            ));
        } else if template.starts_with("{{EC2") && mapping.arn.to_ascii_lowercase().contains(":user/") {
            findings.push(finding(
                Rule::EmptyTemplate,
                format!("`{template}` refuses every IAM user: only an instance's session has one"),
            ));
        }
    }
}
