//! The deciding entries, for every ARN of a map at once.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entries::folded;
use super::mapping::Mapping;
use super::read::Reading;
use super::who::key_of;

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

    use crate::aws_auth::read;
    use crate::model::Principal;

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
