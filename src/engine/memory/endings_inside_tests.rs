//! Inside the cluster: which source decides, which identity the role gets, and its rights.

use std::rc::Rc;

use super::endings::{Case, MAPPED, Sheet};
use super::fault::{Effect, Fault};
use super::state::{NODES, State};
use super::wishes::{MODES, ROLE_ARN};
use crate::engine::{CallErrorKind as K, Can, LinkState, Reach};
use crate::model::AuthMode;

const API: AuthMode = AuthMode::Api;
const MAP: AuthMode = AuthMode::ConfigMap;
const BOTH: AuthMode = AuthMode::ApiAndConfigMap;

/// Asks about one right in one namespace.
fn get_pods(case: &mut Case) {
    let (verb, group, resource, namespace) = ("get".into(), String::new(), "pods".into(), Some("shop".into()));
    case.inquiry.can = Some(Can { verb, group, resource, namespace });
}

/// Another client changes the world while the n-th call of an operation is made.
fn overtaken(case: &mut Case, operation: &'static str, nth: usize, act: impl Fn(&mut State) + 'static) {
    case.faults.push(Fault::at(operation, nth, Effect::Overtaken(Rc::new(act))));
}

#[test]
fn the_ends_of_a_way_that_holds() {
    let mut sheet = Sheet::whole(MAP);
    for mode in MODES {
        sheet.turn_to(mode);
        sheet.both(&format!("everything holds in mode {mode}"), |_| ());
    }
    sheet.pin("holds");
}

#[test]
fn the_ends_at_the_map() {
    let mut sheet = Sheet::new(MAP);
    for (what, text) in [
        ("nothing maps the role", String::new()),
        ("a line has its path", MAPPED.replace("role/", "role/team/")),
        ("a line is of another account", MAPPED.replace("111122223333", "444455556666")),
        ("a line is for nodes", MAPPED.replace("kubernetes-admin", "'system:node:{{EC2PrivateDNSName}}'")),
        ("a line without a username", MAPPED.replace("  username: kubernetes-admin\n", "")),
        ("the groups are a text", MAPPED.replace("groups:\n  - system:masters", "groups: system:masters")),
        ("a line twice", format!("{MAPPED}{}", MAPPED.replace("system:masters", "viewers"))),
        ("a template in the username", MAPPED.replace("kubernetes-admin", "'admin:{{SessionName}}'")),
        ("fewer rights", MAPPED.replace("system:masters", "viewers")),
    ] {
        sheet.both(what, |case| _ = case.map(&text));
    }
    sheet.both("aws-auth does not exist", |case| case.state.map = None);
    sheet.walk("aws-auth does not exist, and a backup of an older one is kept", |case| {
        case.state.map = None;
        case.inquiry.machine.newest_kept = Some("20260101".into());
    });
    sheet.walk("aws-auth can't be read", |case| _ = case.refuse("k8s:GetConfigMap", K::AccessDenied));
    sheet.walk("aws-auth can't be read, and nothing maps the role", |case| {
        case.map("").refuse("k8s:GetConfigMap", K::AccessDenied);
    });
    sheet.walk("no role is named, and the caller is the cluster's creator", |case| {
        case.state.roles.clear();
        case.inquiry.role_from = crate::engine::verify::RoleFrom::Default;
    });
    sheet.pin("map");
}

#[test]
fn the_ends_at_the_entry() {
    let mut sheet = Sheet::new(API);
    sheet.both("the entry does not exist", |case| case.state.entries.clear());
    sheet.both("the entry is older than the role", |case| {
        case.state.entries.get_mut(ROLE_ARN).unwrap().created_at = Some(10);
    });
    sheet.both("the entry gives nothing", |case| case.state.entries.get_mut(ROLE_ARN).unwrap().policies.clear());
    sheet.walk("the entry can't be seen", |case| _ = case.refuse("eks:DescribeAccessEntry", K::AccessDenied));
    sheet.walk("there is none that could be seen", |case| {
        case.state.entries.clear();
        case.refuse("eks:DescribeAccessEntry", K::AccessDenied);
    });
    sheet.pin("entry");
}

#[test]
fn the_ends_with_both_sources() {
    let mut sheet = Sheet::new(BOTH);
    sheet.both("an entry masks the line", |case| case.state.bind_by_entry(ROLE_ARN, "by-entry"));
    sheet.both("an empty entry masks the line", |case| {
        case.state.bind_by_entry(ROLE_ARN, "by-entry");
        case.state.entries.get_mut(ROLE_ARN).unwrap().policies.clear();
    });
    sheet.walk("the entry can't be seen", |case| _ = case.refuse("eks:DescribeAccessEntry", K::AccessDenied));
    sheet.walk("neither source can be seen", |case| {
        case.refuse("eks:DescribeAccessEntry", K::AccessDenied).refuse("k8s:GetConfigMap", K::AccessDenied);
    });
    sheet.walk("a caller who may look at nothing but assume", |case| {
        for operation in ["eks:DescribeAccessEntry", "k8s:GetConfigMap", "iam:GetRole", "iam:SimulatePrincipalPolicy"] {
            case.refuse(operation, K::AccessDenied);
        }
    });
    sheet.pin("both");
}

#[test]
fn the_ends_at_the_identity() {
    let mut sheet = Sheet::new(MAP);
    for kind in [K::Unauthorized, K::AccessDenied, K::Unreachable] {
        sheet.both(&format!("the cluster answers {kind:?}"), |case| {
            case.refuse("k8s:SelfSubjectReview", kind);
        });
    }
    sheet.proof("the review does not arrive, and nothing answers", |case| {
        case.state.front.reach = Reach::Silent("timed out".into());
        case.refuse("k8s:SelfSubjectReview", K::Unreachable);
    });
    sheet.proof("the cluster answers 401 again after it was right once", |case| {
        for nth in [1, 3] {
            case.refuse_once("k8s:SelfSubjectReview", nth, K::Unauthorized);
        }
    });
    sheet.walk("the cluster answers Unauthorized, and nothing can be seen", |case| {
        case.refuse("k8s:SelfSubjectReview", K::Unauthorized).refuse("k8s:GetConfigMap", K::AccessDenied);
    });
    sheet.both("the cluster answers 401 once", |case| {
        case.refuse_once("k8s:SelfSubjectReview", 1, K::Unauthorized);
    });
    sheet.proof("the cluster answers 401 once, and nothing was written", |case| {
        case.proof.is_fresh = false;
        case.refuse_once("k8s:SelfSubjectReview", 1, K::Unauthorized);
    });
    let other = MAPPED.replace("kubernetes-admin", "other");
    sheet.proof("it becomes another than was promised", |case| {
        case.proof.promised = Some(format!("{NODES}{MAPPED}"));
        case.map(&other);
    });
    sheet.proof("it becomes another, and then the one that was promised", |case| {
        case.proof.promised = Some(format!("{NODES}{MAPPED}"));
        case.map(&other);
        overtaken(case, "k8s:SelfSubjectReview", 3, |state| state.write_map(&format!("{NODES}{MAPPED}")));
    });
    sheet.walk("another writer changes the line in between", |case| {
        let other = other.clone();
        overtaken(case, "k8s:SelfSubjectReview", 1, move |state| state.write_map(&format!("{NODES}{other}")));
    });
    sheet.pin("identity");
}

#[test]
fn the_ends_at_the_rights() {
    let mut sheet = Sheet::new(MAP);
    let viewers = MAPPED.replace("system:masters", "viewers");
    sheet.both("a right that the group does not give", |case| {
        get_pods(case);
        case.map(&viewers);
    });
    sheet.both("a right that it gives", get_pods);
    sheet.both("none is asked about", |case| case.inquiry.can = None);
    for kind in [K::AccessDenied, K::Unauthorized, K::Unreachable] {
        sheet.both(&format!("the review answers {kind:?}"), |case| {
            case.refuse("k8s:SelfSubjectAccessReview", kind);
        });
    }
    sheet.both("the review answers 401 once", |case| {
        case.refuse_once("k8s:SelfSubjectAccessReview", 1, K::Unauthorized);
    });
    sheet.proof("an administrator's group comes late", |case| {
        case.proof.promised = Some(format!("{NODES}{MAPPED}"));
        case.map(&viewers);
    });
    sheet.pin("rights");
}

#[test]
fn each_try_of_a_proof_is_made_with_a_token_of_its_own_and_after_a_refusal_two_in_a_row_count() {
    let mut case = Case::new(MAP);
    case.inquiry.can = None;
    for nth in [1, 3] {
        case.refuse_once("k8s:SelfSubjectReview", nth, K::Unauthorized);
    }
    let world = case.world();
    assert!(case.proven_in(&world).iter().all(|link| link.state == LinkState::Ok));
    let rounds = world.gate().rounds();
    let asked = rounds.iter().flatten().filter(|operation| **operation == "k8s:SelfSubjectReview").count();
    assert_eq!((asked, world.clients()), (5, 5), "no, yes, no, yes, yes");
}
