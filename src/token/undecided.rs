//! Why the keys to use are ambiguous.

use super::files::TextError;
use super::keys::BadKey;
use super::profile::ProfileError;
use crate::error::shell_word;

/// Why no keys can be found.
#[derive(Debug, thiserror::Error)]
pub enum Undecided {
    /// A file can't be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A profile can't be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// An access key id without its secret in the environment.
    #[error("the environment holds an access key id without its secret: AWS_SECRET_ACCESS_KEY is not set")]
    IdAlone,
    /// A secret without its access key id, and no other keys.
    #[error("the environment holds a secret access key without its id: AWS_ACCESS_KEY_ID is not set")]
    SecretAlone,
    /// Invalid keys in the environment.
    #[error("the environment's access keys can't be used: {0}")]
    BadKeys(BadKey),
    /// A profile takes its keys from the environment, which has none.
    #[error("the profile takes its keys from the environment (credential_source), but AWS_ACCESS_KEY_ID is not set")]
    NoEnvironmentKeys,
    /// The web-identity token has no role.
    #[error("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not")]
    NoRoleForToken,
    /// No keys in any source.
    #[error(
        "there are no AWS credentials: none in the environment, none in a profile, and AWS_EC2_METADATA_DISABLED is true"
    )]
    NoCredentials,
    /// No region is configured.
    #[error("no region is set: not by --region, the cluster's ARN, AWS_REGION or the profile")]
    NoRegion,
}

impl Undecided {
    /// The command or setting that helps, if there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            // If a line is invalid, the AWS CLI can't list profiles.
            Self::Profile(
                ProfileError::Unreadable { fault, .. } | ProfileError::Missing { fault: Some(fault), .. },
            ) => return Some(format!("fix line {} of {}", fault.line, fault.file)),
            Self::Profile(ProfileError::Missing { .. }) => "list the profiles: aws configure list-profiles",
            Self::Profile(ProfileError::NoCredentials(name)) => {
                return Some(format!("set its keys: aws configure --profile {}", shell_word(name)));
            }
            Self::Profile(ProfileError::Invalid { profile, .. }) => return Some(mend(profile)),
            Self::Profile(ProfileError::Circle(names)) => return names.last().map(|name| mend(name)),
            Self::Text(error) => return Some(format!("ls -l {}", shell_word(&error.path.display().to_string()))),
            Self::IdAlone => "unset AWS_ACCESS_KEY_ID   (or also export AWS_SECRET_ACCESS_KEY)",
            Self::SecretAlone => "unset AWS_SECRET_ACCESS_KEY   (or also export AWS_ACCESS_KEY_ID)",
            Self::BadKeys(_) => "set the variable to the value that AWS gave, without quotes and line breaks",
            Self::NoEnvironmentKeys => "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            Self::NoRoleForToken => "set AWS_ROLE_ARN to the role that trusts the token's issuer",
            Self::NoCredentials => "set up a profile with `aws configure sso` or `aws configure`",
            Self::NoRegion => "give --region",
        };
        Some(hint.to_owned())
    }
}

fn mend(profile: &str) -> String {
    format!(
        "fix profile `{profile}` in ~/.aws/config or ~/.aws/credentials, or in the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name"
    )
}
