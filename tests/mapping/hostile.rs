//! Maps that were written to hurt: bounded time, and nothing of them reaches the terminal raw.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::support::cloud::AuthMode;
use super::{desk, offline, role};

fn manifest(map_roles: &str) -> String {
    let object = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": {"mapRoles": map_roles},
    });
    object.to_string()
}

fn alias_bomb() -> String {
    let mut text = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        let _ = writeln!(text, "- &a{level} [{}]", vec![alias; 10].join(", "));
    }
    text
}

#[test]
fn every_verb_ends_soon_and_prints_no_control_character() {
    let desk = desk(AuthMode::ConfigMap);
    let arn = role("Deploy");
    let escape = "\u{1b}]0;owned\u{7}\u{1b}[31m\u{202e}";
    let texts = [
        "[".repeat(100_000),
        format!("{}x{}", "{a: ".repeat(20_000), "}".repeat(20_000)),
        alias_bomb(),
        format!("- rolearn: {arn}\n  username: {}\n", "x".repeat(1_000_000)),
        format!("- rolearn: {arn}\n  username: {}\n", serde_json::json!(escape)),
        format!(
            "- rolearn: {}\n  username: x\n  groups: [{}]\n",
            serde_json::json!(format!("{arn}{escape}")),
            serde_json::json!(escape)
        ),
        format!("- rolearn: {arn}\n  username: x{escape}\n"),
        "- \u{0}\n".to_owned(),
    ];
    for (number, text) in texts.iter().enumerate() {
        let file = manifest(text);
        for args in [
            format!("who {arn} --file -"),
            format!("who {arn} --file - --output json"),
            "lint --file -".to_owned(),
            "lint --file - --output json".to_owned(),
            format!("map --file - --principal {arn} --kubernetes-group g --username u --dry-run"),
            format!("map --file - --principal {arn} --remove --dry-run"),
        ] {
            let begun = Instant::now();
            let output = offline(&desk, &args).stdin(file.clone()).run_any();
            assert!(begun.elapsed() < Duration::from_secs(30), "text {number}, {args}: {:?}", begun.elapsed());
            assert!(matches!(output.status, 0..=2), "text {number}, {args}: {}\n{}", output.status, output.stderr);
            for shown in [&output.stdout, &output.stderr] {
                let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
                assert!(!shown.contains(raw), "text {number}, {args}: {shown:?}");
            }
        }
    }
}

#[test]
fn a_file_that_is_no_manifest_is_refused_by_its_size_or_its_bytes() {
    let desk = desk(AuthMode::ConfigMap);
    std::fs::write(desk.path("bytes"), [0xff, 0xfe, 0x00]).unwrap();
    offline(&desk, "lint --file bytes").status(1).run().warns("no text in UTF-8");
    let long = std::fs::File::create(desk.path("long")).unwrap();
    long.set_len(33 * 1024 * 1024).unwrap();
    offline(&desk, "lint --file long").status(1).run().warns("longer than");
    offline(&desk, "lint --file /dev/zero").status(1).run().warns("longer than");
}

#[test]
fn a_line_break_in_a_name_forges_no_line_of_a_plan() {
    let desk = desk(AuthMode::ConfigMap);
    let arn = role("Deploy");
    let forged = "\n  + role FORGED";
    let entry =
        serde_json::json!([{"rolearn": arn, "username": format!("u{forged}"), "groups": [format!("g{forged}")]}]);
    desk.cloud.set_config_map_data("dev", "mapRoles", &entry.to_string());
    let file = manifest(&entry.to_string());
    for args in [
        format!("map --cluster dev --principal {arn} --username v --dry-run"),
        format!("map --cluster dev --principal {arn} --kubernetes-group h --dry-run"),
        format!("map --cluster dev --principal {arn} --remove --dry-run"),
        format!("who {arn} --cluster dev"),
        format!("who {arn} --file -"),
        format!("map --file - --principal {arn} --kubernetes-group h --dry-run"),
    ] {
        let ran = desk.eksaccess("creator", &args).stdin(file.clone()).run();
        let shown = format!("{}{}", ran.stdout, ran.stderr);
        assert!(shown.contains("\\n  + role FORGED") || shown.contains("\\n + role FORGED"), "{args}:\n{shown}");
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("+ role FORGED")), "{args}:\n{shown}");
    }
}
