//! The table of `docs/locked-out.md`.

use std::collections::BTreeSet;

/// One kind of lockout.
pub struct Row {
    pub case: String,
    pub link: String,
    pub says: String,
    pub mends: String,
}

/// All of them.
pub fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string("docs/locked-out.md").expect("docs/locked-out.md");
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let (_, table) = text.split_once("| what is wrong |").expect("the table of cases");
    let lines = table.lines().skip(1).filter(|l| l.starts_with("| ") && !l.starts_with("| ---"));
    lines
        .map(|line| match &cells(line)[..] {
            [_, case, link, says, mends] => Row {
                case: case.replace('`', ""),
                link: link.replace('`', ""),
                says: says.clone(),
                mends: mends.clone(),
            },
            other => panic!("a row has five cells: {other:?}"),
        })
        .collect()
}

/// The row of a case.
pub fn row(case: &str) -> Row {
    rows().into_iter().find(|r| r.case == case).unwrap_or_else(|| panic!("docs/locked-out.md has no row {case}"))
}

#[test]
fn every_row_is_a_case_and_every_case_a_row() {
    let rows: Vec<String> = rows().into_iter().map(|r| r.case).collect();
    let cases: BTreeSet<&str> = super::broken::CASES.into_iter().collect();
    assert_eq!(rows.iter().map(String::as_str).collect::<BTreeSet<_>>(), cases);
    assert_eq!(rows.len(), cases.len(), "no row twice");
}
