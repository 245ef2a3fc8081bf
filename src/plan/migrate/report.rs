//! The table as a report: a row a line, for documents and for Markdown.

use serde::Serialize;

use super::bindings::Addition;
use super::decide::Table;
use super::row::{Decision, Gap, Kept, Replaces, Row, Wish};
use crate::error::one_line;
use crate::model::access::has_masters;

/// What a mapping gives.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Given {
    /// The username.
    pub username: String,
    /// The groups.
    pub groups: Vec<String>,
}

/// A subject that a binding gets.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Bound {
    /// The binding.
    pub binding: String,
    /// The subject that is there.
    pub beside: String,
    /// The subject that is added.
    pub add: String,
}

/// An access policy of the entry.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// Its ARN.
    pub arn: String,
    /// Where it applies.
    pub scope: String,
}

/// The entry that a line becomes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct After {
    /// The principal's full ARN.
    pub principal: String,
    /// The entry's type.
    #[serde(rename = "type")]
    pub entry_type: String,
    /// The username.
    pub username: String,
    /// The groups.
    pub groups: Vec<String>,
    /// The access policies.
    pub policies: Vec<Policy>,
    /// What bindings get.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Bound>,
    /// What the principal lacks until everything acts: `none`, `bridged`, `announced`.
    pub gap: &'static str,
}

/// What becomes of a line, in one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It becomes an entry.
    Becomes,
    /// An entry exists and gives the same.
    Kept,
    /// An entry exists and gives something else.
    KeptDiffers,
    /// An entry exists, and whether it gives the same can't be determined.
    KeptUnclear,
    /// A question has to be answered.
    Asks,
    /// Something has to be done by hand.
    ByHand,
    /// No caller matches it.
    MatchesNone,
    /// Another line decides.
    Shadowed,
}

impl Status {
    /// As people read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Becomes => "becomes an entry",
            Self::Kept => "has its entry",
            Self::KeptDiffers => "has an entry that differs",
            Self::KeptUnclear => "has an entry, not comparable",
            Self::Asks => "needs an answer",
            Self::ByHand => "by hand",
            Self::MatchesNone => "matches no caller",
            Self::Shadowed => "has no effect",
        }
    }
}

/// A row of the report.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportRow {
    /// The list.
    pub source: &'static str,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The ARN as it is written, or the account.
    pub arn: String,
    /// What the line gives.
    pub before: Given,
    /// The entry that it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// What becomes of it.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// What is left for a person to do; commands and options can be pasted.
    pub todo: Vec<String>,
    /// What else there is to know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Whether it prevents mode `API`.
    pub blocks_api: bool,
    /// Its place in the order of applying, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<usize>,
}

/// The whole report.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Report {
    /// A row a line.
    pub rows: Vec<ReportRow>,
    /// Notes on the whole.
    pub notes: Vec<String>,
}

impl Report {
    /// The report of a table.
    pub fn of(table: &Table) -> Self {
        let turn = |at: usize| table.order.iter().position(|place| *place == at).map(|place| place + 1);
        let rows = table.rows.iter().enumerate().map(|(at, row)| ReportRow { turn: turn(at), ..report_row(row) });
        Self { rows: rows.collect(), notes: table.notes.clone() }
    }

    /// How many rows have a status, in words, in the order of the first of each.
    pub fn counts(&self) -> String {
        let mut all: Vec<(Status, usize)> = Vec::new();
        for row in &self.rows {
            match all.iter_mut().find(|(status, _)| *status == row.status) {
                Some((_, count)) => *count += 1,
                None => all.push((row.status, 1)),
            }
        }
        let told: Vec<String> =
            all.into_iter().map(|(status, count)| format!("{}: {count}", status.as_str())).collect();
        if told.is_empty() { "no mappings".to_owned() } else { told.join(", ") }
    }
}

fn report_row(row: &Row) -> ReportRow {
    let (status, reason, todo) = told(row);
    ReportRow {
        source: row.key.as_str(),
        line: row.line,
        column: row.column,
        arn: row.before.arn.clone(),
        before: Given { username: row.before.username.clone(), groups: row.before.groups.clone() },
        after: row.wish().map(after),
        status,
        reason,
        todo,
        notes: row.notes.clone(),
        blocks_api: row.decision.blocks_api(),
        turn: None,
    }
}

fn told(row: &Row) -> (Status, String, Vec<String>) {
    match &row.decision {
        Decision::Becomes(wish) => (Status::Becomes, reasons(row, wish), Vec::new()),
        Decision::Kept(Kept::Equal) => (Status::Kept, "its access entry gives the same".to_owned(), Vec::new()),
        Decision::Kept(Kept::Differs(how)) => {
            let reason = format!("its entry decides, and the line has no effect; {}", how.join("; "));
            (Status::KeptDiffers, reason, Vec::new())
        }
        Decision::Kept(Kept::Unclear(why)) => (Status::KeptUnclear, why.clone(), Vec::new()),
        Decision::Asks(questions) => {
            let reasons: Vec<&str> = questions.iter().map(|question| question.reason.as_str()).collect();
            let todo = questions.iter().flat_map(|question| {
                let bare = question.proposals.is_empty().then(|| question.answer.as_str().to_owned());
                question.proposals.iter().cloned().chain(bare)
            });
            (Status::Asks, reasons.join("; "), todo.collect())
        }
        Decision::ByHand { reason, .. } => (Status::ByHand, reason.clone(), Vec::new()),
        Decision::MatchesNone { reason, command } => {
            (Status::MatchesNone, reason.clone(), command.iter().cloned().collect())
        }
        Decision::Shadowed { key, line, reason } => {
            (Status::Shadowed, format!("{key} line {line} decides: {reason}"), Vec::new())
        }
    }
}

/// The reasons for a line that becomes an entry.
fn reasons(row: &Row, wish: &Wish) -> String {
    let mut all = vec![match &wish.replaces {
        Replaces::Nothing => "a new entry".to_owned(),
        Replaces::Unfinished => "an earlier run created the entry and did not finish it".to_owned(),
        Replaces::Stale(_) => {
            "the entry that was created for an earlier principal of this name is recreated".to_owned()
        }
    }];
    if has_masters(&row.before.groups) {
        all.push("system:masters becomes AmazonEKSClusterAdminPolicy".to_owned());
    }
    if let Some(old) = &wish.renamed_from {
        let old = if old.is_empty() { "(empty)".to_owned() } else { one_line(old) };
        all.push(format!("the username {old} becomes {}", one_line(&wish.username)));
    }
    all.extend(wish.unproven.clone());
    match wish.gap {
        Gap::None => {}
        Gap::Bridged => all.push("a temporary group grants all rights until the access policy acts".to_owned()),
        Gap::Announced => all.push("the rights of the access policy are missing until it acts".to_owned()),
    }
    all.join("; ")
}

fn after(wish: &Wish) -> After {
    After {
        principal: wish.principal.to_string(),
        entry_type: wish.entry_type.clone(),
        username: wish.username.clone(),
        groups: wish.groups.clone(),
        policies: wish.policies.iter().map(|p| Policy { arn: p.arn.clone(), scope: p.scope.to_string() }).collect(),
        bindings: wish.bindings.iter().map(bound).collect(),
        gap: match wish.gap {
            Gap::None => "none",
            Gap::Bridged => "bridged",
            Gap::Announced => "announced",
        },
    }
}

fn bound(addition: &Addition) -> Bound {
    let Addition { binding, beside, add } = addition;
    Bound { binding: binding.to_string(), beside: beside.to_string(), add: add.to_string() }
}
