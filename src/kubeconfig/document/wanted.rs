//! The desired content of a kubeconfig, and the changes. Pure.

use serde::Serialize;
use serde_yaml::Value;

use super::entries::List;
use super::find::Target;
use crate::kubeconfig::exec::ExecSpec;
use crate::model::ClusterArn;

/// What happens to `current-context`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Current {
    /// The new context becomes current only if no context is.
    #[default]
    Auto,
    /// The new context becomes current.
    Set,
    /// It does not change.
    Keep,
}

/// The desired entries for one role on one cluster. `None` in an optional field leaves the present value.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The cluster; its ARN names a new cluster entry.
    pub cluster: ClusterArn,
    /// The URL of its API server.
    pub server: String,
    /// Its certificate authority, in base64.
    pub certificate_authority_data: Option<String>,
    /// The name to check the server's certificate for, if it is not the URL's host.
    pub tls_server_name: Option<String>,
    /// The proxy to reach it through.
    pub proxy_url: Option<String>,
    /// The role's full ARN, with its path.
    pub role_arn: String,
    /// The exec section.
    pub exec: ExecSpec,
    /// Whether that section's tool was named by the user, or is the only one that meets the role's trust: then a
    /// section of another tool is rewritten. If not, one with the same meaning is kept.
    pub exec_stated: bool,
    /// The context's name; `None` keeps an existing one, or creates one by [`default_name`].
    pub context_alias: Option<String>,
    /// The user's name; likewise.
    pub user_alias: Option<String>,
    /// The context's namespace.
    pub namespace: Option<String>,
    /// What happens to `current-context`.
    pub current: Current,
}

/// One difference between the old document and the new one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A cluster entry was added.
    AddedCluster {
        /// Its name.
        name: String,
    },
    /// A user entry was added.
    AddedUser {
        /// Its name.
        name: String,
    },
    /// A context was added.
    AddedContext {
        /// Its name.
        name: String,
    },
    /// A field of an entry has another value.
    Updated {
        /// `cluster`, `user` or `context`.
        entry: &'static str,
        /// The entry's name (the old one, if the name changed).
        name: String,
        /// The field in the entry's body, for example `exec.args`.
        field: String,
        /// The old value; `None` if it was absent.
        old: Option<String>,
        /// The new value.
        new: String,
    },
    /// A cluster entry no longer names a file for its certificate authority, as the file is missing.
    LostAuthority {
        /// The entry's name.
        name: String,
        /// The file.
        file: String,
    },
    /// `current-context` changed.
    CurrentContext {
        /// The old context, if there was one.
        old: Option<String>,
        /// The new context.
        new: String,
    },
}

impl Change {
    /// The kind of entry: `cluster`, `user`, `context` or `current-context`.
    #[must_use]
    pub const fn entry(&self) -> &'static str {
        match self {
            Self::AddedCluster { .. } | Self::LostAuthority { .. } => "cluster",
            Self::AddedUser { .. } => "user",
            Self::AddedContext { .. } => "context",
            Self::Updated { entry, .. } => entry,
            Self::CurrentContext { .. } => "current-context",
        }
    }
}

/// An existing setting that was kept although a new file would differ.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
#[expect(clippy::enum_variant_names, reason = "a note that says what was kept is one kind of note")]
pub enum Note {
    /// The cluster is reached through a tunnel whose certificate is checked for the endpoint's host; its server stays.
    TunnelKept {
        /// The cluster entry.
        cluster: String,
        /// The server that stays.
        server: String,
    },
    /// The entry names a file for the certificate authority, which kubectl does not allow together with data.
    AuthorityFileKept {
        /// The cluster entry.
        cluster: String,
    },
    /// The entry does not check the server's certificate (`insecure-skip-tls-verify`).
    InsecureKept {
        /// The cluster entry.
        cluster: String,
    },
    /// The server changed, but a `tls-server-name` stayed that may belong to the old one.
    TlsServerNameKept {
        /// The cluster entry.
        cluster: String,
        /// The name that stays.
        tls_server_name: String,
    },
}

/// The results of a merge; without changes if there was nothing to change.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Merged {
    /// The differences.
    pub changes: Vec<Change>,
    /// What was kept although a new file would differ.
    pub notes: Vec<Note>,
    /// The context's name.
    pub context: String,
    /// The user's name.
    pub user: String,
    /// The cluster entry's name.
    pub cluster: String,
}

/// The name of a new user and context: `Role@cluster.region.account`, unique over account, region, cluster and role.
#[must_use]
pub fn default_name(cluster: &ClusterArn, role_arn: &str) -> String {
    let role = role_arn.rsplit('/').next().unwrap_or(role_arn);
    format!("{role}@{}.{}.{}", cluster.name, cluster.region, cluster.account)
}

/// A mapping from keys and values, without absent values.
pub(super) fn mapping<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let pairs = pairs.into_iter().filter_map(|(key, value)| Some((Value::from(key), value?)));
    Value::Mapping(pairs.collect())
}

fn given(text: Option<&String>) -> Option<Value> {
    text.map(|text| text.as_str().into())
}

impl Wanted {
    pub(super) fn target(&self) -> Target<'_> {
        Target {
            cluster: &self.cluster,
            server: Some(&self.server),
            tls_server_name: self.tls_server_name.as_deref(),
            certificate_authority_data: self.certificate_authority_data.as_deref(),
            signed_for: [Some(self.cluster.name.clone()), self.exec.meaning().and_then(|meaning| meaning.cluster)]
                .into_iter()
                .flatten()
                .collect(),
            role_arn: &self.role_arn,
        }
    }

    /// The name by [`default_name`].
    pub(super) fn default_name(&self) -> String {
        default_name(&self.cluster, &self.role_arn)
    }

    pub(super) fn cluster_body(&self) -> Value {
        mapping([
            ("certificate-authority-data", given(self.certificate_authority_data.as_ref())),
            ("proxy-url", given(self.proxy_url.as_ref())),
            ("server", Some(self.server.as_str().into())),
            ("tls-server-name", given(self.tls_server_name.as_ref())),
        ])
    }

    pub(super) fn user_body(&self) -> Value {
        mapping([("exec", Some(self.exec.to_value()))])
    }

    pub(super) fn context_body(&self, cluster: &str, user: &str) -> Value {
        mapping([
            ("cluster", Some(cluster.into())),
            ("namespace", given(self.namespace.as_ref())),
            ("user", Some(user.into())),
        ])
    }

    /// The name of a new context.
    #[must_use]
    pub fn context_name(&self) -> String {
        self.context_alias.clone().unwrap_or_else(|| self.default_name())
    }

    /// The name of a new user.
    #[must_use]
    pub fn user_name(&self) -> String {
        self.user_alias.clone().unwrap_or_else(|| self.default_name())
    }
}

/// A named entry of a list.
pub(super) fn entry(list: List, name: &str, body: Value, name_first: bool) -> Value {
    let (name, body) = (("name", Some(Value::from(name))), (list.body(), Some(body)));
    if name_first { mapping([name, body]) } else { mapping([body, name]) }
}
