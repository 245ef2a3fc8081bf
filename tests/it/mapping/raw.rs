//! For any text of an `aws-auth`: bounded time and memory, and no raw output on the terminal.

use std::fmt::Write as _;

use crate::support::cloud::World;
use crate::support::desk::{Desk, Ran};

/// Seconds of processor time: generous for a build without optimisation; unbounded work takes minutes.
const MOST_SECONDS: u32 = 20;
const MAP: &str = "map --cluster dev --principal arn:aws:iam::111122223333:role/new --kubernetes-group g --dry-run";
const ENTRY: &str = "- rolearn: arn:aws:iam::111122223333:role/A\n  username: a\n";

/// Whether a character controls a terminal: control characters of both sets, and changes of text direction.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn with(text: &str) -> Desk {
    let desk = Desk::new(World::new().start());
    desk.cloud.set_config_map_data("dev", "mapRoles", text);
    desk
}

/// Runs a command that may succeed or fail, but must not crash, hang or control the terminal.
fn tame(desk: &Desk, args: &str, what: &str) -> Ran {
    let output = desk.eksaccess("creator", args).within_cpu(MOST_SECONDS).spawn().wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    let (status, stdout, stderr) = (output.status.code(), text(output.stdout), text(output.stderr));
    assert!(matches!(status, Some(0..=6)), "{what}: {args}: {status:?}\n{stderr}");
    for stream in [&stdout, &stderr] {
        assert!(!stream.contains(steers), "{what}: {args}: {:?}", stream.lines().find(|l| l.contains(steers)));
    }
    Ran { stdout, stderr, status: status.unwrap_or(-1) }
}

#[test]
fn deep_bombs_and_long_texts_cost_little() {
    let mut bomb = String::from("- &a0 [x, x]\n");
    for n in 1..60 {
        let _ = writeln!(bomb, "- &a{n} [*a{}, *a{}, *a{}]", n - 1, n - 1, n - 1);
    }
    let mut merges = String::from("- &m0 {rolearn: x, username: y}\n");
    for n in 1..2000 {
        let _ = writeln!(merges, "- &m{n} {{<<: [*m{}, *m{}], k{n}: v}}", n - 1, n - 1);
    }
    for (what, text) in [
        ("nested lists", "[".repeat(200_000)),
        ("nested maps", "{a: ".repeat(100_000)),
        ("nested blocks", (0..600).fold(String::new(), |text, n| format!("{text}{}-\n", " ".repeat(n)))),
        ("compact nesting", "- ".repeat(100_000)),
        ("an alias bomb", bomb),
        ("chained merges", merges),
        ("a long scalar", format!("{ENTRY}  groups: [{}]\n", "g".repeat(900_000))),
        ("a long quoted scalar", format!("{ENTRY}  note: \"{}\"\n", "\\x41".repeat(200_000))),
        ("a long folded scalar", format!("{ENTRY}  note: >\n{}", "    a\n".repeat(150_000))),
        ("many anchors", (0..20_000).fold(String::new(), |text, n| text + &format!("- &a{n} x\n"))),
        ("many keys", format!("- {{{}}}\n", (0..40_000).fold(String::new(), |text, n| text + &format!("k{n}: v, ")))),
        ("many comments", format!("{}{ENTRY}", "# c\n".repeat(200_000))),
        ("many duplicates", ENTRY.repeat(8_000)),
        ("many quotes", "'".repeat(900_000)),
        ("many question marks", "? ".repeat(200_000)),
        ("many tags", "!a ".repeat(200_000)),
    ] {
        tame(&with(&text), MAP, what);
    }
}

#[test]
fn nothing_paints_the_terminal() {
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{85}\u{2028}";
    let escaped = "\\e]0;owned\\a\\e[2J\\x9b31m\\x7f\\u202e";
    for (what, text) in [
        ("a comment beside", format!("{ENTRY}# {evil}\n")),
        ("raw in an ARN", format!("- rolearn: 'arn:aws:iam::111122223333:role/new{evil}'\n  username: u\n")),
        (
            "escaped in a username",
            format!("- rolearn: arn:aws:iam::111122223333:role/new\n  username: \"{escaped}\"\n"),
        ),
        (
            "escaped in a group",
            format!("- rolearn: arn:aws:iam::111122223333:role/new\n  username: u\n  groups: [\"{escaped}\"]\n"),
        ),
        (
            "escaped in a field",
            format!("- rolearn: arn:aws:iam::111122223333:role/new\n  username: u\n  \"{escaped}\": x\n"),
        ),
        ("an unknown anchor", format!("- *{evil}\n")),
        ("a text that can't be read", format!("- [\"{escaped}\n{evil}")),
    ] {
        let desk = with(&text);
        desk.cloud.set_config_map_data("dev", "mapRole", "x");
        for args in [
            MAP.to_owned(),
            format!("{MAP} --username other"),
            format!("{MAP} --output json"),
            format!("{MAP} --output jsonl"),
        ] {
            tame(&desk, &args, what);
        }
    }
}

#[test]
fn a_kept_text_that_paints_is_shown_tame() {
    let desk = Desk::new(World::new().start());
    let wish = MAP.replace(" --dry-run", "");
    desk.eksaccess("creator", &wish).run();
    desk.cloud.set_config_map_data("dev", "mapRoles", &format!("{ENTRY}# \u{1b}[31m\u{9b}\n"));
    let ran = desk.eksaccess("creator", "restore --cluster dev --list --output json").run();
    let id = ran.json()["kept"][0]["id"].as_str().unwrap().to_owned();
    for format in ["text", "json"] {
        let ran = tame(&desk, &format!("restore --cluster dev --diff {id} --output {format}"), "a kept text");
        ran.says("role/A");
    }
}
