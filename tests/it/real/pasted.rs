//! The commands of `aws` and `kubectl` in the hints that the whole suite printed, each run with the real program: it
//! accepts them, and finds what they name in a suitable world.
//!
//! A run of all tests collects the hints (`support/hints.rs`); `.ci/run` makes one first.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use eksaccess::model::{Principal, PrincipalKind};
use serde_json::{Value, json};

use super::site::Site;
use crate::support::cloud::{ACCOUNT, AuthMode, ClusterSpec, REGION, World};
use crate::support::control_plane::{Missing, or_skip, skip};
use crate::support::desk::{Desk, Ran, Typed};
use crate::support::hints::{commands, file, runs_all, words};

/// The commands of the AWS CLI that version 1 lacks, with their options in version 2
/// (<https://docs.aws.amazon.com/cli/latest/reference/>).
const OF_VERSION_2: [(&str, &str); 4] = [
    ("configure list-profiles", "--profile"),
    ("configure sso", "--profile"),
    ("login", "--profile"),
    ("sso login", "--profile"),
];

/// Commands that prompt on a terminal or open a browser.
const ASKING: [&str; 3] = ["configure sso", "aws login", "sso login"];

/// The AWS CLI, if it is installed.
pub(super) fn aws_cli() -> Result<PathBuf, Missing> {
    Missing::or_path("EKSACCESS_AWS_CLI", "")
}

/// Bypasses the test harness, which captures a test's output.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Each command of a program in the hints of the last run of all tests, with one of its hints.
fn collected(test: &str, program: &str) -> Option<BTreeMap<String, String>> {
    if runs_all() {
        // The file grows during this run.
        say(&format!("skipped: {test}: this run collects the hints; run `cargo test --test it real::` after it"));
        return None;
    }
    let Ok(hints) = std::fs::read_to_string(file()) else {
        skip(test, "no hints are collected; run all tests first: cargo test");
        return None;
    };
    let program = format!("{program} ");
    let of_line = |hint: &str| commands(hint).into_iter().map(|command| (command, hint.to_owned())).collect::<Vec<_>>();
    let all = hints.lines().flat_map(of_line).filter(|(command, _)| command.starts_with(&program));
    let all: BTreeMap<_, _> = all.collect();
    say(&format!("{} distinct commands of {program}are pasted", all.len()));
    assert!(!all.is_empty(), "no hint has a command of {program}");
    Some(all)
}

/// Panics with every command that was refused.
fn none_refused(refused: &[String]) {
    assert!(refused.is_empty(), "{} commands of hints can't be pasted:\n\n{}", refused.len(), refused.join("\n\n"));
}

fn refusal(command: &str, hint: &str, ran: &Ran) -> String {
    format!("{command}\n  of the hint {hint:?}\n  exit {}: {}{}", ran.status, ran.stdout, ran.stderr)
}

/// The value of an option.
fn value<'a>(words: &'a [String], option: &str) -> Option<&'a str> {
    words.windows(2).find(|pair| pair[0] == option).map(|pair| pair[1].as_str())
}

#[test]
fn the_aws_cli_takes_what_a_hint_says() {
    let test = "the_aws_cli_takes_what_a_hint_says";
    let Some(aws) = or_skip(test, aws_cli()) else { return };
    let Some(all) = collected(test, "aws") else { return };
    let is_version_1 = Desk::new(World::new().start())
        .program(&aws, "creator", "--version")
        .run_any()
        .stdout
        .starts_with("aws-cli/1.");
    let mut refused = Vec::new();
    for (command, hint) in all {
        let Some(words) = words(&command) else { panic!("{command}") };
        if is_version_1 && is_of_version_2(&words) {
            continue;
        }
        let ran = typed(&desk_for(&words), &aws, &words).run_any();
        let asks = ASKING.iter().any(|verb| command.contains(verb));
        let is_taken = if asks { !ran.stderr.contains("usage:") } else { ran.status == 0 };
        if !is_taken {
            refused.push(refusal(&command, &hint, &ran));
        }
    }
    none_refused(&refused);
}

/// Whether only version 2 has this command, and all its options exist there.
fn is_of_version_2(words: &[String]) -> bool {
    let is_verb = |word: &&String| !word.starts_with('-');
    let verb: Vec<&str> = words[1..].iter().take_while(is_verb).map(String::as_str).collect();
    let options: Vec<_> = words[1 + verb.len()..].iter().step_by(2).map(String::as_str).collect();
    OF_VERSION_2.iter().any(|(known, option)| *known == verb.join(" ") && options.iter().all(|o| o == option))
}

/// The command as typed by the administrator; `aws configure` gets empty lines.
fn typed<'a>(desk: &'a Desk, aws: &Path, words: &[String]) -> Typed<'a> {
    let typed = words[1..].iter().fold(desk.program(aws, "creator", ""), Typed::arg);
    typed.env("AWS_DEFAULT_REGION", REGION).env("AWS_PAGER", "").stdin("\n\n\n\n")
}

/// A trust that leaves the decision to the account's policies.
fn any_of_the_account() -> Value {
    let principal = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
    let actions = ["sts:AssumeRole", "sts:SetSourceIdentity"];
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": principal, "Action": actions}})
}

/// A desk in a world with everything that the command names.
fn desk_for(words: &[String]) -> Desk {
    let named = |option| value(words, option).map(str::to_owned);
    let verb = words.get(2).map_or("", String::as_str);
    let user = named("--user-name").filter(|_| verb != "create-user");
    let role = named("--role-name");
    let principals: Vec<Principal> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let mut world = World::new().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)).home(move |account| {
        if let Some(name) = user {
            account.user(&name);
        }
        if let Some(name) = role {
            account.role(&name);
        }
        for principal in principals.iter().filter(|principal| principal.account == ACCOUNT) {
            if principal.kind == PrincipalKind::User {
                account.user(&principal.name);
            }
            if principal.kind == PrincipalKind::Role {
                account.role_trusting(&principal.path, &principal.name, &any_of_the_account());
            }
        }
    });
    let region = named("--region").unwrap_or_else(|| REGION.to_owned());
    let cluster = named("--cluster-name").or_else(|| named("--name").filter(|_| words[1] == "eks"));
    if let Some(name) = cluster.filter(|name| name != "dev" || region != REGION) {
        let spec = ClusterSpec::new(&name).account(eksaccess::model::Partition::Aws, ACCOUNT, &region);
        world = world.cluster(spec.creator("creator").mode(AuthMode::ApiAndConfigMap));
    }
    let desk = Desk::new(world.start());
    if let Some(profile) = value(words, "--profile") {
        desk.write(".aws/config", &format!("[profile {profile}]\nregion = {REGION}\n"));
    }
    if let (Some(principal), Some(cluster)) = (value(words, "--principal-arn"), value(words, "--cluster-name")) {
        let entry = format!("map --cluster {cluster} --region {region} --via access-entry --kubernetes-group viewers");
        desk.eksaccess("creator", &entry).arg("--principal").arg(principal).arg("--yes").run();
    }
    desk
}

#[test]
fn kubectl_takes_what_a_hint_says() {
    let test = "kubectl_takes_what_a_hint_says";
    let Some(site) = Site::open(test, World::new()) else { return };
    let Some(all) = collected(test, "kubectl") else { return };
    let mut refused = Vec::new();
    for (command, hint) in all {
        let Some(words) = words(&command) else { panic!("{command}") };
        provide(&site, &words);
        let creates = words.iter().any(|word| word == "create");
        let arguments = words[1..].iter().cloned().chain(creates.then(|| "--dry-run=server".to_owned()));
        let kubectl = site.desk.kubectl(&site.plane.kubectl_path(), "creator", "");
        let kubeconfig = kubeconfig_for(&site, &words).display().to_string();
        let typed = arguments.fold(kubectl, Typed::arg).env("KUBECONFIG", kubeconfig).env("EDITOR", "true");
        let ran = typed.run_any();
        // The answer `no` has the status 1.
        let is_answer = words[1] == "auth" && matches!(ran.stdout.trim(), "yes" | "no");
        let is_unknown = ran.stderr.contains("the server doesn't have a resource type");
        if is_unknown || !(ran.status == 0 || is_answer) {
            refused.push(refusal(&command, &hint, &ran));
        }
    }
    none_refused(&refused);
}

/// A kubeconfig of the administrator with the contexts and users that the command names; and the file that it names.
fn kubeconfig_for(site: &Site, words: &[String]) -> PathBuf {
    let text = std::fs::read_to_string(site.plane.admin_kubeconfig()).expect("the administrator's kubeconfig");
    let mut config: Value = serde_json::from_str(&text).expect("it is JSON");
    let behind = |verb: &str| words.iter().skip_while(|word| *word != verb).nth(1);
    let context = behind("use-context").map(String::as_str).or_else(|| value(words, "--context"));
    if let Some(name) = context {
        let context = json!({"name": name, "context": {"cluster": "real", "user": "real"}});
        config["contexts"].as_array_mut().expect("contexts").push(context);
    }
    if let Some(name) =
        behind("unset").and_then(|path| path.strip_prefix("clusters.")?.rsplit_once('.')).map(|(name, _)| name)
    {
        config["clusters"]
            .as_array_mut()
            .expect("clusters")
            .push(json!({"name": name, "cluster": {"server": "https://x"}}));
    }
    if let Some(name) = behind("set-credentials") {
        let exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "eksaccess", "interactiveMode": "Never"});
        config["users"].as_array_mut().expect("users").push(json!({"name": name, "user": {"exec": exec}}));
    }
    let text = config.to_string();
    if let Some(name) = value(words, "--kubeconfig") {
        site.desk.write(name, &text);
    }
    site.desk.write("administrator", &text)
}

/// Creates the objects that the command names.
fn provide(site: &Site, words: &[String]) {
    let apply = |object: &Value| {
        let done = site.plane.kubectl_with_input(&["apply", "-f", "-"], &object.to_string());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let namespace = value(words, "-n").unwrap_or("default");
    apply(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
    let named = |kind: &str| words.iter().skip_while(|word| *word != kind).nth(1).filter(|name| !name.starts_with('-'));
    if let Some(name) = named("resourcequota") {
        let metadata = json!({"name": name, "namespace": namespace});
        apply(
            &json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "9"}}}),
        );
    }
    let rules =
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["podtemplates"]}]);
    let constraints = json!({"resourceRules": rules});
    if let Some(name) = named("validatingadmissionpolicy") {
        apply(&json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": name}, "spec": {"matchConstraints": constraints, "validations": [{"expression": "true"}]}}));
    }
    if let Some(name) = named("mutatingadmissionpolicy") {
        let change = json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}});
        apply(&json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingAdmissionPolicy",
            "metadata": {"name": name}, "spec": {"matchConstraints": constraints, "reinvocationPolicy": "Never",
            "mutations": [change]}}));
    }
}
