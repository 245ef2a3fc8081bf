//! The outputs, and what is replaced in them.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::cloud::{ACCOUNT, AuthMode, World};
use crate::support::desk::{Desk, Typed};

const BOOTSTRAP: &str = "bootstrap --cluster dev --user member --kubeconfig kube";
const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

/// Runs a check with what differs from run to run replaced.
fn pinned(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(".");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, instead) in [
        (r"(?:/[\w.-]+)+/\.tmp\w+", "HOME"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\b[0-9a-f]{32,64}\b", "[id]"),
        (r"\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}", "$1[id]"),
        (r"\b\d{8}T\d{6}\.\d{6}Z-\d+", "[backup]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
        (r"resource_version.: .\d+.", "resource_version: [version]"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[request id]"),
        (r"\b\d+ s off", "0 s off"),
        (r"\b\d+ of 4096 bytes", "1018 of 4096 bytes"),
    ] {
        settings.add_filter(pattern, instead);
    }
    settings.bind(check);
}

fn desk(mode: AuthMode) -> Desk {
    Desk::new(World::new().dev(|dev| dev.mode(mode)).start())
}

fn plain(typed: Typed<'_>) -> String {
    in_order(&typed.env("NO_COLOR", "1").on_screen(80))
}

/// Steps that run together end in any order: their lines are sorted.
fn in_order(shown: &str) -> String {
    let (mut text, mut done) = (String::new(), Vec::new());
    for line in shown.lines() {
        if line.starts_with("  done ")
            || line.starts_with("  kept ")
            || (!done.is_empty() && line.starts_with("       "))
        {
            match (line.starts_with("       "), done.last_mut()) {
                (true, Some(last)) => *last = format!("{last}\n{line}"),
                _ => done.push(line.to_owned()),
            }
            continue;
        }
        done.sort();
        text.extend(done.drain(..).map(|line| line + "\n"));
        text += line;
        text.push('\n');
    }
    text
}

fn wide(typed: Typed<'_>) -> String {
    typed.env("NO_COLOR", "1").on_screen(120)
}

/// Stdout and stderr of a program that reads them, and how it ended.
fn piped(typed: Typed<'_>) -> String {
    let ran = typed.run();
    format!("{}--- stderr\n{}--- exit {}\n", ran.stdout, ran.stderr, ran.status)
}

#[test]
fn a_plan_of_everything() {
    let desk = desk(AuthMode::ConfigMap);
    let plan = || desk.eksaccess("creator", BOOTSTRAP).args("--dry-run");
    pinned(|| {
        assert_snapshot!("plan-80", plain(plan()));
        assert_snapshot!("plan-120", wide(plan()));
        assert_snapshot!("plan-80-colour", plan().on_screen(80));
        assert_snapshot!("plan-json", piped(plan().args("--output json")));
    });
}

#[test]
fn a_bootstrap_that_works_and_one_with_nothing_to_do() {
    let desk = desk(AuthMode::ConfigMap);
    let bootstrap = || desk.eksaccess("creator", BOOTSTRAP);
    pinned(|| {
        assert_snapshot!("bootstrap-80", plain(bootstrap()));
        assert_snapshot!("bootstrap-again-80", plain(bootstrap()));
        assert_snapshot!("bootstrap-again-json", piped(bootstrap().args("--output json")));
    });
}

#[test]
fn a_bootstrap_by_an_access_entry() {
    let desk = desk(AuthMode::Api);
    pinned(|| {
        assert_snapshot!("bootstrap-entry-80", plain(desk.eksaccess("creator", BOOTSTRAP)));
    });
}

#[test]
fn a_bootstrap_whose_role_is_only_a_viewer() {
    let text = format!("- rolearn: {ROLE}\n  username: viewer\n  groups: [viewers]\n");
    let world = World::new().home(|account| _ = account.role("KubernetesAdmin")).dev(move |dev| dev.map_roles(&text));
    let desk = Desk::new(world.start());
    pinned(|| {
        assert_snapshot!("bootstrap-viewer-80", plain(desk.eksaccess("creator", BOOTSTRAP).args("--yes").status(5)));
    });
}

#[test]
fn a_plan_that_asks() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let replace = "role --trust arn:aws:iam::111122223333:user/member";
    pinned(|| {
        assert_snapshot!("asks-80", plain(desk.eksaccess("creator", replace).status(6)));
        let regroup = "map --cluster dev --role KubernetesAdmin --username someone --dry-run";
        assert_snapshot!("regroup-80", plain(desk.eksaccess("creator", regroup)));
        let remove = format!("map --cluster dev --principal {ROLE} --remove --yes --allow-lockout {ROLE}");
        assert_snapshot!("remove-80", plain(desk.eksaccess("creator", &remove)));
    });
}

#[test]
fn a_lockout_is_refused() {
    let desk = desk(AuthMode::ConfigMap);
    let remove = format!("map --cluster dev --principal arn:aws:iam::{ACCOUNT}:role/dev-node --remove --yes");
    pinned(|| {
        assert_snapshot!("lockout-80", plain(desk.eksaccess("creator", &remove).status(1)));
    });
}

const TRAPS: &str = "- rolearn: arn:aws:iam::111122223333:role/team/Dev\n  username: dev\n  groups: system:masters\n\
                     - rolearn: arn:aws:iam::111122223333:role/Ops\n  username: ops\n  group: [x]\n";

#[test]
fn the_traps_of_a_manifest() {
    let desk = desk(AuthMode::ConfigMap);
    let data = TRAPS.replace('\n', "\n    ");
    let text = format!(
        "kind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n    {data}"
    );
    desk.write("aws-auth.yaml", text.trim_end());
    let lint = || desk.eksaccess("creator", "lint --file aws-auth.yaml");
    let who =
        |role: &str| desk.eksaccess("creator", &format!("who arn:aws:iam::{ACCOUNT}:role/{role} --file aws-auth.yaml"));
    pinned(|| {
        assert_snapshot!("lint-80", plain(lint()));
        assert_snapshot!("lint-120-colour", lint().on_screen(120));
        assert_snapshot!("lint-json", piped(lint().args("--output json --detailed-exitcode").status(3)));
        assert_snapshot!("who-80", plain(who("Ops")));
        assert_snapshot!("who-without-access-80", plain(who("Dev")));
        assert_snapshot!("who-json", piped(who("Ops").args("--output json")));
    });
}

#[test]
fn verify_at_its_three_ends() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    let verify = |user: &str| desk.eksaccess(user, "verify --cluster dev --kubeconfig kube");
    pinned(|| {
        assert_snapshot!("verify-ok-80", plain(verify("creator")));
        assert_snapshot!("verify-ok-120-colour", verify("creator").on_screen(120));
        assert_snapshot!("verify-broken-80", plain(verify("outsider").status(5)));
        assert_snapshot!("verify-broken-json", piped(verify("outsider").args("--output json").status(5)));
        assert_snapshot!("verify-unknown-80", plain(verify("member").status(1)));
    });
}

#[test]
fn a_role_that_trusts_another_account() {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "sts:AssumeRole"}]});
    let world = World::new().home(move |account| _ = account.role_trusting("/", "KubernetesAdmin", &trust));
    let desk = Desk::new(world.start());
    pinned(|| {
        assert_snapshot!("stranger-80", plain(desk.eksaccess("creator", "map --cluster dev").status(6)));
    });
}

#[test]
fn history_and_kept_manifests() {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", BOOTSTRAP).run();
    pinned(|| {
        assert_snapshot!("history-80", plain(desk.eksaccess("creator", "history")));
        assert_snapshot!("restore-list-80", plain(desk.eksaccess("creator", "restore --cluster dev --list")));
    });
}

#[test]
fn help_pages() {
    let desk = desk(AuthMode::ConfigMap);
    pinned(|| {
        for verb in ["", "bootstrap", "map", "verify"] {
            let name = if verb.is_empty() { "help" } else { verb };
            for columns in [80, 120] {
                let page = desk.keyless(verb).arg("--help").env("NO_COLOR", "1").on_screen(columns);
                assert_snapshot!(format!("help-{name}-{columns}"), page);
            }
        }
        assert_snapshot!("usage-80", plain(desk.keyless("map --claster dev").status(2)));
    });
}
