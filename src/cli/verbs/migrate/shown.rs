//! The table of a migration as people read it, and its options.

use std::path::Path;

use anstyle::Style;

use crate::cli::args::MigrateArgs;
use crate::cli::screen::ui::{CHANGED, FAINT, GOOD, STRONG, Ui};
use crate::cli::world::aside::aside;
use crate::error::{Error, Result, one_line};
use crate::files::atomic;
use crate::plan::migrate::{Options, Report, ReportRow, Status};

/// The answers that the command line gives.
///
/// # Errors
/// One that can't be read.
pub(super) fn options(args: &MigrateArgs) -> Result<Options> {
    let mut read = Options::read(&args.type_of, &args.username_of, &args.path_of, &args.accept_recreated)?;
    read.create_bindings = args.create_bindings;
    Ok(read)
}

/// Writes the report.
///
/// # Errors
/// The file can't be written.
pub(super) async fn write(path: &Path, text: String) -> Result<()> {
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

/// Prints the table.
pub(super) fn show(ui: &Ui, report: &Report) {
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
        1 => "; 1 line blocks mode API".to_owned(),
        several => format!("; {several} lines block mode API"),
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
