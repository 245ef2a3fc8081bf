//! The IAM group whose members may assume the role: one inline policy per role, and its members.

use super::ask::Ask;
use super::doubt::why_joining;
use super::role::PlannedRole;
use super::step::Action;
use super::whole::Plan;
use crate::error::{Error, Result};
use crate::model::{Group, GroupWish, Observed, Scope, policy};

/// Plans the group, its policy and its members.
///
/// # Errors
/// A user that does not exist; members for a role whose trust names its principals, so that a group has no effect.
pub(super) fn plan_group(plan: &mut Plan, wish: &GroupWish, role: &PlannedRole, seen: &Observed) -> Result<()> {
    let users = wish.members_of(&seen.caller.arn.account);
    let missing: Vec<_> = users.iter().copied().filter(|u| !matches!(seen.users.get(*u), Some(Some(_)))).collect();
    if let Some(first) = missing.first() {
        let many = if missing.len() > 1 { "users" } else { "user" };
        return Err(Error::failed(format!(
            "{many} {} not found in account {}; nothing was changed",
            missing.join(", "),
            seen.caller.arn.account
        ))
        .hint(format!("check the name, or create the user: aws iam create-user --user-name {first}")));
    }
    if !role.trusted.own_account {
        return skip(plan, wish, (role, &users), seen);
    }
    let scope = Scope::Account(seen.caller.arn.partition, seen.caller.arn.account.clone());
    let group = seen.group.as_ref();
    let name = group.map_or_else(|| wish.name.clone(), |g| g.name.clone());
    let created = match group {
        Some(_) => None,
        None => Some(plan.push(&scope, Ask::No, &[], Action::CreateGroup { group: name.clone() })),
    };
    let joining = why_joining(role, seen);
    let has_members = group.is_some_and(|g| !g.members.is_empty());
    let place = Place { scope: &scope, group, name: &name, created };
    plan_policy(plan, &place, wish, role, joining.clone().filter(|_| has_members));
    let besides = group.map(|g| opens_besides(g, &role.arn.to_string())).unwrap_or_default();
    for user in users {
        if group.is_some_and(|g| g.members.iter().any(|m| m.eq_ignore_ascii_case(user))) {
            continue;
        }
        let more =
            (!besides.is_empty()).then(|| format!("group {name} gives more than this role: {}", besides.join("; ")));
        let whys: Vec<String> = more.into_iter().chain(joining.clone()).collect();
        let action =
            Action::AddUserToGroup { group: name.clone(), user: user.to_owned(), opens_besides: besides.clone() };
        plan.push(&scope, Ask::because_of(&whys), &[created], action);
    }
    Ok(())
}

/// Skips the group for a role that trusts named principals. Members that the trust does not name would get no access.
fn skip(plan: &mut Plan, wish: &GroupWish, (role, users): (&PlannedRole, &[&str]), seen: &Observed) -> Result<()> {
    let everybody = role.trusted.others.iter().any(|other| other == "*");
    let outside = users
        .iter()
        .filter(|_| !everybody)
        .find(|u| !seen.users.get(**u).is_some_and(|arn| arn.as_ref().is_some_and(|a| role.trusted.named.contains(a))));
    if let Some(&user) = outside {
        let arn = seen.users.get(user).cloned().flatten().unwrap_or_default();
        return Err(Error::usage(format!(
            "user {user} can't get access through a group: role {} trusts only {}, and {user} is not among them",
            role.arn,
            match &role.trusted {
                trusted if !trusted.named.is_empty() => "named principals",
                trusted if !trusted.roles.is_empty() => "roles",
                _ => "principals outside this account",
            }
        ))
        .hint(format!("trust the user: eksaccess role --role {} --add-trust {arn}", role.arn.name)));
    }
    let whom = match &role.trusted {
        trusted if !trusted.named.is_empty() => "named principals",
        trusted if !trusted.roles.is_empty() => "roles of this account, those of a permission set for example",
        _ if everybody => "everyone (*)",
        _ => "principals outside this account",
    };
    plan.notes
        .push(format!("group {} skipped: role {} trusts {whom}, which need no group here", wish.name, role.arn.name));
    Ok(())
}

/// The group that gets a policy.
struct Place<'a> {
    scope: &'a Scope,
    /// The group as read, if it exists.
    group: Option<&'a Group>,
    name: &'a str,
    /// The step that creates it, if this plan does.
    created: Option<usize>,
}

/// The policy that allows assuming the role. `joining` is why granting that to today's members needs a confirmation.
fn plan_policy(plan: &mut Plan, place: &Place<'_>, wish: &GroupWish, role: &PlannedRole, joining: Option<String>) {
    let Place { scope, group, name, created } = *place;
    let (policy_name, sid) = (GroupWish::policy_name(&wish.role), GroupWish::policy_sid(&wish.role));
    let arn = role.arn.to_string();
    let old = group.and_then(|g| g.inline_policies.get(&policy_name));
    let new = old.map_or_else(|| policy::assume_role_policy(&sid, &arn), |doc| policy::converge(doc, &sid, &arn));
    if old == Some(&new) {
        return;
    }
    let replaces = old.is_some_and(|doc| crate::model::trust::statements(doc).iter().any(|s| s["Sid"] == sid.as_str()));
    let stale = replaces.then(|| format!("the statement of eksaccess in policy {policy_name} is different today"));
    let opening = group.and_then(|g| why_opening(g, &wish.members_of(&role.arn.account), &arn));
    let whys: Vec<_> = stale.into_iter().chain(opening).chain(joining).collect();
    let action = Action::PutGroupPolicy { group: name.to_owned(), policy: policy_name, from: old.cloned(), to: new };
    plan.push(scope, Ask::because_of(&whys), &[created], action);
}

/// Members that the command does not name and that can't assume the role yet.
fn why_opening(group: &Group, users: &[&str], role_arn: &str) -> Option<String> {
    if group.inline_policies.values().any(|doc| policy::opens(doc, role_arn)) {
        return None;
    }
    let named = |member: &&String| users.iter().any(|user| user.eq_ignore_ascii_case(member));
    let others: Vec<_> = group.members.iter().filter(|m| !named(m)).cloned().collect();
    match &others[..] {
        [] => None,
        [one] => Some(format!("{one} is already a member and gets the role as well")),
        many => Some(format!("{} are already members and get the role as well", many.join(", "))),
    }
}

/// What the group allows besides the role, inline and attached; an attached policy is listed by name, unread.
fn opens_besides(group: &Group, role_arn: &str) -> Vec<String> {
    let inline = group.inline_policies.iter().flat_map(|(name, doc)| {
        policy::opens_besides(doc, role_arn).into_iter().map(move |what| format!("{what} (policy {name})"))
    });
    inline.chain(group.attached_policies.iter().map(|arn| format!("whatever {arn} allows"))).collect()
}
