//! Which identity each caller gets.

use std::collections::BTreeMap;

use super::*;

const ADMIN: &str = "arn:aws:sts::111122223333:assumed-role/Admin/ann@example.com";

fn data(roles: &str, users: &str, accounts: &str) -> BTreeMap<String, String> {
    [("mapRoles", roles), ("mapUsers", users), ("mapAccounts", accounts)]
        .into_iter()
        .map(|(key, text)| (key.to_owned(), text.to_owned()))
        .collect()
}

fn caller(arn: &str) -> Caller {
    Caller::new(arn.parse().unwrap())
}

fn who(roles: &str, users: &str, arn: &str) -> Who {
    read(&data(roles, users, "")).who(&caller(arn))
}

fn role(arn: &str, username: &str) -> String {
    format!("- rolearn: \"{arn}\"\n  username: \"{username}\"\n")
}

fn name(who: &Who) -> Option<&str> {
    who.mapped().map(|found| found.username.as_str())
}

#[test]
fn arns_are_equal_ignoring_case_and_nothing_else() {
    for arn in [
        "arn:aws:iam::111122223333:role/Admin",
        "ARN:AWS:IAM::111122223333:ROLE/ADMIN",
        "arn:aw\u{17f}:iam::111122223333:role/Admin",
    ] {
        assert_eq!(name(&who(&role(arn, "a"), "", ADMIN)), Some("a"), "{arn}");
    }
    for arn in [
        "arn:aws:iam::111122223333:role/path/Admin",
        "arn:aws:iam::111122223333:role/Admin ",
        "arn:aws:iam::111122223333:role/Adm*",
        "arn:aws-cn:iam::111122223333:role/Admin",
        "arn:aws:sts::111122223333:assumed-role/Admin/ann@example.com",
        "arn:aws:iam::444455556666:role/Admin",
    ] {
        assert_eq!(who(&role(arn, "a"), "", ADMIN), Who::Nobody, "{arn}");
    }
    let broken = "- rolearn: |\n    arn:aws:iam::111122223333:role/Admin\n";
    assert_eq!(who(broken, "", ADMIN), Who::Nobody);
}

#[test]
fn roles_go_before_users_and_either_list_matches_either_kind() {
    let user = "- userarn: arn:aws:iam::111122223333:role/Admin\n  username: u\n";
    assert_eq!(name(&who("", user, ADMIN)), Some("u"));
    let both = who(&role("arn:aws:iam::111122223333:role/Admin", "r"), user, ADMIN);
    assert_eq!(name(&both), Some("r"));
    let shadowed = &both.mapped().unwrap().shadowed;
    assert_eq!(shadowed[..], [Shadowed { key: DataKey::MapUsers, line: 1, column: 3, why: Why::RolesFirst }]);
    let wrong_key = "- rolearn: arn:aws:iam::111122223333:role/Admin\n  username: u\n";
    assert_eq!(who("", wrong_key, ADMIN), Who::Nobody);
    let bob = role("arn:aws:iam::111122223333:user/team/bob", "bob");
    assert_eq!(name(&who(&bob, "", "arn:aws:iam::111122223333:user/team/Bob")), Some("bob"));
    assert_eq!(who(&bob, "", "arn:aws:iam::111122223333:user/Bob"), Who::Nobody);
}

#[test]
fn the_last_of_equal_roles_wins_whole_even_without_a_name() {
    let roles = role("arn:aws:iam::111122223333:role/Admin", "a")
        + "- rolearn: arn:aws:iam::111122223333:role/admin\n  groups: [g]\n";
    let found = who(&roles, "", ADMIN);
    let found = found.mapped().unwrap();
    assert_eq!((found.username.as_str(), found.groups[..].len(), found.line), ("", 1, 3));
    assert_eq!(found.shadowed[..], [Shadowed { key: DataKey::MapRoles, line: 1, column: 3, why: Why::LaterDuplicate }]);
    let usurped =
        role("arn:aws:iam::111122223333:role/Admin", "a") + &role("arn:aws:iam::111122223333:role/Adm\u{130}n", "b");
    assert_eq!(who(&usurped, "", ADMIN), Who::Nobody);
}

#[test]
fn users_that_differ_in_case_win_at_random() {
    let user = |name: &str, username: &str| {
        format!("- userarn: arn:aws:iam::111122223333:user/{name}\n  username: {username}\n")
    };
    let ann = "arn:aws:iam::111122223333:user/ann";
    assert_eq!(name(&who("", &(user("ann", "a") + &user("ann", "b")), ann)), Some("b"));
    let Who::AtRandom(found) = who("", &(user("ann", "a") + &user("Ann", "b")), ann) else { panic!() };
    assert_eq!(found.iter().map(|f| f.username.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(read(&data("", &(user("ann", "a") + &user("Ann", "b")), "")).mapping_of(&ann.parse().unwrap()), None);
}

#[test]
fn accounts_come_last_and_give_the_arn_and_no_groups() {
    let data = data("- rolearn: arn:aws:iam::111122223333:role/Admin\n  username: r\n", "", "- 111122223333\n");
    let reading = read(&data);
    let other = reading.who(&caller("arn:aws:sts::111122223333:assumed-role/Other/s"));
    assert_eq!(name(&other), Some("arn:aws:iam::111122223333:role/Other"));
    assert_eq!((other.mapped().unwrap().groups.len(), other.mapped().unwrap().source), (0, DataKey::MapAccounts));
    let admin = reading.who(&caller(ADMIN));
    assert_eq!(name(&admin), Some("r"));
    assert_eq!(admin.mapped().unwrap().shadowed[0].why, Why::AccountsLast);
    assert_eq!(reading.who(&caller("arn:aws:iam::444455556666:user/x")), Who::Nobody);
}

#[test]
fn templates_expand_as_they_are_spelled() {
    let template =
        "{{AccountID}} {{SessionName}} {{SessionNameRaw}} {{AccessKeyID}} {{ SessionName }} {{sessionname}} {{X}}";
    let roles = role("arn:aws:iam::111122223333:role/Admin", template) + "  groups: [\"g:{{SessionName}}\"]\n";
    let caller = Caller { access_key_id: Some("ASIA".into()), ..caller(ADMIN) };
    let found = read(&data(&roles, "", "")).who(&caller);
    let found = found.mapped().unwrap();
    assert_eq!(
        found.username,
        "111122223333 ann-example.com ann@example.com ASIA {{ SessionName }} {{sessionname}} {{X}}"
    );
    assert_eq!(found.groups, ["g:ann-example.com"]);
    let user = "- userarn: arn:aws:iam::111122223333:user/ann\n  username: \"u:{{SessionName}}\"\n";
    assert_eq!(name(&who("", user, "arn:aws:iam::111122223333:user/ann")), Some("u:"));
}

#[test]
fn nodes_need_an_instance_id() {
    let roles =
        role("arn:aws:iam::111122223333:role/Node", "system:node:{{EC2PrivateDNSName}}") + "  groups: [system:nodes]\n";
    let reading = read(&data(&roles, "", "- 111122223333\n"));
    for good in ["i-0123456789abcdef0", "i-01234567"] {
        let node = caller(&format!("arn:aws:sts::111122223333:assumed-role/Node/{good}"));
        assert_eq!(name(&reading.who(&node)), Some("system:node:{{EC2PrivateDNSName}}"));
        let named = Caller { private_dns_name: Some("ip-10-0-0-1.ec2.internal".into()), ..node };
        assert_eq!(name(&reading.who(&named)), Some("system:node:ip-10-0-0-1.ec2.internal"));
    }
    for bad in ["me", "i-0123", "x-01234567", "i-012345678"] {
        let person = caller(&format!("arn:aws:sts::111122223333:assumed-role/Node/{bad}"));
        assert!(matches!(reading.who(&person), Who::Refused(found) if found.refused), "{bad}");
    }
    let role = caller("arn:aws:iam::111122223333:role/path/Node").with_session("i-01234567");
    assert!(reading.who(&role).mapped().is_some());
}
