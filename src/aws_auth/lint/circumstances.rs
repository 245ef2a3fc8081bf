//! What is known beside the text.

use crate::aws_auth::places::Places;
use crate::model::arn::{Partition, Principal};

/// The IAM principals of some accounts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KnownPrincipals {
    /// The accounts whose roles and users were all listed; others are not judged.
    pub accounts: Vec<String>,
    /// Every role and user of those accounts, with its path.
    pub principals: Vec<Principal>,
}

/// What is known beside the text; each part may be missing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Circumstances {
    /// The cluster's partition.
    pub partition: Option<Partition>,
    /// What IAM knows.
    pub known: Option<KnownPrincipals>,
    /// The principals that have an access entry, where the cluster's authentication mode reads entries.
    pub entries: Vec<Principal>,
    /// The bytes of the object's `binaryData`, which count towards its size.
    pub binary_bytes: usize,
    /// Where the text stands in a file, if it is in one: lines and columns are the file's.
    pub places: Places,
}
