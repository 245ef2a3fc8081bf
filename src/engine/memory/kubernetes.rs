//! The cluster's API server: a versioned ConfigMap, and identities from entries or from the map.

use serde_json::Value;

use super::state::{REGION, State};
use super::world::{MemorySession, World};
use crate::aws_auth::{self, Caller};
use crate::engine::{CallErrorKind as K, CallResult, Can, ClusterRead, ClusterWrite, MapWrite, Reach};
use crate::model::access::{SYSTEM_MASTERS, has_masters};
use crate::model::nodes::ListedNode;
use crate::model::rbac::{BindingName, RbacBinding, Subject};
use crate::model::{AwsAuthMap, KubernetesIdentity};

/// The API server, as the cluster's creator or as a role's session.
#[derive(Clone)]
pub(super) struct MemoryCluster {
    pub(super) world: World,
    pub(super) session: Option<MemorySession>,
}

const OBJECT: &str = "configmap kube-system/aws-auth";

/// A session's identity inside the cluster, and whether it may do everything.
fn inside(state: &State, session: Option<&MemorySession>) -> Result<(KubernetesIdentity, bool), K> {
    let own = state.front.own_session();
    let (username, mut groups, by_policy) = match session.or(own.as_ref()) {
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

/// Whether the existing version allows a write.
fn check_version(state: &State, write: &MapWrite<'_>) -> Result<(), K> {
    match (write, &state.map) {
        (MapWrite::Create(_), None) => Ok(()),
        (MapWrite::Create(_), Some(_)) => Err(K::AlreadyExists),
        (MapWrite::Replace(_), None) => Err(K::NotFound),
        (MapWrite::Replace(new), Some(old)) => {
            let version = |map: &Value| map["metadata"]["resourceVersion"].clone();
            if version(old) == version(new) { Ok(()) } else { Err(K::Conflict) }
        }
    }
}

impl MemoryCluster {
    /// The effect of a write on a state.
    fn put(&self, write: &MapWrite<'_>) -> impl Fn(&mut State) -> Result<(), K> + use<> {
        let (MapWrite::Create(new) | MapWrite::Replace(new)) = *write;
        let (new, session, creates) = (new.clone(), self.session.clone(), matches!(write, MapWrite::Create(_)));
        move |state| {
            if !inside(state, session.as_ref())?.1 {
                return Err(K::AccessDenied);
            }
            check_version(state, &if creates { MapWrite::Create(&new) } else { MapWrite::Replace(&new) })?;
            state.put_map(new.clone());
            Ok(())
        }
    }
}

impl ClusterRead for MemoryCluster {
    async fn reach(&self) -> Reach {
        self.world.state().front.reach.clone()
    }

    async fn get_aws_auth(&self) -> CallResult<Option<AwsAuthMap>> {
        let session = self.session.clone();
        let see = move |state: &State| {
            inside(state, session.as_ref())?;
            Ok(state.map.clone().map(|object| AwsAuthMap { object }))
        };
        self.world.read("k8s:GetConfigMap", OBJECT, see).await
    }

    async fn would_take(&self, write: &MapWrite<'_>) -> CallResult<()> {
        let put = self.put(write);
        let operation = match write {
            MapWrite::Create(_) => "k8s:CreateConfigMap?dry-run",
            MapWrite::Replace(_) => "k8s:ReplaceConfigMap?dry-run",
        };
        self.world.read(operation, OBJECT, move |state| put(&mut state.clone())).await
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

    async fn list_nodes(&self) -> CallResult<Vec<ListedNode>> {
        let session = self.session.clone();
        let list = move |state: &State| {
            if inside(state, session.as_ref())?.1 { Ok(state.listed_nodes.clone()) } else { Err(K::AccessDenied) }
        };
        self.world.read("k8s:ListNodes", "the nodes", list).await
    }

    async fn list_bindings(&self) -> CallResult<Vec<RbacBinding>> {
        let session = self.session.clone();
        let list = move |state: &State| {
            if inside(state, session.as_ref())?.1 { Ok(state.bindings.clone()) } else { Err(K::AccessDenied) }
        };
        self.world.read("k8s:ListRoleBindings", "the RoleBindings", list).await
    }
}

impl ClusterWrite for MemoryCluster {
    async fn write(&self, write: &MapWrite<'_>) -> CallResult<()> {
        let operation = match write {
            MapWrite::Create(_) => "k8s:CreateConfigMap",
            MapWrite::Replace(_) => "k8s:ReplaceConfigMap",
        };
        self.world.write(operation, OBJECT, self.put(write)).await
    }

    async fn add_subject(&self, binding: &BindingName, subject: &Subject) -> CallResult<()> {
        let (session, name, new) = (self.session.clone(), binding.clone(), subject.clone());
        let add = move |state: &mut State| {
            if !inside(state, session.as_ref())?.1 {
                return Err(K::AccessDenied);
            }
            let found = state.bindings.iter_mut().find(|binding| binding.name == name).ok_or(K::NotFound)?;
            if !found.subjects.contains(&new) {
                found.subjects.push(new.clone());
            }
            Ok(())
        };
        self.world.write("k8s:ReplaceRoleBinding", &binding.to_string(), add).await
    }
}
