//! Keys from services on the loopback interface: a container's, an instance's, those of IAM Identity Center.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::desks::{calls, desk, kept};
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;

/// A small service that answers GET and PUT and records the requests.
pub(crate) struct Service {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    pub(crate) fn start(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        Self::answering(move |request| match answer(request) {
            Some(body) => ("200 OK".to_owned(), body),
            None => ("404 Not Found".to_owned(), String::new()),
        })
    }

    /// One that refuses with an error of this name.
    pub(crate) fn refusing(name: &'static str, body: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::answering(move |request| (format!("403 Forbidden\r\nx-amzn-errortype: {name}"), body(request)))
    }

    fn answering(answer: impl Fn(&str) -> (String, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let request = head(&mut stream);
                let (status, body) = answer(&request);
                log.lock().unwrap().push(request);
                let length = body.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nx-aws-ec2-metadata-token-ttl-seconds: 600\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
            }
        });
        Self { url, asked }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}

/// A session of `Ops`, which may assume `Next`: id, secret, token; and its expiry.
fn session(desk: &Desk) -> ([String; 3], jiff::Timestamp) {
    let env = desk.cloud.session_env("Ops", "machine");
    let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    let end = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 420).unwrap();
    (names.map(value), end)
}

/// Checks that the keys sign a token that expires with them, and assume a role whose session is cached; the cache has
/// `files` files then.
fn hold(desk: &Desk, variables: &[(&str, String)], end: jiff::Timestamp, files: usize) {
    let endpoint = desk.cloud.env("ann").into_iter();
    let endpoint: Vec<_> =
        endpoint.filter(|(name, _)| name.starts_with("AWS_ENDPOINT") || name.contains("REGION")).collect();
    let typed = |args: &str| {
        let typed = desk.keyless(args).without("AWS_EC2_METADATA_DISABLED");
        let typed = endpoint.iter().fold(typed, |typed, (name, value)| typed.env(name, value));
        variables.iter().fold(typed, |typed, (name, value)| typed.env(name, value))
    };
    let own: Value = typed("token --cluster dev").run().json();
    let text = own["status"]["expirationTimestamp"].as_str().unwrap();
    assert_eq!(text.parse::<jiff::Timestamp>().unwrap(), end, "not the fourteen minutes of a token");
    let next = format!("token --cluster dev --role arn:aws:iam::{ACCOUNT}:role/Next");
    for _ in 0..2 {
        typed(&next).run().json();
    }
    let assumed = desk.cloud.calls().into_iter().filter(|c| c.operation == "AssumeRole");
    let callers: Vec<String> = assumed.map(|c| c.caller.unwrap_or_default()).collect();
    assert_eq!(callers, [format!("arn:aws:sts::{ACCOUNT}:assumed-role/Ops/machine")], "taken once, and kept");
    assert_eq!((calls(desk, "AssumeRole"), kept(desk).len()), (1, files));
}

fn document([id, secret, token]: &[String; 3], end: jiff::Timestamp) -> String {
    json!({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z", "AccessKeyId": id,
        "SecretAccessKey": secret, "Token": token, "Expiration": end.to_string()})
    .to_string()
}

#[test]
fn a_containers_endpoint_gives_the_keys() {
    let desk = desk();
    let (keys, end) = session(&desk);
    let service = Service::start(move |_| Some(document(&keys, end)));
    let file = desk.write("pod-token", "of-the-pod");
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/v1/credentials", service.url)),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.display().to_string()),
    ];
    hold(&desk, &variables, end, 1);
    let asked = service.asked();
    let right = |r: &String| r.starts_with("get /v1/credentials ") && r.contains("authorization: of-the-pod");
    assert!(!asked.is_empty() && asked.iter().all(right), "{asked:?}");
}

#[test]
fn an_instances_role_gives_the_keys() {
    let desk = desk();
    let (keys, end) = session(&desk);
    let service = Service::start(move |request| {
        let base = "get /latest/meta-data/iam/security-credentials/";
        match request.lines().next()?.trim_end_matches(" http/1.1") {
            "put /latest/api/token" => Some("session-of-the-service".to_owned()),
            line if line == base => Some("Node".to_owned()),
            line if line == format!("{base}node") => Some(document(&keys, end)),
            _ => None,
        }
    });
    hold(&desk, &[("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url.clone())], end, 1);
    let asked = service.asked();
    let gets = asked.iter().filter(|r| r.starts_with("get "));
    assert!(gets.clone().count() >= 2, "{asked:?}");
    assert!(gets.into_iter().all(|r| r.contains("x-aws-ec2-metadata-token: session-of-the-service")), "{asked:?}");
}

/// The names of the files are the SHA-1 of the start URL and of the session's name.
pub(crate) const LOGINS: [(&str, &str, &str); 2] = [
    (
        "a51746d4aa793ae07b25e90c3a5db96fc7832bd7",
        "[profile corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n",
        "",
    ),
    (
        "ee0bfd2552fbd840c02cc48b6e823320543c450f",
        "[profile corp]\nsso_session = corp\n",
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n",
    ),
];

#[test]
fn identity_center_gives_the_keys_to_the_logged_in_user() {
    for (file, profile, session_section) in LOGINS {
        let desk = desk();
        let (keys, end) = session(&desk);
        let service = Service::start(move |request| {
            let [id, secret, token] = &keys;
            let is_right = request.starts_with("get /federation/credentials?")
                && request.contains("role_name=dev")
                && request.contains("account_id=111122223333")
                && request.contains("x-amz-sso_bearer_token: access-of-ann");
            is_right.then(|| {
                json!({"roleCredentials": {"accessKeyId": id, "secretAccessKey": secret, "sessionToken": token,
                    "expiration": end.as_millisecond()}})
                .to_string()
            })
        });
        let more = "sso_account_id = 111122223333\nsso_role_name = Dev\nregion = eu-west-1\n";
        desk.write(".aws/config", &format!("{profile}{more}{session_section}"));
        let until = jiff::Timestamp::now() + Duration::from_hours(8);
        let login = json!({"startUrl": "https://corp.awsapps.com/start", "region": "eu-west-1", "accessToken": "access-of-ann",
            "expiresAt": until.strftime("%FT%TZ").to_string()});
        desk.write(&format!(".aws/sso/cache/{file}.json"), &login.to_string());
        let variables = [("AWS_PROFILE", "corp".to_owned()), ("AWS_ENDPOINT_URL_SSO", service.url.clone())];
        // Identity Center's own keys are cached too, as they come over the network.
        hold(&desk, &variables, end, 2);
        assert!(!service.asked().is_empty());
    }
}
