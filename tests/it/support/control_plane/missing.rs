//! What a test says when a program that it needs is not there.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

/// Set to a value, a missing program fails the test instead of skipping it.
const REQUIRED: &str = "EKSACCESS_REQUIRE_REAL";

/// A program that was not found where its variable says, or whose variable is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The environment variable that names the program's place.
    pub variable: &'static str,
    /// What was looked for there and not found; empty when the variable is not set.
    pub path: Option<PathBuf>,
}

impl Missing {
    /// The path in `variable`, with `file` below it unless that is empty.
    pub fn or_path(variable: &'static str, file: &str) -> Result<PathBuf, Self> {
        let Some(place) = std::env::var_os(variable).filter(|place| !place.is_empty()) else {
            return Err(Self { variable, path: None });
        };
        let path = if file.is_empty() { PathBuf::from(place) } else { PathBuf::from(place).join(file) };
        if path.exists() { Ok(path) } else { Err(Self { variable, path: Some(path) }) }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            None => write!(f, "set {}", self.variable)?,
            Some(path) => write!(f, "{} names {}, which is not there", self.variable, path.display())?,
        }
        write!(f, r#"; `eval "$(.ci/real-parts)"` builds and installs what is needed and sets it"#)
    }
}

/// What a test works with, or `None` after one line on standard error that says by name what is skipped and why. The
/// line passes by the test harness, which would keep it from sight.
///
/// # Panics
/// When something is missing and `EKSACCESS_REQUIRE_REAL` is set.
pub fn or_skip<T>(test: &str, found: Result<T, Missing>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(missing) => {
            skip(test, &missing.to_string());
            None
        }
    }
}

/// Says by name that a test is skipped and why.
///
/// # Panics
/// When `EKSACCESS_REQUIRE_REAL` is set.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os(REQUIRED).is_none(), "{test} may not be skipped here: {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}
