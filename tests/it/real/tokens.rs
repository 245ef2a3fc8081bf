//! The real authenticator accepts every token that is issued, and every refused one would be rejected.

use std::process::Command;

use eksaccess::token::TokenError;

use super::site::{Site, signed, user};
use crate::support::cloud::World;
use crate::support::control_plane::User;
use crate::support::desk::Typed;

const ROLE: &str = "arn:aws:iam::111122223333:role/Admin";
const MAP_ROLES: &str =
    "- {rolearn: 'arn:aws:iam::111122223333:role/Admin', username: 'admin:{{SessionName}}', groups: [g]}\n";
const MAP_USERS: &str = "- {userarn: 'arn:aws:iam::111122223333:user/member', username: member, groups: [h]}\n";

fn world() -> World {
    World::new().home(|account| {
        account.role("Admin").allow("member", &["sts:AssumeRole"], ROLE);
    })
}

#[test]
fn the_authenticator_takes_every_token_that_is_given_out() {
    let Some(site) = Site::open("the_authenticator_takes_every_token_that_is_given_out", world()) else { return };
    site.plane.put_aws_auth(&[("mapRoles", MAP_ROLES), ("mapUsers", MAP_USERS)]);
    keys_profiles_and_roles(&site);
    every_host_that_settings_choose(&site);
    another_clusters_token_is_refused(&site);
    long_session_tokens(&site);
}

/// Runs it for the bare token and asks the authenticator.
fn review(site: &Site, typed: Typed<'_>) -> Option<User> {
    let token = typed.arg("--token-only").run().stdout;
    site.plane.review(token.trim())
}

fn keys_profiles_and_roles(site: &Site) {
    let member = Some(user("member", &["h"]));
    assert_eq!(review(site, site.eksaccess("member", "token -i dev")), member);
    let arn = "token --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev";
    assert_eq!(review(site, site.eksaccess("member", arn)), member);
    assert_eq!(
        review(site, site.eksaccess("creator", "token --cluster-name dev")).map(|u| u.username).as_deref(),
        Some("kubernetes-creator")
    );

    let (id, secret) = site.cloud().keys_in(eksaccess::model::arn::Partition::Aws, "111122223333", "member");
    let profiles = format!(
        "[profile own]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
         [profile role]\nrole_arn = {ROLE}\nsource_profile = own\nrole_session_name = by-profile\n"
    );
    site.desk.write(".aws/config", &profiles);
    let as_profile = |name: &str| site.eksaccess("outsider", &format!("token -i dev --profile {name}"));
    assert_eq!(review(site, as_profile("own")), member);
    assert_eq!(review(site, as_profile("role")), Some(user("admin:by-profile", &["g"])));

    let assumed = format!("token -i dev -r {ROLE} -s ann@example.com");
    let ann = Some(user("admin:ann-example.com", &["g"]));
    assert_eq!(review(site, site.eksaccess("member", &assumed)), ann);
    site.cloud().clear_log();
    assert_eq!(review(site, site.eksaccess("member", &assumed)), ann, "from the cache");
    assert!(!site.cloud().operations().iter().any(|o| o == "AssumeRole"), "{:?}", site.cloud().operations());

    let session = site.cloud().session_env("Admin", "runner-7");
    assert_eq!(
        review(site, within(site.eksaccess("outsider", "token -i dev"), &session)),
        Some(user("admin:runner-7", &["g"]))
    );
}

/// The same command with the credentials of a session.
fn within<'a>(typed: Typed<'a>, session: &[(String, String)]) -> Typed<'a> {
    session.iter().fold(typed, |typed, (name, value)| typed.env(name, value))
}

/// FIPS, dual stack, both, neither.
fn every_host_that_settings_choose(site: &Site) {
    for (fips, dual_stack) in [(true, false), (false, true), (true, true), (false, false)] {
        let typed = site.eksaccess("member", "token -i dev").env("AWS_USE_FIPS_ENDPOINT", fips.to_string());
        let typed = typed.env("AWS_USE_DUALSTACK_ENDPOINT", dual_stack.to_string());
        assert_eq!(review(site, typed), Some(user("member", &["h"])), "FIPS {fips}, dual stack {dual_stack}");
    }
}

fn another_clusters_token_is_refused(site: &Site) {
    assert_eq!(review(site, site.eksaccess("member", "token -i other --region eu-west-1")), None);
    assert_eq!(review(site, site.eksaccess("member", "token -i Dev --region eu-west-1")), None, "a name's case counts");
    // Any region of the partition works: the authenticator calls the host that was signed for.
    let elsewhere = review(site, site.eksaccess("member", "token -i dev --region us-west-2"));
    assert_eq!(elsewhere, Some(user("member", &["h"])));
}

/// Session tokens of every length: an issued token is accepted, and one that would be rejected is an error with the
/// reason.
fn long_session_tokens(site: &Site) {
    let mut longest = Vec::new();
    let mut too_long = None;
    for length in (2_000..3_200).step_by(2) {
        site.cloud().set_session_token_length(length);
        let session = site.cloud().session_env("Admin", "long");
        match signed("dev", &session) {
            Ok(token) => longest.push((token.text().len(), session)),
            Err(TokenError::TooLong { .. }) => too_long = too_long.or(Some(session)),
            Err(error) => panic!("{error}"),
        }
    }
    longest.sort_by_key(|(length, _)| *length);
    for (length, session) in longest.iter().rev().take(4) {
        assert!((4_050..=4_096).contains(length), "{length}");
        let taken = review(site, within(site.eksaccess("outsider", "token -i dev"), session));
        assert_eq!(taken, Some(user("admin:long", &["g"])), "{length} bytes");
    }

    let session = too_long.expect("one of them is too long");
    let ran = within(site.eksaccess("outsider", "token -i dev"), &session).status(1).run();
    ran.warns("4096").warns("session token");
    assert_eq!(ran.stdout, "");
    // Another program issues it, and it is rejected.
    let theirs = Command::new(site.plane.authenticator_path())
        .args(["token", "--token-only", "-i", "dev"])
        .env_clear()
        .envs(session.iter().filter(|(name, _)| name != "AWS_ENDPOINT_URL").cloned())
        .env("HOME", site.desk.path(""))
        .output()
        .expect("the authenticator was found before");
    let theirs = String::from_utf8(theirs.stdout).expect("a token is ASCII");
    assert!(theirs.trim().len() > 4_096, "{}", theirs.len());
    assert_eq!(site.plane.review(theirs.trim()), None);
}
