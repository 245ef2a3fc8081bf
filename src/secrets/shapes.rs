//! Detects what looks like a secret: the second line of defence, for values that were not registered.

use std::ops::Range;

use super::spelling::Layer;

/// Names before a secret, in lower case, longer ones first; the name is hidden with the value.
const NAMES: [&str; 17] = [
    "x-amz-security-token",
    "x-amz-signature",
    "x-aws-ec2-metadata-token",
    "x-amz-sso_bearer_token",
    "proxy-authorization",
    "authorization",
    "secretaccesskey",
    "secret_access_key",
    "webidentitytoken",
    "sessiontoken",
    "session_token",
    "security_token",
    "refreshtoken",
    "clientsecret",
    "accesstoken",
    "signature",
    "tokencode",
];

/// Prefixes of a token: what follows in its alphabet belongs to it. The second to fourth are the first one in base64,
/// after zero, one and two bytes; the last is the URL in a token, which begins with `https://sts.`.
const TOKENS: [(&str, usize); 5] =
    [("k8s-aws-v1.", 1), ("azhzLWF3cy12MS", 8), ("s4cy1hd3MtdjEu", 8), ("rOHMtYXdzLXYxL", 8), ("aHR0cHM6Ly9zdHMu", 40)];

/// A shorter value is a word.
const SHORTEST: usize = 16;
/// The number of digits of an MFA code.
const CODE: usize = 6;

/// The parts of a layer that look like a secret, with their names.
pub(super) fn find(layer: &Layer<'_>, found: &mut Vec<Range<usize>>) {
    let lower = layer.text.to_ascii_lowercase();
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            found.extend(valued(&layer.text, at, name).map(|end| at..end));
        }
    }
    for (at, scheme) in lower.match_indices("bearer ") {
        let end = run(&layer.text, at + scheme.len());
        found.extend((end - at - scheme.len() >= SHORTEST).then_some(at + scheme.len()..end));
    }
    for (begin, least) in TOKENS {
        for (at, _) in layer.text.match_indices(begin) {
            let end = run(&layer.text, at + begin.len());
            found.extend((end - at - begin.len() >= least).then_some(at..end));
        }
    }
}

/// Where the value of a name ends; `None` if the name has none.
fn valued(text: &str, at: usize, name: &str) -> Option<usize> {
    let rest = &text[at + name.len()..];
    let between = rest.len() - rest.trim_start_matches(['"', '\'', ' ']).len();
    let sign = rest[between..].strip_prefix(['=', ':', '>'])?;
    let value = sign.trim_start_matches(['"', '\'', ' ']);
    let value = ["Basic ", "Bearer ", "basic ", "bearer "].iter().find_map(|s| value.strip_prefix(s)).unwrap_or(value);
    let begin = text.len() - value.len();
    let end = run(text, begin);
    let least = match name {
        "tokencode" => CODE,
        "authorization" | "proxy-authorization" => CODE + 2,
        _ => SHORTEST,
    };
    // `Authorization: AWS4-HMAC-SHA256 Credential=…` names its algorithm; its signature has a name of its own.
    let is_algorithm = value.starts_with("AWS4-");
    (end - begin >= least && !is_algorithm).then_some(end)
}

/// The end of a run of token characters.
fn run(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=_.~%-".contains(c))).unwrap_or(rest.len());
    from + length
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        find(&Layer::all(text)[0], &mut found);
        found.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn tokens_and_signatures_are_seen() {
        for (text, part) in [
            ("Bearer-less k8s-aws-v1.aHR0cHM_- end", "k8s-aws-v1.aHR0cHM_-"),
            ("?X-Amz-Signature=0123456789abcdef&x", "X-Amz-Signature=0123456789abcdef"),
            ("<SessionToken>IQoJb3JpZ2luX2VjEDEa</SessionToken>", "SessionToken>IQoJb3JpZ2luX2VjEDEa"),
            (r#""secretAccessKey": "abcdefghijklmnop+/""#, r#"secretAccessKey": "abcdefghijklmnop+/"#),
            ("Proxy-Authorization: Basic YW5uOnB3", "Proxy-Authorization: Basic YW5uOnB3"),
            ("TokenCode=123456&x", "TokenCode=123456"),
        ] {
            assert!(parts(text).contains(&part), "{text}: {:?}", parts(text));
        }
        assert_eq!(
            parts("authorization: AWS4-HMAC-SHA256 Credential=AKIA/2026, Signature=0123456789abcdef"),
            ["Signature=0123456789abcdef"]
        );
    }

    #[test]
    fn a_token_in_base64_is_seen_behind_any_text() {
        for before in ["", "a", "ab"] {
            let text = STANDARD.encode(format!("{before}k8s-aws-v1.aHR0cHM6Ly9zdHMu"));
            assert_eq!(parts(&text).len(), 1, "{before}: {text}");
        }
    }

    #[test]
    fn words_are_not_secrets() {
        for text in [
            "SignatureDoesNotMatch: The request signature we calculated does not match",
            "the environment holds an access key id without its secret: AWS_SECRET_ACCESS_KEY is not set",
            "aws_session_token = short",
            "set AWS_SESSION_TOKEN: it is missing",
            "k8s-aws-v1. is what a token begins with",
            "a bearer token is needed",
        ] {
            assert_eq!(parts(text), Vec::<&str>::new(), "{text}");
        }
    }
}
