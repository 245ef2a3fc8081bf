//! Answers of AWS are checked where they come in, for every caller.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::sts::StsClient;
use super::wire_tests::{eks, iam, role, sdk, xml};
use super::{EksClient, EksWriter, IamWriter};
use crate::engine::{AssumeRequest, CallError, EksRead, EksWrite as _, IamRead, IamWrite as _};
use crate::model::{ClusterDescription, PolicyScope};
use crate::transport::script::{Reply, Script};

const PRINCIPAL: &str = "arn:aws:iam::111122223333:role/team/Ops";

fn certificate() -> String {
    rcgen::generate_simple_self_signed(vec!["ca.test".into()]).unwrap().cert.pem()
}

/// What EKS in eu-central-1 describes as the cluster `dev`, with some fields changed.
fn dev(change: &Value) -> Value {
    let mut cluster = json!({
        "name": "dev", "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/dev", "status": "ACTIVE",
        "endpoint": "https://a1.gr7.eu-central-1.eks.amazonaws.com",
        "certificateAuthority": {"data": STANDARD.encode(certificate())},
    });
    for (key, value) in change.as_object().unwrap() {
        cluster[key] = value.clone();
    }
    cluster
}

async fn described(change: &Value) -> Result<ClusterDescription, CallError> {
    let cluster = dev(change);
    let script = Script::serve(move |_, _| Reply::json(200, &json!({"cluster": cluster})));
    eks(&script).describe_cluster("dev").await.map(|found| found.expect("a cluster"))
}

#[tokio::test]
async fn an_endpoint_is_https_with_a_host_and_nothing_else() {
    for good in [
        "https://a1.gr7.eu-central-1.eks.amazonaws.com",
        "https://a1.gr7.eu-central-1.eks.amazonaws.com/",
        "https://127.0.0.1:8443",
        "https://[::1]:8443",
    ] {
        assert_eq!(described(&json!({"endpoint": good})).await.unwrap().endpoint.as_deref(), Some(good));
    }
    for bad in [
        "http://a1.eks.amazonaws.com",
        "a1.eks.amazonaws.com",
        "https://",
        "https:///",
        "https:a1.eks.amazonaws.com",
        "https://ann@a1.eks.amazonaws.com",
        "https://ann:pw@a1.eks.amazonaws.com",
        "https://@a1.eks.amazonaws.com",
        "https://a1.eks.amazonaws.com/api",
        "https://a1.eks.amazonaws.com//",
        "https://a1.eks.amazonaws.com?x=1",
        "https://a1.eks.amazonaws.com/?",
        "https://a1.eks.amazonaws.com#x",
        "https://a1.eks.amazonaws.com\\@evil.example",
        "https://a1.eks.amazonaws.com:99999",
        "https://a1.eks.amazonaws.com:0",
        "https://a1.eks.amazonaws.com:",
        "https://a1.eks.amazonaws.com evil.example",
        "https://a1.eks\n.amazonaws.com",
        "https://*.eks.amazonaws.com",
        "file:///etc/passwd",
    ] {
        let error = described(&json!({"endpoint": bad})).await.expect_err(bad).to_string();
        assert!(error.starts_with("eks:DescribeCluster on cluster dev: its endpoint"), "{bad}: {error}");
    }
    assert_eq!(described(&json!({"endpoint": null, "status": "CREATING"})).await.unwrap().endpoint, None);
}

#[tokio::test]
async fn a_certificate_authority_is_one_certificate_or_several() {
    let data = |pem: String| json!({"certificateAuthority": {"data": STANDARD.encode(pem)}});
    for good in
        [certificate(), certificate() + &certificate(), format!("# two\n{}\n\n{}", certificate(), certificate())]
    {
        assert!(described(&data(good)).await.unwrap().certificate_authority.is_some());
    }
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for bad in [
        data("text".to_owned()),
        data(broken.to_owned()),
        data(certificate() + broken),
        data(certificate().replace("-----END", "-----ENDE")),
        json!({"certificateAuthority": {"data": "***"}}),
        json!({"certificateAuthority": {"data": "  "}}),
    ] {
        let error = described(&bad).await.expect_err("no authority").to_string();
        assert!(error.starts_with("eks:DescribeCluster on cluster dev: its certificate authority"), "{error}");
    }
    for none in [json!({"certificateAuthority": null}), json!({"certificateAuthority": {}})] {
        assert_eq!(described(&none).await.unwrap().certificate_authority, None, "IAM needs none");
    }
}

#[tokio::test]
async fn a_described_cluster_is_the_one_that_was_asked_for() {
    for other in [
        json!({"name": "prod"}),
        json!({"arn": "arn:aws:eks:eu-central-1:111122223333:cluster/prod"}),
        json!({"arn": "arn:aws:eks:eu-central-1:111122223333:cluster/DEV"}),
        json!({"arn": "arn:aws:eks:us-east-1:111122223333:cluster/dev"}),
        json!({"arn": "arn:aws-cn:eks:eu-central-1:111122223333:cluster/dev"}),
        json!({"arn": "arn:aws:iam::111122223333:role/dev"}),
        json!({"arn": null}),
    ] {
        let error = described(&other).await.expect_err(&other.to_string()).to_string();
        assert!(error.starts_with("eks:DescribeCluster on cluster dev: "), "{error}");
    }
}

#[tokio::test]
async fn a_role_or_an_entry_of_another_name_is_refused() {
    let script = Script::serve(|_, _| xml("GetRole", &role("Other")));
    assert!(iam(&script).get_role("Ops").await.is_err());
    let script = Script::serve(|_, _| xml("GetRole", &role("Ops")));
    assert!(iam(&script).get_role("ops").await.is_ok(), "IAM's names know no case");
    let script = Script::serve(|seen, _| {
        let policies = seen.target.ends_with("/access-policies");
        let entry =
            json!({"accessEntry": {"principalArn": "arn:aws:iam::111122223333:role/Other", "type": "STANDARD"}});
        Reply::json(200, &if policies { json!({"associatedAccessPolicies": []}) } else { entry })
    });
    assert!(eks(&script).describe_entry("dev", PRINCIPAL).await.is_err());
}

#[tokio::test]
async fn a_policy_document_is_an_object() {
    for document in ["null", "%5B%5D", "[{}]", "\"text\"", "7", "true", "%22%7B%7D%22"] {
        let answer = role("Ops").replace("%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D", document);
        let script = Script::serve(move |_, _| xml("GetRole", &answer));
        let error = iam(&script).get_role("Ops").await.expect_err(document).to_string();
        assert!(error.starts_with("iam:GetRole on role Ops: its policy"), "{error}");
        let script = Script::serve(move |seen, _| match seen.body.split('&').find(|p| p.starts_with("Action=")) {
            Some("Action=ListGroupPolicies") => {
                xml("ListGroupPolicies", "<PolicyNames><member>A</member></PolicyNames>")
            }
            Some("Action=GetGroupPolicy") => xml(
                "GetGroupPolicy",
                &format!(
                    "<GroupName>G</GroupName><PolicyName>A</PolicyName><PolicyDocument>{document}</PolicyDocument>"
                ),
            ),
            Some("Action=GetGroup") => xml(
                "GetGroup",
                "<Group><Path>/</Path><GroupName>G</GroupName><GroupId>AGPA</GroupId><Arn>a</Arn>\
                 <CreateDate>2026-11-24T10:00:00Z</CreateDate></Group><Users/>",
            ),
            _ => xml("ListAttachedGroupPolicies", "<AttachedPolicies/>"),
        });
        let error = iam(&script).get_group("G").await.expect_err(document).to_string();
        assert!(error.starts_with("iam:GetGroupPolicy on policy A of group G: its policy"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_ends_at_16_mib_and_is_not_asked_for_again() {
    let script = Script::serve(|_, _| {
        let name = "x".repeat(17 << 20);
        Reply::json(200, &json!({"accessEntries": [name]}))
    });
    let error = eks(&script).list_entries("dev").await.unwrap_err().to_string();
    assert!(error.contains("16 MiB"), "{}", &error[..error.len().min(300)]);
    assert_eq!(script.seen().len(), 1);
    let script = Script::serve(|_, _| xml("GetRole", &role("Ops").replace("<Description>d", &"d".repeat(17 << 20))));
    let error = iam(&script).get_role("Ops").await.unwrap_err().to_string();
    assert!(error.contains("16 MiB"), "{}", &error[..error.len().min(300)]);
    let script = Script::serve(|_, _| Reply::json(200, &json!({"accessEntries": ["x".repeat(15 << 20)]})));
    assert_eq!(eks(&script).list_entries("dev").await.unwrap().len(), 1);
}

/// Bodies that no service should send.
fn odd() -> Vec<String> {
    let plain = "|| |null|7|[]|{}|\"text\"|1e999|{\"a\":|<html>sign in</html>|<a/>|<a>|<ErrorResponse/>|\u{feff}{}|\0|\
                 <?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"b\">]><a>&b;</a>";
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(50_000), close.repeat(50_000));
    let mut all: Vec<String> = plain.split('|').map(str::to_owned).collect();
    all.extend([deep("[", "]"), deep("{\"a\":", "}"), deep("<a>", "</a>"), "[".repeat(200_000), "<a>".repeat(100_000)]);
    all.extend(odd_json());
    all.extend(odd_xml());
    all
}

fn odd_json() -> Vec<String> {
    let fields = "null [] {} 7 -1e400 1e308 true \"\" \"arn:\" [null] {\"x\":null}";
    let holders = "cluster accessEntry clusters accessEntries associatedAccessPolicies nodegroups nodegroup \
                   fargateProfileNames fargateProfile accessPolicies nextToken";
    let inner = "name arn endpoint status createdAt certificateAuthority principalArn tags kubernetesGroups accessScope \
                 policyArn nodeRole";
    let mut all = Vec::new();
    for field in fields.split(' ') {
        let fill = |keys: &str| keys.split(' ').map(|k| format!("\"{k}\":{field}")).collect::<Vec<_>>().join(",");
        all.push(format!("{{{}}}", fill(holders)));
        all.push(format!("{{\"cluster\":{{{0}}},\"accessEntry\":{{{0}}},\"nodegroup\":{{{0}}}}}", fill(inner)));
    }
    all
}

fn odd_xml() -> Vec<String> {
    let inner = "|<Role/>|<Group/>|<Role><Arn>x</Arn></Role>|<Role><CreateDate>9e99</CreateDate></Role>|<Arn>x</Arn>|\
                 <Roles><member/></Roles>|<Role><MaxSessionDuration>99999999999</MaxSessionDuration></Role>|<Credentials/>|\
                 <Credentials><Expiration>x</Expiration></Credentials>";
    let actions = ["GetRole", "GetGroup", "GetUser", "ListRoles", "AssumeRole", "GetCallerIdentity"];
    let of = |action: &str| inner.split('|').map(|inner| answer_of(action, inner)).collect::<Vec<_>>();
    actions.iter().flat_map(|action| of(action)).collect()
}

fn answer_of(action: &str, inner: &str) -> String {
    format!("<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>")
}

#[tokio::test]
async fn no_answer_of_any_shape_panics() {
    for (place, body) in odd().into_iter().enumerate() {
        // All operations share one reader of refusals.
        let statuses: &[u16] = if place < 20 { &[200, 400] } else { &[200] };
        for &status in statuses {
            let answer = body.clone();
            let script = Script::serve(move |_, _| Reply::Answer(status, answer.clone()));
            eks_calls(&eks(&script)).await;
            let iam = iam(&script);
            let _ = iam.get_role("Ops").await;
            let _ = iam.get_group("Ops").await;
            let _ = iam.get_user("ann").await;
            let _ = iam.simulate("arn:u", "sts:AssumeRole", "arn:r", true).await;
            let _ = iam.list_roles("/").await;
            let iam = IamWriter::over(iam);
            let _ = iam.update_trust("Ops", &json!({})).await;
            let _ = iam.put_group_policy("G", "P", &json!({})).await;
            let sts = StsClient::new(&sdk(&script.url), super::pace::Pace::lone());
            let _ = sts.caller().await;
            let request =
                AssumeRequest { role_arn: PRINCIPAL.into(), session_name: "ann".into(), ..Default::default() };
            let _ = sts.assume(&request).await;
            let _ = sts.assume_with_web_identity(PRINCIPAL, "ann", "token").await;
        }
    }
}

async fn eks_calls(eks: &EksClient) {
    let _ = eks.describe_cluster("dev").await;
    let _ = eks.describe_entry("dev", PRINCIPAL).await;
    let _ = eks.list_entries("dev").await;
    let _ = eks.list_policies().await;
    let _ = eks.list_node_sources("dev").await;
    let _ = eks.list_capability_roles("dev").await;
    let eks = EksWriter::over(eks.clone());
    let _ = eks.update_entry("dev", PRINCIPAL, "u", &[]).await;
    let _ = eks.associate_policy("dev", PRINCIPAL, "arn:p", &PolicyScope::Cluster).await;
    let _ = eks.delete_entry("dev", PRINCIPAL).await;
}
