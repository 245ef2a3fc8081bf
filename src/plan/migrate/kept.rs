//! A mapping whose principal has an access entry already: the entry decides, and the mapping has no effect.

use super::compare::{Compared, compare};
use super::evidence::{Answered, Evidence, PLAN_KEY};
use super::look::Look;
use super::row::{Answer, Before, Decision, Kept, Question, Replaces};
use crate::error::shell_word;
use crate::model::{AccessEntry, Principal};

/// The entry of a principal, whose path may not be known; that of a principal that is gone gives no access.
pub fn entry_of<'e>(evidence: &'e Evidence, principal: &Principal) -> Option<&'e AccessEntry> {
    if *evidence.of(principal) == Answered::Gone {
        return None;
    }
    let key = Evidence::key(&principal.to_string());
    let all: Vec<_> = evidence.entries.read()?.iter().filter(|entry| Evidence::key(&entry.principal) == key).collect();
    // Of several with one name, an earlier role's with another path is not the one that counts.
    let own = evidence.of(principal).found().map(|found| found.arn.to_string());
    all.iter().find(|entry| Some(&entry.principal) == own.as_ref()).or(all.first()).copied()
}

/// What becomes of a mapping whose principal has an entry.
///
/// # Errors
/// The decision, where nothing has to be created: the entry stays, or a question has to be answered first.
pub fn beside(
    look: &Look<'_>,
    before: &Before,
    entry: &AccessEntry,
    principal: &Principal,
) -> Result<Replaces, Decision> {
    let found = look.evidence.of(principal).found();
    let has_other_path = found.is_some_and(|found| found.arn.to_string() != entry.principal);
    if has_other_path || entry.is_older_than(found.and_then(|found| found.created_at)) {
        if look.options.accepts_recreated(principal) {
            return Ok(Replaces::Stale(entry.principal.clone()));
        }
        let what = if principal.is_role() { "role" } else { "user" };
        let reason = format!(
            "its access entry was created for an earlier {what} of this name and gives no access; recreating it gives \
             today's {what} the access of the mapping"
        );
        let proposals = vec![format!("--accept-recreated {}", shell_word(&principal.to_string()))];
        return Err(Decision::Asks(vec![Question { reason, answer: Answer::AcceptRecreated, proposals }]));
    }
    match compare(before, entry, &look.evidence.bindings) {
        Compared::Differs(_) if entry.tags.contains_key(PLAN_KEY) => Ok(Replaces::Unfinished),
        compared => Err(Decision::Kept(kept(compared))),
    }
}

/// An entry that stays, by how it compares with its mapping.
pub fn kept(compared: Compared) -> Kept {
    match compared {
        Compared::Equal => Kept::Equal,
        Compared::Differs(how) => Kept::Differs(how),
        Compared::NotComparable(why) => Kept::Unclear(why),
    }
}
