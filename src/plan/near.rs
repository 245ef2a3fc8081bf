//! The traps of an `aws-auth` that concern a plan: texts that are dropped as a whole, and entries of its principals.

use std::collections::BTreeMap;

use crate::aws_auth::{self, Circumstances, Finding, Mapping, Reading, Rule};
use crate::model::{AwsAuthState, ClusterState, Principal};

/// What is known of a cluster besides the text of its `aws-auth`.
pub(super) fn circumstances(cluster: &ClusterState) -> Circumstances {
    let entries = cluster.entries().into_iter().filter_map(|entry| entry.principal.parse().ok()).collect();
    let binary_bytes = match &cluster.aws_auth {
        AwsAuthState::Present(map) => map.binary_bytes(),
        _ => 0,
    };
    let partition = Some(cluster.description.arn.partition);
    Circumstances { partition, entries, binary_bytes, ..Circumstances::default() }
}

/// One line for each trap that concerns the whole map or one of the principals.
pub(super) fn warnings(
    data: &BTreeMap<String, String>,
    reading: &Reading,
    circumstances: &Circumstances,
    principals: &[Principal],
) -> Vec<String> {
    let about: Vec<&Mapping> = reading.mappings().filter(|mapping| is_about(mapping, principals)).collect();
    let entries: Vec<_> = about.iter().map(|m| (m.key, m.index)).collect();
    let concerns = |mapping: &Mapping| about.iter().any(|near| std::ptr::eq(*near, mapping));
    let near = |finding: &Finding| {
        let whole = match finding.rule {
            Rule::Unreadable | Rule::IgnoredRest | Rule::NearlyFull => true,
            // Another tool's own key is not a trap; a misspelled one is.
            Rule::UnknownDataKey => finding.meant.is_some(),
            _ => false,
        };
        let entry = finding.key.zip(finding.entry.as_ref().map(|entry| entry.index));
        whole || entry.is_some_and(|entry| entries.contains(&entry))
    };
    let findings = aws_auth::lint_near(data, reading, circumstances, &concerns);
    findings.iter().filter(|f| near(f)).map(sentence).collect()
}

/// How many traps of a whole map are listed before the reader is referred to `lint`.
const MOST_TOLD: usize = 10;

/// One line for each trap of the whole map, up to a limit.
pub(super) fn all_warnings(
    data: &BTreeMap<String, String>,
    reading: &Reading,
    circumstances: &Circumstances,
) -> Vec<String> {
    let findings = aws_auth::lint_read(data, reading, circumstances);
    let is_trap = |finding: &&Finding| finding.rule != Rule::UnknownDataKey || finding.meant.is_some();
    let mut told: Vec<String> = findings.iter().filter(is_trap).map(sentence).collect();
    let more = told.len().saturating_sub(MOST_TOLD);
    told.truncate(MOST_TOLD);
    told.extend((more > 0).then(|| format!("aws-auth: {more} more traps; after restoring it: eksaccess lint")));
    told
}

/// A trap in one line.
fn sentence(finding: &Finding) -> String {
    let shared = finding.entry.as_ref().filter(|entry| entry.shares_line);
    let place = match (finding.key, finding.line, shared) {
        (Some(key), 0, _) => format!("aws-auth {key}: "),
        (Some(key), line, Some(entry)) => {
            format!("aws-auth {key} line {line}, column {} ({key}[{}]): ", finding.column, entry.index)
        }
        (Some(key), line, None) => format!("aws-auth {key} line {line}: "),
        (None, 0, _) => "aws-auth: ".to_owned(),
        (None, line, _) => format!("aws-auth line {line}: "),
    };
    let meant = finding.meant.as_ref().map(|meant| format!(" (meant: {meant})")).unwrap_or_default();
    format!("{place}{}{meant}", finding.today)
}

/// Whether an entry names one of the principals, even one that does not match.
fn is_about(mapping: &Mapping, principals: &[Principal]) -> bool {
    let written = mapping.arn.as_bytes();
    let holds = |name: &str| {
        name.is_empty() || written.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name.as_bytes()))
    };
    let mut named = principals.iter().filter(|principal| holds(&principal.name));
    named.any(|principal| Principal::as_matched(mapping.arn.trim()).is_ok_and(|arn| principal.same_entity(&arn)))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::world;
    use super::*;
    use crate::model::AuthMode;

    fn near(text: &str, arn: &str) -> Vec<String> {
        let seen = world(AuthMode::ConfigMap);
        let data = BTreeMap::from([("mapRoles".to_owned(), text.to_owned())]);
        let reading = aws_auth::read(&data);
        warnings(&data, &reading, &circumstances(seen.cluster.as_ref().unwrap()), &[arn.parse().unwrap()])
    }

    #[test]
    fn only_what_concerns_the_principal_or_the_whole_is_said() {
        let text = "\
- rolearn: arn:aws:iam::111122223333:role/team/A
  username: a
- rolearn: arn:aws:iam::111122223333:role/B
  username: b
  groups: system:masters
";
        let shown = near(text, "arn:aws:iam::111122223333:role/A");
        assert_eq!(shown.len(), 1, "{shown:?}");
        assert!(shown[0].starts_with("aws-auth mapRoles line 1: matches no identity"), "{shown:?}");
        let shown = near(text, "arn:aws:sts::111122223333:assumed-role/B/s");
        assert!(shown.len() == 1 && shown[0].contains("line 5"), "{shown:?}");
        assert_eq!(near(text, "arn:aws:iam::111122223333:role/C"), [""; 0]);
        assert!(near("\t- x", "arn:aws:iam::111122223333:role/C")[0].contains("is dropped"));
    }
}
