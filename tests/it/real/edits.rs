//! Edits of generated texts, compared with the authenticator's own reading of the result.

use std::collections::BTreeMap;

use eksaccess::aws_auth::{Change, DataKey, EditError, Edited, Groups, Mapping, RemoveBy, edit, read};
use serde_json::{Value, json};

use super::generate::Generator;
use super::oracle::{Data, Oracle, mapping, run};

const NEW: &str = "arn:aws:iam::111122223333:role/New";

fn change(generator: &mut Generator) -> Change {
    let arn =
        generator.one_of(&[NEW, NEW, "arn:aws:iam::111122223333:role/Admin", "arn:aws:iam::111122223333:user/ann"]);
    let name = generator.one_of(&["dev", "{{SessionName}}", "42", "yes", "it's", "a: b", "é", " x ", "#", "a\nb"]);
    let groups: Vec<String> = (0..generator.below(3))
        .map(|_| generator.one_of(&["g", "system:masters", "1", "a b", "g:{{AccountID}}", "h"]).to_owned())
        .collect();
    match generator.below(10) {
        0..=3 => Change::Upsert {
            arn: arn.parse().expect("an ARN"),
            username: Some(name.to_owned()),
            groups: Groups::Set(groups),
        },
        4 => Change::Upsert {
            arn: arn.parse().expect("an ARN"),
            username: Some(name.to_owned()),
            groups: Groups::Append(groups),
        },
        5 => Change::Upsert { arn: arn.parse().expect("an ARN"), username: None, groups: Groups::Append(groups) },
        6 | 7 => Change::Remove { by: RemoveBy::Arn(arn.to_owned()), all: generator.below(2) == 0 },
        8 => Change::RemoveShadowed { key: DataKey::MapRoles, arn: arn.to_owned() },
        _ => Change::AddAccount("777788889999".to_owned()),
    }
}

/// What the authenticator must see afterwards.
fn expected(data: &Data, before: &Value, edited: &Edited) -> Value {
    let reading = read(data);
    let place = |mapping: &Mapping| {
        let list = if mapping.key == DataKey::MapRoles { &reading.roles } else { &reading.users };
        list.iter().position(|m| m.index == mapping.index).expect("it was there")
    };
    let mut lists: BTreeMap<&str, Vec<Value>> = ["roles", "users", "accounts"]
        .into_iter()
        .map(|list| (list, before[list].as_array().cloned().unwrap_or_default()))
        .collect();
    let mut removed: Vec<_> = edited.removed.iter().map(|mapping| (name(mapping.key), place(mapping))).collect();
    removed.sort_unstable();
    for (list, at) in removed.into_iter().rev() {
        lists.entry(list).or_default().remove(at);
    }
    if edited.removed.is_empty() && edited.changed {
        let list = lists.entry(name(edited.key)).or_default();
        match (&edited.before, &edited.after) {
            (None, Some(after)) => list.push(mapping(after)),
            (Some(before), Some(after)) => {
                let at = place(before);
                assert_eq!(list[at], mapping(before));
                list[at] = mapping(after);
            }
            _ => list.push(json!("777788889999")),
        }
    }
    json!(lists)
}

fn name(key: DataKey) -> &'static str {
    match key {
        DataKey::MapRoles => "roles",
        DataKey::MapUsers => "users",
        DataKey::MapAccounts => "accounts",
    }
}

#[test]
fn edits_of_generated_texts_mean_to_the_authenticator_what_they_say() {
    let test = "edits_of_generated_texts_mean_to_the_authenticator_what_they_say";
    let Some(oracle) = Oracle::find(test) else { return };
    let (seed, count, what) = run();
    let mut generator = Generator::new(seed ^ 0x5eed);
    let (mut before, mut edits): (Vec<Data>, Vec<(Change, Edited)>) = (Vec::new(), Vec::new());
    let mut unproven = 0;
    for _ in 0..count {
        let (data, change) = (generator.data(), change(&mut generator));
        match edit(&data, &change) {
            Ok(edited) => {
                assert_eq!(edited.changed, edited.data != data, "{what}: {change:?}\n{data:#?}");
                before.push(data);
                edits.push((change, edited));
            }
            Err(EditError::NotProven { .. }) => unproven += 1,
            Err(_) => {}
        }
    }
    assert!(edits.len() > unproven * 20, "{} edits, {unproven} not proven ({what})", edits.len());
    let after: Vec<Data> = edits.iter().map(|(_, edited)| edited.data.clone()).collect();
    for ((old, new), (data, (change, edited))) in
        oracle.ask(&before).into_iter().zip(oracle.ask(&after)).zip(before.iter().zip(&edits))
    {
        let got = json!({"roles": new["roles"], "users": new["users"], "accounts": new["accounts"]});
        assert_eq!(got, expected(data, &old, edited), "\n{what}: {change:?}\n{data:#?}\n{:#?}", edited.data);
    }
}
