//! Admission refusals: which plugin refuses an object, parsed from the API server's messages. Pure.
//!
//! An admission refusal has no code of its own: a webhook may refuse with any status from 400 on, a policy with 401,
//! 403, 413 or 422, and a quota with 403 like authorization. So the message decides here. The messages are those of
//! `k8s.io/apiserver` (`pkg/admission/plugin/webhook/errors`, `pkg/admission/plugin/policy`) and of its quota plugin.

/// What refuses an object; with its name where that can be used in a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refuser {
    /// An admission webhook.
    Webhook(String),
    /// A `ValidatingAdmissionPolicy`.
    Policy(String),
    /// A `MutatingAdmissionPolicy`.
    MutatingPolicy(String),
    /// A `ResourceQuota` of the object's namespace.
    Quota(String),
    /// Another admission plugin, or one whose name is not a Kubernetes name.
    Other,
}

/// What refuses, if a failed call's message is an admission refusal; `None` if it is not.
///
/// A message like `User "x" cannot update …` is from authorization, not from admission.
pub fn refuser(message: &str) -> Option<Refuser> {
    if let Some((_, rest)) = message.split_once("admission webhook ")
        && rest.contains(" denied the request")
    {
        return Some(quoted(rest, '"').map_or(Refuser::Other, Refuser::Webhook));
    }
    if message.contains(" denied request: ") {
        return Some(policy(message));
    }
    let (_, why) = message.split_once(" is forbidden: ")?;
    if is_authorization(why) {
        return None;
    }
    let quota = ["exceeded quota: ", "failed quota: ", "status unknown for quota: "]
        .iter()
        .find_map(|text| why.split_once(text));
    let quota = quota.and_then(|(_, rest)| name(rest.split([',', ':']).next().unwrap_or_default().trim()));
    Some(quota.map_or(Refuser::Other, Refuser::Quota))
}

/// The admission webhook that could not be called, without which the API server refuses every write.
pub fn silent_webhook(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("failed calling webhook ")?;
    quoted(rest, '"')
}

fn policy(message: &str) -> Refuser {
    let of = |kind: &str| message.split_once(kind).and_then(|(_, rest)| quoted(rest, '\''));
    of("ValidatingAdmissionPolicy ")
        .map(Refuser::Policy)
        .or_else(|| of("MutatingAdmissionPolicy ").or_else(|| of("policy ")).map(Refuser::MutatingPolicy))
        .unwrap_or(Refuser::Other)
}

/// Whether the message is that of RBAC or another authorizer: `User "x" cannot update resource …`.
fn is_authorization(why: &str) -> bool {
    why.strip_prefix("User \"")
        .and_then(|rest| rest.split_once('"'))
        .is_some_and(|(_, rest)| rest.starts_with(" cannot "))
}

/// The name in quotes at the beginning of a text.
fn quoted(text: &str, quote: char) -> Option<String> {
    name(text.strip_prefix(quote)?.split(quote).next()?)
}

/// A DNS subdomain, the form of object and webhook names; anything else is not put into a command.
fn name(text: &str) -> Option<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    (begins && text.len() <= 253 && text.chars().all(is_part)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_tells_who_refuses() {
        for (message, who) in [
            ("admission webhook \"a.b.c\" denied the request: no", Some(Refuser::Webhook("a.b.c".into()))),
            (
                "admission webhook \"a.b.c\" denied the request without explanation",
                Some(Refuser::Webhook("a.b.c".into())),
            ),
            ("admission webhook \"a; b\" denied the request: no", Some(Refuser::Other)),
            (
                "configmaps \"aws-auth\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
                Some(Refuser::Policy("p".into())),
            ),
            (
                "configmaps \"aws-auth\" is forbidden: MutatingAdmissionPolicy 'p' with binding 'b' denied request: no",
                Some(Refuser::MutatingPolicy("p".into())),
            ),
            (
                "configmaps \"aws-auth\" is forbidden: exceeded quota: q, requested: count/configmaps=1",
                Some(Refuser::Quota("q".into())),
            ),
            ("configmaps \"aws-auth\" is forbidden: failed quota: q: must specify x", Some(Refuser::Quota("q".into()))),
            ("configmaps \"aws-auth\" is forbidden: the namespace is being terminated", Some(Refuser::Other)),
            (
                "configmaps \"aws-auth\" is forbidden: User \"x\" cannot update resource \"configmaps\" in API group \"\" \
                 in the namespace \"kube-system\"",
                None,
            ),
            ("Internal error occurred: failed calling webhook \"a.b\": refused", None),
            ("etcdserver: no leader", None),
        ] {
            assert_eq!(refuser(message), who, "{message}");
        }
    }

    #[test]
    fn a_webhook_that_could_not_be_asked_is_named() {
        let text =
            "Internal error occurred: failed calling webhook \"a.b\": failed to call webhook: Post \"https://x\"";
        assert_eq!(silent_webhook(text).as_deref(), Some("a.b"));
        assert_eq!(silent_webhook("failed calling webhook \"a\nhint: b\": x"), None);
        assert_eq!(silent_webhook("admission webhook \"a.b\" denied the request: no"), None);
    }
}
