//! Clusters that do not exist, are not ready, or are unreachable.

use super::acts::{BOOTSTRAP, desk, refused};
use crate::support::cloud::{AuthMode, ClusterSpec, World};
use crate::support::desk::Desk;

#[test]
fn a_cluster_of_another_region_is_not_found_here() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --region us-east-1")), 1);
    ran.warns("cluster dev not found in region us-east-1").warns("list-clusters --region us-east-1");
    let named = "bootstrap --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --kubeconfig kube --dry-run";
    desk.eksaccess("creator", named).env("AWS_REGION", "us-east-1").run().says("cluster dev in eu-west-1");
}

#[test]
fn a_missing_cluster_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    for verb in ["bootstrap --kubeconfig kube", "map", "kubeconfig --kubeconfig kube", "restore --list"] {
        let ran = refused(&desk, desk.eksaccess("creator", &format!("{verb} --cluster nowhere")), 1);
        ran.warns("cluster nowhere not found in region eu-west-1");
    }
}

#[test]
fn a_cluster_that_is_being_created_or_deleted_gets_no_access() {
    let desk = desk(AuthMode::ConfigMap);
    for (status, hint) in
        [("CREATING", "wait cluster-active"), ("DELETING", "describe-cluster"), ("FAILED", "describe-cluster")]
    {
        desk.cloud.set_status("dev", status);
        let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
        ran.warns(&format!("cluster dev is {status}")).warns("nothing was changed").warns(hint);
    }
    desk.cloud.set_status("dev", "UPDATING");
    desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
}

#[test]
fn a_cluster_without_endpoint_takes_no_access_either() {
    let desk = Desk::new(World::new().dev(ClusterSpec::without_endpoint).start());
    refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1).warns("has no endpoint").warns("nothing was changed");
}

#[test]
fn an_active_cluster_without_a_certificate_authority_takes_what_needs_none() {
    let desk = Desk::new(World::new().dev(|dev| dev.without_authority().mode(AuthMode::Api)).start());
    for verb in [
        BOOTSTRAP,
        "bootstrap --cluster dev --skip verify --kubeconfig kube",
        "bootstrap --cluster dev --skip kubeconfig",
    ] {
        let ran = refused(&desk, desk.eksaccess("creator", verb), 1);
        ran.warns("cluster dev is ACTIVE and has no certificate authority").warns("--skip kubeconfig --skip verify");
    }
    desk.eksaccess("creator", "bootstrap --cluster dev --skip kubeconfig --skip verify").run().says("done");
    refused(&desk, desk.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig kube"), 1).warns("authority");
    let desk = Desk::new(World::new().dev(ClusterSpec::without_authority).start());
    refused(&desk, desk.eksaccess("creator", "bootstrap --cluster dev --skip kubeconfig --skip verify"), 1)
        .warns("aws-auth of cluster dev could not be read")
        .warns("certificate authority");
}

#[test]
fn a_private_endpoint_is_reported_and_that_an_entry_needs_no_connection() {
    let desk = Desk::new(World::new().dev(ClusterSpec::private).start());
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 1);
    ran.warns("aws-auth of cluster dev could not be read").warns("private").warns("would not need this");
    desk.cloud.set_mode("dev", AuthMode::ApiAndConfigMap);
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --via aws-auth")), 1);
    ran.warns("--via access-entry");
    // With an unreadable aws-auth, an entry may override a mapping: that needs a confirmation.
    let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP), 6);
    ran.says("the entry would override a mapping in it");
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --yes")).run().says("not fully verified");
}

#[test]
fn an_endpoint_that_never_answers_does_not_hang() {
    let desk = Desk::new(World::new().dev(ClusterSpec::silent).start());
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --timeout 3")), 1);
    ran.warns("--timeout");
}

#[test]
fn a_cluster_that_says_nothing_of_its_mode_reads_aws_auth() {
    let desk = Desk::new(World::new().dev(ClusterSpec::without_access_config).start());
    desk.eksaccess("creator", BOOTSTRAP).run().says("the cluster is in mode CONFIG_MAP").says("verified: access works");
}

#[test]
fn a_caller_unknown_to_the_cluster_is_told_whom_to_ask() {
    let desk = Desk::new(
        World::new()
            .home(|home| {
                home.admin("stranger");
            })
            .start(),
    );
    let ran = refused(&desk, desk.eksaccess("stranger", BOOTSTRAP), 1);
    ran.warns("reading aws-auth of cluster dev").warns("Unauthorized").warns("as the cluster's creator");
}

#[test]
fn a_token_for_an_outpost_names_the_clusters_id() {
    let desk = Desk::new(World::new().dev(|dev| dev.outpost("0c1d2e3f-id")).start());
    desk.eksaccess("creator", BOOTSTRAP).run().says("verified: access works");
    assert!(desk.read("kube").contains("0c1d2e3f-id"));
    super::acts::member_gets_in(&desk);
}

#[test]
fn a_cluster_of_another_account_is_not_taken_for_our_own_of_that_name() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    for (arn, account) in [
        ("arn:aws:eks:eu-west-1:444455556666:cluster/dev", "444455556666"),
        ("arn:aws-cn:eks:eu-west-1:111122223333:cluster/dev", "111122223333"),
    ] {
        for verb in
            ["bootstrap --kubeconfig kube --yes", "map --yes", "map --remove --role KubernetesAdmin", "lint --fix"]
        {
            let ran = refused(&desk, desk.eksaccess("creator", &format!("{verb} --cluster {arn}")), 2);
            ran.warns(arn).warns("arn:aws:eks:eu-west-1:111122223333:cluster/dev").warns(account);
            ran.warns("--profile NAME or --assume-role-arn ARN");
        }
    }
    let ours = "map --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev";
    desk.eksaccess("creator", ours).run().says("done");
}

#[test]
fn a_kubeconfig_context_names_the_cluster_and_the_way_to_it() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --alias work")).run();
    let typed = |args: &str| desk.eksaccess("creator", args).env("KUBECONFIG", "kube");
    typed("who arn:aws:iam::111122223333:role/KubernetesAdmin --context work").run().says("kubernetes-admin");
    typed("verify --context work").env("KUBECONFIG", "kube").run();
    typed("bootstrap --context work --user member").run().says("nothing to do").says("cluster dev in eu-west-1");
    let ran = refused(&desk, typed("lint --context home"), 2);
    ran.warns("no kubeconfig context is named home in kube").warns("there are: work");
    typed("map --context work --cluster dev").status(2).run().warns("cannot be used with");
    // A tunnel that only the context has is used.
    let text = desk.read("kube");
    let server = text.lines().find_map(|l| l.trim().strip_prefix("server: ")).unwrap();
    desk.write("kube", &text.replace(server, "https://127.0.0.1:9"));
    typed("lint --context work --timeout 5").status(1).run().warns("https://127.0.0.1:9");
}
