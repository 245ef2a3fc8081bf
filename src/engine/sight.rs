//! Reads the role of a command, and what it is checked by: its trust and its own policies.

use std::time::Duration;

use futures::future::{OptionFuture, join};
use tokio::time::timeout;

use super::call_error::{CallError, CallErrorKind};
use super::explain::explain;
use super::port::{CallResult, IamRead};
use crate::error::{Error, Result, Unread};
use crate::model::{CallerIdentity, Permissions, Principal, PrincipalKind, Role, RoleFacts, RolePolicies};
use crate::plan::Desired;

/// How a principal was named.
pub(super) enum Named {
    Nobody,
    RoleName(String),
    PermissionSet(String),
    Arn(Principal),
}

/// How long a role named by its full ARN is searched for: after a confirmation it can be bound without being read.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of the role.
#[derive(Clone, Debug, Default)]
pub(super) struct RoleSight {
    /// The role, if it could be read.
    pub(super) role: Option<Role>,
    /// The principal, resolved.
    pub(super) principal: Option<Principal>,
    /// What else it is checked by.
    pub(super) facts: RoleFacts,
    /// Findings that are only warnings.
    pub(super) warnings: Vec<String>,
}

/// The result of looking up the role by its name, in the first round.
#[derive(Clone)]
pub(super) struct FirstSight {
    found: Found,
    permissions: Permissions,
}

#[derive(Clone)]
enum Found {
    Role(Option<Role>),
    /// The caller may not read roles: members of the group often can't.
    Denied(CallError),
}

/// Looks up the role by its name, and its own policies if the command changes its trust or grants it something.
///
/// # Errors
/// A call that failed for a reason other than a missing permission.
pub(super) async fn first_sight<I: IamRead>(iam: &I, named: &Named, desired: &Desired) -> Result<FirstSight> {
    let by_name = match named {
        Named::RoleName(name) => Some(name).filter(|_| is_judged(desired)),
        _ => None,
    };
    let policies: OptionFuture<_> = by_name.map(|name| iam.role_policies(name)).into();
    let (found, policies) = join(find_role(iam, named), policies).await;
    Ok(FirstSight { found: found?, permissions: policies.map(permissions).unwrap_or_default() })
}

/// Whether the command lets principals assume the role, or grants it something.
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

/// Why something could not be read, without a request id, so that equal reasons have equal words.
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

/// The result of the first round. An ARN is looked up afterwards, or used as written.
///
/// # Errors
/// The role can't be read but it, or its group, is to be changed.
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

/// A role that can't be read is a warning if only its ARN is needed, and an error if it, or its group, is to be
/// changed.
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

/// The path of Identity Center's roles for permission sets.
pub(super) const RESERVED_PATH: &str = "/aws-reserved/sso.amazonaws.com/";

async fn find_permission_set<I: IamRead>(iam: &I, name: &str) -> Result<Role> {
    let doing = format!("looking for the role of permission set {name}");
    let prefix = format!("AWSReservedSSO_{name}_");
    let all = iam.list_roles(RESERVED_PATH).await.map_err(|e| explain(&doing, &e))?;
    // The suffix is hexadecimal, so that `Ops` does not match `Ops_Admin`.
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

/// Looks up a role of the caller's account that was named by ARN: an entry needs its full path, which is missing in an
/// assumed-role ARN and a shortened one, a kubeconfig needs what its trust requires, and the guard of a binding needs
/// both. One that can't be read is used as written. For a user only the existence matters.
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

/// The warning for an ARN that does not exist in IAM: in `aws-auth` it applies to any principal created under that
/// name.
fn claimable(kind: &str, arn: &Principal) -> String {
    format!(
        "{kind} {arn} does not exist in IAM: any principal that may create a {kind} of that name can take over what is bound to it"
    )
}
