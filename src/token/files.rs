//! The texts that a decision may need, read only when it asks for them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::secrets::{learn, learn_login, learn_settings};

/// A file that is there and can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be read: {source}", path.display())]
pub struct TextError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Where texts come from; a test has its own.
pub trait Texts {
    /// The AWS config file, empty where there is none.
    ///
    /// # Errors
    /// [`TextError`] for a file that is there and can't be read.
    fn config(&self) -> Result<String, TextError>;
    /// The AWS credentials file, empty where there is none.
    ///
    /// # Errors
    /// [`TextError`] for a file that is there and can't be read.
    fn credentials(&self) -> Result<String, TextError>;
    /// A file with a web-identity token, where it can be read.
    fn web_identity_token(&self, path: &str) -> Option<String>;
    /// The files that `aws sso login` and the SDKs keep of Identity Center's logins, in the order of their names.
    fn sso_logins(&self) -> Vec<String>;
}

/// The user's own files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct UserFiles {
    /// The config file's path.
    pub config: Option<PathBuf>,
    /// The credentials file's path.
    pub credentials: Option<PathBuf>,
    /// The directory of Identity Center's logins.
    pub sso_logins: Option<PathBuf>,
}

impl UserFiles {
    /// The paths from the values of `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE` and the home directory.
    pub fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let home = variable("HOME").map(PathBuf::from);
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
            sso_logins: home.as_ref().map(|home| home.join(".aws/sso/cache")),
        }
    }
}

impl Texts for UserFiles {
    fn config(&self) -> Result<String, TextError> {
        text_or_empty(self.config.as_deref())
    }

    fn credentials(&self) -> Result<String, TextError> {
        text_or_empty(self.credentials.as_deref())
    }

    fn web_identity_token(&self, path: &str) -> Option<String> {
        fs::read_to_string(path).ok().inspect(|token| learn(token))
    }

    fn sso_logins(&self) -> Vec<String> {
        let Some(entries) = self.sso_logins.as_deref().and_then(|dir| fs::read_dir(dir).ok()) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort_unstable();
        paths.into_iter().filter_map(|path| fs::read_to_string(path).ok()).inspect(|login| learn_login(login)).collect()
    }
}

fn text_or_empty(path: Option<&Path>) -> Result<String, TextError> {
    let Some(path) = path else { return Ok(String::new()) };
    match fs::read_to_string(path) {
        Ok(text) => {
            learn_settings(&text);
            Ok(text)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(source) => Err(TextError { path: path.to_owned(), source }),
    }
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
            sso_logins: Some("/h/.aws/sso/cache".into()),
        };
        assert_eq!(files(&[("HOME", "/h")]), paths("/h/.aws/config", "/h/.aws/credentials"));
        let named = [("HOME", "/h"), ("AWS_CONFIG_FILE", "~/c"), ("AWS_SHARED_CREDENTIALS_FILE", "/x/k")];
        assert_eq!(files(&named), paths("/h/c", "/x/k"));
        assert_eq!(files(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "")]).config, Some("/h/.aws/config".into()));
        assert_eq!(files(&[]), UserFiles::default());
    }

    #[test]
    fn what_is_not_there_is_empty_and_what_can_not_be_read_says_so() {
        let files = files(&[("HOME", "/nowhere/at/all"), ("AWS_SHARED_CREDENTIALS_FILE", "/")]);
        assert_eq!(files.config().unwrap(), "");
        assert!(files.credentials().unwrap_err().to_string().starts_with("/ can't be read: "));
        assert_eq!((files.web_identity_token("/nowhere/at/all"), files.sso_logins()), (None, vec![]));
    }

    #[test]
    fn logins_are_read_in_the_order_of_their_names() {
        let home = tempfile::TempDir::new().unwrap();
        let dir = home.path().join(".aws/sso/cache");
        fs::create_dir_all(&dir).unwrap();
        for (name, text) in [("b.json", "2"), ("a.json", "1"), ("notes.txt", "0")] {
            fs::write(dir.join(name), text).unwrap();
        }
        assert_eq!(files(&[("HOME", home.path().to_str().unwrap())]).sso_logins(), ["1", "2"]);
    }
}
