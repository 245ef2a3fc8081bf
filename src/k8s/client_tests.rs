use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn matcher(https: &str, no: &str) -> Matcher {
    Matcher::builder().https(https).no(no).build()
}

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

#[test]
fn a_server_is_https_or_nothing() {
    assert_eq!(https_url("example.com:6443").unwrap().to_string(), "https://example.com:6443/");
    assert_eq!(https_url("https://127.0.0.1:1").unwrap().port_u16(), Some(1));
    for text in ["http://example.com", "", "https://", "ftp://x"] {
        assert!(https_url(text).is_none(), "{text}");
    }
}

#[test]
fn an_authority_is_base64_of_pem() {
    let pem = rcgen::generate_simple_self_signed(vec!["x".into()]).unwrap().cert.pem();
    let twice = STANDARD.encode(format!("{pem}{pem}"));
    let of = |authority: Option<&str>, of_kubeconfig| {
        roots(&ClusterDescription {
            arn: "arn:aws:eks:eu-west-1:111122223333:cluster/dev".parse().unwrap(),
            status: "ACTIVE".to_owned(),
            endpoint: None,
            certificate_authority: authority.map(str::to_owned),
            mode: crate::model::AuthMode::Api,
            private_only: false,
            of_kubeconfig,
            token_cluster_id: "dev".to_owned(),
            facts: crate::model::ClusterFacts::default(),
        })
    };
    assert_eq!(of(Some(&twice), false).unwrap().unwrap().len(), 2);
    assert_eq!(of(None, true).unwrap(), None);
    assert_eq!(of(None, false).unwrap_err(), "it is ACTIVE and EKS reports no certificate authority for it");
    for wrong in ["***", "QUJD", ""] {
        assert!(of(Some(wrong), false).unwrap_err().starts_with("its certificate authority "), "{wrong}");
    }
}

#[test]
fn the_environments_proxy_counts_unless_the_host_is_excepted() {
    let server = uri("https://abc.eks.amazonaws.com");
    let found = proxy_of(&matcher("http://proxy:3128", ""), &server).unwrap().unwrap();
    assert_eq!((found.url.to_string().as_str(), found.user), ("http://proxy:3128/", None));
    assert_eq!(proxy_of(&matcher("http://proxy:3128", "amazonaws.com"), &server).unwrap(), None);
    assert_eq!(proxy_of(&matcher("", ""), &server).unwrap(), None);
    assert!(proxy_of(&matcher("socks5://proxy:1080", ""), &server).is_err());
}

#[test]
fn a_proxys_user_is_kept() {
    let text = "http://ann:p%40ss%3Aw@proxy:3128";
    let asked_for = KubeSettings { proxy_url: Some(text.into()), ..Default::default() };
    for found in [proxy_of(&matcher(text, ""), &uri("https://x")), proxy(&asked_for, &uri("https://x"))] {
        let found = found.unwrap().unwrap();
        assert_eq!(found.url.to_string(), "http://proxy:3128/");
        assert_eq!(found.user.unwrap().to_str().unwrap(), format!("Basic {}", STANDARD.encode("ann:p@ss:w")));
    }
}

#[test]
fn the_proxy_asked_for_comes_first_and_is_never_repeated() {
    let settings = |url: &str| KubeSettings { proxy_url: Some(url.into()), proxy_from_env: true, ..Default::default() };
    assert_eq!(proxy(&settings("http://a:1"), &uri("https://x")).unwrap().unwrap().url, uri("http://a:1"));
    let error = proxy(&settings("socks5://ann:the-password@a:1"), &uri("https://x")).unwrap_err();
    assert!(!error.contains("the-password"), "{error}");
}
