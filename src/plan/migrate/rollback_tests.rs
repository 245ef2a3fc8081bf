use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::model::desired::OWNER_KEY;
use crate::model::sight::MigrationSight;
use crate::model::{AwsAuthState, Census, ownership};
use crate::plan::fixture::{NODES, ROLE_ARN, cluster, present, world};
use crate::plan::migrate::fixture::{binding, entry, mapped as line, role};

const ID: &str = "0123";

/// An entry that a migration created.
fn made(principal: &str, username: &str, groups: &[&str], policies: &[&str]) -> AccessEntry {
    let tags = [(OWNER_KEY, "cli"), (PLAN_KEY, ID)].map(|(key, value)| (key.to_owned(), value.to_owned()));
    AccessEntry { tags: BTreeMap::from(tags), ..entry(principal, username, groups, policies) }
}

fn admin() -> AccessEntry {
    made(ROLE_ARN, "admin", &[], &["AmazonEKSClusterAdminPolicy"])
}

fn ops() -> AccessEntry {
    made(&role("Ops"), "ops", &["viewers"], &[])
}

fn admin_line() -> String {
    line(ROLE_ARN, "admin", &["system:masters"])
}

fn ops_line() -> String {
    line(&role("Ops"), "ops", &["viewers"])
}

/// A cluster with this map, these entries and these backups of the map, newest first.
fn seen(map: &str, entries: &[AccessEntry], kept: &[&str]) -> ClusterState {
    let mut seen = world(AuthMode::ApiAndConfigMap);
    let cluster = cluster(&mut seen);
    cluster.aws_auth = present(map);
    cluster.census = Some(Census { entries: entries.to_vec(), ..Census::default() });
    cluster.migration =
        Some(Box::new(MigrationSight { bindings: Seen::Read(Vec::new()), ..MigrationSight::default() }));
    cluster.kept_maps = kept.iter().enumerate().map(|(at, text)| old(&format!("kept-{at}"), text)).collect();
    cluster.clone()
}

fn old(id: &str, map: &str) -> KeptMap {
    KeptMap { id: id.to_owned(), content: MapContent::of(&json!({"data": {"mapRoles": map}})) }
}

fn planned(wish: &RollbackWish, cluster: &ClusterState) -> Result<(Plan, Changed)> {
    let mut plan = Plan::default();
    let changed = plan_rollback(&mut plan, wish, cluster, &world(AuthMode::ApiAndConfigMap).caller)?;
    Ok((plan, changed))
}

/// The steps in short, each with those before it.
fn steps(plan: &Plan) -> Vec<String> {
    let told = |action: &Action| match action {
        Action::RestoreAwsAuth { id, .. } => format!("restore {id}"),
        Action::WriteAwsAuth(write) => format!("add {}", write.edits.len()),
        Action::CheckMappings { mappings } => format!("check {}", mappings.len()),
        Action::DeleteEntry { principal, mapping: Some(_), .. } => {
            format!("delete {}", principal.rsplit('/').next().unwrap())
        }
        other => format!("{other:?}"),
    };
    plan.steps.iter().map(|step| format!("{} {:?}", told(&step.action), step.after)).collect()
}

fn plain(cluster: &ClusterState) -> Plan {
    planned(&RollbackWish::default(), cluster).unwrap().0
}

fn refusal(wish: &RollbackWish, cluster: &ClusterState) -> String {
    planned(wish, cluster).unwrap_err().render()
}

#[test]
fn the_backup_that_only_the_migration_changed_is_put_back_as_a_whole() {
    let before = format!("{NODES}{}{}", ops_line(), admin_line());
    let half = format!("{NODES}{}", admin_line());
    // Two runs removed a mapping each: the backup before the first one brings both back.
    let cluster = seen(NODES, &[admin(), ops()], &[&half, &before]);
    let (plan, changed) = planned(&RollbackWish::default(), &cluster).unwrap();
    assert_eq!(steps(&plan), ["restore kept-1 []", "check 2 [1]", "delete Ops [2]", "delete KubernetesAdmin [2]"]);
    assert!(changed.entries.iter().all(|effect| effect.had.is_some() && effect.has.is_none()));
    let Some(then) = changed.map.then() else { panic!("{changed:?}") };
    assert_eq!(then.mappings().count(), 3);
    assert!(
        plan.steps
            .iter()
            .filter(|step| matches!(step.action, Action::DeleteEntry { .. }))
            .all(|step| step.ask != Ask::No)
    );
}

#[test]
fn a_map_that_others_changed_gets_only_what_is_missing() {
    let before = format!("{NODES}{}{}", ops_line(), admin_line());
    let with_new = format!("{NODES}{}", line(&role("New"), "new", &["viewers"]));
    let without_nodes = admin_line();
    for now in [&with_new, &without_nodes, ""] {
        let plan = plain(&seen(now, &[admin(), ops()], &[&before]));
        let count = if now.contains("KubernetesAdmin") { 1 } else { 2 };
        assert_eq!(steps(&plan)[0], format!("add {count} []"), "{now}");
        let Action::WriteAwsAuth(write) = &plan.steps[0].action else { panic!("{plan:?}") };
        assert!(write.edits.iter().all(|edit| !edit.ours));
        assert!(plan.notes.iter().any(|note| note.contains("changed since the migration")), "{:?}", plan.notes);
    }
}

#[test]
fn a_removal_that_was_not_the_migrations_is_not_undone() {
    let gone = line(&role("Gone"), "gone", &["viewers"]);
    let before = format!("{NODES}{gone}{}", ops_line());
    assert_eq!(steps(&plain(&seen(NODES, &[ops()], &[&before])))[0], "add 1 []");
    // Another entry gives the same: the migration may have removed its mapping too.
    let kept = entry(&role("Gone"), "gone", &["viewers"], &[]);
    assert_eq!(steps(&plain(&seen(NODES, &[ops(), kept], &[&before])))[0], "restore kept-0 []");
    let differs = entry(&role("Gone"), "gone", &[], &[]);
    assert_eq!(steps(&plain(&seen(NODES, &[ops(), differs], &[&before])))[0], "add 1 []");
}

#[test]
fn a_file_takes_the_place_of_a_backup_and_leaves_what_is_beside_the_data() {
    let before = format!("{NODES}{}", ops_line());
    let mut cluster = seen(NODES, &[ops()], &[]);
    if let AwsAuthState::Present(map) = &mut cluster.aws_auth {
        map.object["metadata"]["labels"] = json!({"team": "a"});
    }
    let wish = RollbackWish { file: Some(old("aws-auth.yaml", &before)), ..RollbackWish::default() };
    let (plan, _) = planned(&wish, &cluster).unwrap();
    let Action::RestoreAwsAuth { id, content, resource_version, .. } = &plan.steps[0].action else {
        panic!("{plan:?}")
    };
    assert_eq!((id.as_str(), content.labels["team"].as_str()), ("aws-auth.yaml", "a"));
    assert_eq!((&content.data["mapRoles"], resource_version.as_deref()), (&before, Some("7")));
}

#[test]
fn an_ownership_mark_comes_back_with_its_mapping() {
    let before = format!("{NODES}{}", ops_line());
    let mut cluster = seen(NODES, &[ops()], &[&before]);
    let mark = BTreeMap::from([(ownership::OWNERS_ANNOTATION.to_owned(), json!({"cli": [role("Ops")]}).to_string())]);
    cluster.kept_maps[0].content.annotations = mark.clone();
    let Action::RestoreAwsAuth { content, .. } = &plain(&cluster).steps[0].action else { panic!() };
    assert_eq!(content.annotations, mark);
}

#[test]
fn without_an_old_map_only_entries_with_a_mapping_are_deleted() {
    let none = refusal(&RollbackWish::default(), &seen(NODES, &[admin(), ops()], &[NODES]));
    assert!(none.contains("KubernetesAdmin") && none.contains("would lose access"), "{none}");
    assert!(none.contains("--aws-auth FILE"), "{none}");
    let plan = plain(&seen(&format!("{NODES}{}", ops_line()), &[admin(), ops()], &[]));
    assert_eq!(steps(&plan), ["check 1 []", "delete Ops [1]"]);
    assert!(plan.warnings.iter().any(|w| w.contains("KubernetesAdmin is kept")), "{:?}", plan.warnings);
}

#[test]
fn what_does_not_give_what_its_mapping_gives_is_kept() {
    let before = format!("{NODES}{}{}", ops_line(), admin_line());
    let changed = [
        made(&role("Ops"), "ops", &["viewers", "more"], &[]),
        made(&role("Ops"), "other", &["viewers"], &["AmazonEKSViewPolicy"]),
        AccessEntry { policies: Vec::new(), ..ops() },
    ];
    for (at, changed) in changed.into_iter().enumerate() {
        let plan = plain(&seen(&before, &[admin(), changed], &[]));
        let is_kept = plan.warnings.iter().any(|warning| warning.contains("role/Ops is kept"));
        assert_eq!(is_kept, at < 2, "{:?}", plan.warnings);
        assert_eq!(steps(&plan).len(), if is_kept { 2 } else { 3 });
    }
    let unfinished = AccessEntry { policies: Vec::new(), ..admin() };
    let plan = plain(&seen(&before, &[unfinished], &[]));
    assert!(plan.steps.is_empty() && plan.warnings[0].contains("ClusterAdmin"), "{:?}", plan.warnings);
}

#[test]
fn administrators_are_one_after_another_and_the_caller_is_last() {
    let own = "arn:aws:iam::111122223333:user/creator";
    let lines = [role("A"), role("B"), role("Ops"), own.to_owned()].map(|arn| line(&arn, "u", &["system:masters"]));
    let users = lines[3].replace("rolearn", "userarn");
    let masters = |arn: &str| made(arn, "u", &[], &["AmazonEKSClusterAdminPolicy"]);
    let nodes = AccessEntry { entry_type: "EC2_LINUX".into(), ..made(&role("node"), "x", &[], &[]) };
    let mut cluster = seen(
        &format!("{NODES}{}{}{}", lines[0], lines[1], ops_line()),
        &[masters(own), masters(&role("A")), ops(), masters(&role("B")), nodes],
        &[],
    );
    if let AwsAuthState::Present(map) = &mut cluster.aws_auth {
        map.object["data"]["mapUsers"] = json!(users);
    }
    assert_eq!(
        steps(&plain(&cluster)),
        [
            "check 5 []",
            "delete Ops [1]",
            "delete A [1]",
            "delete B [1, 3]",
            "delete node [1]",
            "delete creator [1, 2, 3, 4, 5]"
        ]
    );
}

#[test]
fn only_the_entries_of_the_one_migration_are_deleted() {
    let map = format!("{NODES}{}{}", ops_line(), admin_line());
    let mut other = admin();
    other.tags.insert(PLAN_KEY.to_owned(), "4567".to_owned());
    let cluster = seen(&map, &[ops(), other], &[]);
    let several = refusal(&RollbackWish::default(), &cluster);
    assert!(several.contains("0123, 4567") && several.contains("--rollback --run 0123"), "{several}");
    let run = |id: &str| RollbackWish { run: Some(id.to_owned()), ..RollbackWish::default() };
    assert!(refusal(&run("89"), &cluster).contains("no access entry"));
    let (plan, _) = planned(&run("4567"), &cluster).unwrap();
    assert_eq!(steps(&plan), ["check 1 []", "delete KubernetesAdmin [1]"]);
    // What is not tagged is not a migration's.
    for entries in [Vec::new(), vec![entry(&role("Ops"), "ops", &["viewers"], &[])]] {
        assert!(plain(&seen(&map, &entries, &[])).steps.is_empty());
    }
}

#[test]
fn what_can_not_be_read_or_undone_is_refused() {
    let mut api = seen(NODES, &[ops()], &[]);
    api.description.mode = AuthMode::Api;
    assert!(refusal(&RollbackWish::default(), &api).contains("can't be switched back"));
    let mut unseen = seen(NODES, &[], &[]);
    unseen.census = Some(Census { entries_unseen: Some("denied".into()), ..Census::default() });
    assert!(refusal(&RollbackWish::default(), &unseen).contains("eks:ListAccessEntries"));
    let mut dark = seen(NODES, &[ops()], &[]);
    dark.aws_auth = AwsAuthState::Unseen("no route".into());
    assert!(refusal(&RollbackWish::default(), &dark).contains("could not be read"));
}

#[test]
fn subjects_in_bindings_stay_and_are_named() {
    let map = format!("{NODES}{}", line(&role("Ops"), "ops", &["system:ops"]));
    let mut cluster = seen(&map, &[made(&role("Ops"), "ops", &["eksaccess:ops"], &[])], &[]);
    let all = vec![binding(Some("shop"), "ops", &["g:system:ops", "g:eksaccess:ops"]), binding(None, "x", &["u:ops"])];
    cluster.migration = Some(Box::new(MigrationSight { bindings: Seen::Read(all), ..MigrationSight::default() }));
    let plan = plain(&cluster);
    assert_eq!(steps(&plan).len(), 2);
    assert!(
        plan.notes.iter().any(|note| note.ends_with("stay: Group eksaccess:ops in RoleBinding shop/ops")),
        "{:?}",
        plan.notes
    );
}
