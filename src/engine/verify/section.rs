//! `kubeconfig`: the exec section as kubectl reads it. Pure.

use super::difference::{Difference, Works, make};
use super::inquiry::Inquiry;
use crate::error::shell_word;
use crate::kubeconfig::{ContextView, ExecMeaning, Tool};

/// The versions that kubectl reads; it dropped `v1alpha1` in 1.24
/// (<https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>).
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// What kubectl would fail on.
pub(super) fn broken(
    view: &ContextView,
    exec: &ExecMeaning,
    inquiry: &Inquiry,
    works: &Works<'_>,
) -> Option<Difference> {
    version(exec, inquiry)
        .or_else(|| interactive_mode(view, exec, inquiry, works))
        .or_else(|| command(exec, inquiry))
        .or_else(|| missing_profile(exec, inquiry))
}

fn version(exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    match exec.api_version.as_deref() {
        Some(version) if VERSIONS.contains(&version) => None,
        Some(version) if version.ends_with("/v1alpha1") => Some(Difference::broken(
            format!("says apiVersion {version}, which kubectl dropped in 1.24: it refuses the whole section"),
            make(inquiry),
        )),
        Some(version) => {
            Some(Difference::broken(format!("says apiVersion {version}, which kubectl does not know"), make(inquiry)))
        }
        None => Some(Difference::broken("says no apiVersion, which kubectl needs", make(inquiry))),
    }
}

fn interactive_mode(
    view: &ContextView,
    exec: &ExecMeaning,
    inquiry: &Inquiry,
    works: &Works<'_>,
) -> Option<Difference> {
    let set = |mode: &str| {
        let user = shell_word(view.user.as_deref().unwrap_or_default()).into_owned();
        format!("kubectl config set-credentials {user} --exec-interactive-mode={mode}")
    };
    match exec.interactive_mode.as_deref() {
        None if exec.api_version.as_deref() == Some(VERSIONS[0]) => Some(Difference::broken(
            format!("has no interactiveMode, and {} asks for one: kubectl refuses the whole section", VERSIONS[0]),
            make(inquiry),
        )),
        Some("Never") if works.mfa => Some(Difference::broken(
            "lets nobody be asked (interactiveMode: Never), and the role is taken with a second factor",
            set("IfAvailable"),
        )),
        None | Some("Never" | "IfAvailable" | "Always") => None,
        Some(other) => Some(Difference::broken(
            format!("says interactiveMode {other}, which kubectl does not know"),
            set("IfAvailable"),
        )),
    }
}

fn command(exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    let machine = &inquiry.machine;
    if !machine.missing_commands.contains(&exec.command) {
        return None;
    }
    let is_path = exec.command.contains('/');
    let why = if is_path { "is not there, or can't be run" } else { "is not in PATH" };
    let hint = match &machine.own_directory {
        Some(directory) if exec.tool == Tool::Eksaccess && !exec.wrapped && !is_path => {
            format!("export PATH=\"$PATH:\"{}", shell_word(directory))
        }
        _ => make(inquiry) + " --exec eksaccess",
    };
    Some(Difference::broken(format!("runs {}, which {why}", exec.command), hint))
}

fn missing_profile(exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    let profile = exec.profile.as_ref().filter(|name| inquiry.machine.missing_profiles.contains(name))?;
    let active = inquiry.machine.named_profile.as_ref().or(inquiry.machine.env_profile.as_ref());
    let hint = match active {
        Some(active) => make(inquiry) + &format!(" --exec-profile {}", shell_word(active)),
        None => format!("aws configure list-profiles   (then {}, with --exec-profile and one of them)", make(inquiry)),
    };
    Some(Difference::broken(format!("signs with profile {profile}, which does not exist here"), hint))
}

/// Another profile than the one that signed here.
pub(super) fn untried(exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    let machine = &inquiry.machine;
    let named = machine.named_profile.as_ref();
    match (&exec.profile, named.or(machine.env_profile.as_ref())) {
        (Some(theirs), ours) if ours != Some(theirs) => {
            let who = ours.map_or_else(|| "without a profile".to_owned(), |ours| format!("as profile {ours}"));
            let verify = inquiry.command_of("verify");
            Some(Difference::untried(
                format!("signs with profile {theirs}, and this was tried {who}"),
                format!("{verify}{} --profile {}", inquiry.role_flag(), shell_word(theirs)),
            ))
        }
        (None, Some(ours)) if named.is_some() && machine.env_profile != machine.named_profile => {
            Some(Difference::untried(
                format!(
                    "names no profile, and this was tried as profile {ours}: kubectl signs with what its environment holds"
                ),
                make(inquiry) + &format!(" --exec-profile {}", shell_word(ours)),
            ))
        }
        _ => None,
    }
}
