use super::*;
use crate::kubeconfig::document::{Removal, remove};

fn removal(role: &str) -> Removal {
    Removal {
        cluster: ARN.parse().unwrap(),
        server: Some(SERVER.to_owned()),
        certificate_authority_data: None,
        cluster_id: None,
        role_arn: role.to_owned(),
    }
}

const VIEW: &str = "arn:aws:iam::111122223333:role/View";

#[test]
fn what_was_added_is_taken_out_again_byte_for_byte() {
    for text in [
        "apiVersion: v1\nclusters: []\ncontexts: []\ncurrent-context: \"\"\nkind: Config\nusers: []\n",
        "clusters:\n# a\n- name: a\n  cluster: {}\n  # end of a\n# b\ncontexts:\n- context:\n    cluster: a\n  name: a\n\ncurrent-context: a\nusers:\n  - name: a\n    user:\n      token: |\n        x\n\n\n# end",
        "{\"clusters\": [{\"name\": \"a\"}], \"contexts\": [], \"users\": [\n  {\"name\": \"a\"}\n], \"current-context\": \"a\"}\n",
        "clusters:\r\n- name: a\r\n  cluster: {}\r\ncontexts: []\r\nusers: []\r\ncurrent-context: x\r\n",
    ] {
        let removed = remove(&merged(text, &wanted()), &removal(ROLE)).unwrap();
        assert_eq!(removed.text, text);
        assert_eq!(
            (removed.contexts, removed.users, removed.clusters),
            (vec![NAME.to_owned()], vec![NAME.to_owned()], vec![ARN.to_owned()])
        );
    }
}

#[test]
fn what_others_use_stays() {
    let one = merged("", &wanted());
    let both = merged(&one, &wanted_of(ARN, VIEW));
    let removed = remove(&both, &removal(VIEW)).unwrap();
    assert_eq!(removed.text, one);
    assert!(removed.clusters.is_empty() && !removed.was_current);
    let alias = merged(&both, &Wanted { context_alias: Some("alias".to_owned()), ..wanted() });
    let removed = remove(&alias, &removal(ROLE)).unwrap();
    assert_eq!(removed.contexts, [NAME, "alias"]);
    assert!(removed.was_current && removed.clusters.is_empty());
    assert!(
        removed.text.contains("current-context: \"\"\n") && !removed.text.contains("KubernetesAdmin"),
        "{}",
        removed.text
    );
}

#[test]
fn nothing_found_is_nothing_changed() {
    let text = merged("", &wanted());
    let removed = remove(&text, &removal(VIEW)).unwrap();
    assert!(!removed.changed && removed.text == text);
    assert!(!remove("", &removal(ROLE)).unwrap().changed);
}

#[test]
fn the_last_of_several_leaves_an_empty_list() {
    let alias = Wanted { context_alias: Some("alias".to_owned()), ..wanted() };
    let both = merged(&merged("clusters: []\ncontexts: []\nusers: []\ncurrent-context: x\n", &wanted()), &alias);
    let removed = remove(&both, &removal(ROLE)).unwrap();
    assert_eq!(removed.contexts, [NAME, "alias"]);
    assert_eq!(removed.text, "clusters: []\ncontexts: []\nusers: []\ncurrent-context: x\n");
}
