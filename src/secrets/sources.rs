//! Secrets inside longer texts: in URLs, settings files, sign-ins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::registry::learn;

/// Settings of AWS's files and of kubeconfigs with a secret value.
const SETTINGS: [&str; 15] = [
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "token",
    "password",
    "client-key-data",
    "client-secret",
    "id-token",
    "refresh-token",
    "access-token",
    "secret",
    "secretaccesskey",
    "sessiontoken",
    "accesstoken",
    "refreshtoken",
];

/// Fields of the sign-ins that the AWS CLI and the SDKs cache.
const LOGIN: [&str; 7] =
    ["accessToken", "refreshToken", "idToken", "clientSecret", "secretAccessKey", "sessionToken", "dpopKey"];

/// The user and the password of a URL: as written, as decoded, and as sent to a proxy.
pub fn learn_url(url: &str) {
    let Some((_, rest)) = url.split_once("://") else { return };
    let authority = rest.split(['/', '?', '#', '"', '\'', ' ', '\t', '\n']).next().unwrap_or_default();
    let Some(user) = authority.rsplit_once('@').map(|(user, _)| user).or_else(|| unencoded(rest, authority)) else {
        return;
    };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let password = user.split_once(':').map_or(user, |(_, password)| password);
    learn(password);
    learn(&decoded(password));
    // A password that is too short to search for is hidden together with the user's name.
    learn(user);
    learn(&STANDARD.encode(decoded(user)));
}

/// User and password if the password has an unencoded `/`: the text after the colon is not a port.
fn unencoded<'a>(rest: &'a str, authority: &str) -> Option<&'a str> {
    let (_, port) = authority.split_once(':')?;
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    rest.rsplit_once('@').filter(|_| !is_port).map(|(user, _)| user)
}

/// The secrets on the lines of a settings file, `name = value` and `name: value`, and those in its URLs.
pub fn learn_settings(text: &str) {
    let mut is_secret = false;
    for line in text.lines() {
        for (at, _) in line.match_indices("://") {
            learn_url(&line[at..]);
        }
        let line = line.trim_start_matches(|c: char| c.is_whitespace() || c == '-');
        let Some(at) = line.find(['=', ':']) else { continue };
        let whole = (line[..at].trim().trim_matches('"'), line[at + 1..].trim().trim_matches(['"', '\'', ',']));
        for (name, value) in std::iter::once(whole).chain(inline(line)) {
            if SETTINGS.iter().any(|known| name.eq_ignore_ascii_case(known)) || (is_secret && name == "value") {
                learn(value);
            }
            // A variable of an exec section has its name on the line before.
            let names = ["SECRET", "TOKEN", "PASSWORD"];
            is_secret = name == "name" && names.iter().any(|part| value.contains(part)) && !value.ends_with("_FILE");
        }
    }
}

/// The pairs in braces, as in JSON and YAML's flow style: `{"name": "value", name: value}`.
fn inline(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | '[' | ']' | ',' | '"' | '\'');
    let pair = move |(at, _): (usize, &str)| {
        let name = line[..at].trim_end().trim_end_matches(['"', '\'']);
        let name = &name[name.rfind(ends).map_or(0, |before| before + 1)..];
        let value = line[at + 1..].trim_start();
        let value = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next(),
            _ => value.split(ends).next(),
        };
        Some((name, value?)).filter(|(name, value)| !name.is_empty() && !value.is_empty())
    };
    line.match_indices(':').filter(move |_| line.contains('{')).filter_map(pair)
}

/// The secrets of a sign-in cached as JSON.
pub fn learn_login(text: &str) {
    let Ok(login) = serde_json::from_str::<Value>(text) else { return };
    for object in [Some(&login), login.get("accessToken"), login.get("roleCredentials")].into_iter().flatten() {
        LOGIN.iter().filter_map(|name| object.get(name)?.as_str()).for_each(learn);
    }
}

/// The passwords in the URLs of a command line.
pub fn learn_arguments(arguments: impl IntoIterator<Item = String>) {
    arguments.into_iter().filter(|argument| argument.contains("://")).for_each(|argument| learn_url(&argument));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::redact;

    fn hidden(text: &str) -> bool {
        redact(&format!("so {text} it is")) == "so ** it is"
    }

    #[test]
    fn a_urls_password_is_known_in_each_form() {
        learn_url("http://ann:source%2Bmark%40one@proxy:3128/x");
        for text in ["source%2Bmark%40one", "source+mark@one", &STANDARD.encode("ann:source+mark@one")] {
            assert!(hidden(text), "{text}");
        }
        learn_url("http://sourcemark:pw@proxy");
        assert!(hidden("sourcemark:pw"));
        learn_url("http://ann:source/mark/two@proxy:1");
        assert!(!redact("ann:source/mark/two@").contains("mark"));
        learn_url("http://proxy.example.com:3128");
        assert!(!hidden("proxy.example.com"));
    }

    #[test]
    fn settings_of_both_kinds_of_files_are_known() {
        learn_settings(
            "[a]\naws_secret_access_key = source/mark/three\nregion = eu-west-1-mark\nAWS_SESSION_TOKEN=source/mark/four\n",
        );
        learn_settings(
            "users:\n- name: u\n  user:\n    token: \"source-mark-five\"\n    exec:\n      env:\n      - name: AWS_SECRET_ACCESS_KEY\n        value: source-mark-six\n      - name: AWS_PROFILE\n        value: source-mark-seven\n  proxy-url: http://ann:source-mark-eight@p\n",
        );
        for text in
            ["source/mark/three", "source/mark/four", "source-mark-five", "source-mark-six", "source-mark-eight"]
        {
            assert!(hidden(text), "{text}");
        }
        assert!(!hidden("eu-west-1-mark") && !hidden("source-mark-seven"));
    }

    #[test]
    fn settings_on_one_line_are_known_too() {
        learn_settings(
            r#"{"kind":"Config","users":[{"name":"u","user":{"token":"inline-mark-one","exec":{"env":[{"name":"AWS_SECRET_ACCESS_KEY","value":"inline-mark-two"},{"name":"AWS_REGION","value":"inline-mark-three"}]}}}]}"#,
        );
        learn_settings("users: [{name: u, user: {password: inline-mark-four, username: inline-mark-five}}]\n");
        for text in ["inline-mark-one", "inline-mark-two", "inline-mark-four"] {
            assert!(hidden(text), "{text}");
        }
        assert!(!hidden("inline-mark-three") && !hidden("inline-mark-five"));
    }

    #[test]
    fn a_sign_ins_tokens_are_known() {
        learn_login(
            r#"{"accessToken": "source-mark-nine", "clientSecret": "source-mark-ten", "startUrl": "https://s.mark"}"#,
        );
        learn_login(r#"{"accessToken": {"secretAccessKey": "source-mark-eleven", "accountId": "111122223333"}}"#);
        learn_login("no JSON");
        assert!(hidden("source-mark-nine") && hidden("source-mark-ten") && hidden("source-mark-eleven"));
        assert!(!hidden("https://s.mark") && !hidden("111122223333"));
    }
}
