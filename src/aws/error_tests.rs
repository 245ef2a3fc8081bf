use aws_sdk_iam::operation::get_role::GetRoleError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;

use super::*;
use CallErrorKind as Kind;

fn answered(status: u16, code: Option<&str>, message: &str) -> CallError {
    let mut metadata = ErrorMetadata::builder().message(message);
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
    response.headers_mut().insert("x-amzn-requestid", "req-1");
    let error = SdkError::service_error(GetRoleError::generic(metadata.build()), response);
    call_error("iam:GetRole", "role r", error)
}

#[test]
fn the_code_decides() {
    for (operation, code, message, status, kind) in [
        ("iam:GetRole", "NoSuchEntity", "", 404, Kind::NotFound),
        ("eks:DescribeCluster", "ResourceNotFoundException", "", 404, Kind::NotFound),
        ("iam:CreateRole", "EntityAlreadyExists", "", 409, Kind::AlreadyExists),
        ("iam:CreateRole", "EntityAlreadyExistsException", "", 409, Kind::AlreadyExists),
        ("eks:CreateAccessEntry", "ResourceInUseException", "", 409, Kind::AlreadyExists),
        ("eks:UpdateClusterConfig", "ResourceInUseException", "", 409, Kind::Conflict),
        ("iam:UpdateAssumeRolePolicy", "ConcurrentModification", "", 409, Kind::Conflict),
        ("iam:CreateRole", "AccessDenied", "", 403, Kind::AccessDenied),
        ("eks:DescribeCluster", "AccessDeniedException", "", 403, Kind::AccessDenied),
        ("sts:AssumeRole", "ExpiredToken", "", 403, Kind::ExpiredCredentials),
        ("eks:ListClusters", "ExpiredTokenException", "", 403, Kind::ExpiredCredentials),
        ("sts:AssumeRole", "RequestExpired", "", 400, Kind::ExpiredCredentials),
        ("iam:GetRole", "InvalidClientTokenId", "", 403, Kind::BadCredentials),
        ("eks:ListClusters", "UnrecognizedClientException", "", 403, Kind::BadCredentials),
        ("iam:GetRole", "SignatureDoesNotMatch", "", 403, Kind::BadCredentials),
        ("eks:ListClusters", "InvalidSignatureException", "", 403, Kind::BadCredentials),
        ("sts:AssumeRole", "RegionDisabledException", "", 403, Kind::BadCredentials),
        ("iam:GetRole", "Throttling", "", 400, Kind::Throttled),
        ("eks:ListClusters", "TooManyRequestsException", "", 429, Kind::Throttled),
        ("eks:ListClusters", "ThrottlingException", "", 400, Kind::Throttled),
        ("iam:GetRole", "ServiceFailure", "", 500, Kind::Unavailable),
        ("eks:ListClusters", "ServiceUnavailableException", "", 503, Kind::Unavailable),
        (
            "iam:CreateRole",
            "MalformedPolicyDocument",
            "Invalid principal in policy: \"AWS\":\"x\"",
            400,
            Kind::InvalidPrincipal,
        ),
        ("iam:CreateRole", "MalformedPolicyDocument", "Syntax errors in policy.", 400, Kind::Invalid),
        (
            "eks:CreateAccessEntry",
            "InvalidParameterException",
            "The specified principalArn is invalid: invalid principal.",
            400,
            Kind::InvalidPrincipal,
        ),
        (
            "eks:CreateAccessEntry",
            "InvalidParameterException",
            "The principalArn parameter format is not valid",
            400,
            Kind::Invalid,
        ),
        (
            "eks:ListAccessEntries",
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
            400,
            Kind::WrongMode,
        ),
        ("eks:UpdateAccessEntry", "InvalidRequestException", "only type STANDARD", 400, Kind::Invalid),
        ("iam:CreateRole", "LimitExceeded", "", 409, Kind::Invalid),
        ("iam:CreateRole", "SomethingNew", "", 418, Kind::Other),
    ] {
        assert_eq!(kind_of(operation, code, message, status), kind, "{operation} {code} {message}");
    }
}

#[test]
fn the_answer_keeps_code_message_and_request_id() {
    let error = answered(403, Some("AccessDenied"), "User: ann is not authorized to perform: iam:GetRole");
    assert_eq!(error.kind, Kind::AccessDenied);
    assert_eq!(
        error.to_string(),
        "iam:GetRole on role r: AccessDenied: User: ann is not authorized to perform: iam:GetRole (request req-1)"
    );
}

#[test]
fn a_refused_signature_does_not_repeat_the_canonical_request() {
    let text = "The request signature we calculated does not match.\n\nThe Canonical String for this request should have \
                been\n'POST\nx-amz-security-token:the-session-token\n'";
    for code in ["SignatureDoesNotMatch", "InvalidSignatureException"] {
        let error = answered(403, Some(code), text);
        assert_eq!(error.message, "The request signature we calculated does not match.");
        assert!(!format!("{error:?}").contains("the-session-token"));
    }
}

#[test]
fn an_answer_without_a_code_is_judged_by_its_status() {
    for (status, kind) in
        [(404, Kind::Other), (403, Kind::AccessDenied), (502, Kind::Unavailable), (429, Kind::Throttled)]
    {
        let error = answered(status, None, "");
        assert_eq!(error.kind, kind);
        assert!(error.message.contains(&status.to_string()), "{error}");
    }
}

#[test]
fn no_connection_tells_why() {
    let refused = std::io::Error::from_raw_os_error(111);
    let error: SdkError<GetRoleError, HttpResponse> = SdkError::dispatch_failure(ConnectorError::io(refused.into()));
    let error = call_error("iam:GetRole", "role r", error);
    assert_eq!(error.kind, Kind::Unreachable);
    assert_eq!(error.message, std::io::Error::from_raw_os_error(111).to_string());
}

#[test]
fn credentials_tell_what_is_wrong_with_them() {
    for (inner, kind) in [
        (CredentialsError::not_loaded("nothing there"), Kind::NoCredentials),
        (CredentialsError::provider_timed_out(std::time::Duration::from_secs(5)), Kind::Unreachable),
        (CredentialsError::invalid_configuration("x"), Kind::Invalid),
        (
            CredentialsError::provider_error("the SSO token has expired and cannot be refreshed"),
            Kind::ExpiredCredentials,
        ),
        (CredentialsError::provider_error("x"), Kind::NoCredentials),
    ] {
        let error: SdkError<GetRoleError, HttpResponse> =
            SdkError::dispatch_failure(ConnectorError::other(Box::new(inner), None));
        assert_eq!(call_error("iam:GetRole", "role r", error).kind, kind);
    }
}

#[test]
fn no_credentials_says_where_it_was_looked() {
    let chain = "no credentials found in chain. Attempted:\n  Profile: the credential provider was not enabled\n  \
                 Environment: the credential provider was not enabled: environment variable not set\n";
    for (inner, text) in [
        (
            CredentialsError::not_loaded(chain),
            "nothing in any of: Profile: none; Environment: environment variable not set",
        ),
        (CredentialsError::not_loaded_no_source(), "profile dev holds no credentials"),
        (CredentialsError::not_loaded("profile `gone` was not defined"), "profile `gone` was not defined"),
    ] {
        let error = credentials_error("aws:GetCredentials", "profile dev".into(), inner);
        assert_eq!(error.message, text);
    }
}

#[test]
fn an_error_of_ours_below_the_sdk_comes_out_whole() {
    let ours = answered(403, Some("AccessDenied"), "no");
    let inner = CredentialsError::provider_error(ours.clone());
    let error: SdkError<GetRoleError, HttpResponse> =
        SdkError::dispatch_failure(ConnectorError::other(Box::new(inner), None));
    assert_eq!(call_error("eks:ListClusters", "clusters", error), ours);
}

#[test]
fn absence_becomes_none_and_other_errors_stay() {
    let (absent, denied) = (answered(404, Some("NoSuchEntity"), ""), answered(403, Some("AccessDenied"), ""));
    assert_eq!(found::<()>(Err(absent)), Ok(None));
    assert_eq!(found::<()>(Err(denied.clone())), Err(denied));
    assert_eq!(found(Ok(1)), Ok(Some(1)));
}
