//! What is known besides the text.

use crate::aws_auth::places::Places;
use crate::model::arn::{Partition, Principal};
use crate::model::strangers::Stranger;

/// The IAM principals of some accounts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KnownPrincipals {
    /// The accounts whose roles and users were all listed; other accounts are not checked.
    pub accounts: Vec<String>,
    /// Every role and user of those accounts, with its path.
    pub principals: Vec<Principal>,
    /// The roles whose trust policy admits principals beyond the control of the account's own identity policies, and
    /// which ones.
    pub open: Vec<(Principal, Vec<Stranger>)>,
}

/// What is known besides the text; each part may be missing.
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
    /// Where the text is in a file, if any: lines and columns are then the file's.
    pub places: Places,
}
