//! Users, groups, roles and policies set up without calls.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::{Group, Inline, Role, User};
use super::policy_document::{normalised, read_trust};
use super::state::{Caller, State};
use eksaccess::model::arn::{Partition, Principal};

/// One account under construction; existing names are left or changed, never duplicated.
pub struct AccountSetup<'a> {
    pub state: &'a mut State,
    pub partition: Partition,
    pub id: String,
}

impl AccountSetup<'_> {
    fn arn(&self, what: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{what}{path}{name}", self.partition, self.id)
    }

    /// The ARN of one of AWS's own managed policies.
    pub fn aws_policy(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.partition)
    }

    /// A user without permissions, and an access key.
    pub fn user(&mut self, name: &str) -> &mut Self {
        self.user_at("/", name)
    }

    pub fn user_at(&mut self, path: &str, name: &str) -> &mut Self {
        let named = self.state.named(("AIDA", "user"), (self.partition, &self.id), path, name);
        let caller = Caller {
            partition: self.partition,
            account: self.id.clone(),
            arn: named.arn.clone(),
            user_id: named.id.clone(),
            entity_id: named.id.clone(),
            entity_arn: named.arn.clone(),
            session: None,
            mfa: None,
            access_key_id: String::new(),
        };
        let (access_key_id, _) = self.state.issue("AKIA", false, None, caller);
        let user = User {
            named,
            inline: BTreeMap::new(),
            attached: Vec::new(),
            boundary: None,
            mfa_serials: Vec::new(),
            access_key_id,
        };
        self.state.account_mut(self.partition, &self.id).users.insert(name.to_lowercase(), user);
        self
    }

    /// A user with AdministratorAccess.
    pub fn admin(&mut self, name: &str) -> &mut Self {
        let arn = self.aws_policy("AdministratorAccess");
        self.user(name).with_user(name, |user| user.attached.push(arn))
    }

    fn with_user(&mut self, name: &str, change: impl FnOnce(&mut User)) -> &mut Self {
        let account = self.state.account_mut(self.partition, &self.id);
        change(account.users.get_mut(&name.to_lowercase()).unwrap_or_else(|| panic!("no user {name}")));
        self
    }

    /// Adds an inline policy of a user that allows these actions on this resource.
    pub fn allow(&mut self, user: &str, actions: &[&str], resource: &str) -> &mut Self {
        let document = json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": resource }] });
        self.with_user(user, |user| {
            let name = format!("inline-{}", user.inline.len());
            user.inline.insert(name, Inline { document, effective_at: 0 });
        })
    }

    /// Adds a complete inline policy of a user.
    pub fn user_policy(&mut self, user: &str, name: &str, document: Value) -> &mut Self {
        self.with_user(user, |user| {
            user.inline.insert(name.to_owned(), Inline { document, effective_at: 0 });
        })
    }

    /// A device whose correct code is always 123456: `arn:P:iam::ACCT:mfa/USER`.
    pub fn mfa(&mut self, user: &str) -> &mut Self {
        let serial = self.arn("mfa", "/", user);
        self.with_user(user, |user| user.mfa_serials.push(serial))
    }

    pub fn group(&mut self, name: &str, members: &[&str]) -> &mut Self {
        let named = self.state.named(("AGPA", "group"), (self.partition, &self.id), "/", name);
        let members = members.iter().map(|member| ((*member).to_owned(), 0)).collect();
        let group = Group { named, members, inline: BTreeMap::new(), attached: Vec::new() };
        self.state.account_mut(self.partition, &self.id).groups.insert(name.to_lowercase(), group);
        self
    }

    pub fn group_policy(&mut self, group: &str, name: &str, document: &Value) -> &mut Self {
        let document = normalised(document);
        let account = self.state.account_mut(self.partition, &self.id);
        let group = account.groups.get_mut(&group.to_lowercase()).unwrap_or_else(|| panic!("no group {group}"));
        group.inline.insert(name.to_owned(), Inline { document, effective_at: 0 });
        self
    }

    /// A role that trusts its account.
    pub fn role(&mut self, name: &str) -> &mut Self {
        let root = Principal::root(self.partition, &self.id).to_string();
        self.role_at("/", name, &json!({ "AWS": root }))
    }

    /// A role with a path and a `Principal`.
    pub fn role_at(&mut self, path: &str, name: &str, principal: &Value) -> &mut Self {
        let action = if principal.get("Federated").is_some() { "sts:AssumeRoleWithSAML" } else { "sts:AssumeRole" };
        self.role_trusting(
            path,
            name,
            &json!({ "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": action }] }),
        )
    }

    /// A role with a complete trust policy.
    pub fn role_trusting(&mut self, path: &str, name: &str, trust: &Value) -> &mut Self {
        let trust = read_trust(self.state, self.partition, &trust.to_string())
            .unwrap_or_else(|e| panic!("the trust of {name}: {}", e.message));
        let named = self.state.named(("AROA", "role"), (self.partition, &self.id), path, name);
        let role = Role {
            named,
            description: None,
            max_session_seconds: 3600,
            trust,
            former_trust: None,
            tags: BTreeMap::new(),
            boundary: None,
            inline: BTreeMap::new(),
            attached: Vec::new(),
            instance_profiles: Vec::new(),
            effective_at: 0,
        };
        self.state.account_mut(self.partition, &self.id).roles.insert(name.to_lowercase(), role);
        self
    }

    /// Changes an existing role.
    pub fn with_role(&mut self, name: &str, change: impl FnOnce(&mut Role)) -> &mut Self {
        let account = self.state.account_mut(self.partition, &self.id);
        change(account.roles.get_mut(&name.to_lowercase()).unwrap_or_else(|| panic!("no role {name}")));
        self
    }

    /// An inline policy of a role.
    pub fn role_policy(&mut self, role: &str, name: &str, document: &Value) -> &mut Self {
        let document = normalised(document);
        self.with_role(role, |role| {
            role.inline.insert(name.to_owned(), Inline { document, effective_at: 0 });
        })
    }

    /// A role for EC2 instances with an instance profile and the worker node policy.
    pub fn node_role(&mut self, name: &str) -> &mut Self {
        let policy = self.aws_policy("AmazonEKSWorkerNodePolicy");
        self.role_at("/", name, &json!({ "Service": "ec2.amazonaws.com" })).with_role(name, |role| {
            role.attached.push(policy);
            role.instance_profiles.push(role.named.name.clone());
        })
    }

    /// Identity Center's role of a permission set: `AWSReservedSSO_NAME_SUFFIX`; `region` if it is part of the path.
    pub fn reserved_role(&mut self, permission_set: &str, suffix: &str, region: Option<&str>) -> &mut Self {
        let path = region.map_or_else(
            || "/aws-reserved/sso.amazonaws.com/".to_owned(),
            |region| format!("/aws-reserved/sso.amazonaws.com/{region}/"),
        );
        let provider = self.arn("saml-provider", "/", "AWSSSO_0123456789abcdef_DO_NOT_DELETE");
        let name = format!("AWSReservedSSO_{permission_set}_{suffix}");
        self.role_at(&path, &name, &json!({ "Federated": provider }))
    }

    pub fn organization(&mut self, id: &str) -> &mut Self {
        self.state.account_mut(self.partition, &self.id).organization = Some(id.to_owned());
        self
    }

    pub fn alias(&mut self, alias: &str) -> &mut Self {
        self.state.account_mut(self.partition, &self.id).alias = Some(alias.to_owned());
        self
    }
}
