//! Refuses a plan that would lock out a node role, the caller or the last administrator.
//!
//! Compares effective access before and after, from the mappings and entries that were read. A cluster's creator, which
//! the APIs do not show, is not counted as an administrator.

use std::collections::{BTreeMap, BTreeSet};

use super::effects::{Effects, EntryEffect, MapEffect};
use super::matching::{is_shown, matching_key};
use super::place::Place;
use super::uncovered::Sides;
use crate::aws_auth::{Change, Deciding, EC2_PRIVATE_DNS_NAME, Mapping, Reading, is_node_mapping};
use crate::error::{Error, Result};
use crate::model::access::has_masters;
use crate::model::{AccessEntry, CallerIdentity, Principal};

/// The access of one principal in a cluster, as far as the guard needs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The ARN as written.
    pub arn: String,
    /// Whether it may do everything.
    pub is_admin: bool,
    /// Whether it may do everything at random: users' ARNs that differ in case only, of which one is used.
    pub may_be_admin: bool,
    /// Whether it keeps a node in the cluster.
    pub is_node: bool,
    /// Whether an access entry of a node type gives it access: EKS sets its username and its groups.
    pub is_of_node_type: bool,
    /// The username and groups, to detect what a node loses.
    pub identity: (String, Vec<String>),
}

/// Every principal with access, by ARN as matched by the control plane (lower case, roles without path).
pub type Access = BTreeMap<String, Standing>;

/// Sources of access besides the text of a map, and the nodes' roles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The access entries that were read.
    pub entries: &'a [AccessEntry],
    /// The ARNs of the nodes' roles, whatever their mappings look like.
    pub node_roles: &'a [String],
    /// The principals with stale entries.
    pub dead: &'a [String],
}

/// The access before and after, without principals that are unchanged, not administrators and not in `keep`.
fn access_of_both(
    sides: &Sides<'_>,
    (before, after): (Beside<'_>, Beside<'_>),
    keep: &BTreeSet<String>,
) -> (Access, Access) {
    let of = |side: &Deciding<'_>, beside: Beside<'_>| {
        let mut all = Access::new();
        add_mapped(&mut all, side, beside, |key, winners| {
            winners.iter().any(|mapping| has_masters(&mapping.groups))
                || sides.changed.binary_search_by(|changed| (**changed).cmp(key)).is_ok()
                || keep.contains(key)
        });
        add_entries(&mut all, beside);
        all
    };
    (of(&sides.before, before), of(&sides.after, after))
}

fn add_mapped(
    all: &mut Access,
    deciding: &Deciding<'_>,
    beside: Beside<'_>,
    counts: impl Fn(&str, &[&Mapping]) -> bool,
) {
    let nodes: Vec<String> = beside.node_roles.iter().map(|arn| matching_key(arn)).collect();
    for (key, winners) in deciding.iter().filter(|(key, winners)| counts(key, winners) && is_shown(key)) {
        let Some(last) = winners.last() else { continue };
        let standing = Standing {
            arn: last.arn.clone(),
            is_admin: winners.iter().all(|mapping| has_masters(&mapping.groups)),
            may_be_admin: winners.iter().any(|mapping| has_masters(&mapping.groups)),
            is_node: winners.iter().any(|mapping| is_node_mapping(mapping)) || nodes.iter().any(|node| node == key),
            is_of_node_type: false,
            identity: (last.username.clone(), last.groups.clone()),
        };
        all.insert(key.clone().into_owned(), standing);
    }
}

fn add_entries(all: &mut Access, beside: Beside<'_>) {
    let nodes: Vec<String> = beside.node_roles.iter().map(|arn| matching_key(arn)).collect();
    let is_node_role = |arn: &str| nodes.contains(&matching_key(arn));
    for entry in beside.entries {
        let is_admin = entry.is_admin() && !beside.dead.contains(&entry.principal);
        let standing = Standing {
            arn: entry.principal.clone(),
            is_admin,
            may_be_admin: is_admin,
            is_node: !entry.is_standard() || is_node_role(&entry.principal),
            is_of_node_type: !entry.is_standard(),
            identity: (entry.username.clone(), entry.groups.clone()),
        };
        all.insert(matching_key(&entry.principal), standing);
    }
}

/// Refuses the change from `before` to `after` if it locks out a principal that is not in `allowed`.
///
/// `caller` is the identity that makes the change, if known.
///
/// # Errors
/// Names the principals and the flag that allows exactly them.
fn refuse_lockout(before: &Access, after: &Access, caller: Option<&Principal>, allowed: &[String]) -> Result<()> {
    let allowed: Vec<_> = allowed.iter().map(|a| matching_key(a)).collect();
    let caller_key = caller.map(|caller| matching_key(&caller.to_string()));
    for (key, was) in before.iter().filter(|(key, _)| !allowed.contains(key)) {
        let is = after.get(key);
        if was.is_node && is.is_none_or(|is| takes_from_node(was, is)) {
            return Err(refused(&was.arn, "is a node role: without its mapping, its nodes go NotReady"));
        }
        if Some(key) == caller_key.as_ref() && is.is_none_or(|s| was.is_admin && !s.is_admin) {
            return Err(refused(&was.arn, "is making this change and would lose its own access"));
        }
    }
    // An administrator at random is only kept if there is no certain one.
    let certain = before.values().any(|s| s.is_admin);
    let counts = |s: &Standing| if certain { s.is_admin } else { s.may_be_admin };
    let stays = after.values().any(counts);
    let mut had = before.iter().filter(|(_, s)| counts(s));
    match had.find(|(key, _)| !allowed.contains(key)) {
        Some((_, last)) if !stays => Err(refused(&last.arn, "is the last known administrator")),
        _ => Ok(()),
    }
}

/// Whether a node's role loses anything: added groups do no harm, but a template that only EC2 instances can fill
/// rejects all other nodes.
fn takes_from_node(was: &Standing, is: &Standing) -> bool {
    if is.is_of_node_type {
        return false;
    }
    let ((name, groups), (new_name, new_groups)) = (&was.identity, &is.identity);
    let asks_ec2 = |groups: &[String]| groups.iter().any(|group| group.contains(EC2_PRIVATE_DNS_NAME));
    let refuses_more = !name.contains(EC2_PRIVATE_DNS_NAME) && !asks_ec2(groups) && asks_ec2(new_groups);
    !is.is_node || name != new_name || groups.iter().any(|group| !new_groups.contains(group)) || refuses_more
}

/// Checks the effects of a plan on access, with everything that was read of the place: only principals in `allowed` may
/// be locked out, and a removal must not increase any rights.
///
/// # Errors
/// Names the principals and the flag that allows exactly them; or the principal whose rights would grow, with what
/// helps.
pub fn judge(effects: &Effects, place: Place<'_>, caller: Option<&CallerIdentity>, allowed: &[String]) -> Result<()> {
    let unread = Reading::default();
    let (had, has, changes) = match &effects.map {
        MapEffect::Changes(map) => (&map.had, &map.has, map.changes.as_deref()),
        _ if effects.entries.is_empty() => return Ok(()),
        MapEffect::Same(reading) => (reading, reading, None),
        MapEffect::NotRead => (&unread, &unread, None),
    };
    let sides = Sides::of(had, has);
    if let Some(uncovered) = changes.and_then(|changes| sides.uncovered(changes, &place.masked())) {
        let hint = uncovered_hint(place, changes.unwrap_or_default(), &uncovered.arn);
        return Err(uncovered.refused().hint(hint));
    }
    let mut entries = place.entries();
    let mut listed: BTreeSet<String> = entries.iter().map(|entry| entry.principal.clone()).collect();
    for had in effects.entries.iter().filter_map(|effect| effect.had.as_ref()) {
        // A caller that may not list the entries has still read these.
        if listed.insert(had.principal.clone()) {
            entries.push(had.clone());
        }
    }
    let then = entries_then(&entries, &effects.entries);
    let beside = |entries| Beside { entries, node_roles: place.node_roles(), dead: place.dead() };
    let mut keep: BTreeSet<String> =
        caller.iter().flat_map(|caller| caller.all()).map(|who| matching_key(&who.to_string())).collect();
    keep.extend(effects.entries.iter().map(|entry| matching_key(&entry.principal)));
    let (before, after) = access_of_both(&sides, (beside(&entries), beside(&then)), &keep);
    let Some(caller) = caller else { return refuse_lockout(&before, &after, None, allowed) };
    caller.all().try_for_each(|who| {
        refuse_lockout(&before, &after, Some(who), allowed)?;
        refuse_account_lockout(had, has, &before, who, allowed)
    })
}

/// The entries after the plan's changes.
fn entries_then(entries: &[AccessEntry], effects: &[EntryEffect]) -> Vec<AccessEntry> {
    let changed: BTreeSet<&str> = effects.iter().map(|effect| effect.principal.as_str()).collect();
    let others = entries.iter().filter(|entry| !changed.contains(entry.principal.as_str())).cloned();
    others.chain(effects.iter().filter_map(|effect| effect.has.clone())).collect()
}

/// The hint if a change would uncover another entry.
fn uncovered_hint(place: Place<'_>, changes: &[Change], arn: &str) -> String {
    if changes.iter().any(|change| matches!(change, Change::Remove { .. })) {
        format!("remove all of its entries: {}", place.removal_of_all(arn))
    } else {
        format!("see the entries that share an ARN: eksaccess lint {}", place.option())
    }
}

/// Refuses the change if the caller has access only through its account, and the account is removed.
///
/// # Errors
/// Names the caller and the flag that allows it.
fn refuse_account_lockout(
    before: &Reading,
    after: &Reading,
    access: &Access,
    caller: &Principal,
    allowed: &[String],
) -> Result<()> {
    let key = matching_key(&caller.to_string());
    let named = access.contains_key(&key) || allowed.iter().any(|a| matching_key(a) == key);
    let maps = |map: &Reading| map.accounts.iter().any(|a| a.account == caller.account);
    if named || !maps(before) || maps(after) || !after.effective(caller).is_empty() {
        return Ok(());
    }
    let arn = caller.for_aws_auth().to_string();
    Err(refused(&arn, "is making this change and has access only through its account"))
}

fn refused(arn: &str, why: &str) -> Error {
    Error::failed(format!("refused: {arn} would be locked out, and it {why}; nothing was changed"))
        .hint(format!("to allow this: --allow-lockout {arn}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_auth;

    const NODE: &str = "arn:aws:iam::111122223333:role/node";
    const ADMIN: &str = "arn:aws:iam::111122223333:role/admin";

    fn standing(is_admin: bool, is_node: bool) -> Standing {
        Standing {
            arn: "a".into(),
            is_admin,
            may_be_admin: is_admin,
            is_node,
            is_of_node_type: false,
            identity: ("u".into(), vec!["g".into()]),
        }
    }

    fn world() -> Access {
        Access::from([(matching_key(NODE), standing(false, true)), (matching_key(ADMIN), standing(true, false))])
    }

    fn somebody() -> Principal {
        "arn:aws:iam::111122223333:user/somebody".parse().unwrap()
    }

    #[test]
    fn an_empty_change_locks_out_no_principal() {
        assert_eq!(refuse_lockout(&world(), &world(), Some(&somebody()), &[]), Ok(()));
    }

    #[test]
    fn a_node_role_that_goes_is_refused_unless_it_is_named() {
        let mut after = world();
        after.remove(&matching_key(NODE));
        let error = refuse_lockout(&world(), &after, Some(&somebody()), &[]).unwrap_err();
        assert!(error.message.contains("node role"), "{error}");
        assert!(error.hint.unwrap().contains("--allow-lockout"));
        assert_eq!(refuse_lockout(&world(), &after, Some(&somebody()), &[NODE.to_owned()]), Ok(()));
    }

    #[test]
    fn what_is_taken_from_a_node_role_is_refused_and_a_group_more_is_taken() {
        let with = |change: fn(&mut Standing)| {
            let mut after = world();
            change(after.get_mut(&matching_key(NODE)).unwrap());
            refuse_lockout(&world(), &after, Some(&somebody()), &[])
        };
        assert_eq!(with(|node| node.identity.1.push("eks:kube-proxy-windows".into())), Ok(()));
        let losses: [fn(&mut Standing); 4] = [
            |node| node.identity.1.clear(),
            |node| node.identity.0 = "other".into(),
            |node| node.is_node = false,
            |node| node.identity.1.push(format!("of-{EC2_PRIVATE_DNS_NAME}")),
        ];
        for loss in losses {
            assert!(with(loss).unwrap_err().message.contains("node role"));
        }
    }

    #[test]
    fn the_last_administrator_stays() {
        let mut after = world();
        after.get_mut(&matching_key(ADMIN)).unwrap().is_admin = false;
        assert!(
            refuse_lockout(&world(), &after, Some(&somebody()), &[])
                .unwrap_err()
                .message
                .contains("last known administrator")
        );
        after.insert("arn:aws:iam::111122223333:role/other".into(), standing(true, false));
        assert_eq!(refuse_lockout(&world(), &after, Some(&somebody()), &[]), Ok(()));
    }

    #[test]
    fn the_caller_does_not_saw_off_its_branch() {
        let caller: Principal = "arn:aws:sts::111122223333:assumed-role/Admin/me".parse().unwrap();
        let mut after = world();
        after.remove(&matching_key(ADMIN));
        after.insert("arn:aws:iam::111122223333:role/other".into(), standing(true, false));
        assert!(refuse_lockout(&world(), &after, Some(&caller), &[]).unwrap_err().message.contains("its own access"));
    }

    /// The access from `aws-auth`, overridden by the access from entries.
    fn access(map: Option<&Reading>, beside: Beside<'_>) -> Access {
        let mut all = Access::new();
        if let Some(map) = map {
            add_mapped(&mut all, &map.deciding(), beside, |_, _| true);
        }
        add_entries(&mut all, beside);
        all
    }

    fn mapped(text: &str) -> Reading {
        aws_auth::read(&BTreeMap::from([("mapRoles".to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_mapping_that_matches_no_caller_is_ignored() {
        let text = "- {rolearn: 'arn:aws:iam::111122223333:role/a/admin', username: u, groups: ['system:masters']}\n";
        assert!(access(Some(&mapped(text)), Beside::default()).is_empty());
    }

    #[test]
    fn a_mapping_counts_in_whatever_case_it_is_written() {
        let text = "\
- {rolearn: 'ARN:AWS:IAM::111122223333:ROLE/NODE', username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes']}
- {rolearn: 'ARN:AWS:IAM::111122223333:ROLE/ADMIN', username: u, groups: ['system:masters']}
";
        let before = access(Some(&mapped(text)), Beside::default());
        let out = |gone: &str| {
            let mut after = before.clone();
            assert!(after.remove(&matching_key(gone)).is_some(), "{before:?}");
            refuse_lockout(&before, &after, Some(&somebody()), &[]).unwrap_err().message
        };
        assert!(out(NODE).contains("is a node role"));
        assert!(out(ADMIN).contains("last known administrator"));
        let allowed = ["Arn:aws:iam::111122223333:role/Admin".to_owned(), NODE.to_owned()];
        assert_eq!(refuse_lockout(&before, &Access::new(), Some(&somebody()), &allowed), Ok(()));
    }

    #[test]
    fn a_role_that_nodes_run_as_counts_whatever_its_mapping_says() {
        let text = "- {rolearn: 'arn:aws:iam::111122223333:role/node', username: u, groups: [g]}\n";
        let before = access(
            Some(&mapped(text)),
            Beside { node_roles: &["arn:aws:iam::111122223333:role/p/node".to_owned()], ..Beside::default() },
        );
        let error = refuse_lockout(&before, &Access::new(), Some(&somebody()), &[]).unwrap_err();
        assert!(error.message.contains("role/node would be locked out"), "{error}");
        assert!(error.message.contains("node role"), "{error}");
    }

    #[test]
    fn an_administrator_by_chance_does_not_count_next_to_a_certain_one() {
        let users = |rest: &str| {
            let text = format!(
                "{rest}- {{userarn: 'arn:aws:iam::111122223333:user/ann', username: a, groups: ['system:masters']}}\n"
            );
            let map = aws_auth::read(&BTreeMap::from([("mapUsers".to_owned(), text)]));
            access(Some(&map), Beside::default())
        };
        let other = "- {userarn: 'arn:aws:iam::111122223333:user/Ann', username: a}\n";
        let (chance, nobody) = (users(other), Access::new());
        let with = |access: &Access| {
            let mut all = access.clone();
            all.insert(matching_key(ADMIN), standing(true, false));
            all
        };
        let judge = |before: &Access, after: &Access| refuse_lockout(before, after, Some(&somebody()), &[]);
        assert!(judge(&with(&chance), &chance).unwrap_err().message.contains("last known administrator"));
        assert!(judge(&chance, &nobody).unwrap_err().message.contains("last known administrator"));
        assert_eq!(judge(&chance, &chance), Ok(()));
        assert_eq!(judge(&with(&users("")), &users("")), Ok(()));
    }

    #[test]
    fn a_caller_with_access_by_the_account_alone_does_not_remove_it() {
        let with = aws_auth::read(&BTreeMap::from([("mapAccounts".to_owned(), "- \"111122223333\"\n".to_owned())]));
        let without = aws_auth::read(&BTreeMap::new());
        let judge =
            |access: &Access, allowed: &[String]| refuse_account_lockout(&with, &without, access, &somebody(), allowed);
        assert!(judge(&Access::new(), &[]).unwrap_err().message.contains("only through its account"));
        assert_eq!(judge(&Access::new(), &[somebody().to_string()]), Ok(()));
        let access = Access::from([(matching_key(&somebody().to_string()), standing(false, false))]);
        assert_eq!(judge(&access, &[]), Ok(()));
        assert_eq!(refuse_account_lockout(&with, &with, &Access::new(), &somebody(), &[]), Ok(()));
    }
}
