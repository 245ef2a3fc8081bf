//! `mapping`, `identity`, `rights`: who the cluster takes the token for, by which entry or line, and what that one may do.

use futures::future::{OptionFuture, join4};

use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::mapping::{self, AwsAuthSight, EntrySight, Outcome, Sources, whom};
use super::role::Taken;
use super::scene::ClusterSight;
use crate::aws_auth::Caller;
use crate::engine::call_error::CallErrorKind as K;
use crate::engine::port::{CallResult, Can, Cluster, Connect, Eks};
use crate::error::shell_word;
use crate::model::{ClusterDescription, KubernetesIdentity, Principal};

/// Who shows the token.
pub(super) struct Shown<'a, S> {
    /// The role's ARN, or the user's, with its path where that is known.
    pub(super) arn: &'a Principal,
    /// When the role was made, seconds since 1970.
    pub(super) made_at: Option<i64>,
    /// Its session.
    pub(super) taken: &'a Taken<S>,
}

/// Asks both sources and the cluster itself.
pub(super) async fn links<C: Connect>(
    world: &C,
    inquiry: &Inquiry,
    sight: &ClusterSight,
    shown: &Shown<'_, C::Session>,
    api: &C::Cluster,
    chain: &mut Chain,
) -> Option<()> {
    let description = sight.description()?;
    let right: OptionFuture<_> = inquiry.can.as_ref().map(|can| api.can_i(can)).into();
    let aws_auth = read_aws_auth(world, sight, api, description, shown.taken.session.is_some());
    let (identity, right, entry, aws_auth) =
        join4(api.who_am_i(), right, read_entry(world, sight, description, shown.arn), aws_auth).await;
    let sources = Sources {
        inquiry,
        who: caller_in_aws_auth(shown.arn, shown.taken.session_name.clone()),
        arn: shown.arn,
        made_at: shown.made_at,
        entry,
        aws_auth,
    };
    let got_in = identity.as_ref().ok();
    let (link, outcome) = mapping::link(&sources, got_in);
    chain.add(link)?;
    chain.add(became(inquiry, shown.arn, &identity, &outcome))?;
    chain.add(match (&inquiry.can, right) {
        (Some(can), Some(answer)) => rights(inquiry, shown.arn, can, &answer, &identity, &outcome),
        _ => not_asked(),
    })
}

/// The caller as `aws-auth` sees it. The id of the key that will sign is not known here, so its template stays a template.
fn caller_in_aws_auth(role: &Principal, session_name: String) -> Caller {
    Caller { access_key_id: Some("{{AccessKeyID}}".to_owned()), ..Caller::new(role.clone()).with_session(session_name) }
}

/// `rights`, where no verb is known that should be allowed.
pub(super) fn not_asked() -> Link {
    Link::not_reached("rights", "no verb was asked: --can VERB RESOURCE")
}

/// The access entry of a principal, where the cluster has entries.
pub(super) async fn read_entry<C: Connect>(
    world: &C,
    sight: &ClusterSight,
    description: &ClusterDescription,
    principal: &Principal,
) -> EntrySight {
    if sight.mode().is_some_and(|mode| !mode.has_entries()) {
        return EntrySight::NotRead;
    }
    let eks = world.eks(&description.arn.region);
    match eks.describe_entry(&description.arn.name, &principal.to_string()).await {
        Ok(entry) => EntrySight::Seen(entry.map(Box::new)),
        Err(error) => EntrySight::Unseen(error.to_string()),
    }
}

/// `aws-auth`, read as the session, or else as the caller itself.
pub(super) async fn read_aws_auth<C: Connect>(
    world: &C,
    sight: &ClusterSight,
    api: &C::Cluster,
    description: &ClusterDescription,
    is_session: bool,
) -> AwsAuthSight {
    if sight.mode().is_some_and(|mode| !mode.has_config_map()) {
        return AwsAuthSight::NotRead;
    }
    let error = match api.get_aws_auth().await {
        Ok(map) => return AwsAuthSight::Seen(map.map(|m| m.data())),
        Err(error) => error,
    };
    if is_session
        && let Ok(own) = world.cluster(description, None).await
        && let Ok(map) = own.get_aws_auth().await
    {
        return AwsAuthSight::Seen(map.map(|m| m.data()));
    }
    AwsAuthSight::Unseen(error.to_string())
}

fn became(inquiry: &Inquiry, shown: &Principal, answer: &CallResult<KubernetesIdentity>, outcome: &Outcome) -> Link {
    match answer {
        Ok(identity) if identity.username.is_empty() => Link::broken(
            "identity",
            format!(
                "the cluster knows it by an empty username: the mapping has none, and no RBAC rule can name it{}",
                outcome.remarked()
            ),
            format!("{} {} --username NAME", inquiry.command("map"), whom(inquiry, shown)),
        ),
        Ok(identity) => {
            let text = format!("{} with groups {}", identity.username, identity.groups.join(", "));
            match outcome.username.as_deref() {
                Some(expected) if expected != identity.username => Link::broken(
                    "identity",
                    format!(
                        "became {text}; the {} says {expected}: it was changed just now, or is not what decides{}",
                        outcome.source,
                        outcome.remarked()
                    ),
                    inquiry.again("") + "   (again, in a minute)",
                ),
                _ => Link::ok("identity", text),
            }
        }
        Err(error) if error.is(K::Unauthorized) && outcome.is_unseen => Link::broken(
            "identity",
            "the cluster answers 401 Unauthorized: most likely nothing maps the role, but the sources could not be seen from here",
            format!("{} {shown}   (as an administrator)", inquiry.command("who")),
        ),
        Err(error) if error.is(K::Unauthorized) => Link::broken(
            "identity",
            "the cluster answers 401 Unauthorized to this token, though nothing before it explains that: a mapping that was changed just now, or a control plane that can't ask STS",
            inquiry.again("") + "   (again, in a minute)",
        ),
        Err(error) => Link::unknown("identity", error.to_string()),
    }
}

fn rights(
    inquiry: &Inquiry,
    shown: &Principal,
    can: &Can,
    answer: &CallResult<bool>,
    identity: &CallResult<KubernetesIdentity>,
    outcome: &Outcome,
) -> Link {
    let what = told(can);
    match answer {
        Ok(true) => Link::ok("rights", format!("may {what}")),
        Ok(false) => {
            let who = identity.as_ref().map_or("it", |i| &i.username);
            Link::broken(
                "rights",
                format!("{who} may not {what}: no role binding or access policy allows it{}", outcome.remarked()),
                grant(inquiry, shown, can, outcome),
            )
        }
        Err(error) => Link::unknown("rights", error.to_string()),
    }
}

/// `get pods in namespace x`.
pub(super) fn told(can: &Can) -> String {
    let group = if can.group.is_empty() || can.group == "*" { String::new() } else { format!(".{}", can.group) };
    let place = can.namespace.as_ref().map_or_else(|| " everywhere".to_owned(), |n| format!(" in namespace {n}"));
    format!("{} {}{group}{place}", can.verb, can.resource)
}

/// The roles that Kubernetes brings along, by what they allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Enough {
    View,
    Edit,
    ClusterAdmin,
}

/// Resources outside any namespace: neither `view` nor `edit` holds a right to them.
const CLUSTER_SCOPED: [&str; 10] = [
    "apiservices",
    "clusterrolebindings",
    "clusterroles",
    "customresourcedefinitions",
    "ingressclasses",
    "namespaces",
    "nodes",
    "persistentvolumes",
    "priorityclasses",
    "storageclasses",
];

impl Enough {
    /// The least of them that holds the right.
    fn of(can: &Can) -> Self {
        let resource = can.resource.split('/').next().unwrap_or_default();
        if can.verb == "*" || resource == "*" || CLUSTER_SCOPED.contains(&resource) {
            return Self::ClusterAdmin;
        }
        if matches!(can.verb.as_str(), "get" | "list" | "watch") { Self::View } else { Self::Edit }
    }

    const fn cluster_role(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Edit => "edit",
            Self::ClusterAdmin => "cluster-admin",
        }
    }

    const fn policy(self) -> &'static str {
        match self {
            Self::View => "AmazonEKSViewPolicy",
            Self::Edit => "AmazonEKSEditPolicy",
            Self::ClusterAdmin => "AmazonEKSClusterAdminPolicy",
        }
    }
}

/// The command that would give the right, by the source that binds the role.
pub(super) fn grant(inquiry: &Inquiry, shown: &Principal, can: &Can, outcome: &Outcome) -> String {
    let own = outcome.groups.iter().find(|g| !g.is_empty() && !g.starts_with("system:"));
    let enough = Enough::of(can);
    if outcome.is_entry {
        let scope =
            can.namespace.as_ref().map_or_else(String::new, |n| format!(" --policy-namespace {}", shell_word(n)));
        let (map, whom, policy) = (inquiry.command("map"), whom(inquiry, shown), enough.policy());
        return format!("{map} {whom} --access-policy {policy}{scope}");
    }
    if let Some(merged) = own.filter(|group| group.contains(" - ")) {
        // A wrong indentation made one group of several: what was meant is to be stated, not bound.
        let (map, whom) = (inquiry.command("map"), whom(inquiry, shown));
        return merged.split(" - ").fold(format!("{map} {whom}"), |command, group| {
            format!("{command} --kubernetes-group {}", shell_word(group.trim()))
        });
    }
    let role = enough.cluster_role();
    let own = own.map(|group| (shell_word(group), format!("--group={}", shell_word(group))));
    match (own, can.namespace.as_deref().map(shell_word)) {
        (Some((name, group)), Some(namespace)) => format!(
            "kubectl create rolebinding {name} -n {namespace} --clusterrole={role} {group}   (as an administrator)"
        ),
        (Some((name, group)), None) => {
            format!("kubectl create clusterrolebinding {name} --clusterrole={role} {group}   (as an administrator)")
        }
        (None, _) => {
            format!("{} {} --append-kubernetes-group GROUP", inquiry.command("map"), whom(inquiry, shown))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_that_is_proposed_holds_the_right() {
        for (verb, resource, enough) in [
            ("*", "*", Enough::ClusterAdmin),
            ("*", "pods", Enough::ClusterAdmin),
            ("get", "*", Enough::ClusterAdmin),
            ("delete", "nodes", Enough::ClusterAdmin),
            ("get", "namespaces", Enough::ClusterAdmin),
            ("list", "persistentvolumes", Enough::ClusterAdmin),
            ("get", "clusterroles", Enough::ClusterAdmin),
            ("get", "pods", Enough::View),
            ("watch", "deployments", Enough::View),
            ("get", "pods/log", Enough::View),
            ("create", "deployments", Enough::Edit),
            ("delete", "pods", Enough::Edit),
        ] {
            let can = Can { verb: verb.into(), group: String::new(), resource: resource.into(), namespace: None };
            assert_eq!(Enough::of(&can), enough, "{verb} {resource}");
        }
    }
}
