//! Selects clusters: by name, ARN or glob, and by tags. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use wildmatch::WildMatch;

use super::arn::ArnError;
use super::cluster_arn::{ClusterArn, check_cluster_name};

/// Why a text can't select clusters.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SelectorError {
    /// A character that occurs neither in a cluster's name nor in its ARN, and is not a wildcard.
    #[error("`{text}` holds `{found}`: a glob may hold only the wildcards * and ? and what {held} may hold")]
    Character {
        /// The text given.
        text: String,
        /// The character.
        found: char,
        /// What the text was read as: a cluster's name or ARN.
        held: &'static str,
    },
    /// Neither a name nor a cluster's ARN.
    #[error("{0}")]
    Cluster(#[from] ArnError),
    /// A glob that is too long.
    #[error("the glob is longer than {0} characters")]
    Long(usize),
    /// A tag without a key or without `=`.
    #[error("`{0}` is not a tag: expected KEY=VALUE")]
    Tag(String),
}

/// The most characters of a glob: more than an ARN has.
const MAX_GLOB: usize = 512;

/// The clusters that one `--cluster` selects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ClusterSelector {
    /// The clusters of this name in the searched places.
    Name(String),
    /// Exactly this one.
    Arn(ClusterArn),
    /// Those whose name or ARN matches.
    Glob(ClusterGlob),
}

impl ClusterSelector {
    /// Whether it may match several clusters.
    pub const fn is_glob(&self) -> bool {
        matches!(self, Self::Glob(_))
    }

    /// Whether it matches a cluster.
    pub fn matches(&self, cluster: &ClusterArn) -> bool {
        match self {
            Self::Name(name) => *name == cluster.name,
            Self::Arn(arn) => arn == cluster,
            Self::Glob(glob) => glob.matches(cluster),
        }
    }

    /// The region in it; `None` if the command's regions are searched.
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Arn(arn) => Some(&arn.region),
            Self::Glob(glob) => glob.literal(3),
        }
    }

    /// The account in it; `None` if every account of the command is searched.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Name(_) => None,
            Self::Arn(arn) => Some(&arn.account),
            Self::Glob(glob) => glob.literal(4),
        }
    }
}

impl FromStr for ClusterSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let is_arn = text.starts_with("arn:");
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c) || (is_arn && ":/".contains(c));
        let held = if is_arn { "a cluster's ARN" } else { "a cluster's name" };
        let is_glob = text.contains(['*', '?']);
        // Without a wildcard, other glob characters show that a glob was meant.
        let strange = |c: char| if is_glob { !plain(c) && !"*?".contains(c) } else { "[]{}\\!".contains(c) };
        if let Some(found) = text.chars().find(|&c| strange(c)) {
            return Err(SelectorError::Character { text: text.to_owned(), found, held });
        }
        if is_glob {
            return ClusterGlob::new(text).map(Self::Glob);
        }
        if is_arn {
            return Ok(Self::Arn(text.parse()?));
        }
        check_cluster_name(text)?;
        Ok(Self::Name(text.to_owned()))
    }
}

impl fmt::Display for ClusterSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Arn(arn) => arn.fmt(f),
            Self::Glob(glob) => f.write_str(&glob.text),
        }
    }
}

/// A pattern of `*`, any text, and `?`, one character: for a cluster's name, or for its whole ARN if it begins with
/// `arn:`.
#[derive(Clone, Debug)]
pub struct ClusterGlob {
    text: String,
    matcher: WildMatch,
}

impl ClusterGlob {
    fn new(text: &str) -> Result<Self, SelectorError> {
        if text.len() > MAX_GLOB {
            return Err(SelectorError::Long(MAX_GLOB));
        }
        Ok(Self { text: text.to_owned(), matcher: WildMatch::new(text) })
    }

    /// Whether it matches ARNs.
    pub fn is_of_arns(&self) -> bool {
        self.text.starts_with("arn:")
    }

    fn matches(&self, cluster: &ClusterArn) -> bool {
        if self.is_of_arns() { self.matcher.matches(&cluster.to_string()) } else { self.matcher.matches(&cluster.name) }
    }

    /// A part of the ARN that the pattern fixes. A cluster's ARN has six parts: in a pattern with six parts no wildcard
    /// matches a colon.
    fn literal(&self, part: usize) -> Option<&str> {
        let parts: Vec<&str> = self.text.split(':').collect();
        let of_arn = self.is_of_arns() && parts.len() == 6;
        parts.get(part).copied().filter(|text| of_arn && !text.is_empty() && !text.contains(['*', '?']))
    }
}

impl PartialEq for ClusterGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ClusterGlob {}

/// A tag that a cluster must have, key and value exactly.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TagSelector {
    /// The key.
    pub key: String,
    /// The value; may be empty.
    pub value: String,
}

impl TagSelector {
    /// Whether these tags include it.
    pub fn matches(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(&self.key) == Some(&self.value)
    }
}

impl FromStr for TagSelector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let (key, value) = text.split_once('=').ok_or_else(|| SelectorError::Tag(text.to_owned()))?;
        if key.is_empty() {
            return Err(SelectorError::Tag(text.to_owned()));
        }
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

impl fmt::Display for TagSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

#[cfg(test)]
#[path = "selector_tests.rs"]
mod tests;
