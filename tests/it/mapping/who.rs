//! `who`: the access entry, then aws-auth, with lines and entries without effect.

use serde_json::Value;

use super::desks::{desk, offline, role};
use super::files::MANIFEST;
use crate::support::cloud::AuthMode;

#[test]
fn a_manifest_answers_with_the_lines_of_the_file() {
    let desk = desk(AuthMode::ConfigMap);
    let text = MANIFEST.replace(
        "  other: kept",
        "    - {rolearn: 'arn:aws:iam::111122223333:role/admin', username: 'a:{{SessionName}}', groups: [g]}\n  other: kept",
    );
    let line = |part: &str| text.lines().position(|l| l.contains(part)).unwrap() + 1;
    let ask = |arn: &str| offline(&desk, &format!("who {arn} --file - --output json")).stdin(text.clone()).run().json();
    let found = ask("arn:aws:sts::111122223333:assumed-role/Admin/ann");
    assert_eq!(found["outcome"], "somebody");
    assert_eq!(found["source"], "mapRoles");
    assert_eq!((&found["line"], &found["column"]), (&line("role/admin").into(), &7.into()));
    assert_eq!((&found["username"], &found["groups"][0]), (&"a:ann".into(), &"g".into()));
    let shadowed = &found["shadowed"][0];
    assert_eq!((&shadowed["line"], &shadowed["column"]), (&line("role/Admin").into(), &7.into()));
    let nobody = ask("arn:aws:iam::111122223333:user/nobody");
    assert_eq!(nobody, Value::Null);
    let node = ask(&role("node"));
    assert_eq!(node, Value::Null, "whoever gets 401 is nobody");
}

#[test]
fn people_read_it_too() {
    let desk = desk(AuthMode::ConfigMap);
    desk.write("auth.yaml", MANIFEST);
    let admin = role("path/Admin");
    let ran = offline(&desk, &format!("who {admin} --session ann --file auth.yaml")).run();
    ran.says("becomes admin").says("by         mapRoles line 16").says("groups     system:masters");
    offline(&desk, "who arn:aws:iam::111122223333:user/x --file auth.yaml").run().says("has no access");
    offline(&desk, &format!("who {} --file auth.yaml", role("node"))).run().says("depends on the session's name");
    let node = format!("who {} --session i-0123456789abcdef0 --file auth.yaml", role("node"));
    offline(&desk, &node).run().says("becomes system:node:");
    offline(&desk, "who Admin --file auth.yaml").status(2).run().warns("in full");
    offline(&desk, "who arn:aws:iam::111122223333:user/x --session s --file auth.yaml").status(2).run();
}

#[test]
fn what_only_a_session_tells_stays_a_template() {
    let desk = desk(AuthMode::ConfigMap);
    let text = MANIFEST.replace("username: admin", "username: '{{AccountID}}:{{SessionName}}:{{AccessKeyID}}'");
    let ask = |session: &str| {
        let who = format!("who {} --file - --output json {session}", role("Admin"));
        offline(&desk, &who).stdin(text.clone()).run().json()["username"].clone()
    };
    assert_eq!(ask(""), "111122223333:{{SessionName}}:{{AccessKeyID}}");
    assert_eq!(ask("--session a@b"), "111122223333:a-b:{{AccessKeyID}}");
}

#[test]
fn in_a_cluster_the_entry_takes_precedence() {
    let desk = desk(AuthMode::ApiAndConfigMap);
    desk.eksaccess("creator", "role").run();
    let arn = role("KubernetesAdmin");
    let ask = || desk.eksaccess("creator", &format!("who {arn} --cluster dev --output json")).run().json();
    assert_eq!(ask(), Value::Null);
    let old = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{old}- {{rolearn: '{arn}', username: old}}\n"));
    let line = old.lines().count() + 1;
    assert_eq!((&ask()["source"], &ask()["line"]), (&"mapRoles".into(), &line.into()));
    desk.eksaccess("creator", "map --cluster dev --via access-entry --yes").run();
    let found = ask();
    assert_eq!((&found["source"], &found["line"]), (&"access-entry".into(), &Value::Null));
    assert_eq!(found["shadowed"][0]["line"], line);
    desk.eksaccess("creator", &format!("who {arn} --cluster dev"))
        .run()
        .says("by         access entry")
        .says("no effect");
}

#[test]
fn each_mode_reads_what_it_reads() {
    let node = "arn:aws:sts::111122223333:assumed-role/dev-node/i-0123456789abcdef0";
    for (mode, is_somebody) in [(AuthMode::ConfigMap, true), (AuthMode::ApiAndConfigMap, true), (AuthMode::Api, false)]
    {
        let desk = desk(mode);
        desk.cloud.with_cluster("dev", |dev| dev.entries.retain(|arn, _| !arn.ends_with("dev-node")));
        let found = desk.eksaccess("creator", &format!("who {node} --cluster dev --output json")).run().json();
        assert_eq!(found.is_object(), is_somebody, "{mode:?}: {found}");
    }
}
