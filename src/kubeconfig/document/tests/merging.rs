use super::*;
use crate::kubeconfig::document::{Change, DocumentError, Note, emit};

pub(super) const NEW: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://ABCD.gr7.eu-west-1.eks.amazonaws.com
  name: arn:aws:eks:eu-west-1:111122223333:cluster/dev
contexts:
- context:
    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/dev
    user: KubernetesAdmin@dev.eu-west-1.111122223333
  name: KubernetesAdmin@dev.eu-west-1.111122223333
current-context: KubernetesAdmin@dev.eu-west-1.111122223333
kind: Config
users:
- name: KubernetesAdmin@dev.eu-west-1.111122223333
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - token
      - --cluster
      - dev
      - --region
      - eu-west-1
      - --role
      - arn:aws:iam::111122223333:role/KubernetesAdmin
      command: eksaccess
      installHint: hint
      interactiveMode: IfAvailable
      provideClusterInfo: false
";

/// As written by `aws eks update-kubeconfig --role-arn` and edited by a person.
pub(super) const BY_AWS: &str = "\
# mine
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E= # the CA
    proxy-url: http://proxy:3128
    server: https://abcd.gr7.eu-west-1.eks.amazonaws.com/
  name: arn:aws:eks:eu-west-1:111122223333:cluster/dev
- name: other
  cluster: {server: 'https://other', }
contexts:
# work
- context:
    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/dev
    namespace: team
    user: me
    extensions: []
  name: work
- context: {cluster: other, user: other}
  name: other
current-context: other
kind: Config
preferences: {}
users:
- name: me
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      args:
      - --region
      - eu-west-1
      - eks
      - get-token
      - --cluster-name
      - dev
      - --output
      - json
      - --role
      - arn:aws:iam::111122223333:role/KubernetesAdmin
      # keep
      command: aws
      env:
      - name: AWS_PROFILE
        value: \"work\"
      interactiveMode: Never
- name: other
  user: {token: secret}
";

#[test]
fn nothing_becomes_a_whole_file() {
    for text in ["", "{}", "{}\n", "null\n", "\n", "~"] {
        produces(text, &wanted(), NEW);
    }
    assert_eq!(emit(&wanted()).unwrap(), NEW);
    produces("# mine\n", &wanted(), &format!("# mine\n{NEW}"));
    produces("# mine", &wanted(), &format!("# mine\n{NEW}"));
    produces("---\n{} # x\n", &wanted(), &format!("---\n{NEW} # x\n"));
    produces("# mine\r\n", &wanted(), &format!("# mine\n{NEW}").replace('\n', "\r\n"));
    let merge = merge("", &wanted()).unwrap();
    assert!(merge.created && merge.changed && merge.changes.len() == 4);
}

#[test]
fn empty_lists_are_filled() {
    let empty = "apiVersion: v1\nclusters: null\ncontexts: [] # none\ncurrent-context: \"\"\nkind: Config\nusers:\n";
    let expected = NEW.replace("contexts:\n", "contexts: # none\n").replace(
        "current-context: KubernetesAdmin@dev.eu-west-1.111122223333",
        "current-context: \"KubernetesAdmin@dev.eu-west-1.111122223333\"",
    );
    produces(empty, &wanted(), &expected);
    let (head, tail) = ("apiVersion: v1\n", "kind: Config\n");
    let rest = NEW.replace(head, "").replace(tail, "");
    let (lists, users) = rest.split_once("current-context: ").unwrap();
    let (current, users) = users.split_once('\n').unwrap();
    let order = |text: &str| text.replace("contexts:", "X").len();
    assert!(order(lists) > 0);
    let (clusters, contexts) = lists.split_once("contexts:").unwrap();
    produces(
        "apiVersion: v1\nkind: Config\n",
        &wanted(),
        &format!("{head}{tail}{clusters}{users}contexts:{contexts}current-context: {current}\n"),
    );
}

#[test]
fn only_scalars_that_differ_move() {
    let old = BY_AWS.replace("Q0E= # the CA", "'b2xk' # the CA").replace("https://abcd.gr7", "https://OLD.gr7");
    let expected = BY_AWS
        .replace("Q0E= # the CA", "'Q0E=' # the CA")
        .replace("https://abcd.gr7.eu-west-1.eks.amazonaws.com/", SERVER);
    produces(&old, &wanted(), &expected);
    let changes = merge(&old, &wanted()).unwrap().changes;
    assert_eq!(
        changes,
        [
            Change::Updated {
                entry: "cluster",
                name: ARN.to_owned(),
                field: "server".to_owned(),
                old: Some("https://OLD.gr7.eu-west-1.eks.amazonaws.com/".to_owned()),
                new: SERVER.to_owned()
            },
            Change::Updated {
                entry: "cluster",
                name: ARN.to_owned(),
                field: "certificate-authority-data".to_owned(),
                old: Some("b2xk".to_owned()),
                new: "Q0E=".to_owned()
            },
        ]
    );
}

#[test]
fn a_given_value_is_set_in_place_or_added() {
    let expected =
        BY_AWS.replace("namespace: team", "namespace: prod").replace("current-context: other", "current-context: work");
    let wanted1 = Wanted { namespace: Some("prod".to_owned()), current: Current::Set, ..wanted() };
    produces(BY_AWS, &wanted1, &expected);
    let without = BY_AWS.replace("    namespace: team\n", "");
    let expected = without.replace("    extensions: []\n", "    extensions: []\n    namespace: prod\n");
    let wanted2 = Wanted { namespace: Some("prod".to_owned()), ..wanted() };
    produces(&without, &wanted2, &expected);
    let wanted3 =
        Wanted { tls_server_name: Some("eks".to_owned()), proxy_url: Some("http://p".to_owned()), ..wanted() };
    let expected = BY_AWS
        .replace("amazonaws.com/\n", "amazonaws.com/\n    tls-server-name: eks\n")
        .replace("http://proxy:3128", "http://p");
    produces(BY_AWS, &wanted3, &expected);
}

#[test]
fn a_second_role_is_a_second_user_and_context_on_the_same_cluster() {
    let view = "arn:aws:iam::111122223333:role/View";
    let text = merged(NEW, &wanted_of(ARN, view));
    assert_eq!(text.matches("certificate-authority-data").count(), 1);
    assert!(text.starts_with(NEW.split_once("current-context").unwrap().0), "{text}");
    assert!(text.contains("\n- context:\n    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/dev\n    user: View@dev.eu-west-1.111122223333\n  name: View@dev.eu-west-1.111122223333\ncurrent-context: KubernetesAdmin@"), "{text}");
    assert!(
        text.contains("provideClusterInfo: false\n- name: View@dev.eu-west-1.111122223333\n  user:\n    exec:\n"),
        "{text}"
    );
    assert_eq!(merged(&text, &wanted()), text);
}

#[test]
fn new_entries_take_the_order_and_indentation_of_their_neighbours() {
    let text = "contexts:\n  - name: a\n    context:\n        cluster: a\n        user: a\n    # of a\n  # of b\n  - name: b\n    context: {}\n    # deep\n  # shallow\nkind: Config";
    let text = merged(text, &wanted());
    let expected = format!(
        "    context: {{}}\n    # deep\n  - name: {NAME}\n    context:\n        cluster: {ARN}\n        user: {NAME}\n  # shallow\nkind: Config\nclusters:\n  - cluster:\n"
    );
    assert!(text.contains(&expected), "{text}");
    assert!(text.ends_with(&format!("current-context: {NAME}")), "no final line ending before, none after: {text}");
}

#[test]
fn json_stays_json() {
    let pretty = "{\n  \"apiVersion\": \"v1\",\n  \"clusters\": [],\n  \"contexts\": [\n    {\n      \"name\": \"a\",\n      \"context\": {\n        \"cluster\": \"a\"\n      }\n    }\n  ],\n  \"users\": null\n}\n";
    let text = merged(pretty, &wanted());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(value["contexts"][1]["context"]["user"], NAME);
    assert!(text.contains("      }\n    },\n    {\n      \"name\": \"KubernetesAdmin@dev.eu-west-1.111122223333\",\n      \"context\": {\n        \"cluster\""), "{text}");
    assert!(text.contains("  \"clusters\": [\n    {\n      \"cluster\": {\n"), "{text}");
    let compact = r#"{"apiVersion":"v1","clusters":[],"contexts":[],"users":[],"current-context":""}"#;
    let text = merged(compact, &wanted());
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["current-context"], NAME);
    assert!(!text.contains('\n'));
    let updated = merged(&text, &Wanted { server: "https://new".to_owned(), ..wanted() });
    assert_eq!(updated, text.replace(SERVER, "https://new"));
}

#[test]
fn crlf_and_a_byte_order_mark_stay() {
    for text in
        [BY_AWS.replace('\n', "\r\n"), format!("\u{feff}{BY_AWS}"), format!("\u{feff}{}", &BY_AWS["# mine\n".len()..])]
    {
        let ns = Wanted { namespace: Some("prod".to_owned()), ..wanted() };
        produces(&text, &ns, &text.replace("namespace: team", "namespace: prod"));
        let view = merged(&text, &wanted_of(ARN, "arn:aws:iam::111122223333:role/View"));
        assert!(!text.contains('\r') || !view.replace("\r\n", "").contains('\n'), "{view:?}");
    }
}

#[test]
fn a_cluster_entry_is_reused_by_its_server_and_another_cluster_of_that_server_is_not() {
    let old = format!(
        "clusters:\n- name: mine\n  cluster:\n    server: {SERVER}:443/\n    certificate-authority-data: Q0E=\nkind: Config\n"
    );
    let text = merged(&old, &wanted());
    assert!(text.starts_with(&old), "{text}");
    assert!(text.contains("    cluster: mine\n"), "{text}");
    let tunnel = "https://127.0.0.1:8443";
    let arn2 = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    let old = format!("clusters:\n- name: {arn2}\n  cluster:\n    server: {tunnel}\n");
    let text = merged(&old, &Wanted { server: tunnel.to_owned(), ..wanted() });
    assert!(
        text.starts_with(&old)
            && text.contains(&format!("  cluster:\n    certificate-authority-data: Q0E=\n    server: {tunnel}\n")),
        "{text}"
    );
}

#[test]
fn a_tunnel_that_checks_the_endpoints_name_is_kept() {
    let host = SERVER.strip_prefix("https://").unwrap();
    let old = merged("", &wanted()).replace(
        &format!("server: {SERVER}\n"),
        &format!("server: https://localhost:8443\n    tls-server-name: {host}\n"),
    );
    let merge = merge(&old, &wanted()).unwrap();
    assert!(!merge.changed);
    assert_eq!(
        merge.notes,
        [Note::TunnelKept { cluster: ARN.to_owned(), server: "https://localhost:8443".to_owned() }]
    );
    let text = merged(&old, &Wanted { tls_server_name: Some(host.to_owned()), ..wanted() });
    assert!(text.contains(&format!("server: {SERVER}\n")), "stated, so it is set: {text}");
}

#[test]
fn an_authority_file_or_its_absence_is_kept_as_kubectl_accepts_only_one() {
    for (line, note) in [
        ("certificate-authority: /ca.pem", Note::AuthorityFileKept { cluster: ARN.to_owned() }),
        ("insecure-skip-tls-verify: true", Note::InsecureKept { cluster: ARN.to_owned() }),
    ] {
        let old = NEW.replace("certificate-authority-data: Q0E=", line);
        let merge = merge(&old, &wanted()).unwrap();
        assert!(!merge.changed, "{:?}", merge.changes);
        assert_eq!(merge.notes, [note]);
    }
}

#[test]
fn aliases_name_what_is_new_and_choose_among_what_is_there() {
    let alias = |context: Option<&str>, user: Option<&str>| Wanted {
        context_alias: context.map(str::to_owned),
        user_alias: user.map(str::to_owned),
        ..wanted()
    };
    let new = merge("", &alias(Some("c"), Some("u"))).unwrap();
    assert_eq!((new.context.as_str(), new.user.as_str()), ("c", "u"));
    let named = merged("", &alias(Some("c"), Some("u")));
    assert_eq!(merged(&named, &wanted()), named, "found by meaning, whatever it is named");
    let second = merged(&named, &alias(Some("d"), None));
    assert!(second.starts_with(named.split_once("current-context").unwrap().0), "{second}");
    assert!(
        second.contains(
            "- context:\n    cluster: arn:aws:eks:eu-west-1:111122223333:cluster/dev\n    user: u\n  name: d\n"
        ),
        "{second}"
    );
    let renamed = merged(&named, &alias(None, Some("v")));
    assert_eq!(renamed, named.replace("user: u\n", "user: v\n").replace("name: u\n", "name: v\n"));
    let shared = merged(&second, &alias(Some("d"), Some("v")));
    assert!(shared.contains("user: u\n  name: c\n") && shared.contains("user: v\n  name: d\n"), "{shared}");
    assert!(shared.contains("- name: u\n") && shared.contains("- name: v\n"), "{shared}");
}

#[test]
fn a_name_of_something_else_is_never_overwritten() {
    let old = format!(
        "contexts:\n- name: {NAME}\n  context: {{cluster: x, user: {NAME}}}\nclusters:\n- name: x\n  cluster: {{server: https://x}}\nusers:\n- name: {NAME}\n  user: {{token: s3cret}}\n"
    );
    let error = merge(&old, &wanted()).unwrap_err();
    assert!(matches!(&error, DocumentError::NameTaken { entry: "context", .. }), "{error}");
    let error = merge(&old, &Wanted { context_alias: Some("c".to_owned()), ..wanted() }).unwrap_err();
    assert!(matches!(&error, DocumentError::NameTaken { entry: "user", .. }), "{error}");
    assert!(!error.to_string().contains("s3cret"));
    let both = Wanted { context_alias: Some("c".to_owned()), user_alias: Some("u".to_owned()), ..wanted() };
    assert!(merged(&old, &both).contains("s3cret"));
}

#[test]
fn what_was_lost_of_ours_is_mended() {
    let at = NEW.find("users:").unwrap();
    let text = merged(&format!("{}users: []\n", &NEW[..at]), &wanted());
    assert_eq!(text, NEW);
    let contexts = NEW.find("contexts:").unwrap()..NEW.find("current-context").unwrap();
    let mut without = NEW.to_owned();
    without.replace_range(contexts, "contexts: []\n");
    assert_eq!(merged(&without, &wanted()), NEW);
    let blank = format!("{}users:\n- name: {NAME}\n  user: {{}}\n", &NEW[..at]);
    assert_eq!(merged(&blank, &wanted()), NEW);
}

#[test]
fn an_edit_behind_an_alias_is_refused() {
    let old = NEW.replace("  user:\n    exec:\n", "  user: &mine\n    exec:\n") + "- name: second\n  user: *mine\n";
    let exec = spec(&eksaccess(), ARN, ROLE, ExecNeeds { external_id: Some("x"), ..ExecNeeds::default() });
    let error = merge(&old, &Wanted { exec, ..wanted() }).unwrap_err();
    assert!(matches!(error, DocumentError::NotProven { .. }), "{error}");
    assert!(!merge(&old, &wanted()).unwrap().changed);
}

#[test]
fn a_tag_on_the_document_or_a_list_is_edited_with_proof_or_refused_and_never_passed_over() {
    for text in ["!\na:", "! {a: 1}\n", "!x\nkind: Config\n", "clusters: !x []\n", "users: ! [{name: a, user: {}}]\n"] {
        if let Ok(once) = merge(text, &wanted()) {
            assert!(once.changed && !once.changes.is_empty(), "{text:?}: {once:?}");
        }
    }
}
