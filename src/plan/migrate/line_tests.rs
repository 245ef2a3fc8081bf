//! Lines of every kind: those that no caller matches, duplicates, accounts, and what can't be read.

use super::decide::decide;
use super::evidence::Evidence;
use super::fixture::{all, evidence, holds, mapped, one, role, table, user};
use super::options::Options;
use crate::aws_auth::DataKey;

fn told(evidence: &Evidence) -> String {
    one(evidence, &Options::default())
}

#[test]
fn what_matches_no_caller_stays_out_and_says_what_would_let_it_in() {
    let lets_in = |arn: &str| format!("--principal {arn} --username dev --kubernetes-group g");
    for (arn, word, command) in [
        (role("team/Dev"), "path", Some(lets_in(&role("team/Dev")))),
        (format!(" {}", role("Dev")), "white space", Some(lets_in(&role("Dev")))),
        (role("*"), "wildcard", None),
        ("arn:aws:sts::111122223333:assumed-role/Dev/ann".to_owned(), "session", Some(lets_in(&role("Dev")))),
        (role("<name>"), "filled in", None),
        ("Dev".to_owned(), "not an ARN", None),
        ("arn:aws:iam::111122223333:group/devs".to_owned(), "group", None),
    ] {
        let told = told(&evidence(&mapped(&arn, "dev", &["g"]), ""));
        holds(&arn, &told, "none: ", &[word]);
        match &command {
            Some(command) => assert!(told.ends_with(command), "{told}"),
            None => assert!(!told.contains("eksaccess map"), "{told}"),
        }
    }
}

#[test]
fn without_a_cluster_no_command_is_proposed() {
    let mut evidence = evidence(&mapped(&role("team/Dev"), "dev", &["g"]), "");
    evidence.cluster = None;
    assert!(!told(&evidence).contains("eksaccess map"));
}

#[test]
fn an_sso_line_is_a_row_like_any_other() {
    let sso = "- sso: {permissionSetName: Admins, accountID: '111122223333'}\n  username: a\n  groups: [g]\n";
    let rows = all(&evidence(&(sso.to_owned() + &mapped(&role("Dev"), "dev", &["g"])), ""));
    holds("sso", &rows[0], "none: ", &["permission set", "--principal permission-set:Admins"]);
    holds("the next", &rows[1], "STANDARD ", &[]);
    let far = sso.replace("111122223333", "444455556666");
    assert!(!told(&evidence(&far, "")).contains("eksaccess map"), "another account's set can't be looked up");
}

#[test]
fn the_last_of_several_decides_and_the_others_are_told() {
    let map = mapped(&role("dev"), "first", &["system:masters"]) + &mapped(&role("Dev"), "last", &["g"]);
    let rows = all(&evidence(&map, &user(&role("Dev"), "user", &["h"])));
    holds("first", &rows[0], "shadowed by mapRoles 4: ", &["the last one wins"]);
    holds("last", &rows[1], "STANDARD ", &["last [g]"]);
    holds("of the other list", &rows[2], "shadowed by mapRoles 4: ", &["mapRoles is checked before mapUsers"]);
}

#[test]
fn users_in_different_case_block_where_they_differ() {
    let (ann, upper) = ("arn:aws:iam::111122223333:user/ann", "arn:aws:iam::111122223333:user/Ann");
    let differ = all(&evidence("", &(user(ann, "a", &["g"]) + &user(upper, "b", &["g"]))));
    for row in &differ {
        holds("differ", row, "by hand (blocks): ", &["lines 1, 4", "at random"]);
    }
    let same = all(&evidence("", &(user(ann, "a", &["g"]) + &user(upper, "a", &["g"]))));
    holds("same", &same[0], "STANDARD ", &["a [g]"]);
    holds("same", &same[1], "shadowed by mapUsers 1: ", &["the same ARN the same access"]);
}

#[test]
fn the_key_of_a_role_may_be_spelled_in_letters_that_fold() {
    let map = mapped(&role("\u{212a}ey"), "k", &["g"]);
    let evidence = evidence(&map, "").with(&role("key"), super::fixture::found(&role("Key"), None));
    holds("kelvin", &told(&evidence), &format!("STANDARD {} k", role("Key")), &[]);
}

#[test]
fn accounts_are_by_hand_and_block() {
    let mut evidence = evidence("", "");
    evidence.data.insert("mapAccounts".to_owned(), "- '444455556666'\n- '444455556666'\n- x\n".to_owned());
    let rows = all(&evidence);
    let command =
        "eksaccess map --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --remove --account 444455556666";
    holds("account", &rows[0], "by hand (blocks): every identity of account 444455556666", &[command]);
    holds("twice", &rows[1], "shadowed by mapAccounts 1: ", &[]);
    holds("not one", &rows[2], "none: ", &["twelve digits"]);
}

#[test]
fn one_odd_line_never_stops_the_rest() {
    let roles = "- hello\n- rolearn: ''\n  username: x\n".to_owned() + &mapped(&role("Dev"), "dev", &["g"]);
    let rows = all(&evidence(&roles, "- userarn: a\n\t- b\n"));
    assert_eq!(rows.len(), 4, "{rows:#?}");
    holds("no map", &rows[0], "none: the control plane drops this entry", &[]);
    holds("no arn", &rows[1], "none: the control plane drops this entry", &[]);
    holds("the rest", &rows[2], "STANDARD ", &[]);
    holds("a text that is given up", &rows[3], "none: the control plane drops all of mapUsers", &[]);
    let two = mapped(&role("Dev"), "dev", &["g"]) + "---\n- rolearn: x\n";
    holds("behind the list", &all(&evidence(&two, ""))[1], "none: the control plane reads nothing from here on", &[]);
}

#[test]
fn what_is_not_read_as_it_was_meant_is_a_note() {
    let text = format!("- rolearn: {}\n  username: dev\n  groups: system:masters\n", role("Dev"));
    let table = table(&evidence(&text, ""));
    holds("groups", &super::fixture::told(&table.rows[0]), "STANDARD ", &["dev []"]);
    assert!(table.rows[0].notes.iter().any(|note| note.contains("groups")), "{:?}", table.rows[0].notes);
}

#[test]
fn a_row_says_where_it_is() {
    let map = mapped(&role("A"), "a", &["g"]) + &mapped(&role("B"), "b", &["g"]);
    let table = table(&evidence(&map, &user("arn:aws:iam::111122223333:user/u", "u", &["g"])));
    let places: Vec<_> = table.rows.iter().map(|row| (row.key, row.index, row.line, row.column)).collect();
    let (roles, users) = (DataKey::MapRoles, DataKey::MapUsers);
    assert_eq!(places, [(roles, Some(0), 1, 3), (roles, Some(1), 4, 3), (users, Some(0), 1, 3)]);
}

#[test]
fn more_than_a_page_of_mappings_has_a_row_each() {
    let map = (0..250).fold(String::new(), |map, at| map + &mapped(&role(&format!("r{at}")), "u", &["g"]));
    let table = decide(&evidence(&map, ""), &Options::default());
    assert_eq!((table.rows.len(), table.order.len()), (250, 250));
}
