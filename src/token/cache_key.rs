//! The name under which assumed-role credentials are cached.
//!
//! The name is derived from everything that determines the identity of the credentials. Inputs that differ never share
//! a name, so a call never gets another identity's session. Pure.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::model::arn::Partition;
use crate::model::hex::hex;

/// The source of the keys that assume the role, by what identifies them. `Debug` shows the kind only.
#[derive(Clone, Eq, PartialEq)]
pub enum Source {
    /// Keys from the environment or given directly.
    StaticOrEnv {
        /// The access key id, which belongs to exactly one user or session.
        access_key_id: String,
    },
    /// IAM Identity Center.
    Sso {
        /// The login: session, start URL, region, and the access tokens of the latest login.
        session: String,
        /// The account.
        account: String,
        /// The permission set's name.
        role: String,
    },
    /// A web-identity token, by its **content**: its path is not significant.
    WebIdentity {
        /// Claim `iss`.
        issuer: String,
        /// Claim `sub`.
        subject: String,
        /// Claims `aud` and `azp`.
        audience: String,
        /// The session tags and the source identity in the token.
        session: String,
        /// The role for which the token is exchanged.
        role: String,
    },
    /// A profile and everything it refers to.
    Profile {
        /// The resolved chain, with every setting.
        resolved: String,
    },
    /// Keys that had to be fetched: from a process, a container, an instance.
    Base {
        /// The access key id of the result.
        access_key_id: String,
    },
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StaticOrEnv { .. } => "StaticOrEnv(**)",
            Self::Sso { .. } => "Sso(**)",
            Self::WebIdentity { .. } => "WebIdentity(**)",
            Self::Profile { .. } => "Profile(**)",
            Self::Base { .. } => "Base(**)",
        })
    }
}

/// Everything that determines the identity of cached credentials.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyInputs {
    /// The keys that assume the role.
    pub source: Source,
    /// The role; `None` if the source's own session is cached.
    pub role_arn: Option<String>,
    /// The external id sent along.
    pub external_id: Option<String>,
    /// The requested session name; `None` for the default, which depends on the source.
    pub session_name: Option<String>,
    /// The requested session duration in seconds.
    pub duration: Option<u32>,
    /// The MFA device.
    pub mfa_serial: Option<String>,
    /// The STS endpoint, if one is configured.
    pub sts_endpoint: Option<String>,
    /// The partition.
    pub partition: Partition,
    /// The region of STS.
    pub region: String,
}

/// The name of one cache entry: 64 hexadecimal digits.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CacheKey(String);

impl CacheKey {
    /// The SHA-256 over every field of `inputs`, each with its length before it.
    pub fn of(inputs: &KeyInputs) -> Self {
        let KeyInputs {
            source,
            role_arn,
            external_id,
            session_name,
            duration,
            mfa_serial,
            sts_endpoint,
            partition,
            region,
        } = inputs;
        let mut fields = Fields(Sha256::new());
        fields.text("eksaccess credentials 1");
        match source {
            Source::StaticOrEnv { access_key_id } => fields.texts(&["static", access_key_id]),
            Source::Sso { session, account, role } => fields.texts(&["sso", session, account, role]),
            Source::WebIdentity { issuer, subject, audience, session, role } => {
                fields.texts(&["web-identity", issuer, subject, audience, session, role]);
            }
            Source::Profile { resolved } => fields.texts(&["profile", resolved]),
            Source::Base { access_key_id } => fields.texts(&["base", access_key_id]),
        }
        for field in [role_arn, external_id, session_name, mfa_serial, sts_endpoint] {
            fields.option(field.as_deref());
        }
        fields.option(duration.map(|seconds| seconds.to_string()).as_deref());
        fields.texts(&[partition.as_str(), region]);
        Self(hex(&fields.0.finalize()))
    }

    /// The 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CacheKey({})", self.0)
    }
}

/// A hash over fields with unambiguous borders: each is preceded by its length, an absent one by another mark.
struct Fields(Sha256);

impl Fields {
    fn text(&mut self, text: &str) {
        self.0.update([1]);
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.text(text);
        }
    }

    fn option(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.update([0]),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// Few and short texts, so that equal fields and texts that run into each other are frequent.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            select(vec!["", "a", "b", "ab", "1", "static", "sso", "\0", "a\0b"]).prop_map(str::to_owned),
            "[ab]{0,3}"
        ]
    }

    fn source() -> impl Strategy<Value = Source> {
        prop_oneof![
            text().prop_map(|access_key_id| Source::StaticOrEnv { access_key_id }),
            (text(), text(), text()).prop_map(|(session, account, role)| Source::Sso { session, account, role }),
            [text(), text(), text(), text(), text()].prop_map(|[issuer, subject, audience, session, role]| {
                Source::WebIdentity { issuer, subject, audience, session, role }
            }),
            text().prop_map(|resolved| Source::Profile { resolved }),
            text().prop_map(|access_key_id| Source::Base { access_key_id }),
        ]
    }

    fn inputs() -> impl Strategy<Value = KeyInputs> {
        let option = || proptest::option::of(text());
        (
            source(),
            [option(), option(), option(), option(), option()],
            proptest::option::of(900_u32..903),
            select(Partition::ALL.to_vec()),
            text(),
        )
            .prop_map(
                |(
                    source,
                    [role_arn, external_id, session_name, mfa_serial, sts_endpoint],
                    duration,
                    partition,
                    region,
                )| {
                    KeyInputs {
                        source,
                        role_arn,
                        external_id,
                        session_name,
                        duration,
                        mfa_serial,
                        sts_endpoint,
                        partition,
                        region,
                    }
                },
            )
    }

    fn example() -> KeyInputs {
        KeyInputs {
            source: Source::StaticOrEnv { access_key_id: "AKIA1".into() },
            role_arn: Some("arn:aws:iam::111122223333:role/R".into()),
            external_id: None,
            session_name: None,
            duration: None,
            mfa_serial: None,
            sts_endpoint: None,
            partition: Partition::Aws,
            region: "eu-west-1".into(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn two_identities_never_share_a_key(one in inputs(), other in inputs()) {
            prop_assert_eq!(CacheKey::of(&one) == CacheKey::of(&other), one == other);
        }

        #[test]
        fn one_changed_field_is_another_key(one in inputs(), other in inputs(), field in 0_usize..9) {
            let mut changed = one.clone();
            match field {
                0 => changed.source = other.source,
                1 => changed.role_arn = other.role_arn,
                2 => changed.external_id = other.external_id,
                3 => changed.session_name = other.session_name,
                4 => changed.duration = other.duration,
                5 => changed.mfa_serial = other.mfa_serial,
                6 => changed.sts_endpoint = other.sts_endpoint,
                7 => changed.partition = other.partition,
                _ => changed.region = other.region,
            }
            prop_assert_eq!(CacheKey::of(&one) == CacheKey::of(&changed), one == changed);
        }
    }

    #[test]
    fn fields_that_run_into_each_other_are_distinguished() {
        let pair = |external_id: Option<&str>, session_name: Option<&str>| {
            let inputs = KeyInputs {
                external_id: external_id.map(str::to_owned),
                session_name: session_name.map(str::to_owned),
                ..example()
            };
            CacheKey::of(&inputs)
        };
        let all = [
            pair(Some("a\u{1}b"), Some("")),
            pair(Some("a"), Some("b\u{1}")),
            pair(Some("a\0"), None),
            pair(Some("a"), None),
            pair(Some("ab"), Some("c")),
            pair(Some("a"), Some("bc")),
            pair(Some("abc"), None),
            pair(None, Some("abc")),
        ];
        for (at, key) in all.iter().enumerate() {
            assert!(!all[..at].contains(key));
        }
        assert_ne!(pair(Some(""), None), pair(None, None));
    }

    #[test]
    fn a_key_is_a_file_name_and_the_same_tomorrow() {
        let key = CacheKey::of(&example());
        assert!(key.as_str().len() == 64 && key.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(key, CacheKey::of(&example()));
    }
}
