//! `verify`: follows the way from credentials into the cluster.

use crate::cli::args::{ContextArgs, VerifyArgs};
use crate::cli::pipeline::kept;
use crate::cli::pipeline::show;
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::{check_external_id, check_principal};
use crate::cli::world::context::Context;
use crate::cli::world::factor::Factor;
use crate::cli::world::local::{Backups, Machine, kubeconfig_files};
use crate::cli::world::selected::open_with;
use crate::engine::verify::{ContextRole, Findings, Inquiry, RoleFrom, Surroundings, follow, role_of_context};
use crate::engine::{Can, ClusterRef, LinkState};
use crate::error::{Kind, Result};
use crate::model::desired::DEFAULT_ROLE;
use crate::plan::Tunnel;

mod machine;
mod many;

/// Runs it: 5 if a link is broken, 0 if all are ok, 1 if some are only unknown.
///
/// # Errors
/// Nothing could be looked at.
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
    let world = opened.world_of(&cluster)?;
    let inquiry = inquiry(context, args, cluster).await;
    let findings = stage.within("following the way", async { Ok(follow(world, &inquiry).await) }).await?;
    Ok(report(ui, &inquiry, &findings))
}

async fn inquiry(context: &Context, args: &VerifyArgs, cluster: ClusterRef) -> Inquiry {
    let kubeconfig = kubeconfigs(context, args);
    let of_context = match args.role {
        Some(_) => None,
        None => role_of_context(&kubeconfig, &cluster),
    };
    let (role, role_from, context_external_id, session_name) = match (&args.role, of_context) {
        (Some(role), _) => (role.clone(), RoleFrom::Asked, None, None),
        (None, Some(ContextRole { role, place, external_id, session_name })) => {
            (role, RoleFrom::Context(place), external_id, session_name)
        }
        (None, None) => (DEFAULT_ROLE.to_owned(), RoleFrom::Default, None, None),
    };
    let newest_kept = kept::newest(context, &cluster).await;
    let machine = Surroundings { newest_kept, ..machine::look(context, &kubeconfig) };
    Inquiry {
        cluster,
        can: can(args),
        role,
        role_from,
        external_id: args.external_id.clone(),
        context_external_id,
        session_name,
        mfa_serial: args.mfa_serial.clone(),
        os_user: context.env.user.clone(),
        machine,
        kubeconfig,
        tunnel: Tunnel {
            server: args.cluster.server.clone(),
            tls_server_name: args.cluster.tls_server_name.clone(),
            proxy_url: args.cluster.proxy_url.clone(),
        },
        principal: args.principal.clone(),
    }
}

fn report(ui: &Ui, inquiry: &Inquiry, findings: &Findings) -> u8 {
    let links = &findings.links;
    let first = |state: LinkState| links.iter().find(|l| l.state == state);
    let (outcome, status) = if first(LinkState::Broken).is_some() {
        ("broken", Kind::Broken.exit_code())
    } else if first(LinkState::Unknown).is_some() {
        ("unknown", 1)
    } else {
        ("ok", 0)
    };
    ui.text(&show::links(ui, links));
    ui.document(&serde_json::json!({
        "version": 1, "verb": "verify", "outcome": outcome,
        "cluster": {"name": inquiry.cluster.name, "region": inquiry.cluster.region},
        "caller": findings.caller.as_ref().map(|c| c.arn.to_string()),
        "role": findings.role.as_ref().map(ToString::to_string),
        "role_why": findings.role_why,
        "principal": inquiry.principal,
        "broken": first(LinkState::Broken).map(|l| &l.name),
        "links": links,
    }));
    status
}

/// The files that kubectl would read; those that can't be read name no context.
fn kubeconfigs(context: &Context, args: &VerifyArgs) -> Vec<(String, String)> {
    let context_args = ContextArgs { kubeconfig: args.kubeconfig.clone(), ..ContextArgs::default() };
    let files = kubeconfig_files(&context_args, &context.env).unwrap_or_default();
    files.into_iter().filter_map(|file| Some((file.path, file.text?))).collect()
}

fn can(args: &VerifyArgs) -> Option<Can> {
    let [verb, resource] = args.can.as_deref()? else { return None };
    let (resource, group) = resource_and_group(resource);
    Some(Can { verb: verb.clone(), group, resource, namespace: args.namespace.clone() })
}

/// As kubectl writes it: `deployments.apps`, `pods/log`, `deployments.apps/scale`; without a group, the well-known one.
fn resource_and_group(text: &str) -> (String, String) {
    let (whole, sub) = text.split_once('/').map_or((text, None), |(whole, sub)| (whole, Some(sub)));
    let (resource, group) = whole.split_once('.').unwrap_or_else(|| (whole, well_known_group(whole)));
    let resource = sub.map_or_else(|| resource.to_owned(), |sub| format!("{resource}/{sub}"));
    (resource, group.to_owned())
}

/// The API group of a resource of Kubernetes itself; empty for the core group.
fn well_known_group(resource: &str) -> &'static str {
    match resource {
        "*" => "*",
        "deployments" | "statefulsets" | "daemonsets" | "replicasets" => "apps",
        "jobs" | "cronjobs" => "batch",
        "ingresses" | "networkpolicies" => "networking.k8s.io",
        "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings" => "rbac.authorization.k8s.io",
        "poddisruptionbudgets" => "policy",
        "horizontalpodautoscalers" => "autoscaling",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_judged_in_its_own_group() {
        for (text, resource, group) in [
            ("*", "*", "*"),
            ("pods", "pods", ""),
            ("pods/log", "pods/log", ""),
            ("deployments", "deployments", "apps"),
            ("deployments.extensions", "deployments", "extensions"),
            ("deployments/scale", "deployments/scale", "apps"),
            ("deployments.apps/scale", "deployments/scale", "apps"),
            ("cronjobs", "cronjobs", "batch"),
            ("ingresses", "ingresses", "networking.k8s.io"),
            ("rolebindings", "rolebindings", "rbac.authorization.k8s.io"),
            ("poddisruptionbudgets", "poddisruptionbudgets", "policy"),
            ("horizontalpodautoscalers", "horizontalpodautoscalers", "autoscaling"),
            ("widgets.example.com", "widgets", "example.com"),
        ] {
            assert_eq!(resource_and_group(text), (resource.to_owned(), group.to_owned()), "{text}");
        }
    }
}
