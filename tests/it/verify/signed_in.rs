//! Profiles with expired keys of each kind, and the command that gets new ones.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::broken::keyless;
use super::hold::hold;
use super::world::{desk, verify, world};
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;
use crate::token::login;

/// The console session of `aws login`.
const SESSION: &str = "arn:aws:iam::111122223333:user/ann";

/// `aws login` was run for profile `work`; its cache has these fields for the keys.
fn signed_in(desk: &Desk, says: &[(&str, &str)]) {
    let mut token = json!({"accessKeyId": "ASIAKEPT", "secretAccessKey": "s", "sessionToken": "t",
        "accountId": ACCOUNT, "expiresAt": "2099-01-01T00:00:00Z"});
    for (name, value) in says {
        token[name] = (*value).into();
    }
    let kept = json!({"accessToken": token, "tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device",
        "refreshToken": "r", "idToken": "i", "dpopKey": login::KEY});
    let name = Sha256::digest(SESSION.as_bytes()).iter().fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    desk.write(&format!(".aws/login/cache/{name}.json"), &kept.to_string());
    desk.write(".aws/config", &format!("[profile work]\nlogin_session = {SESSION}\n"));
}

/// The variables of a session that AWS has ended.
fn ended(desk: &Desk) -> Vec<(String, String)> {
    let session = desk.cloud.session_env("KubernetesAdmin", "ann");
    desk.cloud.expire_sessions();
    session
}

pub fn login_ended(case: &str) {
    let desk = desk(world());
    signed_in(&desk, &[("expiresAt", "2001-01-01T00:00:00Z")]);
    hold(case, keyless(verify(&desk, "--profile work")));
}

pub fn login_refused(case: &str) {
    let desk = desk(world());
    let session = ended(&desk);
    let of = |name: &str| session.iter().find(|(known, _)| known == name).expect("a part of the keys").1.as_str();
    let says = [
        ("accessKeyId", of("AWS_ACCESS_KEY_ID")),
        ("secretAccessKey", of("AWS_SECRET_ACCESS_KEY")),
        ("sessionToken", of("AWS_SESSION_TOKEN")),
    ];
    signed_in(&desk, &says);
    hold(case, keyless(verify(&desk, "--profile work")));
}

pub fn center_ended(case: &str) {
    let desk = desk(world());
    let config = "[profile work]\nsso_start_url = https://example.invalid/start\nsso_region = eu-west-1\n\
                  sso_account_id = 111122223333\nsso_role_name = Ops\n";
    desk.write(".aws/config", config);
    hold(case, keyless(verify(&desk, "--profile work")));
}

pub fn kept_keys_ended(case: &str) {
    let desk = desk(world());
    let lines: Vec<String> =
        ended(&desk).iter().map(|(name, value)| format!("{} = {value}", name.to_lowercase())).collect();
    desk.write(".aws/credentials", &format!("[work]\n{}\n", lines.join("\n")));
    hold(case, keyless(verify(&desk, "--profile work")));
}
