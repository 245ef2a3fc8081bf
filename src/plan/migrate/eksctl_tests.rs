//! What eksctl's `migrate-to-access-entry` does by its own tests and its known defects, and what is done here; by behaviour.

use super::decide::decide;
use super::evidence::{Answered, Evidence, Seen};
use super::fixture::{NODES, all, entry, evidence, found, holds, mapped, role, table, user};
use super::options::Options;

/// A case: what eksctl does with it, the evidence, and what the rows are here.
type Case<'a> = (&'a str, Evidence, &'a [(&'a str, &'a [&'a str])]);

fn hold(cases: &[Case<'_>]) {
    for (case, evidence, expected) in cases {
        let rows = all(evidence);
        assert_eq!(rows.len(), expected.len(), "{case}: {rows:#?}");
        for (row, (begin, words)) in rows.iter().zip(*expected) {
            holds(case, row, begin, words);
        }
    }
}

/// The rows of its own test table that are about mappings; the two about the target mode are the command's.
#[test]
fn the_cases_of_its_own_test() {
    let dev = || evidence(&mapped(&role("test"), "", &[]), "");
    let test = "arn:aws:iam::111122223333:user/test";
    let mut no_entries = dev();
    no_entries.entries = Seen::Unread("ERR".into());
    let service = role("aws-service-role/test");
    let linked = evidence(&mapped(&role("test"), "x", &[]), "").with(&role("test"), found(&service, None));
    let bound = evidence(&mapped(&role("test"), "x", &["system:tests"]), "").with_bindings(&[(
        None,
        "tests",
        &["g:system:tests"],
    )]);
    let mut accounts = evidence(&mapped(&role("test"), "x", &["g"]), "");
    accounts.data.insert("mapAccounts".to_owned(), "['111122223333']".to_owned());
    let nodes = NODES.replace("role/nodes", "role/node-1") + &NODES.replace("role/nodes", "role/node-2");
    let admin = "arn:aws:iam::111122223333:user/admin";
    let mut there = entry(&role("node-1"), "system:node:{{EC2PrivateDNSName}}", &["system:nodes"], &[]);
    there.entry_type = "EC2_LINUX".to_owned();
    let whole = evidence(&nodes, &user(admin, "admin", &["system:masters"])).with_entry(there);
    hold(&[
        ("entries can't be listed: the run ends", no_entries, &[("by hand (blocks): ", &["ERR"])]),
        (
            "a role is gone: the run ends",
            evidence(&(mapped(&role("test"), "", &[]) + &mapped(&role("Dev"), "dev", &["g"])), "")
                .with(&role("test"), Answered::Gone),
            &[("none: account 111122223333 has no role test", &[]), ("STANDARD ", &["role/Dev dev [g]"])],
        ),
        (
            "a user is gone: the run ends",
            evidence(&mapped(&role("Dev"), "dev", &["g"]), &user(test, "t", &[])).with(test, Answered::Gone),
            &[("STANDARD ", &[]), ("none: account 111122223333 has no user test", &[])],
        ),
        ("a service-linked role: left out, mode API refused", linked, &[("by hand (blocks): ", &["service-linked"])]),
        ("a system: group: left out, mode API refused", bound, &[("asks --create-bindings: ", &["tests"])]),
        (
            "an account: left out, mode API refused",
            accounts,
            &[("STANDARD ", &[]), ("by hand (blocks): every identity of account", &[])],
        ),
        (
            "all kinds: entries for those without one",
            whole,
            &[
                ("kept", &[]),
                ("EC2_LINUX ", &["role/node-2"]),
                ("STANDARD ", &["user/admin admin [] AmazonEKSClusterAdminPolicy (cluster)"]),
            ],
        ),
    ]);
}

#[test]
fn the_defects_that_are_known() {
    let theirs = "arn:aws:iam::444455556666:role/Dev";
    let far = evidence(&(mapped(theirs, "d", &["g"]) + &mapped(&role("Ops"), "o", &["g"])), "");
    let sso = "- sso: {permissionSetName: A, accountID: '111122223333'}\n  username: a\n  groups: [g]\n";
    let twice = mapped(&role("Dev"), "first", &["a"]) + &mapped(&role("Dev"), "last", &["b"]);
    hold(&[
        (
            "a role of another account: looked up in the own account, the run ends",
            far.clone().with(theirs, Answered::Unread("AccessDenied".into())),
            &[("asks --path-of: ", &["444455556666"]), ("STANDARD ", &["role/Ops o [g]"])],
        ),
        (
            "a role of another account: the own account's role of that name takes its place",
            far.with(theirs, found(&role("Dev"), None)),
            &[("asks --path-of: ", &["444455556666"]), ("STANDARD ", &["role/Ops o [g]"])],
        ),
        (
            "a role twice: the first is taken",
            evidence(&twice, ""),
            &[("shadowed by mapRoles 4: ", &[]), ("STANDARD ", &["last [b]"])],
        ),
        (
            "an sso: entry: panic",
            evidence(&(sso.to_owned() + &mapped(&role("Dev"), "dev", &["g"])), ""),
            &[("none: ", &["permission set"]), ("STANDARD ", &["dev [g]"])],
        ),
        (
            "system:masters beside other groups: the others are lost",
            evidence(&mapped(&role("Dev"), "dev", &["a", "system:masters", "b"]), ""),
            &[("STANDARD ", &["dev [a b] AmazonEKSClusterAdminPolicy"])],
        ),
        (
            "Fargate's mapping: not one of nodes for it",
            evidence(
                &mapped(&role("pods"), "system:node:{{SessionName}}", &["system:nodes", "system:node-proxier"]),
                "",
            )
            .with(&role("pods"), found(&role("pods"), Some(&["eks-fargate-pods.amazonaws.com"]))),
            &[("FARGATE_LINUX ", &[])],
        ),
        (
            "Linux and Windows nodes of one role: EC2_WINDOWS",
            evidence(
                &mapped(&role("n"), "system:node:{{EC2PrivateDNSName}}", &["system:nodes", "eks:kube-proxy-windows"]),
                "",
            )
            .with_node("a", Some(&role("n")), "linux", None)
            .with_node("b", Some(&role("n")), "windows", None),
            &[("by hand (blocks): nodes of several types", &[])],
        ),
    ]);
}

#[test]
fn the_partition_is_the_clusters() {
    for partition in ["aws", "aws-cn", "aws-us-gov"] {
        let arn = format!("arn:{partition}:iam::111122223333:role/Dev");
        let mut evidence = evidence(&mapped(&arn, "dev", &["system:masters"]), "");
        evidence.cluster = Some(format!("arn:{partition}:eks:r-1:111122223333:cluster/dev").parse().unwrap());
        let table = table(&evidence);
        let policy = &table.rows[0].wish().unwrap().policies[0].arn;
        assert_eq!(policy, &format!("arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"));
    }
}

#[test]
fn entries_beyond_the_first_page_are_entries() {
    let map = (0..250).fold(String::new(), |map, at| map + &mapped(&role(&format!("r{at}")), "u", &["g"]));
    let known = (0..250).fold(evidence(&map, ""), |evidence, at| {
        evidence.with_entry(entry(&role(&format!("r{at}")), "u", &["g"], &[]))
    });
    let table = decide(&known, &Options::default());
    assert!(table.order.is_empty() && table.rows.len() == 250);
}
