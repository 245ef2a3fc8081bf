//! The two sides of `AssumeRole`, `policy` and `trust`, and what they ask for beside: `needs`. Pure.

use super::allowed::Allowed;
use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::scene::RoleSight;
use super::trust_words::{session_name, source_identity, trust_link};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::CallResult;
use crate::error::shell_word;
use crate::model::trust_verdict::{Knock, Verdict, judge_session};
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
        chain.add(trust_link(verdict.as_ref(), self.who, self.role))
    }

    /// What the trust says, where it can be read.
    pub(super) fn verdict(&self, sight: &RoleSight) -> Option<Verdict> {
        let knock = Knock { who: self.who, mfa: self.mfa, external_id: self.external_id };
        match sight {
            RoleSight::Seen(role) => {
                let name = self.inquiry.session_name.as_deref().filter(|_| !self.is_outside);
                Some(judge_session(&role.trust, knock, name))
            }
            _ => None,
        }
    }

    /// Whether the trust asks for a session name or a source identity that the call would not carry. A role's session may
    /// carry a source identity from before, so there only STS can tell.
    pub(super) fn lacks_what_no_call_sends(&self, sight: &RoleSight) -> bool {
        match self.verdict(sight) {
            Some(Verdict::NeedsSessionName { .. }) => true,
            Some(Verdict::NeedsSourceIdentity(_)) => self.who.kind == PrincipalKind::User,
            _ => false,
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
        let trust_refuses = verdict
            .as_ref()
            .is_some_and(|v| v.refuses() || !v.lets_in() && !matches!(v, Verdict::NeedsMfa | Verdict::Unclear { .. }));
        let policy_refuses = matches!(allowed, Ok(Allowed::No)) && !verdict.as_ref().is_some_and(Verdict::is_enough);
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
            Ok(Allowed::No) if verdict.is_some_and(Verdict::is_enough) && who.account == role.account => {
                let whom =
                    if verdict == Some(&Verdict::Named) { format!("{who} itself") } else { "everybody".to_owned() };
                Link::ok("policy", format!("none is needed: the trust names {whom}"))
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
            Some(Verdict::NeedsSourceIdentity(wanted)) => source_identity(&wanted, self.who, role),
            Some(Verdict::NeedsSessionName { wanted, sent }) => {
                session_name(&wanted, sent.as_deref(), role, &self.inquiry.command("token"), self.is_outside)
            }
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
