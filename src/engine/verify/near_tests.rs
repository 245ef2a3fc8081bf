use std::collections::BTreeMap;

use super::*;
use crate::aws_auth::read;

const ROLE: &str = "arn:aws:iam::111122223333:role/team/Ops";

fn why(key: &str, text: &str, principal: &str) -> String {
    let reading = read(&BTreeMap::from([(key.to_owned(), text.to_owned())]));
    nearly(&reading, &principal.parse().unwrap()).map(|near| near.what).unwrap_or_default()
}

#[test]
fn each_trap_is_reported_with_its_line() {
    for (arn, told) in [
        ("arn:aws:iam::111122223333:role/team/Ops", "mapRoles line 2 names the role with its path"),
        ("\" arn:aws:iam::111122223333:role/Ops\"", "mapRoles line 2 has white space"),
        ("arn:aws:sts::111122223333:assumed-role/Ops/ann", "mapRoles line 2 names a session"),
        ("arn:aws:iam::444455556666:role/Ops", "maps the role of account 444455556666"),
        ("arn:aws-cn:iam::111122223333:role/Ops", "names partition aws-cn"),
        ("arn:aws:iam::111122223333:role/O*", "has a wildcard"),
    ] {
        let shown = why("mapRoles", &format!("# kept by hand\n- rolearn: {arn}\n  username: ops\n"), ROLE);
        assert!(shown.contains(told), "{arn}: {shown}");
    }
}

#[test]
fn an_entry_by_permission_set_is_reported() {
    let text = "- sso: {permissionSetName: Admin, accountID: '111122223333'}\n  username: a\n";
    let role = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef";
    let shown = why("mapRoles", text, role);
    assert!(shown.contains("mapRoles line 1 names the permission set Admin (`sso:`)"), "{shown}");
    assert_eq!(why("mapRoles", text, &role.replace("Admin", "Other")), "");
    assert_eq!(why("mapRoles", text, ROLE), "");
}

#[test]
fn a_dropped_text_is_reported_first() {
    let shown = why("mapRoles", "- rolearn: x\n\tusername: y\n", ROLE);
    assert!(shown.contains("drops all of mapRoles"), "{shown}");
    let shown = why("maproles", "- rolearn: arn:aws:iam::111122223333:role/Ops\n", ROLE);
    assert!(shown.contains("does not read the data key `maproles`"), "{shown}");
    let shown =
        why("mapUsers", "- userarn: arn:aws:iam::111122223333:user/ann\n", "arn:aws:iam::111122223333:user/x/ann");
    assert!(shown.contains("lacks the user's path /x/"), "{shown}");
}

#[test]
fn a_text_about_others_explains_nothing() {
    assert_eq!(why("mapRoles", "- rolearn: arn:aws:iam::111122223333:role/Other\n  username: o\n", ROLE), "");
}
