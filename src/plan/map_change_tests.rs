use std::collections::BTreeMap;

use super::*;
use crate::aws_auth::{Places, read};
use crate::model::AuthMode;
use crate::plan::fixture::{NODES, binding, change_manifest, cluster, planned as whole, present, steps, viewer, world};
use crate::plan::{AccessChange, Action, Class, Desired, Whom, plan_manifest};

type Data = BTreeMap<String, String>;

const ADMIN: &str = "arn:aws:iam::111122223333:role/Admin";
const ANN: &str = "arn:aws:iam::111122223333:user/ann";

fn data() -> Data {
    let roles = format!("- {{rolearn: {ADMIN}, username: admin, groups: ['system:masters']}}\n");
    let users = format!("- {{userarn: {ANN}, username: ops, groups: [viewers]}}\n");
    BTreeMap::from([("mapRoles".to_owned(), roles), ("mapUsers".to_owned(), users)])
}

fn planned(data: &Data, change: Change, allowed: &[&str]) -> Result<(Plan, Data)> {
    let allowed: Vec<_> = allowed.iter().map(|a| (*a).to_owned()).collect();
    change_manifest(data, &[change], ("f.yaml", &allowed))
}

fn edit(plan: &Plan) -> &AwsAuthEdit {
    let [step] = &plan.steps[..] else { panic!("{plan:?}") };
    let Action::WriteAwsAuth(write) = &step.action else { panic!() };
    let [edit] = &write.edits[..] else { panic!("{write:?}") };
    edit
}

fn remove(arn: &str) -> Change {
    Change::Remove { by: RemoveBy::Arn(arn.to_owned()), all: false }
}

#[test]
fn a_removal_asks_and_says_what_goes() {
    let (plan, new) = planned(&data(), remove(ANN), &[]).unwrap();
    assert_eq!(plan.class(), Some(Class::Overwriting));
    let found = edit(&plan);
    assert_eq!((found.after.as_ref(), found.removed.len(), found.ours), (None, 1, false));
    assert!(read(&new).users.is_empty());
    assert!(planned(&new, remove(ANN), &[]).unwrap().0.is_empty());
}

#[test]
fn the_last_administrator_is_not_removed_unless_it_is_named() {
    let error = planned(&data(), remove(ADMIN), &[]).unwrap_err();
    assert!(error.message.contains("last known administrator"), "{error}");
    assert!(planned(&data(), remove(ADMIN), &[ADMIN]).is_ok());
}

#[test]
fn what_has_no_effect_goes_without_asking() {
    let mut data = data();
    let roles = data.get_mut("mapRoles").unwrap();
    *roles = format!("- {{rolearn: {ADMIN}, username: old, groups: []}}\n{roles}");
    let change = Change::RemoveShadowed { key: crate::aws_auth::DataKey::MapRoles, arn: ADMIN.to_owned() };
    let (plan, new) = planned(&data, change, &[]).unwrap();
    assert_eq!(plan.class(), Some(Class::Additive));
    assert_eq!((plan.notes.len(), plan.warnings.len()), (1, 0), "{:?}", plan.warnings);
    assert_eq!(read(&new).roles.len(), 1);
}

#[test]
fn an_account_comes_without_asking_and_goes_with() {
    let (plan, with) = planned(&data(), Change::AddAccount("444455556666".into()), &[]).unwrap();
    assert_eq!(plan.class(), Some(Class::Additive));
    let (plan, without) = planned(&with, Change::RemoveAccount("444455556666".into()), &[]).unwrap();
    assert_eq!(plan.class(), Some(Class::Overwriting));
    assert!(read(&without).accounts.is_empty());
}

#[test]
fn a_username_that_two_have_must_be_said_more_exactly() {
    let mut data = data();
    data.get_mut("mapUsers").unwrap().push_str("- {userarn: 'arn:aws:iam::111122223333:user/bob', username: ops}\n");
    let by = || RemoveBy::Username("ops".to_owned());
    let error = removal(by(), false, &read(&data)).unwrap_err();
    assert!(error.message.contains("2 principals") && error.hint.unwrap().contains("--all-duplicates"));
    let (plan, new) = planned(&data, removal(by(), true, &read(&data)).unwrap(), &[]).unwrap();
    assert_eq!((edit(&plan).removed.len(), edit(&plan).whom.as_str()), (2, "ops"));
    assert!(read(&new).users.is_empty());
}

#[test]
fn a_manifest_takes_full_arns_and_no_options_of_a_cluster() {
    let wish = |change: fn(&mut AccessWish)| {
        let mut wish = AccessWish { principal: ADMIN.to_owned(), ..AccessWish::default() };
        change(&mut wish);
        manifest_upsert(&wish, &read(&data()))
    };
    assert!(wish(|w| w.principal = "Admin".into()).unwrap_err().message.contains("not a full ARN"));
    assert!(wish(|w| w.via = Some(Via::AccessEntry)).unwrap_err().message.contains("no access entries"));
    assert!(wish(|w| w.principal = "arn:aws:iam::111122223333:root".into()).is_err());
    let new = wish(|w| w.principal = "arn:aws:iam::111122223333:role/p/New".into()).unwrap_err();
    assert!(new.hint.unwrap().contains("--kubernetes-group"));
    let kept = wish(|_| ()).unwrap();
    assert!(matches!(kept, Change::Upsert { username: None, groups: Groups::Keep, .. }), "{kept:?}");
}

#[test]
fn traps_of_the_principal_and_of_the_whole_are_reported() {
    let mut data = data();
    data.insert("mapRoles".to_owned(), format!("{}- {{username: x}}\n", data["mapRoles"]));
    data.insert("mapUsers".to_owned(), format!("- {{userarn: {ANN}, username: ops, groups: ['g ']}}\n"));
    data.insert("maproles".to_owned(), String::new());
    let change = Change::Upsert { arn: ANN.parse().unwrap(), username: None, groups: Groups::Append(vec!["h".into()]) };
    let (plan, _) = planned(&data, change, &[]).unwrap();
    assert_eq!(plan.warnings.len(), 2, "{:?}", plan.warnings);
    assert!(plan.warnings.iter().any(|w| w.contains("maproles")) && plan.warnings.iter().any(|w| w.contains("`g `")));
}

/// A manifest of many entries, and the bytes of its list.
fn large() -> (String, usize) {
    let entries = (0..500).fold(String::new(), |text, n| {
        text + &format!(
            "    - rolearn: arn:aws:iam::111122223333:role/R{n:03}\n      username: u{n}\n      groups:\n        - g\n"
        )
    });
    let head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n";
    let list = entries.len() - 4 * entries.lines().count();
    (format!("{head}{entries}"), list)
}

/// Each text is read once, and its result once for the proof: of the list, and of the file.
#[test]
fn a_change_of_a_manifest_reads_each_text_twice() {
    let (file, list) = large();
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    let upsert = |name: &str| Change::Upsert {
        arn: role(name).parse().unwrap(),
        username: Some("u:{{SessionName}}".to_owned()),
        groups: Groups::Set(vec!["g".to_owned()]),
    };
    for (change, of_list) in [
        (upsert("New"), 2),
        (upsert("R250"), 2),
        (remove(&role("R250")), 2),
        (remove("arn:aws:iam::111122223333:role/R9"), 1),
    ] {
        let (new, bytes) = crate::aws_auth::bytes_read(|| {
            let manifest = crate::aws_auth::Manifest::read(&file).unwrap();
            let opened = Opened::new(manifest.data());
            let access = Some(match &change {
                Change::Upsert { arn, username, groups: Groups::Set(groups) } => AccessChange::Bind(AccessWish {
                    principal: arn.to_string(),
                    username: username.clone(),
                    groups: GroupsWish::Exactly(groups.clone()),
                    ..AccessWish::default()
                }),
                Change::Remove { by: RemoveBy::Arn(arn), .. } => {
                    AccessChange::Unbind { whom: Whom::Principal(arn.clone()), all: false }
                }
                other => panic!("{other:?}"),
            });
            let place = Place::Manifest { file: "f.yaml", places: &Places::default() };
            let planned = plan_manifest(&Desired { access, ..Desired::default() }, place, opened).unwrap();
            manifest.with_data(planned.becomes.aws_auth.as_ref().unwrap_or(manifest.data())).unwrap()
        });
        let of_file = if new == file { 1 } else { 2 };
        let most = of_list * (list + 300) + of_file * (file.len() + 200);
        assert!(bytes <= most, "{bytes} bytes, more than {most}, for {change:?}");
    }
}

#[test]
fn a_text_is_opened_as_it_is_read() {
    let texts = [
        "- {rolearn: arn:aws:iam::111122223333:role/A, username: 1, groups: x}\n- hello\n- {username: b}\n rest\n",
        "\t- x",
        "- rolearn: arn:aws:iam::111122223333:role/A\n---\n- rolearn: b\n",
        "a: b\n",
        "# nothing\n",
        "",
    ];
    for one in texts {
        for other in texts {
            let accounts = "- 111122223333\n- [x]\n";
            let data: Data = [("mapRoles", one), ("mapUsers", other), ("mapAccounts", accounts), ("maproles", "")]
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .into();
            assert_eq!(Opened::new(&data).reading, read(&data), "{data:?}");
        }
    }
}

#[test]
fn a_map_is_read_once_and_its_new_text_once_more_to_prove_the_edit() {
    let mut seen = world(AuthMode::ConfigMap);
    seen.principal = Some(viewer());
    let text = (0..500).fold(NODES.to_owned(), |text, n| {
        text + &format!("- rolearn: arn:aws:iam::111122223333:role/R{n:03}\n  username: u{n}\n  groups: [g]\n")
    });
    cluster(&mut seen).aws_auth = present(&text);
    let wish = binding(|w| w.groups = GroupsWish::Exactly(vec!["g".into()]));
    let (found, bytes) = crate::aws_auth::bytes_read(|| whole(&wish, &seen).unwrap());
    assert_eq!(steps(&found), ["write-aws-auth additive"]);
    let most = 2 * (text.len() + 300);
    assert!(bytes <= most, "{bytes} bytes, more than {most}");
}
