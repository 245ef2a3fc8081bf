//! `migrate` on a manifest: what it takes, and what it refuses.

use super::desks::{desk, offline};
use crate::golden::migrate::KINDS;
use crate::support::cloud::AuthMode;

#[test]
fn a_manifest_may_come_from_stdin() {
    let ran = offline(&desk(AuthMode::ConfigMap), "migrate --aws-auth - --output json").stdin(KINDS).run();
    let rows = ran.json()["rows"].as_array().unwrap().len();
    assert_eq!(rows, 11);
}

#[test]
fn an_answer_that_fits_no_line_is_a_slip() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("aws-auth.yaml", KINDS);
    let migrate = |more: &str| offline(&desk, &format!("migrate --aws-auth aws-auth.yaml {more}")).status(2).run();
    migrate("--path-of Nodes=/ --path-of Devs=/").warns("no mapping has this ARN or name: --path-of Devs=/");
    migrate("--type-of arn:aws:iam::111122223333:role/nodes=EC2_MAC").warns("EC2_MAC is not a type").warns("EC2_LINUX");
    migrate("--type-of nodes=EC2_LINUX").warns("--type-of: `nodes` is not an ARN");
    migrate("--username-of arn:aws:iam::111122223333:role/Dev").warns("lacks an equals sign");
    migrate("--path-of Dev=team").warns("is not a role with its path");
}

#[test]
fn a_report_that_can_not_be_written_is_a_failure() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("aws-auth.yaml", KINDS);
    let ran = offline(&desk, "migrate --aws-auth aws-auth.yaml --report missing/migration.md").status(1).run();
    ran.warns("writing the report missing/migration.md");
}
