//! A failed call as an error for people: what was being done, why it failed, and the one next command.

use super::admission::{Refuser, refuser, silent_webhook};
use super::call_error::{CallError, CallErrorKind as K};
use crate::error::{Error, one_line};

/// Turns a failed call into an error that says what was being done and what to do next.
pub fn explain(doing: &str, error: &CallError) -> Error {
    in_words(doing, error).carrying(error.chained.clone())
}

fn in_words(doing: &str, error: &CallError) -> Error {
    let base = Error::failed(doing).because(error.to_string());
    match error.kind {
        K::NoCredentials => Error::failed("no AWS credentials were found")
            .because(format!("{doing}: {}", one_line(&error.message)))
            .hint(error.help.as_deref().unwrap_or(
                "name a profile (--profile NAME or AWS_PROFILE), or sign in: aws sso login (or aws configure)",
            )),
        K::ExpiredCredentials => Error::failed("the AWS credentials have expired")
            .because(format!("{doing}: {error}"))
            .hint(renew(error.help.as_deref())),
        K::BadCredentials => Error::failed("AWS rejects the credentials")
            .because(format!("{doing}: {error}"))
            .hint("see which ones are used: aws sts get-caller-identity"),
        K::AccessDenied => base.hint(denied_hint(error)),
        K::Unauthorized => base.hint(
            "this identity has no access to the cluster; run it as the cluster's creator or as a mapped identity",
        ),
        K::Unreachable => base.hint(unreachable_hint(error)),
        K::Refused => base.hint(refused_hint(error)),
        K::Unavailable if error.operation.starts_with("k8s:") => base.hint(failing_server_hint(error)),
        K::Throttled | K::Unavailable => base.hint(
            "it was retried until the time limit; run the same command again, or allow more time: --timeout SECONDS",
        ),
        K::WrongMode => {
            base.hint("the cluster's authentication mode has changed; run the same command again to see the new plan")
        }
        K::BadAnswer => base.hint(bad_answer_hint(error)),
        K::InvalidPrincipal => base.hint("a principal in the policy does not exist; check its ARN"),
        _ => base,
    }
}

/// How to renew expired credentials: with their sign-in command, else at their source.
pub fn renew(sign_in: Option<&str>) -> String {
    match sign_in {
        Some(command) => format!("sign in, then run the same command again: {command}"),
        // Credentials of a sign-in have its command; these are stored somewhere.
        None => "replace them where they come from, then run the same command again; see where that is: \
                 aws configure list"
            .to_owned(),
    }
}

fn denied_hint(error: &CallError) -> String {
    match error.operation.split_once(':') {
        Some(("k8s", _)) => "the identity is known to the cluster but may not do this; an administrator must (kubectl auth can-i --list)".to_owned(),
        Some(("sso", _)) => "Identity Center does not assign you this permission set in this account: name a profile of one that you have (aws configure list-profiles), or ask for it"
            .to_owned(),
        _ => format!("the caller needs the IAM action {} on {}", error.operation, error.object),
    }
}

/// Shows the object of the cluster to which a webhook belongs.
const WEBHOOKS: &str = "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations -o \
                        'custom-columns=CONFIGURATION:.metadata.name,WEBHOOKS:.webhooks[*].name'";

/// The cluster's own rules refuse: neither another run nor another permission helps.
fn refused_hint(error: &CallError) -> String {
    match refuser(&error.message) {
        Some(Refuser::Webhook(name)) => {
            format!("the admission webhook {name} denies it; ask the team that runs it, or find out which: {WEBHOOKS}")
        }
        Some(Refuser::Policy(name)) => {
            format!("the cluster's own policy denies it; see what it requires: kubectl get validatingadmissionpolicy {name} -o yaml")
        }
        Some(Refuser::MutatingPolicy(name)) => {
            format!("the cluster's own policy denies it; see what it does: kubectl get mutatingadmissionpolicy {name} -o yaml")
        }
        Some(Refuser::Quota(name)) => {
            format!("a quota of the namespace is exhausted; look at it: kubectl -n kube-system describe resourcequota {name}")
        }
        Some(Refuser::Other) => {
            format!("an admission controller of the cluster denies it; ask the cluster's administrators, or see its webhooks: {WEBHOOKS}")
        }
        None => "the API server rejects this object; look at the present one: kubectl -n kube-system get configmap aws-auth -o yaml"
            .to_owned(),
    }
}

/// It was retried a few times; the first thing to check depends on what the server waits for.
fn failing_server_hint(error: &CallError) -> String {
    match silent_webhook(&error.message) {
        Some(name) => format!(
            "the admission webhook {name} does not answer, and the API server writes nothing without it; ask the team that runs it, or find out which: {WEBHOOKS}"
        ),
        None => "the API server failed each time; run the same command again once it is well: kubectl get --raw '/readyz?verbose'"
            .to_owned(),
    }
}

fn unreachable_hint(error: &CallError) -> &'static str {
    if error.operation.starts_with("k8s:") {
        "the Kubernetes API can't be reached from here: check for a private endpoint, a VPN or a proxy; an access entry needs no connection to it (--via access-entry)"
    } else {
        "check the network, the region (--region) and the proxy (HTTPS_PROXY, NO_PROXY)"
    }
}

fn bad_answer_hint(error: &CallError) -> &'static str {
    if error.operation.starts_with("k8s:") {
        "the server there is not the cluster's API server; check the connection: --server, --proxy-url, HTTPS_PROXY"
    } else {
        "the server there does not answer as AWS does; check the connection: --endpoint-url, AWS_ENDPOINT_URL, HTTPS_PROXY"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(operation: &'static str, kind: K) -> CallError {
        let (code, request_id) = (Some("C".into()), Some("r-1".into()));
        CallError { code, request_id, ..CallError::new(operation, "role R", kind, "m") }
    }

    #[test]
    fn a_denied_call_names_the_action_that_is_missing() {
        let shown = explain("creating role R", &error("iam:CreateRole", K::AccessDenied)).render();
        assert!(shown.contains("needs the IAM action iam:CreateRole on role R"), "{shown}");
        assert!(shown.contains("request r-1"), "{shown}");
    }

    #[test]
    fn expired_credentials_are_renewed_by_the_command_of_their_own_kind() {
        let told = |help| {
            let error = error("eks:DescribeCluster", K::ExpiredCredentials).helped_by(help);
            explain("reading cluster dev", &error).render()
        };
        let signed_in = told(Some("aws login --profile work"));
        assert!(signed_in.contains("aws login --profile work") && !signed_in.contains("sso"), "{signed_in}");
        let kept = told(None);
        assert!(kept.contains(": aws configure list") && !kept.contains("sso"), "{kept}");
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
