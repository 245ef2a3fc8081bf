use std::rc::Rc;

use super::*;
use crate::engine::cluster_ref::ClusterRef;
use crate::engine::verify::{RoleFrom, Surroundings};
use crate::model::Partition;
use crate::plan::Tunnel;

const CLUSTER: &str = "--cluster dev --region eu-west-1";

fn inquiry() -> Inquiry {
    Inquiry {
        cluster: ClusterRef::named("dev", "eu-west-1"),
        role: "Ci".into(),
        role_from: RoleFrom::Asked,
        external_id: None,
        context_external_id: None,
        session_name: None,
        mfa_serial: None,
        os_user: None,
        can: None,
        context: None,
        kubeconfig: Rc::default(),
        machine: Surroundings::default(),
        tunnel: Tunnel::default(),
        principal: None,
    }
}

fn can(verb: &str, resource: &str, namespace: Option<&str>) -> Can {
    Can {
        verb: verb.into(),
        group: if resource == "*" { "*".into() } else { String::new() },
        resource: resource.into(),
        namespace: namespace.map(str::to_owned),
    }
}

fn ci() -> Principal {
    Principal::role(Partition::Aws, "111122223333", "/", "Ci")
}

fn entry(policies: &[(&str, PolicyScope)]) -> Outcome {
    let policy = |(name, scope): &(&str, PolicyScope)| AssociatedPolicy {
        arn: access_policy_arn(Partition::Aws, name),
        scope: scope.clone(),
    };
    let policies = policies.iter().map(policy).collect();
    Outcome { is_entry: true, is_standard: true, policies, ..Outcome::default() }
}

fn namespaces(names: &[&str]) -> PolicyScope {
    PolicyScope::Namespaces(names.iter().map(|n| (*n).to_owned()).collect())
}

fn proposed(can: &Can, outcome: &Outcome) -> String {
    grant(&inquiry(), &ci(), can, outcome)
}

#[test]
fn an_entry_gets_the_least_policy_in_the_scope_that_was_asked() {
    let map = |more: &str| format!("eksaccess map {CLUSTER} --role Ci --append-access-policy {more}");
    let none = entry(&[]);
    assert_eq!(proposed(&can("get", "pods", Some("web")), &none), map("AmazonEKSViewPolicy --policy-namespace web"));
    assert_eq!(proposed(&can("get", "pods", None), &none), map("AmazonEKSViewPolicy"));
    assert_eq!(proposed(&can("delete", "pods", None), &none), map("AmazonEKSEditPolicy"));
    assert_eq!(proposed(&can("*", "*", None), &none), map("AmazonEKSClusterAdminPolicy"));
}

#[test]
fn a_scope_that_a_policy_has_stays() {
    let there = entry(&[("AmazonEKSViewPolicy", namespaces(&["shop", "dev-*"]))]);
    assert_eq!(
        proposed(&can("get", "pods", Some("web")), &there),
        format!(
            "eksaccess map {CLUSTER} --role Ci --append-access-policy AmazonEKSViewPolicy --policy-namespace shop --policy-namespace 'dev-*' --policy-namespace web"
        )
    );
    assert_eq!(
        proposed(&can("get", "pods", None), &there),
        "aws eks associate-access-policy --cluster-name dev --region eu-west-1 --principal-arn arn:aws:iam::111122223333:role/Ci --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy --access-scope type=cluster"
    );
}

#[test]
fn a_policy_that_is_there_has_only_not_taken_effect_and_no_more_is_proposed() {
    for policy in ["AmazonEKSViewPolicy", "AmazonEKSEditPolicy"] {
        let there = entry(&[(policy, PolicyScope::Cluster)]);
        assert!(proposed(&can("get", "pods", None), &there).ends_with("(again, in a minute)"), "{policy}");
    }
    let all = entry(&[("AmazonEKSClusterAdminPolicy", PolicyScope::Cluster)]);
    assert!(proposed(&Can::everything(), &all).ends_with("(again, in a minute)"));
}

#[test]
fn a_nodes_entry_is_not_a_persons() {
    let node = Outcome { is_standard: false, ..entry(&[]) };
    let hint = proposed(&can("get", "pods", None), &node);
    assert!(hint.starts_with("aws eks describe-access-entry --cluster-name dev"), "{hint}");
}

#[test]
fn a_username_that_is_the_principals_alone_is_bound() {
    let outcome = Outcome {
        username: Some("ci".into()),
        is_username_own: true,
        groups: vec!["viewers".into()],
        ..Outcome::default()
    };
    assert_eq!(
        proposed(&can("get", "pods", Some("web")), &outcome),
        "kubectl create rolebinding Ci-view -n web --clusterrole=view --user=ci   (as an administrator)"
    );
    assert_eq!(
        proposed(&can("delete", "nodes", None), &outcome),
        "kubectl create clusterrole Ci-delete-nodes --verb=delete --resource=nodes && kubectl create clusterrolebinding Ci-delete-nodes --clusterrole=Ci-delete-nodes --user=ci   (as an administrator)"
    );
    assert_eq!(
        proposed(&can("get", "pods/exec", Some("web")), &outcome),
        "kubectl create rolebinding Ci-edit -n web --clusterrole=edit --user=ci   (as an administrator)"
    );
    assert_eq!(
        proposed(&can("get", "*", Some("web")), &outcome),
        "kubectl create role Ci-get-all.all -n web --verb=get --resource='*.*' && kubectl create rolebinding Ci-get-all.all -n web --role=Ci-get-all.all --user=ci   (as an administrator)"
    );
}

#[test]
fn a_group_that_others_may_be_in_is_never_bound() {
    let shared = Outcome {
        username: Some("ci:ann".into()),
        is_username_own: false,
        groups: vec!["viewers".into()],
        ..Outcome::default()
    };
    assert_eq!(
        proposed(&can("get", "pods", None), &shared),
        format!(
            "eksaccess map {CLUSTER} --role Ci --append-kubernetes-group eksaccess:111122223333:role/Ci && kubectl create clusterrolebinding Ci-view --clusterrole=view --group=eksaccess:111122223333:role/Ci   (as an administrator)"
        )
    );
    let again = Outcome { groups: vec!["eksaccess:111122223333:role/Ci".into()], ..shared };
    assert!(proposed(&can("get", "pods", None), &again).starts_with("kubectl create clusterrolebinding Ci-view"));
}

#[test]
fn merged_groups_are_taken_apart_only_where_that_gives_no_more_than_was_asked() {
    let merged = |group: &str| Outcome {
        username: Some("ci".into()),
        is_username_own: true,
        groups: vec![group.into()],
        ..Outcome::default()
    };
    let pods = can("get", "pods", None);
    let apart = format!("eksaccess map {CLUSTER} --role Ci --kubernetes-group a --kubernetes-group b");
    assert_eq!(proposed(&pods, &merged("a - b")), apart);
    assert!(proposed(&pods, &merged("a - system:masters")).starts_with("kubectl create clusterrolebinding Ci-view"));
    assert!(proposed(&Can::everything(), &merged("a - system:masters")).ends_with("--kubernetes-group system:masters"));
}

#[test]
fn only_the_default_role_is_made_a_master() {
    let outcome = Outcome { username: Some("x".into()), is_username_own: true, ..Outcome::default() };
    let admin = Principal::role(Partition::Aws, "111122223333", "/", DEFAULT_ROLE);
    let hint = grant(&inquiry(), &admin, &Can::everything(), &outcome);
    assert_eq!(
        hint,
        format!(
            "eksaccess map {CLUSTER} --principal arn:aws:iam::111122223333:role/KubernetesAdmin --append-kubernetes-group system:masters"
        )
    );
    assert_eq!(
        proposed(&Can::everything(), &outcome),
        "kubectl create clusterrolebinding Ci-cluster-admin --clusterrole=cluster-admin --user=x   (as an administrator)"
    );
}

#[test]
fn where_the_source_could_not_be_seen_nothing_is_given() {
    let unseen = Outcome { is_unseen: true, ..Outcome::default() };
    let hint = proposed(&can("get", "pods", None), &unseen);
    assert!(hint.starts_with(&format!("eksaccess who {CLUSTER} arn:aws:iam::111122223333:role/Ci   (")), "{hint}");
}
