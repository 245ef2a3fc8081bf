//! Differences between a context and what works. Pure.

use super::inquiry::Inquiry;
use super::link::LinkState;
use crate::error::shell_word;
use crate::model::{ClusterAuthority, ClusterDescription, Principal};

/// What was found to work.
#[derive(Clone, Copy)]
pub(super) struct Works<'a> {
    /// The cluster.
    pub(super) cluster: &'a ClusterDescription,
    /// The role; `None` if the caller uses its own token.
    pub(super) role: Option<&'a Principal>,
    /// The external id that was sent.
    pub(super) external_id: Option<&'a str>,
    /// Whether MFA was used.
    pub(super) mfa: bool,
    /// The cluster's certificate authorities, if they were read.
    pub(super) authorities: &'a [ClusterAuthority],
}

/// A difference of a context, and the command that fixes it.
pub(super) struct Difference {
    /// Broken if kubectl would fail; unknown if it would use something that was not tried.
    pub(super) state: LinkState,
    pub(super) text: String,
    pub(super) hint: String,
}

impl Difference {
    pub(super) fn broken(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state: LinkState::Broken, text: text.into(), hint: hint.into() }
    }

    pub(super) fn untried(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { state: LinkState::Unknown, text: text.into(), hint: hint.into() }
    }
}

/// The command that rewrites the context; without a role the AWS CLI's.
pub(super) fn make(inquiry: &Inquiry) -> String {
    if inquiry.role.is_empty() {
        let (name, region) = (shell_word(&inquiry.cluster.name), shell_word(&inquiry.cluster.region));
        return format!("aws eks update-kubeconfig --name {name} --region {region}");
    }
    inquiry.command("kubeconfig") + &inquiry.role_flag()
}
