//! Differences between kubectl's context and what works.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::hold::hold;
use super::world::{desk, role_arn, verify, world};
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;

/// The cluster's certificate authority as in a kubeconfig.
pub fn authority_data(desk: &Desk) -> String {
    STANDARD.encode(desk.cloud.cluster("dev").ca_pem)
}

/// A context of the cluster with this exec section's arguments, current.
pub fn with_kubeconfig(desk: &Desk, server: &str, args: &str) {
    let data = authority_data(desk);
    let arn = format!("arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/dev");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters:\n- name: {arn}\n  cluster: {{server: '{server}', certificate-authority-data: {data}}}\n\
         contexts:\n- name: c\n  context: {{cluster: '{arn}', user: u}}\nusers:\n- name: u\n  user:\n    exec:\n      \
         apiVersion: client.authentication.k8s.io/v1beta1\n      command: eksaccess\n      args: [{args}]\n"
    );
    desk.write(".kube/config", &text);
}

/// A correct one.
pub fn right(desk: &Desk) {
    let own = desk.cloud.cluster("dev").endpoint.expect("an endpoint");
    with_kubeconfig(desk, &own, &format!("token, --cluster, dev, --region, eu-west-1, --role, '{}'", role_arn()));
}

pub fn kubeconfig(found: &Value) -> Value {
    found["links"].as_array().unwrap().iter().find(|l| l["name"] == "kubeconfig").unwrap().clone()
}

/// Runs the proposal of `verify`; then all links are ok.
pub fn mended(desk: &Desk) {
    let link = kubeconfig(&verify(desk, "").run_any().json());
    let hint = link["hint"].as_str().expect("a hint").to_owned();
    desk.eksaccess("ann", hint.strip_prefix("eksaccess ").expect("a command of this program")).arg("--yes").run();
    let link = kubeconfig(&verify(desk, "").run().json());
    assert_eq!(link["state"], "ok", "{hint} does not mend it: {link}");
}

/// A file before the correct one has a user of the same name; the proposal fixes it.
pub fn shadowed(case: &str) {
    const LIST: &str = "earlier:.kube/config";
    let desk = desk(world());
    right(&desk);
    let text = desk.read(".kube/config").replace("role/KubernetesAdmin", "role/Ops");
    desk.write("earlier", &text[text.find("users:").expect("users")..]);
    let command = || verify(&desk, "--role KubernetesAdmin").env("KUBECONFIG", LIST);
    hold(case, command());
    let link = kubeconfig(&command().run_any().json());
    let hint =
        link["hint"].as_str().and_then(|hint| hint.strip_prefix("eksaccess ")).expect("a command of this program");
    desk.eksaccess("ann", hint).env("KUBECONFIG", LIST).arg("--yes").run();
    assert_eq!(kubeconfig(&command().run().json())["state"], "ok", "{hint}");
}

#[test]
fn a_context_that_is_named_and_stays_wrong_leads_to_the_one_that_works() {
    let desk = desk(world());
    right(&desk);
    desk.write(".kube/config", &desk.read(".kube/config").replace("user: u}", "user: gone}"));
    let hint = || {
        let found = desk.eksaccess("ann", "verify --context c --output json").status(5).run().json();
        kubeconfig(&found)["hint"].as_str().expect("a hint").to_owned()
    };
    let proposed = hint();
    desk.eksaccess("ann", proposed.strip_prefix("eksaccess ").expect("a command of this program")).arg("--yes").run();
    let name = "KubernetesAdmin@dev.eu-west-1.111122223333";
    assert_eq!(hint(), format!("kubectl --context {name} auth whoami   (the context that works)"));
    let found = desk.eksaccess("ann", &format!("verify --context {name} --output json")).run().json();
    assert_eq!(kubeconfig(&found)["state"], "ok", "{found}");
}

/// A directory is in the list.
pub fn unreadable(case: &str) {
    let desk = desk(world());
    right(&desk);
    desk.write("directory/file", "");
    hold(case, verify(&desk, "").env("KUBECONFIG", ".kube/config:directory"));
}

fn untried(desk: &Desk, more: &str, says: &str, tries: &str) {
    let link = kubeconfig(&verify(desk, more).status(1).run().json());
    assert_eq!(link["state"], "unknown", "{link}");
    assert!(link["text"].as_str().unwrap().contains(says), "{link}");
    assert!(link["hint"].as_str().unwrap().contains(tries), "{link}");
}

fn change(desk: &Desk, from: &str, to: &str) {
    right(desk);
    let text = desk.read(".kube/config");
    assert!(text.contains(from), "{from} in {text}");
    desk.write(".kube/config", &text.replace(from, to));
}

#[test]
fn another_profile_than_the_one_that_signed_was_not_tried() {
    let desk = desk(world());
    let env = desk.cloud.env("ann");
    let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    let profile =
        |name: &str| format!("[profile {name}]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    desk.write(".aws/config", &(profile("x") + &profile("y")));
    change(&desk, "dev, --region", "dev, --profile, x, --region");
    let keyless = |more: &str| verify(&desk, more).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    untried(&desk, "", "signs with profile x; this was tested with the keys of the environment", "--profile x");
    untried(&desk, "--profile y", "signs with profile x; this was tested as profile y", "--profile x");
    verify(&desk, "--profile x").run();
    keyless("").env("AWS_PROFILE", "x").run();
    verify(&desk, "").env("AWS_PROFILE", "x").status(1).run();
    change(&desk, "command:", "env: [{name: AWS_PROFILE, value: x}]\n      command:");
    untried(&desk, "--profile y", "signs with profile x only if the environment holds no keys", "verify");
    let link = kubeconfig(&verify(&desk, "").run().json());
    assert!(link["text"].as_str().unwrap().contains("the keys in the environment sign, not profile x"), "{link}");
    right(&desk);
    untried(&desk, "--profile x", "names no profile; this was tested as profile x", "--exec-profile x");
    keyless("--profile x").env("AWS_PROFILE", "x").run();
}

#[test]
fn what_decides_beside_the_section_was_not_tried() {
    let desk = desk(world());
    let program = |name: &str| {
        std::os::unix::fs::symlink("/bin/true", desk.path(name)).unwrap();
        format!("command: {}", desk.path(name).display())
    };
    let (vault, login) = (program("aws-vault"), program("kubelogin"));
    let wrapped = format!("      {vault}\n      args: [exec, work, --, eksaccess, ");
    let own_way = "kubectl --context c auth whoami";
    for (from, to, says, tries) in [
        ("    exec:", "    token: abc\n    exec:", "has token in addition to its program", own_way),
        (
            "    exec:",
            "    as: bob\n    exec:",
            "has as in addition to its program: kubectl impersonates another user",
            own_way,
        ),
        (
            "      command: eksaccess\n      args: [",
            &wrapped,
            "which chooses the keys; this was tested without it",
            own_way,
        ),
        ("command: eksaccess", &login, "whose behaviour can't be judged here", own_way),
        (
            "      command:",
            "      env: [{name: AWS_CONFIG_FILE, value: /x}]\n      command:",
            "sets AWS_CONFIG_FILE for its program",
            own_way,
        ),
    ] {
        change(&desk, from, to);
        untried(&desk, "--role KubernetesAdmin", says, tries);
    }
    change(&desk, "--region, eu-west-1", "--region, us-east-1");
    verify(&desk, "").run();
}

#[test]
fn a_context_that_is_named_is_gone_by_its_own_way() {
    let desk = desk(world());
    right(&desk);
    let own = desk.read(".kube/config");
    let role = format!(", --role, '{}'", role_arn());
    let plain = own.replace(&role, "").replace("name: c\n", "name: plain\n").replace("user: u}", "user: p}");
    let plain = plain.replace("name: u\n", "name: p\n");
    desk.write("two", &plain);
    let both = format!("{}:{}", desk.path(".kube/config").display(), desk.path("two").display());
    let through = |context: &str| {
        let typed = desk.eksaccess("ann", &format!("verify --context {context} --output json"));
        typed.env("KUBECONFIG", &both).run().json()
    };
    let found = through("c");
    assert_eq!(found["role"], role_arn());
    let found = through("plain");
    assert_eq!(found["role"], Value::Null, "{found}");
    assert!(kubeconfig(&found)["text"].as_str().unwrap().starts_with("context plain in "), "{found}");
    let identity = found["links"].as_array().unwrap().iter().find(|link| link["name"] == "identity").unwrap();
    assert!(identity["text"].as_str().unwrap().starts_with("ann with groups lookers"), "{identity}");
}

#[test]
fn another_way_to_the_server_was_not_tried() {
    let desk = desk(world());
    change(&desk, "cluster: {server", "cluster: {proxy-url: 'http://ann:secret@127.0.0.1:1', server");
    untried(&desk, "", "uses the proxy http://127.0.0.1:1;", "--proxy-url http://127.0.0.1:1");
    change(&desk, "cluster: {server", "cluster: {tls-server-name: other.example.com, server");
    untried(&desk, "", "checks its certificate for other.example.com", "--tls-server-name other.example.com");
    let server = desk.cloud.cluster("dev").endpoint.unwrap();
    let host = server.trim_start_matches("https://").split(':').next().unwrap();
    let tunnel = server.replace(host, "localhost");
    change(
        &desk,
        &format!("cluster: {{server: '{server}'"),
        &format!("cluster: {{tls-server-name: '{host}', server: '{tunnel}'"),
    );
    let way = format!("--server {tunnel} --tls-server-name {host}");
    untried(&desk, "", &format!("connects to {tunnel}"), &way);
    verify(&desk, &way).run();
}

#[test]
fn words_that_a_shell_would_read_are_quoted() {
    let desk = desk(world());
    right(&desk);
    let own = desk.read(".kube/config");
    let wrong =
        own.replace("KubernetesAdmin", "Viewer").replace("name: c\n", "name: wrong\n").replace("user: u}", "user: v}");
    let wrong = wrong.replace("name: u\n", "name: v\n").replace("current-context: c", "current-context: wrong");
    desk.write("one", &wrong);
    desk.write("two", &own.replace("name: c\n", "name: it's mine\n"));
    let both = format!("{}:{}", desk.path("one").display(), desk.path("two").display());
    let found = verify(&desk, "--role KubernetesAdmin").env("KUBECONFIG", both).status(5).run().json();
    assert_eq!(kubeconfig(&found)["hint"], r"kubectl config use-context 'it'\''s mine'");
}
