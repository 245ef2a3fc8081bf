//! The AWS config and credentials files: from their texts to profiles, combined as in the AWS CLI. Pure over the texts;
//! profiles are interpreted in [`super::whose`].

use std::collections::BTreeMap;

use super::files::Text;
use super::ini::{Fault, Ini, Section};
use super::words::words;

/// The default profile.
pub const DEFAULT_PROFILE: &str = "default";

/// Why a profile can't be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// The profile's section can't be read.
    #[error("the AWS profile `{name}` can't be read: {fault}")]
    Unreadable {
        /// The profile's name.
        name: String,
        /// The fault and its place.
        fault: Box<Fault>,
    },
    /// There is no such profile.
    #[error("there is no AWS profile `{name}`{}: {}{}", asked(from.as_deref()), those(existing), also(fault.as_deref()))]
    Missing {
        /// The profile's name.
        name: String,
        /// The profile whose `source_profile` it is.
        from: Option<String>,
        /// The profiles that exist.
        existing: Vec<String>,
        /// A fault of the files that may be why it is missing: in its own section, if that is known.
        fault: Option<Box<Fault>>,
    },
    /// `source_profile` forms a circle.
    #[error("the source profiles form a cycle: {}", .0.join(" → "))]
    Circle(Vec<String>),
    /// A setting is wrong or lacks its companion.
    #[error("profile `{profile}`: {why}")]
    Invalid {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        why: String,
    },
    /// The profile exists without credentials.
    #[error("profile `{0}` holds no credentials and does not say where to get them")]
    NoCredentials(String),
}

fn asked(from: Option<&str>) -> String {
    from.map(|name| format!(", the source_profile of `{name}`")).unwrap_or_default()
}

fn those(existing: &[String]) -> String {
    if existing.is_empty() {
        "no profiles are defined".to_owned()
    } else {
        format!("there are {}", existing.join(", "))
    }
}

fn also(fault: Option<&Fault>) -> String {
    fault.map(|fault| format!("; and not everything could be read: {fault}")).unwrap_or_default()
}

/// The profiles of both files, and the sections they refer to.
#[derive(Clone, Default)]
pub struct Profiles {
    by_name: BTreeMap<String, Profile>,
    sso_sessions: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
    faults: Vec<Fault>,
}

/// A profile, from the config file and the credentials file.
#[derive(Clone, Default)]
pub struct Profile {
    name: String,
    config: Option<Section>,
    credentials: Option<Section>,
}

impl Profile {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A setting, which may be empty. The credentials file takes precedence over the config file.
    pub fn get(&self, setting: &str) -> Option<&str> {
        self.sections().find_map(|section| section.get(setting))
    }

    /// A setting that is not empty.
    pub fn text(&self, setting: &str) -> Option<&str> {
        self.get(setting).filter(|value| !value.is_empty())
    }

    /// Its section in the config file.
    pub const fn config(&self) -> Option<&Section> {
        self.config.as_ref()
    }

    /// Its section in the credentials file.
    pub const fn credentials(&self) -> Option<&Section> {
        self.credentials.as_ref()
    }

    fn sections(&self) -> impl Iterator<Item = &Section> {
        self.credentials.iter().chain(&self.config)
    }
}

impl Profiles {
    /// Reads the config file and the credentials file, each empty if missing.
    pub fn read(config: &Text, credentials: &Text) -> Self {
        let mut all = Self::default();
        let config = Ini::read(&config.file, &config.text);
        for section in config.sections {
            if section.name == DEFAULT_PROFILE {
                all.profile_mut(DEFAULT_PROFILE).config = Some(section);
                continue;
            }
            let Some(name) = second_word(&section.name) else { continue };
            if section.name.starts_with("profile") {
                all.profile_mut(&name).config = Some(section);
            } else if section.name.starts_with("sso-session") {
                all.sso_sessions.insert(name, section);
            } else if section.name.starts_with("services") {
                all.services.insert(name, section);
            }
        }
        let credentials = Ini::read(&credentials.file, &credentials.text);
        for section in credentials.sections {
            let name = section.name.clone();
            all.profile_mut(&name).credentials = Some(section);
        }
        all.faults = [config.faults, credentials.faults].concat();
        all
    }

    fn profile_mut(&mut self, name: &str) -> &mut Profile {
        let empty = || Profile { name: name.to_owned(), ..Profile::default() };
        self.by_name.entry(name.to_owned()).or_insert_with(empty)
    }

    /// Whether there is a profile of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A readable profile; `from` is the one whose `source_profile` it is.
    ///
    /// # Errors
    /// [`ProfileError::Missing`], [`ProfileError::Unreadable`].
    pub fn profile(&self, name: &str, from: Option<&str>) -> Result<&Profile, ProfileError> {
        let Some(profile) = self.by_name.get(name) else {
            let existing = self.by_name.keys().cloned().collect();
            let is_own = |fault: &&Fault| {
                let section = fault.section.as_deref();
                section.is_some_and(|section| section == name || second_word(section).as_deref() == Some(name))
            };
            let fault = self.faults.iter().find(is_own).or_else(|| self.faults.first()).cloned();
            return Err(ProfileError::Missing {
                name: name.to_owned(),
                from: from.map(str::to_owned),
                existing,
                fault: fault.map(Box::new),
            });
        };
        match profile.sections().find_map(|section| section.fault.clone()) {
            Some(fault) => Err(ProfileError::Unreadable { name: name.to_owned(), fault: Box::new(fault) }),
            None => Ok(profile),
        }
    }

    /// A setting of a profile, if it is readable and not empty.
    pub fn get(&self, profile: &str, setting: &str) -> Option<&str> {
        self.profile(profile, None).ok()?.text(setting)
    }

    /// A section `[sso-session NAME]`.
    pub fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sso_sessions.get(name)
    }

    /// The endpoint of a service in the `services` section that a profile names.
    pub fn service_endpoint(&self, profile: &str, service: &str) -> Option<&str> {
        let section = self.services.get(self.get(profile, "services")?)?;
        section.nested(service, "endpoint_url").filter(|url| !url.is_empty())
    }
}

/// The name in `[profile NAME]`; quotes and backslashes are a shell's.
fn second_word(header: &str) -> Option<String> {
    let words = words(header)?;
    let [_, name] = <[String; 2]>::try_from(words).ok()?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(config: &str, credentials: &str) -> Profiles {
        let text = |text: &str| Text { file: String::new(), text: text.into() };
        Profiles::read(&text(config), &text(credentials))
    }

    #[test]
    fn sections_are_known_by_their_headers() {
        let config = "[default]\na = 1\n[profile \"x y\"]\na = 2\n[profile b c]\n[d]\n[sso-session 's']\na = 3\n[services t]\n\
                      sts =\n  endpoint_url = http://a\n[profile u]\nservices = t\n[profile b\\ c]\na = 4\n";
        let profiles = read(config, "[d]\na = 5\n[profile e]\na = 6\n[default]\na = 7\nempty =\n");
        for (name, wanted) in [("default", "7"), ("x y", "2"), ("b c", "4"), ("d", "5"), ("profile e", "6")] {
            assert_eq!(profiles.get(name, "a"), Some(wanted), "{name}");
        }
        assert!(!profiles.contains("e"));
        assert_eq!(profiles.get("default", "empty"), None);
        assert_eq!(profiles.sso_session("s").and_then(|s| s.get("a")), Some("3"));
        assert_eq!(profiles.service_endpoint("u", "sts"), Some("http://a"));
        assert_eq!(profiles.service_endpoint("u", "eks"), None);
    }
}
