//! DescribeCluster and ListClusters.

use base64::Engine as _;
use serde_json::{Value, json};

use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::error::ApiError;
use super::super::time::epoch_seconds;
use super::Route;

pub fn describe(call: &mut Call, route: &Route) -> Result<Value, ApiError> {
    let place = super::cluster(call, "eks:DescribeCluster", route)?;
    Ok(json!({ "cluster": shown(super::at(call, place)) }))
}

pub fn list(call: &mut Call) -> Result<Value, ApiError> {
    call.authorize("eks:ListClusters", "*")?;
    let mut names: Vec<String> = call
        .state
        .clusters
        .iter()
        .filter(|c| c.partition == call.caller.partition && c.account == call.caller.account && c.region == call.region)
        .map(|c| c.name.clone())
        .collect();
    names.sort();
    let names: Vec<Value> = names.into_iter().map(Value::String).collect();
    super::paged(call, "clusters", &names)
}

pub fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn shown(cluster: &Cluster) -> Value {
    let suffix = cluster.partition.dns_suffix();
    let region = &cluster.region;
    let mut fields = json!({
        "name": cluster.name,
        "arn": cluster.arn(),
        "createdAt": epoch_seconds(cluster.created_at),
        "version": cluster.versions.0,
        "roleArn": format!("arn:{}:iam::{}:role/eks-service", cluster.partition, cluster.account),
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-0a", "subnet-0b"], "securityGroupIds": [], "vpcId": "vpc-0a",
            "endpointPublicAccess": cluster.public_endpoint, "endpointPrivateAccess": true,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        "kubernetesNetworkConfig": { "serviceIpv4Cidr": "10.0.0.0/24", "ipFamily": "ipv4" },
        "logging": { "clusterLogging": [] },
        "identity": { "oidc": { "issuer": format!("https://oidc.eks.{region}.{suffix}/id/{:032X}", cluster.created_at) } },
        "status": cluster.status,
        "certificateAuthority": {},
        "platformVersion": cluster.versions.1,
        "tags": cluster.tags,
        "health": { "issues": [] },
    });
    if let Some(endpoint) = &cluster.endpoint {
        fields["endpoint"] = json!(endpoint);
        fields["certificateAuthority"] = json!({ "data": base64(&cluster.ca_pem) });
        if let Some(active) = cluster.authorities.iter().find(|one| one.signing == "IN_USE") {
            let by = active.activated.map_or(active.created_by, |(_, by)| by);
            fields["certificateAuthority"]["active"] = json!({ "id": active.id, "activatedBy": by });
        }
    }
    if cluster.shows_mode {
        fields["accessConfig"] = json!({ "authenticationMode": cluster.mode.as_str() });
        if let Some(given) = cluster.creator_admin {
            fields["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] = json!(given);
        }
    }
    if let Some(id) = &cluster.outpost_id {
        fields["id"] = json!(id);
        let arn = format!("arn:{}:outposts:{region}:{}:outpost/op-0a", cluster.partition, cluster.account);
        fields["outpostConfig"] = json!({ "outpostArns": [arn], "controlPlaneInstanceType": "m5.large" });
    }
    fields
}
