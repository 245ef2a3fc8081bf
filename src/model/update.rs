//! A change that EKS makes of a cluster in the background, while the cluster takes no other.

use serde::{Serialize, Serializer};

/// An update as `eks:DescribeUpdate` tells it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ClusterUpdate {
    /// Its id.
    pub id: String,
    /// What is updated, `AccessConfigUpdate` for one.
    #[serde(rename = "type")]
    pub kind: String,
    /// How it stands.
    pub status: UpdateStatus,
    /// What EKS says went wrong, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
}

/// How an update stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum UpdateStatus {
    /// It goes on.
    InProgress,
    /// It was made.
    Successful,
    /// It ended in another way: `Failed`, `Cancelled`.
    Ended(String),
}

impl UpdateStatus {
    /// Reads the API's spelling.
    pub fn of_api(text: &str) -> Self {
        match text {
            "InProgress" => Self::InProgress,
            "Successful" => Self::Successful,
            other => Self::Ended(other.to_owned()),
        }
    }

    /// As the API spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Ended(other) => other,
        }
    }
}

impl Serialize for UpdateStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_spells_an_update_as_the_api_does() {
        for status in ["InProgress", "Successful", "Failed", "Cancelled"] {
            let status_of = UpdateStatus::of_api(status);
            let update =
                ClusterUpdate { id: "u".into(), kind: "LoggingUpdate".into(), status: status_of, errors: Vec::new() };
            let text = serde_json::to_string(&update).unwrap();
            assert_eq!(text, format!(r#"{{"id":"u","type":"LoggingUpdate","status":"{status}"}}"#));
        }
    }
}
