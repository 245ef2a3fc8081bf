//! The tables in the documents match those in the code.

use std::collections::BTreeSet;

use eksaccess::error::Kind;

fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The rows of the tables in a text, trimmed.
fn rows(text: &str) -> Vec<String> {
    let lines = text.lines().map(|l| l.trim_start_matches("//!").trim());
    lines.filter(|l| l.starts_with('|') && !l.starts_with("| ---")).map(str::to_owned).collect()
}

#[test]
fn the_table_of_steps_is_the_codes_own() {
    let source = text("src/plan/step.rs");
    let page: String = source.lines().take_while(|l| l.starts_with("//!")).flat_map(|l| [l, "\n"]).collect();
    assert!(rows(&page).len() > 5, "src/plan/step.rs begins with its table");
    assert_eq!(rows(&text("docs/steps.md")), rows(&page));
}

#[test]
fn the_exit_codes_are_the_codes_own() {
    let kinds =
        [Kind::Failed, Kind::Usage, Kind::WorldChanged, Kind::Broken, Kind::ConfirmationNeeded, Kind::Interrupted];
    // 0 is not an error's, and 3 is a dry run's.
    let known: BTreeSet<u8> = kinds.into_iter().map(Kind::exit_code).chain([0, 3]).collect();
    let readme = text("README.md");
    let table = readme.split("## Exit status").nth(1).expect("README.md tells the exit status");
    let table = table.split("\n## ").next().unwrap_or(table);
    let codes: BTreeSet<u8> = rows(table).iter().filter_map(|r| r.split('|').nth(1)?.trim().parse().ok()).collect();
    assert_eq!(codes, known);
}

#[test]
fn each_decision_has_its_number_and_is_short() {
    let mut names: Vec<_> = std::fs::read_dir("docs/decisions")
        .expect("docs/decisions")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for (at, name) in names.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}-", at + 1)), "{name} is the decision number {}", at + 1);
        let lines = text(&format!("docs/decisions/{name}")).lines().count();
        assert!(lines <= 20, "{name} has {lines} lines");
    }
}
