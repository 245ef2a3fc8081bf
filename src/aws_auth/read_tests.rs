//! How the control plane reads `aws-auth`, rule by rule. Each rule was measured on aws-iam-authenticator 0.7.18.

use std::collections::BTreeMap;

use super::*;

const A: &str = "arn:aws:iam::111122223333:role/A";

fn data(key: &str, text: &str) -> BTreeMap<String, String> {
    [(key.to_owned(), text.to_owned())].into()
}

fn roles(text: &str) -> Reading {
    read(&data("mapRoles", text))
}

/// The username and groups of the only role.
#[track_caller]
fn one(text: &str) -> (String, Vec<String>) {
    let reading = roles(text);
    assert_eq!(reading.roles.len(), 1, "{:?}", reading.problems);
    let mapping = reading.roles.into_iter().next().unwrap();
    (mapping.username, mapping.groups)
}

#[track_caller]
fn dropped_whole(text: &str, line: usize, cause: &str) {
    let reading = roles(text);
    assert!(reading.roles.is_empty());
    let message = reading.unreadable(DataKey::MapRoles).expect("unreadable").to_string();
    assert!(message.starts_with(&format!("mapRoles line {line}, ")) && message.contains(cause), "{message}");
}

fn entry(rest: &str) -> String {
    format!("- rolearn: {A}\n{rest}")
}

#[test]
fn an_entry_is_read_with_its_place() {
    let reading = roles(&format!(
        "# head\n\n  - username: a\n    rolearn: {A}\n    groups: [g, \"h\"]\n    userid: AROA\n    syncedBy: x\n"
    ));
    let expected = Mapping {
        key: DataKey::MapRoles,
        index: 0,
        line: 3,
        column: 5,
        arn: A.to_owned(),
        sso: None,
        username: "a".to_owned(),
        groups: vec!["g".to_owned(), "h".to_owned()],
        user_id: "AROA".to_owned(),
    };
    assert_eq!(reading, Reading { roles: vec![expected], ..Reading::default() });
}

#[test]
fn data_keys_are_case_sensitive_and_keys_of_an_entry_are_not() {
    let reading = read(&data("maproles", &entry("")));
    assert!(reading.roles.is_empty());
    assert_eq!(reading.problems, [Problem::UnknownKey { name: "maproles".to_owned(), meant: Some(DataKey::MapRoles) }]);
    assert_eq!(
        one(&format!("- rOlEaRn: {A}\n  USERNAME: a\n  Group\u{17f}: [g]\n")),
        ("a".to_owned(), vec!["g".to_owned()])
    );
}

#[test]
fn of_one_key_twice_the_last_and_of_two_spellings_the_one_in_lower_case() {
    assert_eq!(one(&entry("  username: a\n  username: b\n")).0, "b");
    assert_eq!(one(&entry("  username: a\n  Username: b\n")).0, "a");
    assert_eq!(one(&entry("  groups: [x, z]\n  Groups: [1, h, k]\n")).1, ["x", "z"]);
    assert_eq!(one(&entry("  groups: [1, z]\n  Groups: [h, i, k]\n")).1, ["h", "z"]);
}

#[test]
fn a_field_of_a_wrong_type_is_left_empty_and_its_entry_stays() {
    for wrong in ["42", "yes", "no", "on", "off", "True", "0x1f", "1e3", "017", "1_000", "[a]", "{a: b}"] {
        let reading = roles(&entry(&format!("  username: {wrong}\n  groups: [g]\n")));
        assert_eq!((reading.roles[0].username.as_str(), reading.roles[0].groups.len()), ("", 1), "{wrong}");
        assert!(matches!(reading.problems[..], [Problem::LeftEmpty { field: "username", line: 2, .. }]), "{wrong}");
    }
    for text in ["\"42\"", "'yes'", "2001-01-01", "190:20:30", "089x", "1.2.3", "!!str 42", "<<", "0o8"] {
        assert!(roles(&entry(&format!("  username: {text}\n"))).problems.is_empty(), "{text}");
    }
    assert_eq!(one(&entry("  groups: system:masters\n")).1, Vec::<String>::new());
    assert_eq!(one(&entry("  groups: [1, g, null]\n")).1, ["", "g", ""]);
    assert_eq!(one(&entry("  username: ~\n  groups:\n")), (String::new(), Vec::new()));
}

#[test]
fn a_mis_indented_group_joins_the_one_above() {
    assert_eq!(one(&entry("  groups:\n  - a\n    - b\n")).1, ["a - b"]);
}

#[test]
fn one_bad_entry_is_dropped_alone() {
    let text = format!(
        "- hello\n- rolearn: \"\"\n- username: x\n- rolearn: {A}\n  sso: {{permissionSetName: P, accountID: \"111122223333\"}}\n- rolearn: {A}\n  sso: hello\n- [x]\n-\n- rolearn: {A}\n"
    );
    let reading = roles(&text);
    assert_eq!(reading.roles.len(), 1);
    assert_eq!((reading.roles[0].index, reading.roles[0].line), (7, 10));
    let dropped: Vec<usize> = reading
        .problems
        .iter()
        .filter_map(|p| if let Problem::Dropped { line, .. } = p { Some(*line) } else { None })
        .collect();
    assert_eq!(dropped, [1, 2, 3, 4, 6, 8, 9]);
}

#[test]
fn sso_entries_are_kept_and_match_no_caller() {
    let reading = roles(
        "- sso: {permissionSetName: P, accountID: \"111122223333\", partition: aws-cn}\n  username: u\n- sso: {permissionSetName: P, accountID: 111122223333}\n",
    );
    assert_eq!(reading.roles.len(), 1);
    let sso = Sso { permission_set_name: "P".into(), account_id: "111122223333".into(), partition: "aws-cn".into() };
    assert_eq!(reading.roles[0].sso, Some(sso));
    let caller = "arn:aws-cn:sts::111122223333:assumed-role/AWSReservedSSO_P_0123456789abcdef/ann";
    assert_eq!(reading.who(&Caller::new(caller.parse().unwrap())), Who::Nobody);
}

#[test]
fn a_tab_behind_a_backslash_is_a_tab_as_in_gos_package() {
    let reading = roles(&entry("  username: \"a\\\tb\"\n"));
    assert_eq!(reading.roles[0].username, "a\tb");
}

#[test]
fn a_syntax_error_drops_the_whole_key_and_no_other() {
    dropped_whole(&entry("\tusername: a\n"), 2, "a tab");
    dropped_whole(&entry("  username: {{SessionName}}\n"), 2, "can't be a key");
    dropped_whole(&entry("  username: @a\n"), 2, "no value may begin with `@`");
    dropped_whole(&entry("  username: a: b\n"), 2, "a `:` is not allowed here");
    dropped_whole(&entry("  username: \"a\n"), 3, "never closed");
    dropped_whole(&entry("  groups: [a, b\n"), 3, "`,` or `]`");
    dropped_whole(&entry(" username: a\n"), 2, "is expected here, or less indentation");
    dropped_whole(&entry("  username: *a\n"), 2, "refers to no anchor");
    dropped_whole(&entry("  username: \"\\/\"\n"), 2, "unknown escape");
    dropped_whole(&entry("  x: .inf\n"), 2, "JSON");
    dropped_whole(&entry("  ~: x\n"), 2, "a key is empty");
    dropped_whole(&entry("  username: a\u{7}\n"), 2, "U+0007");
    dropped_whole("rolearn: x\n", 1, "a map instead of a list");
    dropped_whole("{}", 1, "a map instead of a list");
    dropped_whole("hello", 1, "text instead of a list");
    let mut data = data("mapRoles", "- a: [");
    data.insert("mapUsers".into(), "- userarn: u\n".into());
    assert_eq!((read(&data).roles.len(), read(&data).users.len()), (0, 1));
}

#[test]
fn every_way_of_writing_a_list_reads_the_same() {
    let plain = one(&entry("  username: a\n  groups:\n  - g\n"));
    for text in [
        format!("[{{rolearn: {A}, username: a, groups: [g]}}]"),
        format!("[{{\"rolearn\":\"{A}\",\"username\":\"a\",\"groups\":[\"g\"]}}]"),
        entry("  username: a\n  groups:\n  - g\n").replace('\n', "\r\n"),
        format!("\u{feff}{}", entry("  username: a\n  groups: [g]")),
        format!("%YAML 1.1\n---\n{}...\nrubbish: [", entry("  username: a\n  groups: [g]\n")),
        format!("--- # x\n{}---\n- rolearn: other\n", entry("  username: a\n  groups: [g]\n")),
        format!("- &x\n  rolearn: {A}\n  username: a\n  groups: &g [g]\n- hello\n"),
        format!("- {{<<: {{username: a, groups: [g], rolearn: x}}, rolearn: {A}}}\n"),
        format!("- <<: [{{username: a}}, {{username: b, groups: [g]}}]\n  rolearn: {A}\n"),
        format!("- ? rolearn\n  : {A}\n  ? username\n  : !!str a\n  groups: [!x g]\n"),
    ] {
        assert_eq!(one(&text), plain, "{text}");
    }
    assert_eq!(one(&entry("  username: a\n  <<: {username: b}\n")).0, "b");
    dropped_whole("%YAML 1.2\n---\n- rolearn: x\n", 1, "only `%YAML 1.1`");
}

#[test]
fn behind_two_byte_order_marks_each_line_loses_its_first_character() {
    let marks = "\u{feff}\u{feff}\n";
    let plain = entry("  username: a\n  groups: [g]\n");
    assert!(roles(&format!("{marks}{plain}")).roles.is_empty(), "the dash is lost");
    let indented = format!(" {}", plain.trim_end().replace('\n', "\n "));
    assert_eq!(one(&format!("{marks}{indented}")), one(&plain));
}

#[test]
fn block_scalars_keep_their_line_breaks() {
    assert_eq!(one(&entry("  username: >\n    a\n    b\n")).0, "a b\n");
    assert_eq!(one(&entry("  username: |-\n    a\n    b\n")).0, "a\nb");
    assert_eq!(roles(&format!("- rolearn: |\n    {A}\n")).roles[0].arn, format!("{A}\n"));
}

#[test]
fn an_empty_text_is_not_a_problem() {
    for text in ["", "  \n", "\"\"", "''", "``", "null", "~", "[]", "# none\n", "---\n"] {
        assert_eq!(roles(text), Reading::default(), "{text:?}");
    }
    assert_eq!(read(&BTreeMap::new()), Reading::default());
}

#[test]
fn accounts_keep_their_digits() {
    let reading = read(&data("mapAccounts", "- 012345678901\n- \"111122223333\"\n- [x]\n-\n"));
    let accounts: Vec<&str> = reading.accounts.iter().map(|a| a.account.as_str()).collect();
    assert_eq!(accounts, ["012345678901", "111122223333", ""]);
    assert!(matches!(reading.problems[..], [Problem::Dropped { line: 3, .. }]));
    let reading = read(&data("mapAccounts", "- 111122223333\n- !!int x\n"));
    assert_eq!((reading.accounts.len(), reading.problems.len()), (1, 1));
    assert!(read(&data("mapAccounts", "111122223333")).unreadable(DataKey::MapAccounts).is_some());
}

#[test]
fn hostile_texts_cost_little() {
    let deep = |open: &str, close: &str, n: usize| format!("- x: {}{}\n", open.repeat(n), close.repeat(n));
    assert!(roles(&deep("[", "]", 9_000)).problems.iter().all(|p| matches!(p, Problem::Dropped { .. })));
    dropped_whole(&deep("[", "]", 10_001), 1, "nested deeper");
    dropped_whole(&format!("- x: {}", "{a: ".repeat(100_000)), 1, "nested deeper");
    dropped_whole(&"- ".repeat(20_000), 1, "nested deeper");
    let mut bomb = "- &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 'b'..='j' {
        let below = char::from(level as u8 - 1);
        bomb = format!("{bomb}- &{level} [{}]\n", vec![format!("*{below}"); 10].join(", "));
    }
    let reading = roles(&bomb);
    assert!(reading.problems[0].to_string().contains("comes from aliases"), "{}", reading.problems[0]);
    dropped_whole("- &a [*a]\n", 1, "is inside what it refers to");
    let long = entry(&format!("  username: {}\n", "x".repeat(1_000_000)));
    assert_eq!(one(&long).0.len(), 1_000_000);
    dropped_whole(&"{".repeat(3), 1, "a map");
    assert!(roles(&"\n".repeat(1_000_000)).problems.is_empty());
    assert!(roles(&"- a\n".repeat(200_000)).roles.is_empty());
}
