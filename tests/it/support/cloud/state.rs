//! The state of the cloud, behind one lock.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::account::{Account, Inline, Named, Role, User};
use super::cluster::Cluster;
use super::ids::Ids;
use super::policy::{Context, Decision, decide};
use super::time::Millis;
use eksaccess::model::arn::Partition;

/// The owner of a key.
#[derive(Clone, Debug)]
pub struct Caller {
    pub partition: Partition,
    pub account: String,
    /// The ARN from STS: a user's, or `…:assumed-role/ROLE/SESSION`.
    pub arn: String,
    /// `AIDA…`, or `AROA…:SESSION`.
    pub user_id: String,
    /// The unique id of the user or the role.
    pub entity_id: String,
    /// The ARN of the user or the role, with its path.
    pub entity_arn: String,
    /// The session's name, if it is a role's.
    pub session: Option<String>,
    /// Whether a one-time password was given; `None` for long-lived keys.
    pub mfa: Option<bool>,
    pub access_key_id: String,
}

impl Caller {
    pub fn is_role(&self) -> bool {
        self.session.is_some()
    }

    /// Whether it is an account's root user, to which identity policies do not apply.
    pub fn is_root(&self) -> bool {
        self.arn.ends_with(":root")
    }

    /// A session of a role.
    pub fn session_of(role: &Role, partition: Partition, account: &str, session: &str) -> Self {
        let Role { named, .. } = role;
        Self {
            partition,
            account: account.to_owned(),
            arn: format!("arn:{partition}:sts::{account}:assumed-role/{}/{session}", named.name),
            user_id: format!("{}:{session}", named.id),
            entity_id: named.id.clone(),
            entity_arn: named.arn.clone(),
            session: Some(session.to_owned()),
            mfa: Some(false),
            access_key_id: String::new(),
        }
    }

    /// The name of the user or role.
    pub fn entity_name(&self) -> &str {
        self.entity_arn.rsplit('/').next().unwrap_or_default()
    }
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Key {
    pub secret: String,
    pub token: Option<String>,
    pub expires_at: Option<Millis>,
    pub caller: Caller,
}

/// The settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a written role, trust, membership, policy or entry takes to become effective.
    pub propagation: Millis,
    /// How long a switch of the authentication mode takes.
    pub update: Millis,
    /// The result of switches begun from now on: `Successful`, `Failed`, `Cancelled`.
    pub update_outcome: String,
    /// The page size, if smaller than AWS's own.
    pub page_size: Option<usize>,
    /// The length of session tokens in characters.
    pub session_token: usize,
}

/// The cloud's memory.
pub struct State {
    pub accounts: BTreeMap<(Partition, String), Account>,
    pub keys: HashMap<String, Key>,
    pub clusters: Vec<Cluster>,
    pub ids: Ids,
    pub settings: Settings,
    /// Every secret key and session token ever created.
    pub secrets: Vec<String>,
    /// The time of the current call.
    pub now: Millis,
}

impl State {
    pub fn new(now: Millis) -> Self {
        Self {
            accounts: BTreeMap::new(),
            keys: HashMap::new(),
            clusters: Vec::new(),
            ids: Ids::new(),
            settings: Settings {
                propagation: 0,
                update: 200,
                update_outcome: "Successful".to_owned(),
                page_size: None,
                session_token: 356,
            },
            secrets: Vec::new(),
            now,
        }
    }

    pub fn account(&self, partition: Partition, id: &str) -> Option<&Account> {
        self.accounts.get(&(partition, id.to_owned()))
    }

    /// The account of that partition and id, created if missing.
    pub fn account_mut(&mut self, partition: Partition, id: &str) -> &mut Account {
        self.accounts.entry((partition, id.to_owned())).or_insert_with(|| Account::new(partition, id))
    }

    /// The account of a caller: it exists as long as its keys do.
    pub fn home(&mut self, caller: &Caller) -> &mut Account {
        self.account_mut(caller.partition, &caller.account)
    }

    /// When something written now becomes effective.
    pub fn effective_at(&self) -> Millis {
        self.now + self.settings.propagation
    }

    /// A new IAM object: the prefix of its unique id, and its word in an ARN.
    pub fn named(
        &mut self,
        (prefix, what): (&str, &str),
        (partition, account): (Partition, &str),
        path: &str,
        name: &str,
    ) -> Named {
        Named {
            name: name.to_owned(),
            path: path.to_owned(),
            id: self.ids.unique(prefix),
            arn: format!("arn:{partition}:iam::{account}:{what}{path}{name}"),
            created_at: self.now,
        }
    }

    /// Creates an access key and records its secret.
    pub fn issue(&mut self, prefix: &str, token: bool, expires_at: Option<Millis>, caller: Caller) -> (String, Key) {
        let id = self.ids.access_key(prefix);
        let token = token.then(|| self.ids.token(self.settings.session_token));
        let caller = Caller { access_key_id: id.clone(), ..caller };
        let key = Key { secret: self.ids.secret(), token, expires_at, caller };
        self.secrets.push(key.secret.clone());
        self.secrets.extend(key.token.clone());
        self.keys.insert(id.clone(), key.clone());
        (id, key)
    }

    /// The unique id of a role or user by its ARN, with exact path and case.
    pub fn id_of_arn(&self, arn: &str) -> Option<String> {
        self.accounts.values().find_map(|account| {
            let roles = account.roles.values().map(|r| &r.named);
            let users = account.users.values().map(|u| &u.named);
            roles.chain(users).find(|n| n.arn == arn).map(|n| n.id.clone())
        })
    }

    /// The ARN of the role or user with a unique id, if it exists.
    pub fn arn_of_id(&self, id: &str) -> Option<String> {
        self.accounts.values().find_map(|account| {
            let roles = account.roles.values().map(|r| &r.named);
            let users = account.users.values().map(|u| &u.named);
            roles.chain(users).find(|n| n.id == id).map(|n| n.arn.clone())
        })
    }

    /// A managed policy's document by ARN: the account's own, or one of AWS's.
    pub fn managed_policy(&self, arn: &str) -> Option<Value> {
        if let Some(document) = self.accounts.values().find_map(|a| a.policies.get(arn)) {
            return Some(document.clone());
        }
        let allow = |action: Value| {
            json!({ "Version": "2012-10-17",
                "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] })
        };
        match arn.split_once(":iam::aws:policy/")?.1 {
            "AdministratorAccess" => Some(allow(json!("*"))),
            "IAMFullAccess" => Some(allow(json!("iam:*"))),
            "IAMReadOnlyAccess" => Some(allow(json!(["iam:Get*", "iam:List*", "iam:Simulate*"]))),
            "ReadOnlyAccess" => Some(allow(json!(["iam:Get*", "iam:List*", "eks:Describe*", "eks:List*"]))),
            "AmazonEKSWorkerNodePolicy" => Some(allow(json!(["eks:DescribeCluster", "ec2:Describe*"]))),
            _ => None,
        }
    }

    /// The documents that apply to an entity, and its permissions boundary.
    pub fn policies_of(&self, caller: &Caller) -> (Vec<Value>, Option<Value>) {
        let Some(account) = self.account(caller.partition, &caller.account) else { return (Vec::new(), None) };
        if let Some(role) = account.role_by_id(&caller.entity_id) {
            let documents = self.documents(&role.inline, &role.attached);
            return (documents, role.boundary.as_deref().and_then(|arn| self.managed_policy(arn)));
        }
        let Some(user) = account.user_by_id(&caller.entity_id) else { return (Vec::new(), None) };
        (self.documents_of_user(account, user), user.boundary.as_deref().and_then(|arn| self.managed_policy(arn)))
    }

    fn documents_of_user(&self, account: &Account, user: &User) -> Vec<Value> {
        let mut documents = self.documents(&user.inline, &user.attached);
        for (group, since) in account.groups_of(&user.named.name) {
            if since <= self.now {
                documents.extend(self.documents(&group.inline, &group.attached));
            }
        }
        documents
    }

    fn documents(&self, inline: &BTreeMap<String, Inline>, attached: &[String]) -> Vec<Value> {
        let inline = inline.values().filter(|i| i.effective_at <= self.now).map(|i| i.document.clone());
        inline.chain(attached.iter().filter_map(|arn| self.managed_policy(arn))).collect()
    }

    /// The decision of a caller's identity policies, including the boundary.
    pub fn identity_decision(&self, caller: &Caller, action: &str, resource: &str, context: &Context) -> Decision {
        if caller.is_root() {
            return Decision::Allow;
        }
        let (documents, boundary) = self.policies_of(caller);
        let decision = decide(&documents, action, resource, context);
        match (decision, boundary) {
            (Decision::Allow, Some(boundary)) => decide([&boundary], action, resource, context),
            _ => decision,
        }
    }

    /// The condition keys of every call of this caller.
    pub fn context_of(&self, caller: &Caller) -> Context {
        let mut context = Context::default();
        context.set("aws:PrincipalArn", &caller.entity_arn);
        context.set("aws:PrincipalAccount", &caller.account);
        context.set("aws:userid", &caller.user_id);
        context.set("aws:SecureTransport", "true");
        context.set("aws:PrincipalType", if caller.is_role() { "AssumedRole" } else { "User" });
        if !caller.is_role() {
            context.set("aws:username", caller.entity_name());
        }
        if let Some(organization) =
            self.account(caller.partition, &caller.account).and_then(|a| a.organization.as_ref())
        {
            context.set("aws:PrincipalOrgID", organization);
        }
        if let Some(mfa) = caller.mfa {
            context.set("aws:MultiFactorAuthPresent", mfa.to_string());
            if mfa {
                context.set("aws:MultiFactorAuthAge", "1");
            }
        }
        context
    }
}
