//! One walk from credentials into the cluster: by `verify` link by link, and by a proof after a write, with retries and
//! an expected result in place of the sources.

use super::inquiry::Inquiry;
use super::mapping::{AwsAuthSight, EntrySight};
use super::patience::Patience;
use super::scene::Scene;
use super::side::Side;
use crate::engine::known::Known;
use crate::engine::port::{AssumeRequest, Connect};
use crate::model::{CallerIdentity, Principal};

/// The inputs of every link: the caller, the cluster and the role, and the question.
pub(super) struct Walk<'a, C: Connect> {
    pub(super) account: &'a Known<'a, C>,
    pub(super) inquiry: &'a Inquiry,
    /// The identity that reads.
    pub(super) caller: &'a CallerIdentity,
    /// The identity that assumes the role: the caller, or the base credentials if a role of the account reads.
    pub(super) signer: &'a CallerIdentity,
    pub(super) scene: &'a Scene,
    pub(super) patience: Patience<'a>,
    /// The sources' results once a plan is carried out; without an expectation the sources are read.
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
    /// Whether it is a proof, which does not ask for MFA codes.
    pub(super) const fn is_proof(&self) -> bool {
        self.expected.is_some()
    }

    /// The request that assumes the role.
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
