//! The facts behind a plan besides its steps: everything that was read and could have changed it. They are part of the
//! plan's id, so that an approval becomes invalid when they change.

use serde_json::{Value, json};

use super::whole::Plan;
use crate::model::{ClusterState, Group, Observed, Permissions, Role};

/// Makes everything that was read part of the plan's id.
pub(super) fn rest(plan: &mut Plan, seen: &Observed) {
    plan.rest_on("role", seen.role.as_ref().map(role));
    plan.rest_on("permissions", permissions(&seen.role_facts.permissions));
    plan.rest_on("group", seen.group.as_ref().map(group));
    plan.rest_on("users", json!(seen.users));
    plan.rest_on("cluster", seen.cluster.as_ref().map(cluster));
}

fn role(role: &Role) -> Value {
    json!({
        "arn": role.arn.to_string(),
        "id": role.unique_id,
        "created": role.created_at,
        "trust": role.trust,
        "description": role.description,
        "duration": role.max_session_duration,
        "boundary": role.permissions_boundary,
        "tags": role.tags,
    })
}

fn permissions(permissions: &Permissions) -> Value {
    match permissions {
        Permissions::NotLooked => Value::Null,
        Permissions::Unseen(why) => json!({"unseen": why.text}),
        Permissions::Seen(policies) => json!({"attached": policies.attached, "inline": policies.inline}),
    }
}

fn group(group: &Group) -> Value {
    json!({
        "arn": group.arn,
        "members": group.members,
        "inline": group.inline_policies,
        "attached": group.attached_policies,
    })
}

/// Entries and, if they were read, those of others; `aws-auth` has a version of its own in the step.
fn cluster(cluster: &ClusterState) -> Value {
    let census = cluster.census.as_ref();
    json!({
        "arn": cluster.description.arn.to_string(),
        "mode": cluster.description.mode.as_str(),
        "entry": cluster.entry,
        "entries": census.map(|census| &census.entries),
        "nodes": census.map(|census| &census.node_roles),
        "dead": census.map(|census| &census.dead),
    })
}
