//! From the selection on the command line to the accounts' clouds and their clusters.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::Instant;

use crate::cli::args::SelectionArgs;
use crate::cli::screen::ui::Hush;
use crate::cli::world::aside::aside;
use crate::cli::world::bounds::Bounds;
use crate::cli::world::connect::World;
use crate::cli::world::context::Context;
use crate::cli::world::factor::Factor;
use crate::cli::world::open::open;
use crate::cli::world::text::Text;
use crate::cli::world::worlds::{AccountRoles, AccountWorlds};
use crate::engine::select::{Account, Selected, select};
use crate::engine::{AccountRef, ClusterRef, Connect as _, Selection, Worlds as _, explain};
use crate::error::{Error, Result};
use crate::model::account_list::{ListedAccount, account_role, parse};
use crate::model::{ClusterDescription, GroupWish, Partition};
use crate::token::default_session_name;

/// The format of an account list.
const ONE_A_LINE: &str = "write one account per line: ID [ROLE] [# comment]";

/// A list of accounts.
const LIST: Text = Text {
    most: 4 * 1024 * 1024,
    what: "a list of accounts",
    name_it: "name a file: --accounts FILE",
    write_it: Some(ONE_A_LINE),
    error: |text| Error::usage(format!("--accounts: {text}")),
};

/// The clusters of a command, and their clouds.
pub(crate) struct Opened {
    /// The cloud of the base credentials.
    pub(crate) world: Rc<World>,
    /// The clouds of the accounts.
    pub(crate) accounts: Accounts<World>,
    /// The clusters.
    pub(crate) clusters: Vec<ClusterRef>,
    /// Those described during the selection.
    pub(crate) described: Vec<(AccountRef, ClusterDescription)>,
    /// Whether they were picked by a pattern, a tag or `--all-clusters` rather than named.
    pub(crate) picked: bool,
    /// The regions and accounts whose clusters could not be listed, and why.
    pub(crate) unlisted: Vec<(String, Error)>,
    /// When no further cluster is begun.
    pub(crate) bounds: Bounds,
    is_many: bool,
}

/// The clouds of the named accounts, or the errors of their roles.
#[derive(Debug, Default)]
pub(crate) struct Accounts<C>(BTreeMap<AccountRef, Result<Rc<C>>>);

impl<C> Accounts<C> {
    /// The cloud as an account's own calls see it; `base` if the account was not named.
    ///
    /// # Errors
    /// Its role could not be assumed.
    pub(crate) fn world_of<'a>(&'a self, account: &AccountRef, base: &'a C) -> Result<&'a C> {
        match self.0.get(account) {
            Some(Ok(world)) => Ok(world),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(base),
        }
    }
}

impl Opened {
    /// The cloud as a cluster's account sees it.
    ///
    /// # Errors
    /// Its role could not be assumed.
    pub(crate) fn world_of(&self, cluster: &ClusterRef) -> Result<&World> {
        self.accounts.world_of(&cluster.account, &self.world)
    }

    /// How many regions and accounts failed before any cluster was read.
    pub(crate) fn failed(&self) -> usize {
        let is_named = |account: &AccountRef| self.clusters.iter().any(|cluster| cluster.account == *account);
        let closed = self.accounts.0.iter().filter(|(account, world)| world.is_err() && is_named(account));
        self.unlisted.len() + closed.count()
    }

    /// Whether the command has several clusters, each of which may fail alone.
    pub(crate) const fn is_many(&self) -> bool {
        self.is_many
    }

    /// The one cluster.
    ///
    /// # Errors
    /// There are several, and `what` works with one only.
    pub(crate) fn only(&self, what: &str) -> Result<&ClusterRef> {
        match &self.clusters[..] {
            [one] if self.unlisted.is_empty() => Ok(one),
            several => Err(Error::usage(format!("{what} is for one cluster, but {} are selected", several.len()))
                .hint("name one: --cluster NAME")),
        }
    }
}

/// Opens the accounts and finds their clusters. A single named cluster needs no call.
///
/// # Errors
/// A configuration that can't be used; a named cluster that does not exist, or an empty selection; an option for one
/// cluster with several.
pub(crate) async fn open_selected(context: &Context, args: &SelectionArgs) -> Result<Opened> {
    open_checked(context, args, None, |_| Ok(())).await
}

/// The same, with an MFA code if needed.
///
/// # Errors
/// As [`open_selected`].
pub(crate) async fn open_with(context: &Context, args: &SelectionArgs, factor: Option<Factor>) -> Result<Opened> {
    open_checked(context, args, factor, |_| Ok(())).await
}

/// The same for a group of users in each account: a name alone is valid in one account only.
///
/// # Errors
/// As [`open_selected`]; users named without an account, and several accounts.
pub(crate) async fn open_for(context: &Context, args: &SelectionArgs, group: Option<&GroupWish>) -> Result<Opened> {
    open_checked(context, args, None, |accounts| check_users(group, accounts)).await
}

/// Refuses user names without an account where there are several accounts.
fn check_users(group: Option<&GroupWish>, accounts: &[AccountRef]) -> Result<()> {
    let mut nameless = group.into_iter().flat_map(|group| &group.users).filter(|user| user.account.is_none());
    let (Some(user), [first, _, ..]) = (nameless.next(), accounts) else { return Ok(()) };
    let name = &user.name;
    let account = first.known_id().unwrap_or_default();
    let partition = first.role.as_deref().and_then(|arn| arn.split(':').nth(1)).unwrap_or("aws");
    Err(Error::usage(format!(
        "--user {name}: {} accounts are selected, and a name alone does not say which one the user is in",
        accounts.len()
    ))
    .because("a user joins the group of the user's own account; no call was made")
    .hint(format!("name users by ARN: --user arn:{partition}:iam::{account}:user/{name}")))
}

async fn open_checked(
    context: &Context,
    args: &SelectionArgs,
    factor: Option<Factor>,
    check: impl FnOnce(&[AccountRef]) -> Result<()>,
) -> Result<Opened> {
    let begun = Instant::now();
    let (world, cluster) = open(context, Some(&args.as_cluster())).await?;
    let may_ask = factor.is_some();
    let world = match factor {
        Some(factor) => world.with_factor(factor),
        None => world,
    };
    if let Some(cluster) = cluster {
        let (world, accounts, clusters) = (Rc::new(world), Accounts(BTreeMap::new()), vec![cluster]);
        let (picked, unlisted, is_many, described) = (false, Vec::new(), false, Vec::new());
        let bounds = Bounds::default();
        return Ok(Opened { world, accounts, clusters, described, picked, unlisted, bounds, is_many });
    }
    let selection = args.selection(world.region())?;
    let named = accounts(args, &selection, &world).await?;
    check(&named)?;
    let session_name = default_session_name(None, context.env.user.as_deref());
    let roles = AccountRoles { external_id: args.account_external_id.clone(), session_name };
    let has_roles = named.iter().any(|account| account.role.is_some());
    let world = if has_roles && !may_ask { world.with_factor(Factor::new(context, Hush::default())) } else { world };
    let worlds = AccountWorlds::new(world, roles);
    let enter = |account: AccountRef| async {
        let entered = worlds.at(&account).await.map_err(|error| explain(&entering(&account), &error));
        (account, entered)
    };
    let accounts = Accounts(join_all(named.into_iter().map(enter)).await.into_iter().collect());
    let world =
        worlds.at(&AccountRef::default()).await.map_err(|error| explain("opening the base credentials", &error))?;
    let places =
        accounts.0.iter().map(|(account, world)| Account { account: account.clone(), world: world.as_deref() });
    let Selected { clusters, picked, described, failed } = select(&places.collect::<Vec<_>>(), &selection).await?;
    let unlisted = unlisted(&accounts, &clusters, failed);
    let count = clusters.len() + unlisted.len();
    if count > 1 {
        args.check_many()?;
    }
    let most = (count > 1).then(|| args.max_failures().allowed(count));
    let bounds = Bounds { most, until: args.deadline.map(|seconds| begun + Duration::from_secs(seconds)) };
    let described = clusters.iter().map(|cluster| cluster.account.clone()).zip(described).collect();
    let is_many = count > 1;
    Ok(Opened { world, accounts, clusters, described, picked, unlisted, bounds, is_many })
}

/// The regions whose clusters could not be listed, and each account whose role could not be assumed, once; not if its
/// clusters were named, as they fail themselves.
fn unlisted(
    accounts: &Accounts<World>,
    clusters: &[ClusterRef],
    failed: Vec<(AccountRef, String, Error)>,
) -> Vec<(String, Error)> {
    let is_closed = |account: &AccountRef| accounts.0.get(account).is_some_and(Result::is_err);
    let is_named = |account: &AccountRef| clusters.iter().any(|cluster| cluster.account == *account);
    let mut all: BTreeMap<String, Error> = BTreeMap::new();
    for (account, region, error) in failed.into_iter().filter(|(of, ..)| !is_closed(of) || !is_named(of)) {
        let name = if is_closed(&account) { label(&account) } else { place(&account, &region) };
        all.entry(name).or_insert(error);
    }
    for (account, world) in &accounts.0 {
        if let Some(error) = world.as_ref().err().filter(|_| !is_named(account)) {
            all.entry(label(account)).or_insert_with(|| error.clone());
        }
    }
    all.into_iter().collect()
}

fn place(account: &AccountRef, region: &str) -> String {
    match &account.id {
        Some(id) => format!("{region}, account {id}"),
        None => region.to_owned(),
    }
}

fn label(account: &AccountRef) -> String {
    account.id.as_ref().map_or_else(|| "the credentials' account".to_owned(), |id| format!("account {id}"))
}

fn entering(account: &AccountRef) -> String {
    match &account.role {
        Some(role) => format!("assuming role {role} in {}", label(account)),
        None => format!("acting in {}", label(account)),
    }
}

/// The accounts to search for clusters: those in `--accounts`; else, with `--account-role`, those of the named ARNs
/// and, for other selectors, the credentials' own; else the credentials' own.
async fn accounts(args: &SelectionArgs, selection: &Selection, world: &World) -> Result<Vec<AccountRef>> {
    let partition = Partition::of_region(world.region());
    let role = |id: &str, role: &str| {
        account_role(partition, id, role).map(|arn| arn.to_string()).map_err(|error| Error::usage(error.to_string()))
    };
    if let Some(file) = &args.accounts {
        let list = listed(file).await?;
        return list
            .into_iter()
            .map(|ListedAccount { id, role: own }| {
                let named = own.as_deref().or(args.account_role.as_deref());
                let role = named.map(|named| role(&id, named)).transpose()?;
                Ok(AccountRef { id: Some(id), role })
            })
            .collect();
    }
    let Some(name) = &args.account_role else { return Ok(vec![AccountRef::default()]) };
    let mut ids: Vec<String> = selection.clusters.iter().filter_map(|c| c.account().map(str::to_owned)).collect();
    if ids.len() < selection.clusters.len() || selection.clusters.is_empty() {
        let caller = world.caller().await;
        ids.push(caller.map_err(|e| explain("finding out who signs (sts:GetCallerIdentity)", &e))?.arn.account);
    }
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(|id| Ok(AccountRef { role: Some(role(&id, name)?), id: Some(id) })).collect()
}

/// Reads `--accounts`.
///
/// # Errors
/// The file can't be read, is too long, or is not text; a line that is not an account.
async fn listed(file: &str) -> Result<Vec<ListedAccount>> {
    let name = file.to_owned();
    let text = aside(move || LIST.read(&name)).await?;
    parse(&text).map_err(|error| Error::usage(format!("--accounts: {file}: {error}")).hint(ONE_A_LINE))
}
