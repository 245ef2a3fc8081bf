//! Accounts and clusters as a command names them, before they are read.

use crate::model::ClusterArn;

/// An account and the role that signs its calls, as named by a command. The default is the account of the base
/// credentials, signed by them.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AccountRef {
    /// The account id; `None` for the base credentials' account, if it is not named.
    pub id: Option<String>,
    /// The ARN of the role that signs every call in the account, including IAM's; `None` if the base credentials do.
    pub role: Option<String>,
}

impl AccountRef {
    /// The account id, if it is known without a call.
    pub fn known_id(&self) -> Option<&str> {
        let of_role = || self.role.as_deref()?.split(':').nth(4).filter(|id| !id.is_empty());
        self.id.as_deref().or_else(of_role)
    }
}

/// A cluster as named by a command.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterRef {
    /// The account.
    pub account: AccountRef,
    /// The name.
    pub name: String,
    /// The region.
    pub region: String,
    /// The ARN, if it was named by one: a cluster of the same name in another account does not match.
    pub arn: Option<ClusterArn>,
}

impl ClusterRef {
    /// A cluster of the base credentials' account.
    pub fn named(name: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: AccountRef::default(), name: name.into(), region: region.into(), arn: None }
    }

    /// A cluster named by its ARN, read with the base credentials.
    pub fn of(arn: ClusterArn) -> Self {
        Self { arn: Some(arn.clone()), ..Self::named(arn.name, arn.region) }
    }

    /// Its id in reports while its ARN is not known: `ACCOUNT/REGION/NAME`, without the account if none was named.
    pub fn id(&self) -> String {
        match (&self.arn, &self.account.id) {
            (Some(arn), _) => arn.to_string(),
            (None, Some(account)) => format!("{account}/{}/{}", self.region, self.name),
            (None, None) => format!("{}/{}", self.region, self.name),
        }
    }

    /// Its label: `dev (eu-west-1)`, with the account if one was named.
    pub fn label(&self) -> String {
        match self.arn.as_ref().map(|arn| &arn.account).or(self.account.id.as_ref()) {
            Some(account) => format!("{} ({}, {account})", self.name, self.region),
            None => format!("{} ({})", self.name, self.region),
        }
    }

    /// Whether a cluster's ARN is that of the named one.
    pub fn is_meant(&self, arn: &ClusterArn) -> bool {
        match &self.arn {
            Some(meant) => meant == arn,
            None => self.name == arn.name && self.region == arn.region,
        }
    }
}
