//! From the evidence to a row for each line of the map.

use super::compare::compare;
use super::evidence::{Evidence, Seen};
use super::kept::{beside, entry_of, kept};
use super::look::Look;
use super::node::{NodeType, node_type};
use super::odd::{account, notes, unmatched, unread};
use super::options::Options;
use super::order::{mark_own, order};
use super::person::{Decided, node, person};
use super::principal::{Entity, Unsure, entity, excluded, of_a_service};
use super::row::{Before, Decision, Replaces, Row};
use crate::aws_auth::{Fate, Mapping, read};
use crate::model::Principal;
use crate::model::access::has_masters;
use crate::plan::matching::is_shown;

/// What becomes of a map.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Table {
    /// A row for each line, in the order of the map.
    pub rows: Vec<Row>,
    /// The indexes of the rows that become entries, in the order in which they are applied.
    pub order: Vec<usize>,
    /// Notes on the whole, each given once.
    pub notes: Vec<String>,
    /// The options that no line asks for, as typed.
    pub unfit: Vec<String>,
}

impl Table {
    #[cfg(test)]
    /// The rows that hold back mode `API`: what they give would be lost.
    pub fn blocking(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.decision.blocks_api())
    }
}

/// Decides what becomes of each line of the map.
pub fn decide(evidence: &Evidence, options: &Options) -> Table {
    let reading = read(&evidence.data);
    let look = Look::new(evidence, options, &reading);
    let mut rows: Vec<Row> = reading.fates().into_iter().map(|(mapping, fate)| row(&look, mapping, &fate)).collect();
    rows.extend(reading.accounts.iter().enumerate().map(|(index, mapped)| account(&look, index, mapped)));
    rows.extend(unread(&look));
    rows.sort_by_key(|row| (row.key, row.line, row.column, row.index));
    mark_own(&mut rows, &evidence.callers);
    let principals: Vec<Principal> =
        reading.mappings().filter_map(|mapping| Principal::as_matched(&mapping.arn).ok()).collect();
    let order = order(&rows);
    Table { order, notes: said_once(&rows), unfit: options.unfit(&principals), rows }
}

fn row(look: &Look<'_>, mapping: &Mapping, fate: &Fate<'_>) -> Row {
    let (decision, more) = decision(look, mapping, fate);
    let (line, column) = look.place(mapping.key, (mapping.line, mapping.column));
    let mut notes = if matches!(decision, Decision::MatchesNone { .. } | Decision::Shadowed { .. }) {
        Vec::new()
    } else {
        notes(look, mapping)
    };
    notes.extend(more);
    Row { key: mapping.key, index: Some(mapping.index), line, column, before: mapping.into(), decision, notes }
}

fn decision(look: &Look<'_>, mapping: &Mapping, fate: &Fate<'_>) -> Decided {
    let alone = |decision: Decision| (decision, Vec::new());
    let shadowed = |by: &Mapping, reason: &'static str| {
        let line = look.place(by.key, (by.line, by.column)).0;
        alone(Decision::Shadowed { key: by.key, line, reason })
    };
    let key = match fate {
        Fate::Unmatched => return alone(unmatched(look, mapping)),
        Fate::Decides(key) | Fate::ByChance(key, _) if !is_shown(key) => return alone(unmatched(look, mapping)),
        Fate::Replaced(by, why) => return shadowed(by, why.as_str()),
        Fate::ByChance(key, all) => {
            let gives = |m: &Mapping| (m.username.clone(), m.groups.clone());
            if all.iter().any(|other| gives(other) != gives(mapping)) {
                return alone(by_chance(look, all));
            }
            match all.first() {
                Some(first) if first.index != mapping.index => {
                    return shadowed(first, "it gives the same ARN the same access");
                }
                _ => key,
            }
        }
        Fate::Decides(key) => key,
    };
    // What is written may be folded further than IAM's own spelling.
    match Principal::as_matched(&mapping.arn).or_else(|_| Principal::as_matched(key)) {
        Ok(principal) => live(look, mapping, &principal),
        Err(_) => alone(unmatched(look, mapping)),
    }
}

fn by_chance(look: &Look<'_>, all: &[&Mapping]) -> Decision {
    let lines: Vec<String> =
        all.iter().map(|other| look.place(other.key, (other.line, other.column)).0.to_string()).collect();
    let reason = format!(
        "lines {} name the same user in different case and with different access, and the control plane picks one of them at \
         random: remove all but one",
        lines.join(", ")
    );
    Decision::ByHand { reason, blocks_api: true }
}

/// A mapping that decides for its principal, unless an entry does.
fn live(look: &Look<'_>, mapping: &Mapping, principal: &Principal) -> Decided {
    let alone = |decision: Decision| (decision, Vec::new());
    if let Some(decision) = excluded(look, principal) {
        return alone(decision);
    }
    if let Seen::Unread(why) = &look.evidence.entries {
        let reason = format!("whether it has an access entry is not known: the entries could not be read ({why})");
        return alone(Decision::ByHand { reason, blocks_api: true });
    }
    let (entry, before) = (entry_of(look.evidence, principal), Before::from(mapping));
    let replaces = match (entry, of_a_service(look, principal)) {
        (None, Some(by_hand)) => return alone(by_hand),
        // What a service created is its own, whatever it gives.
        (Some(entry), Some(_)) => {
            return alone(Decision::Kept(kept(compare(&before, entry, &look.evidence.bindings))));
        }
        (Some(entry), None) => match beside(look, &before, entry, principal) {
            Ok(replaces) => replaces,
            Err(decision) => return alone(decision),
        },
        (None, None) => Replaces::Nothing,
    };
    // An entry that is to be finished has the path.
    let begun = entry.filter(|_| replaces == Replaces::Unfinished).and_then(|entry| entry.principal.parse().ok());
    let (entity, path) = match begun.map_or_else(|| entity(look, mapping, principal), |arn| Ok(Entity::known(arn))) {
        Ok(entity) => (entity, None),
        Err(Unsure::Decided(decision)) => return alone(decision),
        // What else has to be answered is asked in the same run.
        Err(Unsure::Asks(path)) => (Entity::known(principal.clone()), Some(path)),
    };
    let said = look.options.type_of(principal);
    let found = if principal.is_role() { node_type(mapping, principal, look.evidence, said) } else { NodeType::None };
    let (mut decision, mut notes) =
        node(look, mapping, &entity, &found).unwrap_or_else(|| person(look, mapping, &entity));
    match (&mut decision, path) {
        (Decision::Becomes(_), Some(path)) => decision = Decision::Asks(vec![path]),
        (Decision::Asks(questions), Some(path)) => questions.insert(0, path),
        (Decision::Becomes(wish), None) => {
            wish.replaces = replaces;
            notes.extend(entity.note);
        }
        _ => {}
    }
    (decision, notes)
}

/// Notes that hold for several rows, each given once.
fn said_once(rows: &[Row]) -> Vec<String> {
    let wishes = || rows.iter().filter_map(|row| Some((row, row.wish()?)));
    let masters = wishes().any(|(row, _)| has_masters(&row.before.groups));
    let renamed = wishes().any(|(_, wish)| wish.renamed_from.is_some());
    let mut notes = Vec::new();
    if masters {
        notes.push(
            "AmazonEKSClusterAdminPolicy grants all rights, but not the group system:masters: bindings, API priority, audit \
             filters and webhooks that name the group no longer match, and `kubectl auth can-i --list` does not show the \
             policy"
                .to_owned(),
        );
    }
    if masters || renamed {
        notes.push(
            "admission policies may match usernames or the group system:masters, and this program does not read them: check \
             them first"
                .to_owned(),
        );
    }
    if wishes().any(|(_, wish)| wish.is_node()) {
        notes.push(
            "the mappings of node roles stay in aws-auth: whether nodes join by the new entry is not checked"
                .to_owned(),
        );
    }
    notes
}
