//! The report: for documents and as Markdown.

use serde_json::{Value, json};

use super::fixture::{evidence, mapped, role, table};
use super::report::Report;

fn report(map: &str) -> Report {
    Report::of(&table(&evidence(map, "")))
}

#[test]
fn a_row_has_before_after_status_reason_and_what_to_do() {
    let map = mapped(&role("Dev"), "dev", &["system:masters", "a"]) + &mapped(&role("Ops"), "system:ops", &["a"]);
    let rows = serde_json::to_value(report(&map).rows).unwrap();
    let expected = json!({
        "source": "mapRoles", "line": 1, "column": 3, "arn": role("Dev"),
        "before": {"username": "dev", "groups": ["system:masters", "a"]},
        "after": {"principal": role("Dev"), "type": "STANDARD", "username": "dev", "groups": ["a"],
            "policies": [{"arn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "scope": "cluster"}],
            "gap": "bridged"},
        "status": "becomes",
        "reason": "a new entry; system:masters becomes AmazonEKSClusterAdminPolicy; a temporary group grants all rights until the access policy acts",
        "todo": [], "blocksApi": false, "turn": 1,
    });
    assert_eq!(rows[0], expected);
    assert_eq!((&rows[1]["status"], &rows[1]["blocksApi"]), (&json!("asks"), &json!(true)));
    assert_eq!(rows[1]["todo"], json!([format!("--username-of {}=user:ops", role("Ops"))]));
    assert_eq!((&rows[1]["after"], &rows[1]["turn"]), (&Value::Null, &Value::Null));
}

#[test]
fn counts_are_in_words() {
    let map = mapped(&role("A"), "a", &["g"]) + &mapped(&role("a"), "b", &["g"]) + &mapped(&role("C"), "c", &["g"]);
    assert_eq!(report(&map).counts(), "has no effect: 1, becomes an entry: 2");
    assert_eq!(report("").counts(), "no mappings");
}

#[test]
fn markdown_is_a_table_that_no_text_of_the_map_breaks() {
    let map = mapped(&role("Dev"), "a|b `c` <i>", &["g|h"]);
    let page = report(&map).markdown("map_of|x.yaml");
    let row = page.lines().find(|line| line.starts_with("| mapRoles 1 |")).unwrap();
    let bars = row.replace("\\|", "").matches('|').count();
    assert_eq!(bars, 8, "{row}");
    assert!(row.contains("``a\\|b `c` <i>``"), "{row}");
    assert!(page.starts_with("# Migration of map\\_of\\|x.yaml\n\nbecomes an entry: 1\n"), "{page}");
}
