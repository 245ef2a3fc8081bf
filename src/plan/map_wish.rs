//! From the desired state of a map to the changes of its text.

use std::collections::HashSet;

use super::desired::{AccessChange, Whom};
use super::map_change::removal;
use super::whole::Plan;
use crate::aws_auth::{self, Change, Circumstances, Opened, Reading, RemoveBy};
use crate::error::{Error, Result};
use crate::model::arn::check_account;

/// How many fixes are made per run: each is proven by reading the whole text again.
const MOST_FIXES: usize = 100;

/// The changes that remove a mapping, or concern an account. `resolve` turns a principal's name into its ARN.
///
/// # Errors
/// A username of several principals, an invalid account, a name that can't be resolved.
pub(super) fn changes(
    change: &AccessChange,
    reading: &Reading,
    resolve: impl Fn(&str) -> Result<String>,
) -> Result<Vec<Change>> {
    match change {
        AccessChange::Unbind { whom, all } => {
            let by = match whom {
                Whom::Principal(arn) if arn.starts_with("arn:") => RemoveBy::Arn(arn.clone()),
                Whom::Principal(name) => RemoveBy::Arn(resolve(name)?),
                Whom::Username(username) => RemoveBy::Username(username.clone()),
            };
            Ok(vec![removal(by, *all, reading)?])
        }
        AccessChange::Account { account, present: false } => Ok(vec![Change::RemoveAccount(account.clone())]),
        AccessChange::Account { account, present: true } => {
            check_account(account).map_err(|error| {
                Error::usage(format!("--account: {error}"))
                    .hint("name the account by its twelve digits, leading zeros included")
            })?;
            Ok(vec![Change::AddAccount(account.clone())])
        }
        AccessChange::Bind(_)
        | AccessChange::Fix
        | AccessChange::Restore(_)
        | AccessChange::Mode(_)
        | AccessChange::Migrate(_)
        | AccessChange::Rollback(_) => Ok(Vec::new()),
    }
}

/// The fixable findings as changes; the plan notes if more are left.
pub(super) fn fixes(plan: &mut Plan, opened: &Opened<'_>, circumstances: &Circumstances) -> Vec<Change> {
    let mut known = HashSet::new();
    let mut changes: Vec<Change> = aws_auth::lint_read(opened.data(), &opened.reading, circumstances)
        .into_iter()
        .filter_map(|finding| finding.fix)
        .filter(|fix| match fix {
            Change::RemoveShadowed { key, arn } => known.insert((*key, arn.clone())),
            _ => true,
        })
        .collect();
    let more = changes.len().saturating_sub(MOST_FIXES);
    changes.truncate(MOST_FIXES);
    plan.notes.extend((more > 0).then(|| format!("{more} more can be fixed: run it again")));
    changes
}
