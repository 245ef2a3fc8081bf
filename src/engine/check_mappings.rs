//! `aws-auth` read again before the access entries are deleted whose principals need their mappings.

use tokio::time::sleep;

use super::explain::explain;
use super::ledger::StepState;
use super::port::{ClusterRead, Connect};
use super::work::Work;
use super::write_map::open;
use crate::aws_auth;
use crate::error::{Error, Kind, Result};
use crate::model::{AwsAuthMap, Principal};
use crate::plan::{Identity, Mapped, Step};

/// Checks that each principal has its mapping. A map that was just written is first left to act.
///
/// # Errors
/// The map can't be read; a mapping is missing or different.
pub(super) async fn check<C: Connect>(step: &Step, mappings: &[Mapped], work: &Work<'_, C>) -> Result<StepState> {
    if !step.after.is_empty() {
        sleep(work.settle).await;
    }
    let (_, api, doing) = open(work, "reading").await?;
    let map = api.get_aws_auth().await.map_err(|error| explain(&doing, &error))?;
    let reading = aws_auth::read(&map.as_ref().map(AwsAuthMap::data).unwrap_or_default());
    let is_there = |wanted: &&Mapped| {
        let found = wanted.principal.parse::<Principal>().map(|principal| reading.effective(&principal));
        let [mapping] = found.unwrap_or_default()[..] else { return false };
        wanted.identity == Identity { username: mapping.username.clone(), groups: mapping.groups.clone() }
    };
    match mappings.iter().find(|wanted| !is_there(wanted)) {
        None => Ok(StepState::Done),
        Some(Mapped { principal, .. }) => Err(Error::new(
            Kind::WorldChanged,
            format!("{doing} again: the mapping of {principal} changed after the plan was made"),
        )
        .because("no access entry was deleted")
        .hint("run the same command again to see the new plan")),
    }
}
