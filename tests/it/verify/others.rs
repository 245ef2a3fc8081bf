//! Another principal's access, from the outside.

use serde_json::Value;

use super::world::{desk, mapping, role_arn, world};
use crate::support::cloud::{ACCOUNT, AuthMode};
use crate::support::desk::Desk;

fn look(desk: &Desk, principal: &str, status: i32) -> Value {
    let command = format!("verify --cluster dev --output json --principal {principal}");
    desk.eksaccess("creator", &command).status(status).run().json()
}

fn names(found: &Value) -> Vec<&str> {
    found["links"].as_array().unwrap().iter().filter_map(|l| l["name"].as_str()).collect()
}

fn link<'a>(found: &'a Value, name: &str) -> &'a Value {
    let links = found["links"].as_array().unwrap();
    links.iter().find(|l| l["name"] == name).unwrap_or_else(|| panic!("no link {name}: {links:#?}"))
}

#[test]
fn a_member_is_explained_to_the_rights() {
    let desk = desk(world());
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:user/ann"), 0);
    assert_eq!(link(&found, "policy")["state"], "ok");
    assert!(link(&found, "mapping")["text"].as_str().unwrap().contains("kubernetes-admin"));
    assert!(link(&found, "rights")["text"].as_str().unwrap().contains("an administrator"));
    assert!(!desk.cloud.operations().contains(&"AssumeRole".to_owned()), "nobody is impersonated");
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn a_principal_outside_the_group_is_distinguished_by_simulation() {
    let desk = desk(world());
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:user/bob"), 5);
    assert_eq!(found["broken"], "policy");
    assert!(link(&found, "policy")["hint"].as_str().unwrap().contains("--user bob"));
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:user/nobody"), 5);
    assert_eq!(found["broken"], "principal");
}

#[test]
fn a_role_is_looked_at_as_itself() {
    let text = format!(
        "{}- rolearn: arn:aws:iam::{ACCOUNT}:role/Ci\n  username: ci\n  groups: [deployers]\n",
        super::world::MAPPED
    );
    let desk = desk(mapping(&text).home(|account| {
        account.role_at("/team/", "Ci", &serde_json::json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}));
    }));
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:role/Ci"), 1);
    assert!(link(&found, "principal")["text"].as_str().unwrap().contains("role/team/Ci"));
    assert!(link(&found, "mapping")["text"].as_str().unwrap().contains("username ci"));
    assert_eq!(link(&found, "rights")["state"], "unknown");
    assert!(link(&found, "rights")["hint"].as_str().unwrap().contains("--as ci --as-group deployers"));
}

#[test]
fn what_the_caller_may_not_see_is_said() {
    let desk = desk(world().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)));
    let command = format!("verify --cluster dev --output json --principal {}", role_arn());
    let found = desk.eksaccess("bob", &command).status(1).run().json();
    let mapping = link(&found, "mapping");
    assert_eq!(mapping["state"], "unknown", "{mapping}");
    assert!(mapping["text"].as_str().unwrap().contains("could not be read"), "{mapping}");
}

#[test]
fn a_group_is_its_members() {
    let world = world().home(|account| {
        account.user("carl").allow("carl", &["s3:*"], "*");
        account.group("Mixed", &["ann", "carl"]);
    });
    let desk = desk(world);
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:group/Mixed"), 5);
    assert_eq!(link(&found, "member ann")["state"], "ok");
    assert_eq!(link(&found, "member carl")["state"], "broken");
    let exact = ["credentials", "clock", "caller", "principal", "role", "member ann", "member carl"];
    let inside = ["cluster", "mode", "mapping", "rights"];
    assert_eq!(names(&found), [&exact[..], &inside].concat(), "each once, and then the role's own way");
    assert!(link(&found, "mapping")["text"].as_str().unwrap().contains("kubernetes-admin"));
    assert_eq!(link(&found, "rights")["state"], "ok");
}

#[test]
fn a_stale_entry_is_reported_for_any_role() {
    let desk = desk(world().dev(|dev| dev.mode(AuthMode::Api)).home(|account| {
        account.role("Ci");
    }));
    let ci = format!("arn:aws:iam::{ACCOUNT}:role/Ci");
    desk.eksaccess("creator", &format!("map --cluster dev --principal {ci} --kubernetes-group deployers")).run();
    assert_eq!(link(&look(&desk, &ci, 1), "mapping")["state"], "ok");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    desk.cloud.recreate_role("Ci");
    let found = look(&desk, &ci, 5);
    let mapping = link(&found, "mapping");
    assert!(
        mapping["text"].as_str().unwrap().contains("was created before the role was deleted and recreated, so"),
        "{mapping}"
    );
    assert!(mapping["hint"].as_str().unwrap().starts_with("aws eks delete-access-entry"), "{mapping}");
}

#[test]
fn a_group_that_a_shell_would_take_apart_is_quoted() {
    let text =
        format!("- rolearn: arn:aws:iam::{ACCOUNT}:role/Ci\n  username: it's ci\n  groups:\n    - a\n      - b\n");
    let desk = desk(mapping(&(super::world::MAPPED.to_owned() + &text)).home(|account| {
        account.role("Ci");
    }));
    let command =
        format!("verify --cluster dev --output json --principal arn:aws:iam::{ACCOUNT}:role/Ci -n shop --can get");
    let found = desk.eksaccess("creator", &command).arg("deployments/scale").status(1).run().json();
    let hint = link(&found, "rights")["hint"].as_str().unwrap();
    assert_eq!(
        hint,
        r"kubectl auth can-i get deployments.apps --subresource=scale -n shop --as 'it'\''s ci' --as-group 'a - b'"
    );
}

#[test]
fn the_same_links_are_reported_in_every_state() {
    let desk = desk(
        mapping(&format!("{}- rolearn: arn:aws:iam::{ACCOUNT}:role/Ci\n  username: ci\n", super::world::MAPPED)).home(
            |account| {
                account.role("Ci");
            },
        ),
    );
    let iam = |what: &str| format!("arn:aws:iam::{ACCOUNT}:{what}");
    let whole = look(&desk, &iam("user/ann"), 0);
    for (principal, more, status) in [
        (iam("user/bob"), "", 5),
        (iam("user/nobody"), "", 5),
        (iam("role/Ci"), "", 1),
        (iam("user/ann"), "--role Ci", 5),
    ] {
        let found = look(&desk, &format!("{principal} {more}"), status);
        assert_eq!(names(&found), names(&whole), "{principal} {more}");
    }
}

#[test]
fn a_trust_in_everyone_is_reported_as_such() {
    for everybody in [serde_json::json!("*"), serde_json::json!({"AWS": "*"})] {
        let desk = desk(super::world::trusting(
            &serde_json::json!({"Effect": "Allow", "Principal": everybody, "Action": "sts:Assume*"}),
        ));
        let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:user/bob --role KubernetesAdmin"), 0);
        let text = link(&found, "trust")["text"].as_str().unwrap().to_owned();
        assert!(text.contains("(*)") && text.contains("any AWS account"), "{text}");
        assert_eq!(link(&found, "policy")["state"], "ok", "who is trusted outright needs no policy of its own");
    }
}

#[test]
fn a_member_rejected_by_a_condition_is_shown_it_and_her_value() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let desk = desk(super::world::trusting(&serde_json::json!({"Effect": "Allow", "Principal": {"AWS": root},
        "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:username": "bob"}}})));
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:group/KubernetesAdmins"), 5);
    let text = link(&found, "member ann")["text"].as_str().unwrap().to_owned();
    assert!(text.contains("StringEquals aws:username bob") && text.contains("this caller has ann"), "{text}");
}

#[test]
fn a_role_never_uses_mfa() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let trust = serde_json::json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}});
    let desk = desk(super::world::trusting(&trust).home(|account| {
        let admin = account.aws_policy("AdministratorAccess");
        account.role("Ci").with_role("Ci", |role| role.attached.push(admin));
    }));
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:role/Ci --role KubernetesAdmin"), 5);
    assert_eq!(found["broken"], "needs", "{found:#}");
    let text = link(&found, "needs")["text"].as_str().unwrap();
    assert!(
        text.contains("sessions of Identity Center, of a web identity and of a chained role never carry"),
        "{text}"
    );
}

#[test]
fn the_accounts_root_user_can_not_assume_a_role() {
    let desk = desk(world());
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:root"), 5);
    assert_eq!(found["broken"], "policy", "{found:#}");
    assert!(link(&found, "policy")["text"].as_str().unwrap().contains("which may not assume roles"));
}

#[test]
fn a_deny_is_distinguished_from_a_missing_right() {
    let world = world().home(|account| {
        let deny = serde_json::json!({"Version": "2012-10-17",
            "Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}});
        account.user("carl").user_policy("carl", "deny", deny).group("Mixed", &["carl", "bob"]);
    });
    let desk = desk(world);
    let found = look(&desk, &format!("arn:aws:iam::{ACCOUNT}:group/Mixed"), 5);
    let (carl, bob) = (link(&found, "member carl"), link(&found, "member bob"));
    assert!(carl["text"].as_str().unwrap().contains("by the organisation or an explicit deny"), "{carl}");
    assert!(carl["hint"].as_str().unwrap().starts_with("aws iam simulate-principal-policy"), "{carl}");
    assert!(bob["text"].as_str().unwrap().starts_with("no policy of"), "{bob}");
    assert!(bob["hint"].as_str().unwrap().starts_with("eksaccess group"), "{bob}");
}

#[test]
fn mfa_of_a_named_user_is_enough() {
    let bob = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    let trust = serde_json::json!({"Effect": "Allow", "Principal": {"AWS": bob}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}});
    let desk = desk(super::world::trusting(&trust));
    let found = look(&desk, &bob, 1);
    assert_eq!(link(&found, "policy")["state"], "ok", "the trust names bob, so no policy is needed: {found:#}");
    assert_eq!(link(&found, "needs")["state"], "unknown");
}

#[test]
fn rights_by_access_policies_are_not_asked_for_by_impersonation() {
    let desk = desk(world().dev(|dev| dev.mode(AuthMode::Api)).home(|account| {
        account.role("Ci");
    }));
    let ci = format!("arn:aws:iam::{ACCOUNT}:role/Ci");
    desk.eksaccess("creator", &format!("map --cluster dev --principal {ci} --access-policy AmazonEKSViewPolicy")).run();
    let command = format!("verify --cluster dev --output json --principal {ci} --can get pods");
    let found = desk.eksaccess("creator", &command).status(1).run().json();
    let hint = link(&found, "rights")["hint"].as_str().unwrap();
    assert!(hint.starts_with("eksaccess verify --cluster dev") && hint.contains("--can get pods"), "{hint}");
    assert!(!hint.contains("SESSION") && !hint.contains("--as"), "{hint}");
}
