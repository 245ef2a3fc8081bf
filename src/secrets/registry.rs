//! The values of this process, and texts without them.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::index::{Index, SHORTEST};
use super::shapes;
use super::spelling::Layer;

/// Replaces a secret.
const HIDDEN: &str = "**";

static REGISTRY: Mutex<Registry> = Mutex::new(Registry::new());

struct Registry {
    known: BTreeSet<Box<str>>,
    /// Registered but not indexed: the index is built for the first output, which most runs of `token` do not have.
    fresh: Vec<Box<str>>,
    index: Index,
}

impl Registry {
    const fn new() -> Self {
        Self { known: BTreeSet::new(), fresh: Vec::new(), index: Index::new() }
    }

    fn learn(&mut self, value: &str) {
        if self.known.insert(value.into()) {
            self.fresh.push(value.into());
        }
    }

    fn redacted(&mut self, text: &str) -> Option<String> {
        for value in std::mem::take(&mut self.fresh) {
            if value.len() < SHORTEST { self.index.add_code(&value) } else { self.index.add(&value) }
        }
        let mut hidden: Vec<Range<usize>> = Vec::new();
        for layer in Layer::all(text) {
            let mut found = Vec::new();
            self.index.find(&layer, &mut found);
            shapes::find(&layer, &mut found);
            hidden.extend(found.into_iter().map(|range| layer.place(range.start)..layer.place(range.end)));
        }
        if hidden.is_empty() { None } else { Some(without(text, hidden)) }
    }
}

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether secrets were redacted from a document when it was written.
pub fn is_hidden(document: &Value) -> bool {
    document.to_string().contains(HIDDEN)
}

/// Registers a secret. Values of less than eight characters are ignored: they would be found everywhere.
pub fn learn(value: &str) {
    let value = value.trim();
    if value.len() >= SHORTEST {
        registry().learn(value);
    }
}

/// Registers an MFA code; it is hidden as a word of its own.
pub fn learn_code(code: &str) {
    if !code.is_empty() && code.len() < SHORTEST {
        registry().learn(code);
    } else {
        learn(code);
    }
}

/// A text with secrets redacted.
pub fn redact(text: &str) -> Cow<'_, str> {
    match registry().redacted(text) {
        Some(clean) => Cow::Owned(clean),
        None => Cow::Borrowed(text),
    }
}

/// A document with secrets redacted in all its texts, names included.
#[must_use]
pub fn redact_json(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(redact_json).collect(),
        Value::Object(fields) => {
            let clean = |(name, value): (String, Value)| (redact(&name).into_owned(), redact_json(value));
            Value::Object(fields.into_iter().map(clean).collect())
        }
        other => other,
    }
}

fn without(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    hidden.sort_unstable_by_key(|range| (range.start, range.end));
    let mut clean = String::with_capacity(text.len());
    let mut at = 0;
    for range in hidden {
        if range.end <= at {
            continue;
        }
        let (start, end) = (text.floor_char_boundary(range.start), text.ceil_char_boundary(range.end));
        if start >= at {
            clean.push_str(&text[at..start]);
            clean.push_str(HIDDEN);
        }
        at = end;
    }
    clean.push_str(&text[at..]);
    clean
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_leaves_in_no_spelling() {
        learn(" wJalr/Mark+registry=0123456789 \n");
        for (text, clean) in [
            ("key wJalr/Mark+registry=0123456789.", "key **."),
            ("key wJalr%2FMark%2bregistry%3D0123456789.", "key **."),
            ("key wJalr%252FMark%252Bregistry%253D0123456789.", "key **."),
            (r"key wJalr\/Mark\u002bregistry\u003d0123456789.", "key **."),
            ("key wJalr&#x2F;Mark&#43;registry=0123456789.", "key **."),
            ("twice wJalr/Mark+registry=0123456789wJalr/Mark+registry=0123456789", "twice ****"),
            ("ä wJalr/Mark+registry=0123456789 ö", "ä ** ö"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(redact(text), clean);
        }
        assert_eq!(redact(&redact("wJalr/Mark+registry=0123456789")), "**");
    }

    #[test]
    fn a_document_stays_one() {
        learn("quoted\"mark\\registry");
        let document = json!({"a": ["say quoted\"mark\\registry", 1, null], "quoted\"mark\\registry": {"b": true}});
        assert_eq!(redact_json(document), json!({"a": ["say **", 1, null], "**": {"b": true}}));
    }

    #[test]
    fn what_is_too_short_hides_nothing() {
        learn("the");
        learn("seven77");
        learn("        ");
        assert_eq!(redact("the seven77         words"), "the seven77         words");
    }

    #[test]
    fn a_code_is_hidden_as_a_word() {
        learn_code("314159");
        learn_code("");
        assert_eq!(redact("code 314159; account 314159265358"), "code **; account 314159265358");
    }
}
