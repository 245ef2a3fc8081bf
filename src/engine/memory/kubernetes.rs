//! The cluster's API server: one ConfigMap with a version, and who an identity is by its entry or by the map.

use serde_json::Value;

use super::state::{REGION, State};
use super::world::{MemorySession, World};
use crate::aws_auth::{self, Caller};
use crate::engine::{CallErrorKind as K, CallResult, Can, Cluster, Reach};
use crate::model::access::{SYSTEM_MASTERS, has_masters};
use crate::model::{AwsAuthMap, KubernetesIdentity};

/// The API server, as the cluster's creator or as a role's session.
#[derive(Clone)]
pub(super) struct MemoryCluster {
    pub(super) world: World,
    pub(super) session: Option<MemorySession>,
}

const OBJECT: &str = "configmap kube-system/aws-auth";

/// Who a session is inside, and whether it may do everything.
fn inside(state: &State, session: Option<&MemorySession>) -> Result<(KubernetesIdentity, bool), K> {
    let (username, mut groups, by_policy) = match session {
        None => ("kubernetes-creator".to_owned(), vec![SYSTEM_MASTERS.to_owned()], false),
        Some(session) => by_entry(state, session).or_else(|| by_map(state, session)).ok_or(K::Unauthorized)?,
    };
    let is_admin = by_policy || has_masters(&groups);
    groups.push("system:authenticated".to_owned());
    Ok((KubernetesIdentity { username, groups }, is_admin))
}

fn by_entry(state: &State, session: &MemorySession) -> Option<(String, Vec<String>, bool)> {
    let mode = state.description.mode;
    let entry = state.entries.get(&session.role.to_string()).filter(|_| mode.has_entries())?;
    let made_at = state.roles.get(&session.role.name.to_ascii_lowercase()).and_then(|role| role.created_at);
    let username = entry.username.replace("{{SessionName}}", &session.name);
    (!entry.is_older_than(made_at)).then(|| (username, entry.groups.clone(), entry.is_admin()))
}

fn by_map(state: &State, session: &MemorySession) -> Option<(String, Vec<String>, bool)> {
    let object = state.map.clone().filter(|_| state.description.mode.has_config_map())?;
    let caller = Caller::new(session.role.clone()).with_session(session.name.clone());
    let who = aws_auth::read(&AwsAuthMap { object }.data()).who(&caller);
    who.mapped().map(|found| (found.username.clone(), found.groups.clone(), false))
}

impl MemoryCluster {
    async fn write_map(
        &self,
        operation: &'static str,
        object: &Value,
        dry_run: bool,
        may: impl Fn(&State, &Value) -> Result<(), K> + 'static,
    ) -> CallResult<AwsAuthMap> {
        let (new, session) = (object.clone(), self.session.clone());
        let put = move |state: &mut State| {
            if !inside(state, session.as_ref())?.1 {
                return Err(K::AccessDenied);
            }
            may(state, &new)?;
            state.put_map(new.clone());
            state.map.clone().map(|object| AwsAuthMap { object }).ok_or(K::NotFound)
        };
        if dry_run {
            return self.world.read(operation, OBJECT, move |state| put(&mut state.clone())).await;
        }
        self.world.write(operation, OBJECT, put).await
    }
}

impl Cluster for MemoryCluster {
    async fn reach(&self) -> Reach {
        Reach::Answers
    }

    async fn get_aws_auth(&self) -> CallResult<Option<AwsAuthMap>> {
        let session = self.session.clone();
        let see = move |state: &State| {
            inside(state, session.as_ref())?;
            Ok(state.map.clone().map(|object| AwsAuthMap { object }))
        };
        self.world.read("k8s:GetConfigMap", OBJECT, see).await
    }

    async fn create_aws_auth(&self, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
        let name = if dry_run { "k8s:CreateConfigMap?dry-run" } else { "k8s:CreateConfigMap" };
        let may = |state: &State, _: &Value| if state.map.is_some() { Err(K::AlreadyExists) } else { Ok(()) };
        self.write_map(name, object, dry_run, may).await
    }

    async fn replace_aws_auth(&self, object: &Value, dry_run: bool) -> CallResult<AwsAuthMap> {
        let name = if dry_run { "k8s:ReplaceConfigMap?dry-run" } else { "k8s:ReplaceConfigMap" };
        let may = |state: &State, new: &Value| {
            let old = state.map.as_ref().ok_or(K::NotFound)?;
            let version = |map: &Value| map["metadata"]["resourceVersion"].clone();
            if version(old) == version(new) { Ok(()) } else { Err(K::Conflict) }
        };
        self.write_map(name, object, dry_run, may).await
    }

    async fn who_am_i(&self) -> CallResult<KubernetesIdentity> {
        let session = self.session.clone();
        let who = move |state: &State| inside(state, session.as_ref()).map(|(who, _)| who);
        self.world.read("k8s:SelfSubjectReview", REGION, who).await
    }

    async fn can_i(&self, can: &Can) -> CallResult<bool> {
        let session = self.session.clone();
        let may = move |state: &State| inside(state, session.as_ref()).map(|(_, is_admin)| is_admin);
        self.world.read("k8s:SelfSubjectAccessReview", &can.kind(), may).await
    }
}
