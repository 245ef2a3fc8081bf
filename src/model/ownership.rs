//! What is ours in an `aws-auth`: one annotation that lists, by owner, the ARNs whose mappings this tool added.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// The annotation's name.
pub const OWNERS_ANNOTATION: &str = "eksaccess.dev/owners";

/// The owners that an object's annotation names; `None` where the annotation is there and can't be read.
pub fn owners(object: &Value) -> Option<BTreeMap<String, BTreeSet<String>>> {
    match object["metadata"]["annotations"][OWNERS_ANNOTATION].as_str() {
        None => Some(BTreeMap::new()),
        Some(text) => serde_json::from_str(text).ok(),
    }
}

/// Marks a mapping as an owner's. An annotation that can't be read is somebody else's and stays as it is.
pub fn mark(object: &mut Value, owner: &str, arn: &str) {
    let Some(mut all) = owners(object) else { return };
    all.entry(owner.to_owned()).or_default().insert(arn.to_owned());
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    object["metadata"]["annotations"][OWNERS_ANNOTATION] = json!(serde_json::to_string(&all).unwrap_or_default());
}

/// Takes a mapping that is gone out of the marks, however its ARN was spelled. What becomes empty goes.
pub fn unmark(object: &mut Value, arn: &str) {
    let Some(mut all) = owners(object).filter(|all| !all.is_empty()) else { return };
    all.retain(|_, arns| {
        let before = arns.len();
        arns.retain(|marked| !marked.eq_ignore_ascii_case(arn));
        arns.len() == before || !arns.is_empty()
    });
    let Some(annotations) = object["metadata"]["annotations"].as_object_mut() else { return };
    if all.is_empty() {
        annotations.remove(OWNERS_ANNOTATION);
        if annotations.is_empty() {
            object["metadata"].as_object_mut().map(|metadata| metadata.remove("annotations"));
        }
    } else {
        annotations.insert(OWNERS_ANNOTATION.to_owned(), json!(serde_json::to_string(&all).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_add_up_and_other_annotations_stay() {
        let mut object = json!({"metadata": {"annotations": {"a": "b"}}});
        mark(&mut object, "cli", "arn:1");
        mark(&mut object, "team", "arn:2");
        mark(&mut object, "cli", "arn:1");
        assert_eq!(object["metadata"]["annotations"]["a"], "b");
        assert_eq!(object["metadata"]["annotations"][OWNERS_ANNOTATION], r#"{"cli":["arn:1"],"team":["arn:2"]}"#);
    }

    #[test]
    fn a_mark_goes_with_its_mapping() {
        let mut object = json!({"metadata": {"annotations": {"a": "b"}}});
        let before = object.clone();
        mark(&mut object, "cli", "arn:1");
        mark(&mut object, "team", "arn:2");
        unmark(&mut object, "arn:1");
        assert_eq!(object["metadata"]["annotations"][OWNERS_ANNOTATION], r#"{"team":["arn:2"]}"#);
        unmark(&mut object, "arn:3");
        unmark(&mut object, "ARN:2");
        assert_eq!(object, before);
    }

    #[test]
    fn an_annotation_that_is_not_ours_to_read_stays() {
        let mut object = json!({"metadata": {"annotations": {OWNERS_ANNOTATION: "?"}}});
        let before = object.clone();
        mark(&mut object, "cli", "arn:1");
        assert_eq!(object, before);
    }
}
