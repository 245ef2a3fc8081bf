//! The reason and the hint of a refusal or finding name only what exists.

use super::desks::{HEAD, desk, offline};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const A: &str = "arn:aws:iam::111122223333";

fn roles(text: &str) -> String {
    format!("{HEAD}data:\n  mapRoles: |\n{text}")
}

/// The findings of `lint`: the rule and the text.
#[track_caller]
fn finds(desk: &Desk, text: &str) -> Vec<String> {
    let document = offline(desk, "lint --file - --output json").stdin(text).run().json();
    let word = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let said = |f: &serde_json::Value| format!("{}: {} | {}", word(&f["rule"]), word(&f["today"]), word(&f["meant"]));
    document["findings"].as_array().unwrap().iter().map(said).collect()
}

#[test]
fn an_arn_is_shown_as_it_is_written_and_its_fault_is_named() {
    let desk = desk(AuthMode::ConfigMap);
    let role = format!("{A}:role/A");
    for (arn, said) in [
        (format!("{A}:A"), "`A` is neither `role/NAME` nor `user/NAME` | -".to_owned()),
        (format!("{A}:role\\A"), format!("a slash and the name must follow `role` | {role}")),
        ("aws:iam::111122223333:role/A".to_owned(), format!("`arn:` is missing at the beginning | {role}")),
        ("https://arn".to_owned(), "it is a URL, not an ARN".to_owned()),
        (format!("{A}:role/"), "the name after `role/` is missing | -".to_owned()),
        (format!("{A}:user/"), "the name after `user/` is missing | -".to_owned()),
        ("arn:aws:sso:::permissionSet/x/y".to_owned(), "a permission set is not a principal".to_owned()),
        ("arn:aws:eks:us-east-1:111122223333:cluster/x".to_owned(), "`eks` is not `iam`".to_owned()),
    ] {
        let found = finds(&desk, &roles(&format!("    - rolearn: {arn}\n      username: a\n      groups: [g]\n")));
        let begin = format!("not-an-arn: matches no identity: `{arn}`: ");
        assert!(found.len() == 1 && found[0].starts_with(&begin) && found[0].contains(&said), "{arn}: {found:#?}");
    }
}

#[test]
fn an_arn_of_a_wrong_type_is_one_finding() {
    let desk = desk(AuthMode::ConfigMap);
    let found = finds(&desk, &roles("    - rolearn: 111122223333\n      username: a\n      groups: [g]\n"));
    assert_eq!(
        found,
        [
            "left-empty: `rolearn` is a number and is treated as empty; the entry is dropped | a string: put it in quotes"
        ]
    );
}

#[test]
fn the_root_user_is_not_the_account() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!("{HEAD}data:\n  mapUsers: |\n    - userarn: {A}:root\n      username: r\n      groups: [g]\n");
    let found = finds(&desk, &text);
    assert_eq!(
        found,
        [
            "root-user: matches only the root user of account 111122223333, not the account's roles and users | their ARNs, or the account in mapAccounts"
        ]
    );
    offline(&desk, &format!("who {A}:root --file -")).stdin(text.clone()).run().says("becomes r");
    let map = format!("map --file - --principal {A}:root --kubernetes-group g");
    let ran = offline(&desk, &map).stdin(text).status(2).run();
    ran.warns("matches only the account's root user, not its roles and users").warns("--account 111122223333");
}

#[test]
fn chance_is_said_where_it_decides_today() {
    let desk = desk(AuthMode::ConfigMap);
    let user = |name: &str, username: &str, group: &str| {
        format!("    - userarn: {A}:user/{name}\n      username: {username}\n      groups: [{group}]\n")
    };
    let text =
        format!("{HEAD}data:\n  mapUsers: |\n{}{}", user("Ann", "ops", "system:masters"), user("ann", "dev", "view"));
    let remove = format!("map --file - --remove --principal {A}:user/ann --yes");
    let ran = offline(&desk, &remove).stdin(text).status(1).run();
    ran.warns("today it is one of these at random: ops, system:masters; dev, view");
}

#[test]
fn the_hint_names_the_key_and_the_mistake() {
    let desk = desk(AuthMode::ConfigMap);
    let map = format!("map --file - --principal {A}:role/New --kubernetes-group g");
    for (key, value) in [("n", "1"), ("mapAccounts", "[1]"), ("mapUsers", "true")] {
        let text = format!("{HEAD}data:\n  {key}: {value}\n");
        let ran = offline(&desk, &map).stdin(text).status(1).run();
        ran.warns(&format!("quote it, or write it as a block: `{key}: |`"));
        ran.does_not_warn("mapRoles");
    }
    for (data, dashed) in [(" |\n  x\n", false), (" []\n", false), (" text\n", false), ("\n  - mapRoles: x\n", true)] {
        let text = format!("{HEAD}data:{data}");
        let ran = offline(&desk, &map).stdin(text.clone()).status(1).run();
        ran.warns("write it as a map: `mapRoles: |` under `data:`");
        assert_eq!(ran.stderr.contains("without a `-`"), dashed, "{}", ran.stderr);
        let found = finds(&desk, &text);
        assert_eq!(found[0].contains("without a `-`"), dashed, "{found:#?}");
    }
    let entry = format!("    - rolearn: {A}:role/A\n      username: a\n      groups: [[a]]\n");
    let found = finds(&desk, &roles(&entry));
    assert!(found.len() == 1 && found[0].ends_with("| one list of strings: `groups: [NAME]`"), "{found:#?}");
}

#[test]
fn entries_of_one_line_have_their_columns_in_who_and_in_a_plan() {
    let desk = desk(AuthMode::ConfigMap);
    let entry = |user: &str| format!("{{\"rolearn\":\"{A}:role/A\",\"username\":\"{user}\",\"groups\":[\"g\"]}}");
    let text = format!("{HEAD}data:\n  mapRoles: '[{},{}]'\n", entry("a"), entry("b"));
    let line = text.lines().last().unwrap();
    let column = |user: &str| line.find(&entry(user)).unwrap() + 1;
    let ran = offline(&desk, &format!("who {A}:role/A --file -")).stdin(text.as_str()).run();
    ran.says(&format!("by         mapRoles line 7, column {}\n", column("b")));
    ran.says(&format!("no effect  mapRoles line 7, column {}: ", column("a")));
    let map = format!("map --file - --dry-run --principal {A}:role/A --append-kubernetes-group h");
    let ran = offline(&desk, &map).stdin(text.as_str()).run();
    ran.warns(&format!("aws-auth mapRoles line 7, column {} (mapRoles[0]): no effect", column("a")));
}

#[test]
fn an_encoding_is_named_as_it_is() {
    let desk = desk(AuthMode::ConfigMap);
    let text = roles("    []\n");
    let le16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let be16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let le32 = |text: &str| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>();
    let be32 = |text: &str| text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect::<Vec<u8>>();
    let marked = format!("\u{feff}{text}");
    for (bytes, name) in [
        (le16(&marked), "UTF-16"),
        (be16(&marked), "UTF-16"),
        (le16(&text), "UTF-16LE"),
        (be16(&text), "UTF-16BE"),
        (le32(&marked), "UTF-32"),
        (be32(&marked), "UTF-32"),
        (le32(&text), "UTF-32LE"),
        (be32(&text), "UTF-32BE"),
    ] {
        std::fs::write(desk.path("auth.yaml"), bytes).unwrap();
        let ran = offline(&desk, "lint --file auth.yaml").status(1).run();
        ran.warns(&format!("auth.yaml is {name}: save it as UTF-8"))
            .warns(&format!("iconv -f {name} -t UTF-8 auth.yaml"));
        assert_eq!(ran.stderr.contains("PowerShell"), name == "UTF-16" || name == "UTF-16LE", "{}", ran.stderr);
    }
}

#[test]
fn a_directive_is_named_in_its_line() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!("# top\n%YAML 1.1\n---\n{}", roles("    []\n"));
    let ran = offline(&desk, "lint --file -").stdin(text).status(1).run();
    ran.warns("line 2, column 1: `%YAML 1.1` is a directive: kubectl splits the file at the `---` below it and rejects it; remove this line");
}

#[test]
fn an_input_that_is_wrong_is_a_usage_error_and_nothing_is_said_twice() {
    let desk = desk(AuthMode::ConfigMap);
    let entry = format!("    - rolearn: {A}:role/A\n      groups: [zz]\n");
    desk.write("auth.yaml", &roles(&entry));
    for account in ["123", "12345678901x"] {
        let ran = offline(&desk, &format!("map --file auth.yaml --account {account}")).status(2).run();
        ran.warns(&format!("`{account}` is not an AWS account: expected twelve digits"));
    }
    desk.eksaccess("creator", "map --cluster dev --account 123").status(2).run().warns("twelve digits");
    for verb in ["lint", "who arn:aws:iam::111122223333:role/A", "map --remove --username x"] {
        let ran = offline(&desk, verb).arg("--file").arg("").status(2).run();
        ran.warns("--file is empty");
    }
    let again = format!("map --file auth.yaml --principal {A}:role/A --kubernetes-group zz --yes");
    let ran = offline(&desk, &again).run();
    assert_eq!(ran.stdout.matches("nothing to do").count() + ran.stderr.matches("nothing to do").count(), 1);
    let change = format!("map --file auth.yaml --principal {A}:role/A --append-kubernetes-group y --yes");
    let ran = offline(&desk, &change).run();
    ran.warns("-> an empty username, zz, y").warns("today: an empty username, zz");
    ran.does_not_warn("line numbers are those of the value");
    // For a list that is one long line of the file, its text is shown.
    let entry = |n| format!("- rolearn: {A}:role/R{n}\\n  username: u\\n  groups: [g]\\n");
    let roles = (0..4).map(entry).collect::<Vec<_>>().concat();
    let meta = r#""metadata":{"name":"aws-auth","namespace":"kube-system"}"#;
    desk.write(
        "auth.json",
        &format!(r#"{{"apiVersion":"v1","kind":"ConfigMap",{meta},"data":{{"mapRoles":"{roles}"}}}}"#),
    );
    let change = format!("map --file auth.json --principal {A}:role/R1 --append-kubernetes-group y --yes");
    offline(&desk, &change).run().warns("line numbers are those of the value of mapRoles, not of the file");
}
