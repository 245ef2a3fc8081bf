//! Edits of the text and edits of the meaning are the same, in one reading or in several.

use proptest::prelude::*;
use serde_yaml::Value;

use crate::kubeconfig::document::edit::{Edit, steps};
use crate::kubeconfig::document::splice;

const TEXTS: [&str; 3] = [
    "a:\n- x: 1 # one\n  y: 'two'\n- x: 3\n# end of a\nb:\n  c: {}\n  d: [p, q]\ne: null\nf: |\n  text\n\ng: last",
    "{\n  \"a\": [\n    {\"x\": 1, \"y\": \"two\"},\n    {\"x\": 3}\n  ],\n  \"b\": {\"c\": {}, \"d\": [\"p\", \"q\"]},\n  \"e\": null,\n  \"f\": \"text\\n\",\n  \"g\": \"last\"\n}\n",
    "a: [{x: 1, y: two}, {x: 3}]\r\nb:\r\n    d:\r\n      - p\r\n      # before q\r\n      - q\r\n    c: {}\r\nf: \"text\\n\"\r\ng: last\r\ne: # nothing\r\n",
];

fn edit() -> impl Strategy<Value = Edit> {
    let value = || {
        prop_oneof![
            Just(Value::from("new")),
            Just(Value::from("y")),
            Just(Value::from("a: b #c")),
            Just(Value::from(true)),
            Just(serde_yaml::from_str("{k: v, l: [1, {m: n}]}").unwrap()),
            Just(serde_yaml::from_str("[s, {t: u, w: {}}]").unwrap()),
        ]
    };
    let texts = || value().prop_filter("a scalar", |value| !value.is_mapping() && !value.is_sequence());
    prop_oneof![
        value().prop_map(|v| Edit::Push(steps!["a"], v)),
        texts().prop_map(|v| Edit::Push(steps!["b", "d"], v)),
        value().prop_map(|v| Edit::Insert(steps![], "h".to_owned(), v)),
        value().prop_map(|v| Edit::Insert(steps![], "i".to_owned(), v)),
        value().prop_map(|v| Edit::Insert(steps!["b", "c"], "j".to_owned(), v)),
        value().prop_map(|v| Edit::Insert(steps!["b", "c"], "k".to_owned(), v)),
        texts().prop_map(|v| Edit::Insert(steps!["a", 1], "z".to_owned(), v)),
        value().prop_map(|v| Edit::Set(steps!["e"], v)),
        value().prop_map(|v| Edit::Set(steps!["b", "c"], v)),
        texts().prop_map(|v| Edit::Set(steps!["f"], v)),
        texts().prop_map(|v| Edit::Set(steps!["g"], v)),
        texts().prop_map(|v| Edit::Set(steps!["a", 0, "y"], v)),
        texts().prop_map(|v| Edit::Set(steps!["b", "d", 1], v)),
        (0..3usize).prop_map(|at| Edit::Remove(steps!["b", "d", at])),
        (0..3usize).prop_map(|at| Edit::Remove(steps!["a", at])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn many_edits_are_one_after_another(edits in prop::collection::vec(edit(), 1..6)) {
        for text in TEXTS {
            let mut meaning: Value = serde_yaml::from_str(text).unwrap();
            // Only edits that change something.
            let edits: Vec<Edit> = edits.iter().filter(|edit| edit.apply(&mut meaning).is_some()).cloned().collect();
            let together = splice::apply(text, &edits);
            let one_by_one = edits.iter().try_fold(text.to_owned(), |text, edit| {
                splice::apply(&text, std::slice::from_ref(edit)).map_err(|(_, reason)| reason)
            });
            prop_assert_eq!(together.is_ok(), one_by_one.is_ok(), "{:?}", edits);
            let (Ok(together), Ok(one_by_one)) = (together, one_by_one) else { continue };
            prop_assert_eq!(&together, &one_by_one, "{:?}", edits);
            prop_assert_eq!(serde_yaml::from_str::<Value>(&together).ok(), Some(meaning), "{:?}\n{}", edits, together);
        }
    }
}
