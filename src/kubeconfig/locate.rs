//! Selects the kubeconfig files, by kubectl's rules if it has any. Pure: the caller passes the environment and the
//! files' contents.
//!
//! kubectl reads every path of `KUBECONFIG`, the first file winning for each entry, and skips those that are missing
//! (<https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>); without a list it reads
//! `~/.kube/config`. [`merged`](super::merged) decides which of them is written.

use std::path::{Path, PathBuf};

/// The device that kubectl reads as an empty file.
const NOTHING: &str = "/dev/null";

/// What names the kubeconfig files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sources<'a> {
    /// `--kubeconfig`, which replaces all others.
    pub flag: Option<&'a str>,
    /// The value of `KUBECONFIG`; empty counts as unset.
    pub kubeconfig: Option<&'a str>,
    /// The home directory.
    pub home: Option<&'a Path>,
}

/// Why no file can be named.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum LocateError {
    /// No list, no flag, no home directory.
    #[error("no kubeconfig can be chosen: neither --kubeconfig nor KUBECONFIG is set, and there is no home directory")]
    Nowhere,
    /// A path begins with `~/`, which only a shell expands.
    #[error(
        "the path `{0}` begins with `~`, which kubectl does not expand either: give it in full, or let the shell expand it"
    )]
    Tilde(String),
}

/// The selected paths, in kubectl's order, without duplicates; never empty.
///
/// # Errors
/// [`LocateError`] if there are no paths, or no usable ones.
pub fn candidates(sources: Sources<'_>) -> Result<Vec<PathBuf>, LocateError> {
    let tilde = |path: &str| path == "~" || path.starts_with("~/");
    if let Some(flag) = sources.flag {
        return if tilde(flag) { Err(LocateError::Tilde(flag.to_owned())) } else { Ok(vec![flag.into()]) };
    }
    let separator = if cfg!(windows) { ';' } else { ':' };
    let listed = sources.kubeconfig.unwrap_or_default().split(separator).filter(|path| !path.is_empty());
    let (unexpanded, usable): (Vec<&str>, Vec<&str>) = listed.partition(|path| tilde(path));
    let mut paths: Vec<PathBuf> = Vec::new();
    for path in usable {
        if !paths.contains(&PathBuf::from(path)) {
            paths.push(path.into());
        }
    }
    // It is empty, and never written.
    if paths.iter().any(|path| *path != Path::new(NOTHING)) {
        paths.retain(|path| *path != Path::new(NOTHING));
    }
    match (paths.is_empty(), unexpanded.first(), sources.home) {
        (false, ..) => Ok(paths),
        (true, Some(path), _) => Err(LocateError::Tilde((*path).to_owned())),
        (true, None, Some(home)) => Ok(vec![home.join(".kube").join("config")]),
        (true, None, None) => Err(LocateError::Nowhere),
    }
}

/// The program of a kubeconfig's exec section as kubectl runs it: a bare name is looked up in `PATH`.
#[must_use]
pub fn program_of(kubeconfig: &str, command: &str) -> String {
    if command.contains('/') { located(kubeconfig, command) } else { command.to_owned() }
}

/// The path of a file that a kubeconfig names: a relative one is relative to the kubeconfig's directory.
#[must_use]
pub fn located(kubeconfig: &str, path: &str) -> String {
    let directory = Path::new(kubeconfig).parent().unwrap_or_else(|| Path::new(""));
    directory.join(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(sources: Sources<'_>) -> Vec<String> {
        candidates(sources).unwrap().iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn the_flag_then_the_list_then_home() {
        let home = Some(Path::new("/home/ann"));
        let all = Sources { flag: Some("f"), kubeconfig: Some("a:b"), home };
        assert_eq!(paths(all), ["f"]);
        assert_eq!(paths(Sources { flag: None, ..all }), ["a", "b"]);
        assert_eq!(paths(Sources { flag: None, kubeconfig: Some("::b:a:b:"), home }), ["b", "a"]);
        assert_eq!(paths(Sources { flag: None, kubeconfig: Some("/dev/null:a"), home }), ["a"]);
        assert_eq!(paths(Sources { flag: None, kubeconfig: Some("/dev/null"), home }), ["/dev/null"]);
        assert_eq!(paths(Sources { flag: None, kubeconfig: Some(""), home }), ["/home/ann/.kube/config"]);
        assert_eq!(paths(Sources { home, ..Sources::default() }), ["/home/ann/.kube/config"]);
        assert_eq!(candidates(Sources::default()), Err(LocateError::Nowhere));
    }

    #[test]
    fn a_tilde_is_not_expanded() {
        let tilde = |text: &str| Err(LocateError::Tilde(text.to_owned()));
        assert_eq!(candidates(Sources { flag: Some("~/x"), ..Sources::default() }), tilde("~/x"));
        assert_eq!(candidates(Sources { kubeconfig: Some("~/x"), ..Sources::default() }), tilde("~/x"));
        assert_eq!(paths(Sources { kubeconfig: Some("~/x:/y"), ..Sources::default() }), ["/y"]);
        assert_eq!(paths(Sources { kubeconfig: Some("~x"), ..Sources::default() }), ["~x"]);
    }

    #[test]
    fn what_a_kubeconfig_names_lies_beside_it() {
        assert_eq!(located("/home/ann/.kube/config", "pki/ca.crt"), "/home/ann/.kube/pki/ca.crt");
        assert_eq!(located("/home/ann/.kube/config", "/etc/ca.crt"), "/etc/ca.crt");
        assert_eq!(located("config", "ca.crt"), "ca.crt");
        assert_eq!(program_of("/home/ann/.kube/config", "bin/tool"), "/home/ann/.kube/bin/tool");
        assert_eq!(program_of("/home/ann/.kube/config", "tool"), "tool");
    }
}
