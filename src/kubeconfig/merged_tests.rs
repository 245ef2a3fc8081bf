use super::*;
use crate::kubeconfig::document::Current;
use crate::kubeconfig::exec::{ExecNeeds, ExecSpec, ExecTool};

const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

fn arn(cluster: &str) -> String {
    format!("arn:aws:eks:eu-west-1:111122223333:cluster/{cluster}")
}

fn name(cluster: &str) -> String {
    format!("KubernetesAdmin@{cluster}.eu-west-1.111122223333")
}

fn wanted(cluster: &str) -> Wanted {
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

/// A list of files of these texts, `f0` and so on; an empty text is a file that is missing.
fn list(texts: &[&str]) -> FileList {
    let file = |(at, text): (usize, &&str)| KubeconfigFile {
        path: format!("f{at}"),
        text: (!text.is_empty()).then(|| Rc::from(*text)),
    };
    FileList::read(texts.iter().enumerate().map(file).collect())
}

/// A file with these clusters' contexts.
fn with(clusters: &[&str]) -> String {
    let wanted: Vec<_> = clusters.iter().map(|cluster| wanted(cluster)).collect();
    let batch = list(&[""]).merged(0, &wanted.iter().collect::<Vec<_>>());
    assert!(batch.each.iter().all(Result::is_ok));
    batch.text
}

#[test]
fn many_contexts_in_one_edit_are_the_same_text_as_one_after_another() {
    let clusters = ["a", "b", "c", "d"];
    for start in ["", "# mine\n", "{}\n", "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n"] {
        let wanted: Vec<_> = clusters.iter().map(|cluster| wanted(cluster)).collect();
        let once = list(&[start]).merged(0, &wanted.iter().collect::<Vec<_>>());
        let mut text = start.to_owned();
        for (wanted, once) in wanted.iter().zip(&once.each) {
            let alone = list(&[&text]).merged(0, &[wanted]);
            assert_eq!(alone.each[0].as_ref().unwrap(), once.as_ref().unwrap());
            text = alone.text;
        }
        assert_eq!(once.text, text);
        let again = list(&[&text]).merged(0, &wanted.iter().collect::<Vec<_>>());
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
