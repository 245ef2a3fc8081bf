//! Invisible characters, which make a name look like another one.

use super::finding::{Finding, Part, Rule};
use crate::aws_auth::mapping::Mapping;
use crate::characters::is_invisible;

/// A finding for the username and for each group that holds one. White space at an end has a finding of its own.
pub(super) fn findings(mapping: &Mapping, findings: &mut Vec<Finding>) {
    let username = std::iter::once((Part::Username, "username", &mapping.username));
    let groups = mapping.groups.iter().enumerate().map(|(at, group)| (Part::Group(at), "group", group));
    for (part, what, name) in username.chain(groups) {
        let seen: String = name.trim().chars().filter(|c| !is_invisible(*c)).collect();
        if seen == name.trim() {
            continue;
        }
        let today =
            format!("the {what} is `{}`: it looks like `{}` but is a different name", spelled(name), spelled(&seen));
        let finding = Finding::new(Rule::InvisibleCharacter, mapping.key, (mapping.line, mapping.column), today);
        findings.push(finding.part(part).meant(format!("`{}`", spelled(&seen))));
    }
}

/// A name with each character visible, cut where it is long.
fn spelled(name: &str) -> String {
    let mut text = String::new();
    for c in name.trim().chars().take(200) {
        if is_invisible(c) { text.extend(c.escape_unicode()) } else { text.push(c) }
    }
    if name.trim().chars().nth(200).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_auth::{Circumstances, lint};

    fn found(entry: &str) -> Vec<(Rule, String)> {
        let text = format!("- rolearn: arn:aws:iam::111122223333:role/A\n{entry}");
        let data = [("mapRoles".to_owned(), text)].into();
        lint(&data, &Circumstances::default()).into_iter().map(|finding| (finding.rule, finding.today)).collect()
    }

    #[test]
    fn an_invisible_character_in_a_name_is_a_finding() {
        for c in ["\\u200b", "\\u00ad", "\\u202e", "\\ufeff", "\\u2028", "\\u00a0", "\\u3164", "\\ufe0f", "\\U000e0041"]
        {
            let all = found(&format!("  username: \"ad{c}min\"\n  groups: [g, \"sys{c}tem:masters\"]\n"));
            assert_eq!(all.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), [Rule::InvisibleCharacter; 2], "{c}");
            assert!(all[0].1.ends_with("it looks like `admin` but is a different name"), "{all:?}");
            assert!(all.iter().all(|(_, today)| !today.contains(is_invisible)), "{all:?}");
        }
        assert_eq!(
            found("  username: \"a\\u200bb\"\n  groups: [g]\n")[0].1,
            "the username is `a\\u{200b}b`: it looks like `ab` but is a different name"
        );
    }

    #[test]
    fn visible_characters_are_not_findings() {
        assert_eq!(found("  username: Jörg-語\n  groups: [a b, \"c→d\"]\n"), []);
    }
}
