//! Assuming the role: every outcome, for the walk and the proof to report.

use std::rc::Rc;

use super::allowed::{Allowed, may_assume, never};
use super::link::LinkState;
use super::needs::{Factor, Lacks, second_factor};
use super::scene::RoleFound;
use super::walk::Walk;
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::{AssumeRequest, CallResult, Connect};
use crate::model::Principal;

/// The identity behind the token.
#[derive(Debug)]
pub(super) struct Taken<S> {
    /// The role's session; `None` if the caller uses its own token.
    pub(super) session: Option<Rc<S>>,
    /// The session's name, empty for a user.
    pub(super) session_name: String,
    /// Whether it has MFA.
    pub(super) mfa: bool,
}

/// The outcome.
pub(super) enum Entered<S> {
    /// The caller uses its own token, without a role.
    Own(Taken<S>),
    /// The caller is a session of the role already.
    Already(Taken<S>),
    /// A session of the role, and how its requirements were met.
    Session(Taken<S>, String),
    /// Not tried, as one of the two sides refuses.
    Untried(CallResult<Allowed>),
    /// STS refuses.
    Refused(Refused),
    /// The call failed.
    Failed(CallError),
}

/// A refusal of STS, with what is known of both sides.
pub(super) struct Refused {
    pub(super) error: CallError,
    pub(super) allowed: CallResult<Allowed>,
    pub(super) shown: Shown,
}

/// What was used for MFA.
pub(super) enum Shown {
    /// MFA is not required, as far as is known.
    Nothing,
    /// None is available; with the side that requires it, if known.
    Lacks(Lacks, Option<&'static str>),
    /// A session or code was used.
    Factor,
}

/// Assumes the role.
pub(super) async fn enter<C: Connect>(walk: &Walk<'_, C>, role: &Principal) -> Entered<C::Session> {
    let Walk { account, caller, signer, scene, .. } = walk;
    let own = || Taken { session: None, session_name: caller.arn.session().unwrap_or_default().to_owned(), mfa: false };
    if matches!(scene.role, RoleFound::Own(_)) {
        return Entered::Own(own());
    }
    if caller.arn.is_role() && caller.arn.same_entity(role) && caller.signs_as.is_none() {
        return Entered::Already(own());
    }
    if let Some(why) = never(&signer.arn) {
        return Entered::Untried(Ok(Allowed::Never(why)));
    }
    let request = walk.request(role);
    let side = walk.side(role, &request);
    if side.lacks_what_no_call_sends() {
        return Entered::Untried(may_assume(account.base(), &signer.arn, role).await);
    }
    match account.base().assume(&request).await {
        Ok(session) => {
            let met =
                if request.external_id.is_some() { "the external id was accepted" } else { "nothing else is required" };
            in_session(session, &request, false, met)
        }
        Err(error) if error.is(K::AccessDenied) => refused(walk, role, &request, error).await,
        Err(error) => Entered::Failed(error),
    }
}

fn in_session<S>(session: Rc<S>, request: &AssumeRequest, mfa: bool, met: impl Into<String>) -> Entered<S> {
    let session_name = request.session_name.clone();
    Entered::Session(Taken { session: Some(session), session_name, mfa }, met.into())
}

/// Explains a refusal of STS: by which side, what was missing, or that a change has not propagated yet.
async fn refused<C: Connect>(
    walk: &Walk<'_, C>,
    role: &Principal,
    request: &AssumeRequest,
    error: CallError,
) -> Entered<C::Session> {
    let Walk { account, signer, patience, .. } = walk;
    let allowed = may_assume(account.base(), &signer.arn, role).await;
    let side = walk.side(role, request);
    let (mut error, mut shown) = (error, Shown::Nothing);
    if side.may_want_mfa(&allowed) {
        let asks = side.asks_for_mfa(&allowed);
        match second_factor(walk, &side, request, asks.is_some()).await {
            Factor::Session(session, how) => return in_session(session, request, true, how),
            Factor::Lacks(lacks) => shown = Shown::Lacks(lacks, asks),
            Factor::Refused(again) => (error, shown) = (again, Shown::Factor),
        }
    }
    let is_known = side.asks_for_mfa(&allowed).is_some() || side.weighed("assume", &allowed).state == LinkState::Broken;
    if walk.is_proof() && !is_known {
        let world = account.base().world();
        let what = format!("waiting until {role} can be assumed");
        let denied = |error: &CallError| error.is(K::AccessDenied);
        let ask = patience.try_for(&what, || world.assume(request), denied);
        match account.base().assume_at_last(request, ask).await {
            Ok(session) => return in_session(session, request, false, "nothing else is required"),
            Err(again) => error = again,
        }
    }
    Entered::Refused(Refused { error, allowed, shown })
}
