//! Proving: the role is assumed, a token made, and the cluster asked who that is and what it may.
//!
//! Each link is ok, broken, unknown (not allowed or not able to look) or not reached. What was just written may need
//! time to spread, so a fresh chain is tried until the deadline, visibly; a settled one is tried once.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use futures::future::{join, join_all};
use tokio::time::Instant;

use super::allowed::{Allowed, may_assume, simulated};
use super::link::{Link, LinkState};
use crate::engine::apply::{Event, Watch};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::port::{AssumeRequest, Can, Cluster, Connect};
use crate::model::{CallerIdentity, ClusterDescription, KubernetesIdentity, Principal, TrustNeeds};

/// What a verification asks.
#[derive(Debug)]
pub struct Question<'a> {
    /// Who signs.
    pub caller: &'a CallerIdentity,
    /// The role's full ARN.
    pub role: &'a Principal,
    /// What its trust asks for.
    pub needs: TrustNeeds,
    /// The external id to be sent.
    pub external_id: Option<String>,
    /// The session's name.
    pub session_name: String,
    /// The cluster; without one only the role and the members are tested.
    pub cluster: Option<&'a ClusterDescription>,
    /// The username that the cluster should answer, where it is known.
    pub username: Option<String>,
    /// The verb that should be allowed.
    pub can: Option<Can>,
    /// ARNs of users who should be able to assume the role, by name.
    pub members: Vec<(String, String)>,
    /// Whether something was just written and may need time.
    pub is_fresh: bool,
    /// Until when a fresh chain is tried.
    pub deadline: Instant,
}

/// Follows the chain.
pub async fn verify<C: Connect>(world: &C, question: &Question<'_>, watch: &dyn Watch) -> Vec<Link> {
    let members = join_all(question.members.iter().map(|(name, arn)| member(world, question, name, arn, watch)));
    let (mut links, members) = join(chain(world, question, watch), members).await;
    links.extend(members);
    links
}

fn link(name: impl Into<String>, state: LinkState, text: impl Into<String>) -> Link {
    Link::new(name, state, text)
}

fn hinted(link: Link, hint: impl Into<String>) -> Link {
    link.hint(hint)
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

async fn chain<C: Connect>(world: &C, question: &Question<'_>, watch: &dyn Watch) -> Vec<Link> {
    let mut links = Vec::new();
    let session = match assume(world, question, watch).await {
        Ok(session) => session,
        Err(link) => {
            let unknown = link.state == LinkState::Unknown;
            links.push(link);
            not_reached(&mut links, question, unknown);
            return links;
        }
    };
    links.push(link("assume", LinkState::Ok, format!("{} can assume {}", question.caller.arn, question.role)));
    let Some(cluster) = question.cluster else { return links };
    let api = match world.cluster(cluster, Some(&session)).await {
        Ok(api) => api,
        Err(error) => {
            links.push(link("cluster", LinkState::Unknown, error.to_string()));
            not_reached(&mut links, question, true);
            return links;
        }
    };
    let (identity, rights) = join(who(&api, question, watch), rights(&api, question, watch)).await;
    match identity {
        Ok(identity) => {
            links.push(link("cluster", LinkState::Ok, format!("cluster {} lets it in", cluster.arn.name)));
            links.push(identity);
            links.extend(rights);
        }
        Err(broken) => {
            links.push(broken);
            not_reached(&mut links, question, false);
        }
    }
    links
}

fn not_reached(links: &mut Vec<Link>, question: &Question<'_>, because_unknown: bool) {
    let names = ["assume", "cluster", "identity", "rights"];
    let last = if question.can.is_some() { 4 } else { 3 };
    let end = if question.cluster.is_some() { last } else { 1 };
    let why = if because_unknown { "the link before it could not be tested" } else { "the link before it is broken" };
    for name in &names[links.len().min(end)..end] {
        links.push(link(*name, LinkState::NotReached, why));
    }
}

async fn assume<C: Connect>(world: &C, question: &Question<'_>, watch: &dyn Watch) -> Result<C::Session, Link> {
    if question.needs.mfa {
        return Err(hinted(
            link(
                "assume",
                LinkState::Unknown,
                format!("the trust of {} asks for a second factor, which was not asked for here", question.role),
            ),
            "try it with your second factor: kubectl auth whoami",
        ));
    }
    let request = AssumeRequest {
        role_arn: question.role.to_string(),
        session_name: question.session_name.clone(),
        external_id: question.external_id.clone().or_else(|| question.needs.external_id.clone()),
        ..AssumeRequest::default()
    };
    let first = world.assume(&request).await;
    let Err(error) = first else { return first.map_err(|_| unreachable_link()) };
    if !is_denied(&error) {
        return Err(hinted(link("assume", LinkState::Unknown, error.to_string()), "run the same command again"));
    }
    // Refused: because of identity policies, of the trust, or not spread yet? Simulation tells the first from the rest.
    let allowed = may_assume(world, &question.caller.arn, question.role).await;
    if let Some(link) = untested(question, &allowed) {
        return Err(link);
    }
    let again = (|| world.assume(&request))
        .retry(patience(question))
        .when(is_denied)
        .notify(|_, _| watch.event(Event::Waiting(format!("waiting until {} can be assumed", question.role))))
        .await;
    again.map_err(|error| {
        let state = if allowed.is_ok() { LinkState::Broken } else { LinkState::Unknown };
        hinted(
            link("assume", state, format!("{} can't assume {}: {error}", question.caller.arn, question.role)),
            format!("look at its trust: aws iam get-role --role-name {}", question.role.name),
        )
    })
}

/// Where the caller's own policies are why, nothing is broken: the way could not be tested by this caller.
fn untested(question: &Question<'_>, allowed: &Result<Allowed, CallError>) -> Option<Link> {
    let (caller, role) = (&question.caller.arn, question.role);
    let (text, hint) = match allowed {
        Ok(Allowed::WithMfa) => (
            format!("the policies of {caller} let it assume {role} with a second factor, which was not asked for here"),
            "try it with your second factor: kubectl auth whoami",
        ),
        Ok(Allowed::No) => (
            format!("{caller} is not allowed to assume {role} itself, so the way could not be tested"),
            "test it as a member: eksaccess verify, or kubectl auth whoami",
        ),
        _ => return None,
    };
    Some(hinted(link("assume", LinkState::Unknown, text), hint))
}

/// Only to satisfy the types: an `Ok` never becomes a link.
fn unreachable_link() -> Link {
    link("assume", LinkState::Unknown, "")
}

fn is_denied(error: &CallError) -> bool {
    error.is(K::AccessDenied)
}

async fn who<K8s: Cluster>(api: &K8s, question: &Question<'_>, watch: &dyn Watch) -> Result<Link, Link> {
    let wanted = question.username.as_deref();
    let is_wanted = |identity: &KubernetesIdentity| {
        wanted.is_none_or(|w| username_matches(w, &identity.username, &question.session_name))
    };
    // An identity other than the wanted one may be the old one, not yet replaced.
    let ask = || async {
        let identity = api.who_am_i().await.map_err(Refusal::Call)?;
        if is_wanted(&identity) { Ok(identity) } else { Err(Refusal::Other(identity)) }
    };
    let answer = ask
        .retry(patience(question))
        .when(|refusal: &Refusal| match refusal {
            Refusal::Call(error) => error.is(K::Unauthorized),
            Refusal::Other(_) => true,
        })
        .notify(|_, _| watch.event(Event::Waiting("waiting for the cluster to know the mapping".to_owned())))
        .await;
    match answer {
        Ok(identity) => Ok(link(
            "identity",
            LinkState::Ok,
            format!("{} with groups {}", identity.username, identity.groups.join(", ")),
        )),
        Err(Refusal::Other(identity)) => Ok(hinted(
            link(
                "identity",
                LinkState::Broken,
                format!("became {}, expected {}", identity.username, wanted.unwrap_or_default()),
            ),
            "another mapping or entry decides; look at both: kubectl -n kube-system get configmap aws-auth -o yaml",
        )),
        Err(Refusal::Call(error)) if error.is(K::Unauthorized) => Err(hinted(
            link("cluster", LinkState::Broken, format!("the cluster does not let {} in: {error}", question.role)),
            "see what binds it: eksaccess map --dry-run",
        )),
        Err(Refusal::Call(error)) => Err(link("cluster", LinkState::Unknown, error.to_string())),
    }
}

enum Refusal {
    Call(CallError),
    Other(KubernetesIdentity),
}

/// Whether a username is the one that a mapping's text gives to this session.
fn username_matches(template: &str, username: &str, session: &str) -> bool {
    if !template.contains("{{") {
        return template == username;
    }
    let expanded =
        template.replace("{{SessionName}}", &session.replace('@', "-")).replace("{{SessionNameRaw}}", session);
    expanded.contains("{{") || expanded == username
}

async fn rights<K8s: Cluster>(api: &K8s, question: &Question<'_>, watch: &dyn Watch) -> Option<Link> {
    let can = question.can.as_ref()?;
    let ask = || async {
        match api.can_i(can).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(None),
            Err(error) => Err(Some(error)),
        }
    };
    let answer = ask
        .retry(patience(question))
        .when(|refusal: &Option<CallError>| refusal.as_ref().is_none_or(|e| e.is(K::Unauthorized)))
        .notify(|_, _| watch.event(Event::Waiting("waiting for the cluster to grant the rights".to_owned())))
        .await;
    let what = format!("{} {}", can.verb, can.resource);
    Some(match answer {
        Ok(()) => link("rights", LinkState::Ok, format!("may {what}")),
        Err(None) => link("rights", LinkState::Broken, format!("may not {what}")),
        Err(Some(error)) => link("rights", LinkState::Unknown, error.to_string()),
    })
}

async fn member<C: Connect>(world: &C, question: &Question<'_>, name: &str, arn: &str, watch: &dyn Watch) -> Link {
    let iam = world.iam();
    let role = question.role.to_string();
    let ask = || async {
        match simulated(&iam, arn, &role).await {
            Ok(Allowed::Yes) => Ok(""),
            Ok(Allowed::WithMfa) => Ok(" with a second factor"),
            Ok(Allowed::No) => Err(None),
            Err(error) => Err(Some(error)),
        }
    };
    let answer = ask
        .retry(patience(question))
        .when(|refusal: &Option<CallError>| refusal.is_none())
        .notify(|_, _| watch.event(Event::Waiting(format!("waiting until {name}'s policies allow sts:AssumeRole"))))
        .await;
    let title = format!("member {name}");
    match answer {
        Ok(how) => link(title, LinkState::Ok, format!("{name}'s policies allow assuming {role}{how} (simulated)")),
        Err(None) => hinted(
            link(title, LinkState::Broken, format!("{name}'s policies do not allow assuming {role} (simulated)")),
            format!(
                "look for a deny or a boundary: aws iam simulate-principal-policy --policy-source-arn {arn} --action-names sts:AssumeRole --resource-arns {role}"
            ),
        ),
        Err(Some(error)) => link(title, LinkState::Unknown, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_compared_as_the_control_plane_expands_it() {
        assert!(username_matches("kubernetes-admin", "kubernetes-admin", "s"));
        assert!(!username_matches("kubernetes-admin", "other", "s"));
        assert!(username_matches("R:{{SessionName}}", "R:ann-example.com", "ann@example.com"));
        assert!(!username_matches("R:{{SessionName}}", "R:bob", "ann"));
        assert!(username_matches("R:{{AccessKeyID}}", "R:AKIA", "ann"));
    }
}
