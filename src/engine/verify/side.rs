//! The two sides of `AssumeRole`, `policy` and `trust`, and what they ask for beside: `needs`. Pure.

use super::allowed::Allowed;
use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::scene::RoleSight;
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::CallResult;
use crate::error::shell_word;
use crate::model::trust_verdict::{Knock, Verdict, judge};
use crate::model::{Principal, PrincipalKind};

/// The side of whoever runs the command.
const OWN_POLICIES: &str = "the caller's own policies";

/// Who knocks at which role, with what.
pub(super) struct Side<'a> {
    pub(super) inquiry: &'a Inquiry,
    pub(super) who: &'a Principal,
    pub(super) role: &'a Principal,
    pub(super) external_id: Option<&'a str>,
    /// Whether a second factor was shown.
    pub(super) mfa: bool,
    /// Whether it is somebody else, whose second factor nobody here can show.
    pub(super) is_outside: bool,
}

impl Side<'_> {
    /// `policy`, `trust` and `needs`, as far as they can be seen.
    pub(super) fn links(&self, sight: &RoleSight, allowed: &CallResult<Allowed>, chain: &mut Chain) -> Option<()> {
        self.before_needs(sight, allowed, chain)?;
        chain.add(self.needs(sight, allowed))
    }

    /// `policy` and `trust` alone.
    pub(super) fn before_needs(
        &self,
        sight: &RoleSight,
        allowed: &CallResult<Allowed>,
        chain: &mut Chain,
    ) -> Option<()> {
        let verdict = self.verdict(sight);
        chain.add(self.policy(allowed, verdict.as_ref()))?;
        chain.add(self.trust(verdict.as_ref()))
    }

    /// What the trust says, where it can be read.
    pub(super) fn verdict(&self, sight: &RoleSight) -> Option<Verdict> {
        let knock = Knock { who: self.who, mfa: self.mfa, external_id: self.external_id };
        match sight {
            RoleSight::Seen(role) => Some(judge(&role.trust, knock)),
            _ => None,
        }
    }

    /// Whose text asks for a second factor that was not shown.
    pub(super) fn asks_for_mfa(&self, sight: &RoleSight, allowed: &CallResult<Allowed>) -> Option<&'static str> {
        match (self.verdict(sight), allowed) {
            _ if self.mfa => None,
            (Some(Verdict::NeedsMfa), _) => Some("the role's trust"),
            (_, Ok(Allowed::WithMfa)) => Some(OWN_POLICIES),
            _ => None,
        }
    }

    /// Whether a second factor may be what is missing: one side asks for it, or can't be seen and no other reason can.
    pub(super) fn may_want_mfa(&self, sight: &RoleSight, allowed: &CallResult<Allowed>) -> bool {
        let verdict = self.verdict(sight);
        let trust_refuses =
            matches!(verdict, Some(Verdict::NotNamed { .. } | Verdict::Denied | Verdict::NeedsExternalId { .. }));
        let policy_refuses = matches!(allowed, Ok(Allowed::No)) && verdict != Some(Verdict::Named);
        let is_unseen = verdict.is_none() || allowed.is_err();
        self.asks_for_mfa(sight, allowed).is_some() && !trust_refuses || is_unseen && !trust_refuses && !policy_refuses
    }

    fn policy(&self, allowed: &CallResult<Allowed>, verdict: Option<&Verdict>) -> Link {
        let (who, role) = (self.who, self.role);
        match allowed {
            Ok(Allowed::Yes) => Link::ok("policy", format!("{who} may assume {role} by its own policies (simulated)")),
            Ok(Allowed::WithMfa) => Link::ok(
                "policy",
                format!("{who} may assume {role} by its own policies with a second factor (simulated)"),
            ),
            Ok(Allowed::No) if verdict == Some(&Verdict::Named) && who.account == role.account => {
                Link::ok("policy", format!("none is needed: the trust names {who} itself"))
            }
            Ok(Allowed::No) => Link::broken(
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
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role.to_string()}]});
        format!(
            "aws iam put-role-policy --role-name {} --policy-name Assume{} --policy-document {}",
            who.name,
            role.name,
            shell_word(&document.to_string())
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

    fn needs(&self, sight: &RoleSight, allowed: &CallResult<Allowed>) -> Link {
        let role = self.role;
        if let Some(asks) = self.asks_for_mfa(sight, allowed).filter(|_| self.is_outside) {
            let (who, verify) = (self.who, self.inquiry.command_of("verify"));
            let asks = if asks == OWN_POLICIES { format!("the policies of {who}") } else { asks.to_owned() };
            let text = format!("a second factor is asked for by {asks}; whether {who} has one can't be seen from here");
            let hint = format!("{verify} --role {role} --mfa-serial {}   (by {who})", self.likely_serial());
            return Link::unknown("needs", text).hint(hint);
        }
        match self.verdict(sight) {
            None => Link::unknown("needs", "whether it asks for a second factor or an external id could not be seen"),
            Some(Verdict::NeedsExternalId { sent }) => Link::broken(
                "needs",
                format!(
                    "the trust of {role} asks for {} external id{}",
                    if sent { "another" } else { "an" },
                    if sent { " than the one that was sent" } else { "" }
                ),
                self.inquiry.command("kubeconfig") + &format!(" --role {role} --external-id ID"),
            ),
            Some(_) => Link::ok("needs", "it asks for nothing more"),
        }
    }

    /// A user's virtual device, as the console names it.
    pub(super) fn likely_serial(&self) -> String {
        format!("arn:{}:iam::{}:mfa/{}", self.who.partition, self.who.account, self.who.name)
    }
}

fn unseen(error: &CallError, what: &str, who: &Principal) -> String {
    match error.kind {
        K::AccessDenied => format!("{what} can't be seen: the caller may not {} for {who}", error.operation),
        _ => format!("{what} can't be seen: {error}"),
    }
}
