//! The few messages that kubectl sends as protobuf even if it reads JSON
//! (`k8s.io/api/authorization/v1/generated.proto`).

use serde_json::{Value, json};

/// The body of a review as JSON; reviews of the identity have no relevant content.
pub fn review(body: &[u8], operation: &str) -> Option<Value> {
    let unknown = body.strip_prefix(b"k8s\0")?;
    let raw = field(unknown, 2).unwrap_or_default();
    let spec = field(raw, 2).unwrap_or_default();
    let text = |message: &[u8], number| {
        field(message, number).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    };
    Some(match operation {
        "SelfSubjectAccessReview" => {
            if let Some(path) = field(spec, 2) {
                json!({ "spec": { "nonResourceAttributes": { "path": text(path, 1), "verb": text(path, 2) } } })
            } else {
                let resource = field(spec, 1).unwrap_or_default();
                json!({ "spec": { "resourceAttributes": {
                    "namespace": text(resource, 1), "verb": text(resource, 2), "group": text(resource, 3),
                    "resource": text(resource, 5), "subresource": text(resource, 6), "name": text(resource, 7),
                } } })
            }
        }
        _ => json!({}),
    })
}

/// The last length-delimited field with this number.
fn field(message: &[u8], number: u64) -> Option<&[u8]> {
    let mut rest = message;
    let mut found = None;
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        match key & 7 {
            0 => {
                varint(&mut rest)?;
            }
            1 => rest = rest.get(8..)?,
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let value = rest.get(..length)?;
                rest = &rest[length..];
                if key >> 3 == number {
                    found = Some(value);
                }
            }
            5 => rest = rest.get(4..)?,
            _ => return None,
        }
    }
    found
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
