//! `role`, `policy`, `trust`, `needs`, `assume`: whether the role can be assumed, and which side refuses if not.

use super::allowed::Allowed;
use super::enter::{Entered, Refused, Shown, Taken, enter};
use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::scene::{RoleFound, Scene};
use super::walk::Walk;
use crate::engine::call_error::CallError;
use crate::engine::port::{CallResult, Connect};
use crate::error::shell_word;
use crate::model::strangers::{Named, strangers, told};
use crate::model::{CallerIdentity, Principal, Role, trust};

/// The role's session, or the caller's own.
pub(super) async fn links<C: Connect>(walk: &Walk<'_, C>, chain: &mut Chain) -> Option<Taken<C::Session>> {
    let Walk { inquiry, caller, scene, .. } = walk;
    chain.add(seen(inquiry, caller, scene))?;
    let role = scene.role.arn()?;
    let request = walk.request(&role);
    match enter(walk, &role).await {
        Entered::Own(taken) => {
            for name in ["policy", "trust", "needs", "assume"] {
                chain.add(Link::not_reached(name, format!("{} uses its own token and assumes no role", caller.arn)))?;
            }
            Some(taken)
        }
        Entered::Already(taken) => {
            for name in ["policy", "trust", "needs"] {
                chain.add(Link::ok(name, "not checked: the caller is this role already"))?;
            }
            chain.add(Link::ok("assume", format!("{} is a session of it", caller.arn)))?;
            Some(taken)
        }
        Entered::Session(taken, needs) => {
            chain.add(Link::ok("policy", "AssumeRole succeeded: the caller's policies allow it"))?;
            chain.add(Link::ok("trust", "AssumeRole succeeded: the role trusts the caller"))?;
            chain.add(Link::ok("needs", needs))?;
            chain.add(Link::ok("assume", format!("session {} of {role}", taken.session_name)))?;
            Some(taken)
        }
        Entered::Untried(allowed) => {
            walk.side(&role, &request).links(&allowed, chain)?;
            None
        }
        Entered::Refused(refused) => {
            let Refused { error, allowed, shown } = refused;
            let mut side = walk.side(&role, &request);
            match shown {
                Shown::Lacks(lacks, asks) => {
                    side.before_needs(&allowed, chain)?;
                    chain.add(lacks.told(asks.unwrap_or("STS")))?;
                }
                Shown::Nothing => side.links(&allowed, chain)?,
                Shown::Factor => {
                    side.mfa = true;
                    side.links(&allowed, chain)?;
                }
            }
            chain.add(still_refused(walk.signer, &role, &error, &allowed))?;
            None
        }
        Entered::Failed(error) => {
            let role = shell_word(&role.to_string()).into_owned();
            let hint = format!("aws sts assume-role --role-session-name try --role-arn {role}");
            chain.add(Link::broken("assume", error.to_string(), hint))?;
            None
        }
    }
}

/// The refusal although both sides seem to allow it, or could not be read.
fn still_refused(caller: &CallerIdentity, role: &Principal, error: &CallError, allowed: &CallResult<Allowed>) -> Link {
    let hint = match allowed {
        Ok(_) => format!("aws iam get-role --role-name {}   (as an administrator)", role.name),
        Err(_) => format!(
            "aws iam simulate-principal-policy --action-names {} --resource-arns {role} --policy-source-arn {}   (as an administrator)",
            trust::ASSUME_ROLE,
            caller.arn.entity()
        ),
    };
    Link::broken("assume", format!("STS refuses: {}", error.message), hint)
}

/// Whether the role exists, and the reason for choosing it.
pub(super) fn seen(inquiry: &Inquiry, caller: &CallerIdentity, scene: &Scene) -> Link {
    let why = &scene.role_why;
    match &scene.role {
        RoleFound::Own(_) => Link::ok("role", why),
        RoleFound::Planned(arn, _) => Link::ok("role", arn.to_string()),
        RoleFound::Seen(role) => Link::ok("role", format!("{} ({why}){}", role.arn, others(inquiry, caller, role))),
        RoleFound::Missing(name) => Link::broken(
            "role",
            format!("role {name} does not exist in account {} ({why})", caller.arn.account),
            inquiry.command("bootstrap") + &role_flag(name),
        ),
        RoleFound::Unseen(arn, reason) => {
            Link::unknown("role", format!("assumed to be {arn} ({why}); it could not be read: {reason}"))
        }
    }
}

/// The principals that the trust admits in addition to those of the inquiry.
fn others(inquiry: &Inquiry, caller: &CallerIdentity, role: &Role) -> String {
    let own = caller.arn.entity().to_string();
    let named =
        Named::alone(&role.arn).with_principals(std::iter::once(own.as_str()).chain(inquiry.principal.as_deref()));
    told(&strangers(&role.trust, &named)).map(|open| format!("; note: {open}")).unwrap_or_default()
}

fn role_flag(name: &str) -> String {
    if name == crate::model::desired::DEFAULT_ROLE { String::new() } else { format!(" --role {name}") }
}
