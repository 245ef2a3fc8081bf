//! `restore`: shows the saved versions of an `aws-auth` and restores one, through the same pipeline.

use std::collections::BTreeSet;

use serde_json::json;

use crate::backup::{Kept, Store};
use crate::cli::args::{ClusterArgs, RestoreArgs, SelectionArgs};
use crate::cli::pipeline::cloud::run as run_job;
use crate::cli::pipeline::each::{Told, each, known, lookings, places, status, table};
use crate::cli::pipeline::kept::{of_every_run, unknown};
use crate::cli::pipeline::stage::{Job, Stage};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::check_lockouts;
use crate::cli::verbs::history::{find_run, names};
use crate::cli::world::aside::aside;
use crate::cli::world::connect::World;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::open::open;
use crate::cli::world::selected::{Opened, open_selected};
use crate::engine::read_map::read_aws_auth;
use crate::engine::{ClusterRef, observe};
use crate::error::{Error, Result, one_line, printable};
use crate::history::Record;
use crate::model::{ClusterArn, MapContent, Principal};
use crate::plan::{AccessChange, Desired, PutBack, diff, map_to_change};

/// Runs it.
///
/// # Errors
/// Nothing is saved, the id is unknown, the cluster can't be reached, or the change would lock out a principal.
pub(crate) async fn restore(context: &Context, ui: &Ui, args: &RestoreArgs) -> Result<u8> {
    let backups = Backups::choose(&args.backup, &context.env);
    // An older version can be restored even without a backup of today's state.
    let store = of_every_run(context, &backups)?;
    check_lockouts(&args.allow_lockout)?;
    if let Some(run) = &args.run {
        return put_back(context, ui, args, run).await;
    }
    let opened = open_selected(context, &args.cluster).await?;
    let machine = Machine { backups };
    let whole = opened.stage(context, ui, &machine);
    if opened.is_many() && args.list {
        return list_each(&whole, &opened, &store).await;
    }
    let named = opened.only("restore")?;
    let (world, cluster) = (opened.world_of(named)?, Some(named.clone()));
    let stage = whole.at(world);
    if let Some(id) = &args.id {
        let access = Some(AccessChange::Restore(id.clone()));
        let desired = Desired { access, allow_lockout: args.allow_lockout.clone(), ..Desired::default() };
        return run_job(&stage, &Job::at("restore", desired, cluster)).await;
    }
    let nothing = Desired::default();
    let looking = observe(world, &nothing, cluster.as_ref());
    let seen = stage.within("reading the current state", looking).await?;
    let Some(mut found) = seen.cluster else { return Err(Error::usage("no cluster was named")) };
    let arn = found.description.arn.clone();
    let Some(id) = args.diff.clone() else {
        let kept = aside(move || store.list(&arn).map_err(|e| unknown(e, &arn)).map(|all| (arn, all)));
        let (arn, all) = stage.within("looking for backups", kept).await?;
        return Ok(list(ui, &arn, &all));
    };
    let load = aside(move || store.load(&arn, &id).map_err(|e| unknown(e, &arn)));
    let (kept, object) = stage.within("reading the backup", load).await?;
    found.aws_auth = stage.within("reading aws-auth", read_aws_auth(world, &found.description)).await?;
    let now = map_to_change(&found)?.map(|map| MapContent::of(&map.object)).unwrap_or_default();
    Ok(show_difference(ui, &kept, &diff::of_content(&now, &MapContent::of(&object))))
}

/// Restores what a run overwrote.
async fn put_back(context: &Context, ui: &Ui, args: &RestoreArgs, run: &str) -> Result<u8> {
    let record = find_run(context, run).await?;
    let id = record.run.clone().unwrap_or_default();
    if record.before.is_empty() {
        let error = Error::usage(format!(
            "run {id} did not overwrite a role, a group's policy or an access entry, so there is nothing to put back"
        ));
        let replaced_map = record.steps.iter().any(|step| step.object.starts_with("aws-auth"));
        return Err(match &record.cluster {
            Some(arn) if replaced_map && !record.backups.is_empty() => error
                .because(format!("it replaced aws-auth, whose backup is {}", record.backups.join(", ")))
                .hint(format!("list the backups: eksaccess restore --cluster {arn} --list")),
            _ => error,
        });
    }
    if crate::secrets::is_hidden(&serde_json::json!(record.before)) {
        return Err(Error::failed(format!(
            "what run {id} overwrote holds a text that was redacted as a secret when it was recorded; nothing was changed"
        ))
        .hint("put it back by hand: eksaccess history --output json"));
    }
    if !record.places.is_empty() {
        return put_back_each(context, ui, args, record).await;
    }
    let is_its = |given: &String| record.cluster.as_ref().is_some_and(|arn| names(arn, given));
    if let Some(other) = args.cluster.clusters.iter().find(|given| !is_its(given)) {
        let of = record.cluster.as_deref().map_or("not about a cluster".to_owned(), |arn| format!("about {arn}"));
        let error = Error::usage(format!("--cluster {}: run {id} was {of}", one_line(other)));
        return Err(error.hint("leave --cluster out"));
    }
    let account = record.caller.parse::<Principal>().ok().map(|caller| caller.account);
    let put_back = PutBack { run: id, account, before: record.before };
    // IAM alone can be restored even if the cluster is gone.
    let named = record.cluster.filter(|_| put_back.principal().is_some());
    let cluster = ClusterArgs { cluster: named, ..args.cluster.as_cluster() };
    let (world, cluster) = open(context, cluster.cluster.is_some().then_some(&cluster)).await?;
    let machine = Machine { backups: Backups::choose(&args.backup, &context.env) };
    let stage = Stage::new(context, ui, &world, &machine);
    let desired = Desired { put_back: Some(put_back), allow_lockout: args.allow_lockout.clone(), ..Desired::default() };
    run_job(&stage, &Job::at("restore", desired, cluster)).await
}

/// Restores what a run over several places overwrote: in all of its clusters, or in those that are named.
async fn put_back_each(context: &Context, ui: &Ui, args: &RestoreArgs, record: Record) -> Result<u8> {
    let run = record.run.clone().unwrap_or_default();
    if record.before.iter().any(|was| was.at.is_none()) {
        return Err(Error::usage(format!(
            "run {run} changed several places, and what it overwrote in which was not recorded"
        ))
        .because("an older eksaccess recorded it")
        .hint(format!("put it back by hand: eksaccess history --output json   (run {run}, `before`)")));
    }
    let selection = SelectionArgs { clusters: clusters_to_mend(&record, &args.cluster)?, ..args.cluster.clone() };
    let put_back = PutBack { run, account: None, before: record.before };
    let desired = Desired { put_back: Some(put_back), allow_lockout: args.allow_lockout.clone(), ..Desired::default() };
    let opened = open_selected(context, &selection).await?;
    let machine = Machine { backups: Backups::choose(&args.backup, &context.env) };
    run_job(&opened.stage(context, ui, &machine), &opened.job("restore", desired)?).await
}

/// The clusters in which a run overwrote something, and one for each account with changes in IAM only.
///
/// # Errors
/// A selection that contradicts the run, or a cluster that is not part of it.
fn clusters_to_mend(record: &Record, given: &SelectionArgs) -> Result<Vec<String>> {
    let run = record.run.as_deref().unwrap_or_default();
    for (option, is_said) in [
        ("--all-clusters", given.all_clusters),
        ("--cluster-tag", !given.cluster_tags.is_empty()),
        ("--cluster-region", !given.cluster_regions.is_empty()),
        ("--all-regions", given.all_regions),
        ("--context", !given.contexts.is_empty()),
    ] {
        if is_said {
            return Err(Error::usage(format!("{option}: run {run} names its own clusters, which are put back"))
                .hint(format!("leave {option} out, or name some of them: --cluster NAME|ARN")));
        }
    }
    let places: Vec<ClusterArn> = record.places.iter().filter_map(|place| place.id.parse().ok()).collect();
    let mut named = Vec::new();
    for name in &given.clusters {
        let its = places.iter().filter(|arn| names(&arn.to_string(), name)).map(ToString::to_string);
        let found = named.len();
        named.extend(its);
        if named.len() == found {
            return Err(Error::usage(format!("--cluster {}: run {run} did not change it", one_line(name)))
                .hint("leave --cluster out, or name one that `eksaccess history` shows for the run"));
        }
    }
    if !named.is_empty() {
        return Ok(named);
    }
    let is_at = |at: &str| record.before.iter().any(|was| was.at.as_deref() == Some(at));
    let (mut mended, mut accounts) = (Vec::new(), BTreeSet::new());
    for arn in places.iter().filter(|arn| is_at(&arn.to_string())) {
        mended.push(arn.to_string());
        accounts.insert(&arn.account);
    }
    for arn in places.iter().filter(|arn| is_at(&arn.account)) {
        if accounts.insert(&arn.account) {
            mended.push(arn.to_string());
        }
    }
    Ok(mended)
}

/// The saved versions of each of several clusters.
async fn list_each(stage: &Stage<'_, World>, opened: &Opened, store: &Store) -> Result<u8> {
    let nothing = Desired::default();
    let lookings = lookings(opened, &nothing)?;
    let look = async |_: Stage<'_, World>, cluster: ClusterRef| {
        let seen = lookings.of(&cluster.account)?.at(Some(&cluster)).await?;
        let Some(found) = seen.cluster else { return Err(Error::usage("no cluster was named")) };
        let (store, arn) = (store.clone(), found.description.arn);
        aside(move || store.list(&arn).map(|all| (arn.clone(), all)).map_err(|e| unknown(e, &arn))).await
    };
    let found = each(stage, opened, "looking for backups of", look).await?;
    let told = |(arn, all): &(ClusterArn, Vec<Kept>)| {
        let rows: Vec<_> = all.iter().map(|k| json!({"id": k.id, "path": k.path.display().to_string()})).collect();
        let ids: Vec<&str> = all.iter().map(|kept| kept.id.as_str()).collect();
        let (outcome, why) = if ids.is_empty() { ("none", None) } else { ("kept", Some(ids.join(", "))) };
        Told { state: outcome, is_good: true, why, hint: None, document: known(arn, json!({"kept": rows})) }
    };
    table(stage.ui, &found, told);
    stage.ui.document(&json!({"version": 1, "verb": "restore", "outcome": "listed", "places": places(&found, told)}));
    Ok(status(&found))
}

fn list(ui: &Ui, cluster: &ClusterArn, all: &[Kept]) -> u8 {
    if all.is_empty() {
        ui.note(&format!("there is no backup of aws-auth for cluster {}", cluster.name));
    }
    for kept in all {
        ui.text(&format!("{}  {}", one_line(&kept.id), one_line(&kept.path.display().to_string())));
    }
    let rows: Vec<_> = all.iter().map(|k| json!({"id": k.id, "path": k.path.display().to_string()})).collect();
    ui.document(&json!({"version": 1, "verb": "restore", "outcome": "listed", "kept": rows}));
    0
}

fn show_difference(ui: &Ui, kept: &Kept, text: &str) -> u8 {
    ui.text(&printable(if text.is_empty() { "no difference" } else { text.trim_end() }));
    ui.document(&json!({"version": 1, "verb": "restore", "outcome": "diff", "id": kept.id, "diff": text}));
    0
}
