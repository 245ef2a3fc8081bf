//! The kubeconfig: merged without loss, or refused before any other write.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::acts::{BOOTSTRAP, PATIENCE, ROLE, becomes, desk, does_nothing, files, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const MINE: &str = "# my clusters\napiVersion: v1\nkind: Config\nclusters:\n- name: home   # the old one\n  cluster: {server: \"https://home.example\"}\nusers:\n- name: me\n  user: {token: t}\ncontexts:\n- name: home\n  context: {cluster: home, user: me, namespace: mine}\ncurrent-context: home\npreferences: {}\nx-mine: kept\n";
const KUBECONFIG: &str = "kubeconfig --cluster dev --kubeconfig kube";

/// A desk with an existing role.
fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "bootstrap --cluster dev --user member --skip kubeconfig --skip verify").run();
    desk
}

#[test]
fn the_files_content_stays_byte_for_byte() {
    let desk = ready();
    desk.write("kube", MINE);
    fs::set_permissions(desk.path("kube"), fs::Permissions::from_mode(0o640)).unwrap();
    desk.eksaccess("creator", KUBECONFIG).run();
    let after = desk.read("kube");
    for line in MINE.lines() {
        assert!(after.contains(line), "lost {line:?}:\n{after}");
    }
    assert!(after.contains(ROLE) && after.contains("current-context: home"), "{after}");
    assert_eq!(fs::metadata(desk.path("kube")).unwrap().permissions().mode() & 0o777, 0o640);
    does_nothing(&desk, desk.eksaccess("creator", KUBECONFIG));
    desk.eksaccess("creator", &format!("{KUBECONFIG} --set-current")).run();
    assert!(desk.read("kube").contains("current-context: KubernetesAdmin@dev.eu-west-1.111122223333"));
}

#[test]
fn a_new_file_is_its_owners_alone_and_its_first_context_is_current() {
    let desk = ready();
    desk.eksaccess("creator", "kubeconfig --cluster dev").run();
    let text = desk.read(".kube/config");
    assert!(text.contains("current-context: KubernetesAdmin@dev.eu-west-1.111122223333"), "{text}");
    assert!(!text.contains("token:"), "{text}");
    assert_eq!(fs::metadata(desk.path(".kube/config")).unwrap().permissions().mode() & 0o777, 0o600);
    desk.eksaccess("creator", &format!("{KUBECONFIG} --keep-current")).run();
    assert!(!desk.read("kube").contains("current-context: Kube"));
}

#[test]
fn it_goes_to_stdout_on_demand_and_touches_nothing() {
    let desk = ready();
    let before = files(&desk);
    let ran = desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig -").run();
    assert_eq!(files(&desk), before);
    desk.write("kube", &ran.stdout);
    assert_eq!(becomes(&desk, "member", "kube").unwrap().0, "kubernetes-admin");
    assert!(ran.stdout.contains("interactiveMode") && ran.stdout.contains("installHint"), "{}", ran.stdout);
}

#[test]
fn two_roles_on_one_cluster_are_two_users_and_two_contexts() {
    let desk = ready();
    desk.eksaccess("creator", "role --role Viewer").run();
    desk.eksaccess("creator", KUBECONFIG).run();
    desk.eksaccess("creator", &format!("{KUBECONFIG} --role Viewer")).run();
    let document: serde_json::Value = serde_yaml::from_str(&desk.read("kube")).unwrap();
    let names = |key: &str| -> Vec<&str> {
        document[key].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect()
    };
    let both = ["KubernetesAdmin@dev.eu-west-1.111122223333", "Viewer@dev.eu-west-1.111122223333"];
    assert_eq!((names("contexts"), names("users"), names("clusters").len()), (both.to_vec(), both.to_vec(), 1));
    assert_eq!(document["current-context"], both[0]);
    does_nothing(&desk, desk.eksaccess("creator", KUBECONFIG));
}

#[test]
fn a_renamed_context_is_found_by_what_it_means() {
    let desk = ready();
    desk.eksaccess("creator", &format!("{KUBECONFIG} --alias prod --context-namespace web")).run();
    let text = desk
        .read("kube")
        .replace("name: prod", "name: renamed")
        .replace("current-context: prod", "current-context: renamed");
    desk.write("kube", &text);
    does_nothing(&desk, desk.eksaccess("creator", KUBECONFIG));
}

#[test]
fn the_other_plugins_are_written_where_they_are_asked_for() {
    let desk = ready();
    for (tool, part) in [("aws", "get-token"), ("aws-iam-authenticator", "aws-iam-authenticator")] {
        let ran = desk
            .eksaccess("creator", &format!("kubeconfig --cluster dev --kubeconfig - --exec {tool} --exec-profile ops"))
            .run();
        ran.says(part).says(ROLE).says("AWS_PROFILE").says("ops");
    }
    let ran = desk.eksaccess("creator", KUBECONFIG).env("AWS_PROFILE", "ops");
    desk.write(".aws/config", "[profile ops]\nregion = eu-west-1\n");
    ran.run().warns("profile ops is active but is not written");
}

#[test]
fn what_can_not_be_edited_is_refused_before_the_cloud_is_touched() {
    for (text, part) in [
        ("a: [\n", "kubeconfig kube can't be edited; it was not touched"),
        ("- a\n- b\n", "kubeconfig kube can't be edited"),
        ("clusters: text\n", "kubeconfig kube can't be edited"),
    ] {
        let desk = desk(AuthMode::ConfigMap);
        desk.write("kube", text);
        refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1).warns(part).warns("--kubeconfig FILE");
    }
    let desk = desk(AuthMode::ConfigMap);
    fs::write(desk.path("kube"), b"a: 1\nb: \xff\n").unwrap();
    refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1).warns("not UTF-8 text (line 2)");
    fs::remove_file(desk.path("kube")).unwrap();
    fs::create_dir(desk.path("kube")).unwrap();
    refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1).warns("is a directory");
}

#[test]
fn a_read_only_file_is_left_alone_and_so_is_the_cloud() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("kube", MINE);
    fs::set_permissions(desk.path("kube"), fs::Permissions::from_mode(0o400)).unwrap();
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
    ran.warns("is read-only; it is left as it is").warns("nothing was changed");
}

#[test]
fn a_locked_file_is_waited_for_and_then_left_alone_and_so_is_the_cloud() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("kube.lock", "");
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
    ran.warns("kube.lock").warns("did not release it within 5.0s").warns("nothing was changed");
    // A lock that is released in time is only waited for.
    let child = desk.eksaccess("creator", BOOTSTRAP).spawn();
    assert!(desk.cloud.wait_for_call("GetConfigMap", super::acts::PATIENCE));
    std::thread::sleep(std::time::Duration::from_millis(500));
    fs::remove_file(desk.path("kube.lock")).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert!(desk.read("kube").contains(ROLE) && !desk.path("kube.lock").exists());
}

#[test]
fn a_symbolic_link_is_followed_and_stays() {
    let desk = ready();
    desk.write("real/config", MINE);
    symlink("real/config", desk.path("kube")).unwrap();
    desk.eksaccess("creator", KUBECONFIG).run();
    assert!(fs::symlink_metadata(desk.path("kube")).unwrap().is_symlink());
    assert!(desk.read("real/config").contains(ROLE));
    symlink("nowhere/yet", desk.path("dangling")).unwrap();
    desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig dangling").run();
    assert!(desk.read("nowhere/yet").contains(ROLE));
    symlink("circle", desk.path("circle")).unwrap();
    refused(&desk, desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig circle"), 1).warns("circle");
}

#[test]
fn of_many_files_the_one_that_holds_the_entry_is_written() {
    let desk = ready();
    desk.write("a", MINE);
    desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig b").run();
    let before = (desk.read("a"), desk.read("b"));
    let both = format!("{}:{}", desk.path("a").display(), desk.path("b").display());
    desk.eksaccess("creator", "kubeconfig --cluster dev").env("KUBECONFIG", &both).run().says("nothing to do");
    assert_eq!((desk.read("a"), desk.read("b")), before);
    desk.eksaccess("creator", "role --role Viewer").run();
    desk.eksaccess("creator", "kubeconfig --cluster dev --role Viewer").env("KUBECONFIG", &both).run();
    assert!(desk.read("a").contains("Viewer@dev") != desk.read("b").contains("Viewer@dev"), "one of them");
}

#[test]
fn ctrl_c_is_heard_while_another_program_holds_the_lock() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("kube.lock", "");
    let child = desk.eksaccess("creator", BOOTSTRAP).spawn();
    assert!(desk.cloud.wait_for_call("GetConfigMap", PATIENCE));
    // By now it most likely waits for the lock; if not yet, the result must be the same.
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(
        std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success()
    );
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted while") && !stderr.contains("kube.lock"), "the lock was waited for: {stderr}");
    assert!(stderr.contains("nothing was changed"), "{stderr}");
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn a_role_named_by_its_arn_tells_what_its_trust_asks_for() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role --role Ops --path /team/ --external-id ticket-42").run();
    let arn = "arn:aws:iam::111122223333:role/team/Ops";
    desk.eksaccess("creator", &format!("kubeconfig --cluster dev --role {arn} --kubeconfig kube")).run();
    assert!(desk.read("kube").contains("ticket-42"), "{}", desk.read("kube"));
    let far = "arn:aws:iam::444455556666:role/Far";
    desk.cloud.clear_log();
    desk.eksaccess("creator", &format!("kubeconfig --cluster dev --role {far} --kubeconfig far")).run();
    assert!(!desk.cloud.operations().iter().any(|o| o == "GetRole"), "a role elsewhere needs no IAM call");
}
