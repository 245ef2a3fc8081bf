//! A desk with a real control plane.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::SystemTime;

use eksaccess::model::arn::Partition;
use eksaccess::token::{Hosts, Keys, Request, Token, TokenError, presign};
use serde_json::Value;

use crate::support::cloud::{Cloud, REGION, World};
use crate::support::control_plane::{ControlPlane, User, Write, or_skip};
use crate::support::desk::{Desk, Typed};

/// A person's desk; the local cloud's cluster `dev` has a real control plane.
pub(crate) struct Site {
    pub(crate) desk: Desk,
    pub(crate) plane: ControlPlane,
}

impl Site {
    /// Starts a world; `None` if parts are missing and the test is skipped.
    pub(crate) fn open(test: &str, world: World) -> Option<Self> {
        let cloud = world.start();
        let plane = or_skip(test, ControlPlane::start(&cloud, "dev"))?;
        Some(Self { desk: Desk::new(cloud), plane })
    }

    /// The cloud.
    pub(crate) fn cloud(&self) -> &Cloud {
        &self.desk.cloud
    }

    /// The real binary as a user.
    pub(crate) fn eksaccess(&self, user: &str, args: &str) -> Typed<'_> {
        self.desk.eksaccess(user, args)
    }

    /// The real `kubectl` as a user, with the desk's `F` as its kubeconfig.
    pub(crate) fn kubectl(&self, user: &str, args: &str) -> Typed<'_> {
        let kubeconfig = self.desk.path("F").display().to_string();
        self.desk.kubectl(&self.plane.kubectl_path(), user, args).env("KUBECONFIG", kubeconfig)
    }

    /// A user's identity from `kubectl auth whoami`.
    pub(crate) fn whoami(&self, user: &str) -> User {
        let answer = self.kubectl(user, "auth whoami -o json").run().json();
        user_of(&answer["status"]["userInfo"])
    }

    /// The data of `aws-auth`, empty if absent.
    pub(crate) fn data(&self) -> BTreeMap<String, String> {
        self.plane.aws_auth().and_then(|map| map.data).unwrap_or_default()
    }

    /// The version of `aws-auth`.
    pub(crate) fn version(&self) -> Option<String> {
        self.plane.aws_auth()?.metadata.resource_version
    }

    /// The writes to any `ConfigMap` by others than the administrator, including refused ones, without server-side dry
    /// runs.
    pub(crate) fn writes(&self) -> Vec<Write> {
        let is_ours = |write: &Write| write.username != "administrator" && !write.dry_run;
        self.plane.writes().into_iter().filter(is_ours).collect()
    }

    /// The kubeconfig of [`Site::kubectl`].
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.desk.path("F")
    }

    /// Checks that a second run of a command reports nothing to do, and writes nothing.
    pub(crate) fn does_nothing(&self, user: &str, args: &str) {
        let (version, kubeconfig) = (self.version(), self.kubeconfig().exists().then(|| self.desk.read("F")));
        let writes = self.writes().len();
        self.cloud().clear_log();
        let report = self.eksaccess(user, &format!("{args} --output json")).run().json();
        assert_eq!(report["outcome"], "nothing-to-do", "{report:#}");
        assert_eq!(self.version(), version);
        assert_eq!(self.writes().len(), writes, "{:?}", self.writes());
        assert!(self.cloud().writes().is_empty(), "{:?}", self.cloud().writes());
        assert_eq!(self.kubeconfig().exists().then(|| self.desk.read("F")), kubeconfig);
    }
}

/// A `UserInfo`, without the groups that Kubernetes adds.
pub(crate) fn user_of(info: &Value) -> User {
    let groups = info["groups"].as_array().into_iter().flatten().filter_map(Value::as_str);
    User {
        username: info["username"].as_str().unwrap_or_default().to_owned(),
        groups: groups.filter(|group| *group != "system:authenticated").map(str::to_owned).collect(),
    }
}

/// A user in short.
pub(crate) fn user(username: &str, groups: &[&str]) -> User {
    User { username: username.to_owned(), groups: groups.iter().map(ToString::to_string).collect() }
}

/// A token for the cluster `dev`, signed with an environment's keys.
pub(crate) fn token(env: &[(String, String)]) -> String {
    signed("dev", env).expect("good keys").text().to_owned()
}

/// The same for a named cluster, or the error.
pub(crate) fn signed(cluster: &str, env: &[(String, String)]) -> Result<Token, TokenError> {
    let value = |name: &str| env.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    let keys = Keys::new(
        value("AWS_ACCESS_KEY_ID").expect("a key id"),
        value("AWS_SECRET_ACCESS_KEY").expect("a secret key"),
        value("AWS_SESSION_TOKEN"),
    );
    let request = Request {
        cluster_id: cluster.to_owned(),
        region: REGION.to_owned(),
        partition: Partition::Aws,
        hosts: Hosts::default(),
    };
    presign(&request, &keys, SystemTime::now())
}
