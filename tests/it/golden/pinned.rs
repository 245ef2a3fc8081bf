//! How an output is captured, and what is replaced in it.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::cloud::{AuthMode, World};
use crate::support::desk::{Desk, Ran, Typed};

pub const BOOTSTRAP: &str = "bootstrap --cluster dev --user member --kubeconfig kube";
pub const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

/// What varies between runs, and its replacement.
const DIFFERS: [(&str, &str); 16] = [
    (r"(?:/[\w.-]+)+/\.tmp\w+", "HOME"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\b\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{32}", "[run]"),
    (r"\b\d{8}T\d{6}\.\d{6}Z-\d+", "[backup]"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]"),
    (r"\b[0-9a-f]{32,64}\b", "[id]"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "[request id]"),
    (r"\b(AKIA|ASIA|AROA|AIDA)[A-Z0-9]{8,}", "$1[id]"),
    (r#""resource_version":( ?)"\d+""#, r#""resource_version":$1"[version]""#),
    (r"\bis off by \d+ s", "is off by [seconds] s"),
    (r"\b\d+ of 4096 bytes", "[bytes] of 4096 bytes"),
    (r"\b\d+ bytes long", "[bytes] bytes long"),
    (r#""\$PATH:"(/[\w.-]+)+"#, r#""$$PATH:"DIRECTORY"#),
    (r#"failed to lookup address information: [^"\n]+"#, "failed to lookup address information: [why]"),
    (r"\b(since|on) \d{4}-\d\d-\d\d\b", "$1 [date]"),
    (r"certificate-authority-data: \S+", "certificate-authority-data: [certificate]"),
];

/// Compares related outputs, each under its title, with one file in a subject's folder.
#[track_caller]
pub fn pin<const N: usize>(subject: &str, name: &str, outputs: [(&str, String); N]) {
    let sheet = outputs.map(|(title, output)| format!("======== {title}\n{output}"));
    compare(subject, name, &sheet.concat());
}

#[track_caller]
fn compare(subject: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(subject);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, instead) in DIFFERS {
        settings.add_filter(pattern, instead);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A lockout case: its result, the state of each link, and the text of the first broken one.
pub fn locked_out(case: &str, ran: &Ran) {
    let found = ran.json();
    let links = found["links"].as_array().expect("links");
    let text = |link: &serde_json::Value, key: &str| link[key].as_str().unwrap_or_default().to_owned();
    let mut shown = format!("{case}: exit {}\n\n", ran.status);
    for link in links {
        let _ = writeln!(shown, "{:<11} {}", text(link, "state"), text(link, "name"));
    }
    let broken = links.iter().find(|link| link["state"] == "broken").expect("a broken link");
    let _ = write!(shown, "\n{}\ntry: {}\n", text(broken, "text"), text(broken, "hint"));
    compare("verify/broken", case, &shown);
}

/// The default world with the cluster in a mode.
pub fn desk(mode: AuthMode) -> Desk {
    Desk::new(World::new().dev(|dev| dev.mode(mode)).start())
}

/// On a terminal of 80 columns, without colour.
#[track_caller]
pub fn plain(typed: Typed<'_>) -> String {
    in_order(&typed.env("NO_COLOR", "1").on_screen(80))
}

/// The same at 120 columns.
#[track_caller]
pub fn wide(typed: Typed<'_>) -> String {
    in_order(&typed.env("NO_COLOR", "1").on_screen(120))
}

/// On a terminal of this many columns, in colour.
#[track_caller]
pub fn coloured(typed: Typed<'_>, columns: u16) -> String {
    in_order(&typed.on_screen(columns))
}

/// The combined stdout and stderr on a terminal of this many columns.
#[track_caller]
pub fn seen(desk: &Desk, args: &str, columns: u16, has_colour: bool) -> String {
    let line = format!("stty cols {columns} rows 50; exec eksaccess {args}");
    let shell = desk.program(Path::new("/bin/sh"), "creator", "-c").arg(line);
    let shell = if has_colour { shell } else { shell.env("NO_COLOR", "1") };
    let (status, shown) = shell.on_terminal().end();
    // Progress lines are removed in the end.
    let lines = shown.lines().filter_map(|line| line.trim_end_matches('\r').rsplit("\u{1b}[2K").next());
    format!("{}\n--- exit {status}\n", lines.collect::<Vec<_>>().join("\n"))
}

/// Stdout and stderr of a run without a terminal, and its result.
#[track_caller]
pub fn piped(typed: Typed<'_>) -> String {
    let ran = typed.run();
    let stderr = if ran.stderr.is_empty() { String::new() } else { format!("--- stderr\n{}", ran.stderr) };
    format!("{}{stderr}--- exit {}\n", ran.stdout, ran.status)
}

/// Sorts the lines of concurrent steps, which end in any order.
fn in_order(shown: &str) -> String {
    let (mut text, mut done) = (String::new(), Vec::new());
    for line in shown.lines() {
        let is_step = ["  done ", "  saved ", "  failed "].iter().any(|begin| line.starts_with(begin));
        if is_step || (!done.is_empty() && line.starts_with("       ")) {
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
