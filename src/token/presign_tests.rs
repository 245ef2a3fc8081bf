//! The token as seen by its reader: its refusals, and the signature computed independently from the standard.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::model::hex::hex;

/// 2026-01-01T00:00:00Z.
const NOW: u64 = 1_767_225_600;

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn cluster(region: &str, name: &str) -> Request {
    Request {
        cluster_id: name.into(),
        region: region.into(),
        partition: Partition::of_region(region),
        hosts: Hosts::default(),
    }
}

fn url_of(token: &str) -> String {
    let encoded = token.strip_prefix("k8s-aws-v1.").expect("the prefix");
    String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).expect("base64url without padding")).unwrap()
}

/// Host, and the decoded parameters by their name in lower case; refuses what the control plane refuses in it.
fn parts(url: &str) -> Result<(String, BTreeMap<String, String>), &'static str> {
    let rest = url.strip_prefix("https://").ok_or("scheme")?;
    let (host, rest) = rest.split_once('/').ok_or("path")?;
    let query = rest.strip_prefix('?').ok_or("path")?;
    let mut params = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').ok_or("malformed parameter")?;
        let value = percent_decode_str(value).decode_utf8().map_err(|_| "malformed parameter")?.into_owned();
        if params.insert(name.to_lowercase(), value).is_some() {
            return Err("duplicate parameter");
        }
    }
    Ok((host.to_owned(), params))
}

/// The checks of the control plane before it calls STS, in order (aws-iam-authenticator `pkg/token`).
fn refusal(token: &str, partition: Partition, now: SystemTime) -> Result<(), &'static str> {
    const KNOWN: [&str; 9] = [
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    ];
    if token.len() > 4096 {
        return Err("too large");
    }
    let encoded = token.strip_prefix("k8s-aws-v1.").ok_or("prefix")?;
    let url = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| "base64")?;
    let (host, params) = parts(std::str::from_utf8(&url).map_err(|_| "text")?)?;
    let region = host.strip_prefix("sts.").and_then(|h| h.strip_suffix(partition.dns_suffix())).ok_or("host")?;
    if region.trim_end_matches('.').contains('.') {
        return Err("host");
    }
    if params.keys().any(|name| !KNOWN.contains(&name.as_str())) {
        return Err("unknown parameter");
    }
    let get = |name: &str| params.get(name).map_or("", String::as_str);
    if get("action") != "GetCallerIdentity" {
        return Err("action");
    }
    if !get("x-amz-signedheaders").split(';').any(|header| header == "x-k8s-aws-id") {
        return Err("unsigned cluster header");
    }
    if !get("x-amz-expires").parse::<i32>().is_ok_and(|seconds| (0..=900).contains(&seconds)) {
        return Err("expires");
    }
    let date = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", get("x-amz-date")).map_err(|_| "date")?;
    let signed = jiff::tz::TimeZone::UTC.to_timestamp(date).map_err(|_| "date")?;
    let signed = SystemTime::UNIX_EPOCH + Duration::from_secs(signed.as_second().unsigned_abs());
    if now > signed + Duration::from_mins(15) { Err("too old") } else { Ok(()) }
}

/// HMAC-SHA256 by its definition (RFC 2104).
fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut block = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(64, 0);
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::digest([&padded(0x36)[..], text.as_bytes()].concat());
    Sha256::digest([&padded(0x5c)[..], &inner[..]].concat()).to_vec()
}

/// The signature of a token's URL for a cluster, by the steps of "Create a signed AWS API request"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).
fn signature(url: &str, cluster: &str, secret: &str) -> String {
    let (host, params) = parts(url).unwrap();
    let credential = params["x-amz-credential"].clone();
    let scope: Vec<&str> = credential.split('/').skip(1).collect();
    let (_, query) = url.split_once('?').unwrap();
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("X-Amz-Signature=")).collect();
    pairs.sort_unstable();
    let canonical = format!(
        "GET\n/\n{}\nhost:{host}\nx-k8s-aws-id:{cluster}\n\nhost;x-k8s-aws-id\n{}",
        pairs.join("&"),
        hex(&Sha256::digest(b""))
    );
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{}\n{}\n{}",
        params["x-amz-date"],
        scope.join("/"),
        hex(&Sha256::digest(canonical.as_bytes()))
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope {
        key = hmac(&key, part);
    }
    hex(&hmac(&key, &to_sign))
}

#[test]
fn the_url_is_the_one_that_all_clients_send() {
    let keys = Keys::new("AKIDEXAMPLE", "secret", Some("to/ke+n==".into()));
    let token = presign(&cluster("eu-west-1", "dev"), &keys, now()).unwrap();
    assert!(!token.text().contains('='), "padded");
    let url = url_of(token.text());
    assert!(url.starts_with("https://sts.eu-west-1.amazonaws.com/?"), "{url}");
    let (_, mut params) = parts(&url).unwrap();
    let signature = params.remove("x-amz-signature").unwrap();
    assert_eq!(signature.len(), 64);
    let expected = [
        ("action", "GetCallerIdentity"),
        ("version", "2011-06-15"),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", "AKIDEXAMPLE/20260101/eu-west-1/sts/aws4_request"),
        ("x-amz-date", "20260101T000000Z"),
        ("x-amz-expires", "60"),
        ("x-amz-security-token", "to/ke+n=="),
        ("x-amz-signedheaders", "host;x-k8s-aws-id"),
    ];
    assert_eq!(params, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn the_signature_is_for_this_cluster_and_no_other() {
    let token = presign(&cluster("eu-west-1", "dev"), &Keys::new("AKIDEXAMPLE", "secret", None), now()).unwrap();
    let url = url_of(token.text());
    let signed = parts(&url).unwrap().1["x-amz-signature"].clone();
    assert_eq!(signature(&url, "dev", "secret"), signed);
    assert_ne!(signature(&url, "prod", "secret"), signed);
    assert_ne!(signature(&url, "dev", "other"), signed);
}

#[test]
fn a_token_ends_after_14_minutes_or_with_its_keys() {
    let keys = Keys::new("A", "s", None);
    let end = |keys: &Keys| presign(&cluster("eu-west-1", "dev"), keys, now()).unwrap().expires_at();
    assert_eq!(end(&keys), now() + Duration::from_mins(14));
    assert_eq!(end(&keys.clone().ending(now() + Duration::from_hours(1))), now() + Duration::from_mins(14));
    assert_eq!(end(&keys.ending(now() + Duration::from_mins(1))), now() + Duration::from_mins(1));
}

#[test]
fn keys_that_ended_sign_nothing() {
    let error = presign(&cluster("eu-west-1", "dev"), &Keys::new("ASIAX", "s", None).ending(now()), now()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the credentials ASIAX expired at 2026-01-01T00:00:00Z: a token signed with them would be rejected"
    );
}

#[test]
fn a_token_longer_than_the_control_plane_reads_is_an_error_that_says_so() {
    let request = cluster("eu-west-1", "dev");
    let longest = (1..4096)
        .rev()
        .find(|n| presign(&request, &Keys::new("ASIAX", "s", Some("t".repeat(*n))), now()).is_ok())
        .unwrap();
    let token = presign(&request, &Keys::new("ASIAX", "s", Some("t".repeat(longest))), now()).unwrap();
    assert!((4090..=4096).contains(&token.text().len()), "{}", token.text().len());
    match presign(&request, &Keys::new("ASIAX", "s", Some("t".repeat(longest + 1))), now()) {
        Err(TokenError::TooLong { cluster, bytes, session_token_bytes }) => {
            assert_eq!((cluster.as_str(), session_token_bytes), ("dev", longest + 1));
            assert!(bytes > 4096);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_aws_can_not_have_named_is_refused_before_signing() {
    let keys = Keys::new("A", "s", None);
    for region in ["", "eu-west-1/", "EU-WEST-1", "eu-west-1.evil.example"] {
        assert!(matches!(presign(&cluster(region, "dev"), &keys, now()), Err(TokenError::Region(_))), "{region}");
    }
    for name in ["", "a b", "a\r\nHost: x", "é", &"n".repeat(254)] {
        assert!(matches!(presign(&cluster("eu-west-1", name), &keys, now()), Err(TokenError::Cluster(_))), "{name}");
    }
}

#[test]
fn neither_debug_nor_errors_hold_the_token_or_a_secret() {
    let keys = Keys::new("ASIAX", "the-secret", Some("the-session-token".repeat(20)));
    let token = presign(&cluster("eu-west-1", "dev"), &keys, now()).unwrap();
    let shown = format!("{token:?} {token:#?}");
    assert!(!shown.contains("k8s-aws-v1") && !shown.contains(token.text()), "{shown}");
    let long = Keys::new("ASIAX", "the-secret", Some("the-session-token".repeat(400)));
    let error = presign(&cluster("eu-west-1", "dev"), &long, now()).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("the-se"), "{error:?}");
}

#[test]
fn the_checks_of_the_control_plane_are_distinguished() {
    let token = presign(&cluster("eu-west-1", "dev"), &Keys::new("A", "s", Some("t".into())), now()).unwrap();
    let changed = |from: &str, to: &str| {
        let url = url_of(token.text());
        assert!(url.contains(from), "{url}");
        format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url.replacen(from, to, 1)))
    };
    let check = |token: &str| refusal(token, Partition::Aws, now());
    assert_eq!(check(token.text()), Ok(()));
    assert_eq!(check(&"k".repeat(4097)), Err("too large"));
    assert_eq!(check(token.text().trim_start_matches("k8s-")), Err("prefix"));
    assert_eq!(check(&format!("{}=", token.text())), Err("base64"));
    assert_eq!(check(&changed("https:", "http:")), Err("scheme"));
    assert_eq!(check(&changed(".amazonaws.com", ".evil.example")), Err("host"));
    assert_eq!(check(&changed(".amazonaws.com/", ".amazonaws.com:443/")), Err("host"));
    assert_eq!(refusal(token.text(), Partition::AwsCn, now()), Err("host"));
    assert_eq!(check(&changed("/?", "/x?")), Err("path"));
    assert_eq!(check(&changed("Action=", "action=x&Action=")), Err("duplicate parameter"));
    assert_eq!(check(&changed("Action=", "Foo=x&Action=")), Err("unknown parameter"));
    assert_eq!(check(&changed("GetCallerIdentity", "GetUser")), Err("action"));
    assert_eq!(check(&changed("%3Bx-k8s-aws-id", "")), Err("unsigned cluster header"));
    assert_eq!(check(&changed("Expires=60", "Expires=901")), Err("expires"));
    assert_eq!(check(&changed("Date=2026", "Date=x")), Err("date"));
    assert_eq!(refusal(token.text(), Partition::Aws, now() + Duration::from_mins(15)), Ok(()));
    assert_eq!(refusal(token.text(), Partition::Aws, now() + Duration::from_secs(901)), Err("too old"));
}

const REGIONS: [&str; 8] = [
    "eu-west-1",
    "us-gov-west-1",
    "cn-north-1",
    "us-iso-east-1",
    "us-isob-east-1",
    "eu-isoe-west-1",
    "us-isof-south-1",
    "eusc-de-east-1",
];

proptest! {
    #[test]
    fn every_token_passes_the_control_plane_and_its_signature_is_right(
        region in proptest::sample::select(&REGIONS[..]),
        name in "[A-Za-z0-9][A-Za-z0-9_-]{0,99}",
        key_id in "A[A-Z0-9]{15,30}",
        secret in "[A-Za-z0-9/+]{40}",
        session in proptest::option::of("[A-Za-z0-9/+=]{1,2300}"),
        at in 1_000_000_000_u64..4_000_000_000,
    ) {
        let request = cluster(region, &name);
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at);
        match presign(&request, &Keys::new(key_id, secret.clone(), session), at) {
            Ok(token) => {
                prop_assert_eq!(refusal(token.text(), request.partition, at), Ok(()));
                let url = url_of(token.text());
                prop_assert_eq!(signature(&url, &name, &secret), parts(&url).unwrap().1["x-amz-signature"].clone());
            }
            Err(TokenError::TooLong { bytes, .. }) => prop_assert!(bytes > 4096),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
