//! `migrate --rollback`: undoes a migration while the cluster still reads `aws-auth`. The mappings come first, and are read
//! again; an entry is deleted only where its principal's mapping counts then, and grants what the entry grants.

use std::collections::BTreeSet;

use super::compare::{Compared, compare};
use super::ending::unchanged;
use super::evidence::{Evidence, PLAN_KEY, Seen};
use super::old_map::{OldMap, mapped};
use super::row::{Before, Turn};
use crate::aws_auth::{self, Change, Groups, Mapping, Opened, Reading};
use crate::error::{Error, Result, one_line, shell_word};
use crate::model::rbac::{RbacBinding, Subject};
use crate::model::{
    AccessEntry, AuthMode, AwsAuthMap, CallerIdentity, ClusterState, KeptMap, MapContent, Principal, Scope,
};
use crate::plan::ask::Ask;
use crate::plan::binding::identity;
use crate::plan::diff;
use crate::plan::effects::{Changed, EntryEffect, MapChange, MapEffect};
use crate::plan::map::{map_to_change, seen_map};
use crate::plan::map_change::plan_changes;
use crate::plan::place::Place;
use crate::plan::step::{Action, Identity, Mapped};
use crate::plan::whole::Plan;

/// The beginning of the groups that a migration names in bindings.
const NEW_GROUPS: &str = "eksaccess:";
/// How many principals an error names.
const MOST_NAMED: usize = 5;

/// Which migration is undone, and with what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RollbackWish {
    /// `--run`: its id.
    pub run: Option<String>,
    /// `--aws-auth`: the old map, for a machine without a backup of it.
    pub file: Option<KeptMap>,
}

/// Plans it.
///
/// # Errors
/// The mode is `API`; the map or the entries can't be read; the entries are those of several migrations; no entry can be
/// deleted, as its mapping is gone and not known.
pub fn plan_rollback(
    plan: &mut Plan,
    wish: &RollbackWish,
    cluster: &ClusterState,
    caller: &CallerIdentity,
) -> Result<Changed> {
    refuse_mode(cluster)?;
    let (id, entries) = entries_of(wish, cluster)?;
    if entries.is_empty() {
        plan.notes.push(format!("no access entry has the tag {PLAN_KEY}: there is no migration to undo"));
        return Ok(unchanged(cluster).into());
    }
    let bindings = cluster.migration.as_ref().map(|sight| sight.bindings.clone()).unwrap_or_default();
    let undo = Undo { cluster, caller, id, entries, bindings };
    let today = map_to_change(cluster)?.map(|map| MapContent::of(&map.object)).unwrap_or_default();
    let (map, written) = undo.map(plan, wish, &today)?;
    let entries = match map.then() {
        Some(then) => undo.entries(plan, then, written)?,
        None => Vec::new(),
    };
    Ok(Changed { map, entries, migration: None })
}

/// In mode `API` the mappings count no more, and EKS switches no cluster back.
///
/// # Errors
/// It is that mode.
fn refuse_mode(cluster: &ClusterState) -> Result<()> {
    let arn = &cluster.description.arn;
    if cluster.description.mode != AuthMode::Api {
        return Ok(());
    }
    Err(Error::usage(format!("cluster {} is in mode API, so its migration can't be undone", arn.name))
        .because("the cluster does not read aws-auth any more, and can't be switched back; nothing was changed")
        .hint(format!("look at the mode: eksaccess mode --cluster {arn}")))
}

/// The entries of the one migration, or of the one that is named, and its id.
///
/// # Errors
/// They can't be read; there are several migrations; the one named is none of them.
fn entries_of<'a>(wish: &RollbackWish, cluster: &'a ClusterState) -> Result<(String, Vec<&'a AccessEntry>)> {
    let arn = &cluster.description.arn;
    let census = cluster.census.as_ref();
    if let Some(why) = census.and_then(|census| census.entries_unseen.as_ref()) {
        return Err(Error::failed(format!("the access entries of cluster {} can't be read", arn.name))
            .because(why.clone())
            .hint("use credentials that may read them (eks:ListAccessEntries, eks:DescribeAccessEntry)"));
    }
    let all = || census.into_iter().flat_map(|census| &census.entries);
    let ids: BTreeSet<&String> = all().filter_map(|entry| entry.tags.get(PLAN_KEY)).collect();
    let command = |id: &str| format!("eksaccess migrate --cluster {arn} --rollback --run {}", shell_word(id));
    let id = match (&wish.run, ids.first()) {
        (_, None) => return Ok((String::new(), Vec::new())),
        (Some(run), Some(first)) if !ids.contains(run) => {
            return Err(Error::usage(format!("no access entry of cluster {} has the tag {PLAN_KEY}={run}", arn.name))
                .because(format!("there are entries of {}", told(&ids)))
                .hint(command(first)));
        }
        (Some(run), _) => run.clone(),
        (None, Some(first)) if ids.len() == 1 => (*first).clone(),
        (None, Some(first)) => {
            return Err(Error::usage(format!("cluster {} has access entries of several migrations", arn.name))
                .because(told(&ids))
                .hint(command(first)));
        }
    };
    let its = all().filter(|entry| entry.tags.get(PLAN_KEY) == Some(&id)).collect();
    Ok((id, its))
}

fn told(ids: &BTreeSet<&String>) -> String {
    ids.iter().map(|id| one_line(id)).collect::<Vec<_>>().join(", ")
}

/// A migration that is undone.
struct Undo<'a> {
    cluster: &'a ClusterState,
    caller: &'a CallerIdentity,
    id: String,
    /// Its entries.
    entries: Vec<&'a AccessEntry>,
    bindings: Seen<Vec<RbacBinding>>,
}

/// What becomes of an entry.
enum Fate<'r> {
    /// It is deleted, and this mapping counts.
    Deleted(&'r Mapping),
    /// It stays, and why.
    Kept(String),
    /// It stays: without it the principal would have no access.
    Needed,
}

impl Undo<'_> {
    fn scope(&self) -> Scope {
        Scope::Cluster(self.cluster.description.arn.clone())
    }

    fn fate<'r>(&self, entry: &AccessEntry, map: &'r Reading) -> Fate<'r> {
        match mapped(map, entry)[..] {
            [] => Fate::Needed,
            [mapping] => match compare(&Before::from(mapping), entry, &self.bindings) {
                Compared::Equal => Fate::Deleted(mapping),
                Compared::Differs(how) => Fate::Kept(how.join("; ")),
                Compared::NotComparable(why) => Fate::Kept(why),
            },
            _ => Fate::Kept("several mappings of it differ in case only, and one of them counts at random".to_owned()),
        }
    }

    /// The mapping of an old map that gives what an entry gives.
    fn equal<'r>(&self, old: &'r Reading, entry: &AccessEntry) -> Option<&'r Mapping> {
        match self.fate(entry, old) {
            Fate::Deleted(mapping) => Some(mapping),
            Fate::Kept(_) | Fate::Needed => None,
        }
    }

    /// Whether a mapping may have been removed by the migration: its principal has one of its entries, or another one that
    /// gives the same.
    fn may_have_removed(&self, mapping: &Mapping) -> bool {
        let key = Evidence::key(&mapping.arn);
        let is_its = |principal: &str| Evidence::key(principal) == key;
        self.entries.iter().any(|entry| is_its(&entry.principal))
            || self.cluster.entries().iter().any(|entry| {
                is_its(&entry.principal) && compare(&Before::from(mapping), entry, &self.bindings) == Compared::Equal
            })
    }

    /// The step that brings the missing mappings back, where they are known, and what becomes of the map.
    ///
    /// # Errors
    /// The map can't be changed.
    fn map(&self, plan: &mut Plan, wish: &RollbackWish, today: &MapContent) -> Result<(MapEffect, Option<usize>)> {
        let now = aws_auth::read(&today.data);
        let missing: Vec<_> = self.entries.iter().filter(|entry| mapped(&now, entry).is_empty()).collect();
        if missing.is_empty() {
            return Ok((MapEffect::Same(now), None));
        }
        let olds: Vec<OldMap<'_>> = self.cluster.kept_maps.iter().chain(&wish.file).map(OldMap::read).collect();
        let known = |old: &OldMap<'_>| missing.iter().filter(|entry| self.equal(&old.reading, entry).is_some()).count();
        let found: Vec<&Mapping> =
            missing.iter().filter_map(|entry| olds.iter().find_map(|old| self.equal(&old.reading, entry))).collect();
        if found.is_empty() {
            return Ok((MapEffect::Same(now), None));
        }
        let whole = olds.iter().filter(|old| known(old) == found.len()).find_map(|old| {
            let content = old.before((today, &now), |mapping| self.may_have_removed(mapping))?;
            Some((old.id, content))
        });
        match whole {
            Some((id, content)) => self.restore(plan, id, (today, now), content),
            None => self.add(plan, &found, today),
        }
    }

    fn restore(
        &self,
        plan: &mut Plan,
        id: &str,
        (today, had): (&MapContent, Reading),
        content: MapContent,
    ) -> Result<(MapEffect, Option<usize>)> {
        let map = seen_map(self.cluster)?;
        let has = aws_auth::read(&content.data);
        let action = Action::RestoreAwsAuth {
            id: id.to_owned(),
            resource_version: map.map(|map| AwsAuthMap::resource_version(map).to_owned()),
            diff: diff::of_content(today, &content),
            content,
        };
        let why = "aws-auth is put back as it was: since then only the migration has changed it";
        let step = plan.push(&self.scope(), Ask::Overwrites(why.to_owned()), &[], action);
        Ok((MapEffect::Changes(MapChange { had, has, changes: None }), Some(step)))
    }

    /// Adds the mappings that are missing to a map that others have changed since.
    fn add(&self, plan: &mut Plan, found: &[&Mapping], today: &MapContent) -> Result<(MapEffect, Option<usize>)> {
        plan.notes.push(
            "aws-auth changed since the migration, so it is not put back as a whole: the mappings that are missing are added to it"
                .to_owned(),
        );
        let upsert = |mapping: &&Mapping| {
            let (username, groups) = (Some(mapping.username.clone()), Groups::Set(mapping.groups.clone()));
            Some(Change::Upsert { arn: Principal::as_matched(&mapping.arn).ok()?, username, groups })
        };
        let changes = found.iter().filter_map(upsert).collect();
        let before = plan.steps.len();
        let map = plan_changes(plan, Place::Cluster(self.cluster), Opened::new(&today.data), changes, None)?;
        for step in &mut plan.steps[before..] {
            // They are as another tool or a person wrote them.
            if let Action::WriteAwsAuth(write) = &mut step.action {
                write.edits.iter_mut().for_each(|edit| edit.ours = false);
            }
        }
        Ok((map, plan.steps.get(before).map(|step| step.id)))
    }

    /// The steps that read the map again and delete the entries.
    ///
    /// # Errors
    /// None can be deleted, and the mapping of one is gone.
    fn entries(&self, plan: &mut Plan, then: &Reading, written: Option<usize>) -> Result<Vec<EntryEffect>> {
        let (mut deleted, mut needed) = (Vec::new(), Vec::new());
        for entry in &self.entries {
            match self.fate(entry, then) {
                Fate::Deleted(mapping) => deleted.push((self.turn(entry), *entry, identity(mapping))),
                Fate::Kept(why) => plan.warnings.push(format!(
                    "the access entry of {} is kept: it does not grant what its mapping grants ({why})",
                    entry.principal
                )),
                Fate::Needed => needed.push(entry.principal.as_str()),
            }
        }
        match (deleted.is_empty(), needed.is_empty()) {
            (true, true) => return Ok(Vec::new()),
            (true, false) => return Err(self.unmapped(&needed)),
            (false, _) => {}
        }
        let stays = |principal| {
            format!(
                "the access entry of {principal} is kept: aws-auth does not map it, and no old aws-auth is known that does"
            )
        };
        plan.warnings.extend(needed.iter().map(stays));
        deleted.sort_by(|a, b| (a.0, &a.1.principal).cmp(&(b.0, &b.1.principal)));
        plan.notes.extend(self.left_in_bindings(&deleted));
        Ok(self.delete(plan, deleted, written))
    }

    fn delete(
        &self,
        plan: &mut Plan,
        deleted: Vec<(Turn, &AccessEntry, Identity)>,
        written: Option<usize>,
    ) -> Vec<EntryEffect> {
        let mapped = |(_, entry, identity): &(Turn, &AccessEntry, Identity)| Mapped {
            principal: entry.principal.clone(),
            identity: identity.clone(),
        };
        let mappings = deleted.iter().map(mapped).collect();
        let check = plan.push(&self.scope(), Ask::No, &[written], Action::CheckMappings { mappings });
        let (mut effects, mut all, mut last) = (Vec::new(), vec![Some(check)], None);
        for (turn, entry, mapping) in deleted {
            // Administrators one after another, the caller's own entry last.
            let after = match turn {
                Turn::Own => all.clone(),
                Turn::Administrator => vec![Some(check), last],
                Turn::Person | Turn::Nodes => vec![Some(check)],
            };
            let ask =
                Ask::Overwrites(format!("the migration created it; {} is then {}", entry.principal, mapping.told()));
            let action = Action::DeleteEntry {
                principal: entry.principal.clone(),
                from: Identity { username: entry.username.clone(), groups: entry.groups.clone() },
                entry: Box::new(entry.clone()),
                mapping: Some(mapping),
            };
            let step = Some(plan.push(&self.scope(), ask, &after, action));
            all.push(step);
            if turn == Turn::Administrator {
                last = step;
            }
            effects.push(EntryEffect { principal: entry.principal.clone(), had: Some(entry.clone()), has: None });
        }
        effects
    }

    fn turn(&self, entry: &AccessEntry) -> Turn {
        let is_own = |who: &Principal| Evidence::key(&who.to_string()) == Evidence::key(&entry.principal);
        if self.caller.all().any(|who| is_own(&who.entity())) {
            Turn::Own
        } else if !entry.is_standard() {
            Turn::Nodes
        } else if entry.is_admin() {
            Turn::Administrator
        } else {
            Turn::Person
        }
    }

    fn unmapped(&self, needed: &[&str]) -> Error {
        let named = needed.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = match needed.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let cluster = &self.cluster.description.arn.name;
        Error::usage(format!("migration {} of cluster {cluster} can't be undone: {named}{more} would lose access", self.id))
            .because(
                "aws-auth does not map them any more, and neither a backup on this machine nor --aws-auth has a mapping that \
                 grants what their access entries grant; nothing was changed",
            )
            .hint("name a manifest of the old aws-auth: --aws-auth FILE")
    }

    /// The subjects in bindings that only the deleted entries needed.
    fn left_in_bindings(&self, deleted: &[(Turn, &AccessEntry, Identity)]) -> Option<String> {
        let subjects = deleted.iter().flat_map(|(_, entry, mapping)| {
            let groups = entry.groups.iter().filter(|group| group.starts_with(NEW_GROUPS)).cloned().map(Subject::Group);
            let user = (entry.username != mapping.username).then(|| Subject::User(entry.username.clone()));
            groups.chain(user)
        });
        let subjects: BTreeSet<Subject> = subjects.collect();
        let named = self.bindings.read()?.iter().flat_map(|binding| {
            let its = binding.subjects.iter().filter(|subject| subjects.contains(subject));
            its.map(|subject| format!("{subject} in {}", one_line(&binding.name.to_string())))
        });
        let named: BTreeSet<String> = named.collect();
        let named: Vec<String> = named.into_iter().collect();
        (!named.is_empty()).then(|| format!("the subjects that were added to RBAC bindings stay: {}", named.join(", ")))
    }
}

#[cfg(test)]
#[path = "rollback_tests.rs"]
mod tests;
