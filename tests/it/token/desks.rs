//! A desk from which the role can be assumed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::support::cloud::{ACCOUNT, World};
use crate::support::desk::{Desk, Typed};

/// The role.
pub fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/Ops")
}

/// `ann` and `bob` may assume the role; the bearers of an OpenID Connect provider may assume `Web`.
pub fn desk() -> Desk {
    let web = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com")}}});
    let cloud = World::new().home(move |account| {
        account.user("ann").user("bob").role("Ops").role("Next").role_trusting("/", "Web", &web);
        for user in ["ann", "bob"] {
            account.mfa(user).allow(user, &["sts:AssumeRole"], "*");
        }
        account.with_role("Ops", |role| {
            role.inline.insert("next".to_owned(), inline());
        });
        account.with_role("Web", |role| {
            role.inline.insert("any".to_owned(), inline());
        });
    });
    Desk::new(cloud.start())
}

fn inline() -> crate::support::cloud::Inline {
    let document =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}});
    crate::support::cloud::Inline { document, effective_at: 0 }
}

/// `eksaccess token` with the role.
pub fn token<'a>(desk: &'a Desk, user: &str, more: &str) -> Typed<'a> {
    desk.eksaccess(user, &format!("token --cluster dev --role {} {more}", role()))
}

/// The command without the desk's keys in the environment.
pub fn keyless(typed: Typed<'_>) -> Typed<'_> {
    typed.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

/// The URL in a token, which may be inside a document.
pub fn url_of(printed: &str) -> String {
    let text = printed.split_once("k8s-aws-v1.").expect("a token").1;
    let text: String = text.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    String::from_utf8(URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("text")
}

/// The access key id that signed a token.
pub fn key_of(printed: &str) -> String {
    let url = url_of(printed);
    url.split("X-Amz-Credential=").nth(1).and_then(|rest| rest.split('%').next()).expect("a credential").to_owned()
}

/// How many calls of an operation there were.
pub fn calls(desk: &Desk, operation: &str) -> usize {
    desk.cloud.operations().iter().filter(|o| *o == operation).count()
}

/// The files of the cache.
pub fn kept(desk: &Desk) -> Vec<std::path::PathBuf> {
    let dir = desk.path(".cache/eksaccess/credentials");
    let all = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
    all.filter(|p| p.extension().is_some_and(|e| e == "json")).collect()
}
