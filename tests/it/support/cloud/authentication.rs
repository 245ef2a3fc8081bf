//! From a signed request to the caller behind it.

use super::error::ApiError;
use super::sigv4::{AuthFailure, Signed};
use super::state::{Caller, State};
use super::wire::{HttpRequest, Protocol};
use eksaccess::model::arn::Partition;

/// Finds the key of a signed request, checks the signature and returns the caller.
pub fn authenticate(state: &State, request: &HttpRequest) -> Result<(Caller, Signed), AuthFailure> {
    let signed = Signed::read(request)?;
    let key = state.keys.get(&signed.access_key_id).ok_or(AuthFailure::UnknownKey)?;
    if Partition::of_region(&signed.region) != key.caller.partition {
        return Err(AuthFailure::UnknownKey);
    }
    if key.token != signed.token {
        return Err(AuthFailure::UnknownKey);
    }
    signed.check(request, &key.secret, state.now)?;
    if key.expires_at.is_some_and(|end| end <= state.now) {
        return Err(AuthFailure::ExpiredToken);
    }
    Ok((key.caller.clone(), signed))
}

/// The refusal in the words of the called service.
pub fn refusal(failure: &AuthFailure, protocol: Protocol) -> ApiError {
    const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your \
                            AWS Secret Access Key and signing method. Consult the service documentation for details.";
    const UNKNOWN: &str = "The security token included in the request is invalid.";
    const EXPIRED: &str = "The security token included in the request is expired";
    let rest = protocol == Protocol::EksJson;
    let (query_code, rest_code, message) = match failure {
        AuthFailure::Missing => (
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        ),
        AuthFailure::Incomplete(part) => {
            let message = format!("Authorization header requires '{part}' parameter.");
            let code = if rest { "IncompleteSignatureException" } else { "IncompleteSignature" };
            return ApiError::new(400, code, message);
        }
        AuthFailure::UnknownKey => ("InvalidClientTokenId", "UnrecognizedClientException", UNKNOWN),
        AuthFailure::ExpiredToken => ("ExpiredToken", "ExpiredTokenException", EXPIRED),
        AuthFailure::Mismatch => ("SignatureDoesNotMatch", "InvalidSignatureException", MISMATCH),
        AuthFailure::Skewed(when) => ("SignatureDoesNotMatch", "InvalidSignatureException", when.as_str()),
    };
    ApiError::new(403, if rest { rest_code } else { query_code }, message)
}
