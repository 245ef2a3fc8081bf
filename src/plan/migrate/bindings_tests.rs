//! Who is named beside an old name in bindings.

use super::bindings::{for_group, for_username, new_group};
use super::fixture::{binding, role};

#[test]
fn a_new_group_is_one_that_no_other_binding_names() {
    let names = |all: &[&[&str]]| {
        let all: Vec<_> =
            all.iter().enumerate().map(|(at, subjects)| binding(None, &format!("b{at}"), subjects)).collect();
        new_group(&all, "system:ops")
    };
    assert_eq!(names(&[&["g:system:ops"]]), "eksaccess:ops");
    // Another binding gives that name more than the old group has.
    assert_eq!(names(&[&["g:system:ops"], &["g:eksaccess:ops"]]), "eksaccess:ops-2");
    // An earlier run began.
    assert_eq!(names(&[&["g:system:ops", "g:eksaccess:ops"], &["g:system:ops"]]), "eksaccess:ops");
}

#[test]
fn every_binding_of_a_group_gets_the_new_one_once_at_its_own_scope() {
    let all = [
        binding(None, "wide", &["g:system:ops"]),
        binding(Some("shop"), "narrow", &["u:ann", "g:system:ops"]),
        binding(Some("shop"), "done", &["g:system:ops", "g:eksaccess:ops"]),
        binding(None, "other", &["g:ops"]),
    ];
    let added: Vec<String> =
        for_group(&all, "system:ops", "eksaccess:ops").iter().map(|addition| addition.binding.to_string()).collect();
    assert_eq!(added, ["ClusterRoleBinding wide", "RoleBinding shop/narrow"]);
}

#[test]
fn who_fits_an_old_username_gets_the_new_one() {
    for (old, new, user, becomes) in [
        ("admin", "ops", "admin", Some("ops")),
        ("admin", "ops", "admins", None),
        ("{{SessionName}}", "user:{{SessionName}}", "ann", Some("user:ann")),
        ("{{SessionName}}", "user:{{SessionName}}", "system:kube-proxy", None),
        // `{{SessionName}}` never has an @.
        ("{{SessionName}}", "user:{{SessionName}}", "ann@example.com", None),
        ("dev-{{SessionNameRaw}}", "dev:{{SessionName}}", "dev-ann@example.com", Some("dev:ann-example.com")),
        ("dev-{{SessionNameRaw}}", "dev:{{SessionNameRaw}}", "dev-ann@example.com", Some("dev:ann@example.com")),
        ("{{AccountID}}:{{SessionName}}", "x:{{SessionName}}", "111122223333:ann", Some("x:ann")),
        // What is given to one session is not given to all of them, and an @ can't be told from a -.
        ("{{SessionName}}", "everyone", "ann", Some("?")),
        ("{{SessionName}}", "u:{{SessionNameRaw}}", "ann-b", Some("?")),
        ("admin", "user:{{SessionName}}", "admin", Some("?")),
        ("{{SessionName}}/{{AccessKeyID}}", "user:{{SessionName}}", "ann/AKIA", Some("?")),
        ("", "arn:x", "", None),
    ] {
        let all = [binding(None, "b", &[&format!("u:{user}")])];
        let renaming = for_username(&all, (old, new), &role("Dev").parse().unwrap());
        let added = renaming.additions.iter().map(|addition| format!("{:?}", addition.add));
        let found = added.chain(renaming.unresolved.iter().map(|_| "User(\"?\")".to_owned())).next();
        assert_eq!(found, becomes.map(|name| format!("User({name:?})")), "{old} to {new}: {user}");
    }
}
