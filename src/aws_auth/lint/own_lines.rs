//! The findings of the text for a few entries, from their own lines rather than the whole list.

use std::collections::BTreeMap;

use super::finding::Finding;
use super::text;
use crate::aws_auth::entries::entries;
use crate::aws_auth::mapping::{DataKey, Mapping};
use crate::aws_auth::places::Places;
use crate::aws_auth::read::Reading;

/// The findings in the text of these entries. The whole text is read where their own lines have findings, or can't be
/// read alone.
pub(super) fn findings(
    data: &BTreeMap<String, String>,
    reading: &Reading,
    near: &[&Mapping],
    places: &Places,
) -> Vec<Finding> {
    let is_clean = |mapping: &&Mapping| {
        lines_of(data, reading, mapping).is_some_and(|lines| {
            let own = BTreeMap::from([(mapping.key.as_str().to_owned(), lines.to_owned())]);
            text::findings(&own, &Places::default()).is_empty()
        })
    };
    let few = near.len() < reading.roles.len() + reading.users.len();
    if few && near.iter().all(is_clean) { Vec::new() } else { text::findings(data, places) }
}

/// The lines from an entry to the next, if they mean the same alone: no anchor elsewhere, no list in brackets.
fn lines_of<'d>(data: &'d BTreeMap<String, String>, reading: &Reading, mapping: &Mapping) -> Option<&'d str> {
    let list = if mapping.key == DataKey::MapRoles { &reading.roles } else { &reading.users };
    let next = list.get(list.partition_point(|other| other.line <= mapping.line));
    let text = data.get(mapping.key.as_str())?;
    let begin = line_begin(text, mapping.line)?;
    let end = match next {
        Some(next) => begin + line_begin(&text[begin..], next.line - mapping.line + 1)?,
        None => text.len(),
    };
    let lines = &text[begin..end];
    let alone = entries(mapping.key, lines).ok()?;
    alone.list.first().filter(|entry| entry.mapping.means_same(mapping)).map(|_| lines)
}

/// Where a line begins, counted from 1.
fn line_begin(text: &str, line: usize) -> Option<usize> {
    match line {
        0 | 1 => Some(0),
        line => text.match_indices('\n').nth(line - 2).map(|(at, _)| at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_auth::read;

    #[test]
    fn the_lines_of_an_entry_show_what_the_whole_shows_of_it() {
        let odd = "username: x\n  group: [g]\n  Groups: [a]\n  groups: [b]\n";
        let entry = |name: &str, rest: &str| format!("- rolearn: arn:aws:iam::111122223333:role/{name}\n  {rest}");
        for text in [
            format!("# top\n{}{}{}", entry("A", "username: a\n"), entry("B", odd), entry("C", odd)),
            format!("{}\n# between\n\n{}- hello\n{}", entry("A", odd), entry("B", odd), entry("C", odd)),
            format!("{}{}", entry("B", odd), entry("A", "<<: &a {username: a}\n")),
            format!(
                "{}{}",
                entry("A", "username: a\n  x: &x {group: [g]}\n"),
                entry("B", "<<: *x\n  username: b\n  user: c\n")
            ),
            "[{rolearn: 'arn:aws:iam::111122223333:role/B', group: [g]}, {rolearn: 'arn:aws:iam::111122223333:role/A', user: u}]\n".to_owned(),
        ] {
            let data = BTreeMap::from([("mapRoles".to_owned(), text.clone())]);
            let reading = read(&data);
            let near: Vec<&Mapping> = reading.mappings().filter(|m| m.arn.ends_with("/B")).collect();
            let place = |line: usize| reading.roles.partition_point(|mapping| mapping.line <= line);
            let of_b = |all: Vec<Finding>| -> Vec<Finding> {
                all.into_iter().filter(|f| near.iter().any(|m| place(f.line) == place(m.line))).collect()
            };
            let whole = of_b(text::findings(&data, &Places::default()));
            assert!(!whole.is_empty(), "{text}");
            assert_eq!(of_b(findings(&data, &reading, &near, &Places::default())), whole, "{text}");
        }
    }
}
