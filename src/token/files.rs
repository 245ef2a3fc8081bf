//! The texts that a decision may need, read only when it asks for them.

use std::fs;
use std::path::{Path, PathBuf};

/// Where texts come from; a test has its own.
pub trait Texts {
    /// The AWS config file, empty where there is none.
    fn config(&self) -> String;
    /// The AWS credentials file, empty where there is none.
    fn credentials(&self) -> String;
    /// A file with a web-identity token, where it can be read.
    fn web_identity_token(&self, path: &str) -> Option<String>;
}

/// The user's own files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UserFiles {
    /// The config file's path.
    pub config: Option<PathBuf>,
    /// The credentials file's path.
    pub credentials: Option<PathBuf>,
}

impl UserFiles {
    /// The paths from the values of `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE` and the home directory.
    pub fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
        let path = |name: &str, default: &str| match variable(name) {
            Some(named) => match (named.strip_prefix("~/"), &home) {
                (Some(rest), Some(home)) => Some(home.join(rest)),
                _ => Some(PathBuf::from(named)),
            },
            None => Some(home.as_ref()?.join(".aws").join(default)),
        };
        Self {
            config: path("AWS_CONFIG_FILE", "config"),
            credentials: path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        }
    }
}

impl Texts for UserFiles {
    fn config(&self) -> String {
        text_of(self.config.as_deref()).unwrap_or_default()
    }

    fn credentials(&self) -> String {
        text_of(self.credentials.as_deref()).unwrap_or_default()
    }

    fn web_identity_token(&self, path: &str) -> Option<String> {
        text_of(Some(Path::new(path)))
    }
}

fn text_of(path: Option<&Path>) -> Option<String> {
    fs::read_to_string(path?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(variables: &[(&str, &str)]) -> UserFiles {
        UserFiles::from_lookup(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_files_lie_where_the_environment_says() {
        let paths = |config: &str, credentials: &str| UserFiles {
            config: Some(config.into()),
            credentials: Some(credentials.into()),
        };
        assert_eq!(files(&[("HOME", "/h")]), paths("/h/.aws/config", "/h/.aws/credentials"));
        let named = [("HOME", "/h"), ("AWS_CONFIG_FILE", "~/c"), ("AWS_SHARED_CREDENTIALS_FILE", "/x/k")];
        assert_eq!(files(&named), paths("/h/c", "/x/k"));
        assert_eq!(files(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "")]).config, Some("/h/.aws/config".into()));
        assert_eq!(files(&[]), UserFiles::default());
    }

    #[test]
    fn what_is_not_there_is_empty() {
        let files = files(&[("HOME", "/nowhere/at/all")]);
        assert_eq!((files.config(), files.credentials()), (String::new(), String::new()));
        assert_eq!(files.web_identity_token("/nowhere/at/all"), None);
    }
}
