//! What `map` says outright: whom it is about, and the change that needs no planning.

use super::args::MapVerbArgs;
use crate::aws_auth::{Change, Reading, RemoveBy};
use crate::error::{Error, Result};
use crate::model::arn::check_account;
use crate::plan::removal;

/// The principal where one was named.
pub(super) fn said(args: &MapVerbArgs) -> Option<&str> {
    args.principal.principal.as_deref().or(args.principal.role.as_deref())
}

/// The change that the command line names outright; `arn` is the principal to be removed.
///
/// # Errors
/// A username that several principals have.
pub(super) fn change_of(args: &MapVerbArgs, arn: Option<&str>, reading: &Reading) -> Result<Change> {
    match (&args.other.account, args.other.remove) {
        (Some(account), true) => Ok(Change::RemoveAccount(account.clone())),
        (Some(account), false) => {
            check_account(account).map_err(|error| {
                Error::usage(format!("--account: {error}"))
                    .hint("name the account by its twelve digits, leading zeros included")
            })?;
            Ok(Change::AddAccount(account.clone()))
        }
        (None, _) => {
            let username = || RemoveBy::Username(args.access.username.clone().unwrap_or_default());
            let by = arn.map_or_else(username, |arn| RemoveBy::Arn(arn.to_owned()));
            removal(by, args.other.all_duplicates, reading)
        }
    }
}
