//! The report as Markdown: a table for a review, every text from the map escaped.

use super::report::{After, Given, Report, ReportRow};
use crate::error::one_line;

impl Report {
    /// The report as a page.
    pub fn markdown(&self, of: &str) -> String {
        let mut page = format!("# Migration of {}\n\n{}\n\n", text(of), self.counts());
        page += "| line | principal | before | after | status | reason | to do |\n| --- | --- | --- | --- | --- | --- | --- |\n";
        for row in &self.rows {
            page += &line(row);
        }
        if !self.notes.is_empty() {
            page += "\n## Notes\n\n";
        }
        page.extend(self.notes.iter().map(|note| format!("- {}\n", text(note))));
        page
    }
}

fn line(row: &ReportRow) -> String {
    let cells = [
        format!("{} {}", row.source, row.line),
        code(&row.arn),
        given(&row.before),
        row.after.as_ref().map(after).unwrap_or_default(),
        row.status.as_str().to_owned(),
        std::iter::once(&row.reason).chain(&row.notes).map(|reason| text(reason)).collect::<Vec<_>>().join("<br>"),
        row.todo.iter().map(|todo| code(todo)).collect::<Vec<_>>().join("<br>"),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn given(given: &Given) -> String {
    let groups = given.groups.iter().map(|group| code(group)).collect::<Vec<_>>().join(", ");
    match (given.username.is_empty(), groups.is_empty()) {
        (true, true) => String::new(),
        (true, false) => groups,
        (false, true) => code(&given.username),
        (false, false) => format!("{}<br>{groups}", code(&given.username)),
    }
}

fn after(after: &After) -> String {
    let names = given(&Given { username: after.username.clone(), groups: after.groups.clone() });
    let policies = after.policies.iter().map(|policy| {
        let name = policy.arn.rsplit('/').next().unwrap_or(&policy.arn);
        format!("{} ({})", code(name), text(&policy.scope))
    });
    let bindings = after.bindings.iter().map(|bound| format!("{}: {}", code(&bound.binding), code(&bound.add)));
    let all = [after.entry_type.clone(), code(&after.principal), names].into_iter().chain(policies).chain(bindings);
    all.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("<br>")
}

/// A text of a cell: nothing in it is markup.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '|' | '*' | '_' | '[' | ']' | '`' | '#' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text of a cell as code; empty for an empty one.
fn code(code: &str) -> String {
    let code = one_line(code).replace('|', "\\|");
    if code.is_empty() {
        return code;
    }
    // A fence is longer than every run of backticks inside.
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{code}{pad}{fence}")
}
