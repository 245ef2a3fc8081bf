//! The protocol between `kubectl` and an exec plugin.
//!
//! Reads `KUBERNETES_EXEC_INFO`, and writes a token as one line of JSON for stdout; any other output there breaks
//! `kubectl`. Pure. The forms are those of `client.authentication.k8s.io`
//! (<https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>).

use serde::Deserialize;
use serde_json::json;

use super::presign::{Token, timestamp};

/// The version of the answer if `kubectl` does not request one.
pub const DEFAULT_API_VERSION: &str = "client.authentication.k8s.io/v1beta1";
/// The supported versions; their fields are the same for this purpose.
pub const API_VERSIONS: [&str; 3] =
    ["client.authentication.k8s.io/v1", DEFAULT_API_VERSION, "client.authentication.k8s.io/v1alpha1"];

/// The request in `KUBERNETES_EXEC_INFO`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExecInfo {
    /// The version of the answer, one of [`API_VERSIONS`].
    pub api_version: &'static str,
    /// Whether a person can be asked on the terminal (`spec.interactive`; by the kubeconfig's `interactiveMode`);
    /// `None` if the plugin was not started by `kubectl`, or the version does not report it.
    pub interactive: Option<bool>,
    /// A warning for stderr.
    pub warning: Option<String>,
}

#[derive(Deserialize)]
struct Info {
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    #[serde(default)]
    spec: Option<InfoSpec>,
}

#[derive(Deserialize)]
struct InfoSpec {
    interactive: Option<bool>,
}

impl ExecInfo {
    /// Reads the value of `KUBERNETES_EXEC_INFO`; unset or empty means a direct call.
    ///
    /// Never fails: an unreadable value is answered in [`DEFAULT_API_VERSION`], with a warning.
    pub fn read(value: Option<&str>) -> Self {
        let default = Self { api_version: DEFAULT_API_VERSION, interactive: None, warning: None };
        let Some(text) = value.filter(|text| !text.trim().is_empty()) else { return default };
        let info: Info = match serde_json::from_str(text) {
            Ok(info) => info,
            Err(error) => {
                let warning =
                    format!("KUBERNETES_EXEC_INFO can't be read ({error}): answering with {DEFAULT_API_VERSION}");
                return Self { warning: Some(warning), ..default };
            }
        };
        let interactive = info.spec.and_then(|spec| spec.interactive);
        let Some(asked) = info.api_version else {
            let warning = format!("KUBERNETES_EXEC_INFO has no apiVersion: answering with {DEFAULT_API_VERSION}");
            return Self { warning: Some(warning), interactive, ..default };
        };
        match API_VERSIONS.into_iter().find(|known| *known == asked) {
            Some(api_version) if api_version.ends_with("/v1alpha1") => Self {
                api_version,
                interactive,
                warning: Some(format!(
                    "the kubeconfig asks for {api_version}, which kubectl dropped in 1.24: use v1beta1"
                )),
            },
            Some(api_version) => Self { api_version, interactive, warning: None },
            None => Self {
                warning: Some(format!("KUBERNETES_EXEC_INFO asks for {asked:?}: answering with {DEFAULT_API_VERSION}")),
                interactive,
                ..default
            },
        }
    }
}

/// The version of the answer and a warning, from the value of `KUBERNETES_EXEC_INFO`.
pub fn api_version_from(exec_info: Option<&str>) -> (&'static str, Option<String>) {
    let info = ExecInfo::read(exec_info);
    (info.api_version, info.warning)
}

/// The `ExecCredential` with `token`, in one line without a line break.
pub fn exec_credential(token: &Token, api_version: &str) -> String {
    json!({
        "kind": "ExecCredential",
        "apiVersion": api_version,
        "spec": {},
        "status": { "expirationTimestamp": timestamp(token.expires_at()), "token": token.text() },
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::model::arn::Partition;
    use crate::token::keys::Keys;
    use crate::token::presign::{Request, presign};

    fn info(api_version: &str) -> String {
        json!({"kind": "ExecCredential", "apiVersion": api_version, "spec": {"interactive": true}}).to_string()
    }

    #[test]
    fn the_version_asked_for_is_echoed() {
        for version in API_VERSIONS {
            let (answered, warning) = api_version_from(Some(&info(version)));
            assert_eq!(answered, version);
            assert_eq!(warning.is_some(), version.ends_with("v1alpha1"), "{version}");
        }
    }

    #[test]
    fn what_can_not_be_read_is_answered_in_v1beta1_and_only_a_question_makes_a_warning() {
        assert_eq!(DEFAULT_API_VERSION, "client.authentication.k8s.io/v1beta1");
        for (value, warns) in [
            (None, false),
            (Some(""), false),
            (Some(" \n"), false),
            (Some("{"), true),
            (Some("[]"), true),
            (Some("{}"), true),
            (Some(r#"{"apiVersion":"client.authentication.k8s.io/v9"}"#), true),
            (Some(r#"{"apiVersion":7}"#), true),
        ] {
            let (version, warning) = api_version_from(value);
            assert_eq!((version, warning.is_some()), (DEFAULT_API_VERSION, warns), "{value:?}");
        }
    }

    #[test]
    fn a_warning_shows_no_control_characters_of_the_value() {
        let hostile = "{\"apiVersion\":\"\\u001b[31mred\"}";
        let (_, warning) = api_version_from(Some(hostile));
        assert!(!warning.unwrap().contains('\u{1b}'));
    }

    #[test]
    fn whether_a_person_can_be_asked_is_known() {
        assert_eq!(ExecInfo::read(None).interactive, None);
        assert_eq!(ExecInfo::read(Some(&info(DEFAULT_API_VERSION))).interactive, Some(true));
        let quiet = r#"{"apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}"#;
        assert_eq!(ExecInfo::read(Some(quiet)).interactive, Some(false));
    }

    #[test]
    fn the_answer_is_one_line_of_the_documented_form() {
        let request = Request {
            cluster_id: "dev".into(),
            region: "eu-west-1".into(),
            partition: Partition::Aws,
            hosts: crate::token::Hosts::default(),
        };
        let now = SystemTime::UNIX_EPOCH + Duration::new(1_767_225_600, 999_000_000);
        let token = presign(&request, &Keys::new("AKIDEXAMPLE", "secret", None), now).unwrap();
        let line = exec_credential(&token, "client.authentication.k8s.io/v1");
        assert_eq!(
            line,
            format!(
                "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":{{}},\
                 \"status\":{{\"expirationTimestamp\":\"2026-01-01T00:14:00Z\",\"token\":\"{}\"}}}}",
                token.text()
            )
        );
    }
}
