//! Manifests before and after.

use super::*;
use crate::aws_auth::{Change, DataKey, Groups, RemoveBy, edit, read};

const YAML: &str = "\
# who may enter
apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth # the one
  namespace: kube-system
data:
  # roles first
  mapRoles: | # a list
    # nodes
    - rolearn: arn:aws:iam::111122223333:role/Node
      username: system:node:{{EC2PrivateDNSName}}
      groups:
        - system:nodes

    - rolearn: arn:aws:iam::111122223333:role/A
      username: a
  other: x
# end
";

fn add() -> Change {
    Change::Upsert {
        arn: "arn:aws:iam::111122223333:role/Dev".parse().unwrap(),
        username: Some("dev".to_owned()),
        groups: Groups::Set(vec!["g".to_owned()]),
    }
}

#[track_caller]
fn changed(file: &str, change: &Change) -> String {
    let manifest = Manifest::read(file).unwrap();
    manifest.with_data(&edit(manifest.data(), change).unwrap().data).unwrap()
}

#[test]
fn a_block_changes_by_lines_and_the_file_stays() {
    let new = "\n    - rolearn: arn:aws:iam::111122223333:role/Dev\n      username: dev\n      groups:\n        - g\n";
    let file = changed(YAML, &add());
    assert_eq!(file, YAML.replace("username: a\n", &format!("username: a\n{new}")));
    let remove = Change::Remove { by: RemoveBy::Arn("arn:aws:iam::111122223333:role/Dev".into()), all: true };
    assert_eq!(changed(&file, &remove), YAML);
    let crlf = YAML.replace('\n', "\r\n");
    assert_eq!(changed(&crlf, &add()), changed(YAML, &add()).replace('\n', "\r\n"));
    assert_eq!(changed(&changed(&crlf, &add()), &remove), crlf);
}

#[test]
fn nothing_to_change_is_the_same_file() {
    let manifest = Manifest::read(YAML).unwrap();
    assert_eq!(manifest.with_data(manifest.data()).unwrap(), YAML);
}

#[test]
fn lines_of_the_text_are_found_in_the_file() {
    let manifest = Manifest::read(YAML).unwrap();
    let reading = read(manifest.data());
    let node = &reading.roles[0];
    let (line, column) = manifest.place_in_file(DataKey::MapRoles, (node.line, node.column)).unwrap();
    assert!(
        YAML.lines().nth(line - 1).unwrap()[column - 1..].starts_with("rolearn: arn:aws:iam::111122223333:role/Node")
    );
    let quoted = "{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"aws-auth\"},\n \"data\": {\"mapRoles\": \"- rolearn: x\\n\"}}";
    assert_eq!(Manifest::read(quoted).unwrap().place_in_file(DataKey::MapRoles, (1, 3)), Some((2, 26)));
}

#[test]
fn other_ways_to_write_the_value() {
    let head = "kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n";
    for (value, after) in [
        (
            "  mapRoles: |-\n    - rolearn: x",
            "  mapRoles: |-\n    - rolearn: x\n    - rolearn: arn:aws:iam::111122223333:role/Dev\n      username: dev\n      groups:\n        - g",
        ),
        (
            "  mapRoles: |2\n      - rolearn: x\n",
            "  mapRoles: |2\n      - rolearn: x\n      - rolearn: arn:aws:iam::111122223333:role/Dev\n        username: dev\n        groups:\n          - g\n",
        ),
        (
            "  mapRoles: \"- rolearn: \\x78\\n\"\n",
            "  mapRoles: \"- rolearn: \\x78\\n- rolearn: arn:aws:iam::111122223333:role/Dev\\n  username: dev\\n  groups:\\n    - g\\n\"\n",
        ),
        (
            "  mapRoles: \"\"\n",
            "  mapRoles: \"- rolearn: arn:aws:iam::111122223333:role/Dev\\n  username: dev\\n  groups:\\n    - g\"\n",
        ),
        (
            "  mapUsers: x\n",
            "  mapUsers: x\n  mapRoles: |\n    - rolearn: arn:aws:iam::111122223333:role/Dev\n      username: dev\n      groups:\n        - g\n",
        ),
    ] {
        assert_eq!(changed(&format!("{head}{value}"), &add()), format!("{head}{after}"));
    }
    let none = "kind: ConfigMap\nmetadata:\n  name: aws-auth\n";
    let first = "data:\n  mapRoles: |\n    - rolearn: arn:aws:iam::111122223333:role/Dev\n      username: dev\n      groups:\n        - g\n";
    assert_eq!(changed(none, &add()), format!("{none}{}", first.replace("|\n", "|2\n")));
    for empty in ["data: {}\n", "data:\n", "data: null\n"] {
        assert_eq!(changed(&format!("{none}{empty}# end\n"), &add()), format!("{none}{first}# end\n"));
    }
}

#[test]
fn json_stays_json() {
    let json = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"ConfigMap\",\n  \"metadata\": {\"name\": \"aws-auth\"},\n  \"data\": {\n    \"mapRoles\": \"- rolearn: a\\u003cb\\n\"\n  }\n}\n";
    let file = changed(json, &add());
    let new = "- rolearn: arn:aws:iam::111122223333:role/Dev\\n  username: dev\\n  groups:\\n    - g\\n\"";
    assert_eq!(file, json.replace("b\\n\"", &format!("b\\n{new}")));
    let user = Change::Upsert {
        arn: "arn:aws:iam::111122223333:user/ann".parse().unwrap(),
        username: Some("ann".into()),
        groups: Groups::Keep,
    };
    let file = changed(json, &user);
    let object: serde_json::Value = serde_json::from_str(&file).unwrap();
    assert_eq!(
        object["data"]["mapUsers"],
        "- userarn: arn:aws:iam::111122223333:user/ann\n  username: ann\n  groups: []\n"
    );
    let none = "{\"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"aws-auth\"}}";
    let object: serde_json::Value = serde_json::from_str(&changed(none, &user)).unwrap();
    assert!(object["data"]["mapUsers"].is_string());
}

#[test]
fn one_object_among_several() {
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: other\ndata:\n  mapRoles: x\n";
    let file = format!("{other}--- # next\n{YAML}---\n{other}");
    assert_eq!(changed(&file, &add()), format!("{other}--- # next\n{}---\n{other}", changed(YAML, &add())));
    let list = format!(
        "kind: List\nitems:\n- {}- {}",
        other.trim_end().replace('\n', "\n  ") + "\n",
        YAML.trim_end().replace('\n', "\n  ") + "\n"
    );
    assert!(
        changed(&list, &add())
            .contains("\n      - rolearn: arn:aws:iam::111122223333:role/Dev\n        username: dev\n")
    );
}

#[test]
fn what_can_not_be_is_said_with_its_line() {
    let message = |file: &str| Manifest::read(file).unwrap_err().to_string();
    assert_eq!(message("kind: ConfigMap\nmetadata: {name: other}\n"), "the file holds no ConfigMap named aws-auth");
    assert_eq!(message(""), "the file holds no ConfigMap named aws-auth");
    assert!(message("a: b\n---\nx:\n\ty: 1\n").starts_with("line 4, column 1: a tab"));
    assert!(message(&format!("{YAML}---\n{YAML}")).contains("2 ConfigMaps"));
    let list = "kind: ConfigMap\nmetadata: {name: aws-auth}\ndata:\n  mapRoles:\n  - rolearn: x\n";
    assert!(message(list).starts_with("line 4: the value of `mapRoles`"));
    let fixed = "kind: ConfigMap\nmetadata: {name: aws-auth}\nimmutable: true\n";
    let manifest = Manifest::read(fixed).unwrap();
    assert_eq!(manifest.with_data(&edit(manifest.data(), &add()).unwrap().data), Err(ManifestError::Immutable(3)));
}
