//! What is seen of the role that a command is about, and of what it is judged by: its trust and its own policies.

use std::time::Duration;

use futures::future::{OptionFuture, join};
use tokio::time::timeout;

use super::call_error::{CallError, CallErrorKind};
use super::explain::explain;
use super::port::{CallResult, IamRead};
use crate::error::{Error, Result, Unread};
use crate::model::{CallerIdentity, Permissions, Principal, PrincipalKind, Role, RoleFacts, RolePolicies};
use crate::plan::Desired;

/// The way a principal was named.
pub(super) enum Named {
    Nobody,
    RoleName(String),
    PermissionSet(String),
    Arn(Principal),
}

/// How long a role that was named by its full ARN is looked for: it can be bound without being seen, after a question.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of the role.
#[derive(Clone, Debug, Default)]
pub(super) struct RoleSight {
    /// The role, where it was seen.
    pub(super) role: Option<Role>,
    /// The principal, resolved.
    pub(super) principal: Option<Principal>,
    /// What it is judged by besides.
    pub(super) facts: RoleFacts,
    /// What is only worth a warning.
    pub(super) warnings: Vec<String>,
}

/// What came of looking for the role by its name, in the first round.
#[derive(Clone)]
pub(super) struct FirstSight {
    found: Found,
    permissions: Permissions,
}

#[derive(Clone)]
enum Found {
    Role(Option<Role>),
    /// The caller may not look at roles: a member of the group seldom may.
    Denied(CallError),
}

/// Looks for the role by its name, and at its own policies where the command gives it to anyone or anything to it.
///
/// # Errors
/// A call that failed for another reason than missing permission.
pub(super) async fn first_sight<I: IamRead>(iam: &I, named: &Named, desired: &Desired) -> Result<FirstSight> {
    let by_name = match named {
        Named::RoleName(name) => Some(name).filter(|_| is_judged(desired)),
        _ => None,
    };
    let policies: OptionFuture<_> = by_name.map(|name| iam.role_policies(name)).into();
    let (found, policies) = join(find_role(iam, named), policies).await;
    Ok(FirstSight { found: found?, permissions: policies.map(permissions).unwrap_or_default() })
}

/// Whether the command lets anyone assume the role, or gives it something.
fn is_judged(desired: &Desired) -> bool {
    let trusts_more = desired.role.as_ref().is_some_and(|wish| wish.trust.names_principals());
    desired.gives() || desired.group.is_some() || trusts_more
}

fn permissions(answer: CallResult<Option<RolePolicies>>) -> Permissions {
    match answer {
        Ok(Some(policies)) => Permissions::Seen(policies),
        Ok(None) => Permissions::NotLooked,
        Err(error) => Permissions::Unseen(reason(&error)),
    }
}

/// Why something could not be seen, the same words for the same reason: no request id.
fn reason(error: &CallError) -> Unread {
    let text = match (error.kind, &error.code) {
        (CallErrorKind::AccessDenied, _) => format!("{} is denied", error.operation),
        (_, Some(code)) => format!("{}: {code}", error.operation),
        (_, None) => format!("{} failed", error.operation),
    };
    Unread { text, chained: error.chained.clone() }
}

async fn find_role<I: IamRead>(iam: &I, named: &Named) -> Result<Found> {
    match named {
        Named::Nobody | Named::Arn(_) => Ok(Found::Role(None)),
        Named::RoleName(name) => match iam.get_role(name).await {
            Ok(role) => Ok(Found::Role(role)),
            Err(error) if error.is(CallErrorKind::AccessDenied) => Ok(Found::Denied(error)),
            Err(error) => Err(explain(&format!("reading role {name}"), &error)),
        },
        Named::PermissionSet(name) => find_permission_set(iam, name).await.map(|r| Found::Role(Some(r))),
    }
}

/// What the first round tells. An ARN is looked up afterwards, or taken as it is written.
///
/// # Errors
/// The role can't be seen where it, or its group, is planned.
pub(super) fn sighted(
    first: FirstSight,
    named: &Named,
    desired: &Desired,
    caller: &CallerIdentity,
) -> Result<RoleSight> {
    let FirstSight { found, permissions } = first;
    let mut facts = RoleFacts { permissions, ..RoleFacts::default() };
    match (found, named) {
        (Found::Denied(error), Named::RoleName(name)) => {
            let (arn, warning) = unseen_role(name, &error, desired, caller)?;
            facts.unseen = Some(reason(&error));
            Ok(RoleSight { role: None, principal: Some(arn), facts, warnings: vec![warning] })
        }
        (Found::Role(Some(role)), _) => {
            Ok(RoleSight { principal: Some(role.arn.clone()), role: Some(role), facts, warnings: Vec::new() })
        }
        (_, Named::Arn(arn)) => Ok(RoleSight { principal: Some(arn.entity()), facts, ..RoleSight::default() }),
        _ => Ok(RoleSight { facts, ..RoleSight::default() }),
    }
}

/// A role that can't be seen is a warning where only its ARN is needed, and an error where it, or its group, is planned.
fn unseen_role(
    name: &str,
    error: &CallError,
    desired: &Desired,
    caller: &CallerIdentity,
) -> Result<(Principal, String)> {
    if desired.role.is_some() || desired.group.is_some() {
        return Err(explain(&format!("reading role {name}"), error));
    }
    let arn = Principal::role(caller.arn.partition, &caller.arn.account, "/", name);
    let warning =
        format!("role {name} could not be read ({error}); assumed to be {arn}, without a path or an external id");
    Ok((arn, warning))
}

/// Where Identity Center keeps the roles of permission sets.
pub(super) const RESERVED_PATH: &str = "/aws-reserved/sso.amazonaws.com/";

async fn find_permission_set<I: IamRead>(iam: &I, name: &str) -> Result<Role> {
    let doing = format!("looking for the role of permission set {name}");
    let prefix = format!("AWSReservedSSO_{name}_");
    let all = iam.list_roles(RESERVED_PATH).await.map_err(|e| explain(&doing, &e))?;
    // The suffix is hexadecimal, so that `Ops` is not found in `Ops_Admin`.
    let mut found: Vec<_> = all
        .into_iter()
        .filter(|r| {
            r.arn.name.strip_prefix(&prefix).is_some_and(|s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_hexdigit()))
        })
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(role), true) => Ok(role),
        (Some(role), false) => {
            Err(Error::failed(format!("permission set {name} has more than one role in this account"))
                .hint(format!("name one of them: --principal {}", role.arn)))
        }
        (None, _) => Err(Error::failed(format!("permission set {name} has no role in this account"))
            .hint("assign the permission set to this account first; Identity Center then creates the role")),
    }
}

/// Looks for a role of the caller's account that was named by ARN: an entry needs its full path, which neither an
/// assumed-role ARN nor a shortened one tells, a kubeconfig what its trust asks for, and a binding is judged by both. One
/// that can't be seen is taken as it is written. Of a user only whether IAM has it counts.
pub(super) async fn look_up<I: IamRead>(
    iam: &I,
    caller: &CallerIdentity,
    arn: &Principal,
    desired: &Desired,
) -> RoleSight {
    let mut sight = RoleSight { principal: Some(arn.clone()), ..RoleSight::default() };
    let own = arn.account == caller.arn.account && arn.partition == caller.arn.partition;
    if own && arn.kind == PrincipalKind::User && desired.bind().is_some() {
        let found = timeout(PATIENCE, iam.get_user(&arn.name)).await;
        sight.warnings.extend(matches!(found, Ok(Ok(None))).then(|| claimable("user", arn)));
        return sight;
    }
    if !own || !arn.is_role() {
        return sight;
    }
    let policies: OptionFuture<_> = is_judged(desired).then(|| iam.role_policies(&arn.name)).into();
    let Ok((found, policies)) = timeout(PATIENCE, join(iam.get_role(&arn.name), policies)).await else {
        let why = format!("iam:GetRole gave no answer within {} s", PATIENCE.as_secs());
        sight.warnings.push(format!("role {arn} could not be read, so its ARN is used as written ({why})"));
        sight.facts.unseen = Some(why.into());
        return sight;
    };
    sight.facts.permissions = policies.map(permissions).unwrap_or_default();
    match found {
        Ok(Some(role)) if arn.path != "/" && role.arn != *arn => {
            sight.warnings.push(format!("role {arn} does not exist in IAM, but {} does", role.arn));
            sight.facts.unseen = Some(format!("IAM has {}", role.arn).into());
        }
        Ok(Some(role)) => {
            sight.principal = Some(role.arn.clone());
            sight.role = Some(role);
        }
        Ok(None) => sight.warnings.push(claimable("role", arn)),
        Err(error) => {
            sight.warnings.push(format!("role {arn} could not be read, so its ARN is used as written ({error})"));
            sight.facts.unseen = Some(reason(&error));
        }
    }
    sight
}

/// What to say of an ARN that IAM does not have: in `aws-auth` it counts for any principal that gets the name.
fn claimable(kind: &str, arn: &Principal) -> String {
    format!(
        "{kind} {arn} does not exist in IAM: any principal that may create a {kind} of that name can take over what is bound to it"
    )
}
