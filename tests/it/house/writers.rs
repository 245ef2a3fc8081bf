//! Only apply changes anything: the writing ports, and what yields them, are named only where a plan is carried out.

use std::collections::BTreeMap;

use super::source::{Source, sources};

/// The writing ports, the adapters behind them, and what yields them.
const WRITING: [&str; 11] = [
    "IamWrite",
    "EksWrite",
    "ClusterWrite",
    "Writers",
    "IamWriter",
    "EksWriter",
    "ClusterWriter",
    "KubeWriter",
    "iam_writer",
    "eks_writer",
    "cluster_writer",
];

/// Where a plan is carried out.
const APPLY: [&str; 5] = [
    "src/engine/apply.rs",
    "src/engine/run_step.rs",
    "src/engine/write_map.rs",
    "src/engine/restore_map.rs",
    "src/engine/switch_mode.rs",
];

/// The ports and their adapters.
const ADAPTERS: [&str; 8] = [
    "src/engine/mod.rs",
    "src/engine/port/",
    "src/aws/mod.rs",
    "src/aws/iam.rs",
    "src/aws/eks.rs",
    "src/k8s/mod.rs",
    "src/k8s/cluster.rs",
    "src/cli/world/connect.rs",
];

/// Where the pipeline passes a world to apply: it requires a writable world, without naming a writing port.
const HANDED_OVER: &str = "src/cli/pipeline/cloud.rs";

/// The words of the list that a source names, as whole words.
fn named(source: &Source) -> Vec<&'static str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = source.code.split(|c| !is_word(c)).collect();
    WRITING.into_iter().filter(|word| words.contains(word)).collect()
}

#[test]
fn only_apply_changes_the_world() {
    let all = sources("src");
    let named: BTreeMap<&str, Vec<&str>> = all
        .iter()
        .filter(|source| !source.is_test)
        .map(|source| (source.path.as_str(), named(source)))
        .filter(|(_, words)| !words.is_empty())
        .collect();
    let may = |path: &str| APPLY.contains(&path) || ADAPTERS.iter().any(|adapter| path.starts_with(adapter));
    let others: Vec<_> = named.iter().filter(|(path, _)| !may(path)).collect();
    assert_eq!(others, [(&HANDED_OVER, &vec!["Writers"])], "what writes is named outside of apply and the adapters");
    for path in APPLY.iter().chain(&ADAPTERS) {
        assert!(named.keys().any(|found| found.starts_with(path)), "{path} names nothing that writes: strike it");
    }
}

#[test]
fn a_plan_is_carried_out_in_one_place() {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let calls = |source: &Source| {
        let code = source.code.replace("fn apply<", "");
        code.match_indices("apply(").filter(|(at, _)| !code[..*at].ends_with(is_word)).count()
    };
    let found: Vec<_> = sources("src")
        .iter()
        .filter(|source| !source.is_test && ["engine", "cli"].contains(&source.module.as_str()))
        .map(|source| (source.path.clone(), calls(source)))
        .filter(|(_, calls)| *calls > 0)
        .collect();
    assert_eq!(found, [(HANDED_OVER.to_owned(), 1)]);
}

#[test]
fn the_ports_that_look_change_nothing() {
    let looks = |name: &str| {
        let begins = ["get_", "list_", "describe_", "tagged_", "node_roles", "role_policies", "simulate"];
        let asks = ["reach", "would_take", "who_am_i", "can_i"];
        begins.iter().any(|begin| name.starts_with(begin)) || asks.contains(&name)
    };
    for source in sources("src/engine/port") {
        for block in source.code.split("pub trait ").skip(1).filter(|block| {
            block.split(|c: char| !c.is_alphanumeric()).next().is_some_and(|name| name.ends_with("Read"))
        }) {
            let end = block.find("\n}").unwrap_or(block.len());
            let methods = block[..end].split("fn ").skip(1);
            for name in methods.filter_map(|rest| rest.split('(').next()) {
                assert!(looks(name), "{}: {name} among those that look", source.path);
            }
        }
    }
}
