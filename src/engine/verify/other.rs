//! Another principal's chain, from the outside: as far as the caller may read, with what could not be read.

use futures::future::{join, join_all};

use super::allowed::may_assume;
use super::cluster;
use super::grant::grant;
use super::inquiry::{Inquiry, RoleFrom};
use super::inside::{caller_in_aws_auth, not_asked, read_aws_auth, read_entry, told};
use super::link::{Chain, Link};
use super::mapping::{self, Outcome, Sources};
use super::role::seen;
use super::scene::{RoleFound, Scene};
use super::side::Side;
use super::walk::Walk;
use crate::engine::known::Known;
use crate::engine::port::{CallResult, Can, Connect};
use crate::error::shell_word;
use crate::model::{CallerIdentity, Principal, PrincipalKind};
use crate::token::default_session_name;

/// The links' names, in order.
const WAY: [&str; 12] = [
    "credentials",
    "clock",
    "caller",
    "principal",
    "role",
    "policy",
    "trust",
    "needs",
    "cluster",
    "mode",
    "mapping",
    "rights",
];

/// Those for a group: after `role` there is a link per member, then the role's links into the cluster.
const WAY_OF_GROUP: [&str; 9] =
    ["credentials", "clock", "caller", "principal", "role", "cluster", "mode", "mapping", "rights"];

/// The names of the links for a principal.
pub(super) fn way(principal: &str) -> &'static [&'static str] {
    if group_of(principal).is_some() { &WAY_OF_GROUP } else { &WAY }
}

/// A group's ARN, `arn:P:iam::ACCOUNT:group/PATH/NAME`: its name.
fn group_of(text: &str) -> Option<&str> {
    let rest = text.split(':').nth(5)?.strip_prefix("group/")?;
    rest.rsplit('/').next().filter(|name| text.starts_with("arn:") && !name.is_empty())
}

/// Follows the chain of `principal`, a role's, a user's or a group's ARN.
pub(super) async fn links<C: Connect>(walk: &Walk<'_, C>, principal: &str, chain: &mut Chain) -> Option<()> {
    if let Some(group) = group_of(principal) {
        return members(walk, group, chain).await;
    }
    let &Walk { account, inquiry, caller, scene, .. } = walk;
    let Ok(principal) = principal.parse::<Principal>() else {
        return chain.add(Link::broken(
            "principal",
            format!("{principal} is not the ARN of a role, a user or a group"),
            "aws iam get-user",
        ));
    };
    let (principal, made_at) = existing(account, caller, principal.entity(), chain).await?;
    let is_the_role = scene.role.arn().is_some_and(|role| role.same_entity(&principal));
    let is_free = inquiry.role_from == RoleFrom::Default && matches!(scene.role, RoleFound::Missing(_));
    let is_asked = inquiry.role_from == RoleFrom::Asked;
    let goes_through = !is_the_role && (is_asked || !principal.is_role()) && !is_free;
    let shown = if goes_through {
        chain.add(seen(inquiry, caller, scene))?;
        let role = scene.role.arn()?;
        let allowed = may_assume(account, &principal, &role).await;
        let external_id = inquiry.sent_external_id(scene.role.trust());
        side(inquiry, &principal, &role, scene, external_id.as_deref()).links(&allowed, chain)?;
        Shown { arn: role, made_at: scene.role.created_at(), session: session_of(&principal) }
    } else {
        for name in ["role", "policy", "trust", "needs"] {
            chain.add(Link::not_reached(name, format!("{principal} uses its own token and assumes no role")))?;
        }
        Shown { arn: principal.clone(), made_at, session: session_of(&principal) }
    };
    into_the_cluster(walk, shown, chain).await
}

/// The identity behind the token.
struct Shown {
    arn: Principal,
    /// When the role was created, seconds since 1970.
    made_at: Option<i64>,
    /// The session's name, if known.
    session: Option<String>,
}

/// The session name of a user who assumes a role; a role's own sessions may have any name.
fn session_of(principal: &Principal) -> Option<String> {
    (principal.kind == PrincipalKind::User).then(|| default_session_name(Some(principal), None))
}

/// Both sides for a principal that is verified from the outside.
fn side<'a>(
    inquiry: &'a Inquiry,
    who: &'a Principal,
    role: &'a Principal,
    scene: &'a Scene,
    external_id: Option<&'a str>,
) -> Side<'a> {
    Side { inquiry, who, role, trust: scene.role.trust(), external_id, mfa: false, is_outside: true }
}

/// From the cluster to the rights, for a principal created at a given time.
async fn into_the_cluster<C: Connect>(walk: &Walk<'_, C>, shown: Shown, chain: &mut Chain) -> Option<()> {
    let Walk { inquiry, scene, .. } = walk;
    chain.add(cluster::state(inquiry, &scene.cluster))?;
    chain.add(cluster::mode(&scene.cluster))?;
    let outcome = binding(walk, &shown, chain).await?;
    match &inquiry.can {
        Some(can) => chain.add(outside_rights(inquiry, &shown.arn, can, &outcome)),
        None => chain.add(not_asked()),
    }
}

/// Whether the principal exists in IAM; returns its ARN with the path, and when a role was created.
async fn existing<C: Connect>(
    account: &Known<'_, C>,
    caller: &CallerIdentity,
    principal: Principal,
    chain: &mut Chain,
) -> Option<(Principal, Option<i64>)> {
    if principal.account != caller.arn.account || principal.partition != caller.arn.partition {
        let text = format!("{principal} is in another account: whether it exists can't be seen from here");
        chain.add(Link::unknown("principal", text))?;
        return Some((principal, None));
    }
    if principal.kind == PrincipalKind::Root {
        chain.add(Link::ok("principal", format!("{principal} is the account's root user")))?;
        return Some((principal, None));
    }
    let found: CallResult<Option<(Principal, Option<i64>)>> = if principal.is_role() {
        account.role(&principal.name).await.map(|role| role.map(|r| (r.arn, r.created_at)))
    } else {
        account.user(&principal.name).await.map(|arn| arn.and_then(|a| Some((a.parse().ok()?, None))))
    };
    match found {
        Ok(Some((arn, made_at))) => {
            chain.add(Link::ok("principal", format!("{arn} exists")))?;
            Some((arn, made_at))
        }
        Ok(None) => {
            let kind = if principal.is_role() { "role" } else { "user" };
            chain.add(Link::broken(
                "principal",
                format!("{kind} {} does not exist in account {}", principal.name, principal.account),
                format!("aws iam list-{kind}s"),
            ))?;
            None
        }
        Err(error) => {
            chain.add(Link::unknown("principal", format!("used as written; it could not be read: {error}")))?;
            Some((principal, None))
        }
    }
}

/// The source that binds the principal, read with the caller's own token.
async fn binding<C: Connect>(walk: &Walk<'_, C>, shown: &Shown, chain: &mut Chain) -> Option<Outcome> {
    let &Walk { account, inquiry, scene, .. } = walk;
    let world = account.world();
    let description = scene.cluster.description()?;
    let api = match world.cluster(description, None).await {
        Ok(api) => api,
        Err(error) => {
            chain.add(Link::unknown("mapping", error.to_string()))?;
            return Some(Outcome::default());
        }
    };
    let entry = read_entry(world, &scene.cluster, description, &shown.arn);
    let aws_auth = read_aws_auth(world, &scene.cluster, &api, description, false);
    let (entry, aws_auth) = join(entry, aws_auth).await;
    let sources = Sources {
        inquiry,
        who: caller_in_aws_auth(&shown.arn, shown.session.clone().unwrap_or_else(|| "{{SessionName}}".to_owned())),
        arn: &shown.arn,
        made_at: shown.made_at,
        entry,
        aws_auth,
    };
    let (link, outcome) = mapping::link(&sources, None);
    chain.add(link)?;
    Some(outcome)
}

/// Another principal's rights can't be queried; what follows from its groups is reported.
fn outside_rights(inquiry: &Inquiry, shown: &Principal, can: &Can, outcome: &Outcome) -> Link {
    let what = told(can);
    if outcome.is_admin {
        return Link::ok("rights", format!("may {what}: an administrator"));
    }
    if outcome.is_unseen {
        return Link::unknown("rights", "its identity inside the cluster could not be seen")
            .hint(grant(inquiry, shown, can, outcome));
    }
    let text = |who: &str| format!("whether {who} may {what} can't be asked on its behalf");
    let Some(username) = outcome.username.as_ref().filter(|_| outcome.policies.is_empty()) else {
        // Impersonation does not include access policies, and needs a complete username.
        let verify = inquiry.command_of("verify") + &inquiry.role_flag() + &inquiry.can_flag();
        return Link::unknown("rights", text(&shown.to_string()))
            .hint(verify + "   (with the principal's own credentials)");
    };
    let groups = outcome.groups.iter().fold(String::new(), |all, group| all + " --as-group " + &shell_word(group));
    let place =
        can.namespace.as_ref().map_or_else(|| " --all-namespaces".to_owned(), |n| format!(" -n {}", shell_word(n)));
    // After a slash kubectl expects the name of an object.
    let kind = can.kind().replacen('/', " --subresource=", 1);
    let kind = kind.split(' ').map(|word| shell_word(word)).collect::<Vec<_>>().join(" ");
    Link::unknown("rights", text(username)).hint(format!(
        "kubectl auth can-i {} {kind}{place} --as {}{groups}",
        shell_word(&can.verb),
        shell_word(username)
    ))
}

/// A group: each member by simulation, and the trust for each.
async fn members<C: Connect>(walk: &Walk<'_, C>, name: &str, chain: &mut Chain) -> Option<()> {
    let &Walk { account, inquiry, caller, scene, .. } = walk;
    let group = match account.group(name).await {
        Ok(Some(group)) => group,
        Ok(None) => {
            let text = format!("group {name} does not exist in account {}", caller.arn.account);
            return chain.add(Link::broken(
                "principal",
                text,
                format!("eksaccess group --group {} --role {}", shell_word(name), shell_word(role_name(&inquiry.role))),
            ));
        }
        Err(error) => return chain.add(Link::unknown("principal", error.to_string())),
    };
    chain.add(Link::ok("principal", format!("group {} with {} members", group.name, group.members.len())))?;
    chain.add(seen(inquiry, caller, scene))?;
    let role = scene.role.arn()?;
    let links = join_all(group.members.iter().map(|member| one_member(walk, member, &role))).await;
    // A problem of one member does not hide those of others, and the role's own chain continues.
    for link in links {
        let _ = chain.add(link);
    }
    let shown = Shown { arn: role, made_at: scene.role.created_at(), session: None };
    into_the_cluster(walk, shown, chain).await
}

fn role_name(role: &str) -> &str {
    role.rsplit('/').next().unwrap_or(role)
}

async fn one_member<C: Connect>(walk: &Walk<'_, C>, member: &str, role: &Principal) -> Link {
    let &Walk { account, inquiry, caller, scene, .. } = walk;
    let title = format!("member {member}");
    let arn = match account.user(member).await {
        Ok(Some(arn)) => arn,
        Ok(None) => return Link::broken(&title, "this user no longer exists", "aws iam list-users"),
        Err(_) => format!("arn:{}:iam::{}:user/{member}", caller.arn.partition, caller.arn.account),
    };
    let Ok(who) = arn.parse::<Principal>() else { return Link::unknown(&title, format!("{arn} is not a user's ARN")) };
    let external_id = inquiry.sent_external_id(scene.role.trust());
    let allowed = may_assume(account, &who, role).await;
    side(inquiry, &who, role, scene, external_id.as_deref()).weighed(&title, &allowed)
}
