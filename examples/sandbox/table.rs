//! The setting of the story: the cloud, a home directory for it, and the programs that are run.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use eksaccess::model::arn::Partition;
use serde_json::json;
use tempfile::TempDir;

use crate::cloud::{ACCOUNT, AuthMode, Cloud, ClusterSpec, REGION, World};

/// The caller's variables that would lead a program out of the sandbox, by their beginning or end.
const STRANGE: [&str; 6] = ["AWS_", "KUBE", "XDG_", "DEFAULT_ROLE", "RUST_LOG", "EKSACCESS_"];

/// The permissions of every user here.
const LOOKING: [&str; 3] = ["eks:DescribeCluster", "iam:GetRole", "iam:SimulatePrincipalPolicy"];

/// The second account, in which the role `Ops` has all permissions.
const OTHER: &str = "444455556666";

/// The cloud and the working directories.
pub(crate) struct Table {
    pub(crate) cloud: Cloud,
    dir: TempDir,
    path: String,
}

impl Table {
    /// Starts the cloud and creates the directories; all of it is removed with the value, or by Ctrl-C.
    pub(crate) fn lay() -> Result<Self, String> {
        let cloud = World::new()
            .home(|home| {
                for user in ["member", "outsider"] {
                    home.allow(user, &LOOKING, "*");
                }
            })
            .account(Partition::Aws, OTHER, |other| {
                let all = other.aws_policy("AdministratorAccess");
                let home = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
                other.node_role("node").role_at("/", "Ops", &home).with_role("Ops", |role| role.attached.push(all));
            })
            .cluster(ClusterSpec::new("prod").mode(AuthMode::Api).creator("creator").nodes("workers", "dev-node"))
            .cluster(elsewhere("alpha", AuthMode::ConfigMap))
            .cluster(elsewhere("beta", AuthMode::Api))
            .start();
        let dir = tempfile::Builder::new().prefix("eksaccess-").tempdir().map_err(|e| format!("no directory: {e}"))?;
        let bin = dir.path().join("bin");
        let old = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
        let table = Self { cloud, path: format!("{}:{old}", bin.display()), dir };
        table.make(&bin).map_err(|e| format!("{}: {e}", table.dir.path().display()))?;
        Ok(table)
    }

    fn make(&self, bin: &Path) -> io::Result<()> {
        std::fs::create_dir(bin)?;
        std::fs::create_dir(self.home())?;
        let accounts =
            format!("{ACCOUNT} # the account of creator, member and outsider\n{OTHER} Ops # the other one\n");
        std::fs::write(self.home().join("accounts"), accounts)?;
        symlink(std::env::current_exe()?, bin.join("eksaccess"))
    }

    /// The home directory of every user here.
    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The first directory in `PATH`.
    pub(crate) fn bin(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// Removes what [`Table::lay`] created, for an exit without destructors.
    pub(crate) fn removal(&self) -> impl Fn() + Send + 'static {
        let dir = self.dir.path().to_owned();
        move || drop(std::fs::remove_dir_all(&dir))
    }

    /// Whether a program is in `PATH`.
    pub(crate) fn has(&self, program: &str) -> bool {
        std::env::split_paths(&self.path).any(|dir| dir.join(program).is_file())
    }

    /// The environment that makes a process one of the cloud's users.
    pub(crate) fn user_env(&self, user: &str) -> Vec<(String, String)> {
        let mut env = self.cloud.env(user);
        let region = env.iter().find(|(name, _)| name == "AWS_REGION").map(|(_, region)| region.clone());
        env.extend(region.map(|region| ("AWS_DEFAULT_REGION".to_owned(), region)));
        env
    }

    /// A program, run by a user of the cloud at the home directory: the caller's environment, without what leads out of
    /// the sandbox.
    pub(crate) fn command(&self, user: &str, program: &str) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_uppercase();
            if STRANGE.iter().any(|s| text.starts_with(s)) || text.ends_with("_PROXY") {
                command.env_remove(&name);
            }
        }
        command.envs(self.user_env(user)).current_dir(self.home());
        command.env("HOME", self.home()).env("PATH", &self.path).env("AWS_EC2_METADATA_DISABLED", "true");
        // No program may wait for input: the story also runs unattended.
        command.stdin(Stdio::null());
        command
    }
}

/// A cluster of the second account.
fn elsewhere(name: &str, mode: AuthMode) -> ClusterSpec {
    let cluster = ClusterSpec::new(name).account(Partition::Aws, OTHER, REGION);
    cluster.mode(mode).creator("Ops").nodes("workers", "node")
}
