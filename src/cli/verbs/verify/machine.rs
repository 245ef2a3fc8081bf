//! What kubectl would find on this machine: the programs of exec sections, the profiles that they name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::cli::world::context::{Context, own_directory, variable};
use crate::engine::verify::Surroundings;
use crate::kubeconfig::{ExecMeaning, contexts};
use crate::token::{Profiles, Texts as _, UserFiles};

/// Looks for what the kubeconfigs name.
pub(super) fn look(context: &Context, kubeconfigs: &[(String, String)]) -> Surroundings {
    let sections: Vec<(&str, ExecMeaning)> = kubeconfigs
        .iter()
        .flat_map(|(path, text)| contexts(text).unwrap_or_default().into_iter().map(|view| (path.as_str(), view)))
        .filter_map(|(path, view)| Some((path, view.exec?)))
        .collect();
    let path = variable("PATH").unwrap_or_default();
    let missing = sections.iter().filter(|(file, exec)| !is_there(&exec.command, file, &path));
    let files = UserFiles::from_lookup(variable);
    let profiles = files.config().ok().zip(files.credentials().ok()).and_then(|(c, k)| Profiles::read(&c, &k).ok());
    let named = sections.iter().filter_map(|(_, exec)| exec.profile.clone());
    let unknown = named.filter(|name| profiles.as_ref().is_some_and(|known| !known.contains(name)));
    Surroundings {
        named_profile: context.global.profile.clone(),
        env_profile: context.env.aws_profile.clone(),
        missing_profiles: unknown.collect(),
        missing_commands: missing.map(|(_, exec)| exec.command.clone()).collect(),
        newest_kept: None,
        own_directory: own_directory().map(|dir| dir.display().to_string()),
    }
}

/// As kubectl looks: a bare name in `PATH`, a path from the kubeconfig's own directory.
fn is_there(command: &str, kubeconfig: &str, path: &str) -> bool {
    let runs =
        |file: &Path| fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if command.contains('/') {
        let directory = Path::new(kubeconfig).parent().unwrap_or_else(|| Path::new("."));
        return runs(&directory.join(command));
    }
    path.split(':').filter(|dir| !dir.is_empty()).any(|dir| runs(&Path::new(dir).join(command)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_looked_for_as_kubectl_does() {
        let home = tempfile::tempdir().unwrap();
        let (bin, file) = (home.path().join("bin"), home.path().join("config"));
        fs::create_dir(&bin).unwrap();
        let (file, path) = (file.display().to_string(), format!("/nowhere:{}", bin.display()));
        let tool = bin.join("tool");
        fs::write(&tool, "").unwrap();
        assert!(!is_there("tool", &file, &path), "not to be run");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(is_there("tool", &file, &path));
        assert!(is_there("./bin/tool", &file, ""));
        assert!(is_there(&tool.display().to_string(), "/elsewhere/config", ""));
        assert!(!is_there("bin", &file, &home.path().display().to_string()), "a directory");
        assert!(!is_there("other", &file, &path));
    }
}
