//! Proving: the role is assumed, a token made, and the cluster asked who that is and what it may.
//!
//! Each link is ok, broken, unknown (not allowed or not able to look) or not reached. What was just written may need
//! time to spread, so a fresh chain is tried until the deadline, visibly; a settled one is tried once. Who may assume the
//! role, who the source makes of it and which command is missing are judged where `verify` judges them.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use futures::future::{join, join_all};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::allowed::{Allowed, may_assume, never};
use super::inquiry::Inquiry;
use super::inside::{caller_in_aws_auth, lacks, told};
use super::link::{Link, LinkState};
use super::mapping::{self, AwsAuthSight, EntrySight, Outcome, Sources};
use super::side::{NEVER_WITH_MFA, Side};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::known::Known;
use crate::engine::ledger::{Event, Watch};
use crate::engine::port::{AssumeRequest, CallResult, ClusterRead, Connect};
use crate::model::{CallerIdentity, ClusterDescription, KubernetesIdentity, Principal, PrincipalKind, TrustNeeds};

/// What a verification asks.
#[derive(Debug)]
pub struct Question<'a> {
    /// The same question as `verify` would be asked it, with the verb that should be allowed.
    pub inquiry: Inquiry,
    /// Who signs.
    pub caller: &'a CallerIdentity,
    /// The role's full ARN.
    pub role: &'a Principal,
    /// Its trust, where that is known.
    pub trust: Option<&'a Value>,
    /// What its trust asks for.
    pub needs: TrustNeeds,
    /// The session's name.
    pub session_name: String,
    /// The cluster; without one only the role and the members are tested.
    pub cluster: Option<&'a ClusterDescription>,
    /// The role's access entry once the plan is carried out.
    pub entry: EntrySight,
    /// `aws-auth` then.
    pub aws_auth: AwsAuthSight,
    /// ARNs of users who should be able to assume the role, by name.
    pub members: Vec<(String, String)>,
    /// Whether something was just written and may need time.
    pub is_fresh: bool,
    /// Until when a fresh chain is tried.
    pub deadline: Instant,
}

impl Question<'_> {
    /// Both sides of one who should be able to assume the role.
    fn side<'s>(&'s self, who: &'s Principal) -> Side<'s> {
        Side {
            inquiry: &self.inquiry,
            who,
            role: self.role,
            trust: self.trust,
            external_id: self.needs.external_id.as_deref(),
            mfa: false,
            is_outside: true,
        }
    }

    /// Who the role should be inside, as what binds it says.
    fn outcome(&self) -> Outcome {
        let sources = Sources {
            inquiry: &self.inquiry,
            who: caller_in_aws_auth(self.role, self.session_name.clone()),
            arn: self.role,
            made_at: None,
            entry: self.entry.clone(),
            aws_auth: self.aws_auth.clone(),
        };
        mapping::link(&sources, None).1
    }
}

/// The role of an account, assumed once for all of its clusters: all of them ask for the same role, as the same caller.
#[derive(Debug)]
pub struct Entrance<S>(OnceCell<Result<S, Refused>>);

impl<S> Default for Entrance<S> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

/// Why the role was not assumed, whichever cluster asks.
#[derive(Debug)]
enum Refused {
    /// The caller may not go through, for this reason.
    Weighed(String),
    /// Who asks for a second factor.
    Factor(String),
    /// Anything else, as it is told.
    Told(Link),
}

impl Refused {
    fn link(&self, question: &Question<'_>) -> Link {
        match self {
            Self::Weighed(why) => untested(question, why),
            Self::Factor(who_asks) => without_factor(question, who_asks),
            Self::Told(link) => link.clone(),
        }
    }
}

/// Follows the chain.
pub async fn verify<C: Connect>(
    world: &C,
    entrance: &Entrance<C::Session>,
    question: &Question<'_>,
    watch: &dyn Watch,
) -> Vec<Link> {
    let (mut links, members) = join(chain(world, entrance, question, watch), members(world, question, watch)).await;
    links.extend(members);
    links
}

/// Whether each member could assume the role, by simulation.
pub async fn members<C: Connect>(world: &C, question: &Question<'_>, watch: &dyn Watch) -> Vec<Link> {
    join_all(question.members.iter().map(|(name, arn)| member(world, question, name, arn, watch))).await
}

fn link(name: impl Into<String>, state: LinkState, text: impl Into<String>) -> Link {
    Link::new(name, state, text)
}

/// Waits with growing pauses while the chain is fresh; one try otherwise.
fn patience(question: &Question<'_>) -> ExponentialBuilder {
    let left = question.deadline.saturating_duration_since(Instant::now());
    let builder = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(250))
        .with_max_delay(Duration::from_secs(3))
        .with_jitter();
    if question.is_fresh { builder.without_max_times().with_total_delay(Some(left)) } else { builder.with_max_times(0) }
}

async fn chain<C: Connect>(
    world: &C,
    entrance: &Entrance<C::Session>,
    question: &Question<'_>,
    watch: &dyn Watch,
) -> Vec<Link> {
    let mut links = Vec::new();
    let session = match entrance.0.get_or_init(|| assume(world, question, watch)).await {
        Ok(session) => session,
        Err(refused) => {
            let link = refused.link(question);
            let unknown = link.state == LinkState::Unknown;
            links.push(link);
            not_reached(&mut links, question, unknown);
            return links;
        }
    };
    links.push(link("assume", LinkState::Ok, format!("{} can assume {}", question.caller.arn, question.role)));
    let Some(cluster) = question.cluster else { return links };
    let api = match world.cluster(cluster, Some(session)).await {
        Ok(api) => api,
        Err(error) => {
            links.push(link("cluster", LinkState::Unknown, error.to_string()));
            not_reached(&mut links, question, true);
            return links;
        }
    };
    let outcome = question.outcome();
    let (identity, rights) = join(who(&api, question, &outcome, watch), rights(&api, question, &outcome, watch)).await;
    match identity {
        Ok(identity) => {
            links.push(link("cluster", LinkState::Ok, format!("cluster {} lets it in", cluster.arn.name)));
            let is_other = identity.state == LinkState::Broken;
            links.push(identity);
            if is_other {
                // What another identity may do says nothing of this one.
                not_reached(&mut links, question, false);
            } else {
                links.extend(rights);
            }
        }
        Err(found) => {
            let unknown = found.state == LinkState::Unknown;
            links.push(found);
            not_reached(&mut links, question, unknown);
        }
    }
    links
}

fn not_reached(links: &mut Vec<Link>, question: &Question<'_>, because_unknown: bool) {
    let names = ["assume", "cluster", "identity", "rights"];
    let last = if question.inquiry.can.is_some() { 4 } else { 3 };
    let end = if question.cluster.is_some() { last } else { 1 };
    let why = if because_unknown { "the link before it could not be tested" } else { "the link before it is broken" };
    for name in &names[links.len().min(end)..end] {
        links.push(link(*name, LinkState::NotReached, why));
    }
}

async fn assume<C: Connect>(world: &C, question: &Question<'_>, watch: &dyn Watch) -> Result<C::Session, Refused> {
    let (caller, role) = (&question.caller.arn, question.role);
    let side = question.side(caller);
    if let Some(why) = never(caller) {
        return Err(Refused::Weighed(side.weighed("assume", &Ok(Allowed::Never(why))).text));
    }
    if question.needs.mfa {
        return Err(Refused::Factor(format!("the trust of {role} asks")));
    }
    let request = AssumeRequest {
        role_arn: role.to_string(),
        session_name: question.session_name.clone(),
        external_id: question.needs.external_id.clone(),
        ..AssumeRequest::default()
    };
    let error = match world.assume(&request).await {
        Ok(session) => return Ok(session),
        Err(error) => error,
    };
    if !is_denied(&error) {
        let unknown = link("assume", LinkState::Unknown, error.to_string());
        return Err(Refused::Told(unknown.hint("run the same command again")));
    }
    // Refused: by one of the two sides, or not spread yet? What refuses this caller alone breaks nothing.
    let allowed = may_assume(&Known::new(world), caller, role).await;
    let weighed = side.weighed("assume", &allowed);
    if weighed.state == LinkState::Broken {
        return Err(Refused::Weighed(weighed.text));
    }
    if side.asks_for_mfa(&allowed).is_some() {
        let who_asks = format!("one of the two sides, {caller}'s policies or the trust of {role}, asks");
        return Err(Refused::Factor(who_asks));
    }
    let again = (|| world.assume(&request))
        .retry(patience(question))
        .when(is_denied)
        .notify(|_, _| watch.event(Event::Waiting(format!("waiting until {role} can be assumed"))))
        .await;
    again.map_err(|error| {
        let state = if weighed.state == LinkState::Ok { LinkState::Broken } else { LinkState::Unknown };
        let name = crate::error::shell_word(&role.name).into_owned();
        let told = link("assume", state, format!("{caller} can't assume {role}: {error}"));
        let look = format!("aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument");
        Refused::Told(told.hint(look))
    })
}

/// The caller may not go through: nothing is broken by that, and nothing behind it could be looked at.
fn untested(question: &Question<'_>, why: &str) -> Link {
    let text = format!("the way could not be tested with these credentials: {why}");
    link("assume", LinkState::Unknown, text).hint(as_member(question))
}

fn as_member(question: &Question<'_>) -> String {
    format!(
        "{}{}   (with the credentials of a member)",
        question.inquiry.command_of("verify"),
        question.inquiry.role_flag()
    )
}

/// A second factor is asked for, and a proof asks nobody for one.
fn without_factor(question: &Question<'_>, who_asks: &str) -> Link {
    let caller = &question.caller.arn;
    let (why, hint) = if caller.kind == PrincipalKind::User {
        let (verify, role) = (question.inquiry.command("verify"), question.inquiry.role_flag());
        let serial = question.side(caller).likely_serial();
        ("which was not asked for here".to_owned(), format!("{verify}{role} --mfa-serial {serial}"))
    } else {
        (format!("which {caller} can't show: {NEVER_WITH_MFA}"), as_member(question))
    };
    link("assume", LinkState::Unknown, format!("{who_asks} for a second factor, {why}")).hint(hint)
}

fn is_denied(error: &CallError) -> bool {
    error.is(K::AccessDenied)
}

async fn who<K8s: ClusterRead>(
    api: &K8s,
    question: &Question<'_>,
    outcome: &Outcome,
    watch: &dyn Watch,
) -> Result<Link, Link> {
    // An identity other than the wanted one may be the old one, not yet replaced.
    let ask = || async {
        let identity = api.who_am_i().await.map_err(Refusal::Call)?;
        if outcome.is(&identity) { Ok(identity) } else { Err(Refusal::Other(identity)) }
    };
    let answer = ask
        .retry(patience(question))
        .when(|refusal: &Refusal| match refusal {
            Refusal::Call(error) => error.is(K::Unauthorized),
            Refusal::Other(_) => true,
        })
        .notify(|_, _| watch.event(Event::Waiting("waiting for the cluster to know the mapping".to_owned())))
        .await;
    let look =
        format!("{} {}   (names the entry or the line that decides)", question.inquiry.command("who"), question.role);
    let is =
        |identity: &KubernetesIdentity| format!("{} with groups {}", identity.username, identity.groups.join(", "));
    match answer {
        Ok(identity) => Ok(link("identity", LinkState::Ok, is(&identity))),
        Err(Refusal::Other(identity)) => {
            let text = format!("became {}; the {} says {}", is(&identity), outcome.source, outcome.told());
            Ok(link("identity", LinkState::Broken, text).hint(look))
        }
        Err(Refusal::Call(error)) if error.is(K::Unauthorized) => {
            let text = format!("the cluster does not let {} in: {error}", question.role);
            Err(link("cluster", LinkState::Broken, text).hint(look))
        }
        Err(Refusal::Call(error)) => {
            let again = question.inquiry.command("verify") + &question.inquiry.role_flag();
            Err(link("cluster", LinkState::Unknown, error.to_string()).hint(again))
        }
    }
}

enum Refusal {
    Call(CallError),
    Other(KubernetesIdentity),
}

async fn rights<K8s: ClusterRead>(
    api: &K8s,
    question: &Question<'_>,
    outcome: &Outcome,
    watch: &dyn Watch,
) -> Option<Link> {
    let can = question.inquiry.can.as_ref()?;
    let ask = || async {
        match api.can_i(can).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(None),
            Err(error) => Err(Some(error)),
        }
    };
    // A right that what binds the role does not give is not waited for.
    let may_come = |refusal: &Option<CallError>| match refusal {
        None => outcome.is_admin,
        Some(error) => error.is(K::Unauthorized),
    };
    let answer = ask
        .retry(patience(question))
        .when(may_come)
        .notify(|_, _| watch.event(Event::Waiting("waiting for the cluster to grant the rights".to_owned())))
        .await;
    Some(match answer {
        Ok(()) => link("rights", LinkState::Ok, format!("may {}", told(can))),
        Err(None) => {
            let role = question.role.to_string();
            let who = outcome.username.as_deref().unwrap_or(&role);
            lacks(&question.inquiry, question.role, can, who, outcome)
        }
        Err(Some(error)) => link("rights", LinkState::Unknown, error.to_string()),
    })
}

async fn member<C: Connect>(world: &C, question: &Question<'_>, name: &str, arn: &str, watch: &dyn Watch) -> Link {
    let title = format!("member {name}");
    let Ok(who) = arn.parse::<Principal>() else {
        return link(title, LinkState::Unknown, format!("{arn} is not a user's ARN"));
    };
    let side = question.side(&who);
    let waits = side.weighed(&title, &Ok(Allowed::Yes)).state != LinkState::Broken;
    // Only a right that is missing may be on its way.
    let ask = || async {
        let allowed: CallResult<Allowed> = may_assume(&Known::new(world), &who, question.role).await;
        let is_missing = allowed == Ok(Allowed::No) && side.weighed(&title, &allowed).state == LinkState::Broken;
        if is_missing { Err(allowed) } else { Ok(allowed) }
    };
    let (Ok(allowed) | Err(allowed)) = ask
        .retry(patience(question))
        .when(|_| waits)
        .notify(|_, _| watch.event(Event::Waiting(format!("waiting until {name}'s policies allow sts:AssumeRole"))))
        .await;
    side.weighed(&title, &allowed)
}
