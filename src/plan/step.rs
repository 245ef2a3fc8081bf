//! Steps of a plan: data from a small closed set, each with its scope, its precondition and its class. The value that
//! is shown is the one that is executed.
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
//! | entry: created by `migrate` in place of its mapping, also one for nodes | overwriting |
//! | entry: compared with the mapping that it replaces, which writes nothing | additive |
//! | RBAC binding: a subject added beside one that an entry can't hold | overwriting |
//! | `aws-auth`: a mapping removed whose entry was proven by the comparison | overwriting |
//! | entry: that of a migration deleted, so that its mapping counts again | overwriting |
//! | an existing role, entry or `aws-auth` that another tool seems to own | overwriting |
//! | an existing role bound that principals not named by the command can assume, that holds permissions, or that could not be read | overwriting |
//! | an existing role that is not ours (no owner tag, another owner, or the tag on what this program did not write) | overwriting |
//! | an existing entry that is not ours (no owner tag, or another owner) | overwriting |
//! | anything restored to its state before a run (`restore --run`) | overwriting |
//! | the cluster's authentication mode: one step further, as `--to` names it | irreversible |
//! | kubeconfig: an entry added or corrected | additive |

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::ask::Ask;
use crate::aws_auth::Change;
use crate::error::one_line;
use crate::kubeconfig::Wanted;
use crate::model::access::STANDARD;
use crate::model::rbac::{BindingName, Subject};
use crate::model::{AccessEntry, AuthMode, MapContent, NewRole, PolicyScope, Scope};

/// An identity inside a cluster.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// The Kubernetes username, templates unexpanded.
    pub username: String,
    /// The Kubernetes groups.
    pub groups: Vec<String>,
}

impl Identity {
    /// In words, on one line.
    pub(super) fn told(&self) -> String {
        let username = if self.username.is_empty() { "an empty username" } else { &self.username };
        let groups = if self.groups.is_empty() { "no groups".to_owned() } else { self.groups.join(", ") };
        one_line(&format!("{username}, {groups}"))
    }
}

/// A replacement, or the first writing, of `kube-system/aws-auth`: one PUT for any number of entries.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AwsAuthWrite {
    /// Its changes; never empty.
    pub edits: Vec<AwsAuthEdit>,
    /// The manifest to write, if it is a file rather than a cluster's object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The version that the object must still have; `None` if there must be none.
    pub resource_version: Option<String>,
    /// The changed lines, as a unified diff of each key's text, or of a manifest's whole text.
    pub diff: String,
    /// Whether the diff is of the manifest's whole text.
    #[serde(skip)]
    pub is_of_file: bool,
    /// The resulting data, proven; valid for this version only.
    #[serde(skip)]
    pub becomes: BTreeMap<String, String>,
}

/// One change of an `aws-auth`'s text, with its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AwsAuthEdit {
    /// The subject: an ARN as spelled in `aws-auth`, a username, an account.
    pub whom: String,
    /// The data key whose text changes.
    pub key: String,
    /// The principal's identity today; `None` for no access.
    pub before: Option<Identity>,
    /// Its identity after the change; `None` for no access.
    pub after: Option<Identity>,
    /// The removed entries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedEntry>,
    /// The change itself, to repeat on a newer text.
    #[serde(skip)]
    pub change: Change,
    /// Whether the mapping is new and gets an ownership mark.
    pub ours: bool,
    /// The comparison without whose proof the change is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_by: Option<usize>,
}

/// A removed entry.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct RemovedEntry {
    /// Its ARN as written.
    pub arn: String,
    /// The identity that it gave.
    #[serde(flatten)]
    pub identity: Identity,
    /// The principal's identity after the change, by another entry or by its account; `None` for no access.
    pub then: Option<Identity>,
    /// Whether its ARN is still mapped after all changes: an ownership mark stays then.
    #[serde(skip)]
    pub stays_mapped: bool,
}

/// What a principal is by its mapping.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Mapped {
    /// The principal's full ARN.
    pub principal: String,
    /// The mapping's username and groups.
    #[serde(flatten)]
    pub identity: Identity,
}

/// A kubeconfig entry merged into a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KubeconfigWrite {
    /// The file.
    pub path: String,
    /// The resulting context.
    pub context: String,
    /// The changes, one line each.
    pub changes: Vec<String>,
    /// A hash of the text it was planned on; `None` if there must be no file.
    pub planned_on: Option<String>,
    /// A hash of the resulting text, with everything that the plan writes to the file.
    pub becomes: String,
    /// The files that kubectl reads, including this one, in order.
    #[serde(skip)]
    pub list: Vec<String>,
    /// Whether they are what kubectl reads by default, rather than a single named file.
    #[serde(skip)]
    pub is_whole: bool,
    /// The entry itself, to merge when the file is written.
    #[serde(skip)]
    pub wanted: Box<Wanted>,
}

/// A policy association before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopeChange {
    /// The old scope; `None` if it was not associated.
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

fn is_standard(entry_type: &str) -> bool {
    entry_type == STANDARD
}

fn shown<T: fmt::Display, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The action of a step. The fields named `from` are its precondition: what was read for the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// `iam:CreateRole`; it must not exist.
    CreateRole {
        /// The resulting ARN.
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
        /// The resulting trust policy.
        to: Value,
    },
    /// `iam:UpdateRole`.
    UpdateRole {
        /// The role's name.
        role: String,
        /// The description today.
        from_description: String,
        /// The resulting description.
        description: String,
        /// Seconds today.
        from_max_session_duration: i32,
        /// The resulting number of seconds.
        max_session_duration: i32,
    },
    /// `iam:PutRolePermissionsBoundary`.
    PutBoundary {
        /// The role's name.
        role: String,
        /// The boundary today.
        from: Option<String>,
        /// The resulting boundary.
        to: String,
    },
    /// `iam:TagRole`.
    TagRole {
        /// The role's name.
        role: String,
        /// The new or changed tags.
        tags: BTreeMap<String, String>,
    },
    /// `iam:CreateGroup`; it must not exist.
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
        /// The resulting document.
        to: Value,
    },
    /// `iam:AddUserToGroup`.
    AddUserToGroup {
        /// The group's name.
        group: String,
        /// The user's name.
        user: String,
        /// What else the group allows.
        opens_besides: Vec<String>,
    },
    /// Creates or replaces `kube-system/aws-auth`.
    WriteAwsAuth(AwsAuthWrite),
    /// Restores a saved `aws-auth` as a whole.
    RestoreAwsAuth {
        /// The backup's id.
        id: String,
        /// The version that the object must still have; `None` if absent.
        resource_version: Option<String>,
        /// The changed lines.
        diff: String,
        /// The resulting data, labels and annotations.
        #[serde(flatten)]
        content: MapContent,
    },
    /// `eks:CreateAccessEntry`; it must not exist.
    CreateEntry {
        /// The principal's full ARN.
        principal: String,
        /// The entry's type.
        #[serde(skip_serializing_if = "is_standard")]
        entry_type: String,
        /// The identity inside the cluster; EKS sets that of a node type itself.
        identity: Identity,
        /// The tags.
        tags: BTreeMap<String, String>,
        /// The principal's mapping in today's `aws-auth`, which the entry will override.
        masks: Option<Identity>,
        /// Whether the principal is a role that IAM showed or that this plan creates: if EKS does not know it, it has
        /// not propagated yet.
        fresh_principal: bool,
    },
    /// `eks:UpdateAccessEntry`.
    UpdateEntry {
        /// The principal's full ARN.
        principal: String,
        /// The identity today.
        from: Identity,
        /// The resulting identity.
        to: Identity,
    },
    /// `eks:DeleteAccessEntry`: a stale entry, created for an earlier role of the same name, or that of a migration.
    DeleteEntry {
        /// The principal's full ARN.
        principal: String,
        /// The identity today.
        from: Identity,
        /// The whole entry today: it is saved before it is deleted.
        #[serde(skip)]
        entry: Box<AccessEntry>,
        /// The principal's mapping, which counts then; `None` for a stale entry, which is recreated.
        #[serde(skip_serializing_if = "Option::is_none")]
        mapping: Option<Identity>,
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
        /// The ARNs in `aws-auth` that no principal has: nothing is lost with their mappings.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        unmatched: Vec<String>,
    },
    /// Adds a subject to an RBAC binding.
    AddSubject {
        /// The binding.
        #[serde(serialize_with = "shown")]
        binding: BindingName,
        /// The subject that is there and stays.
        #[serde(serialize_with = "shown")]
        beside: Subject,
        /// The new subject.
        #[serde(serialize_with = "shown")]
        subject: Subject,
    },
    /// Compares an entry with the mapping that it takes the place of; writes nothing.
    CompareEntry {
        /// The principal's full ARN.
        principal: String,
        /// The mapping's ARN as it is written.
        arn: String,
        /// What the mapping gives.
        before: Identity,
    },
    /// Reads `aws-auth` again: these mappings must be in it. Writes nothing.
    CheckMappings {
        /// The principals, and what they must be.
        mappings: Vec<Mapped>,
    },
    /// Writes a kubeconfig file.
    WriteKubeconfig(KubeconfigWrite),
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its number in the plan, counted from 1.
    pub id: usize,
    /// Where it acts.
    pub scope: Scope,
    /// Whether it needs a confirmation, and why.
    #[serde(flatten)]
    pub ask: Ask,
    /// The steps that must be done first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<usize>,
    /// What it does.
    #[serde(flatten)]
    pub action: Action,
}
