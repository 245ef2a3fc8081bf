//! The cluster's authentication mode, one step further: what makes the step impossible, what it does, what is not known.
//!
//! Rules: <https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html>.

use super::ask::Ask;
use super::effects::{MapChange, MapEffect};
use super::kubeconfig::awaited;
use super::matching::matching_key;
use super::mode_ready::{LeftOut, left_out, unnamed_caller};
use super::step::Action;
use super::whole::Plan;
use crate::aws_auth::{Reading, read};
use crate::error::{Error, Result, one_line, shell_word};
use crate::model::access::CLUSTER_ADMIN_POLICY;
use crate::model::{
    AuthMode, AwsAuthMap, AwsAuthState, CallerIdentity, ClusterDescription, ClusterState, EntrySupport, NoEntries,
    Scope,
};

/// How many of those that would lose their access are listed one by one.
const MOST_TOLD: usize = 20;

/// Who makes the change, and whom `--allow-lockout` names.
type Judges<'a> = (&'a CallerIdentity, &'a [String]);

/// Plans the step; a cluster that is already in that mode needs none.
///
/// # Errors
/// A step that EKS does not make, or after which an identity would lose its access.
pub(super) fn plan_mode(
    plan: &mut Plan,
    cluster: &ClusterState,
    to: AuthMode,
    judges: Judges<'_>,
) -> Result<MapEffect> {
    let description = &cluster.description;
    let (from, name) = (description.mode, &description.arn.name);
    if from == to {
        plan.notes.push(format!("cluster {name} is already in mode {to}"));
        return Ok(MapEffect::NotRead);
    }
    check_possible(description, to)?;
    let (effect, resource_version) =
        if to.has_config_map() { (MapEffect::NotRead, None) } else { give_up_map(plan, cluster, judges)? };
    tell(plan, cluster, from);
    let why = format!("a cluster can't be switched back to {from}");
    let action = Action::SwitchMode { from, to, resource_version, unmatched: Vec::new() };
    plan.push(&Scope::Cluster(description.arn.clone()), Ask::Irreversible(why), &[], action);
    Ok(effect)
}

/// Says what the step does and what is not known of it.
pub(super) fn tell(plan: &mut Plan, cluster: &ClusterState, from: AuthMode) {
    for update in &cluster.updates {
        plan.notes.push(format!(
            "an update of cluster {} is under way: {} ({}); EKS starts no other until it ends, so this run waits for it",
            cluster.description.arn.name,
            one_line(&update.kind),
            one_line(&update.id)
        ));
    }
    let facts = &cluster.description.facts;
    if facts.entries() == EntrySupport::Unknown {
        plan.warnings.push(format!(
            "whether {} supports access entries is not known; if it does not, EKS refuses the switch",
            facts.told()
        ));
    }
    if from == AuthMode::ConfigMap {
        tell_first(plan, cluster);
    } else {
        tell_last(plan, cluster);
    }
}

/// Says what leaving `CONFIG_MAP` means.
fn tell_first(plan: &mut Plan, cluster: &ClusterState) {
    plan.notes.push("aws-auth stays in effect; an access entry overrides the mapping of its principal".to_owned());
    let nodes = match cluster.node_roles() {
        [] => "node roles".to_owned(),
        [one] => format!("the node role {one}"),
        roles => format!("the node roles {}", roles.join(", ")),
    };
    plan.warnings.push(format!(
        "EKS may create access entries by itself when a cluster leaves CONFIG_MAP: an administrator's for the identity that \
         created the cluster, and entries for {nodes}; they are listed after the switch, and none is removed"
    ));
}

/// Says what giving up `aws-auth` means.
fn tell_last(plan: &mut Plan, cluster: &ClusterState) {
    plan.notes.push(
        "aws-auth is no longer read; whether each access entry grants what the mapping of its principal granted is not \
         compared here: `eksaccess migrate` compares it"
            .to_owned(),
    );
    plan.warnings.push(
        "the identity that created the cluster may have access for that reason alone; it loses this access in mode API unless \
         it has an access entry, and no API tells which identity it is"
            .to_owned(),
    );
    let lives = |principal: &String| !cluster.dead().contains(principal);
    if !cluster.entries().iter().any(|entry| entry.is_admin() && lives(&entry.principal)) {
        plan.warnings.push(format!(
            "no access entry has {CLUSTER_ADMIN_POLICY} for the whole cluster: in mode API the cluster has no \
             administrator until one is created"
        ));
    }
}

/// Whether EKS makes the step at all.
fn check_possible(description: &ClusterDescription, to: AuthMode) -> Result<()> {
    let (from, arn) = (description.mode, &description.arn);
    let (name, region) = (&arn.name, &arn.region);
    let this = shell_word(name);
    match description.facts.entries() {
        EntrySupport::No(NoEntries::Local) => {
            return Err(refused(&format!(
                "cluster {name} is a local cluster on AWS Outposts, which does not support access entries and stays in mode {from}"
            ))
            .hint(format!("check its aws-auth instead: eksaccess lint --cluster {arn}")));
        }
        EntrySupport::No(NoEntries::Older(first)) => {
            return Err(refused(&format!(
                "cluster {name} runs {}, which does not support access entries; the first version that does is {first}",
                description.facts.told()
            ))
            .hint(format!(
                "EKS updates platform versions by itself; see the current one: aws eks describe-cluster --name {this} \
                 --region {region} --query cluster.platformVersion"
            )));
        }
        EntrySupport::Yes | EntrySupport::Unknown => {}
    }
    if from.next() != Some(to) {
        return Err(match from {
            AuthMode::ConfigMap => Error::usage(format!(
                "--to {to}: cluster {name} is in mode {from}, and the mode is switched one step at a time: {to} comes \
                 after API_AND_CONFIG_MAP"
            ))
            .hint(format!(
                "eksaccess mode --cluster {arn} --to API_AND_CONFIG_MAP, then eksaccess mode --cluster {arn} --to API"
            )),
            AuthMode::ApiAndConfigMap | AuthMode::Api => Error::usage(format!(
                "--to {to}: cluster {name} is in mode {from}, and a cluster can't be switched back to {to}"
            ))
            .hint(format!("see what the mode means: eksaccess mode --cluster {arn}")),
        });
    }
    match description.status.as_str() {
        "ACTIVE" | "UPDATING" => Ok(()),
        status => {
            Err(refused(&format!("cluster {name} is {status}, and can't be switched in that state")).hint(awaited(arn)))
        }
    }
}

/// What becomes of the map in a mode that does not read it, and the version by which that was judged.
///
/// # Errors
/// Something in it counts and has no access entry; it, or the entries, could not be read.
fn give_up_map(
    plan: &mut Plan,
    cluster: &ClusterState,
    (caller, allowed): Judges<'_>,
) -> Result<(MapEffect, Option<String>)> {
    let name = &cluster.description.arn.name;
    if let Some(why) = cluster.census.as_ref().and_then(|census| census.entries_unseen.as_ref()) {
        return Err(refused(&format!(
            "the access entries of cluster {name} could not be listed, so which principals would lose their access in mode API is not known"
        ))
        .because(why)
        .hint("the caller needs the IAM actions eks:ListAccessEntries, eks:DescribeAccessEntry and eks:ListAssociatedAccessPolicies"));
    }
    let map = readable(cluster)?;
    let had = map.map(|map| read(&map.data())).unwrap_or_default();
    let left = left_out(cluster, &had, caller, allowed);
    if !left.is_empty() || !had.accounts.is_empty() {
        return Err(not_ready(cluster, &had, &left));
    }
    check_caller(cluster, &had, (caller, allowed))?;
    for out in left_out(cluster, &had, caller, &[]) {
        plan.warnings.push(format!("{} loses its access in mode API, as --allow-lockout allows", one_line(&out.arn)));
    }
    let version = map.map(|map| map.resource_version().to_owned());
    Ok((MapEffect::Changes(MapChange { had, has: Reading::default(), changes: None }), version))
}

/// Checks that the identity that makes the change keeps its access in mode API: a cluster's creator has none without an entry.
///
/// # Errors
/// Neither the map nor an entry names it.
pub(super) fn check_caller(cluster: &ClusterState, had: &Reading, (caller, allowed): Judges<'_>) -> Result<()> {
    let Some(creator) = unnamed_caller(cluster, had, caller) else { return Ok(()) };
    let arn = creator.for_aws_auth().to_string();
    if allowed.iter().any(|allowed| matching_key(allowed) == matching_key(&arn)) {
        return Ok(());
    }
    Err(creator_out(cluster, &arn))
}

/// The map as it was read; `None` where there is none.
fn readable(cluster: &ClusterState) -> Result<Option<&AwsAuthMap>> {
    let name = &cluster.description.arn.name;
    let unknown = || {
        refused(&format!(
            "aws-auth of cluster {name} could not be read, so which principals would lose their access in mode API is not known"
        ))
    };
    match &cluster.aws_auth {
        AwsAuthState::Absent => Ok(None),
        AwsAuthState::Present(map) => Ok(Some(map)),
        AwsAuthState::Unseen(why) => Err(unknown()
            .because_unread(why)
            .hint("run this where the cluster's endpoint can be reached, as an identity that may read aws-auth")),
        AwsAuthState::NotLooked => Err(unknown()
            .because(format!("it is {} and can't be asked", cluster.description.status))
            .hint(awaited(&cluster.description.arn))),
    }
}

/// Everything in the map that has no access entry.
fn not_ready(cluster: &ClusterState, map: &Reading, left: &[LeftOut]) -> Error {
    let arn = &cluster.description.arn;
    let who = match left.len() {
        0 => "the identities of accounts".to_owned(),
        1 => "1 principal".to_owned(),
        some => format!("{some} principals"),
    };
    let mut error = refused(&format!("{who} in aws-auth would lose their access in mode API of cluster {}", arn.name));
    for one in left.iter().take(MOST_TOLD) {
        error = error.because(one.told());
    }
    if let Some(more) = left.len().checked_sub(MOST_TOLD).filter(|more| *more > 0) {
        error = error.because(format!("and {more} more mappings without an access entry"));
    }
    for account in &map.accounts {
        error = error.because(format!(
            "mapAccounts grants access to every identity of account {}, and no access entry does that",
            one_line(&account.account)
        ));
    }
    error.hint(next(cluster, map, left))
}

/// The one next command.
fn next(cluster: &ClusterState, map: &Reading, left: &[LeftOut]) -> String {
    let arn = &cluster.description.arn;
    let place = format!("--cluster-name {} --region {}", shell_word(&arn.name), arn.region);
    match left.first() {
        None => {
            let account = map.accounts.first().map(|account| account.account.clone()).unwrap_or_default();
            let account = shell_word(&account).into_owned();
            format!(
                "remove it once its identities have access entries: eksaccess map --cluster {arn} --account {account} --remove"
            )
        }
        Some(one) if one.is_service_linked => {
            format!(
                "let the service create its access entry first; see which exist: aws eks list-access-entries {place}"
            )
        }
        Some(one) if one.is_node => {
            format!(
                "create access entries of the nodes' type first; see what each mapping becomes: eksaccess migrate --cluster {arn} --dry-run"
            )
        }
        Some(one) => {
            let whom = shell_word(&one.arn);
            format!(
                "give each an access entry first; see what each mapping becomes: eksaccess migrate --cluster {arn} --dry-run (or, to \
                 lock exactly that one out: --allow-lockout {whom})"
            )
        }
    }
}

fn creator_out(cluster: &ClusterState, creator: &str) -> Error {
    let arn = &cluster.description.arn;
    refused(&format!(
        "{creator} makes this change and would lose its access in mode API of cluster {}: neither aws-auth nor an access \
         entry names it, so its access is that of the identity that created the cluster",
        arn.name
    ))
    .hint(format!(
        "give it an access entry first: eksaccess map --cluster {arn} --principal {creator} --via access-entry \
         --access-policy {CLUSTER_ADMIN_POLICY} --no-groups (or, to lock exactly that one out: --allow-lockout {creator})"
    ))
}

fn refused(why: &str) -> Error {
    Error::failed(format!("refused: {why}; nothing was changed"))
}

#[cfg(test)]
#[path = "mode_tests.rs"]
mod tests;
