//! Which entries belong to the target, and which only look similar.

use super::*;
use crate::kubeconfig::document::DocumentError;

const LOOPBACK: &str = "https://127.0.0.1:6443";

fn with_user(cluster: &str, server: &str, authority: &str) -> String {
    format!(
        "clusters:\n- name: {cluster}\n  cluster: {{server: '{server}', certificate-authority-data: {authority}}}\n\
         contexts: []\ncurrent-context: x\nusers: []\n"
    )
}

fn cluster_of(text: &str, wanted: &Wanted) -> String {
    merged(text, wanted);
    merge(text, wanted).unwrap().cluster
}

#[test]
fn a_server_that_is_not_an_eks_endpoint_needs_the_same_authority() {
    let local = Wanted { server: LOOPBACK.to_owned(), ..wanted() };
    assert_eq!(cluster_of(&with_user("docker-desktop", LOOPBACK, "b3RoZXI="), &local), ARN);
    assert_eq!(cluster_of(&with_user("docker-desktop", LOOPBACK, "Q0E="), &local), "docker-desktop");
    let without = with_user("docker-desktop", LOOPBACK, "Q0E=").replace(", certificate-authority-data: Q0E=", "");
    assert_eq!(cluster_of(&without, &local), ARN);
    assert_eq!(cluster_of(&with_user("mine", SERVER, "b2xk"), &wanted()), "mine", "an endpoint's name is unique");
}

#[test]
fn an_entry_with_another_clusters_arn_is_that_one_whatever_its_server() {
    let other = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    assert_eq!(cluster_of(&with_user(other, SERVER, "Q0E="), &wanted()), ARN);
}

#[test]
fn one_server_behind_two_names_is_two_clusters() {
    let text = with_user("mine", SERVER, "Q0E=").replace("{server", "{tls-server-name: a.example, server");
    let named = |name: &str| Wanted { tls_server_name: Some(name.to_owned()), ..wanted() };
    assert_eq!(cluster_of(&text, &named("A.example")), "mine");
    assert_eq!(cluster_of(&text, &named("b.example")), ARN);
    let local = Wanted { server: LOOPBACK.to_owned(), ..wanted() };
    let text =
        with_user("mine", "https://bastion", "b3RoZXI=").replace("{server", "{tls-server-name: 127.0.0.1, server");
    assert_eq!(cluster_of(&text, &local), ARN, "a name that anybody may use is no tunnel to this cluster");
}

#[test]
fn a_user_that_no_context_names_is_ours_only_with_the_same_region() {
    let user = "- name: left\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [--region, REGION, eks, get-token, --cluster-name, dev, --role, 'arn:aws:iam::111122223333:role/KubernetesAdmin']}}\n";
    for (region, name) in [("eu-west-1", "left"), ("us-east-1", NAME)] {
        let text = format!("kind: Config\nusers:\n{}", user.replace("REGION", region));
        merged(&text, &wanted());
        assert_eq!(merge(&text, &wanted()).unwrap().user, name);
    }
}

#[test]
fn another_role_account_partition_or_cluster_is_not_ours() {
    let text = merged("", &wanted());
    for role in ["role/View", "role/x/View", "user/KubernetesAdmin"] {
        let other = text.replace("role/KubernetesAdmin", role);
        assert!(merge(&other, &Wanted { context_alias: Some("c".to_owned()), ..wanted() }).is_err(), "{role}");
    }
    let path = merged(&text.replace("role/KubernetesAdmin", "role/x/KubernetesAdmin"), &wanted());
    assert_eq!(path, text, "a role's path may change; its name is unique");
    let cluster = text.replace("- dev\n", "- prod\n");
    assert!(matches!(merge(&cluster, &wanted()), Err(DocumentError::NameTaken { .. })));
}

#[test]
fn a_context_of_the_alias_that_leads_into_another_file_is_taken() {
    let alias = Wanted { context_alias: Some("work".to_owned()), ..wanted() };
    let context = |cluster: &str, user: &str| {
        format!("contexts:\n- name: work\n  context: {{cluster: '{cluster}', user: {user}}}\n")
    };
    for (cluster, user, free) in
        [("elsewhere", NAME, false), (ARN, "elsewhere", false), (ARN, NAME, true), ("elsewhere", "elsewhere", false)]
    {
        let merge = merge(&context(cluster, user), &alias);
        assert_eq!(merge.is_ok(), free, "{cluster} {user}: {merge:?}");
    }
    let bare = "contexts:\n- name: work\n  context: {namespace: a}\n";
    assert!(merged(bare, &alias).contains("{namespace: a, cluster: \"arn:"));
    assert!(
        merged("contexts:\n- name: work\n", &alias)
            .starts_with("contexts:\n- name: work\n  context:\n    cluster: arn:")
    );
}

#[test]
fn of_several_contexts_of_one_meaning_the_alias_then_the_current_one_is_meant() {
    let alias = |name: &str| Wanted { context_alias: Some(name.to_owned()), ..wanted() };
    let text = merged(&merged(&merged("", &alias("a")), &alias("b")), &alias("c"));
    let meant = |text: &str, wanted: &Wanted| merge(text, wanted).unwrap().context;
    assert_eq!(meant(&text, &wanted()), "a");
    assert_eq!(meant(&text.replace("current-context: a", "current-context: b"), &wanted()), "b");
    assert_eq!(meant(&text, &alias("c")), "c");
    let namespace = Wanted { namespace: Some("team".to_owned()), ..alias("b") };
    let changed = merged(&text, &namespace);
    assert_eq!(changed.matches("namespace: team").count(), 1);
    assert!(changed.contains("    namespace: team\n  name: b\n"), "{changed}");
}

/// Two authorities, as in a cluster while one replaces the other.
fn authorities() -> [String; 2] {
    ["old", "new"].map(|name| {
        let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
        ca.distinguished_name.push(rcgen::DnType::CommonName, name);
        ca.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
    })
}

fn data(pems: &[&str]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pems.concat())
}

#[test]
fn a_certificate_in_common_makes_it_the_same_cluster() {
    let [old, new] = authorities();
    let [other, _] = authorities();
    let both = Wanted { certificate_authority_data: Some(data(&[&old, &new])), ..wanted() };
    let elsewhere = "https://10.0.0.7:6443";
    let text = with_user("mine", elsewhere, &data(&[&new, &other]));
    assert_eq!(cluster_of(&text, &both), "mine");
    assert_eq!(cluster_of(&with_user("mine", elsewhere, &data(&[&other])), &both), ARN);
    // A server under another name is a tunnel, and stays.
    let tunnel = text.replace("{server", "{tls-server-name: kubernetes.default, server");
    let done = merge(&tunnel, &both).unwrap();
    assert!(done.cluster == "mine" && done.text.contains(elsewhere), "{}", done.text);
    assert!(done.text.contains(&data(&[&new, &other, &old])), "renewed: {}", done.text);
}

#[test]
fn another_way_to_the_cluster_stays_until_a_server_is_stated_and_the_direct_one_goes_first() {
    let [old, new] = authorities();
    let both = Wanted { certificate_authority_data: Some(data(&[&old, &new])), ..wanted() };
    let private = with_user("mine", "https://10.0.0.7", &data(&[&old]));
    let done = merge(&private, &both).unwrap();
    assert!(done.cluster == "mine" && done.text.contains("https://10.0.0.7"), "{}", done.text);
    let kept = Note::TunnelKept { cluster: "mine".to_owned(), server: "https://10.0.0.7".to_owned() };
    assert_eq!(done.notes, [kept]);
    let former = private.replace("10.0.0.7", "FFFF.gr7.eu-west-1.eks.amazonaws.com");
    assert!(merged(&former, &both).contains(SERVER), "an endpoint of EKS is no tunnel");
    let stated = Wanted { server: "https://localhost:9443".to_owned(), ..both.clone() };
    for text in [private.clone(), private.replace("{server", "{tls-server-name: kubernetes, server")] {
        assert!(merged(&text, &stated).contains("https://localhost:9443"), "stated, so it is set");
    }
    let direct = format!("  cluster: {{server: '{SERVER}', certificate-authority-data: {}}}\n", data(&[&old]));
    let two = private.replace("contexts:", &format!("- name: direct\n{direct}contexts:"));
    assert_eq!(cluster_of(&two, &both), "direct");
}

#[test]
fn an_entry_that_trusts_all_of_the_clusters_certificates_is_current() {
    let [old, new] = authorities();
    let wanted = |pems: &[&str]| Wanted { certificate_authority_data: Some(data(pems)), ..wanted() };
    let first = merged("", &wanted(&[&old]));
    let appended = wanted(&[&new, &old]);
    let renewed = merged(&first, &appended);
    assert_ne!(renewed, first, "an old one alone is renewed");
    for current in [wanted(&[&old, &new]), wanted(&[&new]), wanted(&[&format!("# a comment\n{new}")])] {
        assert_eq!(merge(&renewed, &current).unwrap().text, renewed, "order, a superset, other text");
    }
}
