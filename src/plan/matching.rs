//! ARNs as matched by the control plane.

use crate::model::Principal;

/// An ARN as matched by the control plane.
pub(super) fn matching_key(arn: &str) -> String {
    Principal::as_matched(arn).map_or_else(|_| arn.to_owned(), |p| p.for_aws_auth().to_string()).to_ascii_lowercase()
}

/// Whether a caller can have this ARN, in lower case: not if it is a role with a path, or not an ARN.
pub(super) fn is_shown(key: &str) -> bool {
    Principal::as_matched(key).is_ok_and(|p| p.for_aws_auth().to_string().eq_ignore_ascii_case(key))
}
