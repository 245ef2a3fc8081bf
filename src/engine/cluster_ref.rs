//! Accounts and clusters as a command names them, before they were looked at.

use crate::model::ClusterArn;

/// Which account, and whose session signs its calls, as a command names it. The default is the account of the base credentials,
/// which sign there themselves.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AccountRef {
    /// The twelve digits; `None` where the base credentials' account is meant without being named.
    pub id: Option<String>,
    /// The ARN of the role that signs every call of the account, IAM's too; `None` where the base credentials do.
    pub role: Option<String>,
}

impl AccountRef {
    /// The twelve digits, as far as they can be told without a call.
    pub fn known_id(&self) -> Option<&str> {
        let of_role = || self.role.as_deref()?.split(':').nth(4).filter(|id| !id.is_empty());
        self.id.as_deref().or_else(of_role)
    }
}

/// Which cluster, as a command names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClusterRef {
    /// The account.
    pub account: AccountRef,
    /// The name.
    pub name: String,
    /// The region.
    pub region: String,
    /// The ARN, where it was named by that: a cluster of the same name in another account is not meant.
    pub arn: Option<ClusterArn>,
}

impl ClusterRef {
    /// A cluster of the base credentials' account.
    pub fn named(name: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: AccountRef::default(), name: name.into(), region: region.into(), arn: None }
    }

    /// A cluster that was named by its ARN, seen with the base credentials.
    pub fn of(arn: ClusterArn) -> Self {
        Self { arn: Some(arn.clone()), ..Self::named(arn.name, arn.region) }
    }

    /// As reports name it while its ARN is not known: `ACCOUNT/REGION/NAME`, without the account where none was named.
    pub fn id(&self) -> String {
        match (&self.arn, &self.account.id) {
            (Some(arn), _) => arn.to_string(),
            (None, Some(account)) => format!("{account}/{}/{}", self.region, self.name),
            (None, None) => format!("{}/{}", self.region, self.name),
        }
    }

    /// As people read it: `dev (eu-west-1)`, with the account where one was named.
    pub fn label(&self) -> String {
        match self.arn.as_ref().map(|arn| &arn.account).or(self.account.id.as_ref()) {
            Some(account) => format!("{} ({}, {account})", self.name, self.region),
            None => format!("{} ({})", self.name, self.region),
        }
    }

    /// Whether a cluster's ARN is that of the one that was named.
    pub fn is_meant(&self, arn: &ClusterArn) -> bool {
        match &self.arn {
            Some(meant) => meant == arn,
            None => self.name == arn.name && self.region == arn.region,
        }
    }
}
