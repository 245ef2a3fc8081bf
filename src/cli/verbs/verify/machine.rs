//! What kubectl would find on this machine: the programs of exec sections, the profiles that they name.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::cli::world::context::{Context, own_directory, variable};
use crate::engine::verify::Surroundings;
use crate::kubeconfig::{ContextView, contexts};
use crate::token::{Profiles, Texts as _, UserFiles};

/// Looks for what the kubeconfigs name.
pub(super) fn look(context: &Context, kubeconfigs: &[(String, String)]) -> Surroundings {
    let all = kubeconfigs
        .iter()
        .flat_map(|(path, text)| contexts(text).unwrap_or_default().into_iter().map(move |view| (path.as_str(), view)));
    let views: Vec<(&str, ContextView)> = all.collect();
    let path = variable("PATH").unwrap_or_default();
    let programs = views.iter().filter_map(|(file, view)| Some((*file, view.beside.program.clone()?)));
    let missing = programs.filter(|(file, program)| !is_there(program, file, &path));
    let files = UserFiles::from_lookup(variable);
    let profiles = files.config().ok().zip(files.credentials().ok()).and_then(|(c, k)| Profiles::read(&c, &k).ok());
    let named = views.iter().filter_map(|(_, view)| view.exec.as_ref()?.profile.clone());
    let unknown = named.filter(|name| profiles.as_ref().is_some_and(|known| !known.contains(name)));
    Surroundings {
        named_profile: context.global.profile.clone(),
        env_profile: context.env.aws_profile.clone(),
        has_keys: variable("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.trim().is_empty()),
        missing_profiles: unknown.collect(),
        missing_commands: missing.map(|(_, program)| program).collect(),
        missing_files: missing_files(&views),
        newest_kept: None,
        own_directory: own_directory().map(|dir| dir.display().to_string()),
    }
}

/// The CA files that are not there; a relative path leads from the kubeconfig's own directory.
fn missing_files(views: &[(&str, ContextView)]) -> Vec<String> {
    let named = views.iter().filter_map(|(path, view)| Some((*path, view.certificate_authority.clone()?)));
    let is_gone = |(path, file): &(&str, String)| {
        let directory = Path::new(path).parent().unwrap_or_else(|| Path::new("."));
        !file.is_empty() && !directory.join(file).is_file()
    };
    named.filter(is_gone).map(|(_, file)| file).collect()
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
