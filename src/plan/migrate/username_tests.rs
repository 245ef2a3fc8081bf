//! Usernames, row by row.

use super::evidence::Evidence;
use super::fixture::{CLUSTER, evidence, holds, mapped, one, options, role, table, user};
use super::options::Options;

const DEV: &str = "STANDARD arn:aws:iam::111122223333:role/Dev";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";

#[test]
fn a_roles_username() {
    let proposes = |name: &str| format!("--username-of 'arn:aws:iam::111122223333:role/Dev={name}'");
    let user_session = proposes("user:{{SessionName}}");
    let dev_raw = proposes("dev:{{SessionNameRaw}}");
    for (username, begin, words) in [
        ("dev", format!("{DEV} dev [g]"), vec![]),
        ("dev:{{SessionName}}", format!("{DEV} dev:{{{{SessionName}}}} [g]"), vec![]),
        ("a:{{SessionNameRaw}}", format!("{DEV} a:{{{{SessionNameRaw}}}} [g]"), vec![]),
        // Empty today: the name that EKS sets itself.
        ("", format!("{DEV} arn:aws:sts::111122223333:assumed-role/Dev/{{{{SessionName}}}} [g]"), vec![]),
        ("{{AccountID}}-dev", format!("{DEV} 111122223333-dev [g]"), vec![]),
        ("dev {{ SessionName }}", format!("{DEV} dev {{{{ SessionName }}}} [g]"), vec![]),
        ("system:admin", "asks --username-of: ".into(), vec!["begin with system:", "role/Dev=user:admin"]),
        ("eks:x", "asks --username-of: ".into(), vec!["begin with eks:"]),
        ("aws:x", "asks --username-of: ".into(), vec!["begin with aws:"]),
        ("amazon:x", "asks --username-of: ".into(), vec!["begin with amazon:"]),
        ("iam:x", "asks --username-of: ".into(), vec!["begin with iam:"]),
        ("{{SessionName}}", "asks --username-of: ".into(), vec!["a colon before", user_session.as_str()]),
        ("dev-{{SessionNameRaw}}", "asks --username-of: ".into(), vec![dev_raw.as_str()]),
        ("k:{{AccessKeyID}}", "asks --username-of: ".into(), vec!["{{AccessKeyID}}"]),
        (" dev", "asks --username-of: ".into(), vec!["a blank at its start or end", "role/Dev=dev"]),
    ] {
        let evidence = evidence(&mapped(&role("Dev"), username, &["g"]), "");
        holds(username, &one(&evidence, &Options::default()), &begin, &words);
    }
}

#[test]
fn a_folded_username_keeps_its_line_break_and_asks() {
    let text = format!("- rolearn: {}\n  username: >\n    dev\n  groups: [g]\n", role("Dev"));
    let told = one(&evidence(&text, ""), &Options::default());
    holds("folded", &told, "asks --username-of: ", &["line break", "role/Dev=dev"]);
}

#[test]
fn a_users_username_has_no_session() {
    for (username, becomes) in [
        ("ann", "ann"),
        ("x:{{SessionName}}", "x:"),
        ("x{{SessionNameRaw}}-{{AccountID}}", "x-111122223333"),
        // Nothing is left of it: the name that EKS sets itself.
        ("{{SessionName}}", ANN),
    ] {
        let evidence = evidence("", &user(ANN, username, &["g"]));
        holds(username, &one(&evidence, &Options::default()), &format!("STANDARD {ANN} {becomes} [g]"), &[]);
    }
}

#[test]
fn what_a_person_says_counts_and_is_checked() {
    let evidence = evidence(&mapped(&role("Dev"), "{{SessionName}}", &["g"]), "");
    let said = |name: &str| options(&[], &[&format!("{}={name}", role("Dev"))], &[]);
    holds("said", &one(&evidence, &said("user:{{SessionName}}")), &format!("{DEV} user:{{{{SessionName}}}} [g]"), &[]);
    let refused = one(&evidence, &said("system:x"));
    holds("refused", &refused, "asks --username-of: ", &["begin with system:", "role/Dev=user:x"]);
}

#[test]
fn a_changed_username_is_overwriting_and_unproven_where_bindings_are_not_read() {
    let mut evidence = evidence(&mapped(&role("Dev"), "{{SessionName}}", &["g"]), "");
    let said = options(&[], &[&format!("{}=user:{{{{SessionName}}}}", role("Dev"))], &[]);
    let renamed = |evidence: &Evidence| super::decide::decide(evidence, &said).rows[0].wish().unwrap().clone();
    let wish = renamed(&evidence);
    assert_eq!((wish.renamed_from.as_deref(), wish.unproven), (Some("{{SessionName}}"), None));
    evidence.bindings = super::evidence::Seen::Unread("403".to_owned());
    assert!(renamed(&evidence).unproven.unwrap().contains("403"));
}

#[test]
fn a_template_of_instances_is_refused_for_people() {
    // No node runs as it and its trust is not EC2's: a person has to say what it is.
    let evidence = evidence(&mapped(&role("Dev"), "dev:{{EC2PrivateDNSName}}", &["g"]), "");
    let told = one(&evidence, &Options::default());
    holds("instances", &told, "asks --type-of: ", &["its username is not one that EKS gives to nodes"]);
    let standard = options(&[&format!("{}=STANDARD", role("Dev"))], &[], &[]);
    holds("people", &one(&evidence, &standard), "asks --username-of: ", &["{{EC2PrivateDNSName}}"]);
}

#[test]
fn an_answer_that_no_line_asks_for_is_told() {
    let evidence = evidence(&mapped(&role("Dev"), "dev", &["g"]), "");
    let options = options(&[&format!("{}=EC2", role("Other"))], &[&format!("{}=x", role("Dev"))], &["Elsewhere=/a/"]);
    let table = super::decide::decide(&evidence, &options);
    assert_eq!(table.unfit, [format!("--type-of {}=EC2", role("Other")), "--path-of Elsewhere=/a/".to_owned()]);
}

#[test]
fn the_commands_name_the_cluster() {
    let evidence = evidence(&mapped(&role("team/Dev"), "dev", &["system:masters"]), "");
    let told = super::fixture::told(&table(&evidence).rows[0]);
    let command = format!(
        "eksaccess map --cluster {CLUSTER} --principal {} --username dev --kubernetes-group system:masters",
        role("team/Dev")
    );
    assert!(told.ends_with(&command), "{told}");
}

#[test]
fn all_questions_of_a_row_are_asked_at_once() {
    let evidence = evidence(&mapped(&role("Dev"), "{{SessionName}}", &["system:ops"]), "")
        .with(&role("Dev"), super::evidence::Answered::NotAsked)
        .with_bindings(&[(None, "b", &["g:system:ops"])]);
    let told = one(&evidence, &Options::default());
    holds("three", &told, "asks --path-of: ", &["; asks --username-of: ", "; asks --create-bindings: "]);
    // What can't be done whatever is answered is said instead.
    let evidence = evidence_of_nodes_group();
    holds("by hand", &one(&evidence, &Options::default()), "by hand (blocks): ", &["system:nodes"]);
}

fn evidence_of_nodes_group() -> Evidence {
    evidence(&mapped(&role("Dev"), "dev", &["system:nodes"]), "")
        .with(&role("Dev"), super::evidence::Answered::NotAsked)
}

#[test]
fn no_binding_names_an_empty_username() {
    let mut evidence = evidence(&mapped(&role("Dev"), "", &["g"]), "");
    evidence.bindings = super::evidence::Seen::NotAsked;
    let table = table(&evidence);
    let wish = table.rows[0].wish().unwrap();
    assert_eq!((wish.renamed_from.as_deref(), &wish.unproven, wish.is_default_username), (Some(""), &None, true));
}
