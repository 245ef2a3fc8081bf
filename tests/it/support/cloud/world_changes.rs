//! Reading and changing the cloud directly, as another client would.

use std::time::Duration;

use serde_json::{Value, json};

use super::account::{Group, Role};
use super::account_setup::AccountSetup;
use super::cloud::{ACCOUNT, Cloud, REGION};
use super::cluster::{AccessEntry, AuthMode, Cluster, Update, UpdateKind};
use super::k8s::{self, Attributes, Identity};
use super::policy_document::shown_trust;
use super::state::{Caller, State};
use eksaccess::model::arn::Partition;

/// The index of a cluster by its name, or by its ARN if the name is ambiguous.
fn place(state: &State, cluster: &str) -> usize {
    let found = state.clusters.iter().position(|c| c.name == cluster || c.arn() == cluster);
    found.unwrap_or_else(|| panic!("no cluster {cluster}"))
}

/// IAM.
impl Cloud {
    /// Changes an account.
    pub fn account(&self, partition: Partition, id: &str, setup: impl FnOnce(&mut AccountSetup)) {
        self.edit(|state| {
            state.account_mut(partition, id);
            setup(&mut AccountSetup { state, partition, id: id.to_owned() });
        });
    }

    /// Changes the default account.
    pub fn home(&self, setup: impl FnOnce(&mut AccountSetup)) {
        self.account(Partition::Aws, ACCOUNT, setup);
    }

    /// A role of the default account.
    pub fn role(&self, name: &str) -> Option<Role> {
        self.role_in(Partition::Aws, ACCOUNT, name)
    }

    pub fn role_in(&self, partition: Partition, account: &str, name: &str) -> Option<Role> {
        self.edit(|state| state.account(partition, account)?.role(name).cloned())
    }

    /// A role's trust policy as IAM shows it.
    pub fn trust(&self, role: &str) -> Option<Value> {
        let role = self.role(role)?;
        Some(self.edit(|state| shown_trust(state, &role.trust)))
    }

    /// A group of the default account.
    pub fn group(&self, name: &str) -> Option<Group> {
        self.group_in(Partition::Aws, ACCOUNT, name)
    }

    pub fn group_in(&self, partition: Partition, account: &str, name: &str) -> Option<Group> {
        self.edit(|state| state.account(partition, account)?.group(name).cloned())
    }

    /// Changes a group of the default account.
    pub fn with_group(&self, name: &str, change: impl FnOnce(&mut Group)) {
        self.edit(|state| {
            let group = state.account_mut(Partition::Aws, ACCOUNT).groups.get_mut(&name.to_lowercase());
            change(group.unwrap_or_else(|| panic!("no group {name}")));
        });
    }

    pub fn delete_role(&self, name: &str) {
        self.edit(|state| state.account_mut(Partition::Aws, ACCOUNT).roles.remove(&name.to_lowercase()));
    }

    /// Deletes a role and recreates it: identical except for its unique id and its date.
    pub fn recreate_role(&self, name: &str) {
        self.edit(|state| {
            let id = state.ids.unique("AROA");
            let now = state.now;
            let role = state.account_mut(Partition::Aws, ACCOUNT).roles.get_mut(&name.to_lowercase());
            let role = role.unwrap_or_else(|| panic!("no role {name}"));
            (role.named.id, role.named.created_at) = (id, now);
        });
    }

    /// Deletes a user of the default account with its keys and memberships.
    pub fn delete_user(&self, name: &str) {
        self.edit(|state| {
            let account = state.account_mut(Partition::Aws, ACCOUNT);
            let Some(user) = account.users.remove(&name.to_lowercase()) else { return };
            account.groups.values_mut().for_each(|g| g.members.retain(|m, _| !m.eq_ignore_ascii_case(name)));
            state.keys.retain(|_, key| key.caller.entity_id != user.named.id);
        });
    }

    /// The environment of a session of a role of the default account, as from Identity Center, an instance or a
    /// pipeline, without AssumeRole. For `node_role`s the session's name is the instance's id.
    pub fn session_env(&self, role: &str, session: &str) -> Vec<(String, String)> {
        self.session_env_in(Partition::Aws, ACCOUNT, role, session)
    }

    pub fn session_env_in(
        &self,
        partition: Partition,
        account: &str,
        role: &str,
        session: &str,
    ) -> Vec<(String, String)> {
        let (id, key) = self.edit(|state| {
            let found = state.account(partition, account).and_then(|a| a.role(role)).cloned();
            let role = found.unwrap_or_else(|| panic!("no role {role}"));
            let expires_at = state.now + 3_600_000;
            state.issue("ASIA", true, Some(expires_at), Caller::session_of(&role, partition, account, session))
        });
        let region = if partition == Partition::Aws { REGION } else { partition.iam_region() };
        let token = key.token.unwrap_or_default();
        [
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", key.secret.as_str()),
            ("AWS_SESSION_TOKEN", token.as_str()),
            ("AWS_REGION", region),
            ("AWS_ENDPOINT_URL", self.endpoint()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Makes all sessions' credentials expire now.
    pub fn expire_sessions(&self) {
        self.edit(|state| {
            let now = state.now;
            state.keys.values_mut().filter(|k| k.expires_at.is_some()).for_each(|k| k.expires_at = Some(now));
        });
    }
}

/// EKS.
impl Cloud {
    pub fn cluster(&self, cluster: &str) -> Cluster {
        self.edit(|state| state.clusters[place(state, cluster)].clone())
    }

    /// The names of the clusters, in every account and region, and the ids of those on Outposts.
    pub fn cluster_names(&self) -> Vec<String> {
        self.edit(|state| {
            let names = state.clusters.iter().map(|cluster| cluster.name.clone());
            names.chain(state.clusters.iter().filter_map(|cluster| cluster.outpost_id.clone())).collect()
        })
    }

    /// Changes a cluster.
    pub fn with_cluster<T>(&self, cluster: &str, change: impl FnOnce(&mut Cluster) -> T) -> T {
        self.edit(|state| {
            let place = place(state, cluster);
            change(&mut state.clusters[place])
        })
    }

    pub fn mode(&self, cluster: &str) -> AuthMode {
        self.cluster(cluster).mode
    }

    /// Sets the mode at once, whatever it was; entries are not created.
    pub fn set_mode(&self, cluster: &str, mode: AuthMode) {
        self.with_cluster(cluster, |c| (c.mode, c.shows_mode) = (mode, true));
    }

    /// Somebody begins an update of another kind, which takes so long.
    pub fn begin_logging_update(&self, cluster: &str, duration: Duration) {
        let duration = i64::try_from(duration.as_millis()).expect("a duration");
        self.edit(|state| {
            let (id, now) = (state.ids.uuid(), state.now);
            let place = place(state, cluster);
            let outcome = "Successful".to_owned();
            let (kind, done_at) = (UpdateKind::Logging, now + duration);
            state.clusters[place].updates.push(Update { id, kind, created_at: now, done_at, outcome, settled: false });
        });
    }

    pub fn set_status(&self, cluster: &str, status: &str) {
        self.with_cluster(cluster, |c| status.clone_into(&mut c.status));
    }

    pub fn access_entries(&self, cluster: &str) -> Vec<AccessEntry> {
        self.cluster(cluster).entries.into_values().collect()
    }

    pub fn access_entry(&self, cluster: &str, principal_arn: &str) -> Option<AccessEntry> {
        self.cluster(cluster).entries.remove(principal_arn)
    }
}

/// The ConfigMap `aws-auth`.
impl Cloud {
    pub fn config_map(&self, cluster: &str) -> Option<Value> {
        self.cluster(cluster).config_map
    }

    /// One text of its data, for example `mapRoles`.
    pub fn config_map_data(&self, cluster: &str, key: &str) -> Option<String> {
        Some(self.config_map(cluster)?["data"][key].as_str()?.to_owned())
    }

    /// Writes one text of it, as another client; creates it if missing.
    pub fn set_config_map_data(&self, cluster: &str, key: &str, text: &str) {
        self.edit(|state| {
            let place = place(state, cluster);
            let (now, uid) = (state.now, state.ids.uuid());
            let cluster = &mut state.clusters[place];
            let old = cluster.config_map.as_ref().and_then(|m| m["data"].as_object().cloned()).unwrap_or_default();
            let mut data: Vec<(String, String)> =
                old.into_iter().map(|(k, v)| (k, v.as_str().unwrap_or_default().to_owned())).collect();
            match data.iter_mut().find(|(k, _)| k == key) {
                Some((_, old)) => text.clone_into(old),
                None => data.push((key.to_owned(), text.to_owned())),
            }
            k8s::put_data(cluster, &data, now, &uid);
        });
    }

    /// Writes the whole object, as another client: labels, annotations, data, anything; the server's own fields are
    /// filled in.
    pub fn set_config_map(&self, cluster: &str, object: &Value) {
        self.edit(|state| {
            let place = place(state, cluster);
            let (now, uid) = (state.now, state.ids.uuid());
            let cluster = &mut state.clusters[place];
            let mut new = object.clone();
            let fresh = k8s::fresh(&uid, now);
            for field in ["kind", "apiVersion"] {
                new[field] = fresh[field].clone();
            }
            for field in ["name", "namespace", "uid", "creationTimestamp"] {
                if new["metadata"].get(field).is_none() {
                    new["metadata"][field] = fresh["metadata"][field].clone();
                }
            }
            new["metadata"]["resourceVersion"] = json!(cluster.next_resource_version());
            cluster.config_map = Some(new);
        });
    }

    pub fn delete_config_map(&self, cluster: &str) {
        self.with_cluster(cluster, |c| c.config_map = None);
    }
}

/// For a real control plane in place of the emulation.
impl Cloud {
    /// Makes DescribeCluster return this address and this CA from now on.
    pub fn set_cluster_endpoint(&self, cluster: &str, url: &str, ca_pem: &str) {
        self.with_cluster(cluster, |c| {
            c.endpoint = Some(url.to_owned());
            ca_pem.clone_into(&mut c.ca_pem);
        });
    }

    /// The identity of a token from the access entries alone; `Source::AccessEntry` includes whether it overrides
    /// `aws-auth`. `None`: no entry, or an invalid token; then `aws-auth` decides if `config_map_counts`.
    pub fn review_token_by_entries(&self, cluster: &str, token: &str) -> Option<Identity> {
        self.edit(|state| k8s::by_entries(state, &state.clusters[place(state, cluster)], token).ok().flatten())
    }

    /// Whether the cluster's mode uses `aws-auth`.
    pub fn config_map_counts(&self, cluster: &str) -> bool {
        self.mode(cluster).has_config_map()
    }

    /// The identity of a token from all sources: entries, the creator, `aws-auth`; or why it has none.
    pub fn identity_of_token(&self, cluster: &str, token: &str) -> Result<Identity, String> {
        self.edit(|state| k8s::identify(state, &state.clusters[place(state, cluster)], token))
    }

    /// Whether access policies alone authorise a user (by the username of an entry).
    pub fn authorize(&self, cluster: &str, username: &str, _groups: &[String], attributes: &Attributes) -> bool {
        self.edit(|state| k8s::by_access_policies(&state.clusters[place(state, cluster)], username, attributes))
    }
}
