//! `migrate`: what becomes of each mapping of an `aws-auth` as an access entry.

use std::path::Path;

use anstyle::Style;
use serde_json::json;

use crate::cli::args::MigrateArgs;
use crate::cli::pipeline::manifest::ManifestFile;
use crate::cli::screen::ui::{CHANGED, FAINT, GOOD, STRONG, Ui};
use crate::cli::world::aside::aside;
use crate::cli::world::context::Context;
use crate::error::{Error, Result, one_line};
use crate::files::atomic;
use crate::plan::migrate::{Evidence, Options, Report, ReportRow, Status, decide, refuse_unfit};

mod in_clusters;

/// Shows what becomes of a manifest's mappings, or migrates clusters.
///
/// # Errors
/// An option that fits no line; the file can't be read, or the report not be written.
pub(crate) async fn migrate(context: &Context, ui: &Ui, args: &MigrateArgs) -> Result<u8> {
    match &args.aws_auth {
        Some(name) => of_file(ui, args, name).await,
        None => in_clusters::migrate(context, ui, args).await,
    }
}

/// The table of a manifest. Nothing is asked of AWS, so what only an account or a cluster knows is a question.
async fn of_file(ui: &Ui, args: &MigrateArgs, name: &str) -> Result<u8> {
    let options = options(args)?;
    let file = ManifestFile::read(name).await?;
    let manifest = file.lenient_manifest()?;
    let evidence = Evidence { data: manifest.data().clone(), places: manifest.places(), ..Evidence::default() };
    let table = decide(&evidence, &options);
    refuse_unfit(&table)?;
    let report = Report::of(&table);
    if let Some(path) = &args.report {
        write(path, report.markdown(file.shown())).await?;
    }
    show(ui, &report);
    let mut document = json!({"version": 1, "verb": "migrate", "outcome": "decided", "file": file.name});
    document["rows"] = json!(report.rows);
    document["notes"] = json!(report.notes);
    ui.document(&document);
    Ok(0)
}

fn options(args: &MigrateArgs) -> Result<Options> {
    let mut read = Options::read(&args.type_of, &args.username_of, &args.path_of, &args.accept_recreated)?;
    read.create_bindings = args.create_bindings;
    Ok(read)
}

async fn write(path: &Path, text: String) -> Result<()> {
    let path = path.to_owned();
    aside(move || {
        let failed = |error| {
            Error::failed(format!("writing the report {}", path.display()))
                .because_of(error)
                .hint("name a file that can be written, or leave --report out")
        };
        let path = atomic::resolve(&path).map_err(failed)?;
        atomic::replace(&path, text.as_bytes(), 0o644).map(drop).map_err(failed)
    })
    .await
}

fn show(ui: &Ui, report: &Report) {
    for row in &report.rows {
        let style = match row.status {
            Status::Becomes | Status::Kept => GOOD,
            Status::Asks | Status::ByHand | Status::KeptDiffers | Status::KeptUnclear => CHANGED,
            Status::MatchesNone | Status::Shadowed => FAINT,
        };
        let head = format!("{} line {}", row.source, row.line);
        ui.text(&format!(
            "{}  {}\n{}",
            ui.styled(STRONG, &head),
            ui.styled(style, row.status.as_str()),
            details(ui, row)
        ));
    }
    for note in &report.notes {
        ui.text(&ui.wrapped(Style::new(), &format!("note: {note}"), 0, 2));
    }
    let held = match report.rows.iter().filter(|row| row.blocks_api).count() {
        0 => String::new(),
        1 => "; 1 line holds back mode API".to_owned(),
        several => format!("; {several} lines hold back mode API"),
    };
    ui.text(&format!("{}{held}", report.counts()));
}

fn details(ui: &Ui, row: &ReportRow) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, text: &str| lines.push(format!("  {name:<9}{text}"));
    if !row.arn.is_empty() {
        line("mapping", &one_line(&row.arn));
    }
    if let Some(after) = &row.after {
        line("entry", &format!("{} ({})", after.principal, after.entry_type));
        line("username", &one_line(&after.username));
        let groups: Vec<String> = after.groups.iter().map(|group| one_line(group)).collect();
        if !groups.is_empty() {
            line("groups", &groups.join(", "));
        }
        for policy in &after.policies {
            line("policy", &format!("{} ({})", policy.arn, policy.scope));
        }
        for bound in &after.bindings {
            line("binding", &one_line(&format!("{}: {} beside {}", bound.binding, bound.add, bound.beside)));
        }
    }
    let said = std::iter::once(("why", &row.reason)).chain(row.notes.iter().map(|note| ("note", note)));
    lines.extend(said.map(|(name, text)| ui.wrapped(Style::new(), &format!("{name:<9}{text}"), 2, 11)));
    lines.extend(row.todo.iter().map(|todo| format!("  {:<9}{todo}", "to do")));
    lines.join("\n")
}
