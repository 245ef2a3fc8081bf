//! Steps: what a plan consists of. Data from a small closed set, each with its scope, its precondition and its class.
//! What is shown to people and what is executed is the same value.
//!
//! | step | class |
//! | --- | --- |
//! | create role, create group, put our policy, add a member, tag | additive |
//! | trust: principals added, nothing else | additive |
//! | trust: a condition added, a principal, statement or condition removed, a pattern narrowed; the reason names each | overwriting |
//! | permissions boundary, a shorter session, a changed tag | overwriting |
//! | a member added to a group that grants more than the role, or whose role holds permissions | overwriting |
//! | our policy on a group with members whom the command does not name, or for a role that holds permissions | overwriting |
//! | our statement in a group's policy, replaced with a different one | overwriting |
//! | `aws-auth`: a new mapping, groups appended, an account added, an entry without effect removed | additive |
//! | `aws-auth`: username or groups replaced, a mapping or an account removed, restored as a whole | overwriting |
//! | entry: created, a policy associated | additive |
//! | entry: created over a mapping that it overrides; username, groups or a policy's scope replaced | overwriting |
//! | entry: a stale one deleted and recreated | overwriting |
//! | an existing role, entry or `aws-auth` that another tool seems to own | overwriting |
//! | an existing role bound that principals not named by the command can assume, that holds permissions, or that could not be read | overwriting |
//! | an existing role that is not ours (no owner tag, another owner, or the tag on what this program did not write) | overwriting |
//! | an existing entry that is not ours (no owner tag, or another owner) | overwriting |
//! | anything restored to its state before a run (`restore --run`) | overwriting |
//! | the cluster's authentication mode: one step further, as `--to` names it | irreversible |
//! | kubeconfig: an entry added or corrected | additive |

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::ask::Ask;
use crate::aws_auth::Change;
use crate::error::one_line;
use crate::kubeconfig::Wanted;
use crate::model::{AccessEntry, AuthMode, MapContent, NewRole, PolicyScope, Scope};

/// Who somebody is inside a cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// The Kubernetes username, templates unexpanded.
    pub username: String,
    /// The Kubernetes groups.
    pub groups: Vec<String>,
}

impl Identity {
    /// As people read it, in one line.
    pub(super) fn told(&self) -> String {
        let username = if self.username.is_empty() { "an empty username" } else { &self.username };
        let groups = if self.groups.is_empty() { "no groups".to_owned() } else { self.groups.join(", ") };
        one_line(&format!("{username}, {groups}"))
    }
}

/// A replacement, or the first writing, of `kube-system/aws-auth`: one PUT, whatever number of entries it concerns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AwsAuthWrite {
    /// What changes in it; never empty.
    pub edits: Vec<AwsAuthEdit>,
    /// The manifest that is written, where it is a file and no cluster's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The version that the object must still have; `None` where there must be none.
    pub resource_version: Option<String>,
    /// The lines that change, as a unified difference of each key's text, or of a manifest's whole text.
    pub diff: String,
    /// Whether the difference is of the manifest's whole text.
    #[serde(skip)]
    pub is_of_file: bool,
    /// The data then, proven; right for this version and for no other.
    #[serde(skip)]
    pub becomes: BTreeMap<String, String>,
}

/// One change of an `aws-auth`'s text, with what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AwsAuthEdit {
    /// Whom it is about: an ARN as `aws-auth` spells it, a username, an account.
    pub whom: String,
    /// The data key whose text changes.
    pub key: String,
    /// What the principal is today; `None` for nobody.
    pub before: Option<Identity>,
    /// What it will be; `None` for nobody.
    pub after: Option<Identity>,
    /// The entries that go.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedEntry>,
    /// The change itself, to be made again on a newer text.
    #[serde(skip)]
    pub change: Change,
    /// Whether the mapping is new and thus ours to mark.
    pub ours: bool,
}

/// An entry that goes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RemovedEntry {
    /// Its ARN as written.
    pub arn: String,
    /// What it made of its principal.
    #[serde(flatten)]
    pub identity: Identity,
    /// What its principal is then, by another entry or by its account; `None` for nobody.
    pub then: Option<Identity>,
    /// Whether its ARN is mapped all the same when all changes are made: a mark of what is ours stays then.
    #[serde(skip)]
    pub stays_mapped: bool,
}

/// A kubeconfig entry merged into a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KubeconfigWrite {
    /// The file.
    pub path: String,
    /// The context that will be there.
    pub context: String,
    /// What changes in it, a line each.
    pub changes: Vec<String>,
    /// A hash of the text it was planned on; `None` where there must be no file.
    pub planned_on: Option<String>,
    /// A hash of the text then, with all that the plan writes into the file.
    pub becomes: String,
    /// The files that kubectl reads, this one among them, in its order.
    #[serde(skip)]
    pub list: Vec<String>,
    /// Whether those are what kubectl reads by itself, and not one file that was named.
    #[serde(skip)]
    pub is_whole: bool,
    /// The entry itself, to be merged when the file is written.
    #[serde(skip)]
    pub wanted: Box<Wanted>,
}

/// A policy association as it was and as it will be.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeChange {
    /// The old scope; `None` where it was not associated.
    pub from: Option<PolicyScope>,
    /// The new one.
    pub to: PolicyScope,
}

impl Serialize for ScopeChange {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let from = self.from.as_ref().map(ToString::to_string);
        BTreeMap::from([("from", from), ("to", Some(self.to.to_string()))]).serialize(serializer)
    }
}

/// What a step does. The fields named `from` are its precondition: what was seen when it was planned.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// `iam:CreateRole`; there must be none.
    CreateRole {
        /// The ARN it will have.
        arn: String,
        /// The role.
        role: NewRole,
    },
    /// `iam:UpdateAssumeRolePolicy`.
    UpdateTrust {
        /// The role's name.
        role: String,
        /// The trust policy today.
        from: Value,
        /// The trust policy then.
        to: Value,
    },
    /// `iam:UpdateRole`.
    UpdateRole {
        /// The role's name.
        role: String,
        /// The description today.
        from_description: String,
        /// The description then.
        description: String,
        /// Seconds today.
        from_max_session_duration: i32,
        /// Seconds then.
        max_session_duration: i32,
    },
    /// `iam:PutRolePermissionsBoundary`.
    PutBoundary {
        /// The role's name.
        role: String,
        /// The boundary today.
        from: Option<String>,
        /// The boundary then.
        to: String,
    },
    /// `iam:TagRole`.
    TagRole {
        /// The role's name.
        role: String,
        /// The tags that are new or other.
        tags: BTreeMap<String, String>,
    },
    /// `iam:CreateGroup`; there must be none.
    CreateGroup {
        /// The group's name.
        group: String,
    },
    /// `iam:PutGroupPolicy`.
    PutGroupPolicy {
        /// The group's name.
        group: String,
        /// The inline policy's name.
        policy: String,
        /// The document today; `None` for none.
        from: Option<Value>,
        /// The document then.
        to: Value,
    },
    /// `iam:AddUserToGroup`.
    AddUserToGroup {
        /// The group's name.
        group: String,
        /// The user's name.
        user: String,
        /// What else the group opens.
        opens_besides: Vec<String>,
    },
    /// Creates or replaces `kube-system/aws-auth`.
    WriteAwsAuth(AwsAuthWrite),
    /// Puts a kept `aws-auth` back as a whole.
    RestoreAwsAuth {
        /// The kept manifest's id.
        id: String,
        /// The version that the object must still have; `None` where there is none.
        resource_version: Option<String>,
        /// The lines that change.
        diff: String,
        /// What will be there: data, labels and annotations.
        #[serde(flatten)]
        content: MapContent,
    },
    /// `eks:CreateAccessEntry`; there must be none.
    CreateEntry {
        /// The principal's full ARN.
        principal: String,
        /// The identity inside the cluster.
        identity: Identity,
        /// The tags.
        tags: BTreeMap<String, String>,
        /// What `aws-auth` says of the principal today and the entry will mask.
        masks: Option<Identity>,
        /// Whether the principal is a role that IAM showed or that this plan makes: an EKS that does not know it is late.
        fresh_principal: bool,
    },
    /// `eks:UpdateAccessEntry`.
    UpdateEntry {
        /// The principal's full ARN.
        principal: String,
        /// The identity today.
        from: Identity,
        /// The identity then.
        to: Identity,
    },
    /// `eks:DeleteAccessEntry`: one that was made for an earlier role of the same name, and lets nobody in.
    DeleteEntry {
        /// The principal's full ARN.
        principal: String,
        /// The identity today.
        from: Identity,
        /// The entry today, whole: it is kept before it is deleted.
        #[serde(skip)]
        entry: Box<AccessEntry>,
    },
    /// `eks:AssociateAccessPolicy`.
    AssociatePolicy {
        /// The principal's full ARN.
        principal: String,
        /// The policy's ARN.
        policy: String,
        /// Where it applies.
        scope: ScopeChange,
    },
    /// `eks:DisassociateAccessPolicy`.
    DisassociatePolicy {
        /// The principal's full ARN.
        principal: String,
        /// The policy's ARN.
        policy: String,
        /// Where it applied.
        from: String,
    },
    /// `eks:UpdateClusterConfig`: the authentication mode, one step further; it is waited for.
    SwitchMode {
        /// The mode today.
        from: AuthMode,
        /// The mode then.
        to: AuthMode,
        /// The version of the `aws-auth` by which it was judged; `None` where it was not needed, or there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        resource_version: Option<String>,
    },
    /// Writes a kubeconfig file.
    WriteKubeconfig(KubeconfigWrite),
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its place in the plan, counted from 1.
    pub id: usize,
    /// Where it acts.
    pub scope: Scope,
    /// Whether it asks, and why.
    #[serde(flatten)]
    pub ask: Ask,
    /// The steps that must be done before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<usize>,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
}
