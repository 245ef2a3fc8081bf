//! The state after a plan: the role's trust, the principal's entry, the map. Used by the proof and the guard.

use std::collections::BTreeMap;

use serde_json::Value;

use super::step::Action;
use super::whole::Plan;
use crate::model::{AccessEntry, AssociatedPolicy, Observed};

/// The objects after a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Becomes {
    /// The role's trust policy; `None` if there is no role.
    pub trust: Option<Value>,
    /// The principal's access entry; `None` if absent.
    pub entry: Option<AccessEntry>,
    /// The data of `aws-auth`, if the plan writes it.
    pub aws_auth: Option<BTreeMap<String, String>>,
}

impl Becomes {
    /// From what was read and the steps of a plan.
    pub(super) fn of(plan: &Plan, seen: &Observed) -> Self {
        let begin = Self {
            trust: seen.role.as_ref().map(|role| role.trust.clone()),
            entry: seen.cluster.as_ref().and_then(|cluster| cluster.entry.clone()),
            aws_auth: None,
        };
        plan.steps.iter().fold(begin, |so_far, step| so_far.after(&step.action))
    }

    fn after(self, action: &Action) -> Self {
        match action {
            Action::CreateRole { role, .. } => Self { trust: Some(role.trust.clone()), ..self },
            Action::UpdateTrust { to, .. } => Self { trust: Some(to.clone()), ..self },
            Action::WriteAwsAuth(write) => Self { aws_auth: Some(write.becomes.clone()), ..self },
            Action::RestoreAwsAuth { content, .. } => Self { aws_auth: Some(content.data.clone()), ..self },
            _ => Self { entry: entry_after(self.entry, action), ..self },
        }
    }
}

fn entry_after(entry: Option<AccessEntry>, action: &Action) -> Option<AccessEntry> {
    let others = |entry: &AccessEntry, arn: &str| -> Vec<AssociatedPolicy> {
        entry.policies.iter().filter(|policy| policy.arn != arn).cloned().collect()
    };
    match (entry, action) {
        (_, Action::DeleteEntry { .. }) => None,
        (_, Action::CreateEntry { principal, entry_type, identity, tags, .. }) => Some(AccessEntry {
            principal: principal.clone(),
            arn: String::new(),
            entry_type: entry_type.clone(),
            username: identity.username.clone(),
            groups: identity.groups.clone(),
            tags: tags.clone(),
            created_at: None,
            policies: Vec::new(),
        }),
        (Some(entry), Action::UpdateEntry { to, .. }) => {
            Some(AccessEntry { username: to.username.clone(), groups: to.groups.clone(), ..entry })
        }
        (Some(entry), Action::AssociatePolicy { policy, scope, .. }) => {
            let mut policies = others(&entry, policy);
            policies.push(AssociatedPolicy { arn: policy.clone(), scope: scope.to.clone() });
            Some(AccessEntry { policies, ..entry })
        }
        (Some(entry), Action::DisassociatePolicy { policy, .. }) => {
            Some(AccessEntry { policies: others(&entry, policy), ..entry })
        }
        (entry, _) => entry,
    }
}
