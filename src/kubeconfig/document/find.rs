//! Finds entries of a kubeconfig by what they mean, whatever their names. Pure.

use std::rc::Rc;
use std::str::FromStr;

use serde_yaml::Value;

use super::entries::{Entries, Entry, List};
use crate::kubeconfig::exec::ExecMeaning;
use crate::model::{Authorities, ClusterArn, Principal};

/// A role on a cluster, as a kubeconfig refers to it.
#[derive(Clone, Debug)]
pub(super) struct Target<'w> {
    pub(super) cluster: &'w ClusterArn,
    pub(super) server: Option<&'w str>,
    pub(super) tls_server_name: Option<&'w str>,
    pub(super) certificate_authority_data: Option<&'w str>,
    /// The cluster's name, and its id if tokens are signed for that.
    pub(super) signed_for: Vec<String>,
    pub(super) role_arn: &'w str,
}

/// A context of the target, with the entries it names.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) context: Rc<Entry>,
    /// Absent if no entry has its name.
    pub(super) cluster: Option<Rc<Entry>>,
    pub(super) user: Rc<Entry>,
    pub(super) meaning: ExecMeaning,
}

impl Target<'_> {
    /// Whether a cluster entry is this cluster: by its name, which is the ARN, or by its server. A server that is not
    /// an EKS endpoint (`https://127.0.0.1:6443`) may be anything: there the authority must match too. Or by a
    /// certificate that both trust, whatever the server: clusters do not share certificates.
    pub(super) fn is_cluster(&self, entry: &Entry) -> bool {
        if let Ok(arn) = ClusterArn::from_str(&entry.name) {
            return arn == *self.cluster;
        }
        let (tls_server_name, authority) = (entry.text("tls-server-name"), entry.text("certificate-authority-data"));
        if self.shares_authority(entry) {
            return true;
        }
        let other_name = tls_server_name.zip(self.tls_server_name).is_some_and(|(a, b)| !a.eq_ignore_ascii_case(b));
        let same_authority = authority.is_some() && authority == self.certificate_authority_data;
        let by_server = entry.text("server").zip(self.server).is_some_and(|(server, wanted)| {
            same_server(server, wanted) && (region_of_server(wanted).is_some() || same_authority)
        });
        (by_server && !other_name) || self.is_tunnel(entry)
    }

    /// Whether an entry trusts one of the cluster's certificates.
    fn shares_authority(&self, entry: &Entry) -> bool {
        self.authorities(entry).is_some_and(|(theirs, ours)| theirs.shares(&ours))
    }

    /// Whether an entry trusts all of the cluster's certificates already, in any spelling.
    pub(super) fn covers_authority(&self, entry: &Entry) -> bool {
        self.authorities(entry).is_some_and(|(theirs, ours)| theirs.covers(&ours))
    }

    /// The certificates of an entry and of the cluster; unreadable ones are not compared.
    fn authorities(&self, entry: &Entry) -> Option<(Authorities, Authorities)> {
        Some((entry.authorities()?, Authorities::of_data(self.certificate_authority_data?)?))
    }

    /// Whether an entry reaches this cluster's endpoint through something else: it connects elsewhere, but checks the
    /// certificate for the endpoint's host or another name in one of the cluster's certificates, or its server is not
    /// an EKS endpoint and only a certificate identifies the cluster. False if a server other than the endpoint is
    /// wanted.
    pub(super) fn is_tunnel(&self, entry: &Entry) -> bool {
        let Some(wanted) = self.server.filter(|server| region_of_server(server).is_some()) else { return false };
        let name = entry.text("tls-server-name");
        if name.is_some_and(|name| name.eq_ignore_ascii_case(host_of(wanted))) {
            return true;
        }
        let is_elsewhere = entry.text("server").is_some_and(|server| region_of_server(server).is_none());
        let has_own_name = ClusterArn::from_str(&entry.name).is_err();
        (name.is_some() || (is_elsewhere && has_own_name)) && self.shares_authority(entry)
    }

    /// The meaning of a user entry, if it is the role on a cluster of this name or id, and kubectl uses its exec
    /// section.
    pub(super) fn user_meaning<'e>(&self, entry: &'e Entry) -> Option<&'e ExecMeaning> {
        let meaning = entry.exec.as_ref().filter(|_| entry.beside_exec().is_none())?;
        let cluster = self.signed_for.contains(meaning.cluster.as_ref()?);
        (cluster && same_role(meaning.role_arn.as_deref()?, self.role_arn)).then_some(meaning)
    }

    /// The first entry of this cluster; a direct one is preferred over a tunnel.
    pub(super) fn cluster(&self, entries: &Entries) -> Option<Rc<Entry>> {
        let ours = || entries.list(List::Clusters).iter().filter(|entry| self.is_cluster(entry));
        let is_direct = |entry: &Entry| entry.text("server").zip(self.server).is_some_and(|(a, b)| same_server(a, b));
        ours().find(|entry| is_direct(entry)).or_else(|| ours().next()).cloned()
    }

    /// Every context of the role on this cluster.
    pub(super) fn contexts(&self, entries: &Entries) -> Vec<Found> {
        let found = entries.list(List::Contexts).iter().filter_map(|context| {
            let user = entries.find(List::Users, context.text("user")?)?;
            let meaning = self.user_meaning(user)?;
            let cluster_name = context.text("cluster")?;
            let cluster = entries.find(List::Clusters, cluster_name);
            let ours = match cluster {
                Some(cluster) => self.is_cluster(cluster),
                None => ClusterArn::from_str(cluster_name).is_ok_and(|arn| arn == *self.cluster),
            };
            ours.then(|| Found {
                context: context.clone(),
                cluster: cluster.cloned(),
                user: user.clone(),
                meaning: meaning.clone(),
            })
        });
        found.collect()
    }
}

/// Whether two role ARNs name one role; other texts are compared literally.
pub(super) fn same_role(a: &str, b: &str) -> bool {
    match (Principal::from_str(a), Principal::from_str(b)) {
        (Ok(a), Ok(b)) => a.same_entity(&b),
        _ => a.eq_ignore_ascii_case(b),
    }
}

/// Whether two server URLs are equivalent: ignoring case, the default port and a final slash.
pub(super) fn same_server(a: &str, b: &str) -> bool {
    let plain = |url: &str| {
        let url = url.trim_end_matches('/').to_ascii_lowercase();
        url.strip_prefix("https://").map(|rest| rest.strip_suffix(":443").unwrap_or(rest).to_owned()).unwrap_or(url)
    };
    plain(a) == plain(b)
}

/// The host of a server's URL, without scheme, port and path.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    if authority.starts_with('[') {
        return authority.split_once(']').map_or(authority, |(host, _)| &host[1..]);
    }
    authority.split_once(':').map_or(authority, |(host, _)| host)
}

/// Whether a user or context is empty, so that it may be filled.
pub(super) fn is_blank(body: &Value) -> bool {
    body.is_null() || body.as_mapping().is_some_and(serde_yaml::Mapping::is_empty)
}

/// The region in an EKS endpoint's host, `ID.SHARD.REGION.eks.amazonaws.com`.
pub fn region_of_server(server: &str) -> Option<&str> {
    let labels: Vec<&str> = host_of(server).split('.').collect();
    let eks = labels.iter().position(|label| *label == "eks")?;
    let suffix =
        labels.get(eks + 1).is_some_and(|label| ["amazonaws", "api", "c2s", "sc2s", "cloud", "csp"].contains(label));
    eks.checked_sub(1).filter(|_| suffix).map(|region| labels[region])
}
