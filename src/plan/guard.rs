//! Nobody is locked out: a plan after which a node role, the caller or the last administrator would be out is refused.
//!
//! Measured on effective access before and after, from the mappings and the entries that were seen. A cluster's creator,
//! whom no API shows, never counts as an administrator.

use std::collections::BTreeMap;

use crate::aws_auth::{Reading, is_node_mapping};
use crate::error::{Error, Result};
use crate::model::access::SYSTEM_MASTERS;
use crate::model::{AccessEntry, Principal};

/// What one principal is in a cluster, as far as the guard cares.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// Whether it may do everything.
    pub is_admin: bool,
    /// Whether it keeps a node in the cluster.
    pub is_node: bool,
    /// Username and groups, to see a node's mapping change.
    pub identity: (String, Vec<String>),
}

/// Everybody who has access, by ARN as the control plane matches it (lower case, roles without path).
pub type Access = BTreeMap<String, Standing>;

/// The access that `aws-auth` gives and the entries that mask it.
pub fn access(map: Option<&Reading>, entries: &[AccessEntry]) -> Access {
    let mut all = Access::new();
    // Users first, then roles: where both lists name an ARN the role's entry wins; within a list, the last.
    for mapping in map.into_iter().flat_map(|m| m.users.iter().chain(m.roles.iter())) {
        let standing = Standing {
            is_admin: mapping.groups.iter().any(|g| g == SYSTEM_MASTERS),
            is_node: is_node_mapping(mapping),
            identity: (mapping.username.clone(), mapping.groups.clone()),
        };
        all.insert(mapping.arn.to_ascii_lowercase(), standing);
    }
    for entry in entries {
        let standing = Standing {
            is_admin: entry.is_admin(),
            is_node: !entry.is_standard(),
            identity: (entry.username.clone(), entry.groups.clone()),
        };
        all.insert(matching_key(&entry.principal), standing);
    }
    all
}

/// An ARN as the control plane matches it.
pub fn matching_key(arn: &str) -> String {
    arn.parse::<Principal>().map_or_else(|_| arn.to_owned(), |p| p.for_aws_auth().to_string()).to_ascii_lowercase()
}

/// Refuses the change from `before` to `after` where it locks somebody out who was not named in `allowed`.
///
/// # Errors
/// Names who would be out and the flag that allows exactly that.
pub fn refuse_lockout(before: &Access, after: &Access, caller: &Principal, allowed: &[String]) -> Result<()> {
    let allowed: Vec<_> = allowed.iter().map(|a| matching_key(a)).collect();
    let caller_key = matching_key(&caller.to_string());
    for (arn, was) in before.iter().filter(|(arn, _)| !allowed.contains(arn)) {
        let is = after.get(arn);
        if was.is_node && is != Some(was) {
            return Err(refused(arn, "is a node role, and without its mapping its nodes leave the cluster"));
        }
        if *arn == caller_key && is.is_none_or(|s| was.is_admin && !s.is_admin) {
            return Err(refused(arn, "is the identity that makes this change, and would lose its own access"));
        }
    }
    let admins =
        |access: &Access| access.iter().filter(|(_, s)| s.is_admin).map(|(arn, _)| arn.clone()).collect::<Vec<_>>();
    let (had, has) = (admins(before), admins(after));
    if has.is_empty() && had.iter().any(|a| !allowed.contains(a)) {
        return Err(refused(&had.join(", "), "is the last administrator that can be seen"));
    }
    Ok(())
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
        Standing { is_admin, is_node, identity: ("u".into(), vec!["g".into()]) }
    }

    fn world() -> Access {
        Access::from([(matching_key(NODE), standing(false, true)), (matching_key(ADMIN), standing(true, false))])
    }

    fn somebody() -> Principal {
        "arn:aws:iam::111122223333:user/somebody".parse().unwrap()
    }

    #[test]
    fn no_change_locks_nobody_out() {
        assert_eq!(refuse_lockout(&world(), &world(), &somebody(), &[]), Ok(()));
    }

    #[test]
    fn a_node_role_that_goes_is_refused_unless_it_is_named() {
        let mut after = world();
        after.remove(&matching_key(NODE));
        let error = refuse_lockout(&world(), &after, &somebody(), &[]).unwrap_err();
        assert!(error.message.contains("node role"), "{error}");
        assert!(error.hint.unwrap().contains("--allow-lockout"));
        assert_eq!(refuse_lockout(&world(), &after, &somebody(), &[NODE.to_owned()]), Ok(()));
    }

    #[test]
    fn a_node_role_whose_groups_change_is_refused() {
        let mut after = world();
        after.get_mut(&matching_key(NODE)).unwrap().identity.1.clear();
        assert!(refuse_lockout(&world(), &after, &somebody(), &[]).is_err());
    }

    #[test]
    fn the_last_administrator_stays() {
        let mut after = world();
        after.get_mut(&matching_key(ADMIN)).unwrap().is_admin = false;
        assert!(refuse_lockout(&world(), &after, &somebody(), &[]).unwrap_err().message.contains("last administrator"));
        after.insert("arn:aws:iam::111122223333:role/other".into(), standing(true, false));
        assert_eq!(refuse_lockout(&world(), &after, &somebody(), &[]), Ok(()));
    }

    #[test]
    fn the_caller_does_not_saw_off_its_branch() {
        let caller: Principal = "arn:aws:sts::111122223333:assumed-role/Admin/me".parse().unwrap();
        let mut after = world();
        after.remove(&matching_key(ADMIN));
        after.insert("arn:aws:iam::111122223333:role/other".into(), standing(true, false));
        assert!(refuse_lockout(&world(), &after, &caller, &[]).unwrap_err().message.contains("its own access"));
    }
}
