//! `kubeconfig`: which context kubectl would use for the cluster, and whether it says the same. Pure: it is given texts.

use super::inquiry::Inquiry;
use super::link::Link;
use super::scene::{is_about, views};
use crate::kubeconfig::{ContextView, current_context};
use crate::model::{ClusterDescription, Principal};

/// Compares the context with what was found to work; `external_id` is the one that was sent.
pub(super) fn link(
    inquiry: &Inquiry,
    cluster: &ClusterDescription,
    role: &Principal,
    external_id: Option<&str>,
) -> Link {
    let wrong = |view: &ContextView| difference(view, cluster, role, external_id);
    let make = inquiry.command("kubeconfig") + &format!(" --role {}", inquiry.role);
    let all = views(inquiry);
    let about: Vec<&(&str, ContextView)> = all.iter().filter(|(_, view)| is_about(view, inquiry)).collect();
    if about.is_empty() {
        return Link::not_reached("kubeconfig", "no context names this cluster").hint(make);
    }
    let current = current(inquiry);
    let same_role = |view: &ContextView| role_of(view).is_some_and(|r| r.same_entity(role));
    let is_current = |view: &ContextView| current.as_deref() == Some(&view.name);
    let chosen = about
        .iter()
        .find(|(_, view)| is_current(view))
        .or_else(|| about.iter().find(|(_, view)| same_role(view)))
        .or_else(|| about.first());
    let Some((path, view)) = chosen else {
        return Link::not_reached("kubeconfig", "no context names this cluster").hint(make);
    };
    let place = format!("context {} in {path}", view.name);
    if let Some(wrong_there) = wrong(view) {
        let other = about.iter().find(|(_, v)| v.name != view.name && wrong(v).is_none());
        let hint = other.map_or(make, |(_, v)| format!("kubectl config use-context {}", v.name));
        return Link::broken("kubeconfig", format!("{place} {wrong_there}"), hint);
    }
    let use_it =
        if is_current(view) { "which is current".to_owned() } else { format!("by kubectl --context {}", view.name) };
    Link::ok("kubeconfig", format!("{place} says the same, {use_it}"))
}

/// The first file that names a current context decides.
fn current(inquiry: &Inquiry) -> Option<String> {
    inquiry.kubeconfig.iter().find_map(|(_, text)| current_context(text).ok().flatten().filter(|c| !c.is_empty()))
}

fn role_of(view: &ContextView) -> Option<Principal> {
    view.exec.as_ref()?.role_arn.as_ref()?.parse().ok()
}

/// What a context says otherwise than it should.
fn difference(
    view: &ContextView,
    cluster: &ClusterDescription,
    role: &Principal,
    external_id: Option<&str>,
) -> Option<String> {
    let Some(exec) = &view.exec else {
        return Some("runs no program that makes tokens for EKS".to_owned());
    };
    match (&exec.role_arn, role_of(view)) {
        (None, _) => return Some(format!("assumes no role: kubectl would show the caller's own token, not {role}'s")),
        (Some(text), None) => return Some(format!("assumes {text}, which is no role's ARN")),
        (Some(text), Some(other)) if !other.same_entity(role) => {
            return Some(format!("assumes {text}, another role than {role}"));
        }
        _ => {}
    }
    if exec.cluster.as_deref().is_some_and(|c| !names(c, cluster)) {
        return Some(format!("makes tokens for cluster {}", exec.cluster.as_deref().unwrap_or_default()));
    }
    if exec.region.as_deref().is_some_and(|region| region != cluster.arn.region) {
        return Some(format!("makes tokens for region {}", exec.region.as_deref().unwrap_or_default()));
    }
    match (external_id, exec.external_id.as_deref()) {
        (Some(_), None) => return Some("sends no external id, and the role is taken with one".to_owned()),
        (Some(right), Some(sent)) if right != sent => {
            return Some("sends another external id than the role is taken with".to_owned());
        }
        _ => {}
    }
    if view.proxy_url.is_none() && view.tls_server_name.is_none() && !same_server(view, cluster) {
        return Some(format!(
            "talks to {}, and the cluster's endpoint is {}",
            view.server.as_deref().unwrap_or("no server"),
            cluster.endpoint.as_deref().unwrap_or("unknown")
        ));
    }
    let authority = (&view.certificate_authority_data, &cluster.certificate_authority);
    if let (Some(theirs), Some(ours)) = authority
        && theirs.trim() != ours.trim()
    {
        return Some("trusts another certificate authority than the cluster's: it was made again since".to_owned());
    }
    None
}

fn names(text: &str, cluster: &ClusterDescription) -> bool {
    text == cluster.token_cluster_id || text == cluster.arn.name || text == cluster.arn.to_string()
}

fn same_server(view: &ContextView, cluster: &ClusterDescription) -> bool {
    let bare = |url: &str| url.trim_end_matches('/').trim_end_matches(":443").to_ascii_lowercase();
    match (&view.server, &cluster.endpoint) {
        (Some(a), Some(b)) => bare(a) == bare(b),
        _ => true,
    }
}
