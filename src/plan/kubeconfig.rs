//! The kubeconfig step: the role-referencing context merged into the file that was read.

use sha2::{Digest, Sha256};

use super::ask::Ask;
use super::role::PlannedRole;
use super::step::{Action, KubeconfigWrite};
use super::whole::Plan;
use crate::error::{Error, Result, shell_word};
use crate::kubeconfig::document::{Change, Current, Merged, Note, Wanted, current_context, holds, merge};
use crate::kubeconfig::exec::{ExecNeeds, ExecSpec, ExecTool};
use crate::kubeconfig::locate::choose;
use crate::model::hex::hex;
use crate::model::{ClusterArn, ClusterDescription, Scope};

/// A kubeconfig file as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeconfigFile {
    /// Where it is.
    pub path: String,
    /// Its text; `None` where there is no file.
    pub text: Option<String>,
}

/// What a command says about the kubeconfig.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeconfigWish {
    /// The files that may be meant, in kubectl's order; none for output on stdout.
    pub files: Vec<KubeconfigFile>,
    /// `--exec`.
    pub exec: ExecTool,
    /// Whether `--exec` was given, so that a section of another tool is rewritten.
    pub exec_stated: bool,
    /// `--exec-profile`.
    pub exec_profile: Option<String>,
    /// `--alias`.
    pub alias: Option<String>,
    /// `--user-alias`.
    pub user_alias: Option<String>,
    /// `--context-namespace`.
    pub namespace: Option<String>,
    /// `--set-current`, `--keep-current`.
    pub current: Current,
    /// `--server`, `--tls-server-name`, `--proxy-url`.
    pub tunnel: Tunnel,
    /// `--external-id`, or what the role's trust asks for.
    pub external_id: Option<String>,
}

/// Another way to an API server than its endpoint.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tunnel {
    /// `--server`.
    pub server: Option<String>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--proxy-url`.
    pub proxy_url: Option<String>,
}

/// A hash of a file's text, the precondition of a write.
pub fn text_hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// What the entry must say.
///
/// # Errors
/// A cluster without endpoint or certificate authority, an exec tool that can't carry what the trust needs.
pub fn wanted(wish: &KubeconfigWish, role: &PlannedRole, cluster: &ClusterDescription) -> Result<Wanted> {
    let server = wish.tunnel.server.clone().or_else(|| cluster.endpoint.clone()).ok_or_else(|| {
        Error::failed(format!("cluster {} has no endpoint yet (status {})", cluster.arn.name, cluster.status))
            .hint(awaited(&cluster.arn))
    })?;
    if cluster.certificate_authority.is_none() {
        return Err(no_authority(cluster, "a kubeconfig needs"));
    }
    let arn = role.arn.to_string();
    let external_id = wish.external_id.as_deref().or(role.needs.external_id.as_deref());
    let cluster_id = (cluster.token_cluster_id != cluster.arn.name).then_some(cluster.token_cluster_id.as_str());
    let needs = ExecNeeds { cluster_id, external_id, profile: wish.exec_profile.as_deref(), mfa: role.needs.mfa };
    let exec = ExecSpec::build(&wish.exec, &cluster.arn, &arn, needs)
        .map_err(|e| Error::usage(e.to_string()).hint("use --exec eksaccess, which can"))?;
    Ok(Wanted {
        cluster: cluster.arn.clone(),
        server,
        certificate_authority_data: cluster.certificate_authority.clone(),
        tls_server_name: wish.tunnel.tls_server_name.clone(),
        proxy_url: wish.tunnel.proxy_url.clone(),
        role_arn: arn,
        exec,
        exec_stated: wish.exec_stated,
        context_alias: wish.alias.clone(),
        user_alias: wish.user_alias.clone(),
        namespace: wish.namespace.clone(),
        current: wish.current,
    })
}

/// The advice to wait for a cluster that is not ready.
pub fn awaited(cluster: &ClusterArn) -> String {
    format!("wait for it: aws eks wait cluster-active --name {} --region {}", cluster.name, cluster.region)
}

/// EKS tells no certificate authority, without which nothing that answers at the endpoint can be trusted.
pub fn no_authority(cluster: &ClusterDescription, needed: &str) -> Error {
    let name = &cluster.arn.name;
    Error::failed(format!("cluster {name} is {} and has no certificate authority, which {needed}", cluster.status))
        .because("EKS describes every cluster that is ACTIVE with one")
        .hint(format!(
            "look at it: aws eks describe-cluster --name {name} --region {} --query cluster.certificateAuthority \
             (IAM and access entries can be set up without: bootstrap --skip kubeconfig --skip verify)",
            cluster.arn.region
        ))
}

/// Merges the entry into a text.
///
/// # Errors
/// A text that is no kubeconfig or can't be edited with proof.
pub fn merged(wanted: &Wanted, file: &KubeconfigFile) -> Result<Merged> {
    merge(file.text.as_deref().unwrap_or_default(), wanted).map_err(|e| {
        Error::failed(format!("kubeconfig {} can't be edited; it was not touched", file.path))
            .because_of(e)
            .hint(format!("write another one (--kubeconfig FILE), or mend it; see how kubectl reads it: kubectl config view --kubeconfig {}", shell_word(&file.path)))
    })
}

/// Plans the write of the file that holds the entry, else of the first that exists, else of the first; behind every other
/// step of the plan.
///
/// # Errors
/// As [`wanted`] and [`merged`].
pub fn plan_kubeconfig(
    plan: &mut Plan,
    wish: &KubeconfigWish,
    role: &PlannedRole,
    cluster: &ClusterDescription,
) -> Result<()> {
    let mut wanted = wanted(wish, role, cluster)?;
    plan.rest_on("exec", format!("{:?}", wanted.exec));
    // A file that is no kubeconfig holds nothing; it is an error only where it is the one to be written.
    let found: Vec<_> =
        wish.files.iter().map(|f| f.text.as_deref().map(|t| holds(t, &wanted).unwrap_or_default())).collect();
    let Some(file) = wish.files.get(choose(&found)) else { return Ok(()) };
    // kubectl takes `current-context` from the first file that names one: what another file says is not overruled.
    let is_said_elsewhere = |f: &KubeconfigFile| {
        f.path != file.path && f.text.as_deref().is_some_and(|t| matches!(current_context(t), Ok(Some(_))))
    };
    if wanted.current == Current::Auto && wish.files.iter().any(is_said_elsewhere) {
        wanted.current = Current::Keep;
    }
    let merged = merged(&wanted, file)?;
    plan.warnings.extend(merged.notes.iter().map(note_text));
    if !merged.changed {
        return Ok(());
    }
    let action = Action::WriteKubeconfig(write_of(file, merged, wanted));
    // Last: a context that leads to a role or a binding which was not made would be left behind.
    let before: Vec<_> = plan.steps.iter().map(|step| Some(step.id)).collect();
    plan.push(&Scope::File(file.path.clone()), Ask::No, &before, action);
    Ok(())
}

/// The data of a write step, from a merge.
pub fn write_of(file: &KubeconfigFile, merged: Merged, wanted: Wanted) -> KubeconfigWrite {
    KubeconfigWrite {
        path: file.path.clone(),
        context: merged.context,
        changes: merged.changes.iter().map(change_text).collect(),
        planned_on: file.text.as_deref().map(text_hash),
        becomes: text_hash(&merged.text),
        text: merged.text,
        wanted: Box::new(wanted),
    }
}

fn change_text(change: &Change) -> String {
    match change {
        Change::AddedCluster { name } => format!("cluster {name}"),
        Change::AddedUser { name } => format!("user {name}"),
        Change::AddedContext { name } => format!("context {name}"),
        Change::Updated { entry, name, field, old: Some(_), .. } if field.ends_with("certificate-authority-data") => {
            format!("{entry} {name}: {field} replaced")
        }
        Change::Updated { entry, name, field, old: None, .. } if field.ends_with("certificate-authority-data") => {
            format!("{entry} {name}: {field} added")
        }
        Change::Updated { entry, name, field, old: Some(old), new } => {
            format!("{entry} {name}: {field} {old} -> {new}")
        }
        Change::Updated { entry, name, field, old: None, new } => format!("{entry} {name}: {field} {new}"),
        Change::CurrentContext { old: Some(old), new } => format!("current-context {old} -> {new}"),
        Change::CurrentContext { old: None, new } => format!("current-context {new}"),
    }
}

fn note_text(note: &Note) -> String {
    match note {
        Note::TunnelKept { cluster, server } => {
            format!("kubeconfig cluster {cluster} goes through the tunnel {server}; its server stays")
        }
        Note::AuthorityFileKept { cluster } => {
            format!("kubeconfig cluster {cluster} names a file for its certificate authority; it stays")
        }
        Note::InsecureKept { cluster } => {
            format!("kubeconfig cluster {cluster} does not check the server's certificate; that stays")
        }
        Note::TlsServerNameKept { cluster, tls_server_name } => {
            format!("kubeconfig cluster {cluster} got a new server, while tls-server-name {tls_server_name} stays")
        }
    }
}
