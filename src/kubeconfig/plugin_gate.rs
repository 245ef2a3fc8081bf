//! kubectl's own gate: whether it runs the program of an exec section. Follows `checkAllowlistLocked` of client-go 0.36
//! (`plugin/pkg/client/auth/exec/exec.go`), with paths that were looked up in advance. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::kuberc::{Kuberc, Policy, Rules, read};
use crate::error::shell_word;

/// The inputs of the decision.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PluginGate {
    kuberc: Kuberc,
    /// The path of each name of a command or an entry, looked up in `PATH` if it is bare; `None` if it is not
    /// executable.
    programs: BTreeMap<String, Option<String>>,
}

/// Whether kubectl runs a program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Gate {
    /// It does.
    Open,
    /// It does not.
    Shut {
        /// The reason, in words that continue "kubectl will not run X: ".
        why: String,
        /// The command that allows it, or that makes kubectl run again.
        mend: String,
    },
    /// It is not known, and why.
    Unknown(String),
}

/// The command that disables kuberc for a shell: if kubectl refuses the file, `kubectl kuberc set` does not run either.
const TURN_OFF: &str = "export KUBECTL_KUBERC=false";

impl PluginGate {
    /// The gate of a kuberc for these commands, bare names or full paths. `look` finds a program like Go's `LookPath`.
    pub fn new(kuberc: Kuberc, commands: &BTreeSet<String>, look: impl Fn(&str) -> Option<String>) -> Self {
        let entries = match &kuberc {
            Kuberc::Text(_, text) => match read(text) {
                Rules::Known(policy) => policy.allowed.unwrap_or_default(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let names: BTreeSet<String> = commands.iter().map(|command| clean(command)).chain(entries).collect();
        let programs = names.into_iter().map(|name| (name.clone(), look(&name))).collect();
        Self { kuberc, programs }
    }

    /// Whether there are no preferences, so that every program is allowed.
    pub fn is_absent(&self) -> bool {
        self.kuberc == Kuberc::Nothing
    }

    /// Decides on a command, a bare name or a full path.
    pub fn judge(&self, command: &str) -> Gate {
        match &self.kuberc {
            Kuberc::Nothing => Gate::Open,
            Kuberc::Missing(path) => Gate::Shut {
                why: format!("KUBERC names {path}, which does not exist, so kubectl fails"),
                mend: "unset KUBERC".to_owned(),
            },
            Kuberc::Unreadable(path, why) => Gate::Unknown(format!("{path} can't be read: {why}")),
            Kuberc::Text(path, text) => match read(text) {
                Rules::Silent => Gate::Open,
                Rules::Unknown => Gate::Unknown(format!(
                    "{path} holds no preferences that are known here; kubectl ignores such a file with a warning, but fails if KUBERC names it"
                )),
                Rules::Invalid(why) => refused(path, &why),
                Rules::Known(policy) => self.by_policy(path, &policy, &clean(command)),
            },
        }
    }

    fn by_policy(&self, path: &str, policy: &Policy, command: &str) -> Gate {
        match (policy.kind.as_str(), &policy.allowed) {
            ("" | "AllowAll" | "DenyAll", Some(_)) => {
                let kind = if policy.kind.is_empty() { "AllowAll" } else { &policy.kind };
                refused(path, &format!("it holds a credentialPluginAllowlist, and credentialPluginPolicy is {kind}"))
            }
            ("" | "AllowAll", None) => led(path, policy),
            ("DenyAll", None) => Gate::Shut {
                why: format!("{path} sets credentialPluginPolicy: DenyAll"),
                mend: set(path, policy, command),
            },
            ("Allowlist", None) => {
                refused(path, "credentialPluginPolicy is Allowlist, but credentialPluginAllowlist is missing")
            }
            ("Allowlist", Some(entries)) => match wrong_entry(entries) {
                Some(why) => refused(path, &why),
                None if self.allows(entries, command) => led(path, policy),
                None => Gate::Shut {
                    why: format!("the credentialPluginAllowlist of {path} does not list it"),
                    mend: set(path, policy, command),
                },
            },
            (other, _) => {
                Gate::Unknown(format!("{path} sets credentialPluginPolicy: {other}, which is not known here"))
            }
        }
    }

    /// Whether an entry matches the command, as written or after looking up both; links are not followed.
    fn allows(&self, entries: &[String], command: &str) -> bool {
        let program = |name: &str| self.programs.get(name).and_then(Option::as_deref);
        let found = program(command);
        let path = if command.contains('/') { command } else { found.unwrap_or(command) };
        let holds = |name: &str| entries.iter().any(|entry| entry == name);
        if holds(command) || holds(path) {
            return true;
        }
        found.is_some_and(|found| {
            let same_name = |entry: &&String| last_part(entry) == last_part(found);
            holds(found) || entries.iter().filter(same_name).any(|entry| program(entry) == Some(found))
        })
    }
}

/// For an allowed program: whether kubectl uses the context as it is.
fn led(path: &str, policy: &Policy) -> Gate {
    match &policy.leads {
        Some((command, option)) => {
            Gate::Unknown(format!("{path} gives `kubectl {command}` an extra option --{option}, which was not tested"))
        }
        None => Gate::Open,
    }
}

/// What makes kubectl refuse a whole allowlist.
fn wrong_entry(entries: &[String]) -> Option<String> {
    if entries.is_empty() {
        return Some("its credentialPluginAllowlist is empty".to_owned());
    }
    entries.iter().enumerate().find_map(|(at, entry)| match entry.as_str() {
        "" => Some(format!("entry {} of its credentialPluginAllowlist names no command", at + 1)),
        entry if clean(entry) != entry => {
            Some(format!("its credentialPluginAllowlist writes {} as {entry}", clean(entry)))
        }
        _ => None,
    })
}

fn refused(path: &str, why: &str) -> Gate {
    Gate::Shut {
        why: format!("kubectl rejects {path} and fails: {why}"),
        mend: format!("{TURN_OFF}   (until {path} is fixed)"),
    }
}

/// The command that adds a program to the list, by setting the whole list.
fn set(path: &str, policy: &Policy, command: &str) -> String {
    let entries = policy.allowed.iter().flatten().map(String::as_str).chain([command]);
    let line = format!("- command: {}", serde_yaml::to_string(command).unwrap_or_default().trim_end());
    // The flag's value is split at commas and trimmed, and the file is rewritten from its first document.
    let can_be_said = entries.clone().all(|entry| !entry.contains(',') && entry.trim() == entry);
    if policy.has_more || !can_be_said {
        return format!("kubectl kuberc view   (then add to {path}, under credentialPluginAllowlist: {line})");
    }
    let mut flags = String::new();
    for entry in entries {
        flags.extend([" --allowlist-entry ", &shell_word(&format!("command={entry}"))]);
    }
    format!(
        "kubectl kuberc set --section credentialplugin --policy Allowlist{flags}   (it rewrites {path} without comments; or add there, under credentialPluginAllowlist: {line})"
    )
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The shortest equivalent path, without reading the disk: Go's `filepath.Clean`.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", None) if is_rooted => {}
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            (part, _) => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
#[path = "plugin_gate_tests.rs"]
mod tests;
