//! The merged list, compared with the real kubectl.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::tests::{list, wanted, with, written};
use super::*;
use crate::kubeconfig::document::Current;

/// kubectl's view of files in a directory, or `None` if it refuses one of them.
fn kubectl(directory: &Path, args: &[&str], files: usize) -> Option<Value> {
    let paths: Vec<String> = (0..files).map(|at| directory.join(format!("f{at}")).display().to_string()).collect();
    let mut command = Command::new("kubectl");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", directory);
    let output = command.env("KUBECONFIG", paths.join(":")).args(args).output().unwrap();
    output.status.success().then(|| serde_json::from_slice(&output.stdout).unwrap())
}

/// Whether kubectl is installed; if it is required, its absence fails the test.
fn is_there(test: &str) -> bool {
    let found =
        Command::new("kubectl").args(["version", "--client"]).output().is_ok_and(|output| output.status.success());
    if !found {
        assert!(
            std::env::var_os("EKSACCESS_REQUIRE_REAL").is_none(),
            "{test} may not be skipped here: no kubectl in PATH"
        );
        eprintln!("skipped: {test}: no kubectl in PATH");
    }
    found
}

fn write(directory: &Path, texts: &[&str]) {
    for (at, text) in texts.iter().enumerate() {
        let path = directory.join(format!("f{at}"));
        if text.is_empty() {
            let _ = std::fs::remove_file(path);
        } else {
            std::fs::write(path, text).unwrap();
        }
    }
}

const VIEW: [&str; 5] = ["config", "view", "--raw", "-o", "json"];

/// The part of a view that decides on kubectl's connection.
fn told(view: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |key: &str, fields: &[&str]| -> Vec<String> {
        let body = key.trim_end_matches('s').to_owned();
        let entry = |entry: &Value| {
            let fields: Vec<_> = fields.iter().map(|field| text(&entry[&body][*field])).collect();
            format!("{key} {} {}", text(&entry["name"]), fields.join(" "))
        };
        let mut all: Vec<_> = view[key].as_array().into_iter().flatten().map(entry).collect();
        all.sort();
        all
    };
    [
        vec![text(&view["current-context"])],
        list("clusters", &["server", "tls-server-name", "proxy-url"]),
        list("contexts", &["cluster", "user", "namespace"]),
        list("users", &["token"]),
    ]
    .concat()
}

/// The same from this program.
fn ours(files: &FileList) -> Vec<String> {
    let list = |list: List, fields: &[&str]| -> Vec<String> {
        let entry = |entry: &Rc<crate::kubeconfig::document::Entry>| {
            let fields: Vec<_> = fields.iter().map(|field| entry.text(field).unwrap_or_default()).collect();
            format!("{} {} {}", list.key(), entry.name, fields.join(" "))
        };
        let mut all: Vec<_> = files.entries.list(list).iter().map(entry).collect();
        all.sort();
        all
    };
    [
        vec![files.current().map(|(_, name)| name.to_owned()).unwrap_or_default()],
        list(List::Clusters, &["server", "tls-server-name", "proxy-url"]),
        list(List::Contexts, &["cluster", "user", "namespace"]),
        list(List::Users, &["token"]),
    ]
    .concat()
}

/// The files from which lists are built.
fn files() -> Vec<String> {
    let entries = |server: &str, token: &str, more: &str| {
        format!(
            "apiVersion: v1\nkind: Config\n{more}clusters:\n- name: c\n  cluster: {{server: 'https://{server}'}}\nusers:\n- name: u\n  \
             user: {{token: {token}}}\ncontexts:\n- name: x\n  context: {{cluster: c, user: u, namespace: {server}}}\n"
        )
    };
    vec![
        String::new(),
        entries("first", "ta", "current-context: x\n"),
        entries("second", "tb", "current-context: gone\n").replace("name: x", "name: z"),
        "\u{feff}kind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://m', proxy-url: 'http://p'}\n- name: d\n".to_owned(),
        "{\"kind\": \"Config\", \"current-context\": \"\", \"contexts\": [{\"name\": \"x\", \"context\": {\"user\": \"j\"}}]}\n".to_owned(),
        "x: &x {user: m}\ncontexts:\n- name: q\n  context: {<<: *x, cluster: c}\nusers:\n- name: u\n".to_owned(),
        "# nothing\n".to_owned(),
        "kind: Config\r\nusers:\r\n- name: w\r\n  user: {token: \"1\"}\r\n".to_owned(),
    ]
}

#[test]
fn kubectl_merges_a_list_as_we_do() {
    if !is_there("kubectl_merges_a_list_as_we_do") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let files = files();
    for a in &files {
        for b in &files {
            let texts = [a.as_str(), b, &files[1]];
            write(directory.path(), &texts);
            let view = kubectl(directory.path(), &VIEW, texts.len()).unwrap();
            assert_eq!(ours(&list(&texts)), told(&view), "{texts:?}");
        }
    }
}

#[test]
fn kubectl_refuses_a_list_where_we_do() {
    if !is_there("kubectl_refuses_a_list_where_we_do") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for bad in [
        "users:\n- name: a\n- name: a\n",
        "kind: Deployment\n",
        "- a\n",
        "hello\n",
        "users: {}\n",
        "users:\n- name: 12\n",
        "contexts:\n- name: a\n  context: b\n",
        "users:\n- name: a\n  user: {exec: {command: aws, args: [12]}}\n",
        "kind: Config\n\tcontexts: []\n",
        "a: [b\n",
    ] {
        let texts = [&*files()[1], bad];
        write(directory.path(), &texts);
        assert!(kubectl(directory.path(), &VIEW, 2).is_none(), "kubectl takes {bad:?}");
        assert_eq!(list(&texts).trouble().unwrap().0.path, "f1", "we take {bad:?}");
    }
}

/// For any list: after a write kubectl connects as wanted, through the named context.
#[test]
fn what_is_written_is_where_kubectl_goes() {
    if !is_there("what_is_written_is_where_kubectl_goes") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let dev = with(&["dev"]);
    let taken = |what: &str, to: &str| dev.replace(what, to);
    let mut all = files();
    all.extend([
        dev.clone(),
        with(&["dev", "prod"]),
        taken("name: KubernetesAdmin", "name: Renamed"),
        taken("https://DEV", "https://OLD"),
        taken("role/KubernetesAdmin", "role/Other"),
        taken("    exec:\n", "    token: t\n    exec:\n"),
        dev.split_once("users:").unwrap().0.to_owned(),
        format!("users:{}", dev.split_once("users:").unwrap().1),
    ]);
    let mut refused = 0;
    for a in &all {
        for b in &all {
            let texts = [a.as_str(), b];
            let wanted = Wanted { current: Current::Set, ..wanted("dev") };
            let Ok(after) = written(&texts, &wanted) else {
                refused += 1;
                continue;
            };
            write(directory.path(), &after.iter().map(String::as_str).collect::<Vec<_>>());
            let view = ["config", "view", "--raw", "--minify", "-o", "json"];
            let view = kubectl(directory.path(), &view, texts.len()).unwrap();
            let args = view["users"][0]["user"]["exec"]["args"].to_string();
            let server = view["clusters"][0]["cluster"]["server"].as_str().unwrap_or_default();
            assert!(
                args.contains("role/KubernetesAdmin") && view["users"][0]["user"].get("token").is_none(),
                "{texts:?}: {view:#}"
            );
            assert!(server == "https://DEV.gr7.eu-west-1.eks.amazonaws.com", "{texts:?}: {view:#}");
        }
    }
    assert!(refused < 100, "{refused} of {}", all.len() * all.len());
}
