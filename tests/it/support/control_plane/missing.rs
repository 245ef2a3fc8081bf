//! The message for a missing program.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

/// If set, a missing program fails the test instead of skipping it.
const REQUIRED: &str = "EKSACCESS_REQUIRE_REAL";

/// A program that was not found at the path in its variable, or whose variable is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The environment variable with the program's path.
    pub variable: &'static str,
    /// The path that was not found; `None` if the variable is not set.
    pub path: Option<PathBuf>,
}

impl Missing {
    /// The path in `variable`, joined with `file` unless that is empty.
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

/// The program, or `None` after one line on standard error with the skipped test and the reason. The line bypasses the
/// test harness, which would capture it.
///
/// # Panics
/// If something is missing and `EKSACCESS_REQUIRE_REAL` is set.
pub fn or_skip<T>(test: &str, found: Result<T, Missing>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(missing) => {
            skip(test, &missing.to_string());
            None
        }
    }
}

/// Prints the name of a skipped test and the reason.
///
/// # Panics
/// If `EKSACCESS_REQUIRE_REAL` is set.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os(REQUIRED).is_none(), "{test} may not be skipped here: {why}");
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}
