//! The deciding entries, for every ARN of a map at once.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entries::folded;
use super::mapping::{DataKey, Mapping};
use super::read::Reading;
use super::who::{Why, key_of};

/// What comes of one entry of `mapRoles` or `mapUsers`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fate<'r> {
    /// It decides for the ARN, which is given as it is matched: case folded.
    Decides(Cow<'r, str>),
    /// It is one of several of which one decides by chance, in their order.
    ByChance(Cow<'r, str>, Vec<&'r Mapping>),
    /// Another entry decides in its place.
    Replaced(&'r Mapping, Why),
    /// It has no ARN: an `sso` entry.
    Unmatched,
}

/// The deciding entries by the ARN that they match, case folded: one, or several of which one is chosen at random.
pub type Deciding<'r> = HashMap<Cow<'r, str>, Vec<&'r Mapping>>;

impl Reading {
    /// The deciding entries for each ARN, as [`Reading::effective`] finds them for one. Includes ARNs that no caller
    /// can have (with a role's path, with white space).
    #[must_use]
    pub fn deciding(&self) -> Deciding<'_> {
        let mut deciding = Deciding::with_capacity(self.roles.len() + self.users.len());
        // The entries of a list are stored by key, and the last of a key replaces the others.
        for winner in last_of_each(&self.roles) {
            deciding.entry(folded(&winner.arn)).or_default().push(winner);
        }
        let mut users = Deciding::with_capacity(self.users.len());
        for winner in last_of_each(&self.users) {
            users.entry(folded(&winner.arn)).or_default().push(winner);
        }
        for (arn, winners) in users {
            deciding.entry(arn).or_insert(winners);
        }
        deciding
    }
}

impl Reading {
    /// What comes of each entry of `mapRoles` and `mapUsers`, in their order.
    #[must_use]
    pub fn fates(&self) -> Vec<(&Mapping, Fate<'_>)> {
        let deciding = self.deciding();
        let mut last: HashMap<(bool, Cow<'_, str>), &Mapping> = HashMap::with_capacity(deciding.len());
        for mapping in self.mappings() {
            last.insert((mapping.key == DataKey::MapRoles, key_of(mapping)), mapping);
        }
        let mut fates = Vec::with_capacity(self.roles.len() + self.users.len());
        for mapping in self.mappings() {
            let last = last.get(&(mapping.key == DataKey::MapRoles, key_of(mapping))).copied();
            let winners = deciding.get(&folded(&mapping.arn));
            let fate = if mapping.arn.is_empty() { Fate::Unmatched } else { fate(mapping, winners, last) };
            fates.push((mapping, fate));
        }
        fates
    }
}

/// What comes of one entry, given those that decide for its ARN and the last of its key.
fn fate<'r>(mapping: &'r Mapping, winners: Option<&Vec<&'r Mapping>>, last: Option<&'r Mapping>) -> Fate<'r> {
    let is = |other: &Mapping| std::ptr::eq(other, mapping);
    let (winners, key) = (winners.map_or(&[][..], Vec::as_slice), folded(&mapping.arn));
    if winners.iter().any(|winner| is(winner)) {
        return if winners.len() == 1 { Fate::Decides(key) } else { Fate::ByChance(key, winners.to_vec()) };
    }
    match (last.filter(|last| !is(last)), winners.first()) {
        (Some(by), _) => Fate::Replaced(by, Why::LaterDuplicate),
        (None, Some(by)) => Fate::Replaced(by, Why::RolesFirst),
        (None, None) => Fate::Unmatched,
    }
}

/// The entries of one list that no later one replaces, in their order.
fn last_of_each(list: &[Mapping]) -> Vec<&Mapping> {
    let mut keys: HashMap<Cow<'_, str>, usize> = HashMap::with_capacity(list.len());
    let named = || list.iter().enumerate().filter(|(_, mapping)| !mapping.arn.is_empty());
    for (at, mapping) in named() {
        keys.insert(key_of(mapping), at);
    }
    if keys.len() == list.len() {
        return list.iter().collect();
    }
    named().filter(|(at, mapping)| keys.get(&key_of(mapping)) == Some(at)).map(|(_, mapping)| mapping).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Fate;
    use crate::aws_auth::read;
    use crate::model::Principal;

    /// A map's text of two lists.
    fn map(roles: &[(&str, &str)], users: &[(&str, &str)]) -> crate::aws_auth::Reading {
        let list = |field: &str, all: &[(&str, &str)]| {
            all.iter().fold(String::new(), |text, (arn, name)| {
                text + &format!("- {field}: 'arn:aws:iam::111122223333:{arn}'\n  username: {name}\n")
            })
        };
        read(&BTreeMap::from([
            ("mapRoles".to_owned(), list("rolearn", roles)),
            ("mapUsers".to_owned(), list("userarn", users)),
        ]))
    }

    #[test]
    fn each_entry_decides_or_another_one_does() {
        let reading = map(
            &[("role/dev", "a"), ("role/Dev", "b"), ("user/bob", "c")],
            &[("user/bob", "d"), ("user/ann", "e"), ("user/Ann", "f"), ("user/eve", "g"), ("user/eve", "h")],
        );
        let told: Vec<String> = reading
            .fates()
            .into_iter()
            .map(|(mapping, fate)| {
                let fate = match fate {
                    Fate::Decides(_) => "decides".to_owned(),
                    Fate::ByChance(_, all) => format!("one of {}", all.len()),
                    Fate::Replaced(by, why) => format!("{} ({why:?})", by.username),
                    Fate::Unmatched => "unmatched".to_owned(),
                };
                format!("{}: {fate}", mapping.username)
            })
            .collect();
        assert_eq!(
            told,
            [
                "a: b (LaterDuplicate)",
                "b: decides",
                "c: decides",
                "d: c (RolesFirst)",
                "e: one of 2",
                "f: one of 2",
                "g: h (LaterDuplicate)",
                "h: decides"
            ]
        );
    }

    const NAMES: [&str; 6] = ["role/dev", "ROLE/Dev", "role/\u{212a}ey", "role/key", "role/K\u{130}", "role/ki"];

    /// Compares [`Reading::deciding`] with [`Reading::effective`] for every map of up to three entries over a few
    /// names, in either list.
    #[test]
    fn all_at_once_is_what_each_by_itself_is() {
        let arn = |name: &str| format!("arn:aws:iam::111122223333:{name}");
        let entry = |field: &str, name: &str, at: usize| format!("- {field}: '{}'\n  username: u{at}\n", arn(name));
        let places: Vec<(&str, &str)> =
            NAMES.iter().flat_map(|name| [("rolearn", *name), ("userarn", *name)]).collect();
        for one in &places {
            for two in &places {
                for three in &places {
                    let all = [one, two, three];
                    let text = |field: &str| {
                        all.iter()
                            .enumerate()
                            .filter(|(_, (of, _))| *of == field)
                            .fold(String::new(), |text, (at, (_, name))| text + &entry(field, name, at))
                    };
                    let reading = read(&BTreeMap::from([
                        ("mapRoles".to_owned(), text("rolearn")),
                        ("mapUsers".to_owned(), text("userarn")),
                    ]));
                    let deciding = reading.deciding();
                    for name in ["dev", "key", "ki"] {
                        let principal: Principal = arn(&format!("role/{name}")).parse().unwrap();
                        let found = deciding.get(principal.to_string().as_str()).cloned().unwrap_or_default();
                        assert_eq!(found, reading.effective(&principal), "{name} in {all:?}");
                    }
                }
            }
        }
    }
}
