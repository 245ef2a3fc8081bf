//! Messages about a file are true, complete, and not repeated: each finding and each refusal with its line and its
//! hint.

use super::desks::{HEAD, desk, offline};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const A: &str = "arn:aws:iam::111122223333";

/// The findings of `lint`: the rule, the line, and the text.
#[track_caller]
fn finds(desk: &Desk, text: &str) -> Vec<String> {
    let ran = offline(desk, "lint --file - --output json").stdin(text).run();
    let findings = ran.json()["findings"].as_array().unwrap().clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    findings
        .iter()
        .map(|f| format!("{} {}: {} | {}", text(&f["rule"]), f["line"], text(&f["today"]), text(&f["meant"])))
        .collect()
}

fn roles(text: &str) -> String {
    format!("{HEAD}data:\n  mapRoles: |\n{text}")
}

/// A file with one role `A` whose fields below the ARN are these lines; the ARN is in line 8.
fn one(rest: &str) -> String {
    roles(&format!("    - rolearn: {A}:role/A\n{rest}"))
}

#[test]
fn fields_that_are_nearly_right_are_named() {
    let desk = desk(AuthMode::ConfigMap);
    for (key, wrong, right) in [
        ("mapRoles", "rolarn", "rolearn"),
        ("mapRoles", "rolearnn", "rolearn"),
        ("mapRoles", "iamarn", "rolearn"),
        ("mapRoles", "principalArn", "rolearn"),
        ("mapUsers", "usrarn", "userarn"),
        ("mapUsers", "iamArn", "userarn"),
        ("mapRoles", "usrname", "username"),
        ("mapRoles", "usrnmae", "username"),
        ("mapRoles", "gruops", "groups"),
        ("mapRoles", "grups", "groups"),
        ("mapRoles", "rbacGroups", "groups"),
    ] {
        let field = if key == "mapRoles" { "rolearn" } else { "userarn" };
        let lines = [(field, format!("{A}:role/A")), ("username", "a".to_owned()), ("groups", "[g]".to_owned())];
        let lines = lines.map(|(name, value)| format!("{}: {value}", if name == right { wrong } else { name }));
        let text = format!("{HEAD}data:\n  {key}: |\n    - {}\n", lines.join("\n      "));
        let found = finds(&desk, &text);
        let said = format!("the control plane does not read the field `{wrong}` | `{right}`");
        assert!(found.iter().any(|f| f.starts_with("misspelled-field") && f.ends_with(&said)), "{wrong}: {found:#?}");
    }
    let others = "      username: a\n      groups: [g]\n      syncedBy: x\n      managedBy: y\n      policyArn: z\n      note: n\n      description: d\n      usage: u\n      group_source: s\n";
    assert_eq!(finds(&desk, &one(others)), [""; 0], "an own field of another tool");
}

#[test]
fn a_line_indented_less_than_its_text_is_reported_with_the_difference() {
    let desk = desk(AuthMode::ConfigMap);
    let entry = |blanks: usize, name: &str| {
        let indent = " ".repeat(blanks);
        format!("{indent}- rolearn: {A}:role/{name}\n{indent}  username: {name}\n")
    };
    let first = "the first line of the text of `mapRoles` is indented by";
    let tab = "the text of `mapRoles` is indented by spaces, but this line by a tab".to_owned();
    for (text, line, said) in [
        (entry(4, "A") + &entry(3, "B"), 10, format!("{first} 4 spaces, but this line by 3")),
        (entry(6, "A") + &entry(4, "B"), 10, format!("{first} 6 spaces, but this line by 4")),
        (entry(4, "A") + &format!("\t- rolearn: {A}:role/B\n"), 10, tab.clone()),
        (format!("\t- rolearn: {A}:role/B\n"), 8, tab),
    ] {
        let ran = offline(&desk, "lint --file -").stdin(roles(&text)).status(1).run();
        ran.warns(&said).warns(&format!("line {line}")).warns("line 7");
        ran.does_not_warn("more indentation than its key");
    }
    let text = roles(&entry(4, "A")).replace("mapRoles: |", "mapRoles: |4");
    let ran = offline(&desk, "lint --file -").stdin(text).status(1).run();
    ran.warns("`|4` requires the text of `mapRoles` to be indented by 6 spaces, and this line has 4").warns("line 8");
    let text = roles(&entry(2, "A"));
    offline(&desk, "lint --file -").stdin(text).status(1).run().warns("needs more indentation than its key");
}

#[test]
fn an_entry_without_groups_is_not_merged_with_another() {
    let desk = desk(AuthMode::ConfigMap);
    let entry = |rest: &str| format!("    - rolearn: {A}:role/A\n{rest}");
    let shadowed = |first: &str, last: &str| {
        let found = finds(&desk, &roles(&(entry(first) + &entry(last))));
        found.into_iter().find(|f| f.starts_with("shadowed")).unwrap_or_default()
    };
    let (none, g, gh) =
        ("      username: a\n", "      username: b\n      groups: [g]\n", "      username: c\n      groups: [g, h]\n");
    assert!(shadowed(none, g).ends_with("| one entry: remove this one, which has no groups"));
    assert!(shadowed(g, gh).ends_with("| one entry: remove this one, since the other has its groups as well"));
    assert!(shadowed(gh, g).ends_with("| one entry with the groups of both (this one has g, h)"));
}

#[test]
fn an_arn_that_is_not_a_principals_is_refused_with_the_reason() {
    let desk = desk(AuthMode::ConfigMap);
    for (resource, why) in [
        ("group/devs", "a group is not a principal"),
        ("policy/P", "`policy/` is not a principal"),
        ("instance-profile/P", "an instance profile is not a principal"),
    ] {
        for verb in ["map --kubernetes-group g --principal", "who"] {
            let ran =
                offline(&desk, &format!("{verb} {A}:{resource} --file -")).stdin(roles("    []\n")).status(2).run();
            ran.warns(why);
            ran.does_not_warn("not an ARN").does_not_warn("not a full ARN");
        }
    }
    let named =
        offline(&desk, "map --kubernetes-group g --principal Dev --file -").stdin(roles("    []\n")).status(2).run();
    named.warns("without AWS a name can't be turned into one");
}

#[test]
fn braces_commas_and_quotes_that_were_meant_differently_are_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let found = finds(&desk, &one("      username: {SessionName}\n      groups: [g]\n"));
    assert!(found.iter().any(|f| f.contains("`username` is a map") && f.contains("'{{SessionName}}'")), "{found:#?}");
    let found = finds(&desk, &one("      username: a\n      groups: [\"system:masters,view\"]\n"));
    assert_eq!(
        found,
        ["odd-group 10: `system:masters,view` is one group | `system:masters` and `view`: one item each"]
    );
    let found = finds(&desk, &one("      username: “a”\n      groups:\n      - g\n      - “view”\n"));
    assert_eq!(
        found,
        [
            "padded-username 9: the username is `“a”`, quotes included | `a`",
            "odd-group 12: the group is `“view”`, quotes included | `view`"
        ]
    );
    assert_eq!(finds(&desk, &one("      username: a\n      groups: ['CN=a,OU=b', 'o''brien']\n")), [""; 0]);
    for line in ["{{- range .Values.roles }}", "- rolearn: {{ .Values.arn }}", "- rolearn: {{ include \"a.b\" . }}"] {
        let found = finds(&desk, &roles(&format!("    {line}\n")));
        assert!(found[0].contains("was not rendered") && !found[0].contains("quote it"), "{found:#?}");
    }
    let found = finds(&desk, &one("      username: {{ SessionName }}\n"));
    assert!(found[0].contains("quote it: '{{ SessionName }}'"), "{found:#?}");
}

#[test]
fn one_mistake_is_one_finding() {
    let desk = desk(AuthMode::ConfigMap);
    let found = finds(&desk, &one("      username: a\n      groups:\n        - g\n        - system: masters\n"));
    assert!(found.len() == 1 && found[0].starts_with("left-empty 12: one item of `groups` is a map"), "{found:#?}");
    let found = finds(&desk, &one("      username: a\n      groups: ['', '', '', '']\n"));
    assert_eq!(found, ["odd-group 10: 4 of the groups have an empty name | -"]);
    let found = finds(&desk, &one("      username: a\n      groups:\n        - g\n        - ''\n"));
    assert_eq!(found, ["odd-group 12: one of the groups has an empty name | -"]);
    let found = finds(&desk, &one("      username: a\n      groups: ['${{ vars.G }}']\n"));
    assert_eq!(
        found,
        [
            "placeholder 10: the group is literally `${{ vars.G }}`: the placeholder `${{ vars.G }}` was not filled in | -"
        ]
    );
}

#[test]
fn an_object_that_is_refused_or_applied_elsewhere_is_found() {
    let desk = desk(AuthMode::ConfigMap);
    let text = one("      username: a\n      groups: [g]\n");
    assert_eq!(finds(&desk, &text), [""; 0]);
    let found = finds(&desk, &text.replace("v1", "apps/v1"));
    assert_eq!(
        found,
        [
            "refused-object 1: `apiVersion` is `apps/v1`, which has no ConfigMap: the API server rejects this object | `apiVersion: v1`"
        ]
    );
    let found = finds(&desk, &text.replace("apiVersion: v1\n", ""));
    assert_eq!(
        found,
        ["refused-object 1: the object has no `apiVersion`: kubectl and the API server reject it | `apiVersion: v1`"]
    );
    let said = "no-namespace 3: `metadata` has no namespace: kubectl applies the object to the namespace of its context, and the control plane reads the one in kube-system | `namespace: kube-system`";
    assert_eq!(finds(&desk, &text.replace("  namespace: kube-system\n", "")), [said]);
    assert_eq!(finds(&desk, &text.replace("namespace: kube-system", "namespace: ''")), [said]);
    let json = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"aws-auth","namespace":"kube-system"},"data":{"mapRoles":"[]\n"}}]}"#;
    assert_eq!(finds(&desk, json), [""; 0]);
}

#[test]
fn each_finding_has_the_line_of_what_is_wrong() {
    let desk = desk(AuthMode::ConfigMap);
    let lines = |text: &str| -> Vec<String> {
        finds(&desk, text).iter().map(|f| f.split(':').next().unwrap_or_default().to_owned()).collect()
    };
    let text = one(
        "      username: <name>\n      groups:\n        - a\n        - ' b'\n        - c\n          - d\n        - \"e\\u200be\"\n",
    );
    assert_eq!(lines(&text), ["placeholder 9", "odd-group 12", "merged-groups 13", "invisible-character 15"]);
    let shared = "    - rolearn: arn:aws:iam::111122223333:role/A\n      username: a\n      groups: &g\n        - ' b'\n    - rolearn: arn:aws:iam::111122223333:role/B\n      username: a\n      groups: *g\n";
    assert_eq!(lines(&roles(shared)), ["odd-group 11", "odd-group 14"], "an alias is where it is written");
    let text = format!("{}  maproles: '[]'\n", one("      username: a\n"));
    assert_eq!(lines(&text), ["unknown-data-key 10"]);
    offline(&desk, "lint --file -").stdin(text).run().says("line 10  unknown-data-key");
}
