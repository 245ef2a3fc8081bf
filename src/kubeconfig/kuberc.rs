//! kubectl's preferences file, `kuberc`, as far as it decides which exec plugins kubectl runs: read as in kubectl 1.36
//! (`k8s.io/kubectl/pkg/kuberc`). Pure. It is the user's own file, and never written here.
//!
//! kubectl uses the first document that it knows. An invalid one stops every kubectl command; an unreadable file is
//! ignored with a warning at the default path, and stops every command if `KUBERC` names it.

use std::path::{Path, PathBuf};

use serde_yaml::Value;

use crate::aws_auth::{Nesting, nesting};

/// The nesting limit; kubectl writes four levels.
const MOST_LEVELS: usize = 50;

/// Options of kubectl that select another cluster or user than the context.
const LEADS_ELSEWHERE: [&str; 14] = [
    "as",
    "as-group",
    "as-uid",
    "as-user-extra",
    "certificate-authority",
    "client-certificate",
    "client-key",
    "cluster",
    "context",
    "insecure-skip-tls-verify",
    "kubeconfig",
    "server",
    "token",
    "user",
];

/// The path of kubectl's file, and whether it was named; `None` if kubectl reads none.
///
/// `kuberc` is the variable `KUBERC`, `feature` is `KUBECTL_KUBERC`.
#[must_use]
pub fn place(kuberc: Option<&str>, feature: Option<&str>, home: Option<&Path>) -> Option<(PathBuf, bool)> {
    if feature.is_some_and(|feature| feature.eq_ignore_ascii_case("false")) {
        return None;
    }
    match kuberc {
        Some("off") => None,
        Some(path) if !path.is_empty() => Some((path.into(), true)),
        _ => Some((home.unwrap_or_else(|| Path::new("")).join(".kube").join("kuberc"), false)),
    }
}

/// The file, as found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Kuberc {
    /// It is disabled, or missing at the default path.
    #[default]
    Nothing,
    /// `KUBERC` names a missing file.
    Missing(String),
    /// It could not be read: its path, and why.
    Unreadable(String, String),
    /// Its path and its text.
    Text(String, String),
}

/// What a kuberc says about plugins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Rules {
    /// Nothing: there are no documents.
    Silent,
    /// kubectl knows none of its documents.
    Unknown,
    /// kubectl refuses the file, and why.
    Invalid(String),
    /// This policy.
    Known(Policy),
}

/// The policy of a kuberc that kubectl accepts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Policy {
    /// `credentialPluginPolicy`; empty if absent.
    pub(super) kind: String,
    /// The commands of `credentialPluginAllowlist`.
    pub(super) allowed: Option<Vec<String>>,
    /// Whether `kubectl kuberc set` would lose other documents of the file.
    pub(super) has_more: bool,
    /// A kubectl command that its own default redirects, and the option that does.
    pub(super) leads: Option<(String, String)>,
}

/// A value of a type that kubectl can't decode there.
struct WrongType;

/// The meaning of the text.
pub(super) fn read(text: &str) -> Rules {
    if !matches!(nesting(text, MOST_LEVELS), Nesting::Within) {
        return Rules::Unknown;
    }
    let documents = documents(text);
    let known = documents.iter().find_map(|document| {
        let mut value: Value = serde_yaml::from_str(document).ok()?;
        value.apply_merge().ok()?;
        decode(&value)
    });
    match known {
        Some(Rules::Known(policy)) => Rules::Known(Policy { has_more: documents.len() > 1, ..policy }),
        Some(other) => other,
        None if documents.is_empty() => Rules::Silent,
        None => Rules::Unknown,
    }
}

/// The documents between `---` lines, without blank ones.
fn documents(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.strip_prefix("---").is_some_and(|rest| rest.trim().is_empty()) {
            all.push(String::new());
        } else if let Some(last) = all.last_mut() {
            last.push_str(line);
        }
    }
    all.into_iter().filter(|document| !document.trim().is_empty()).collect()
}

/// A document that kubectl knows; `None` for any other.
fn decode(document: &Value) -> Option<Rules> {
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    let (group, version) = text("apiVersion")?.split_once('/')?;
    if group != "kubectl.config.k8s.io" || text("kind") != Some("Preference") {
        return None;
    }
    match version {
        "v1beta1" => rules(document, "defaults", "options", true).ok(),
        "v1alpha1" => rules(document, "overrides", "flags", false).ok(),
        _ => None,
    }
}

/// `v1alpha1` had no policy, so one in such a document has no effect.
fn rules(document: &Value, defaults: &str, options: &str, has_policy: bool) -> Result<Rules, WrongType> {
    let (aliases, defaults) = (options_of(document, "aliases", options)?, options_of(document, defaults, options)?);
    for alias in list_of(document.get("aliases"))?.unwrap_or_default() {
        texts_of(alias.get("prependArgs"))?;
        texts_of(alias.get("appendArgs"))?;
    }
    let mut policy = Policy::default();
    if has_policy {
        policy.kind = text_of(document.get("credentialPluginPolicy"))?;
        policy.allowed = match list_of(document.get("credentialPluginAllowlist"))? {
            Some(entries) => Some(entries.iter().map(command_of).collect::<Result<_, _>>()?),
            None => None,
        };
    }
    if let Some(why) = invalid(document, &aliases, &defaults) {
        return Ok(Rules::Invalid(why));
    }
    policy.leads = defaults.into_iter().find_map(|(command, names)| {
        let option = names.into_iter().find(|name| LEADS_ELSEWHERE.contains(&name.as_str()))?;
        Some((command, option))
    });
    Ok(Rules::Known(policy))
}

/// A command of `defaults` or `aliases` with the names of its options.
type Options = Vec<(String, Vec<String>)>;

fn options_of(document: &Value, list: &str, options: &str) -> Result<Options, WrongType> {
    let items = list_of(document.get(list))?.unwrap_or_default();
    let each = items.iter().map(|item| {
        mapping(item)?;
        text_of(item.get("name"))?;
        let command = text_of(item.get("command"))?;
        let options = list_of(item.get(options))?.unwrap_or_default();
        let names = options.iter().map(|option| {
            mapping(option)?;
            text_of(option.get("default"))?;
            text_of(option.get("name"))
        });
        Ok((command, names.collect::<Result<_, _>>()?))
    });
    each.collect()
}

/// An entry of the allowlist; `name` is what 1.35 called `command`.
fn command_of(entry: &Value) -> Result<String, WrongType> {
    mapping(entry)?;
    let (name, command) = (text_of(entry.get("name"))?, text_of(entry.get("command"))?);
    match (name.is_empty(), command.is_empty()) {
        (false, false) if name != command => Err(WrongType),
        (false, true) => Ok(name),
        _ => Ok(command),
    }
}

/// What kubectl refuses in a decodable document, except the policy.
fn invalid(document: &Value, aliases: &Options, defaults: &Options) -> Option<String> {
    let items = document.get("aliases").and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> =
        items.iter().map(|item| item.get("name").and_then(Value::as_str).unwrap_or_default()).collect();
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Some(format!("an alias is named `{name}`, and an alias has letters only"));
        }
        if names[..at].contains(name) {
            return Some(format!("two aliases are named `{name}`"));
        }
    }
    let options = aliases.iter().chain(defaults).flat_map(|(_, options)| options);
    let dashed = options.into_iter().find(|option| option.starts_with('-'))?;
    Some(format!("the option `{dashed}` is written with a dash"))
}

fn text_of(value: Option<&Value>) -> Result<String, WrongType> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(WrongType),
    }
}

fn list_of(value: Option<&Value>) -> Result<Option<Vec<Value>>, WrongType> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Sequence(items)) => Ok(Some(items.clone())),
        Some(_) => Err(WrongType),
    }
}

fn texts_of(value: Option<&Value>) -> Result<(), WrongType> {
    list_of(value)?.unwrap_or_default().iter().try_for_each(|item| text_of(Some(item)).map(drop))
}

/// kubectl accepts null as an empty entry.
fn mapping(value: &Value) -> Result<(), WrongType> {
    if value.is_mapping() || value.is_null() { Ok(()) } else { Err(WrongType) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_looked_for_where_kubectl_does() {
        let at = |kuberc, feature| place(kuberc, feature, Some(Path::new("/home/ann")));
        let usual = Some(("/home/ann/.kube/kuberc".into(), false));
        assert_eq!(at(None, None), usual);
        assert_eq!(at(Some(""), Some("true")), usual);
        assert_eq!(at(Some("~/mine"), None), Some(("~/mine".into(), true)));
        assert_eq!(at(Some("off"), None), None);
        assert_eq!(at(Some("OFF"), None), Some(("OFF".into(), true)));
        assert_eq!(at(Some("/mine"), Some("False")), None);
        assert_eq!(place(None, None, None), Some((".kube/kuberc".into(), false)));
    }
}
