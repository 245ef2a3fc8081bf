//! `mapping`, `identity`, `rights`: the identity that the cluster gives the token, the entry or line behind it, and its
//! rights.

use std::cell::Cell;

use futures::future::{OptionFuture, join, join4};

use super::enter::Taken;
use super::grant::{grant, whom};
use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::mapping::{self, AwsAuthSight, EntrySight, MapText, Outcome, Sources};
use super::scene::ClusterSight;
use super::walk::{Expected, Walk};
use crate::aws_auth::Caller;
use crate::engine::call_error::CallErrorKind as K;
use crate::engine::port::{CallResult, Can, ClusterRead, Connect, EksRead};
use crate::error::shell_word;
use crate::model::desired::{DEFAULT_ROLE, DEFAULT_USERNAME};
use crate::model::{ClusterDescription, KubernetesIdentity, Principal};

/// The identity behind the token.
pub(super) struct Shown<'a, S> {
    /// The role's ARN, or the user's, with its path if that is known.
    pub(super) arn: &'a Principal,
    /// When the role was created, seconds since 1970.
    pub(super) made_at: Option<i64>,
    /// Its session.
    pub(super) taken: &'a Taken<S>,
}

/// The answers of the sources and the cluster.
pub(super) struct Answers {
    /// The identity in the cluster.
    pub(super) identity: CallResult<KubernetesIdentity>,
    /// Whether it has the right that is asked about, if any.
    pub(super) right: Option<CallResult<bool>>,
    /// The decision of the deciding source.
    pub(super) outcome: Outcome,
    mapping: Link,
}

/// Reads both sources and asks the cluster; with an expected result only the cluster, until it matches.
pub(super) async fn ask<C: Connect>(
    walk: &Walk<'_, C>,
    shown: &Shown<'_, C::Session>,
    api: &C::Cluster,
    description: &ClusterDescription,
) -> Answers {
    let can = walk.inquiry.can.as_ref();
    let sources = |Expected { entry, aws_auth }| Sources {
        inquiry: walk.inquiry,
        who: caller_in_aws_auth(shown.arn, shown.taken.session_name.clone()),
        arn: shown.arn,
        made_at: shown.made_at,
        entry,
        aws_auth,
    };
    if let Some(expected) = walk.expected {
        let (mapping, outcome) = mapping::link(&sources(expected.clone()), None);
        let door = Door { walk, description, session: shown.taken.session.as_deref(), api };
        let right: OptionFuture<_> = can.map(|can| door.right(can, outcome.is_admin)).into();
        let (identity, right) = join(door.identity(&outcome), right).await;
        return Answers { identity, right, outcome, mapping };
    }
    let right: OptionFuture<_> = can.map(|can| api.can_i(can)).into();
    let sight = &walk.scene.cluster;
    let world = walk.account.world();
    let aws_auth = read_aws_auth(world, sight, api, description, shown.taken.session.is_some());
    let (identity, right, entry, aws_auth) =
        join4(api.who_am_i(), right, read_entry(world, sight, description, shown.arn), aws_auth).await;
    let (mapping, outcome) = mapping::link(&sources(Expected { entry, aws_auth }), identity.as_ref().ok());
    Answers { identity, right, outcome, mapping }
}

/// The cluster as seen by one session, with a new client for each retry: each API server caches the result for a token
/// for minutes, also a refusal.
struct Door<'a, C: Connect> {
    walk: &'a Walk<'a, C>,
    description: &'a ClusterDescription,
    session: Option<&'a C::Session>,
    api: &'a C::Cluster,
}

impl<C: Connect> Door<'_, C> {
    async fn anew(&self) -> CallResult<C::Cluster> {
        self.walk.account.world().cluster(self.description, self.session).await
    }

    async fn who_am_i(&self, is_first: bool) -> CallResult<KubernetesIdentity> {
        if is_first { self.api.who_am_i().await } else { self.anew().await?.who_am_i().await }
    }

    async fn can_i(&self, can: &Can, is_first: bool) -> CallResult<bool> {
        if is_first { self.api.can_i(can).await } else { self.anew().await?.can_i(can).await }
    }

    /// The identity in the cluster, repeated until it is the expected one: a different one may be an old one, not yet
    /// replaced. After a different answer two equal ones in a row are needed, as a cluster has several API servers.
    async fn identity(&self, outcome: &Outcome) -> CallResult<KubernetesIdentity> {
        let (is_first, agrees) = (Cell::new(true), Cell::new(true));
        let ask = || async {
            let answer = self.who_am_i(is_first.replace(false)).await;
            let is_it = answer.as_ref().is_ok_and(|identity| outcome.is(identity));
            if agrees.replace(is_it) && is_it { answer.map_err(Err) } else { Err(answer) }
        };
        let may_come = |other: &CallResult<KubernetesIdentity>| match other {
            Ok(_) => true,
            Err(error) => error.is(K::Unauthorized),
        };
        let answer = self.walk.patience.try_for("waiting for the mapping to take effect", ask, may_come).await;
        answer.or_else(|other| other)
    }

    /// Whether the right is granted; one that the role's binding does not include is not waited for.
    async fn right(&self, can: &Can, is_admin: bool) -> CallResult<bool> {
        let is_first = Cell::new(true);
        let ask = || async {
            if self.can_i(can, is_first.replace(false)).await.map_err(Err)? { Ok(true) } else { Err(Ok(false)) }
        };
        let may_come = |refusal: &CallResult<bool>| match refusal {
            Ok(_) => is_admin,
            Err(error) => error.is(K::Unauthorized),
        };
        let answer = self.walk.patience.try_for("waiting for the rights to take effect", ask, may_come).await;
        answer.or_else(|refusal| refusal)
    }
}

/// All three, as reported by `verify`.
pub(super) async fn links<C: Connect>(
    walk: &Walk<'_, C>,
    shown: &Shown<'_, C::Session>,
    api: &C::Cluster,
    chain: &mut Chain,
) -> Option<()> {
    let inquiry = walk.inquiry;
    let Answers { identity, right, outcome, mapping } = ask(walk, shown, api, walk.scene.cluster.description()?).await;
    chain.add(mapping)?;
    chain.add(became(inquiry, shown.arn, &identity, &outcome))?;
    chain.add(match (&inquiry.can, right) {
        (Some(can), Some(answer)) => rights(inquiry, shown.arn, (can, &answer), &identity, &outcome),
        _ => not_asked(),
    })
}

/// The caller as matched by `aws-auth`. The id of the signing key is not known here, so its template stays unexpanded.
pub(super) fn caller_in_aws_auth(role: &Principal, session_name: String) -> Caller {
    Caller { access_key_id: Some("{{AccessKeyID}}".to_owned()), ..Caller::new(role.clone()).with_session(session_name) }
}

/// `rights`, if no right is asked about.
pub(super) fn not_asked() -> Link {
    Link::not_reached("rights", "no verb was asked about: --can VERB RESOURCE")
}

/// The access entry of a principal, if the cluster has entries.
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
        Ok(map) => return AwsAuthSight::Seen(map.map(|m| MapText::read(m.data()))),
        Err(error) => error,
    };
    if is_session
        && let Ok(own) = world.cluster(description, None).await
        && let Ok(map) = own.get_aws_auth().await
    {
        return AwsAuthSight::Seen(map.map(|m| MapText::read(m.data())));
    }
    AwsAuthSight::Unseen(error.to_string())
}

fn became(inquiry: &Inquiry, shown: &Principal, answer: &CallResult<KubernetesIdentity>, outcome: &Outcome) -> Link {
    match answer {
        Ok(identity) if identity.username.is_empty() => Link::broken(
            "identity",
            format!(
                "the cluster knows it by an empty username: the mapping has none, and an RBAC rule can't name it{}",
                outcome.remarked()
            ),
            format!(
                "{} {} --username {}",
                inquiry.command("map"),
                whom(inquiry, shown),
                shell_word(&usual_name(shown))
            ),
        ),
        Ok(identity) => {
            let text = format!("{} with groups {}", identity.username, identity.groups.join(", "));
            if outcome.is(identity) {
                return Link::ok("identity", text);
            }
            Link::broken(
                "identity",
                format!(
                    "became {text}; the {} says {}: it was changed just now, or does not decide{}",
                    outcome.source,
                    outcome.told(),
                    outcome.remarked()
                ),
                inquiry.again("") + "   (again, in a minute)",
            )
        }
        Err(error) if error.is(K::Unauthorized) && outcome.is_unseen => Link::broken(
            "identity",
            "the cluster answers 401 Unauthorized: most likely nothing maps the role, but the sources could not be seen from here",
            format!("{} {shown}   (as an administrator)", inquiry.command("who")),
        ),
        Err(error) if error.is(K::Unauthorized) => Link::broken(
            "identity",
            "the cluster answers 401 Unauthorized to this token, though nothing before it explains that: the mapping was changed just now, or the control plane can't reach STS",
            inquiry.again("") + "   (again, in a minute)",
        ),
        Err(error) => Link::unknown("identity", error.to_string()),
    }
}

/// The default username of `map` for a principal.
fn usual_name(shown: &Principal) -> String {
    match shown.is_role() {
        true if shown.name == DEFAULT_ROLE => DEFAULT_USERNAME.to_owned(),
        true => format!("{}:{{{{SessionName}}}}", shown.name),
        false => shown.name.clone(),
    }
}

fn rights(
    inquiry: &Inquiry,
    shown: &Principal,
    (can, answer): (&Can, &CallResult<bool>),
    identity: &CallResult<KubernetesIdentity>,
    outcome: &Outcome,
) -> Link {
    let what = told(can);
    match answer {
        Ok(true) => Link::ok("rights", format!("may {what}")),
        Ok(false) => {
            let who = identity.as_ref().map_or("it", |i| &i.username);
            lacks(inquiry, shown, can, who, outcome)
        }
        Err(error) => Link::unknown("rights", error.to_string()),
    }
}

/// The right is missing.
pub(super) fn lacks(inquiry: &Inquiry, shown: &Principal, can: &Can, who: &str, outcome: &Outcome) -> Link {
    Link::broken(
        "rights",
        format!("{who} may not {}: no role binding or access policy allows it{}", told(can), outcome.remarked()),
        grant(inquiry, shown, can, outcome),
    )
}

/// `get pods in namespace x`.
pub(super) fn told(can: &Can) -> String {
    let place = can.namespace.as_ref().map_or_else(|| " everywhere".to_owned(), |n| format!(" in namespace {n}"));
    if can.verb == "*" && can.resource == "*" {
        return format!("do everything (`* *`){place}");
    }
    let group = if can.group.is_empty() || can.group == "*" { String::new() } else { format!(".{}", can.group) };
    format!("{} {}{group}{place}", can.verb, can.resource)
}
