//! Whether a principal's own policies allow it to assume a role, by simulation: yes, only with MFA, or no and why. A
//! missing permission can be granted; a deny, a boundary or the organisation can't be overridden by a policy.

use crate::engine::known::Known;
use crate::engine::port::{CallResult, Connect, Simulated};
use crate::model::{Principal, PrincipalKind, trust};

/// The result of the policies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Allowed {
    /// They allow it.
    Yes,
    /// They allow it to a session with MFA, or deny it to any other.
    WithMfa,
    /// None of them allows it.
    No,
    /// The permissions boundary does not allow it.
    Bounded,
    /// Something denies it.
    Denied {
        /// Whether IAM names the organisation.
        by_organisation: bool,
    },
    /// AWS does not allow this kind of principal to assume a role, whatever its policies.
    Never(&'static str),
}

/// Why AWS does not allow a principal of this kind to assume a role.
pub(super) const fn never(who: &Principal) -> Option<&'static str> {
    match who.kind {
        PrincipalKind::Root => Some("is the account's root user, which may not assume roles (AWS)"),
        PrincipalKind::FederatedUser => {
            Some("is a session of GetFederationToken, which may call only GetCallerIdentity of STS (AWS)")
        }
        PrincipalKind::Role | PrincipalKind::User | PrincipalKind::AssumedRole(_) => None,
    }
}

/// Asks IAM; a second time with MFA only if the first answer is no.
pub(super) async fn may_assume<C: Connect>(
    account: &Known<'_, C>,
    who: &Principal,
    role: &Principal,
) -> CallResult<Allowed> {
    if let Some(why) = never(who) {
        return Ok(Allowed::Never(why));
    }
    let (who, role) = (source(account, who).await, role.to_string());
    if account.simulate(&who, trust::ASSUME_ROLE, &role, false).await? == Simulated::Allowed {
        return Ok(Allowed::Yes);
    }
    Ok(match account.simulate(&who, trust::ASSUME_ROLE, &role, true).await? {
        Simulated::Allowed => Allowed::WithMfa,
        Simulated::Missing => Allowed::No,
        Simulated::Bounded => Allowed::Bounded,
        Simulated::Denied { by_organisation } => Allowed::Denied { by_organisation },
    })
}

/// The ARN whose policies are simulated: a session's ARN lacks its role's path, and Identity Center's roles have one.
async fn source<C: Connect>(account: &Known<'_, C>, who: &Principal) -> String {
    let role = match who.kind {
        PrincipalKind::AssumedRole(_) => account.role(&who.name).await.ok().flatten(),
        _ => None,
    };
    role.map_or_else(|| who.entity(), |role| role.arn).to_string()
}
