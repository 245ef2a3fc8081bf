//! `--context`: the cluster, and the way to it, that an existing kubeconfig context names. Whose credentials are used is
//! not its business: those are the base credentials, as with `--cluster`.

use crate::cli::args::{ClusterArgs, ContextArgs, PlaceArgs, Verb};
use crate::cli::world::context::Environment;
use crate::cli::world::local::kubeconfig_files;
use crate::error::{Error, Result};
use crate::kubeconfig::document::{ContextView, contexts, region_of_server};

/// Fills in what the context names; a verb that was given none stays as it is.
///
/// # Errors
/// There is no such context, or it names no EKS cluster.
pub(crate) fn resolve(verb: &mut Verb, env: &Environment) -> Result<()> {
    match verb {
        Verb::Bootstrap(args) => resolve_cluster(&mut args.cluster, args.context.kubeconfig.as_deref(), env),
        Verb::Kubeconfig(args) => resolve_cluster(&mut args.cluster, args.context.kubeconfig.as_deref(), env),
        Verb::Verify(args) => resolve_cluster(&mut args.cluster, args.kubeconfig.as_deref(), env),
        Verb::Restore(args) => resolve_cluster(&mut args.cluster, None, env),
        Verb::Map(args) => resolve_place(&mut args.place, env),
        Verb::Who(args) => resolve_place(&mut args.place, env),
        Verb::Lint(args) => resolve_place(&mut args.place, env),
        _ => Ok(()),
    }
}

fn resolve_place(place: &mut PlaceArgs, env: &Environment) -> Result<()> {
    let Some(mut cluster) = place.cluster() else { return Ok(()) };
    resolve_cluster(&mut cluster, None, env)?;
    (place.cluster, place.server) = (cluster.cluster, cluster.server);
    (place.tls_server_name, place.proxy_url) = (cluster.tls_server_name, cluster.proxy_url);
    Ok(())
}

fn resolve_cluster(args: &mut ClusterArgs, kubeconfig: Option<&str>, env: &Environment) -> Result<()> {
    let Some(name) = args.context.clone() else { return Ok(()) };
    let found = find(&name, kubeconfig.filter(|file| *file != "-"), env)?;
    let arn = found.cluster_arn.ok_or_else(|| {
        Error::usage(format!("--context: the kubeconfig context {name} does not tell which EKS cluster it means"))
            .hint("name the cluster: --cluster NAME (and --server URL for a tunnel)")
    })?;
    args.cluster = Some(arn.to_string());
    // The endpoint that EKS tells is always right; a tunnel only the context knows.
    let tunnel = found.server.filter(|server| region_of_server(server).is_none());
    args.server = args.server.take().or(tunnel);
    args.tls_server_name = args.tls_server_name.take().or(found.tls_server_name);
    args.proxy_url = args.proxy_url.take().or(found.proxy_url);
    Ok(())
}

/// The first context of that name, in kubectl's order of files.
fn find(name: &str, kubeconfig: Option<&str>, env: &Environment) -> Result<ContextView> {
    let wanted = ContextArgs { kubeconfig: kubeconfig.map(str::to_owned), ..ContextArgs::default() };
    let files = kubeconfig_files(&wanted, env)?;
    let texts = files.iter().filter_map(|file| file.text.as_deref());
    let all: Vec<ContextView> = texts.filter_map(|text| contexts(text).ok()).flatten().collect();
    let names: Vec<String> = all.iter().map(|view| view.name.clone()).collect();
    all.into_iter().find(|view| view.name == name).ok_or_else(|| {
        let paths: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        let error = Error::usage(format!("--context: no kubeconfig context is named {name} in {}", paths.join(", ")));
        match &names[..] {
            [] => error.hint("name the cluster instead: --cluster NAME"),
            names => error.hint(format!("there are: {}", names.join(", "))),
        }
    })
}
