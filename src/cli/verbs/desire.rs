//! From raw arguments to what is desired: names and ARNs are checked, everything else is left to the planner.

use std::collections::BTreeMap;

use crate::cli::args::{AccessArgs, GroupArgs, RoleArgs, ViaArg};
use crate::cli::verbs::spelling::check_identity;
use crate::error::{Error, Result};
use crate::model::arn::{ArnError, MAX_GROUP_NAME, MAX_ROLE_NAME, check_name, check_path};
use crate::model::desired::{DEFAULT_ROLE, GroupsWish, OWNER_KEY, PoliciesWish};
use crate::model::{
    AccessWish, GroupWish, MemberWish, Partition, PolicyScope, Principal, PrincipalKind, RoleWish, TrustWish, Via,
};

fn usage(flag: &str) -> impl Fn(ArnError) -> Error + '_ {
    move |e| Error::usage(format!("{flag}: {e}"))
}

/// Checks a role's name; for an ARN the error says what is expected.
pub(crate) fn role_name(name: &str) -> Result<()> {
    if name.starts_with("arn:") {
        return Err(Error::usage(format!("--role: {name} is an ARN, but this verb takes the role's name"))
            .hint(format!("--role {}", name.rsplit('/').next().unwrap_or(name))));
    }
    check_name("role", name, MAX_ROLE_NAME).map_err(usage("--role"))
}

/// The role of one account, by name or by ARN, and its trust.
///
/// # Errors
/// As [`role_wish`]; an ARN of something else.
pub(crate) fn role_wish_by_arn(name: &str, args: &RoleArgs) -> Result<RoleWish> {
    if !name.starts_with("arn:") {
        return role_wish(name, args);
    }
    let role: Principal = name.parse().map_err(usage("--role"))?;
    if role.kind != PrincipalKind::Role {
        return Err(Error::usage(format!("--role: {name} is not the ARN of an IAM role"))
            .hint("name the role: --role NAME, or --role arn:aws:iam::ACCOUNT:role/NAME"));
    }
    let wish = role_wish(&role.name, args)?;
    Ok(RoleWish { account: Some(role.account), path: wish.path.or(Some(role.path)), ..wish })
}

/// The role and its trust.
///
/// # Errors
/// A name, path, ARN, id or tag that IAM does not accept.
pub(crate) fn role_wish(name: &str, args: &RoleArgs) -> Result<RoleWish> {
    role_name(name)?;
    if let Some(path) = &args.path {
        check_path(path).map_err(usage("--path"))?;
    }
    for principal in args.trust.iter().chain(&args.add_trust) {
        check_trusted(principal)?;
    }
    for set in &args.trust_permission_set {
        check_name("permission set", set, 32).map_err(usage("--trust-permission-set"))?;
    }
    if let Some(id) = &args.external_id {
        check_external_id(id)?;
    }
    if let Some(policy) = args.permissions_boundary.as_deref().filter(|p| !is_policy_arn(p)) {
        return Err(Error::usage(format!(
            "--permissions-boundary: `{policy}` is not the ARN of an IAM policy: expected arn:aws:iam::ACCOUNT:policy/NAME"
        )));
    }
    if let Some(org) = args.org_id.as_deref().filter(|o| !is_org_id(o)) {
        return Err(Error::usage(format!(
            "--org-id: `{org}` is not an organisation's id: expected o- and 10 to 32 lower-case letters and digits"
        )));
    }
    if args.description.as_ref().is_some_and(|d| d.chars().count() > 1000) {
        return Err(Error::usage("--description: IAM accepts at most 1000 characters"));
    }
    Ok(RoleWish {
        name: name.to_owned(),
        account: None,
        path: args.path.clone(),
        description: args.description.clone(),
        max_session_duration: args.max_session_duration,
        permissions_boundary: args.permissions_boundary.clone(),
        tags: tags(&args.tags)?,
        trust: TrustWish {
            principals: (!args.trust.is_empty()).then(|| args.trust.clone()),
            add: args.add_trust.clone(),
            permission_sets: args.trust_permission_set.clone(),
            require_mfa: args.require_mfa,
            external_id: args.external_id.clone(),
            org_id: args.org_id.clone(),
        },
    })
}

/// Checks a principal of a trust policy: an ARN that IAM accepts there, or an account id; never `*`.
fn check_trusted(text: &str) -> Result<()> {
    if text == "*" {
        return Err(Error::usage("--trust: * would let any AWS account assume this role")
            .hint("name an account (its number) or an ARN"));
    }
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    if text.contains(":group/") {
        return Err(Error::usage(format!("--trust: {text}: a group can't be a principal"))
            .hint("leave --trust out: the account's root is trusted, and the group's policy decides"));
    }
    text.parse::<Principal>().map(drop).map_err(usage("--trust"))
}

/// Checks STS's rule: 2 to 1,224 characters of letters, digits, underscores and `+=,.@:/-`.
pub(crate) fn check_external_id(id: &str) -> Result<()> {
    let good =
        (2..=1224).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b));
    if good {
        Ok(())
    } else {
        Err(Error::usage("--external-id: expected 2 to 1224 letters, digits and + = , . @ : / - _"))
    }
}

/// Whether a text is `arn:P:iam::ACCOUNT:policy/PATH/NAME`; AWS's own policies have the account `aws`.
fn is_policy_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, policy] = parts[..] else { return false };
    let owner = account == "aws" || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
    let name = policy.strip_prefix("policy/").and_then(|path| path.rsplit('/').next());
    partition.parse::<Partition>().is_ok() && owner && name.is_some_and(|n| check_name("policy", n, 128).is_ok())
}

/// Checks the principals of `--allow-lockout`: ARNs.
///
/// # Errors
/// One is not an ARN.
pub(crate) fn check_lockouts(arns: &[String]) -> Result<()> {
    arns.iter().try_for_each(|arn| Principal::as_matched(arn).map(drop).map_err(usage("--allow-lockout")))
}

fn is_org_id(text: &str) -> bool {
    text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    })
}

fn tags(list: &[String]) -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for text in list {
        let (key, value) = text
            .split_once('=')
            .filter(|(k, _)| !k.is_empty())
            .ok_or_else(|| Error::usage(format!("--tag: `{text}` is not KEY=VALUE")))?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Error::usage(format!("--tag: {key}: AWS reserves keys that begin with aws:")));
        }
        if key == OWNER_KEY {
            return Err(Error::usage(format!("--tag: {key} says what created the role; this program sets it")));
        }
        if key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(Error::usage(format!(
                "--tag: {key}: IAM accepts keys of at most 128 and values of at most 256 characters"
            )));
        }
        all.insert(key.to_owned(), value.to_owned());
    }
    Ok(all)
}

/// The group and its members.
///
/// # Errors
/// A name that IAM does not accept.
pub(crate) fn group_wish(role: &str, args: &GroupArgs) -> Result<GroupWish> {
    role_name(role)?;
    let name = args.group.clone().unwrap_or_else(|| format!("{role}s"));
    check_name("group", &name, MAX_GROUP_NAME).map_err(usage("--group"))?;
    let users = args.users.iter().map(|text| member(text)).collect::<Result<_>>()?;
    Ok(GroupWish { name, role: role.to_owned(), users })
}

/// A user's name, or a user's ARN, which includes the account.
fn member(text: &str) -> Result<MemberWish> {
    if text.starts_with("arn:") {
        let arn: Principal = text.parse().map_err(usage("--user"))?;
        return if arn.kind == crate::model::PrincipalKind::User {
            Ok(MemberWish { name: arn.name, account: Some(arn.account) })
        } else {
            Err(Error::usage(format!("--user: {text} is not an IAM user; only users can be members of a group")))
        };
    }
    check_name("user", text, MAX_ROLE_NAME).map_err(usage("--user"))?;
    Ok(MemberWish::named(text))
}

/// Checks for a role's name, `permission-set:NAME`, or the ARN of a principal.
///
/// # Errors
/// It is neither of these.
pub(crate) fn check_principal(flag: &str, text: &str) -> Result<()> {
    if text.starts_with("arn:") {
        return text.parse::<Principal>().map(drop).map_err(usage(flag));
    }
    let name = text.strip_prefix("permission-set:").unwrap_or(text);
    check_name("role", name, MAX_ROLE_NAME).map_err(usage(flag))
}

/// The desired access of a principal inside the cluster.
///
/// # Errors
/// An invalid principal.
pub(crate) fn access_wish(principal: &str, args: &AccessArgs) -> Result<AccessWish> {
    check_principal("--role or --principal", principal)?;
    check_lockouts(&args.allow_lockout)?;
    check_identity(args)?;
    let groups = match (args.groups.is_empty(), args.append_groups.is_empty()) {
        (false, _) => GroupsWish::Exactly(args.groups.clone()),
        (_, false) => GroupsWish::Append(args.append_groups.clone()),
        _ if args.no_groups => GroupsWish::Exactly(Vec::new()),
        _ => GroupsWish::Unsaid,
    };
    let policies = match (args.policies.is_empty(), args.append_policies.is_empty()) {
        (false, _) => PoliciesWish::Exactly(args.policies.clone()),
        (_, false) => PoliciesWish::Append(args.append_policies.clone()),
        _ => PoliciesWish::Unsaid,
    };
    Ok(AccessWish {
        principal: principal.to_owned(),
        username: args.username.clone(),
        groups,
        policies,
        scope: (!args.policy_namespaces.is_empty()).then(|| PolicyScope::Namespaces(args.policy_namespaces.clone())),
        via: match args.via {
            ViaArg::Auto => None,
            ViaArg::AwsAuth => Some(Via::AwsAuth),
            ViaArg::AccessEntry => Some(Via::AccessEntry),
        },
        is_default_role: principal == DEFAULT_ROLE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(change: impl FnOnce(&mut RoleArgs)) -> Result<RoleWish> {
        let mut args = RoleArgs::default();
        change(&mut args);
        role_wish("R", &args)
    }

    #[test]
    fn what_iam_would_refuse_is_refused_before_anything_is_asked() {
        for (wish, part) in [
            (role(|a| a.trust = vec!["*".into()]), "any AWS account"),
            (role(|a| a.trust = vec!["arn:aws:iam::111122223333:group/g".into()]), "can't be a principal"),
            (role(|a| a.path = Some("x".into())), "not an IAM path"),
            (role(|a| a.external_id = Some("x".into())), "--external-id"),
            (role(|a| a.org_id = Some("x".into())), "organisation"),
            (role(|a| a.tags = vec!["x".into()]), "KEY=VALUE"),
            (role_wish("a b", &RoleArgs::default()), "not a valid role name"),
            (role_wish("arn:aws:iam::111122223333:role/r", &RoleArgs::default()), "role's name"),
        ] {
            let error = wish.unwrap_err();
            assert_eq!(error.kind, crate::error::Kind::Usage);
            assert!(error.message.contains(part), "{error}");
        }
    }

    #[test]
    fn a_user_may_be_named_by_arn_and_twice() {
        let args = GroupArgs {
            users: vec!["ann".into(), "arn:aws:iam::111122223333:user/x/Ann".into()],
            ..GroupArgs::default()
        };
        let wish = group_wish("R", &args).unwrap();
        assert_eq!((wish.name.as_str(), wish.members_of("111122223333")), ("Rs", vec!["ann"]));
        assert_eq!(wish.users[1].account.as_deref(), Some("111122223333"));
        let args = GroupArgs { users: vec!["arn:aws:iam::111122223333:role/x".into()], ..GroupArgs::default() };
        assert!(group_wish("R", &args).is_err());
    }

    #[test]
    fn only_the_default_role_by_its_name_has_defaults() {
        assert!(access_wish(DEFAULT_ROLE, &AccessArgs::default()).unwrap().is_default_role);
        assert!(!access_wish("Other", &AccessArgs::default()).unwrap().is_default_role);
        assert!(
            !access_wish("arn:aws:iam::999988887777:role/KubernetesAdmin", &AccessArgs::default())
                .unwrap()
                .is_default_role
        );
    }
}
