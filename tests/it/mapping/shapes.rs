//! Forms of manifests that people reported, each with the required result of `lint`, `map` and `who`.

use super::desks::{HEAD, desk, offline, role};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const OPS: &str =
    "    - rolearn: arn:aws:iam::111122223333:role/Ops\n      username: ops\n      groups:\n        - system:masters\n";
const DEV: &str =
    "    - rolearn: arn:aws:iam::111122223333:role/Dev\n      username: dev\n      groups:\n        - view\n";
const NODE: &str = "    - rolearn: arn:aws:iam::111122223333:role/Node\n      username: system:node:{{EC2PrivateDNSName}}\n      groups:\n        - system:bootstrappers\n        - system:nodes\n";

/// The findings of `lint`: the rule, the line and the text; the exit status is 3.
#[track_caller]
fn finds(desk: &Desk, text: &str) -> Vec<(String, u64, String)> {
    let ran = offline(desk, "lint --file - --detailed-exitcode --output json").stdin(text).status(3).run();
    let findings = ran.json()["findings"].as_array().unwrap().clone();
    let said =
        |f: &serde_json::Value| format!("{} | {}", f["today"].as_str().unwrap(), f["meant"].as_str().unwrap_or("-"));
    findings
        .iter()
        .map(|f| (f["rule"].as_str().unwrap().to_owned(), f["line"].as_u64().unwrap_or_default(), said(f)))
        .collect()
}

#[track_caller]
fn finds_one(desk: &Desk, text: &str, rule: &str, line: u64, words: &str) {
    let found = finds(desk, text);
    let there = found.iter().any(|(r, l, said)| r == rule && *l == line && said.contains(words));
    assert!(there, "{found:#?}");
}

/// The file after a change of it; also checks it with a strict reader.
#[track_caller]
fn changed(desk: &Desk, text: &str, args: &str) -> String {
    desk.write("auth.yaml", text);
    offline(desk, &format!("map --file auth.yaml {args} --yes")).run();
    let after = desk.read("auth.yaml");
    if after.trim_start().starts_with('{') {
        // Half of a `\\u` pair is not valid in a Rust string.
        serde_json::from_str::<serde::de::IgnoredAny>(&after).unwrap();
    } else {
        serde_yaml::from_str::<serde_yaml::Value>(&after).unwrap_or_else(|e| panic!("{e}\n{after}"));
    }
    assert_eq!(after.ends_with('\n'), text.ends_with('\n'), "{after:?}");
    after
}

#[track_caller]
fn who(desk: &Desk, arn: &str) -> (String, u64) {
    let found = offline(desk, &format!("who {arn} --file auth.yaml --output json")).run().json();
    (found["username"].as_str().unwrap_or_default().to_owned(), found["line"].as_u64().unwrap_or_default())
}

fn add_role() -> String {
    format!("--principal {} --username new --kubernetes-group g", role("New"))
}

const ADD_USER: &str = "--principal arn:aws:iam::111122223333:user/ann --username ann --kubernetes-group g";

#[test]
fn what_is_outside_of_the_values_is_found() {
    let desk = desk(AuthMode::ConfigMap);
    let twice = format!("{HEAD}data:\n  mapRoles: |\n{NODE}  mapRoles: |\n{OPS}");
    finds_one(&desk, &twice, "repeated-key", 7, "again in line 13");
    let data = format!("{HEAD}data:\n  mapRoles: |\n{NODE}data:\n  mapUsers: |\n    []\n");
    finds_one(&desk, &data, "repeated-key", 6, "`data` is in the object again in line 13");
    let beside = format!(
        "{HEAD}data:\n  mapRoles: |\n{NODE}mapUsers: |\n  - userarn: arn:aws:iam::111122223333:user/ann\n    username: ann\n"
    );
    finds_one(&desk, &beside, "outside-data", 13, "`mapUsers` is next to `data`");
    let within = beside
        .replace("mapUsers: |\n  - userarn", "binaryData:\n  mapUsers: |\n    - userarn")
        .replace("\n    username: ann", "\n      username: ann");
    finds_one(&desk, &within, "outside-data", 14, "outside `data`");
    let list = format!("{HEAD}data:\n  - mapRoles: |\n      []\n");
    finds_one(&desk, &list, "refused-data", 7, "`data` is a list, not a map");
    finds_one(&desk, &format!("{HEAD}data: text\n"), "refused-data", 6, "`data` is text, not a map");
    finds_one(&desk, &format!("{HEAD}data:\n  mapRoles:\n    - rolearn: x\n"), "refused-data", 7, "is not a string");
    finds_one(&desk, &format!("{HEAD}Data:\n  mapRoles: |\n{OPS}"), "unknown-field", 6, "| `data`");
    let name = HEAD.replace("  name: aws-auth\n", "  name: other\n  name: aws-auth\n");
    finds_one(&desk, &format!("{name}data:\n  mapRoles: |\n{OPS}"), "repeated-key", 4, "`metadata`");
    for text in [list, format!("{HEAD}data: text\n")] {
        let ran = offline(&desk, &format!("map --file - {}", add_role())).stdin(text.clone()).status(1).run();
        ran.warns("not a map");
        offline(&desk, &format!("who {} --file -", role("Ops"))).stdin(text).status(1).run().warns("not a map");
    }
}

#[test]
fn a_value_that_swallows_the_lines_below_it_is_found() {
    let desk = desk(AuthMode::ConfigMap);
    let lost = NODE.replace("      groups:\n", "");
    finds_one(&desk, &format!("{HEAD}data:\n  mapRoles: |\n{lost}"), "swallowed-lines", 9, "lines 10 to 11 are part");
    let group = DEV.replace("        - view\n", "        - view\n          edit\n");
    finds_one(&desk, &format!("{HEAD}data:\n  mapRoles: |\n{group}"), "swallowed-lines", 11, "`view edit`");
    let arn = DEV.replace("role/Dev\n", "role/Dev\n        x\n");
    finds_one(&desk, &format!("{HEAD}data:\n  mapRoles: |\n{arn}"), "swallowed-lines", 8, "role/Dev x`");
}

#[test]
fn misspelled_fields_are_named_where_no_mapping_is_left() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!(
        "{HEAD}data:\n  mapRoles: |\n    - role_arn: {}\n      username: admin\n      group: system:masters\n",
        role("Admin")
    );
    finds_one(&desk, &text, "misspelled-field", 8, "the control plane does not read the field `role_arn` | `rolearn`");
    finds_one(&desk, &text, "misspelled-field", 10, "the control plane does not read the field `group` | `groups`");
}

#[test]
fn each_style_takes_a_role_and_a_user_and_stays_as_it_is() {
    let desk = desk(AuthMode::ConfigMap);
    for data in [
        format!("  mapRoles: >\n{OPS}# end\n"),
        format!("  mapRoles: >\n{OPS}  mapUsers: |\n    []\n"),
        format!("  mapUsers: |\n  mapRoles: |\n{OPS}"),
        format!("  mapUsers:\n  mapRoles: |-\n{OPS}"),
        format!("  mapUsers: |\n    []\n  mapRoles: |\n{OPS}{DEV}").trim_end().to_owned(),
        format!("  mapRoles: |\n{OPS}{DEV}").trim_end().to_owned(),
        format!("  mapRoles: |+\n{OPS}\n\n  other: x\n"),
    ] {
        let text = format!("{HEAD}data:\n{data}");
        let with_role = changed(&desk, &text, &add_role());
        assert_eq!(who(&desk, &role("New")).0, "new");
        let with_user = changed(&desk, &with_role, ADD_USER);
        assert_eq!(who(&desk, "arn:aws:iam::111122223333:user/ann").0, "ann");
        assert_eq!(who(&desk, &role("Ops")).0, "ops");
        for line in text.lines().filter(|line| !line.contains("mapUsers") && line.trim() != "[]") {
            assert!(with_user.lines().any(|new| new == line), "{line:?} is gone\n{with_user}");
        }
        let without = changed(&desk, &with_user, &format!("--remove --principal {}", role("New")));
        let without = changed(&desk, &without, "--remove --principal arn:aws:iam::111122223333:user/ann");
        if !text.contains("mapUsers:\n") {
            assert_eq!(without, text);
        }
    }
}

#[test]
fn the_first_entry_is_removed_before_a_deeper_comment() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!("{HEAD}data:\n  mapRoles: |\n{DEV}      # - more\n{OPS}");
    let after = changed(&desk, &text, &format!("--remove --principal {}", role("Dev")));
    assert_eq!(after, format!("{HEAD}data:\n  mapRoles: |2\n      # - more\n{OPS}"));
    assert_eq!((who(&desk, &role("Dev")).0, who(&desk, &role("Ops"))), (String::new(), ("ops".to_owned(), 9)));
}

#[test]
fn a_json_file_is_read_as_json() {
    let desk = desk(AuthMode::ConfigMap);
    let object = |text: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"aws-auth\", \"namespace\": \"kube-system\"}}, \"data\": {{\"mapRoles\": \"{text}\"}}}}\n"
        )
    };
    for text in [
        "# \\ud83d\\ude80\\n- rolearn: arn:aws:iam::111122223333:role/Dev\\n  username: dev\\n  groups: [g]\\n",
        "- rolearn: arn:aws:iam::111122223333:role\\/Dev\\n  username: dev\\n  groups: [g]\\n",
        "# \\ud83d\\n- rolearn: arn:aws:iam::111122223333:role/Dev\\n  username: dev\\n  groups: [g]\\n",
    ] {
        let text = object(text);
        let after = changed(&desk, &text, &add_role());
        assert!(after.starts_with(&text[..text.len() - 5]), "{after}");
        assert_eq!((who(&desk, &role("New")).0, who(&desk, &role("Dev")).0), ("new".to_owned(), "dev".to_owned()));
        changed(&desk, &after, ADD_USER);
        assert_eq!(changed(&desk, &after, &format!("--remove --principal {}", role("New"))), text);
        offline(&desk, "lint --file -").stdin(text).run().says("no traps found");
    }
}

#[test]
fn an_unreadable_list_does_not_prevent_a_removal_elsewhere() {
    let desk = desk(AuthMode::ConfigMap);
    let users = "  mapUsers: |\n    - userarn: arn:aws:iam::111122223333:user/ann\n       username: ann\n";
    let text = format!("{HEAD}data:\n  mapRoles: |\n{DEV}{OPS}{users}");
    let remove = format!("--remove --principal {}", role("Dev"));
    let after = changed(&desk, &text, &remove);
    assert_eq!(after, format!("{HEAD}data:\n  mapRoles: |\n{OPS}{users}"));
    offline(&desk, &format!("map --file auth.yaml {remove} --yes"))
        .run()
        .says("nothing to do")
        .warns("mapUsers line 14");
    let ann = "map --file auth.yaml --remove --yes --principal arn:aws:iam::111122223333:user/ann";
    offline(&desk, ann).status(1).run().warns("mapUsers line 14, column");
    offline(&desk, "map --file auth.yaml --remove --yes --username x").status(1).run().warns("mapUsers line 14");
}

#[test]
fn entries_on_one_line_are_distinguished() {
    let desk = desk(AuthMode::ConfigMap);
    let text = "apiVersion: v1\ndata:\n  mapAccounts: '[]'\n  mapRoles: '[{\"rolearn\":\"arn:aws:iam::111122223333:role/Node\",\"username\":\"system:node:{{EC2PrivateDNSName}}\",\"groups\":[\"system:nodes\"]},{\"rolearn\":\"arn:aws:iam::111122223333:role/p/A\",\"username\":\"\",\"groups\":[]},{\"rolearn\":\"arn:aws:iam::111122223333:role/p/B\",\"username\":\"\",\"groups\":[]}]'\n  mapUsers: '[]'\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\n";
    let document = offline(&desk, "lint --file - --output json").stdin(text).run().json();
    let found: Vec<_> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            (
                f["rule"].as_str().unwrap(),
                f["index"].as_u64().unwrap(),
                f["arn"].as_str().unwrap(),
                f["column"].as_u64().unwrap(),
            )
        })
        .collect();
    let line = text.lines().nth(3).unwrap();
    let column = |part: &str| u64::try_from(line.find(part).unwrap() - "{\"rolearn\":\"".len() + 1).unwrap();
    let (a, b) = ("arn:aws:iam::111122223333:role/p/A", "arn:aws:iam::111122223333:role/p/B");
    let (at, bt) = (column(a), column(b));
    assert_eq!(
        found,
        [("role-path", 1, a, at), ("empty-username", 1, a, at), ("role-path", 2, b, bt), ("empty-username", 2, b, bt)]
    );
    let ran = offline(&desk, "lint --file -").stdin(text).run();
    ran.says(&format!("mapRoles line 4, column {bt}  role-path")).says(&format!("  entry: mapRoles[2], {b}"));
    let shadowed = text.replace("role/p/A", "role/B").replace("role/p/B", "role/B");
    offline(&desk, "lint --file -").stdin(shadowed).run().says("no effect: line 4, column");
    let added = changed(&desk, text, &add_role());
    let new = format!(",{{\"rolearn\":\"{}\",\"username\":\"new\",\"groups\":[\"g\"]}}]'", role("New"));
    assert_eq!(added, text.replace("\"groups\":[]}]'", &format!("\"groups\":[]}}{new}")));
    assert_eq!(changed(&desk, &added, &format!("--remove --principal {}", role("New"))), text);
    let with_user = changed(&desk, text, ADD_USER);
    assert!(with_user.contains("mapUsers: '[{\"userarn\":\"arn:aws:iam::111122223333:user/ann\""), "{with_user}");
    assert_eq!(changed(&desk, &with_user, "--remove --principal arn:aws:iam::111122223333:user/ann"), text);
}

#[test]
fn names_that_were_to_be_filled_in_are_found() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!("{HEAD}data:\n  mapRoles: |\n{NODE}")
        .replace("system:node:{{EC2PrivateDNSName}}", "<system:node:{{EC2PrivateDNSName}}>")
        .replace("- system:nodes", "- <system:nodes>");
    finds_one(&desk, &text, "placeholder", 9, "the username is literally `<system:node:{{EC2PrivateDNSName}}>`");
    finds_one(&desk, &text, "placeholder", 12, "the placeholder `<system:nodes>` was not filled in | `system:nodes`");
    for name in ["${TEAM}", "team-<name>", "$(TEAM)-x"] {
        let text = format!("{HEAD}data:\n  mapRoles: |\n{}", DEV.replace("- view", &format!("- {name}")));
        finds_one(&desk, &text, "placeholder", 11, "was not filled in");
    }
    let arn = format!("{HEAD}data:\n  mapRoles: |\n{}", DEV.replace("111122223333", "${ACCOUNT}"));
    finds_one(&desk, &arn, "placeholder", 8, "matches no identity: the placeholder `${ACCOUNT}`");
}

#[test]
fn a_role_of_people_with_the_template_of_nodes_is_found() {
    let desk = desk(AuthMode::ConfigMap);
    let named = |name: &str, groups: &str| {
        format!(
            "{HEAD}data:\n  mapRoles: |\n    - rolearn: {}\n      username: system:node:{{{{EC2PrivateDNSName}}}}\n      groups: [{groups}]\n",
            role(name)
        )
    };
    let sso = "AWSReservedSSO_Admin_0123456789abcdef";
    finds_one(&desk, &named(sso, "system:masters"), "person-as-node", 8, "people get no access");
    finds_one(&desk, &named(sso, "system:nodes"), "person-as-node", 8, "Identity Center");
    finds_one(
        &desk,
        &named("Admin", "system:masters"),
        "person-as-node",
        8,
        "| a username for people: `Admin:{{SessionName}}`",
    );
    let node = named("Node", "system:bootstrappers, system:nodes, eks:kube-proxy-windows, system:node-proxier");
    offline(&desk, "lint --file -").stdin(node).run().says("no traps found");
}

#[test]
fn every_line_is_that_of_the_file() {
    let desk = desk(AuthMode::ConfigMap);
    let head = format!("{HEAD}# one\n# two\n# three\n");
    let ops = OPS;
    let text = format!("{head}data:\n  mapRoles: |\n{DEV}{DEV}{ops}");
    finds_one(&desk, &text, "shadowed", 11, "line 15 has the same ARN");
    let add = format!("map --file - --dry-run --principal {} --append-kubernetes-group g", role("Dev"));
    offline(&desk, &add).stdin(text).run().warns("mapRoles line 11: no effect: line 15");
    let random = format!(
        "{head}data:\n  mapUsers: |\n    - userarn: arn:aws:iam::111122223333:user/a\n      username: a\n    - userarn: arn:aws:iam::111122223333:user/A\n      username: b\n"
    );
    let add = "map --file - --yes --principal arn:aws:iam::111122223333:user/a --kubernetes-group g";
    offline(&desk, add).stdin(random).status(1).run().warns("mapUsers lines 11, 13");
    let twice =
        format!("{head}data:\n  mapRoles: |\n{}", DEV.replace("      groups", "      username: x\n      groups"));
    finds_one(&desk, &twice, "repeated-field", 12, "line 13 counts");
    let open = format!("{head}data:\n  mapRoles: |\n{}", DEV.replace("username: dev", "username: \"dev"));
    finds_one(&desk, &open, "unreadable", 15, "(begun in line 12)");
    let add = format!("map --file - --yes {}", add_role());
    offline(&desk, &add).stdin(open).status(1).run().warns("line 15").warns("(begun in line 12)");
    let both = format!("{head}data:\n  mapRoles: |\n{DEV}  mapUsers: |\n{}", DEV.replace("rolearn", "userarn"));
    finds_one(&desk, &both, "shadowed", 16, "mapRoles line 11 has the same ARN");
}

#[test]
fn what_people_did_is_said_where_a_text_can_not_be_read() {
    let desk = desk(AuthMode::ConfigMap);
    let bare = format!("{HEAD}data:\n  mapRoles: |\n{}", DEV.replace("username: dev", "username: {{SessionName}}"));
    finds_one(&desk, &bare, "unreadable", 9, "quote it: '{{SessionName}}'");
    let add = format!("map --file - --yes {}", add_role());
    offline(&desk, &add).stdin(bare).status(1).run().warns("quote it: '{{SessionName}}'");
    let less = format!("{HEAD}data:\n  mapRoles: |\n  - rolearn: x\n    username: y\n");
    for verb in ["lint", "who arn:aws:iam::111122223333:role/x", &add.replace(" --file -", "")] {
        let ran = offline(&desk, &format!("{verb} --file -")).stdin(less.clone()).status(1).run();
        ran.warns("line 8, column 3").warns("`mapRoles` needs more indentation than its key (the key is in line 7)");
    }
}

#[test]
fn each_text_that_is_not_an_arn_has_the_reason() {
    let desk = desk(AuthMode::ConfigMap);
    for (arn, why) in [
        ("arn:aws:iam:::role/A", "it has no account"),
        ("arn:aws:iam::11112222333344:role/B", "has 14 digits, not twelve"),
        (
            "arn:aws:iam::111122223333::role/C",
            "one colon too many after the account | arn:aws:iam::111122223333:role/C",
        ),
        ("arn:aws:sts::111122223333:role/D", "to `iam`, not to `sts` | arn:aws:iam::111122223333:role/D"),
        (
            "arn:aws:iam::111122223333:group/devs",
            "a group is not a principal: its members sign as themselves | a role that the group may assume",
        ),
        ("arn:aws:iam::111122223333:instance-profile/N", "an instance profile is not a principal"),
    ] {
        let text = format!("{HEAD}data:\n  mapRoles: |\n{}", DEV.replace(&role("Dev"), arn));
        finds_one(&desk, &text, "not-an-arn", 8, why);
    }
}

#[test]
fn a_file_in_utf_16_is_named_as_such() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!("{HEAD}data:\n  mapRoles: |\n{OPS}").replace('\n', "\r\n");
    for (mark, little, name) in
        [(Some(0xfeff), true, "UTF-16"), (Some(0xfeff_u16), false, "UTF-16"), (None, true, "UTF-16LE")]
    {
        let units = mark.into_iter().chain(text.encode_utf16());
        let bytes: Vec<u8> =
            units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect();
        std::fs::write(desk.path("u.yaml"), &bytes).unwrap();
        for verb in ["lint".to_owned(), format!("who {}", role("Ops")), format!("map --yes {}", add_role())] {
            let ran = offline(&desk, &format!("{verb} --file u.yaml")).status(1).run();
            ran.warns(&format!("u.yaml is {name}: save it as UTF-8"));
            ran.warns(&format!("iconv -f {name} -t UTF-8 u.yaml > u.yaml.utf8"));
        }
        assert_eq!(std::fs::read(desk.path("u.yaml")).unwrap(), bytes);
    }
    std::fs::write(desk.path("u.yaml"), [&b"# a\n# "[..], &[0xe4, b'\n']].concat()).unwrap();
    offline(&desk, "lint --file u.yaml").status(1).run().warns("line 2 holds a byte");
}

#[test]
fn what_comes_near_an_aws_auth_is_named_by_any_verb() {
    let desk = desk(AuthMode::ConfigMap);
    let data = format!("data:\n  mapRoles: |\n{OPS}");
    for (text, near) in [
        (format!("{}{data}", HEAD.replace("kube-system", "default")), "line 5: this aws-auth is in namespace default"),
        (
            format!("{}{data}", HEAD.replace("ConfigMap", "Secret")),
            "line 2: the object named aws-auth is of kind `Secret`",
        ),
        (format!("{}{data}", HEAD.replace("kind: ConfigMap\n", "")), "no `kind`"),
        (format!("{}{data}", HEAD.replace("aws-auth", "aws_auth")), "line 4: this ConfigMap is named `aws_auth`"),
        (data.clone(), "line 2: `mapRoles` is in an object that is not a ConfigMap"),
        (format!("mapRoles: |\n{OPS}"), "line 1: `mapRoles` is outside a ConfigMap's `data`"),
        (OPS.to_owned(), "the file is a list of entries"),
    ] {
        for verb in ["lint".to_owned(), format!("who {}", role("Ops")), format!("map --yes {}", add_role())] {
            offline(&desk, &format!("{verb} --file -")).stdin(text.clone()).status(1).run().warns(near);
        }
    }
}

#[test]
fn one_item_that_is_not_a_string_leaves_the_list() {
    let desk = desk(AuthMode::ConfigMap);
    let text =
        format!("{HEAD}data:\n  mapRoles: |\n{}", DEV.replace("- view", "- a\n        - b\n        - system: masters"));
    finds_one(
        &desk,
        &text,
        "left-empty",
        13,
        "one item of `groups` is a map, not a string: it becomes an empty group; the list is kept | `system:masters`",
    );
    let text = format!("{HEAD}data:\n  mapRoles: |\n{}", DEV.replace("- view", "- 42"));
    finds_one(&desk, &text, "left-empty", 11, "one item of `groups` is a number, not a string");
}

#[test]
fn a_byte_order_mark_inside_a_value_is_edited_past() {
    let desk = desk(AuthMode::ConfigMap);
    let text = format!("{HEAD}data:\n  mapRoles: |\n    \u{feff}{}", DEV.trim_start());
    let after = changed(&desk, &text, &add_role());
    assert!(after.starts_with(&text) && after.len() > text.len(), "{after}");
    assert_eq!(who(&desk, &role("New")), ("new".to_owned(), 12));
    assert_eq!(changed(&desk, &after, &format!("--remove --principal {}", role("New"))), text);
    changed(&desk, &after, &format!("--remove --principal {}", role("Dev")));
}
