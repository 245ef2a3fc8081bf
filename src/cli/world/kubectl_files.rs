//! What kubectl finds on this machine besides the kubeconfigs: its preferences, the programs in `PATH`, the files that
//! kubeconfigs name.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};

use crate::cli::world::context::{Environment, variable};
use crate::files::plain;
use crate::kubeconfig::kuberc::{Kuberc, place};
use crate::kubeconfig::merged::FileList;
use crate::kubeconfig::{AuthorityFile, PluginGate, Tool};

/// The size limit of a file that is read here: a bundle of every public authority has 250 KiB.
const MOST_BYTES: u64 = 1 << 20;

/// kubectl's gate for the programs that the kubeconfigs name, and for those that this program writes.
pub(crate) fn plugin_gate(env: &Environment, kubeconfigs: &FileList) -> PluginGate {
    let tools = [Tool::Eksaccess, Tool::Aws, Tool::AwsIamAuthenticator].map(|tool| tool.as_str().to_owned());
    let mut commands: BTreeSet<String> = tools.into();
    commands.extend(kubeconfigs.programs().into_iter().map(|(_, looked_for)| looked_for));
    let path = variable("PATH").unwrap_or_default();
    PluginGate::new(kuberc(env), &commands, |name| look_path(name, &path))
}

fn kuberc(env: &Environment) -> Kuberc {
    let (said, feature) = (env.kuberc.as_deref(), env.kuberc_feature.as_deref());
    let Some((path, is_named)) = place(said, feature, env.home.as_deref()) else { return Kuberc::Nothing };
    let name = path.display().to_string();
    let read = read(&path).and_then(|bytes| String::from_utf8(bytes).map_err(|_| odd("it is not UTF-8 text")));
    match read {
        Ok(text) => Kuberc::Text(name, text),
        Err(error) if error.kind() == ErrorKind::NotFound && is_named => Kuberc::Missing(name),
        Err(error) if error.kind() == ErrorKind::NotFound => Kuberc::Nothing,
        Err(error) => Kuberc::Unreadable(name, error.to_string()),
    }
}

/// The content of a certificate authority file.
pub(crate) fn authority_file(path: &str) -> AuthorityFile {
    match read(Path::new(path)) {
        Ok(pem) => AuthorityFile::Read(pem),
        Err(error) if error.kind() == ErrorKind::NotFound => AuthorityFile::Missing,
        Err(error) => AuthorityFile::Unreadable(error.to_string()),
    }
}

/// The content of a plain file; links are followed.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    plain::check(&std::fs::metadata(path)?)?;
    let mut bytes = Vec::new();
    plain::follow(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(odd("it is longer than 1 MiB"));
    }
    Ok(bytes)
}

fn odd(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

/// A program as Go's `exec.LookPath` finds it in `path`: the first executable; one found through a relative entry of
/// `PATH` is refused. A name with a slash is not searched in `PATH`.
pub(crate) fn look_path(name: &str, path: &str) -> Option<String> {
    if name.contains('/') {
        return runs(Path::new(name)).then(|| name.to_owned());
    }
    let directories = if path.is_empty() { Vec::new() } else { path.split(':').collect() };
    let found = directories.into_iter().map(|directory| Path::new(directory).join(name)).find(|file| runs(file))?;
    found.is_absolute().then(|| found.display().to_string())
}

fn runs(file: &Path) -> bool {
    let may_run = || accessat(CWD, file, Access::EXEC_OK, AtFlags::EACCESS).is_ok();
    std::fs::metadata(file).is_ok_and(|found| !found.is_dir()) && may_run()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_program_is_looked_for_as_kubectl_does() {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join("bin");
        fs::create_dir(&bin).unwrap();
        let (tool, path) = (bin.join("tool"), format!("/nowhere:{}", bin.display()));
        let found = Some(tool.display().to_string());
        fs::write(&tool, "").unwrap();
        assert_eq!(look_path("tool", &path), None, "not to be run");
        fs::set_permissions(&tool, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(look_path("tool", &path), found);
        assert_eq!(look_path(&tool.display().to_string(), ""), found);
        assert_eq!(look_path("bin", &home.path().display().to_string()), None, "a directory");
        assert_eq!(look_path("other", &path), None);
        assert_eq!(look_path("tool", ""), None);
        std::os::unix::fs::symlink(&tool, home.path().join("link")).unwrap();
        let link = home.path().join("link").display().to_string();
        assert_eq!(look_path(&link, ""), Some(link), "the link's own path");
    }

    #[test]
    fn a_kuberc_that_is_not_there_counts_where_it_is_named() {
        let home = tempfile::tempdir().unwrap();
        let env = Environment { home: Some(home.path().to_owned()), ..Environment::default() };
        assert_eq!(kuberc(&env), Kuberc::Nothing);
        fs::create_dir_all(home.path().join(".kube/kuberc")).unwrap();
        assert!(matches!(kuberc(&env), Kuberc::Unreadable(..)), "a directory");
        let named = |kuberc: &str| Environment { kuberc: Some(kuberc.to_owned()), ..env.clone() };
        assert_eq!(kuberc(&named("off")), Kuberc::Nothing);
        assert_eq!(kuberc(&named("/nowhere/kuberc")), Kuberc::Missing("/nowhere/kuberc".to_owned()));
    }
}
