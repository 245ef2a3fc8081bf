//! Where the texts of the data keys are in a file.

use std::collections::BTreeMap;

use super::data_key::DataKey;

/// A line and a column, both from 1.
type At = (usize, usize);

/// Where the texts of the data keys are in a file; without a file the lines are those of the text itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Places {
    texts: BTreeMap<DataKey, Layout>,
    /// The place of each key of `data`.
    keys: BTreeMap<String, At>,
}

/// How a text is laid out in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Layout {
    /// Line by line, below the line `header`, indented by some columns.
    Block { header: usize, indent: usize },
    /// Each character somewhere: the places of all, and the first character of each line of the text.
    Characters { places: Vec<At>, lines: Vec<usize> },
    /// Somewhere after this place.
    Behind(At),
}

impl Places {
    pub(super) fn put(&mut self, key: DataKey, layout: Layout) {
        self.texts.insert(key, layout);
    }

    pub(super) fn put_key(&mut self, name: &str, at: At) {
        self.keys.insert(name.to_owned(), at);
    }

    /// The place of a key of `data` in the file.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<(usize, usize)> {
        self.keys.get(name).copied()
    }

    /// The place in the file of a place in the text.
    #[must_use]
    pub fn of(&self, key: DataKey, (line, column): (usize, usize)) -> (usize, usize) {
        match self.texts.get(&key) {
            None => (line, column),
            Some(Layout::Block { header, indent }) => (header + line, indent + column),
            Some(Layout::Behind(at)) => *at,
            Some(Layout::Characters { places, lines }) => {
                let character = lines.get(line.saturating_sub(1)).map(|first| first + column.saturating_sub(1));
                let place = character.and_then(|at| places.get(at)).or(places.last());
                place.copied().unwrap_or((line, column))
            }
        }
    }

    /// A place as words: its line, and its column where `here` is on the same line.
    #[must_use]
    pub fn named(&self, key: DataKey, there: (usize, usize), here: (usize, usize)) -> String {
        let (line, column) = self.of(key, there);
        if line == self.of(key, here).0 { format!("line {line}, column {column}") } else { format!("line {line}") }
    }
}

impl Layout {
    /// The layout of a text whose characters are at these places.
    pub(super) fn characters(text: &str, places: Vec<At>) -> Self {
        let mut lines = vec![usize::from(text.starts_with('\u{feff}'))];
        let mut characters = text.chars().enumerate().peekable();
        while let Some((at, c)) = characters.next() {
            let joined = c == '\r' && characters.peek().is_some_and(|(_, next)| *next == '\n');
            if matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') && !joined {
                lines.push(at + 1);
            }
        }
        Self::Characters { places, lines }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layout_gives_its_lines() {
        let key = DataKey::MapRoles;
        let mut places = Places::default();
        assert_eq!(places.of(key, (3, 4)), (3, 4));
        places.put(key, Layout::Block { header: 7, indent: 4 });
        assert_eq!((places.of(key, (1, 3)), places.of(DataKey::MapUsers, (1, 3))), ((8, 7), (1, 3)));
        assert_eq!(places.named(key, (2, 3), (1, 3)), "line 9");
        assert_eq!(places.named(key, (1, 9), (1, 3)), "line 8, column 13");
        places.put(key, Layout::characters("a\r\nb", vec![(5, 9), (5, 10), (5, 12), (5, 14)]));
        assert_eq!(
            [places.of(key, (1, 1)), places.of(key, (2, 1)), places.of(key, (9, 1))],
            [(5, 9), (5, 14), (5, 14)]
        );
        assert_eq!(places.named(key, (2, 1), (1, 1)), "line 5, column 14");
    }
}
