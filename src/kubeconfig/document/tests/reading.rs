use super::*;
use crate::kubeconfig::document::DocumentError;
use crate::kubeconfig::document::read::PARSED;

#[test]
fn an_invalid_kubeconfig_is_reported_with_the_fault_and_its_place() {
    let twice = "kind: Config\nusers:\n- name: a\n  user: {}\n  name: b\n";
    for (text, words, line) in [
        ("a: [b\n", "not YAML", "line 2"),
        ("\tkind: Config\n", "not YAML", "line 1"),
        ("- a\n", "found a list", ""),
        ("hello\n", "found a text", ""),
        ("kind: Config\n---\nkind: Config\n", "several YAML documents", "line 2"),
        (twice, "`name` is in one mapping twice", "line 5"),
        ("kind: Deployment\n", "kind is `Deployment`", "line 1"),
        ("kind: Config\nusers: {}\n", "`users` is a mapping, expected a list", "line 2"),
        ("users:\n- hello\n", "`users[0]` is a text", "line 1"),
        ("users:\n- user: {}\n", "`users[0].name` is nothing", "line 1"),
        ("users:\n- name: 12\n", "`users[0].name` is a number", "line 1"),
        ("users:\n- name: a\n- name: a\n", "named `a`", ""),
        ("contexts:\n- name: a\n  context: b\n", "`contexts[0].context` is a text", "line 1"),
        ("contexts:\n- name: a\n  context: {user: 1}\n", "`contexts[0].context.user` is a number", "line 1"),
        (
            "users:\n- name: a\n  user: {exec: {command: aws, args: [--x, 12]}}\n",
            "`users[0].user.exec.args[1]` is a number",
            "line 1",
        ),
        ("current-context: []\n", "`current-context` is a list", "line 1"),
    ] {
        let error = merge(text, &wanted()).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(line), "{text:?}: {error}");
        assert!(contexts(text).is_err());
    }
}

#[test]
fn deep_nesting_and_alias_bombs_are_errors() {
    let deep = format!("kind: Config\nx: {}{}\n", "[".repeat(5000), "]".repeat(5000));
    assert!(merge(&deep, &wanted()).is_err());
    let mut bomb = "kind: Config\na0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.extend(["a", &level.to_string(), ": &a", &level.to_string(), " [", &aliases, "]\n"]);
    }
    assert!(merge(&bomb, &wanted()).is_err());
}

#[test]
fn contexts_are_listed_with_what_they_point_at() {
    let text = "\
clusters:
- name: dev.eu-west-1.eksctl.io
  cluster: {server: 'https://AB.yl4.eu-west-1.eks.amazonaws.com', proxy-url: 'http://p', insecure-skip-tls-verify: true}
contexts:
- name: a
  context: {cluster: dev.eu-west-1.eksctl.io, user: me, namespace: ns}
- name: b
  context: {cluster: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/x', user: gone}
current-context: b
users:
- name: me
  user: {token: s3cret, exec: {command: aws-iam-authenticator, args: [token, -i, dev, -r, 'arn:aws:iam::444455556666:role/R']}}
";
    let views = contexts(text).unwrap();
    assert!(!format!("{views:?}").contains("s3cret"));
    let a = &views[0];
    assert_eq!(a.cluster_arn.as_ref().unwrap().to_string(), "arn:aws:eks:eu-west-1:444455556666:cluster/dev");
    assert_eq!(
        (a.namespace.as_deref(), a.proxy_url.as_deref(), a.insecure, a.current),
        (Some("ns"), Some("http://p"), true, false)
    );
    assert_eq!(a.exec.as_ref().unwrap().role_arn.as_deref(), Some("arn:aws:iam::444455556666:role/R"));
    let b = &views[1];
    assert_eq!(b.cluster_arn.as_ref().unwrap().region, "cn-north-1");
    assert!(b.current && b.exec.is_none() && b.server.is_none());
    assert_eq!(Document::read(text).unwrap().entries().current(), Some("b"));
    assert_eq!(Document::read("current-context: \"\"\n").unwrap().entries().current(), None);
}

#[test]
fn what_kubectl_can_not_decode_is_refused() {
    let text = |list: &str, body: &str, value: &str| format!("{list}:\n- name: x\n  {body}: {value}\n");
    for value in ["'%%'", "Q0E", "'Q0E= '", "'Q0 E='", "12"] {
        for (list, body, key) in [
            ("clusters", "cluster", "certificate-authority-data"),
            ("users", "user", "client-certificate-data"),
            ("users", "user", "client-key-data"),
        ] {
            let document = Document::read(&text(list, body, &format!("{{{key}: {value}}}")));
            let error = match &document {
                Ok(document) => document.undecodable()[0].error.to_string(),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(key) && (value == "12" || error.contains("base64")), "{value}: {error}");
        }
    }
    for value in ["Q0E=", "''", "null", "\"Q0\\nE=\""] {
        assert!(
            Document::read(&text("clusters", "cluster", &format!("{{certificate-authority-data: {value}}}"))).is_ok()
        );
    }
}

#[test]
fn merge_keys_are_read() {
    let text = "x: &base {server: https://a}\nclusters:\n- name: c\n  cluster: {<<: *base}\ncontexts:\n- name: c\n  context: {cluster: c}\n";
    assert_eq!(contexts(text).unwrap()[0].server.as_deref(), Some("https://a"));
}

/// Texts that nest `depth` levels, by brackets, braces, dashes and indentation.
fn nested(depth: usize) -> Vec<String> {
    let indented = |line: &str| (0..depth).map(|n| " ".repeat(n) + line + "\n").collect::<Vec<_>>().concat();
    let mut all = vec![
        "[".repeat(depth),
        format!("kind: Config\nx: {}{}\n", "[".repeat(depth), "]".repeat(depth)),
        format!("kind: Config\nx: {}1{}\n", "{a: ".repeat(depth), "}".repeat(depth)),
        format!("{{\"kind\": \"Config\", \"x\": {}{}}}", "[".repeat(depth), "]".repeat(depth)),
        format!("kind: Config\nx:\n  {}1\n", "- ".repeat(depth)),
        format!("kind: Config\n---\n{}\n", "[".repeat(depth)),
        format!("a: it's\n  \"\nx: {}\n# \"\n", "[\"]\", ".repeat(depth)),
        format!("x: [\n{}", "\"]\",[\n".repeat(depth)),
        format!("bad: \\/ [a\n@: {}", "[".repeat(depth)),
    ];
    if depth < 5000 {
        all.push(indented("a:"));
    }
    all
}

#[test]
fn a_text_that_nests_deeper_than_100_levels_reaches_no_parser() {
    for depth in [120, 40_000, 400_000] {
        for text in nested(depth) {
            let before = PARSED.get();
            let begin = std::time::Instant::now();
            let error = contexts(&text).unwrap_err();
            println!("{depth}: {:?} {error}", begin.elapsed());
            assert!(matches!(error, DocumentError::TooDeep { most: 100, .. }), "{depth}: {error}");
            assert_eq!(merge(&text, &wanted()).unwrap_err(), error);
            assert_eq!(PARSED.get(), before, "a parser was given {depth} levels");
        }
    }
}

#[test]
fn brackets_that_are_text_do_not_nest() {
    let quoted = format!("kind: Config\nx: \"{0}\"\ny: '{0}'\nz: a{0}\n# {0}\nb: |\n  {0}\n", "[{".repeat(300));
    assert_eq!(contexts(&quoted).unwrap(), []);
    let many = format!("kind: Config\nx:\n{}", "- {a: [1, {b: 2}]}\n".repeat(500));
    assert_eq!(contexts(&many).unwrap(), []);
}
