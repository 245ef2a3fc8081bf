//! Laws over generated manifests: an empty change changes nothing, add then remove restores, twice is the same as once,
//! and everything outside the data stays.

use proptest::prelude::*;

use super::*;
use crate::aws_auth::{Change, Groups, RemoveBy, edit};

/// A manifest in block style, with or without the keys that are edited, other keys and comments around.
fn block() -> impl Strategy<Value = String> {
    let head = prop::sample::select(vec!["", "# who may enter\n", "---\n", "kind: Other\n---\n"]);
    let meta = prop::sample::select(vec![
        "metadata:\n  name: aws-auth # the one\n  namespace: kube-system\n",
        "metadata: {name: aws-auth, labels: {data: data}}\n",
    ]);
    let data = prop::collection::vec(pair(), 0..4);
    let tail =
        prop::sample::select(vec!["", "# end\n", "\n", "  # deep\n", "binaryData: {x: AAAA}\n", "---\nkind: Other\n"]);
    (head, meta, data, tail, any::<bool>()).prop_map(|(head, meta, data, tail, crlf)| {
        let data = if data.is_empty() { String::new() } else { format!("data:\n{}", data.concat()) };
        let text = format!("{head}apiVersion: v1\nkind: ConfigMap\n{meta}{data}{tail}");
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

/// A pair of `data`; files with a repeated name are skipped.
fn pair() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["mapRoles", "mapUsers", "mapAccounts", "other", "zz"]);
    let value = prop::sample::select(vec![
        "|\n    - rolearn: arn:aws:iam::111122223333:role/A # a\n      username: a\n      groups: [g]\n",
        "|-\n    # none yet\n    []\n",
        "\"[]\\n\"\n",
        "\"[]\" # none\n",
        "\"\"\n",
        "|\n    - \"111122223333\"\n\n  # between\n",
    ]);
    (key, value).prop_map(|(key, value)| format!("  {key}: {value}"))
}

fn json() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["mapRoles", "mapUsers", "other"]);
    let value =
        prop::sample::select(vec!["", "[]", "[]\n", "- rolearn: arn:aws:iam::111122223333:role/A\n  username: a\n"]);
    (prop::collection::btree_map(key, value, 0..3), any::<bool>(), any::<bool>()).prop_map(|(data, pretty, bare)| {
        let mut object = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}});
        if !(bare && data.is_empty()) {
            object["data"] = serde_json::json!(data);
        }
        if pretty { serde_json::to_string_pretty(&object).unwrap() + "\n" } else { object.to_string() }
    })
}

fn changes() -> impl Strategy<Value = (Change, Change)> {
    let arn = prop::sample::select(vec!["arn:aws:iam::444455556666:role/New", "arn:aws:iam::444455556666:user/p/New"]);
    let entry = (arn, "[ -~]{1,12}", prop::collection::vec("[a-z:]{2,5}", 0..3)).prop_map(|(arn, name, groups)| {
        let add = Change::Upsert { arn: arn.parse().unwrap(), username: Some(name), groups: Groups::Set(groups) };
        (add, Change::Remove { by: RemoveBy::Arn(arn.to_owned()), all: true })
    });
    let account = "444455556666".to_owned();
    prop_oneof![2 => entry, 1 => Just((Change::AddAccount(account.clone()), Change::RemoveAccount(account)))]
}

fn with(file: &str, change: &Change) -> Result<String, String> {
    let manifest = Manifest::read(file).map_err(|e| e.to_string())?;
    let edited = edit(manifest.data(), change).map_err(|e| e.to_string())?;
    manifest.with_data(&edited.data).map_err(|e| e.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn add_then_remove_is_the_same_file(file in prop_oneof![3 => block(), 1 => json()], (add, remove) in changes()) {
        let Ok(manifest) = Manifest::read(&file) else { return Ok(()) };
        prop_assert_eq!(&manifest.with_data(manifest.data()).unwrap(), &file);
        let twice = ["mapRoles:", "mapUsers:", "mapAccounts:"].iter().any(|key| file.matches(key).count() > 1);
        let Ok(added) = with(&file, &add) else { return Ok(()) };
        if twice {
            return Ok(());
        }
        prop_assert_eq!(&with(&added, &add).unwrap(), &added, "twice is once");
        let data_was_empty = file.contains("\"data\": {}") || file.contains("\"data\":{}");
        if !data_was_empty {
            prop_assert_eq!(&with(&added, &remove).unwrap(), &file, "\n{}", &added);
        }
    }
}
