//! `verify`: follows the way from credentials into the cluster.

use super::args::VerifyArgs;
use super::context::Context;
use super::desire::{check_external_id, check_principal};
use super::local::{Backups, Machine};
use super::open::open;
use super::run::Stage;
use super::show;
use super::ui::Ui;
use crate::engine::{Can, LinkState, Question, observe, verify as follow};
use crate::error::{Kind, Result};
use crate::model::Desired;
use crate::model::desired::DEFAULT_ROLE;
use crate::plan::planner::kubeconfig_role;
use crate::token::default_session_name;

/// Runs it: 5 if a link is broken, 0 if all are ok, 1 if some are only unknown.
///
/// # Errors
/// Nothing could be looked at.
pub(crate) async fn verify(context: &Context, ui: &Ui, args: &VerifyArgs) -> Result<u8> {
    check_principal("--role", &args.role)?;
    if let Some(id) = &args.external_id {
        check_external_id(id)?;
    }
    let (world, cluster) = open(context, Some(&args.cluster)).await?;
    let machine = Machine { backups: Backups::None };
    let stage = Stage::new(context, ui, &world, &machine);
    let desired = Desired::default();
    let seen =
        stage.within("looking at what is there", observe(&world, &desired, cluster.as_ref(), Some(&args.role))).await?;
    let role = kubeconfig_role(seen.role.as_ref().map(crate::plan::existing).as_ref(), &seen)?;
    let question = Question {
        caller: &seen.caller,
        role: &role.arn,
        needs: role.needs.clone(),
        external_id: args.external_id.clone(),
        session_name: default_session_name(Some(&seen.caller.arn), context.env.user.as_deref()),
        cluster: seen.cluster.as_ref().map(|c| &c.description),
        username: None,
        can: can(args),
        members: Vec::new(),
        is_fresh: false,
        deadline: stage.deadline(),
    };
    let links = stage.within("following the way", async { Ok(follow(&world, &question, ui).await) }).await?;
    let is = |state: LinkState| links.iter().any(|l| l.state == state);
    let outcome = if is(LinkState::Broken) {
        ("broken", Kind::Broken.exit_code())
    } else if is(LinkState::Unknown) || is(LinkState::NotReached) {
        ("unknown", 1)
    } else {
        ("ok", 0)
    };
    ui.text(&show::links(ui, &links));
    ui.document(&serde_json::json!({
        "version": 1, "verb": "verify", "outcome": outcome.0, "caller": seen.caller.arn.to_string(),
        "role": role.arn.to_string(), "links": links,
    }));
    Ok(outcome.1)
}

fn can(args: &VerifyArgs) -> Option<Can> {
    match args.can.as_deref() {
        Some([verb, resource]) => {
            // As kubectl writes it: `deployments.apps`.
            let (resource, group) =
                resource.split_once('.').unwrap_or((resource, if resource == "*" { "*" } else { "" }));
            Some(Can {
                verb: verb.clone(),
                group: group.to_owned(),
                resource: resource.to_owned(),
                namespace: args.namespace.clone(),
            })
        }
        _ => (args.role == DEFAULT_ROLE).then(Can::everything),
    }
}
