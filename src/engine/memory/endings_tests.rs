//! The links up to the cluster: keys, the role, who may assume it, the token, the endpoint.

use serde_json::{Value, json};

use super::endings::{Case, Sheet};
use super::front::CODE;
use super::state::{NODE_ROLE, role_made_at};
use crate::engine::verify::RoleFrom;
use crate::engine::{CallErrorKind as K, Reach, Simulated as S};
use crate::model::AuthMode;
use crate::plan::Tunnel;

const CREATOR: &str = "arn:aws:iam::111122223333:user/creator";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/Pipeline/run-1";
const DEVICE: &str = "arn:aws:iam::111122223333:mfa/creator";

fn sheet() -> Sheet {
    Sheet::new(AuthMode::ConfigMap)
}

/// The account's root is trusted under a condition.
fn conditioned(condition: &Value) -> Value {
    let root = "arn:aws:iam::111122223333:root";
    json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole", "Condition": condition})
}

fn with_mfa() -> Value {
    conditioned(&json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}))
}

fn simulated(case: &mut Case, without: S, with: S) {
    case.state.front.simulated = Some((without, with));
}

#[test]
fn the_ends_at_the_callers_keys() {
    let mut sheet = sheet();
    sheet.walk("there are no keys", |case| case.state.front.keyless = Some(K::NoCredentials));
    sheet.walk("the keys can't be read", |case| case.state.front.keyless = Some(K::Other));
    for kind in [K::ExpiredCredentials, K::BadCredentials, K::Unreachable, K::Other] {
        sheet.walk(&format!("STS answers {kind:?}"), |case| _ = case.refuse("sts:GetCallerIdentity", kind));
    }
    for ahead in [Some(720), Some(-720), None] {
        sheet.walk(&format!("AWS's clock is ahead by {ahead:?} s"), |case| case.state.front.ahead = ahead);
    }
    sheet.walk("expired, and the clock is off", |case| {
        case.state.front.ahead = Some(720);
        case.refuse("sts:GetCallerIdentity", K::ExpiredCredentials);
    });
    sheet.walk_for_account("a role signs for the account, and STS refuses the base credentials", |case| {
        case.refuse_once("sts:GetCallerIdentity", 2, K::BadCredentials);
    });
    sheet.pin("keys");
}

#[test]
fn the_ends_at_the_role() {
    let mut sheet = sheet();
    sheet.both("there is no such role", |case| case.state.roles.clear());
    sheet.walk("no role was named, and the default is not there", |case| {
        case.state.roles.clear();
        case.inquiry.role_from = RoleFrom::Default;
    });
    sheet.walk("a context names a role that is not there", |case| {
        case.state.roles.clear();
        case.inquiry.role_from = RoleFrom::Context("context dev in config".into());
    });
    sheet.walk("the role can't be seen", |case| _ = case.refuse("iam:GetRole", K::AccessDenied));
    sheet.walk("looking at the role fails", |case| _ = case.refuse("iam:GetRole", K::Unavailable));
    sheet
        .walk("the role is of another account", |case| case.inquiry.role = "arn:aws:iam::444455556666:role/Ops".into());
    sheet.walk("the caller is a session of the role", |case| {
        case.caller("arn:aws:sts::111122223333:assumed-role/KubernetesAdmin/ann");
    });
    sheet.walk("no role was named, and the caller is a session of another", |case| {
        case.state.roles.clear();
        case.state.roles.insert("pipeline".into(), role_made_at("Pipeline", 40));
        case.map("- rolearn: arn:aws:iam::111122223333:role/Pipeline\n  username: p\n  groups: [system:masters]\n");
        case.inquiry.role_from = RoleFrom::Default;
        case.caller(SESSION);
    });
    sheet.pin("role");
}

#[test]
fn the_ends_at_the_callers_policies() {
    let mut sheet = sheet();
    for (what, kind) in [
        ("a root user", "arn:aws:iam::111122223333:root"),
        ("federated", "arn:aws:sts::111122223333:federated-user/ann"),
    ] {
        sheet.both(&format!("the caller is {what}"), |case| _ = case.caller(kind));
    }
    let denied = |by_organisation| S::Denied { by_organisation };
    for (what, refused) in [
        ("no policy allows it", S::Missing),
        ("the boundary does not allow it", S::Bounded),
        ("something denies it", denied(false)),
        ("the organisation denies it", denied(true)),
    ] {
        sheet.both(what, |case| simulated(case, refused, refused));
        sheet.both(&format!("{what} to a session of another role"), |case| {
            case.caller(SESSION);
            simulated(case, refused, refused);
        });
    }
    sheet.both("no policy allows it, and the trust names the caller", |case| {
        case.trust(&json!({"Effect": "Allow", "Principal": {"AWS": CREATOR}, "Action": "sts:AssumeRole"}));
        simulated(case, S::Missing, S::Missing);
    });
    sheet.both("STS refuses though both sides allow it", |case| _ = case.refuse("sts:AssumeRole", K::AccessDenied));
    sheet.both("STS refuses, and the policies can't be simulated", |case| {
        case.refuse("sts:AssumeRole", K::AccessDenied).refuse("iam:SimulatePrincipalPolicy", K::AccessDenied);
    });
    sheet.both("STS refuses, and neither side can be seen", |case| {
        case.refuse("sts:AssumeRole", K::AccessDenied).refuse("iam:SimulatePrincipalPolicy", K::AccessDenied);
        case.refuse("iam:GetRole", K::AccessDenied);
    });
    sheet.both("the caller may look at nothing, and assume", |case| {
        for operation in ["iam:GetRole", "iam:SimulatePrincipalPolicy"] {
            case.refuse(operation, K::AccessDenied);
        }
    });
    for kind in [K::Throttled, K::Unreachable, K::Other] {
        sheet.both(&format!("AssumeRole answers {kind:?}"), |case| _ = case.refuse("sts:AssumeRole", kind));
    }
    sheet.both("STS refuses twice and then no more", |case| {
        case.refuse_once("sts:AssumeRole", 1, K::AccessDenied).refuse_once("sts:AssumeRole", 2, K::AccessDenied);
    });
    sheet.proof("STS refuses once, and nothing was written", |case| {
        case.proof.is_fresh = false;
        case.refuse_once("sts:AssumeRole", 1, K::AccessDenied);
    });
    sheet.pin("policies");
}

#[test]
fn the_ends_at_the_roles_trust() {
    let mut sheet = sheet();
    let allow = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    for (what, statements) in [
        ("names another user", allow(json!({"AWS": "arn:aws:iam::111122223333:user/bob"}))),
        ("names a service", allow(json!({"Service": "ec2.amazonaws.com"}))),
        ("names account access", allow(json!({"Service": "account-access.amazonaws.com"}))),
        (
            "names an identity provider",
            json!({"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com"},
                   "Action": "sts:AssumeRoleWithWebIdentity"}),
        ),
        ("names who was deleted", allow(json!({"AWS": "AIDAQWERTYUIOPASDFGHJ"}))),
        (
            "denies the caller",
            json!([allow(json!({"AWS": "arn:aws:iam::111122223333:root"})),
                   {"Effect": "Deny", "Principal": {"AWS": CREATOR}, "Action": "sts:AssumeRole"}]),
        ),
        (
            "has a condition that is not met",
            conditioned(&json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/bob"}})),
        ),
        ("has a condition that can't be judged", conditioned(&json!({"StringEquals": {"aws:userid": "x"}}))),
        ("asks for an external id", conditioned(&json!({"StringEquals": {"sts:ExternalId": "right"}}))),
        ("asks for a session name", conditioned(&json!({"StringEquals": {"sts:RoleSessionName": "release"}}))),
        ("asks for a source identity", conditioned(&json!({"StringEquals": {"sts:SourceIdentity": "ann"}}))),
    ] {
        sheet.both(&format!("the trust {what}"), |case| _ = case.trust(&statements));
    }
    sheet.walk("another external id is sent", |case| {
        case.trust(&conditioned(&json!({"StringEquals": {"sts:ExternalId": "right"}})));
        case.inquiry.external_id = Some("wrong".into());
    });
    sheet.pin("trust");
}

#[test]
fn the_ends_at_mfa() {
    let mut sheet = sheet();
    sheet.both("the trust asks, and no device is known", |case| _ = case.trust(&with_mfa()));
    sheet.both("the caller's policies ask, and no device is known", |case| simulated(case, S::Missing, S::Allowed));
    sheet.both("the trust asks a session of another role", |case| _ = case.trust(&with_mfa()).caller(SESSION));
    let device = |case: &mut Case, code: Result<&str, &str>| {
        case.trust(&with_mfa());
        case.state.front.device = (Some(DEVICE.into()), code.map(str::to_owned).map_err(str::to_owned), false);
    };
    sheet.both("the code is right", |case| device(case, Ok(CODE)));
    sheet.both("the code is wrong", |case| device(case, Ok("000000")));
    sheet.both("there is no terminal", |case| device(case, Err("there is no terminal")));
    sheet.both("a session was kept", |case| {
        case.trust(&with_mfa());
        case.state.front.device.2 = true;
    });
    sheet.both("the trust can't be read, and asks", |case| {
        case.trust(&with_mfa()).refuse("iam:GetRole", K::AccessDenied);
    });
    sheet.both("the code is right, and STS refuses all the same", |case| {
        device(case, Ok(CODE));
        case.refuse("sts:AssumeRole", K::AccessDenied);
    });
    sheet.pin("mfa");
}

#[test]
fn the_ends_between_the_role_and_the_cluster() {
    let mut sheet = sheet();
    sheet.walk("the token is too long", |case| case.state.front.token = Err("5000 bytes long".into()));
    sheet.walk("the cluster is of another partition", |case| case.inquiry.cluster.region = "cn-north-1".into());
    sheet.walk("there is no such cluster", |case| case.inquiry.cluster.name = "prod".into());
    sheet.both("the cluster is being created", |case| case.state.description.status = "CREATING".into());
    sheet.both("the cluster has no endpoint", |case| case.state.description.endpoint = None);
    for kind in [K::AccessDenied, K::Throttled] {
        sheet.walk(&format!("DescribeCluster answers {kind:?}"), |case| _ = case.refuse("eks:DescribeCluster", kind));
    }
    sheet.both("no client can be built", |case| case.state.front.no_client = Some("no certificate authority".into()));
    for reach in [
        Reach::NoName("no such host".into()),
        Reach::Silent("connection refused".into()),
        Reach::Proxy("403 Forbidden".into()),
        Reach::Tls("unknown issuer".into()),
        Reach::OtherName("not valid for name".into()),
    ] {
        sheet.walk(&format!("reached: {reach:?}"), |case| case.state.front.reach = reach.clone());
        sheet.walk(&format!("reached through a tunnel: {reach:?}"), |case| {
            case.state.front.reach = reach.clone();
            let server = Some("https://localhost:8443".into());
            case.inquiry.tunnel = Tunnel { server, tls_server_name: Some("dev.example".into()), proxy_url: None };
        });
        sheet.walk(&format!("reached through a proxy: {reach:?}"), |case| {
            case.state.front.reach = reach.clone();
            case.inquiry.tunnel.proxy_url = Some("http://proxy.example:3128".into());
        });
    }
    sheet.walk("a private endpoint is silent", |case| {
        case.state.description.private_only = true;
        case.state.front.reach = Reach::Silent("timed out".into());
    });
    sheet.pin("cluster");
}

#[test]
fn the_ends_of_members() {
    let mut sheet = sheet();
    let member =
        |case: &mut Case| case.proof.members = vec![("ann".into(), "arn:aws:iam::111122223333:user/ann".into())];
    sheet.proof("a member's policies don't allow it", member);
    for (what, without, with) in [
        ("may assume it", S::Allowed, S::Allowed),
        ("is denied it", S::Denied { by_organisation: false }, S::Denied { by_organisation: false }),
        ("may assume it with MFA", S::Missing, S::Allowed),
    ] {
        sheet.proof(&format!("a member {what}"), |case| {
            member(case);
            simulated(case, without, with);
        });
    }
    sheet.proof("a member, and the trust asks for MFA", |case| {
        member(case);
        case.trust(&with_mfa());
        simulated(case, S::Allowed, S::Allowed);
    });
    sheet.proof("a member whose policies can't be simulated", |case| {
        member(case);
        case.refuse("iam:SimulatePrincipalPolicy", K::AccessDenied);
    });
    sheet.proof("a member whom the trust does not name", |case| {
        member(case);
        case.trust(&json!({"Effect": "Allow", "Principal": {"AWS": NODE_ROLE}, "Action": "sts:AssumeRole"}));
        simulated(case, S::Allowed, S::Allowed);
    });
    sheet.proof("a member that is not an ARN", |case| case.proof.members = vec![("ann".into(), "ann".into())]);
    sheet.proof("without a cluster", |case| case.proof.has_cluster = false);
    sheet.pin("members");
}
