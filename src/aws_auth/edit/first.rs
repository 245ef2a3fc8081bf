//! The first entry of a list, and its removal.
//!
//! A missing data key gets a new text for the first entry, an empty one gets a text without a final line break, and
//! after comments the entry is added as after other entries. The text shows which of them it was, so that removing the
//! only entry restores what was there before: no key, an empty one, or the comments. A list that was `[]` gets its
//! first entry in another layout (see `EntryStyle::in_brackets`), and becomes `[]` again on removal, like every other
//! list.

use super::layout::break_before;
use super::style::{EntryStyle, Flow, GroupsForm};
use crate::aws_auth::entries::entries;
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::read::accounts;

/// The only entry of a text, or its only account, as JSON on one line. Its blanks distinguish it from a list that was
/// `[]` before.
pub(in crate::aws_auth) fn on_one_line(key: DataKey, text: &str) -> Option<String> {
    if key == DataKey::MapAccounts {
        let read = accounts(text);
        let [(only, _)] = &read.list[..] else { return None };
        return Some(format!("[ \"{}\" ]", only.account));
    }
    let read = entries(key, text).ok()?;
    let [only] = &read.list[..] else { return None };
    let mapping = &only.mapping;
    let style = EntryStyle { groups: GroupsForm::Flow(Flow::plain()), flow: Some(Flow::plain()), ..EntryStyle::json() };
    let entry = style.entry(mapping, 0);
    only.dropped.is_none().then(|| format!("[{entry}]"))
}

/// What a data key holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Left {
    /// There is no such key.
    NoKey,
    /// This text.
    Text(String),
}

impl Left {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::NoKey => None,
            Self::Text(text) => Some(text),
        }
    }
}

/// What was there before the only item was added, which begins at `item` and is all that the list holds; `None` where
/// `with_first` would have written it differently, so a person wrote it.
pub(super) fn before_first(
    text: &str,
    item: usize,
    with_first: impl Fn(Option<&str>) -> Option<String>,
) -> Option<Left> {
    let before = &text[..item];
    let unended = &before[..item - break_before(text, item)];
    let mut candidates = [Left::NoKey, Left::Text(unended.to_owned()), Left::Text(before.to_owned())].into_iter();
    candidates.find(|left| with_first(left.as_text()).is_some_and(|again| again == text))
}
