//! Nobody is locked out: a plan after which a node role, the caller or the last administrator would be out is refused.
//!
//! Measured on effective access before and after, from the mappings and the entries that were seen. A cluster's creator,
//! whom no API shows, never counts as an administrator.

use std::collections::BTreeMap;

use crate::aws_auth::{self, DataKey, Mapping, Reading, is_node_mapping};
use crate::error::{Error, Result};
use crate::model::access::SYSTEM_MASTERS;
use crate::model::{AccessEntry, AwsAuthState, CallerIdentity, ClusterState, Principal};

/// What one principal is in a cluster, as far as the guard cares.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The ARN as it is written.
    pub arn: String,
    /// Whether it may do everything.
    pub is_admin: bool,
    /// Whether it may do everything where chance wills it: users' ARNs that differ in case only, of which one counts.
    pub may_be_admin: bool,
    /// Whether it keeps a node in the cluster.
    pub is_node: bool,
    /// Username and groups, to see a node's mapping change.
    pub identity: (String, Vec<String>),
}

/// Everybody who has access, by ARN as the control plane matches it (lower case, roles without path).
pub type Access = BTreeMap<String, Standing>;

/// The access that `aws-auth` gives, and over it the access that entries give. `node_roles` are the ARNs of the roles
/// that nodes run as, whatever their mappings look like; an entry of one of the `dead` makes nobody an administrator.
pub fn access(map: Option<&Reading>, entries: &[AccessEntry], node_roles: &[String], dead: &[String]) -> Access {
    let nodes: Vec<String> = node_roles.iter().map(|arn| matching_key(arn)).collect();
    let mut all = Access::new();
    // Users first, then roles: where both lists name an ARN the role's entry wins; within a list, the last.
    for mapping in map.into_iter().flat_map(|m| m.users.iter().chain(&m.roles)).filter(|m| can_match(m)) {
        let key = mapping.arn.to_ascii_lowercase();
        let is_admin = mapping.groups.iter().any(|g| g == SYSTEM_MASTERS);
        let mut standing = Standing {
            arn: mapping.arn.clone(),
            is_admin,
            may_be_admin: is_admin,
            is_node: is_node_mapping(mapping) || nodes.contains(&key),
            identity: (mapping.username.clone(), mapping.groups.clone()),
        };
        if let Some(other) = all.get(&key).filter(|other| mapping.key == DataKey::MapUsers && other.arn != mapping.arn)
        {
            standing.is_admin &= other.is_admin;
            standing.may_be_admin |= other.may_be_admin;
        }
        all.insert(key, standing);
    }
    for entry in entries {
        let is_admin = entry.is_admin() && !dead.contains(&entry.principal);
        let standing = Standing {
            arn: entry.principal.clone(),
            is_admin,
            may_be_admin: is_admin,
            is_node: !entry.is_standard(),
            identity: (entry.username.clone(), entry.groups.clone()),
        };
        all.insert(matching_key(&entry.principal), standing);
    }
    all
}

/// A mapping that matches nobody gives no access: a role with a path, an ARN that is none.
fn can_match(mapping: &Mapping) -> bool {
    Principal::as_matched(&mapping.arn).is_ok_and(|p| p.for_aws_auth().to_string().eq_ignore_ascii_case(&mapping.arn))
}

/// The access that a cluster gives as it was seen.
pub fn access_today(cluster: &ClusterState) -> Access {
    let map = match &cluster.aws_auth {
        AwsAuthState::Present(map) if cluster.description.mode.has_config_map() => Some(aws_auth::read(&map.data())),
        _ => None,
    };
    access(map.as_ref(), &cluster.entries(), cluster.node_roles(), cluster.dead())
}

/// The access that a cluster would give with another `aws-auth`.
pub fn access_with_map(cluster: &ClusterState, map: &Reading) -> Access {
    access(Some(map), &cluster.entries(), cluster.node_roles(), cluster.dead())
}

/// An ARN as the control plane matches it.
pub fn matching_key(arn: &str) -> String {
    Principal::as_matched(arn).map_or_else(|_| arn.to_owned(), |p| p.for_aws_auth().to_string()).to_ascii_lowercase()
}

/// Refuses the change from `before` to `after` where it locks somebody out who was not named in `allowed`.
///
/// `caller` is who makes the change, where that is known.
///
/// # Errors
/// Names who would be out and the flag that allows exactly that.
pub fn refuse_lockout(before: &Access, after: &Access, caller: Option<&Principal>, allowed: &[String]) -> Result<()> {
    let allowed: Vec<_> = allowed.iter().map(|a| matching_key(a)).collect();
    let caller_key = caller.map(|caller| matching_key(&caller.to_string()));
    for (key, was) in before.iter().filter(|(key, _)| !allowed.contains(key)) {
        let is = after.get(key);
        if was.is_node && is.is_none_or(|is| (is.is_node, &is.identity) != (was.is_node, &was.identity)) {
            return Err(refused(&was.arn, "is a node role, and without its mapping its nodes leave the cluster"));
        }
        if Some(key) == caller_key.as_ref() && is.is_none_or(|s| was.is_admin && !s.is_admin) {
            return Err(refused(&was.arn, "is the identity that makes this change, and would lose its own access"));
        }
    }
    // Who is one by chance only is worth keeping where nobody is one for certain.
    let certain = before.values().any(|s| s.is_admin);
    let counts = |s: &Standing| if certain { s.is_admin } else { s.may_be_admin };
    let stays = after.values().any(counts);
    let mut had = before.iter().filter(|(_, s)| counts(s));
    match had.find(|(key, _)| !allowed.contains(key)) {
        Some((_, last)) if !stays => Err(refused(&last.arn, "is the last administrator that can be seen")),
        _ => Ok(()),
    }
}

/// Refuses a change of `aws-auth` from `had` to `has`, for everybody: [`refuse_lockout`] and [`refuse_account_lockout`].
///
/// # Errors
/// As these two.
pub fn refuse_map_lockout(
    cluster: &ClusterState,
    had: &Reading,
    has: &Reading,
    caller: &CallerIdentity,
    allowed: &[String],
) -> Result<()> {
    let (before, after) = (access_with_map(cluster, had), access_with_map(cluster, has));
    caller.all().try_for_each(|who| {
        refuse_lockout(&before, &after, Some(who), allowed)?;
        refuse_account_lockout(had, has, &before, who, allowed)
    })
}

/// Refuses the change where it is only by its account that the caller gets in, and the account goes.
///
/// # Errors
/// Names the caller and the flag that allows it.
pub fn refuse_account_lockout(
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
    Err(refused(&arn, "is the identity that makes this change, and gets in by its account alone"))
}

fn refused(arn: &str, why: &str) -> Error {
    Error::failed(format!("refused: {arn} would be locked out, and it {why}; nothing was changed"))
        .hint(format!("if that is what you want, name it: --allow-lockout {arn}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "arn:aws:iam::111122223333:role/node";
    const ADMIN: &str = "arn:aws:iam::111122223333:role/admin";

    fn standing(is_admin: bool, is_node: bool) -> Standing {
        Standing {
            arn: "a".into(),
            is_admin,
            may_be_admin: is_admin,
            is_node,
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
    fn no_change_locks_nobody_out() {
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
    fn a_node_role_whose_groups_change_is_refused() {
        let mut after = world();
        after.get_mut(&matching_key(NODE)).unwrap().identity.1.clear();
        assert!(refuse_lockout(&world(), &after, Some(&somebody()), &[]).is_err());
    }

    #[test]
    fn the_last_administrator_stays() {
        let mut after = world();
        after.get_mut(&matching_key(ADMIN)).unwrap().is_admin = false;
        assert!(
            refuse_lockout(&world(), &after, Some(&somebody()), &[])
                .unwrap_err()
                .message
                .contains("last administrator")
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

    fn mapped(text: &str) -> Reading {
        aws_auth::read(&BTreeMap::from([("mapRoles".to_owned(), text.to_owned())]))
    }

    #[test]
    fn a_mapping_that_matches_nobody_counts_for_nothing() {
        let text = "- {rolearn: 'arn:aws:iam::111122223333:role/a/admin', username: u, groups: ['system:masters']}\n";
        assert!(access(Some(&mapped(text)), &[], &[], &[]).is_empty());
    }

    #[test]
    fn a_mapping_counts_in_whatever_case_it_is_written() {
        let text = "\
- {rolearn: 'ARN:AWS:IAM::111122223333:ROLE/NODE', username: 'system:node:{{EC2PrivateDNSName}}', groups: ['system:nodes']}
- {rolearn: 'ARN:AWS:IAM::111122223333:ROLE/ADMIN', username: u, groups: ['system:masters']}
";
        let before = access(Some(&mapped(text)), &[], &[], &[]);
        let out = |gone: &str| {
            let mut after = before.clone();
            assert!(after.remove(&matching_key(gone)).is_some(), "{before:?}");
            refuse_lockout(&before, &after, Some(&somebody()), &[]).unwrap_err().message
        };
        assert!(out(NODE).contains("is a node role"));
        assert!(out(ADMIN).contains("last administrator"));
        let allowed = ["Arn:aws:iam::111122223333:role/Admin".to_owned(), NODE.to_owned()];
        assert_eq!(refuse_lockout(&before, &Access::new(), Some(&somebody()), &allowed), Ok(()));
    }

    #[test]
    fn a_role_that_nodes_run_as_counts_whatever_its_mapping_says() {
        let text = "- {rolearn: 'arn:aws:iam::111122223333:role/node', username: u, groups: [g]}\n";
        let before = access(Some(&mapped(text)), &[], &["arn:aws:iam::111122223333:role/p/node".to_owned()], &[]);
        let error = refuse_lockout(&before, &Access::new(), Some(&somebody()), &[]).unwrap_err();
        assert!(error.message.contains("role/node would be locked out"), "{error}");
        assert!(error.message.contains("node role"), "{error}");
    }

    #[test]
    fn an_administrator_by_chance_is_none_beside_one_for_certain() {
        let users = |rest: &str| {
            let text = format!(
                "{rest}- {{userarn: 'arn:aws:iam::111122223333:user/ann', username: a, groups: ['system:masters']}}\n"
            );
            let map = aws_auth::read(&BTreeMap::from([("mapUsers".to_owned(), text)]));
            access(Some(&map), &[], &[], &[])
        };
        let other = "- {userarn: 'arn:aws:iam::111122223333:user/Ann', username: a}\n";
        let (chance, nobody) = (users(other), Access::new());
        let with = |access: &Access| {
            let mut all = access.clone();
            all.insert(matching_key(ADMIN), standing(true, false));
            all
        };
        let judge = |before: &Access, after: &Access| refuse_lockout(before, after, Some(&somebody()), &[]);
        assert!(judge(&with(&chance), &chance).unwrap_err().message.contains("last administrator"));
        assert!(judge(&chance, &nobody).unwrap_err().message.contains("last administrator"));
        assert_eq!(judge(&chance, &chance), Ok(()));
        assert_eq!(judge(&with(&users("")), &users("")), Ok(()));
    }

    #[test]
    fn who_gets_in_by_the_account_alone_does_not_remove_it() {
        let with = aws_auth::read(&BTreeMap::from([("mapAccounts".to_owned(), "- \"111122223333\"\n".to_owned())]));
        let without = aws_auth::read(&BTreeMap::new());
        let judge =
            |access: &Access, allowed: &[String]| refuse_account_lockout(&with, &without, access, &somebody(), allowed);
        assert!(judge(&Access::new(), &[]).unwrap_err().message.contains("by its account alone"));
        assert_eq!(judge(&Access::new(), &[somebody().to_string()]), Ok(()));
        let access = Access::from([(matching_key(&somebody().to_string()), standing(false, false))]);
        assert_eq!(judge(&access, &[]), Ok(()));
        assert_eq!(refuse_account_lockout(&with, &with, &Access::new(), &somebody(), &[]), Ok(()));
    }
}
