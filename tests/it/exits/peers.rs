//! The peers of a run: AWS and the cluster repeat what they know, and try to imitate this program.

use super::desks::{desk, left_behind, loud};
use super::echo::{FORGED, holds_none, words};
use crate::support::cloud::{Effect, Fault};
use crate::support::desk::Desk;

fn secret(desk: &Desk) -> Vec<String> {
    let env = desk.cloud.env("creator");
    env.into_iter().filter(|(name, _)| name == "AWS_SECRET_ACCESS_KEY").map(|(_, value)| value).collect()
}

const VERBS: [&str; 6] = [
    "bootstrap --cluster dev --user member --kubeconfig kube --timeout 5",
    "bootstrap --cluster dev --user member --kubeconfig kube --timeout 5 --output json",
    "bootstrap --cluster dev --user member --kubeconfig kube --timeout 5 --output jsonl",
    "verify --cluster dev --timeout 5",
    "verify --cluster dev --timeout 5 --output json",
    "who arn:aws:iam::111122223333:role/KubernetesAdmin --cluster dev --timeout 5",
];

#[test]
fn what_a_service_repeats_leaves_by_no_door() {
    let operations = ["sts:*", "eks:*", "k8s:*", "iam:*", "CreateRole", "ReplaceConfigMap", "CreateSelfSubjectReview"];
    for operation in operations {
        for status in [400, 403] {
            let desk = desk();
            let marks = secret(&desk);
            let said = Effect::Refuse(status, "AccessDenied".into(), words(&marks));
            desk.cloud.arm(Fault::new(operation, said).always());
            for args in VERBS {
                let ran = loud(desk.eksaccess("creator", args));
                holds_none(&left_behind(&desk, &ran, &[]), &marks, &format!("{operation} {status} {args}"));
            }
            let ran = loud(desk.eksaccess("creator", "history"));
            holds_none(&left_behind(&desk, &ran, &[]), &marks, &format!("{operation} {status}, history"));
        }
    }
}

#[test]
fn what_failed_below_is_shown_without_a_secret_and_in_lines_of_its_own() {
    for (operation, args) in [
        ("iam:*", "role --dry-run -v"),
        ("ReplaceConfigMap", "bootstrap --cluster dev --kubeconfig kube --skip verify --yes -v --timeout 5"),
    ] {
        let desk = desk();
        let marks = secret(&desk);
        let said = format!("no {}\n{FORGED}\u{2028}{FORGED}", marks.join(" "));
        desk.cloud.arm(Fault::new(operation, Effect::Refuse(400, "ValidationError".into(), said)).always());
        let ran = desk.eksaccess("creator", args).run_any();
        let sources: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("  source: ")).collect();
        assert!(sources.iter().any(|line| line.contains("no **\\n")), "{operation}: {}", ran.stderr);
        holds_none(&ran.stderr, &marks, operation);
    }
}

#[test]
fn an_answer_stays_in_its_line_and_shows_what_is_invisible() {
    let desk = desk();
    let said = format!("no\n{FORGED}\r{FORGED}\u{2028}{FORGED}\u{2029}\u{200b}\u{feff}\u{e0041}\u{ad}{FORGED}");
    desk.cloud.arm(Fault::new("iam:*", Effect::Refuse(400, "ValidationError".into(), said)).always());
    let ran = desk.eksaccess("creator", "role --dry-run").status(1).run();
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.iter().filter(|line| line.starts_with("  because: ")).count(), 1, "{}", ran.stderr);
    assert!(lines.iter().all(|line| !line.trim_start().starts_with("hint: curl")), "{}", ran.stderr);
    assert!(lines.iter().all(|line| ["error: ", "  because: ", "hint: "].iter().any(|begin| line.starts_with(begin))));
    for shown in ["\\u{2028}", "\\u{2029}", "\\u{200b}", "\\u{feff}", "\\u{e0041}", "\\u{ad}"] {
        ran.warns(shown);
    }
    let ran = desk.eksaccess("creator", "role --dry-run --output json").status(1).run();
    assert!(ran.stdout.chars().all(|c| c == '\n' || (' '..='~').contains(&c)), "{}", ran.stdout);
}

#[test]
fn a_proxys_password_is_in_no_plan() {
    let desk = desk();
    desk.eksaccess("creator", "bootstrap --cluster dev --user member --kubeconfig kube --skip verify").run();
    let marks = vec!["Mark9pass+word".to_owned()];
    let proxy = "--proxy-url http://ann:Mark9pass%2Bword@127.0.0.1:1";
    let kubeconfig = format!("kubeconfig --cluster dev --role KubernetesAdmin --kubeconfig kube {proxy}");
    for more in ["--dry-run", "--dry-run --output json", "--dry-run --output jsonl", "--output jsonl", ""] {
        let ran = loud(desk.eksaccess("creator", &format!("{kubeconfig} {more}")));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert!(more.is_empty() || format!("{}{}", ran.stdout, ran.stderr).contains("proxy-url"), "{}", ran.stdout);
        holds_none(&left_behind(&desk, &ran, &["kube"]), &marks, more);
    }
    assert!(desk.read("kube").contains("ann:Mark9pass%2Bword@"), "the file itself is what the password is for");
    // Secrets already in the file are known too.
    let other = kubeconfig.replace("Mark9pass%2Bword", "Mark0other");
    let ran = loud(desk.eksaccess("creator", &format!("{other} --dry-run")));
    ran.says("proxy-url");
    holds_none(&left_behind(&desk, &ran, &["kube"]), &marks, "the old one");
    for verb in [
        "verify --cluster dev",
        "who arn:aws:iam::111122223333:user/member --cluster dev",
        "map --cluster dev --role X --kubernetes-group g",
    ] {
        let ran = loud(desk.eksaccess("creator", &format!("{verb} {proxy} --timeout 5")));
        assert_ne!(ran.status, 0);
        holds_none(&left_behind(&desk, &ran, &["kube"]), &marks, verb);
    }
}

#[test]
fn a_kubeconfig_that_holds_a_password_is_written_to_files_alone() {
    let desk = desk();
    desk.eksaccess("creator", "role").run();
    let args = "kubeconfig --cluster dev --role KubernetesAdmin --kubeconfig - --proxy-url http://ann:Mark9password@127.0.0.1:1";
    let ran = desk.eksaccess("creator", args).status(2).run();
    ran.warns("--proxy-url").warns("hint: ");
    ran.does_not_say("Mark9").does_not_warn("Mark9");
}

#[test]
fn what_was_typed_wrong_is_repeated_without_its_password() {
    let desk = desk();
    for args in ["who http://ann:Mark9password@127.0.0.1:1", "role --endpoint http://ann:Mark9password@127.0.0.1:1"] {
        let ran = desk.eksaccess("creator", args).status(2).run();
        ran.does_not_warn("Mark9password");
    }
}
