//! Reading each of several clusters, for `who`, `lint`, `verify` and `restore --list`.

use futures::FutureExt as _;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::cli::pipeline::beginning::{Beginning, Came};
use crate::cli::pipeline::per_account::{Lookings, PerAccount, looking};
use crate::cli::pipeline::sights::End;
use crate::cli::pipeline::stage::Stage;
use crate::cli::screen::table::{Row, rows};
use crate::cli::screen::ui::Ui;
use crate::cli::screen::ui::phase::Phase;
use crate::cli::world::connect::World;
use crate::cli::world::selected::Opened;
use crate::engine::{AccountRef, ClusterRef};
use crate::error::{Error, Kind, Result};
use crate::model::ClusterArn;
use crate::plan::Desired;

/// Builds a reader per account of the clusters.
///
/// # Errors
/// One can't be created.
pub(crate) fn per_account<'a, T>(
    opened: &'a Opened,
    make: impl Fn(&AccountRef, &'a World) -> Result<T>,
) -> Result<PerAccount<T>> {
    let accounts = opened.clusters.iter().map(|cluster| cluster.account.clone());
    PerAccount::new(accounts, |account| opened.accounts.world_of(account, &opened.world), make)
}

/// The accounts of the clusters, read for `desired`.
///
/// # Errors
/// It names a role in an invalid way.
pub(crate) fn lookings<'a>(opened: &'a Opened, desired: &'a Desired) -> Result<Lookings<'a, World>> {
    per_account(opened, |account, world| looking(account, world, desired))
}

/// The result of reading one of several clusters.
pub(crate) struct Each<T> {
    /// The cluster, or the region or account whose clusters could not be listed: its id in reports, and its label for
    /// people.
    name: (String, String),
    scope: Value,
    is_begun: bool,
    /// What was found, or the error.
    pub(crate) outcome: Result<T>,
}

/// A place in a report: its state, whether that is good, why not, and further details.
pub(crate) struct Told {
    /// A word or two.
    pub(crate) state: &'static str,
    /// Whether there is no problem.
    pub(crate) is_good: bool,
    /// The reason if there is one; or what was found.
    pub(crate) why: Option<String>,
    /// The next command.
    pub(crate) hint: Option<String>,
    /// The document's keys in addition to `id`, `scope`, `state` and `why`.
    pub(crate) document: Value,
}

/// Reads every cluster, concurrently; each is begun in its turn and has its own time.
///
/// # Errors
/// The interruption.
pub(crate) async fn each<T>(
    stage: &Stage<'_, World>,
    opened: &Opened,
    doing: &str,
    look: impl AsyncFn(Stage<'_, World>, ClusterRef) -> Result<T>,
) -> Result<Vec<Each<T>>> {
    let whole = format!("{doing} {} clusters", opened.clusters.len());
    let one = async |beginning: &Beginning<'_, World>, cluster: &ClusterRef| {
        let came = match opened.world_of(cluster) {
            Ok(world) => beginning.at(cluster, look(stage.at(world), cluster.clone()).boxed_local()).await,
            Err(why) => beginning.closed(&why),
        };
        let (is_begun, outcome) = match came {
            Came::Begun(outcome) => (true, outcome),
            Came::NotBegun(why) => (false, Err(why)),
        };
        let account = cluster.arn.as_ref().map(|arn| &arn.account).or(cluster.account.id.as_ref());
        let scope = json!({"account": account, "region": cluster.region, "cluster": cluster.name});
        Each { name: (cluster.id(), cluster.label()), scope, is_begun, outcome }
    };
    let all = async |phase: Phase<'_>| {
        let doing = format!("{doing} the cluster");
        let beginning = Beginning::new(stage, &phase, &doing, (opened.bounds, opened.failed()));
        Ok(join_all(opened.clusters.iter().map(|cluster| one(&beginning, cluster))).await)
    };
    let mut found = stage.together(&whole, opened.clusters.len(), all).await?;
    found.extend(opened.unlisted.iter().map(|(place, error)| Each {
        name: (place.clone(), place.clone()),
        scope: Value::Null,
        is_begun: true,
        outcome: Err(error.clone()),
    }));
    Ok(found)
}

impl<T> Each<T> {
    /// The place's label for people.
    pub(crate) fn label(&self) -> &str {
        &self.name.1
    }

    fn told(&self, tell: &impl Fn(&T) -> Told) -> Told {
        match &self.outcome {
            Ok(found) => tell(found),
            Err(error) => {
                let (why, hint) = (Some(error.to_string()), error.hint.clone());
                let state = if self.is_begun { "failed" } else { End::NotDone.as_str() };
                Told { state, is_good: false, why, hint, document: Value::Null }
            }
        }
    }
}

/// The table of all places, one line each.
pub(crate) fn table<T>(ui: &Ui, all: &[Each<T>], tell: impl Fn(&T) -> Told) {
    let row = |each: &Each<T>| {
        let Told { state, is_good, why, hint, .. } = each.told(&tell);
        Row { is_good, state: state.replace('-', " "), label: each.label().to_owned(), why, hint }
    };
    ui.text(&rows(ui, &all.iter().map(row).collect::<Vec<_>>()));
}

/// The document's `places`.
pub(crate) fn places<T>(all: &[Each<T>], tell: impl Fn(&T) -> Told) -> Value {
    let place = |each: &Each<T>| {
        let Told { state, why, hint, document, .. } = each.told(&tell);
        let mut place = json!({"id": each.name.0, "scope": each.scope, "state": state});
        if let Some(why) = why.filter(|_| each.outcome.is_err() || document["why"].is_null()) {
            place["why"] = json!(why);
        }
        if let Some(hint) = hint {
            place["hint"] = json!(hint);
        }
        for (key, value) in document.as_object().into_iter().flatten() {
            place[key] = value.clone();
        }
        place
    };
    all.iter().map(place).collect()
}

/// The keys of a place, with its ARN now known.
pub(crate) fn known(arn: &ClusterArn, mut document: Value) -> Value {
    document["id"] = json!(arn.to_string());
    document["scope"] = json!({"account": arn.account, "region": arn.region, "cluster": arn.name});
    document
}

/// The exit status: 0 where every place could be read.
pub(crate) fn status<T>(all: &[Each<T>]) -> u8 {
    let errors: Vec<&Error> = all.iter().filter_map(|each| each.outcome.as_ref().err()).collect();
    if errors.is_empty() { 0 } else { Kind::Failed.exit_code() }
}
