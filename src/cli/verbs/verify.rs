//! `verify`: checks every link from the credentials into the cluster.

use question::{Here, inquiry, signing};

use crate::cli::args::VerifyArgs;
use crate::cli::pipeline::show;
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::{check_external_id, check_principal};
use crate::cli::world::context::Context;
use crate::cli::world::factor::Factor;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::selected::open_with;
use crate::engine::verify::{Findings, Inquiry, follow};
use crate::engine::{Known, LinkState};
use crate::error::{Kind, Result};

mod machine;
mod many;
mod question;

/// Runs it: 5 if a link is broken, 1 if a required one is unknown, else 0.
///
/// # Errors
/// Nothing could be read.
pub(crate) async fn verify(context: &Context, ui: &Ui, args: &VerifyArgs) -> Result<u8> {
    if let Some(role) = &args.role {
        check_principal("--role", role)?;
    }
    if let Some(id) = &args.external_id {
        check_external_id(id)?;
    }
    let opened = open_with(context, &args.cluster, Some(Factor::new(context, ui.hush()))).await?;
    let machine = Machine { backups: Backups::None };
    let stage = opened.stage(context, ui, &machine);
    if opened.is_many() {
        return many::verify(&stage, &opened, args).await;
    }
    let cluster = opened.only("verify")?.clone();
    let base = Known::new(&*opened.world);
    let account = signing(&cluster.account, opened.world_of(&cluster)?, &base);
    let inquiry = inquiry(context, args, &Here::look(context, args), cluster).await;
    let findings = stage.within("verifying access", async { Ok(follow(&account, &inquiry).await) }).await?;
    Ok(report(ui, &inquiry, &findings))
}

fn report(ui: &Ui, inquiry: &Inquiry, findings: &Findings) -> u8 {
    let links = &findings.links;
    let (outcome, status) = match findings.ending() {
        LinkState::Broken => ("broken", Kind::Broken.exit_code()),
        LinkState::Unknown => ("unknown", Kind::Failed.exit_code()),
        LinkState::Ok | LinkState::NotReached => ("ok", 0),
    };
    let broken = links.iter().find(|link| link.state == LinkState::Broken);
    ui.text(&show::links(ui, links));
    ui.document(&serde_json::json!({
        "version": 1, "verb": "verify", "outcome": outcome,
        "cluster": {"name": inquiry.cluster.name, "region": inquiry.cluster.region},
        "caller": findings.caller.as_ref().map(|c| c.arn.to_string()),
        "role": findings.role.as_ref().map(ToString::to_string),
        "role_why": findings.role_why,
        "principal": inquiry.principal,
        "broken": broken.map(|link| &link.name),
        "links": links,
    }));
    status
}
