//! The bound role must be the one that was checked: not one that changed later, and not one that was never created.

use serde_json::json;

use super::acts::{BOOTSTRAP, desk, map_roles};
use crate::support::cloud::{AuthMode, Effect, Fault};

#[test]
fn a_trust_that_opens_between_the_plan_and_the_binding_is_not_bound() {
    for (mode, write) in [(AuthMode::ConfigMap, "ReplaceConfigMap"), (AuthMode::Api, "CreateAccessEntry")] {
        let desk = desk(mode);
        desk.eksaccess("creator", "role").run();
        desk.cloud.clear_log();
        desk.cloud.on_call("GetRole", 2, |cloud| {
            cloud.home(|home| {
                home.with_role("KubernetesAdmin", |role| role.trust["Statement"][0]["Principal"] = json!("*"));
            });
        });
        let ran = desk.eksaccess("creator", "map --cluster dev").status(4).run();
        ran.warns("changed after the plan was made").warns("who can assume it now was not checked");
        let writes: Vec<_> = desk.cloud.writes().into_iter().filter(|call| call.operation == write).collect();
        assert!(writes.iter().all(|call| call.dry_run), "{writes:?}");
    }
}

#[test]
fn no_arn_is_mapped_whose_role_could_not_be_created() {
    let desk = desk(AuthMode::ConfigMap);
    let before = map_roles(&desk);
    desk.cloud.arm(Fault::new("CreateRole", Effect::AccessDenied).always());
    desk.eksaccess("creator", BOOTSTRAP).status(1).run().warns("iam:CreateRole");
    assert_eq!(map_roles(&desk), before, "whoever creates the role would get in");
}

#[test]
fn an_arn_of_this_account_that_names_no_principal_is_bound_with_a_warning() {
    for kind in ["role", "user"] {
        let desk = desk(AuthMode::ConfigMap);
        let map =
            format!("map --cluster dev --principal arn:aws:iam::111122223333:{kind}/Typo --kubernetes-group viewers");
        let claimable =
            format!("any principal that may create a {kind} of that name can take over what is bound to it");
        desk.eksaccess("creator", &map).run().warns(&claimable);
    }
}

#[test]
fn a_hanging_profile_file_holds_up_neither_the_deadline_nor_a_signal() {
    let desk = desk(AuthMode::ConfigMap);
    let pipe = desk.path("profiles");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let role = || desk.eksaccess("creator", "role --dry-run").env("AWS_CONFIG_FILE", pipe.display().to_string());
    role().args("--timeout 1").status(1).run().warns("the AWS profiles could not be read within 1 s");
}

#[test]
fn a_stranger_whom_a_change_of_the_trust_left_there_is_still_a_stranger() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.cloud.home(|home| {
        home.user("mallory");
        home.with_role("KubernetesAdmin", |role| {
            role.trust["Statement"][0]["Principal"] =
                json!({"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/mallory"]});
        });
    });
    desk.eksaccess("creator", "role --add-trust arn:aws:iam::111122223333:user/member --yes").run();
    let ran = desk.eksaccess("creator", "map --cluster dev").status(6).run();
    ran.says("user/mallory");
    desk.eksaccess("creator", "role --trust arn:aws:iam::111122223333:user/member --yes").run();
    desk.eksaccess("creator", "map --cluster dev").run();
}
