//! Laws for every kubeconfig, on generated ones in many layouts.

use proptest::prelude::*;
use serde_yaml::Value;

use super::*;

/// The number of texts for each law.
const CASES: u32 = 48;

/// The layout of a generated file.
#[derive(Clone, Debug)]
struct Layout {
    json: bool,
    pretty: bool,
    crlf: bool,
    final_newline: bool,
    dash: usize,
    step: usize,
    name_first: bool,
    comments: bool,
    blank_lines: bool,
    flow_items: bool,
    quote: &'static str,
    lists_order: usize,
}

/// Its content: other names and, of the target, which entry in what form.
#[derive(Clone, Debug)]
struct Content {
    others: Vec<(String, u8)>,
    ours: Option<(u8, bool)>,
    current: Option<usize>,
    empty: u8,
}

fn layout() -> impl Strategy<Value = Layout> {
    let bools = (any::<[bool; 8]>(), 0..3usize, 1..5usize, 0..3usize, 0..6usize);
    bools.prop_map(|(b, dash, step, quote, lists_order)| Layout {
        json: b[0] && b[1],
        pretty: b[2],
        crlf: b[3] && b[4],
        final_newline: b[4] || b[5],
        dash,
        step,
        name_first: b[5],
        comments: b[6],
        blank_lines: b[7],
        flow_items: b[0] != b[1],
        quote: ["", "'", "\""][quote],
        lists_order,
    })
}

/// The names of the target's entries, which must be unique: kubectl refuses a list with a repeated name.
const OURS: [&str; 3] = ["me", "mine", "work"];

fn content() -> impl Strategy<Value = Content> {
    let name = "[a-z][a-z0-9.-]{0,8}[a-z0-9]".prop_filter("a name of ours", |name| !OURS.contains(&name.as_str()));
    let others = prop::collection::btree_map(name, any::<u8>(), 0..5);
    let ours = prop::option::of((any::<u8>(), any::<bool>()));
    (others, ours, prop::option::of(0..5usize), any::<u8>()).prop_map(|(others, ours, current, empty)| Content {
        others: others.into_iter().collect(),
        ours,
        current,
        empty,
    })
}

/// The entries of one list, as YAML values.
fn entries(content: &Content, list: &str) -> Vec<(String, Value)> {
    let body = |yaml: String| -> Value { serde_yaml::from_str(&yaml).unwrap() };
    let mut all: Vec<(String, Value)> = Vec::new();
    for (name, kind) in &content.others {
        let value = match (list, kind % 4) {
            ("clusters", 0) => "{}".to_owned(),
            ("clusters", 1) => format!("{{server: 'https://{name}', proxy-url: 'http://p', extensions: []}}"),
            ("clusters", _) => format!("{{certificate-authority-data: 'QQ==', server: 'https://{name}:443/'}}"),
            ("contexts", 0) => format!("{{cluster: {name}, user: {name}, namespace: 'a b'}}"),
            ("contexts", _) => format!("{{cluster: {name}, user: {name}}}"),
            (_, 0) => "{token: 's: #x'}".to_owned(),
            (_, 1) => format!("{{exec: {{command: aws, args: [eks, get-token, --cluster-name, {name}]}}}}"),
            (_, 2) => format!(
                "{{exec: {{command: aws, args: [eks, get-token, --cluster-name, dev, --role, 'arn:aws:iam::999922223333:role/{name}'], env: null}}}}"
            ),
            (_, _) => "{auth-provider: {name: p, config: {note: \"line\\ntwo\\n\"}}}".to_owned(),
        };
        all.push((name.clone(), body(value)));
    }
    if let Some((at, by_arn)) = content.ours {
        let cluster = if by_arn { ARN } else { "mine" };
        let (name, value) = match list {
            "clusters" => (cluster, format!("{{server: '{SERVER}', certificate-authority-data: b2xk}}")),
            "contexts" => ("work", format!("{{cluster: '{cluster}', namespace: team, user: me}}")),
            _ => (
                "me",
                format!(
                    "{{exec: {{apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [--region, eu-west-1, eks, get-token, --cluster-name, dev, --role, '{ROLE}'], env: [{{name: X, value: z}}]}}}}"
                ),
            ),
        };
        all.insert(usize::from(at) % (all.len() + 1), (name.to_owned(), body(value)));
    }
    all
}

/// Writes a value as a block in the layout; `Layout::quote` is put around plain texts.
fn write_block(value: &Value, indent: usize, layout: &Layout, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Mapping(pairs) if !pairs.is_empty() => {
            for (key, value) in pairs {
                out.push_str(&pad);
                write_pair(key.as_str().unwrap(), value, indent, layout, out);
            }
        }
        _ => out.push_str(&inline(value, layout)),
    }
}

fn write_pair(key: &str, value: &Value, indent: usize, layout: &Layout, out: &mut String) {
    match value {
        Value::Mapping(pairs) if !pairs.is_empty() => {
            out.extend([key, ":\n"]);
            write_block(value, indent + layout.step, layout, out);
        }
        Value::Sequence(items) if !items.is_empty() && !layout.flow_items => {
            out.extend([key, ":\n"]);
            for item in items {
                out.extend([&" ".repeat(indent + layout.dash), "- ", &inline(item, layout), "\n"]);
            }
        }
        _ => out.extend([key, ": ", &inline(value, layout), if layout.comments { " # why" } else { "" }, "\n"]),
    }
}

fn inline(value: &Value, layout: &Layout) -> String {
    match value {
        Value::String(text) if layout.quote == "'" => format!("'{}'", text.replace('\n', "\n\n")),
        Value::String(text) if layout.quote.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric()) => {
            text.clone()
        }
        Value::String(_) | Value::Bool(_) | Value::Null => serde_json::to_string(value).unwrap(),
        Value::Sequence(items) => {
            format!("[{}]", items.iter().map(|i| inline(i, layout)).collect::<Vec<_>>().join(", "))
        }
        Value::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(k, v)| format!("{}: {}", k.as_str().unwrap(), inline(v, layout)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        _ => unreachable!(),
    }
}

fn write(content: &Content, layout: &Layout) -> String {
    let mut lists = ["clusters", "contexts", "users"];
    lists.rotate_left(layout.lists_order % 3);
    if layout.lists_order > 2 {
        lists.reverse();
    }
    let current = content.current.map(|at| content.others.get(at).map_or("", |(name, _)| name.as_str()));
    if layout.json {
        return write_json(content, layout, lists, current);
    }
    let mut out = String::from("apiVersion: v1\n");
    for list in lists {
        let entries = entries(content, list);
        let body_key = list.strip_suffix('s').unwrap();
        if entries.is_empty() {
            out += [": []\n", ":\n", ": null # none\n"].map(|rest| format!("{list}{rest}"))
                [usize::from(content.empty % 3)]
            .as_str();
            continue;
        }
        out.extend([list, ":\n"]);
        for (name, body) in entries {
            if layout.comments {
                out.extend([&" ".repeat(layout.dash), "# about ", &name, "\n"]);
            }
            let (dash, column) = (format!("{}- ", " ".repeat(layout.dash)), layout.dash + 2);
            let pad = " ".repeat(column);
            let mut first = String::new();
            let mut second = String::new();
            write_pair("name", &Value::from(name), column, layout, &mut first);
            write_pair(body_key, &body, column, layout, &mut second);
            if !layout.name_first {
                std::mem::swap(&mut first, &mut second);
            }
            out.extend([dash, first, pad, second]);
            if layout.blank_lines {
                out.push('\n');
            }
        }
    }
    if let Some(current) = current {
        out.extend(["current-context: ", &serde_json::to_string(current).unwrap(), "\n"]);
    }
    out += "kind: Config\npreferences: {}\n";
    finish(out, layout)
}

fn write_json(content: &Content, layout: &Layout, lists: [&str; 3], current: Option<&str>) -> String {
    let mut root = serde_json::Map::new();
    for list in lists {
        let items = entries(content, list)
            .into_iter()
            .map(|(name, body)| serde_json::json!({ list.strip_suffix('s').unwrap(): body, "name": name }));
        root.insert(list.to_owned(), items.collect());
    }
    if let Some(current) = current {
        root.insert("current-context".to_owned(), current.into());
    }
    let text = if layout.pretty { serde_json::to_string_pretty(&root) } else { serde_json::to_string(&root) };
    finish(text.unwrap() + "\n", layout)
}

fn finish(text: String, layout: &Layout) -> String {
    let text = if layout.final_newline { text } else { text.trim_end().to_owned() };
    if layout.crlf { text.replace('\n', "\r\n") } else { text }
}

fn value(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// An entry by its name.
fn named<'v>(root: &'v Value, list: &str, name: &str) -> Option<&'v Value> {
    root.get(list)?.as_sequence()?.iter().find(|item| item.get("name").and_then(Value::as_str) == Some(name))
}

/// Whether `new` has the lines of `old`, in this order.
fn keeps_lines(old: &str, new: &str) -> bool {
    let mut new = new.lines();
    old.lines().all(|line| new.any(|other| other == line))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_merge_says_what_is_wanted_and_touches_nothing_else(content in content(), layout in layout(), stated in any::<bool>()) {
        let text = write(&content, &layout);
        let before = value(&text);
        let wanted = Wanted { exec_stated: stated, ..wanted() };
        let after_text = merged(&text, &wanted);
        let after = value(&after_text);
        for list in ["clusters", "contexts", "users"] {
            for (name, _) in &content.others {
                prop_assert_eq!(named(&before, list, name), named(&after, list, name));
            }
        }
        prop_assert_eq!(before.get("preferences"), after.get("preferences"));
        prop_assert_eq!(after_text.ends_with('\n'), text.ends_with('\n'));
        if layout.json {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&after_text).is_ok(), "{}", after_text);
        }
        if layout.crlf {
            prop_assert!(!after_text.replace("\r\n", "").contains('\n'), "{:?}", after_text);
        }
        let views = contexts(&after_text).unwrap();
        let ours = views.iter().find(|view| view.name == if content.ours.is_some() { "work" } else { NAME }).unwrap();
        prop_assert_eq!(ours.server.as_deref(), Some(SERVER));
        prop_assert_eq!(ours.certificate_authority_data.as_deref(), Some("Q0E="));
        prop_assert_eq!(ours.exec.as_ref().and_then(|exec| exec.role_arn.as_deref()), Some(ROLE));
        let current = content.current.and_then(|at| content.others.get(at)).map_or(&ours.name, |(name, _)| name);
        prop_assert_eq!(after.get("current-context").and_then(Value::as_str), Some(current.as_str()));
    }

    #[test]
    fn what_is_added_leaves_every_line(content in content(), layout in layout()) {
        // With all lists filled and a current context, a merge only adds.
        let content = Content { ours: None, current: Some(0), ..content };
        prop_assume!(!content.others.is_empty());
        let text = write(&content, &layout);
        prop_assume!(!layout.json);
        let after = merged(&text, &wanted());
        prop_assert!(keeps_lines(&text, &after), "{}\n---\n{}", text, after);
    }

    #[test]
    fn any_text_is_an_error_or_a_merge_that_holds(text in "[a-z:\\-#\\[\\]{}\"' \n\t|>&*!]{0,40}") {
        if merge(&text, &wanted()).is_ok() {
            merged(&text, &wanted());
        }
    }

    #[test]
    fn any_broken_kubeconfig_is_an_error_or_a_merge_that_holds(content in content(), layout in layout(), at in any::<prop::sample::Index>(), byte in "[:\\-#\\[{}\"' \n\t|&*!a]") {
        let mut text = write(&content, &layout);
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) { at -= 1; }
        text.insert_str(at, &byte);
        if merge(&text, &wanted()).is_ok() {
            merged(&text, &wanted());
        }
    }

    #[test]
    fn every_text_survives_as_a_name(name in "\\PC{1,20}") {
        let wanted = Wanted { context_alias: Some(name.clone()), user_alias: Some(name.clone()), namespace: Some(name.clone()), ..wanted() };
        for text in ["", "users:\n- name: 'a'\n  user: {}\n", "{\"users\": [{\"name\": \"a\"}]}"] {
            let after = value(&merged(text, &wanted));
            let context = named(&after, "contexts", &name).unwrap();
            prop_assert_eq!(context["context"]["namespace"].as_str(), Some(name.as_str()));
        }
    }
}
