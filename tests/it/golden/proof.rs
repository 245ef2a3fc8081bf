//! Every result of the proof: what `bootstrap` prints below its plan, and its exit status.

use serde_json::{Value, json};

use super::pinned::{ROLE, coloured, desk, pin, piped, plain, wide};
use crate::support::cloud::{ACCOUNT, AuthMode, ClusterSpec, Effect, Fault, Inline, World};
use crate::support::desk::{Desk, Typed};

const BOOTSTRAP: &str = "bootstrap --cluster dev --kubeconfig kube --yes";

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{what}")
}

/// The output from the verdict on.
#[track_caller]
fn ending(shown: &str) -> String {
    let lines: Vec<&str> = shown.lines().collect();
    let is_verdict = |line: &&str| line.contains("verified: ") || line.starts_with("not fully verified");
    let Some(at) = lines.iter().position(is_verdict) else { panic!("no verdict in\n{shown}") };
    lines[at..].join("\n") + "\n"
}

/// The result at 80 columns.
#[track_caller]
fn ends(typed: Typed<'_>) -> String {
    ending(&plain(typed))
}

fn allow(principal: &Value, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", "Condition": condition})
}

/// A desk whose role has this trust; `member` is in its group.
fn trusting(statements: &Value) -> Desk {
    let trust = json!({"Version": "2012-10-17", "Statement": statements});
    let world = World::new().home(move |account| _ = account.role_trusting("/", "KubernetesAdmin", &trust));
    let desk = Desk::new(world.start());
    desk.eksaccess("creator", "group --role KubernetesAdmin --user member --yes").run();
    desk
}

fn env(typed: Typed<'_>, env: Vec<(String, String)>) -> Typed<'_> {
    env.into_iter().fold(typed, |typed, (name, value)| typed.env(&name, value))
}

#[test]
fn it_works() {
    let bootstrap = |mode: AuthMode, more: &str| ends(desk(mode).eksaccess("creator", BOOTSTRAP).args(more));
    pin(
        "proof",
        "works",
        [
            ("by aws-auth", bootstrap(AuthMode::ConfigMap, "--user member")),
            ("by an access entry", bootstrap(AuthMode::Api, "--user member")),
            ("fewer rights were asked for", bootstrap(AuthMode::Api, "--access-policy AmazonEKSViewPolicy")),
            ("without a cluster", bootstrap(AuthMode::ConfigMap, "--skip map")),
            ("with --require-verify", bootstrap(AuthMode::ConfigMap, "--require-verify")),
        ],
    );
}

#[test]
fn a_session_of_an_administrator_proves_it_too() {
    let desk = desk(AuthMode::Api);
    desk.cloud.home(|account| {
        let document =
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        account.role("Planner").with_role("Planner", |role| {
            role.inline.insert("any".to_owned(), Inline { document, effective_at: 0 });
        });
    });
    let session = desk.cloud.session_env("Planner", "ann");
    pin("proof", "works-as-session", [("80 columns", ends(env(desk.eksaccess("creator", BOOTSTRAP), session)))]);
}

/// A desk for `limited`, with the permissions of `bootstrap`, and `AssumeRole` only by this statement.
fn limited(assume: Option<Value>) -> Desk {
    let world = World::new().home(|home| {
        home.user("limited").allow("limited", &["iam:*", "eks:*", "sts:GetCallerIdentity"], "*");
        if let Some(statement) = assume {
            home.user_policy("limited", "assume", json!({"Version": "2012-10-17", "Statement": statement}));
        }
    });
    let cloud = world.start();
    let text = "- userarn: arn:aws:iam::111122223333:user/limited\n  username: limited\n  groups: [system:masters]\n";
    cloud.set_config_map_data("dev", "mapUsers", text);
    Desk::new(cloud)
}

#[test]
fn the_caller_may_not_assume_the_role() {
    let desk = limited(None);
    let required = || desk.eksaccess("limited", BOOTSTRAP).args("--require-verify").status(1);
    pin(
        "proof",
        "not-a-member",
        [
            ("80 columns", ends(desk.eksaccess("limited", BOOTSTRAP))),
            ("with --require-verify", ends(required())),
            ("with --require-verify, json", piped(required().args("--output json"))),
        ],
    );
}

#[test]
fn the_trust_leaves_the_caller_out() {
    let member = json!({"AWS": arn("user/member")});
    let world = World::new().home(move |home| _ = home.role_at("/", "KubernetesAdmin", &member));
    let desk = Desk::new(world.start());
    pin("proof", "not-trusted", [("80 columns", ends(desk.eksaccess("creator", BOOTSTRAP)))]);
}

#[test]
fn the_caller_is_the_root_user() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let mapped = format!("- userarn: {}\n  username: root\n  groups: [system:masters]\n", arn("root"));
    desk.cloud.set_config_map_data("dev", "mapUsers", &mapped);
    let root = desk.cloud.root_env();
    pin("proof", "root-user", [("80 columns", ends(env(desk.eksaccess("creator", BOOTSTRAP), root)))]);
}

#[test]
fn an_mfa_code_is_asked_for() {
    let factor = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let desk = trusting(&allow(&arn("root").into(), &factor));
    let user = ends(desk.eksaccess("creator", BOOTSTRAP).args("--user member"));
    desk.cloud.home(|account| {
        let admin = account.aws_policy("AdministratorAccess");
        account.role("Pipeline").with_role("Pipeline", |role| role.attached.push(admin));
    });
    let text = format!("- rolearn: {}\n  username: p\n  groups: [system:masters]\n", arn("role/Pipeline"));
    desk.cloud.set_config_map_data("dev", "mapRoles", &text);
    let session = desk.cloud.session_env("Pipeline", "run-1");
    let session = ends(env(desk.eksaccess("creator", BOOTSTRAP), session));
    let own = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*", "Condition": factor});
    let own = ends(limited(Some(own)).eksaccess("limited", BOOTSTRAP));
    pin(
        "proof",
        "second-factor",
        [
            ("of a user, by the trust; of a member too", user),
            ("of a session, by the trust", session),
            ("of a user, by its own policies", own),
        ],
    );
}

#[test]
fn the_role_can_not_be_seen() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.arm(Fault::new("GetRole", Effect::AccessDenied).always());
    let bootstrap = desk.eksaccess("creator", BOOTSTRAP).args("--skip role --skip group");
    pin("proof", "role-not-seen", [("80 columns", ends(bootstrap))]);
}

#[test]
fn assuming_the_role_fails() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.arm(Fault::new("AssumeRole", Effect::Refuse(400, "Odd".into(), "something odd".into())).always());
    pin("proof", "assume-fails", [("80 columns", ends(desk.eksaccess("creator", BOOTSTRAP)))]);
}

#[test]
fn the_role_is_refused_to_the_end() {
    let refused = |blind: bool| {
        let desk = desk(AuthMode::ConfigMap);
        desk.cloud.arm(Fault::new("AssumeRole", Effect::AccessDenied).always());
        if blind {
            desk.cloud.arm(Fault::new("SimulatePrincipalPolicy", Effect::AccessDenied).always());
        }
        let status = if blind { 0 } else { 5 };
        ends(desk.eksaccess("creator", BOOTSTRAP).args("--timeout 30").status(status))
    };
    pin(
        "proof",
        "assume-refused",
        [("both sides allow it", refused(false)), ("the policies can't be simulated", refused(true))],
    );
}

#[test]
fn the_cluster_is_out_of_reach() {
    let desk = Desk::new(World::new().dev(|dev| ClusterSpec::private(dev.mode(AuthMode::Api))).start());
    pin("proof", "out-of-reach", [("80 columns", ends(desk.eksaccess("creator", BOOTSTRAP)))]);
}

#[test]
fn the_cluster_does_not_let_it_in() {
    let desk = desk(AuthMode::ConfigMap);
    let refuse = |status: u16, code: &str| {
        desk.cloud.disarm();
        let effect = Effect::Refuse(status, code.to_owned(), code.to_owned());
        desk.cloud.arm(Fault::new("SelfSubjectReview", effect).always());
        desk.eksaccess("creator", BOOTSTRAP).args("--timeout 30")
    };
    let (unknown, forbidden) = (ends(refuse(401, "Unauthorized").status(5)), ends(refuse(403, "Forbidden")));
    pin("proof", "cluster-refuses", [("it answers 401", unknown), ("it answers 403", forbidden)]);
}

#[test]
fn it_becomes_another() {
    let desk = desk(AuthMode::ConfigMap);
    desk.cloud.on_call("AssumeRole", 1, |cloud| {
        let other = format!("- rolearn: {ROLE}\n  username: other\n  groups: [viewers]\n");
        cloud.set_config_map_data("dev", "mapRoles", &other);
    });
    let bootstrap = desk.eksaccess("creator", BOOTSTRAP).args("--timeout 30").status(5);
    pin("proof", "other-identity", [("80 columns", ends(bootstrap))]);
}

#[test]
fn its_rights_are_not_enough() {
    let text = format!("- rolearn: {ROLE}\n  username: kubernetes-admin\n  groups: [viewers]\n");
    let world = World::new().home(|home| _ = home.role("KubernetesAdmin"));
    let mapped = Desk::new(world.dev(move |dev| dev.map_roles(&text)).start());
    let broken = || mapped.eksaccess("creator", BOOTSTRAP).status(5);
    let entry = desk(AuthMode::Api);
    entry.eksaccess("creator", "role").run();
    entry.eksaccess("creator", "map --cluster dev --access-policy AmazonEKSViewPolicy --yes").run();
    pin(
        "proof",
        "rights",
        [
            ("by aws-auth", ends(broken())),
            ("120 columns", ending(&wide(broken()))),
            ("80 columns, in colour", ending(&coloured(broken(), 80))),
            ("by an access entry", ends(entry.eksaccess("creator", BOOTSTRAP).status(5))),
        ],
    );
    pin(
        "proof",
        "rights-json",
        [("json", piped(broken().args("--output json"))), ("jsonl", piped(broken().args("--output jsonl")))],
    );
}

#[test]
fn its_rights_can_not_be_asked() {
    let desk = desk(AuthMode::ConfigMap);
    let refuse = Effect::Refuse(403, "Forbidden".into(), "Forbidden".into());
    desk.cloud.arm(Fault::new("SelfSubjectAccessReview", refuse).always());
    pin("proof", "rights-unknown", [("80 columns", ends(desk.eksaccess("creator", BOOTSTRAP)))]);
}

#[test]
fn the_proof_takes_too_long() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    desk.cloud.arm(Fault::new("SelfSubjectReview", Effect::HangAfter).always());
    let bootstrap = desk.eksaccess("creator", BOOTSTRAP).args("--timeout 6").status(1);
    pin("proof", "too-long", [("80 columns", plain(bootstrap))]);
}

#[test]
fn a_member_by_its_trust() {
    let root: Value = arn("root").into();
    let member = |trust: &Value, status: i32| {
        ends(trusting(trust).eksaccess("creator", BOOTSTRAP).args("--user member").status(status))
    };
    let allowing = |condition: Value, status: i32| member(&allow(&root, &condition), status);
    let deny = json!([allow(&root, &json!({})),
        {"Effect": "Deny", "Principal": {"AWS": arn("user/member")}, "Action": "sts:AssumeRole"}]);
    pin(
        "proof",
        "member-trust",
        [
            ("an external id", allowing(json!({"StringEquals": {"sts:ExternalId": "id-1"}}), 0)),
            ("a condition that can't be judged", allowing(json!({"StringLike": {"aws:userid": "*"}}), 0)),
            ("a condition that is not met", {
                allowing(json!({"ArnLike": {"aws:PrincipalArn": arn("user/other*")}}), 5)
            }),
            ("a deny", member(&deny, 5)),
        ],
    );
}

#[test]
fn a_member_by_its_policies() {
    let desk = trusting(&allow(&arn("root").into(), &json!({})));
    let bootstrap = || desk.eksaccess("creator", BOOTSTRAP).args("--user member --timeout 30");
    let change = |boundary: Option<String>| {
        desk.cloud.home(|account| {
            let (partition, id) = (account.partition, account.id.clone());
            account.state.account_mut(partition, &id).users.get_mut("member").expect("member").boundary = boundary;
        });
    };
    change(Some("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()));
    let bounded = ends(bootstrap().status(5));
    change(None);
    desk.cloud.home(|account| {
        let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "sts:AssumeRole",
            "Resource": "*"}});
        account.user_policy("member", "deny", policy);
    });
    let denied = ends(bootstrap().status(5));
    desk.cloud.arm(Fault::new("SimulatePrincipalPolicy", Effect::AccessDenied).always());
    let unseen = ends(bootstrap());
    pin(
        "proof",
        "member-policies",
        [("outside its boundary", bounded), ("an explicit deny", denied), ("not simulated", unseen)],
    );
}
