//! ARNs as the control plane matches them.

use crate::model::Principal;

/// An ARN as the control plane matches it.
pub(super) fn matching_key(arn: &str) -> String {
    Principal::as_matched(arn).map_or_else(|_| arn.to_owned(), |p| p.for_aws_auth().to_string()).to_ascii_lowercase()
}

/// Whether a caller may show this ARN, which is in lower case: none shows a role with a path, or what is no ARN.
pub(super) fn is_shown(key: &str) -> bool {
    Principal::as_matched(key).is_ok_and(|p| p.for_aws_auth().to_string().eq_ignore_ascii_case(key))
}
