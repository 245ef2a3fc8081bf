//! The existing names that a misspelled one may mean.

/// The names nearest to `name`: those with the fewest typing errors, ignoring case; if none is near enough, those that
/// contain it. Empty if nothing is similar, several if they are equally near.
pub fn nearest_names<'n>(name: &str, names: &'n [String]) -> Vec<&'n str> {
    let fold = |text: &str| text.to_ascii_lowercase();
    let asked = fold(name);
    // One error in three characters: `dve` is `dev`, and `x` is not `y`.
    let most = asked.chars().count().max(3) / 3;
    let slips = |other: &String| strsim::damerau_levenshtein(&asked, &fold(other));
    let near = names
        .iter()
        .map(|other| (slips(other), other))
        .filter(|(slips, other)| *slips <= most && *slips < asked.chars().count().max(other.chars().count()));
    let near: Vec<(usize, &String)> = near.collect();
    let least = near.iter().map(|(slips, _)| *slips).min();
    let mut found: Vec<&str> =
        near.into_iter().filter(|(slips, _)| Some(*slips) == least).map(|(_, other)| other.as_str()).collect();
    if found.is_empty() && asked.chars().count() >= 3 {
        found.extend(names.iter().filter(|other| fold(other).contains(&asked)).map(String::as_str));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The single nearest name, if there is exactly one.
pub fn nearest<'n>(name: &str, names: &'n [String]) -> Option<&'n str> {
    let found = nearest_names(name, names);
    if let [one] = found[..] { Some(one) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_slip_of_the_keyboard_has_its_name() {
        let there = names(&["dev", "prod-eu", "prod-us", "staging"]);
        for (asked, meant) in [("dve", "dev"), ("DEV", "dev"), ("stagin", "staging"), ("prod-eu1", "prod-eu")] {
            assert_eq!(nearest(asked, &there), Some(meant), "{asked}");
        }
        assert_eq!(nearest("x", &names(&["y"])), None);
        assert_eq!(nearest("shop", &there), None);
        assert_eq!(nearest("dev", &[]), None);
    }

    #[test]
    fn of_equally_near_names_all_are_returned_and_there_is_no_nearest() {
        let there = names(&["prod-us", "prod-eu", "dev"]);
        assert_eq!(nearest_names("prod-xx", &there), ["prod-eu", "prod-us"]);
        assert_eq!(nearest("prod-xx", &there), None);
        assert_eq!(nearest_names("prod", &there), ["prod-eu", "prod-us"], "a name that lacks its end");
        assert_eq!(nearest("prd-eu", &there), Some("prod-eu"));
    }
}
