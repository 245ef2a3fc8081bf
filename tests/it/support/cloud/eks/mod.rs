//! EKS: clusters, their authentication mode and their access entries
//! (<https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html>).

mod authorities;
mod clusters;
mod entries;
mod entry_policies;
mod entry_rules;
mod node_groups;
mod route;
mod tags;
mod updates;

pub use entries::made_by_eks;
pub use route::{Route, route};
pub use updates::settle;

use serde_json::Value;

use super::call::Call;
use super::cluster::Cluster;
use super::error::ApiError;

/// Whether an operation of EKS changes something.
pub fn mutates(operation: &str) -> bool {
    !operation.starts_with("Describe") && !operation.starts_with("List")
}

/// Carries out a call and returns the body of its reply.
pub fn handle(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    match route.operation {
        "DescribeCluster" => clusters::describe(call, route),
        "ListClusters" => clusters::list(call),
        "UpdateClusterConfig" => updates::config(call, route),
        "ListCertificateAuthorities" => authorities::list(call, route),
        "DescribeCertificateAuthority" => authorities::describe(call, route),
        "CreateCertificateAuthority" => authorities::create(call, route),
        "ActivateCertificateAuthority" => authorities::activate(call, route),
        "DeleteCertificateAuthority" => authorities::delete(call, route),
        "DescribeUpdate" => updates::describe(call, route),
        "ListUpdates" => updates::list(call, route),
        "CreateAccessEntry" => entries::create(call, route),
        "DescribeAccessEntry" => entries::describe(call, route),
        "UpdateAccessEntry" => entries::update(call, route),
        "DeleteAccessEntry" => entries::delete(call, route),
        "ListAccessEntries" => entries::list(call, route),
        "AssociateAccessPolicy" => entry_policies::associate(call, route),
        "DisassociateAccessPolicy" => entry_policies::disassociate(call, route),
        "ListAssociatedAccessPolicies" => entry_policies::associated(call, route),
        "ListAccessPolicies" => entry_policies::all(call),
        "TagResource" => tags::tag(call, route),
        "UntagResource" => tags::untag(call, route),
        "ListTagsForResource" => tags::list(call, route),
        "ListNodegroups" => node_groups::list(call, route),
        "DescribeNodegroup" => node_groups::describe(call, route),
        "ListFargateProfiles" => node_groups::list_fargate(call, route),
        "DescribeFargateProfile" => node_groups::describe_fargate(call, route),
        "ListCapabilities" => node_groups::capabilities(call, route),
        "DescribeCapability" => node_groups::capability(call, route),
        "ListIdentityProviderConfigs" => node_groups::identity_providers(call, route),
        _ => Err(ApiError::new(404, "UnknownOperationException", "no such operation")),
    }
}

/// Authorises an action on the cluster of a route, and returns its index.
fn cluster(call: &Call, action: &str, route: &Route) -> Result<usize, ApiError> {
    let name = &route.cluster;
    let (partition, account) = (call.caller.partition, &call.caller.account);
    call.authorize(action, &format!("arn:{partition}:eks:{}:{account}:cluster/{name}", call.region))?;
    position(call, name)
}

/// The index of a cluster in the caller's account and region.
fn position(call: &Call, name: &str) -> Result<usize, ApiError> {
    call.state
        .clusters
        .iter()
        .position(|c| {
            c.partition == call.caller.partition
                && c.account == call.caller.account
                && c.region == call.region
                && c.name == name
        })
        .ok_or_else(|| ApiError::not_found(format!("No cluster found for name: {name}.")))
}

fn at<'a>(call: &'a mut Call, place: usize) -> &'a mut Cluster {
    &mut call.state.clusters[place]
}

/// `maxResults` of a list: 1 to 100.
fn page_size(call: &Call) -> Result<Option<usize>, ApiError> {
    let Some(text) = call.request.query_value("maxResults") else { return Ok(None) };
    match text.parse() {
        Ok(size @ 1..=100) => Ok(Some(size)),
        _ => Err(ApiError::invalid_parameter("maxResults must be between 1 and 100")),
    }
}

/// A page of a list as `{NAME: […], nextToken}`.
fn paged(call: &Call, name: &str, items: &[Value]) -> Result<Value, ApiError> {
    let token = call.request.query_value("nextToken");
    let (page, next) = call.page(items, token.as_deref(), page_size(call)?, 100)?;
    let mut fields = serde_json::Map::new();
    fields.insert(name.to_owned(), Value::Array(page));
    if let Some(next) = next {
        fields.insert("nextToken".to_owned(), Value::String(next));
    }
    Ok(Value::Object(fields))
}

/// A text of the body.
fn text(body: &Value, name: &str) -> Option<String> {
    body.get(name).and_then(Value::as_str).map(str::to_owned)
}
