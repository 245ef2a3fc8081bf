//! Hostile maps: bounded time, and no raw output on the terminal.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::desks::{desk, offline, offline_program, role};
use crate::support::cloud::AuthMode;
use crate::support::desk::{Desk, Ran, Typed};

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

/// Seconds of processor time: generous for a build without optimisation; unbounded work takes minutes.
const MOST_SECONDS: u32 = 30;
/// For a text of 1 MB, its nodes and values, its edited copies and their diff, in a build without optimisation.
const MOST_KIBIBYTES: u64 = 128 * 1024;

/// Runs a verb under GNU time, which runs the program: it must end soon and stay small.
fn bounded(desk: &Desk, timed: Typed<'_>, args: &str, stdin: &str) -> Ran {
    let program = env!("CARGO_BIN_EXE_eksaccess");
    let timed = timed.args("--quiet --format %M --output").arg(desk.path("peak").display().to_string());
    let ran = timed.arg(program).args(args).stdin(stdin).within_cpu(MOST_SECONDS).run_any();
    let peak = desk.read("peak");
    let kibibytes: u64 =
        peak.trim().parse().unwrap_or_else(|_| panic!("{args}: GNU time said {peak:?}\n{}", ran.stderr));
    assert!(kibibytes <= MOST_KIBIBYTES, "{args}: {kibibytes} KiB");
    ran
}

#[test]
fn a_kept_manifest_that_was_written_to_hurt_costs_little_to_restore() {
    let desk = desk(AuthMode::ConfigMap);
    let text = |entry: &str| entry.repeat(400_000 / entry.len());
    let kept = [
        "[".repeat(1_000_000),
        alias_bomb(),
        text("- {rolearn: x, username: '\u{1b}[31m'}\n"),
        text("- rolearn: arn:aws:iam::111122223333:role/A\n  username: a\n"),
    ];
    let nodes = desk.cloud.config_map_data("dev", "mapRoles").unwrap();
    for (number, text) in kept.iter().enumerate() {
        desk.cloud.set_config_map_data("dev", "mapRoles", text);
        desk.cloud.set_config_map_data("dev", "other", &number.to_string());
        let with_note =
            |object: &mut Value| object["metadata"]["annotations"] = json!({"note": text[..text.len().min(200_000)]});
        let mut object = desk.cloud.config_map("dev").unwrap();
        with_note(&mut object);
        desk.cloud.set_config_map("dev", &object);
        desk.eksaccess("creator", "map --cluster dev --account 444455556666").run();
        desk.eksaccess("creator", "map --cluster dev --account 444455556666 --remove --yes").run();
        let list = desk.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
        let id = list["kept"][0]["id"].as_str().unwrap().to_owned();
        desk.cloud.set_config_map_data("dev", "mapRoles", &nodes);
        for args in [
            format!("restore --cluster dev --diff {id}"),
            format!("restore --cluster dev {id} --dry-run"),
            format!("restore --cluster dev {id} --dry-run --output json --allow-lockout {}", role("dev-node")),
        ] {
            let timed = desk.program(Path::new("/usr/bin/time"), "creator", "");
            let ran = bounded(&desk, timed, &args, "");
            assert!(matches!(ran.status, 0 | 1), "text {number}, {args}: {}\n{}", ran.status, ran.stderr);
            let raw = |c: char| c.is_control() && c != '\n';
            assert!(!ran.stdout.contains(raw) && !ran.stderr.contains(raw), "text {number}, {args}");
        }
    }
}

#[test]
fn many_duplicates_are_mended_some_at_a_time() {
    let desk = desk(AuthMode::ConfigMap);
    let entry = |n: usize| format!("- {{rolearn: '{}', username: u}}\n", role(&format!("r{n}")));
    let file = manifest(&(0..300).map(|n| entry(n % 150)).collect::<String>());
    let ran = offline(&desk, "lint --file - --fix").stdin(file).run();
    ran.warns("50 more can be fixed: run it again");
    let rest = offline(&desk, "lint --file - --fix").stdin(ran.stdout.as_str()).run();
    rest.does_not_warn("can be fixed");
    offline(&desk, "lint --file -").stdin(rest.stdout.as_str()).run().says("no traps found");
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
        (0..4_000).fold(String::new(), |text, n| {
            text + &format!("- {{rolearn: '{}', username: same}}\n", role(&format!("r{n}")))
        }),
        format!(
            "[{{rolearn: '{arn}', username: u}}, {}]",
            (0..4_000)
                .map(|n| format!("{{rolearn: '{}', username: same}}", role(&format!("r{n}"))))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        (0..4_000).fold(String::new(), |text, n| text + &format!("- {{rolearn: '{arn}', username: u{n}}}\n")),
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
            "map --file - --username same --remove --all-duplicates --dry-run".to_owned(),
            "lint --file - --fix --dry-run".to_owned(),
        ] {
            let output = bounded(&desk, offline_program(&desk, Path::new("/usr/bin/time")), &args, &file);
            assert!(matches!(output.status, 0..=2), "text {number}, {args}: {}\n{}", output.status, output.stderr);
            for shown in [&output.stdout, &output.stderr] {
                let raw = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
                assert!(!shown.contains(raw), "text {number}, {args}: {shown:?}");
            }
        }
    }
}

#[test]
fn a_file_that_is_not_a_manifest_is_refused_by_its_size_or_its_bytes() {
    let desk = desk(AuthMode::ConfigMap);
    std::fs::write(desk.path("bytes"), [b'a', 0xff, 0x80]).unwrap();
    offline(&desk, "lint --file bytes").status(1).run().warns("bytes is not a text in UTF-8: line 1");
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
