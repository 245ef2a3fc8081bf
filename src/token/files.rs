//! The texts that a decision may need, read on demand.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::model::hex::hex;
use crate::secrets::{learn, learn_login, learn_settings};

/// An existing file that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("{} can't be read: {source}", path.display())]
pub struct TextError {
    /// The file.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

/// A file's text, which may hold secrets, and its name.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Text {
    /// The file.
    pub file: String,
    /// Its text; empty for a missing file.
    pub text: String,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.file).finish()
    }
}

/// The source of texts; tests have their own.
pub trait Texts {
    /// The AWS config file.
    ///
    /// # Errors
    /// [`TextError`] for an existing file that can't be read.
    fn config(&self) -> Result<Text, TextError>;
    /// The AWS credentials file.
    ///
    /// # Errors
    /// [`TextError`] for an existing file that can't be read.
    fn credentials(&self) -> Result<Text, TextError>;
    /// A file with a web-identity token, if it can be read.
    fn web_identity_token(&self, path: &str) -> Option<String>;
    /// The cache files of Identity Center's logins, written by `aws sso login` and the SDKs, in the order of their
    /// names.
    fn sso_logins(&self) -> Vec<String>;
    /// The cache file of a console session, written by `aws login`, by the session's ARN.
    fn login(&self, session: &str) -> Option<String>;
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
    /// The directory of console sessions.
    pub logins: Option<PathBuf>,
}

impl UserFiles {
    /// The paths from the values of `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE`, `AWS_LOGIN_CACHE_DIRECTORY` and
    /// the home directory. As in the AWS CLI an empty name is a missing file, and a tilde and variables are expanded as
    /// in a shell.
    pub fn from_lookup(variable: impl Fn(&str) -> Option<String>) -> Self {
        let home = variable("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let path = |name: &str, default: &str| match variable(name) {
            Some(named) if named.is_empty() => None,
            Some(named) => {
                let named = expanded(&named, &variable);
                Some(match (named.strip_prefix("~/"), &home) {
                    (Some(rest), Some(home)) => home.join(rest),
                    _ => PathBuf::from(named),
                })
            }
            None => Some(home.as_ref()?.join(".aws").join(default)),
        };
        Self {
            config: path("AWS_CONFIG_FILE", "config"),
            credentials: path("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
            sso_logins: home.as_ref().map(|home| home.join(".aws/sso/cache")),
            logins: path("AWS_LOGIN_CACHE_DIRECTORY", "login/cache"),
        }
    }
}

/// `$NAME` and `${NAME}` replaced by the variables' values; unset ones stay unchanged.
fn expanded(text: &str, variable: &impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split('$');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let braced = part.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let end = part.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(part.len());
        let (name, rest) = braced.unwrap_or_else(|| part.split_at(end));
        match variable(name).filter(|_| !name.is_empty()) {
            Some(value) => whole.extend([value.as_str(), rest]),
            None => whole.extend(["$", part]),
        }
    }
    whole
}

impl Texts for UserFiles {
    fn config(&self) -> Result<Text, TextError> {
        text_or_empty(self.config.as_deref())
    }

    fn credentials(&self) -> Result<Text, TextError> {
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

    fn login(&self, session: &str) -> Option<String> {
        let name = format!("{}.json", hex(&Sha256::digest(session)));
        fs::read_to_string(self.logins.as_ref()?.join(name)).ok().inspect(|login| learn_login(login))
    }
}

/// The text of a file; a missing file and a directory are empty.
fn text_or_empty(path: Option<&Path>) -> Result<Text, TextError> {
    let Some(path) = path else { return Ok(Text::default()) };
    let file = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => {
            learn_settings(&text);
            Ok(Text { file, text })
        }
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => {
            Ok(Text { file, text: String::new() })
        }
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
            logins: Some("/h/.aws/login/cache".into()),
        };
        assert_eq!(files(&[("HOME", "/h")]), paths("/h/.aws/config", "/h/.aws/credentials"));
        let named = [("HOME", "/h"), ("AWS_CONFIG_FILE", "~/c"), ("AWS_SHARED_CREDENTIALS_FILE", "/x/k")];
        assert_eq!(files(&named), paths("/h/c", "/x/k"));
        assert_eq!(files(&[("HOME", "/h"), ("AWS_CONFIG_FILE", "")]).config, None);
        let of = |named: &str| files(&[("HOME", "/h"), ("X", "y"), ("AWS_CONFIG_FILE", named)]).config.unwrap();
        for (named, wanted) in
            [("$HOME/a", "/h/a"), ("/${X}z/$X", "/yz/y"), ("/$NOT/${NOT}/$", "/$NOT/${NOT}/$"), ("~$X", "~y")]
        {
            assert_eq!(of(named), Path::new(wanted), "{named}");
        }
        let elsewhere = [("HOME", "/h"), ("AWS_LOGIN_CACHE_DIRECTORY", "~/l")];
        assert_eq!(files(&elsewhere).logins, Some("/h/l".into()));
        assert_eq!(files(&[]), UserFiles::default());
    }

    #[test]
    fn what_is_not_there_is_empty_and_what_can_not_be_read_says_so() {
        let home = tempfile::TempDir::new().unwrap();
        let binary = home.path().join("binary").display().to_string();
        fs::write(&binary, [0xff]).unwrap();
        let files = files(&[("HOME", "/"), ("AWS_CONFIG_FILE", "/"), ("AWS_SHARED_CREDENTIALS_FILE", &binary)]);
        assert_eq!(files.config().unwrap().text, "");
        assert!(files.credentials().unwrap_err().to_string().starts_with(&format!("{binary} can't be read: ")));
        assert_eq!((files.web_identity_token("/nowhere/at/all"), files.sso_logins()), (None, vec![]));
        assert_eq!(files.login("arn"), None);
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
