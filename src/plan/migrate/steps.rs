//! From the table to the steps of a plan: the mode, an entry for each row in its turn, a comparison, the mappings to remove.

use std::collections::{BTreeMap, BTreeSet};

use super::bindings::Addition;
use super::decide::{Table, decide};
use super::ending::{remove, to_api, unchanged};
use super::evidence::{Evidence, PLAN_KEY};
use super::options::Options;
use super::report::Report;
use super::row::{Decision, Gap, Kept, Replaces, Row, Turn, Wish};
use crate::error::{Error, Result, one_line};
use crate::model::desired::{OWNER_CLI, OWNER_KEY};
use crate::model::{AccessEntry, AuthMode, CallerIdentity, ClusterState, Principal, Scope};
use crate::plan::ask::Ask;
use crate::plan::effects::{Changed, EntryEffect};
use crate::plan::entry::{DEAD, delete_stale, tags_to_set};
use crate::plan::map::map_to_change;
use crate::plan::mode::tell;
use crate::plan::step::{Action, Identity, ScopeChange};
use crate::plan::whole::Plan;

/// How long a policy that was just associated may take to act, in seconds: EKS says "several".
const GAP_SECONDS: u32 = 30;

/// What a migration is asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MigrateWish {
    /// The answers to its questions.
    pub options: Options,
    /// `--to`: the mode at its end.
    pub to: Option<AuthMode>,
    /// `--remove-mappings`: the mappings whose entries are proven are removed from `aws-auth`.
    pub remove_mappings: bool,
}

/// Plans the migration of a cluster.
///
/// # Errors
/// The map can't be read; the cluster must leave `CONFIG_MAP` and no mode was named; an option that fits no line.
pub fn plan_migration(
    plan: &mut Plan,
    wish: &MigrateWish,
    cluster: &ClusterState,
    caller: &CallerIdentity,
) -> Result<Changed> {
    let table = table_of(wish, cluster, caller)?;
    let report = Report::of(&table);
    if !cluster.description.mode.has_entries() && wish.to.is_none() {
        plan.warnings.push(format!("{}, and no mode was named: nothing is planned", in_config_map(cluster)));
        return Ok(Changed { map: unchanged(cluster), entries: Vec::new(), migration: Some(report) });
    }
    let first = leave_config_map(plan, cluster);
    let scope = Scope::Cluster(cluster.description.arn.clone());
    let mut steps = Steps {
        plan,
        scope,
        first,
        cluster,
        additions: BTreeMap::new(),
        entries: Vec::new(),
        last: None,
        people: Vec::new(),
    };
    let mut proofs = Vec::new();
    for row in table.order.iter().map(|at| &table.rows[*at]) {
        if let Some(wish) = row.wish() {
            let compared = steps.row(row, wish);
            proofs.extend(compared.map(|step| (row, step)));
        }
    }
    if wish.remove_mappings {
        for row in table.rows.iter().filter(|row| matches!(row.decision, Decision::Kept(Kept::Equal))) {
            proofs.extend(steps.kept(row).map(|step| (row, step)));
        }
    }
    let entries = steps.entries;
    let map = if wish.remove_mappings { remove(plan, cluster, &entries, &proofs)? } else { unchanged(cluster) };
    let map = if to_api(plan, wish.to, cluster, &table, &proofs) { map.given_up() } else { map };
    Ok(Changed { map, entries, migration: Some(report) })
}

/// The table of what was seen.
///
/// # Errors
/// The map can't be read; an option that fits no line.
fn table_of(wish: &MigrateWish, cluster: &ClusterState, caller: &CallerIdentity) -> Result<Table> {
    if cluster.description.mode.has_config_map() {
        map_to_change(cluster)?;
    }
    let sight = cluster.migration.as_deref().cloned().unwrap_or_default();
    let table = decide(&Evidence::of_cluster(cluster, &sight, caller), &wish.options);
    refuse_unfit(&table)?;
    Ok(table)
}

/// Refuses answers to questions that no line asks.
///
/// # Errors
/// There is one.
pub fn refuse_unfit(table: &Table) -> Result<()> {
    if table.unfit.is_empty() {
        return Ok(());
    }
    Err(Error::usage(format!("no mapping has this ARN or name: {}", table.unfit.join(", ")))
        .hint("leave the option out, or spell the ARN as aws-auth does"))
}

/// The mode of a cluster that has no entries, in words.
fn in_config_map(cluster: &ClusterState) -> String {
    format!("cluster {} is in mode CONFIG_MAP, which has no access entries", cluster.description.arn.name)
}

/// Refuses a cluster in `CONFIG_MAP` if no mode was named.
///
/// # Errors
/// It is in that mode, and none was named.
pub fn check_mode(wish: &MigrateWish, cluster: &ClusterState) -> Result<()> {
    if cluster.description.mode.has_entries() || wish.to.is_some() {
        return Ok(());
    }
    let arn = &cluster.description.arn;
    Err(Error::usage(format!("{}, and no mode was named", in_config_map(cluster))).hint(format!(
        "name the mode that it is to end in (a cluster can't be switched back): eksaccess migrate --cluster {arn} --to \
         API_AND_CONFIG_MAP"
    )))
}

/// The step out of `CONFIG_MAP`, if the cluster is in it.
fn leave_config_map(plan: &mut Plan, cluster: &ClusterState) -> Option<usize> {
    if cluster.description.mode.has_entries() {
        return None;
    }
    let (from, to) = (AuthMode::ConfigMap, AuthMode::ApiAndConfigMap);
    tell(plan, cluster, from);
    let ask = Ask::Irreversible(format!("a cluster can't be switched back to {from}"));
    let action = Action::SwitchMode { from, to, resource_version: None, unmatched: Vec::new() };
    Some(plan.push(&Scope::Cluster(cluster.description.arn.clone()), ask, &[], action))
}

/// The steps of the rows, while they are planned.
struct Steps<'a> {
    plan: &'a mut Plan,
    scope: Scope,
    /// The step out of `CONFIG_MAP`.
    first: Option<usize>,
    cluster: &'a ClusterState,
    /// The steps that add subjects to bindings.
    additions: BTreeMap<Addition, usize>,
    entries: Vec<EntryEffect>,
    /// The comparison of the last administrator's row: the next one waits for it.
    last: Option<usize>,
    /// The steps of people's entries: those of nodes come after them.
    people: Vec<Option<usize>>,
}

impl Steps<'_> {
    /// The steps of a row that becomes an entry; returns its comparison, if comparing can prove it.
    fn row(&mut self, row: &Row, wish: &Wish) -> Option<usize> {
        let mut after: Vec<Option<usize>> = vec![self.first];
        for addition in &wish.bindings {
            after.push(Some(self.add(addition)));
        }
        if matches!(wish.turn, Turn::Administrator | Turn::Own) {
            after.push(self.last);
        }
        if wish.is_node() {
            after.extend(self.people.iter().copied());
        }
        let (made, has) = self.entry(row, wish, &after);
        if !wish.is_node() {
            self.people.extend(made.iter().copied());
        }
        let (principal, mut had) = (wish.principal.to_string(), self.there(wish).cloned());
        // A stale entry may be of an ARN with another path.
        if let Some(other) = had.take_if(|had| had.principal != principal) {
            self.entries.push(EntryEffect { principal: other.principal.clone(), had: Some(other), has: None });
        }
        self.entries.push(EntryEffect { principal, had, has: Some(has) });
        if wish.is_node() || wish.unproven.is_some() {
            return None;
        }
        let step = self.compare(row, &wish.principal.to_string(), &made);
        if matches!(wish.turn, Turn::Administrator | Turn::Own) {
            self.last = Some(step);
        }
        Some(step)
    }

    /// Whether IAM showed the principal: an EKS that does not know it then is late.
    fn exists(&self, principal: &Principal) -> bool {
        let seen = self.cluster.migration.as_ref();
        seen.is_some_and(|seen| {
            let answered = seen.principals.get(&Evidence::key(&principal.to_string()));
            answered.is_some_and(|answered| answered.found().is_some())
        })
    }

    /// The comparison of a row whose entry already exists.
    fn kept(&mut self, row: &Row) -> Option<usize> {
        let key = Evidence::key(&row.before.arn);
        let entries = self.cluster.entries();
        let entry = entries.iter().find(|entry| entry.is_standard() && Evidence::key(&entry.principal) == key)?;
        Some(self.compare(row, &entry.principal.clone(), &[]))
    }

    fn compare(&mut self, row: &Row, principal: &str, after: &[Option<usize>]) -> usize {
        let before = Identity { username: row.before.username.clone(), groups: row.before.groups.clone() };
        let action = Action::CompareEntry { principal: principal.to_owned(), arn: row.before.arn.clone(), before };
        self.plan.push(&self.scope, Ask::No, after, action)
    }

    fn add(&mut self, addition: &Addition) -> usize {
        if let Some(step) = self.additions.get(addition) {
            return *step;
        }
        let Addition { binding, beside, add } = addition.clone();
        let why = format!("{add} gets what {binding} grants {beside}");
        let action = Action::AddSubject { binding, beside, subject: add };
        let step = self.plan.push(&self.scope, Ask::Overwrites(why), &[self.first], action);
        self.additions.insert(addition.clone(), step);
        step
    }

    /// The entry that a row's principal already has.
    fn there(&self, wish: &Wish) -> Option<&AccessEntry> {
        let arn = match &wish.replaces {
            Replaces::Stale(arn) => arn.clone(),
            Replaces::Nothing | Replaces::Unfinished => wish.principal.to_string(),
        };
        self.cluster.census.iter().flat_map(|census| &census.entries).find(|entry| entry.principal == arn)
    }

    /// The steps of an entry and its policies; returns them, and the resulting entry.
    fn entry(&mut self, row: &Row, wish: &Wish, after: &[Option<usize>]) -> (Vec<Option<usize>>, AccessEntry) {
        let there = self.there(wish).cloned();
        let identity = Identity { username: wish.username.clone(), groups: wish.groups.clone() };
        let mut made = Vec::new();
        let principal = wish.principal.to_string();
        let there = match (&wish.replaces, there) {
            (Replaces::Unfinished, Some(entry)) => {
                let from = Identity { username: entry.username.clone(), groups: entry.groups.clone() };
                if from != identity {
                    let action = Action::UpdateEntry { principal: principal.clone(), from, to: identity.clone() };
                    let ask = Ask::Overwrites(
                        "a migration created it, and it does not grant what its mapping grants".to_owned(),
                    );
                    made.push(Some(self.plan.push(&self.scope, ask, after, action)));
                }
                Some(entry)
            }
            (_, stale) => {
                let mut after = after.to_vec();
                if let Some(stale) = &stale {
                    let ask = Ask::Overwrites(DEAD.to_owned());
                    after.push(Some(self.plan.push(&self.scope, ask, &after, delete_stale(stale))));
                }
                made.push(Some(self.create(row, wish, stale.as_ref(), (&identity, &after))));
                None
            }
        };
        let created = made.last().copied().flatten();
        for policy in &wish.policies {
            let from = there.iter().flat_map(|entry| &entry.policies).find(|there| there.arn == policy.arn);
            if from.is_some_and(|from| from.scope == policy.scope) {
                continue;
            }
            let scope = ScopeChange { from: from.map(|from| from.scope.clone()), to: policy.scope.clone() };
            let action = Action::AssociatePolicy { principal: principal.clone(), policy: policy.arn.clone(), scope };
            let before: Vec<_> = if created.is_some() { vec![created] } else { after.to_vec() };
            made.push(Some(self.plan.push(&self.scope, Ask::No, &before, action)));
        }
        let has = AccessEntry {
            principal,
            arn: String::new(),
            entry_type: wish.entry_type.clone(),
            username: identity.username,
            groups: identity.groups,
            tags: tags(None, self.cluster),
            created_at: None,
            policies: wish.policies.clone(),
        };
        (made, has)
    }

    fn create(
        &mut self,
        row: &Row,
        wish: &Wish,
        stale: Option<&AccessEntry>,
        (identity, after): (&Identity, &[Option<usize>]),
    ) -> usize {
        let masked = Identity { username: row.before.username.clone(), groups: row.before.groups.clone() };
        let mut ask = Ask::Overwrites(format!("the entry overrides its mapping ({})", masked.told()));
        if wish.gap == Gap::Announced {
            ask.also(format!(
                "for up to {GAP_SECONDS} s, until its access policy acts, {} does not have the policy's rights",
                wish.principal
            ));
        }
        if let Some(old) = &wish.renamed_from {
            let old = if old.is_empty() { "(empty)" } else { old };
            ask.also(one_line(&format!("its username {old} becomes {}", wish.username)));
        }
        if let Some(why) = &wish.unproven {
            ask.also(why.clone());
        }
        let action = Action::CreateEntry {
            principal: wish.principal.to_string(),
            entry_type: wish.entry_type.clone(),
            identity: identity.clone(),
            tags: tags(stale, self.cluster),
            masks: Some(masked),
            fresh_principal: self.exists(&wish.principal),
        };
        self.plan.push(&self.scope, ask, after, action)
    }
}

/// The tags of an entry that a migration creates: ours, and the migration's id. The id of an unfinished migration is kept; a
/// new one is filled in when the entry is created, because it is a hash of the steps.
fn tags(stale: Option<&AccessEntry>, cluster: &ClusterState) -> BTreeMap<String, String> {
    let mut tags = stale.map(tags_to_set).unwrap_or_default();
    tags.insert(OWNER_KEY.to_owned(), OWNER_CLI.to_owned());
    tags.insert(PLAN_KEY.to_owned(), unfinished(cluster).unwrap_or_default());
    tags
}

/// The id of the migration that created entries here, if there was only one.
fn unfinished(cluster: &ClusterState) -> Option<String> {
    let all = cluster.census.iter().flat_map(|census| &census.entries);
    let ids: BTreeSet<&String> = all.filter_map(|entry| entry.tags.get(PLAN_KEY)).collect();
    if ids.len() == 1 { ids.into_iter().next().cloned() } else { None }
}
