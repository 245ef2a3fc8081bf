//! The contexts that kubectl sees, and which of them belong to a cluster. Pure.

use super::inquiry::Inquiry;
use crate::engine::cluster_ref::ClusterRef;
use crate::kubeconfig::ContextView;
use crate::model::ClusterArn;

/// Every context that kubectl sees, with its file; a certificate authority's file has its full path.
pub(super) fn views(inquiry: &Inquiry) -> Vec<(&str, ContextView)> {
    inquiry.kubeconfig.located()
}

/// Whether a context belongs to the cluster in question.
pub(super) fn is_about(view: &ContextView, inquiry: &Inquiry) -> bool {
    is_of(view, &inquiry.cluster)
}

/// Whether a context belongs to this cluster.
pub(super) fn is_of(view: &ContextView, cluster: &ClusterRef) -> bool {
    let same = |arn: &ClusterArn| cluster.is_meant(arn);
    match (&view.cluster_arn, &view.exec) {
        (Some(arn), _) => same(arn),
        (None, Some(exec)) => exec.cluster.as_deref() == Some(&cluster.name),
        (None, None) => false,
    }
}
