//! An approval is valid for the state that was read: any change of a relevant fact stops the run.

use serde_json::{Value, json};

use super::acts::{desk, refused};
use crate::support::cloud::{AuthMode, Cloud};
use crate::support::desk::Desk;

const ROOT: &str = "arn:aws:iam::111122223333:root";

/// Binds an adopted role and adds a member to an existing group.
const ADOPT: &str = "bootstrap --cluster dev --user member --kubeconfig kube --skip verify";

fn trust(account: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": [ROOT, account]}, "Action": "sts:AssumeRole"}]})
}

fn policy(action: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
}

fn ready(mode: AuthMode) -> Desk {
    let desk = desk(mode);
    desk.cloud.home(|home| {
        home.role_trusting("/", "KubernetesAdmin", &trust("444455556666"));
        home.role_policy("KubernetesAdmin", "theirs", &policy("s3:*"));
        home.group("KubernetesAdmins", &["outsider"]).group_policy("KubernetesAdmins", "theirs", &policy("s3:*"));
    });
    desk
}

fn planned(desk: &Desk, args: &str) -> String {
    let shown = desk.eksaccess("creator", &format!("{args} --dry-run --output json")).run().json();
    shown["plan"]["id"].as_str().unwrap().to_owned()
}

fn home(cloud: &Cloud, change: impl FnOnce(&mut crate::support::cloud::AccountSetup)) {
    cloud.home(change);
}

/// What another writer does between the plan and the approval.
type Theirs = fn(&Cloud);

fn changes() -> Vec<(&'static str, Theirs)> {
    vec![
        ("the role is another one of the same name", |cloud| cloud.recreate_role("KubernetesAdmin")),
        ("its trust", |cloud| {
            home(cloud, |h| {
                h.with_role("KubernetesAdmin", |r| r.trust = trust("555566667777"));
            });
        }),
        ("a condition of its trust", |cloud| {
            home(cloud, |h| {
                h.with_role("KubernetesAdmin", |r| {
                    r.trust["Statement"][0]["Condition"] = json!({"Bool": {"aws:SecureTransport": "true"}});
                });
            });
        }),
        ("its attached policies", |cloud| {
            home(cloud, |h| {
                h.with_role("KubernetesAdmin", |r| r.attached.push("arn:aws:iam::aws:policy/ReadOnlyAccess".into()));
            });
        }),
        ("its inline policies", |cloud| {
            home(cloud, |h| {
                h.role_policy("KubernetesAdmin", "more", &policy("sqs:*"));
            });
        }),
        ("the text of an inline policy", |cloud| {
            home(cloud, |h| {
                h.role_policy("KubernetesAdmin", "theirs", &policy("*"));
            });
        }),
        ("its tags", |cloud| {
            home(cloud, |h| {
                h.with_role("KubernetesAdmin", |r| drop(r.tags.insert("team".into(), "x".into())));
            });
        }),
        ("the group's members", |cloud| {
            home(cloud, |h| {
                h.user("eve").group("KubernetesAdmins", &["outsider", "eve"]);
                h.group_policy("KubernetesAdmins", "theirs", &policy("s3:*"));
            });
        }),
        ("the group's policies", |cloud| {
            home(cloud, |h| {
                h.group_policy("KubernetesAdmins", "theirs", &policy("s3:Get*"));
            });
        }),
        ("the group's attached policies", |cloud| {
            cloud.with_group("KubernetesAdmins", |g| g.attached.push("arn:aws:iam::aws:policy/ReadOnlyAccess".into()));
        }),
    ]
}

#[test]
fn an_approval_ends_where_what_the_judgement_rested_on_changed() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        for (what, change) in changes() {
            let desk = ready(mode);
            let id = planned(&desk, ADOPT);
            change(&desk.cloud);
            let ran = refused(&desk, desk.eksaccess("creator", &format!("{ADOPT} --approve {id}")), 4);
            assert!(ran.stderr.contains("was approved, but the plan is"), "{what}: {}", ran.stderr);
        }
    }
}

#[test]
fn an_approval_is_of_the_flags_too() {
    let desk = ready(AuthMode::ConfigMap);
    let id = planned(&desk, ADOPT);
    for flag in
        ["--allow-lockout arn:aws:iam::111122223333:role/dev-node", "--no-backup", "--backup-dir kept", "--exec aws"]
    {
        refused(&desk, desk.eksaccess("creator", &format!("{ADOPT} {flag} --approve {id}")), 4);
    }
    let remove = "map --cluster dev --remove --principal arn:aws:iam::111122223333:user/member";
    let text = "- userarn: arn:aws:iam::111122223333:user/member\n  username: m\n";
    desk.cloud.set_config_map_data("dev", "mapUsers", text);
    let id = planned(&desk, remove);
    for flag in ["--allow-lockout arn:aws:iam::111122223333:role/dev-node", "--no-backup"] {
        refused(&desk, desk.eksaccess("creator", &format!("{remove} {flag} --approve {id}")), 4);
    }
    desk.eksaccess("creator", &format!("{remove} --approve {id}")).run().says("done");
}

#[test]
fn an_approval_is_of_the_entry_that_was_seen() {
    let desk = ready(AuthMode::Api);
    let bind = "map --cluster dev --kubernetes-group viewers --username u";
    desk.eksaccess("creator", &format!("{bind} --yes")).run();
    let more = "map --cluster dev --append-kubernetes-group more";
    let id = planned(&desk, more);
    desk.cloud.with_cluster("dev", |dev| {
        dev.entries.get_mut(super::acts::ROLE).unwrap().tags.insert("team".into(), "x".into());
    });
    refused(&desk, desk.eksaccess("creator", &format!("{more} --approve {id}")), 4);
}

#[test]
fn the_id_is_128_bits_and_stays_the_same_while_nothing_changes() {
    let desk = ready(AuthMode::ConfigMap);
    let id = planned(&desk, ADOPT);
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    assert_eq!(planned(&desk, ADOPT), id);
    desk.eksaccess("creator", &format!("{ADOPT} --approve {id}")).run().says("done");
}
