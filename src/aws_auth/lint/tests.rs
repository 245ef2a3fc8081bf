//! Each trap with its line, and a map without traps.

use std::collections::BTreeMap;

use super::*;
use crate::aws_auth::{edit, read};
use crate::model::arn::Partition;

fn data(key: &str, text: &str) -> BTreeMap<String, String> {
    [(key.to_owned(), text.to_owned())].into()
}

fn found(key: &str, text: &str) -> Vec<(Rule, usize)> {
    let circumstances = Circumstances { partition: Some(Partition::Aws), ..Circumstances::default() };
    lint(&data(key, text), &circumstances).into_iter().map(|finding| (finding.rule, finding.line)).collect()
}

/// The findings in an entry with this ARN, username and groups.
fn in_entry(arn: &str, rest: &str) -> Vec<(Rule, usize)> {
    found("mapRoles", &format!("- rolearn: {arn}\n{rest}"))
}

const ROLE: &str = "arn:aws:iam::111122223333:role/A";
const NAMED: &str = "  username: a\n  groups: [g]\n";

#[test]
fn a_good_map_has_none() {
    let roles = format!(
        "- rolearn: {ROLE}\n{NAMED}- rolearn: arn:aws:iam::111122223333:role/Node\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups:\n  - system:bootstrappers\n  - system:nodes\n  syncedBy: x\n"
    );
    let mut all = data("mapRoles", &roles);
    all.insert("mapUsers".into(), "- userarn: arn:aws:iam::111122223333:user/p/ann\n  username: ann\n".into());
    all.insert("mapAccounts".into(), "- \"111122223333\"\n".into());
    assert_eq!(lint(&all, &Circumstances { partition: Some(Partition::Aws), ..Circumstances::default() }), []);
}

#[test]
fn arns_that_match_no_caller() {
    for (arn, rule) in [
        ("arn:aws:iam::111122223333:role/p/A", Rule::RolePath),
        ("arn:aws:sts::111122223333:assumed-role/A/s", Rule::AssumedRoleArn),
        ("arn:aws:iam::111122223333:role/A*", Rule::Wildcard),
        ("arn:aws-cn:iam::111122223333:role/A", Rule::OtherPartition),
        ("\" arn:aws:iam::111122223333:role/A\"", Rule::PaddedArn),
        ("Admin", Rule::NotAnArn),
        ("arn:aws:iam::1:role/A", Rule::NotAnArn),
    ] {
        assert_eq!(in_entry(arn, NAMED), [(rule, 1)], "{arn}");
    }
    assert_eq!(in_entry("ARN:AWS:IAM::111122223333:ROLE/a", NAMED), []);
    let sso = "- sso: {permissionSetName: P, accountID: \"111122223333\"}\n  username: a\n";
    assert_eq!(found("mapRoles", sso), [(Rule::SsoEntry, 1)]);
}

#[test]
fn names_and_groups() {
    for (rest, rules) in [
        ("", vec![(Rule::EmptyUsername, 1)]),
        ("  username: 42\n", vec![(Rule::EmptyUsername, 1), (Rule::LeftEmpty, 2)]),
        ("  username: >\n    a\n", vec![(Rule::PaddedUsername, 1)]),
        ("  username: a\n  groups: g\n", vec![(Rule::LeftEmpty, 3)]),
        ("  username: a\n  groups:\n  - a\n    - b\n", vec![(Rule::MergedGroups, 4)]),
        ("  username: a\n  groups: [1]\n", vec![(Rule::LeftEmpty, 3)]),
        ("  username: a\n  group: [g]\n", vec![(Rule::MisspelledField, 3)]),
        ("  username: a\n  username: b\n", vec![(Rule::RepeatedField, 2)]),
        ("  username: a\n  Username: b\n", vec![(Rule::RepeatedField, 3)]),
        ("  username: a\n  x: a\n  x: b\n  userid: AROA\n", vec![(Rule::UnusedUserId, 1)]),
        ("  username: \"{{ SessionName }}\"\n", vec![(Rule::UnknownTemplate, 2)]),
    ] {
        assert_eq!(in_entry(ROLE, rest), rules, "{rest}");
    }
    let user = "- userarn: arn:aws:iam::111122223333:user/a\n  username: \"a{{SessionName}}\"\n";
    assert_eq!(found("mapUsers", user), [(Rule::EmptyTemplate, 2)]);
}

#[test]
fn texts_and_keys() {
    assert_eq!(found("mapRoles", "- a: ["), [(Rule::Unreadable, 2)]);
    assert_eq!(found("mapRoles", "- hello\n"), [(Rule::DroppedEntry, 1)]);
    assert_eq!(found("maproles", "- hello\n"), [(Rule::UnknownDataKey, 0)]);
    assert_eq!(found("mapAccounts", "- 12\n"), [(Rule::NotAnAccount, 1)]);
    let two = format!("- rolearn: {ROLE}\n{NAMED}---\n- rolearn: x\n");
    assert_eq!(found("mapRoles", &two), [(Rule::IgnoredRest, 4)]);
    let dedented = format!("  - rolearn: {ROLE}\n    username: a # x\n\n# y\n- rolearn: lost\n");
    assert_eq!(found("mapRoles", &dedented), [(Rule::IgnoredRest, 5)]);
    assert_eq!(read(&data("mapRoles", &dedented)).roles.len(), 1);
    assert_eq!(found("mapRoles", &format!("- rolearn: {ROLE}\n{NAMED}...\n# end\n")), []);
    assert_eq!(found("mapRoles", &format!("[{{rolearn: {ROLE}, username: a}}] # x\n# end\n---\n")), []);
    assert_eq!(found("mapRoles", &format!("# {}\n", "x".repeat(1_000_000))), [(Rule::NearlyFull, 0)]);
}

#[test]
fn duplicates_are_found_and_mended_without_changing_access() {
    let text =
        format!("- rolearn: {ROLE}\n{NAMED}- rolearn: x\n{NAMED}- rolearn: {}\n  username: b\n", ROLE.to_uppercase());
    let findings = lint(&data("mapRoles", &text), &Circumstances::default());
    let shadowed: Vec<&Finding> = findings.iter().filter(|finding| finding.rule == Rule::Shadowed).collect();
    assert_eq!(shadowed.iter().map(|finding| finding.line).collect::<Vec<_>>(), [1]);
    assert!(shadowed[0].meant.as_ref().unwrap().contains("groups of both"));
    let edited = edit(&data("mapRoles", &text), shadowed[0].fix.as_ref().unwrap()).unwrap();
    assert_eq!(edited.data["mapRoles"], text[text.find("- rolearn: x").unwrap()..]);
    let who = |data: &BTreeMap<String, String>| read(data).mapping_of(&ROLE.parse().unwrap()).unwrap().username.clone();
    assert_eq!((who(&data("mapRoles", &text)), who(&edited.data)), ("b".to_owned(), "b".to_owned()));
    let users = "- userarn: arn:aws:iam::111122223333:user/a\n  username: a\n- userarn: arn:aws:iam::111122223333:user/A\n  username: b\n";
    assert_eq!(found("mapUsers", users), [(Rule::RandomWinner, 1), (Rule::RandomWinner, 3)]);
    let mut both = data("mapRoles", &format!("- rolearn: {ROLE}\n{NAMED}"));
    both.insert("mapUsers".into(), format!("- userarn: {ROLE}\n  username: x\n"));
    let below = &lint(&both, &Circumstances::default())[0];
    assert_eq!(below.rule, Rule::Shadowed);
    let edited = edit(&both, below.fix.as_ref().unwrap()).unwrap();
    assert_eq!((&edited.data["mapRoles"], edited.data["mapUsers"].as_str()), (&both["mapRoles"], "[]\n"));
    assert_eq!(edited.then[0].as_ref().unwrap().username, "a");
}

#[test]
fn without_a_cluster_the_partition_of_most_entries_counts() {
    let entry =
        |partition: &str, name: &str| format!("- rolearn: arn:{partition}:iam::111122223333:role/{name}\n{NAMED}");
    let found = |text: &str| {
        let findings = lint(&data("mapRoles", text), &Circumstances::default());
        findings.into_iter().map(|f| (f.rule, f.line)).collect::<Vec<_>>()
    };
    assert_eq!(found(&(entry("aws-cn", "A") + &entry("aws-cn", "B"))), []);
    let mixed = entry("aws-cn", "A") + &entry("aws", "B") + &entry("aws", "C");
    assert_eq!(found(&mixed), [(Rule::OtherPartition, 1)]);
    assert_eq!(found(&(entry("aws", "A") + &entry("aws-cn", "B"))), [(Rule::OtherPartition, 4)], "the first is right");
}

#[test]
fn binary_data_counts_towards_the_size_and_keys_do_not() {
    let size = |text: usize, binary_bytes: usize| {
        let data = BTreeMap::from([("k".repeat(200), "# x\n".repeat(text / 4))]);
        lint(&data, &Circumstances { binary_bytes, ..Circumstances::default() })
            .iter()
            .any(|f| f.rule == Rule::NearlyFull)
    };
    assert_eq!([size(900_000, 0), size(900_000, 100_000), size(943_600, 0)], [false, true, false]);
}

#[test]
fn a_users_path_is_compared_with_iams() {
    let known = KnownPrincipals {
        accounts: vec!["111122223333".into()],
        principals: vec!["arn:aws:iam::111122223333:user/team/Ann".parse().unwrap()],
        ..KnownPrincipals::default()
    };
    let circumstances = Circumstances { known: Some(known), ..Circumstances::default() };
    let found = |path: &str| {
        let text = format!("- userarn: arn:aws:iam::111122223333:user{path}\n  username: ann\n");
        lint(&data("mapUsers", &text), &circumstances).pop().map(|f| (f.rule, f.meant.unwrap_or_default()))
    };
    let right = "arn:aws:iam::111122223333:user/team/Ann".to_owned();
    assert_eq!(found("/team/Ann"), None);
    assert_eq!(found("/TEAM/ann"), None, "case is not compared");
    assert_eq!(found("/Ann"), Some((Rule::UserPath, right.clone())));
    assert_eq!(found("/other/Ann"), Some((Rule::UserPath, right)));
    assert_eq!(found("/Bob").unwrap().0, Rule::Claimable);
}

#[test]
fn what_iam_and_access_entries_say() {
    let known = KnownPrincipals {
        accounts: vec!["111122223333".into()],
        principals: vec![
            "arn:aws:iam::111122223333:role/p/A".parse().unwrap(),
            "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0000000000000002"
                .parse()
                .unwrap(),
        ],
        ..KnownPrincipals::default()
    };
    let entries = vec!["arn:aws:iam::111122223333:role/p/A".parse().unwrap()];
    let circumstances = Circumstances { known: Some(known), entries, ..Circumstances::default() };
    let text = |name: &str| format!("- rolearn: arn:aws:iam::111122223333:role/{name}\n{NAMED}");
    let all =
        text("A") + &text("B") + &text("AWSReservedSSO_Dev_0000000000000001") + &text("X").replace("1111", "4444");
    let findings = lint(&data("mapRoles", &all), &circumstances);
    let rules: Vec<_> = findings.iter().map(|finding| (finding.rule, finding.line)).collect();
    assert_eq!(rules, [(Rule::MaskedByEntry, 1), (Rule::Claimable, 4), (Rule::GonePermissionSet, 7)]);
    assert_eq!(
        findings[2].meant.as_deref(),
        Some("arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0000000000000002")
    );
}

#[test]
fn an_arn_whose_principal_does_not_exist_is_claimable_where_it_would_match() {
    let known = KnownPrincipals { accounts: vec!["111122223333".into()], ..KnownPrincipals::default() };
    let circumstances = Circumstances { known: Some(known), ..Circumstances::default() };
    let found = |key: &str, entry: &str| {
        let findings = lint(&data(key, &format!("- {entry}\n")), &circumstances);
        let gone = findings.into_iter().rfind(|f| matches!(f.rule, Rule::Claimable | Rule::GonePrincipal)).unwrap();
        (gone.rule.id(), gone.rule.severity(), gone.today)
    };
    let named = "rolearn: arn:aws:iam::111122223333:role";
    assert_eq!(
        found("mapRoles", &format!("{{{named}/Gone, username: ops, groups: ['system:masters', g]}}")),
        (
            "claimable-principal",
            Severity::Error,
            "claimable: IAM has no such role, and a role created under that name gets access, as `ops` with the groups `system:masters`, `g`"
                .to_owned()
        )
    );
    let user = "{userarn: 'ARN:aws:iam::111122223333:USER/Gone', username: ann}";
    let (id, _, today) = found("mapUsers", user);
    assert!(id == "claimable-principal" && today.contains("a user created") && today.ends_with("with no groups"));
    let (id, severity, today) = found("mapRoles", &format!("{{{named}/team/Gone, username: ops, groups: [g]}}"));
    assert_eq!((id, severity), ("gone-principal", Severity::Warning), "a path matches no identity, role or no role");
    assert!(today.contains("gives no access"));
}

#[test]
fn nothing_of_the_text_reaches_a_message_raw() {
    let text =
        "- rolearn: \"\\e[31mx\"\n  username: \"\\e[0m{{\\a}} \"\n  groups: [\"a - \\e[1m\"]\n  \"gro\\eups\": x\n";
    for finding in lint(&data("mapRoles", text), &Circumstances::default()) {
        assert!(!format!("{}{:?}", finding.today, finding.meant).contains('\u{1b}'));
        assert!(!finding.today.chars().any(char::is_control), "{}", finding.today);
    }
}

#[test]
fn a_mapped_role_that_others_can_assume_is_found() {
    use crate::model::strangers::{How, Stranger};
    let role: crate::model::Principal = "arn:aws:iam::111122223333:role/p/A".parse().unwrap();
    let by = |how| Stranger { how, under: Vec::new() };
    let open = vec![by(How::Service("ec2.amazonaws.com".into())), by(How::Everybody)];
    let found = |open: &[Stranger], user: &str| {
        let known = KnownPrincipals {
            accounts: vec!["111122223333".into()],
            principals: vec![role.clone()],
            open: vec![(role.clone(), open.to_vec())],
        };
        let text = format!(
            "- rolearn: arn:aws:iam::111122223333:role/A\n  username: {user}\n  groups: [{}]\n",
            if user == "u" { "g" } else { "system:nodes" }
        );
        let circumstances = Circumstances { known: Some(known), ..Circumstances::default() };
        lint(&data("mapRoles", &text), &circumstances).pop().map(|f| (f.rule, f.today))
    };
    let told = |whom: &str| format!("its trust allows {whom}; each of them gets the mapping's access");
    assert_eq!(found(&[], "u"), None);
    assert_eq!(found(&open, "u"), Some((Rule::OpenTrust, told("the service ec2.amazonaws.com and everyone (*)"))));
    let node = "system:node:{{EC2PrivateDNSName}}";
    assert_eq!(found(&open, node), Some((Rule::OpenTrust, told("everyone (*)"))));
    assert_eq!(found(&open[..1], node), None, "an instance's role is there for its service");
}
