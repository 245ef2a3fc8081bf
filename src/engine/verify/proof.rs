//! The proof: the walk after a write, with retries and an expected result, reported in four links and one per member.
//!
//! A caller without access is not a failure: the link is then not tested. Who may assume the role, its identity and the
//! missing command are decided by the same code as in `verify`.

use futures::future::{join, join_all};
use serde_json::Value;
use tokio::time::Instant;

use super::allowed::{Allowed, may_assume};
use super::cluster::reached;
use super::enter::{Entered, Refused, Shown, Taken, enter};
use super::inquiry::Inquiry;
use super::inside::{self, Answers, lacks, told};
use super::link::{Link, LinkKind, LinkState};
use super::patience::{Heard, Patience};
use super::scene::{ClusterSight, RoleFound, Scene};
use super::side::Side;
use super::trust_words::look;
use super::walk::{Expected, Walk};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::clock::Clock;
use crate::engine::known::Known;
use crate::engine::ledger::Watch;
use crate::engine::port::{CallResult, ClusterRead as _, Connect};
use crate::model::{CallerIdentity, ClusterDescription, KubernetesIdentity, Principal, Scope, trust};

/// The question of a proof.
#[derive(Debug)]
pub struct Question<'a> {
    /// The same question as in `verify`, with the right that should be granted.
    pub inquiry: Inquiry,
    /// The identity that reads.
    pub caller: &'a CallerIdentity,
    /// The identity that assumes the role: the caller, or the base credentials if a role of the account reads.
    pub signer: &'a CallerIdentity,
    /// The role's full ARN.
    pub role: &'a Principal,
    /// Its trust, if known.
    pub trust: Option<&'a Value>,
    /// The cluster; without one only the role and the members are tested.
    pub cluster: Option<&'a ClusterDescription>,
    /// What binds the role once the plan is carried out.
    pub expected: Expected,
    /// ARNs of users who should be able to assume the role, by name.
    pub members: Vec<(String, String)>,
    /// Whether something was just written and may need time to propagate.
    pub is_fresh: bool,
    /// The deadline for a fresh chain.
    pub deadline: Instant,
}

impl Question<'_> {
    /// Both sides for a principal that should be able to assume the role.
    fn side<'s>(&'s self, who: &'s Principal, external_id: Option<&'s str>) -> Side<'s> {
        let (inquiry, role, trust) = (&self.inquiry, self.role, self.trust);
        Side { inquiry, who, role, trust, external_id, mfa: false, is_outside: true }
    }

    fn external_id(&self) -> Option<String> {
        self.trust.and_then(|trust| trust::needs(trust).external_id)
    }

    /// The observer, and the cluster, or the role's account if there is no cluster.
    fn heard<'w>(&self, watch: &'w dyn Watch) -> Heard<'w> {
        let account = || Scope::Account(self.role.partition, self.role.account.clone());
        let scope = self.cluster.map_or_else(account, |cluster| Scope::Cluster(cluster.arn.clone()));
        Heard { watch, scope }
    }

    fn patience<'w>(&self, heard: &'w Heard<'w>) -> Patience<'w> {
        if self.is_fresh { Patience::Until(self.deadline, heard) } else { Patience::Once }
    }

    /// The role and the cluster as the plan leaves them.
    fn scene(&self) -> Scene {
        let cluster = self.cluster.cloned().map_or(ClusterSight::Missing, ClusterSight::Seen);
        Scene { role: RoleFound::Planned(self.role.clone(), self.trust.cloned()), role_why: String::new(), cluster }
    }
}

/// Follows the chain.
pub async fn verify<C: Connect>(account: &Known<'_, C>, question: &Question<'_>, watch: &dyn Watch) -> Vec<Link> {
    let (scene, heard) = (question.scene(), question.heard(watch));
    let walk = Walk {
        account,
        inquiry: &question.inquiry,
        caller: question.caller,
        signer: question.signer,
        scene: &scene,
        patience: question.patience(&heard),
        expected: Some(&question.expected),
    };
    let both = join(chain(&walk, question), members(account.world(), question, watch));
    let (mut links, members) = Clock::default().measure(both).await;
    links.extend(members);
    links
}

/// Whether each member could assume the role, by simulation.
pub async fn members<C: Connect>(world: &C, question: &Question<'_>, watch: &dyn Watch) -> Vec<Link> {
    let heard = question.heard(watch);
    join_all(question.members.iter().map(|(name, arn)| member(world, question, name, arn, &heard))).await
}

/// A link of a proof; its `cluster` is the connection.
fn link(name: impl Into<String>, state: LinkState, text: impl Into<String>) -> Link {
    let link = Link::new(name, state, text);
    if link.name == "cluster" { Link { kind: LinkKind::Walked, ..link } } else { link }
}

async fn chain<C: Connect>(walk: &Walk<'_, C>, question: &Question<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    let (taken, how) = match entered(walk, question.role, enter(walk, question.role).await) {
        Ok(taken) => taken,
        Err(link) => {
            links.push(link);
            not_reached(&mut links, question);
            return links;
        }
    };
    links.push(link("assume", LinkState::Ok, how));
    let Some(cluster) = question.cluster else { return links };
    match walk.account.world().cluster(cluster, taken.session.as_deref()).await {
        Ok(api) => {
            let shown = inside::Shown { arn: question.role, made_at: None, taken: &taken };
            let answers = inside::ask(walk, &shown, &api, cluster).await;
            match &answers.identity {
                Err(error) if error.is(K::Unreachable) => links.push(out_of_reach(walk, cluster, &api, error).await),
                _ => links.extend(got_in(question, cluster, answers)),
            }
        }
        Err(error) => links.push(link("cluster", LinkState::Unknown, error.to_string())),
    }
    not_reached(&mut links, question);
    links
}

/// A failed connection, which says nothing about the change: reports where it failed.
async fn out_of_reach<C: Connect>(
    walk: &Walk<'_, C>,
    cluster: &ClusterDescription,
    api: &C::Cluster,
    error: &CallError,
) -> Link {
    let found = reached(cluster, walk.inquiry, &api.reach().await);
    if found.state == LinkState::Ok {
        let again = walk.inquiry.command("verify") + &walk.inquiry.role_flag();
        return link("cluster", LinkState::Unknown, error.to_string()).hint(again);
    }
    Link { hint: found.hint, ..link("cluster", LinkState::Unknown, found.text) }
}

/// The links after a broken one.
fn not_reached(links: &mut Vec<Link>, question: &Question<'_>) {
    let names = ["assume", "cluster", "identity", "rights"];
    let last = if question.inquiry.can.is_some() { 4 } else { 3 };
    let end = if question.cluster.is_some() { last } else { 1 };
    let is_unknown = links.last().is_some_and(|link| link.state == LinkState::Unknown);
    let why = if is_unknown { "the link before it could not be tested" } else { "the link before it is broken" };
    for name in &names[links.len().min(end)..end] {
        links.push(link(*name, LinkState::NotReached, why));
    }
}

/// The identity behind the token, in words; else `assume` for a role that was not assumed.
fn entered<C: Connect>(
    walk: &Walk<'_, C>,
    role: &Principal,
    entered: Entered<C::Session>,
) -> Result<(Taken<C::Session>, String), Link> {
    let signer = &walk.signer.arn;
    let request = walk.request(role);
    let side = walk.side(role, &request);
    let (allowed, error) = match entered {
        Entered::Own(taken) | Entered::Already(taken) => {
            return Ok((taken, format!("{} is a session of {role} already", walk.caller.arn)));
        }
        Entered::Session(taken, _) => return Ok((taken, format!("{signer} can assume {role}"))),
        Entered::Failed(error) => {
            let unknown = link("assume", LinkState::Unknown, error.to_string());
            return Err(unknown.hint("run the same command again"));
        }
        // A proof does not ask for a code, and MFA that this caller lacks is not a failure.
        Entered::Refused(Refused { shown: Shown::Lacks(lacks, Some(asks)), .. }) => {
            let Link { text, hint, .. } = lacks.told(asks);
            return Err(Link { hint, ..link("assume", LinkState::Unknown, text) });
        }
        Entered::Untried(allowed) => (allowed, None),
        Entered::Refused(Refused { error, allowed, .. }) => (allowed, Some(error)),
    };
    // Refused by one of the two sides? A refusal of this caller alone is not a failure.
    let weighed = side.weighed("assume", &allowed);
    let Some(error) = error.filter(|_| weighed.state != LinkState::Broken) else {
        return Err(untested(walk.inquiry, &weighed.text));
    };
    let state = if weighed.state == LinkState::Ok { LinkState::Broken } else { LinkState::Unknown };
    let told = link("assume", state, format!("{signer} can't assume {role}: {error}"));
    Err(told.hint(look(role, signer)))
}

/// The caller may not assume the role: that is not a failure, but the links after it can't be tested.
fn untested(inquiry: &Inquiry, why: &str) -> Link {
    let text = format!("the access could not be verified with these credentials: {why}");
    let verify = inquiry.command_of("verify") + &inquiry.role_flag();
    link("assume", LinkState::Unknown, text).hint(verify + "   (with the credentials of a member)")
}

/// `cluster`, `identity` and `rights`, as far as they were reached.
fn got_in(question: &Question<'_>, cluster: &ClusterDescription, answers: Answers) -> Vec<Link> {
    let Answers { identity, right, outcome, .. } = answers;
    let look =
        format!("{} {}   (names the entry or the line that decides)", question.inquiry.command("who"), question.role);
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) if error.is(K::Unauthorized) => {
            let text = format!("the cluster refuses {}: {error}", question.role);
            return vec![link("cluster", LinkState::Broken, text).hint(look)];
        }
        Err(error) => {
            let again = question.inquiry.command("verify") + &question.inquiry.role_flag();
            return vec![link("cluster", LinkState::Unknown, error.to_string()).hint(again)];
        }
    };
    let is =
        |identity: &KubernetesIdentity| format!("{} with groups {}", identity.username, identity.groups.join(", "));
    let mut links = vec![link("cluster", LinkState::Ok, format!("cluster {} accepts it", cluster.arn.name))];
    if !outcome.is(&identity) {
        // Another identity's rights say nothing about this one.
        let text = format!("became {}; the {} says {}", is(&identity), outcome.source, outcome.told());
        links.push(link("identity", LinkState::Broken, text).hint(look));
        return links;
    }
    links.push(link("identity", LinkState::Ok, is(&identity)));
    links.extend(question.inquiry.can.as_ref().zip(right).map(|(can, right)| match right {
        Ok(true) => link("rights", LinkState::Ok, format!("may {}", told(can))),
        Ok(false) => {
            let role = question.role.to_string();
            let who = outcome.username.as_deref().unwrap_or(&role);
            lacks(&question.inquiry, question.role, can, who, &outcome)
        }
        Err(error) => link("rights", LinkState::Unknown, error.to_string()),
    }));
    links
}

async fn member<C: Connect>(world: &C, question: &Question<'_>, name: &str, arn: &str, heard: &Heard<'_>) -> Link {
    let title = format!("member {name}");
    let Ok(who) = arn.parse::<Principal>() else {
        return link(title, LinkState::Unknown, format!("{arn} is not a user's ARN"));
    };
    let external_id = question.external_id();
    let side = question.side(&who, external_id.as_deref());
    let waits = side.weighed(&title, &Ok(Allowed::Yes)).state != LinkState::Broken;
    // Only a missing permission may still propagate, and each attempt asks IAM again.
    let ask = || async {
        let allowed: CallResult<Allowed> = may_assume(&Known::new(world), &who, question.role).await;
        let is_missing = allowed == Ok(Allowed::No) && side.weighed(&title, &allowed).state == LinkState::Broken;
        if is_missing { Err(allowed) } else { Ok(allowed) }
    };
    let what = format!("waiting until {name}'s policies allow sts:AssumeRole");
    let (Ok(allowed) | Err(allowed)) = question.patience(heard).try_for(&what, ask, |_| waits).await;
    side.weighed(&title, &allowed)
}
