//! The two sides of `AssumeRole`, `policy` and `trust`, and their further requirements: `needs`. Pure. The only code
//! that decides who may assume a role: for the caller, a principal from the outside, a group's members and those of a
//! proof.

use serde_json::Value;

use super::allowed::Allowed;
use super::inquiry::Inquiry;
use super::link::{Chain, Link, LinkState};
use super::trust_words::{look, session_name, source_identity, trust_link};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::CallResult;
use crate::error::shell_word;
use crate::model::trust_verdict::{Knock, Verdict, judge_session};
use crate::model::{Principal, PrincipalKind, trust};

/// The side of the principal itself.
const OWN_POLICIES: &str = "the caller's own policies";
/// The principal that never uses MFA for a role.
pub(super) const NEVER_WITH_MFA: &str =
    "sessions of Identity Center, of a web identity and of a chained role never carry MFA";

/// A principal, the role that it assumes, and with what.
pub(super) struct Side<'a> {
    pub(super) inquiry: &'a Inquiry,
    pub(super) who: &'a Principal,
    pub(super) role: &'a Principal,
    /// The role's trust, if known.
    pub(super) trust: Option<&'a Value>,
    pub(super) external_id: Option<&'a str>,
    /// Whether MFA was used.
    pub(super) mfa: bool,
    /// Whether it is a principal other than the caller, whose MFA is not available here.
    pub(super) is_outside: bool,
}

impl Side<'_> {
    /// `policy`, `trust` and `needs`, as far as known.
    pub(super) fn links(&self, allowed: &CallResult<Allowed>, chain: &mut Chain) -> Option<()> {
        self.before_needs(allowed, chain)?;
        chain.add(self.needs(allowed))
    }

    /// `policy` and `trust` alone.
    pub(super) fn before_needs(&self, allowed: &CallResult<Allowed>, chain: &mut Chain) -> Option<()> {
        chain.add(self.policy(allowed))?;
        chain.add(trust_link(self.verdict().as_ref(), self.who, self.role))
    }

    /// All three as one link: the first broken one, else the first unknown one. MFA that an IAM user has to use is not
    /// a missing permission.
    pub(super) fn weighed(&self, title: &str, allowed: &CallResult<Allowed>) -> Link {
        let mut chain = Chain::default();
        let _ = self.links(allowed, &mut chain);
        let links = chain.finish(&[]);
        let asks = self.asks_for_mfa(allowed);
        let is = |state: LinkState| {
            links
                .iter()
                .find(|l| l.state == state && !(state == LinkState::Unknown && l.name == "needs" && asks.is_some()))
        };
        if let Some(first) = is(LinkState::Broken).or_else(|| is(LinkState::Unknown)) {
            return Link { name: title.to_owned(), ..first.clone() };
        }
        let (name, role) = (&self.who.name, self.role);
        let factor = match asks {
            Some(OWN_POLICIES) => format!(", with MFA, which {name}'s policies require"),
            Some(_) => ", with MFA, which its trust requires".to_owned(),
            None => String::new(),
        };
        Link::ok(
            title,
            match allowed {
                Ok(Allowed::Yes | Allowed::WithMfa) => {
                    format!(
                        "{name}'s policies allow assuming {role}, and its trust lets {name} assume it{factor} (simulated)"
                    )
                }
                _ => format!("the trust of {role} names {}, and no policy is needed{factor} (simulated)", self.who),
            },
        )
    }

    /// The trust's decision, if it can be read.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.judged(self.mfa)
    }

    fn judged(&self, mfa: bool) -> Option<Verdict> {
        let name = self.inquiry.session_name.as_deref().filter(|_| !self.is_outside);
        self.trust.map(|trust| judge_session(trust, Knock { who: self.who, mfa, external_id: self.external_id }, name))
    }

    /// Whether the trust requires a session name or a source identity that the call would not have. A role's session
    /// may have an inherited source identity, so there only STS can tell.
    pub(super) fn lacks_what_no_call_sends(&self) -> bool {
        match self.verdict() {
            Some(Verdict::NeedsSessionName { .. }) => true,
            Some(Verdict::NeedsSourceIdentity(_)) => self.who.kind == PrincipalKind::User,
            _ => false,
        }
    }

    /// Whether the trust names the principal itself, in the role's own account: then its own policies need not allow
    /// it. A boundary still limits a role, but not a user (IAM, "Policy evaluation logic").
    fn needs_no_policy(&self, allowed: Allowed) -> bool {
        let is_missing = match allowed {
            Allowed::No => true,
            Allowed::Bounded => self.who.kind == PrincipalKind::User,
            _ => false,
        };
        is_missing
            && self.who.account == self.role.account
            && self.judged(true).is_some_and(|verdict| verdict.is_enough())
    }

    /// The side that requires MFA that was not used.
    pub(super) fn asks_for_mfa(&self, allowed: &CallResult<Allowed>) -> Option<&'static str> {
        match (self.verdict(), allowed) {
            _ if self.mfa => None,
            (Some(Verdict::NeedsMfa), _) => Some("the role's trust"),
            (_, Ok(Allowed::WithMfa)) => Some(OWN_POLICIES),
            _ => None,
        }
    }

    /// Whether MFA may be what is missing: one side requires it, or can't be read and there is no other known reason.
    pub(super) fn may_want_mfa(&self, allowed: &CallResult<Allowed>) -> bool {
        let verdict = self.verdict();
        let trust_refuses = verdict
            .as_ref()
            .is_some_and(|v| v.refuses() || !v.lets_in() && !matches!(v, Verdict::NeedsMfa | Verdict::Unclear { .. }));
        let policy_refuses = match allowed {
            Ok(Allowed::Yes | Allowed::WithMfa) | Err(_) => false,
            Ok(refusal) => !self.needs_no_policy(*refusal),
        };
        let is_unseen = verdict.is_none() || allowed.is_err();
        !trust_refuses && !policy_refuses && (self.asks_for_mfa(allowed).is_some() || is_unseen)
    }

    fn policy(&self, allowed: &CallResult<Allowed>) -> Link {
        let (who, role) = (self.who, self.role);
        match allowed {
            Ok(Allowed::Yes) => Link::ok("policy", format!("{who} may assume {role} by its own policies (simulated)")),
            Ok(Allowed::WithMfa) => {
                Link::ok("policy", format!("{who} may assume {role} by its own policies, with MFA (simulated)"))
            }
            Ok(refusal) if self.needs_no_policy(*refusal) => {
                let everybody = self.judged(true) == Some(Verdict::Everybody);
                let whom = if everybody { "everybody".to_owned() } else { format!("{who} itself") };
                Link::ok("policy", format!("not needed: the trust names {whom}"))
            }
            Ok(Allowed::No) => Link::broken(
                "policy",
                format!("no policy of {who} allows sts:AssumeRole on {role} (simulated)"),
                self.grant(),
            ),
            Ok(Allowed::Bounded) => Link::broken(
                "policy",
                format!(
                    "the permissions boundary of {who} does not allow sts:AssumeRole on {role}, and a policy can't override that (simulated)"
                ),
                self.boundary(),
            ),
            Ok(Allowed::Denied { by_organisation }) => {
                let by = if *by_organisation { "the organisation" } else { "the organisation or an explicit deny" };
                Link::broken(
                    "policy",
                    format!(
                        "{who} is denied sts:AssumeRole on {role} by {by}, and a policy can't override that (simulated)"
                    ),
                    self.simulation(*by_organisation),
                )
            }
            Ok(Allowed::Never(why)) => Link::broken(
                "policy",
                format!("{who} {why}"),
                "aws configure list-profiles   (use --profile with the profile of an IAM user or a role)",
            ),
            Err(error) => Link::unknown("policy", unseen(error, "whether the policies allow it", who)),
        }
    }

    /// The command that grants the right to assume the role.
    fn grant(&self) -> String {
        let (who, role) = (self.who, self.role);
        if matches!(who.kind, PrincipalKind::User) {
            return format!("eksaccess group --role {} --user {}", shell_word(&role.name), shell_word(&who.name));
        }
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": trust::ASSUME_ROLE, "Resource": role.to_string()}]});
        format!(
            "aws iam put-role-policy --role-name {} --policy-name {} --policy-document {}",
            shell_word(&who.name),
            shell_word(&format!("Assume{}", role.name)),
            shell_word(&document.to_string())
        )
    }

    /// The command that shows the principal's boundary.
    fn boundary(&self) -> String {
        let name = shell_word(&self.who.name);
        let boundary = "PermissionsBoundary   (the boundary must allow sts:AssumeRole on the role)";
        match self.who.kind {
            PrincipalKind::User => format!("aws iam get-user --user-name {name} --query User.{boundary}"),
            _ => format!("aws iam get-role --role-name {name} --query Role.{boundary}"),
        }
    }

    /// The command that shows which statement denies.
    fn simulation(&self, by_organisation: bool) -> String {
        let which = if by_organisation {
            "only the organisation's administrators see its policies"
        } else {
            "names the statement if it is in this account; only the organisation's administrators see the organisation's"
        };
        format!(
            "aws iam simulate-principal-policy --policy-source-arn {} --action-names {} --resource-arns {} --query 'EvaluationResults[].MatchedStatements'   ({which})",
            shell_word(&self.who.entity().to_string()),
            trust::ASSUME_ROLE,
            shell_word(&self.role.to_string())
        )
    }

    fn needs(&self, allowed: &CallResult<Allowed>) -> Link {
        let role = self.role;
        if let Some(asks) = self.asks_for_mfa(allowed).filter(|_| self.is_outside) {
            return self.needs_mfa(asks);
        }
        match self.verdict() {
            None => Link::unknown("needs", "it could not be seen whether MFA or an external id is required"),
            Some(Verdict::NeedsExternalId { sent }) => Link::broken(
                "needs",
                format!(
                    "the trust of {role} requires {} external id{}",
                    if sent { "a different" } else { "an" },
                    if sent { " from the one that was sent" } else { "" }
                ),
                self.right_external_id(),
            ),
            Some(Verdict::NeedsSourceIdentity(wanted)) => source_identity(&wanted, self.who, role),
            Some(Verdict::NeedsSessionName { wanted, sent }) => session_name(
                &wanted,
                sent.as_deref(),
                (role, self.who),
                &self.inquiry.command("token"),
                self.is_outside,
            ),
            Some(_) => Link::ok("needs", "it requires nothing else"),
        }
    }

    /// MFA of another principal: a user may have it, a role's session never does.
    fn needs_mfa(&self, asks: &str) -> Link {
        let (who, role) = (self.who, self.role);
        let asks = if asks == OWN_POLICIES { format!("the policies of {who}") } else { asks.to_owned() };
        if who.kind != PrincipalKind::User {
            let text = format!("MFA is required by {asks}, and {who} can't have it: {NEVER_WITH_MFA}");
            return Link::broken(
                "needs",
                text,
                look(self.role, self.who) + "   (the condition admits only IAM users with an MFA device)",
            );
        }
        let verify = self.inquiry.command_of("verify");
        let text = format!("MFA is required by {asks}; whether {who} has a device can't be seen from here");
        let hint = format!("{verify} --role {role} --mfa-serial {}   (by {who})", self.likely_serial());
        Link::unknown("needs", text).hint(hint)
    }

    /// The command that sends the external id that the trust requires.
    fn right_external_id(&self) -> String {
        match self.trust.and_then(|trust| trust::needs(trust).external_id) {
            Some(id) => format!(
                "{} --role {} --external-id {}",
                self.inquiry.command("kubeconfig"),
                shell_word(&self.role.to_string()),
                shell_word(&id)
            ),
            None => look(self.role, self.who) + "   (shows the external ids that it accepts: --external-id)",
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
