//! The connections to AWS and to the cluster: certificates, proxies, endpoints, and unreachable peers.

use std::sync::{Arc, Mutex};

use crate::support::cloud::Cloud;
use crate::support::desk::{Desk, Ran, Typed};
use crate::support::tls_front::{serve, tls_front};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

const PLAN: &str = "role --dry-run";

fn desk() -> Desk {
    Desk::new(Cloud::start())
}

/// How often a run's log has an attempt of an operation.
fn attempts(ran: &Ran, operation: &str) -> usize {
    ran.stderr.lines().filter(|line| line.contains(&format!(" {operation}: "))).count()
}

/// A proxy that answers CONNECT only and records the heads of requests.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = asked.clone();
    let address = serve(|listener| async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    head.push(byte);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                log.lock().expect("the log").push(head.clone());
                let Some(target) = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()) else {
                    return;
                };
                let port = target.rsplit(':').next().unwrap_or_default().to_owned();
                let Ok(mut outside) = TcpStream::connect(format!("127.0.0.1:{port}")).await else { return };
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
                copy_bidirectional(&mut stream, &mut outside).await.ok();
            });
        }
    });
    (format!("http://{address}"), asked)
}

fn at<'a>(typed: Typed<'a>, endpoint: &str) -> Typed<'a> {
    typed.env("AWS_ENDPOINT_URL", endpoint)
}

#[test]
fn a_private_authority_counts_once_it_is_named() {
    let desk = desk();
    let (port, pem) = tls_front(&desk.cloud, "localhost");
    let endpoint = format!("https://localhost:{port}");
    let ran = at(desk.eksaccess("creator", PLAN), &endpoint).arg("-vv").status(1).run();
    ran.warns("certificate");
    assert_eq!(attempts(&ran, "GetRole"), 1, "a refused certificate is not tried again:\n{}", ran.stderr);
    assert!(desk.cloud.calls().is_empty());

    let bundle = desk.write("bundle.pem", &format!("# ours\n{pem}"));
    at(desk.eksaccess("creator", PLAN), &endpoint).env("AWS_CA_BUNDLE", bundle.display().to_string()).run();
    assert!(!desk.cloud.calls().is_empty());

    desk.cloud.clear_log();
    desk.write(".aws/config", &format!("[default]\nca_bundle = {}\n", bundle.display()));
    at(desk.eksaccess("creator", PLAN), &endpoint).run();
    assert!(!desk.cloud.calls().is_empty());
}

#[test]
fn an_invalid_bundle_is_reported() {
    let desk = desk();
    let bundle = desk.write("bundle.pem", "hello");
    let ran = desk.eksaccess("creator", PLAN).env("AWS_CA_BUNDLE", bundle.display().to_string()).status(2).run();
    ran.warns("bundle.pem").warns("no certificate");
    let ran = desk.eksaccess("creator", PLAN).env("AWS_CA_BUNDLE", "/nowhere.pem").status(2).run();
    ran.warns("/nowhere.pem");
}

#[test]
fn aws_and_the_cluster_are_reached_through_the_proxy_but_for_no_proxy() {
    let desk = desk();
    let (port, pem) = tls_front(&desk.cloud, "aws.test");
    let bundle = desk.write("bundle.pem", &pem);
    let (proxy, asked) = proxy();
    let with = proxy.replace("http://", "http://ann:the%40password@");
    let plan = || {
        at(desk.eksaccess("creator", "bootstrap --cluster dev --dry-run -vvv"), &format!("https://aws.test:{port}"))
            .env("AWS_CA_BUNDLE", bundle.display().to_string())
            .env("HTTPS_PROXY", with.clone())
    };
    let ran = plan().run();
    ran.does_not_warn("the@password").does_not_warn("the%40password");
    let heads = asked.lock().expect("the log").clone();
    assert!(heads.iter().any(|h| h.starts_with(&format!("CONNECT aws.test:{port} "))), "{heads:?}");
    assert!(heads.iter().any(|h| h.starts_with("CONNECT 127.0.0.1:")), "the cluster too: {heads:?}");
    // base64 of `ann:the@password`
    assert!(heads.iter().all(|h| h.contains("YW5uOnRoZUBwYXNzd29yZA==")), "{heads:?}");

    asked.lock().expect("the log").clear();
    plan().env("NO_PROXY", "127.0.0.1").run();
    let heads = asked.lock().expect("the log").clone();
    assert!(!heads.is_empty() && heads.iter().all(|h| h.starts_with("CONNECT aws.test:")), "{heads:?}");
}

#[test]
fn the_endpoint_asked_for_comes_before_the_environments() {
    let desk = desk();
    let plan = format!("{PLAN} --endpoint-url {}", desk.cloud.endpoint());
    at(desk.eksaccess("creator", &plan), "http://127.0.0.1:9").env("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:9").run();
    let ran = desk.eksaccess("creator", PLAN).arg("--endpoint-url").arg("localhost:1").status(2).run();
    ran.warns("localhost:1");
}

#[test]
fn an_unreachable_endpoint_is_reported_soon() {
    let desk = desk();
    let ran = at(desk.eksaccess("creator", PLAN), "http://127.0.0.1:9").arg("-vv").status(1).run();
    ran.warns("onnection refused");
    assert_eq!(attempts(&ran, "GetRole"), 3, "{}", ran.stderr);
}

#[test]
fn what_failed_below_is_shown_line_by_line_where_it_is_asked_for() {
    let desk = desk();
    let typed = || at(desk.eksaccess("creator", PLAN), "http://127.0.0.1:9").status(1);
    typed().run().warns("onnection refused").does_not_warn("source: ");
    let ran = typed().arg("-v").run();
    let sources: Vec<&str> = ran.stderr.lines().filter_map(|line| line.strip_prefix("  source: ")).collect();
    assert!(sources.len() > 2, "{}", ran.stderr);
    assert!(sources.contains(&"tcp connect error"), "{}", ran.stderr);
    assert!(sources.last().is_some_and(|last| last.starts_with("Connection refused")), "{}", ran.stderr);
    assert!(ran.stderr.lines().last().is_some_and(|last| last.starts_with("hint: ")), "{}", ran.stderr);
}

#[test]
fn a_server_with_another_name_is_refused_unless_the_name_is_given() {
    let desk = desk();
    let plan = "map --cluster dev --role KubernetesAdmin --via aws-auth --dry-run";
    desk.eksaccess("creator", "role --yes").run();
    let ran = desk.eksaccess("creator", &format!("{plan} --tls-server-name other.test")).status(1).run();
    ran.warns("certificate");
    let ran = desk.eksaccess("creator", &format!("{plan} --server https://127.0.0.1:9")).status(1).run();
    ran.warns("127.0.0.1:9");
}

#[test]
fn a_tunnel_is_gone_through_and_written_into_the_kubeconfig() {
    let desk = desk();
    let server = desk.cloud.cluster("dev").endpoint.expect("an endpoint").replace("127.0.0.1", "localhost");
    let way = format!("--server {server} --tls-server-name 127.0.0.1");
    let names = "--alias work --user-alias me --context-namespace shop";
    let command = format!("bootstrap --cluster dev --user member --kubeconfig kube {way} {names}");
    desk.eksaccess("creator", &command).run().says("verified: access works");
    let text = desk.read("kube");
    for part in [
        &format!("server: {server}"),
        "tls-server-name: \"127.0.0.1\"",
        "name: work",
        "user: me",
        "namespace: shop",
        "current-context: work",
    ] {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    desk.eksaccess("creator", &command).run().says("nothing to do");
}
