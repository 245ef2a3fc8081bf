//! From a token to an identity in the cluster: access entries, then the creator, then `aws-auth`.

use super::super::cluster::{AccessEntry, Cluster};
use super::super::state::{Caller, State};
use super::super::wire::HttpRequest;
use super::{template, token};

/// The source of an identity.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// An access entry, by the principal's ARN; whether `aws-auth` maps the same principal, without effect.
    AccessEntry { principal_arn: String, masks: bool },
    /// The cluster's creator.
    Creator,
    /// The ConfigMap.
    AwsAuth,
}

/// An identity in the cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    pub username: String,
    /// Without `system:authenticated`.
    pub groups: Vec<String>,
    /// The ARN from STS.
    pub arn: String,
    /// The ARN of the role (without its path) or of the user.
    pub canonical_arn: String,
    pub account: String,
    /// `AIDA…` or `AROA…`.
    pub principal_id: String,
    pub session_name: String,
    pub access_key_id: String,
    pub source: Source,
}

/// The identity behind a request's bearer token.
pub fn of_request(state: &State, place: usize, request: &HttpRequest) -> Option<Identity> {
    let token = request.header("authorization")?.strip_prefix("Bearer ")?;
    identify(state, &state.clusters[place], token).ok()
}

/// The identity of a token in the cluster, or why it has none.
pub fn identify(state: &State, cluster: &Cluster, token: &str) -> Result<Identity, String> {
    if cluster.unauthenticated {
        return Err("the authenticator is down".to_owned());
    }
    let caller = token::verify(state, cluster, token)?;
    whoami(state, cluster, &caller).ok_or_else(|| format!("{} is not mapped", caller.arn))
}

/// The identity of a token from the access entries alone.
pub fn by_entries(state: &State, cluster: &Cluster, token: &str) -> Result<Option<Identity>, String> {
    let caller = token::verify(state, cluster, token)?;
    Ok(of_entry(state, cluster, &caller))
}

/// The identity that a caller would have in the cluster.
pub fn whoami(state: &State, cluster: &Cluster, caller: &Caller) -> Option<Identity> {
    if matching_entry(state, cluster, caller).is_some() {
        return of_entry(state, cluster, caller);
    }
    if !cluster.mode.has_config_map() {
        return None;
    }
    // Once entries are used, the creator has one of its own, or none.
    let creator = cluster.creator.as_ref().is_some_and(|(id, _)| *id == caller.entity_id);
    if creator && !cluster.mode.has_entries() {
        let groups = vec!["system:masters".to_owned()];
        return Some(identity(caller, "kubernetes-creator".to_owned(), groups, Source::Creator));
    }
    let (username, groups) = cluster.mappings()?.find(caller)?;
    Some(identity(caller, username, groups, Source::AwsAuth))
}

/// Entries are found by the principal's unique id, so the entry of a recreated role does not match.
fn matching_entry<'a>(state: &State, cluster: &'a Cluster, caller: &Caller) -> Option<&'a AccessEntry> {
    if !cluster.mode.has_entries() {
        return None;
    }
    cluster.entries.values().find(|e| e.principal_id == caller.entity_id && e.effective_at <= state.now)
}

fn of_entry(state: &State, cluster: &Cluster, caller: &Caller) -> Option<Identity> {
    let entry = matching_entry(state, cluster, caller)?;
    let username = template::expand(&entry.username, caller)?;
    let groups = entry.groups.iter().map(|g| template::expand(g, caller)).collect::<Option<_>>()?;
    let mapped = || cluster.mappings().is_some_and(|mappings| mappings.names(caller));
    let masks = cluster.mode.has_config_map() && mapped();
    let source = Source::AccessEntry { principal_arn: entry.principal_arn.clone(), masks };
    Some(identity(caller, username, groups, source))
}

/// The ARN to look up in `aws-auth`: for a session its role's, without the path.
fn canonical_arn(caller: &Caller) -> String {
    match caller.session {
        Some(_) => {
            let Caller { partition, account, .. } = caller;
            format!("arn:{partition}:iam::{account}:role/{}", caller.entity_name())
        }
        None => caller.arn.clone(),
    }
}

fn identity(caller: &Caller, username: String, groups: Vec<String>, source: Source) -> Identity {
    Identity {
        username,
        groups,
        arn: caller.arn.clone(),
        canonical_arn: canonical_arn(caller),
        account: caller.account.clone(),
        principal_id: caller.entity_id.clone(),
        session_name: caller.session.clone().unwrap_or_default(),
        access_key_id: caller.access_key_id.clone(),
        source,
    }
}
