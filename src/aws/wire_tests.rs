//! The clients on the wire, against a scripted server.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::SdkConfig;
use aws_types::region::Region;
use serde_json::json;

use super::credentials::AssumedCredentials;
use super::pace::Pace;
use super::roles::RolesProvider;
use super::sts::StsClient;
use super::{EksClient, EksWriter, IamClient, IamWriter, http, retry};
use crate::engine::{
    AssumeRequest, CallErrorKind, EksRead, EksWrite as _, IamRead, IamWrite as _, NewEntry, NewRole, Simulated,
};
use crate::model::PolicyScope;
use crate::token::RoleStep;
use crate::transport::script::{Reply, Script, Seen};

const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
const PRINCIPAL: &str = "arn:aws:iam::111122223333:role/team/Ops";

pub(super) fn sdk(url: &str) -> SdkConfig {
    let keys = Credentials::new("AKIAEXAMPLE", "the-secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .http_client(http::shared_client(None, false, &http::AwsClock::default()).unwrap())
        .retry_config(retry::retries(Duration::from_secs(5)))
        .timeout_config(retry::timeouts(Duration::from_secs(20)))
        .build()
}

pub(super) fn iam(script: &Script) -> IamClient {
    IamClient::new(&sdk(&script.url), Pace::lone())
}

pub(super) fn eks(script: &Script) -> EksClient {
    EksClient::new(&sdk(&script.url), "eu-central-1", None, Pace::lone())
}

pub(super) fn role(name: &str) -> String {
    format!(
        "<Role><Path>/team/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE</RoleId>\
         <Arn>arn:aws:iam::111122223333:role/team/{name}</Arn><CreateDate>2026-11-24T10:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{TRUST}</AssumeRolePolicyDocument><Description>d</Description>\
         <MaxSessionDuration>7200</MaxSessionDuration><Tags><member><Key>k</Key><Value>v</Value></member></Tags></Role>"
    )
}

pub(super) fn xml(action: &str, inner: &str) -> Reply {
    Reply::Answer(200, format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"))
}

fn refusal(status: u16, code: &str) -> Reply {
    let error = format!("<Type>Sender</Type><Code>{code}</Code><Message>why</Message>");
    Reply::Answer(status, format!("<ErrorResponse><Error>{error}</Error><RequestId>r-1</RequestId></ErrorResponse>"))
}

fn eks_refusal(status: u16, code: &str) -> Reply {
    Reply::json(status, &json!({"__type": code, "message": "why"}))
}

/// A parameter of a query call.
fn parameter(seen: &Seen, name: &str) -> Option<String> {
    let pair = seen.body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
    Some(percent_encoding::percent_decode_str(pair).decode_utf8_lossy().into_owned())
}

fn action(seen: &Seen) -> String {
    parameter(seen, "Action").unwrap_or_default()
}

#[tokio::test]
async fn a_role_is_read_whole_and_an_absent_one_gives_none() {
    let script = Script::serve(|seen, _| match parameter(seen, "RoleName").as_deref() {
        Some("Ops") => xml("GetRole", &role("Ops")),
        _ => refusal(404, "NoSuchEntity"),
    });
    let iam = iam(&script);
    let role = iam.get_role("Ops").await.unwrap().unwrap();
    assert_eq!(role.arn.to_string(), PRINCIPAL);
    assert_eq!(role.trust, json!({"Version": "2012-10-17", "Statement": []}));
    assert_eq!((role.description.as_str(), role.max_session_duration), ("d", 7200));
    assert_eq!((role.tags["k"].as_str(), role.created_at), ("v", Some(1_795_514_400)));
    assert_eq!(iam.get_role("Nobody").await.unwrap(), None);
    let agent = script.seen()[0].header("authorization").unwrap_or_default().to_owned();
    assert!(agent.contains("/us-east-1/iam/") || agent.contains("/eu-west-1/iam/"), "{agent}");
}

#[tokio::test]
async fn throttling_5xx_and_drops_are_tried_again() {
    let script = Script::serve(|_, before| match before {
        0 => refusal(400, "Throttling"),
        1 => refusal(503, "ServiceUnavailable"),
        2 => Reply::Drop,
        3 => Reply::Answer(502, "<html>bad gateway</html>".into()),
        _ => xml("GetRole", &role("Ops")),
    });
    assert!(iam(&script).get_role("Ops").await.unwrap().is_some());
    assert_eq!(script.seen().len(), 5);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let script = Script::serve(|_, _| refusal(403, "AccessDenied"));
    let error = iam(&script).get_role("Ops").await.unwrap_err();
    assert_eq!(error.to_string(), "iam:GetRole on role Ops: AccessDenied: why (request req-1)");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_lost_after_the_creation_shows_as_already_there() {
    let script = Script::serve(|_, before| if before == 0 { Reply::Drop } else { refusal(409, "EntityAlreadyExists") });
    let wish = NewRole {
        name: "Ops".into(),
        path: "/team/".into(),
        trust: json!({"Statement": []}),
        description: "d".into(),
        max_session_duration: None,
        permissions_boundary: None,
        tags: BTreeMap::from([("k".into(), "v".into())]),
    };
    let error = IamWriter::over(iam(&script)).create_role(&wish).await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::AlreadyExists);
    let seen = &script.seen()[1];
    assert_eq!(parameter(seen, "AssumeRolePolicyDocument").as_deref(), Some(r#"{"Statement":[]}"#));
    assert_eq!(parameter(seen, "Tags.member.1.Key").as_deref(), Some("k"));
    assert_eq!(parameter(seen, "MaxSessionDuration"), None);
}

#[tokio::test]
async fn a_group_is_read_to_the_end_of_its_lists() {
    let group = "<Group><Path>/</Path><GroupName>Opss</GroupName><GroupId>AGPA</GroupId>\
                 <Arn>arn:aws:iam::111122223333:group/Opss</Arn><CreateDate>2026-11-24T10:00:00Z</CreateDate></Group>";
    let user = |name: &str| {
        format!(
            "<member><Path>/</Path><UserName>{name}</UserName><UserId>AIDA</UserId><Arn>a</Arn>\
             <CreateDate>2026-11-24T10:00:00Z</CreateDate></member>"
        )
    };
    let script = Script::serve(move |seen, _| {
        let second = parameter(seen, "Marker").is_some();
        let more = if second { "" } else { "<IsTruncated>true</IsTruncated><Marker>m</Marker>" };
        match action(seen).as_str() {
            "GetGroup" => {
                let name = user(if second { "ben" } else { "ann" });
                xml("GetGroup", &format!("{group}<Users>{name}</Users>{more}"))
            }
            "ListGroupPolicies" => {
                let name = if second { "B" } else { "A" };
                xml("ListGroupPolicies", &format!("<PolicyNames><member>{name}</member></PolicyNames>{more}"))
            }
            "ListAttachedGroupPolicies" => {
                let policy = "<member><PolicyName>P</PolicyName><PolicyArn>arn:p</PolicyArn></member>";
                xml("ListAttachedGroupPolicies", &format!("<AttachedPolicies>{policy}</AttachedPolicies>"))
            }
            _ => {
                let name = parameter(seen, "PolicyName").unwrap();
                let document = "%7B%22Statement%22%3A%5B%5D%7D";
                xml(
                    "GetGroupPolicy",
                    &format!(
                        "<GroupName>Opss</GroupName><PolicyName>{name}</PolicyName>\
                         <PolicyDocument>{document}</PolicyDocument>"
                    ),
                )
            }
        }
    });
    let group = iam(&script).get_group("opss").await.unwrap().unwrap();
    assert_eq!((group.name.as_str(), group.members), ("Opss", vec!["ann".to_owned(), "ben".to_owned()]));
    let policies: Vec<_> = group.inline_policies.into_iter().collect();
    assert_eq!(policies, [("A".into(), json!({"Statement": []})), ("B".into(), json!({"Statement": []}))]);
    assert_eq!(group.attached_policies, ["arn:p"]);
}

#[tokio::test]
async fn an_absent_group_gives_none() {
    let script = Script::serve(|_, _| refusal(404, "NoSuchEntity"));
    assert_eq!(iam(&script).get_group("Opss").await, Ok(None));
}

#[tokio::test]
async fn a_simulation_tells_a_missing_right_from_a_boundary_and_a_deny() {
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false\
                    </AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    let organisation = "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>\
                        </OrganizationsDecisionDetail>";
    for (decision, detail, expected) in [
        ("allowed", "", Simulated::Allowed),
        ("implicitDeny", "", Simulated::Missing),
        ("implicitDeny", boundary, Simulated::Bounded),
        ("explicitDeny", "", Simulated::Denied { by_organisation: false }),
        ("explicitDeny", organisation, Simulated::Denied { by_organisation: true }),
        ("implicitDeny", organisation, Simulated::Denied { by_organisation: true }),
    ] {
        let script = Script::serve(move |_, _| {
            let result = format!(
                "<member><EvalActionName>a</EvalActionName><EvalDecision>{decision}</EvalDecision>{detail}</member>"
            );
            xml("SimulatePrincipalPolicy", &format!("<EvaluationResults>{result}</EvaluationResults>"))
        });
        let said = iam(&script).simulate("arn:u", "sts:AssumeRole", "arn:r", false).await;
        assert_eq!(said, Ok(expected), "{decision} {detail}");
    }
}

#[tokio::test]
async fn an_entry_is_read_with_its_policies_and_its_path_is_encoded() {
    let script = Script::serve(|seen, _| {
        if seen.target.ends_with("/access-policies") {
            let scope = json!({"type": "namespace", "namespaces": ["dev-*"]});
            return Reply::json(
                200,
                &json!({"associatedAccessPolicies": [{"policyArn": "arn:p", "accessScope": scope}]}),
            );
        }
        Reply::json(
            200,
            &json!({"accessEntry": {"clusterName": "dev", "principalArn": PRINCIPAL, "accessEntryArn": "arn:e",
                "kubernetesGroups": ["g"], "username": "u", "type": "STANDARD", "createdAt": 1_795_514_400.5,
                "tags": {"k": "v"}}}),
        )
    });
    let entry = eks(&script).describe_entry("dev", PRINCIPAL).await.unwrap().unwrap();
    assert_eq!((entry.principal.as_str(), entry.arn.as_str(), entry.username.as_str()), (PRINCIPAL, "arn:e", "u"));
    assert_eq!((entry.groups, entry.created_at), (vec!["g".to_owned()], Some(1_795_514_400)));
    assert_eq!(entry.policies[0].scope, PolicyScope::Namespaces(vec!["dev-*".into()]));
    let seen = script.seen();
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter().all(|s| s.target.contains("/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fteam%2FOps"))
    );
    assert!(seen[0].header("authorization").unwrap().contains("/eu-central-1/eks/"));
}

#[tokio::test]
async fn eks_tells_absence_duplicates_and_the_wrong_mode() {
    let script = Script::serve(|seen, _| match (seen.method.as_str(), seen.target.contains("other")) {
        ("GET", false) => eks_refusal(404, "ResourceNotFoundException"),
        ("GET", true) => Reply::json(
            400,
            &json!({"__type": "InvalidRequestException", "message": "The cluster's authentication mode must be set to \
                    one of [API, API_AND_CONFIG_MAP] to perform this operation."}),
        ),
        _ => eks_refusal(409, "ResourceInUseException"),
    });
    let eks = eks(&script);
    assert_eq!(eks.describe_cluster("dev").await, Ok(None));
    assert_eq!(eks.describe_entry("dev", PRINCIPAL).await, Ok(None));
    assert!(eks.describe_entry("other", PRINCIPAL).await.unwrap_err().is(CallErrorKind::WrongMode));
    let entry =
        NewEntry { principal: PRINCIPAL, entry_type: "STANDARD", username: None, groups: &[], tags: &BTreeMap::new() };
    let made = EksWriter::over(eks).create_entry("dev", &entry).await;
    assert!(made.unwrap_err().is(CallErrorKind::AlreadyExists));
}

#[tokio::test]
async fn groups_and_username_are_always_sent_together() {
    let script = Script::serve(|_, _| Reply::json(200, &json!({})));
    EksWriter::over(eks(&script)).update_entry("dev", PRINCIPAL, "u", &[]).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&script.seen()[0].body).unwrap();
    assert_eq!((&body["username"], &body["kubernetesGroups"]), (&json!("u"), &json!([])));
}

#[tokio::test]
async fn lists_are_read_to_their_end() {
    let script = Script::serve(|seen, _| {
        let second = seen.target.contains("nextToken=t");
        let next = if second { json!(null) } else { json!("t") };
        let name = if second { "b" } else { "a" };
        Reply::json(200, &json!({"accessEntries": [name], "nextToken": next}))
    });
    assert_eq!(eks(&script).list_entries("dev").await.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn nodes_run_as_the_roles_of_node_groups_and_fargate_profiles() {
    let script = Script::serve(|seen, _| {
        let path = seen.target.split('?').next().unwrap_or_default().trim_start_matches("/clusters/dev/");
        Reply::json(
            200,
            &match path {
                "node-groups" => json!({"nodegroups": ["n1", "n2"]}),
                "fargate-profiles" => json!({"fargateProfileNames": ["f"]}),
                "fargate-profiles/f" => json!({"fargateProfile": {"podExecutionRoleArn": "arn:f"}}),
                _ => json!({"nodegroup": {"nodeRole": "arn:n"}}),
            },
        )
    });
    assert_eq!(eks(&script).list_node_sources("dev").await.unwrap().roles(), ["arn:f", "arn:n"]);
}

fn session(id: &str) -> String {
    format!(
        "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    )
}

#[tokio::test]
async fn a_role_is_assumed_with_all_that_was_asked_for() {
    let script = Script::serve(|_, _| xml("AssumeRole", &session("ASIA1")));
    let request = AssumeRequest {
        role_arn: PRINCIPAL.into(),
        session_name: "ann".into(),
        external_id: Some("x-1".into()),
        duration: Some(900),
        mfa: Some(("arn:mfa".into(), "123456".into())),
    };
    let keys = StsClient::new(&sdk(&script.url), Pace::lone()).assume(&request).await.unwrap();
    assert_eq!((keys.access_key_id.as_str(), keys.session_token.as_deref()), ("ASIA1", Some("t")));
    assert!(keys.expires_at.is_some());
    let seen = &script.seen()[0];
    for (name, value) in [
        ("RoleArn", PRINCIPAL),
        ("RoleSessionName", "ann"),
        ("ExternalId", "x-1"),
        ("DurationSeconds", "900"),
        ("SerialNumber", "arn:mfa"),
        ("TokenCode", "123456"),
    ] {
        assert_eq!(parameter(seen, name).as_deref(), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_delegates_refusal_comes_out_of_the_call_that_it_signs() {
    let script = Script::serve(|seen, _| match action(seen).as_str() {
        "AssumeRole" => refusal(403, "AccessDenied"),
        _ => Reply::json(200, &json!({"accessEntries": []})),
    });
    let sdk = sdk(&script.url);
    let request = AssumeRequest { role_arn: PRINCIPAL.into(), session_name: "ann".into(), ..Default::default() };
    let delegate = AssumedCredentials::new(StsClient::new(&sdk, Pace::lone()), request);
    let error = EksClient::new(&sdk, "eu-west-1", Some(&delegate), Pace::lone()).list_entries("dev").await.unwrap_err();
    assert_eq!((error.operation, error.kind), ("sts:AssumeRole", CallErrorKind::AccessDenied));
}

#[tokio::test]
async fn a_profiles_roles_are_assumed_in_turn_with_the_code() {
    let script = Script::serve(|seen, before| match action(seen).as_str() {
        "GetCallerIdentity" => xml("GetCallerIdentity", "<Arn>arn:aws:iam::111122223333:user/ann</Arn>"),
        _ => xml("AssumeRole", &session(&format!("ASIA{before}"))),
    });
    let role = |name: &str, mfa_serial: Option<&str>| RoleStep {
        role_arn: format!("arn:aws:iam::111122223333:role/{name}"),
        mfa_serial: mfa_serial.map(str::to_owned),
        ..RoleStep::default()
    };
    let roles = vec![role("first", Some("arn:mfa")), role("second", None)];
    let first = SharedCredentialsProvider::new(Credentials::new("AKIABASE", "s", None, None, "test"));
    let provider = RolesProvider::new(first, roles, Some("123456".into()), sdk(&script.url));
    let keys = aws_credential_types::provider::ProvideCredentials::provide_credentials(&provider).await.unwrap();
    assert_eq!(keys.access_key_id(), "ASIA2");
    let seen = script.seen();
    assert_eq!(seen.len(), 3, "who asks first is asked once: the sessions are named so");
    assert!(seen[1].header("authorization").unwrap().contains("Credential=AKIABASE/"));
    assert_eq!(parameter(&seen[1], "TokenCode").as_deref(), Some("123456"));
    assert!(seen[2].header("authorization").unwrap().contains("Credential=ASIA1/"));
    assert_eq!(parameter(&seen[2], "TokenCode"), None);
    let name = |at: usize| parameter(&seen[at], "RoleSessionName");
    assert_eq!((name(1).as_deref(), name(2).as_deref()), (Some("ann"), Some("ann")));
    assert!(!format!("{provider:?}").contains("123456"));
}

#[tokio::test]
async fn where_no_connection_comes_about_it_is_given_up_soon() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Without giving up, the call would take the whole hour.
    let hour = Duration::from_hours(1);
    let patient = sdk(&format!("http://127.0.0.1:{free}")).into_builder();
    let patient = patient.retry_config(retry::retries(hour)).timeout_config(retry::timeouts(hour)).build();
    let error = IamClient::new(&patient, Pace::lone()).get_role("Ops").await.unwrap_err();
    assert_eq!(error.kind, CallErrorKind::Unreachable);
    assert!(error.message.contains("onnection refused"), "{error}");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_out_of_reach() {
    let script = Script::serve(|_, _| Reply::Hang(Duration::from_secs(5)));
    let sdk = sdk(&script.url).into_builder().timeout_config(retry::timeouts(Duration::from_millis(300))).build();
    let error = IamClient::new(&sdk, Pace::lone()).get_role("Ops").await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (CallErrorKind::Unreachable, "no answer in time"));
}
