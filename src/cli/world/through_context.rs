//! `--context`: the cluster of an existing kubeconfig context, and the connection to it. The context's credentials are
//! not used, but the base credentials, as with `--cluster`.

use crate::cli::args::{ContextArgs, SelectionArgs, Verb};
use crate::cli::world::context::{Environment, has_keys};
use crate::cli::world::local::kubeconfig_files;
use crate::error::{Error, Result, shell_word};
use crate::kubeconfig::document::{ContextView, region_of_server};
use crate::plan::kubeconfig::{check_decodable, check_readable};

/// Replaces the context by the cluster; a verb without one stays as it is.
///
/// # Errors
/// The context does not exist, or does not name an EKS cluster.
pub(crate) fn resolve(verb: &mut Verb, profile: &mut Option<String>, env: &Environment) -> Result<()> {
    match verb {
        Verb::Bootstrap(args) => resolve_clusters(&mut args.cluster, args.context.kubeconfig.as_deref(), env),
        Verb::Kubeconfig(args) => resolve_clusters(&mut args.cluster, args.context.kubeconfig.as_deref(), env),
        Verb::Verify(args) => {
            let named = own_profile(&args.cluster.contexts, args.kubeconfig.as_deref(), env)?;
            *profile = profile.take().or(named);
            resolve_clusters(&mut args.cluster, args.kubeconfig.as_deref(), env)
        }
        Verb::Mode(args) => resolve_clusters(&mut args.cluster, None, env),
        Verb::Restore(args) => resolve_clusters(&mut args.cluster, None, env),
        Verb::Map(args) => resolve_clusters(&mut args.place.clusters, None, env),
        Verb::Who(args) => resolve_clusters(&mut args.place.clusters, None, env),
        Verb::Lint(args) => resolve_clusters(&mut args.place.clusters, None, env),
        _ => Ok(()),
    }
}

/// Replaces each context by the cluster's ARN, and takes the connection of a single one. With several contexts, a given
/// connection is used for all.
fn resolve_clusters(args: &mut SelectionArgs, kubeconfig: Option<&str>, env: &Environment) -> Result<()> {
    let names = std::mem::take(&mut args.contexts);
    let is_only = names.len() == 1;
    for name in names {
        let found = find(&name, kubeconfig.filter(|file| *file != "-"), env)?;
        let arn = found.cluster_arn.ok_or_else(|| {
            Error::usage(format!("--context: the kubeconfig context {name} does not say which EKS cluster it means"))
                .hint("name the cluster: --cluster NAME (and --server URL for a tunnel)")
        })?;
        args.clusters.push(arn.to_string());
        args.found_contexts.push((arn.to_string(), name.clone()));
        // EKS's endpoint is always right; a tunnel is known to the context only.
        let tunnel = found.server.filter(|server| region_of_server(server).is_none());
        if is_only {
            args.server = args.server.take().or(tunnel);
            args.tls_server_name = args.tls_server_name.take().or(found.tls_server_name);
            args.proxy_url = args.proxy_url.take().or(found.proxy_url);
            continue;
        }
        let way = match (tunnel.or(found.tls_server_name), found.proxy_url) {
            (Some(_), _) => Some("tunnel"),
            (None, Some(proxy)) if args.proxy_url.as_ref() != Some(&proxy) => Some("proxy"),
            _ => None,
        };
        if let Some(way) = way {
            return Err(Error::usage(format!("--context: the kubeconfig context {name} uses its own {way}"))
                .hint(format!("name only this one: --context {}", shell_word(&name))));
        }
    }
    Ok(())
}

/// The profile in the exec section of a single named context. Keys in the environment take precedence over one that a
/// variable names.
///
/// # Errors
/// The context does not exist.
fn own_profile(contexts: &[String], kubeconfig: Option<&str>, env: &Environment) -> Result<Option<String>> {
    let [only] = contexts else { return Ok(None) };
    let exec = find(only, kubeconfig, env)?.exec;
    Ok(exec.filter(|exec| exec.profile_by_option || !has_keys()).and_then(|exec| exec.profile))
}

/// The context of that name, as kubectl sees it.
fn find(name: &str, kubeconfig: Option<&str>, env: &Environment) -> Result<ContextView> {
    let wanted = ContextArgs { kubeconfig: kubeconfig.map(str::to_owned), ..ContextArgs::default() };
    let files = kubeconfig_files(&wanted, env)?;
    check_readable(&files)?;
    check_decodable(&files, None)?;
    let all = files.contexts();
    let names: Vec<String> = all.iter().map(|view| view.name.clone()).collect();
    all.into_iter().find(|view| view.name == name).ok_or_else(|| {
        let paths: Vec<_> = files.files().iter().map(|file| file.path.as_str()).collect();
        let error = Error::usage(format!("--context: no kubeconfig context is named {name} in {}", paths.join(", ")));
        match &names[..] {
            [] => error.hint("name the cluster instead: --cluster NAME"),
            names => error.hint(format!("there are: {}", names.join(", "))),
        }
    })
}
