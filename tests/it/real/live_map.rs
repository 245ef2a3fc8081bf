//! `who` against the live authenticator: the same texts in a real `aws-auth`, the same identities with real tokens.

use std::collections::BTreeMap;

use eksaccess::aws_auth::{Caller, Match, Who, read};
use eksaccess::model::arn::Partition;
use serde_json::json;

use super::live_texts;
use super::site::{Site, token, user};
use crate::support::cloud::{ACCOUNT, World};
use crate::support::control_plane::User;

const OTHER: &str = "444455556666";

/// A token's bearer, and the name in STS.
struct Identity {
    caller: Caller,
    token: String,
}

fn world() -> World {
    World::new()
        .home(|account| {
            account.role("Admin").role("Node").user("ann").user_at("/team/", "Bob");
            let root = json!({ "AWS": "arn:aws:iam::111122223333:root" });
            account.role_at("/path/", "Pathed", &root);
        })
        .account(Partition::Aws, OTHER, |account| {
            account.role("Admin").user("cat");
        })
}

fn identities(site: &Site) -> Vec<Identity> {
    let cloud = site.cloud();
    let identity = |arn: String, env: Vec<(String, String)>| {
        let caller = Caller::new(arn.parse().unwrap_or_else(|e| panic!("{arn}: {e}")));
        let key = env.iter().find(|(name, _)| name == "AWS_ACCESS_KEY_ID").map(|(_, id)| id.clone());
        Identity { caller: Caller { access_key_id: key, ..caller }, token: token(&env) }
    };
    let session = |account: &str, role: &str, name: &str| {
        let env = cloud.session_env_in(Partition::Aws, account, role, name);
        identity(format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"), env)
    };
    let person = |account: &str, path: &str, name: &str| {
        identity(format!("arn:aws:iam::{account}:user/{path}{name}"), cloud.env_in(Partition::Aws, account, name))
    };
    vec![
        session(ACCOUNT, "Admin", "ann@example.com"),
        session(ACCOUNT, "Node", "no-instance"),
        session(ACCOUNT, "Pathed", "s"),
        session(OTHER, "Admin", "s"),
        person(ACCOUNT, "", "ann"),
        person(ACCOUNT, "team/", "Bob"),
        person(OTHER, "", "cat"),
    ]
}

/// Everything that the authenticator may answer.
fn expected(data: &BTreeMap<String, String>, caller: &Caller) -> Vec<Option<User>> {
    let known = |found: Match| {
        let groups: Vec<&str> = found.groups.iter().map(String::as_str).collect();
        Some(user(&found.username, &groups))
    };
    match read(data).who(caller) {
        Who::Nobody | Who::Refused(_) => vec![None],
        Who::Mapped(found) => vec![known(found)],
        Who::AtRandom(found) => found.into_iter().map(known).collect(),
    }
}

#[test]
fn who_says_what_the_live_authenticator_says() {
    let Some(site) = Site::open("who_says_what_the_live_authenticator_says", world()) else { return };
    let (texts, identities) = (live_texts::all(), identities(&site));
    assert!(texts.len() >= 80, "{} texts", texts.len());
    let (mut differences, mut inside, mut outside) = (Vec::new(), 0, 0);
    for data in texts {
        let pairs: Vec<_> = data.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
        site.plane.put_aws_auth(&pairs);
        for Identity { caller, token } in &identities {
            let (ours, theirs) = (expected(&data, caller), site.plane.review(token));
            *(if theirs.is_some() { &mut inside } else { &mut outside }) += 1;
            if !ours.contains(&theirs) {
                differences.push(format!("{}: ours {ours:?}, theirs {theirs:?}\n{data:#?}", caller.arn));
            }
        }
    }
    let shown = differences.iter().take(8).cloned().collect::<Vec<_>>().join("\n---\n");
    assert!(differences.is_empty(), "{} differences:\n{shown}", differences.len());
    assert!(inside >= 80 && outside >= 80, "{inside} let in, {outside} refused");

    site.plane.delete_aws_auth();
    let nobody = identities.iter().all(|identity| site.plane.review(&identity.token).is_none());
    assert!(nobody, "a deleted ConfigMap clears everything");
}
