//! The order of applying, and what holds back mode `API`.

use super::fixture::{NODES, evidence, found, mapped, role, table};

#[test]
fn people_then_administrators_then_nodes_then_the_callers_own() {
    let map = NODES.to_owned()
        + &mapped(&role("Me"), "me", &["g"])
        + &mapped(&role("Admin"), "admin", &["system:masters"])
        + &mapped(&role("Dev"), "dev", &["g"])
        + &mapped(&role("Ops"), "ops", &["g"]);
    let mut evidence = evidence(&map, "").with(&role("nodes"), found(&role("nodes"), Some(&["ec2.amazonaws.com"])));
    evidence.callers = vec!["arn:aws:sts::111122223333:assumed-role/Me/ann".parse().unwrap()];
    let table = table(&evidence);
    let names: Vec<&str> = table.order.iter().map(|at| table.rows[*at].before.username.as_str()).collect();
    assert_eq!(names, ["dev", "ops", "admin", "system:node:{{EC2PrivateDNSName}}", "me"]);
}

#[test]
fn only_what_has_access_today_and_gets_no_entry_holds_back_mode_api() {
    let map = mapped(&role("Asks"), "system:x", &["g"])
        + &mapped(&role("Becomes"), "b", &["g"])
        + &mapped(&role("ByHand"), "h", &["system:nodes"])
        + &mapped(&role("team/Nobody"), "n", &["g"])
        + &mapped(&role("Twice"), "first", &["g"])
        + &mapped(&role("Twice"), "last", &["g"]);
    let table = table(&evidence(&map, ""));
    let names: Vec<&str> = table.blocking().map(|row| row.before.username.as_str()).collect();
    assert_eq!(names, ["system:x", "h"]);
}
