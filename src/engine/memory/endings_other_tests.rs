//! Another principal, verified from the outside.

use std::collections::BTreeMap;

use super::endings::{Case, MAPPED, Sheet};
use super::state::{ACCOUNT, role_made_at};
use crate::engine::verify::RoleFrom;
use crate::engine::{CallErrorKind as K, Simulated as S};
use crate::model::{AuthMode, Group};

fn of(case: &mut Case, what: &str) {
    case.inquiry.principal = Some(format!("arn:aws:iam::{ACCOUNT}:{what}"));
}

#[test]
fn the_ends_of_another_principal() {
    let mut sheet = Sheet::new(AuthMode::ConfigMap);
    sheet.walk("the role itself", |case| of(case, "role/KubernetesAdmin"));
    sheet.walk("a user who may assume it", |case| {
        of(case, "user/ann");
        case.state.front.simulated = Some((S::Allowed, S::Allowed));
    });
    sheet.walk("a user who may not", |case| of(case, "user/ann"));
    sheet.walk("a user whose policies ask for MFA", |case| {
        of(case, "user/ann");
        case.state.front.simulated = Some((S::Missing, S::Allowed));
    });
    sheet.walk("a user whose policies can't be simulated", |case| {
        of(case, "user/ann");
        case.refuse("iam:SimulatePrincipalPolicy", K::AccessDenied);
    });
    sheet.walk("a user who is not there", |case| of(case, "user/carl"));
    sheet.walk("a user who can't be seen", |case| {
        of(case, "user/ann");
        case.refuse("iam:GetUser", K::AccessDenied);
        case.state.front.simulated = Some((S::Allowed, S::Allowed));
    });
    sheet.walk("a role that shows its own token", |case| {
        of(case, "role/Ci");
        case.state.roles.insert("ci".into(), role_made_at("Ci", 40));
        case.map(&MAPPED.replace("KubernetesAdmin", "Ci").replace("system:masters", "viewers"));
        case.inquiry.role_from = RoleFrom::Default;
    });
    sheet.walk("a role that is not there", |case| of(case, "role/Gone"));
    sheet.walk("a principal of another account", |case| {
        case.inquiry.principal = Some("arn:aws:iam::444455556666:role/Ci".into());
    });
    sheet.walk("the root user", |case| of(case, "root"));
    sheet.walk("a text that is not an ARN", |case| case.inquiry.principal = Some("ann".into()));
    sheet.walk("aws-auth can't be read", |case| {
        of(case, "role/KubernetesAdmin");
        case.refuse("k8s:GetConfigMap", K::AccessDenied);
    });
    sheet.walk("no client can be built", |case| {
        of(case, "role/KubernetesAdmin");
        case.state.front.no_client = Some("no certificate authority".into());
    });
    sheet.pin("others");
}

#[test]
fn the_ends_of_a_group() {
    let mut sheet = Sheet::new(AuthMode::ConfigMap);
    sheet.walk("a group that is not there", |case| of(case, "group/Admins"));
    sheet.walk("a group that can't be seen", |case| {
        of(case, "group/Admins");
        case.refuse("iam:GetGroup", K::AccessDenied);
    });
    for (what, members) in [
        ("a group of one who may and one who may not", vec!["creator", "ann"]),
        ("a group with one who is gone", vec!["carl"]),
    ] {
        sheet.walk(what, |case| {
            of(case, "group/Admins");
            let group = Group {
                name: "Admins".into(),
                arn: format!("arn:aws:iam::{ACCOUNT}:group/Admins"),
                members: members.iter().map(|&name| name.to_owned()).collect(),
                inline_policies: BTreeMap::new(),
                attached_policies: Vec::new(),
            };
            case.state.groups.insert("admins".into(), group);
        });
    }
    sheet.pin("groups");
}
