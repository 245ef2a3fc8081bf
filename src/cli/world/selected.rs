//! From what was selected on the command line to the clouds of the accounts and the clusters in them.

use std::collections::BTreeMap;

use crate::cli::args::SelectionArgs;
use crate::cli::pipeline::stage::{Accounts, Job, Stage};
use crate::cli::screen::ui::Ui;
use crate::cli::world::connect::World;
use crate::cli::world::context::Context;
use crate::cli::world::local::Machine;
use crate::cli::world::open::open;
use crate::engine::select::{Account, Selected, select};
use crate::engine::{AccountRef, ClusterRef};
use crate::error::{Error, Result};
use crate::kubeconfig::document::Current;
use crate::plan::Desired;

/// The clusters of a command, and what they are reached with.
pub(crate) struct Opened {
    /// The cloud of the base credentials.
    pub(crate) world: World,
    accounts: Accounts<World>,
    /// The clusters.
    pub(crate) clusters: Vec<ClusterRef>,
    picked: bool,
    unlisted: Vec<(String, Error)>,
    max_failures: Option<usize>,
    is_many: bool,
}

impl Opened {
    /// The job of a verb in these clusters. Of several no context becomes current.
    ///
    /// # Errors
    /// What is for one cluster alone is wished of several.
    pub(crate) fn job(&self, verb: &'static str, mut desired: Desired) -> Result<Job> {
        if let Some(wish) = desired.kubeconfig.as_mut().filter(|_| self.is_many) {
            let of_one = [("--alias", wish.alias.is_some()), ("--user-alias", wish.user_alias.is_some())];
            let of_one = of_one.into_iter().chain([("--set-current", wish.current == Current::Set)]);
            if let Some((option, _)) = of_one.into_iter().find(|(_, said)| *said) {
                return Err(Error::usage(format!("{option} is for one cluster, and several are selected"))
                    .hint(format!("leave {option} out, or name one cluster: --cluster NAME")));
            }
            wish.current = Current::Keep;
        }
        Ok(Job {
            clusters: self.clusters.clone(),
            picked: self.picked,
            unlisted: self.unlisted.clone(),
            max_failures: self.max_failures,
            ..Job::at(verb, desired, None)
        })
    }

    /// What a job is carried out with.
    pub(crate) fn stage<'a>(&'a self, context: &'a Context, ui: &'a Ui, machine: &'a Machine) -> Stage<'a, World> {
        let stage = Stage::new(context, ui, &self.world, machine);
        if self.is_many { stage.over(&self.accounts) } else { stage }
    }

    /// The cloud as a cluster's account sees it.
    ///
    /// # Errors
    /// Its role could not be assumed.
    pub(crate) fn world_of(&self, cluster: &ClusterRef) -> Result<&World> {
        match self.accounts.get(&cluster.account) {
            Some(Ok(world)) => Ok(world),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(&self.world),
        }
    }

    /// The one cluster.
    ///
    /// # Errors
    /// There are several, and `what` is for one alone.
    pub(crate) fn only(&self, what: &str) -> Result<&ClusterRef> {
        match &self.clusters[..] {
            [one] if self.unlisted.is_empty() => Ok(one),
            several => Err(Error::usage(format!("{what} is for one cluster, and {} are selected", several.len()))
                .hint("name one: --cluster NAME")),
        }
    }
}

/// Opens the accounts and finds the clusters in them. One cluster that is named takes no call.
///
/// # Errors
/// A configuration that can't be used; a cluster that is named and not there, or nothing that was picked; what is for one
/// cluster alone beside several.
pub(crate) async fn open_selected(context: &Context, args: &SelectionArgs) -> Result<Opened> {
    let one = args.one();
    let (world, cluster) = open(context, Some(&args.as_cluster())).await?;
    if let (Some(_), Some(cluster)) = (one, cluster) {
        let accounts = Accounts::new();
        let (clusters, unlisted) = (vec![cluster], Vec::new());
        return Ok(Opened { world, accounts, clusters, picked: false, unlisted, max_failures: None, is_many: false });
    }
    let selection = args.selection(world.region())?;
    let accounts = accounts(args);
    let found = {
        let base = [Account { account: AccountRef::default(), world: &world }];
        let named: Vec<_> =
            accounts.iter().filter_map(|(account, world)| Some((account, world.as_ref().ok()?))).collect();
        let named = named.into_iter().map(|(account, world)| Account { account: account.clone(), world: &**world });
        let all: Vec<_> = if accounts.is_empty() { base.into() } else { named.collect() };
        select(&all, &selection).await?
    };
    let Selected { clusters, picked, failed, .. } = found;
    let place = |account: &AccountRef, region: &str| match &account.id {
        Some(id) => format!("{region}, account {id}"),
        None => region.to_owned(),
    };
    let mut unlisted: Vec<_> = failed.iter().map(|(a, region, error)| (place(a, region), error.clone())).collect();
    let closed = accounts.iter().filter_map(|(account, world)| {
        Some((format!("account {}", account.id.clone().unwrap_or_default()), world.as_ref().err()?.clone()))
    });
    unlisted.extend(closed);
    let count = clusters.len() + unlisted.len();
    if count > 1 {
        args.check_many()?;
    }
    let max_failures = (count > 1).then(|| args.max_failures().allowed(count));
    Ok(Opened { world, accounts, clusters, picked, unlisted, max_failures, is_many: count > 1 })
}

/// The accounts that `--accounts` lists, each entered by its role; none where it is not given.
const fn accounts(_args: &SelectionArgs) -> Accounts<World> {
    BTreeMap::new()
}
