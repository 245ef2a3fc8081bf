//! What stands between the caller and the cluster: keys, a clock, a device for MFA, a network. All of it holds unless a test
//! says so.

use super::world::{MemorySession, creator};
use crate::engine::{AssumeRequest, CallErrorKind as K, Reach, SecondFactor, Simulated, TokenFacts};
use crate::model::trust_verdict::{Knock, judge_session};
use crate::model::{CallerIdentity, Principal, Role};

/// The code that the device shows.
pub(super) const CODE: &str = "123456";

/// How it all stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Front {
    /// Who signs.
    pub(super) caller: CallerIdentity,
    /// Why there are no keys.
    pub(super) keyless: Option<K>,
    /// By how many seconds AWS's clock is ahead.
    pub(super) ahead: Option<i64>,
    /// The length of a token, or why none can be signed.
    pub(super) token: Result<usize, String>,
    /// How far a connection comes.
    pub(super) reach: Reach,
    /// Why no client of the API server can be built.
    pub(super) no_client: Option<String>,
    /// What a simulation says of a session without MFA and with it; else it goes by groups.
    pub(super) simulated: Option<(Simulated, Simulated)>,
    /// The device that is known, what it shows or why no code can be asked for, and whether `token` kept a session.
    pub(super) device: (Option<String>, Result<String, String>, bool),
    /// Whether the trust and the simulation decide on `AssumeRole`, and not only whether the role is there.
    pub(super) is_strict: bool,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            caller: creator(),
            keyless: None,
            ahead: None,
            token: Ok(1),
            reach: Reach::Answers,
            no_client: None,
            simulated: None,
            device: (None, Err("nobody sits here".to_owned()), false),
            is_strict: false,
        }
    }
}

impl Front {
    /// A token's facts.
    pub(super) fn signed(&self) -> Result<TokenFacts, String> {
        self.token.clone().map(|bytes| TokenFacts { bytes, host: "sts.example".into() })
    }

    /// What is known of a device, and the session that was kept with it.
    pub(super) fn second_factor(&self, role: &str, name: Option<&str>) -> SecondFactor<MemorySession> {
        let (serial, _, is_kept) = &self.device;
        let role = role.parse().ok().filter(|_| *is_kept);
        let kept = role.map(|role| MemorySession { role, name: name.unwrap_or("creator").to_owned() });
        SecondFactor { serial: serial.clone(), kept }
    }

    /// Whether STS lets the caller assume a role.
    pub(super) fn lets_assume(&self, role: &Role, request: &AssumeRequest) -> bool {
        let mfa = request.mfa.is_some();
        let knock = Knock { who: &self.caller.arn, mfa, external_id: request.external_id.as_deref() };
        let verdict = judge_session(&role.trust, knock, Some(&request.session_name));
        let (without, with) = self.simulated.unwrap_or((Simulated::Allowed, Simulated::Allowed));
        let allowed = if mfa { with } else { without };
        let is_own = self.caller.arn.account == role.arn.account;
        let needs_none = verdict.is_enough() && is_own && allowed == Simulated::Missing;
        !self.is_strict || verdict.lets_in() && (allowed == Simulated::Allowed || needs_none)
    }

    /// The role whose session signs, where one does.
    pub(super) fn own_session(&self) -> Option<MemorySession> {
        let caller: &Principal = &self.caller.arn;
        let name = caller.session()?.to_owned();
        Some(MemorySession { role: caller.entity(), name })
    }
}
