//! Errors as a person reads them: a kind that decides the exit status, what was being done, why, and the one next
//! command. Library code creates them; only the command line prints them.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::sync::Arc;

pub use crate::characters::{one_line, printable};
use crate::secrets::{redact, redact_json};

/// The kind of failure; each has its exit status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The work failed.
    Failed,
    /// The command line, or an input, is wrong; nothing was attempted.
    Usage,
    /// The state changed after the plan was made.
    WorldChanged,
    /// A verification found something broken.
    Broken,
    /// A confirmation was needed and could not be asked for.
    ConfirmationNeeded,
    /// Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The exit status of the process.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::WorldChanged => 4,
            Self::Broken => 5,
            Self::ConfirmationNeeded => 6,
            Self::Interrupted => 130,
        }
    }

    /// The kind as the JSON output spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::WorldChanged => "world-changed",
            Self::Broken => "broken",
            Self::ConfirmationNeeded => "confirmation-needed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The underlying error, if any, with its own type and sources. It is carried next to the texts and ignored in
/// comparisons.
#[derive(Clone, Default)]
pub struct Chained(Option<Arc<anyhow::Error>>);

impl Chained {
    /// An error of a library.
    pub fn of(error: impl StdError + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(anyhow::Error::new(error))))
    }

    /// One whose type only its creator knows.
    pub fn boxed(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self(Some(Arc::new(anyhow::Error::from_boxed(error))))
    }

    /// The outermost of them.
    pub fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.as_ref().map(|error| -> &(dyn StdError + 'static) { (**error).as_ref() })
    }

    /// All of them, outermost first.
    fn all(&self) -> impl Iterator<Item = &(dyn StdError + 'static)> {
        std::iter::successors(self.source(), |&error| error.source())
    }
}

impl PartialEq for Chained {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Chained {}

/// Shows nothing of it: the debug text of a library's error must not be printed.
impl fmt::Debug for Chained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Chained(..)" } else { "Chained" })
    }
}

/// Why something could not be read, where a run continues without it: in words, with the errors behind them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unread {
    /// In words.
    pub text: String,
    /// The errors behind it.
    pub chained: Chained,
}

impl From<String> for Unread {
    fn from(text: String) -> Self {
        Self { text, chained: Chained::default() }
    }
}

impl From<&str> for Unread {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An error that a person reads.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Error {
    /// Decides the exit status.
    pub kind: Kind,
    /// What was being done, to which object, and what is wrong.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// The one next command or thing to do.
    pub hint: Option<String>,
    /// The errors behind the causes.
    pub chained: Chained,
}

impl Error {
    /// An error of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), hint: None, chained: Chained::default() }
    }

    /// The work failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Kind::Failed, message)
    }

    /// The input is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Adds a reason after the existing ones.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds an underlying error as a reason, and carries it.
    #[must_use]
    pub fn because_of(self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.because(cause.to_string()).carrying(Chained::of(cause))
    }

    /// Adds why something could not be read as a reason, and carries the errors behind it.
    #[must_use]
    pub fn because_unread(self, why: &Unread) -> Self {
        self.because(&*why.text).carrying(why.chained.clone())
    }

    /// Carries the errors behind the reasons.
    #[must_use]
    pub fn carrying(mut self, chained: Chained) -> Self {
        self.chained = chained;
        self
    }

    /// Sets the next command.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The error for machines: kind, message, causes, hint. Secrets are redacted.
    pub fn to_json(&self) -> serde_json::Value {
        redact_json(serde_json::json!({
            "kind": self.kind.as_str(), "message": self.message, "causes": self.causes, "hint": self.hint,
        }))
    }

    /// The text for a terminal: `error:`, causes, at most one `hint:`. Secrets are redacted, terminal control
    /// characters escaped, and further lines of a text indented, so that no foreign text can write a line that looks
    /// like one of these.
    pub fn render(&self) -> String {
        self.rendered("")
    }

    /// The same with a line `source:` for each carried error, except those that a reason already shows.
    pub fn render_with_sources(&self) -> String {
        let said = |text: &String| *text != self.message && !self.causes.contains(text);
        let line = |text: String| {
            let clean = redact(&text);
            let end = clean.char_indices().nth(LONGEST_SOURCE);
            let (shown, more) = end.map_or((&*clean, ""), |(end, _)| (&clean[..end], "…"));
            format!("  source: {}{more}\n", one_line(shown.trim()))
        };
        self.rendered(&self.chained.all().map(ToString::to_string).filter(said).map(line).collect::<String>())
    }

    fn rendered(&self, sources: &str) -> String {
        let below = |text: &str| printable(&redact(text)).replace('\n', &format!("\n{QUOTED}"));
        let mut text = format!("error: {}\n", below(&self.message));
        for cause in &self.causes {
            let _ = writeln!(text, "  because: {}", below(cause.trim_end()));
        }
        text.push_str(sources);
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "hint: {}", below(hint));
        }
        text
    }
}

/// A source's text is cut here: it may be a proxy's whole page.
const LONGEST_SOURCE: usize = 600;

/// The indentation of each further line of a text.
pub const QUOTED: &str = "    ";

/// A text as one word of a shell command: quoted where a shell would interpret it.
pub fn shell_word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.chained.source()
    }
}

/// The result type of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_with_its_reasons_and_one_hint() {
        let error = Error::failed("reading role X").because("iam:GetRole: AccessDenied").hint("ask for iam:GetRole");
        assert_eq!(
            error.render(),
            "error: reading role X\n  because: iam:GetRole: AccessDenied\nhint: ask for iam:GetRole\n"
        );
    }

    #[test]
    fn nothing_foreign_paints_the_terminal() {
        let shown = Error::failed("\u{1b}[31mred\u{7}").because("a\u{202e}b").render();
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}') && !shown.contains('\u{202e}'), "{shown:?}");
        assert!(shown.contains("\\u{1b}[31mred"));
    }

    #[test]
    fn nothing_foreign_begins_a_line_that_looks_like_ours() {
        let shown = Error::failed("a\nhint: b").because("c\r\nhint: d\u{2028}hint: e").hint("f\nhint: g").render();
        let expected = "error: a\n    hint: b\n  because: c\\u{d}\n    hint: d\\u{2028}hint: e\nhint: f\n    hint: g\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn no_secret_is_left_in_an_error() {
        crate::secrets::learn("error-mark-secret");
        let error = Error::failed("m error-mark-secret").because("c error-mark-secret").hint("h error-mark-secret");
        assert_eq!(error.render(), "error: m **\n  because: c **\nhint: h **\n");
        assert_eq!(error.to_json()["causes"][0], "c **");
    }

    #[derive(Debug)]
    struct Layer(&'static str, Option<std::io::Error>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Layer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_ref().map(|inner| -> &(dyn StdError + 'static) { inner })
        }
    }

    #[test]
    fn what_failed_below_is_carried_with_its_type_and_shown_where_it_is_asked_for() {
        crate::secrets::learn("chained-mark-secret");
        let refused = std::io::Error::other("re\nfused chained-mark-secret");
        let error = Error::failed("m").because_of(Layer("connect", Some(refused))).hint("h");
        assert_eq!(error.render(), "error: m\n  because: connect\nhint: h\n");
        let shown = error.render_with_sources();
        assert_eq!(shown, "error: m\n  because: connect\n  source: re\\nfused **\nhint: h\n");
        let source = StdError::source(&error).and_then(|source| source.downcast_ref::<Layer>());
        assert!(source.is_some_and(|layer| layer.1.is_some()));
        assert_eq!(error, Error::failed("m").because("connect").hint("h"), "the texts decide");
        assert!(!format!("{error:?}").contains("fused"), "{error:?}");
    }

    #[test]
    fn a_long_source_is_cut() {
        let error = Error::failed("m").carrying(Chained::of(std::io::Error::other("x".repeat(5000))));
        assert_eq!(error.render_with_sources(), format!("error: m\n  source: {}…\n", "x".repeat(LONGEST_SOURCE)));
    }

    #[test]
    fn every_kind_has_its_own_exit_status() {
        let all =
            [Kind::Failed, Kind::Usage, Kind::WorldChanged, Kind::Broken, Kind::ConfirmationNeeded, Kind::Interrupted];
        assert_eq!(all.map(Kind::exit_code), [1, 2, 4, 5, 6, 130]);
    }

    #[test]
    fn a_shell_reads_the_word_that_was_meant() {
        for text in ["dev", "arn:aws:iam::111122223333:role/a+b=c,d.e@f-g_h", "KubernetesAdmin"] {
            assert_eq!(shell_word(text), text);
        }
        for (text, quoted) in [
            ("", "''"),
            ("*", "'*'"),
            ("a - b", "'a - b'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -r ~)", "'$(rm -r ~)'"),
            ("{{SessionName}}", "'{{SessionName}}'"),
        ] {
            assert_eq!(shell_word(text), quoted);
        }
    }
}
