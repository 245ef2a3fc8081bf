//! The help page of each verb, at 80 and at 120 columns in one file, and the short one.

use clap::CommandFactory as _;

use super::pinned::{desk, pin};
use crate::support::cloud::AuthMode;

const VERBS: [&str; 15] = [
    "bootstrap",
    "role",
    "group",
    "map",
    "who",
    "lint",
    "migrate",
    "kubeconfig",
    "token",
    "verify",
    "mode",
    "restore",
    "history",
    "completions",
    "man",
];

fn pages(name: &str, verb: &str, flag: &str) {
    let desk = desk(AuthMode::ConfigMap);
    let page = |columns: u16| desk.keyless(verb).arg(flag).env("NO_COLOR", "1").on_screen(columns);
    pin("help", name, [("80 columns", page(80)), ("120 columns", page(120))]);
}

#[test]
fn no_verb_is_left_out() {
    let command = eksaccess::cli::Cli::command();
    let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).filter(|n| *n != "help").collect();
    assert_eq!(known, VERBS);
}

#[test]
fn of_the_whole_program() {
    pages("eksaccess", "", "--help");
    pages("eksaccess-short", "", "-h");
}

#[test]
fn of_each_verb() {
    for verb in VERBS {
        pages(verb, verb, "--help");
    }
}
