//! `aws-auth` as the control plane reads it (aws-iam-authenticator 0.7.18, `pkg/mapper/configmap`).

use serde_json::Value;

/// What a mapping gives.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    pub username: String,
    pub groups: Vec<String>,
}

/// The mapping of an identity by its ARN (a role's without its path), as templates.
pub fn find(config_map: &Value, arn: &str, account: &str) -> Option<Mapping> {
    let text = |key: &str| config_map["data"][key].as_str().unwrap_or_default().to_owned();
    let roles = entries(&text("mapRoles"), "rolearn");
    let users = entries(&text("mapUsers"), "userarn");
    let matching = |list: &[(String, Mapping)]| {
        list.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(arn)).map(|(_, mapping)| mapping.clone())
    };
    matching(&roles).or_else(|| matching(&users)).or_else(|| {
        let accounts: serde_yaml::Value = serde_yaml::from_str(&text("mapAccounts")).ok()?;
        let named = accounts.as_sequence()?.iter().any(|item| match item {
            serde_yaml::Value::String(text) => text == account,
            serde_yaml::Value::Number(number) => number.to_string() == account,
            _ => false,
        });
        named.then(|| Mapping { username: arn.to_owned(), groups: Vec::new() })
    })
}

/// The entries of one list, in order; a text that is no YAML has none.
fn entries(text: &str, key: &str) -> Vec<(String, Mapping)> {
    let Ok(serde_yaml::Value::Sequence(items)) = serde_yaml::from_str::<serde_yaml::Value>(text) else {
        return Vec::new();
    };
    items.iter().filter_map(|item| entry(item, key)).collect()
}

fn entry(item: &serde_yaml::Value, key: &str) -> Option<(String, Mapping)> {
    let fields = item.as_mapping()?;
    let field = |name: &str| {
        fields.iter().filter(|(k, _)| k.as_str().is_some_and(|k| k.eq_ignore_ascii_case(name))).map(|(_, v)| v).last()
    };
    let arn = field(key)?.as_str().filter(|arn| !arn.is_empty())?.to_owned();
    if key == "rolearn" && field("sso").is_some_and(|sso| !sso.is_null()) {
        return None;
    }
    let username = field("username").and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let groups = field("groups")
        .and_then(|v| v.as_sequence())
        .map(|list| list.iter().map(|g| g.as_str().unwrap_or_default().to_owned()).collect())
        .unwrap_or_default();
    Some((arn, Mapping { username, groups }))
}
