//! Ownership marks in an `aws-auth`: one annotation that lists, by owner, the ARNs whose mappings this tool added.
//!
//! The API server accepts at most 256 KiB of annotations on an object, keys and values together. Long before that the
//! ARNs are written as short hashes; both forms can be read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::hex::hex;

/// The annotation's name.
pub const OWNERS_ANNOTATION: &str = "eksaccess.dev/owners";
/// The most bytes of all annotations of an object, keys and values (`TotalAnnotationSizeLimitB` in Kubernetes'
/// `pkg/api/validation`).
pub const MAX_ANNOTATIONS: usize = 256 * 1024;
/// The most bytes of all annotations up to which the marks are ARNs.
const MOST_WITH_ARNS: usize = 200 * 1024;
/// The prefix of a mark that is an ARN's hash.
const HASHED: char = '#';

/// The result of marking a mapping.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Marked {
    /// It is marked.
    Yes,
    /// The object's annotations have no room left; nothing was changed.
    NoRoom,
    /// The annotation can't be read; nothing was changed.
    NotOurs,
}

/// The owners in an object's annotation, with their marks: an ARN, or its hash after `#`. `None` if the annotation
/// exists and can't be read.
pub fn owners(object: &Value) -> Option<BTreeMap<String, BTreeSet<String>>> {
    match object["metadata"]["annotations"][OWNERS_ANNOTATION].as_str() {
        None => Some(BTreeMap::new()),
        Some(text) => serde_json::from_str(text).ok(),
    }
}

/// Marks a mapping as an owner's. An unreadable annotation belongs to another tool and is not changed.
pub fn mark(object: &mut Value, owner: &str, arn: &str) -> Marked {
    let Some(mut all) = owners(object) else { return Marked::NotOurs };
    let marks = all.entry(owner.to_owned()).or_default();
    if marks.iter().any(|mark| stands_for(mark, arn, &hash(arn))) {
        return Marked::Yes;
    }
    marks.insert(arn.to_owned());
    let beside = OWNERS_ANNOTATION.len() + bytes_of_others(object);
    let mut text = written(&all);
    if beside + text.len() > MOST_WITH_ARNS {
        let short = |mark: &String| if mark.starts_with(HASHED) { mark.clone() } else { hash(mark) };
        for marks in all.values_mut() {
            *marks = marks.iter().map(short).collect();
        }
        text = written(&all);
    }
    if beside + text.len() > MAX_ANNOTATIONS {
        return Marked::NoRoom;
    }
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = json!({});
    }
    object["metadata"]["annotations"][OWNERS_ANNOTATION] = json!(text);
    Marked::Yes
}

/// Removes the mark of a deleted mapping, in any spelling of its ARN, and empty parts of the annotation.
pub fn unmark(object: &mut Value, arn: &str) {
    let Some(mut all) = owners(object).filter(|all| !all.is_empty()) else { return };
    let hash = hash(arn);
    all.retain(|_, marks| {
        let before = marks.len();
        marks.retain(|mark| !stands_for(mark, arn, &hash));
        marks.len() == before || !marks.is_empty()
    });
    let Some(annotations) = object["metadata"]["annotations"].as_object_mut() else { return };
    if all.is_empty() {
        annotations.remove(OWNERS_ANNOTATION);
        if annotations.is_empty() {
            object["metadata"].as_object_mut().map(|metadata| metadata.remove("annotations"));
        }
    } else {
        annotations.insert(OWNERS_ANNOTATION.to_owned(), json!(written(&all)));
    }
}

fn stands_for(mark: &str, arn: &str, hash: &str) -> bool {
    mark == hash || mark.eq_ignore_ascii_case(arn)
}

/// The short form of a mark: twelve hexadecimal digits of the ARN's SHA-256, in lower case as ARNs are compared.
fn hash(arn: &str) -> String {
    let hash = Sha256::digest(arn.to_ascii_lowercase());
    format!("{HASHED}{}", hex(&hash[..6]))
}

fn written(all: &BTreeMap<String, BTreeSet<String>>) -> String {
    serde_json::to_string(all).unwrap_or_default()
}

/// The bytes of the other annotations, as the API server counts them.
fn bytes_of_others(object: &Value) -> usize {
    let annotations = object["metadata"]["annotations"].as_object();
    let others = annotations.into_iter().flatten().filter(|(key, _)| *key != OWNERS_ANNOTATION);
    others.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum()
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
        assert_eq!(mark(&mut object, "cli", "arn:1"), Marked::NotOurs);
        assert_eq!(object, before);
    }

    fn arn(number: usize) -> String {
        format!("arn:aws:iam::111122223333:role/a-name-of-the-usual-length-{number:06}")
    }

    /// The bytes of all annotations, counted independently of the code under test.
    fn bytes(object: &Value) -> usize {
        let annotations = object["metadata"]["annotations"].as_object().unwrap();
        annotations.iter().map(|(key, value)| key.len() + value.as_str().unwrap().len()).sum()
    }

    /// An object with as many marks as these bytes hold in the short form.
    fn filled(beside: usize) -> (Value, usize) {
        let mut object = json!({"metadata": {"annotations": {"a": "b".repeat(beside)}}});
        let most = (MAX_ANNOTATIONS - beside) / (13 + 3);
        let owned: BTreeSet<String> = (0..most - 20).map(|number| hash(&arn(number))).collect();
        object["metadata"]["annotations"][OWNERS_ANNOTATION] = json!(json!({"cli": owned}).to_string());
        (object, most - 20)
    }

    #[test]
    fn past_its_first_bound_the_marks_become_short_and_are_found_in_either_form() {
        let mut object = json!({"metadata": {"annotations": {"a": "b".repeat(MOST_WITH_ARNS - 500)}}});
        for number in 0..4 {
            assert_eq!(mark(&mut object, "cli", &arn(number)), Marked::Yes);
        }
        let text = |object: &Value| object["metadata"]["annotations"][OWNERS_ANNOTATION].as_str().unwrap().to_owned();
        assert!(text(&object).contains(&arn(3)), "there is room for ARNs");
        for number in 4..9 {
            assert_eq!(mark(&mut object, "team", &arn(number)), Marked::Yes);
        }
        let short = text(&object);
        assert!(!short.contains(&arn(0)) && short.contains(&hash(&arn(0))), "{short}");
        assert_eq!(hash(&arn(0)).len(), 13);
        assert_eq!(mark(&mut object, "cli", &arn(2).to_uppercase()), Marked::Yes);
        assert_eq!(text(&object), short, "marked already");
        for number in 1..9 {
            unmark(&mut object, &arn(number).to_uppercase());
        }
        assert_eq!(owners(&object).unwrap(), BTreeMap::from([("cli".to_owned(), BTreeSet::from([hash(&arn(0))]))]));
        unmark(&mut object, &arn(0));
        assert!(object["metadata"]["annotations"][OWNERS_ANNOTATION].is_null());
    }

    #[test]
    fn past_the_servers_bound_nothing_is_marked_and_nothing_is_lost() {
        for beside in [10, 100_000, MAX_ANNOTATIONS - 2_000] {
            let (mut object, begin) = filled(beside);
            let room = (begin..begin + 100).find(|number| mark(&mut object, "cli", &arn(*number)) != Marked::Yes);
            let first = room.unwrap();
            assert!(first > begin, "some were marked");
            let full = object.clone();
            assert!(bytes(&full) <= MAX_ANNOTATIONS && bytes(&full) > MAX_ANNOTATIONS - 20, "{}", bytes(&full));
            assert_eq!(mark(&mut object, "cli", &arn(first)), Marked::NoRoom);
            assert_eq!(object, full);
            unmark(&mut object, &arn(0));
            assert_eq!(mark(&mut object, "cli", &arn(first)), Marked::Yes, "there is room again");
        }
    }

    #[test]
    fn other_annotations_may_leave_no_room() {
        let mut object = json!({"metadata": {"annotations": {"a": "b".repeat(MAX_ANNOTATIONS - 10)}}});
        let before = object.clone();
        assert_eq!(mark(&mut object, "cli", &arn(0)), Marked::NoRoom);
        assert_eq!(object, before);
    }
}
