//! Proving: the walk of what was just written, with patience and with an expectation, told in four links and one a member.
//!
//! What keeps this caller out breaks nothing: it is not tested then. Who may assume the role, who the source makes of it and
//! which command is missing are judged where `verify` judges them.

use futures::future::{join, join_all};
use serde_json::Value;
use tokio::time::Instant;

use super::allowed::{Allowed, may_assume};
use super::enter::{Entered, Refused, Taken, enter};
use super::inquiry::Inquiry;
use super::inside::{self, Answers, lacks, told};
use super::link::{Link, LinkKind, LinkState};
use super::patience::{Heard, Patience};
use super::scene::{ClusterSight, RoleFound, Scene};
use super::side::{NEVER_WITH_MFA, Side};
use super::walk::{Expected, Walk};
use crate::engine::call_error::CallErrorKind as K;
use crate::engine::clock::Clock;
use crate::engine::known::Known;
use crate::engine::ledger::Watch;
use crate::engine::port::{CallResult, Connect};
use crate::model::{CallerIdentity, ClusterDescription, KubernetesIdentity, Principal, PrincipalKind, Scope, trust};

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
    /// The cluster; without one only the role and the members are tested.
    pub cluster: Option<&'a ClusterDescription>,
    /// What binds the role once the plan is carried out.
    pub expected: Expected,
    /// ARNs of users who should be able to assume the role, by name.
    pub members: Vec<(String, String)>,
    /// Whether something was just written and may need time.
    pub is_fresh: bool,
    /// Until when a fresh chain is tried.
    pub deadline: Instant,
}

impl Question<'_> {
    /// Both sides of one who should be able to assume the role.
    fn side<'s>(&'s self, who: &'s Principal, external_id: Option<&'s str>) -> Side<'s> {
        let (inquiry, role, trust) = (&self.inquiry, self.role, self.trust);
        Side { inquiry, who, role, trust, external_id, mfa: false, is_outside: true }
    }

    fn external_id(&self) -> Option<String> {
        self.trust.and_then(|trust| trust::needs(trust).external_id)
    }

    /// Who watches, and the cluster, or the role's account where no cluster is asked about.
    fn heard<'w>(&self, watch: &'w dyn Watch) -> Heard<'w> {
        let account = || Scope::Account(self.role.partition, self.role.account.clone());
        let scope = self.cluster.map_or_else(account, |cluster| Scope::Cluster(cluster.arn.clone()));
        Heard { watch, scope }
    }

    fn patience<'w>(&self, heard: &'w Heard<'w>) -> Patience<'w> {
        if self.is_fresh { Patience::Until(self.deadline, heard) } else { Patience::Once }
    }

    /// What is seen of both, as the plan leaves them.
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
        signer: question.caller,
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

/// A link of a proof, whose `cluster` is the connection.
fn link(name: impl Into<String>, state: LinkState, text: impl Into<String>) -> Link {
    let link = Link::new(name, state, text);
    if link.name == "cluster" { Link { kind: LinkKind::Walked, ..link } } else { link }
}

async fn chain<C: Connect>(walk: &Walk<'_, C>, question: &Question<'_>) -> Vec<Link> {
    let mut links = Vec::new();
    let taken = match entered(question, enter(walk, question.role).await) {
        Ok(taken) => taken,
        Err(link) => {
            links.push(link);
            not_reached(&mut links, question);
            return links;
        }
    };
    links.push(link("assume", LinkState::Ok, format!("{} can assume {}", question.caller.arn, question.role)));
    let Some(cluster) = question.cluster else { return links };
    match walk.account.world().cluster(cluster, taken.session.as_deref()).await {
        Ok(api) => {
            let shown = inside::Shown { arn: question.role, made_at: None, taken: &taken };
            let answers = inside::ask(walk, &shown, &api, cluster).await;
            links.extend(got_in(question, cluster, answers));
        }
        Err(error) => links.push(link("cluster", LinkState::Unknown, error.to_string())),
    }
    not_reached(&mut links, question);
    links
}

/// Those behind a link that does not hold.
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

/// `assume`, where the role was not taken.
fn entered<S>(question: &Question<'_>, entered: Entered<S>) -> Result<Taken<S>, Link> {
    let (caller, role) = (&question.caller.arn, question.role);
    let external_id = question.external_id();
    let side = question.side(caller, external_id.as_deref());
    let (allowed, error) = match entered {
        Entered::Own(taken) | Entered::Already(taken) | Entered::Session(taken, _) => return Ok(taken),
        Entered::Failed(error) => {
            let unknown = link("assume", LinkState::Unknown, error.to_string());
            return Err(unknown.hint("run the same command again"));
        }
        Entered::Untried(allowed) => (allowed, None),
        Entered::Refused(Refused { error, allowed, .. }) => (allowed, Some(error)),
    };
    // Refused by one of the two sides? What refuses this caller alone breaks nothing.
    let weighed = side.weighed("assume", &allowed);
    let was_asked_first = error.is_none() && allowed == Ok(Allowed::Yes);
    if weighed.state == LinkState::Broken && !was_asked_first {
        return Err(untested(question, &weighed.text));
    }
    let Some(error) = error.filter(|_| side.asks_for_mfa(&allowed).is_none()) else {
        return Err(without_factor(question, &side, &allowed));
    };
    let state = if weighed.state == LinkState::Ok { LinkState::Broken } else { LinkState::Unknown };
    let name = crate::error::shell_word(&role.name).into_owned();
    let told = link("assume", state, format!("{caller} can't assume {role}: {error}"));
    Err(told.hint(format!("aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument")))
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
fn without_factor(question: &Question<'_>, side: &Side<'_>, allowed: &CallResult<Allowed>) -> Link {
    let (caller, role) = (&question.caller.arn, question.role);
    let by_trust = side.asks_for_mfa(&Ok(Allowed::Yes)).is_some();
    let who_asks = match allowed {
        Ok(Allowed::Yes) if by_trust => format!("the trust of {role} asks"),
        _ => format!("one of the two sides, {caller}'s policies or the trust of {role}, asks"),
    };
    let (why, hint) = if caller.kind == PrincipalKind::User {
        let (verify, role) = (question.inquiry.command("verify"), question.inquiry.role_flag());
        let serial = side.likely_serial();
        ("which was not asked for here".to_owned(), format!("{verify}{role} --mfa-serial {serial}"))
    } else {
        (format!("which {caller} can't show: {NEVER_WITH_MFA}"), as_member(question))
    };
    link("assume", LinkState::Unknown, format!("{who_asks} for a second factor, {why}")).hint(hint)
}

/// `cluster`, `identity` and `rights`, as far as they were reached.
fn got_in(question: &Question<'_>, cluster: &ClusterDescription, answers: Answers) -> Vec<Link> {
    let Answers { identity, right, outcome, .. } = answers;
    let look =
        format!("{} {}   (names the entry or the line that decides)", question.inquiry.command("who"), question.role);
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) if error.is(K::Unauthorized) => {
            let text = format!("the cluster does not let {} in: {error}", question.role);
            return vec![link("cluster", LinkState::Broken, text).hint(look)];
        }
        Err(error) => {
            let again = question.inquiry.command("verify") + &question.inquiry.role_flag();
            return vec![link("cluster", LinkState::Unknown, error.to_string()).hint(again)];
        }
    };
    let is =
        |identity: &KubernetesIdentity| format!("{} with groups {}", identity.username, identity.groups.join(", "));
    let mut links = vec![link("cluster", LinkState::Ok, format!("cluster {} lets it in", cluster.arn.name))];
    if !outcome.is(&identity) {
        // What another identity may do says nothing of this one.
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
    // Only a right that is missing may be on its way, and each try asks IAM anew.
    let ask = || async {
        let allowed: CallResult<Allowed> = may_assume(&Known::new(world), &who, question.role).await;
        let is_missing = allowed == Ok(Allowed::No) && side.weighed(&title, &allowed).state == LinkState::Broken;
        if is_missing { Err(allowed) } else { Ok(allowed) }
    };
    let what = format!("waiting until {name}'s policies allow sts:AssumeRole");
    let (Ok(allowed) | Err(allowed)) = question.patience(heard).try_for(&what, ask, |_| waits).await;
    side.weighed(&title, &allowed)
}
