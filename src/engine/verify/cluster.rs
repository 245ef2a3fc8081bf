//! `token`, `cluster`, `endpoint`, `mode`: the token, the cluster, and whether it can be reached.

use super::inquiry::Inquiry;
use super::link::{Chain, Link};
use super::scene::ClusterSight;
use super::walk::Walk;
use crate::engine::call_error::CallErrorKind as K;
use crate::engine::port::{ClusterRead, Connect, Reach};
use crate::error::shell_word;
use crate::model::{AuthMode, ClusterDescription, Partition};

/// The longest token that the control plane reads (aws-iam-authenticator `pkg/token`).
const MOST_TOKEN_BYTES: usize = 4096;
/// The local port in a proposed tunnel.
const TUNNEL_PORT: u16 = 8443;

/// Signs a token as the exec plugin would.
pub(super) async fn token<C: Connect>(
    walk: &Walk<'_, C>,
    session: Option<&C::Session>,
    chain: &mut Chain,
) -> Option<()> {
    let Walk { account, inquiry, caller, scene, .. } = walk;
    let region = &inquiry.cluster.region;
    let partition = Partition::of_region(region);
    if partition != caller.arn.partition {
        let text = format!(
            "the credentials belong to partition {}, and region {region} to partition {partition}: the cluster would refuse the token",
            caller.arn.partition
        );
        return chain.add(Link::broken(
            "token",
            text,
            format!(
                "aws configure list-profiles   (use --profile with one of partition {partition}, or the cluster's own --region)"
            ),
        ));
    }
    let id = scene.cluster.description().map_or(inquiry.cluster.name.as_str(), |d| &d.token_cluster_id);
    chain.add(match account.world().sign(id, region, session).await {
        Ok(token) => Link::ok(
            "token",
            format!(
                "{} of {MOST_TOKEN_BYTES} bytes, by {} in partition {partition}, for cluster {id}",
                token.bytes, token.host
            ),
        ),
        Err(error) => Link::broken(
            "token",
            error.message,
            "aws sts get-caller-identity   (shows which session signs: use one with fewer session tags and no session policy, or assume the role from an IAM user's keys)",
        ),
    })
}

/// Whether the cluster exists and is ready.
pub(super) fn links(inquiry: &Inquiry, sight: &ClusterSight, chain: &mut Chain) -> Option<ClusterDescription> {
    chain.add(state(inquiry, sight))?;
    sight.description().cloned()
}

pub(super) fn state(inquiry: &Inquiry, sight: &ClusterSight) -> Link {
    let (name, region) = (&inquiry.cluster.name, &inquiry.cluster.region);
    let describe = format!("aws eks describe-cluster --name {name} --region {region} --query cluster.status");
    match sight {
        ClusterSight::Seen(d) if !matches!(d.status.as_str(), "ACTIVE" | "UPDATING") => {
            Link::broken("cluster", format!("cluster {name} is {}, not ACTIVE", d.status), describe)
        }
        ClusterSight::Seen(d) if d.endpoint.is_none() => {
            Link::broken("cluster", format!("cluster {name} is {} and has no endpoint yet", d.status), describe)
        }
        ClusterSight::Seen(d) => Link::ok("cluster", format!("{} is {}", d.arn, d.status)),
        ClusterSight::FromKubeconfig(d, context, error) => Link::unknown(
            "cluster",
            format!("the caller may not {}; {} comes from context {context}", error.operation, d.arn),
        ),
        ClusterSight::Missing => Link::broken(
            "cluster",
            format!("cluster {name} does not exist in region {region} of this account"),
            format!("aws eks list-clusters --region {region}   (or another --region or --profile)"),
        ),
        ClusterSight::Failed(error) if error.is(K::AccessDenied) => Link::broken(
            "cluster",
            format!("the caller may not {} on {name}, and no kubeconfig names its endpoint", error.operation),
            inquiry.command("kubeconfig")
                + "   (run it with an identity that may describe the cluster; then use that file)",
        ),
        ClusterSight::Failed(error) => Link::broken("cluster", error.to_string(), describe),
    }
}

/// Tries to reach the API server, and returns the cluster as the session.
pub(super) async fn endpoint<C: Connect>(
    world: &C,
    inquiry: &Inquiry,
    description: &ClusterDescription,
    session: Option<&C::Session>,
    chain: &mut Chain,
) -> Option<C::Cluster> {
    let api = match world.cluster(description, session).await {
        Ok(api) => api,
        Err(error) => {
            chain.add(Link::broken("endpoint", error.message, inquiry.command("kubeconfig")))?;
            return None;
        }
    };
    chain.add(reached(description, inquiry, &api.reach().await))?;
    Some(api)
}

pub(super) fn reached(description: &ClusterDescription, inquiry: &Inquiry, reach: &Reach) -> Link {
    let own = description.endpoint.as_deref().unwrap_or("the endpoint");
    match &inquiry.tunnel.server {
        Some(tunnel) => through_tunnel(own, tunnel, inquiry, reach),
        None => directly(own, description.private_only, inquiry, reach),
    }
}

/// The result if the cluster's own endpoint was tried.
fn directly(server: &str, is_private: bool, inquiry: &Inquiry, reach: &Reach) -> Link {
    let private = if is_private { "; its endpoint is private, so only its VPC or a VPN reaches it" } else { "" };
    let tunnel = format!(" --server https://localhost:{TUNNEL_PORT} --tls-server-name {}", host(server));
    let way_in = inquiry.again(&tunnel)
        + &format!(
            "   (once a tunnel forwards local port {TUNNEL_PORT} to {}:443; or without both options from inside its VPC, over a VPN, or with --proxy-url)",
            host(server)
        );
    match reach {
        Reach::Answers => Link::ok("endpoint", format!("{server} answers, with TLS verified by the cluster's own CA")),
        Reach::NoName(why) => {
            Link::broken("endpoint", format!("the name of {server} does not resolve here{private}: {why}"), way_in)
        }
        Reach::Silent(why) => Link::broken("endpoint", format!("{server} can't be reached{private}: {why}"), way_in),
        Reach::Proxy(why) => proxy(server, inquiry, why),
        Reach::OtherName(why) => Link::broken(
            "endpoint",
            format!("the server at {server} has no certificate for {}: {why}", name_asked_for(server, inquiry)),
            inquiry.command("kubeconfig"),
        ),
        Reach::Tls(why) => Link::broken(
            "endpoint",
            format!(
                "the server at {server} does not have the cluster's certificate (a proxy that intercepts TLS, or a kubeconfig from before the cluster was recreated): {why}"
            ),
            inquiry.command("kubeconfig"),
        ),
    }
}

/// The result if a tunnel was tried, which should end at the cluster's endpoint.
fn through_tunnel(own: &str, tunnel: &str, inquiry: &Inquiry, reach: &Reach) -> Link {
    let named = |name: &str| format!(" --server {} --tls-server-name {}", shell_word(tunnel), shell_word(name));
    let again = inquiry.again(&named(host(own)));
    let opened = format!("{again}   (once a tunnel forwards {tunnel} to {}:443)", host(own));
    match reach {
        Reach::Answers => {
            Link::ok("endpoint", format!("{tunnel} answers as {own} does, with TLS verified by the cluster's own CA"))
        }
        Reach::NoName(why) => {
            Link::broken("endpoint", format!("the name of the tunnel {tunnel} does not resolve here: {why}"), opened)
        }
        Reach::Silent(why) => Link::broken("endpoint", format!("the tunnel {tunnel} can't be reached: {why}"), opened),
        Reach::Proxy(why) => proxy(tunnel, inquiry, why),
        Reach::OtherName(why) => Link::broken(
            "endpoint",
            format!(
                "the server behind the tunnel {tunnel} has no certificate for {}: {why}",
                name_asked_for(tunnel, inquiry)
            ),
            again,
        ),
        Reach::Tls(why) => Link::broken(
            "endpoint",
            format!(
                "the server behind the tunnel {tunnel} is not this cluster: its certificate is not from the cluster's CA: {why}"
            ),
            opened,
        ),
    }
}

/// The name for which a certificate is expected.
fn name_asked_for<'a>(server: &'a str, inquiry: &'a Inquiry) -> &'a str {
    inquiry.tunnel.tls_server_name.as_deref().unwrap_or_else(|| host(server))
}

fn proxy(server: &str, inquiry: &Inquiry, why: &str) -> Link {
    let text = format!("the proxy to {server} refuses: {why}");
    if inquiry.tunnel.proxy_url.is_some() {
        let hint = inquiry.again("") + "   (without --proxy-url, or with one that lets this cluster through)";
        return Link::broken("endpoint", text, hint);
    }
    Link::broken("endpoint", text, format!("export NO_PROXY={}   (then the same command again)", host(server)))
}

pub(super) fn host(server: &str) -> &str {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

/// Where the control plane looks up identities.
pub(super) fn mode(sight: &ClusterSight) -> Link {
    match sight.mode() {
        Some(AuthMode::Api) => Link::ok("mode", "API: only access entries decide; aws-auth is not read"),
        Some(AuthMode::ApiAndConfigMap) => {
            Link::ok("mode", "API_AND_CONFIG_MAP: an access entry takes precedence over aws-auth")
        }
        Some(AuthMode::ConfigMap) => Link::ok("mode", "CONFIG_MAP: only aws-auth decides"),
        None => Link::unknown("mode", "the authentication mode could not be seen (eks:DescribeCluster)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_host_is_its_name_alone() {
        assert_eq!(host("https://A1.gr7.eu-west-1.eks.amazonaws.com"), "A1.gr7.eu-west-1.eks.amazonaws.com");
        assert_eq!(host("https://127.0.0.1:8443/x"), "127.0.0.1");
    }
}
