//! Yields the adapters that write.

use super::cluster::ClusterWrite;
use super::connect::Connect;
use super::eks::EksWrite;
use super::iam::IamWrite;

/// A world in which a plan can be carried out. Earlier stages only see [`Connect`], which yields no adapter that
/// writes.
pub trait Writers: Connect {
    /// Writes to IAM.
    type IamWriter: IamWrite;
    /// Writes to EKS.
    type EksWriter: EksWrite;
    /// Writes to a cluster through its API.
    type ClusterWriter: ClusterWrite;

    /// IAM in the base credentials' account.
    fn iam_writer(&self) -> Self::IamWriter;
    /// EKS in a region.
    fn eks_writer(&self, region: &str) -> Self::EksWriter;
    /// A writer for the cluster behind `api`, with the same connection and identity.
    fn cluster_writer(&self, api: &Self::Cluster) -> Self::ClusterWriter;
}
