//! A row of the table, and the loop over all rows.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;

/// A row of `rows.yaml`, where the fields are described.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    #[serde(rename = "row")]
    pub(crate) name: String,
    pub(crate) keys: Option<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    pub(crate) config: Option<String>,
    pub(crate) credentials: Option<String>,
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) region: bool,
    pub(crate) aws: String,
    pub(crate) ours: Option<String>,
    pub(crate) why: Option<String>,
}

impl Row {
    /// The expected answer of eksaccess.
    pub(crate) fn wanted(&self) -> &str {
        self.ours.as_deref().unwrap_or(&self.aws)
    }
}

/// All rows, in their order.
pub(crate) fn rows() -> Vec<Row> {
    serde_yaml::from_str(include_str!("rows.yaml")).expect("rows")
}

/// Checks each row, two at a time, and panics with all faults.
pub(crate) fn each(judge: impl Fn(&Row) -> Vec<String> + Sync) {
    let (rows, next, wrong) = (rows(), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(row) = rows.get(at) else { break };
                    let found = judge(row).into_iter().map(|found| (at, format!("{}: {found}", row.name)));
                    wrong.lock().expect("the list").extend(found);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("the list");
    wrong.sort();
    let lines: Vec<String> = wrong.into_iter().map(|(_, line)| line).collect();
    assert!(lines.is_empty(), "{} of {} rows:\n{}", lines.len(), rows.len(), lines.join("\n"));
}
