//! `mapping`: which access entry or which line of `aws-auth` decides. Pure: it is given what was read.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::inquiry::Inquiry;
use super::link::Link;
use super::near::nearly;
use crate::aws_auth::{Caller, Circumstances, Finding, Match, Reading, Who, lint_read, read};
use crate::error::shell_word;
use crate::model::desired::DEFAULT_ROLE;
use crate::model::{AccessEntry, KubernetesIdentity, Principal};

/// The principal's access entry, as far as it was seen.
#[derive(Debug)]
pub(super) enum EntrySight {
    /// The mode has none.
    NotRead,
    /// There is this one, or none.
    Seen(Option<Box<AccessEntry>>),
    /// It could not be looked at, and why.
    Unseen(String),
}

/// `aws-auth`, as far as it was seen.
#[derive(Debug)]
pub(super) enum AwsAuthSight {
    /// The mode does not read it.
    NotRead,
    /// Its `data`; `None` where there is no such `ConfigMap`.
    Seen(Option<BTreeMap<String, String>>),
    /// It could not be read, and why.
    Unseen(String),
}

/// Both sources, and whom they are asked about.
pub(super) struct Sources<'a> {
    pub(super) inquiry: &'a Inquiry,
    pub(super) who: Caller,
    pub(super) arn: &'a Principal,
    pub(super) made_at: Option<i64>,
    pub(super) entry: EntrySight,
    pub(super) aws_auth: AwsAuthSight,
}

/// What the deciding source says.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) source: &'static str,
    pub(super) username: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) is_entry: bool,
    pub(super) is_admin: bool,
    /// A source that could not be looked at may decide.
    pub(super) is_unseen: bool,
    /// What is odd about the source, and may be why it gives less than was meant.
    pub(super) remarks: Vec<String>,
}

impl Outcome {
    /// The remarks as the end of a sentence.
    pub(super) fn remarked(&self) -> String {
        self.remarks.iter().fold(String::new(), |all, remark| all + "; " + remark)
    }
}

/// The link, and what the source makes of the principal; `inside` is what the cluster itself said, where it let it in.
pub(super) fn link(sources: &Sources<'_>, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    match &sources.entry {
        EntrySight::Seen(Some(entry)) => by_entry(sources, entry, inside),
        entry => by_map(sources, entry, inside),
    }
}

fn by_entry(sources: &Sources<'_>, entry: &AccessEntry, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    let mut outcome = Outcome {
        source: "access entry",
        username: (!entry.username.contains("{{")).then(|| entry.username.clone()),
        groups: entry.groups.clone(),
        is_entry: true,
        is_admin: entry.is_admin(),
        is_unseen: false,
        remarks: Vec::new(),
    };
    if entry.is_older_than(sources.made_at) && inside.is_none() {
        let text = format!(
            "the access entry of {} was made before the role was deleted and made again: it is for the role that is gone, and answers 401 for ever",
            sources.arn
        );
        let hint = format!(
            "aws eks delete-access-entry --cluster-name {} --region {} --principal-arn {} && {}",
            sources.inquiry.cluster.name,
            sources.inquiry.cluster.region,
            sources.arn,
            map_command(sources)
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
    if let AwsAuthSight::Seen(Some(data)) = &sources.aws_auth
        && let Who::Mapped(masked) | Who::Refused(masked) = read(data).who(&sources.who)
    {
        let masks = format!("it masks {} line {} in aws-auth ({})", masked.source, masked.line, listed(&masked.groups));
        let _ = write!(text, "; {masks}");
        outcome.remarks.push(format!("the access entry decides, and {masks}"));
    }
    (Link::ok("mapping", text), outcome)
}

fn by_map(sources: &Sources<'_>, entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> (Link, Outcome) {
    let data = match &sources.aws_auth {
        AwsAuthSight::NotRead => return (no_entry(sources, entry, inside), Outcome::default()),
        AwsAuthSight::Unseen(why) => {
            let text = match inside {
                Some(_) => format!("the cluster lets it in; by which entry or line could not be seen: {why}"),
                None => format!("aws-auth could not be read from here: {why}"),
            };
            let hint = format!("{} {}   (as an administrator)", sources.inquiry.command("who"), sources.arn);
            return (Link::unknown("mapping", text).hint(hint), Outcome { is_unseen: true, ..Outcome::default() });
        }
        AwsAuthSight::Seen(data) => data.clone().unwrap_or_default(),
    };
    let reading = read(&data);
    match reading.who(&sources.who) {
        Who::Mapped(found) => {
            let odd = lint_read(&data, &reading, &Circumstances::default());
            mapped(&found, &of_line(&found, &reading, &odd), entry, inside)
        }
        Who::Refused(found) => {
            let text = format!(
                "{} line {} uses {{{{EC2PrivateDNSName}}}}, which is for nodes: every session that is no instance gets 401",
                found.source, found.line
            );
            (Link::broken("mapping", text, map_command(sources)), Outcome::default())
        }
        Who::AtRandom(all) => {
            let lines: Vec<String> = all.iter().map(|m| m.line.to_string()).collect();
            let text = format!(
                "mapUsers lines {} differ in case only, and the control plane takes one at random",
                lines.join(" and ")
            );
            let edit = "kubectl -n kube-system edit configmap aws-auth   (keep one of those lines)";
            (Link::broken("mapping", text, edit), Outcome::default())
        }
        Who::Nobody => (nobody(sources, &reading, entry, inside), Outcome::default()),
    }
}

/// What is odd about the entry that matched: a finding stands at its own line, between the entry's and the next one's.
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
        .map(|s| format!("{} line {} counts for nothing: {}", s.key, s.line, s.why.as_str()))
        .collect::<Vec<_>>();
    for remark in &shadowed {
        let _ = write!(text, "; {remark}");
    }
    // The id of the key that signs is not known here.
    let is_known = !found.username.contains("{{");
    let outcome = Outcome {
        source: "aws-auth",
        username: is_known.then(|| found.username.clone()),
        groups: found.groups.clone(),
        is_entry: false,
        is_admin: found.groups.iter().any(|g| g == crate::model::access::SYSTEM_MASTERS),
        is_unseen: false,
        remarks: shadowed.into_iter().chain(odd.iter().cloned()).collect(),
    };
    match entry {
        EntrySight::Unseen(why) if inside.is_none_or(|i| is_known && i.username != found.username) => {
            let text = format!("{text}; whether an access entry masks it could not be seen: {why}");
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
            format!("there is no access entry for {}, and this cluster reads no aws-auth", sources.arn),
            map_command(sources),
        ),
    }
}

fn creator() -> Link {
    Link::ok("mapping", "no entry and no line: the cluster lets its creator in, which no API shows")
}

fn nobody(sources: &Sources<'_>, reading: &Reading, entry: &EntrySight, inside: Option<&KubernetesIdentity>) -> Link {
    match (entry, inside) {
        (EntrySight::Unseen(why), Some(_)) => {
            return Link::unknown("mapping", format!("an access entry, which could not be seen: {why}"));
        }
        (_, Some(_)) => return creator(),
        _ => {}
    }
    let entries = if matches!(entry, EntrySight::Seen(None)) { "no access entry, and " } else { "" };
    if matches!(sources.aws_auth, AwsAuthSight::Seen(None)) {
        let text = format!("{entries}there is no aws-auth: nobody maps {}", sources.arn);
        return match &sources.inquiry.machine.newest_kept {
            // What was there, the nodes' lines among it, comes before a new one.
            Some(id) => Link::broken(
                "mapping",
                text + "; an older one is kept on this machine",
                format!("{} {}", sources.inquiry.command("restore"), shell_word(id)),
            ),
            None => Link::broken("mapping", text, map_command(sources)),
        };
    }
    match nearly(reading, sources.arn) {
        Some(near) => Link::broken(
            "mapping",
            format!("{entries}aws-auth does not map {}: {}", sources.arn, near.what),
            near.hint(sources.inquiry, &map_command(sources)),
        ),
        None => Link::broken(
            "mapping",
            format!("{entries}no line of aws-auth maps {}", sources.arn.for_aws_auth()),
            map_command(sources),
        ),
    }
}

/// The command that binds the principal.
fn map_command(sources: &Sources<'_>) -> String {
    let command = sources.inquiry.command("map");
    if sources.arn.is_role() && sources.arn.name == DEFAULT_ROLE {
        return command + &format!(" --role {DEFAULT_ROLE}");
    }
    command + &format!(" --principal {} --kubernetes-group GROUP", sources.arn)
}

/// The principal as `map` takes it: the role as it was named, where it is that one.
pub(super) fn whom(inquiry: &Inquiry, arn: &Principal) -> String {
    if arn.is_role() && inquiry.names_role(arn) {
        return format!("--role {}", inquiry.role);
    }
    format!("--principal {}", arn.entity())
}

fn listed(texts: &[String]) -> String {
    if texts.is_empty() { "none".to_owned() } else { texts.join(", ") }
}
