//! `migrate`: what becomes of each mapping of an `aws-auth` as an access entry.

use serde_json::json;

use crate::cli::args::MigrateArgs;
use crate::cli::pipeline::manifest::ManifestFile;
use crate::cli::screen::ui::Ui;
use crate::cli::world::context::Context;
use crate::error::{Error, Result};
use crate::plan::migrate::{Evidence, Report, decide, refuse_unfit};

mod back;
mod in_clusters;
mod shown;

/// Shows what becomes of a manifest's mappings, migrates clusters, or undoes that.
///
/// # Errors
/// An option that fits no line; the file can't be read, or the report not be written.
pub(crate) async fn migrate(context: &Context, ui: &Ui, args: &MigrateArgs) -> Result<u8> {
    match &args.aws_auth {
        _ if args.rollback => back::roll_back(context, ui, args).await,
        Some(_) if !args.clusters.names_none() => {
            Err(Error::usage("--aws-auth shows what becomes of a file alone, and clusters are selected")
                .because("with clusters it is the old aws-auth of --rollback")
                .hint("leave --aws-auth out, or add --rollback"))
        }
        Some(name) => of_file(ui, args, name).await,
        None => in_clusters::migrate(context, ui, args).await,
    }
}

/// The table of a manifest. AWS is not asked, so what only an account or a cluster knows is a question.
async fn of_file(ui: &Ui, args: &MigrateArgs, name: &str) -> Result<u8> {
    let options = shown::options(args)?;
    let file = ManifestFile::read(name).await?;
    let manifest = file.lenient_manifest()?;
    let evidence = Evidence { data: manifest.data().clone(), places: manifest.places(), ..Evidence::default() };
    let table = decide(&evidence, &options);
    refuse_unfit(&table)?;
    let report = Report::of(&table);
    if let Some(path) = &args.report {
        shown::write(path, report.markdown(file.shown())).await?;
    }
    shown::show(ui, &report);
    let mut document = json!({"version": 1, "verb": "migrate", "outcome": "decided", "file": file.name});
    document["rows"] = json!(report.rows);
    document["notes"] = json!(report.notes);
    ui.document(&document);
    Ok(0)
}
