//! Whether a step needs a confirmation, and why: its class.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The class of a step, which decides whether it needs a confirmation.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// No identity and no right is reduced, and no principal gets more than the command names. Needs no confirmation.
    Additive,
    /// Something that others may rely on is replaced. Needs a confirmation.
    Overwriting,
    /// It can't be undone. Needs a confirmation, and must have been named.
    Irreversible,
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Additive => "additive",
            Self::Overwriting => "overwriting",
            Self::Irreversible => "irreversible",
        })
    }
}

/// Whether a step needs a confirmation, with the reason in words. In documents: `class`, and `why` if there is one.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Ask {
    /// It is additive.
    #[default]
    No,
    /// It is additive, on a cluster that was picked by a pattern, a tag or `--all-clusters` rather than named.
    Picked,
    /// It replaces something.
    Overwrites(String),
    /// It can't be undone.
    Irreversible(String),
}

impl Ask {
    /// Overwriting if there is a reason.
    pub fn because(why: Option<String>) -> Self {
        why.map_or(Self::No, Self::Overwrites)
    }

    /// The same for any number of reasons.
    pub fn because_of(whys: &[String]) -> Self {
        Self::because((!whys.is_empty()).then(|| whys.join("; ")))
    }

    /// Adds a reason.
    pub fn also(&mut self, why: String) {
        *self = match std::mem::take(self) {
            Self::No | Self::Picked => Self::Overwrites(why),
            Self::Overwrites(before) => Self::Overwrites(format!("{before}; {why}")),
            Self::Irreversible(before) => Self::Irreversible(format!("{before}; {why}")),
        };
    }

    /// The class.
    pub const fn class(&self) -> Class {
        match self {
            Self::No | Self::Picked => Class::Additive,
            Self::Overwrites(_) => Class::Overwriting,
            Self::Irreversible(_) => Class::Irreversible,
        }
    }

    /// The reason for a confirmation.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::No => None,
            Self::Picked => Some("the cluster was selected, not named"),
            Self::Overwrites(why) | Self::Irreversible(why) => Some(why),
        }
    }
}

impl Serialize for Ask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("class", &self.class())?;
        if let Some(why) = self.why() {
            map.serialize_entry("why", why)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_add_up_and_the_class_is_the_worst() {
        let mut ask = Ask::because(None);
        assert_eq!((ask.class(), ask.why()), (Class::Additive, None));
        ask.also("a".into());
        ask.also("b".into());
        assert_eq!((ask.class(), ask.why()), (Class::Overwriting, Some("a; b")));
        let mut ask = Ask::Irreversible("c".into());
        ask.also("d".into());
        assert_eq!((ask.class(), ask.why()), (Class::Irreversible, Some("c; d")));
        assert_eq!(Ask::because_of(&["a".into(), "b".into()]), Ask::Overwrites("a; b".into()));
    }

    #[test]
    fn a_document_has_the_class_and_the_reason() {
        assert_eq!(serde_json::to_string(&Ask::No).unwrap(), r#"{"class":"additive"}"#);
        let ask = Ask::Overwrites("w".into());
        assert_eq!(serde_json::to_string(&ask).unwrap(), r#"{"class":"overwriting","why":"w"}"#);
    }
}
