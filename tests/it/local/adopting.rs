//! An existing role is bound without a confirmation only if no principals other than those named by the command can
//! assume it, and it has no permissions of its own.

use serde_json::{Value, json};

use super::acts::{BOOTSTRAP, PATIENCE, ROLE, desk, does_nothing, refused};
use crate::support::cloud::{AuthMode, Effect, Fault};
use crate::support::desk::{Desk, Ran};

const ROOT: &str = "arn:aws:iam::111122223333:root";
const MALLORY: &str = "arn:aws:iam::111122223333:user/mallory";

/// Creates a role as an attacker who may only create roles: with this program's name, description and tag.
fn plant(desk: &Desk, statements: &Value) {
    desk.cloud.home(|home| {
        home.user("mallory");
        home.role_trusting("/", "KubernetesAdmin", &json!({"Version": "2012-10-17", "Statement": statements}));
        home.with_role("KubernetesAdmin", |role| {
            role.description = Some("Kubernetes administrator role (for AWS IAM Authenticator for Kubernetes).".into());
            role.tags.insert("eksaccess.dev/owner".into(), "cli".into());
        });
    });
}

fn planted(mode: AuthMode, statements: &Value) -> Desk {
    let desk = desk(mode);
    plant(&desk, statements);
    desk
}

fn allow(principal: &Value) -> Value {
    json!([{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}])
}

/// The output, with its lines joined.
fn shown(ran: &Ran) -> String {
    format!("{} {}", ran.stdout, ran.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn asks(desk: &Desk, args: &str, why: &str) {
    let ran = refused(desk, desk.eksaccess("creator", args), 6);
    let shown = shown(&ran);
    assert!(shown.contains("overwriting") && shown.contains(why), "{args}: no {why:?} in {shown}");
}

/// Statements, and the principals that they admit in words.
fn open_trusts() -> Vec<(Value, &'static str)> {
    let root = json!({"AWS": ROOT});
    let with = |action: &Value| json!([{"Effect": "Allow", "Principal": root, "Action": action}]);
    vec![
        (allow(&json!("*")), "its trust allows everyone (*)"),
        (allow(&json!({"AWS": "*"})), "its trust allows everyone (*)"),
        (allow(&json!({"AWS": "444455556666"})), "its trust allows account 444455556666"),
        (allow(&json!({"AWS": [ROOT, "arn:aws:iam::444455556666:root"]})), "account 444455556666"),
        (allow(&json!({"AWS": [ROOT, MALLORY]})), MALLORY),
        (allow(&json!({"AWS": [ROOT], "Service": "lambda.amazonaws.com"})), "the service lambda.amazonaws.com"),
        (
            json!([{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/Theirs"},
                "Action": "sts:AssumeRoleWithSAML"}]),
            "the identity provider arn:aws:iam::111122223333:saml-provider/Theirs",
        ),
        (
            json!([{"Effect": "Allow", "NotPrincipal": {"AWS": MALLORY}, "Action": "sts:AssumeRole"}]),
            "its trust allows everyone except a list (NotPrincipal)",
        ),
        (with(&json!("sts:*")), "its trust allows actions by a pattern (sts:*)"),
        (with(&json!("sts:Assume*")), "its trust allows actions by a pattern (sts:Assume*)"),
        (with(&json!(["sts:TagSession", "*"])), "its trust allows actions by a pattern (*)"),
        (
            json!([{"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"sts:ExternalId": "x1"}}}]),
            "account 444455556666 (under the condition sts:ExternalId)",
        ),
        (
            json!([allow(&root)[0], {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}}}]),
            "everyone (*) (under the condition aws:PrincipalOrgID)",
        ),
    ]
}

#[test]
fn a_planted_role_that_lets_in_others_is_not_bound_without_a_question() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        for (statements, who) in open_trusts() {
            let desk = planted(mode, &statements);
            asks(&desk, "bootstrap --cluster dev --kubeconfig kube", who);
            asks(&desk, "map --cluster dev", who);
        }
    }
}

#[test]
fn it_is_judged_however_it_is_named() {
    let desk = planted(AuthMode::ConfigMap, &allow(&json!("*")));
    asks(&desk, BOOTSTRAP, "everyone (*)");
    let session = "arn:aws:sts::111122223333:assumed-role/KubernetesAdmin/s";
    for name in ["--role kubernetesadmin", &format!("--principal {ROLE}"), &format!("--principal {session}")] {
        asks(&desk, &format!("map --cluster dev {name} --kubernetes-group g"), "everyone (*)");
    }
    desk.cloud.set_mode("dev", AuthMode::Api);
    for name in ["--role kubernetesadmin", &format!("--principal {ROLE}"), &format!("--principal {session}")] {
        asks(&desk, &format!("map --cluster dev {name} --kubernetes-group g"), "everyone (*)");
    }
}

#[test]
fn a_role_of_the_same_path_and_tag_that_trusts_the_account_alone_is_bound() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = planted(mode, &allow(&json!({"AWS": ROOT})));
        desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
    }
}

#[test]
fn who_is_named_by_the_command_is_not_a_stranger() {
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": MALLORY})));
    asks(&desk, "bootstrap --cluster dev --kubeconfig kube", MALLORY);
    let named = format!("bootstrap --cluster dev --kubeconfig kube --skip verify --trust {MALLORY}");
    desk.eksaccess("creator", &named).run().says("2 to do: 2 additive");
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": MALLORY})));
    desk.eksaccess("creator", "bootstrap --cluster dev --user mallory --kubeconfig kube --skip verify").run();
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": [ROOT, "444455556666"]})));
    desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube --skip verify --add-trust 444455556666").run();
}

#[test]
fn nothing_is_given_before_a_trust_that_the_command_narrows_is_narrow() {
    for (mode, gives) in [(AuthMode::ConfigMap, "ReplaceConfigMap"), (AuthMode::Api, "CreateAccessEntry")] {
        let desk = planted(mode, &allow(&json!({"AWS": [ROOT, "444455556666"]})));
        let args = format!("bootstrap --cluster dev --kubeconfig kube --skip verify --trust {ROOT}");
        let ran = refused(&desk, desk.eksaccess("creator", &args), 6);
        assert!(!shown(&ran).contains("its trust allows"), "{}", ran.stdout);
        desk.cloud.clear_log();
        desk.eksaccess("creator", &format!("{args} --yes")).run();
        let written: Vec<_> = desk.cloud.calls().into_iter().filter(|c| c.mutating && !c.dry_run).collect();
        let place =
            |name: &str| written.iter().position(|c| c.operation == name).unwrap_or_else(|| panic!("{written:?}"));
        assert!(place("UpdateAssumeRolePolicy") < place(gives), "{written:?}");
    }
}

#[test]
fn an_existing_binding_needs_no_step_and_asks_nothing() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = planted(mode, &allow(&json!({"AWS": [ROOT, "444455556666"]})));
        desk.eksaccess("creator", &format!("{BOOTSTRAP} --yes")).run();
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
        does_nothing(&desk, desk.eksaccess("creator", "map --cluster dev"));
        asks(&desk, "map --cluster dev --append-kubernetes-group more", "account 444455556666");
    }
}

#[test]
fn what_a_run_from_here_wrote_into_the_trust_is_its_own_until_another_changes_it() {
    let desk = desk(AuthMode::ConfigMap);
    plant(&desk, &allow(&json!({"AWS": ROOT})));
    desk.cloud.delete_role("KubernetesAdmin");
    desk.eksaccess("creator", &format!("role --trust {MALLORY}")).run();
    let elsewhere = desk.eksaccess("creator", "map --cluster dev").env("HOME", "/nowhere").args("--no-backup");
    assert!(shown(&elsewhere.status(6).run()).contains(MALLORY), "a machine that knows nothing of it asks");
    desk.eksaccess("creator", "map --cluster dev --dry-run").run().says("1 to do: 1 additive");
    desk.cloud.home(|home| {
        let trust = json!({"Version": "2012-10-17", "Statement": allow(&json!({"AWS": [MALLORY, "444455556666"]}))});
        home.with_role("KubernetesAdmin", |role| role.trust = trust);
    });
    asks(&desk, "map --cluster dev", "account 444455556666");
}

#[test]
fn a_run_that_was_killed_goes_on_without_asking_about_its_own_work() {
    let desk = desk(AuthMode::Api);
    desk.cloud.home(|home| {
        home.user("mallory");
    });
    let args = format!(
        "bootstrap --cluster dev --role Ops --kubernetes-group ops --kubeconfig kube --skip verify --trust {MALLORY} \
         --max-session-duration 7200 --path /team/ --tag a=b"
    );
    for operation in ["CreateRole", "CreateAccessEntry"] {
        desk.cloud.arm(Fault::new(operation, Effect::HangAfter));
        let mut child = desk.eksaccess("creator", &args).spawn();
        assert!(desk.cloud.wait_for_hang(PATIENCE));
        child.kill().unwrap();
        child.wait().unwrap();
        desk.cloud.disarm();
    }
    desk.eksaccess("creator", &args).run();
    does_nothing(&desk, desk.eksaccess("creator", &args));
}

#[test]
fn a_role_recreated_by_another_client_is_not_the_one_created_here() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.user("mallory");
    });
    desk.eksaccess("creator", &format!("role --trust {MALLORY}")).run();
    desk.cloud.recreate_role("KubernetesAdmin");
    desk.cloud.home(|home| {
        home.with_role("KubernetesAdmin", |role| role.named.created_at += 60_000);
    });
    asks(&desk, "map --cluster dev", MALLORY);
}

#[test]
fn the_tag_alone_makes_nothing_ours() {
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": [ROOT, "444455556666"]})));
    asks(&desk, "role --tag a=b", "the tag alone does not prove that eksaccess created it");
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": ROOT})));
    desk.cloud.home(|home| {
        home.with_role("KubernetesAdmin", |role| role.description = Some("theirs".into()));
    });
    asks(&desk, "role --tag a=b", "the tag alone does not prove that eksaccess created it");
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": ROOT})));
    desk.eksaccess("creator", "role --tag a=b").run().says("1 to do: 1 additive");
}

#[test]
fn a_role_with_permissions_of_its_own_asks() {
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let inline =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = planted(mode, &allow(&json!({"AWS": ROOT})));
        desk.eksaccess("creator", "group").run();
        desk.cloud.home(|home| {
            home.with_role("KubernetesAdmin", |role| role.attached.push(admin.into()));
        });
        for args in ["map --cluster dev", BOOTSTRAP, "group --user member"] {
            asks(&desk, args, &format!("has permissions of its own ({admin})"));
        }
        desk.cloud.home(|home| {
            home.with_role("KubernetesAdmin", |role| role.attached.clear());
            home.role_policy("KubernetesAdmin", "theirs", &inline);
        });
        for args in ["map --cluster dev", "group --user member"] {
            asks(&desk, args, "has permissions of its own (policy theirs)");
        }
        desk.eksaccess("creator", "group --user member --yes").run();
        does_nothing(&desk, desk.eksaccess("creator", "group --user member"));
    }
}

#[test]
fn every_page_of_a_roles_policies_is_read() {
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": ROOT})));
    desk.cloud.home(|home| {
        home.with_role("KubernetesAdmin", |role| {
            role.attached.extend((0..120).map(|n| format!("arn:aws:iam::111122223333:policy/p{n:03}")));
        });
    });
    asks(&desk, "map --cluster dev", "and 117 more");
}

#[test]
fn a_listing_that_is_denied_asks_and_names_the_action() {
    for action in ["ListAttachedRolePolicies", "ListRolePolicies"] {
        let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": ROOT})));
        desk.cloud.arm(Fault::new(action, Effect::AccessDenied).always());
        for args in ["map --cluster dev", "group --user member"] {
            let why = format!("whether it has permissions of its own could not be read (iam:{action} is denied)");
            asks(&desk, args, &why);
        }
        desk.eksaccess("creator", &format!("{BOOTSTRAP} --yes")).run();
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
    }
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": ROOT})));
    desk.cloud.arm(Fault::new("GetRole", Effect::AccessDenied).always());
    for args in ["map --cluster dev", &format!("map --cluster dev --principal {ROLE} --kubernetes-group g")] {
        asks(&desk, args, "who can assume it could not be read (iam:GetRole is denied)");
    }
}

#[test]
fn the_federation_of_a_permission_set_is_what_its_name_names() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.reserved_role("Ops", "0123456789abcdef", None);
        home.with_role("AWSReservedSSO_Ops_0123456789abcdef", |role| {
            role.attached.push("arn:aws:iam::aws:policy/ReadOnlyAccess".into());
        });
    });
    desk.eksaccess("creator", "map --cluster dev --principal permission-set:Ops --kubernetes-group g")
        .run()
        .says("1 to do: 1 additive");
}

#[test]
fn a_kubeconfig_for_such_a_role_is_written_with_a_warning() {
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": [ROOT, "444455556666"]})));
    let ran = desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig kube").run();
    ran.warns("its trust allows account 444455556666");
    let ran = desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig -").run();
    ran.warns("its trust allows account 444455556666");
}

#[test]
fn lint_and_verify_say_it_too() {
    let desk = planted(AuthMode::ConfigMap, &allow(&json!({"AWS": [ROOT, "444455556666"]})));
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --yes")).run();
    let found = desk.eksaccess("creator", "lint --cluster dev --check-iam --output json").run().json();
    let rules: Vec<_> = found["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["open-trust"], "{found}");
    assert!(found["findings"][0]["today"].as_str().unwrap().contains("account 444455556666"), "{found}");
    let ran = desk.eksaccess("creator", "verify --cluster dev --kubeconfig kube").run();
    assert!(shown(&ran).contains("its trust allows account 444455556666"), "{}", ran.stdout);
}
