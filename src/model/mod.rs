//! The types: what IAM, EKS and Kubernetes name, as plain data. Pure.

pub mod access;
pub mod account_list;
pub mod arn;
pub mod authority;
pub mod before;
pub mod cluster_arn;
pub mod condition;
pub mod desired;
pub mod hex;
pub mod map_content;
pub mod max_failures;
pub mod nearest;
pub mod nodes;
mod not_principal;
pub mod observed;
pub mod ownership;
pub mod permission_set;
pub mod platform;
pub mod policy;
pub mod rbac;
pub mod scope;
pub mod selector;
pub mod sight;
pub mod statement;
pub mod strangers;
pub mod trust;
pub mod trust_change;
mod trust_limits;
pub mod trust_verdict;
pub mod update;

pub use access::{AccessEntry, AssociatedPolicy, AuthMode, PolicyScope, Via};
pub use arn::{ArnError, Partition, Principal, PrincipalKind};
pub use authority::{Authorities, ClusterAuthority, Signing, Worth, decoded, renewed};
pub use before::{Before, BeforeAt};
pub use cluster_arn::ClusterArn;
pub use desired::{AccessWish, GroupWish, GroupsWish, MemberWish, NewRole, PoliciesWish, RoleWish};
pub use map_content::{KeptMap, MapContent};
pub use max_failures::MaxFailures;
pub use observed::{
    AwsAuthMap, AwsAuthState, CallerIdentity, Census, ClusterDescription, ClusterState, Group, KubernetesIdentity,
    Observed, Permissions, Role, RoleFacts, RolePolicies,
};
pub use platform::{ClusterFacts, EntrySupport, NoEntries};
pub use scope::Scope;
pub use selector::{ClusterSelector, TagSelector};
pub use trust::{TrustNeeds, TrustWish};
pub use update::{ClusterUpdate, UpdateStatus};
