//! The contexts of the kubeconfigs, and which of them are about a cluster. Pure: it is given texts.

use super::inquiry::Inquiry;
use crate::engine::cluster_ref::ClusterRef;
use crate::kubeconfig::{ContextView, contexts, current_context};
use crate::model::ClusterArn;

/// Every context of every kubeconfig that can be read, with its file.
pub(super) fn views(inquiry: &Inquiry) -> Vec<(&str, ContextView)> {
    views_of(&inquiry.kubeconfig)
}

/// The same of these files.
pub(super) fn views_of(files: &[(String, String)]) -> Vec<(&str, ContextView)> {
    let files = files.iter();
    files.flat_map(|(path, text)| contexts(text).unwrap_or_default().into_iter().map(|v| (path.as_str(), v))).collect()
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
