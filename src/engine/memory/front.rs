//! What is between the caller and the cluster: keys, a clock, an MFA device, a network. All of it works unless a test
//! changes it.

use super::world::{MemorySession, creator};
use crate::engine::{AssumeRequest, CallErrorKind as K, Reach, SecondFactor, Simulated, TokenFacts};
use crate::model::trust_verdict::{Knock, judge_session};
use crate::model::{CallerIdentity, Principal, Role};

/// The code that the device shows.
pub(super) const CODE: &str = "123456";

/// Its state.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Front {
    /// Who signs.
    pub(super) caller: CallerIdentity,
    /// Why there are no keys.
    pub(super) keyless: Option<K>,
    /// The seconds by which AWS's clock is ahead.
    pub(super) ahead: Option<i64>,
    /// The length of a token, or why none can be signed.
    pub(super) token: Result<usize, String>,
    /// How far a connection gets.
    pub(super) reach: Reach,
    /// Why a client of the API server can't be built.
    pub(super) no_client: Option<String>,
    /// The results of a simulation without MFA and with it; by default they follow from the groups.
    pub(super) simulated: Option<(Simulated, Simulated)>,
    /// The known device, its code or why none can be asked for, and whether `token` cached a session.
    pub(super) device: (Option<String>, Result<String, String>, bool),
    /// Whether the trust and the simulation decide on `AssumeRole`, not only the existence of the role.
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

    /// The known device, and the session cached with it.
    pub(super) fn second_factor(&self, role: &str, name: Option<&str>) -> SecondFactor<MemorySession> {
        let (serial, _, is_kept) = &self.device;
        let role = role.parse().ok().filter(|_| *is_kept);
        let kept = role.map(|role| MemorySession { role, name: name.unwrap_or("creator").to_owned() });
        SecondFactor { serial: serial.clone(), kept }
    }

    /// Whether STS allows the caller to assume a role.
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

    /// The role whose session signs, if any.
    pub(super) fn own_session(&self) -> Option<MemorySession> {
        let caller: &Principal = &self.caller.arn;
        let name = caller.session()?.to_owned();
        Some(MemorySession { role: caller.entity(), name })
    }
}
