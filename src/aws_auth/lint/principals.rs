//! Entries compared with IAM's principals and with the access entries that override them.

use super::circumstances::{Circumstances, KnownPrincipals};
use super::finding::{Finding, Rule, shown};
use crate::aws_auth::mapping::Mapping;
use crate::aws_auth::nodes::is_node_mapping;
use crate::model::arn::{Principal, PrincipalKind};
use crate::model::strangers::{How, Stranger, told};

pub(super) fn findings(mapping: &Mapping, circumstances: &Circumstances, findings: &mut Vec<Finding>) {
    let Ok(principal) = Principal::as_matched(&mapping.arn) else { return };
    let finding = |rule, today: String| Finding::new(rule, mapping.key, (mapping.line, mapping.column), today);
    if circumstances.entries.iter().any(|entry| entry.same_entity(&principal)) {
        let today = "no effect: an access entry for this principal takes precedence; the two are not merged".to_owned();
        findings.push(finding(Rule::MaskedByEntry, today).meant("the groups and policies on the access entry"));
    }
    let Some(known) = circumstances.known.as_ref().filter(|known| known.accounts.contains(&principal.account)) else {
        return;
    };
    let root = Principal::root(principal.partition, &principal.account);
    if let Some(open) = open_trust(mapping, &principal, known) {
        let today = format!("{open}; each of them gets the mapping's access");
        let meant = format!(
            "a trust limited to the intended principals, or to the account: eksaccess role --role {} --trust {root}",
            principal.name
        );
        findings.push(finding(Rule::OpenTrust, today).meant(meant));
    }
    let named = matches!(principal.kind, PrincipalKind::Role | PrincipalKind::User);
    let written = principal.to_string();
    let is_known =
        |other: &Principal| other.same_entity(&principal) || other.to_string().eq_ignore_ascii_case(&written);
    if !named || known.principals.iter().any(is_known) {
        return;
    }
    if let Some(user) = elsewhere(&principal, known) {
        let today =
            "matches no identity: IAM has the user under another path, and a user's ARN includes its path".to_owned();
        findings.push(finding(Rule::UserPath, today).meant(user.to_string()));
        return;
    }
    findings.push(match (successor(&principal, known), would_match(mapping, &principal)) {
        (Some(successor), true) => {
            let today = format!("{}; its permission set has another suffix now", claimable(mapping, "role"));
            finding(Rule::GonePermissionSet, today).meant(successor.for_aws_auth().to_string())
        }
        (Some(successor), false) => finding(Rule::GonePrincipal, "gives no access: the role was deleted".to_owned())
            .meant(successor.for_aws_auth().to_string()),
        (None, true) => {
            let what = if principal.is_role() { "role" } else { "user" };
            finding(Rule::Claimable, claimable(mapping, what)).meant("remove it, or create the principal first")
        }
        (None, false) => {
            finding(Rule::GonePrincipal, "gives no access: the principal does not exist in IAM".to_owned())
                .meant("remove it")
        }
    });
}

/// The principals that the trust of a mapped role admits. A node's role is meant for the service that it runs in.
fn open_trust(mapping: &Mapping, role: &Principal, known: &KnownPrincipals) -> Option<String> {
    let (_, open) = known.open.iter().find(|(other, _)| other.same_entity(role))?;
    let is_node = is_node_mapping(mapping);
    let counts = |s: &&Stranger| !(is_node && matches!(s.how, How::Service(_)));
    told(&open.iter().filter(counts).cloned().collect::<Vec<_>>())
}

/// The risk of an entry whose principal does not exist. An access entry is not at risk: it holds the unique id.
fn claimable(mapping: &Mapping, what: &str) -> String {
    let groups: Vec<String> = mapping.groups.iter().map(|group| format!("`{}`", shown(group))).collect();
    let gets = match &groups[..] {
        [] => "no groups".to_owned(),
        [group] => format!("the group {group}"),
        groups => format!("the groups {}", groups.join(", ")),
    };
    let username = shown(&mapping.username);
    format!(
        "claimable: IAM has no such {what}, and a {what} created under that name gets access, as `{username}` with {gets}"
    )
}

/// Whether the entry would match its principal if it existed.
fn would_match(mapping: &Mapping, principal: &Principal) -> bool {
    principal.for_aws_auth().to_string().eq_ignore_ascii_case(&mapping.arn)
}

/// The user of that name under another path; a name is unique in an account.
fn elsewhere<'k>(user: &Principal, known: &'k KnownPrincipals) -> Option<&'k Principal> {
    known.principals.iter().filter(|_| user.kind == PrincipalKind::User).find(|other| {
        other.kind == PrincipalKind::User
            && (other.partition, &other.account) == (user.partition, &user.account)
            && other.name.eq_ignore_ascii_case(&user.name)
    })
}

/// The role that Identity Center created for the same permission set: the name differs in its last part only.
fn successor<'k>(gone: &Principal, known: &'k KnownPrincipals) -> Option<&'k Principal> {
    let stem =
        |name: &str| name.strip_prefix("AWSReservedSSO_")?.rsplit_once('_').map(|(stem, _)| stem.to_ascii_lowercase());
    let wanted = stem(&gone.name)?;
    known.principals.iter().find(|other| {
        other.account == gone.account
            && other.partition == gone.partition
            && stem(&other.name).as_ref() == Some(&wanted)
    })
}
