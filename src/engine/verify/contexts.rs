//! The contexts of the kubeconfigs, and which of them are about a cluster. Pure: it is given texts.

use super::inquiry::Inquiry;
use crate::engine::cluster_ref::ClusterRef;
use crate::kubeconfig::locate::located;
use crate::kubeconfig::{ContextView, contexts, current_context};
use crate::model::ClusterArn;

/// Every context of every kubeconfig that can be read, with its file.
pub(super) fn views(inquiry: &Inquiry) -> Vec<(&str, ContextView)> {
    views_of(&inquiry.kubeconfig)
}

/// The same of these files; a certificate authority's file is told by its whole path.
pub(super) fn views_of(files: &[(String, String)]) -> Vec<(&str, ContextView)> {
    let whole = |path: &str, view: ContextView| {
        let file = view.certificate_authority.as_deref().map(|file| located(path, file));
        ContextView { certificate_authority: file, ..view }
    };
    let all =
        files.iter().flat_map(|(path, text)| contexts(text).unwrap_or_default().into_iter().map(move |v| (path, v)));
    all.map(|(path, view)| (path.as_str(), whole(path, view))).collect()
}

/// Whether a context is about the cluster in question.
pub(super) fn is_about(view: &ContextView, inquiry: &Inquiry) -> bool {
    is_of(view, &inquiry.cluster)
}

/// Whether a context is about this cluster.
pub(super) fn is_of(view: &ContextView, cluster: &ClusterRef) -> bool {
    let same = |arn: &ClusterArn| cluster.is_meant(arn);
    match (&view.cluster_arn, &view.exec) {
        (Some(arn), _) => same(arn),
        (None, Some(exec)) => exec.cluster.as_deref() == Some(&cluster.name),
        (None, None) => false,
    }
}

/// The first file that names a current context decides.
pub(super) fn current(files: &[(String, String)]) -> Option<String> {
    files.iter().find_map(|(_, text)| current_context(text).ok().flatten().filter(|c| !c.is_empty()))
}
