//! Tries what can be tried before anything is written: the API server checks a plan's `aws-auth` in a dry run. A plan
//! whose binding can't be made then fails before a role is created.

use super::call_error::{CallError, CallErrorKind as K};
use super::explain::explain;
use super::port::Connect;
use super::restore_map;
use super::tried::Tried;
use super::work::Work;
use super::write_map;
use crate::error::{Error, Result};
use crate::plan::{Action, Step};

/// What a dry run that the caller is denied results in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denied {
    /// An error: the write itself would be refused.
    Fails,
    /// A warning: another identity may carry out the plan.
    Warns,
}

/// Tries every write of an `aws-auth` among a place's steps, as a dry run on the API server; returns the warnings.
///
/// # Errors
/// The API server refuses it, or can't be reached; the map changed, and the change would be different.
pub async fn rehearse<C: Connect>(steps: &[&Step], work: &Work<'_, C>, denied: Denied) -> Result<Vec<String>> {
    let mut warnings = Vec::new();
    for step in steps {
        match work.ledger.answers(step).collect(attempt(step, work)).await? {
            None => {}
            Some(Ok(tried)) => work.rehearsed.keep(step.id, tried),
            Some(Err(error)) if error.is(K::AccessDenied) && denied == Denied::Warns => {
                warnings.push(may_not(work, &error));
            }
            Some(Err(error)) => return Err(refused(step, work, &error)),
        }
    }
    Ok(warnings)
}

/// `None` if the step has no dry run. The outer error ends the run, the inner one is the API server's.
async fn attempt<C: Connect>(step: &Step, work: &Work<'_, C>) -> Result<Option<std::result::Result<Tried, CallError>>> {
    match &step.action {
        Action::WriteAwsAuth(write) if write.file.is_none() => write_map::rehearse(write, work).await.map(Some),
        Action::RestoreAwsAuth { resource_version, content, .. } => {
            restore_map::rehearse(resource_version.as_deref(), content, work).await.map(Some)
        }
        _ => Ok(None),
    }
}

fn cluster_name<'a, C: Connect>(work: &'a Work<'_, C>) -> &'a str {
    work.cluster.map_or("", |cluster| &cluster.description.arn.name)
}

fn may_not<C: Connect>(work: &Work<'_, C>, error: &CallError) -> String {
    format!(
        "{} may not write aws-auth of cluster {} ({error}); carrying this plan out needs an identity that may",
        work.caller.arn,
        cluster_name(work)
    )
}

fn refused<C: Connect>(step: &Step, work: &Work<'_, C>, error: &CallError) -> Error {
    let doing = match step.action {
        Action::RestoreAwsAuth { .. } => "restoring",
        _ => "writing",
    };
    explain(&format!("{doing} aws-auth of cluster {}", cluster_name(work)), error)
}
