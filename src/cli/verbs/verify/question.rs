//! The questions of `verify` about a cluster, from its arguments and from this machine.

use std::rc::Rc;

use super::machine;
use crate::cli::args::{ContextArgs, VerifyArgs};
use crate::cli::pipeline::kept;
use crate::cli::world::connect::World;
use crate::cli::world::context::Context;
use crate::cli::world::local::readable_kubeconfigs;
use crate::engine::verify::{ContextRole, Inquiry, RoleFrom, Surroundings, role_of_context, way_of_context};
use crate::engine::{AccountRef, Can, ClusterRef, Known};
use crate::kubeconfig::merged::FileList;
use crate::model::ClusterArn;
use crate::model::desired::DEFAULT_ROLE;
use crate::plan::Tunnel;

/// What is the same for every cluster, read once.
pub(super) struct Here {
    kubeconfig: Rc<FileList>,
    machine: Surroundings,
}

impl Here {
    /// Reads this machine and the kubeconfigs, merged like kubectl does.
    pub(super) fn look(context: &Context, args: &VerifyArgs) -> Self {
        let context_args = ContextArgs { kubeconfig: args.kubeconfig.clone(), ..ContextArgs::default() };
        let kubeconfig = Rc::new(readable_kubeconfigs(&context_args, &context.env).unwrap_or_default());
        let machine = machine::look(context, &kubeconfig);
        Self { kubeconfig, machine }
    }
}

/// The question about one cluster.
pub(super) async fn inquiry(context: &Context, args: &VerifyArgs, here: &Here, cluster: ClusterRef) -> Inquiry {
    let kubeconfig = here.kubeconfig.clone();
    let is_meant = |arn: &str| arn.parse().is_ok_and(|arn: ClusterArn| cluster.is_meant(&arn));
    let named = args.cluster.found_contexts.iter().find(|(arn, _)| is_meant(arn)).map(|(_, name)| name.clone());
    let of_context = match (&args.role, &named) {
        (Some(_), _) => None,
        (None, Some(name)) => way_of_context(&kubeconfig, name),
        (None, None) => role_of_context(&kubeconfig, &cluster),
    };
    let (role, role_from, context_external_id, session_name) = match (&args.role, of_context) {
        (Some(role), _) => (role.clone(), RoleFrom::Asked, None, None),
        (None, Some(ContextRole { role, place, external_id, session_name })) => {
            (role, RoleFrom::Context(place), external_id, session_name)
        }
        (None, None) => (DEFAULT_ROLE.to_owned(), RoleFrom::Default, None, None),
    };
    let newest_kept = kept::newest(context, &cluster).await;
    let machine = Surroundings { newest_kept, ..here.machine.clone() };
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
        context: named,
        kubeconfig,
        tunnel: Tunnel {
            server: args.cluster.server.clone(),
            tls_server_name: args.cluster.tls_server_name.clone(),
            proxy_url: args.cluster.proxy_url.clone(),
        },
        principal: args.principal.clone(),
    }
}

/// An account, in which the base credentials assume the role if one of its own roles signs the other calls.
pub(super) fn signing<'a>(account: &AccountRef, world: &'a World, base: &'a Known<'a, World>) -> Known<'a, World> {
    let known = Known::new(world);
    if account.role.is_some() { known.assuming_as(base) } else { known }
}

fn can(args: &VerifyArgs) -> Option<Can> {
    let [verb, resource] = args.can.as_deref()? else { return None };
    let (resource, group) = resource_and_group(resource);
    Some(Can { verb: verb.clone(), group, resource, namespace: args.namespace.clone() })
}

/// A resource as kubectl writes it: `deployments.apps`, `pods/log`, `deployments.apps/scale`; without a group, the
/// well-known one.
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
