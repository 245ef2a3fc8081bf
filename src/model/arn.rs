//! ARNs, partitions and the names inside them.
//!
//! Texts come from a person, a manifest or AWS. The rules are those of the IAM reference, "IAM identifiers" and "IAM
//! and STS quotas" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>).

use std::fmt;
use std::str::FromStr;

pub use super::not_principal::why_not_principal;

/// A family of AWS regions with its own accounts, endpoints and ARN prefix.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// China (Beijing and Ningxia).
    AwsCn,
    /// `GovCloud` (US).
    AwsUsGov,
    /// Top secret, `us-iso-*`.
    AwsIso,
    /// Secret, `us-isob-*`.
    AwsIsoB,
    /// `eu-isoe-*`.
    AwsIsoE,
    /// `us-isof-*`.
    AwsIsoF,
    /// The European sovereign cloud, `eusc-*`.
    AwsEusc,
}

impl Partition {
    /// Every partition, the commercial one first.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsCn,
        Self::AwsUsGov,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
        Self::AwsEusc,
    ];

    /// The partition as spelled in ARNs, for example `aws-cn`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
            Self::AwsEusc => "aws-eusc",
        }
    }

    /// The domain of STS in this partition; the control plane accepts no other (aws-iam-authenticator `pkg/token`).
    #[must_use]
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsIso => "c2s.ic.gov",
            Self::AwsIsoB => "sc2s.sgov.gov",
            Self::AwsIsoE => "cloud.adc-e.uk",
            Self::AwsIsoF => "csp.hci.ic.gov",
            Self::AwsEusc => "amazonaws.eu",
        }
    }

    /// The partition of a region's name; an unknown name counts as commercial.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        const PREFIXES: [(&str, Partition); 7] = [
            ("cn-", Partition::AwsCn),
            ("us-gov-", Partition::AwsUsGov),
            ("us-isob-", Partition::AwsIsoB),
            ("us-isof-", Partition::AwsIsoF),
            ("us-iso-", Partition::AwsIso),
            ("eu-isoe-", Partition::AwsIsoE),
            ("eusc-", Partition::AwsEusc),
        ];
        PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or(Self::Aws, |(_, partition)| *partition)
    }

    /// The region for signatures of this partition's IAM.
    #[must_use]
    pub const fn iam_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::AwsCn => "cn-north-1",
            Self::AwsUsGov => "us-gov-west-1",
            Self::AwsIso => "us-iso-east-1",
            Self::AwsIsoB => "us-isob-east-1",
            Self::AwsIsoE => "eu-isoe-west-1",
            Self::AwsIsoF => "us-isof-south-1",
            Self::AwsEusc => "eusc-de-east-1",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Partition {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        Self::ALL.into_iter().find(|p| p.as_str() == text).ok_or_else(|| ArnError::Partition(text.to_owned()))
    }
}

/// Why a text is not an ARN, or not a name that IAM accepts.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ArnError {
    /// The text does not have the parts of an ARN.
    #[error("`{0}` is not an ARN: expected arn:PARTITION:iam::ACCOUNT:role/NAME, a user's ARN or an assumed-role ARN")]
    Shape(String),
    /// The ARN of something that can't sign.
    #[error("`{arn}` is not the ARN of a principal: {why}")]
    NotPrincipal {
        /// The text given.
        arn: String,
        /// What it names, and why that is not a principal.
        why: String,
    },
    /// The partition does not exist.
    #[error(
        "`{0}` is not an AWS partition: expected aws, aws-cn, aws-us-gov, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f or aws-eusc"
    )]
    Partition(String),
    /// The account is not twelve digits.
    #[error("`{0}` is not an AWS account: expected twelve digits")]
    Account(String),
    /// A name has a character, or a length, that IAM rejects.
    #[error("`{name}` is not a valid {what} name: expected 1 to {max} characters of letters, digits and + = , . @ - _")]
    Name {
        /// The kind of name: role, user, group, session.
        what: &'static str,
        /// The text given.
        name: String,
        /// The most characters that IAM accepts.
        max: usize,
    },
    /// A path does not begin and end with a slash or holds control characters.
    #[error("`{0}` is not an IAM path: expected /, or at most 512 characters that begin and end with /")]
    Path(String),
    /// The ARN names something other than the expected kind.
    #[error("`{arn}` is not the ARN of {wanted}")]
    Kind {
        /// The text given.
        arn: String,
        /// The expected kind.
        wanted: &'static str,
    },
}

/// What a principal's ARN names.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum PrincipalKind {
    /// `iam::…:role/…`
    Role,
    /// `iam::…:user/…`
    User,
    /// `sts::…:assumed-role/NAME/SESSION`, with the session's name.
    AssumedRole(String),
    /// `iam::…:root`, the whole account.
    Root,
    /// `sts::…:federated-user/NAME`.
    FederatedUser,
}

/// The ARN of a principal that can sign: a role, a user, an assumed role, an account's root.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Principal {
    /// The partition.
    pub partition: Partition,
    /// The account id.
    pub account: String,
    /// Its kind.
    pub kind: PrincipalKind,
    /// `/` or a path that begins and ends with a slash; an assumed-role ARN does not include it.
    pub path: String,
    /// The name without its path; empty for an account's root.
    pub name: String,
}

/// The most characters in a role's or a user's name.
pub const MAX_ROLE_NAME: usize = 64;
/// The most characters in a group's name.
pub const MAX_GROUP_NAME: usize = 128;

impl Principal {
    /// A role's ARN from its parts; `path` is `/` for none.
    #[must_use]
    pub fn role(partition: Partition, account: &str, path: &str, name: &str) -> Self {
        Self {
            partition,
            account: account.to_owned(),
            kind: PrincipalKind::Role,
            path: path.to_owned(),
            name: name.to_owned(),
        }
    }

    /// The account's root, which represents the whole account in a trust policy.
    #[must_use]
    pub fn root(partition: Partition, account: &str) -> Self {
        Self {
            partition,
            account: account.to_owned(),
            kind: PrincipalKind::Root,
            path: "/".to_owned(),
            name: String::new(),
        }
    }

    /// Parses an ARN of an `aws-auth`, which the control plane matches case-insensitively: its fixed parts may be in
    /// any case.
    ///
    /// # Errors
    /// As for any other text that is not a principal's ARN.
    pub fn as_matched(text: &str) -> Result<Self, ArnError> {
        let mut parts = text.splitn(6, ':');
        let head = parts.by_ref().take(5).map(str::to_ascii_lowercase).collect::<Vec<_>>().join(":");
        let Some(resource) = parts.next() else { return text.parse() };
        let folded = match resource.split_once('/') {
            Some((what, rest)) => format!("{head}:{}/{rest}", what.to_ascii_lowercase()).parse(),
            None => format!("{head}:{}", resource.to_ascii_lowercase()).parse(),
        };
        folded.map_err(|error| match error {
            ArnError::Shape(_) => ArnError::Shape(text.to_owned()),
            ArnError::NotPrincipal { why, .. } => ArnError::NotPrincipal { arn: text.to_owned(), why },
            other => other,
        })
    }

    /// The IAM entity behind it: an assumed-role ARN becomes its role's, **without** the path, which STS does not
    /// report; anything else is unchanged.
    #[must_use]
    pub fn entity(&self) -> Self {
        match self.kind {
            PrincipalKind::AssumedRole(_) => Self { kind: PrincipalKind::Role, path: "/".to_owned(), ..self.clone() },
            _ => self.clone(),
        }
    }

    /// The ARN as `aws-auth` must spell it to match: a role without its path (the control plane sees only the
    /// assumed-role ARN, which has none), a user with its path.
    #[must_use]
    pub fn for_aws_auth(&self) -> Self {
        match self.kind {
            PrincipalKind::Role | PrincipalKind::AssumedRole(_) => {
                Self { kind: PrincipalKind::Role, path: "/".to_owned(), ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// Whether it is a role or the session of one.
    #[must_use]
    pub const fn is_role(&self) -> bool {
        matches!(self.kind, PrincipalKind::Role | PrincipalKind::AssumedRole(_))
    }

    /// The session's name of an assumed role.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::AssumedRole(session) => Some(session),
            _ => None,
        }
    }

    /// Whether both are the same IAM entity as far as the ARNs show: partition, account, kind and name, ignoring case
    /// as IAM does, and a role's path only where both know one.
    #[must_use]
    pub fn same_entity(&self, other: &Self) -> bool {
        let (a, b) = (self.entity(), other.entity());
        a.partition == b.partition
            && a.account == b.account
            && a.kind == b.kind
            && a.name.eq_ignore_ascii_case(&b.name)
            && (a.is_role() || a.path == b.path)
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (partition, account, path, name) = (self.partition, &self.account, &self.path, &self.name);
        match &self.kind {
            PrincipalKind::Role => write!(f, "arn:{partition}:iam::{account}:role{path}{name}"),
            PrincipalKind::User => write!(f, "arn:{partition}:iam::{account}:user{path}{name}"),
            PrincipalKind::Root => write!(f, "arn:{partition}:iam::{account}:root"),
            PrincipalKind::AssumedRole(session) => {
                write!(f, "arn:{partition}:sts::{account}:assumed-role/{name}/{session}")
            }
            PrincipalKind::FederatedUser => write!(f, "arn:{partition}:sts::{account}:federated-user/{name}"),
        }
    }
}

impl FromStr for Principal {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let shape = || ArnError::Shape(text.to_owned());
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts[..] else { return Err(shape()) };
        if arn != "arn" || !region.is_empty() {
            return Err(shape());
        }
        let partition: Partition = partition.parse()?;
        check_account(account)?;
        let principal = |kind, path: &str, name: &str| Self {
            partition,
            account: account.to_owned(),
            kind,
            path: path.to_owned(),
            name: name.to_owned(),
        };
        if service == "iam" && resource == "root" {
            return Ok(principal(PrincipalKind::Root, "/", ""));
        }
        let (what, rest) = resource.split_once('/').ok_or_else(shape)?;
        match (service, what) {
            ("iam", "role" | "user") => {
                let (path, name) = rest.rsplit_once('/').map_or(("/".to_owned(), rest), |(p, n)| (format!("/{p}/"), n));
                check_path(&path)?;
                let (kind, label) =
                    if what == "role" { (PrincipalKind::Role, "role") } else { (PrincipalKind::User, "user") };
                check_name(label, name, MAX_ROLE_NAME)?;
                Ok(principal(kind, &path, name))
            }
            ("sts", "assumed-role") => {
                let (name, session) = rest.split_once('/').ok_or_else(shape)?;
                check_name("role", name, MAX_ROLE_NAME)?;
                check_name("session", session, MAX_ROLE_NAME)?;
                Ok(principal(PrincipalKind::AssumedRole(session.to_owned()), "/", name))
            }
            ("sts", "federated-user") if !rest.is_empty() => Ok(principal(PrincipalKind::FederatedUser, "/", rest)),
            _ => Err(why_not_principal(service, what)
                .map_or_else(shape, |why| ArnError::NotPrincipal { arn: text.to_owned(), why })),
        }
    }
}

/// Checks twelve digits.
///
/// # Errors
/// [`ArnError::Account`] for anything else.
pub fn check_account(account: &str) -> Result<(), ArnError> {
    let good = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    if good { Ok(()) } else { Err(ArnError::Account(account.to_owned())) }
}

/// Checks a name against IAM's alphabet `[\w+=,.@-]` and a length.
///
/// # Errors
/// [`ArnError::Name`], with the kind of name and what IAM accepts.
pub fn check_name(what: &'static str, name: &str, max: usize) -> Result<(), ArnError> {
    let good =
        (1..=max).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b));
    if good { Ok(()) } else { Err(ArnError::Name { what, name: name.to_owned(), max }) }
}

/// Checks an IAM path: `/`, or printable ASCII between two slashes.
///
/// # Errors
/// [`ArnError::Path`].
pub fn check_path(path: &str) -> Result<(), ArnError> {
    let good = path.len() <= 512
        && path.starts_with('/')
        && path.ends_with('/')
        && !path.contains("//")
        && path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if good { Ok(()) } else { Err(ArnError::Path(path.to_owned())) }
}

#[cfg(test)]
#[path = "arn_tests.rs"]
mod tests;
