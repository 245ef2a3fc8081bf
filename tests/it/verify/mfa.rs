//! MFA: asked for on the terminal, cached by `token`, or reported as missing.

use serde_json::{Value, json};

use super::world::{LOOK, role_arn, trusting, verify, world};
use crate::support::cloud::{ACCOUNT, World};
use crate::support::desk::{Desk, Ran, Typed};

/// The device of `ann`.
pub const SERIAL: &str = "arn:aws:iam::111122223333:mfa/ann";

fn with_looker(world: World) -> World {
    world.home(|account| {
        account.role("Looker");
        account.with_role("Looker", |role| {
            let any: Vec<&str> = LOOK.iter().copied().chain(["sts:AssumeRole"]).collect();
            let document =
                json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": any, "Resource": "*"}});
            role.inline.insert("look".to_owned(), crate::support::cloud::Inline { document, effective_at: 0 });
        });
    })
}

/// The role's trust requires MFA. A session of `Looker` may read everything and assume every role.
pub fn desk() -> Desk {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    super::world::desk(with_looker(trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root},
        "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}))))
}

/// The group's policy requires MFA.
pub fn desk_by_policy() -> Desk {
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Resource": role_arn(), "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
    super::world::desk(world().home(move |account| {
        account.group_policy("KubernetesAdmins", "AssumeKubernetesAdmin", &policy);
    }))
}

fn link(found: &Value, name: &str) -> Value {
    let links = found["links"].as_array().unwrap();
    links.iter().find(|l| l["name"] == name).unwrap_or_else(|| panic!("no link {name}: {links:#?}")).clone()
}

fn is_in(ran: &Ran, needs: &str) {
    let found = ran.json();
    assert_eq!(link(&found, "identity")["text"], "kubernetes-admin with groups system:masters, system:authenticated");
    let text = link(&found, "needs")["text"].as_str().unwrap().to_owned();
    assert!(text.contains(needs), "{text}");
}

/// A proposed command, without the text after it.
fn proposed<'a>(desk: &'a Desk, hint: &str) -> Typed<'a> {
    let end = [" > /dev/null", "   ("].iter().filter_map(|stop| hint.find(stop)).min().unwrap_or(hint.len());
    desk.eksaccess("ann", hint[..end].strip_prefix("eksaccess ").expect("a command of this program"))
}

#[test]
fn the_code_is_asked_for_and_the_way_goes_on() {
    for desk in [desk(), desk_by_policy()] {
        let named = verify(&desk, &format!("--mfa-serial {SERIAL}"));
        let known = verify(&desk, "").env("AWS_MFA_SERIAL", SERIAL);
        let (id, secret) = keys(&desk);
        let config =
            format!("[profile x]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\nmfa_serial = {SERIAL}\n");
        desk.write(".aws/config", &config);
        let of_profile = verify(&desk, "--profile x");
        for command in [named, known, of_profile] {
            let (ran, shown) = command.answering("123456\n");
            assert!(shown.contains(&format!("MFA code of {SERIAL}: ")), "{shown}");
            is_in(&ran, "the MFA code from arn:aws:iam::111122223333:mfa/ann was accepted");
        }
        assert!(!desk.path(".cache").exists(), "verify keeps nothing");
    }
}

fn keys(desk: &Desk) -> (String, String) {
    let env = desk.cloud.env("ann");
    let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"))
}

#[test]
fn what_is_proposed_without_a_terminal_helps() {
    let desk = desk();
    let ask = |status: i32| verify(&desk, "").env("AWS_MFA_SERIAL", SERIAL).status(status).without_terminal();
    let hint = link(&ask(5).json(), "needs")["hint"].as_str().unwrap().to_owned();
    let (ran, _) = proposed(&desk, &hint).answering("123456\n");
    assert_eq!(ran.json()["kind"], "ExecCredential");
    is_in(&ask(0), "the session that `eksaccess token` saved");
}

#[test]
fn what_is_proposed_without_a_device_helps() {
    let desk = desk_by_policy();
    let found = verify(&desk, "").status(5).run().json();
    assert_eq!(link(&found, "policy")["state"], "ok", "the policies are not what refuses");
    let hint = link(&found, "needs")["hint"].as_str().unwrap().to_owned();
    let (ran, _) = proposed(&desk, &hint).args("--output json").answering("123456\n");
    is_in(&ran, "was accepted");
}

#[test]
fn the_code_for_a_profiles_own_role_is_asked_for_and_its_session_cached() {
    let desk = desk();
    let (id, secret) = keys(&desk);
    for of_profile in [format!("mfa_serial = {SERIAL}\n"), String::new()] {
        let config = format!(
            "[profile base]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
             [profile admin]\nsource_profile = base\nrole_arn = {}\nregion = eu-west-1\n{of_profile}",
            role_arn()
        );
        desk.write(".aws/config", &config);
        let admin = |status: i32| {
            let typed = verify(&desk, "--profile admin").status(status);
            if of_profile.is_empty() { typed.env("AWS_MFA_SERIAL", SERIAL) } else { typed }
        };
        // The profile's session is the role itself, and may read nothing outside the cluster.
        let is_the_role = |ran: &Ran| {
            let found = ran.json();
            assert_eq!(found["broken"], "cluster");
            assert_eq!(
                link(&found, "caller")["text"],
                format!("arn:aws:sts::{ACCOUNT}:assumed-role/KubernetesAdmin/ann")
            );
        };
        let (ran, shown) = admin(5).answering("123456\n");
        assert!(shown.contains("MFA code of"), "{shown}");
        is_the_role(&ran);
        let ran = admin(1).without_terminal();
        let hint = ran.stderr.lines().find_map(|l| l.strip_prefix("hint: ")).expect("a hint").to_owned();
        let typed = proposed(&desk, &hint);
        let typed = if of_profile.is_empty() { typed.env("AWS_MFA_SERIAL", SERIAL) } else { typed };
        typed.answering("123456\n").0.json();
        let ran = admin(5).without_terminal();
        is_the_role(&ran);
        let told = link(&ran.json(), "credentials");
        assert!(told["text"].as_str().unwrap().contains("`eksaccess token` saved for profile admin"), "{told}");
        desk.eksaccess("ann", "token --clear-cache").run();
    }
}

#[test]
fn mfa_of_another_principal_is_not_a_failure() {
    for (desk, policy) in [(desk(), "ok"), (desk_by_policy(), "ok")] {
        let look = |principal: &str| {
            let command = format!("verify --cluster dev --output json --principal arn:aws:iam::{ACCOUNT}:{principal}");
            desk.eksaccess("creator", &command).status(1).run().json()
        };
        let found = look("user/ann");
        assert_eq!(link(&found, "policy")["state"], policy);
        let needs = link(&found, "needs");
        assert_eq!(needs["state"], "unknown", "{needs}");
        assert!(needs["text"].as_str().unwrap().contains("MFA is required by"), "{needs}");
        assert!(needs["hint"].as_str().unwrap().contains(&format!("--mfa-serial {SERIAL}")), "{needs}");
        assert!(link(&found, "mapping")["text"].as_str().unwrap().contains("kubernetes-admin"));
        let command =
            format!("verify --cluster dev --output json --principal arn:aws:iam::{ACCOUNT}:group/KubernetesAdmins");
        let found = desk.eksaccess("creator", &command).run().json();
        let member = link(&found, "member ann");
        assert!(member["text"].as_str().unwrap().contains("with MFA"), "{member}");
    }
}

#[test]
fn who_may_look_at_nothing_is_asked_where_the_device_is_known() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let world = trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}));
    let desk = super::world::desk(world.home(|account| {
        account.user("eve").mfa("eve").allow("eve", &["sts:AssumeRole", "eks:DescribeCluster"], "*");
    }));
    let serial = format!("arn:aws:iam::{ACCOUNT}:mfa/eve");
    let eve = || desk.eksaccess("eve", "verify --cluster dev --output json");
    let (ran, shown) = eve().env("AWS_MFA_SERIAL", &serial).answering("123456\n");
    assert!(shown.contains("MFA code of"), "{shown}");
    is_in(&ran, "was accepted");
    let found = eve().status(5).run().json();
    assert_eq!(found["broken"], "assume", "{found:#}");
    assert_eq!(found["links"].as_array().unwrap().len(), eksaccess::cli::WAY.len());
    let needs = link(&found, "needs");
    assert_eq!(needs["state"], "unknown", "{needs}");
    assert!(needs["hint"].as_str().unwrap().contains(&format!("--mfa-serial {serial}")), "{needs}");
}

#[test]
fn mfa_does_not_hide_other_requirements() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let desk = super::world::desk(trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root},
        "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"},
        "StringEquals": {"sts:ExternalId": "right-one"}}})));
    let try_it = |id: &str, status: i32| {
        let command = verify(&desk, &format!("--mfa-serial {SERIAL} --external-id {id}")).status(status);
        command.answering("123456\n").0
    };
    let found = try_it("wrong-one", 5).json();
    assert_eq!(found["broken"], "needs");
    assert!(link(&found, "needs")["text"].as_str().unwrap().contains("a different external id"), "{found:#}");
    is_in(&try_it("right-one", 0), "was accepted");
}
