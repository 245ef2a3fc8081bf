//! `verify` over several clusters: a line each, with the first link that does not hold; all links at `-v`.

use futures::FutureExt as _;
use futures::future::join_all;
use serde_json::{Value, json};

use super::inquiry;
use crate::cli::args::VerifyArgs;
use crate::cli::pipeline::show;
use crate::cli::pipeline::stage::Stage;
use crate::cli::screen::table::{Row, rows};
use crate::cli::world::connect::World;
use crate::cli::world::selected::Opened;
use crate::engine::verify::{Findings, follow};
use crate::engine::{ClusterRef, Link, LinkState};
use crate::error::{Error, Kind, Result, one_line};

/// What was found in one cluster.
struct Found<'o> {
    cluster: &'o ClusterRef,
    outcome: Result<Findings>,
}

impl Found<'_> {
    fn links(&self) -> &[Link] {
        self.outcome.as_ref().map_or(&[], |findings| &findings.links)
    }

    /// The first link that is broken, else the first that is unknown.
    fn first(&self) -> Option<&Link> {
        let of = |state: LinkState| self.links().iter().find(|link| link.state == state);
        of(LinkState::Broken).or_else(|| of(LinkState::Unknown))
    }

    fn state(&self) -> &'static str {
        match (&self.outcome, self.first().map(|link| link.state)) {
            (Err(_), _) => "failed",
            (Ok(_), Some(LinkState::Broken)) => "broken",
            (Ok(_), Some(_)) => "unknown",
            (Ok(_), None) => "ok",
        }
    }

    fn why(&self) -> Option<String> {
        match &self.outcome {
            Err(error) => Some(error.to_string()),
            Ok(_) => self.first().map(|link| match &link.hint {
                Some(hint) => format!("{}: {}; try: {}", link.name, link.text, one_line(hint)),
                None => format!("{}: {}", link.name, link.text),
            }),
        }
    }

    fn document(&self) -> Value {
        let findings = self.outcome.as_ref().ok();
        json!({
            "id": self.cluster.id(),
            "scope": {"account": self.cluster.account.id, "region": self.cluster.region, "cluster": self.cluster.name},
            "state": self.state(),
            "why": self.why(),
            "role": findings.and_then(|found| found.role.as_ref()).map(ToString::to_string),
            "links": self.links(),
        })
    }
}

/// Follows the way into each; 5 where a link is broken in any, 1 where something is only unknown or could not be looked at.
///
/// # Errors
/// The interruption.
pub(super) async fn verify(stage: &Stage<'_, World>, opened: &Opened, args: &VerifyArgs) -> Result<u8> {
    let (context, ui) = (stage.context, stage.ui);
    let look = |cluster: &ClusterRef| {
        let (cluster, world) = (cluster.clone(), opened.world_of(cluster));
        async move {
            let inquiry = inquiry(context, args, cluster.clone()).await;
            let doing = format!("following the way into {}", cluster.name);
            stage.in_place(&doing, async { Ok(follow(world?, &inquiry).await) }).await
        }
        .boxed_local()
    };
    let doing = format!("following the way into {} clusters", opened.clusters.len());
    let all = join_all(opened.clusters.iter().map(look));
    let all = stage.within(&doing, async { Ok(all.await) }).await?;
    let found: Vec<Found<'_>> =
        opened.clusters.iter().zip(all).map(|(cluster, outcome)| Found { cluster, outcome }).collect();
    let mut lines: Vec<Row> = found.iter().map(row).collect();
    lines.extend(opened.unlisted.iter().map(|(place, error)| failed(place, error)));
    ui.text(&rows(ui, &lines));
    if ui.is_verbose() {
        for found in &found {
            ui.text(&format!("\n{}\n{}", one_line(&found.cluster.label()), show::links(ui, found.links())));
        }
    }
    let is = |state: &str| found.iter().any(|found| found.state() == state);
    let (outcome, status) = if is("broken") {
        ("broken", Kind::Broken.exit_code())
    } else if is("unknown") || is("failed") || !opened.unlisted.is_empty() {
        ("unknown", Kind::Failed.exit_code())
    } else {
        ("ok", 0)
    };
    let places = found.iter().map(Found::document);
    let unlisted =
        opened.unlisted.iter().map(|(place, error)| json!({"id": place, "state": "failed", "why": error.to_string()}));
    let places: Vec<Value> = places.chain(unlisted).collect();
    ui.document(&json!({"version": 1, "verb": "verify", "outcome": outcome, "places": places}));
    Ok(status)
}

fn row(found: &Found<'_>) -> Row {
    let (is_good, why) = (found.state() == "ok", found.why());
    Row { is_good, state: found.state().to_owned(), label: found.cluster.label(), why }
}

fn failed(place: &str, error: &Error) -> Row {
    Row { is_good: false, state: "failed".to_owned(), label: place.to_owned(), why: Some(error.to_string()) }
}
