//! What the contexts of a kubeconfig refer to. Pure; reads no credentials.

use std::str::FromStr;

use serde_yaml::Value;

use super::entries::{Entries, List};
use super::find::region_of_server;
use crate::kubeconfig::beside::{Beside, beside};
use crate::kubeconfig::exec::{ExecMeaning, is_tool};
use crate::model::{ClusterArn, Partition, Principal};

/// A context with what it names.
#[derive(Clone, Debug, PartialEq)]
pub struct ContextView {
    /// The context's name.
    pub name: String,
    /// Whether it is the current one.
    pub current: bool,
    /// The name of its cluster entry, which may be missing.
    pub cluster: Option<String>,
    /// The name of its user entry, which may be missing.
    pub user: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// The URL of the cluster's API server.
    pub server: Option<String>,
    /// The cluster's certificate authority, in base64.
    pub certificate_authority_data: Option<String>,
    /// The file of the cluster's certificate authority, as written.
    pub certificate_authority: Option<String>,
    /// The name that the server's certificate is checked for.
    pub tls_server_name: Option<String>,
    /// The proxy.
    pub proxy_url: Option<String>,
    /// Whether the server's certificate is not checked.
    pub insecure: bool,
    /// The EKS cluster: from the entry's name if that is an ARN; else guessed from the exec section, the server's host
    /// and the role's account.
    pub cluster_arn: Option<ClusterArn>,
    /// The meaning of the user's exec section, if it runs a known tool.
    pub exec: Option<ExecMeaning>,
    /// The user's other settings.
    pub beside: Beside,
}

/// Every visible context, in the order of the files.
#[must_use]
pub fn views(entries: &Entries) -> Vec<ContextView> {
    let views = entries.list(List::Contexts).iter().map(|context| {
        let cluster = context.text("cluster").and_then(|name| entries.find(List::Clusters, name));
        let user = context.text("user").and_then(|name| entries.find(List::Users, name));
        let of_cluster = |key: &str| cluster.and_then(|entry| entry.text(key)).map(str::to_owned);
        let exec = user.and_then(|entry| entry.exec.clone());
        let insecure = cluster.and_then(|entry| entry.body.get("insecure-skip-tls-verify"));
        let server = of_cluster("server");
        ContextView {
            current: entries.current() == Some(&context.name),
            cluster: context.text("cluster").map(str::to_owned),
            user: context.text("user").map(str::to_owned),
            namespace: context.text("namespace").map(str::to_owned),
            certificate_authority_data: of_cluster("certificate-authority-data"),
            certificate_authority: of_cluster("certificate-authority"),
            tls_server_name: of_cluster("tls-server-name"),
            proxy_url: of_cluster("proxy-url"),
            insecure: insecure.and_then(Value::as_bool).unwrap_or_default(),
            cluster_arn: cluster_arn(context.text("cluster"), server.as_deref(), exec.as_ref()),
            server,
            exec,
            beside: user.map(|entry| beside(&entry.body, entry.beside_exec(), is_tool)).unwrap_or_default(),
            name: context.name.clone(),
        }
    });
    views.collect()
}

fn cluster_arn(name: Option<&str>, server: Option<&str>, exec: Option<&ExecMeaning>) -> Option<ClusterArn> {
    if let Some(arn) = name.and_then(|name| ClusterArn::from_str(name).ok()) {
        return Some(arn);
    }
    let exec = exec?;
    let cluster = exec.cluster.as_deref()?;
    if let Ok(arn) = ClusterArn::from_str(cluster) {
        return Some(arn);
    }
    let region = server.and_then(region_of_server).or(exec.region.as_deref())?;
    let role = Principal::from_str(exec.role_arn.as_deref()?).ok()?;
    let arn = format!("arn:{}:eks:{region}:{}:cluster/{cluster}", Partition::of_region(region), role.account);
    ClusterArn::from_str(&arn).ok()
}
