//! Why a kubeconfig can't be read or changed.

/// Why a text is not a kubeconfig that can be changed safely.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DocumentError {
    /// The text is not YAML.
    #[error("it is not YAML: {reason}{}", at(*.line))]
    NotYaml {
        /// The parser's message.
        reason: String,
        /// The line, from 1, if known.
        line: Option<usize>,
    },
    /// The text nests deeper than any kubeconfig; it was not parsed.
    #[error("it is nested deeper than {most} levels (line {line}), which a kubeconfig never is")]
    TooDeep {
        /// How deep it may nest.
        most: usize,
        /// The line, from 1, from which it is too deep.
        line: usize,
    },
    /// The text is longer than any kubeconfig; it was not parsed.
    #[error("it is longer than {mib} MiB, which a kubeconfig never is", mib = .most >> 20)]
    TooLong {
        /// How many bytes it may have.
        most: usize,
    },
    /// The document is a list or a text where a mapping should be.
    #[error("it is not a kubeconfig: expected a mapping with clusters, contexts and users, found {0}")]
    NotAMapping(&'static str),
    /// It is a manifest of something else.
    #[error("it is not a kubeconfig: its kind is `{kind}`, expected `Config`{}", at(*.line))]
    OtherKind {
        /// Its `kind`.
        kind: String,
        /// The line, from 1.
        line: Option<usize>,
    },
    /// More than one YAML document; kubectl would read only the first.
    #[error("it holds several YAML documents, and kubectl reads only the first{}", at(*.line))]
    Several {
        /// The line, from 1, of the second one.
        line: Option<usize>,
    },
    /// A key occurs twice in one mapping.
    #[error("the key `{key}` is in one mapping twice{}", at(*.line))]
    DuplicateKey {
        /// The key.
        key: String,
        /// The line, from 1, of the second one.
        line: Option<usize>,
    },
    /// Two entries of one list have the same name, which kubectl refuses.
    #[error("two entries of `{list}` are named `{name}`, and kubectl rejects such a file")]
    DuplicateName {
        /// `clusters`, `contexts` or `users`.
        list: &'static str,
        /// The name.
        name: String,
    },
    /// A value has a type that kubectl does not accept there.
    #[error("`{place}` is {found}, expected {expected}{}", at(*.line))]
    WrongType {
        /// Where, `users[2].name`.
        place: String,
        /// The type found.
        found: &'static str,
        /// The type expected.
        expected: &'static str,
        /// The line, from 1, if known.
        line: Option<usize>,
    },
    /// The name for the entry belongs to another one.
    #[error("the {entry} `{name}` already exists with another meaning: {means}; it is left unchanged")]
    NameTaken {
        /// `context` or `user`.
        entry: &'static str,
        /// The name.
        name: String,
        /// Its present meaning.
        means: String,
    },
    /// Something must change, and kubectl takes it from a file of the list other than the written one.
    #[error("the {entry} `{name}` would have to change, but kubectl takes it from another file")]
    Elsewhere {
        /// `cluster`, `user`, `context` or `current-context`.
        entry: &'static str,
        /// The name.
        name: String,
    },
    /// The edited text, read again, would not mean the old document plus the change.
    #[error("the edit of `{place}` could not be proven safe: {reason}; nothing is changed")]
    NotProven {
        /// Where.
        place: String,
        /// The obstacle.
        reason: String,
    },
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" (line {line})"))
}
