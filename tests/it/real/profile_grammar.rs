//! The reader of the AWS config files compared with Python's own `configparser` and `shlex`, which the AWS CLI uses:
//! texts composed of the significant pieces, all in one process.

use std::io::Write as _;
use std::process::{Command, Stdio};

use eksaccess::token::Ini;
use eksaccess::token::words::words;
use serde_json::{Value, json};

use super::pasted::aws_cli;
use crate::support::control_plane::or_skip;

const PYTHON: &str = r"
import configparser, io, json, shlex, sys

def read(text):
    parser = configparser.RawConfigParser()
    try:
        parser.read_file(io.StringIO(text, newline=None))
        found = [[name, [[option, parser.get(name, option)] for option in parser.options(name)]] for name in parser.sections()]
        for _, options in found:
            for _, value in options:
                if value.startswith('\n'):
                    for line in value.split('\n'):
                        if line.strip():
                            name, value = line.strip().split('=', 1)
        return found
    except (configparser.Error, ValueError):
        return None

def words(line):
    try:
        return shlex.split(line)
    except ValueError:
        return None

asked = json.load(sys.stdin)
json.dump({'texts': [read(text) for text in asked['texts']], 'lines': [words(line) for line in asked['lines']]}, sys.stdout)
";

const LINES: [&str; 38] = [
    "[a]",
    "[b]",
    "[profile c]",
    "[DEFAULT]",
    "[a] # x",
    "[a]b]",
    "[[a]]",
    "[]",
    "[ a ]",
    "[a",
    "a]",
    "  [b]",
    "x = 1",
    "x=1",
    "x : 1",
    "y: 2",
    "Y = 3",
    "z =",
    "z",
    "= 4",
    ": 5",
    "x = 1 # 2",
    "x = 1 ; 2",
    "  w = 6",
    "\tv = 7",
    "   u",
    "    t = 8",
    " s : 9",
    "# comment",
    "  # comment",
    "; comment",
    "   ; comment",
    "",
    "  ",
    "\t",
    "ü = ß = é",
    "x = 'a b' \"c\"",
    "k[0] = 1",
];

const PIECES: [&str; 20] = [
    "a", "b c", " ", "\t", "'", "\"", "\\", "#", "$x", "`y`", ";", "&&", "|", "~", "é", "=", "\\ ", "\\\"", "\\$", "-",
];

/// A reproducible sequence of numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }
}

fn texts(numbers: &mut Numbers) -> Vec<String> {
    let text = |numbers: &mut Numbers| {
        let ends = ["\n", "\n", "\n", "\r\n", "\r"];
        let end = ends[numbers.below(ends.len())];
        let count = 1 + numbers.below(9);
        let lines = (0..count).map(|_| LINES[numbers.below(LINES.len())]).collect::<Vec<_>>();
        let first = if numbers.below(4) == 0 { "" } else { "[f]\n" };
        format!("{first}{}{}", lines.join(end), if numbers.below(2) == 0 { end } else { "" })
    };
    (0..6000).map(|_| text(numbers)).collect()
}

fn ours(text: &str) -> Value {
    let read = Ini::read("f", text);
    if !read.faults.is_empty() {
        return Value::Null;
    }
    let settings =
        |section: &eksaccess::token::Section| section.settings().map(|(n, v)| json!([n, v])).collect::<Value>();
    read.sections.iter().map(|section| json!([section.name, settings(section)])).collect()
}

#[test]
fn python_reads_the_same_sections_settings_and_words() {
    let Some(aws) = or_skip("python_reads_the_same_sections_settings_and_words", aws_cli()) else { return };
    let mut numbers = Numbers(12);
    let texts = texts(&mut numbers);
    let lines: Vec<String> =
        (0..6000).map(|_| (0..=numbers.below(7)).map(|_| PIECES[numbers.below(PIECES.len())]).collect()).collect();
    let python = aws.with_file_name("python3");
    let mut child = Command::new(python)
        .args(["-c", PYTHON])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let asked = json!({"texts": texts, "lines": lines}).to_string();
    child.stdin.take().expect("a pipe").write_all(asked.as_bytes()).expect("it is asked");
    let answered: Value = serde_json::from_slice(&child.wait_with_output().expect("it ends").stdout).expect("JSON");
    let of_texts = answered["texts"].as_array().expect("a list");
    let read = of_texts.iter().filter(|answer| !answer.is_null()).count();
    assert!(read > 500 && read < 5500, "{read} of {} texts are whole: the generator is no good", of_texts.len());
    let wrong: Vec<String> = std::iter::zip(&texts, of_texts)
        .filter(|(text, answer)| ours(text) != **answer)
        .map(|(text, answer)| format!("{text:?}\n  Python {answer}\n  ours   {}", ours(text)))
        .chain(std::iter::zip(&lines, answered["lines"].as_array().expect("a list")).filter_map(|(line, answer)| {
            let ours = words(line).map_or(Value::Null, Value::from);
            (ours != *answer).then(|| format!("{line:?}\n  Python {answer}\n  ours   {ours}"))
        }))
        .take(12)
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
