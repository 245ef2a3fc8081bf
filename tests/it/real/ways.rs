//! Contexts of every form, each checked twice: with the real kubectl, and with `verify`. `verify` is never ok if
//! kubectl fails or has another identity, and never broken if kubectl works.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::support::control_plane::{Missing, or_skip};
use crate::support::desk::{Desk, Typed};
use crate::verify::kubeconfig::{kubeconfig, right};
use crate::verify::world::{desk, world};

/// One context, or one list of files.
struct Way {
    what: &'static str,
    /// Files in the home, and their texts.
    files: Vec<(&'static str, String)>,
    /// `KUBECONFIG`, with names in the home.
    list: Vec<&'static str>,
    /// Further options for both programs: `--context NAME`.
    named: &'static str,
}

/// Changes of a correct kubeconfig.
const CHANGES: [(&str, &str, &str); 44] = [
    ("it is right", "current-context: c", "current-context: c"),
    ("another role", "role/KubernetesAdmin'", "role/Ops'"),
    ("no role", ", --role, 'arn:aws:iam::111122223333:role/KubernetesAdmin'", ""),
    ("a server that is not there", "server: 'https://127.0.0.1:", "server: 'https://127.0.0.1:1', x: '"),
    ("another name of the server", "https://127.0.0.1", "https://localhost"),
    ("a name that the certificate has not", "{server:", "{tls-server-name: other.example, server:"),
    ("a proxy that is not there", "{server:", "{proxy-url: 'http://127.0.0.1:1', server:"),
    ("no authority", "certificate-authority-data", "x-authority"),
    (
        "an authority without a certificate",
        "certificate-authority-data",
        "certificate-authority-data: aGVsbG8K, x-authority",
    ),
    ("an authority that is not base64", "certificate-authority-data", "certificate-authority-data: '%%', x-authority"),
    ("no check", "certificate-authority-data", "insecure-skip-tls-verify: true, x-authority"),
    ("v1alpha1", "authentication.k8s.io/v1beta1", "authentication.k8s.io/v1alpha1"),
    ("v1 without a mode", "authentication.k8s.io/v1beta1", "authentication.k8s.io/v1"),
    ("v1 with a mode", "authentication.k8s.io/v1beta1", "authentication.k8s.io/v1\n      interactiveMode: Never"),
    ("a mode that kubectl does not know", "k8s.io/v1beta1", "k8s.io/v1beta1\n      interactiveMode: Sometimes"),
    ("no version", "apiVersion: client.authentication.k8s.io/v1beta1\n", "provideClusterInfo: false\n"),
    ("a program that is not there", "command: eksaccess", "command: nowhere"),
    ("a program that can't be run", "command: eksaccess", "command: ./odd"),
    ("a wrapper beside the kubeconfig", "command: eksaccess", "command: ./wrapper"),
    (
        "env that sets nothing of ours",
        "command: eksaccess\n      args: [",
        "command: env\n      args: [TEAM=a, eksaccess, ",
    ),
    (
        "env that sets keys",
        "command: eksaccess\n      args: [",
        "command: env\n      args: [AWS_ACCESS_KEY_ID=AKIDBOB, eksaccess, ",
    ),
    ("env that empties all", "command: eksaccess\n      args: [", "command: env\n      args: ['-i', eksaccess, "),
    ("a shell", "command: eksaccess\n      args: [", "command: sh\n      args: ['-c', 'exec eksaccess \"$@\"', sh, "),
    ("keys of another", "      command:", "      env: [{name: AWS_ACCESS_KEY_ID, value: AKIAOTHER}]\n      command:"),
    ("a profile, and keys beside", "      command:", "      env: [{name: AWS_PROFILE, value: bob}]\n      command:"),
    (
        "a profile that is gone, and keys beside",
        "      command:",
        "      env: [{name: AWS_PROFILE, value: gone}]\n      command:",
    ),
    ("a profile by option", "[token,", "[token, --profile, ann,"),
    ("a profile of another by option", "[token,", "[token, --profile, bob,"),
    ("a profile that is gone by option", "[token,", "[token, --profile, gone,"),
    (
        "an endpoint that is not there",
        "      command:",
        "      env: [{name: AWS_ENDPOINT_URL, value: 'http://127.0.0.1:1'}]\n      command:",
    ),
    ("a variable of no account", "      command:", "      env: [{name: TEAM, value: a}]\n      command:"),
    ("a token beside", "    exec:", "    token: abc\n    exec:"),
    ("a certificate beside", "    exec:", "    client-certificate-data: Y2VydA==\n    exec:"),
    ("it acts as another", "    exec:", "    as: bob\n    exec:"),
    ("a password beside", "    exec:", "    username: a\n    password: b\n    exec:"),
    ("another cluster's tokens", "--cluster, dev", "--cluster, other"),
    ("an option that is none", "[token,", "[token, --nope,"),
    ("no arguments", "args: [token", "args: [] # [token"),
    ("a session's name", "[token,", "[token, --session-name, ann,"),
    ("an external id that is not asked for", "[token,", "[token, --external-id, id-1,"),
    ("a namespace", "user: u}", "user: u, namespace: team}"),
    ("a user that is gone", "user: u}", "user: gone}"),
    ("the cluster's information", "      command:", "      provideClusterInfo: true\n      command:"),
    ("a current context that is gone", "current-context: c", "current-context: gone"),
];

/// A program that runs another.
const WRAPPER: &str = "#!/bin/sh\nexec eksaccess \"$@\"\n";

/// One file, next to an executable program and one that is not.
fn alone(what: &'static str, text: String, named: &'static str) -> Way {
    let odd = WRAPPER.trim_start_matches("#!").to_owned();
    let files = vec![(".kube/config", text), (".kube/wrapper", WRAPPER.to_owned()), (".kube/odd", odd)];
    Way { what, files, list: vec![".kube/config"], named }
}

/// The parts of a correct kubeconfig.
struct Parts<'a> {
    head: &'a str,
    cluster: &'a str,
    context: &'a str,
    user: &'a str,
}

impl<'a> Parts<'a> {
    fn of(config: &'a str) -> Self {
        let at = |part: &str| config.find(part).unwrap_or_else(|| panic!("{part} in {config}"));
        let (clusters, contexts, users) = (at("clusters:"), at("contexts:"), at("users:"));
        let (head, cluster) = (&config[..clusters], &config[clusters..contexts]);
        Self { head, cluster, context: &config[contexts..users], user: &config[users..] }
    }
}

fn list(what: &'static str, files: &[(&'static str, String)], list: &[&'static str]) -> Way {
    Way { what, files: files.to_vec(), list: list.to_vec(), named: "" }
}

/// Lists of files over which the parts are spread, or in which one is repeated.
fn spread(config: &str) -> Vec<Way> {
    let Parts { head, cluster, context, user } = Parts::of(config);
    let (wrong, whole) = (user.replace("role/KubernetesAdmin", "role/Ops"), || config.to_owned());
    let (ab, elsewhere) = (&["a", "b"], cluster.replace("https://127.0.0.1:", "https://127.0.0.1:1/"));
    vec![
        list("the user in a later file", &[("a", format!("{head}{cluster}{context}")), ("b", user.to_owned())], ab),
        list("the cluster in a later file", &[("a", format!("{head}{context}{user}")), ("b", cluster.to_owned())], ab),
        list("the context in a later file", &[("a", format!("{head}{cluster}{user}")), ("b", context.to_owned())], ab),
        list("a user in an earlier file shadows it", &[("a", wrong.clone()), ("b", whole())], ab),
        list("a wrong user in a later file is shadowed", &[("a", whole()), ("b", wrong)], ab),
        list("a server in an earlier file shadows it", &[("a", elsewhere), ("b", whole())], ab),
        list("an earlier file names another", &[("a", "current-context: gone\n".to_owned()), ("b", whole())], ab),
        list("the same file twice", &[("a", whole())], &["a", "a"]),
    ]
}

/// Lists with an unusual file.
fn odd(config: &str) -> Vec<Way> {
    let beside = |what, odd: &str| list(what, &[("a", config.to_owned()), ("b", odd.to_owned())], &["a", "b"]);
    let twice = "users:\n- name: z\n  user: {token: a}\n- name: z\n  user: {token: b}\n";
    vec![
        list("a file that is missing", &[("a", config.to_owned())], &["missing", "a"]),
        list("an empty file", &[("e", String::new()), ("a", config.to_owned())], &["e", "a"]),
        list("a directory", &[("d/x", String::new()), ("a", config.to_owned())], &["d", "a"]),
        beside("a file that is not YAML", "clusters: [\n"),
        beside("a list where a mapping is wanted", "- a\n"),
        beside("two users of one name", twice),
        beside("a key twice", "kind: Config\nkind: Config\n"),
        beside("a file of another kind", "apiVersion: v1\nkind: Secret\n"),
    ]
}

/// Lists with a path relative to a file in another directory.
fn relative(config: &str, pem: &str) -> Vec<Way> {
    let Parts { head, cluster, context, user } = Parts::of(config);
    let authority = cluster.replace("certificate-authority-data", "certificate-authority: ca.crt, x-authority");
    let at = |path| [("a", format!("{head}{context}{user}")), ("sub/b", authority.clone()), (path, pem.to_owned())];
    let wrapped = user.replace("command: eksaccess", "command: ./wrapper");
    let program =
        |path| [("a", format!("{head}{cluster}{context}")), ("sub/b", wrapped.clone()), (path, WRAPPER.to_owned())];
    let files = &["a", "sub/b"];
    vec![
        list("a certificate beside the cluster's file", &at("sub/ca.crt"), files),
        list("a certificate beside the context's file", &at("ca.crt"), files),
        list(
            "a certificate file without a certificate",
            &at("sub/x").map(|(path, text)| match path {
                "sub/x" => ("sub/ca.crt", "hello\n".to_owned()),
                _ => (path, text),
            }),
            files,
        ),
        list("a program beside the user's file", &program("sub/wrapper"), files),
        list("a program beside the context's file", &program("wrapper"), files),
    ]
}

/// The options and variables of both programs.
fn typed<'a>(typed: Typed<'a>, list: &str, home: &Path) -> Typed<'a> {
    let program = Path::new(env!("CARGO_BIN_EXE_eksaccess")).parent().expect("a directory");
    let typed = typed.env("KUBECONFIG", list).env("PATH", format!("{}:/usr/bin:/bin", program.display()));
    typed.env("AWS_SHARED_CREDENTIALS_FILE", home.join(".aws/credentials").display().to_string())
}

/// Writes both users' keys as profiles.
fn profiles(desk: &Desk) {
    let profile = |user: &str| {
        let env = desk.cloud.env(user);
        let value = |name: &str| env.iter().find(|(n, _)| n == name).expect("a key").1.clone();
        let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
        format!("[{user}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
    };
    desk.write(".aws/credentials", &(profile("ann") + &profile("bob")));
}

/// The identity in a link's text.
fn identity(found: &Value) -> String {
    let link = found["links"].as_array().expect("links").iter().find(|link| link["name"] == "identity");
    let text = link.and_then(|link| link["text"].as_str()).unwrap_or_default();
    text.split(" with ").next().unwrap_or_default().to_owned()
}

/// kubectl's identity, if it has access.
fn whoami(desk: &Desk, kubectl: &Path, list: &str, home: &Path, context: &str) -> Option<String> {
    let ran = typed(desk.kubectl(kubectl, "ann", &format!("auth whoami -o json {context}")), list, home).run_any();
    let user = |document: Value| document["status"]["userInfo"]["username"].as_str().map(str::to_owned);
    (ran.status == 0).then(|| user(ran.json())).flatten()
}

/// Writes the files, checks them with both programs, and removes them; returns the exit code of `verify`, and its
/// error, if any.
fn judge(desk: &Desk, kubectl: &Path, home: &Path, way: &Way) -> (i32, Option<String>) {
    let Way { what, files, list, named } = way;
    for (path, content) in files {
        let file = desk.write(path, content);
        if content.starts_with("#!") {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
        }
    }
    let list: Vec<String> = list.iter().map(|path| home.join(path).display().to_string()).collect();
    let list = list.join(":");
    let cluster = if named.is_empty() { "--cluster dev" } else { named };
    let ran = typed(desk.eksaccess("ann", &format!("verify {cluster} --output json")), &list, home).run_any();
    let found = if ran.stdout.is_empty() { Value::Null } else { ran.json() };
    let link = if found["links"].is_array() { kubeconfig(&found) } else { found.clone() };
    // A context that is not current is compared as the named one.
    let is_other = link["text"].as_str().is_some_and(|told| told.contains("with kubectl --context c"));
    let user = whoami(desk, kubectl, &list, home, if is_other { "--context c" } else { named });
    let is_same = user.as_ref().is_some_and(|user| *user == identity(&found));
    let is_true = match ran.status {
        0 => is_same,
        5 => !is_same,
        _ => true,
    };
    for (path, _) in files {
        std::fs::remove_file(home.join(path)).expect("it was written");
    }
    let told = || format!("{what} {named}: kubectl is {user:?}, verify ended with {}: {link}", ran.status);
    (ran.status, (!is_true).then(told))
}

#[test]
fn verify_is_never_ok_where_kubectl_is_not_and_never_broken_where_it_is() {
    let name = "verify_is_never_ok_where_kubectl_is_not_and_never_broken_where_it_is";
    let Some(kubectl) = or_skip(name, Missing::or_path("EKSACCESS_REAL_BIN", "kubectl")) else { return };
    let desk = desk(world());
    right(&desk);
    profiles(&desk);
    let config = desk.read(".kube/config");
    let home = desk.write("marker", "").parent().expect("home").to_owned();
    let mut ways: Vec<Way> = Vec::new();
    for (what, from, to) in CHANGES {
        assert!(config.contains(from), "{what}: {from} in {config}");
        ways.push(alone(what, config.replace(from, to), ""));
        if ["no role", "another role", "keys of another", "a current context that is gone"].contains(&what) {
            ways.push(alone(what, config.replace(from, to), "--context c"));
        }
    }
    ways.extend(spread(&config).into_iter().chain(odd(&config)));
    ways.extend(relative(&config, &desk.cloud.cluster("dev").ca_pem));
    let judged: Vec<_> = ways.iter().map(|way| judge(&desk, &kubectl, &home, way)).collect();
    let wrong: Vec<_> = judged.iter().filter_map(|(_, wrong)| wrong.as_deref()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let ended = |status: i32| judged.iter().filter(|(ended, _)| *ended == status).count();
    assert!(ways.len() >= 60 && ended(0) >= 15 && ended(5) >= 15, "{} of {}, {}", ended(0), ways.len(), ended(5));
}
