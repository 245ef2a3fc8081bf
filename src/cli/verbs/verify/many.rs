//! `verify` over several clusters: a line each, with the first link that is not ok; all links with `-v`.

use serde_json::json;

use super::question::{Here, inquiry, signing};
use crate::cli::args::VerifyArgs;
use crate::cli::pipeline::each::{Told, each, known, per_account, places, status, table};
use crate::cli::pipeline::show;
use crate::cli::pipeline::stage::Stage;
use crate::cli::world::connect::World;
use crate::cli::world::selected::Opened;
use crate::engine::verify::{Findings, follow};
use crate::engine::{ClusterRef, Known, LinkState};
use crate::error::{Kind, Result, one_line};

/// Verifies each; 5 if a link is broken anywhere, 1 if a required one is unknown or a place could not be read.
///
/// # Errors
/// The interruption.
pub(super) async fn verify(stage: &Stage<'_, World>, opened: &Opened, args: &VerifyArgs) -> Result<u8> {
    let ui = stage.ui;
    let base = Known::new(&*opened.world);
    let accounts = per_account(opened, |account, world| Ok(signing(account, world, &base)))?;
    let here = Here::look(stage.context, args);
    let look = async |stage: Stage<'_, World>, cluster: ClusterRef| {
        let account = accounts.of(&cluster.account)?;
        let inquiry = inquiry(stage.context, args, &here, cluster).await;
        Ok(follow(account, &inquiry).await)
    };
    let found = each(stage, opened, "verifying access to", look).await?;
    table(ui, &found, told);
    if ui.is_verbose() {
        for each in &found {
            let links = each.outcome.as_ref().map_or(&[][..], |findings| &findings.links);
            ui.text(&format!("\n{}\n{}", one_line(each.label()), show::links(ui, links)));
        }
    }
    let is = |state: &str| found.iter().any(|each| each.outcome.as_ref().is_ok_and(|f| told(f).state == state));
    let (outcome, status) = match (is("broken"), is("unknown"), status(&found)) {
        (true, ..) => ("broken", Kind::Broken.exit_code()),
        (false, false, 0) => ("ok", 0),
        _ => ("unknown", Kind::Failed.exit_code()),
    };
    ui.document(&json!({"version": 1, "verb": "verify", "outcome": outcome, "places": places(&found, told)}));
    Ok(status)
}

fn told(findings: &Findings) -> Told {
    let first = findings.reason();
    let why = first.map(|link| format!("{}: {}", link.name, link.text));
    let hint = first.and_then(|link| link.hint.clone());
    let state = match first.map(|link| link.state) {
        None => "ok",
        Some(LinkState::Broken) => "broken",
        Some(_) => "unknown",
    };
    let role = findings.role.as_ref().map(ToString::to_string);
    let broken = first.filter(|link| link.state == LinkState::Broken).map(|link| &link.name);
    let document = json!({"role": role, "broken": broken, "links": findings.links});
    let document = match &findings.cluster {
        Some(arn) => known(arn, document),
        None => document,
    };
    Told { state, is_good: state == "ok", why, hint, document }
}
