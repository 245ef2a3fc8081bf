use std::time::Duration;

use futures::future::{join_all, try_join_all};
use serde_json::json;

use super::*;
use crate::aws::AwsConfig;
use crate::cli::world::factor::Factor;
use crate::engine::{EksRead as _, IamRead as _};
use crate::transport::script::{Reply, Script, Seen};

const KEY: &str = "AKIAEXAMPLE";

fn parameter(seen: &Seen, name: &str) -> String {
    let pair = seen.body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    percent_encoding::percent_decode_str(pair.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

/// Whose key signed a call.
fn signer(seen: &Seen) -> String {
    let signed = seen.header("authorization").unwrap_or_default();
    signed.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned()
}

/// The calls of an operation, as `SIGNER OPERATION`.
fn calls(script: &Script, operation: &str) -> Vec<String> {
    let named = |seen: &Seen| match parameter(seen, "Action") {
        action if action.is_empty() => "eks".to_owned(),
        action => action,
    };
    let all = script.seen().into_iter().filter(|seen| named(seen) == operation);
    all.map(|seen| format!("{} {}", signer(&seen), parameter(&seen, "RoleArn")).trim().to_owned()).collect()
}

fn xml(action: &str, inner: &str) -> Reply {
    Reply::Answer(200, format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"))
}

fn refused() -> Reply {
    let error = "<Type>Sender</Type><Code>AccessDenied</Code><Message>not you</Message>";
    Reply::Answer(403, format!("<ErrorResponse><Error>{error}</Error><RequestId>r</RequestId></ErrorResponse>"))
}

fn keys(id: &str) -> String {
    format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    )
}

/// STS's answer to `AssumeRole`: keys named after the account.
fn session(role_arn: &str) -> Reply {
    let account = role_arn.split(':').nth(4).unwrap_or_default();
    let user = format!(
        "<AssumedRoleUser><AssumedRoleId>A:ann</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/R/ann</Arn></AssumedRoleUser>"
    );
    xml("AssumeRole", &format!("{}{user}", keys(&format!("ASIA{account}"))))
}

/// AWS: account 999… refuses its role; with `mfa` every role needs the MFA session.
fn aws(mfa: bool) -> Script {
    Script::serve(move |seen, _| {
        let role = parameter(seen, "RoleArn");
        match parameter(seen, "Action").as_str() {
            "AssumeRole" if role.contains("999999999999") || (mfa && signer(seen) != "ASIAMFA") => refused(),
            "AssumeRole" => session(&role),
            "GetSessionToken" => xml("GetSessionToken", &keys("ASIAMFA")),
            "GetCallerIdentity" => xml("GetCallerIdentity", "<Arn>arn:aws:iam::111122223333:user/ann</Arn>"),
            "GetUser" => xml("GetUser", ""),
            _ => Reply::json(200, &json!({"accessEntries": []})),
        }
    })
}

fn worlds(script: &Script, factor: Factor) -> AccountWorlds {
    let roles = AccountRoles { external_id: Some("x-1".into()), session_name: "ann".into() };
    AccountWorlds::new(World::over(AwsConfig::scripted(&script.url)).with_factor(factor), roles)
}

fn account(id: &str, role: &str) -> AccountRef {
    AccountRef { id: Some(id.to_owned()), role: Some(role.to_owned()) }
}

#[tokio::test]
async fn a_role_is_assumed_once_an_account_and_signs_every_call_of_it() {
    let script = aws(false);
    let worlds = worlds(&script, Factor::default());
    let accounts = [account("222222222222", "Access"), account("333333333333", "team/Access"), AccountRef::default()];
    for _ in 0..2 {
        let asked = accounts.iter().cycle().take(15).map(|account| worlds.at(account));
        for world in try_join_all(asked).await.unwrap() {
            let _ = world.iam().get_user("ann").await;
            world.eks("eu-central-1").list_entries("dev").await.unwrap();
        }
    }
    let mut assumed = calls(&script, "AssumeRole");
    assumed.sort();
    let arn = |account: &str, name: &str| format!("{KEY} arn:aws:iam::{account}:role/{name}");
    assert_eq!(assumed, [arn("222222222222", "Access"), arn("333333333333", "team/Access")]);
    for operation in ["GetUser", "eks"] {
        let mut signers = calls(&script, operation);
        assert_eq!(signers.len(), 30);
        signers.sort();
        signers.dedup();
        assert_eq!(signers, [KEY, "ASIA222222222222", "ASIA333333333333"], "{operation}");
    }
    let sent = script.seen().into_iter().find(|seen| parameter(seen, "Action") == "AssumeRole").unwrap();
    assert_eq!((parameter(&sent, "ExternalId"), parameter(&sent, "RoleSessionName")), ("x-1".into(), "ann".into()));
}

#[tokio::test]
async fn who_calls_is_the_roles_session_and_the_proofs_role_is_the_base_credentials_matter() {
    let script = aws(false);
    let world = worlds(&script, Factor::default()).at(&account("222222222222", "Access")).await.unwrap();
    // The plan in the account is for the role's session.
    world.caller().await.unwrap();
    let proof = AssumeRequest { role_arn: "arn:aws:iam::222222222222:role/Ops".into(), ..AssumeRequest::default() };
    world.assume(&proof).await.unwrap();
    assert_eq!(calls(&script, "GetCallerIdentity"), ["ASIA222222222222"]);
    assert_eq!(calls(&script, "AssumeRole")[1], format!("{KEY} arn:aws:iam::222222222222:role/Ops"));
    assert_eq!(world.credentials().await.unwrap().access_key_id, KEY);
}

#[tokio::test]
async fn an_account_whose_role_refuses_fails_with_the_reason_and_alone() {
    let script = aws(false);
    let worlds = worlds(&script, Factor::default());
    let (bad, good) = (account("999999999999", "Access"), account("222222222222", "Access"));
    for answer in join_all([&bad, &bad, &bad].map(|account| worlds.at(account))).await {
        let error = answer.unwrap_err();
        assert_eq!(error.kind, CallErrorKind::AccessDenied);
        assert!(
            error.to_string().starts_with("sts:AssumeRole on role arn:aws:iam::999999999999:role/Access: "),
            "{error}"
        );
        assert!(error.to_string().contains("not you"), "{error}");
    }
    assert!(worlds.at(&good).await.is_ok());
    assert_eq!(calls(&script, "AssumeRole").len(), 2, "a role that refused is not asked again");
}

#[tokio::test]
async fn another_account_than_was_meant_is_an_error() {
    let script = aws(false);
    let worlds = worlds(&script, Factor::default());
    let fails = async |account: AccountRef| worlds.at(&account).await.unwrap_err().to_string();
    let of_another = fails(account("222222222222", "arn:aws:iam::333333333333:role/Access")).await;
    assert!(of_another.contains("account 222222222222") && of_another.contains("a role of account 333333333333"));
    let nameless = fails(AccountRef { id: None, role: Some("Access".into()) }).await;
    assert!(nameless.contains("on role Access: its account is not named"), "{nameless}");
    assert!(fails(account("222222222222", "a b")).await.contains("a b"));
    assert!(script.seen().is_empty(), "all that is told before any call");
    let home = |id: &str| AccountRef { id: Some(id.to_owned()), role: None };
    assert!(worlds.at(&home("111122223333")).await.is_ok());
    let other = fails(home("222222222222")).await;
    assert!(other.contains("the credentials belong to account 111122223333"), "{other}");
    assert_eq!(script.seen().len(), 1);

    let swapped = Script::serve(|_, _| session("arn:aws:iam::333333333333:role/Access"));
    let worlds = super::tests::worlds(&swapped, Factor::default());
    let error = worlds.at(&account("222222222222", "Access")).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::BadAnswer);
    assert!(error.message.contains("account 333333333333"), "{error}");
}

#[tokio::test]
async fn one_mfa_code_is_enough_for_all_accounts() {
    let script = aws(true);
    let factor = Factor::showing("arn:aws:iam::111122223333:mfa/ann", "123456");
    let worlds = worlds(&script, factor);
    let accounts: Vec<_> = (2..7).map(|n| account(&n.to_string().repeat(12), "Access")).collect();
    let opened =
        tokio::time::timeout(Duration::from_mins(1), try_join_all(accounts.iter().map(|a| worlds.at(a)))).await;
    assert_eq!(opened.unwrap().unwrap().len(), 5);
    let later = account("888888888888", "Access");
    worlds.at(&later).await.unwrap();
    let seen: Vec<_> = script.seen();
    let shown: Vec<_> = seen.iter().filter(|seen| parameter(seen, "Action") == "GetSessionToken").collect();
    assert_eq!(shown.len(), 1, "one code a run");
    assert_eq!(parameter(shown[0], "TokenCode"), "123456");
    assert_eq!(parameter(shown[0], "SerialNumber"), "arn:aws:iam::111122223333:mfa/ann");
    let last = calls(&script, "AssumeRole").pop().unwrap();
    assert_eq!(last, "ASIAMFA arn:aws:iam::888888888888:role/Access", "no role is asked without it once it is there");
}

#[tokio::test]
async fn a_session_is_had_anew_before_it_ends() {
    let script = Script::serve(|seen, before| match (parameter(seen, "Action").as_str(), before) {
        ("AssumeRole", 0) => {
            let soon = jiff::Timestamp::now() + Duration::from_secs(30);
            xml("AssumeRole", &keys("ASIA1").replace("2099-01-01T00:00:00Z", &soon.to_string()))
        }
        ("AssumeRole", _) => xml("AssumeRole", &keys("ASIA2")),
        _ => Reply::json(200, &json!({"accessEntries": []})),
    });
    let world = worlds(&script, Factor::default()).at(&account("222222222222", "Access")).await.unwrap();
    for _ in 0..3 {
        world.eks("eu-west-1").list_entries("dev").await.unwrap();
    }
    assert_eq!(calls(&script, "eks"), ["ASIA2", "ASIA2", "ASIA2"]);
    assert_eq!(calls(&script, "AssumeRole").len(), 2);
}

#[tokio::test]
async fn a_base_that_is_a_session_can_show_no_mfa_and_that_is_said() {
    let script = Script::serve(|seen, _| match parameter(seen, "RoleArn") {
        role if role.ends_with("role/Base") => session(&role),
        _ => refused(),
    });
    let aws = AwsConfig::scripted(&script.url);
    let role_arn = "arn:aws:iam::111122223333:role/Base".to_owned();
    let signer = AssumedCredentials::new(aws.sts(), AssumeRequest { role_arn, ..AssumeRequest::default() });
    let base = World::over(aws.acting_as(signer)).with_factor(Factor::showing("arn:mfa", "123456"));
    let worlds = AccountWorlds::new(base, AccountRoles { session_name: "ann".into(), ..AccountRoles::default() });
    let error = worlds.at(&account("222222222222", "Access")).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::AccessDenied);
    let said = "not you; the credentials are already a session (role arn:aws:iam::111122223333:role/Base), which can't use the MFA device arn:mfa";
    assert_eq!(error.message, said);
    assert!(calls(&script, "GetSessionToken").is_empty());
}
