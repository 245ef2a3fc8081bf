//! A step in words, rendered from the value that is executed.

use serde_json::Value;

use super::diff::{unified, whole};
use super::step::{Action, AwsAuthEdit, AwsAuthWrite, Identity, Mapped, Step};
use crate::aws_auth::Change;
use crate::error::one_line;
use crate::model::access::STANDARD;
use crate::model::trust;

/// The mark of a step at the left margin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// Something new.
    Add,
    /// Something changes.
    Change,
    /// Something is removed.
    Remove,
}

/// A step in words: the action, the object, and details one per line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Words {
    /// New, changed or removed.
    pub mark: Mark,
    /// The object, `role KubernetesAdmin`.
    pub object: String,
    /// What happens to it, in a few words.
    pub summary: String,
    /// More lines; those of a diff begin with `+`, `-` or a space.
    pub details: Vec<String>,
}

/// A step in words.
pub fn describe(step: &Step) -> Words {
    match &step.action {
        Action::CreateRole { role, .. } => {
            words(Mark::Add, format!("role {}", role.name), "create, with no permissions", trust_lines(&role.trust))
        }
        Action::UpdateTrust { role, from, to } => {
            words(Mark::Change, format!("role {role}"), "trust policy", trust_diff(from, to))
        }
        Action::UpdateRole { role, from_description, description, from_max_session_duration, max_session_duration } => {
            let mut details = Vec::new();
            if from_description != description {
                details.push(format!("description: {from_description:?} -> {description:?}"));
            }
            if from_max_session_duration != max_session_duration {
                details
                    .push(format!("max session duration: {from_max_session_duration} s -> {max_session_duration} s"));
            }
            words(Mark::Change, format!("role {role}"), "settings", details)
        }
        Action::PutBoundary { role, from, to } => {
            let detail = format!("{} -> {to}", from.as_deref().unwrap_or("none"));
            words(Mark::Change, format!("role {role}"), "permissions boundary", vec![detail])
        }
        Action::TagRole { role, tags } => words(
            Mark::Change,
            format!("role {role}"),
            "tags",
            tags.iter().map(|(k, v)| format!("{k} = {v}")).collect(),
        ),
        Action::CreateGroup { group } => words(Mark::Add, format!("group {group}"), "create", vec![]),
        Action::PutGroupPolicy { group, policy, from, to } => describe_policy(group, policy, from.as_ref(), to),
        Action::AddUserToGroup { group, user, .. } => {
            words(Mark::Add, format!("member {user}"), &format!("join group {group}"), vec![])
        }
        Action::WriteAwsAuth(write) => describe_mapping(write),
        Action::RestoreAwsAuth { id, diff, .. } => words(
            Mark::Change,
            "aws-auth".to_owned(),
            &format!("put back {id}"),
            diff.lines().map(str::to_owned).collect(),
        ),
        Action::CreateEntry { principal, entry_type, identity, .. } => {
            let summary =
                if entry_type == STANDARD { "create".to_owned() } else { format!("create, type {entry_type}") };
            words(Mark::Add, format!("access entry {principal}"), &summary, vec![identity.told()])
        }
        Action::DeleteEntry { principal, from, mapping, .. } => describe_deleted(principal, from, mapping.as_ref()),
        Action::UpdateEntry { principal, from, to } => {
            let details = vec![format!("- {}", from.told()), format!("+ {}", to.told())];
            words(Mark::Change, format!("access entry {principal}"), "username and groups", details)
        }
        Action::AssociatePolicy { policy, scope, .. } => {
            let name = policy.rsplit('/').next().unwrap_or(policy);
            match &scope.from {
                None => {
                    words(Mark::Add, format!("access policy {name}"), &format!("associate, scope {}", scope.to), vec![])
                }
                Some(from) => words(
                    Mark::Change,
                    format!("access policy {name}"),
                    &format!("scope {from} -> {}", scope.to),
                    vec![],
                ),
            }
        }
        Action::DisassociatePolicy { policy, from, .. } => {
            let name = policy.rsplit('/').next().unwrap_or(policy);
            words(Mark::Remove, format!("access policy {name}"), &format!("remove (scope {from})"), vec![])
        }
        Action::SwitchMode { from, to, .. } => {
            words(Mark::Change, "authentication mode".to_owned(), &format!("{from} -> {to}"), vec![])
        }
        Action::AddSubject { binding, subject, .. } => words(
            Mark::Change,
            one_line(&binding.to_string()),
            &format!("add {}", one_line(&subject.to_string())),
            vec![],
        ),
        Action::CompareEntry { principal, before, .. } => words(
            Mark::Change,
            format!("access entry {principal}"),
            "compare with its mapping",
            vec![format!("mapping: {}", before.told())],
        ),
        Action::CheckMappings { mappings } => {
            let line = |Mapped { principal, identity }: &Mapped| format!("{principal} -> {}", identity.told());
            words(
                Mark::Change,
                "aws-auth".to_owned(),
                "read again, for these mappings",
                mappings.iter().map(line).collect(),
            )
        }
        Action::WriteKubeconfig(write) => {
            let (mark, summary) =
                if write.planned_on.is_some() { (Mark::Change, "update") } else { (Mark::Add, "create") };
            words(mark, format!("kubeconfig {}", write.path), summary, write.changes.clone())
        }
    }
}

fn words(mark: Mark, object: String, summary: &str, details: Vec<String>) -> Words {
    Words { mark, object, summary: summary.to_owned(), details }
}

fn describe_deleted(principal: &str, from: &Identity, mapping: Option<&Identity>) -> Words {
    let summary = if mapping.is_some() { "delete, its mapping counts again" } else { "delete the stale entry" };
    let then = mapping.map(|mapping| format!("then: {}", mapping.told()));
    let details = std::iter::once(format!("today: {}", from.told())).chain(then).collect();
    words(Mark::Remove, format!("access entry {principal}"), summary, details)
}

fn describe_policy(group: &str, policy: &str, from: Option<&Value>, to: &Value) -> Words {
    let object = format!("policy {policy}");
    if let Some(from) = from {
        return words(Mark::Change, object, &format!("on group {group}"), json_diff(from, to));
    }
    let statements = trust::statements(to);
    let opens: Vec<_> = statements.into_iter().flat_map(|s| trust::texts(&s["Resource"])).collect();
    words(
        Mark::Add,
        object,
        &format!("on group {group}"),
        vec![format!("allow sts:AssumeRole on {}", opens.join(", "))],
    )
}

fn describe_mapping(write: &AwsAuthWrite) -> Words {
    let mut keys: Vec<_> = write.edits.iter().map(|e| e.key.as_str()).collect();
    keys.dedup();
    let (mark, summary) = match &write.edits[..] {
        [edit] => edit_words(edit, write.resource_version.is_none() && write.file.is_none()),
        edits => (Mark::Change, format!("{} changes", edits.len())),
    };
    let mut details: Vec<_> = write.edits.iter().flat_map(edit_lines).collect();
    let counted = write.file.is_some() && !write.is_of_file && write.diff.contains("@@");
    let of_key = || format!("line numbers are those of the value of {}, not of the file", keys.join(", "));
    details.extend(counted.then(of_key));
    details.extend(write.diff.lines().map(str::to_owned));
    let place = write.file.as_ref().map_or_else(String::new, |file| format!(" in {file}"));
    words(mark, format!("aws-auth {}{place}", keys.join(", ")), &summary, details)
}

fn edit_words(edit: &AwsAuthEdit, is_new_object: bool) -> (Mark, String) {
    let (mark, text) = match &edit.change {
        Change::Upsert { .. } if edit.before.is_some() => (Mark::Change, "update its mapping"),
        Change::Upsert { .. } if is_new_object => (Mark::Add, "create, with a mapping"),
        Change::Upsert { .. } => (Mark::Add, "add a mapping"),
        Change::Remove { .. } => match edit.removed.len() {
            1 => (Mark::Remove, "remove a mapping"),
            some => return (Mark::Remove, format!("remove {some} mappings")),
        },
        Change::RemoveShadowed { .. } => (Mark::Remove, "remove what has no effect"),
        Change::AddAccount(_) => (Mark::Add, "add an account"),
        Change::RemoveAccount(_) => (Mark::Remove, "remove an account"),
    };
    (mark, text.to_owned())
}

fn edit_lines(edit: &AwsAuthEdit) -> Vec<String> {
    let whom = one_line(&edit.whom);
    let identity = |identity: &Option<Identity>| identity.as_ref().map_or("not mapped".to_owned(), Identity::told);
    match &edit.change {
        Change::Upsert { .. } => {
            let today = edit.before.as_ref().map(|before| format!("today: {}", before.told()));
            [Some(format!("{whom} -> {}", identity(&edit.after))), today].into_iter().flatten().collect()
        }
        Change::Remove { .. } | Change::RemoveShadowed { .. } => {
            let gone = edit.removed.iter().map(|r| format!("removed: {} -> {}", one_line(&r.arn), r.identity.told()));
            let mut then: Vec<_> = edit
                .removed
                .iter()
                .map(|r| format!("{} then becomes: {}", one_line(&r.arn), identity(&r.then)))
                .collect();
            then.sort();
            then.dedup();
            gone.chain(then).collect()
        }
        Change::AddAccount(account) => vec![format!("every identity of account {account} gets access, without groups")],
        Change::RemoveAccount(account) => {
            vec![format!("identities of account {account} without their own mapping lose access")]
        }
    }
}

/// The trust of a new role, one line per statement.
fn trust_lines(policy: &Value) -> Vec<String> {
    trust::statements(policy)
        .into_iter()
        .map(|s| {
            let whom = trust::texts(&s["Principal"]["AWS"]).join(", ");
            let condition = s["Condition"].as_object().filter(|c| !c.is_empty());
            let only = condition.map(|c| format!(", if {}", Value::Object(c.clone()))).unwrap_or_default();
            format!("trusts {whom}{only}")
        })
        .collect()
}

/// The whole trust, so that unchanged parts are visible too; a single statement is shown as a list of one.
fn trust_diff(from: &Value, to: &Value) -> Vec<String> {
    let text = |policy: &Value| {
        let mut policy = policy.clone();
        if policy["Statement"].is_object() {
            policy["Statement"] = serde_json::json!([policy["Statement"]]);
        }
        serde_json::to_string_pretty(&policy).unwrap_or_default() + "\n"
    };
    whole(&text(from), &text(to)).lines().map(str::to_owned).collect()
}

fn json_diff(from: &Value, to: &Value) -> Vec<String> {
    let text = |v: &Value| serde_json::to_string_pretty(v).unwrap_or_default() + "\n";
    unified(&text(from), &text(to)).lines().map(str::to_owned).collect()
}
