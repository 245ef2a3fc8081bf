//! `kubeconfig`: the connection to the API server. Pure.

use super::authority;
use super::cluster::host;
use super::difference::{Difference, Works, make};
use super::inquiry::Inquiry;
use super::link::LinkState;
use super::section::untried_way;
use crate::error::shell_word;
use crate::kubeconfig::ContextView;
use crate::kubeconfig::document::region_of_server;

/// A server or a certificate authority other than the cluster's.
pub(super) fn broken(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>) -> Option<Difference> {
    let is_direct = view.proxy_url.is_none() && view.tls_server_name.is_none() && !is_other_name(view, inquiry, works);
    if is_direct && !is_same_server(view, works) && !is_tried_server(view, inquiry) {
        return Some(Difference::broken(
            format!(
                "connects to {}, but the cluster's endpoint is {}",
                view.server.as_deref().unwrap_or("no server"),
                works.cluster.endpoint.as_deref().unwrap_or("unknown")
            ),
            make(inquiry),
        ));
    }
    certificates(view, inquiry, works, LinkState::Broken)
}

/// The finding on the certificates that a context trusts, if it is of this state.
fn certificates(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>, state: LinkState) -> Option<Difference> {
    let found = authority::trusted(view, inquiry, works.cluster, works.authorities).filter(|f| f.state == state)?;
    Some(Difference { state, text: found.text, hint: found.mend.unwrap_or_else(|| make(inquiry)) })
}

/// What will break later, in an otherwise correct context.
pub(super) fn ending(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>) -> Option<Difference> {
    certificates(view, inquiry, works, LinkState::Ok)
}

/// A proxy or a tunnel that was not tried here, or the reverse; certificates that could not be checked.
pub(super) fn untried(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>) -> Option<Difference> {
    another_way(view, inquiry, works).or_else(|| certificates(view, inquiry, works, LinkState::Unknown))
}

fn another_way(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>) -> Option<Difference> {
    let ours = &inquiry.tunnel;
    let again = |flags: String| inquiry.command("verify") + &inquiry.role_flag() + &flags;
    match (&view.proxy_url, &ours.proxy_url) {
        (Some(theirs), ours) if ours.as_ref() != Some(theirs) => {
            let theirs = without_password(theirs);
            return Some(Difference::untried(
                format!("uses the proxy {theirs}; this was tested without it"),
                again(format!(" --proxy-url {}", shell_word(&theirs))),
            ));
        }
        (None, Some(ours)) => {
            let ours = without_password(ours);
            return Some(Difference::untried(
                format!("uses no proxy; this was tested through {ours}"),
                make(inquiry) + &format!(" --proxy-url {}", shell_word(&ours)),
            ));
        }
        _ => {}
    }
    let server = view.server.as_deref().filter(|_| !is_same_server(view, works));
    let own_host = works.cluster.endpoint.as_deref().map(host);
    let name = view.tls_server_name.as_deref().filter(|name| server.is_some() || Some(*name) != own_host);
    let is_tried = server.is_none_or(|_| is_tried_server(view, inquiry)) && name == ours.tls_server_name.as_deref();
    if is_tried || (server.is_none() && name.is_none()) {
        return None;
    }
    if let Some(server) = server.filter(|_| view.insecure) {
        let text = format!("connects to {server} without checking its certificate; that was not tested");
        return Some(untried_way(view, &text));
    }
    let flag =
        |flag: &str, value: Option<&str>| value.map_or_else(String::new, |v| format!(" {flag} {}", shell_word(v)));
    let to = view.server.as_deref().unwrap_or("no server");
    let checks = name.map_or_else(String::new, |name| format!(" and checks its certificate for {name}"));
    Some(Difference::untried(
        format!("connects to {to}{checks}; this was tested differently"),
        again(flag("--server", server) + &flag("--tls-server-name", name)),
    ))
}

/// A URL without its password.
fn without_password(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, host)| host)),
        None => url.to_owned(),
    }
}

fn bare(url: &str) -> String {
    url.trim_end_matches('/').trim_end_matches(":443").to_ascii_lowercase()
}

fn is_same_server(view: &ContextView, works: &Works<'_>) -> bool {
    match (&view.server, &works.cluster.endpoint) {
        (Some(a), Some(b)) => bare(a) == bare(b),
        _ => true,
    }
}

/// Whether a server that is not an EKS endpoint may be this cluster by another name: a private address, a tunnel.
fn is_other_name(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>) -> bool {
    let is_of_eks = view.server.as_deref().is_some_and(|server| region_of_server(server).is_some());
    !is_of_eks && authority::may_lead(view, inquiry, works.cluster)
}

/// Whether it is the address of `--server`.
fn is_tried_server(view: &ContextView, inquiry: &Inquiry) -> bool {
    match (&view.server, &inquiry.tunnel.server) {
        (Some(a), Some(b)) => bare(a) == bare(b),
        _ => false,
    }
}
