//! Steps on existing objects: killed, with lost answers, or with objects that another writer changes in the meantime.

use serde_json::json;

use super::acts::{PATIENCE, ROLE, desk, does_nothing, files, refused};
use crate::support::cloud::{AuthMode, Cloud, Effect, Fault, Role};
use crate::support::desk::Desk;

const MEMBER: &str = "arn:aws:iam::111122223333:user/member";

/// A command that changes existing objects, and the initial desk.
struct Change {
    name: &'static str,
    mode: AuthMode,
    ready: fn(&Desk),
    args: fn(&Desk) -> String,
}

/// What another writer does in the meantime.
type Theirs = fn(&Cloud);

fn said(desk: &Desk, args: &str) {
    desk.eksaccess("creator", args).run();
}

fn with_role(desk: &Desk) {
    said(desk, "role");
}

fn with_viewer(desk: &Desk) {
    said(desk, "role");
    said(desk, "map --cluster dev --kubernetes-group viewers --access-policy AmazonEKSViewPolicy --username someone");
}

fn with_dead_entry(desk: &Desk) {
    with_viewer(desk);
    said(desk, "map --cluster dev --append-access-policy AmazonEKSEditPolicy --policy-namespace web");
    desk.cloud.recreate_role("KubernetesAdmin");
    desk.cloud.with_cluster("dev", |dev| dev.entries.get_mut(ROLE).unwrap().created_at -= 60_000);
}

fn with_two_mappings(desk: &Desk) {
    said(desk, "role");
    said(desk, "map --cluster dev");
    said(desk, &format!("map --cluster dev --principal {MEMBER} --kubernetes-group system:masters"));
}

fn last_kept(desk: &Desk) -> String {
    let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let kept = list["kept"].as_array().unwrap();
    format!("restore --cluster dev {} --allow-lockout {MEMBER}", kept[kept.len() - 2]["id"].as_str().unwrap())
}

fn changes() -> Vec<Change> {
    let change = |name, mode, ready, args| Change { name, mode, ready, args };
    let map = AuthMode::ConfigMap;
    vec![
        change("trust", map, with_role, |_| "role --add-trust 444455556666".into()),
        change("role", map, with_role, |_| "role --description new --max-session-duration 7200".into()),
        change("boundary", map, with_role, |_| {
            "role --permissions-boundary arn:aws:iam::aws:policy/ReadOnlyAccess".into()
        }),
        change("tag", map, with_role, |_| "role --tag a=b".into()),
        change("entry", AuthMode::Api, with_viewer, |_| "map --cluster dev --append-kubernetes-group more".into()),
        change("scope", AuthMode::Api, with_viewer, |_| {
            "map --cluster dev --append-access-policy AmazonEKSViewPolicy --policy-namespace web".into()
        }),
        change("policies", AuthMode::Api, with_viewer, |_| {
            "map --cluster dev --access-policy AmazonEKSEditPolicy".into()
        }),
        change("stale entry", AuthMode::Api, with_dead_entry, |_| "map --cluster dev".into()),
        change("removal", map, with_two_mappings, |_| format!("map --cluster dev --remove --principal {MEMBER}")),
        change("restoring", map, with_two_mappings, last_kept),
    ]
}

/// The result of a change: everything that it could have touched.
fn state(desk: &Desk) -> String {
    let cloud = &desk.cloud;
    let entry = cloud.access_entry("dev", ROLE).map(|e| {
        let mut policies: Vec<_> = e.policies.iter().map(|p| (p.policy_arn.clone(), p.namespaces.clone())).collect();
        policies.sort();
        (e.username, e.groups, e.tags, policies)
    });
    let role = cloud.role("KubernetesAdmin").map(|r: Role| (r.description, r.max_session_seconds, r.boundary, r.tags));
    let data = cloud.config_map("dev").map(|map| map["data"].clone());
    format!("{:?}\n{role:?}\n{entry:?}\n{data:?}", cloud.trust("KubernetesAdmin"))
}

fn is_done(desk: &Desk, args: &str, wanted: &str, what: &str) {
    desk.eksaccess("creator", &format!("{args} --yes")).run();
    assert_eq!(state(desk), wanted, "{what}");
    let kept: Vec<_> = files(desk).into_keys().filter(|path| path.to_string_lossy().contains("/entries/")).collect();
    assert!(kept.is_empty(), "{what}: an entry that stands again is kept still: {kept:?}");
    does_nothing(desk, desk.eksaccess("creator", args));
}

/// A desk ready for a change, and the command.
fn set_up(change: &Change) -> (Desk, String) {
    let desk = desk(change.mode);
    (change.ready)(&desk);
    let args = (change.args)(&desk);
    desk.cloud.clear_log();
    (desk, args)
}

/// The result of an undisturbed run, and its number of writes.
fn undisturbed(change: &Change) -> (String, u32) {
    let (desk, args) = set_up(change);
    desk.eksaccess("creator", &format!("{args} --yes")).run();
    let writes = u32::try_from(desk.cloud.writes().len()).unwrap();
    assert!(writes > 0, "{}", change.name);
    (state(&desk), writes)
}

#[test]
fn killed_after_each_write_a_change_is_finished_by_the_next_run() {
    for change in changes() {
        let (wanted, writes) = undisturbed(&change);
        for nth in 1..=writes {
            let (desk, args) = set_up(&change);
            desk.cloud.arm(Fault::new("write", Effect::HangAfter).nth(nth));
            let mut child = desk.eksaccess("creator", &format!("{args} --yes")).spawn();
            assert!(desk.cloud.wait_for_hang(PATIENCE), "{}: write {nth} never came", change.name);
            child.kill().unwrap();
            child.wait().unwrap();
            desk.cloud.disarm();
            is_done(&desk, &args, &wanted, &format!("{} killed after write {nth} of {writes}", change.name));
        }
    }
}

#[test]
fn a_lost_answer_of_a_change_is_made_up_for_in_the_same_run() {
    for change in changes() {
        let (wanted, writes) = undisturbed(&change);
        for nth in 1..=writes {
            let (desk, args) = set_up(&change);
            desk.cloud.arm(Fault::new("write", Effect::LostAnswer).nth(nth));
            desk.eksaccess("creator", &format!("{args} --yes")).run();
            assert_eq!(state(&desk), wanted, "{}: answer {nth} lost", change.name);
            does_nothing(&desk, desk.eksaccess("creator", &args));
        }
    }
}

fn describe_role(cloud: &Cloud) {
    cloud.home(|home| {
        home.with_role("KubernetesAdmin", |role| role.description = Some("theirs".into()));
    });
}

fn trust_member(cloud: &Cloud) {
    cloud.home(|home| {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "sts:AssumeRole"}]});
        home.with_role("KubernetesAdmin", |role| role.trust = trust);
    });
}

fn regroup(cloud: &Cloud) {
    cloud.with_cluster("dev", |dev| dev.entries.get_mut(ROLE).unwrap().groups = vec!["theirs".into()]);
}

fn remake(cloud: &Cloud) {
    cloud.with_cluster("dev", |dev| dev.entries.get_mut(ROLE).unwrap().created_at += 120_000);
}

fn rescope(cloud: &Cloud) {
    cloud.with_cluster("dev", |dev| {
        dev.entries.get_mut(ROLE).unwrap().policies[0].namespaces = Some(vec!["theirs".into()]);
    });
}

#[test]
fn an_object_changed_since_the_plan_was_made_is_not_replaced() {
    let theirs: [(&str, &str, Theirs); 8] = [
        ("trust", "GetRole", trust_member),
        ("role", "GetRole", describe_role),
        ("boundary", "GetRole", |cloud| {
            cloud.home(|home| {
                home.with_role("KubernetesAdmin", |role| role.boundary = Some("arn:aws:iam::aws:policy/Other".into()));
            });
        }),
        ("entry", "DescribeAccessEntry", regroup),
        ("scope", "ListAssociatedAccessPolicies", rescope),
        ("policies", "ListAssociatedAccessPolicies", rescope),
        ("stale entry", "DescribeAccessEntry", regroup),
        ("stale entry", "DescribeAccessEntry", remake),
    ];
    let changes = changes();
    for (name, operation, theirs) in theirs {
        let change = changes.iter().find(|c| c.name == name).unwrap();
        let (desk, args) = set_up(change);
        // The first read is the plan's; a plan that removes access reads every principal; the last one is the write's.
        let looks = looks(change, operation);
        desk.cloud.on_call(operation, looks, theirs);
        let ran = desk.eksaccess("creator", &format!("{args} --yes")).status(4).run();
        ran.warns("it changed after the plan was made").warns("hint: run the same command again");
    }
}

/// The number of calls of an undisturbed run.
fn looks(change: &Change, operation: &str) -> u32 {
    let (desk, args) = set_up(change);
    desk.eksaccess("creator", &format!("{args} --yes")).run();
    u32::try_from(desk.cloud.operations().iter().filter(|o| *o == operation).count()).unwrap()
}

#[test]
fn the_same_change_made_by_another_client_is_accepted() {
    let desk = desk(AuthMode::ConfigMap);
    with_role(&desk);
    desk.cloud.on_call("GetRole", 2, |cloud| {
        cloud.home(|home| {
            home.with_role("KubernetesAdmin", |role| role.description = Some("new".into()));
        });
    });
    desk.eksaccess("creator", "role --description new").run();
    assert!(!desk.cloud.operations().contains(&"UpdateRole".to_owned()));
}

#[test]
fn what_is_not_ours_is_changed_only_after_a_question() {
    let desk = desk(AuthMode::Api);
    desk.cloud.home(|home| {
        home.role("KubernetesAdmin");
    });
    for option in ["--tag a=b", "--add-trust 444455556666", "--max-session-duration 7200"] {
        let ran = refused(&desk, desk.eksaccess("creator", &format!("role {option}")), 6);
        ran.says("eksaccess did not create it: it has no tag eksaccess.dev/owner");
    }
    desk.eksaccess("creator", "role --tag a=b --yes").run();
    with_viewer(&desk);
    desk.cloud.with_cluster("dev", |dev| {
        dev.entries.get_mut(ROLE).unwrap().tags.insert("eksaccess.dev/owner".into(), "platform".into());
    });
    let ran = refused(&desk, desk.eksaccess("creator", "map --cluster dev --append-kubernetes-group more"), 6);
    ran.says("it belongs to platform");
}

#[test]
fn without_a_place_to_keep_it_a_dead_entry_stays() {
    let desk = desk(AuthMode::Api);
    with_dead_entry(&desk);
    let typed = desk.eksaccess("creator", "map --cluster dev --yes --backup-dir /dev/null/none");
    refused(&desk, typed, 1).warns("the old access entry of cluster dev can't be backed up");
    desk.eksaccess("creator", "map --cluster dev --yes --no-backup").run();
}
