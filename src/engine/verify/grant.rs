//! The command that grants a missing right: to this principal only, and no more than the right needs. Pure.
//!
//! Existing access is extended, never replaced: a policy by `--append-access-policy`, with its present namespaces (EKS
//! replaces a policy's scope when it is associated again), a group by `--append-kubernetes-group`. An existing group
//! may have other members, so roles are not bound to it, but to a username that is fixed and unique, else to a group of
//! the principal's own.

use super::inquiry::Inquiry;
use super::least::Least;
use super::outcome::Outcome;
use crate::engine::port::Can;
use crate::error::shell_word;
use crate::model::access::{AssociatedPolicy, SYSTEM_MASTERS, access_policy_arn};
use crate::model::desired::DEFAULT_ROLE;
use crate::model::{PolicyScope, Principal};

/// The command, by the source that binds the principal.
pub(super) fn grant(inquiry: &Inquiry, shown: &Principal, can: &Can, outcome: &Outcome) -> String {
    if outcome.is_unseen {
        let who = inquiry.command("who");
        return format!("{who} {shown}   (as an administrator: it names the entry or the line that binds it)");
    }
    if outcome.is_entry {
        return by_policy(inquiry, shown, can, outcome);
    }
    if let Some(command) = of_merged(inquiry, shown, can, outcome) {
        return command;
    }
    if *can == Can::everything() && is_default(shown) {
        let (map, whom) = (inquiry.command("map"), whom(inquiry, shown));
        return format!("{map} {whom} --append-kubernetes-group {SYSTEM_MASTERS}");
    }
    by_rbac(inquiry, shown, can, outcome)
}

fn is_default(shown: &Principal) -> bool {
    shown.is_role() && shown.name == DEFAULT_ROLE
}

/// Wrong indentation joined several groups into one: proposes the intended groups, if they grant no more than what is
/// asked about.
fn of_merged(inquiry: &Inquiry, shown: &Principal, can: &Can, outcome: &Outcome) -> Option<String> {
    let groups: Vec<&str> = outcome.groups.iter().flat_map(|group| group.split(" - ")).map(str::trim).collect();
    if groups.len() == outcome.groups.len() {
        return None;
    }
    let is_more = groups.iter().any(|group| group.starts_with("system:"));
    if is_more && *can != Can::everything() {
        return None;
    }
    let (map, whom) = (inquiry.command("map"), whom(inquiry, shown));
    Some(
        groups.iter().fold(format!("{map} {whom}"), |command, group| {
            format!("{command} --kubernetes-group {}", shell_word(group))
        }),
    )
}

/// The least policy that the principal does not have, in the scope that is asked about and its present ones.
fn by_policy(inquiry: &Inquiry, shown: &Principal, can: &Can, outcome: &Outcome) -> String {
    if !outcome.is_standard {
        let (name, region) = (shell_word(&inquiry.cluster.name), shell_word(&inquiry.cluster.region));
        return format!(
            "aws eks describe-access-entry --cluster-name {name} --region {region} --principal-arn {shown}   (its entry has a type for nodes: people and jobs need another role)"
        );
    }
    // A present policy that includes the right has not taken effect yet: more is not proposed then.
    let mut all = std::iter::successors(Some(Least::of(can)), |least| least.more());
    let scope_of = |least: Least| outcome.policies.iter().find(|p| is_named(p, least.policy())).map(|p| &p.scope);
    if all.any(|least| scope_of(least).is_some_and(|scope| covers(scope, can))) {
        return inquiry.again("") + "   (again, in a minute)";
    }
    let least = Least::of(can);
    let scope = scope_of(least);
    let (map, whom, policy) = (inquiry.command("map"), whom(inquiry, shown), least.policy());
    let mut namespaces = match (scope, &can.namespace) {
        (Some(PolicyScope::Namespaces(_)), None) => return everywhere(inquiry, shown, policy),
        (Some(PolicyScope::Namespaces(there)), Some(_)) => there.clone(),
        _ => Vec::new(),
    };
    namespaces.extend(can.namespace.clone());
    namespaces.iter().fold(format!("{map} {whom} --append-access-policy {policy}"), |command, namespace| {
        format!("{command} --policy-namespace {}", shell_word(namespace))
    })
}

fn is_named(policy: &AssociatedPolicy, name: &str) -> bool {
    policy.arn.rsplit('/').next() == Some(name)
}

fn covers(scope: &PolicyScope, can: &Can) -> bool {
    match (scope, &can.namespace) {
        (PolicyScope::Cluster, _) => true,
        (PolicyScope::Namespaces(names), Some(asked)) => names.contains(asked),
        (PolicyScope::Namespaces(_), None) => false,
    }
}

/// Applies a policy that has namespaces everywhere: `map` keeps an unnamed scope.
fn everywhere(inquiry: &Inquiry, shown: &Principal, policy: &str) -> String {
    let (name, region) = (shell_word(&inquiry.cluster.name), shell_word(&inquiry.cluster.region));
    let policy = access_policy_arn(shown.partition, policy);
    format!(
        "aws eks associate-access-policy --cluster-name {name} --region {region} --principal-arn {shown} --policy-arn {policy} --access-scope type=cluster"
    )
}

/// Binds the username if it is this principal's alone, else a group that is.
fn by_rbac(inquiry: &Inquiry, shown: &Principal, can: &Can, outcome: &Outcome) -> String {
    let (subject, before) = subject(inquiry, shown, outcome);
    let resource = if can.resource == "*" { "*.*".to_owned() } else { can.kind() };
    let is_all = can.verb == "*" && can.resource == "*";
    let built_in = if is_all { Some("cluster-admin") } else { Least::of(can).cluster_role() };
    let what = built_in.map_or_else(|| format!("{}-{resource}", can.verb), str::to_owned);
    let name = format!("{}-{}", shown.name, what.replace('/', "-").replace('*', "all"));
    let name = shell_word(&name);
    let (of, place) = match &can.namespace {
        Some(namespace) => ("role", format!(" -n {}", shell_word(namespace))),
        None => ("clusterrole", String::new()),
    };
    let (made, bound) = match built_in {
        Some(built_in) => (String::new(), format!("--clusterrole={built_in}")),
        None => (
            format!(
                "kubectl create {of} {name}{place} --verb={} --resource={} && ",
                shell_word(&can.verb),
                shell_word(&resource)
            ),
            format!("--{of}={name}"),
        ),
    };
    format!("{before}{made}kubectl create {of}binding {name}{place} {bound} {subject}   (as an administrator)")
}

/// The subject of the binding, and the command that must run first.
fn subject(inquiry: &Inquiry, shown: &Principal, outcome: &Outcome) -> (String, String) {
    if let Some(username) = outcome.own_username() {
        return (format!("--user={}", shell_word(username)), String::new());
    }
    let group = own_group(shown);
    let word = shell_word(&group);
    let (map, whom) = (inquiry.command("map"), whom(inquiry, shown));
    let is_there = outcome.groups.contains(&group);
    let before = if is_there { String::new() } else { format!("{map} {whom} --append-kubernetes-group {word} && ") };
    (format!("--group={word}"), before)
}

/// A group without other members: its name contains the principal's.
fn own_group(shown: &Principal) -> String {
    let kind = if shown.is_role() { "role" } else { "user" };
    format!("eksaccess:{}:{kind}/{}", shown.account, shown.name)
}

/// The principal as an argument of `map`: the role as it was named, if it is that one.
pub(super) fn whom(inquiry: &Inquiry, arn: &Principal) -> String {
    if arn.is_role() && inquiry.names_role(arn) {
        return format!("--role {}", shell_word(&inquiry.role));
    }
    format!("--principal {}", shell_word(&arn.entity().to_string()))
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
