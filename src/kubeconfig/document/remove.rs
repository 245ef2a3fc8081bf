//! A role's contexts taken out of a kubeconfig, everything else kept. Pure.

use serde::Serialize;
use serde_yaml::Value;

use super::DocumentError;
use super::edit::{Edit, steps};
use super::find::Target;
use super::read::{Config, List};
use crate::model::ClusterArn;

/// What shall go: the contexts of one role on one cluster.
#[derive(Clone, Debug)]
pub struct Removal {
    /// The cluster.
    pub cluster: ClusterArn,
    /// Its endpoint, by which entries of other names are found; `None` where it is not known any more.
    pub server: Option<String>,
    /// Its certificate authority, in base64, by which a server that is no endpoint of EKS is told from another.
    pub certificate_authority_data: Option<String>,
    /// The id that tokens are signed for, on a local cluster of Outposts.
    pub cluster_id: Option<String>,
    /// The role's ARN.
    pub role_arn: String,
}

/// The outcome of [`remove`].
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Removed {
    /// The text to write; the input itself where nothing was found.
    #[serde(skip)]
    pub text: String,
    /// Whether it differs from the input.
    pub changed: bool,
    /// The contexts that went.
    pub contexts: Vec<String>,
    /// The users that went: those that no other context names.
    pub users: Vec<String>,
    /// The cluster entries that went: those that no other context names.
    pub clusters: Vec<String>,
    /// Whether the current context was among them; then there is none now.
    pub was_current: bool,
}

/// Takes every context of the role on the cluster out, and the users and cluster entries that only those used.
///
/// # Errors
/// [`DocumentError`]; then nothing of the input may be written.
pub fn remove(text: &str, removal: &Removal) -> Result<Removed, DocumentError> {
    let config = Config::read(text)?;
    let target = Target {
        cluster: &removal.cluster,
        server: removal.server.as_deref(),
        tls_server_name: None,
        certificate_authority_data: removal.certificate_authority_data.as_deref(),
        signed_for: [Some(removal.cluster.name.clone()), removal.cluster_id.clone()].into_iter().flatten().collect(),
        role_arn: &removal.role_arn,
    };
    let found = target.contexts(&config);
    let gone: Vec<usize> = found.iter().map(|found| found.context.index).collect();
    let all = config.entries(List::Contexts);
    let kept = || all.iter().filter(|context| !gone.contains(&context.index));
    let used = |key: &str, name: &str| kept().any(|context| context.text(key) == Some(name));
    let mut users: Vec<_> = found.iter().map(|f| f.user.clone()).filter(|user| !used("user", &user.name)).collect();
    let mut clusters: Vec<_> =
        found.iter().filter_map(|f| f.cluster.clone()).filter(|cluster| !used("cluster", &cluster.name)).collect();
    for list in [&mut users, &mut clusters] {
        list.sort_by_key(|entry| entry.index);
        list.dedup_by_key(|entry| entry.index);
    }
    let contexts: Vec<_> = found.into_iter().map(|found| found.context).collect();
    let was_current = contexts.iter().any(|context| config.current() == Some(&context.name));
    let mut edits = Vec::new();
    for (list, entries) in [(List::Contexts, &contexts), (List::Users, &users), (List::Clusters, &clusters)] {
        // From the last to the first, so that the numbers of those before stay right.
        edits.extend(entries.iter().rev().map(|entry| Edit::Remove(steps![list.key(), entry.index])));
    }
    if was_current {
        edits.push(Edit::Set(steps!["current-context"], Value::from("")));
    }
    let new = config.edited(&edits)?;
    let names = |entries: Vec<super::read::Entry>| entries.into_iter().map(|entry| entry.name).collect();
    Ok(Removed {
        changed: new != text,
        text: new,
        contexts: names(contexts),
        users: names(users),
        clusters: names(clusters),
        was_current,
    })
}
