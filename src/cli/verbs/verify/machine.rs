//! What kubectl would find on this machine: the programs of exec sections and the profiles they name.

use crate::cli::world::context::{Context, has_keys, own_directory, variable};
use crate::cli::world::kubectl_files::{look_path, plugin_gate};
use crate::engine::verify::Surroundings;
use crate::kubeconfig::merged::FileList;
use crate::token::{Profiles, Texts as _, UserFiles};

/// Looks up what the kubeconfigs name.
pub(super) fn look(context: &Context, kubeconfigs: &FileList) -> Surroundings {
    let path = variable("PATH").unwrap_or_default();
    let missing = kubeconfigs.programs().into_iter().filter(|(_, looked_for)| look_path(looked_for, &path).is_none());
    let files = UserFiles::from_lookup(variable);
    let profiles = files.config().ok().zip(files.credentials().ok()).map(|(c, k)| Profiles::read(&c, &k));
    let named = kubeconfigs.contexts().into_iter().filter_map(|view| view.exec?.profile);
    let unknown = named.filter(|name| profiles.as_ref().is_some_and(|known| !known.contains(name)));
    Surroundings {
        named_profile: context.global.profile.clone(),
        env_profile: context.env.aws_profile.clone(),
        has_keys: has_keys(),
        missing_profiles: unknown.collect(),
        missing_commands: missing.map(|(program, _)| program).collect(),
        newest_kept: None,
        gate: plugin_gate(&context.env, kubeconfigs),
        own_directory: own_directory().map(|dir| dir.display().to_string()),
    }
}
