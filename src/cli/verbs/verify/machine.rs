//! What kubectl would find on this machine: the programs of exec sections, the profiles that they name.

use crate::cli::world::context::{Context, own_directory, variable};
use crate::cli::world::kubectl_files::{authority_files, look_path, plugin_gate};
use crate::engine::verify::Surroundings;
use crate::kubeconfig::locate::program_of;
use crate::kubeconfig::{ContextView, contexts};
use crate::token::{Profiles, Texts as _, UserFiles};

/// Looks for what the kubeconfigs name.
pub(super) fn look(context: &Context, kubeconfigs: &[(String, String)]) -> Surroundings {
    let texts = || kubeconfigs.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let all = kubeconfigs
        .iter()
        .flat_map(|(path, text)| contexts(text).unwrap_or_default().into_iter().map(move |view| (path.as_str(), view)));
    let views: Vec<(&str, ContextView)> = all.collect();
    let path = variable("PATH").unwrap_or_default();
    let is_there = |file: &str, command: &str| look_path(&program_of(file, command), &path).is_some();
    let programs = views.iter().filter_map(|(file, view)| Some((*file, view.beside.program.clone()?)));
    let missing = programs.filter(|(file, program)| !is_there(file, program));
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
        newest_kept: None,
        authority_files: authority_files(texts()),
        gate: plugin_gate(&context.env, texts()),
        own_directory: own_directory().map(|dir| dir.display().to_string()),
    }
}
