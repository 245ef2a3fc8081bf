//! What yields the adapters that change the world.

use super::cluster::ClusterWrite;
use super::connect::Connect;
use super::eks::EksWrite;
use super::iam::IamWrite;

/// A world in which a plan can be carried out. Every stage before that knows it as [`Connect`] alone, which yields nothing that
/// writes; so what is generic over `Connect` changes nothing.
pub trait Writers: Connect {
    /// What changes IAM.
    type IamWriter: IamWrite;
    /// What changes EKS.
    type EksWriter: EksWrite;
    /// What changes a cluster through its API.
    type ClusterWriter: ClusterWrite;

    /// IAM in the base credentials' account.
    fn iam_writer(&self) -> Self::IamWriter;
    /// EKS in a region.
    fn eks_writer(&self, region: &str) -> Self::EksWriter;
    /// The cluster that is read through this, over the same connection and as the same identity.
    fn cluster_writer(&self, api: &Self::Cluster) -> Self::ClusterWriter;
}
