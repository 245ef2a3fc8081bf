//! The identity of a token, without a network: the order of sources, the cache's names, and no needless file reads.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tempfile::TempDir;

use serde_json::json;

use super::*;
use crate::token::chain::SsoBase;
use crate::token::files::{Text, TextError};

const CONFIG: &str = "\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = s
region = eu-west-3

[profile static]
aws_access_key_id = AKIASTATIC
aws_secret_access_key = s

[profile role]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = static

[profile env]
role_arn = arn:aws:iam::111122223333:role/R
credential_source = Environment

[profile empty]
region = eu-west-2

[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Dev

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-central-1

[profile process]
credential_process = get-keys

[profile login]
login_session = arn:aws:iam::111122223333:user/ann

[profile over-login]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = login

[profile bad]
nonsense

[profile elsewhere]
role_arn = arn:aws:iam::111122223333:role/R
source_profile = static
services = local
[services local]
sts =
  endpoint_url = http://127.0.0.1:4566
";

const ROLE: &str = "arn:aws:iam::111122223333:role/Admin";

/// Texts in memory that count their reads.
#[derive(Default)]
struct Memory {
    config: String,
    tokens: RefCell<HashMap<String, String>>,
    logins: RefCell<Vec<String>>,
    login: Option<String>,
    read: Cell<usize>,
}

impl Texts for Memory {
    fn config(&self) -> Result<Text, TextError> {
        self.read.set(self.read.get() + 1);
        Ok(Text { file: "config".into(), text: self.config.clone() })
    }

    fn credentials(&self) -> Result<Text, TextError> {
        Ok(Text::default())
    }

    fn web_identity_token(&self, path: &str) -> Option<String> {
        self.tokens.borrow().get(path).cloned()
    }

    fn sso_logins(&self) -> Vec<String> {
        self.logins.borrow().clone()
    }

    fn login(&self, session: &str) -> Option<String> {
        self.login.clone().filter(|_| session == "arn:aws:iam::111122223333:user/ann")
    }
}

fn memory() -> Memory {
    let logins = RefCell::new(vec![login("ann")]);
    Memory { config: CONFIG.into(), logins, ..Memory::default() }
}

fn login(of: &str) -> String {
    json!({"startUrl": "https://corp.awsapps.com/start", "accessToken": format!("{of}s-access-token")}).to_string()
}

fn jwt(subject: &str) -> String {
    let claims = json!({"iss": "https://ci.example", "sub": subject, "aud": "sts.amazonaws.com"}).to_string();
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}

fn inputs(profile: Option<&str>, role: Option<&str>, variables: &[(&str, &str)]) -> Inputs {
    let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
    Inputs {
        profile: profile.map(str::to_owned),
        region: Some("eu-west-1".into()),
        sts_endpoint: None,
        role: role.map(|arn| RoleStep { role_arn: arn.into(), ..RoleStep::default() }),
        environment: Environment::from_lookup(lookup),
    }
}

const ENV_KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
const WEB: [(&str, &str); 2] =
    [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/Web")];
/// The same, with a profile without credentials.
const WEB_ALONE: [(&str, &str); 3] = [WEB[0], WEB[1], ("AWS_PROFILE", "empty")];

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(490_896)
}

fn decided(inputs: &Inputs, texts: &Memory) -> Decided {
    decide(inputs, texts, None, now())
}

fn way_of(inputs: &Inputs, texts: &Memory) -> Way {
    let Decided { way, ready, .. } = decided(inputs, texts);
    assert_eq!(ready, None);
    way.unwrap()
}

/// The signer: an access key id, or the kind of the base.
fn who(profile: Option<&str>, variables: &[&[(&str, &str)]]) -> String {
    let Decided { way, ready, .. } = decided(&inputs(profile, None, &variables.concat()), &memory());
    let way = way.unwrap();
    ready.map_or_else(|| format!("{} + {}", way.base.what(), way.roles.len()), |keys| keys.access_key_id)
}

#[test]
fn the_order_is_the_same_for_all_verbs() {
    let profile = |name| [("AWS_PROFILE", name)];
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/")];
    let (role, fixed) = (profile("role"), profile("static"));
    assert_eq!(who(Some("static"), &[&ENV_KEYS]), "AKIASTATIC", "--profile before the environment's keys");
    assert_eq!(who(Some("static"), &[&WEB, &role]), "AKIASTATIC", "--profile before everything");
    assert_eq!(who(None, &[&ENV_KEYS, &fixed, &WEB]), "AKIAENV", "the environment's keys before AWS_PROFILE");
    assert_eq!(who(None, &[&role, &WEB]), "access keys + 1", "a profile's role before a web identity");
    assert_eq!(who(None, &[&fixed, &WEB, &container]), "a web-identity token + 0", "but its keys after it");
    assert_eq!(who(None, &[&WEB]), "a web-identity token + 0", "those of the default profile too");
    assert_eq!(who(None, &[]), "AKIADEFAULT");
    assert_eq!(who(None, &[&WEB_ALONE, &container]), "a web-identity token + 0");
    assert_eq!(who(None, &[&profile("empty"), &container]), "the container's credentials endpoint + 0");
    assert_eq!(who(None, &[&profile("empty")]), "the instance-metadata service + 0");
    assert_eq!(who(None, &[&profile("sso")]), "IAM Identity Center + 0");
    assert_eq!(who(Some("env"), &[&ENV_KEYS]), "access keys + 1", "credential_source, even under --profile");
    assert_eq!(who(Some("empty"), &[&container]), "the container's credentials endpoint + 0");
    assert_eq!(who(Some("login"), &[]), "a console session + 0");
}

#[test]
fn what_is_not_clear_is_an_error() {
    let no = |profile, variables: &[(&str, &str)]| {
        decided(&inputs(profile, None, variables), &memory()).way.unwrap_err().to_string()
    };
    assert!(no(Some("nobody"), &[]).contains("there is no AWS profile `nobody`: there are "));
    assert!(no(None, &[("AWS_PROFILE", "nobody")]).contains("there is no AWS profile `nobody`: there are "));
    assert!(no(None, &[&ENV_KEYS[..], &[("AWS_PROFILE", "nobody")]].concat()).contains("no AWS profile `nobody`"));
    let off = ("AWS_EC2_METADATA_DISABLED", "true");
    assert!(no(Some("empty"), &[off]).contains("profile `empty` holds no credentials"));
    assert!(no(Some("bad"), &[]).contains("config:"), "by file and line");
    assert!(no(Some("env"), &[]).contains("AWS_ACCESS_KEY_ID is not set"));
    assert!(no(None, &ENV_KEYS[..1]).contains("AWS_SECRET_ACCESS_KEY is not set"));
    assert!(no(None, &[WEB_ALONE[0], WEB_ALONE[2]]).contains("AWS_ROLE_ARN is not"));
    assert!(no(None, &[("AWS_PROFILE", "empty"), off]).contains("profile `empty` holds no credentials"));
    let no = |variables: &[(&str, &str)]| {
        decided(&inputs(None, None, variables), &Memory::default()).way.unwrap_err().to_string()
    };
    assert!(no(&[off]).contains("there are no AWS credentials"));
    assert!(no(&[off, ENV_KEYS[1]]).contains("AWS_ACCESS_KEY_ID is not set"));
    assert!(no(&[ENV_KEYS[1], ("AWS_ACCESS_KEY_ID", "a\nb")]).contains("AWS_ACCESS_KEY_ID holds a line break"));
}

#[test]
fn the_region_is_the_nearest_one_named() {
    let region = |given: Option<&str>, profile: Option<&str>, variables: &[(&str, &str)]| {
        let inputs = Inputs { region: given.map(str::to_owned), ..inputs(profile, None, variables) };
        decided(&inputs, &memory()).region
    };
    let named = [("AWS_REGION", "eu-north-1")];
    assert_eq!(region(Some("eu-west-1"), None, &named).unwrap(), "eu-west-1");
    assert_eq!(region(None, None, &named).unwrap(), "eu-north-1");
    assert_eq!(region(None, None, &[]).unwrap(), "eu-west-3");
    assert_eq!(region(None, Some("static"), &[]), None);
}

#[test]
fn the_files_are_read_once() {
    for inputs in [inputs(None, None, &ENV_KEYS), inputs(Some("role"), Some(ROLE), &[])] {
        let texts = memory();
        decided(&inputs, &texts);
        assert_eq!(texts.read.get(), 1, "however much is asked of them");
    }
}

#[test]
fn a_files_fault_does_not_stop_keys_of_the_environment() {
    let broken = Memory { config: "[default]\nnonsense\n".into(), ..Memory::default() };
    let way = way_of(&inputs(None, Some(ROLE), &ENV_KEYS), &broken);
    assert_eq!(way.base.what(), "access keys");
    assert!(decided(&inputs(None, None, &[]), &broken).way.is_err());
}

#[test]
fn a_console_session_is_taken_from_its_file_while_it_is_fresh() {
    let login = json!({"accessToken": {"accessKeyId": "ASIALOGIN", "secretAccessKey": "s", "sessionToken": "t",
        "expiresAt": "2099-01-01T00:00:00Z"}, "clientId": "c", "refreshToken": "r", "dpopKey": "k"});
    let texts = Memory { login: Some(login.to_string()), ..memory() };
    let of = |texts: &Memory, profile| decided(&inputs(Some(profile), None, &[]), texts);
    let sign_in = |profile| of(&memory(), profile).way.unwrap().sign_in().unwrap();
    assert_eq!(of(&texts, "login").ready.unwrap().access_key_id, "ASIALOGIN");
    let kept = of(&texts, "over-login").way.unwrap();
    assert!(kept.cache_key().is_some(), "nothing has to be asked for the session's name");
    // It stays a console session: longer work asks for new keys, with the sign-in command at hand.
    assert_eq!(kept.sign_in().as_deref(), Some("aws login --profile login"));
    assert_eq!(kept.base.at_hand().unwrap().access_key_id, "ASIALOGIN");
    assert_eq!(sign_in("login"), "aws login --profile login");
    assert_eq!(sign_in("over-login"), "aws login --profile login");
    assert_eq!(sign_in("sso"), "aws sso login --profile sso");
}

#[test]
fn the_role_of_the_command_line_comes_last() {
    let way = way_of(&inputs(Some("role"), Some(ROLE), &[]), &memory());
    let arns: Vec<&str> = way.roles.iter().map(|role| role.role_arn.as_str()).collect();
    assert_eq!(arns, ["arn:aws:iam::111122223333:role/R", ROLE]);
}

#[test]
fn kept_credentials_are_found_until_they_are_about_to_end() {
    let home = TempDir::new().unwrap();
    let cache = Cache::open(home.path().join("c")).unwrap();
    let kept = Keys::new("ASIAROLE", "s", Some("t".into())).ending(now() + Duration::from_hours(1));
    for (profile, role, variables) in [
        (None, Some(ROLE), &ENV_KEYS[..]),
        (Some("role"), None, &[]),
        (Some("role"), Some(ROLE), &[]),
        (Some("sso"), None, &[]),
        (None, None, &WEB_ALONE[..]),
    ] {
        let (inputs, texts) = (inputs(profile, role, variables), memory());
        texts.tokens.borrow_mut().insert("/token".into(), jwt("job"));
        let decide_at = |at| decide(&inputs, &texts, Some(&cache), at);
        let Decided { way, ready, .. } = decide_at(now());
        assert_eq!(ready, None, "found in an empty cache: {profile:?}");
        cache.put(way.unwrap().cache_key().unwrap(), &kept).unwrap();
        assert_eq!(decide_at(now()).ready, Some(kept.clone()), "{profile:?}");
        assert_eq!(decide_at(now() + Duration::from_mins(56)).ready, None);
    }
    assert_eq!(cache.clear().unwrap(), 5, "each of them a key of its own");
}

#[test]
fn two_jobs_with_different_tokens_at_one_path_share_nothing() {
    let texts = memory();
    let key = |subject: &str, role: Option<&str>| {
        texts.tokens.borrow_mut().insert("/token".into(), jwt(subject));
        way_of(&inputs(None, role, &WEB_ALONE), &texts).cache_key().cloned().unwrap()
    };
    for role in [None, Some(ROLE)] {
        assert_ne!(key("job-a", role), key("job-b", role));
        assert_eq!(key("job-a", role), key("job-a", role));
    }
    let named = [&WEB_ALONE[..], &[("AWS_ROLE_SESSION_NAME", "ann")]].concat();
    for role in [None, Some(ROLE)] {
        let way = way_of(&inputs(None, role, &named), &texts);
        assert_ne!(
            way.cache_key().cloned().unwrap(),
            key("job-b", role),
            "the session's name is seen in the log of AWS"
        );
    }
    texts.tokens.borrow_mut().clear();
    assert_eq!(
        way_of(&inputs(None, None, &WEB_ALONE), &texts).cache_key(),
        None,
        "a token that can't be read is nobody's"
    );
}

#[test]
fn two_people_who_log_in_one_after_the_other_share_nothing() {
    let texts = memory();
    let key = |logins: &[&str], role: Option<&str>| {
        *texts.logins.borrow_mut() = logins.iter().map(|login| (*login).to_owned()).collect();
        way_of(&inputs(Some("sso"), role, &[]), &texts).cache_key().cloned()
    };
    let (ann, bob) = (login("ann"), login("bob"));
    let elsewhere = ann.replace("corp", "other");
    let registration = r#"{"clientId": "c", "expiresAt": "2026-01-01T00:00:00Z"}"#;
    for role in [None, Some(ROLE)] {
        let anns = key(&[&ann], role);
        assert!(anns.is_some());
        assert_ne!(anns, key(&[&bob], role));
        assert_eq!(anns, key(&[registration, &elsewhere, "{", &ann], role));
        assert_eq!(key(&[registration, &elsewhere, "{"], role), None, "nobody is logged in");
    }
    key(&[&ann], None);
    let shown = format!("{:?}", way_of(&inputs(Some("sso"), None, &[]), &texts));
    assert!(!shown.contains("access-token"), "{shown}");
}

#[test]
fn a_base_that_must_be_asked_has_no_key_before_it_answered() {
    let way = way_of(&inputs(Some("process"), Some(ROLE), &[]), &memory());
    assert_eq!(way.cache_key(), None);
    let key = way.cache_key_with("ASIA1").unwrap();
    assert_eq!(way.cache_key_with("ASIA1"), Some(key.clone()));
    assert_ne!(way.cache_key_with("ASIA2"), Some(key));
    let alone = way_of(&inputs(Some("process"), None, &[]), &memory());
    assert_eq!(alone.cache_key_with("ASIA1"), None, "its own keys are not ours to keep");
}

#[test]
fn everything_that_decides_who_you_are_is_in_the_key() {
    let mut keys = Vec::new();
    let mut add = |inputs: &Inputs| {
        let key = way_of(inputs, &memory()).cache_key().cloned().unwrap();
        assert!(!keys.contains(&key), "{inputs:?}");
        keys.push(key);
    };
    let base = inputs(None, Some(ROLE), &ENV_KEYS);
    add(&base);
    add(&inputs(None, Some("arn:aws:iam::111122223333:role/Other"), &ENV_KEYS));
    add(&inputs(Some("static"), Some(ROLE), &[]));
    add(&inputs(Some("role"), Some(ROLE), &[]));
    add(&inputs(Some("role"), None, &[]));
    add(&inputs(Some("elsewhere"), None, &[]));
    add(&inputs(Some("sso"), Some(ROLE), &[]));
    add(&Inputs { region: Some("eu-west-2".into()), ..base.clone() });
    add(&Inputs { sts_endpoint: Some("http://127.0.0.1:1".into()), ..base.clone() });
    add(&inputs(None, Some(ROLE), &[&ENV_KEYS[..], &[("AWS_ENDPOINT_URL", "http://127.0.0.1:2")]].concat()));
    let role = base.role.clone().unwrap();
    for role in [
        RoleStep { external_id: Some("x".into()), ..role.clone() },
        RoleStep { session_name: Some("x".into()), ..role.clone() },
        RoleStep { mfa_serial: Some("x".into()), ..role.clone() },
        RoleStep { duration: Some(900), ..role },
    ] {
        add(&Inputs { role: Some(role), ..base.clone() });
    }
}

#[test]
fn the_way_says_what_is_needed() {
    let mut asked = inputs(Some("sso"), Some(ROLE), &[]);
    asked.role.as_mut().unwrap().mfa_serial = Some("arn:aws:iam::111122223333:mfa/ann".into());
    let way = way_of(&asked, &memory());
    assert_eq!(way.known_mfa_serial(), None);
    let Base::Sso(SsoBase { region, .. }) = way.base else { panic!("sso") };
    assert_eq!(region, "eu-central-1");
}

#[path = "fast_key_tests.rs"]
mod keys;
