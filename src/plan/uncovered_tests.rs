use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::aws_auth::{Caller, Circumstances, Groups, RemoveBy, Who, lint, read};
use crate::plan::Plan;
use crate::plan::fixture::change_manifest;

const ACCOUNT: &str = "arn:aws:iam::111122223333";
/// The principals that are compared: a role and a user, in any spelling of their ARNs.
const POOL: [&str; 3] = ["role/Dev", "user/ann", "role/Ops"];
const SPELLED: [&str; 7] =
    ["role/Dev", "ROLE/dev", "role/team/Dev", "user/ann", "user/Ann", "role/Ops", "role/\u{212a}ey"];
const USERNAMES: [&str; 3] = ["dev", "ops", "system:node:{{EC2PrivateDNSName}}"];
const GROUPS: [&str; 3] = ["view", "edit", "system:masters"];
/// One session is an instance's; neither may get more.
const SESSIONS: [&str; 2] = ["me", "i-0123456789abcdef0"];

fn arn(name: &str) -> String {
    format!("{ACCOUNT}:{name}")
}

type Entry = (bool, usize, usize, Vec<usize>);

fn data(entries: &[Entry], account: bool) -> BTreeMap<String, String> {
    let text = |users: bool| {
        let field = if users { "userarn" } else { "rolearn" };
        entries.iter().filter(|entry| entry.0 == users).fold(String::new(), |text, (_, name, username, groups)| {
            let groups: Vec<_> = groups.iter().map(|at| format!("'{}'", GROUPS[*at])).collect();
            let (arn, username, groups) = (arn(SPELLED[*name]), USERNAMES[*username], groups.join(", "));
            format!("{text}- {field}: {arn}\n  username: '{username}'\n  groups: [{groups}]\n")
        })
    };
    let mut data = BTreeMap::from([("mapRoles".to_owned(), text(false)), ("mapUsers".to_owned(), text(true))]);
    if account {
        data.insert("mapAccounts".to_owned(), "- '111122223333'\n".to_owned());
    }
    data
}

/// A caller's rights, except by its account.
fn rights(reading: &Reading, name: &str, session: &str) -> BTreeSet<(String, Vec<String>)> {
    let principal: Principal = arn(name).parse().unwrap();
    let caller = Caller::new(principal.clone());
    let caller = if principal.is_role() { caller.with_session(session) } else { caller };
    let all = match reading.who(&caller) {
        Who::Nobody | Who::Refused(_) => Vec::new(),
        Who::Mapped(found) => vec![found],
        Who::AtRandom(all) => all,
    };
    let entries = all.into_iter().filter(|found| found.source != DataKey::MapAccounts && !found.refused);
    entries.map(|found| (found.username, found.groups)).collect()
}

fn at_most(then: &(String, Vec<String>), today: &(String, Vec<String>)) -> bool {
    today.1.iter().any(|group| group == "system:masters")
        || (then.0 == today.0 && then.1.iter().all(|group| today.1.contains(group)))
}

fn changes() -> impl Strategy<Value = Change> {
    let name = prop::sample::select(SPELLED.to_vec());
    let username = prop::sample::select(USERNAMES.to_vec());
    prop_oneof![
        (name, any::<bool>()).prop_map(|(name, all)| Change::Remove { by: RemoveBy::Arn(arn(name)), all }),
        (username, any::<bool>())
            .prop_map(|(name, all)| Change::Remove { by: RemoveBy::Username(name.to_owned()), all }),
        prop::sample::select(vec!["role/Dev", "user/ann"]).prop_map(|name| Change::Upsert {
            arn: arn(name).parse().unwrap(),
            username: Some("dev".to_owned()),
            groups: Groups::Set(vec!["view".to_owned()]),
        }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    (any::<bool>(), 0..SPELLED.len(), 0..USERNAMES.len(), prop::collection::vec(0..GROUPS.len(), 0..3))
}

/// Checks that every accepted change leaves each principal that it does not name with no more than today.
fn no_principal_gets_more(data: &BTreeMap<String, String>, changes: &[Change]) {
    let allowed: Vec<String> = POOL.iter().chain(&SPELLED[..6]).map(|name| arn(name)).collect();
    let Ok((_, new)) = change_manifest(data, changes, ("f", &allowed)) else { return };
    let (before, after) = (read(data), read(&new));
    for name in POOL {
        let named =
            |change: &Change| matches!(change, Change::Upsert { arn: whom, .. } if whom.to_string() == arn(name));
        if changes.iter().any(named) {
            continue;
        }
        for session in SESSIONS {
            let (today, then) = (rights(&before, name, session), rights(&after, name, session));
            let more = then.iter().find(|then| today.is_empty() || today.iter().any(|today| !at_most(then, today)));
            assert!(today == then || more.is_none(), "{name}: {more:?} is more than {today:?}\n{data:?}\n{changes:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_change_gives_more_to_a_principal_that_it_does_not_name(
        entries in prop::collection::vec(entry(), 0..6),
        account in any::<bool>(),
        change in changes(),
    ) {
        no_principal_gets_more(&data(&entries, account), &[change]);
    }

    #[test]
    fn no_fix_of_lint_increases_rights(entries in prop::collection::vec(entry(), 0..6)) {
        let data = data(&entries, false);
        let fixes: Vec<Change> =
            lint(&data, &Circumstances::default()).into_iter().filter_map(|finding| finding.fix).collect();
        no_principal_gets_more(&data, &fixes);
    }
}

fn one(users: bool, name: usize, username: usize, groups: &[usize]) -> Entry {
    (users, name, username, groups.to_vec())
}

fn removed(entries: &[Entry], name: &str) -> Result<Plan, Error> {
    let allowed: Vec<String> = POOL.iter().map(|name| arn(name)).collect();
    let change = Change::Remove { by: RemoveBy::Arn(arn(name)), all: false };
    Ok(change_manifest(&data(entries, false), &[change], ("a b.yaml", &allowed))?.0)
}

#[test]
fn an_entry_with_more_is_not_uncovered_wherever_it_is() {
    let ops = one(false, 5, 1, &[2]);
    for (why, hidden, taken) in [
        ("an earlier one of the list", one(false, 0, 0, &[2]), one(false, 0, 0, &[0])),
        ("in another case", one(false, 1, 0, &[1]), one(false, 0, 0, &[0])),
        ("of mapUsers, below mapRoles", one(true, 0, 0, &[0, 1]), one(false, 0, 0, &[0])),
        ("with another username, which may be bound", one(false, 0, 1, &[]), one(false, 0, 0, &[0])),
        ("behind one that refuses people", one(false, 0, 2, &[0]), one(false, 0, 2, &[1])),
        ("of two users of which one is taken by chance", one(true, 3, 0, &[2]), one(true, 4, 0, &[0])),
    ] {
        let name = SPELLED[taken.1];
        let error = removed(&[hidden, taken, ops.clone()], name).unwrap_err();
        assert!(error.message.contains("would activate another entry"), "{why}: {error}");
        let hint = error.hint.unwrap();
        assert!(hint.contains("eksaccess map --file 'a b.yaml' --remove --principal arn:"), "{why}: {hint}");
        assert!(hint.ends_with(" --all-duplicates"), "{why}: {hint}");
    }
}

#[test]
fn an_entry_with_no_more_may_come_to_light() {
    for (why, left, taken) in [
        ("fewer groups", one(false, 0, 0, &[0]), one(false, 0, 0, &[0, 1])),
        ("below an administrator's", one(false, 0, 1, &[1]), one(false, 0, 0, &[2])),
        ("one of a user's two, the lesser is left", one(true, 4, 0, &[0]), one(true, 3, 0, &[0, 1])),
    ] {
        let first = if taken.1 == 3 { vec![left.clone(), taken.clone()] } else { vec![left, taken] };
        let plan = removed(&first, SPELLED[first[1].1]).unwrap();
        assert_eq!(plan.class(), Some(crate::plan::Class::Overwriting), "{why}");
    }
}

#[test]
fn an_entry_without_effect_is_removed_without_a_confirmation() {
    let ops = one(false, 5, 1, &[2]);
    for (why, entries, name) in [
        ("a role's path", vec![one(false, 2, 0, &[2])], "role/Dev"),
        ("the same once more", vec![one(false, 0, 0, &[0]), one(false, 0, 0, &[0])], "role/Dev"),
    ] {
        let plan = removed(&[entries, vec![ops.clone()]].concat(), name).unwrap();
        assert_eq!(plan.class(), Some(crate::plan::Class::Additive), "{why}");
        assert!(plan.notes.iter().any(|note| note.contains("no access changes")), "{why}: {:?}", plan.notes);
    }
}
