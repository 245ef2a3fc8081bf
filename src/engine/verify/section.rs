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
        .or_else(|| command(view, inquiry))
        .or_else(|| missing_profile(exec, inquiry))
}

fn version(exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    match exec.api_version.as_deref() {
        Some(version) if VERSIONS.contains(&version) => None,
        Some(version) if version.ends_with("/v1alpha1") => Some(Difference::broken(
            format!("has apiVersion {version}, which kubectl dropped in 1.24: it rejects the whole section"),
            make(inquiry),
        )),
        Some(version) => {
            Some(Difference::broken(format!("has apiVersion {version}, which kubectl does not support"), make(inquiry)))
        }
        None => Some(Difference::broken("has no apiVersion, which kubectl needs", make(inquiry))),
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
            format!("has no interactiveMode, and {} requires it: kubectl rejects the whole section", VERSIONS[0]),
            make(inquiry),
        )),
        Some("Never") if works.mfa => Some(Difference::broken(
            "does not allow prompts (interactiveMode: Never), and assuming the role needs an MFA code",
            set("IfAvailable"),
        )),
        None | Some("Never" | "IfAvailable" | "Always") => None,
        Some(other) => Some(Difference::broken(
            format!("has interactiveMode {other}, which kubectl does not support"),
            set("IfAvailable"),
        )),
    }
}

/// The missing program.
pub(super) fn command(view: &ContextView, inquiry: &Inquiry) -> Option<Difference> {
    let machine = &inquiry.machine;
    let program = view.beside.program.as_ref().filter(|program| machine.missing_commands.contains(program))?;
    let is_path = program.contains('/');
    let is_ours = view.exec.as_ref().is_some_and(|exec| exec.tool == Tool::Eksaccess && !exec.wrapped);
    let why = if is_path { "does not exist or can't be run" } else { "is not in PATH" };
    let hint = match &machine.own_directory {
        Some(directory) if is_ours && !is_path => {
            format!("export PATH=\"$PATH:\"{}", shell_word(directory))
        }
        _ => make(inquiry) + " --exec eksaccess",
    };
    Some(Difference::broken(format!("runs {program}, which {why}"), hint))
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

/// Settings that take precedence over the exec section for the context's user: kubectl would use something that was not
/// tried.
pub(super) fn beside(view: &ContextView) -> Option<Difference> {
    let field = view.beside.field?;
    let goes = match field {
        "token" | "tokenFile" => "kubectl uses that and runs no program",
        of_another if of_another.starts_with("as") => "kubectl impersonates another user",
        _ => "kubectl sends that as well",
    };
    Some(untried_way(view, &format!("has {field} in addition to its program: {goes}")))
}

/// A chain that only kubectl itself can use.
pub(super) fn untried_way(view: &ContextView, text: &str) -> Difference {
    let hint = format!("kubectl --context {} auth whoami   (as kubectl itself does it)", shell_word(&view.name));
    Difference::untried(text, hint)
}

/// Keys other than those that signed here, or unknown keys.
pub(super) fn untried(view: &ContextView, exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    let beside = &view.beside;
    if exec.wrapped && !beside.only_sets {
        let (tool, program) = (exec.tool.as_str(), &exec.command);
        let text = format!("runs {tool} through {program}, which chooses the keys; this was tested without it");
        return Some(untried_way(view, &text));
    }
    if let Some(names) = (!beside.variables.is_empty()).then(|| beside.variables.join(", ")) {
        return Some(untried_way(view, &format!("sets {names} for its program; this was tested without")));
    }
    if let Some(names) = (!beside.arguments.is_empty()).then(|| beside.arguments.join(", ")) {
        return Some(untried_way(view, &format!("passes {names} to its program; this was tested without")));
    }
    profile(exec, inquiry)
}

/// A profile other than the one that signed here. Keys in the environment take precedence over a profile that a
/// variable names, but not over one that an option names.
fn profile(exec: &ExecMeaning, inquiry: &Inquiry) -> Option<Difference> {
    let machine = &inquiry.machine;
    let named = machine.named_profile.as_ref();
    let ours = named.or_else(|| machine.env_profile.as_ref().filter(|_| !machine.has_keys));
    let keys_win = machine.has_keys && !exec.profile_by_option;
    let verify = || inquiry.command_of("verify") + &inquiry.role_flag();
    match (&exec.profile, ours) {
        (Some(_), None) if keys_win => None,
        (Some(theirs), Some(ours)) if keys_win => Some(Difference::untried(
            format!(
                "signs with profile {theirs} only if the environment holds no keys; this was tested as profile {ours}"
            ),
            verify(),
        )),
        (Some(theirs), ours) if ours != Some(theirs) => {
            let who = match ours {
                Some(ours) => format!("as profile {ours}"),
                None if machine.has_keys => "with the keys of the environment".to_owned(),
                None => "without a profile".to_owned(),
            };
            Some(Difference::untried(
                format!("signs with profile {theirs}; this was tested {who}"),
                format!("{} --profile {}", verify(), shell_word(theirs)),
            ))
        }
        (None, Some(ours)) if named.is_some() && (machine.has_keys || machine.env_profile.as_ref() != named) => {
            Some(Difference::untried(
                format!(
                    "names no profile; this was tested as profile {ours}: kubectl signs with the keys of its environment"
                ),
                make(inquiry) + &format!(" --exec-profile {}", shell_word(ours)),
            ))
        }
        _ => None,
    }
}

/// Remarks on a matching section.
pub(super) fn remark(exec: &ExecMeaning, inquiry: &Inquiry) -> String {
    let machine = &inquiry.machine;
    let keys_win = machine.has_keys && machine.named_profile.is_none() && !exec.profile_by_option;
    exec.profile.as_ref().filter(|_| keys_win).map_or_else(String::new, |profile| {
        format!("; the keys in the environment sign, not profile {profile}, which a variable names")
    })
}
