//! The kubeconfig step: merges the context for the role into the file that was read.

use sha2::{Digest, Sha256};

use super::ask::Ask;
use super::role::PlannedRole;
use super::step::{Action, KubeconfigWrite, Step};
use super::whole::Plan;
use crate::error::{Error, Result, shell_word};
use crate::kubeconfig::authority_file::download;
use crate::kubeconfig::document::{Change, Current, DocumentError, List, Merged, Note, Undecodable, Wanted};
use crate::kubeconfig::exec::{ExecNeeds, ExecSpec, ExecTool};
use crate::kubeconfig::locate::program_of;
use crate::kubeconfig::merged::{FileList, KubeconfigFile, Trouble};
use crate::kubeconfig::{Gate, PluginGate};
use crate::model::hex::hex;
use crate::model::{Authorities, ClusterArn, ClusterDescription, Scope};

/// The desired kubeconfig.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeconfigWish {
    /// The candidate files, in kubectl's order; none for output on stdout.
    pub files: FileList,
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
    /// The context, or its cluster, named by `--set-current`: it becomes current once all are planned.
    pub set_current: Option<String>,
    /// `--server`, `--tls-server-name`, `--proxy-url`.
    pub tunnel: Tunnel,
    /// `--external-id`, or what the role's trust requires.
    pub external_id: Option<String>,
    /// Whether kubectl runs the programs of exec sections.
    pub gate: PluginGate,
}

/// A connection to an API server other than its endpoint.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tunnel {
    /// `--server`.
    pub server: Option<String>,
    /// `--tls-server-name`.
    pub tls_server_name: Option<String>,
    /// `--proxy-url`.
    pub proxy_url: Option<String>,
}

/// A hash of a file's text, as the precondition of a write.
pub fn text_hash(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The desired content of the entry.
///
/// # Errors
/// A cluster without endpoint or certificate authority, an exec tool that does not meet the trust.
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

/// The hint to wait for a cluster that is not ready.
pub fn awaited(cluster: &ClusterArn) -> String {
    format!("wait for it: aws eks wait cluster-active --name {} --region {}", cluster.name, cluster.region)
}

/// The error if EKS reports no certificate authority, without which an answer of the endpoint can't be trusted.
pub fn no_authority(cluster: &ClusterDescription, needed: &str) -> Error {
    let name = &cluster.arn.name;
    Error::failed(format!("cluster {name} is {} and has no certificate authority, which {needed}", cluster.status))
        .because("EKS describes every cluster that is ACTIVE with one")
        .hint(format!(
            "look at it: aws eks describe-cluster --name {name} --region {} --query cluster.certificateAuthority (IAM and access entries can be set up without it: bootstrap --skip kubeconfig --skip verify)",
            cluster.arn.region
        ))
}

/// Why an entry can't be written: a name that is taken, with the option for another one; a text that can't be edited.
pub fn refused(files: &FileList, wanted: &Wanted, file: usize, error: DocumentError) -> Error {
    let path = |file: Option<&KubeconfigFile>| file.map(|file| file.path.clone()).unwrap_or_default();
    let one = format!("--cluster {}", wanted.cluster);
    match error {
        DocumentError::NameTaken { entry, name, means } => {
            let holder = path(files.file_of(list_of(entry), &name));
            Error::usage(format!(
                "kubeconfig {holder}: the {entry} {name} already exists with another meaning: {means}"
            ))
            .because("it is left unchanged, and kubectl would use it")
            .hint(format!("write another name: {one}{}", other_names(files, wanted, entry)))
        }
        DocumentError::Elsewhere { entry: "current-context", name } => {
            let holder = path(files.current().map(|(file, _)| file));
            Error::usage(format!("kubeconfig {holder} sets the current-context {name} and precedes the file to write"))
                .because("kubectl takes the current-context of the first file that sets one")
                .hint(format!(
                    "leave --set-current out, and choose the context afterwards: kubectl config use-context {}",
                    shell_word(&wanted.context_name())
                ))
        }
        DocumentError::Elsewhere { entry, name } => {
            let holder = path(files.file_of(list_of(entry), &name));
            let first = path(files.files().iter().find(|file| file.text.is_some()));
            Error::usage(format!(
                "kubeconfig {holder}: the {entry} {name} must change, and so must an entry in another file"
            ))
            .because("only one file is written, and kubectl takes each entry from the first file that has it")
            .hint(format!("write all of it into the first file: {one} --kubeconfig {}", shell_word(&first)))
        }
        error => cant_edit(&path(files.files().get(file)), &error),
    }
}

fn list_of(entry: &str) -> List {
    List::ALL.into_iter().find(|list| list.body() == entry).unwrap_or(List::Clusters)
}

/// The options with unused names, if this entry's name is taken, and perhaps the user's too.
fn other_names(files: &FileList, wanted: &Wanted, entry: &'static str) -> String {
    let (mut wanted, mut taken, mut options) = (wanted.clone(), Some(entry), String::new());
    while let Some(entry) = taken {
        let list = list_of(entry);
        let (flag, name) = match list {
            List::Users => ("--user-alias", wanted.user_name()),
            _ => ("--alias", wanted.context_name()),
        };
        let free = files.free_name(list, &name);
        options.extend([" ", flag, " ", &shell_word(&free)]);
        *(if list == List::Users { &mut wanted.user_alias } else { &mut wanted.context_alias }) = Some(free);
        taken = match files.plan(&wanted) {
            Err(DocumentError::NameTaken { entry, .. })
                if !options.contains(if entry == "user" { "--user" } else { "--alias" }) =>
            {
                Some(entry)
            }
            _ => None,
        };
    }
    options
}

fn cant_edit(path: &str, error: &DocumentError) -> Error {
    Error::failed(format!("kubeconfig {path} can't be edited; it was not touched")).because_of(error.clone()).hint(format!(
        "write another one (--kubeconfig FILE), or fix it; see how kubectl reads it: kubectl config view --kubeconfig {}",
        shell_word(path)
    ))
}

/// Checks that every file of the list can be read, as kubectl requires.
///
/// # Errors
/// One can't be read, or is not a kubeconfig.
pub fn check_readable(files: &FileList) -> Result<()> {
    match (files.trouble(), files.files()) {
        (None, _) => Ok(()),
        (Some((file, Trouble::Document(error))), [_]) => Err(cant_edit(&file.path, error)),
        (Some((file, trouble)), _) => Err(Error::failed(format!(
            "kubeconfig {} can't be read, and kubectl reads every file that KUBECONFIG lists",
            file.path
        ))
        .because_of(trouble.clone())
        .hint(format!(
            "fix it, or remove it from KUBECONFIG; see how kubectl reads it: kubectl config view --kubeconfig {}",
            shell_word(&file.path)
        ))),
    }
}

/// Checks that kubectl can decode every entry, except the cluster that is rewritten.
///
/// # Errors
/// It can't, and loads no file then.
pub fn check_decodable(files: &FileList, written: Option<&Merged>) -> Result<()> {
    let is_renewed = |found: &Undecodable| {
        let is_written = |merged: &Merged| found.list == List::Clusters && merged.cluster == found.name;
        written.is_some_and(is_written)
    };
    match files.undecodable().find(|(_, found)| !is_renewed(found)) {
        Some((file, found)) => Err(cant_edit(&file.path, &found.error)),
        None => Ok(()),
    }
}

/// The warning that the current context does not exist, with the command that selects one of the written ones.
pub fn lost_current(plan: &Plan, files: &FileList, contexts: &[&str]) -> Option<String> {
    let is_set =
        |step: &Step| matches!(&step.action, Action::WriteKubeconfig(write) if write.wanted.current == Current::Set);
    let (file, name) = files.current()?;
    let is_there = files.file_of(List::Contexts, name).is_some() || contexts.contains(&name);
    if is_there || plan.steps.iter().any(is_set) {
        return None;
    }
    let flag = if files.is_whole() { String::new() } else { format!(" --kubeconfig {}", shell_word(&file.path)) };
    Some(format!(
        "kubeconfig {}: the current-context {name} does not exist; choose another: kubectl config use-context {}{flag}",
        file.path,
        shell_word(contexts.first()?)
    ))
}

/// Plans writing the file from which kubectl takes the entry, after every other step of the plan; returns the context's
/// name.
///
/// # Errors
/// As [`wanted`] and [`refused`].
pub fn plan_kubeconfig(
    plan: &mut Plan,
    wish: &KubeconfigWish,
    role: &PlannedRole,
    cluster: &ClusterDescription,
) -> Result<Option<String>> {
    let wanted = wanted(wish, role, cluster)?;
    plan.rest_on("exec", format!("{:?}", wanted.exec));
    let files = &wish.files;
    if files.files().is_empty() {
        return Ok(None);
    }
    check_readable(files)?;
    let (at, merged) = files.plan(&wanted).map_err(|error| refused(files, &wanted, 0, error))?;
    check_decodable(files, Some(&merged))?;
    plan.warnings.extend(merged.notes.iter().map(note_text));
    let context = merged.context.clone();
    plan.warnings.extend(not_run(&merged, &wanted, wish, at));
    plan.warnings.extend(old_file(&merged, wish, cluster));
    if merged.changes.is_empty() {
        return Ok(Some(context));
    }
    let file = &files.files()[at];
    let write = KubeconfigWrite {
        path: file.path.clone(),
        context: context.clone(),
        changes: changes_text(&merged),
        planned_on: file.text.as_deref().map(text_hash),
        becomes: String::new(),
        list: files.files().iter().map(|file| file.path.clone()).collect(),
        is_whole: files.is_whole(),
        wanted: Box::new(wanted),
    };
    // Last: a failed earlier step would leave a context without its role or binding behind.
    let before: Vec<_> = plan.steps.iter().map(|step| Some(step.id)).collect();
    plan.push(&Scope::File(file.path.clone()), Ask::No, &before, Action::WriteKubeconfig(write));
    Ok(Some(context))
}

/// The warning that kubectl will not run the context's program, if that is so. `at` is the file with the context.
fn not_run(merged: &Merged, wanted: &Wanted, wish: &KubeconfigWish, at: usize) -> Option<String> {
    if wish.gate.is_absent() {
        return None;
    }
    let new = merged.changes.iter().find_map(|change| match change {
        Change::Updated { field, new, .. } if field == "exec.command" => Some(new.clone()),
        _ => None,
    });
    let files = &wish.files;
    let kept = || files.contexts().into_iter().find(|view| view.name == merged.context)?.exec;
    let is_kept = files.file_of(List::Users, &merged.user);
    let path = &is_kept.unwrap_or(&files.files()[at]).path;
    let command = new.or_else(|| Some(kept()?.command)).unwrap_or_else(|| wanted.exec.command.clone());
    shut(&wish.gate, &command, &program_of(path, &command))
}

/// The warning that kubectl will not run a program that it looks up as `looked_for`, if that is so.
fn shut(gate: &PluginGate, command: &str, looked_for: &str) -> Option<String> {
    match gate.judge(looked_for) {
        Gate::Shut { why, mend } => Some(format!("kubectl will not run {command}: {why}; to allow it: {mend}")),
        Gate::Open | Gate::Unknown(_) => None,
    }
}

/// The same for a printed kubeconfig, whose program is not relative to a file.
pub fn emitted_not_run(wish: &KubeconfigWish, wanted: &Wanted) -> Option<String> {
    shut(&wish.gate, &wanted.exec.command, &wanted.exec.command)
}

/// The warning that a certificate authority file which stays lacks a certificate of the cluster.
fn old_file(merged: &Merged, wish: &KubeconfigWish, cluster: &ClusterDescription) -> Option<String> {
    let (_, view) = wish.files.located().into_iter().find(|(_, view)| view.name == merged.context)?;
    let path = view.certificate_authority.filter(|path| !path.is_empty())?;
    let shown = Authorities::of_data(cluster.certificate_authority.as_deref()?)?;
    wish.files.authority_file(&path).filter(|found| found.lacks(&shown))?;
    let write = download(&cluster.arn.name, &cluster.arn.region, &path);
    Some(format!("{path} does not hold all of the cluster's certificates; to rewrite it: {write}"))
}

/// Merges everything that a plan writes into a file in one edit, and sets the resulting text in its steps; returns
/// those that can't be carried out, by their ids.
pub fn settle(plan: &mut Plan, files: &FileList) -> Vec<(usize, Error)> {
    let mut failed = Vec::new();
    for (at, file) in files.files().iter().enumerate() {
        let mut steps: Vec<(usize, &mut KubeconfigWrite)> = plan
            .steps
            .iter_mut()
            .filter_map(|step| match &mut step.action {
                Action::WriteKubeconfig(write) if write.path == file.path => Some((step.id, write)),
                _ => None,
            })
            .collect();
        if steps.is_empty() {
            continue;
        }
        let wanted: Vec<&Wanted> = steps.iter().map(|(_, write)| &*write.wanted).collect();
        let batch = files.merged(at, &wanted);
        let becomes = text_hash(&batch.text);
        for ((id, write), merged) in steps.iter_mut().zip(batch.each) {
            match merged {
                Ok(merged) => {
                    write.changes = changes_text(&merged);
                    write.becomes.clone_from(&becomes);
                }
                Err(error) => failed.push((*id, refused(files, &write.wanted, at, error))),
            }
        }
    }
    failed
}

/// The changes of a merge, one line each.
pub fn changes_text(merged: &Merged) -> Vec<String> {
    merged.changes.iter().map(change_text).collect()
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
        Change::LostAuthority { name, file } => {
            format!("cluster {name}: certificate-authority {file}, which does not exist, removed")
        }
        Change::CurrentContext { old: Some(old), new } => format!("current-context {old} -> {new}"),
        Change::CurrentContext { old: None, new } => format!("current-context {new}"),
    }
}

fn note_text(note: &Note) -> String {
    match note {
        Note::TunnelKept { cluster, server } => {
            format!("kubeconfig cluster {cluster} uses the tunnel {server}; its server is kept")
        }
        Note::AuthorityFileKept { cluster } => {
            format!("kubeconfig cluster {cluster} names a file for its certificate authority; it is kept")
        }
        Note::InsecureKept { cluster } => {
            format!("kubeconfig cluster {cluster} does not check the server's certificate; this is kept")
        }
        Note::TlsServerNameKept { cluster, tls_server_name } => {
            format!("kubeconfig cluster {cluster} got a new server, but tls-server-name {tls_server_name} is kept")
        }
    }
}
