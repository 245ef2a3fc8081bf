//! The operation of a method and a path.

use super::super::wire::HttpRequest;

/// An operation and the names in its path.
#[derive(Clone, Debug, Default)]
pub struct Route {
    pub operation: &'static str,
    pub cluster: String,
    /// A principal's ARN, a node group's name, an update's id, a resource's ARN.
    pub object: String,
    pub policy: String,
}

impl Route {
    /// The object of the call in a log line.
    pub fn target(&self) -> String {
        [&self.cluster, &self.object, &self.policy]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Reads a request; `None` for a path that EKS does not have.
pub fn route(request: &HttpRequest) -> Option<Route> {
    let decode = |part: &str| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned();
    let parts: Vec<String> = request.path.trim_start_matches('/').split('/').map(decode).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let method = request.method.as_str();
    let named = |operation, cluster: &str, object: &str, policy: &str| {
        Some(Route { operation, cluster: cluster.to_owned(), object: object.to_owned(), policy: policy.to_owned() })
    };
    match (method, &parts[..]) {
        ("GET", ["clusters"]) => named("ListClusters", "", "", ""),
        ("GET", ["clusters", c]) => named("DescribeCluster", c, "", ""),
        ("POST", ["clusters", c, "update-config"]) => named("UpdateClusterConfig", c, "", ""),
        ("GET", ["clusters", c, "updates"]) => named("ListUpdates", c, "", ""),
        ("GET", ["clusters", c, "updates", id]) => named("DescribeUpdate", c, id, ""),
        ("GET", ["clusters", c, "certificate-authorities"]) => named("ListCertificateAuthorities", c, "", ""),
        ("POST", ["clusters", c, "certificate-authorities"]) => named("CreateCertificateAuthority", c, "", ""),
        ("GET", ["clusters", c, "certificate-authorities", id]) => named("DescribeCertificateAuthority", c, id, ""),
        ("DELETE", ["clusters", c, "certificate-authorities", id]) => named("DeleteCertificateAuthority", c, id, ""),
        ("POST", ["clusters", c, "certificate-authorities", id, "activate"]) => {
            named("ActivateCertificateAuthority", c, id, "")
        }
        ("GET", ["clusters", c, "access-entries"]) => named("ListAccessEntries", c, "", ""),
        ("POST", ["clusters", c, "access-entries"]) => named("CreateAccessEntry", c, "", ""),
        ("GET", ["clusters", c, "access-entries", p]) => named("DescribeAccessEntry", c, p, ""),
        ("POST", ["clusters", c, "access-entries", p]) => named("UpdateAccessEntry", c, p, ""),
        ("DELETE", ["clusters", c, "access-entries", p]) => named("DeleteAccessEntry", c, p, ""),
        ("GET", ["clusters", c, "access-entries", p, "access-policies"]) => {
            named("ListAssociatedAccessPolicies", c, p, "")
        }
        ("POST", ["clusters", c, "access-entries", p, "access-policies"]) => named("AssociateAccessPolicy", c, p, ""),
        ("DELETE", ["clusters", c, "access-entries", p, "access-policies", policy]) => {
            named("DisassociateAccessPolicy", c, p, policy)
        }
        ("GET", ["access-policies"]) => named("ListAccessPolicies", "", "", ""),
        ("GET", ["clusters", c, "node-groups"]) => named("ListNodegroups", c, "", ""),
        ("GET", ["clusters", c, "node-groups", n]) => named("DescribeNodegroup", c, n, ""),
        ("GET", ["clusters", c, "fargate-profiles"]) => named("ListFargateProfiles", c, "", ""),
        ("GET", ["clusters", c, "fargate-profiles", n]) => named("DescribeFargateProfile", c, n, ""),
        ("GET", ["clusters", c, "capabilities"]) => named("ListCapabilities", c, "", ""),
        ("GET", ["clusters", c, "capabilities", n]) => named("DescribeCapability", c, n, ""),
        ("GET", ["clusters", c, "identity-provider-configs"]) => named("ListIdentityProviderConfigs", c, "", ""),
        ("GET", ["tags", arn]) => named("ListTagsForResource", "", arn, ""),
        ("POST", ["tags", arn]) => named("TagResource", "", arn, ""),
        ("DELETE", ["tags", arn]) => named("UntagResource", "", arn, ""),
        // A resource's ARN contains slashes, which some clients do not encode.
        (_, ["tags", ..]) => {
            let arn = parts[1..].join("/");
            let operation = match method {
                "GET" => "ListTagsForResource",
                "POST" => "TagResource",
                _ => "UntagResource",
            };
            named(operation, "", &arn, "")
        }
        _ => None,
    }
}
