//! The verdict of a role's trust policy on a principal: allowed, left to the principal's own policies, missing
//! something, or refused, and why.
//!
//! An outline of IAM's evaluation ("Policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>), sufficient to tell
//! which side refuses; unsupported elements are reported as such.

use std::collections::BTreeSet;

use serde_json::Value;

use super::arn::{Principal, PrincipalKind};
use super::condition::{Condition, Fact, Outcome};
use super::statement::{ASSUME_ROLE, Effect, Named, PRINCIPAL_ARN, Statement, Who};
use super::trust::{EXTERNAL_ID, MFA_KEYS, SESSION_NAME, SOURCE_IDENTITY};

/// The service of Identity Center that creates sessions of an account's own roles.
pub const ACCOUNT_ACCESS: &str = "account-access.amazonaws.com";

/// A request to assume the role, with what is sent.
#[derive(Clone, Copy, Debug)]
pub struct Knock<'a> {
    /// The principal; a session is checked both as its role and as itself.
    pub who: &'a Principal,
    /// Whether the session has MFA; plain keys do not.
    pub mfa: bool,
    /// The external id that is sent.
    pub external_id: Option<&'a str>,
}

/// The verdict of the trust.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It allows this principal by name.
    Named,
    /// It allows everyone.
    Everybody,
    /// It trusts the account, so the principal's own policies decide.
    ByAccount,
    /// It would allow it with MFA.
    NeedsMfa,
    /// It would allow it with another external id.
    NeedsExternalId {
        /// Whether one was sent.
        sent: bool,
    },
    /// It would allow it with a source identity.
    NeedsSourceIdentity(Wanted),
    /// It would allow it with another session name.
    NeedsSessionName {
        /// The requirement.
        wanted: Wanted,
        /// The name that would be sent, if known.
        sent: Option<String>,
    },
    /// A statement may allow it, under a condition that can't be evaluated here.
    Unclear {
        /// The condition's key, as written.
        condition: String,
    },
    /// No statement allows this principal.
    NotNamed {
        /// Why.
        why: WhyNot,
    },
    /// A statement denies it.
    Denied,
}

/// A condition on a value of the request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// The condition in words.
    pub condition: String,
    /// A value that meets it, if one is known.
    pub value: Option<String>,
}

/// Why no statement allows a principal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum WhyNot {
    /// One names this principal, under a condition that it does not meet.
    Unmet {
        /// The condition in words.
        condition: String,
        /// The caller's value for it; `None` for nothing.
        has: Option<String>,
    },
    /// These unique ids are there in place of deleted principals.
    NamesDeleted(Vec<String>),
    /// Only services are trusted.
    OnlyServices(Vec<String>),
    /// Only identity providers are trusted.
    OnlyFederations(Vec<String>),
    /// Others are named.
    NamesOthers,
}

impl Verdict {
    /// Whether the trust allows this principal, without further requirements.
    pub const fn lets_in(&self) -> bool {
        matches!(self, Self::Named | Self::Everybody | Self::ByAccount)
    }

    /// Whether no value in the request would help.
    pub const fn refuses(&self) -> bool {
        matches!(self, Self::NotNamed { .. } | Self::Denied)
    }

    /// Whether a principal of the role's own account needs no policy of its own in addition.
    pub const fn is_enough(&self) -> bool {
        matches!(self, Self::Named | Self::Everybody)
    }

    /// The verdict as a sentence about `who` and `role`.
    pub fn told(&self, who: &Principal, role: &Principal) -> String {
        match self {
            Self::Named => format!("it names {who}"),
            Self::Everybody => "it lets any principal of any AWS account (*) assume it".to_owned(),
            Self::ByAccount => format!("it trusts account {}", who.account),
            Self::NeedsMfa
            | Self::NeedsExternalId { .. }
            | Self::NeedsSourceIdentity(_)
            | Self::NeedsSessionName { .. } => "it would let the caller assume it, but requires more".to_owned(),
            Self::Unclear { condition } => {
                format!("it depends on the condition {condition}, which can't be judged from here")
            }
            Self::NotNamed { why } => why.told(who, role),
            Self::Denied => format!("a statement in the trust of {role} denies {who}"),
        }
    }
}

impl WhyNot {
    fn told(&self, who: &Principal, role: &Principal) -> String {
        match self {
            Self::Unmet { condition, has } => {
                let has = has.as_deref().unwrap_or("none");
                format!("the trust of {role} requires {condition}, but this caller has {has}")
            }
            Self::NamesDeleted(ids) => {
                let what =
                    if ids.len() == 1 { "the id of a principal that was" } else { "the ids of principals that were" };
                format!(
                    "the trust of {role} names {}, {what} deleted (a principal recreated under the same name has another id), and neither {who} nor its account",
                    ids.join(", ")
                )
            }
            Self::OnlyServices(names) if names.iter().any(|name| name == ACCOUNT_ACCESS) => format!(
                "the trust of {role} trusts only service {}: its sessions are made by Identity Center's account access, for \
                 the users and groups that are assigned to the role there, and no user or role may assume it",
                names.join(", service ")
            ),
            Self::OnlyServices(names) => {
                format!(
                    "the trust of {role} trusts only service {}: no user or role may assume it",
                    names.join(", service ")
                )
            }
            Self::OnlyFederations(names) => format!(
                "the trust of {role} trusts only identity provider {}: it is assumed with a token of that provider, not with \
                 AWS keys",
                names.join(", identity provider ")
            ),
            Self::NamesOthers => format!("the trust of {role} names neither {who} nor its account"),
        }
    }
}

/// Evaluates a trust policy, for a session with this program's default name unless another is given.
pub fn judge(trust: &Value, knock: Knock<'_>) -> Verdict {
    judge_session(trust, knock, None)
}

/// Evaluates a trust policy for a session of this name.
pub fn judge_session(trust: &Value, knock: Knock<'_>, session_name: Option<&str>) -> Verdict {
    let all = Statement::all(trust);
    let call = Call { knock, session_name: session_name.or_else(|| own_session_name(knock.who)) };
    let about = |effect: Effect| all.iter().filter(move |s| s.effect == effect && s.includes(ASSUME_ROLE));
    let allowed = about(Effect::Allow).filter_map(|s| Some(call.allowed(s, s.names(knock.who)?)));
    // Of two equal ones the first counts.
    let best = allowed.reduce(|best, next| if rank(&next) > rank(&best) { next } else { best });
    let denied: Vec<_> =
        about(Effect::Deny).filter(|s| s.names(knock.who).is_some()).filter_map(|s| call.denied(s)).collect();
    match best {
        _ if denied.contains(&Verdict::Denied) => Verdict::Denied,
        Some(best) if best.refuses() || !best.lets_in() => best,
        Some(best) => denied.into_iter().reduce(|a, b| if rank(&b) > rank(&a) { b } else { a }).unwrap_or(best),
        None if all.iter().any(|s| s.effect == Effect::Unreadable) => {
            Verdict::Unclear { condition: "of a statement that can't be read".to_owned() }
        }
        None => Verdict::NotNamed { why: why_not(&all) },
    }
}

const fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Named => 9,
        Verdict::Everybody => 8,
        Verdict::ByAccount => 7,
        Verdict::NeedsMfa => 6,
        Verdict::NeedsExternalId { .. } => 5,
        Verdict::NeedsSessionName { .. } => 4,
        Verdict::NeedsSourceIdentity(_) => 3,
        Verdict::Unclear { .. } => 2,
        Verdict::NotNamed { .. } => 1,
        Verdict::Denied => 0,
    }
}

/// The default session name: the user's, or that of the session which assumes the role.
fn own_session_name(who: &Principal) -> Option<&str> {
    match &who.kind {
        PrincipalKind::User | PrincipalKind::FederatedUser => Some(&who.name),
        PrincipalKind::AssumedRole(session) => Some(session),
        PrincipalKind::Role | PrincipalKind::Root => None,
    }
}

fn why_not(all: &[Statement]) -> WhyNot {
    let trusted: BTreeSet<&Who> =
        all.iter().filter(|s| s.lets_assume()).flat_map(|s| s.listed().collect::<Vec<_>>()).collect();
    let named = |pick: fn(&Who) -> Option<&String>| -> Vec<String> {
        trusted.iter().filter_map(|who| pick(who)).cloned().collect()
    };
    let deleted = named(|who| if let Who::Deleted(id) = who { Some(id) } else { None });
    let services = named(|who| if let Who::Service(name) = who { Some(name) } else { None });
    let federations = named(|who| if let Who::Federated(name) = who { Some(name) } else { None });
    match trusted.len() {
        0 => WhyNot::NamesOthers,
        _ if !deleted.is_empty() => WhyNot::NamesDeleted(deleted),
        all if services.len() == all => WhyNot::OnlyServices(services),
        all if federations.len() == all => WhyNot::OnlyFederations(federations),
        _ => WhyNot::NamesOthers,
    }
}

/// A call of `AssumeRole`.
struct Call<'a> {
    knock: Knock<'a>,
    session_name: Option<&'a str>,
}

impl Call<'_> {
    /// The verdict of an allowing statement that names this principal.
    fn allowed(&self, statement: &Statement, named: Named) -> Verdict {
        let facts = |key: &str, values: &BTreeSet<String>| self.fact(key, values);
        let mut short = Vec::new();
        for condition in &statement.conditions {
            match condition.holds(&facts) {
                Outcome::Met => {}
                Outcome::Unmet => short.push(self.unmet(condition)),
                // MFA, once used, is as recent as possible.
                Outcome::Unclear if MFA_KEYS.contains(&condition.key.as_str()) => {}
                Outcome::Unclear => short.push(self.unclear(condition)),
            }
        }
        // Requirements that can't be met count first, then those that can, then unknown ones.
        let order = |v: &Verdict| if let Verdict::Unclear { .. } = v { 2 } else { u8::from(!v.refuses()) };
        short.into_iter().min_by_key(order).unwrap_or(match named {
            Named::ByName => Verdict::Named,
            Named::WithEverybody => Verdict::Everybody,
            Named::ByAccount => Verdict::ByAccount,
        })
    }

    /// The verdict of a denying statement that names this principal; `None` if it does not apply.
    fn denied(&self, statement: &Statement) -> Option<Verdict> {
        let facts = |key: &str, values: &BTreeSet<String>| self.fact(key, values);
        let outcomes: Vec<_> = statement.conditions.iter().map(|c| (c, c.holds(&facts))).collect();
        if outcomes.iter().any(|(_, outcome)| *outcome == Outcome::Unmet) {
            return None;
        }
        if let Some((condition, _)) = outcomes.iter().find(|(_, outcome)| *outcome == Outcome::Unclear) {
            return Some(self.unclear(condition));
        }
        let with_mfa = Call { knock: Knock { mfa: true, ..self.knock }, session_name: self.session_name };
        let shown = |key: &str, values: &BTreeSet<String>| with_mfa.fact(key, values);
        if !self.knock.mfa && statement.conditions.iter().any(|c| c.holds(&shown) != Outcome::Met) {
            return Some(Verdict::NeedsMfa);
        }
        let sent = [EXTERNAL_ID, SESSION_NAME, SOURCE_IDENTITY];
        let on_sent = statement.conditions.iter().find(|c| sent.contains(&c.key.as_str()));
        Some(on_sent.map_or(Verdict::Denied, |condition| self.unmet(condition)))
    }

    /// The verdict of a condition on a call that does not meet it.
    fn unmet(&self, condition: &Condition) -> Verdict {
        let wanted = || Wanted { condition: condition.to_string(), value: self.value_for(condition) };
        match condition.key.as_str() {
            key if MFA_KEYS.contains(&key) && !self.knock.mfa => Verdict::NeedsMfa,
            EXTERNAL_ID => Verdict::NeedsExternalId { sent: self.knock.external_id.is_some() },
            SESSION_NAME => Verdict::NeedsSessionName { wanted: wanted(), sent: self.session_name.map(str::to_owned) },
            SOURCE_IDENTITY => Verdict::NeedsSourceIdentity(wanted()),
            key => {
                let has = match self.fact(key, &condition.values) {
                    Fact::Is(value) => Some(value),
                    Fact::OneOf(_) if key == PRINCIPAL_ARN => Some(self.knock.who.to_string()),
                    _ => None,
                };
                Verdict::NotNamed { why: WhyNot::Unmet { condition: condition.to_string(), has } }
            }
        }
    }

    /// A value that would meet a condition: its single value, or the principal's name if that would do.
    fn value_for(&self, condition: &Condition) -> Option<String> {
        let own = own_session_name(self.knock.who).map(str::to_owned);
        let sending = |name: &str| {
            let facts = |key: &str, values: &BTreeSet<String>| {
                if key == condition.key { Fact::Is(name.to_owned()) } else { self.fact(key, values) }
            };
            condition.holds(&facts) == Outcome::Met
        };
        condition
            .literal()
            .map(str::to_owned)
            .filter(|value| sending(value))
            .or_else(|| own.filter(|name| sending(name)))
    }

    fn unclear(&self, condition: &Condition) -> Verdict {
        if condition.key == SESSION_NAME && self.session_name.is_none() {
            return self.unmet(condition);
        }
        Verdict::Unclear { condition: condition.spelled_key().to_owned() }
    }

    /// What is known of a condition key.
    fn fact(&self, key: &str, values: &BTreeSet<String>) -> Fact {
        let who = self.knock.who;
        let known = |value: Option<&str>| value.map_or(Fact::Absent, |value| Fact::Is(value.to_owned()));
        let has_plain_keys = matches!(who.kind, PrincipalKind::User | PrincipalKind::Root);
        match key {
            "aws:multifactorauthpresent" if self.knock.mfa => Fact::Is("true".to_owned()),
            "aws:multifactorauthpresent" if has_plain_keys => Fact::Absent,
            "aws:multifactorauthpresent" => Fact::Is("false".to_owned()),
            "aws:multifactorauthage" if self.knock.mfa => Fact::Unknown,
            EXTERNAL_ID => known(self.knock.external_id),
            SESSION_NAME => self.session_name.map_or(Fact::Unknown, |name| Fact::Is(name.to_owned())),
            PRINCIPAL_ARN => principal_arn(who, values),
            "aws:principalaccount" => Fact::Is(who.account.clone()),
            "aws:principaltype" => match who.kind {
                PrincipalKind::User => Fact::Is("User".to_owned()),
                PrincipalKind::Role | PrincipalKind::AssumedRole(_) => Fact::Is("AssumedRole".to_owned()),
                PrincipalKind::Root => Fact::Is("Account".to_owned()),
                PrincipalKind::FederatedUser => Fact::Is("FederatedUser".to_owned()),
            },
            "aws:username" => known(Some(who.name.as_str()).filter(|_| who.kind == PrincipalKind::User)),
            "aws:principalisawsservice" | "aws:viaawsservice" => Fact::Is("false".to_owned()),
            // None of these is sent, and what only a service's call has is absent.
            "aws:multifactorauthage"
            | SOURCE_IDENTITY
            | "aws:sourcearn"
            | "aws:sourceaccount"
            | "aws:tagkeys"
            | "sts:transitivetagkeys" => Fact::Absent,
            key if key.starts_with("aws:requesttag/") => Fact::Absent,
            _ => Fact::Unknown,
        }
    }
}

/// The ARN in `aws:PrincipalArn`: for a session its role's, whose path STS does not report.
fn principal_arn(who: &Principal, patterns: &BTreeSet<String>) -> Fact {
    let role = who.entity();
    if !matches!(who.kind, PrincipalKind::AssumedRole(_)) {
        return Fact::Is(role.to_string());
    }
    let at = |path: &str| Principal::role(who.partition, &who.account, path, &who.name).to_string();
    let reserved = "/aws-reserved/sso.amazonaws.com/";
    let mut all = if who.name.starts_with("AWSReservedSSO_") {
        vec![at(reserved), at(&format!("{reserved}eu-west-1/"))]
    } else {
        vec![at("/")]
    };
    let paths = patterns.iter().filter_map(|pattern| {
        let resource = pattern.splitn(6, ':').nth(5)?.strip_prefix("role")?;
        Some(&resource[..=resource.rfind('/')?])
    });
    all.extend(paths.map(at));
    Fact::OneOf(all)
}

#[cfg(test)]
#[path = "trust_verdict_tests.rs"]
mod tests;
