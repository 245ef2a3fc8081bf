use super::*;

const CONFIG: &str = "
[default]
region = eu-west-1
[profile plain]
aws_access_key_id = AKIAPLAIN
aws_secret_access_key = plain-secret
[profile ops]
role_arn = arn:aws:iam::111122223333:role/Ops
source_profile = plain
mfa_serial = arn:aws:iam::111122223333:mfa/ann
external_id = x-1
role_session_name = ann
duration_seconds = 7200
[profile over]
role_arn = arn:aws:iam::111122223333:role/Over
source_profile = ops
[profile own]
role_arn = arn:aws:iam::111122223333:role/Own
source_profile = own
aws_access_key_id = AKIAOWN
aws_secret_access_key = own-secret
[profile loop-a]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = loop-b
[profile loop-b]
role_arn = arn:aws:iam::111122223333:role/B
source_profile = loop-a
[profile instance]
role_arn = arn:aws:iam::111122223333:role/I
credential_source = Ec2InstanceMetadata
[profile web]
role_arn = arn:aws:iam::111122223333:role/W
web_identity_token_file = /token
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://example.com/start
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Ops
[profile over-sso]
role_arn = arn:aws:iam::111122223333:role/S
source_profile = sso
";

async fn profiles(name: Option<&str>, env: &[(&str, &str)]) -> Result<ProfileSet, ConfigError> {
    let mut all = vec![("HOME", "/home"), ("AWS_CONFIG_FILE", "/config")];
    all.extend(env);
    read_from(&Fs::from_slice(&[("/config", CONFIG)]), &Env::from_slice(&all), name).await
}

async fn chain(name: &str) -> Option<RoleChain> {
    role_chain(&profiles(Some(name), &[]).await.unwrap())
}

#[tokio::test]
async fn a_missing_profile_is_told_with_those_that_exist() {
    for result in [profiles(Some("nobody"), &[]).await, profiles(None, &[("AWS_PROFILE", "nobody")]).await] {
        let error = result.err().unwrap();
        let text = error.to_string();
        assert!(text.contains("`nobody`") && text.contains("loop-a, loop-b, ops"), "{text}");
        assert!(matches!(error, ConfigError::ProfileMissing { .. }));
    }
}

#[tokio::test]
async fn the_profile_asked_for_comes_before_the_environments() {
    let set = profiles(Some("plain"), &[("AWS_PROFILE", "nobody")]).await.unwrap();
    assert_eq!(set.selected_profile(), "plain");
}

#[tokio::test]
async fn no_files_and_no_profile_asked_for_is_no_error() {
    let set = read_from(&Fs::from_slice(&[]), &Env::from_slice(&[("HOME", "/home")]), None).await.unwrap();
    assert!(role_chain(&set).is_none() && sso_profile(&set).is_none());
    assert!(read_from(&Fs::from_slice(&[]), &Env::from_slice(&[("HOME", "/home")]), Some("default")).await.is_err());
}

#[tokio::test]
async fn a_role_and_its_second_factor_are_seen() {
    let chain = chain("ops").await.unwrap();
    assert!(chain.source == Source::Keys("AKIAPLAIN".into(), "plain-secret".into(), None));
    let link = chain.mfa().unwrap();
    assert_eq!((link.profile.as_str(), link.duration), ("ops", Some(7200)));
    assert_eq!(link.mfa_serial.as_deref(), Some("arn:aws:iam::111122223333:mfa/ann"));
    assert_eq!((link.external_id.as_deref(), link.session_name.as_deref()), (Some("x-1"), Some("ann")));
}

#[tokio::test]
async fn a_chain_is_assumed_from_its_source_on() {
    let chain = chain("over").await.unwrap();
    let order: Vec<&str> = chain.links.iter().map(|link| link.profile.as_str()).collect();
    assert_eq!(order, ["ops", "over"]);
    assert_eq!(chain.mfa().unwrap().profile, "ops");
}

#[tokio::test]
async fn a_profile_may_be_its_own_source() {
    assert!(chain("own").await.unwrap().source == Source::Keys("AKIAOWN".into(), "own-secret".into(), None));
}

#[tokio::test]
async fn what_is_no_chain_is_left_to_the_sdk() {
    for name in ["default", "plain", "loop-a", "instance", "web", "sso"] {
        assert!(chain(name).await.is_none(), "{name}");
    }
    assert!(chain("over-sso").await.unwrap().source == Source::Profile("sso".into()));
}

#[tokio::test]
async fn the_profile_to_sign_in_with_is_found_behind_a_role() {
    for (name, expected) in [("sso", Some("sso")), ("over-sso", Some("sso")), ("ops", None), ("loop-a", None)] {
        let set = profiles(Some(name), &[]).await.unwrap();
        assert_eq!(sso_profile(&set).as_deref(), expected, "{name}");
    }
}
