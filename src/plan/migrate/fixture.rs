//! What the tests of a migration look at: one cluster, and the evidence about its map.

use std::collections::BTreeMap;

use serde_json::json;

use super::bindings::{BindingName, RbacBinding, Subject};
use super::decide::{Table, decide};
use super::evidence::{Answered, Evidence, Found, NodeEvidence, Seen};
use super::options::Options;
use super::row::{Decision, Gap, Kept, Row, Wish};
use crate::aws_auth::read;
use crate::model::nodes::{LiveNode, NodeGroup};
use crate::model::{AccessEntry, AssociatedPolicy, PolicyScope, Principal};

pub const ACCOUNT: &str = "111122223333";
pub const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
/// The mapping of EC2 nodes.
pub const NODES: &str = "- rolearn: arn:aws:iam::111122223333:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n";

/// A role's ARN in the cluster's account.
pub fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// An entry of `mapRoles`.
pub fn mapped(arn: &str, username: &str, groups: &[&str]) -> String {
    format!("- rolearn: '{arn}'\n  username: '{username}'\n  groups: {}\n", json!(groups))
}

/// An entry of `mapUsers`.
pub fn user(arn: &str, username: &str, groups: &[&str]) -> String {
    mapped(arn, username, groups).replace("rolearn", "userarn")
}

/// Everything is known: each role and user exists at the ARN that the map names, there are no entries, nodes or bindings.
pub fn evidence(roles: &str, users: &str) -> Evidence {
    let data = BTreeMap::from([("mapRoles".to_owned(), roles.to_owned()), ("mapUsers".to_owned(), users.to_owned())]);
    let reading = read(&data);
    let principals = reading.mappings().filter_map(|mapping| Principal::as_matched(&mapping.arn).ok());
    let known = principals.map(|arn| (Evidence::key(&arn.to_string()), found(&arn.entity().to_string(), None)));
    Evidence {
        principals: known.collect(),
        data,
        cluster: Some(CLUSTER.parse().unwrap()),
        entries: Seen::Read(Vec::new()),
        nodes: NodeEvidence {
            live: Seen::Read(Vec::new()),
            groups: Seen::Read(Vec::new()),
            fargate: Seen::Read(Vec::new()),
            remote_networks: false,
        },
        bindings: Seen::Read(Vec::new()),
        writes_kubernetes: true,
        ..Evidence::default()
    }
}

/// An account's answer: it exists, and its trust names these services.
pub fn found(arn: &str, services: Option<&[&str]>) -> Answered {
    let trust = services.map(|services| {
        json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}]})
    });
    Answered::Exists(Box::new(Found { arn: arn.parse().unwrap(), created_at: Some(100), trust }))
}

impl Evidence {
    /// The same with another answer about an ARN.
    pub fn with(mut self, arn: &str, answer: Answered) -> Self {
        self.principals.insert(Self::key(arn), answer);
        self
    }

    /// The same with one more entry.
    pub fn with_entry(mut self, entry: AccessEntry) -> Self {
        let mut all = self.entries.read().cloned().unwrap_or_default();
        all.push(entry);
        self.entries = Seen::Read(all);
        self
    }

    /// The same with bindings: a namespace or none, the name, the subjects (`u:ann`, `g:devs`).
    pub fn with_bindings(mut self, all: &[(Option<&str>, &str, &[&str])]) -> Self {
        self.bindings =
            Seen::Read(all.iter().map(|(namespace, name, subjects)| binding(*namespace, name, subjects)).collect());
        self
    }

    /// The same with one more live node of a role: name, system, compute type.
    pub fn with_node(mut self, name: &str, role: Option<&str>, os: &str, compute: Option<&str>) -> Self {
        let mut all = self.nodes.live.read().cloned().unwrap_or_default();
        all.push(LiveNode {
            name: name.to_owned(),
            role: role.map(str::to_owned),
            os: Some(os.to_owned()),
            compute: compute.map(str::to_owned),
            group: None,
        });
        self.nodes.live = Seen::Read(all);
        self
    }

    /// The same with one more node group.
    pub fn with_group(mut self, role: &str, ami_type: &str) -> Self {
        let mut all = self.nodes.groups.read().cloned().unwrap_or_default();
        all.push(NodeGroup {
            name: format!("group-{}", all.len() + 1),
            role: role.to_owned(),
            ami_type: ami_type.to_owned(),
        });
        self.nodes.groups = Seen::Read(all);
        self
    }
}

/// A binding.
pub fn binding(namespace: Option<&str>, name: &str, subjects: &[&str]) -> RbacBinding {
    let subject = |text: &&str| match text.split_once(':') {
        Some(("u", name)) => Subject::User(name.to_owned()),
        Some(("g", name)) => Subject::Group(name.to_owned()),
        _ => panic!("{text}"),
    };
    RbacBinding {
        name: BindingName { namespace: namespace.map(str::to_owned), name: name.to_owned() },
        subjects: subjects.iter().map(subject).collect(),
    }
}

/// A STANDARD entry.
pub fn entry(principal: &str, username: &str, groups: &[&str], policies: &[&str]) -> AccessEntry {
    let policy = |name: &&str| AssociatedPolicy {
        arn: format!("arn:aws:eks::aws:cluster-access-policy/{name}"),
        scope: PolicyScope::Cluster,
    };
    AccessEntry {
        principal: principal.to_owned(),
        arn: String::new(),
        entry_type: "STANDARD".to_owned(),
        username: username.to_owned(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        tags: BTreeMap::new(),
        created_at: Some(200),
        policies: policies.iter().map(policy).collect(),
    }
}

/// The options of a command line.
pub fn options(type_of: &[&str], username_of: &[&str], path_of: &[&str]) -> Options {
    let owned = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Options::read(&owned(type_of), &owned(username_of), &owned(path_of), &[]).unwrap()
}

/// The options with `--create-bindings`.
pub fn binding_options() -> Options {
    let mut options = Options::default();
    options.create_bindings = true;
    options
}

/// The table without options.
pub fn table(evidence: &Evidence) -> Table {
    decide(evidence, &Options::default())
}

/// The one row, in words.
pub fn one(evidence: &Evidence, options: &Options) -> String {
    let table = decide(evidence, options);
    assert_eq!(table.rows.len(), 1, "{:#?}", table.rows);
    told(&table.rows[0])
}

/// Every row in words.
pub fn all(evidence: &Evidence) -> Vec<String> {
    table(evidence).rows.iter().map(told).collect()
}

/// A decision in words.
pub fn told(row: &Row) -> String {
    match &row.decision {
        Decision::Becomes(wish) => becomes(wish),
        Decision::Kept(Kept::Equal) => "kept".to_owned(),
        Decision::Kept(Kept::Differs(how)) => format!("kept, differs: {}", how.join("; ")),
        Decision::Kept(Kept::Unclear(why)) => format!("kept, unclear: {why}"),
        Decision::Asks(all) => {
            let told =
                all.iter().map(|q| format!("asks {}: {} | {}", q.answer.as_str(), q.reason, q.proposals.join(" | ")));
            told.collect::<Vec<_>>().join("; ")
        }
        Decision::ByHand { reason, blocks_api } => {
            format!("by hand{}: {reason}", if *blocks_api { " (blocks)" } else { "" })
        }
        Decision::MatchesNone { reason, command } => {
            format!("none: {reason}{}", command.as_ref().map(|c| format!(" | {c}")).unwrap_or_default())
        }
        Decision::Shadowed { key, line, reason } => format!("shadowed by {key} {line}: {reason}"),
    }
}

fn becomes(wish: &Wish) -> String {
    let mut all = vec![wish.entry_type.clone(), wish.principal.to_string(), wish.username.clone()];
    all.push(format!("[{}]", wish.groups.join(" ")));
    all.extend(wish.policies.iter().map(|p| format!("{} ({})", p.arn.rsplit('/').next().unwrap(), p.scope)));
    all.extend(wish.bindings.iter().map(|a| format!("{}: {}", a.binding, a.add)));
    match wish.gap {
        Gap::None => {}
        Gap::Bridged => all.push("bridged".to_owned()),
        Gap::Announced => all.push("announced".to_owned()),
    }
    all.extend(wish.unproven.as_ref().map(|_| "unproven".to_owned()));
    all.join(" ")
}

/// Holds a row against what it must begin with and the words it must hold.
pub fn holds(what: &str, told: &str, begin: &str, words: &[&str]) {
    assert!(told.starts_with(begin), "{what}\n  is      {told}\n  expected {begin}");
    for word in words {
        assert!(told.contains(word), "{what}\n  is      {told}\n  lacks    {word}");
    }
}
