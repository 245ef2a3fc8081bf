use super::*;
use crate::kubeconfig::document::Current;
use crate::kubeconfig::exec::{ExecNeeds, ExecSpec, ExecTool};

const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

pub(super) fn arn(cluster: &str) -> String {
    format!("arn:aws:eks:eu-west-1:111122223333:cluster/{cluster}")
}

pub(super) fn name(cluster: &str) -> String {
    format!("KubernetesAdmin@{cluster}.eu-west-1.111122223333")
}

pub(super) fn wanted(cluster: &str) -> Wanted {
    let tool = ExecTool::Eksaccess { command: "eksaccess".to_owned() };
    let cluster: crate::model::ClusterArn = arn(cluster).parse().unwrap();
    Wanted {
        server: format!("https://{}.gr7.eu-west-1.eks.amazonaws.com", cluster.name.to_uppercase()),
        exec: ExecSpec::build(&tool, &cluster, ROLE, ExecNeeds::default()).unwrap(),
        certificate_authority_data: Some("Q0E=".to_owned()),
        tls_server_name: None,
        proxy_url: None,
        role_arn: ROLE.to_owned(),
        exec_stated: false,
        context_alias: None,
        user_alias: None,
        namespace: None,
        current: Current::Keep,
        cluster,
    }
}

/// A list of files of these texts, `f0` and so on; an empty text is a missing file. A path that contains `gone` does
/// not exist.
pub(super) fn list(texts: &[&str]) -> FileList {
    let file = |(at, text): (usize, &&str)| KubeconfigFile {
        path: format!("f{at}"),
        text: (!text.is_empty()).then(|| Rc::from(*text)),
        unread: None,
    };
    let has_program = |path: &str| !path.contains("gone");
    let authority = |path: &str| match path {
        path if path.contains("gone") => AuthorityFile::Missing,
        _ => AuthorityFile::Unreadable("denied".to_owned()),
    };
    let machine = Machine { has_program: &has_program, authority: &authority };
    FileList::read(texts.iter().enumerate().map(file).collect(), true, machine)
}

/// A file with these clusters' contexts.
pub(super) fn with(clusters: &[&str]) -> String {
    let wanted: Vec<_> = clusters.iter().map(|cluster| wanted(cluster)).collect();
    let batch = list(&[""]).merged(0, &wanted.iter().collect::<Vec<_>>());
    assert!(batch.each.iter().all(Result::is_ok));
    batch.text
}

#[test]
fn many_contexts_in_one_edit_are_the_same_text_as_one_after_another() {
    let clusters = ["a", "b", "c", "d"];
    for start in ["", "# mine\n", "{}\n", "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n"] {
        let all: Vec<_> = clusters.iter().map(|cluster| wanted(cluster)).collect();
        let once = list(&[start]).merged(0, &all.iter().collect::<Vec<_>>());
        let mut text = start.to_owned();
        for (wanted, merged) in all.iter().zip(&once.each) {
            let alone = list(&[&text]).merged(0, &[wanted]);
            assert_eq!(alone.each[0].as_ref().unwrap(), merged.as_ref().unwrap());
            text = alone.text;
        }
        assert_eq!(once.text, text);
        let again = list(&[&text]).merged(0, &all.iter().collect::<Vec<_>>());
        assert!(again.text == text && again.each.iter().all(|one| one.as_ref().unwrap().changes.is_empty()));
    }
}

#[test]
fn what_can_not_be_merged_is_left_out_and_the_others_are_not() {
    let taken = with(&["x"]).replace(&name("x"), &name("b"));
    let wanted: Vec<_> = ["a", "b", "c"].iter().map(|cluster| wanted(cluster)).collect();
    let batch = list(&[&taken]).merged(0, &wanted.iter().collect::<Vec<_>>());
    assert!(matches!(&batch.each[1], Err(DocumentError::NameTaken { .. })), "{:?}", batch.each[1]);
    let others = list(&[&taken]).merged(0, &[&wanted[0], &wanted[2]]);
    assert_eq!(batch.text, others.text);
    assert!(batch.text.contains(&name("a")) && batch.text.contains(&name("c")) && !batch.text.contains("cluster/b\n"));
}

#[test]
fn the_file_with_the_entry_then_the_first_that_exists_then_the_first() {
    let home = |texts: &[&str], cluster: &str| list(texts).plan(&wanted(cluster)).unwrap().0;
    let (a, b) = (with(&["a"]), with(&["b"]));
    assert_eq!(home(&[&a, &b], "b"), 1);
    assert_eq!(home(&[&a, &b], "new"), 0);
    assert_eq!(home(&["", &b], "new"), 1);
    assert_eq!(home(&["", ""], "new"), 0);
    let cluster_alone = b.replace("KubernetesAdmin", "Other");
    assert_eq!(home(&[&a, &cluster_alone], "b"), 1);
}

/// The texts after a write, which a second run does not change.
pub(super) fn written(texts: &[&str], wanted: &Wanted) -> Result<Vec<String>, DocumentError> {
    let before = list(texts);
    let (at, merged) = before.plan(wanted)?;
    let batch = before.merged(at, &[wanted]);
    assert_eq!(batch.each[0].as_ref(), Ok(&merged));
    let mut texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(texts[at] != batch.text, !merged.changes.is_empty());
    texts[at] = batch.text;
    let after = list(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let (_, again) = after.plan(wanted).unwrap();
    assert!(again.changes.is_empty(), "{again:?}");
    Ok(texts)
}

/// A file in which these names mean something else.
fn others(context: &str, user: &str, cluster: &str) -> String {
    format!(
        "clusters:\n- name: {cluster}\n  cluster: {{server: 'https://other'}}\nusers:\n- name: {user}\n  user: {{token: t}}\n\
         contexts:\n- name: {context}\n  context: {{cluster: {cluster}, user: {user}}}\n"
    )
}

#[test]
fn a_name_that_an_earlier_or_a_later_file_has_is_refused_and_another_name_is_taken() {
    let ours = with(&["dev"]);
    for other in [others(&name("dev"), "u", "c"), others("x", &name("dev"), "c")] {
        for texts in [[other.as_str(), ours.as_str()], [&other, ""], [&others("y", "u", "c"), &other]] {
            let error = written(&texts, &wanted("dev")).unwrap_err();
            assert!(matches!(&error, DocumentError::NameTaken { .. }), "{error}");
            let files = list(&texts);
            let named = Wanted {
                context_alias: Some(files.free_name(List::Contexts, &name("dev"))),
                user_alias: Some(files.free_name(List::Users, &name("dev"))),
                ..wanted("dev")
            };
            let after = written(&texts, &named).unwrap();
            assert!(after.iter().any(|text| text.contains(&format!("name: {}", named.context_name()))), "{after:?}");
            assert!(other.lines().all(|line| after.iter().any(|text| text.contains(line))), "{after:?}");
        }
    }
    let texts = [&*others("y", "u", "c"), &*others(&name("dev"), "v", "c")];
    assert_eq!(list(&texts).file_of(List::Contexts, &name("dev")).unwrap().path, "f1");
}

#[test]
fn what_kubectl_takes_from_another_file_is_written_there_or_must_be_right() {
    let ours = with(&["dev"]);
    let stale = format!(
        "clusters:\n- name: {}\n  cluster: {{server: 'https://old.gr7.eu-west-1.eks.amazonaws.com'}}\n",
        arn("dev")
    );
    let after = written(&[&stale, &ours], &wanted("dev")).unwrap();
    assert!(after[0].contains("https://DEV.gr7") && after[1] == ours, "{after:?}");
    let split: Vec<&str> = ours.split_inclusive("current-context: \"\"\n").collect();
    assert_eq!(written(&split, &wanted("dev")).unwrap(), split, "users in one file, the rest in another");
    // Two files would have to change.
    let old_user = format!("users:{}", ours.split_once("users:").unwrap().1).replace("v1beta1", "v1alpha1");
    let error = written(&[&stale, &old_user], &wanted("dev")).unwrap_err();
    assert!(matches!(error, DocumentError::Elsewhere { .. }), "{error}");
}

#[test]
fn the_current_context_of_the_first_file_that_names_one_counts() {
    let says = |name: &str| format!("kind: Config\ncurrent-context: {name}\n");
    let current = |texts: &[&str], current: Current| {
        let after = written(texts, &Wanted { current, ..wanted("dev") }).unwrap();
        list(&after.iter().map(String::as_str).collect::<Vec<_>>()).current().unwrap().1.to_owned()
    };
    let (none, x, own) = (others("x", "u", "c"), says("x"), name("dev"));
    assert_eq!(current(&[&none, &none], Current::Auto), own);
    assert_eq!(current(&[&none, &x], Current::Auto), "x");
    for texts in [[&none, &x], [&x, &none], [&x, &with(&["dev"])], [&with(&["dev"]), &x], [&x, &says("z")]] {
        assert_eq!(current(&[texts[0], texts[1]], Current::Set), own, "{texts:?}");
    }
}

#[test]
fn missing_entries_are_not_an_obstacle() {
    let ours = with(&["dev"]);
    let user = format!("users:{}", ours.split_once("users:").unwrap().1);
    for (from, to) in [(user.as_str(), "users: []\n"), (&*format!("user: {}", name("dev")), "user: nobody")] {
        let after = written(&[&ours.replace(from, to)], &wanted("dev")).unwrap();
        assert_eq!(
            list(&[&after[0]]).contexts()[0].exec.as_ref().unwrap().role_arn.as_deref(),
            Some(ROLE),
            "{after:?}"
        );
    }
    let by_file = |path: &str, style: &str| match style {
        "flow" => format!(
            "clusters:\n- name: {0}\n  cluster: {{certificate-authority: {path}, server: 'https://DEV.gr7.eu-west-1.eks.amazonaws.com'}}\n\
             users: []\n",
            arn("dev")
        ),
        "last" => format!(
            "clusters:\n- cluster:\n    server: https://DEV.gr7.eu-west-1.eks.amazonaws.com\n    certificate-authority: {path}\n  \
             name: {0}\nusers: []\n",
            arn("dev")
        ),
        _ => ours.replace("certificate-authority-data: Q0E=", &format!("certificate-authority: {path} # mine")),
    };
    for style in ["flow", "last", "first"] {
        let after = written(&[&by_file("/gone/ca.pem", style)], &wanted("dev")).unwrap();
        assert!(!after[0].contains("/gone") && after[0].contains("certificate-authority-data: Q0E="), "{}", after[0]);
        let after = written(&[&by_file("/there/ca.pem", style)], &wanted("dev")).unwrap();
        assert!(after[0].contains("/there") && !after[0].contains("authority-data"), "{}", after[0]);
    }
    let stated = Wanted { exec_stated: true, ..wanted("dev") };
    for (path, stays) in [("/opt/eksaccess", true), ("/gone/eksaccess", false)] {
        let text = ours.replace("command: eksaccess", &format!("command: {path}"));
        assert_eq!(written(&[&text], &stated).unwrap()[0].contains(path), stays);
    }
}

#[test]
fn credentials_beside_the_exec_section_are_another_user() {
    let ours = with(&["dev"]);
    for more in ["token: t", "as: bob", "client-certificate: /c", "tokenFile: /t"] {
        let text = ours.replace("    exec:\n", &format!("    {more}\n    exec:\n"));
        assert_ne!(text, ours);
        let error = written(&[&text], &wanted("dev")).unwrap_err();
        assert!(matches!(&error, DocumentError::NameTaken { .. }), "{error}");
    }
    let text = ours.replace("    exec:\n", "    token: ''\n    exec:\n");
    assert_eq!(written(&[&text], &wanted("dev")).unwrap(), [text]);
}

#[test]
fn an_unreadable_file_is_reported_and_a_missing_one_is_not() {
    let (good, bad) = (with(&["dev"]), "users: {}\n");
    assert!(list(&["", &good]).trouble().is_none());
    assert_eq!(list(&[&good, bad]).trouble().unwrap().0.path, "f1");
    let unread = KubeconfigFile { path: "x".into(), text: None, unread: Some("denied".into()) };
    let all = FileList::read(vec![unread], true, Machine::OPAQUE);
    assert_eq!(all.trouble().unwrap().1.to_string(), "denied");
}
