//! Access entries: created, read, changed, deleted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::cluster::{AccessEntry, Association};
use super::super::error::ApiError;
use super::super::policy::texts;
use super::super::state::State;
use super::super::time::epoch_seconds;
use super::entry_policies::{CLUSTER_ADMIN, policy_arn};
use super::{Route, entry_rules as rules, tags, updates};
use eksaccess::model::arn::Principal;

const MISSING: &str = "The specified principalArn could not be found. You can view your available access entries with \
                       'list-access-entries'.";

/// Authorises an action on the entry of a route and returns its cluster's index.
pub fn target(call: &mut Call, action: &str, route: &Route) -> Result<usize, ApiError> {
    let place = super::position(call, &route.cluster);
    let known = place.as_ref().ok().and_then(|p| call.state.clusters[*p].entries.get(&route.object));
    let resource = known.map_or_else(
        || {
            let (partition, account) = (call.caller.partition, &call.caller.account);
            format!("arn:{partition}:eks:{}:{account}:access-entry/{}/*", call.region, route.cluster)
        },
        |entry| entry.arn.clone(),
    );
    call.authorize(action, &resource)?;
    let place = place?;
    mode_allows(call, place)?;
    match super::at(call, place).entries.contains_key(&route.object) {
        true => Ok(place),
        false => Err(ApiError::not_found(MISSING)),
    }
}

fn mode_allows(call: &mut Call, place: usize) -> Result<(), ApiError> {
    if super::at(call, place).mode.has_entries() {
        return Ok(());
    }
    Err(ApiError::invalid_request(
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    ))
}

pub fn create(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:CreateAccessEntry", route)?;
    mode_allows(call, place)?;
    let body = call.request.json()?;
    if let Some(answer) = updates::remembered(call, place, &body)? {
        return Ok(answer);
    }
    let arn = super::text(&body, "principalArn").unwrap_or_default();
    let kind = super::text(&body, "type").unwrap_or_else(|| "STANDARD".to_owned());
    rules::check_type(&kind)?;
    let (principal, id) = rules::check_principal(call, &arn, &kind)?;
    let (username, groups) = naming(&body, &principal, &kind)?;
    let tags = tags::read(&body)?;
    if kind == "EC2_LINUX" || kind == "EC2_WINDOWS" {
        call.authorize("iam:PassRole", &arn)?;
    }
    let entries = &super::at(call, place).entries;
    if entries.contains_key(&arn) {
        return Err(ApiError::in_use("The specified access entry resource is already in use on this cluster."));
    }
    if entries.len() >= 3000 {
        let message = "The maximum number of access entries has been reached for this cluster.";
        return Err(ApiError::new(400, "ResourceLimitExceededException", message));
    }
    let mut entry = new(call.state, place, &principal, id);
    (entry.kind, entry.username, entry.groups, entry.tags) = (kind, username, groups, tags);
    let answer = json!({ "accessEntry": shown(&entry, &route.cluster) });
    super::at(call, place).entries.insert(arn, entry);
    updates::remember(call, place, body, answer.clone());
    Ok(answer)
}

/// The requested username and groups; node types accept neither.
fn naming(body: &Value, principal: &Principal, kind: &str) -> Result<(String, Vec<String>), ApiError> {
    let username = super::text(body, "username").filter(|u| !u.is_empty());
    let groups: Vec<String> = texts(body.get("kubernetesGroups")).into_iter().map(str::to_owned).collect();
    if kind != "STANDARD" {
        if username.is_some() || !groups.is_empty() {
            return Err(ApiError::invalid_parameter(
                "You can only specify a username or kubernetes groups for access entries with a type of \"STANDARD\".",
            ));
        }
        return Ok((rules::default_username(principal, kind), rules::node_groups(kind)));
    }
    rules::check_groups(&groups)?;
    if let Some(username) = &username {
        rules::check_username(username)?;
    }
    Ok((username.unwrap_or_else(|| rules::default_username(principal, kind)), groups))
}

fn new(state: &mut State, place: usize, principal: &Principal, principal_id: String) -> AccessEntry {
    let uuid = state.ids.uuid();
    let (now, effective_at) = (state.now, state.effective_at());
    let cluster = &state.clusters[place];
    let what = if principal.is_role() { "role" } else { "user" };
    let arn = format!(
        "arn:{}:eks:{}:{}:access-entry/{}/{what}/{}/{}/{uuid}",
        cluster.partition, cluster.region, cluster.account, cluster.name, principal.account, principal.name
    );
    AccessEntry {
        principal_arn: principal.to_string(),
        principal_id,
        arn,
        kind: "STANDARD".to_owned(),
        username: rules::default_username(principal, "STANDARD"),
        groups: Vec::new(),
        tags: BTreeMap::new(),
        created_at: now,
        modified_at: now,
        effective_at,
        policies: Vec::new(),
    }
}

/// The entries that EKS creates by itself: the creator's, who is an administrator, and the nodes'.
pub fn made_by_eks(state: &mut State, place: usize) {
    let cluster = &state.clusters[place];
    let partition = cluster.partition;
    let creator = cluster.creator.as_ref().map(|(_, arn)| (arn.clone(), "STANDARD"));
    let nodes = cluster.node_groups.values().filter_map(|n| Some((n["nodeRole"].as_str()?.to_owned(), "EC2_LINUX")));
    let wanted: Vec<(String, &str)> = creator.into_iter().chain(nodes).collect();
    for (arn, kind) in wanted {
        let (Ok(principal), Some(id)) = (arn.parse::<Principal>(), state.id_of_arn(&arn)) else { continue };
        let mut entry = new(state, place, &principal, id);
        entry.effective_at = state.now;
        if kind == "STANDARD" {
            entry.policies.push(Association {
                policy_arn: policy_arn(partition, CLUSTER_ADMIN),
                namespaces: None,
                associated_at: state.now,
                modified_at: state.now,
            });
        } else {
            kind.clone_into(&mut entry.kind);
            entry.username = rules::default_username(&principal, kind);
            entry.groups = vec!["system:nodes".to_owned()];
        }
        state.clusters[place].entries.entry(arn).or_insert(entry);
    }
}

pub fn describe(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = target(call, "eks:DescribeAccessEntry", route)?;
    Ok(json!({ "accessEntry": shown(&super::at(call, place).entries[&route.object], &route.cluster) }))
}

/// As in EKS, an omitted field is reset.
pub fn update(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = target(call, "eks:UpdateAccessEntry", route)?;
    let body = call.request.json()?;
    if let Some(answer) = updates::remembered(call, place, &body)? {
        return Ok(answer);
    }
    let kind = super::at(call, place).entries[&route.object].kind.clone();
    if kind != "STANDARD" {
        return Err(ApiError::invalid_parameter("You can only modify access entries with a type of \"STANDARD\"."));
    }
    let principal: Principal = route
        .object
        .parse()
        .map_err(|_| ApiError::invalid_parameter("The principalArn parameter format is not valid"))?;
    let (username, groups) = naming(&body, &principal, &kind)?;
    let now = call.state.now;
    let entry = super::at(call, place).entries.get_mut(&route.object).expect("the entry was just found");
    (entry.username, entry.groups, entry.modified_at) = (username, groups, now);
    let answer = json!({ "accessEntry": shown(entry, &route.cluster) });
    updates::remember(call, place, body, answer.clone());
    Ok(answer)
}

pub fn delete(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = target(call, "eks:DeleteAccessEntry", route)?;
    super::at(call, place).entries.remove(&route.object);
    Ok(json!({}))
}

pub fn list(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:ListAccessEntries", route)?;
    mode_allows(call, place)?;
    let policy = call.request.query_value("associatedPolicyArn");
    let arns: Vec<Value> = super::at(call, place)
        .entries
        .values()
        .filter(|e| policy.as_ref().is_none_or(|p| e.policies.iter().any(|a| a.policy_arn == *p)))
        .map(|e| json!(e.principal_arn))
        .collect();
    super::paged(call, "accessEntries", &arns)
}

fn shown(entry: &AccessEntry, cluster: &str) -> Value {
    json!({ "clusterName": cluster, "principalArn": entry.principal_arn, "kubernetesGroups": entry.groups,
        "accessEntryArn": entry.arn, "createdAt": epoch_seconds(entry.created_at),
        "modifiedAt": epoch_seconds(entry.modified_at), "tags": entry.tags, "username": entry.username,
        "type": entry.kind })
}
