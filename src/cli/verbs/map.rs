//! `map`: the access of a role or user in a cluster, or in a manifest.

use crate::cli::args::MapVerbArgs;
use crate::cli::pipeline::cloud;
use crate::cli::pipeline::in_file::InFile;
use crate::cli::pipeline::run;
use crate::cli::screen::ui::Ui;
use crate::cli::verbs::desire::{access_wish, check_principal};
use crate::cli::world::context::Context;
use crate::cli::world::local::{Backups, Machine};
use crate::cli::world::selected::open_selected;
use crate::error::{Error, Result, shell_word};
use crate::model::desired::DEFAULT_ROLE;
use crate::model::{ClusterArn, Principal, PrincipalKind};
use crate::plan::{AccessChange, Desired, Whom};

/// Runs it.
///
/// # Errors
/// See [`run`]; for a manifest, what is wrong with it.
pub(crate) async fn map(context: &Context, ui: &Ui, args: &MapVerbArgs) -> Result<u8> {
    check(args)?;
    check_account(args)?;
    let desired = desired(args)?;
    if let Some(file) = &args.place.file {
        return run::run(&InFile { context, ui, verb: "map", name: file, desired: &desired }).await;
    }
    let opened = open_selected(context, &args.place.clusters).await?;
    let machine = Machine { backups: Backups::choose(&args.access.backup, &context.env) };
    cloud::run(&opened.stage(context, ui, &machine), &opened.job("map", desired)?).await
}

/// The desired access from the command line.
///
/// # Errors
/// Invalid names, ARNs and options.
fn desired(args: &MapVerbArgs) -> Result<Desired> {
    let access = match (&args.other.account, args.other.remove) {
        (Some(account), remove) => AccessChange::Account { account: account.clone(), present: !remove },
        (None, true) => {
            if let Some(name) = said(args).filter(|name| !name.starts_with("arn:")) {
                check_principal("--role or --principal", name)?;
            }
            let username = || Whom::Username(args.access.username.clone().unwrap_or_default());
            let whom = said(args).map_or_else(username, |name| Whom::Principal(name.to_owned()));
            AccessChange::Unbind { whom, all: args.other.all_duplicates }
        }
        (None, false) => AccessChange::Bind(access_wish(said(args).unwrap_or(DEFAULT_ROLE), &args.access)?),
    };
    Ok(Desired { access: Some(access), allow_lockout: args.access.allow_lockout.clone(), ..Desired::default() })
}

/// The principal, if one was named.
fn said(args: &MapVerbArgs) -> Option<&str> {
    args.principal.principal.as_deref().or(args.principal.role.as_deref())
}

fn check(args: &MapVerbArgs) -> Result<()> {
    if !args.other.remove || args.other.account.is_some() {
        return Ok(());
    }
    match (said(args), &args.access.username) {
        (None, None) => Err(Error::usage("--remove needs a principal or a username")
            .hint("name it: --principal ARN, --role NAME or --username NAME")),
        (Some(_), Some(_)) => {
            Err(Error::usage("--remove takes a principal or a username, not both").hint("leave one of them out"))
        }
        _ if args.access.via == crate::cli::args::ViaArg::AccessEntry => {
            Err(Error::usage("--remove removes a mapping from aws-auth; it leaves access entries alone")
                .hint(entry_removal(args)))
        }
        _ => Ok(()),
    }
}

/// Refuses the ARN of a root user, which does not cover the account: `mapAccounts` does.
fn check_account(args: &MapVerbArgs) -> Result<()> {
    let root = said(args).and_then(|name| name.parse::<Principal>().ok()).filter(|p| p.kind == PrincipalKind::Root);
    let Some(root) = root.filter(|_| !args.other.remove) else { return Ok(()) };
    let named: Vec<_> = args.place.clusters.clusters.iter().map(|name| shell_word(name)).collect();
    let place = match (&args.place.file, &named[..]) {
        (Some(file), _) => format!(" --file {}", shell_word(file)),
        (None, []) => String::new(),
        (None, named) => format!(" --cluster {}", named.join(" --cluster ")),
    };
    Err(Error::usage(format!(
        "{root} does not mean the whole account: in aws-auth it matches only the account's root user, not its roles and users"
    ))
    .hint(format!(
        "map its roles and users, or give every identity of the account access, without groups: eksaccess map{place} --account {}",
        root.account
    )))
}

/// The command that removes the entry, if both are known.
fn entry_removal(args: &MapVerbArgs) -> String {
    let cluster = args.place.clusters.one();
    match (cluster, said(args).filter(|whom| whom.starts_with("arn:"))) {
        (Some(cluster), Some(arn)) => {
            let cluster = cluster.parse::<ClusterArn>().map_or_else(
                |_| shell_word(cluster).into_owned(),
                |cluster| format!("{} --region {}", cluster.name, cluster.region),
            );
            format!("aws eks delete-access-entry --cluster-name {cluster} --principal-arn {}", shell_word(arn))
        }
        _ => "to see the command, name the cluster (--cluster) and the principal by its full ARN (--principal)"
            .to_owned(),
    }
}
