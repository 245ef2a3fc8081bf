//! `role`, `policy`, `trust`, `needs`, `assume`: whether the role can be taken, and whose side refuses where it can't.

use std::rc::Rc;

use serde_json::Value;

use super::allowed::{Allowed, may_assume, never};
use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::needs::{Factor, second_factor};
use super::scene::{RoleFound, Scene, View};
use super::side::Side;
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::{AssumeRequest, CallResult, Connect};
use crate::error::shell_word;
use crate::model::strangers::{Named, strangers, told};
use crate::model::{CallerIdentity, Principal, Role, trust};

/// Who shows the token.
#[derive(Debug)]
pub(super) struct Taken<S> {
    /// The role's session; `None` where the caller shows its own token.
    pub(super) session: Option<Rc<S>>,
    /// The session's name, empty for a user.
    pub(super) session_name: String,
    /// Whether it was made with a second factor.
    pub(super) mfa: bool,
}

/// The role's session, or the caller's own.
pub(super) async fn links<C: Connect>(view: &View<'_, C>, chain: &mut Chain) -> Option<Taken<C::Session>> {
    let &View { account, inquiry, caller, signer, scene } = view;
    let sight = &scene.role;
    chain.add(seen(inquiry, caller, scene))?;
    let role = sight.arn()?;
    let own = || Taken { session: None, session_name: caller.arn.session().unwrap_or_default().to_owned(), mfa: false };
    if matches!(sight, RoleFound::Own(_)) {
        for name in ["policy", "trust", "needs", "assume"] {
            chain.add(Link::not_reached(name, format!("{} shows its own token, and takes no role", caller.arn)))?;
        }
        return Some(own());
    }
    if caller.arn.is_role() && caller.arn.same_entity(&role) {
        for name in ["policy", "trust", "needs"] {
            chain.add(Link::ok(name, "not asked: the caller is this role already"))?;
        }
        chain.add(Link::ok("assume", format!("{} is a session of it", caller.arn)))?;
        return Some(own());
    }
    let request = request(inquiry, signer, &role, sight);
    let side = side(inquiry, signer, &role, sight, &request);
    if let Some(why) = never(&signer.arn) {
        side.links(&Ok(Allowed::Never(why)), chain)?;
        return None;
    }
    if side.lacks_what_no_call_sends() {
        let allowed = may_assume(account.base(), &signer.arn, &role).await;
        side.links(&allowed, chain)?;
        return None;
    }
    match account.base().assume(&request).await {
        Ok(session) => {
            let needs =
                if request.external_id.is_some() { "the external id was right" } else { "nothing more is asked" };
            went_through(&request, needs, session, false, chain)
        }
        Err(error) if error.is(K::AccessDenied) => refused(view, &request, &error, chain).await,
        Err(error) => other_trouble(&role, &error, chain),
    }
}

/// All five hold.
fn went_through<S>(
    request: &AssumeRequest,
    needs: &str,
    session: Rc<S>,
    mfa: bool,
    chain: &mut Chain,
) -> Option<Taken<S>> {
    chain.add(Link::ok("policy", "AssumeRole went through: the caller's policies allow it"))?;
    chain.add(Link::ok("trust", "AssumeRole went through: the role trusts the caller"))?;
    chain.add(Link::ok("needs", needs))?;
    chain.add(Link::ok("assume", format!("session {} of {}", request.session_name, request.role_arn)))?;
    Some(Taken { session: Some(session), session_name: request.session_name.clone(), mfa })
}

fn other_trouble<S>(role: &Principal, error: &CallError, chain: &mut Chain) -> Option<Taken<S>> {
    let hint = format!("aws sts assume-role --role-session-name try --role-arn {}", shell_word(&role.to_string()));
    chain.add(Link::broken("assume", error.to_string(), hint))?;
    None
}

/// STS refused: which side it was, or what was missing. A second factor that is missing is asked for.
async fn refused<C: Connect>(
    view: &View<'_, C>,
    request: &AssumeRequest,
    error: &CallError,
    chain: &mut Chain,
) -> Option<Taken<C::Session>> {
    let &View { account, inquiry, signer: caller, scene: Scene { role: sight, .. }, .. } = view;
    let role = sight.arn()?;
    let allowed = may_assume(account.base(), &caller.arn, &role).await;
    let mut side = side(inquiry, caller, &role, sight, request);
    let mut refusal = error.clone();
    if side.may_want_mfa(&allowed) {
        let wanted = side.asks_for_mfa(&allowed);
        match second_factor(account.base(), &side, request, wanted.is_some()).await {
            Factor::Session(session, how) => return went_through(request, &how, session, true, chain),
            Factor::Lacks(lacks) => {
                side.before_needs(&allowed, chain)?;
                chain.add(lacks.told(wanted.unwrap_or("STS")))?;
                still_refused(caller, &role, error, &allowed, chain);
                return None;
            }
            Factor::Refused(error) => {
                side.mfa = true;
                refusal = error;
            }
        }
    }
    side.links(&allowed, chain)?;
    still_refused(caller, &role, &refusal, &allowed, chain);
    None
}

/// The caller's two sides, without a second factor.
fn side<'a>(
    inquiry: &'a Inquiry,
    caller: &'a CallerIdentity,
    role: &'a Principal,
    sight: &'a RoleFound,
    request: &'a AssumeRequest,
) -> Side<'a> {
    Side {
        inquiry,
        who: &caller.arn,
        role,
        trust: sight.trust(),
        external_id: request.external_id.as_deref(),
        mfa: false,
        is_outside: false,
    }
}

/// Both sides seem to allow it, or could not be seen.
fn still_refused(
    caller: &CallerIdentity,
    role: &Principal,
    error: &CallError,
    allowed: &CallResult<Allowed>,
    chain: &mut Chain,
) {
    let hint = match allowed {
        Ok(_) => format!("aws iam get-role --role-name {}   (as an administrator)", role.name),
        Err(_) => format!(
            "aws iam simulate-principal-policy --action-names {} --resource-arns {role} --policy-source-arn {}   (as an administrator)",
            trust::ASSUME_ROLE,
            caller.arn.entity()
        ),
    };
    let _ = chain.add(Link::broken("assume", format!("STS refuses: {}", error.message), hint));
}

fn request(inquiry: &Inquiry, caller: &CallerIdentity, role: &Principal, sight: &RoleFound) -> AssumeRequest {
    AssumeRequest {
        role_arn: role.to_string(),
        session_name: inquiry.session_name(caller),
        external_id: external_id(inquiry, sight.trust()),
        ..AssumeRequest::default()
    }
}

/// The external id that is sent: the one asked for, else the one that the trust wants, else the context's.
pub(super) fn external_id(inquiry: &Inquiry, trust: Option<&Value>) -> Option<String> {
    let of_trust = trust.and_then(|trust| trust::needs(trust).external_id);
    inquiry.external_id.clone().or(of_trust).or_else(|| inquiry.context_external_id.clone())
}

/// Whether the role is there, and why it is this one.
pub(super) fn seen(inquiry: &Inquiry, caller: &CallerIdentity, scene: &Scene) -> Link {
    let why = &scene.role_why;
    match &scene.role {
        RoleFound::Own(_) => Link::ok("role", why),
        RoleFound::Seen(role) => Link::ok("role", format!("{} ({why}){}", role.arn, others(inquiry, caller, role))),
        RoleFound::Missing(name) => Link::broken(
            "role",
            format!("there is no role {name} in account {} ({why})", caller.arn.account),
            inquiry.command("bootstrap") + &role_flag(name),
        ),
        RoleFound::Unseen(arn, reason) => {
            Link::unknown("role", format!("taken for {arn} ({why}); it could not be seen: {reason}"))
        }
    }
}

/// Whom the trust lets in besides those whom the inquiry is about.
fn others(inquiry: &Inquiry, caller: &CallerIdentity, role: &Role) -> String {
    let own = caller.arn.entity().to_string();
    let named =
        Named::alone(&role.arn).with_principals(std::iter::once(own.as_str()).chain(inquiry.principal.as_deref()));
    told(&strangers(&role.trust, &named)).map(|open| format!("; note: {open}")).unwrap_or_default()
}

fn role_flag(name: &str) -> String {
    if name == crate::model::desired::DEFAULT_ROLE { String::new() } else { format!(" --role {name}") }
}
