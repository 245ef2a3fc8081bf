//! IAM's rules: names are compared case-insensitively, an existing object is not created, a missing one is not changed,
//! and a trust policy names existing principals only.

use std::collections::BTreeMap;

use futures::future::{join, join3, try_join_all};
use serde_json::Value;

use super::state::{ACCOUNT, State};
use super::world::World;
use crate::engine::{CallErrorKind as K, CallResult, IamRead, IamWrite, NewRole, Simulated};
use crate::model::{Group, Partition, Principal, Role, RolePolicies};

/// IAM in the account.
#[derive(Clone)]
pub(super) struct MemoryIam(pub(super) World);

fn key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// A role to change.
fn role<'s>(state: &'s mut State, name: &str) -> Result<&'s mut Role, K> {
    state.roles.get_mut(&key(name)).ok_or(K::NotFound)
}

/// A group to change.
fn group<'s>(state: &'s mut State, name: &str) -> Result<&'s mut Group, K> {
    state.groups.get_mut(&key(name)).ok_or(K::NotFound)
}

/// Whether a trust policy names a role or user of this account that does not exist.
fn names_a_missing_principal(state: &State, trust: &Value) -> bool {
    let statements = trust["Statement"].as_array().cloned().unwrap_or_else(|| vec![trust["Statement"].clone()]);
    let named = statements.iter().flat_map(|statement| match &statement["Principal"]["AWS"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    });
    named.filter_map(|text| text.as_str()?.parse::<Principal>().ok()).any(|principal| state.lacks(&principal))
}

impl MemoryIam {
    async fn of_role<T: 'static>(
        &self,
        operation: &'static str,
        role: &str,
        act: impl Fn(&mut Role) -> T + 'static,
    ) -> CallResult<T> {
        let name = role.to_owned();
        let change = move |state: &mut State| self::role(state, &name).map(&act);
        self.0.write(operation, &format!("role {role}"), change).await
    }

    async fn of_group<T: 'static>(
        &self,
        operation: &'static str,
        group: &str,
        see: impl Fn(&Group) -> T + 'static,
    ) -> CallResult<Option<T>> {
        let name = key(group);
        self.0.read(operation, &format!("group {group}"), move |state| Ok(state.groups.get(&name).map(&see))).await
    }
}

impl IamRead for MemoryIam {
    async fn get_role(&self, name: &str) -> CallResult<Option<Role>> {
        let key = key(name);
        self.0.read("iam:GetRole", &format!("role {name}"), move |state| Ok(state.roles.get(&key).cloned())).await
    }

    async fn role_policies(&self, role: &str) -> CallResult<Option<RolePolicies>> {
        let (object, name) = (format!("role {role}"), key(role));
        let is_there = name.clone();
        let all = self.0.read("iam:ListAttachedRolePolicies", &object, move |state| {
            Ok(state
                .roles
                .contains_key(&is_there)
                .then(|| state.role_policies.get(&is_there).cloned().unwrap_or_default()))
        });
        let (all, listed) = join(all, self.0.read("iam:ListRolePolicies", &object, |_| Ok(()))).await;
        listed?;
        let Some(all) = all? else { return Ok(None) };
        let texts = all.inline.keys().map(|_| self.0.read("iam:GetRolePolicy", &object, |_| Ok(())));
        try_join_all(texts).await?;
        Ok(Some(all))
    }

    async fn get_group(&self, name: &str) -> CallResult<Option<Group>> {
        let found = self.of_group("iam:GetGroup", name, Group::clone);
        let inline = self.of_group("iam:ListGroupPolicies", name, |_| ());
        let (found, inline, attached) =
            join3(found, inline, self.of_group("iam:ListAttachedGroupPolicies", name, |_| ())).await;
        let (Some(found), Some(())) = (found?, inline?.and(attached?)) else { return Ok(None) };
        let texts = found.inline_policies.keys().map(|_| self.of_group("iam:GetGroupPolicy", name, |_| ()));
        try_join_all(texts).await?;
        Ok(Some(found))
    }

    async fn get_user(&self, name: &str) -> CallResult<Option<String>> {
        let key = key(name);
        let arn = |name: &String| format!("arn:aws:iam::{ACCOUNT}:user/{name}");
        self.0.read("iam:GetUser", &format!("user {name}"), move |state| Ok(state.users.get(&key).map(arn))).await
    }

    async fn simulate(&self, principal_arn: &str, _: &str, resource: &str, mfa: bool) -> CallResult<Simulated> {
        let (who, role) = (principal_arn.rsplit('/').next().unwrap_or_default().to_owned(), resource.to_owned());
        self.0
            .read("iam:SimulatePrincipalPolicy", principal_arn, move |state| {
                if let Some((without, with)) = state.front.simulated {
                    return Ok(if mfa { with } else { without });
                }
                let opens = |group: &Group| group.inline_policies.values().any(|p| p.to_string().contains(&role));
                let is_let_in = state.groups.values().any(|g| g.members.contains(&who) && opens(g));
                Ok(if is_let_in || who == "creator" { Simulated::Allowed } else { Simulated::Missing })
            })
            .await
    }

    async fn list_roles(&self, path_prefix: &str) -> CallResult<Vec<Role>> {
        let prefix = path_prefix.to_owned();
        self.0
            .read("iam:ListRoles", path_prefix, move |state| {
                Ok(state.roles.values().filter(|role| role.arn.path.starts_with(&prefix)).cloned().collect())
            })
            .await
    }
}

impl IamWrite for MemoryIam {
    async fn create_role(&self, role: &NewRole) -> CallResult<Role> {
        let new = role.clone();
        let create = move |state: &mut State| {
            if state.roles.contains_key(&key(&new.name)) {
                return Err(K::AlreadyExists);
            }
            if names_a_missing_principal(state, &new.trust) {
                return Err(K::InvalidPrincipal);
            }
            let created_at = state.tick();
            let made = Role {
                arn: Principal::role(Partition::Aws, ACCOUNT, &new.path, &new.name),
                trust: new.trust.clone(),
                description: new.description.clone(),
                max_session_duration: new.max_session_duration.unwrap_or(3600),
                permissions_boundary: new.permissions_boundary.clone(),
                tags: new.tags.clone(),
                created_at: Some(created_at),
                unique_id: format!("AROA{created_at}"),
            };
            state.roles.insert(key(&new.name), made.clone());
            Ok(made)
        };
        self.0.write("iam:CreateRole", &format!("role {}", role.name), create).await
    }

    async fn update_trust(&self, role: &str, trust: &Value) -> CallResult<()> {
        let (name, trust) = (role.to_owned(), trust.clone());
        let update = move |state: &mut State| {
            if names_a_missing_principal(state, &trust) {
                return Err(K::InvalidPrincipal);
            }
            self::role(state, &name)?.trust = trust.clone();
            Ok(())
        };
        self.0.write("iam:UpdateAssumeRolePolicy", &format!("role {role}"), update).await
    }

    async fn update_role(&self, role: &str, description: &str, max_session_duration: i32) -> CallResult<()> {
        let description = description.to_owned();
        self.of_role("iam:UpdateRole", role, move |role| {
            role.description = description.clone();
            role.max_session_duration = max_session_duration;
        })
        .await
    }

    async fn put_boundary(&self, role: &str, boundary: &str) -> CallResult<()> {
        let boundary = boundary.to_owned();
        let put = move |role: &mut Role| role.permissions_boundary = Some(boundary.clone());
        self.of_role("iam:PutRolePermissionsBoundary", role, put).await
    }

    async fn tag_role(&self, role: &str, tags: &BTreeMap<String, String>) -> CallResult<()> {
        let tags = tags.clone();
        self.of_role("iam:TagRole", role, move |role| role.tags.extend(tags.clone())).await
    }

    async fn create_group(&self, name: &str) -> CallResult<()> {
        let new = name.to_owned();
        let create = move |state: &mut State| {
            if state.groups.contains_key(&key(&new)) {
                return Err(K::AlreadyExists);
            }
            let made = Group {
                name: new.clone(),
                arn: format!("arn:aws:iam::{ACCOUNT}:group/{new}"),
                members: Vec::new(),
                inline_policies: BTreeMap::new(),
                attached_policies: Vec::new(),
            };
            state.groups.insert(key(&new), made);
            Ok(())
        };
        self.0.write("iam:CreateGroup", &format!("group {name}"), create).await
    }

    async fn put_group_policy(&self, group: &str, policy: &str, document: &Value) -> CallResult<()> {
        let (name, policy, document) = (group.to_owned(), policy.to_owned(), document.clone());
        let object = format!("policy {policy} of group {group}");
        let put = move |state: &mut State| {
            self::group(state, &name)?.inline_policies.insert(policy.clone(), document.clone());
            Ok(())
        };
        self.0.write("iam:PutGroupPolicy", &object, put).await
    }

    async fn add_user_to_group(&self, group: &str, user: &str) -> CallResult<()> {
        let (name, user) = (group.to_owned(), user.to_owned());
        let object = format!("user {user} in group {group}");
        let add = move |state: &mut State| {
            let user = state.users.get(&key(&user)).cloned().ok_or(K::NotFound)?;
            let group = self::group(state, &name)?;
            if !group.members.contains(&user) {
                group.members.push(user);
                group.members.sort();
            }
            Ok(())
        };
        self.0.write("iam:AddUserToGroup", &object, add).await
    }
}
