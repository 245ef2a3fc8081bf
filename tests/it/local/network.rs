//! Proxies, private CAs, dead addresses and closed pipes.

use super::acts::{BOOTSTRAP, ROLE, desk, does_nothing, map_roles, refused};
use super::wires::{Proxy, tls_front};
use crate::support::cloud::AuthMode;

#[test]
fn everything_goes_through_the_proxy_that_the_environment_names() {
    let desk = desk(AuthMode::ConfigMap);
    let proxy = Proxy::start();
    let typed = desk.eksaccess("creator", BOOTSTRAP).env("HTTP_PROXY", &proxy.url).env("HTTPS_PROXY", &proxy.url);
    typed.run().says("verified: access works");
    let aws = desk.cloud.endpoint();
    let cluster = desk.cloud.cluster("dev").endpoint.unwrap().replace("https://", "");
    let asked = proxy.asked();
    assert!(asked.iter().any(|line| line.starts_with(&format!("POST {aws}"))), "{asked:?}");
    assert!(asked.iter().any(|line| line.starts_with(&format!("CONNECT {cluster} "))), "{asked:?}");

    let other = Proxy::start();
    let typed = desk.eksaccess("creator", BOOTSTRAP).env("HTTP_PROXY", &other.url).env("HTTPS_PROXY", &other.url);
    does_nothing(&desk, typed.env("NO_PROXY", "127.0.0.1"));
    assert!(other.asked().is_empty(), "{:?}", other.asked());
}

#[test]
fn a_proxy_for_the_cluster_alone_is_used_and_written_down() {
    let desk = desk(AuthMode::ConfigMap);
    let proxy = Proxy::start();
    desk.eksaccess("creator", &format!("{BOOTSTRAP} --proxy-url {}", proxy.url)).run().says("verified: access works");
    assert!(proxy.asked().iter().all(|line| line.starts_with("CONNECT ")), "{:?}", proxy.asked());
    assert!(desk.read("kube").contains(&format!("proxy-url: {}", proxy.url)), "{}", desk.read("kube"));
}

#[test]
fn a_dead_proxy_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let typed = desk.eksaccess("creator", BOOTSTRAP).env("HTTP_PROXY", "http://127.0.0.1:1");
    refused(&desk, typed, 1).warns("HTTPS_PROXY");
    let typed = desk.eksaccess("creator", BOOTSTRAP).env("HTTPS_PROXY", "http://127.0.0.1:1");
    refused(&desk, typed, 1).warns("aws-auth of cluster dev could not be read").warns("can't be reached");
}

#[test]
fn a_dead_endpoint_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --endpoint-url http://127.0.0.1:1")), 1);
    ran.warns("refused").warns("check the network, the region (--region) and the proxy");
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{BOOTSTRAP} --endpoint-url nowhere")), 2);
    ran.warns("can't be used as an endpoint");
}

#[test]
fn a_private_ca_is_trusted_where_the_bundle_says_so() {
    let desk = desk(AuthMode::ConfigMap);
    let to = desk.cloud.endpoint().trim_start_matches("http://").parse().unwrap();
    let (url, pem) = tls_front(to);
    let bundle = desk.write("ca.pem", &pem).display().to_string();
    let args = format!("{BOOTSTRAP} --endpoint-url {url}");
    let ran = refused(&desk, desk.eksaccess("creator", &args), 1);
    ran.warns("certificate");
    desk.eksaccess("creator", &args).env("AWS_CA_BUNDLE", &bundle).run().says("verified: access works");
}

#[test]
fn an_unusable_bundle_is_reported() {
    let desk = desk(AuthMode::ConfigMap);
    let garbage = desk.write("garbage.pem", "no certificate\n").display().to_string();
    for (bundle, why) in [(garbage.as_str(), "no certificate in PEM form"), ("/nowhere/ca.pem", "No such file")] {
        let ran = refused(&desk, desk.eksaccess("creator", BOOTSTRAP).env("AWS_CA_BUNDLE", bundle), 2);
        ran.warns(bundle).warns(why).warns("AWS_CA_BUNDLE to a file of PEM certificates");
    }
}

#[test]
fn a_closed_stdout_ends_the_talking_and_not_the_work() {
    for output in ["text", "json", "jsonl"] {
        let desk = desk(AuthMode::ConfigMap);
        let mut child = desk.eksaccess("creator", &format!("{BOOTSTRAP} --output {output}")).spawn();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
        assert!(!String::from_utf8_lossy(&ended.stderr).contains("panick"));
        assert!(map_roles(&desk).contains(ROLE));
        does_nothing(&desk, desk.eksaccess("creator", BOOTSTRAP));
    }
}

#[test]
fn a_closed_stderr_does_not_end_the_run_either() {
    let desk = desk(AuthMode::ConfigMap);
    let mut child = desk.eksaccess("creator", &format!("{BOOTSTRAP} -vvv")).spawn();
    drop(child.stderr.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn the_loudest_log_holds_no_secret() {
    // The runner searches every output for secrets, tokens and signatures.
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = desk(mode);
        let ran = desk.eksaccess("creator", &format!("{BOOTSTRAP} -vvv")).env("RUST_LOG", "trace").run();
        assert!(ran.stderr.len() > 100, "something was logged: {}", ran.stderr);
        desk.eksaccess("member", &format!("token --cluster dev --role {ROLE} -vvv")).run();
        desk.eksaccess("outsider", "verify --cluster dev -vvv").status(5).run();
    }
}
