//! Identity Center's permission sets in a trust policy: `aws:PrincipalArn` with the full name and any suffix. Pure.
//!
//! A set's role is `AWSReservedSSO_NAME_SUFFIX` with sixteen hexadecimal characters that change when the set's last
//! assignment is removed. `NAME_*` would admit the set `NAME_Audit` too; sixteen `?` do not.

use super::arn::Partition;
use super::statement::{Effect, Statement};

const RESERVED: &str = "AWSReservedSSO_";
/// Any sixteen characters.
const ANY_SUFFIX: &str = "????????????????";

/// The patterns that only this set's role matches, with and without the region segment of its path.
pub fn patterns(partition: Partition, account: &str, name: &str) -> [String; 2] {
    ["", "*/"].map(|region| {
        format!(
            "arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{region}{RESERVED}{name}_{ANY_SUFFIX}"
        )
    })
}

/// The permission sets that a pattern of `aws:PrincipalArn` matches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SetPattern {
    /// Exactly this set.
    Exact(String),
    /// Every set whose name has this prefix; empty for all of them.
    Wide(String),
}

/// Reads a pattern; `None` if it is not for the role of a permission set.
pub fn read(pattern: &str) -> Option<SetPattern> {
    let name = pattern.rsplit('/').next()?.strip_prefix(RESERVED)?;
    let has_wildcard = |text: &str| text.contains(['*', '?']);
    if let Some((set, suffix)) = name.rsplit_once('_')
        && !has_wildcard(set)
        && suffix.len() == ANY_SUFFIX.len()
        && !suffix.contains('*')
    {
        return Some(SetPattern::Exact(set.to_owned()));
    }
    match name.find(['*', '?']) {
        Some(end) => Some(SetPattern::Wide(name[..end].trim_end_matches('_').to_owned())),
        None => Some(SetPattern::Exact(name.to_owned())),
    }
}

/// A pattern in a trust that admits more than one set by a prefix of their names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wide {
    /// The pattern.
    pub pattern: String,
    /// The prefix of the sets' names; empty for all sets.
    pub name: String,
}

/// The wide patterns in a trust's statements that allow assuming the role.
pub fn wide(statements: &[Statement]) -> Vec<Wide> {
    let lets_in = statements.iter().filter(|s| s.effect == Effect::Allow && s.lets_assume());
    let patterns = lets_in.flat_map(Statement::principal_patterns);
    let mut all: Vec<Wide> = patterns
        .filter_map(|pattern| match read(pattern) {
            Some(SetPattern::Wide(name)) => Some(Wide { pattern: pattern.to_owned(), name }),
            _ => None,
        })
        .collect();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::condition::glob;

    const PATH: &str = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com";

    #[test]
    fn the_two_patterns_match_one_set_in_every_region_and_no_other() {
        let lets_in = |role: &str| {
            patterns(Partition::Aws, "111122223333", "Ops").iter().any(|p| glob(p, &format!("{PATH}/{role}")))
        };
        assert!(lets_in("AWSReservedSSO_Ops_0123456789abcdef"));
        assert!(lets_in("eu-west-1/AWSReservedSSO_Ops_fedcba9876543210"));
        for other in [
            "AWSReservedSSO_Ops_Audit_0123456789abcdef",
            "eu-west-1/AWSReservedSSO_Ops_Audit_0123456789abcdef",
            "AWSReservedSSO_DevOps_0123456789abcdef",
            "AWSReservedSSO_Ops_0123456789abcde",
        ] {
            assert!(!lets_in(other), "{other}");
        }
    }

    #[test]
    fn a_pattern_is_read_as_one_set_or_as_a_prefix_of_names() {
        let of = |name: &str| read(&format!("{PATH}/{name}"));
        assert_eq!(of("AWSReservedSSO_Ops_????????????????"), Some(SetPattern::Exact("Ops".into())));
        assert_eq!(of("AWSReservedSSO_Ops_0123456789abcdef"), Some(SetPattern::Exact("Ops".into())));
        assert_eq!(of("AWSReservedSSO_Ops_0123456789abcde?"), Some(SetPattern::Exact("Ops".into())));
        for wide in ["Ops_*", "Ops*", "Ops_????????????????*", "Ops_?*", "Ops_????????"] {
            assert_eq!(of(&format!("AWSReservedSSO_{wide}")), Some(SetPattern::Wide("Ops".into())), "{wide}");
        }
        assert_eq!(of("AWSReservedSSO_*"), Some(SetPattern::Wide(String::new())));
        assert_eq!(of("Ops_*"), None);
    }
}
