//! The proof at the end of `bootstrap`: it checks the access that the command promises, with the same code as `verify`.

use serde_json::{Value, json};

use super::acts::{ROLE, desk, does_nothing};
use crate::support::cloud::{ACCOUNT, AuthMode, Cloud, Effect, Fault, World};
use crate::support::desk::{Desk, Ran};

const BOOTSTRAP: &str = "bootstrap --cluster dev --kubeconfig kube --yes --output json";

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{what}")
}

/// A desk in a world with an existing role.
fn with_role(world: World) -> Desk {
    Desk::new(world.home(|account| _ = account.role("KubernetesAdmin")).start())
}

#[track_caller]
fn link(ran: &Ran, name: &str) -> Value {
    let document = ran.json();
    let links = document["links"].as_array().unwrap();
    let Some(link) = links.iter().find(|l| l["name"] == name) else { panic!("no link {name}: {links:#?}") };
    link.clone()
}

/// Runs a proposed command of this program.
fn typed(desk: &Desk, hint: &Value) {
    let command = hint.as_str().unwrap().strip_prefix("eksaccess ").expect("a command of this program").to_owned();
    desk.eksaccess("creator", &command).arg("--yes").run();
}

fn reviews(cloud: &Cloud) -> usize {
    cloud.operations().iter().filter(|o| o.contains("SelfSubjectAccessReview")).count()
}

#[test]
fn the_default_role_that_its_entry_makes_a_viewer_is_broken_until_the_policy_is_added() {
    let desk = with_role(World::new().dev(|dev| dev.mode(AuthMode::Api)));
    let viewer = "map --cluster dev --role KubernetesAdmin --access-policy AmazonEKSViewPolicy --yes";
    desk.eksaccess("creator", viewer).run();
    desk.cloud.clear_log();
    let ran = desk.eksaccess("creator", BOOTSTRAP).status(5).run();
    assert_eq!(ran.json()["verified"], false);
    assert_eq!(reviews(&desk.cloud), 1, "what the entry does not give is not waited for");
    let rights = link(&ran, "rights");
    assert_eq!(rights["state"], "broken", "{rights}");
    assert_eq!(
        rights["hint"],
        "eksaccess map --cluster dev --region eu-west-1 --role KubernetesAdmin --append-access-policy AmazonEKSClusterAdminPolicy"
    );
    let again = desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube --yes").status(5).run();
    again.says("nothing to do").says("verified: broken");
    typed(&desk, &rights["hint"]);
    desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube").run().says("verified: access works");
}

#[test]
fn the_default_role_that_its_mapping_makes_a_viewer_is_broken_until_the_group_is_added() {
    for mode in [AuthMode::ConfigMap, AuthMode::ApiAndConfigMap] {
        let text = format!("- rolearn: {ROLE}\n  username: kubernetes-admin\n  groups: [viewers]\n");
        let world = World::new().dev(move |dev| dev.mode(mode).map_roles(&text));
        let desk = with_role(world);
        let ran = desk.eksaccess("creator", BOOTSTRAP).status(5).run();
        let rights = link(&ran, "rights");
        assert_eq!(rights["state"], "broken", "{rights}");
        assert_eq!(
            rights["hint"],
            "eksaccess map --cluster dev --region eu-west-1 --role KubernetesAdmin --append-kubernetes-group system:masters"
        );
        typed(&desk, &rights["hint"]);
        does_nothing(&desk, desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube --yes"))
            .says("verified: access works");
    }
}

#[test]
fn rights_that_a_group_of_the_cluster_gives_are_proven_too() {
    let text = format!("- rolearn: {ROLE}\n  username: kubernetes-admin\n  groups: [masters]\n");
    let world = World::new().dev(move |dev| dev.map_roles(&text).grant("masters", &["*"], &["*"], None));
    let desk = with_role(world);
    let ran = desk.eksaccess("creator", BOOTSTRAP).run();
    assert_eq!(link(&ran, "rights")["state"], "ok");
}

#[test]
fn a_role_for_which_less_is_named_is_not_asked_for_everything() {
    let desk = Desk::new(World::new().dev(|dev| dev.mode(AuthMode::Api)).start());
    let viewer = format!("{BOOTSTRAP} --access-policy AmazonEKSViewPolicy");
    let document = desk.eksaccess("creator", &viewer).run().json();
    assert_eq!(document["verified"], true, "{document:#}");
    let names: Vec<_> = document["links"].as_array().unwrap().iter().filter_map(|l| l["name"].as_str()).collect();
    assert!(!names.contains(&"rights"), "{names:?}");
}

#[test]
fn templates_are_compared_as_they_are_expanded() {
    for username in ["'admin:{{AccountID}}:{{SessionName}}'", "'{{SessionNameRaw}}'", "'a:{{AccessKeyID}}'"] {
        let text = format!("- rolearn: {ROLE}\n  username: {username}\n  groups: [system:masters]\n");
        let world = World::new().dev(move |dev| dev.map_roles(&text));
        let desk = with_role(world);
        let document = desk.eksaccess("creator", BOOTSTRAP).run().json();
        assert_eq!(document["verified"], true, "{username}: {document:#}");
    }
    let desk = with_role(World::new().dev(|dev| dev.mode(AuthMode::Api)));
    let entry = "map --cluster dev --role KubernetesAdmin --username a:{{AccountID}}:{{SessionName}} --yes";
    desk.eksaccess("creator", entry).run();
    let document = desk.eksaccess("creator", BOOTSTRAP).run().json();
    assert_eq!(document["verified"], true, "{document:#}");
}

/// A desk whose role has this trust; `member` is in its group.
fn trusting(statements: &Value) -> Desk {
    let trust = json!({"Version": "2012-10-17", "Statement": statements});
    let desk = Desk::new(
        World::new()
            .home(move |account| {
                account.role_trusting("/", "KubernetesAdmin", &trust);
            })
            .start(),
    );
    desk.eksaccess("creator", "group --role KubernetesAdmin --user member --yes").run();
    desk
}

#[test]
fn a_member_is_judged_as_verify_judges_a_principal() {
    let root = || json!({"AWS": arn("root")});
    let allow = |condition: Value| json!({"Effect": "Allow", "Principal": root(), "Action": "sts:AssumeRole", "Condition": condition});
    let deny = json!([allow(json!({})), {"Effect": "Deny", "Principal": {"AWS": arn("user/member")}, "Action": "sts:AssumeRole"}]);
    for (trust, state) in [
        (allow(json!({})), "ok"),
        (allow(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})), "ok"),
        (allow(json!({"StringEquals": {"sts:ExternalId": "id-1"}})), "ok"),
        (allow(json!({"StringLike": {"aws:userid": "*"}})), "unknown"),
        (allow(json!({"ArnLike": {"aws:PrincipalArn": arn("user/other*")}})), "broken"),
        (deny, "broken"),
    ] {
        let desk = trusting(&trust);
        let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --user member")).run_any();
        let member = link(&ran, "member member");
        assert_eq!(member["state"], state, "{trust}: {member}");
        assert_eq!(ran.status, if state == "broken" { 5 } else { 0 }, "{}", ran.stdout);
        let look = format!("verify --cluster dev --output json --principal {}", arn("user/member"));
        let found = desk.eksaccess("creator", &look).run_any();
        assert_eq!(found.status == 5, state == "broken", "{trust}: {}", found.stdout);
        let group = look.replace("user/member", "group/KubernetesAdmins");
        let found = desk.eksaccess("creator", &group).run_any();
        assert_eq!(link(&found, "member member"), member, "one judge");
    }
}

#[test]
fn a_deny_is_distinguished_from_a_missing_right_and_no_policy_is_proposed() {
    let desk = trusting(&json!({"Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": "sts:AssumeRole"}));
    desk.cloud.home(|account| {
        let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}});
        account.user_policy("member", "deny", deny);
    });
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --user member")).status(5).run();
    let member = link(&ran, "member member");
    let text = member["text"].as_str().unwrap();
    assert!(text.contains("by the organisation or an explicit deny"), "{text}");
    let hint = member["hint"].as_str().unwrap();
    assert!(hint.starts_with("aws iam simulate-principal-policy") && !hint.contains("put-"), "{hint}");
}

#[test]
fn the_accounts_root_user_can_not_assume_a_role_and_breaks_nothing() {
    let desk = Desk::new(World::new().start());
    desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube").run();
    let mapped = format!("- userarn: {}\n  username: root\n  groups: [system:masters]\n", arn("root"));
    desk.cloud.set_config_map_data("dev", "mapUsers", &mapped);
    desk.cloud.clear_log();
    let root = desk.cloud.root_env();
    let ran = root.into_iter().fold(desk.eksaccess("creator", BOOTSTRAP), |c, (name, value)| c.env(&name, value)).run();
    let assume = link(&ran, "assume");
    assert_eq!(assume["state"], "unknown", "{assume}");
    assert!(assume["text"].as_str().unwrap().contains("which may not assume roles"), "{assume}");
    assert!(!desk.cloud.operations().contains(&"AssumeRole".to_owned()), "what AWS never allows is not tried");
}

#[test]
fn a_caller_whom_the_trust_leaves_out_tests_nothing_and_breaks_nothing() {
    let desk = Desk::new(
        World::new()
            .home(|account| {
                account.role_at("/", "KubernetesAdmin", &json!({"AWS": arn("user/member")}));
            })
            .start(),
    );
    let ran = desk.eksaccess("creator", BOOTSTRAP).run();
    let assume = link(&ran, "assume");
    assert_eq!(assume["state"], "unknown", "{assume}");
    assert!(assume["text"].as_str().unwrap().contains("names neither"), "{assume}");
    let tries = desk.cloud.operations().iter().filter(|o| *o == "AssumeRole").count();
    assert_eq!(tries, 1, "what the trust refuses is not waited for");
}

#[test]
fn a_session_that_never_has_mfa_is_told_so() {
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let desk = trusting(
        &json!({"Effect": "Allow", "Principal": {"AWS": arn("root")}, "Action": "sts:AssumeRole", "Condition": condition}),
    );
    desk.cloud.home(|account| {
        let admin = account.aws_policy("AdministratorAccess");
        account.role("Pipeline").with_role("Pipeline", |role| role.attached.push(admin));
    });
    let text = format!("- rolearn: {}\n  username: p\n  groups: [system:masters]\n", arn("role/Pipeline"));
    desk.cloud.set_config_map_data("dev", "mapRoles", &text);
    let session = desk.cloud.session_env("Pipeline", "run-1");
    let ran =
        session.into_iter().fold(desk.eksaccess("creator", BOOTSTRAP), |c, (name, value)| c.env(&name, value)).run();
    let text = link(&ran, "assume")["text"].as_str().unwrap().to_owned();
    assert!(
        text.contains("sessions of Identity Center, of a web identity and of a chained role never carry"),
        "{text}"
    );
}

#[test]
fn a_member_whose_policies_can_not_be_simulated_is_unknown_and_costs_nothing() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("SimulatePrincipalPolicy", Effect::Error(500)).always());
    let report = desk.eksaccess("creator", BOOTSTRAP).args("--user member --timeout 60").run().json();
    let links = report["links"].as_array().unwrap();
    let member = links.iter().find(|link| link["name"] == "member member").unwrap();
    assert_eq!(member["state"], "unknown", "{report:#}");
    assert_eq!((&report["outcome"], &report["verified"]), (&"applied".into(), &false.into()));
}
