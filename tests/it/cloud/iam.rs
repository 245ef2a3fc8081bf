//! Roles, groups and their rules.

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::client::Client;
use crate::support::cloud::{Cloud, World};

fn trust(principal: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": [principal] },
        "Action": ["sts:AssumeRole"] }] })
    .to_string()
}

fn root() -> String {
    trust("arn:aws:iam::111122223333:root")
}

fn shown_trust(client: &Client, role: &str) -> Value {
    let answer = client.iam("GetRole", &[("RoleName", role)]);
    let text = percent_decode_str(answer.xml("AssumeRolePolicyDocument")).decode_utf8().unwrap().into_owned();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn names_are_unique_ignoring_case_and_ids_are_never_used_again() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let create = |name: &str| {
        creator.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", &root()), ("Path", "/a/b/")])
    };
    let first = create("Admin");
    assert_eq!(first.xml("Arn"), "arn:aws:iam::111122223333:role/a/b/Admin");
    assert_eq!(create("ADMIN").code(), "409 EntityAlreadyExists");
    assert_eq!(creator.iam("GetRole", &[("RoleName", "admin")]).xml("RoleName"), "Admin");
    assert_eq!(creator.iam("DeleteRole", &[("RoleName", "admin")]).status, 200);
    assert_ne!(create("Admin").xml("RoleId"), first.xml("RoleId"));
}

#[test]
fn trust_comes_back_encoded_and_rewritten() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    creator.iam("CreateRole", &[("RoleName", "R"), ("AssumeRolePolicyDocument", &trust("111122223333"))]);
    let expected = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "sts:AssumeRole" }] });
    assert_eq!(shown_trust(&creator, "R"), expected);
    assert_eq!(cloud.trust("R").unwrap(), expected);
}

#[test]
fn trust_must_name_principals_that_exist_and_remembers_them_by_id() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let create =
        |name: &str, trust: &str| creator.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", trust)]);
    for principal in ["arn:aws:iam::111122223333:role/none", "arn:aws:iam::111122223333:group/g", "AROAGONE"] {
        let answer = create("R", &trust(principal));
        assert_eq!(answer.code(), "400 MalformedPolicyDocument");
        assert_eq!(
            answer.xml("Message"),
            format!("Invalid principal in policy: &quot;AWS&quot;:&quot;{principal}&quot;")
        );
    }
    assert_eq!(create("R", &trust("arn:aws:iam::111122223333:user/member")).status, 200);
    let id = cloud.edit(|state| state.id_of_arn("arn:aws:iam::111122223333:user/member")).unwrap();
    cloud.delete_user("member");
    assert_eq!(shown_trust(&creator, "R")["Statement"][0]["Principal"]["AWS"], json!(id));
    // The text as returned can't be written again.
    let text = shown_trust(&creator, "R").to_string();
    let answer = creator.iam("UpdateAssumeRolePolicy", &[("RoleName", "R"), ("PolicyDocument", &text)]);
    assert_eq!(answer.code(), "400 MalformedPolicyDocument");
}

#[test]
fn what_is_malformed_or_too_much_is_refused() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let long = "x".repeat(65);
    let description = "x".repeat(1001);
    let many = (0..60).map(|n| format!("arn:aws:iam::9999888877{n:02}:root")).collect::<Vec<_>>();
    let large = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "AWS": many },
        "Action": "sts:AssumeRole" }] })
    .to_string();
    let with_resource = root().replace("\"Effect\"", "\"Resource\":\"*\",\"Effect\"");
    for (name, value, code) in [
        ("RoleName", "a b", "400 ValidationError"),
        ("RoleName", &long, "400 ValidationError"),
        ("Description", &description, "400 ValidationError"),
        ("MaxSessionDuration", "3599", "400 ValidationError"),
        ("Path", "no-slash", "400 ValidationError"),
        ("AssumeRolePolicyDocument", "{", "400 MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", "{\"Version\":\"2012-10-17\"}", "400 MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", &with_resource, "400 MalformedPolicyDocument"),
        ("AssumeRolePolicyDocument", &large, "409 LimitExceeded"),
        ("PermissionsBoundary", "arn:aws:iam::111122223333:policy/none", "404 NoSuchEntity"),
    ] {
        let trust = root();
        let mut params = vec![("RoleName", "R"), ("AssumeRolePolicyDocument", trust.as_str())];
        params.retain(|(n, _)| *n != name);
        params.push((name, value));
        assert_eq!(creator.iam("CreateRole", &params).code(), code, "{name}={value}");
    }
    assert!(cloud.role("R").is_none());
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    creator.iam("CreateRole", &[("RoleName", "R"), ("AssumeRolePolicyDocument", &root()), ("Description", "kept")]);
    assert_eq!(creator.iam("UpdateRole", &[("RoleName", "R"), ("MaxSessionDuration", "7200")]).status, 200);
    creator.iam(
        "TagRole",
        &[
            ("RoleName", "R"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "a"),
            ("Tags.member.2.Key", "b"),
            ("Tags.member.2.Value", ""),
        ],
    );
    creator.iam("UntagRole", &[("RoleName", "R"), ("TagKeys.member.1", "b")]);
    let role = cloud.role("R").unwrap();
    assert_eq!(role.description.as_deref(), Some("kept"));
    assert_eq!(role.max_session_seconds, 7200);
    assert_eq!(role.tags.into_iter().collect::<Vec<_>>(), [("team".to_owned(), "a".to_owned())]);
}

#[test]
fn a_role_or_group_with_anything_left_is_not_deleted() {
    let cloud = Cloud::start();
    let creator = Client::new(&cloud, "creator");
    let node = [("RoleName", "dev-node")];
    assert_eq!(creator.iam("DeleteRole", &node).code(), "409 DeleteConflict");
    creator.iam("CreateGroup", &[("GroupName", "G")]);
    let member = [("GroupName", "g"), ("UserName", "MEMBER")];
    assert_eq!(creator.iam("AddUserToGroup", &member).status, 200);
    assert_eq!(creator.iam("AddUserToGroup", &member).status, 200);
    assert_eq!(cloud.group("G").unwrap().members.len(), 1);
    assert_eq!(creator.iam("DeleteGroup", &[("GroupName", "G")]).code(), "409 DeleteConflict");
    assert_eq!(creator.iam("RemoveUserFromGroup", &member).status, 200);
    assert_eq!(creator.iam("RemoveUserFromGroup", &member).code(), "404 NoSuchEntity");
    assert_eq!(creator.iam("DeleteGroup", &[("GroupName", "G")]).status, 200);
    assert_eq!(creator.iam("AddUserToGroup", &member).code(), "404 NoSuchEntity");
}

#[test]
fn a_groups_policies_and_a_users_groups_have_limits() {
    let cloud = World::new()
        .home(|home| {
            (0..10).for_each(|n| {
                home.group(&format!("g{n}"), &["member"]);
            });
        })
        .start();
    let creator = Client::new(&cloud, "creator");
    creator.iam("CreateGroup", &[("GroupName", "G")]);
    let full = creator.iam("AddUserToGroup", &[("GroupName", "G"), ("UserName", "member")]);
    assert_eq!(full.code(), "409 LimitExceeded");
    let put = |name: &str, length: usize| {
        let document = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole",
            "Resource": format!("arn:aws:iam::111122223333:role/{}", "x".repeat(length)) }] });
        creator.iam(
            "PutGroupPolicy",
            &[("GroupName", "G"), ("PolicyName", name), ("PolicyDocument", &document.to_string())],
        )
    };
    assert_eq!(put("a", 3000).status, 200);
    assert_eq!(put("b", 3000).code(), "409 LimitExceeded");
    assert_eq!(put("a", 3100).status, 200);
    let shown = creator.iam("GetGroupPolicy", &[("GroupName", "g"), ("PolicyName", "a")]);
    assert!(shown.xml("PolicyDocument").contains("sts%3AAssumeRole"));
}

#[test]
fn lists_come_in_pages() {
    let cloud = World::new()
        .home(|home| {
            (0..5).for_each(|n| {
                home.role(&format!("r{n}"));
            });
        })
        .start();
    cloud.set_page_size(Some(2));
    let creator = Client::new(&cloud, "creator");
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let mut params = vec![("PathPrefix", "/")];
        if !marker.is_empty() {
            params.push(("Marker", &marker));
        }
        let answer = creator.iam("ListRoles", &params);
        names.extend(answer.body.split("<RoleName>").skip(1).map(|t| t[..t.find('<').unwrap()].to_owned()));
        if answer.xml("IsTruncated") == "false" {
            break;
        }
        answer.xml("Marker").clone_into(&mut marker);
    }
    assert_eq!(names, ["dev-node", "r0", "r1", "r2", "r3", "r4"]);
}

#[test]
fn reserved_roles_are_found_by_path_and_cannot_be_changed() {
    let cloud = World::new()
        .home(|home| {
            home.reserved_role("Admins", "0123456789abcdef", Some("eu-west-1"));
        })
        .start();
    let creator = Client::new(&cloud, "creator");
    let found = creator.iam("ListRoles", &[("PathPrefix", "/aws-reserved/sso.amazonaws.com/")]);
    let arn = found.xml("Arn");
    assert!(arn.ends_with(":role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admins_0123456789abcdef"));
    let name = found.xml("RoleName");
    let answer = creator.iam("UpdateAssumeRolePolicy", &[("RoleName", name), ("PolicyDocument", &root())]);
    assert_eq!(answer.code(), "400 UnmodifiableEntity");
}

#[test]
fn an_action_that_no_policy_allows_is_refused() {
    let cloud = Cloud::start();
    cloud.home(|home| {
        home.allow("member", &["iam:Get*"], "arn:aws:iam::111122223333:role/dev-*");
    });
    let member = Client::new(&cloud, "member");
    assert_eq!(member.iam("GetRole", &[("RoleName", "dev-node")]).status, 200);
    let answer = member.iam("CreateRole", &[("RoleName", "R"), ("AssumeRolePolicyDocument", &root())]);
    assert_eq!(answer.code(), "403 AccessDenied");
    assert_eq!(
        answer.xml("Message"),
        "User: arn:aws:iam::111122223333:user/member is not authorized to perform: iam:CreateRole on resource: \
         arn:aws:iam::111122223333:role/R because no identity-based policy allows the iam:CreateRole action"
    );
}

#[test]
fn simulation_says_what_calls_would_meet() {
    let cloud = World::new()
        .home(|home| {
            home.role("R");
        })
        .start();
    cloud.home(|home| {
        home.group("G", &["member"]).group_policy(
            "G",
            "P",
            &json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/R",
              "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "true" } } },
            { "Effect": "Deny", "Action": "iam:*", "Resource": "*" }] }),
        );
    });
    let creator = Client::new(&cloud, "creator");
    let decide = |action: &str, mfa: &str| {
        creator
            .iam(
                "SimulatePrincipalPolicy",
                &[
                    ("PolicySourceArn", "arn:aws:iam::111122223333:user/member"),
                    ("ActionNames.member.1", action),
                    ("ResourceArns.member.1", "arn:aws:iam::111122223333:role/R"),
                    ("ContextEntries.member.1.ContextKeyName", "aws:MultiFactorAuthPresent"),
                    ("ContextEntries.member.1.ContextKeyType", "boolean"),
                    ("ContextEntries.member.1.ContextKeyValues.member.1", mfa),
                ],
            )
            .xml("EvalDecision")
            .to_owned()
    };
    assert_eq!(decide("sts:AssumeRole", "true"), "allowed");
    assert_eq!(decide("sts:AssumeRole", "false"), "implicitDeny");
    assert_eq!(decide("iam:GetRole", "true"), "explicitDeny");
}
