//! Whether somebody's own policies let them take a role, by simulation: at once, with a second factor, or not at all.

use crate::engine::port::{CallResult, Connect, Iam};
use crate::model::{Principal, PrincipalKind, trust};

/// What the policies say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Allowed {
    /// They allow it.
    Yes,
    /// They allow it to a session that was made with a second factor, or deny it to any other.
    WithMfa,
    /// They do not.
    No,
}

/// Asks IAM; a second time, as one who shows a second factor, only where the first answer is no.
pub(super) async fn may_assume<C: Connect>(world: &C, who: &Principal, role: &Principal) -> CallResult<Allowed> {
    if who.kind == PrincipalKind::Root {
        return Ok(Allowed::Yes);
    }
    simulated(&world.iam(), &who.entity().to_string(), &role.to_string()).await
}

/// The same for an ARN.
pub(super) async fn simulated<I: Iam>(iam: &I, who: &str, role: &str) -> CallResult<Allowed> {
    if iam.simulate(who, trust::ASSUME_ROLE, role, false).await? {
        return Ok(Allowed::Yes);
    }
    let with_mfa = iam.simulate(who, trust::ASSUME_ROLE, role, true).await?;
    Ok(if with_mfa { Allowed::WithMfa } else { Allowed::No })
}
