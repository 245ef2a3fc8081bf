//! Contexts of several clusters in one file.

use super::desks::three;

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
