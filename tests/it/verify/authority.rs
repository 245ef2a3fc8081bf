//! The certificates that a kubeconfig trusts, while the cluster's authority is replaced.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore};

use super::hold::hold;
use super::kubeconfig::{authority_data, kubeconfig, mended, right};
use super::world::{desk, verify, world};
use crate::cloud::client::Client;
use crate::support::cloud::{Effect, Fault, World};
use crate::support::desk::Desk;

/// The path of the kubeconfig.
pub const CONFIG: &str = ".kube/config";
const WRITE: &str = "kubeconfig --cluster dev --role KubernetesAdmin --dry-run --detailed-exitcode";

/// A desk with a correct context, for a cluster whose authorities change at once.
pub fn rotating() -> Desk {
    let desk = desk(world());
    desk.cloud.set_update_duration(Duration::ZERO);
    right(&desk);
    desk
}

/// An operation of EKS on the cluster's authorities, done at once.
fn change(desk: &Desk, method: &str, path: &str) {
    let creator = Client::new(&desk.cloud, "creator");
    let answer = creator.eks(method, &format!("clusters/dev/certificate-authorities{path}"), &Value::Null);
    assert_eq!(answer.status, 200, "{method} {path}: {answer:?}");
    desk.cloud.edit(|_| ());
}

/// Appends a successor.
pub fn create(desk: &Desk) {
    change(desk, "POST", "");
}

/// Makes the successor sign.
pub fn activate(desk: &Desk) {
    change(desk, "POST", "/ca-2/activate");
}

/// Deletes the former one.
pub fn delete(desk: &Desk) {
    change(desk, "DELETE", "/ca-1");
}

/// The text of a kubeconfig without its certificates, with `instead` in their place.
pub fn without_data(text: &str, instead: &str) -> String {
    let (before, rest) = text.split_once(", certificate-authority-data: ").expect("an authority");
    let (_, after) = rest.split_once('}').expect("the end of the entry");
    format!("{before}{instead}}}{after}")
}

/// The certificates in the kubeconfig, PEM in base64.
fn data_of(text: &str) -> String {
    let (_, rest) = text.split_once("certificate-authority-data: ").expect("an authority");
    rest.split(['}', '\n']).next().unwrap_or_default().trim().to_owned()
}

/// Whether a client that trusts the kubeconfig's certificates can connect.
fn connects(desk: &Desk) -> bool {
    let pem = STANDARD.decode(data_of(&desk.read(CONFIG))).expect("base64");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.expect("a certificate")).expect("an authority");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = desk.cloud.cluster("dev").endpoint.expect("an endpoint").replace("https://", "");
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let mut stream = TcpStream::connect(address).expect("a listener");
    while connection.is_handshaking() {
        if connection.complete_io(&mut stream).is_err() {
            return false;
        }
    }
    true
}

/// The result of `verify` for the kubeconfig: its exit status, and the link.
pub fn judged(desk: &Desk) -> (i32, Value) {
    let ran = verify(desk, "").run_any();
    (ran.status, kubeconfig(&ran.json()))
}

fn text(link: &Value, key: &str) -> String {
    link[key].as_str().unwrap_or_default().to_owned()
}

/// Checks that the kubeconfig works and needs no change.
#[track_caller]
fn is_current(desk: &Desk, phase: &str) {
    let (status, link) = judged(desk);
    assert_eq!((status, text(&link, "state").as_str(), link.get("hint")), (0, "ok", None), "{phase}: {link}");
    desk.eksaccess("ann", WRITE).run();
    assert!(connects(desk), "{phase}");
}

/// Checks that `kubeconfig` renews it, once.
#[track_caller]
fn is_renewed(desk: &Desk, phase: &str) {
    desk.eksaccess("ann", WRITE).status(3).run();
    desk.eksaccess("ann", "kubeconfig --cluster dev --role KubernetesAdmin").run();
    assert_eq!(data_of(&desk.read(CONFIG)), authority_data(desk), "{phase}");
    assert_eq!(desk.read(CONFIG).matches("cluster: {").count(), 1, "{phase}: the same entry");
    is_current(desk, phase);
}

#[test]
fn a_kubeconfig_is_followed_through_the_whole_replacement() {
    let desk = rotating();
    is_current(&desk, "one authority");
    let old = desk.read(CONFIG);

    create(&desk);
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (0, "ok"), "{link}");
    assert!(
        text(&link, "text").contains("does not trust the successor of the cluster's certificate authority"),
        "{link}"
    );
    assert!(text(&link, "text").contains(" at the latest: renew it now"), "the date: {link}");
    assert!(text(&link, "hint").starts_with("eksaccess kubeconfig --cluster dev "), "{link}");
    assert!(connects(&desk), "it still works");
    is_renewed(&desk, "appended");
    let both = desk.read(CONFIG);

    activate(&desk);
    is_current(&desk, "activated");
    desk.write(CONFIG, &old);
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    let says = "does not trust the cluster's new certificate authority, which signs since ";
    assert!(text(&link, "text").contains(says), "{link}");
    assert!(!connects(&desk));
    is_renewed(&desk, "activated");

    delete(&desk);
    desk.write(CONFIG, &both);
    is_current(&desk, "the old one was deleted");
    desk.write(CONFIG, &old);
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    assert!(text(&link, "text").contains("trusts a certificate authority other than the cluster's"), "{link}");
    assert!(!connects(&desk));
    is_renewed(&desk, "the old one was deleted");
}

#[test]
fn the_successor_is_activated_by_eks_where_it_was_left_alone() {
    let desk = rotating();
    create(&desk);
    desk.cloud.with_cluster("dev", |dev| dev.authorities[1].auto_activation = Some((0, 0)));
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    assert!(!connects(&desk));
    mended(&desk);
}

#[test]
fn while_a_successor_is_being_activated_nothing_is_claimed() {
    let desk = rotating();
    create(&desk);
    desk.cloud.set_update_duration(Duration::from_hours(1));
    activate(&desk);
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (1, "unknown"), "{link}");
    assert!(text(&link, "text").contains("is being activated"), "{link}");
    mended(&desk);
}

#[test]
fn neither_order_nor_spelling_makes_another_certificate() {
    let desk = rotating();
    create(&desk);
    desk.eksaccess("ann", "kubeconfig --cluster dev --role KubernetesAdmin").run();
    desk.cloud.with_cluster("dev", |dev| {
        dev.authorities.reverse();
        dev.bundle();
    });
    assert_ne!(data_of(&desk.read(CONFIG)), authority_data(&desk));
    is_current(&desk, "the other order");
    let pem = String::from_utf8(STANDARD.decode(authority_data(&desk)).unwrap()).unwrap();
    let other = format!("# of the platform team\r\n{}", pem.replace('\n', "\r\n"));
    let changed = desk.read(CONFIG).replace(&data_of(&desk.read(CONFIG)), &STANDARD.encode(other));
    desk.write(CONFIG, &changed);
    is_current(&desk, "comments and other line breaks");
    assert_eq!(desk.read(CONFIG), changed);
}

#[test]
fn what_can_not_be_read_is_not_compared() {
    let desk = rotating();
    let right = desk.read(CONFIG);
    let malformed = STANDARD.encode("-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n");
    for (odd, as_judged) in [
        // kubectl refuses each of them; whether Go reads a certificate that is unreadable here is not known.
        (malformed.as_str(), (1, "unknown")),
        ("bm8gY2VydGlmaWNhdGU=", (5, "broken")),
        ("'not base64'", (5, "broken")),
    ] {
        desk.write(CONFIG, &right.replace(&data_of(&right), odd));
        let (status, link) = judged(&desk);
        assert_eq!((status, text(&link, "state").as_str()), as_judged, "{odd}: {link}");
        mended(&desk);
    }
    let foreign = "- name: other\n  cluster: {server: 'https://x', certificate-authority-data: '%%'}\ncontexts:";
    desk.write(CONFIG, &right.replace("contexts:", foreign));
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    let writes = desk.eksaccess("ann", "kubeconfig --cluster dev --role KubernetesAdmin").status(1).run();
    writes.warns("clusters[1].cluster.certificate-authority-data");
    // A caller who may not ask which one signs is told so.
    desk.write(CONFIG, &right);
    create(&desk);
    desk.cloud.arm(Fault::new("ListCertificateAuthorities", Effect::AccessDenied).always());
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (1, "unknown"), "{link}");
    assert!(text(&link, "text").contains("eks:ListCertificateAuthorities"), "{link}");
    mended(&desk);
}

#[test]
fn a_file_of_certificates_counts_as_they_do() {
    let desk = rotating();
    let file = desk.write("pki/ca.crt", &desk.cloud.cluster("dev").ca_pem);
    // Relative to the kubeconfig's directory.
    desk.write(CONFIG, &without_data(&desk.read(CONFIG), ", certificate-authority: ../pki/ca.crt"));
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str(), link.get("hint")), (0, "ok", None), "{link}");
    create(&desk);
    let download = "aws eks describe-cluster --name dev --region eu-west-1 --query cluster.certificateAuthority.data \
                    --output text | base64 -d > ";
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (0, "ok"), "{link}");
    assert!(text(&link, "hint").starts_with(download) && text(&link, "hint").ends_with("pki/ca.crt"), "{link}");
    activate(&desk);
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    let writes = || desk.eksaccess("ann", "kubeconfig --cluster dev --role KubernetesAdmin");
    writes().run().warns("does not hold all of the cluster's certificates").warns(download);
    desk.write("pki/ca.crt", &desk.cloud.cluster("dev").ca_pem);
    assert_eq!(judged(&desk).0, 0, "as that command writes it");
    writes().run().does_not_warn("does not hold all");
    std::fs::write(&file, "no certificate").unwrap();
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    assert!(text(&link, "hint").starts_with(download), "{link}");
}

#[test]
fn where_only_the_kubeconfig_knows_the_cluster_its_file_is_what_is_tried() {
    let desk = rotating();
    desk.write("ca.crt", &desk.cloud.cluster("dev").ca_pem);
    desk.write(CONFIG, &without_data(&desk.read(CONFIG), ", certificate-authority: ../ca.crt"));
    desk.cloud.arm(Fault::new("DescribeCluster", Effect::AccessDenied).always());
    let found = verify(&desk, "").run().json();
    let endpoint = found["links"].as_array().unwrap().iter().find(|l| l["name"] == "endpoint").unwrap().clone();
    assert_eq!(endpoint["state"], "ok", "{endpoint}");
    assert_eq!(kubeconfig(&found)["state"], "ok", "{found:#}");
}

#[test]
fn another_name_of_the_server_that_shows_the_clusters_certificate_was_not_tried() {
    let desk = rotating();
    let own = desk.cloud.cluster("dev").endpoint.expect("an endpoint");
    let other = own.replace("127.0.0.1", "localhost");
    desk.write(CONFIG, &desk.read(CONFIG).replace(&own, &other));
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (1, "unknown"), "{link}");
    assert!(text(&link, "hint").contains(&format!("--server {other}")), "{link}");
    let right = desk.read(CONFIG);
    desk.write(CONFIG, &without_data(&right, ", insecure-skip-tls-verify: true"));
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (1, "unknown"), "{link}");
    assert!(text(&link, "text").contains("without checking its certificate"), "{link}");
    desk.write(CONFIG, &right);
    // It also trusts certificates of an earlier cluster.
    let former = STANDARD.encode(World::new().start().cluster("dev").ca_pem);
    desk.write(CONFIG, &desk.read(CONFIG).replace(&authority_data(&desk), &former));
    let (status, link) = judged(&desk);
    assert_eq!((status, text(&link, "state").as_str()), (5, "broken"), "{link}");
    assert!(text(&link, "text").contains("but the cluster's endpoint is"), "{link}");
    mended(&desk);
}

/// The successor signs, and the kubeconfig is older.
pub fn replaced(case: &str) {
    let desk = rotating();
    create(&desk);
    activate(&desk);
    hold(case, verify(&desk, ""));
    mended(&desk);
}

/// The kubeconfig is from an earlier cluster of the same name.
pub fn recreated(case: &str) {
    let desk = rotating();
    let other = STANDARD.encode(World::new().start().cluster("dev").ca_pem);
    desk.write(CONFIG, &desk.read(CONFIG).replace(&authority_data(&desk), &other));
    hold(case, verify(&desk, ""));
    mended(&desk);
}

/// The kubeconfig is from an earlier cluster of the same name, with its endpoint.
pub fn former(case: &str) {
    let desk = rotating();
    let (own, other) = (desk.cloud.cluster("dev").endpoint.expect("an endpoint"), World::new().start());
    let text = desk.read(CONFIG).replace(&own, "https://old.example.com");
    desk.write(CONFIG, &text.replace(&authority_data(&desk), &STANDARD.encode(other.cluster("dev").ca_pem)));
    hold(case, verify(&desk, ""));
    mended(&desk);
}

/// The kubeconfig has an authority and names a file of one.
pub fn twice(case: &str) {
    let desk = rotating();
    let file = desk.write("ca.crt", &desk.cloud.cluster("dev").ca_pem);
    let both = format!("certificate-authority: {}, certificate-authority-data:", file.display());
    desk.write(CONFIG, &desk.read(CONFIG).replace("certificate-authority-data:", &both));
    hold(case, verify(&desk, ""));
}

/// The kubeconfig has an authority and disables the check.
pub fn unchecked(case: &str) {
    let desk = rotating();
    let both = "insecure-skip-tls-verify: true, certificate-authority-data:";
    desk.write(CONFIG, &desk.read(CONFIG).replace("certificate-authority-data:", both));
    hold(case, verify(&desk, ""));
}

/// The kubeconfig names a missing file.
pub fn file_is_gone(case: &str) {
    let desk = rotating();
    let file = desk.path("ca.crt").display().to_string();
    desk.write(CONFIG, &without_data(&desk.read(CONFIG), &format!(", certificate-authority: {file}")));
    hold(case, verify(&desk, ""));
    mended(&desk);
    assert!(!desk.read(CONFIG).contains(&file), "the data takes its place");
}
