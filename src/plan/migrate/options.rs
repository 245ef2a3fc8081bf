//! The answers to the questions of a migration, from the command line.

use super::node::TYPES;
use crate::error::{Error, Result, one_line};
use crate::model::Principal;
use crate::model::arn::check_path;
use crate::plan::matching::matching_key;

/// An option's value for one ARN.
type Said = (String, String);

/// The answers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// `--type-of`, by ARN.
    type_of: Vec<Said>,
    /// `--username-of`, by ARN.
    username_of: Vec<Said>,
    /// `--path-of`, by a role's name or ARN.
    path_of: Vec<Said>,
    /// `--accept-recreated`, by ARN.
    accept_recreated: Vec<String>,
    /// `--create-bindings`
    pub create_bindings: bool,
}

impl Options {
    /// Reads the options as typed.
    ///
    /// # Errors
    /// One that is not `ARN=VALUE`, an unknown type, a path that IAM refuses.
    pub fn read(type_of: &[String], username_of: &[String], path_of: &[String], recreated: &[String]) -> Result<Self> {
        let mut options = Self::default();
        for text in type_of {
            let (arn, entry_type) = by_arn("--type-of", text, |text| text.rfind('='))?;
            if !TYPES.contains(&entry_type.as_str()) {
                return Err(Error::usage(format!(
                    "--type-of: {} is not a type of access entry",
                    one_line(&entry_type)
                ))
                .hint(format!("use one of these types: {}", TYPES.join(", "))));
            }
            options.type_of.push((arn, entry_type));
        }
        for text in username_of {
            options.username_of.push(by_arn("--username-of", text, |text| text.find('='))?);
        }
        for text in path_of {
            let wrong = || {
                Error::usage(format!("--path-of: `{}` is not a role with its path", one_line(text))).hint(
                    "write the role, an equals sign and the path between slashes; the path of a role without one is /",
                )
            };
            let at = text.find("=/").filter(|at| *at > 0).ok_or_else(wrong)?;
            let (role, path) = (&text[..at], &text[at + 1..]);
            check_path(path).map_err(|error| wrong().because_of(error))?;
            options.path_of.push((role.to_owned(), path.to_owned()));
        }
        for text in recreated {
            parse("--accept-recreated", text)?;
            options.accept_recreated.push(text.clone());
        }
        Ok(options)
    }

    /// The type that was given for a principal.
    pub(super) fn type_of(&self, principal: &Principal) -> Option<&str> {
        value(&self.type_of, principal)
    }

    /// The username that was given for a principal.
    pub(super) fn username_of(&self, principal: &Principal) -> Option<&str> {
        value(&self.username_of, principal)
    }

    /// The path that was given for a role. A bare name counts if only one account has a mapped role of that name.
    pub(super) fn path_of(&self, role: &Principal, is_ambiguous: bool) -> Option<&str> {
        let by_name = |key: &str| !is_ambiguous && key.eq_ignore_ascii_case(&role.name);
        let mut all = self.path_of.iter().filter(|(key, _)| names(key, role) || by_name(key));
        all.next_back().map(|(_, path)| path.as_str())
    }

    /// Whether the entry of an earlier role of that name may be recreated.
    pub(super) fn accepts_recreated(&self, principal: &Principal) -> bool {
        self.accept_recreated.iter().any(|arn| names(arn, principal))
    }

    /// The options that fit none of these ARNs, as typed.
    pub(super) fn unfit(&self, principals: &[Principal]) -> Vec<String> {
        let fits = |arn: &str| principals.iter().any(|principal| names(arn, principal));
        let of = |option: &str, all: &[Said], fits: &dyn Fn(&str) -> bool| -> Vec<String> {
            let unfit = all.iter().filter(|(key, _)| !fits(key));
            unfit.map(|(key, value)| format!("{option} {key}={value}")).collect()
        };
        let names_role = |key: &str| principals.iter().any(|p| p.is_role() && p.name.eq_ignore_ascii_case(key));
        let mut all = of("--type-of", &self.type_of, &fits);
        all.extend(of("--username-of", &self.username_of, &fits));
        all.extend(of("--path-of", &self.path_of, &|key| fits(key) || names_role(key)));
        let recreated = self.accept_recreated.iter().filter(|arn| !fits(arn));
        all.extend(recreated.map(|arn| format!("--accept-recreated {arn}")));
        all
    }
}

fn names(arn: &str, principal: &Principal) -> bool {
    matching_key(arn) == matching_key(&principal.to_string())
}

fn value<'o>(all: &'o [Said], principal: &Principal) -> Option<&'o str> {
    all.iter().rfind(|(arn, _)| names(arn, principal)).map(|(_, value)| value.as_str())
}

fn parse(option: &str, arn: &str) -> Result<Principal> {
    Principal::as_matched(arn).map_err(|error| Error::usage(format!("{option}: {error}")))
}

/// `ARN=VALUE`. A name may contain an equals sign, a type does not: the ARN ends at the first one or, if the value is a type,
/// at the last.
fn by_arn(option: &str, text: &str, at: impl Fn(&str) -> Option<usize>) -> Result<Said> {
    let Some(at) = at(text) else {
        return Err(Error::usage(format!("{option}: `{}` lacks an equals sign after the ARN", one_line(text))));
    };
    let (arn, value) = (&text[..at], &text[at + 1..]);
    parse(option, arn)?;
    if value.is_empty() {
        return Err(Error::usage(format!("{option}: the value for {arn} is empty")));
    }
    Ok((arn.to_owned(), value.to_owned()))
}
