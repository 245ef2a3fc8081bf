//! The AWS hosts that are called, and the one in a token: `use_fips_endpoint`, `use_dualstack_endpoint`.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use super::desks::{desk, url_of};
use crate::support::desk::{Desk, Typed};

const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
const DUAL_STACK: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");

fn with<'a>(typed: Typed<'a>, variables: &[(&str, &str)]) -> Typed<'a> {
    variables.iter().fold(typed, |typed, (name, value)| typed.env(name, *value))
}

#[test]
fn a_token_names_the_host_that_the_settings_choose() {
    let desk = desk();
    let host = |variables: &[(&str, &str)]| {
        let token = with(desk.eksaccess("creator", "token --cluster dev --token-only"), variables).run().stdout;
        assert!(desk.cloud.identity_of_token("dev", token.trim()).is_ok(), "the control plane takes it");
        let url = url_of(&token);
        url.split('/').nth(2).unwrap().to_owned()
    };
    assert_eq!(host(&[]), "sts.eu-west-1.amazonaws.com");
    assert_eq!(host(&[FIPS]), "sts-fips.eu-west-1.amazonaws.com");
    assert_eq!(host(&[DUAL_STACK]), "sts.eu-west-1.api.aws");
    assert_eq!(host(&[FIPS, DUAL_STACK]), "sts-fips.eu-west-1.api.aws");
    desk.write(".aws/config", "[default]\nuse_dualstack_endpoint = true\n");
    assert_eq!(host(&[]), "sts.eu-west-1.api.aws", "beside keys of the environment too");
    assert_eq!(host(&[("AWS_USE_DUALSTACK_ENDPOINT", "false")]), "sts.eu-west-1.amazonaws.com");
}

/// The hosts that a command would call: a proxy records them and forwards nothing.
fn asked(desk: &Desk, args: &str, variables: &[(&str, &str)]) -> BTreeSet<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(BTreeSet::new()));
    let log = heard.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).unwrap_or(0);
            let line = String::from_utf8_lossy(&buffer[..read]).lines().next().unwrap_or_default().to_owned();
            log.lock().unwrap().extend(line.split(' ').nth(1).map(str::to_owned));
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    let typed = desk.eksaccess("ann", args).without("AWS_ENDPOINT_URL").env("HTTPS_PROXY", proxy).args("--timeout 2");
    with(typed, variables).run_any();
    let heard = heard.lock().unwrap();
    heard.clone()
}

#[test]
fn every_client_asks_the_hosts_that_the_settings_choose() {
    let desk = desk();
    for args in ["role --dry-run", "kubeconfig --cluster dev --role Ops --kubeconfig -"] {
        let of = |variables: &[(&str, &str)]| {
            let asked = asked(&desk, args, variables);
            assert!(!asked.is_empty(), "{args}");
            asked
        };
        let plain = of(&[]);
        assert!(plain.iter().all(|host| !host.contains("fips") && host.ends_with(".amazonaws.com:443")), "{plain:?}");
        let fips = of(&[FIPS]);
        assert!(fips.iter().all(|host| host.contains("fips")), "{fips:?}");
        let dual_stack = of(&[DUAL_STACK]);
        assert!(dual_stack.iter().all(|host| host.ends_with(".api.aws:443")), "{dual_stack:?}");
        desk.write(".aws/config", "[default]\nuse_fips_endpoint = true\n");
        let of_profile = of(&[]);
        assert!(of_profile.iter().all(|host| host.contains("fips")), "{of_profile:?}");
        desk.write(".aws/config", "");
    }
}
