//! The certificate authority file that a kubeconfig names for a cluster. Pure: works on what was read.

use crate::error::shell_word;
use crate::model::Authorities;

/// The file as found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuthorityFile {
    /// Its content.
    Read(Vec<u8>),
    /// It is missing.
    Missing,
    /// It could not be read, and why.
    Unreadable(String),
}

impl AuthorityFile {
    /// Its certificates; `None` if none can be read.
    pub fn authorities(&self) -> Option<Authorities> {
        match self {
            Self::Read(pem) => Authorities::of_pem(pem),
            Self::Missing | Self::Unreadable(_) => None,
        }
    }

    /// Whether it is readable and lacks one of these certificates.
    pub fn lacks(&self, cluster: &Authorities) -> bool {
        self.authorities().is_some_and(|held| !held.covers(cluster))
    }
}

/// The command that writes such a file.
pub fn download(cluster: &str, region: &str, file: &str) -> String {
    let (cluster, region, file) = (shell_word(cluster), shell_word(region), shell_word(file));
    let query = "--query cluster.certificateAuthority.data --output text";
    format!("aws eks describe-cluster --name {cluster} --region {region} {query} | base64 -d > {file}")
}
