//! `bootstrap` on a cluster that uses `aws-auth`.

use serde_json::json;

use super::acts::{BOOTSTRAP, ROLE, desk, does_nothing, files, map_roles, member_gets_in, refused, version};
use crate::support::cloud::{AuthMode, Cloud, ClusterSpec, Effect, Fault, World};
use crate::support::desk::Desk;

#[test]
fn everything_is_made_shown_and_proven() {
    let desk = desk(AuthMode::ConfigMap);
    let before = map_roles(&desk);
    let ran = desk.eksaccess("creator", BOOTSTRAP).run();
    for part in [
        "+ role KubernetesAdmin",
        "trusts arn:aws:iam::111122223333:root",
        "+ group KubernetesAdmins",
        "+ policy AssumeKubernetesAdmin",
        "+ member member",
        "+ aws-auth mapRoles",
        "kubernetes-admin, system:masters",
        "+ kubeconfig ",
        "binding by aws-auth",
        "6 to do: 6 additive",
        "verified: access works",
        "member's policies allow assuming",
    ] {
        ran.says(part);
    }
    let role = desk.cloud.role("KubernetesAdmin").unwrap();
    assert_eq!(
        role.description.as_deref(),
        Some("Kubernetes administrator role (for AWS IAM Authenticator for Kubernetes).")
    );
    assert_eq!(role.tags.get("eksaccess.dev/owner").map(String::as_str), Some("cli"));
    assert!(role.inline.is_empty() && role.attached.is_empty(), "the role is only a key");
    let group = desk.cloud.group("KubernetesAdmins").unwrap();
    assert_eq!(group.members.keys().collect::<Vec<_>>(), ["member"]);
    assert_eq!(group.inline["AssumeKubernetesAdmin"].document["Statement"][0]["Resource"], json!(ROLE));

    let after = map_roles(&desk);
    assert!(after.starts_with(&before), "what stood there is byte for byte the same:\n{after}");
    assert_eq!(after.matches(ROLE).count(), 1);
    member_gets_in(&desk);
}

#[test]
fn the_second_run_does_nothing_and_says_so() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP)).says("verified: access works");
    let ran = does_nothing(&desk, desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube"));
    ran.says("nothing to do");
}

#[test]
fn a_dry_run_shows_all_and_writes_nothing() {
    let desk = desk(AuthMode::ConfigMap);
    let (before, version_before) = (files(&desk), version(&desk.cloud));
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run")).run().says("6 to do");
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run --detailed-exitcode")).status(3).run();
    let writes = desk.cloud.writes();
    assert!(writes.is_empty(), "{writes:?}");
    assert_eq!((files(&desk), version(&desk.cloud)), (before, version_before));
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run --detailed-exitcode")).run().says("nothing to do");
}

#[test]
fn a_cluster_without_aws_auth_gets_one() {
    let desk = Desk::new(World::new().dev(ClusterSpec::without_config_map).start());
    desk.eksaccess("creator", BOOTSTRAP).run().says("create, with a mapping").says("verified: access works");
    does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
    assert!(map_roles(&desk).contains(ROLE));
}

#[test]
fn the_old_aws_auth_is_kept_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = desk(AuthMode::ConfigMap);
    let before = desk.cloud.config_map("dev").unwrap();
    let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} --output json")).run();
    let path = ran.json()["backups"][0].as_str().unwrap().to_owned();
    let kept: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(kept["data"], before["data"]);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(desk.path("kube")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_is_replaced_where_the_old_aws_auth_can_not_be_kept() {
    let desk = desk(AuthMode::ConfigMap);
    let before = (map_roles(&desk), version(&desk.cloud));
    desk.write("file", "");
    let wish = "map --cluster dev --principal arn:aws:iam::111122223333:user/member --kubernetes-group g";
    let ran = desk.eksaccess("creator", &format!("{wish} --backup-dir file/x")).status(1).run();
    ran.warns("can't be backed up, so it was not replaced").warns("--no-backup");
    let homeless = desk.eksaccess("creator", wish).without("HOME").status(1).run();
    homeless.warns("neither XDG_STATE_HOME nor HOME").warns("--backup-dir");
    assert_eq!((map_roles(&desk), version(&desk.cloud)), before);
    desk.eksaccess("creator", &format!("{wish} --no-backup")).run();
    let state = desk.path("state").display().to_string();
    let wish = wish.replace("group g", "group h");
    desk.eksaccess("creator", &format!("{wish} --yes")).env("XDG_STATE_HOME", &state).run();
    assert!(files(&desk).keys().any(|f| f.starts_with(desk.path("state/eksaccess/backups"))));
}

#[test]
fn a_place_for_the_old_aws_auth_is_looked_for_before_anything_is_made() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("file", "");
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --backup-dir file/x")), 1);
    ran.warns("can't be backed up").warns("nothing was changed").warns("--no-backup");
    let homeless = desk.eksaccess("creator", BOOTSTRAP).without("HOME");
    refused(&desk, homeless, 1).warns("neither XDG_STATE_HOME nor HOME");
}

#[test]
fn parts_can_be_left_out() {
    let desk = desk(AuthMode::ConfigMap);
    let all_but = |keep: &str| {
        let skipped: Vec<_> = ["role", "group", "map", "kubeconfig", "verify"]
            .iter()
            .filter(|p| **p != keep)
            .map(|p| format!(" --skip {p}"))
            .collect();
        format!("bootstrap --cluster dev --kubeconfig kube{}", skipped.concat())
    };
    desk.eksaccess("creator", &all_but("role")).run().says("1 to do");
    assert!(desk.cloud.group("KubernetesAdmins").is_none());
    desk.eksaccess("creator", &all_but("group")).run().says("2 to do");
    desk.eksaccess("creator", &all_but("map")).run().says("1 to do");
    assert!(!desk.path("kube").exists());
    desk.eksaccess("creator", &all_but("kubeconfig")).run().says("1 to do");
    does_nothing(&desk, desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig kube"));
    let ran = desk.eksaccess("creator", "bootstrap --cluster dev --kubeconfig -").status(2).run();
    ran.warns("--skip kubeconfig");
}

#[test]
fn another_role_has_no_defaults_and_its_own_names() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = desk.eksaccess("creator", "bootstrap --cluster dev --role Viewer --kubeconfig kube").status(2).run();
    ran.warns("only the default role has a default").warns("--kubernetes-group");
    assert!(desk.cloud.writes().is_empty());
    let wish = "bootstrap --cluster dev --role Viewer --user member --kubernetes-group viewers --kubeconfig kube";
    desk.eksaccess("creator", wish).run().says("Viewer:{{SessionName}}, viewers").says("verified: access works");
    assert!(desk.cloud.group("Viewers").is_some());
    does_nothing(&desk, desk.eksaccess("creator", wish));
}

#[test]
fn a_caller_who_is_not_a_member_can_not_prove_it() {
    let desk = Desk::new(limited_cloud());
    let ran = desk.eksaccess("limited", &format!("{BOOTSTRAP} --output json")).run();
    let document = ran.json();
    assert_eq!((&document["outcome"], &document["verified"]), (&json!("applied"), &json!(false)));
    assert!(document["reason"].as_str().unwrap().contains("could not be verified"), "{document}");
    let ran = desk.eksaccess("limited", &format!("{BOOTSTRAP} --require-verify")).status(1).run();
    ran.warns("--require-verify").warns("hint: ");
    member_gets_in(&desk);
}

#[test]
fn a_role_that_can_not_be_seen_proves_nothing() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.arm(Fault::new("GetRole", Effect::AccessDenied).always());
    let wish = "bootstrap --cluster dev --kubeconfig kube --skip role --skip group";
    let document = desk.eksaccess("creator", &format!("{wish} --output json")).run().json();
    assert_eq!(document["verified"], false, "{document}");
    assert!(document["reason"].as_str().unwrap().contains("could not be tested"), "{document}");
    desk.eksaccess("creator", &format!("{wish} --require-verify")).status(1).run().warns("--require-verify");
}

/// `limited` has the permissions of `bootstrap`, but not `AssumeRole`.
fn limited_cloud() -> Cloud {
    let cloud = World::new()
        .home(|home| {
            home.user("limited").allow("limited", &["iam:*", "eks:*", "sts:GetCallerIdentity"], "*");
        })
        .start();
    let text = "- userarn: arn:aws:iam::111122223333:user/limited\n  username: limited\n  groups: [system:masters]\n";
    cloud.set_config_map_data("dev", "mapUsers", text);
    cloud
}
