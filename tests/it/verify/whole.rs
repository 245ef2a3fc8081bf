//! The whole chain, and what can't be read of it.

use super::world::{desk, mapping, verify, world};
use crate::support::cloud::{AuthMode, Effect, Fault};

#[test]
fn a_working_chain_is_reported_link_by_link() {
    let desk = desk(world());
    desk.eksaccess("ann", "kubeconfig --cluster dev").run();
    desk.cloud.clear_log();
    let found = verify(&desk, "").run().json();
    let links = found["links"].as_array().unwrap();
    assert!(links.iter().all(|l| l["state"] == "ok"), "{links:#?}");
    let names: Vec<&str> = links.iter().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(names, eksaccess::cli::WAY);
    assert_eq!((&found["version"], &found["outcome"]), (&1.into(), &"ok".into()));
    assert!(found["broken"].is_null() && found["principal"].is_null(), "{found}");
    assert!(desk.cloud.writes().is_empty(), "verify changes nothing");
    let text = |name: &str| links.iter().find(|l| l["name"] == name).unwrap()["text"].as_str().unwrap().to_owned();
    assert!(
        text("mapping").starts_with("mapRoles line 1 in aws-auth: username kubernetes-admin"),
        "{}",
        text("mapping")
    );
    assert!(text("identity").starts_with("kubernetes-admin with groups system:masters"), "{}", text("identity"));
    assert!(text("kubeconfig").contains("which is current"), "{}", text("kubeconfig"));
}

#[test]
fn people_read_one_line_a_link() {
    let desk = desk(world());
    let ran = desk.eksaccess("ann", "verify --cluster dev").run();
    ran.says("credentials").says("AKIA").says("ok").says("no context names this cluster");
    assert_eq!(ran.stdout.lines().filter(|l| !l.contains("try:")).count(), eksaccess::cli::WAY.len());
}

#[test]
fn people_read_the_broken_link_first_and_programs_the_way_in_its_order() {
    let desk = desk(world().home(|account| {
        account.user("eve");
    }));
    let shown = desk.eksaccess("eve", "verify --cluster dev --role KubernetesAdmin").status(5).run().stdout;
    let (first, rest) = shown.split_once("\n\n").expect("the broken link is apart from the rest");
    assert!(first.starts_with("  broken ") && first.contains("try: "), "{shown}");
    assert!(rest.starts_with("  ok "), "{shown}");
    assert!(!rest.lines().any(|line| line.starts_with("  broken ")), "it is not told twice: {shown}");
    let found =
        desk.eksaccess("eve", "verify --cluster dev --role KubernetesAdmin --output json").status(5).run().json();
    let names: Vec<&str> = found["links"].as_array().unwrap().iter().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(names, eksaccess::cli::WAY);
}

#[test]
fn a_member_who_may_look_at_nothing_goes_by_the_kubeconfig() {
    let world = world().home(|account| {
        account.user("eve").group("More", &["eve"]);
        let allow = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": super::world::role_arn()}]});
        account.group_policy("More", "AssumeKubernetesAdmin", &allow);
    });
    let desk = desk(world);
    desk.eksaccess("creator", "kubeconfig --cluster dev").run();
    let found = desk.eksaccess("eve", "verify --cluster dev --output json").run().json();
    let links = found["links"].as_array().unwrap();
    let state = |name: &str| links.iter().find(|l| l["name"] == name).unwrap()["state"].as_str().unwrap().to_owned();
    for name in ["role", "cluster", "mode"] {
        assert_eq!(state(name), "unknown", "{name}: {links:#?}");
    }
    for name in ["assume", "token", "endpoint", "mapping", "identity", "rights", "kubeconfig"] {
        assert_eq!(state(name), "ok", "{name}: {links:#?}");
    }
    assert_eq!(found["outcome"], "ok");
}

#[test]
fn an_unreadable_side_is_reported_as_unknown_and_the_refusal_as_broken() {
    let desk = desk(world());
    desk.cloud.arm(Fault::new("AssumeRole", Effect::AccessDenied).always());
    desk.cloud.arm(Fault::new("SimulatePrincipalPolicy", Effect::AccessDenied).always());
    desk.cloud.arm(Fault::new("GetRole", Effect::AccessDenied).always());
    let found = verify(&desk, "").status(5).run().json();
    let links = found["links"].as_array().unwrap();
    let state = |name: &str| links.iter().find(|l| l["name"] == name).unwrap()["state"].as_str().unwrap().to_owned();
    for name in ["policy", "trust", "needs"] {
        assert_eq!(state(name), "unknown", "{name}: {links:#?}");
    }
    assert_eq!(found["broken"], "assume");
    assert_eq!(links.len(), eksaccess::cli::WAY.len(), "each link once: {links:#?}");
}

#[test]
fn an_entry_that_masks_a_mapping_is_named_with_its_line() {
    let desk = desk(world().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)));
    let entry = format!(
        "map --cluster dev --principal {} --via access-entry --access-policy AmazonEKSClusterAdminPolicy --yes",
        super::world::role_arn()
    );
    desk.eksaccess("creator", &entry).run();
    let ran = desk.eksaccess("ann", "verify --cluster dev").run();
    ran.says("access entry of arn:aws:iam::111122223333:role/KubernetesAdmin").says("it overrides mapRoles line 1");
}

#[test]
fn a_namespace_narrows_the_question() {
    let viewers = super::world::MAPPED.replace("system:masters", "viewers");
    let world = mapping(&viewers).dev(|dev| dev.grant("viewers", &["get"], &["pods"], Some("default")));
    let desk = desk(world);
    let can = |more: &str| verify(&desk, more).arg("--can").arg("get").arg("pods");
    can("-n default").run();
    can("-n kube-system").status(5).run();
    can("").status(5).run();
}

#[test]
fn rights_that_were_not_asked_about_are_a_link_too() {
    let desk = desk(world().home(|account| {
        account.role("Ci");
        account.allow("ann", &["sts:AssumeRole"], "*");
    }));
    let text = super::world::MAPPED.replace("KubernetesAdmin", "Ci").replace("kubernetes-admin", "ci");
    desk.cloud.set_config_map_data("dev", "mapRoles", &text);
    let found = verify(&desk, "--role Ci").run().json();
    let links = found["links"].as_array().unwrap();
    let names: Vec<&str> = links.iter().filter_map(|l| l["name"].as_str()).collect();
    assert_eq!(names, eksaccess::cli::WAY);
    let rights = links.iter().find(|l| l["name"] == "rights").unwrap();
    assert_eq!(rights["state"], "not-reached");
    assert_eq!(rights["text"], "no verb was asked about: --can VERB RESOURCE");
}

#[test]
fn a_username_by_the_access_key_is_not_another_identity() {
    let text = super::world::MAPPED.replace("kubernetes-admin", "'admin:{{AccessKeyID}}'");
    let desk = desk(mapping(&text));
    let found = verify(&desk, "").run().json();
    let links = found["links"].as_array().unwrap();
    let identity = links.iter().find(|l| l["name"] == "identity").unwrap();
    assert_eq!(identity["state"], "ok", "{identity}");
    assert!(identity["text"].as_str().unwrap().starts_with("admin:A"), "{identity}");
}

#[test]
fn the_keys_are_reported_with_their_source() {
    let desk = desk(world());
    let text = |user: &str| {
        let env = desk.cloud.env(user);
        let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
        let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
        format!("[profile x]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
    };
    desk.write(".aws/config", &text("ann"));
    let credentials = |typed: crate::support::desk::Typed<'_>| {
        let found = typed.run().json();
        found["links"][0]["text"].as_str().unwrap().to_owned()
    };
    let both = credentials(verify(&desk, "").env("AWS_PROFILE", "x"));
    assert!(both.contains("of the environment (AWS_ACCESS_KEY_ID)") && !both.contains("profile"), "{both}");
    let named = credentials(verify(&desk, "--profile x"));
    assert!(named.contains("of profile x"), "{named}");
    let keyless = verify(&desk, "").without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    let alone = credentials(keyless.env("AWS_PROFILE", "x"));
    assert!(alone.contains("of profile x"), "{alone}");

    let session = desk.cloud.session_env("KubernetesAdmin", "ann");
    desk.cloud.expire_sessions();
    let typed = session.into_iter().fold(verify(&desk, ""), |t, (name, value)| t.env(&name, value));
    let found = typed.env("AWS_PROFILE", "x").status(5).run().json();
    assert!(found["links"][0]["hint"].as_str().unwrap().starts_with("unset AWS_ACCESS_KEY_ID"), "{found}");
}
