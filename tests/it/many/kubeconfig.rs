//! Contexts of several clusters in one file.

use super::desks::three;
use crate::support::desk::Desk;

#[test]
fn the_contexts_of_several_clusters_are_written_one_after_another_and_lose_nothing() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    let kept = "# mine\napiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\ncurrent-context: other\n";
    desk.write("kube", kept);
    desk.eksaccess("creator", "kubeconfig --cluster dev --cluster stage --cluster prod --kubeconfig kube").run();
    let kube = desk.read("kube");
    assert!(kube.starts_with("# mine\n") && kube.contains("current-context: other"), "{kube}");
    for name in ["dev", "stage", "prod"] {
        assert_eq!(
            kube.matches(&format!("name: KubernetesAdmin@{name}.eu-west-1.111122223333\n")).count(),
            2,
            "{kube}"
        );
    }
    desk.eksaccess("creator", "kubeconfig --cluster dev --cluster stage --cluster prod --kubeconfig kube")
        .run()
        .says("nothing to do");
    assert_eq!(desk.read("kube"), kube);
}

const ALL: &str = "kubeconfig --cluster dev --cluster stage --cluster prod --kubeconfig kube";

fn context(cluster: &str) -> String {
    format!("KubernetesAdmin@{cluster}.eu-west-1.111122223333")
}

#[test]
fn of_several_the_one_that_is_named_becomes_current() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    for (name, of) in [("stage", "stage"), (&*context("prod"), "prod"), ("prod", "prod"), ("dev", "dev")] {
        let ran = desk.eksaccess("creator", &format!("{ALL} --set-current={name}")).run();
        assert!(desk.read("kube").contains(&format!("current-context: {}\n", context(of))), "{name}");
        assert_eq!(ran.stdout.contains("1 to do"), name != "stage" && name != "prod", "{}", ran.stdout);
    }
    let before = desk.read("kube");
    let calls = |desk: &Desk| desk.cloud.writes().len();
    let writes = calls(&desk);
    let ran = desk.eksaccess("creator", &format!("{ALL} --set-current=stagee")).status(2).run();
    ran.warns("no context or cluster of that name").warns("--set-current=stage");
    let ran = desk.eksaccess("creator", &format!("{ALL} --set-current")).status(2).run();
    ran.warns("several clusters are selected").warns("--set-current=dev");
    assert_eq!((desk.read("kube"), calls(&desk)), (before, writes));
}

#[test]
fn of_one_the_name_is_optional_and_must_be_its() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    let one = "kubeconfig --cluster dev --kubeconfig kube --alias mine";
    desk.write("kube", "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\ncurrent-context: other\n");
    desk.eksaccess("creator", &format!("{one} --set-current=mien")).status(2).run().warns("--set-current=mine");
    desk.eksaccess("creator", &format!("{one} --set-current=dev")).run();
    assert!(desk.read("kube").contains("current-context: mine\n"));
    let printed = |more: &str| desk.eksaccess("creator", &format!("kubeconfig --cluster dev --kubeconfig - {more}"));
    printed("--set-current=dev").run().says(&format!("current-context: {}\n", context("dev")));
    printed("--set-current=prod").status(2).run().warns("no context or cluster of that name");
}

#[test]
fn a_name_that_is_taken_costs_its_own_cluster_alone() {
    let desk = three();
    desk.eksaccess("creator", "role").run();
    let taken = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: ''\nclusters:\n- name: c\n  cluster: {{server: 'https://c'}}\n\
         users: []\ncontexts:\n- name: {}\n  context: {{cluster: c, user: u}}\n",
        context("stage")
    );
    desk.write("kube", &taken);
    let ran = desk.eksaccess("creator", ALL).status(1).run();
    ran.warns("exists with another meaning").says("stage (eu-west-1)");
    let kube = desk.read("kube");
    assert!(kube.contains(&context("dev")) && kube.contains(&context("prod")), "{kube}");
    assert!(!kube.contains("cluster/stage"), "{kube}");
}

#[test]
fn contexts_with_ways_of_their_own_are_named_alone() {
    let desk = three();
    let arn = |cluster: &str| format!("arn:aws:eks:eu-west-1:111122223333:cluster/{cluster}");
    let kube = |dev: &str, stage: &str| {
        let (a, b) = (arn("dev"), arn("stage"));
        desk.write(
            "kube",
            &format!(
                "apiVersion: v1\nkind: Config\nclusters:\n- name: {a}\n  cluster: {{{dev}}}\n- name: {b}\n  cluster: {{{stage}}}\n\
                 users: []\ncontexts:\n- name: a\n  context: {{cluster: '{a}'}}\n- name: b\n  context: {{cluster: '{b}'}}\n"
            ),
        );
    };
    let end = |host: &str| format!("server: 'https://{host}.gr7.eu-west-1.eks.amazonaws.com'");
    let both = "lint --context a --context b";
    let refused = |says: &str, alone: &str| {
        let ran = desk.eksaccess("creator", both).env("KUBECONFIG", desk.path("kube").display().to_string());
        ran.status(2).run().warns(says).warns(&format!("name only this one: --context {alone}"));
        assert!(desk.cloud.calls().is_empty());
    };
    kube("server: 'https://127.0.0.1:1'", "server: 'https://127.0.0.1:2'");
    refused("context a uses its own tunnel", "a");
    kube(&end("A"), "server: 'https://127.0.0.1:2'");
    refused("context b uses its own tunnel", "b");
    kube(&end("A"), &format!("{}, proxy-url: 'http://127.0.0.1:3'", end("B")));
    refused("context b uses its own proxy", "b");
    kube(&end("A"), &format!("{}, tls-server-name: x.example", end("B")));
    refused("context b uses its own tunnel", "b");
}
