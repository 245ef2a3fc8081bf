//! `kubeconfig`: the context that kubectl would use for the cluster, and whether it matches. Pure: works on given
//! texts.

use super::contexts::{is_about, views};
use super::difference::{Difference, Works, make};
use super::inquiry::Inquiry;
use super::link::Link;
use super::{section, server};
use crate::error::shell_word;
use crate::kubeconfig::document::{DocumentError, List};
use crate::kubeconfig::merged::{KubeconfigFile, Trouble};
use crate::kubeconfig::{ContextView, ExecMeaning};
use crate::model::{ClusterDescription, Partition, Principal};

/// The context that kubectl would use for the cluster: the named one, else the current one, else one with the role,
/// else the first; with its file.
pub(super) fn chosen<'i>(inquiry: &'i Inquiry, works: &Works<'_>) -> Option<(&'i str, ContextView)> {
    let current = inquiry.kubeconfig.current().map(|(_, name)| name);
    let same_role = |view: &ContextView| match (works.role, role_of(view)) {
        (Some(role), Some(theirs)) => theirs.same_entity(role),
        (None, None) => true,
        _ => false,
    };
    let mut about: Vec<_> = views(inquiry).into_iter().filter(|(_, view)| is_about(view, inquiry)).collect();
    let first = |holds: &dyn Fn(&ContextView) -> bool| about.iter().position(|(_, view)| holds(view));
    let at = first(&|view| inquiry.context.as_ref() == Some(&view.name))
        .or_else(|| first(&|view| current == Some(&view.name)))
        .or_else(|| first(&same_role))
        .unwrap_or_default();
    (at < about.len()).then(|| about.swap_remove(at))
}

/// Compares the context with what was found to work.
pub(super) fn link(inquiry: &Inquiry, works: &Works<'_>, chosen: Option<&(&str, ContextView)>) -> Link {
    if let Some((file, trouble)) = inquiry.kubeconfig.trouble() {
        return unread(file, trouble);
    }
    if let Some((file, undecodable)) = inquiry.kubeconfig.undecodable().next() {
        let text = format!("kubeconfig {}: {}; kubectl then loads none of the files", file.path, undecodable.error);
        let is_its = |view: &ContextView| view.cluster.as_ref() == Some(&undecodable.name);
        let is_renewed = undecodable.list == List::Clusters && chosen.is_some_and(|(_, view)| is_its(view));
        return Link::broken("kubeconfig", text, if is_renewed { make(inquiry) } else { shown(file) });
    }
    let Some((path, view)) = chosen else {
        return Link::not_reached("kubeconfig", "no context names this cluster").hint(make(inquiry));
    };
    let is_current = inquiry.kubeconfig.current().is_some_and(|(_, name)| name == view.name);
    let place = format!("context {} in {path}{}", view.name, origins(inquiry, path, view));
    if let Some(found) = difference(view, inquiry, works) {
        let is_right = |view: &ContextView| difference(view, inquiry, works).is_none();
        let all = views(inquiry);
        let is_other = |v: &ContextView| v.name != view.name && is_about(v, inquiry) && is_right(v);
        let other = all.iter().find(|(_, v)| is_other(v)).map(|(_, v)| shell_word(&v.name));
        let stays = stays(view, works);
        let hint = match other {
            Some(name) if inquiry.context.is_none() => format!("kubectl config use-context {name}"),
            Some(name) if stays => format!("kubectl --context {name} auth whoami   (the context that works)"),
            _ if is_current && stays => made_current(found.hint),
            _ => found.hint,
        };
        return Link::new("kubeconfig", found.state, format!("{place} {}", found.text)).hint(hint);
    }
    let use_it = if is_current {
        "which is current".to_owned()
    } else {
        format!("with kubectl --context {}", shell_word(&view.name))
    };
    let remark = view.exec.as_ref().map(|exec| section::remark(exec, inquiry)).unwrap_or_default();
    let same = format!("{place} does the same, {use_it}{remark}");
    match server::ending(view, inquiry, works) {
        Some(ending) => Link::ok("kubeconfig", format!("{same}; it {}", ending.text)).hint(ending.hint),
        None => Link::ok("kubeconfig", same),
    }
}

/// Whether rewriting the role's context leaves this one as it is: its user is missing, of another role, or uses a
/// wrapper.
fn stays(view: &ContextView, works: &Works<'_>) -> bool {
    let is_own = |role: Principal| works.role.is_some_and(|own| own.same_entity(&role));
    view.exec.as_ref().is_none_or(|exec| exec.wrapped) || !role_of(view).is_some_and(is_own)
}

/// The command that writes a context and makes it current.
fn made_current(hint: String) -> String {
    if !hint.starts_with("eksaccess kubeconfig ") {
        return hint;
    }
    match hint.split_once("   (") {
        Some((command, remark)) => format!("{command} --set-current   ({remark}"),
        None => hint + " --set-current",
    }
}

/// The other files from which kubectl takes the context's cluster and user.
fn origins(inquiry: &Inquiry, path: &str, view: &ContextView) -> String {
    let of = |list, what: &str, name: &Option<String>| {
        let name = name.as_deref()?;
        let file = inquiry.kubeconfig.file_of(list, name).filter(|file| file.path != path)?;
        Some(format!(", with {what} {name} of {}", file.path))
    };
    let cluster = of(List::Clusters, "cluster", &view.cluster);
    [cluster, of(List::Users, "user", &view.user)].into_iter().flatten().collect()
}

/// A file that kubectl can't load, which prevents loading the others. Whether kubectl can read a text that is
/// unreadable here is not known.
fn unread(file: &KubeconfigFile, trouble: &Trouble) -> Link {
    let text = format!("kubeconfig {} can't be read: {trouble}", file.path);
    let hint = shown(file);
    match trouble {
        Trouble::Unread(_) | Trouble::Document(DocumentError::DuplicateName { .. }) => {
            Link::broken("kubeconfig", format!("{text}; kubectl then loads none of the files"), hint)
        }
        Trouble::Document(_) => Link::unknown("kubeconfig", text).hint(hint),
    }
}

fn shown(file: &KubeconfigFile) -> String {
    let path = shell_word(&file.path);
    format!("kubectl config view --kubeconfig {path}   (says where; fix it, or remove it from KUBECONFIG)")
}

fn role_of(view: &ContextView) -> Option<Principal> {
    view.exec.as_ref()?.role_arn.as_ref()?.parse().ok()
}

/// Broken settings are reported before untried ones.
fn difference(view: &ContextView, inquiry: &Inquiry, works: &Works<'_>) -> Option<Difference> {
    let Some(exec) = &view.exec else {
        return Some(without_tool(view, inquiry));
    };
    // Settings that take precedence over the exec section make it irrelevant.
    section::beside(view)
        .or_else(|| identity(view, exec, inquiry, works))
        .or_else(|| section::broken(view, exec, inquiry, works))
        .or_else(|| server::broken(view, inquiry, works))
        .or_else(|| section::untried(view, exec, inquiry))
        .or_else(|| server::untried(view, inquiry, works))
}

/// A context without a known tool: kubectl may get access by means that can't be read here.
fn without_tool(view: &ContextView, inquiry: &Inquiry) -> Difference {
    if let Some(user) = view.user.as_ref().filter(|user| inquiry.kubeconfig.file_of(List::Users, user).is_none()) {
        return Difference::broken(format!("names user {user}, which does not exist"), make(inquiry));
    }
    section::beside(view).or_else(|| section::command(view, inquiry)).unwrap_or_else(|| match &view.beside.program {
        Some(program) => {
            let provider = "an identity provider of the cluster may accept its token";
            section::untried_way(view, &format!("runs {program}, whose behaviour can't be judged here: {provider}"))
        }
        None => Difference::broken("runs no program that makes tokens for EKS", make(inquiry)),
    })
}

/// The identity and the cluster of the context's token.
fn identity(view: &ContextView, exec: &ExecMeaning, inquiry: &Inquiry, works: &Works<'_>) -> Option<Difference> {
    let cluster = works.cluster;
    let differs = |text: String| Some(Difference::broken(text, make(inquiry)));
    match (works.role, &exec.role_arn, role_of(view)) {
        (Some(role), None, _) => {
            return differs(format!("assumes no role: kubectl would use the caller's own token, not {role}'s"));
        }
        (_, Some(text), None) => return differs(format!("assumes {text}, which is not a role's ARN")),
        (Some(role), Some(text), Some(other)) if !other.same_entity(role) => {
            return differs(format!("assumes {text}, not {role}"));
        }
        _ => {}
    }
    if let Some(name) = exec.cluster.as_deref().filter(|c| !names(c, cluster)) {
        return differs(format!("makes tokens for cluster {name}"));
    }
    // A token may name any region's STS of the cluster's partition.
    let is_other = |region: &&str| Partition::of_region(region) != cluster.arn.partition;
    if let Some(region) = exec.region.as_deref().filter(is_other) {
        return differs(format!("makes tokens for region {region}"));
    }
    match (works.external_id, exec.external_id.as_deref()) {
        (Some(_), None) => differs("sends no external id, but the role requires one".to_owned()),
        (Some(right), Some(sent)) if right != sent => {
            differs("sends a different external id than the role requires".to_owned())
        }
        _ => None,
    }
}

fn names(text: &str, cluster: &ClusterDescription) -> bool {
    text == cluster.token_cluster_id || text == cluster.arn.name || text == cluster.arn.to_string()
}
