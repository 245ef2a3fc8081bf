//! `mapping`: the access entry or the line of `aws-auth` that decides. Pure: works on what was read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::grant::grant;
use super::inquiry::Inquiry;
use super::link::Link;
use super::near::{Near, nearly};
pub use super::outcome::EntrySight;
pub(super) use super::outcome::Outcome;
use super::outcome::listed;
use crate::aws_auth::{Caller, Circumstances, Finding, Mapping, Match, Reading, Who, lint_read, read};
use crate::error::shell_word;
use crate::model::access::has_masters;
use crate::model::desired::{DEFAULT_ROLE, DEFAULT_USERNAME};
use crate::model::{AccessEntry, KubernetesIdentity, PolicyScope, Principal};

/// `aws-auth`, as far as it could be read.
#[derive(Clone, Debug)]
pub enum AwsAuthSight {
    /// The mode does not read it.
    NotRead,
    /// Its `data`; `None` if there is no such `ConfigMap`.
    Seen(Option<Arc<MapText>>),
    /// It could not be read, and why.
    Unseen(String),
}

/// The `data` of an `aws-auth`, read once.
#[derive(Clone, Debug)]
pub struct MapText {
    /// The texts.
    pub data: BTreeMap<String, String>,
    /// What the control plane makes of them.
    pub reading: Reading,
}

impl MapText {
    /// Reads `data`.
    pub fn read(data: BTreeMap<String, String>) -> Arc<Self> {
        let reading = read(&data);
        Arc::new(Self { data, reading })
    }
}

/// Both sources, and the principal.
pub(super) struct Sources<'a> {
    pub(super) inquiry: &'a Inquiry,
    pub(super) who: Caller,
    pub(super) arn: &'a Principal,
    pub(super) made_at: Option<i64>,
    pub(super) entry: EntrySight,
    pub(super) aws_auth: AwsAuthSight,
}

/// The link, and the source's decision for the principal; `inside` is the cluster's own answer, if it accepted the
/// token.
pub(super) fn link(sources: &Sources<'_>, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    match &sources.entry {
        EntrySight::Seen(Some(entry)) => by_entry(sources, entry, inside),
        entry => by_map(sources, entry, inside),
    }
}

fn by_entry(sources: &Sources<'_>, entry: &AccessEntry, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    let mut outcome = Outcome {
        source: "access entry",
        username: known(sources.who.expand(&entry.username)),
        // Another entry may have the same username.
        is_username_own: false,
        groups: entry.groups.iter().map(|group| sources.who.expand(group)).collect(),
        is_entry: true,
        is_standard: entry.is_standard(),
        policies: entry.policies.clone(),
        is_admin: entry.is_admin(),
        is_unseen: false,
        remarks: Vec::new(),
    };
    if entry.is_older_than(sources.made_at) && inside.is_none() {
        let text = format!(
            "the access entry of {} is stale: it was created before the role was deleted and recreated, so it always answers 401",
            sources.arn
        );
        let hint = format!(
            "aws eks delete-access-entry --cluster-name {} --region {} --principal-arn {} && {}",
            shell_word(&sources.inquiry.cluster.name),
            shell_word(&sources.inquiry.cluster.region),
            sources.arn,
            map_as_before(sources, entry)
        );
        return (Link::broken("mapping", text, hint), outcome);
    }
    let policies: Vec<String> = entry
        .policies
        .iter()
        .map(|p| format!("{} ({})", p.arn.rsplit('/').next().unwrap_or(&p.arn), p.scope))
        .collect();
    let mut text = format!(
        "access entry of {}: username {}, groups {}, policies {}",
        sources.arn,
        entry.username,
        listed(&entry.groups),
        listed(&policies)
    );
    if let AwsAuthSight::Seen(Some(map)) = &sources.aws_auth
        && let Who::Mapped(masked) | Who::Refused(masked) = map.reading.who(&sources.who)
    {
        let masks =
            format!("it overrides {} line {} in aws-auth ({})", masked.source, masked.line, listed(&masked.groups));
        let _ = write!(text, "; {masks}");
        outcome.remarks.push(format!("the access entry decides, and {masks}"));
    }
    (Link::ok("mapping", text), outcome)
}

fn by_map(sources: &Sources<'_>, entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    let map = match &sources.aws_auth {
        AwsAuthSight::NotRead => return (no_entry(sources, entry, inside), Outcome::unbound(entry)),
        AwsAuthSight::Unseen(why) => {
            let text = match inside {
                Some(_) => format!("the cluster accepts it; which entry or line decides could not be seen: {why}"),
                None => format!("aws-auth could not be read from here: {why}"),
            };
            let hint = format!("{} {}   (as an administrator)", sources.inquiry.command("who"), sources.arn);
            return (Link::unknown("mapping", text).hint(hint), Outcome { is_unseen: true, ..Outcome::default() });
        }
        AwsAuthSight::Seen(Some(map)) => map,
        AwsAuthSight::Seen(None) => return (no_map(sources, entry, inside), Outcome::unbound(entry)),
    };
    let reading = &map.reading;
    match reading.who(&sources.who) {
        Who::Mapped(found) => {
            let odd = lint_read(&map.data, reading, &Circumstances::default());
            let own = is_own(&found, reading) && matches!(entry, EntrySight::NotRead);
            let (link, outcome) = mapped(&found, &of_line(&found, reading, &odd), entry, inside);
            (link, Outcome { is_username_own: own, ..outcome })
        }
        Who::Refused(found) => {
            let text = format!(
                "{} line {} uses {{{{EC2PrivateDNSName}}}}, which is for nodes: every session that is not an EC2 instance's gets 401",
                found.source, found.line
            );
            (Link::broken("mapping", text, person_command(sources)), Outcome::unbound(entry))
        }
        Who::AtRandom(all) => {
            let lines: Vec<String> = all.iter().map(|m| m.line.to_string()).collect();
            let text = format!(
                "mapUsers lines {} differ only in case, and the control plane picks one at random",
                lines.join(" and ")
            );
            let edit = "kubectl -n kube-system edit configmap aws-auth   (keep one of those lines)";
            (Link::broken("mapping", text, edit), Outcome::unbound(entry))
        }
        Who::Nobody => (nobody(sources, reading, entry, inside), Outcome::unbound(entry)),
    }
}

/// A username without unexpanded templates: the id of the signing key, or another principal's session, is not known.
fn known(username: String) -> Option<String> {
    (!username.contains("{{")).then_some(username)
}

/// Whether no other line has the username, and it is the same for every session. (Access entries may have it too.)
fn is_own(found: &Match, reading: &Reading) -> bool {
    let is_found = |m: &&Mapping| m.key == found.source && m.index == found.index;
    let Some(line) = reading.mappings().find(is_found) else { return true };
    let shares = |m: &Mapping| m.username == line.username && !m.arn.eq_ignore_ascii_case(&line.arn);
    !line.username.contains("{{") && !reading.mappings().any(shares)
}

/// The findings on the entry that matched: those on its own lines, up to the next entry.
fn of_line(found: &Match, reading: &Reading, odd: &[Finding]) -> Vec<String> {
    let others = reading.mappings().filter(|m| m.key == found.source && m.line > found.line).map(|m| m.line);
    let next = others.min().unwrap_or(usize::MAX);
    odd.iter()
        .filter(|finding| finding.key == Some(found.source) && (found.line..next).contains(&finding.line))
        .map(|finding| format!("{} line {}: {}", found.source, finding.line, finding.today))
        .collect()
}

fn mapped(found: &Match, odd: &[String], entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    let mut text = format!(
        "{} line {} in aws-auth: username {}, groups {}",
        found.source,
        found.line,
        if found.username.is_empty() { "(none)" } else { &found.username },
        listed(&found.groups)
    );
    let shadowed = found
        .shadowed
        .iter()
        .map(|s| format!("{} line {} has no effect: {}", s.key, s.line, s.why.as_str()))
        .collect::<Vec<_>>();
    for remark in &shadowed {
        let _ = write!(text, "; {remark}");
    }
    let username = known(found.username.clone());
    let is_known = username.is_some();
    let outcome = Outcome {
        source: "aws-auth",
        username,
        groups: found.groups.clone(),
        is_admin: has_masters(&found.groups),
        remarks: shadowed.into_iter().chain(odd.iter().cloned()).collect(),
        ..Outcome::default()
    };
    match entry {
        EntrySight::Unseen(why) if inside.is_none_or(|i| is_known && i.username != found.username) => {
            let text = format!("{text}; whether an access entry overrides it could not be seen: {why}");
            (Link::unknown("mapping", text), Outcome { username: None, is_unseen: true, ..outcome })
        }
        _ => (Link::ok("mapping", text), outcome),
    }
}

fn no_entry(sources: &Sources<'_>, entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> Link {
    match (entry, inside) {
        (EntrySight::Unseen(why), _) => Link::unknown("mapping", format!("the access entry could not be seen: {why}")),
        (_, Some(_)) => creator(),
        (_, None) => Link::broken(
            "mapping",
            format!("no access entry exists for {}, and this cluster does not read aws-auth", sources.arn),
            map_command(sources),
        ),
    }
}

fn creator() -> Link {
    Link::ok("mapping", "no entry and no mapping: the cluster gives its creator access, which no API shows")
}

/// The link if the principal was accepted although no line matches; `None` if it was not.
fn let_in(entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> Option<Link> {
    inside.map(|_| match entry {
        EntrySight::Unseen(why) => Link::unknown("mapping", format!("an access entry, which could not be seen: {why}")),
        _ => creator(),
    })
}

const fn no_entry_and(entry: &EntrySight) -> &'static str {
    if matches!(entry, EntrySight::Seen(None)) { "no access entry, and " } else { "" }
}

fn no_map(sources: &Sources<'_>, entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> Link {
    if let Some(link) = let_in(entry, inside) {
        return link;
    }
    let text = format!("{}aws-auth does not exist: {} is not mapped", no_entry_and(entry), sources.arn);
    match &sources.inquiry.machine.newest_kept {
        // Restoring what was there, including the nodes' lines, is proposed before a new one.
        Some(id) => Link::broken(
            "mapping",
            text + "; a backup of an older one is on this machine",
            format!("{} {}", sources.inquiry.command("restore"), shell_word(id)),
        ),
        None => Link::broken("mapping", text, map_command(sources)),
    }
}

fn nobody(sources: &Sources<'_>, reading: &Reading, entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> Link {
    if let Some(link) = let_in(entry, inside) {
        return link;
    }
    let entries = no_entry_and(entry);
    match nearly(reading, sources.arn) {
        Some(near) => Link::broken(
            "mapping",
            format!("{entries}aws-auth does not map {}: {}", sources.arn, near.what),
            near.hint(sources.inquiry, &map_as_meant(sources, &near)),
        ),
        None => Link::broken(
            "mapping",
            format!("{entries}aws-auth does not map {}", sources.arn.for_aws_auth()),
            map_command(sources),
        ),
    }
}

/// The command that gives a person's role, mapped like nodes, a username for people. The guard treats the mapping as
/// that of nodes; only the reader knows whether nodes use the role.
fn person_command(sources: &Sources<'_>) -> String {
    let arn = sources.arn.for_aws_auth();
    let is_default = arn.is_role() && arn.name == DEFAULT_ROLE;
    let whom = if is_default { format!("--role {DEFAULT_ROLE}") } else { format!("--principal {}", sources.arn) };
    let username = if is_default { DEFAULT_USERNAME.to_owned() } else { format!("{}:{{{{SessionName}}}}", arn.name) };
    format!(
        "{} {whom} --username {} --allow-lockout {arn}   (where no node runs as this role)",
        sources.inquiry.command("map"),
        shell_word(&username)
    )
}

/// The command that binds the principal: with the rights that are asked about, if any; else with a placeholder in
/// words.
fn map_command(sources: &Sources<'_>) -> String {
    let (inquiry, arn) = (sources.inquiry, sources.arn);
    if arn.is_role() && arn.name == DEFAULT_ROLE {
        return inquiry.command("map") + &format!(" --role {DEFAULT_ROLE}");
    }
    match &inquiry.can {
        Some(can) => grant(inquiry, arn, can, &Outcome::unbound(&sources.entry)),
        None => {
            inquiry.command("map")
                + &format!(
                    " --principal {arn}   (and what it may do: --kubernetes-group, or --access-policy where the cluster has access entries)"
                )
        }
    }
}

/// The same for a principal whose intended access another line shows.
fn map_as_meant(sources: &Sources<'_>, near: &Near) -> String {
    match &near.meant {
        Some(meant) if sources.arn.name != DEFAULT_ROLE && !meant.groups.is_empty() => {
            bind(sources, &meant.username, &meant.groups)
        }
        _ => map_command(sources),
    }
}

fn bind(sources: &Sources<'_>, username: &str, groups: &[String]) -> String {
    let mut command = sources.inquiry.command("map") + &format!(" --principal {}", sources.arn);
    if !username.is_empty() {
        command = format!("{command} --username {}", shell_word(username));
    }
    groups.iter().fold(command, |command, group| format!("{command} --kubernetes-group {}", shell_word(group)))
}

/// A stale entry's principal, bound as in the entry: with its policies, if they all have one scope.
fn map_as_before(sources: &Sources<'_>, entry: &AccessEntry) -> String {
    let scopes: Vec<&PolicyScope> = entry.policies.iter().map(|policy| &policy.scope).collect();
    if entry.groups.is_empty() && entry.policies.is_empty() {
        return map_command(sources);
    }
    let command = bind(sources, &entry.username, &entry.groups);
    let policies = entry.policies.iter().fold(command, |command, policy| {
        format!("{command} --access-policy {}", policy.arn.rsplit('/').next().unwrap_or(&policy.arn))
    });
    match scopes.first() {
        Some(first) if scopes.iter().any(|scope| scope != first) => {
            policies + "   (with the namespaces that each of its policies has today: --policy-namespace)"
        }
        Some(PolicyScope::Namespaces(names)) => {
            names.iter().fold(policies, |command, name| format!("{command} --policy-namespace {}", shell_word(name)))
        }
        _ => policies,
    }
}
