//! One parser of trust, also for writing: every statement that allows assuming a role is changed, or the command fails
//! and names the one that it can't change.

use serde_json::{Value, json};

use super::acts::{desk, does_nothing, refused};
use crate::support::cloud::{AuthMode, Inline};
use crate::support::desk::{Desk, Ran};

const ROOT: &str = "arn:aws:iam::111122223333:root";
const MEMBER: &str = "arn:aws:iam::111122223333:user/member";
const PARTNER: &str = "arn:aws:iam::444455556666:root";
const SUFFIX: &str = "????????????????";

/// A desk whose role `Ops` belongs to this program and trusts this.
fn trusting(statements: &Value) -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    let trust = json!({"Version": "2012-10-17", "Statement": statements});
    desk.cloud.home(|home| {
        home.role_trusting("/", "Ops", &trust);
        home.with_role("Ops", |role| {
            role.tags.insert("eksaccess.dev/owner".into(), "cli".into());
        });
    });
    desk
}

fn allow(principal: &Value, action: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action})
}

fn statements(desk: &Desk) -> Vec<Value> {
    desk.cloud.trust("Ops").unwrap()["Statement"].as_array().unwrap().clone()
}

fn role(desk: &Desk, more: &str) -> Ran {
    desk.eksaccess("creator", &format!("role --role Ops {more}")).run()
}

/// Every way to allow assuming a role, except for principals that can't use MFA.
fn ways() -> Vec<Value> {
    vec![
        allow(&json!("*"), &json!("sts:AssumeRole")),
        allow(&json!({"AWS": "*"}), &json!(["sts:TagSession", "sts:AssumeRole"])),
        allow(&json!({"AWS": ROOT}), &json!("sts:Assume*")),
        allow(&json!({"AWS": ROOT}), &json!("sts:*")),
        allow(&json!({"AWS": [ROOT, PARTNER]}), &json!("*")),
        allow(&json!({"AWS": PARTNER}), &json!("sts:?ssumeRole")),
        json!({"Effect": "Allow", "NotPrincipal": {"AWS": MEMBER}, "Action": "sts:AssumeRole"}),
        json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "NotAction": "sts:TagSession"}),
        json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}),
        json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole",
            "Condition": {"bool": {"AWS:MultiFactorAuthPresent": ["true", "false"]}}}),
    ]
}

#[test]
fn requiring_mfa_external_id_and_organisation_reaches_every_statement_that_allows_assuming() {
    let ways = ways();
    for all in ways.iter().map(|way| vec![way.clone()]).chain(ways.chunks(4).map(<[Value]>::to_vec)) {
        let desk = trusting(&json!(all));
        refused(&desk, desk.eksaccess("creator", "role --role Ops --require-mfa"), 6).says("MFA");
        role(&desk, "--require-mfa --external-id ticket-42 --org-id o-abcdefghij --yes");
        for statement in statements(&desk) {
            let text = statement["Condition"].to_string().to_ascii_lowercase();
            assert!(text.contains(r#""bool":{"aws:multifactorauthpresent":"true"}"#), "{statement}");
            assert!(text.contains("ticket-42") && text.contains("o-abcdefghij"), "{statement}");
        }
        does_nothing(&desk, desk.eksaccess("creator", "role --role Ops --require-mfa --external-id ticket-42"));
    }
}

#[test]
fn a_statement_for_those_who_never_show_mfa_is_named_and_nothing_is_changed() {
    let root = allow(&json!({"AWS": ROOT}), &json!("sts:AssumeRole"));
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    for (other, whom) in [
        (allow(&json!({"Service": "ec2.amazonaws.com"}), &json!("sts:AssumeRole")), "service ec2.amazonaws.com"),
        (allow(&json!({"AWS": ROOT, "Service": "ec2.amazonaws.com"}), &json!("sts:*")), "service ec2.amazonaws.com"),
        (allow(&json!({"Federated": provider}), &json!("sts:AssumeRoleWithWebIdentity")), provider),
        (allow(&json!({"Federated": provider}), &json!("sts:Assume*")), provider),
    ] {
        let desk = trusting(&json!([root, other]));
        for option in ["--require-mfa", "--external-id ticket-42", "--org-id o-abcdefghij"] {
            let ran = refused(&desk, desk.eksaccess("creator", &format!("role --role Ops {option} --yes")), 2);
            ran.warns("statement 2").warns(whom).warns(option.split(' ').next().unwrap());
            ran.warns(&format!("eksaccess role --role Ops --trust {ROOT} {option}"));
        }
        // The hint does what it says.
        let whole = format!("--trust {ROOT} --require-mfa");
        refused(&desk, desk.eksaccess("creator", &format!("role --role Ops {whole}")), 6).says(whom);
        role(&desk, &format!("{whole} --yes"));
        let left = statements(&desk);
        assert!(left.iter().all(|s| s["Condition"]["Bool"]["aws:MultiFactorAuthPresent"] == "true"), "{left:?}");
        assert!(left.iter().all(|s| s["Principal"] == json!({"AWS": ROOT})), "{left:?}");
    }
}

#[test]
fn the_whole_list_says_what_it_removes() {
    let desk = trusting(&json!([
        allow(&json!({"AWS": ROOT}), &json!("sts:AssumeRole")),
        {"Sid": "Partner", "Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "ticket-42"}}},
        allow(&json!({"Service": ["ec2.amazonaws.com", "ssm.amazonaws.com"]}), &json!("sts:AssumeRole")),
        allow(&json!("*"), &json!("sts:Assume*")),
        allow(&json!({"Federated": "accounts.google.com"}), &json!("sts:AssumeRoleWithWebIdentity")),
    ]));
    let typed = format!("role --role Ops --trust {MEMBER}");
    let ran = refused(&desk, desk.eksaccess("creator", &typed), 6);
    for part in [
        "account 111122223333",
        "account 444455556666",
        "sts:ExternalId",
        "ticket-42",
        "service ec2.amazonaws.com",
        "service ssm.amazonaws.com",
        "everyone (*)",
        "identity provider accounts.google.com",
    ] {
        let why = ran.stdout.lines().skip_while(|line| !line.contains("overwriting")).collect::<Vec<_>>().join(" ");
        assert!(why.contains(part), "the reason does not name {part}:\n{}", ran.stdout);
    }
    role(&desk, &format!("--trust {MEMBER} --yes"));
    assert_eq!(
        statements(&desk),
        [json!({"Effect": "Allow", "Principal": {"AWS": MEMBER}, "Action": "sts:AssumeRole"})]
    );
    does_nothing(&desk, desk.eksaccess("creator", &typed));
}

#[test]
fn a_principal_that_stays_keeps_its_condition() {
    let partner = json!({"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "ticket-42"}},
        "Effect": "Allow", "Principal": {"AWS": PARTNER}});
    let desk = trusting(&json!([allow(&json!({"AWS": ROOT}), &json!("sts:AssumeRole")), partner]));
    role(&desk, &format!("--trust {PARTNER} --trust {MEMBER} --yes"));
    let left = statements(&desk);
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(left[0]["Principal"]["AWS"], MEMBER);
    assert_eq!(left[1], partner, "the partner is not let in without its external id");
}

#[test]
fn the_difference_shows_what_stays() {
    let far = json!({"Sid": "Far", "Effect": "Allow", "Principal": {"AWS": PARTNER}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "ticket-42"}}});
    let desk = trusting(&json!([allow(&json!({"AWS": ROOT}), &json!("sts:AssumeRole")), far]));
    let ran = role(&desk, "--add-trust 999988887777 --dry-run");
    ran.says("\"Far\"").says("ticket-42").says("444455556666");
    assert!(ran.stdout.lines().any(|line| line.trim_start().starts_with('+') && line.contains("999988887777")));
}

/// `aws-reserved` roles whose own policies allow assuming every role.
fn with_sets(desk: &Desk, sets: &[(&str, Option<&str>)]) {
    let any =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}});
    desk.cloud.home(|home| {
        for (set, region) in sets {
            home.reserved_role(set, "0123456789abcdef", *region);
            home.with_role(&format!("AWSReservedSSO_{set}_0123456789abcdef"), |role| {
                role.inline.insert("any".to_owned(), Inline { document: any.clone(), effective_at: 0 });
            });
        }
    });
}

/// Whether a session of the set may assume the role.
fn gets_in(desk: &Desk, set: &str) -> bool {
    let session = desk.cloud.session_env(&format!("AWSReservedSSO_{set}_0123456789abcdef"), "ann");
    let command = "token --cluster dev --role arn:aws:iam::111122223333:role/Ops";
    let typed =
        session.into_iter().fold(desk.eksaccess("creator", command), |typed, (name, value)| typed.env(&name, value));
    desk.cloud.clear_log();
    typed.run_any().stdout.contains("k8s-aws-v1.")
}

#[test]
fn a_permission_set_is_trusted_by_its_whole_name() {
    for region in [None, Some("eu-west-1")] {
        let desk = desk(AuthMode::ConfigMap);
        with_sets(&desk, &[("Ops", region), ("Ops_Audit", region)]);
        role(&desk, "--trust-permission-set Ops");
        let text = desk.cloud.trust("Ops").unwrap().to_string();
        for path in ["/", "/*/"] {
            let pattern = format!("role/aws-reserved/sso.amazonaws.com{path}AWSReservedSSO_Ops_{SUFFIX}\"");
            assert!(text.contains(&pattern) && text.contains("ArnLike"), "{text}");
        }
        assert!(gets_in(&desk, "Ops"), "{region:?}");
        assert!(!gets_in(&desk, "Ops_Audit"), "{region:?}: another set gets in");
        does_nothing(&desk, desk.eksaccess("creator", "role --role Ops --trust-permission-set Ops"));
    }
}

#[test]
fn a_permission_set_trusted_by_a_prefix_of_its_name_is_reported_and_narrowing_it_asks() {
    for wide in [
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Ops_*",
        "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Ops_*",
        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_????????????????*",
    ] {
        let desk = trusting(&json!([{"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:PrincipalArn": wide}}}]));
        with_sets(&desk, &[("Ops", None), ("Ops_Audit", None)]);
        let narrow = "eksaccess role --role Ops --trust-permission-set Ops";
        role(&desk, "").warns("Ops_Audit").warns(narrow);
        let ran = refused(&desk, desk.eksaccess("creator", "role --role Ops --trust-permission-set Ops"), 6);
        ran.says("Ops_Audit");
        role(&desk, "--trust-permission-set Ops --yes");
        let left = statements(&desk);
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(!left[0].to_string().contains(wide), "{left:?}");
        assert!(gets_in(&desk, "Ops") && !gets_in(&desk, "Ops_Audit"), "{left:?}");
        let ran = does_nothing(&desk, desk.eksaccess("creator", "role --role Ops --trust-permission-set Ops"));
        ran.does_not_warn("Ops_Audit");
    }
}

#[test]
fn whom_mfa_shuts_out_is_said_where_it_is_planned() {
    let desk = desk(AuthMode::ConfigMap);
    let shut = "Identity Center";
    desk.eksaccess("creator", "role --role New --require-mfa --dry-run").run().says(shut);
    role(&desk, "");
    refused(&desk, desk.eksaccess("creator", "role --role Ops --require-mfa"), 6).says(shut);
    refused(&desk, desk.eksaccess("creator", "role --role X --trust-permission-set Ops --require-mfa"), 2)
        .warns("permission set Ops")
        .warns("never have MFA");
}

#[test]
fn an_account_is_not_a_principal_of_a_mapping() {
    let desk = desk(AuthMode::ConfigMap);
    let typed =
        desk.eksaccess("creator", &format!("map --cluster dev --principal {ROOT} --kubernetes-group viewers --yes"));
    refused(&desk, typed, 2)
        .warns("does not mean the whole account")
        .warns("eksaccess map --cluster dev --account 111122223333");
    desk.write(
        "aws-auth.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata: {}\n",
    );
    let typed = desk.keyless(&format!("map --file aws-auth.yaml --principal {ROOT} --kubernetes-group viewers --yes"));
    refused(&desk, typed, 2).warns("eksaccess map --file aws-auth.yaml --account 111122223333");
}

#[test]
fn a_principal_trusted_with_a_role_that_holds_permissions_is_shown_them() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.cloud.home(|home| {
        let admin = home.aws_policy("AdministratorAccess");
        home.with_role("KubernetesAdmin", |role| role.attached.push(admin));
    });
    let ran = desk.eksaccess("creator", "role --add-trust 444455556666 --dry-run").run();
    ran.warns("it has permissions of its own (arn:aws:iam::aws:policy/AdministratorAccess); all principals that the trust allows get them as well");
    let ran = desk.eksaccess("creator", "role --description other --dry-run").run();
    assert!(!ran.stderr.contains("permissions of its own"), "nothing is said where no trust is named: {}", ran.stderr);
}
