//! The meaning of profiles in the AWS CLI.

use super::*;
use crate::token::files::Text;

const CONFIG: &str = "\
[default]
region = eu-west-1

[profile static]
aws_access_key_id = AKIASTATIC
aws_secret_access_key = static-secret

[profile role]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = static
external_id = x1
role_session_name = ann
duration_seconds = 1800
mfa_serial = arn:aws:iam::111122223333:mfa/ann

[profile second]
role_arn = arn:aws:iam::111122223333:role/Second
source_profile = role

[profile itself]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = itself
aws_access_key_id = AKIAITSELF
aws_secret_access_key = s

[profile through]
role_arn = arn:aws:iam::111122223333:role/Through
source_profile = itself

[profile env]
role_arn = arn:aws:iam::111122223333:role/R
credential_source = Environment

[profile ecs]
role_arn = arn:aws:iam::111122223333:role/R
credential_source = EcsContainer

[profile ec2]
role_arn = arn:aws:iam::111122223333:role/R
credential_source = Ec2InstanceMetadata

[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Dev

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile old-sso]
sso_start_url = https://old.awsapps.com/start
sso_region = us-east-1
sso_account_id = 111122223333
sso_role_name = Dev

[profile over-sso]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = sso

[profile web]
role_arn = arn:aws:iam::111122223333:role/Web
web_identity_token_file = /var/run/token
role_session_name = ci

[profile over-web]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = web

[profile process]
credential_process = /usr/bin/get-keys --password hunter2

[profile both]
credential_process = get-keys
aws_access_key_id = AKIABOTH
aws_secret_access_key = s

[profile over-both]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = both

[profile just-env]
credential_source = Environment

[profile login]
login_session = arn:aws:iam::111122223333:user/ann

[profile a]
role_arn = arn:aws:iam::111122223333:role/A
source_profile = b
[profile b]
role_arn = arn:aws:iam::111122223333:role/B
source_profile = a

[profile to-nobody]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = nobody

[profile to-empty]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = default

[profile no-source]
role_arn = arn:aws:iam::111122223333:role/R

[profile two-sources]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = static
credential_source = Environment

[profile odd-source]
role_arn = arn:aws:iam::111122223333:role/R
credential_source = Moon

[profile half]
aws_access_key_id = AKIAHALF

[profile half-sso]
sso_account_id = 111122223333

[profile lost-session]
sso_session = lost
sso_account_id = 111122223333
sso_role_name = Dev

[profile half-web]
web_identity_token_file = /var/run/token

[profile long]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = static
duration_seconds = an hour
";

fn profiles(config: &str, credentials: &str) -> Profiles {
    let text = |file: &str, text: &str| Text { file: file.into(), text: text.into() };
    Profiles::read(&text("config", config), &text("credentials", credentials))
}

/// The result with a container and no keys in the environment.
fn found_in(profiles: &Profiles, name: &str) -> Result<Option<Chain>> {
    let environment = Environment { container: true, ..Environment::default() };
    profiles.profile(name, None)?;
    let whose = Whose { profiles, environment: &environment, only_profile: false };
    Ok(whose.of(name)?.map(|(chain, _)| chain))
}

fn chain(name: &str) -> Chain {
    found_in(&profiles(CONFIG, ""), name).unwrap().unwrap()
}

fn error(name: &str) -> String {
    found_in(&profiles(CONFIG, ""), name).unwrap_err().to_string()
}

fn role(name: &str) -> RoleStep {
    RoleStep { role_arn: format!("arn:aws:iam::111122223333:role/{name}"), ..RoleStep::default() }
}

#[test]
fn a_chain_begins_with_keys_and_ends_with_the_role_of_the_profile() {
    let keys = Base::Keys(Keys::new("AKIASTATIC", "static-secret", None));
    let first = RoleStep {
        external_id: Some("x1".into()),
        session_name: Some("ann".into()),
        duration: Some(1800),
        mfa_serial: Some("arn:aws:iam::111122223333:mfa/ann".into()),
        ..role("R")
    };
    assert_eq!(chain("static"), Chain { base: keys.clone(), roles: vec![] });
    assert_eq!(chain("role"), Chain { base: keys.clone(), roles: vec![first.clone()] });
    assert_eq!(chain("second"), Chain { base: keys, roles: vec![first, role("Second")] });
}

#[test]
fn a_profile_may_be_its_own_source_and_a_source_with_keys_is_meant_for_its_keys() {
    let keys = Base::Keys(Keys::new("AKIAITSELF", "s", None));
    assert_eq!(chain("itself"), Chain { base: keys.clone(), roles: vec![role("R")] });
    assert_eq!(chain("through"), Chain { base: keys, roles: vec![role("Through")] });
}

#[test]
fn sources_that_need_a_call_are_distinguished() {
    let keys = Keys::new("AKIAENV", "s", None);
    let environment = Environment { keys: EnvironmentKeys::Present(keys.clone()), ..Environment::default() };
    let all = profiles(CONFIG, "");
    let whose = Whose { profiles: &all, environment: &environment, only_profile: true };
    assert_eq!(whose.of("env").unwrap().unwrap().0, Chain { base: Base::Keys(keys), roles: vec![role("R")] });
    assert_eq!(chain("ecs").base, Base::Container);
    assert_eq!(chain("ec2").base, Base::InstanceMetadata);
    let login = LoginBase { profile: "login".into(), session: "arn:aws:iam::111122223333:user/ann".into(), kept: None };
    assert_eq!(chain("login").base, Base::Login(login));
    assert_eq!(chain("process").base, Base::Process("exec /usr/bin/get-keys --password hunter2".into()));
    assert_eq!(found_in(&all, "just-env").unwrap(), None, "it names no role");
    assert_eq!(chain("both").base, Base::Process("exec get-keys".into()));
    assert_eq!(chain("over-both").base, Base::Process("exec get-keys".into()), "as it is by itself");
    let sso = SsoBase {
        profile: "sso".into(),
        session: Some("corp".into()),
        start_url: "https://corp.awsapps.com/start".into(),
        region: "eu-central-1".into(),
        account: "111122223333".into(),
        role: "Dev".into(),
    };
    assert_eq!(chain("over-sso"), Chain { base: Base::Sso(sso.clone()), roles: vec![role("R")] });
    assert_eq!(chain("sso"), Chain { base: Base::Sso(sso), roles: vec![] });
    let Base::Sso(old) = chain("old-sso").base else { panic!("sso") };
    assert_eq!((old.session, old.start_url.as_str()), (None, "https://old.awsapps.com/start"));
}

#[test]
fn a_role_with_a_web_identity_token_is_a_base_and_no_step() {
    let web = WebIdentityBase {
        token_file: "/var/run/token".into(),
        role_arn: "arn:aws:iam::111122223333:role/Web".into(),
        session_name: Some("ci".into()),
        token: None,
    };
    let read = WebIdentityBase { token: Some("header.payload.signature".into()), ..web.clone() };
    assert!(!format!("{read:?}").contains("payload"), "no log shows a token");
    assert_eq!(chain("web"), Chain { base: Base::WebIdentity(web.clone()), roles: vec![] });
    assert_eq!(chain("over-web"), Chain { base: Base::WebIdentity(web), roles: vec![role("R")] });
}

#[test]
fn what_leads_nowhere_says_why() {
    for (name, why) in [
        ("nobody", "there is no AWS profile `nobody`: there are "),
        ("to-nobody", "there is no AWS profile `nobody`, the source_profile of `to-nobody`: there are "),
        ("to-empty", "profile `default` holds no credentials"),
        ("a", "form a cycle: a → b → a"),
        ("no-source", "profile `no-source`: has a role_arn but no source_profile"),
        ("two-sources", "has both source_profile and credential_source"),
        ("odd-source", "credential_source is \"Moon\""),
        ("half", "aws_access_key_id without aws_secret_access_key"),
        ("half-sso", "sso_account_id without sso_role_name"),
        ("env", "AWS_ACCESS_KEY_ID is not set"),
        ("lost-session", "its sso-session `lost` is missing"),
        ("half-web", "web_identity_token_file but no role_arn"),
    ] {
        let error = error(name);
        assert!(error.contains(why), "{name}: {error}");
    }
    assert_eq!(found_in(&profiles(CONFIG, ""), "default").unwrap(), None);
    assert_eq!(chain("long").roles[0].duration, None, "one that is no number is none");
}

#[test]
fn the_credentials_file_takes_precedence_over_the_config_file() {
    let credentials = "[static]\naws_access_key_id=AKIACRED\naws_secret_access_key=c\naws_session_token = t\n";
    let both = profiles(CONFIG, credentials);
    let chain = found_in(&both, "role").unwrap().unwrap();
    assert_eq!(chain.base, Base::Keys(Keys::new("AKIACRED", "c", Some("t".into()))));
    let alone = profiles("", credentials);
    assert!(alone.contains("static") && !alone.contains("role"));
}

#[test]
fn a_section_that_can_not_be_read_is_named_where_it_is_meant() {
    let bad =
        profiles("[profile a]\nthe-secret-on-a-line-of-its-own\n[profile b]\ncredential_process = x\n", "[c]\n[c]\n");
    assert!(found_in(&bad, "b").unwrap().is_some());
    let why = |name: &str| format!("{0} {0:?}", found_in(&bad, name).unwrap_err());
    assert!(why("a").contains("the AWS profile `a` can't be read: config:2: in [profile a]: a line is neither"));
    assert!(why("c").contains("credentials:2: in [c]: the section is repeated"));
    assert!(why("d").contains("there are a, b, c; and not everything could be read: config:2: in [profile a]"));
    assert!(!why("a").contains("the-secret"), "{}", why("a"));
}

#[test]
fn an_invalid_key_is_refused_by_its_name() {
    let bad = profiles("[profile a]\naws_access_key_id = AKIA # of ann\naws_secret_access_key = s\n", "");
    let why = found_in(&bad, "a").unwrap_err().to_string();
    assert!(why.contains("profile `a`: aws_access_key_id holds a space") && !why.contains("of ann"), "{why}");
}

#[test]
fn debug_hides_what_may_be_secret() {
    let shown = format!("{:?} {:?}", chain("process"), chain("static"));
    assert!(!shown.contains("hunter2") && !shown.contains("static-secret"), "{shown}");
}

#[test]
fn a_profile_that_is_missing_for_a_bad_header_says_where_that_is() {
    let config = "x = 1\n[profile work\nregion = r\n[profile base]\nregion = r\n";
    let all = profiles(config, "");
    let error = |name| Undecided::from(all.profile(name, None).map(|_| ()).unwrap_err());
    let text = error("work").to_string();
    assert!(text.contains(":2: in [profile work]: the section's header has no closing bracket"), "{text}");
    assert_eq!(error("work").hint().unwrap(), "fix line 2 of config");
    assert_eq!(error("nowhere").hint().unwrap(), "fix line 1 of config", "nothing else can list the profiles then");
}

#[test]
fn each_reason_has_a_next_step() {
    let all = profiles("[profile a]\nrole_arn = r\nsource_profile = a\n", "");
    let environment = Environment::default();
    let error = Whose { profiles: &all, environment: &environment, only_profile: true }.of("a").unwrap_err();
    assert!(error.hint().unwrap().contains("`a`"), "{error}");
}
