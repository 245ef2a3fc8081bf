//! Actions and checks that several scenarios share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::support::cloud::{AuthMode, Cloud, World};
use crate::support::desk::{Desk, Ran, Typed};

/// The command of the README.
pub const BOOTSTRAP: &str = "bootstrap --cluster dev --user member --kubeconfig kube";
/// The role that it creates.
pub const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";
/// The limit for events that happen at once on an idle machine; only a failing test waits that long.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// The default world with the cluster `dev` in a mode.
pub fn desk(mode: AuthMode) -> Desk {
    Desk::new(World::new().dev(|dev| dev.mode(mode)).start())
}

/// Every file in the home, with its content.
pub fn files(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    collect(&desk.path(""), &mut all);
    all
}

fn collect(dir: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, all);
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.insert(path, bytes);
        }
    }
}

/// Runs a command that must refuse: this exit status, an error with a next command, no write call, no file created or
/// changed.
#[track_caller]
pub fn refused(desk: &Desk, typed: Typed<'_>, status: i32) -> Ran {
    let before = files(desk);
    desk.cloud.clear_log();
    let ran = typed.status(status).run();
    ran.warns("error: ").warns("hint: ");
    let writes = desk.cloud.writes();
    assert!(writes.is_empty(), "it wrote before it refused: {writes:?}\n{}", ran.stderr);
    assert_eq!(files(desk), before, "a file was touched by a command that refused:\n{}", ran.stderr);
    ran
}

/// Runs a command that must find nothing to do.
#[track_caller]
pub fn does_nothing(desk: &Desk, typed: Typed<'_>) -> Ran {
    let (before, version) = (files(desk), version(&desk.cloud));
    desk.cloud.clear_log();
    let ran = typed.run();
    ran.says("nothing to do");
    let writes = desk.cloud.writes();
    assert!(writes.is_empty(), "{writes:?}\n{}", ran.stdout);
    assert_eq!((files(desk), self::version(&desk.cloud)), (before, version), "{}", ran.stdout);
    ran
}

/// The `resourceVersion` of `aws-auth` in `dev`.
pub fn version(cloud: &Cloud) -> Option<String> {
    Some(cloud.config_map("dev")?["metadata"]["resourceVersion"].as_str()?.to_owned())
}

/// The text of `mapRoles` in `dev`.
pub fn map_roles(desk: &Desk) -> String {
    desk.cloud.config_map_data("dev", "mapRoles").unwrap_or_default()
}

/// Runs the exec plugin of the kubeconfig and returns its token's identity in `dev`, or why it has none.
#[track_caller]
pub fn becomes(desk: &Desk, user: &str, kubeconfig: &str) -> Result<(String, Vec<String>), String> {
    let document: Value = serde_yaml::from_str(&desk.read(kubeconfig)).unwrap();
    let exec = &document["users"][0]["user"]["exec"];
    assert_eq!(exec["command"], "eksaccess", "{exec}");
    let mut typed = desk.eksaccess(user, "");
    for arg in exec["args"].as_array().unwrap() {
        typed = typed.arg(arg.as_str().unwrap());
    }
    let output = typed.spawn().wait_with_output().unwrap();
    if !output.status.success() {
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    let credential: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(credential["apiVersion"], exec["apiVersion"], "kubectl takes no other");
    let token = credential["status"]["token"].as_str().unwrap();
    desk.cloud.identity_of_token("dev", token).map(|identity| (identity.username, identity.groups))
}

/// Checks that `member` has access as the administrator with kubectl's credentials, and `outsider` has not.
#[track_caller]
pub fn member_gets_in(desk: &Desk) {
    let (username, groups) = becomes(desk, "member", "kube").unwrap();
    assert_eq!(username, "kubernetes-admin", "{groups:?}");
    let refusal = becomes(desk, "outsider", "kube").unwrap_err();
    assert!(refusal.contains("sts:AssumeRole") && refusal.contains("hint: "), "{refusal}");
}
