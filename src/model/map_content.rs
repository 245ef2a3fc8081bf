//! What restoring a saved `aws-auth` brings back: everything that people write. What the API server writes (uid,
//! versions, managed fields) and what ties the object to others (finalizers, owner references) is unchanged.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// Data, labels and annotations of an `aws-auth`.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapContent {
    /// `data`
    pub data: BTreeMap<String, String>,
    /// `binaryData`, in base64.
    pub binary_data: BTreeMap<String, String>,
    /// `metadata.labels`
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`, including the ownership marks.
    pub annotations: BTreeMap<String, String>,
}

/// A manifest that was saved before it was replaced.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptMap {
    /// Its complete id.
    pub id: String,
    /// The part that people write.
    pub content: MapContent,
}

impl MapContent {
    /// The content of an object.
    pub fn of(object: &Value) -> Self {
        let meta = &object["metadata"];
        Self {
            data: string_map(&object["data"]),
            binary_data: string_map(&object["binaryData"]),
            labels: string_map(&meta["labels"]),
            annotations: string_map(&meta["annotations"]),
        }
    }

    /// Writes it into an object, replacing the present content.
    pub fn put_into(&self, object: &mut Value) {
        put(object, "data", &self.data);
        put(object, "binaryData", &self.binary_data);
        put(&mut object["metadata"], "labels", &self.labels);
        put(&mut object["metadata"], "annotations", &self.annotations);
    }

    /// The content other than the data, under the field names that people know.
    pub fn beside_data(&self) -> BTreeMap<String, String> {
        let parts = [("binaryData", &self.binary_data), ("label", &self.labels), ("annotation", &self.annotations)];
        let named = |(part, all): (&str, &BTreeMap<String, String>)| {
            all.iter().map(|(key, text)| (format!("{part} {key}"), text.clone())).collect::<Vec<_>>()
        };
        parts.into_iter().flat_map(named).collect()
    }
}

fn put(object: &mut Value, field: &str, content: &BTreeMap<String, String>) {
    if content.is_empty() {
        object.as_object_mut().map(|fields| fields.remove(field));
    } else {
        object[field] = json!(content);
    }
}

/// The keys and values of an object whose values are texts.
pub(super) fn string_map(value: &Value) -> BTreeMap<String, String> {
    let Some(map) = value.as_object() else { return BTreeMap::new() };
    map.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_goes_over_and_what_the_server_wrote_stays() {
        let kept = json!({"metadata": {"uid": "1", "resourceVersion": "1", "annotations": {"a": "b"}},
            "data": {"mapRoles": "x"}, "binaryData": {"k": "AAAA"}});
        let mut live = json!({"metadata": {"uid": "2", "resourceVersion": "7", "labels": {"l": "m"}, "finalizers": ["f"]},
            "data": {"mapRoles": "y", "mapUsers": "z"}});
        let content = MapContent::of(&kept);
        content.put_into(&mut live);
        assert_eq!(
            live,
            json!({"metadata": {"uid": "2", "resourceVersion": "7", "annotations": {"a": "b"}, "finalizers": ["f"]},
                "data": {"mapRoles": "x"}, "binaryData": {"k": "AAAA"}})
        );
        assert_eq!(MapContent::of(&live), content);
        assert_eq!(content.beside_data().keys().collect::<Vec<_>>(), ["annotation a", "binaryData k"]);
    }
}
