//! A caller's identity in a cluster: from the access entry first, then from `aws-auth`; and the entries without effect.

use serde::Serialize;

use crate::aws_auth::{Caller, DataKey, Mapping, Match, Reading, Shadowed, Who};
use crate::model::AccessEntry;

/// The source that decides.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Source {
    /// An EKS access entry.
    #[serde(rename = "access-entry")]
    AccessEntry,
    /// `mapRoles`
    #[serde(rename = "mapRoles")]
    MapRoles,
    /// `mapUsers`
    #[serde(rename = "mapUsers")]
    MapUsers,
    /// `mapAccounts`
    #[serde(rename = "mapAccounts")]
    MapAccounts,
}

impl Source {
    /// Its name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessEntry => "access entry",
            Self::MapRoles => DataKey::MapRoles.as_str(),
            Self::MapUsers => DataKey::MapUsers.as_str(),
            Self::MapAccounts => DataKey::MapAccounts.as_str(),
        }
    }
}

impl From<DataKey> for Source {
    fn from(key: DataKey) -> Self {
        match key {
            DataKey::MapRoles => Self::MapRoles,
            DataKey::MapUsers => Self::MapUsers,
            DataKey::MapAccounts => Self::MapAccounts,
        }
    }
}

/// An entry that has no effect, and why.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Hidden {
    /// The list that it is in.
    pub source: Source,
    /// Its line.
    pub line: usize,
    /// Its column.
    pub column: usize,
    /// Why it has no effect.
    pub why: &'static str,
}

/// The identity that the control plane gives a caller.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Became {
    /// The source that decides.
    pub source: Source,
    /// Its line; `None` for an access entry.
    pub line: Option<usize>,
    /// Its column.
    pub column: Option<usize>,
    /// The username, templates expanded.
    pub username: String,
    /// The groups, templates expanded.
    pub groups: Vec<String>,
    /// An entry's access policies with their scopes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<String>,
    /// The entries that it makes ineffective.
    pub shadowed: Vec<Hidden>,
}

/// The answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// Nothing matches: the control plane answers 401.
    Nobody,
    /// One identity.
    Somebody(Became),
    /// A matching mapping can't be rendered for this session: 401, and no other is tried.
    Refused(Became),
    /// One of these, chosen at random after each change.
    AtRandom(Vec<Became>),
}

impl Answer {
    /// The answer's name for machines.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Somebody(_) => "somebody",
            Self::Refused(_) => "refused",
            Self::AtRandom(_) => "at-random",
        }
    }
}

/// A caller's identity: from the entry if there is one, else from the map. `place` turns the line and column in a data
/// key's text into those to show.
pub fn who(caller: &Caller, entry: Option<&AccessEntry>, map: Option<&Reading>, place: impl Place) -> Answer {
    let by_map = map.map_or(Who::Nobody, |map| map.who(caller));
    let Some(entry) = entry else {
        return match by_map {
            Who::Nobody => Answer::Nobody,
            Who::Mapped(found) => Answer::Somebody(became(found, &place)),
            Who::Refused(found) => Answer::Refused(became(found, &place)),
            Who::AtRandom(all) => Answer::AtRandom(all.into_iter().map(|found| became(found, &place)).collect()),
        };
    };
    let shadowed = match by_map {
        Who::Nobody => Vec::new(),
        Who::Mapped(found) | Who::Refused(found) => masked(&[found], &place),
        Who::AtRandom(all) => masked(&all, &place),
    };
    let policies = entry.policies.iter().map(|p| format!("{} ({})", p.arn, p.scope)).collect();
    let rendered = rendered(caller, entry);
    let became = Became {
        policies,
        shadowed,
        source: Source::AccessEntry,
        line: None,
        column: None,
        ..became(rendered, &place)
    };
    Answer::Somebody(became)
}

/// Turns a data key's line and column into those to show.
pub trait Place: Fn(DataKey, (usize, usize)) -> (usize, usize) {}

impl<F: Fn(DataKey, (usize, usize)) -> (usize, usize)> Place for F {}

fn became(found: Match, place: &impl Place) -> Became {
    let (line, column) = place(found.source, (found.line, found.column));
    Became {
        source: found.source.into(),
        line: Some(line),
        column: Some(column),
        username: found.username,
        groups: found.groups,
        policies: Vec::new(),
        shadowed: found.shadowed.iter().map(|s| hidden(s, place)).collect(),
    }
}

fn hidden(shadowed: &Shadowed, place: &impl Place) -> Hidden {
    let (line, column) = place(shadowed.key, (shadowed.line, shadowed.column));
    Hidden { source: shadowed.key.into(), line, column, why: shadowed.why.as_str() }
}

/// The mappings that an entry overrides.
fn masked(all: &[Match], place: &impl Place) -> Vec<Hidden> {
    let why = "an access entry takes precedence; the two are not merged";
    let shadowed = all.first().map(|found| found.shadowed.clone()).unwrap_or_default();
    let matches = all.iter().map(|found| {
        let (line, column) = place(found.source, (found.line, found.column));
        Hidden { source: found.source.into(), line, column, why }
    });
    matches.chain(shadowed.iter().map(|s| hidden(s, place))).collect()
}

/// The entry's names with their templates expanded, as for a mapping.
fn rendered(caller: &Caller, entry: &AccessEntry) -> Match {
    let mapping = Mapping {
        key: DataKey::MapRoles,
        index: 0,
        line: 0,
        column: 0,
        arn: caller.canonical_arn(),
        sso: None,
        username: entry.username.clone(),
        groups: entry.groups.clone(),
        user_id: String::new(),
    };
    let alone = Reading { roles: vec![mapping], ..Reading::default() };
    match alone.who(caller) {
        Who::Mapped(found) | Who::Refused(found) => found,
        _ => Match {
            source: DataKey::MapRoles,
            index: 0,
            line: 0,
            column: 0,
            username: entry.username.clone(),
            groups: entry.groups.clone(),
            refused: false,
            shadowed: Vec::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws_auth::read;
    use crate::model::{AssociatedPolicy, PolicyScope};

    const ROLE: &str = "arn:aws:iam::111122223333:role/Admin";

    fn caller() -> Caller {
        Caller::new(ROLE.parse().unwrap()).with_session("ann")
    }

    fn map(text: &str) -> Reading {
        read(&BTreeMap::from([("mapRoles".to_owned(), text.to_owned())]))
    }

    fn entry() -> AccessEntry {
        AccessEntry {
            principal: ROLE.into(),
            arn: String::new(),
            entry_type: "STANDARD".into(),
            username: "arn:aws:sts::111122223333:assumed-role/Admin/{{SessionName}}".into(),
            groups: vec!["viewers".into()],
            tags: BTreeMap::new(),
            created_at: None,
            policies: vec![AssociatedPolicy { arn: "arn:p".into(), scope: PolicyScope::Cluster }],
        }
    }

    const TWICE: &str = "- {rolearn: 'arn:aws:iam::111122223333:role/admin', username: a, groups: [x]}\n\
                         - {rolearn: 'arn:aws:iam::111122223333:role/Admin', username: '{{SessionName}}', groups: [y]}\n";

    #[test]
    fn the_last_entry_decides_and_lines_are_those_that_are_shown() {
        let Answer::Somebody(found) = who(&caller(), None, Some(&map(TWICE)), |_, (line, column)| (line + 10, column))
        else {
            panic!()
        };
        assert_eq!(found.column, Some(3));
        assert_eq!((found.source, found.line, found.username.as_str()), (Source::MapRoles, Some(12), "ann"));
        assert_eq!(found.shadowed[0].line, 11);
        assert_eq!(who(&caller(), None, None, |_, at| at), Answer::Nobody);
    }

    #[test]
    fn an_entry_takes_precedence_over_every_mapping() {
        let Answer::Somebody(found) = who(&caller(), Some(&entry()), Some(&map(TWICE)), |_, at| at) else { panic!() };
        assert_eq!((found.source, found.line), (Source::AccessEntry, None));
        assert_eq!(found.username, "arn:aws:sts::111122223333:assumed-role/Admin/ann");
        assert_eq!(found.policies, ["arn:p (cluster)"]);
        assert_eq!(found.shadowed.iter().map(|h| h.line).collect::<Vec<_>>(), [2, 1]);
    }
}
