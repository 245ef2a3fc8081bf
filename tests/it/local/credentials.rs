//! The credentials that are used, and the messages for missing and invalid ones.

use std::fmt::Write as _;

use super::acts::{BOOTSTRAP, ROLE, desk, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::{Desk, Typed};
use eksaccess::model::arn::Partition;

fn without_keys(typed: Typed<'_>) -> Typed<'_> {
    typed.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

/// `~/.aws/credentials` with a profile a user.
fn profiles(desk: &Desk) {
    let mut text = String::new();
    for user in ["creator", "outsider"] {
        let (id, secret) = desk.cloud.keys_in(Partition::Aws, "111122223333", user);
        let _ = writeln!(text, "[{user}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}");
    }
    desk.write(".aws/credentials", &text);
}

#[test]
fn missing_credentials_are_reported_before_any_call() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = refused(&desk, without_keys(desk.eksaccess("creator", BOOTSTRAP)), 1);
    ran.warns("no AWS credentials were found").warns("--profile NAME");
    let ran = without_keys(desk.eksaccess("creator", "token --cluster dev")).status(1).run();
    ran.warns("credentials").warns("hint: ");
    assert!(desk.cloud.calls().is_empty());
}

#[test]
fn expired_credentials_are_reported() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.role("Admin");
    });
    let session = desk.cloud.session_env("Admin", "ann");
    desk.cloud.expire_sessions();
    let mut typed = desk.eksaccess("creator", BOOTSTRAP);
    for (name, value) in session {
        typed = typed.env(&name, value);
    }
    refused(&desk, typed, 1)
        .warns("the AWS credentials have expired")
        .warns("ExpiredToken")
        .warns("aws configure list");
}

#[test]
fn unknown_keys_and_wrong_secrets_are_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let typed = desk.eksaccess("creator", BOOTSTRAP).env("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00");
    refused(&desk, typed, 1).warns("AWS rejects the credentials").warns("aws sts get-caller-identity");
    let typed = desk.eksaccess("creator", BOOTSTRAP).env("AWS_SECRET_ACCESS_KEY", "wrong");
    refused(&desk, typed, 1).warns("AWS rejects the credentials");
}

#[test]
fn a_profile_that_is_named_wins_over_keys_in_the_environment() {
    let desk = desk(AuthMode::ConfigMap);
    profiles(&desk);
    let ran = desk.eksaccess("outsider", &format!("{BOOTSTRAP} --dry-run --profile creator")).run();
    ran.says("as arn:aws:iam::111122223333:user/creator");
    // AWS_PROFILE has the same rank as in the AWS CLI: keys in the environment take precedence.
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run")).env("AWS_PROFILE", "outsider").run();
    ran.says("as arn:aws:iam::111122223333:user/creator");
    let typed = without_keys(desk.eksaccess("outsider", &format!("{BOOTSTRAP} --dry-run")));
    typed.env("AWS_PROFILE", "creator").run().says("as arn:aws:iam::111122223333:user/creator");
    let token = desk.eksaccess("outsider", "token --cluster dev --token-only --profile creator").run();
    let identity = desk.cloud.identity_of_token("dev", token.stdout.trim()).unwrap();
    assert_eq!(identity.arn, "arn:aws:iam::111122223333:user/creator");
}

#[test]
fn a_missing_profile_is_reported_with_those_that_exist() {
    let desk = desk(AuthMode::ConfigMap);
    profiles(&desk);
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --profile creatr")), 2);
    ran.warns("no AWS profile `creatr`: there are creator, outsider").warns("list-profiles");
    let ran = desk.eksaccess("creator", "token --cluster dev --profile creatr").status(2).run();
    ran.warns("no AWS profile `creatr`: there are creator, outsider").warns("list-profiles");
    let ran = refused(&desk, without_keys(desk.eksaccess("creator", BOOTSTRAP)).env("AWS_PROFILE", "creatr"), 2);
    ran.warns("creatr");
}

#[test]
fn a_missing_region_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP).without("AWS_REGION"), 2);
    ran.warns("no AWS region is known").warns("--region REGION");
    let named = "bootstrap --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --kubeconfig kube --dry-run";
    desk.eksaccess("creator", named).without("AWS_REGION").run().says("cluster dev in eu-west-1");
}

#[test]
fn a_profiles_role_is_assumed_and_its_mfa_code_needs_a_terminal() {
    let desk = desk(AuthMode::ConfigMap);
    profiles(&desk);
    desk.cloud.home(|home| {
        home.role("Deploy")
            .with_role("Deploy", |role| role.attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into()));
    });
    let role = "role_arn = arn:aws:iam::111122223333:role/Deploy\nsource_profile = creator\n";
    desk.write(
        ".aws/config",
        &format!(
            "[profile deploy]\n{role}[profile careful]\n{role}mfa_serial = arn:aws:iam::111122223333:mfa/creator\n"
        ),
    );
    let ran = without_keys(desk.eksaccess("creator", "role --dry-run --profile deploy")).run();
    ran.says("as arn:aws:sts::111122223333:assumed-role/Deploy/");
    let ran = refused(&desk, without_keys(desk.eksaccess("creator", "role --profile careful")), 1);
    ran.warns("mfa/creator").warns("terminal");
}

#[test]
fn another_role_may_sign_for_the_cluster_and_never_enters_the_kubeconfig() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.admin("limited").role("Clusters").with_role("Clusters", |role| {
            role.attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into());
        });
    });
    let text = "- rolearn: arn:aws:iam::111122223333:role/Clusters\n  username: clusters\n  groups: [system:masters]\n";
    desk.cloud.set_config_map_data("dev", "mapRoles", text);
    let ran = desk
        .eksaccess("limited", &format!("{BOOTSTRAP} --assume-role-arn arn:aws:iam::111122223333:role/Clusters"))
        .run();
    ran.says("as arn:aws:iam::111122223333:user/limited").says("verified: access works");
    let callers = |service: &str| -> std::collections::BTreeSet<String> {
        desk.cloud.calls().into_iter().filter(|c| c.service == service).filter_map(|c| c.caller).collect()
    };
    assert!(callers("eks").iter().all(|c| c.contains(":assumed-role/Clusters/")), "{:?}", callers("eks"));
    assert!(callers("iam").iter().all(|c| c.ends_with(":user/limited")), "{:?}", callers("iam"));
    let kubeconfig = desk.read("kube");
    assert!(kubeconfig.contains(ROLE) && !kubeconfig.contains("role/Clusters"), "{kubeconfig}");
}

#[test]
fn who_signs_for_the_cluster_is_not_locked_out_either() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.home(|home| {
        home.role("Clusters").with_role("Clusters", |role| {
            role.attached.push("arn:aws:iam::aws:policy/AdministratorAccess".into());
        });
    });
    let text = "\
- rolearn: arn:aws:iam::111122223333:role/Clusters
  username: clusters
  groups: [system:masters]
- rolearn: arn:aws:iam::111122223333:role/Other
  username: other
  groups: [system:masters]
";
    desk.cloud.set_config_map_data("dev", "mapRoles", text);
    let signed = "--yes --assume-role-arn arn:aws:iam::111122223333:role/Clusters";
    for change in ["--remove", "--kubernetes-group viewers"] {
        let args = format!("map --cluster dev --role Clusters {change} {signed}");
        let ran = refused(&desk, desk.eksaccess("creator", &args), 1);
        ran.warns("role/Clusters would be locked out").warns("making this change");
    }
    desk.eksaccess("creator", &format!("map --cluster dev --role Other --remove {signed}")).run();
}
