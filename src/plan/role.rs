//! The IAM role: created with the desired values or the defaults, changed only in what the command names.

use std::collections::BTreeMap;

use serde_json::Value;

use super::ask::Ask;
use super::step::Action;
use super::whole::Plan;
use crate::error::{Error, Result, one_line, shell_word};
use crate::model::desired::{DEFAULT_DESCRIPTION, OWNER_CLI, OWNER_KEY};
use crate::model::permission_set;
use crate::model::statement::Statement;
use crate::model::trust::{self, Trusted};
use crate::model::trust_change::{Amended, Unchangeable, amend, judge_new};
use crate::model::{NewRole, Observed, Partition, Principal, Role, RoleWish, Scope, TrustNeeds};

/// The role after the plan, as input for the other parts.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedRole {
    /// The full ARN.
    pub arn: Principal,
    /// What its trust requires of those who assume it.
    pub needs: TrustNeeds,
    /// The principals that its trust admits.
    pub trusted: Trusted,
    /// The step that creates it, if this plan does.
    pub created_by: Option<usize>,
    /// When it was created, seconds since the epoch, if it exists.
    pub created_at: Option<i64>,
    /// The resulting trust policy, if it could be read.
    pub trust: Option<Value>,
    /// The step that changes the trust, if this plan does.
    pub changed_by: Option<usize>,
}

/// Plans the role.
///
/// # Errors
/// A change of an existing role's path, which is impossible; a role of another account.
pub(super) fn plan_role(plan: &mut Plan, wish: &RoleWish, seen: &Observed) -> Result<PlannedRole> {
    let (partition, account) = (seen.caller.arn.partition, seen.caller.arn.account.clone());
    check_account(wish, seen)?;
    check_partition(wish, partition)?;
    let scope = Scope::Account(partition, account.clone());
    let Some(role) = &seen.role else {
        let path = wish.path.clone().unwrap_or_else(|| "/".to_owned());
        let arn = Principal::role(partition, &account, &path, &wish.name);
        let trust = trust::create(partition, &account, &wish.trust);
        let notes = judge_new(&trust, &wish.trust).map_err(|e| unchangeable(wish, &e))?;
        plan.notes.extend(notes);
        let made = planned(arn.clone(), &trust);
        let id = plan.push(&scope, Ask::No, &[], create(wish, arn.to_string(), path, trust));
        return Ok(PlannedRole { created_by: Some(id), ..made });
    };
    if let Some(path) = wish.path.as_ref().filter(|p| **p != role.arn.path) {
        return Err(Error::usage(format!(
            "role {} exists with the path {}; a role's path can't be changed to {path}",
            role.arn, role.arn.path
        ))
        .hint("leave --path out, or name another role with --role"));
    }
    let (trust, changed_by) = converge(plan, &scope, wish, role)?;
    plan.warnings.extend(wide_sets(&role.arn.name, &trust));
    Ok(PlannedRole { created_at: role.created_at, changed_by, ..planned(role.arn.clone(), &trust) })
}

/// Refuses a role given by the ARN of another account.
fn check_account(wish: &RoleWish, seen: &Observed) -> Result<()> {
    match &wish.account {
        Some(account) if *account != seen.caller.arn.account => Err(Error::usage(format!(
            "--role: role {} is in account {account}, but the credentials are those of {}",
            wish.name, seen.caller.arn
        ))
        .hint(format!("run this command with credentials of account {account}: --profile selects them"))),
        _ => Ok(()),
    }
}

/// Refuses a principal of another partition, which IAM would only call invalid.
fn check_partition(wish: &RoleWish, partition: Partition) -> Result<()> {
    let named = wish.trust.principals.iter().flatten().chain(&wish.trust.add);
    let foreign = named.filter_map(|text| text.parse::<Principal>().ok()).find(|p| p.partition != partition);
    match foreign {
        None => Ok(()),
        Some(principal) => Err(Error::usage(format!(
            "--trust: {principal} is in partition {}, but role {} in {partition}: a role can trust only principals of its own partition",
            principal.partition, wish.name
        ))),
    }
}

fn planned(arn: Principal, policy: &Value) -> PlannedRole {
    let trusted = trust::trusted(arn.partition, &arn.account, policy);
    PlannedRole {
        needs: trust::needs(policy),
        trusted,
        created_by: None,
        created_at: None,
        trust: Some(policy.clone()),
        changed_by: None,
        arn,
    }
}

/// The role as it is, for a command that does not change it.
pub fn existing(role: &Role) -> PlannedRole {
    PlannedRole { created_at: role.created_at, ..planned(role.arn.clone(), &role.trust) }
}

fn create(wish: &RoleWish, arn: String, path: String, trust: Value) -> Action {
    let mut tags = wish.tags.clone();
    tags.entry(OWNER_KEY.to_owned()).or_insert_with(|| OWNER_CLI.to_owned());
    Action::CreateRole {
        arn,
        role: NewRole {
            name: wish.name.clone(),
            path,
            trust,
            description: wish.description.clone().unwrap_or_else(|| DEFAULT_DESCRIPTION.to_owned()),
            max_session_duration: wish.max_session_duration,
            permissions_boundary: wish.permissions_boundary.clone(),
            tags,
        },
    }
}

/// Adds steps for what is desired and different in the role; returns the resulting trust, and the step that writes it.
///
/// # Errors
/// A statement of the trust can't be changed as desired.
fn converge(plan: &mut Plan, scope: &Scope, wish: &RoleWish, role: &Role) -> Result<(Value, Option<usize>)> {
    let name = role.arn.name.clone();
    let amended = amend(role.arn.partition, &role.arn.account, &role.trust, &wish.trust);
    let Amended { policy: trust, takes, notes } = amended.map_err(|e| unchangeable(wish, &e))?;
    plan.notes.extend(notes);
    let mut changed_by = None;
    if trust != role.trust {
        let why = (!takes.is_empty())
            .then(|| format!("the trust policy of an existing role is replaced: {}", takes.join("; ")));
        let action = Action::UpdateTrust { role: name.clone(), from: role.trust.clone(), to: trust.clone() };
        changed_by = Some(plan.push(scope, Ask::because(why), &[], action));
    }
    update_role(plan, scope, wish, role);
    if let Some(boundary) = wish.permissions_boundary.as_ref().filter(|b| role.permissions_boundary.as_ref() != Some(b))
    {
        let ask = Ask::Overwrites("the role's permissions boundary is replaced".to_owned());
        let action =
            Action::PutBoundary { role: name.clone(), from: role.permissions_boundary.clone(), to: boundary.clone() };
        plan.push(scope, ask, &[], action);
    }
    let tags: BTreeMap<String, String> =
        wish.tags.iter().filter(|(k, v)| role.tags.get(*k) != Some(v)).map(|(k, v)| (k.clone(), v.clone())).collect();
    if !tags.is_empty() {
        let replaced: Vec<_> = tags.keys().filter(|k| role.tags.contains_key(*k)).cloned().collect();
        let why = (!replaced.is_empty()).then(|| format!("the tag {} has another value today", replaced.join(", ")));
        plan.push(scope, Ask::because(why), &[], Action::TagRole { role: name, tags });
    }
    Ok((trust, changed_by))
}

/// A statement that can't be changed, with the command that names the principals that the trust could have without it.
fn unchangeable(wish: &RoleWish, found: &Unchangeable) -> Error {
    let name = shell_word(&wish.name);
    let asked = [
        wish.trust.require_mfa.then(|| " --require-mfa".to_owned()),
        wish.trust.external_id.as_ref().map(|id| format!(" --external-id {}", shell_word(id))),
        wish.trust.org_id.as_ref().map(|id| format!(" --org-id {}", shell_word(id))),
    ];
    let error = Error::usage(format!("{}: role {}: {}; nothing was changed", found.option, wish.name, found.why));
    if found.stay.is_empty() {
        let look = format!("aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument");
        return error.hint(format!("leave {} out, or look at the trust: {look}", found.option));
    }
    let whole = found.stay.iter().fold(String::new(), |all, who| format!("{all} --trust {}", shell_word(who)));
    let asked: String = asked.into_iter().flatten().collect();
    error.hint(format!("trust only principals that can: eksaccess role --role {name}{whole}{asked}"))
}

/// The patterns of a trust that admit more than the intended permission set, and the command that narrows each.
fn wide_sets(role: &str, trust: &Value) -> Vec<String> {
    let told = |found: permission_set::Wide| {
        let pattern = one_line(&found.pattern);
        if found.name.is_empty() {
            return format!(
                "the trust of role {role} allows every permission set ({pattern}); name the intended ones: eksaccess role \
                 --role {role} --trust-permission-set NAME"
            );
        }
        let name = found.name;
        format!(
            "the trust of role {role} allows every permission set whose name begins with {name}, such as {name}_Audit ({pattern}); narrow it: eksaccess role --role {role} --trust-permission-set {name}"
        )
    };
    permission_set::wide(&Statement::all(trust)).into_iter().map(told).collect()
}

fn update_role(plan: &mut Plan, scope: &Scope, wish: &RoleWish, role: &Role) {
    let description = wish.description.clone().unwrap_or_else(|| role.description.clone());
    let duration = wish.max_session_duration.unwrap_or(role.max_session_duration);
    if description == role.description && duration == role.max_session_duration {
        return;
    }
    let shorter = duration < role.max_session_duration;
    let why = shorter.then(|| format!("sessions get shorter: {} s today", role.max_session_duration));
    let action = Action::UpdateRole {
        role: role.arn.name.clone(),
        from_description: role.description.clone(),
        description,
        from_max_session_duration: role.max_session_duration,
        max_session_duration: duration,
    };
    plan.push(scope, Ask::because(why), &[], action);
}
