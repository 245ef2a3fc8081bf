//! Laws for arbitrary bytes in an `aws-auth`. The fuzz targets and `tests/corpus.rs` call the two functions, which
//! panic on a violation.
//!
//! The pure modules are included from their sources, so that the AWS SDK need not be built under a sanitizer.

#[allow(dead_code, unused_imports, unreachable_pub)]
#[path = "../../src/aws_auth/mod.rs"]
mod aws_auth;
#[allow(dead_code, unused_imports, unreachable_pub)]
#[path = "../../src/characters.rs"]
mod characters;
#[allow(dead_code, unused_imports, unreachable_pub)]
#[path = "../../src/model/mod.rs"]
mod model;

/// What the model uses of the errors; the real module would need redaction and chains of sources.
mod error {
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Unread;

    /// A name in one line.
    pub fn one_line(text: &str) -> String {
        text.escape_debug().to_string()
    }
}

use std::collections::BTreeMap;

use aws_auth::{Caller, Change, Circumstances, DataKey, Edited, Groups, Manifest, RemoveBy, edit, lint, read};
use model::Principal;

const ROLE: &str = "arn:aws:iam::111122223333:role/fuzz";

/// The text of each data key, separated by NUL bytes; a missing one means no key.
fn data(text: &str) -> BTreeMap<String, String> {
    let keys = DataKey::ALL.iter().map(|key| key.as_str().to_owned());
    keys.zip(text.split('\0').map(str::to_owned)).collect()
}

fn principal() -> Principal {
    ROLE.parse().expect("an ARN")
}

/// Reading never fails, for any text; every place that it reports is within the text.
pub fn reader(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let data = data(text);
    let reading = read(&data);
    for mapping in reading.mappings() {
        let lines = data[mapping.key.as_str()].split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
        assert!((1..=lines).contains(&mapping.line), "line {} of {lines}", mapping.line);
    }
    assert_eq!(reading, read(&data), "reading is a function of the text");
    let caller = Caller::new(principal()).with_session("i-0123456789abcdef0");
    let _ = reading.who(&caller);
    for finding in lint(&data, &Circumstances::default()) {
        let shown = format!("{}{}", finding.today, finding.meant.unwrap_or_default());
        assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
    }
    if let Ok(manifest) = Manifest::read_leniently(text) {
        let circumstances = Circumstances { places: manifest.places(), ..Circumstances::default() };
        for finding in manifest.findings().into_iter().chain(lint(manifest.data(), &circumstances)) {
            let shown = format!("{}{}", finding.today, finding.meant.unwrap_or_default());
            assert!(!shown.contains(|c: char| c.is_control()), "{shown:?}");
        }
    }
    if let Ok(manifest) = Manifest::read(text) {
        let file = manifest.with_data(manifest.data()).expect("no change is always possible");
        assert_eq!(file, text, "no change moves no byte");
    }
}

fn change(choice: u8) -> Change {
    let groups = ["system:masters", "a b", "{{AccountID}}", ""].map(str::to_owned);
    let groups = groups[..usize::from(choice >> 4 & 3)].to_vec();
    match choice & 7 {
        0 => Change::Remove { by: RemoveBy::Arn(ROLE.to_owned()), all: choice & 8 != 0 },
        1 => Change::Remove { by: RemoveBy::Username("fuzz".to_owned()), all: choice & 8 != 0 },
        2 => Change::RemoveShadowed { key: DataKey::MapRoles, arn: ROLE.to_owned() },
        3 => Change::AddAccount("444455556666".to_owned()),
        4 => Change::RemoveAccount("444455556666".to_owned()),
        5 => Change::Upsert { arn: principal(), username: None, groups: Groups::Append(groups) },
        _ => Change::Upsert { arn: principal(), username: Some("fu: zz'\"".to_owned()), groups: Groups::Set(groups) },
    }
}

/// An edit is proven or not made; making it twice equals making it once; adding and removing restores the bytes. The
/// first byte selects the change.
pub fn editor(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (old, change) = (data(text), change(*choice));
    let Ok(edited) = edit(&old, &change) else { return };
    if !edited.changed {
        assert_eq!(edited.data, old, "no change moves no byte");
        return;
    }
    for (key, text) in old.iter().filter(|(key, _)| !edited.data.contains_key(*key) || **key != edited.key.as_str()) {
        let removes = matches!(change, Change::Remove { .. } | Change::RemoveAccount(_));
        assert!(removes || edited.data.get(key) == Some(text), "another key changed: {key}");
    }
    match &change {
        Change::Upsert { .. } => upserted(&old, &edited, &change),
        Change::AddAccount(account) => {
            assert!(read(&edited.data).accounts.iter().any(|a| a.account == *account));
            assert!(!edit(&edited.data, &change).expect("it was edited").changed);
        }
        Change::RemoveAccount(account) => {
            assert!(read(&edited.data).accounts.iter().all(|a| a.account != *account));
        }
        _ => assert!(read(&edited.data).mappings().count() < read(&old).mappings().count()),
    }
}

fn upserted(old: &BTreeMap<String, String>, edited: &Edited, change: &Change) {
    let after = read(&edited.data);
    let found = after.mapping_of(&principal()).expect("it is mapped");
    assert_eq!(Some(found), edited.after.as_ref());
    let again = edit(&edited.data, change).expect("it was edited");
    assert!(!again.changed, "twice is once");
    assert!(read(old).mappings().count() + usize::from(edited.before.is_none()) == after.mappings().count());
    if edited.before.is_none() {
        let remove = Change::Remove { by: RemoveBy::Arn(ROLE.to_owned()), all: false };
        // A removal concerns both lists, and an unreadable one may contain the principal too.
        let readable = [DataKey::MapRoles, DataKey::MapUsers].iter().all(|key| after.unreadable(*key).is_none());
        let back = match edit(&edited.data, &remove) {
            Err(_) if !readable => return,
            back => back.expect("what was added can be removed"),
        };
        let text = |data: &BTreeMap<String, String>| data.get(edited.key.as_str()).cloned();
        let (before, after) = (text(old), text(&back.data));
        // An unusual spelling of an empty list may be restored as another one.
        let is_plain = before.as_ref().is_none_or(|text| ["", "[]", "[]\n"].contains(&text.as_str()));
        let was_empty = !is_plain && read(old).mappings().all(|mapping| mapping.key != edited.key);
        assert!(was_empty || before == after, "add then remove: {before:?} became {after:?}");
    }
}
