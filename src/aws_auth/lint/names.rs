//! Which entry a finding concerns, and its place in the file.

use super::finding::{Finding, Named, Rule, shown};
use crate::aws_auth::mapping::{DataKey, Problem};
use crate::aws_auth::places::Places;
use crate::aws_auth::read::Reading;

/// Where an entry of a list begins, its index and its ARN.
type Begin<'r> = ((usize, usize), usize, &'r str);

/// Names the entry of each finding, and replaces lines and columns of the text by those of the file.
pub(super) fn put(findings: &mut [Finding], reading: &Reading, places: &Places) {
    if findings.is_empty() {
        return;
    }
    let lists = DataKey::ALL.map(|key| begins(reading, key));
    for finding in findings.iter_mut().filter(|finding| finding.line > 0) {
        let Some(key) = finding.key else { continue };
        let at = (finding.line, finding.column);
        let list = DataKey::ALL.iter().position(|other| *other == key).map_or(&[][..], |at| &lists[at]);
        if !matches!(finding.rule, Rule::Unreadable | Rule::IgnoredRest) {
            finding.entry = entry_at(list, at, key, places);
        }
        (finding.line, finding.column) = places.of(key, at);
    }
}

fn entry_at(list: &[Begin<'_>], at: (usize, usize), key: DataKey, places: &Places) -> Option<Named> {
    let place = list.partition_point(|(begin, ..)| *begin <= at).checked_sub(1)?;
    let (begin, index, arn) = list[place];
    let line = places.of(key, begin).0;
    let beside = |other: Option<&Begin<'_>>| other.is_some_and(|(begin, ..)| places.of(key, *begin).0 == line);
    let shares_line = beside(place.checked_sub(1).and_then(|before| list.get(before))) || beside(list.get(place + 1));
    Some(Named { index, arn: shown(arn), shares_line })
}

/// The entries of a list in the order of the text, dropped ones included.
fn begins(reading: &Reading, key: DataKey) -> Vec<Begin<'_>> {
    let mut list: Vec<Begin<'_>> = match key {
        DataKey::MapAccounts => Vec::new(),
        _ => reading
            .mappings()
            .filter(|mapping| mapping.key == key)
            .map(|mapping| ((mapping.line, mapping.column), mapping.index, mapping.arn.as_str()))
            .collect(),
    };
    list.extend(reading.problems.iter().filter_map(|problem| match problem {
        Problem::Dropped { key: other, index, line, column, .. } if *other == key && key != DataKey::MapAccounts => {
            Some(((*line, *column), *index, ""))
        }
        _ => None,
    }));
    list.sort_unstable();
    list
}
