//! A failed call as a person reads it: what was being done, why it failed, and the one next thing to do.

use super::call_error::{CallError, CallErrorKind as K};
use crate::error::{Error, one_line};

/// Turns a failed call into an error that says what was being done and what to do next.
pub fn explain(doing: &str, error: &CallError) -> Error {
    let base = Error::failed(doing).because(error.to_string());
    match error.kind {
        K::NoCredentials => Error::failed("no AWS credentials were found")
            .because(format!("{doing}: {}", one_line(&error.message)))
            .hint("name a profile (--profile NAME or AWS_PROFILE), or sign in: aws configure, aws sso login"),
        K::ExpiredCredentials => Error::failed("the AWS credentials are expired")
            .because(format!("{doing}: {error}"))
            .hint("get new ones (aws sso login, or a new session) and run the same command again"),
        K::BadCredentials => Error::failed("AWS refuses the credentials")
            .because(format!("{doing}: {error}"))
            .hint("see which ones are used: aws sts get-caller-identity"),
        K::AccessDenied => base.hint(denied_hint(error)),
        K::Unauthorized => base.hint(
            "the cluster does not let this identity in; run it as the cluster's creator or as somebody who is mapped",
        ),
        K::Unreachable => base.hint(unreachable_hint(error)),
        K::Throttled | K::Unavailable => base.hint(
            "it was tried again until the deadline; run the same command again, or give it longer: --timeout SECONDS",
        ),
        K::WrongMode => {
            base.hint("see the cluster's mode: aws eks describe-cluster --name NAME --query cluster.accessConfig")
        }
        K::InvalidPrincipal => base.hint("a principal named there does not exist; check the ARN"),
        _ => base,
    }
}

fn denied_hint(error: &CallError) -> String {
    match error.operation.split_once(':') {
        Some(("k8s", _)) => "the identity is known to the cluster but may not do this; an administrator must (kubectl auth can-i --list)".to_owned(),
        _ => format!("the caller needs the IAM action {} on {}", error.operation, error.object),
    }
}

fn unreachable_hint(error: &CallError) -> &'static str {
    if error.operation.starts_with("k8s:") {
        "the Kubernetes API can't be reached from here: a private endpoint, a VPN or a proxy; an access entry needs no reachability (--via access-entry)"
    } else {
        "check the network, the region (--region) and the proxy (HTTPS_PROXY, NO_PROXY)"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(operation: &'static str, kind: K) -> CallError {
        CallError {
            operation,
            object: "role R".into(),
            kind,
            code: Some("C".into()),
            message: "m".into(),
            request_id: Some("r-1".into()),
        }
    }

    #[test]
    fn a_denied_call_names_the_action_that_is_missing() {
        let shown = explain("creating role R", &error("iam:CreateRole", K::AccessDenied)).render();
        assert!(shown.contains("needs the IAM action iam:CreateRole on role R"), "{shown}");
        assert!(shown.contains("request r-1"), "{shown}");
    }

    #[test]
    fn what_a_service_says_stays_in_its_line() {
        let said = CallError { message: "no\nhint: rm\u{2028}x".into(), ..error("iam:CreateRole", K::Invalid) };
        let shown = explain("creating role R", &said).render();
        assert_eq!(
            shown,
            "error: creating role R\n  because: iam:CreateRole on role R: C: no\\nhint: rm\\u{2028}x (request r-1)\n"
        );
    }

    #[test]
    fn a_cluster_out_of_reach_points_to_access_entries() {
        let shown = explain("reading aws-auth", &error("k8s:GetConfigMap", K::Unreachable)).render();
        assert!(shown.contains("--via access-entry"), "{shown}");
        let shown = explain("reading role R", &error("iam:GetRole", K::Unreachable)).render();
        assert!(shown.contains("--region"), "{shown}");
    }
}
