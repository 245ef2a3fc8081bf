//! The current mode: what it reads, what it excludes, what is known about its removal, and what is under way.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::pipeline::each::{Told, each, known, lookings, places, status, table};
use crate::cli::pipeline::stage::Stage;
use crate::cli::screen::ui::{FAINT, STRONG, Ui};
use crate::cli::world::connect::World;
use crate::cli::world::selected::Opened;
use crate::engine::mode_sight::under_way;
use crate::engine::{ClusterRef, Looking};
use crate::error::{Error, Result, one_line};
use crate::model::{AuthMode, ClusterDescription, ClusterUpdate, EntrySupport, NoEntries};
use crate::plan::Desired;

/// The column where values begin.
const VALUE_COLUMN: usize = 18;

/// A cluster as it is shown; its updates where they may be seen.
struct Seen {
    description: ClusterDescription,
    updates: Option<Vec<ClusterUpdate>>,
}

/// Shows the mode of each cluster.
///
/// # Errors
/// The one cluster could not be looked at; the interruption.
pub(super) async fn show(stage: &Stage<'_, World>, opened: &Opened) -> Result<u8> {
    let (ui, desired) = (stage.ui, Desired::default());
    if !opened.is_many() {
        let cluster = opened.only("mode")?;
        let world = opened.world_of(cluster)?;
        let looking = Looking::new(world, &desired)?;
        let seen = look(&stage.at(world), &looking, cluster).await?;
        ui.text(&page(ui, &seen));
        let mut document = json!({"version": 1, "verb": "mode", "outcome": "listed"});
        document["cluster"] = json!(seen.description.arn.to_string());
        for (key, value) in facts(&seen).as_object().into_iter().flatten() {
            document[key] = value.clone();
        }
        ui.document(&document);
        return Ok(0);
    }
    let lookings = lookings(opened, &desired)?;
    let of_each = async |stage: Stage<'_, World>, cluster: ClusterRef| {
        look(&stage, lookings.of(&cluster.account)?, &cluster).await
    };
    let found = each(stage, opened, "looking at", of_each).await?;
    table(ui, &found, told);
    ui.document(&json!({"version": 1, "verb": "mode", "outcome": "listed", "places": places(&found, told)}));
    Ok(status(&found))
}

async fn look(stage: &Stage<'_, World>, looking: &Looking<'_, World>, cluster: &ClusterRef) -> Result<Seen> {
    let looking_at = async {
        let seen = looking.at(Some(cluster)).await?;
        let found = seen.cluster.ok_or_else(|| Error::usage("no cluster was named"))?;
        let (updates, unseen) = under_way(looking.world(), &found.description).await?;
        Ok((found.description, updates, unseen))
    };
    let (description, updates, unseen) = stage.in_place("looking at what is there", looking_at).await?;
    if let Some(unseen) = &unseen {
        stage.ui.warn(unseen);
    }
    Ok(Seen { description, updates: unseen.is_none().then_some(updates) })
}

/// Where the control plane looks for an identity in a mode, in its order.
const fn reads(mode: AuthMode) -> &'static [&'static str] {
    match mode {
        AuthMode::ConfigMap => &["aws-auth"],
        AuthMode::ApiAndConfigMap => &["access entries", "aws-auth"],
        AuthMode::Api => &["access entries"],
    }
}

/// What a cluster in a mode can't have.
const fn excludes(mode: AuthMode) -> &'static [&'static str] {
    match mode {
        AuthMode::ConfigMap => &["access entries", "EKS capabilities", "EKS Auto Mode", "hybrid nodes"],
        AuthMode::ApiAndConfigMap => &[],
        AuthMode::Api => &["aws-auth"],
    }
}

/// What AWS has said about the removal of a mode.
const fn end(mode: AuthMode) -> &'static str {
    match mode {
        AuthMode::ConfigMap => "deprecated; AWS has announced no date for its removal (as of October 2026)",
        AuthMode::ApiAndConfigMap => {
            "aws-auth is deprecated; AWS has announced no date for its removal (as of October 2026)"
        }
        AuthMode::Api => "none announced",
    }
}

/// The mode that EKS can switch the cluster to.
fn next(description: &ClusterDescription) -> Option<AuthMode> {
    let can = !matches!(description.facts.entries(), EntrySupport::No(_));
    description.mode.next().filter(|_| can)
}

/// Whether the cluster supports access entries, in words.
fn entries(description: &ClusterDescription) -> String {
    match description.facts.entries() {
        EntrySupport::Yes => "supports access entries".to_owned(),
        EntrySupport::Unknown => "whether it supports access entries is not known".to_owned(),
        EntrySupport::No(NoEntries::Local) => {
            "a local cluster on AWS Outposts does not support access entries".to_owned()
        }
        EntrySupport::No(NoEntries::Older(first)) => {
            format!("does not support access entries; the first version that does is {first}")
        }
    }
}

fn creator(description: &ClusterDescription) -> &'static str {
    match description.facts.creator_is_admin {
        Some(true) => "was given an administrator's access entry when the cluster was created",
        Some(false) => "was given no access entry when the cluster was created",
        None => "EKS does not say (bootstrapClusterCreatorAdminPermissions)",
    }
}

fn updates(seen: &Seen) -> String {
    match seen.updates.as_deref() {
        None => "could not be listed".to_owned(),
        Some([]) => "none under way".to_owned(),
        Some(all) => {
            let told = |update: &ClusterUpdate| format!("{} ({})", one_line(&update.kind), one_line(&update.id));
            format!("under way: {}", all.iter().map(told).collect::<Vec<_>>().join(", "))
        }
    }
}

fn page(ui: &Ui, seen: &Seen) -> String {
    let description = &seen.description;
    let (arn, mode) = (&description.arn, description.mode);
    let excluded = excludes(mode);
    let excluded = if excluded.is_empty() { "nothing".to_owned() } else { excluded.join(", ") };
    let heading = format!("cluster {} in {}, account {}: {mode}", arn.name, arn.region, arn.account);
    let mut text = ui.wrapped(STRONG, &heading, 0, 2);
    let rows = [
        ("reads", reads(mode).join(", then ")),
        ("excludes", excluded),
        ("removal", end(mode).to_owned()),
        ("creator", creator(description).to_owned()),
        ("runs", format!("{}; {}", description.facts.told(), entries(description))),
        ("updates", updates(seen)),
    ];
    for (name, value) in rows {
        let value = ui.wrapped(anstyle::Style::new(), &one_line(&value), VALUE_COLUMN, 0);
        let _ = write!(text, "\n  {name:width$}{}", value.trim_start(), width = VALUE_COLUMN - 2);
    }
    if let Some(next) = next(description) {
        let advice =
            format!("to switch it to {next}, which can't be undone: eksaccess mode --cluster {arn} --to {next}");
        let _ = write!(text, "\n{}", ui.advice(FAINT, &advice, 2));
    }
    text
}

/// The facts as programs read them.
fn facts(seen: &Seen) -> Value {
    let Seen { description, updates } = seen;
    let mode = description.mode;
    json!({
        "mode": mode.as_str(),
        "reads": reads(mode),
        "excludes": excludes(mode),
        "end": end(mode),
        "bootstrapClusterCreatorAdminPermissions": description.facts.creator_is_admin,
        "kubernetesVersion": description.facts.kubernetes,
        "platformVersion": description.facts.platform,
        "entries": description.facts.entries(),
        "updates": updates,
        "next": next(description).map(AuthMode::as_str),
    })
}

fn told(seen: &Seen) -> Told {
    let description = &seen.description;
    let is_good = !matches!(description.facts.entries(), EntrySupport::No(_));
    let why = format!("{}; {}; updates: {}", description.facts.told(), entries(description), updates(seen));
    Told {
        state: description.mode.as_str(),
        is_good,
        why: Some(why),
        hint: None,
        document: known(&description.arn, facts(seen)),
    }
}
