//! Objects that resemble an `aws-auth` without being one, for a file that has none.

use super::objects::{field, is_its_namespace, text_of};
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::yaml::value::{Value, ValueId, Values};
use crate::aws_auth::yaml::{Document, NodeId};

/// Why an object that looks like the `aws-auth` is not it; `before` is the number of lines before its document.
pub(super) fn near_miss(document: &Document<'_>, values: &Values, object: ValueId, before: usize) -> Option<String> {
    let line = |node: NodeId| before + document.nodes[node].content.line + 1;
    let metadata = field(document, values, object, "metadata").map(|(_, value)| value);
    let kind = text_of(document, values, object, "kind");
    let name = metadata.and_then(|metadata| text_of(document, values, metadata, "name"));
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_named = name == Some("aws-auth");
    if kind == Some("ConfigMap") && is_named {
        let (node, _) = field(document, values, metadata?, "namespace")?;
        let namespace = text_of(document, values, metadata?, "namespace")?;
        return (!is_its_namespace(namespace)).then(|| {
            let (line, namespace) = (line(node), shown(namespace));
            format!(
                "line {line}: this aws-auth is in namespace {namespace}; the control plane reads the one in kube-system"
            )
        });
    }
    if is_named {
        return Some(match field(document, values, object, "kind") {
            Some((node, _)) => format!(
                "line {}: the object named aws-auth is of kind `{}`; it must be `ConfigMap`",
                line(node),
                shown(kind.unwrap_or_default())
            ),
            None => "an object named aws-auth has no `kind`; it must be `ConfigMap`".to_owned(),
        });
    }
    let data = field(document, values, object, "data").map(|(_, value)| value);
    let key = data.and_then(|data| first_key(document, values, data));
    if kind == Some("ConfigMap") {
        let named = metadata.and_then(|metadata| field(document, values, metadata, "name"));
        let (node, _) = named.filter(|_| key.is_some() || name.is_some_and(|name| bare(name) == "awsauth"))?;
        let name = shown(name.unwrap_or_default());
        return Some(format!(
            "line {}: this ConfigMap is named `{name}`; the control plane reads `aws-auth`",
            line(node)
        ));
    }
    if let Some((key, node)) = key {
        return Some(format!(
            "line {}: `{key}` is in an object that is not a ConfigMap named aws-auth (kind, metadata.name)",
            line(node)
        ));
    }
    if let Some((key, node)) = first_key(document, values, object) {
        return Some(format!("line {}: `{key}` is outside a ConfigMap's `data`", line(node)));
    }
    is_list_of_entries(document, values, object).then(|| {
        "the file is a list of entries: it is the text of `mapRoles` or `mapUsers`, not the ConfigMap".to_owned()
    })
}

/// The first of the three data keys that a map has.
fn first_key(document: &Document<'_>, values: &Values, map: ValueId) -> Option<(DataKey, NodeId)> {
    let Value::Map { pairs } = values.get(map) else { return None };
    let found = |key: DataKey| {
        let pair = pairs.iter().find(|pair| values.text(document, pair.key) == key.as_str())?;
        Some((key, pair.key))
    };
    DataKey::ALL.into_iter().find_map(found)
}

fn is_list_of_entries(document: &Document<'_>, values: &Values, root: ValueId) -> bool {
    let Value::List { items } = values.get(root) else { return false };
    let is_arn = |name: &str| matches!(name.to_ascii_lowercase().as_str(), "rolearn" | "userarn");
    items.iter().any(|item| {
        matches!(values.get(*item), Value::Map { pairs } if pairs.iter().any(|pair| is_arn(values.text(document, pair.key))))
    })
}

fn shown(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}
