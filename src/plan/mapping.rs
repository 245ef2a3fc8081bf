//! The principal's mapping in `kube-system/aws-auth`, as desired by the binding.

use serde_json::json;

use super::binding::Binding;
use super::effects::MapEffect;
use super::map::map_as_seen;
use super::map_change::plan_changes;
use super::place::Place;
use super::step::{Action, AwsAuthWrite};
use super::whole::Plan;
use crate::aws_auth::{Change, Groups, Opened};
use crate::error::Result;
use crate::model::AwsAuthMap;
use crate::model::desired::{GroupsWish, OWNER_CLI};
use crate::model::ownership::{self, Marked};

/// Plans the mapping.
///
/// # Errors
/// An `aws-auth` that could not be read, is immutable, is invalid or can't be edited with proof.
pub(super) fn plan_mapping(plan: &mut Plan, binding: &Binding<'_>, opened: Opened<'_>) -> Result<MapEffect> {
    let map = map_as_seen(binding.cluster)?;
    let is_mapped = !opened.reading.effective(binding.principal).is_empty();
    let change = upsert(binding, is_mapped)?;
    let made = binding.role.and_then(|role| role.created_by);
    let effect = plan_changes(plan, Place::Cluster(binding.cluster), opened, vec![change], made)?;
    let write = plan.steps.last().and_then(|step| match &step.action {
        Action::WriteAwsAuth(write) => Some(write),
        _ => None,
    });
    let warning = map.zip(write).and_then(|(map, write)| unmarked(map, write));
    plan.warnings.extend(warning);
    Ok(effect)
}

fn upsert(binding: &Binding<'_>, is_mapped: bool) -> Result<Change> {
    let (username, groups) = if is_mapped {
        let groups = match &binding.wish.groups {
            GroupsWish::Unsaid => Groups::Keep,
            GroupsWish::Exactly(groups) => Groups::Set(groups.clone()),
            GroupsWish::Append(groups) => Groups::Append(groups.clone()),
        };
        (binding.wish.username.clone(), groups)
    } else {
        (Some(binding.new_username()), Groups::Set(binding.new_groups()?))
    };
    Ok(Change::Upsert { arn: binding.principal.clone(), username, groups })
}

/// A warning if the ownership mark can't be added to the object.
fn unmarked(map: &AwsAuthMap, write: &AwsAuthWrite) -> Option<String> {
    let mut object = json!({"metadata": {"annotations": map.object["metadata"]["annotations"]}});
    let mut new = write.edits.iter().filter(|edit| edit.ours);
    new.find_map(|edit| {
        let why = match ownership::mark(&mut object, OWNER_CLI, &edit.whom) {
            Marked::Yes => return None,
            Marked::NoRoom => {
                format!("its annotations may hold only {} KiB in total", ownership::MAX_ANNOTATIONS / 1024)
            }
            Marked::NotOurs => format!("its annotation {} can't be read", ownership::OWNERS_ANNOTATION),
        };
        Some(format!("{} is mapped without the mark of eksaccess, which can't be added to aws-auth: {why}", edit.whom))
    })
}
