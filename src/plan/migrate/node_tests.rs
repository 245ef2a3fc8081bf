//! Node roles: by what runs, row by row.

use super::evidence::{Answered, Evidence, Seen};
use super::fixture::{NODES, evidence, found, holds, mapped, one, options, role, table};
use super::options::Options;
use super::row::Gap;

const DNS: &str = "system:node:{{EC2PrivateDNSName}}";
const SESSION: &str = "system:node:{{SessionName}}";
const GROUPS: [&str; 2] = ["system:bootstrappers", "system:nodes"];
const WINDOWS: [&str; 3] = ["system:bootstrappers", "system:nodes", "eks:kube-proxy-windows"];
const FARGATE: [&str; 3] = ["system:bootstrappers", "system:nodes", "system:node-proxier"];
/// The services of trusts.
const EC2: &str = "ec2.amazonaws.com";
const FARGATE_PODS: &str = "eks-fargate-pods.amazonaws.com";

fn of(username: &str, groups: &[&str], services: Option<&[&str]>) -> Evidence {
    let arn = role("nodes");
    evidence(&mapped(&arn, username, groups), "").with(&arn, found(&arn, services))
}

fn told(evidence: &Evidence) -> String {
    one(evidence, &Options::default())
}

fn is(entry_type: &str) -> String {
    format!("{entry_type} arn:aws:iam::111122223333:role/nodes system:node:")
}

#[test]
fn what_runs_decides() {
    let arn = role("nodes");
    let nodes = |username: &str, groups: &[&str], all: &[(&str, &str, Option<&str>)]| {
        all.iter().fold(of(username, groups, None), |evidence, (name, os, compute)| {
            evidence.with_node(name, Some(&arn), os, *compute)
        })
    };
    for (what, evidence, begin, words) in [
        ("linux", nodes(DNS, &GROUPS, &[("ip-1", "linux", None)]), is("EC2_LINUX"), vec![]),
        ("linux, labelled", nodes(DNS, &GROUPS, &[("ip-1", "linux", Some("ec2"))]), is("EC2_LINUX"), vec![]),
        ("windows", nodes(DNS, &WINDOWS, &[("ip-1", "windows", None)]), is("EC2_WINDOWS"), vec![]),
        // Linux nodes of a role that Windows nodes once used.
        ("linux with the windows group", nodes(DNS, &WINDOWS, &[("ip-1", "linux", None)]), is("EC2_LINUX"), vec![]),
        ("by instance id", nodes(SESSION, &GROUPS, &[("i-0123456789abcdef0", "linux", None)]), is("EC2"), vec![]),
        ("fargate", nodes(SESSION, &FARGATE, &[("f", "linux", Some("fargate"))]), is("FARGATE_LINUX"), vec![]),
        ("hybrid", nodes(SESSION, &GROUPS, &[("mi-1", "linux", Some("hybrid"))]), is("HYBRID_LINUX"), vec![]),
        ("hyperpod", nodes(SESSION, &GROUPS, &[("h", "linux", Some("hyperpod"))]), is("HYPERPOD_LINUX"), vec![]),
        (
            "linux and windows",
            nodes(DNS, &WINDOWS, &[("ip-1", "linux", None), ("ip-2", "windows", None)]),
            "by hand (blocks): ".into(),
            vec!["EC2_LINUX: its live nodes", "EC2_WINDOWS: its live nodes", "a role of its own first"],
        ),
        (
            "a system that is not told",
            nodes(DNS, &GROUPS, &[("ip-1", "", None)]),
            "asks --type-of: ".into(),
            vec!["ip-1"],
        ),
        (
            "a compute type that is not known",
            nodes(SESSION, &GROUPS, &[("x", "linux", Some("quantum"))]),
            "asks --type-of: ".into(),
            vec![": x"],
        ),
        // The username of live nodes never changes.
        (
            "another name",
            nodes("node-{{SessionName}}", &GROUPS, &[("ip-1", "linux", None)]),
            "by hand (blocks): ".into(),
            vec!["a node can't change its username"],
        ),
        (
            "nodes that are administrators",
            nodes("admin", &["system:masters"], &[("ip-1", "linux", None)]),
            "by hand (blocks): ".into(),
            vec!["a node can't change its username"],
        ),
        (
            "a group more",
            nodes(DNS, &["system:nodes", "monitoring"], &[("ip-1", "linux", None)]),
            "by hand (blocks): ".into(),
            vec!["monitoring would be lost"],
        ),
    ] {
        holds(what, &told(&evidence), &begin, &words);
    }
}

#[test]
fn auto_mode_needs_its_policy() {
    let evidence = of(SESSION, &GROUPS, None).with_node("i-1", Some(&role("nodes")), "linux", Some("auto"));
    let table = table(&evidence);
    let wish = table.rows[0].wish().unwrap();
    assert_eq!((wish.entry_type.as_str(), wish.policies.len(), wish.gap), ("EC2", 1, Gap::Announced));
    assert!(wish.policies[0].arn.ends_with("/AmazonEKSAutoNodePolicy"));
}

#[test]
fn node_groups_and_profiles_tell_of_nodes_that_are_not_there() {
    let arn = role("nodes");
    let fargate = |evidence: Evidence| {
        let mut evidence = evidence;
        evidence.nodes.fargate = Seen::Read(vec![role("nodes")]);
        evidence
    };
    for (what, evidence, begin, words) in [
        ("linux", of(DNS, &GROUPS, None).with_group(&arn, "AL2023_x86_64_STANDARD"), is("EC2_LINUX"), vec![]),
        ("bottlerocket", of(DNS, &GROUPS, None).with_group(&arn, "BOTTLEROCKET_ARM_64"), is("EC2_LINUX"), vec![]),
        ("windows", of(DNS, &WINDOWS, None).with_group(&arn, "WINDOWS_CORE_2022_x86_64"), is("EC2_WINDOWS"), vec![]),
        ("by id", of(SESSION, &GROUPS, None).with_group(&arn, "AL2023_x86_64_STANDARD"), is("EC2"), vec![]),
        (
            "custom",
            of(DNS, &GROUPS, None).with_group(&arn, "CUSTOM"),
            "asks --type-of: ".into(),
            vec!["group-1 (CUSTOM)"],
        ),
        (
            "a role with a path",
            of(DNS, &GROUPS, None).with_group(&role("k8s/nodes"), "AL2_x86_64"),
            is("EC2_LINUX"),
            vec![],
        ),
        (
            "both",
            of(DNS, &WINDOWS, None).with_group(&arn, "AL2_x86_64").with_group(&arn, "WINDOWS_FULL_2019_x86_64"),
            "by hand (blocks): ".into(),
            vec!["node group group-1", "node group group-2"],
        ),
        ("fargate", fargate(of(SESSION, &FARGATE, None)), is("FARGATE_LINUX"), vec![]),
        (
            "fargate and a node group",
            fargate(of(SESSION, &FARGATE, None)).with_group(&arn, "AL2_x86_64"),
            "by hand (blocks): ".into(),
            vec!["pods of a Fargate profile"],
        ),
    ] {
        holds(what, &told(&evidence), &begin, &words);
    }
}

#[test]
fn without_nodes_the_trust_decides_or_a_person() {
    let asks = || "asks --type-of: ".to_owned();
    let linux = "--type-of arn:aws:iam::111122223333:role/nodes=EC2_LINUX";
    for (username, groups, services, begin, words) in [
        (DNS, &GROUPS[..], Some(&[EC2][..]), is("EC2_LINUX"), vec![]),
        (DNS, &GROUPS, Some(&["ec2.amazonaws.com.cn"]), is("EC2_LINUX"), vec![]),
        // All nodes are known, and none runs as it: nothing can turn NotReady.
        (DNS, &GROUPS, None, is("EC2_LINUX"), vec![]),
        (DNS, &WINDOWS, Some(&[EC2]), asks(), vec!["eks:kube-proxy-windows", linux]),
        (DNS, &GROUPS, Some(&["ec2.application-autoscaling.amazonaws.com"]), asks(), vec!["does not name ec2"]),
        (DNS, &GROUPS, Some(&["lambda.amazonaws.com"]), asks(), vec!["does not name ec2.amazonaws.com"]),
        (SESSION, &FARGATE, Some(&[FARGATE_PODS]), is("FARGATE_LINUX"), vec![]),
        (SESSION, &FARGATE, None, is("FARGATE_LINUX"), vec![]),
        (SESSION, &GROUPS, Some(&[FARGATE_PODS]), is("FARGATE_LINUX"), vec![]),
        (SESSION, &FARGATE, Some(&[EC2]), asks(), vec!["its groups are those of Fargate"]),
        (SESSION, &GROUPS, Some(&[EC2]), is("EC2"), vec![]),
        (SESSION, &GROUPS, Some(&["rolesanywhere.amazonaws.com"]), is("HYBRID_LINUX"), vec![]),
        (SESSION, &GROUPS, Some(&["ssm.amazonaws.com"]), is("HYBRID_LINUX"), vec![]),
        (SESSION, &GROUPS, Some(&["ssm.amazonaws.com", EC2]), asks(), vec!["several services"]),
        (SESSION, &GROUPS, Some(&["lambda.amazonaws.com"]), asks(), vec!["no service that runs nodes"]),
        (SESSION, &GROUPS, None, asks(), vec!["trust policy could not be read", "=EC2 ", "=HYBRID_LINUX"]),
        ("system:node:{{SessionNameRaw}}", &GROUPS, Some(&[EC2]), is("EC2"), vec![]),
        ("system:node:fixed", &GROUPS, Some(&[EC2]), asks(), vec!["not one that EKS gives to nodes"]),
    ] {
        holds(&format!("{username} {groups:?} {services:?}"), &told(&of(username, groups, services)), &begin, &words);
    }
}

#[test]
fn what_may_not_be_read_is_asked() {
    let mut unread = of(DNS, &GROUPS, None);
    unread.nodes.live = Seen::Unread("403".into());
    holds("nodes unread", &told(&unread), "asks --type-of: ", &["trust policy could not be read", "=EC2_LINUX"]);
    let unknown_role = of(DNS, &GROUPS, None).with_node("ip-1", None, "linux", None);
    holds("a node of a role that is not known", &told(&unknown_role), "asks --type-of: ", &[]);
    // A node group shows Linux, and Windows nodes of unknown roles may be there.
    let hidden = of(DNS, &WINDOWS, None).with_group(&role("nodes"), "AL2_x86_64").with_node("w", None, "windows", None);
    holds("hidden windows", &told(&hidden), "asks --type-of: ", &["the role of some nodes is not known"]);
    let mut remote = of(SESSION, &GROUPS, None);
    remote.nodes.remote_networks = true;
    let first = "| --type-of arn:aws:iam::111122223333:role/nodes=HYBRID_LINUX |";
    holds("remote networks", &told(&remote), "asks --type-of: ", &[first]);
}

#[test]
fn a_type_that_is_said_counts_unless_the_nodes_say_another() {
    let said = |entry_type: &str| options(&[&format!("{}={entry_type}", role("nodes"))], &[], &[]);
    let asked = of(DNS, &WINDOWS, Some(&[EC2]));
    holds("said", &one(&asked, &said("EC2_WINDOWS")), &is("EC2_WINDOWS"), &[]);
    let live = of(DNS, &GROUPS, None).with_node("ip-1", Some(&role("nodes")), "linux", None);
    let words = ["--type-of says EC2_WINDOWS", "EC2_LINUX: its live nodes", "=EC2_LINUX"];
    holds("contradicted", &one(&live, &said("EC2_WINDOWS")), "asks --type-of: ", &words);
    let odd = evidence(&mapped(&role("a=b"), DNS, &WINDOWS), "").with(&role("a=b"), found(&role("a=b"), Some(&[EC2])));
    let said_odd = options(&[&format!("{}=EC2_LINUX", role("a=b"))], &[], &[]);
    holds("a name with an equals sign", &one(&odd, &said_odd), "EC2_LINUX ", &["role/a=b"]);
    let wrong = Options::read(&[format!("{}=EC2_MAC", role("nodes"))], &[], &[], &[]).unwrap_err();
    assert!(wrong.to_string().contains("EC2_MAC is not a type"), "{wrong}");
}

#[test]
fn a_node_role_of_another_account_has_no_entry_of_its_type() {
    let arn = "arn:aws:iam::444455556666:role/nodes";
    let evidence = evidence(&NODES.replace("111122223333", "444455556666"), "").with(arn, found(arn, Some(&[EC2])));
    holds("foreign", &told(&evidence), "by hand (blocks): ", &["account 111122223333", "444455556666"]);
}

#[test]
fn a_user_is_no_node_and_gone_nodes_are_gone() {
    let arn = "arn:aws:iam::111122223333:user/bot";
    let users = super::fixture::user(arn, DNS, &["g"]);
    holds("user", &told(&evidence("", &users)), "asks --username-of: ", &[]);
    let gone = of(DNS, &GROUPS, None).with(&role("nodes"), Answered::Gone);
    holds("gone", &told(&gone), "none: account 111122223333 has no role nodes", &[]);
}

#[test]
fn a_managed_groups_role_that_other_nodes_share_is_told() {
    let arn = role("nodes");
    let managed = of(DNS, &GROUPS, None).with_group(&arn, "AL2_x86_64");
    assert!(table(&managed).rows[0].notes.is_empty());
    let shared = managed.with_node("ip-1", Some(&arn), "linux", None);
    let notes = &table(&shared).rows[0].notes;
    assert!(notes[0].contains("managed node groups (group-1) share the role with 1 nodes"), "{notes:?}");
}
