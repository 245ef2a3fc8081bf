//! The user's part of a merge: found, renamed, added, its exec section corrected. Pure.

use std::rc::Rc;

use serde_yaml::Value;

use super::edit::{Edit, Path, Step, steps};
use super::entries::{Entry, List};
use super::find::{Found, is_blank};
use super::merge::Merger;
use super::read::value_at;
use super::{Change, DocumentError};
use crate::kubeconfig::exec::{self, ExecMeaning, Tool};
use crate::kubeconfig::texts::strings;

impl Merger<'_, '_> {
    pub(super) fn user(&mut self, best: Option<&Found>, context: &str) -> Result<String, DocumentError> {
        let alias = self.wanted.user_alias.as_deref();
        let mut existing = best.map(|found| found.user.clone());
        if existing.is_none() {
            existing = self.lone_user();
        }
        if let (Some(alias), Some(entry)) = (alias, &existing)
            && entry.name != alias
        {
            if self.entry(List::Users, alias).is_none() && !self.is_used_beside(&entry.name, context) {
                self.update(entry, |merger| {
                    merger.rename_user(entry, alias);
                    merger.update_user(&Entry { name: alias.to_owned(), ..(**entry).clone() });
                })?;
                return Ok(alias.to_owned());
            }
            existing = None;
        }
        let name = existing.as_ref().map_or_else(|| self.wanted.user_name(), |entry| entry.name.clone());
        match existing.or_else(|| self.entry(List::Users, &name)) {
            Some(entry) if self.target.user_meaning(&entry).is_some() => {
                self.update(&entry, |merger| merger.update_user(&entry))?;
            }
            Some(entry) if is_blank(&entry.body) => {
                self.update(&entry, |merger| {
                    merger.put(&steps!["users", entry.index], "user", merger.wanted.user_body());
                    merger.changes.push(Change::AddedUser { name: entry.name.clone() });
                })?;
            }
            Some(entry) => {
                let means = entry_means(&entry);
                return Err(DocumentError::NameTaken { entry: "user", name, means });
            }
            None => {
                self.add(List::Users, &name, self.wanted.user_body());
                self.changes.push(Change::AddedUser { name: name.clone() });
            }
        }
        Ok(name)
    }

    /// A user of the same meaning without a matching context: its region must be given and the same, as a cluster's
    /// name alone is not unique.
    fn lone_user(&self) -> Option<Rc<Entry>> {
        let default_name = self.wanted.default_name();
        let here = |entry: &&Rc<Entry>| {
            let meaning = self.target.user_meaning(entry);
            meaning.is_some_and(|meaning| meaning.region.as_deref() == Some(&self.wanted.cluster.region))
        };
        let users = self.draft.entries.list(List::Users).iter().filter(here);
        users.min_by_key(|entry| (entry.name != default_name, entry.file, entry.index)).cloned()
    }

    fn is_used_beside(&self, user: &str, context: &str) -> bool {
        let mut contexts = self.draft.entries.list(List::Contexts).iter();
        contexts.any(|entry| entry.text("user") == Some(user) && entry.name != context)
    }

    fn rename_user(&mut self, entry: &Entry, to: &str) {
        self.push_edit(Edit::Set(steps!["users", entry.index, "name"], to.into()));
        self.changes.push(Change::Updated {
            entry: "user",
            name: entry.name.clone(),
            field: "name".to_owned(),
            old: Some(entry.name.clone()),
            new: to.to_owned(),
        });
    }

    fn update_user(&mut self, entry: &Entry) {
        let Some(old) = entry.exec.clone() else { return };
        let Some(wanted) = self.wanted.exec.meaning() else { return };
        let at = steps!["users", entry.index, "user", "exec"];
        let spec = &self.wanted.exec;
        let carries = wanted.external_id.is_none() || old.tool.carries_external_id();
        let same_tool = old.tool == wanted.tool;
        let switch = !same_tool && (self.wanted.exec_stated || !carries);
        let old_args = strings(entry.body.get("exec").and_then(|exec| exec.get("args")));
        let args = if switch { spec.args.clone() } else { revised(&old_args, &old, &wanted) };
        self.args(&entry.name, &at, &old_args, &args);
        // A program with a full path is the user's own choice, as long as it exists.
        let is_chosen = old.command.starts_with('/') && !entry.is_lost;
        if switch || (same_tool && self.wanted.exec_stated && !old.wrapped && !is_chosen) {
            self.scalar(&entry.name, &at, "command", &spec.command);
        }
        if switch && let Some(hint) = &spec.install_hint {
            self.scalar(&entry.name, &at, "installHint", hint);
        }
        let tool = if switch { wanted.tool } else { old.tool };
        if let Some(profile) = wanted.profile.filter(|profile| old.profile.as_ref() != Some(profile))
            && !args_name_profile(&args)
            && tool != Tool::Eksaccess
        {
            self.variable(&entry.name, &at, "AWS_PROFILE", &profile);
        }
        let version = old.api_version.as_deref().unwrap_or_default();
        if !version.ends_with("/v1") && !version.ends_with("/v1beta1") {
            self.scalar(&entry.name, &at, "apiVersion", &spec.api_version);
        } else if version.ends_with("/v1") && entry.body["exec"].get("interactiveMode").is_none() {
            self.scalar(&entry.name, &at, "interactiveMode", &spec.interactive_mode);
        }
    }

    /// Turns a list of arguments into another, item by item, so that comments between them stay.
    fn args(&mut self, user: &str, at: &Path, old: &[String], new: &[String]) {
        if old == new {
            return;
        }
        let list: Path = at.iter().cloned().chain([Step::from("args")]).collect();
        if old.is_empty() || new.is_empty() {
            let items: Value = new.iter().map(|arg| Value::from(arg.as_str())).collect();
            self.put(at, "args", items);
        } else {
            let item = |index: usize| -> Path { list.iter().cloned().chain([Step::from(index)]).collect() };
            for (index, arg) in new.iter().enumerate() {
                match old.get(index) {
                    Some(before) if before == arg => {}
                    Some(_) => self.push_edit(Edit::Set(item(index), arg.as_str().into())),
                    None => self.push_edit(Edit::Push(list.clone(), arg.as_str().into())),
                }
            }
            (new.len()..old.len()).rev().for_each(|index| self.push_edit(Edit::Remove(item(index))));
        }
        self.changes.push(Change::Updated {
            entry: "user",
            name: user.to_owned(),
            field: "exec.args".to_owned(),
            old: Some(old.join(" ")),
            new: new.join(" "),
        });
    }

    fn variable(&mut self, user: &str, at: &Path, name: &str, value: &str) {
        let list: Path = at.iter().cloned().chain([Step::from("env")]).collect();
        let items = value_at(&self.draft.now, &list).and_then(Value::as_sequence).cloned().unwrap_or_default();
        let index = items.iter().rposition(|item| item.get("name").and_then(Value::as_str) == Some(name));
        let old = index.and_then(|index| items[index].get("value")).and_then(Value::as_str).map(str::to_owned);
        match index {
            Some(index) => {
                let item: Path = list.iter().cloned().chain([Step::from(index)]).collect();
                self.put(&item, "value", value.into());
            }
            None if items.is_empty() => self.put(at, "env", Value::Sequence(vec![exec::env_item(name, value)])),
            None => self.push_edit(Edit::Push(list, exec::env_item(name, value))),
        }
        let field = format!("exec.env.{name}");
        self.changes.push(Change::Updated { entry: "user", name: user.to_owned(), field, old, new: value.to_owned() });
    }
}

fn args_name_profile(args: &[String]) -> bool {
    args.iter().any(|arg| arg == "--profile" || arg.starts_with("--profile="))
}

/// The arguments of a section by the same tool, or by another that stays, changed to what is wanted: only values that
/// must differ change, and unknown arguments stay.
fn revised(args: &[String], old: &ExecMeaning, wanted: &ExecMeaning) -> Vec<String> {
    let mut args = args.to_vec();
    let differs = |old: &Option<String>, new: &Option<String>| new.clone().filter(|_| old != new);
    if let Some(role) = differs(&old.role_arn, &wanted.role_arn) {
        exec::ROLE.put(&mut args, &role);
    }
    if let Some(external_id) = differs(&old.external_id, &wanted.external_id) {
        exec::EXTERNAL_ID.put(&mut args, &external_id);
    }
    if let Some(profile) = differs(&old.profile, &wanted.profile)
        && (old.tool == Tool::Eksaccess || args_name_profile(&args))
    {
        exec::PROFILE.put(&mut args, &profile);
    }
    args
}

/// The meaning of a user entry, without its secrets.
fn entry_means(entry: &Entry) -> String {
    if entry.body.get("exec").is_none() {
        return "credentials other than an exec section".to_owned();
    }
    if let Some(key) = entry.beside_exec() {
        return format!("it has `{key}` in addition to its exec section, and kubectl uses that");
    }
    match &entry.exec {
        Some(ExecMeaning { cluster, role_arn, .. }) => format!(
            "role {} on cluster `{}`",
            role_arn.as_deref().unwrap_or("of the caller"),
            cluster.as_deref().unwrap_or_default()
        ),
        None => "an exec section of another tool".to_owned(),
    }
}
