//! One walk from credentials into the cluster, as `verify` makes it link by link, and as a proof makes it of what was just
//! written: with patience, and with an expectation instead of what the sources say.

use super::inquiry::Inquiry;
use super::mapping::{AwsAuthSight, EntrySight};
use super::patience::Patience;
use super::scene::Scene;
use super::side::Side;
use crate::engine::known::Known;
use crate::engine::port::{AssumeRequest, Connect};
use crate::model::{CallerIdentity, Principal};

/// Who looks, at what, and why: what every link is judged by.
pub(super) struct Walk<'a, C: Connect> {
    pub(super) account: &'a Known<'a, C>,
    pub(super) inquiry: &'a Inquiry,
    /// Who looks.
    pub(super) caller: &'a CallerIdentity,
    /// Who assumes the role: the caller, or the base credentials where a role of the account looks.
    pub(super) signer: &'a CallerIdentity,
    pub(super) scene: &'a Scene,
    pub(super) patience: Patience<'a>,
    /// What both sources say once a plan is carried out; they are read where nothing is expected.
    pub(super) expected: Option<&'a Expected>,
}

/// What binds the role once a plan is carried out.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The role's access entry.
    pub entry: EntrySight,
    /// `aws-auth`.
    pub aws_auth: AwsAuthSight,
}

impl<C: Connect> Walk<'_, C> {
    /// Whether it is a proof, in which no MFA code is asked for.
    pub(super) const fn is_proof(&self) -> bool {
        self.expected.is_some()
    }

    /// How the role is assumed.
    pub(super) fn request(&self, role: &Principal) -> AssumeRequest {
        AssumeRequest {
            role_arn: role.to_string(),
            session_name: self.inquiry.session_name(self.signer),
            external_id: self.inquiry.sent_external_id(self.scene.role.trust()),
            ..AssumeRequest::default()
        }
    }

    /// Both sides of the principal that assumes the role, without MFA.
    pub(super) fn side<'s>(&'s self, role: &'s Principal, request: &'s AssumeRequest) -> Side<'s> {
        Side {
            inquiry: self.inquiry,
            who: &self.signer.arn,
            role,
            trust: self.scene.role.trust(),
            external_id: request.external_id.as_deref(),
            mfa: false,
            is_outside: false,
        }
    }
}
