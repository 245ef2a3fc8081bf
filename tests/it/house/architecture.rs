//! The architecture, checked in the sources: dependencies between modules, purity, the readers of the environment, the
//! printers, and the length of files and functions.

use std::sync::LazyLock;

use super::circles::circles;
use super::source::{Source, sources};

/// Modules without side effects: from texts and values to texts and values.
const PURE: [&str; 30] = [
    "src/error.rs",
    "src/model/",
    "src/aws_auth/",
    "src/plan/",
    "src/kubeconfig/arguments.rs",
    "src/kubeconfig/authority_file.rs",
    "src/kubeconfig/beside.rs",
    "src/kubeconfig/document/",
    "src/kubeconfig/exec.rs",
    "src/kubeconfig/kuberc.rs",
    "src/kubeconfig/locate.rs",
    "src/kubeconfig/merged.rs",
    "src/kubeconfig/plugin_gate.rs",
    "src/kubeconfig/texts.rs",
    "src/token/presign.rs",
    "src/token/exec_credential.rs",
    "src/token/cache_key.rs",
    "src/token/chain.rs",
    "src/token/keys.rs",
    "src/token/session_name.rs",
    "src/token/sts_host.rs",
    "src/token/ini.rs",
    "src/token/words.rs",
    "src/token/profile.rs",
    "src/token/settings.rs",
    "src/token/environment.rs",
    "src/token/whose.rs",
    "src/token/way.rs",
    "src/token/login.rs",
    "src/token/undecided.rs",
];

/// Names that are forbidden in pure modules.
const WORLD: [&str; 17] = [
    "tokio",
    "aws_sdk",
    "aws_config",
    "aws_smithy",
    "aws_runtime",
    "kube::",
    "k8s_openapi",
    "hyper",
    "std::fs",
    "fs::",
    "std::env",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "print!",
    "println!",
];

/// Names that are allowed in `src/aws` only.
const SDK: [&str; 6] = ["aws_sdk_", "aws_config", "aws_smithy", "aws_runtime", "aws_types", "aws_credential_types"];

/// Uses of an AWS crate outside `src/aws`, with the reason.
const SDK_OUTSIDE: [(&str, &str); 2] = [
    ("src/token/keys.rs", "keys become what aws-sigv4 signs with"),
    ("src/token/presign.rs", "aws-sigv4 signs the token's URL and takes its keys as aws-credential-types"),
];

/// Files of more than 400 lines, with the reason.
const LONG_FILES: [(&str, &str); 0] = [];

/// Functions of more than 60 lines, with the reason.
const LONG_FUNCTIONS: [(&str, &str); 1] =
    [("src/plan/describe.rs fn describe", "one arm for each step of the closed set")];

/// The remaining circles among the imports, and what will end them.
const CIRCLES: [(&[&str], &str); 0] = [];

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 60;

/// The library's sources, read once for all tests.
fn library() -> impl Iterator<Item = &'static Source> {
    static ALL: LazyLock<Vec<Source>> = LazyLock::new(|| sources("src"));
    ALL.iter().filter(|s| !s.is_test)
}

/// The modules in the order of the crate's documentation.
fn order() -> Vec<String> {
    let page = std::fs::read_to_string("src/lib.rs").expect("src/lib.rs");
    let lines = page.lines().filter(|line| line.starts_with("//! - [`"));
    lines
        .flat_map(|line| {
            let names = line.split_once([':', '.']).map_or(line, |(names, _)| names);
            names.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_crates_page_lists_every_module_once() {
    let page = std::fs::read_to_string("src/lib.rs").expect("src/lib.rs");
    let declared = page
        .lines()
        .filter_map(|l| l.trim_start_matches("pub ").trim_start_matches("pub(crate) ").strip_prefix("mod "));
    let mut modules: Vec<_> = declared.filter_map(|l| l.strip_suffix(';')).collect();
    let listed = order();
    let mut sorted: Vec<_> = listed.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    modules.sort_unstable();
    assert_eq!(sorted, modules);
}

#[test]
fn five_modules_are_public() {
    let page = std::fs::read_to_string("src/lib.rs").expect("src/lib.rs");
    let public: Vec<_> = page.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(public, ["aws_auth", "cli", "error", "model", "token"]);
}

#[test]
fn each_module_knows_only_those_before_it() {
    let order = order();
    let place = |name: &str| order.iter().position(|m| m == name);
    let mut wrong = Vec::new();
    for source in library() {
        let Some(own) = place(&source.module) else { continue };
        for known in source.known_modules() {
            let apart = matches!((source.module.as_str(), known.as_str()), ("aws" | "k8s", "plan" | "aws" | "k8s"));
            let ahead = place(&known).is_none_or(|place| place > own);
            if known != source.module && (ahead || apart) {
                wrong.push(format!("{} names crate::{known}, which it may not know", source.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn imports_are_acyclic_file_by_file() {
    let all: Vec<&Source> = library().collect();
    let found = circles(&all);
    let named: Vec<Vec<String>> =
        CIRCLES.iter().map(|(files, _)| files.iter().map(|file| format!("src/{file}.rs")).collect()).collect();
    let new: Vec<String> =
        found.iter().filter(|c| !named.contains(c)).map(|c| format!("a circle: {}", c.join(", "))).collect();
    none(&new);
    let gone: Vec<String> = named
        .iter()
        .filter(|c| !found.contains(c))
        .map(|c| format!("this circle is gone, strike it: {}", c.join(", ")))
        .collect();
    none(&gone);
}

#[test]
fn pure_modules_name_nothing_of_the_world() {
    let mut wrong = Vec::new();
    for pure in PURE {
        let of_it: Vec<_> = library().filter(|s| s.path.starts_with(pure)).collect();
        assert!(!of_it.is_empty(), "{pure} is no source any more");
        for source in of_it {
            for word in WORLD.iter().filter(|word| source.names(word)) {
                wrong.push(format!("{} is pure and names {word}", source.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn only_the_context_reads_the_environment() {
    let reads = |s: &&Source| ["std::env", "env::var", "env::vars", "option_env!"].iter().any(|w| s.names(w));
    let readers: Vec<_> = library().filter(reads).map(|s| s.path.as_str()).collect();
    assert_eq!(readers, ["src/cli/world/context.rs"]);
}

#[test]
fn only_the_ui_prints() {
    let words = ["print!", "println!", "eprint!", "eprintln!", "io::stdout", "io::stderr"];
    let prints = |s: &&Source| words.iter().any(|w| s.names(w));
    let printers: Vec<_> = library().filter(prints).map(|s| s.path.as_str()).collect();
    // The log is written to stderr through its subscriber there.
    assert_eq!(printers, ["src/cli/screen/log.rs", "src/cli/screen/ui.rs"]);
}

#[test]
fn sdk_types_end_in_the_adapters() {
    let mut wrong = Vec::new();
    for source in library() {
        let is_excused = SDK_OUTSIDE.iter().any(|(path, _)| *path == source.path);
        if !source.path.starts_with("src/aws/") && !is_excused {
            wrong.extend(SDK.iter().filter(|w| source.names(w)).map(|w| format!("{} names {w}", source.path)));
        }
        if !source.path.starts_with("src/k8s/") {
            let words = ["kube::", "k8s_openapi"];
            wrong.extend(words.iter().filter(|w| source.names(w)).map(|w| format!("{} names {w}", source.path)));
        }
    }
    none(&wrong);
    for (path, _) in SDK_OUTSIDE {
        let still = library().any(|s| s.path == path && SDK.iter().any(|w| s.names(w)));
        assert!(still, "{path} needs no exception any more");
    }
}

#[test]
fn files_and_functions_stay_short() {
    let mut wrong = Vec::new();
    let all: Vec<_> = ["src", "tests", "examples"].into_iter().flat_map(sources).collect();
    for source in &all {
        let lines = source.text.lines().count();
        let is_excused = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        if lines > FILE_LINES && !is_excused {
            wrong.push(format!("{} has {lines} lines", source.path));
        }
        for (name, lines) in source.functions().into_iter().filter(|(_, lines)| *lines > FUNCTION_LINES) {
            let place = format!("{} fn {name}", source.path);
            if !LONG_FUNCTIONS.iter().any(|(excused, _)| *excused == place) {
                wrong.push(format!("{place} has {lines} lines"));
            }
        }
    }
    none(&wrong);
    for (path, _) in LONG_FILES {
        let still = all.iter().any(|s| s.path == path && s.text.lines().count() > FILE_LINES);
        assert!(still, "{path} needs no exception any more");
    }
}

#[test]
fn no_module_is_named_for_nothing() {
    let idle = ["utils", "util", "common", "helpers", "helper", "manager", "service", "misc"];
    for source in sources("src") {
        let parts = source.path.trim_end_matches(".rs").split('/');
        let named: Vec<_> = parts.filter(|part| idle.contains(part)).collect();
        assert!(named.is_empty(), "{}", source.path);
    }
}

#[test]
fn each_module_of_the_tests_lies_where_its_name_says() {
    let elsewhere = sources("tests").into_iter().filter(|s| s.names("#[path"));
    none(&elsewhere.map(|s| s.path).collect::<Vec<_>>());
}

#[test]
fn a_mod_file_holds_documentation_and_reexports_only() {
    for source in library().filter(|s| s.path.ends_with("/mod.rs")) {
        assert_eq!(source.functions(), [], "{}", source.path);
    }
}
