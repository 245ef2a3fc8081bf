//! `role`, `policy`, `trust`, `needs`, `assume`: whether the role can be taken, and whose side refuses where it can't.

use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::scene::RoleSight;
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::{AssumeRequest, CallResult, Connect, Iam};
use crate::model::trust_verdict::{Knock, Verdict, judge};
use crate::model::{CallerIdentity, Principal, PrincipalKind, trust};
use crate::token::default_session_name;

/// The role's session; `None` inside where the caller is the role already and shows its own token.
pub(super) async fn links<C: Connect>(
    world: &C,
    inquiry: &Inquiry,
    caller: &CallerIdentity,
    sight: &RoleSight,
    chain: &mut Chain,
) -> Option<Option<C::Session>> {
    chain.add(seen(inquiry, caller, sight))?;
    let role = sight.arn()?;
    if caller.arn.is_role() && caller.arn.same_entity(&role) {
        for name in ["policy", "trust", "needs"] {
            chain.add(Link::ok(name, "not asked: the caller is this role already"))?;
        }
        chain.add(Link::ok("assume", format!("{} is a session of it", caller.arn)))?;
        return Some(None);
    }
    let request = request(inquiry, caller, &role, sight);
    match world.assume(&request).await {
        Ok(session) => {
            chain.add(Link::ok("policy", "AssumeRole went through: the caller's policies allow it"))?;
            chain.add(Link::ok("trust", "AssumeRole went through: the role trusts the caller"))?;
            let sent =
                if request.external_id.is_some() { "the external id was right" } else { "nothing more is asked" };
            chain.add(Link::ok("needs", sent))?;
            chain.add(Link::ok("assume", format!("session {} of {role}", request.session_name)))?;
            Some(Some(session))
        }
        Err(error) if error.is(K::AccessDenied) => {
            let allowed = may_assume(world, &caller.arn, &role).await;
            let side = Side { inquiry, who: &caller.arn, role: &role, external_id: request.external_id.as_deref() };
            side.links(sight, &allowed, chain)?;
            let hint = format!("aws iam get-role --role-name {}   (as somebody who may look)", role.name);
            chain.add(Link::broken("assume", format!("STS refuses: {}", error.message), hint))?;
            None
        }
        Err(error) => {
            chain.add(Link::broken(
                "assume",
                error.to_string(),
                format!("aws sts assume-role --role-session-name try --role-arn {role}"),
            ))?;
            None
        }
    }
}

fn request(inquiry: &Inquiry, caller: &CallerIdentity, role: &Principal, sight: &RoleSight) -> AssumeRequest {
    AssumeRequest {
        role_arn: role.to_string(),
        session_name: default_session_name(Some(&caller.arn), inquiry.os_user.as_deref()),
        external_id: external_id(inquiry, sight),
        ..AssumeRequest::default()
    }
}

/// The external id that is sent: the one asked for, else the one that the trust wants.
pub(super) fn external_id(inquiry: &Inquiry, sight: &RoleSight) -> Option<String> {
    let of_trust = match sight {
        RoleSight::Seen(role) => trust::needs(&role.trust).external_id,
        _ => None,
    };
    inquiry.external_id.clone().or(of_trust)
}

/// Whether the role is there.
pub(super) fn seen(inquiry: &Inquiry, caller: &CallerIdentity, sight: &RoleSight) -> Link {
    match sight {
        RoleSight::Seen(role) => Link::ok("role", role.arn.to_string()),
        RoleSight::Missing(name) => Link::broken(
            "role",
            format!("there is no role {name} in account {}", caller.arn.account),
            inquiry.command("bootstrap") + &role_flag(name),
        ),
        RoleSight::Unseen(arn, why) => Link::unknown("role", format!("taken for {arn}; it could not be seen: {why}")),
    }
}

fn role_flag(name: &str) -> String {
    if name == crate::model::desired::DEFAULT_ROLE { String::new() } else { format!(" --role {name}") }
}

/// Whether somebody's policies allow taking the role, by simulation.
pub(super) async fn may_assume<C: Connect>(world: &C, who: &Principal, role: &Principal) -> CallResult<bool> {
    if who.kind == PrincipalKind::Root {
        return Ok(true);
    }
    world.iam().simulate(&who.entity().to_string(), trust::ASSUME_ROLE, &role.to_string()).await
}

/// The two sides of `AssumeRole`.
pub(super) struct Side<'a> {
    pub(super) inquiry: &'a Inquiry,
    pub(super) who: &'a Principal,
    pub(super) role: &'a Principal,
    pub(super) external_id: Option<&'a str>,
}

impl Side<'_> {
    /// `policy`, `trust` and `needs`, as far as they can be seen.
    pub(super) fn links(&self, sight: &RoleSight, allowed: &CallResult<bool>, chain: &mut Chain) -> Option<()> {
        let knock = Knock { who: self.who, mfa: false, external_id: self.external_id };
        let verdict = match sight {
            RoleSight::Seen(role) => Some(judge(&role.trust, knock)),
            _ => None,
        };
        chain.add(self.policy(allowed, verdict.as_ref()))?;
        chain.add(self.trust(verdict.as_ref()))?;
        chain.add(self.needs(verdict.as_ref()))
    }

    fn policy(&self, allowed: &CallResult<bool>, verdict: Option<&Verdict>) -> Link {
        let (who, role) = (self.who, self.role);
        match allowed {
            Ok(true) => Link::ok("policy", format!("{who} may assume {role} by its own policies (simulated)")),
            Ok(false) if verdict == Some(&Verdict::Named) && who.account == role.account => {
                Link::ok("policy", format!("none is needed: the trust names {who} itself"))
            }
            Ok(false) => Link::broken(
                "policy",
                format!("no policy of {who} allows sts:AssumeRole on {role}, or one denies it (simulated)"),
                self.grant(),
            ),
            Err(error) => Link::unknown("policy", unseen(error, "whether the policies allow it", who)),
        }
    }

    /// The command that gives the right to take the role.
    fn grant(&self) -> String {
        let (who, role) = (self.who, self.role);
        if matches!(who.kind, PrincipalKind::User) {
            return format!("eksaccess group --role {} --user {}", role.name, who.name);
        }
        format!(
            "aws iam put-role-policy --role-name {} --policy-name Assume{} --policy-document '{}'",
            who.name,
            role.name,
            serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role.to_string()}]})
        )
    }

    fn trust(&self, verdict: Option<&Verdict>) -> Link {
        let (who, role) = (self.who, self.role);
        let look = format!("aws iam get-role --role-name {} --query Role.AssumeRolePolicyDocument", role.name);
        match verdict {
            None => Link::unknown("trust", format!("the trust of {role} could not be read (iam:GetRole)")),
            Some(Verdict::Named) => Link::ok("trust", format!("it names {who}")),
            Some(Verdict::ByAccount) => Link::ok("trust", format!("it trusts account {}", who.account)),
            Some(Verdict::NeedsMfa | Verdict::NeedsExternalId { .. }) => {
                Link::ok("trust", "it would let the caller in, and asks for more")
            }
            Some(Verdict::Unclear { condition }) => Link::unknown(
                "trust",
                format!("it depends on the condition {condition}, which can't be judged from here"),
            )
            .hint(look),
            Some(Verdict::NotNamed { names_deleted }) => {
                let deleted =
                    if *names_deleted { "; it names somebody who was deleted, perhaps made again since" } else { "" };
                let arn = who.entity();
                Link::broken(
                    "trust",
                    format!("the trust of {role} names neither {who} nor its account{deleted}"),
                    format!("eksaccess role --role {} --add-trust {arn}", role.name),
                )
            }
            Some(Verdict::Denied) => {
                Link::broken("trust", format!("a statement in the trust of {role} denies {who}"), look)
            }
        }
    }

    fn needs(&self, verdict: Option<&Verdict>) -> Link {
        let role = self.role;
        match verdict {
            None => Link::unknown("needs", "whether it asks for a second factor or an external id could not be seen"),
            Some(Verdict::NeedsMfa) => Link::broken(
                "needs",
                format!("the trust of {role} asks for a second factor, and the caller's session has none"),
                format!(
                    "export AWS_MFA_SERIAL=arn:{}:iam::{}:mfa/{}   (kubectl then asks for the code, once a session)",
                    self.who.partition, self.who.account, self.who.name
                ),
            ),
            Some(Verdict::NeedsExternalId { sent }) => Link::broken(
                "needs",
                format!(
                    "the trust of {role} asks for {} external id{}",
                    if *sent { "another" } else { "an" },
                    if *sent { " than the one that was sent" } else { "" }
                ),
                self.inquiry.command("kubeconfig") + &format!(" --role {role} --external-id ID"),
            ),
            Some(_) => Link::ok("needs", "it asks for nothing more"),
        }
    }
}

fn unseen(error: &CallError, what: &str, who: &Principal) -> String {
    match error.kind {
        K::AccessDenied => format!("{what} can't be seen: the caller may not {} for {who}", error.operation),
        _ => format!("{what} can't be seen: {error}"),
    }
}
