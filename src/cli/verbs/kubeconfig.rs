//! `kubeconfig`: prints or merges a context that names the role and holds no secret.

use crate::cli::args::{ContextArgs, ExecArg, KubeconfigVerbArgs, SelectionArgs};
use crate::cli::pipeline::cloud::run;
use crate::cli::pipeline::current::{Candidate, find};
use crate::cli::pipeline::stage::{Job, Stage};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::{check_external_id, check_principal};
use crate::cli::verbs::history::written_trusts;
use crate::cli::world::context::Context;
use crate::cli::world::kubectl_files::plugin_gate;
use crate::cli::world::local::{Backups, Machine, kubeconfig_files};
use crate::cli::world::selected::open_selected;
use crate::engine::{Connect, observe};
use crate::error::{Error, Result};
use crate::kubeconfig::document::{Current, emit};
use crate::kubeconfig::exec::ExecTool;
use crate::plan::kubeconfig::{Tunnel, emitted_not_run, wanted};
use crate::plan::planner::kubeconfig_role;
use crate::plan::{Desired, KubeconfigWish, open_trust};
use crate::secrets::learn_url;

/// The desired kubeconfig.
///
/// # Errors
/// No file can be named, or the one named can't be read.
pub(crate) fn wish(
    context: &Context,
    args: &ContextArgs,
    cluster: &SelectionArgs,
    external_id: Option<String>,
) -> Result<KubeconfigWish> {
    let files = kubeconfig_files(args, &context.env)?;
    Ok(KubeconfigWish {
        gate: plugin_gate(&context.env, &files),
        files,
        exec: match args.exec {
            None | Some(ExecArg::Eksaccess) => ExecTool::Eksaccess { command: "eksaccess".to_owned() },
            Some(ExecArg::Aws) => ExecTool::Aws,
            Some(ExecArg::AwsIamAuthenticator) => ExecTool::AwsIamAuthenticator,
        },
        exec_stated: args.exec.is_some(),
        exec_profile: args.exec_profile.clone(),
        alias: args.alias.clone(),
        user_alias: args.user_alias.clone(),
        namespace: args.context_namespace.clone(),
        current: match args.set_current.as_deref() {
            Some("") => Current::Set,
            None if !args.keep_current => Current::Auto,
            _ => Current::Keep,
        },
        set_current: args.set_current.clone().filter(|name| !name.is_empty()),
        tunnel: Tunnel {
            server: cluster.server.clone(),
            tls_server_name: cluster.tls_server_name.clone(),
            proxy_url: cluster.proxy_url.clone(),
        },
        external_id,
    })
}

/// Notes that the active profile is not written, to avoid surprise.
pub(crate) fn note_profile(context: &Context, ui: &Ui, args: &ContextArgs) {
    let profile = context.global.profile.as_ref().or(context.env.aws_profile.as_ref());
    if let (None, Some(profile)) = (&args.exec_profile, profile) {
        ui.note(&format!(
            "note: profile {profile} is active but is not written into the kubeconfig; --exec-profile {profile} writes it"
        ));
    }
}

/// Runs it.
///
/// # Errors
/// See [`run`].
pub(crate) async fn kubeconfig(context: &Context, ui: &Ui, args: &KubeconfigVerbArgs) -> Result<u8> {
    check_principal("--role", &args.role)?;
    if let Some(id) = &args.external_id {
        check_external_id(id)?;
    }
    let to_stdout = args.context.kubeconfig.as_deref() == Some("-");
    learn_url(args.cluster.proxy_url.as_deref().unwrap_or_default());
    if to_stdout {
        check_proxy(args.cluster.proxy_url.as_deref())?;
    }
    let wish = wish(context, &args.context, &args.cluster, args.external_id.clone())?;
    note_profile(context, ui, &args.context);
    let opened = open_selected(context, &args.cluster).await?;
    let machine = Machine { backups: Backups::None };
    let stage = opened.stage(context, ui, &machine);
    let desired = Desired { kubeconfig: Some(wish), role_name: Some(args.role.clone()), ..Desired::default() };
    let job = opened.job("kubeconfig", desired)?;
    if to_stdout {
        opened.only("--kubeconfig -")?;
        print(&stage, &job).await
    } else {
        run(&stage, &job).await
    }
}

/// Refuses to print a proxy's password, as output ends up in logs and pipes; it is only written to the user's own file.
fn check_proxy(url: Option<&str>) -> Result<()> {
    let authority = url.and_then(|url| url.split_once("://")).map_or("", |(_, rest)| rest);
    if authority.contains('@') {
        return Err(Error::usage("--proxy-url holds a user name or password, which would be printed on stdout")
            .hint("write the kubeconfig to a file: --kubeconfig FILE"));
    }
    Ok(())
}

async fn print<C: Connect>(stage: &Stage<'_, C>, job: &Job) -> Result<u8> {
    let mut seen =
        stage.within("reading the current state", observe(stage.world, &job.desired, job.clusters.first())).await?;
    if let Some(role) = seen.role.clone() {
        seen.role_facts.written = written_trusts(stage).await?.of(&role).cloned();
        if let Some(open) = open_trust(&role, &job.desired, &seen) {
            stage.ui.warn(&open);
        }
    }
    if let (Some(wish), Some(cluster)) = (&job.desired.kubeconfig, &seen.cluster) {
        let role = kubeconfig_role(seen.role.as_ref().map(crate::plan::existing).as_ref(), &seen)?;
        let mut wanted = wanted(wish, &role, &cluster.description)?;
        if let Some(name) = &wish.set_current {
            let (context, cluster) = (wanted.context_name(), &*cluster.description.arn.name);
            find(name, &[Candidate { context: &context, cluster }])?;
            wanted.current = Current::Set;
        }
        if let Some(warning) = emitted_not_run(wish, &wanted) {
            stage.ui.warn(&warning);
        }
        let text = emit(&wanted);
        stage.ui.raw_out(&text.map_err(|e| Error::failed("the kubeconfig can't be written as text").because_of(e))?);
    }
    Ok(0)
}
