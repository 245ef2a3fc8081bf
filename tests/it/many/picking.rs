//! The selected clusters, and the confirmation for picked ones.

use super::desks::{ROLE, count, three};
use crate::local::acts::refused;

#[test]
fn a_misspelled_name_ends_the_command_before_anything_is_written_with_the_nearest() {
    let desk = three();
    let ran = refused(&desk, desk.eksaccess("creator", "bootstrap --cluster dev --cluster stge --kubeconfig kube"), 2);
    ran.warns("stge").warns("--cluster stage");
}

#[test]
fn clusters_that_are_picked_are_asked_about_though_all_is_additive() {
    let desk = three();
    let command = "map --cluster s* --cluster p* --role KubernetesAdmin";
    desk.eksaccess("creator", "role").run();
    let ran = refused(&desk, desk.eksaccess("creator", command), 6);
    ran.warns("selected").warns("--approve ");
    desk.eksaccess("creator", &format!("{command} --yes")).run();
    assert!(desk.cloud.access_entry("stage", ROLE).is_some() && desk.cloud.access_entry("prod", ROLE).is_some());
    assert!(!desk.cloud.config_map_data("dev", "mapRoles").unwrap().contains(ROLE), "dev was not picked");
}

#[test]
fn clusters_that_are_named_are_listed_once_and_those_of_a_glob_too() {
    let desk = three();
    desk.cloud.clear_log();
    desk.eksaccess("creator", "map --all-clusters --role KubernetesAdmin --dry-run").run_any();
    assert_eq!((count(&desk, "ListClusters"), count(&desk, "DescribeCluster")), (1, 3));
    desk.cloud.clear_log();
    desk.eksaccess("creator", "map --cluster dev --role KubernetesAdmin --dry-run").run_any();
    assert_eq!(
        (count(&desk, "ListClusters"), count(&desk, "DescribeCluster")),
        (0, 1),
        "one that is named needs no list"
    );
}

#[test]
fn what_is_for_one_cluster_is_refused_beside_several() {
    let desk = three();
    for more in ["--alias a", "--user-alias a", "--server https://127.0.0.1:1", "--kubeconfig - --exec aws"] {
        let verb = format!("kubeconfig --cluster dev --cluster stage {more}");
        refused(&desk, desk.eksaccess("creator", &verb), 2).warns("one cluster");
    }
}

#[test]
fn a_region_that_the_selection_names_is_enough() {
    let desk = three();
    let arns = ["dev", "stage"].map(|name| format!("--cluster arn:aws:eks:eu-west-1:111122223333:cluster/{name}"));
    for (selection, clusters) in [("--all-clusters --cluster-region eu-west-1".to_owned(), 3), (arns.join(" "), 2)] {
        desk.cloud.clear_log();
        let command = format!("map {selection} --role KubernetesAdmin --dry-run");
        desk.eksaccess("creator", &command).without("AWS_REGION").run_any();
        assert_eq!(count(&desk, "DescribeCluster"), clusters, "{selection}");
    }
}

#[test]
fn a_list_of_accounts_that_is_too_long_is_refused_and_not_cut() {
    let desk = three();
    desk.write("accounts", &"# a comment\n".repeat(400_000));
    let command = "map --all-clusters --accounts accounts --role KubernetesAdmin --dry-run";
    refused(&desk, desk.eksaccess("creator", command), 2).warns("accounts is longer than");
}

#[test]
fn a_list_of_accounts_in_another_encoding_is_refused_by_its_name() {
    let desk = three();
    std::fs::write(desk.path("accounts"), b"\xff\xfe1\x001\x00\n\x00").unwrap();
    let command = "map --all-clusters --accounts accounts --role KubernetesAdmin --dry-run";
    let ran = refused(&desk, desk.eksaccess("creator", command), 2);
    ran.warns("--accounts: accounts is UTF-16: save it as UTF-8").warns("iconv -f UTF-16 -t UTF-8 accounts");
}
