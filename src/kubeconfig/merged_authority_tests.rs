//! Certificate authorities: finding entries by them, and further certificates in an entry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tests::{arn, wanted};
use super::*;

fn authority(name: &str) -> String {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.distinguished_name.push(rcgen::DnType::CommonName, name);
    ca.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
}

/// The cluster `dev` while it shows these certificates.
fn showing(pems: &[&str]) -> Wanted {
    Wanted { certificate_authority_data: Some(STANDARD.encode(pems.concat())), ..wanted("dev") }
}

/// A cluster entry with a name and an address of its own, and this line for its authority.
fn entry(line: &str) -> String {
    format!(
        "clusters:\n- name: mine\n  cluster:\n    server: https://10.0.0.7:6443\n    {line}\nusers: []\ncontexts: []\n"
    )
}

fn read(text: &str, pem: &str) -> FileList {
    let authority = |path: &str| match path {
        "/home/ann/.kube/pki/ca.crt" => AuthorityFile::Read(pem.into()),
        _ => AuthorityFile::Missing,
    };
    let files = vec![KubeconfigFile::new("/home/ann/.kube/config", Some(text))];
    FileList::read(files, true, Machine { authority: &authority, ..Machine::OPAQUE })
}

#[test]
fn an_entry_is_found_by_the_certificates_in_its_file() {
    let [old, new, foreign] = ["old", "new", "foreign"].map(authority);
    let text = entry("certificate-authority: pki/ca.crt");
    let cluster_of = |pem: &str| read(&text, pem).plan(&showing(&[&old, &new])).unwrap().1.cluster;
    assert_eq!(cluster_of(&new), "mine");
    assert_eq!(cluster_of(&foreign), arn("dev"));
}

#[test]
fn a_certificate_besides_the_clusters_stays_when_the_successor_is_added() {
    let [old, new, proxy] = ["old", "new", "proxy"].map(authority);
    let held = STANDARD.encode([&*old, "# the proxy\n", &proxy].concat());
    let text = entry(&format!("certificate-authority-data: {held}"));
    let both = showing(&[&new, &old]);
    let done = read(&text, "").merged(0, &[&both]).text;
    let all = STANDARD.encode([&*old, "# the proxy\n", &proxy, &new].concat().replace('\r', ""));
    assert!(done.contains(&format!("certificate-authority-data: {all}\n")), "{done}");
    assert_eq!(read(&done, "").merged(0, &[&both]).text, done, "twice is once");
    // If nothing is shared, the cluster was recreated, and the old certificates are dropped.
    let other = entry(&format!("certificate-authority-data: {held}")).replace("mine", &arn("dev"));
    let done = read(&other, "").merged(0, &[&showing(&[&new])]).text;
    assert!(done.contains(&STANDARD.encode(&new)), "{done}");
}
