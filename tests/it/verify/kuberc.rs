//! kubectl's own gate: a program that its preferences do not allow.

use serde_json::Value;

use super::hold::hold;
use super::kubeconfig::right;
use super::world::{desk, verify, world};
use crate::many::desks::three;
use crate::support::desk::Desk;

const PLACE: &str = ".kube/kuberc";

/// The preferences with these lines.
pub fn preferences(lines: &str) -> String {
    format!("apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n{lines}\n")
}

/// The result of `verify` for the gate.
pub fn gate(found: &Value) -> Value {
    found["links"].as_array().unwrap().iter().find(|link| link["name"] == "plugin-gate").unwrap().clone()
}

/// The context is correct, and kubectl's preferences are these.
pub fn case(case: &str, lines: &str) {
    let desk = desk(world());
    right(&desk);
    desk.write(PLACE, &preferences(lines));
    hold(case, verify(&desk, ""));
    assert_eq!(desk.read(PLACE), preferences(lines), "the user's own file");
}

/// The context is correct, and `KUBERC` names a missing file.
pub fn missing(case: &str) {
    let desk = desk(world());
    right(&desk);
    hold(case, verify(&desk, "").env("KUBERC", "/nowhere/kuberc"));
}

fn right_with(text: &str) -> Desk {
    let desk = desk(world());
    right(&desk);
    desk.write(PLACE, text);
    desk
}

#[test]
fn what_is_listed_runs_and_what_says_nothing_of_plugins_lets_them() {
    let desk = right_with(&preferences(
        "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: eksaccess}]",
    ));
    assert_eq!(gate(&verify(&desk, "").run().json())["text"], "kubectl runs eksaccess");
    desk.write(PLACE, &preferences("credentialPluginPolicy: DenyAll"));
    verify(&desk, "").env("KUBECTL_KUBERC", "false").run();
    verify(&desk, "").env("KUBERC", "off").run();
    let other = desk.write("mine", &preferences(""));
    verify(&desk, "").env("KUBERC", other.display().to_string()).run();
    verify(&desk, "").status(5).run();
}

#[test]
fn preferences_that_are_not_known_are_never_a_reason_to_be_locked_out() {
    for text in [": : {", "apiVersion: kubectl.config.k8s.io/v7\nkind: Preference\ncredentialPluginPolicy: DenyAll\n"] {
        let desk = right_with(text);
        let found = verify(&desk, "").status(1).run().json();
        assert_eq!((&found["outcome"], &gate(&found)["state"]), (&"unknown".into(), &"unknown".into()), "{found:#}");
    }
    let desk = desk(world());
    right(&desk);
    std::fs::create_dir(desk.path(PLACE)).unwrap();
    let found = verify(&desk, "").status(1).run().json();
    assert_eq!(gate(&found)["state"], "unknown", "{found:#}");
}

#[test]
fn kubeconfig_says_that_kubectl_will_not_run_what_it_writes() {
    let lines = "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: aws}]";
    let desk = right_with(&preferences(lines));
    let write =
        |more: &str| desk.eksaccess("ann", &format!("kubeconfig --cluster dev --role KubernetesAdmin --yes {more}"));
    let set = "kubectl kuberc set --section credentialplugin --policy Allowlist --allowlist-entry command=aws \
               --allowlist-entry command=eksaccess";
    write("").run().warns("kubectl will not run eksaccess").warns(set);
    write("--kubeconfig F").run().warns("kubectl will not run eksaccess");
    write("--kubeconfig -").run().warns("kubectl will not run eksaccess").warns(set);
    write("--kubeconfig F --exec aws").run().does_not_warn("kubectl will not run");
    assert_eq!(desk.read(PLACE), preferences(lines));
}

#[test]
fn over_several_clusters_it_is_said_once() {
    let desk = three();
    desk.write(PLACE, &preferences("credentialPluginPolicy: DenyAll"));
    let ran = desk.eksaccess("creator", "bootstrap --cluster dev --cluster stage --cluster prod --dry-run").run();
    assert_eq!(ran.stderr.matches("kubectl will not run eksaccess").count(), 1, "{}", ran.stderr);
}
