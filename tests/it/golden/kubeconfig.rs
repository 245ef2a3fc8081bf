//! The kubeconfig on stdout and as a plan.

use super::pinned::{desk, pin, piped, plain};
use crate::support::cloud::AuthMode;

#[test]
fn on_stdout_and_merged() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    let kubeconfig = |more: &str| desk.eksaccess("creator", &format!("kubeconfig --cluster dev {more}"));
    pin(
        "kubeconfig",
        "stdout",
        [
            ("of our own", piped(kubeconfig("--kubeconfig -"))),
            ("of the AWS CLI", piped(kubeconfig("--kubeconfig - --exec aws --exec-profile ops"))),
            ("of the authenticator", piped(kubeconfig("--kubeconfig - --exec aws-iam-authenticator"))),
        ],
    );
    desk.write("kube", "apiVersion: v1\nkind: Config\ncurrent-context: home\ncontexts: []\n");
    desk.write("broken", "clusters: text\n");
    pin(
        "kubeconfig",
        "file",
        [
            ("merged", plain(kubeconfig("--kubeconfig kube --alias dev"))),
            ("again", plain(kubeconfig("--kubeconfig kube --alias dev"))),
            ("one that can't be edited", plain(kubeconfig("--kubeconfig broken").status(1))),
        ],
    );
}
