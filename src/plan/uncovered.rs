//! Ensures that a removal does not increase any rights: a removed entry may uncover one with more.
//!
//! Compares the deciding entries of two readings of a map, for every ARN at once. A principal that the command names
//! may get what it says; for all others the identity after must be covered by the one before.

use std::borrow::Cow;

use super::matching::{is_shown, matching_key};
use super::step::Identity;
use crate::aws_auth::{Change, DataKey, Deciding, EC2_PRIVATE_DNS_NAME, Mapping, Reading};
use crate::error::Error;
use crate::model::Principal;
use crate::model::access::has_masters;

/// The deciding entries before and after a change.
pub struct Sides<'r> {
    /// The reading after.
    pub has: &'r Reading,
    /// Before.
    pub(super) before: Deciding<'r>,
    /// After.
    pub(super) after: Deciding<'r>,
    /// The ARNs, case folded, whose deciding entry differs after the change.
    pub(super) changed: Vec<Cow<'r, str>>,
}

/// An identity that a removal would give to a principal that has less today.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Uncovered {
    /// The ARN, as spelled in `aws-auth`.
    pub arn: String,
    /// Its identity today, one of several at random; empty for no access.
    pub today: Vec<Identity>,
    /// Its identity after the change.
    pub then: Identity,
    /// The list with that entry.
    pub key: DataKey,
}

impl<'r> Sides<'r> {
    /// The sides of two readings.
    pub fn of(had: &'r Reading, has: &'r Reading) -> Self {
        let (before, after) = (had.deciding(), has.deciding());
        let is_other = |key: &str, winners: &[&Mapping]| after.get(key).is_none_or(|now| !same(winners, now));
        let mut changed: Vec<_> =
            before.iter().filter(|(key, winners)| is_other(key, winners)).map(|(key, _)| key.clone()).collect();
        changed.extend(after.keys().filter(|key| !before.contains_key(*key)).cloned());
        changed.sort_unstable();
        Self { has, before, after, changed }
    }

    /// Whether the removal of an entry with this ARN may change its principal's identity.
    pub fn changes(&self, arn: &str) -> bool {
        let key = arn.to_ascii_lowercase();
        !arn.is_ascii() || (is_shown(&key) && self.changed.iter().any(|changed| *changed == key))
    }

    /// The first principal whose rights these changes would increase. Skips those to whom they give a mapping, and
    /// those with an access entry that overrides the map: their keys are `masked`.
    pub fn uncovered(&self, changes: &[Change], masked: &[String]) -> Option<Uncovered> {
        let named: Vec<String> = changes.iter().filter_map(given).map(|arn| matching_key(&arn.to_string())).collect();
        let judged = |key: &&Cow<'r, str>| {
            is_shown(key) && ![&named[..], masked].iter().any(|all| all.iter().any(|name| *name == **key))
        };
        self.changed.iter().filter(judged).find_map(|key| {
            let of = |side: &Deciding<'r>| side.get(key).cloned().unwrap_or_default();
            let (today, then) = (of(&self.before), of(&self.after));
            let to = grown(&today, &then)?;
            let arn = Principal::as_matched(&to.arn).map_or_else(|_| key.clone().into_owned(), |p| p.to_string());
            Some(Uncovered {
                arn,
                today: today.iter().copied().map(identity).collect(),
                then: identity(to),
                key: to.key,
            })
        })
    }
}

/// The principal to which a change gives a mapping.
const fn given(change: &Change) -> Option<&Principal> {
    match change {
        Change::Upsert { arn, .. } => Some(arn),
        _ => None,
    }
}

impl Uncovered {
    /// The refusal, without the next command.
    pub fn refused(&self) -> Error {
        let today = match &self.today[..] {
            [] => "not mapped".to_owned(),
            [one] => one.told(),
            several => {
                format!("one of these at random: {}", several.iter().map(Identity::told).collect::<Vec<_>>().join("; "))
            }
        };
        Error::failed(format!(
            "refused: removing it would activate another entry for {}, with more access than today; nothing was changed",
            self.arn
        ))
        .because(format!(
            "today it is {today}; through the other entry, in {}, it would be {}",
            self.key,
            self.then.told()
        ))
    }
}

fn identity(mapping: &Mapping) -> Identity {
    Identity { username: mapping.username.clone(), groups: mapping.groups.clone() }
}

fn same(one: &[&Mapping], other: &[&Mapping]) -> bool {
    let equal = |a: &Mapping, b: &Mapping| a.username == b.username && a.groups == b.groups;
    let within = |a: &[&Mapping], b: &[&Mapping]| a.iter().all(|a| b.iter().any(|b| equal(a, b)));
    within(one, other) && within(other, one)
}

/// The entry that grants more than before. If today's is chosen at random, the least one counts.
fn grown<'r>(before: &[&Mapping], after: &[&'r Mapping]) -> Option<&'r Mapping> {
    let more = |then: &&&Mapping| before.is_empty() || before.iter().any(|today| !covers(today, then));
    if same(before, after) { None } else { after.iter().find(more).copied() }
}

/// Whether `today` includes all rights of `then`. A different username may be bound to anything.
fn covers(today: &Mapping, then: &Mapping) -> bool {
    // Such an entry rejects every caller except instances.
    if asks_ec2(today) && !asks_ec2(then) {
        return false;
    }
    let masters = has_masters(&today.groups);
    masters || (today.username == then.username && then.groups.iter().all(|group| today.groups.contains(group)))
}

fn asks_ec2(mapping: &Mapping) -> bool {
    mapping.groups.iter().chain([&mapping.username]).any(|text| text.contains(EC2_PRIVATE_DNS_NAME))
}

#[cfg(test)]
#[path = "uncovered_tests.rs"]
mod tests;
