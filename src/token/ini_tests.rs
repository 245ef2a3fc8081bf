//! Written by hand; `tests/it/real/profile_grammar.rs` compares the reader with Python's own.

use super::*;

fn read(text: &str) -> Ini {
    Ini::read("f", text)
}

fn shown(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    read(text).sections.iter().map(|s| (s.name.clone(), s.settings().map(owned).collect())).collect()
}

fn faults(text: &str) -> Vec<String> {
    read(text).faults.iter().map(ToString::to_string).collect()
}

#[test]
fn a_value_goes_to_the_end_of_its_line_and_over_those_that_are_indented_more() {
    let text = "[a]\nX = 1 # 2\ny:3\n z\n\n  w\nv =\n  u = t\n  s=r\n";
    let of_a = [("x", "1 # 2"), ("y", "3\nz\n\nw"), ("v", "\nu = t\ns=r")];
    assert_eq!(shown(text), [("a".into(), of_a.map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec())]);
    assert_eq!(read(text).sections[0].nested("v", "s"), Some("r"));
    assert_eq!(read(text).sections[0].nested("y", "z"), None);
}

#[test]
fn every_section_has_the_defaults() {
    let text = "[a]\nx = 1\n[DEFAULT]\nx = 2\ny = 3\n";
    assert_eq!(shown(text), [("a".into(), vec![("x".into(), "1".into()), ("y".into(), "3".into())])]);
    assert!(read("[DEFAULT]\nx\n[a]\ny = 1\n").sections[0].fault.is_some());
}

#[test]
fn what_is_wrong_costs_its_own_section_and_names_its_line_without_its_text() {
    let text = "secret\n[a]\nx = 1\n[b]\nsecret\n[c]\n= secret\n[d]\nx = 1\nx = 2\n[e]\n[d]\n[f]\ny =\n  secret\n";
    assert_eq!(
        faults(text),
        [
            "f:1: a line precedes the first section",
            "f:5: in [b]: a line is neither a setting nor a section's header",
            "f:7: in [c]: a setting has no name",
            "f:10: in [d]: a setting is repeated",
            "f:12: in [d]: the section is repeated",
            "f:14: in [f]: the text indented under a setting is not NAME = VALUE",
        ]
    );
    let good: Vec<String> = read(text).sections.into_iter().filter(|s| s.fault.is_none()).map(|s| s.name).collect();
    assert_eq!(good, ["a", "e"]);
}

#[test]
fn a_header_that_is_not_closed_costs_its_own_section_alone() {
    let ini = Ini::read("f", "[work]\na = 1\n[profile other\na = 2\nb = 3\nnonsense\n[third]\na = 4\n");
    let found: Vec<_> =
        ini.sections.iter().map(|s| (s.name.as_str(), s.get("a"), s.get("b"), s.fault.is_none())).collect();
    assert_eq!(found, [("work", Some("1"), None, true), ("third", Some("4"), None, true)]);
    let told: Vec<String> = ini.faults.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "f:3: in [profile other]: the section's header has no closing bracket");
    assert_eq!(ini.faults[1].section.as_deref(), Some("profile other"));
}
