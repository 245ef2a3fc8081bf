//! README.md is executed: every block of commands, from top to end, in one home directory with the local cloud.

use std::path::Path;

use crate::support::cloud::{AuthMode, ClusterSpec, World};
use crate::support::desk::Desk;

/// A block of commands, and the options in the comment before it.
struct Block {
    line: usize,
    text: String,
    user: String,
    status: i32,
    is_run: bool,
}

/// The blocks of `sh` in order. A comment right before one says `not run here: WHY`, `as USER` or `exit STATUS`.
fn blocks(readme: &str) -> Vec<Block> {
    let lines: Vec<_> = readme.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(language) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        assert_eq!(language, "sh", "README.md:{}: a block of another language can't be run", at + 1);
        let length = lines[at + 1..].iter().position(|l| *l == "```").expect("a block ends");
        let said = at.checked_sub(1).map_or("", |before| lines[before]);
        let said = said.strip_prefix("<!-- ").and_then(|s| s.strip_suffix(" -->")).unwrap_or_default();
        found.push(Block {
            line: at + 1,
            text: lines[at + 1..=at + length].join("\n"),
            user: said.strip_prefix("as ").unwrap_or("creator").to_owned(),
            status: said.strip_prefix("exit ").map_or(0, |s| s.parse().expect("a status")),
            is_run: !said.starts_with("not run here: "),
        });
        at += length + 2;
    }
    found
}

fn desk() -> Desk {
    let looking = ["eks:DescribeCluster", "iam:GetRole", "iam:SimulatePrincipalPolicy"];
    let world = World::new().home(move |home| {
        home.user("ann").allow("ann", &looking, "*").user("bob").user("eve").role("ci").role("Deploy");
    });
    let prod = ClusterSpec::new("prod").mode(AuthMode::Api).creator("creator").nodes("workers", "dev-node");
    Desk::new(world.cluster(prod).start())
}

#[test]
fn every_block_that_can_run_does_what_it_says() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let desk = desk();
    let mut run = 0;
    for block in blocks(&readme).into_iter().filter(|b| b.is_run) {
        if block.text.contains("jq ") && !Path::new("/usr/bin/jq").exists() {
            assert!(std::env::var_os("CI").is_none(), "README.md:{}: install jq", block.line);
            eprintln!("README.md:{}: skipped, for jq is not installed", block.line);
            continue;
        }
        eprintln!("README.md:{}: {}", block.line, block.text);
        let shell = desk.kubectl(Path::new("/bin/sh"), &block.user, "-eu -c").arg(&block.text);
        shell.status(block.status).run();
        run += 1;
    }
    assert!(run >= 8, "only {run} blocks were found");
    // What the first run promised exists, and the second really had nothing to do.
    assert!(desk.cloud.group("KubernetesAdmins").unwrap().members.contains_key("ann"));
    assert!(desk.read("ann.yaml").contains("role/KubernetesAdmin"));
    assert!(desk.cloud.access_entry("prod", "arn:aws:iam::111122223333:role/KubernetesAdmin").is_some());
}

#[test]
fn what_is_not_run_here_is_run_by_ci() {
    let ci = std::fs::read_to_string(".ci/run").unwrap();
    for command in ["cargo test --locked", "cargo run --locked --example sandbox", ".ci/real-parts"] {
        assert!(ci.contains(command), ".ci/run lacks {command}");
    }
}

#[test]
fn the_readme_names_every_verb() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let command = <eksaccess::cli::Cli as clap::CommandFactory>::command();
    for verb in command.get_subcommands().map(clap::Command::get_name) {
        assert!(readme.contains(&format!("**{verb}**")), "README.md lacks the verb {verb}");
    }
}
