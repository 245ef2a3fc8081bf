//! The setting of a row: a cloud, a home with the row's files, and a service on the loopback interface that issues
//! keys.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use eksaccess::model::arn::Partition;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::row::Row;
use crate::support::cloud::{ACCOUNT, Cloud, REGION, World};
use crate::support::desk::{Desk, Typed};
use crate::token::machines::{LOGINS, Service};

/// The roles; `Web` can be assumed with a web-identity token, and every role by every other.
const ROLES: [&str; 7] = ["Ops", "Next", "Web", "Login", "Sso", "Pod", "Node"];

/// A row's own world.
pub(crate) struct Place {
    pub(crate) desk: Desk,
    service: Service,
}

impl Place {
    /// The world, with the row's files in its home.
    pub(crate) fn of(row: &Row) -> Self {
        let cloud = cloud();
        let [pod, node, sso] = ["Pod", "Node", "Sso"].map(|role| keys(&cloud, role));
        let service = Service::start(move |request| answer(request, &pod, &node, &sso));
        let place = Self { desk: Desk::new(cloud), service };
        place.keep_logins();
        let named = [(".aws/config", &row.config), (".aws/credentials", &row.credentials)];
        for (name, text) in named.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            place.desk.write(name, &place.filled(text));
        }
        for (name, text) in &row.files {
            place.desk.write(name, &place.filled(text));
        }
        place
    }

    /// A program with the row's environment and options, without a terminal.
    pub(crate) fn typed(&self, row: &Row, program: &Path, args: &str) -> Typed<'_> {
        let typed = self.desk.program(Path::new("/usr/bin/setsid"), "ann", "--wait");
        let typed = typed.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        let typed = typed.arg(program.display().to_string()).args(args);
        let mut typed = row.args.iter().fold(typed, |typed, arg| typed.arg(self.filled(arg)));
        for (name, value) in [
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ENDPOINT_URL", self.desk.cloud.endpoint()),
            ("AWS_MAX_ATTEMPTS", "1"),
        ] {
            typed = typed.env(name, value);
        }
        if let Some(name) = &row.keys {
            let [id, secret, session] = keys(&self.desk.cloud, name);
            typed = typed.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
            if !session.is_empty() {
                typed = typed.env("AWS_SESSION_TOKEN", session);
            }
        }
        row.env.iter().fold(typed, |typed, (name, value)| match value {
            Some(value) => typed.env(name, self.filled(value)),
            None => typed.without(name),
        })
    }

    /// A text with its placeholders filled in.
    fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        while let Some((start, end)) = placeholder(&text) {
            let value = self.value(&text[start + 1..end]);
            text.replace_range(start..=end, &value);
        }
        text
    }

    fn value(&self, name: &str) -> String {
        let (what, of) = name.split_once(':').unwrap_or((name, ""));
        let of_keys = |at: usize| keys(&self.desk.cloud, of)[at].clone();
        match what {
            "id" => of_keys(0),
            "secret" => of_keys(1),
            "session" => of_keys(2),
            "keys" => settings(&keys(&self.desk.cloud, of)),
            "json" => process(&keys(&self.desk.cloud, of)),
            "role" => format!("arn:aws:iam::{ACCOUNT}:role/{of}"),
            "home" => self.desk.path("").display().to_string().trim_end_matches('/').to_owned(),
            "service" => self.service.url.clone(),
            "jwt" => self.desk.write("token.jwt", &jwt()).display().to_string(),
            login => session(login.strip_prefix("login").unwrap_or_else(|| panic!("{{{name}}}"))),
        }
    }

    /// The cache files of `aws sso login` and `aws login`.
    fn keep_logins(&self) {
        for (name, _, _) in LOGINS {
            let login = json!({"startUrl": "https://corp.awsapps.com/start", "region": REGION,
                "accessToken": "access-of-ann", "expiresAt": "2099-01-01T00:00:00Z"});
            self.desk.write(&format!(".aws/sso/cache/{name}.json"), &login.to_string());
        }
        let [id, secret, token] = keys(&self.desk.cloud, "Login");
        let login = |end: &str| {
            json!({"accessToken": {"accessKeyId": id, "secretAccessKey": secret, "sessionToken": token,
                "accountId": ACCOUNT, "expiresAt": end}, "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device",
                "refreshToken": "refresh", "idToken": "identity", "dpopKey": DPOP_KEY})
        };
        let soon = "2099-01-01T00:00:00Z";
        let mut bare = login(soon);
        bare.as_object_mut().expect("an object").remove("accessToken");
        for (dir, name, text) in [
            (".aws/login/cache", "", login(soon)),
            (".aws/login/cache", "-stale", login("2001-01-01T00:00:00Z")),
            (".aws/login/cache", "-bare", bare),
            ("logins", "-elsewhere", login(soon)),
        ] {
            let name = format!("{dir}/{}.json", hex(&Sha256::digest(session(name).as_bytes())));
            self.desk.write(&name, &text.to_string());
        }
    }
}

/// A key created for this table, used for nothing else.
const DPOP_KEY: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIMQIJb7bcymEGp/toMej0zQJAlLgn+DdsudTvX6a+djnoAoGCCqGSM49
AwEHoUQDQgAEDdLQFvvS6EKppEOrO5k6FQDhCuEBIUFy0mb6BKB8vyxeB9GlSHRI
FCu+Q4NW9vxHpFh3EWJk/ynuIuYC6VtRkg==
-----END EC PRIVATE KEY-----
";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// The session of a console login.
fn session(which: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/Login/ann{which}")
}

/// The first placeholder of a text.
fn placeholder(text: &str) -> Option<(usize, usize)> {
    text.match_indices('{').find_map(|(start, _)| {
        let end = start + text[start..].find('}')?;
        let name = &text[start + 1..end];
        let what = name.split(':').next()?;
        let known = ["id", "secret", "session", "keys", "json", "role", "home", "service", "jwt"].contains(&what);
        (known || what.starts_with("login")).then_some((start, end))
    })
}

fn settings([id, secret, session]: &[String; 3]) -> String {
    let token = if session.is_empty() { String::new() } else { format!("aws_session_token = {session}\n") };
    format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n{token}")
}

fn process([id, secret, session]: &[String; 3]) -> String {
    let mut answer = json!({"Version": 1, "AccessKeyId": id, "SecretAccessKey": secret});
    if !session.is_empty() {
        answer["SessionToken"] = json!(session);
        answer["Expiration"] = json!("2099-01-01T00:00:00Z");
    }
    answer.to_string()
}

fn jwt() -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iss": "https://ci.example.com", "sub": "repo:a", "aud": "sts.amazonaws.com"});
    format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims))
}

/// The users with these keys; every user and role may assume every role.
fn cloud() -> Cloud {
    let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com")}}});
    let any =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}});
    let cloud = World::empty().home(move |account| {
        for user in ["ann", "bob", "cid"] {
            account.user(user).allow(user, &["sts:AssumeRole"], "*");
        }
        for role in ROLES {
            if role == "Web" {
                account.role_trusting("/", role, &trust)
            } else {
                account.role(role)
            };
            account.role_policy(role, "any", &any);
        }
    });
    cloud.start()
}

/// A user's keys, or those of a role's one session: id, secret, session token.
fn keys(cloud: &Cloud, name: &str) -> [String; 3] {
    if name.starts_with(char::is_lowercase) {
        let (id, secret) = cloud.keys_in(Partition::Aws, ACCOUNT, name);
        return [id, secret, String::new()];
    }
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/of-the-table");
    let known = |cloud: &Cloud| {
        cloud.edit(|state| {
            let (id, key) = state.keys.iter().find(|(_, key)| key.caller.arn == arn)?;
            Some([id.clone(), key.secret.clone(), key.token.clone().unwrap_or_default()])
        })
    };
    known(cloud).unwrap_or_else(|| {
        cloud.session_env(name, "of-the-table");
        known(cloud).expect("a session")
    })
}

/// The answers of a container's endpoint, an instance's, and Identity Center's.
fn answer(request: &str, pod: &[String; 3], node: &[String; 3], sso: &[String; 3]) -> Option<String> {
    let document = |[id, secret, token]: &[String; 3]| {
        json!({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z", "AccessKeyId": id,
            "SecretAccessKey": secret, "Token": token, "Expiration": "2099-01-01T00:00:00Z"})
        .to_string()
    };
    let role = "get /latest/meta-data/iam/security-credentials/";
    match request.lines().next()?.trim_end_matches(" http/1.1") {
        "get /pod" => Some(document(pod)),
        "put /latest/api/token" => Some("session-of-the-service".to_owned()),
        line if line == role => Some("Node".to_owned()),
        line if line == format!("{role}node") => Some(document(node)),
        line if line.starts_with("get /federation/credentials?") => {
            let [id, secret, token] = sso;
            Some(
                json!({"roleCredentials": {"accessKeyId": id, "secretAccessKey": secret, "sessionToken": token,
                "expiration": 4_070_908_800_000_u64}})
                .to_string(),
            )
        }
        _ => None,
    }
}
