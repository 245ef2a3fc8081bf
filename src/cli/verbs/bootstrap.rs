//! `bootstrap`: role, group, members, binding, kubeconfig and proof, in one plan.

use crate::cli::args::{BootstrapArgs, Part};
use crate::cli::pipeline::cloud::run;
use crate::cli::pipeline::stage::{Job, Proof};
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::{access_wish, group_wish, role_wish};
use crate::cli::verbs::kubeconfig::{note_profile, wish};
use crate::cli::verbs::offer::offered;
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::selected::open_for;
use crate::error::{Error, Result, shell_word};
use crate::plan::{AccessChange, Desired};

/// Runs it.
///
/// # Errors
/// See [`run`].
pub(crate) async fn bootstrap(context: &Context, ui: &Ui, args: &BootstrapArgs) -> Result<u8> {
    let named;
    let args = if args.cluster.names_none() {
        let cluster = offered(context, ui, &args.cluster).await?;
        named = BootstrapArgs { cluster, ..args.clone() };
        &named
    } else {
        args
    };
    let with = |part: Part| !args.skip.contains(&part);
    if args.context.kubeconfig.as_deref() == Some("-") {
        return Err(Error::usage("bootstrap writes its kubeconfig to a file; stdout is for its report").hint(format!(
            "--skip kubeconfig, then: eksaccess kubeconfig --cluster {} --kubeconfig -",
            shell_word(args.cluster.one().unwrap_or("NAME"))
        )));
    }
    let role = role_wish(&args.role, &args.role_args)?;
    let group = if with(Part::Group) { Some(group_wish(&args.role, &args.group)?) } else { None };
    let access = if with(Part::Map) { Some(AccessChange::Bind(access_wish(&args.role, &args.access)?)) } else { None };
    let kubeconfig = if with(Part::Kubeconfig) {
        note_profile(context, ui, &args.context);
        Some(wish(context, &args.context, &args.cluster, args.role_args.external_id.clone())?)
    } else {
        None
    };
    let desired = Desired {
        role: with(Part::Role).then_some(role),
        group,
        access,
        put_back: None,
        kubeconfig,
        role_name: Some(args.role.clone()),
        allow_lockout: args.access.allow_lockout.clone(),
    };
    let proof = match (with(Part::Verify), args.require_verify) {
        (false, _) => Proof::None,
        (true, false) => Proof::AsPossible,
        (true, true) => Proof::Required,
    };
    let opened = open_for(context, &args.cluster, desired.group.as_ref()).await?;
    let machine = Machine { backups: Backups::choose(&args.access.backup, &context.env) };
    let job = Job { proof, ..opened.job("bootstrap", desired)? };
    run(&opened.stage(context, ui, &machine), &job).await
}
