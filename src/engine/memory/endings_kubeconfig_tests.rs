//! The context that kubectl would use.

use std::rc::Rc;

use super::endings::{Case, Sheet};
use super::front::CODE;
use crate::engine::verify::{RoleFrom, way_of_context};
use crate::kubeconfig::AuthorityFile;
use crate::kubeconfig::merged::{FileList, KubeconfigFile, Machine};
use crate::model::AuthMode;
use crate::plan::Tunnel;

const RIGHT: &str = "\
current-context: admin@dev
clusters:
- name: arn:aws:eks:eu-west-1:111122223333:cluster/dev
  cluster: {server: 'https://dev.example', certificate-authority-data: Q0E=}
contexts:
- name: admin@dev
  context: {cluster: 'arn:aws:eks:eu-west-1:111122223333:cluster/dev', user: admin}
users:
- name: admin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: IfAvailable
      command: eksaccess
      args: [token, --cluster, dev, --region, eu-west-1, --role, 'arn:aws:iam::111122223333:role/KubernetesAdmin']
";

const ROLE: &str = ", --role, 'arn:aws:iam::111122223333:role/KubernetesAdmin'";

/// Differences of a context: the name, the text, and its replacement.
const CHANGES: [(&str, &str, &str); 31] = [
    ("it is not current", "current-context: admin@dev", "current-context: other"),
    ("it takes no role", ROLE, ""),
    ("it takes another role", "role/KubernetesAdmin", "role/Ops"),
    ("its role is not an ARN", "'arn:aws:iam::111122223333:role/KubernetesAdmin'", "KubernetesAdmin"),
    ("it makes tokens for another cluster", "--cluster, dev", "--cluster, prod"),
    ("it makes tokens for another region", "--region, eu-west-1", "--region, us-east-1"),
    ("apiVersion is v1alpha1", "io/v1\n", "io/v1alpha1\n"),
    ("apiVersion is unknown", "io/v1\n", "io/v7\n"),
    ("there is no apiVersion", "      apiVersion: client.authentication.k8s.io/v1\n", ""),
    ("there is no interactiveMode", "      interactiveMode: IfAvailable\n", ""),
    ("interactiveMode is unknown", "IfAvailable", "Sometimes"),
    ("it runs no program", "exec:", "other:"),
    ("another server", "https://dev.example", "https://old.example"),
    ("another certificate authority", "Q0E=", "T0xE"),
    ("a proxy", "Q0E=}", "Q0E=, proxy-url: 'http://ann:secret@proxy.example:3128'}"),
    ("another name of the certificate", "Q0E=}", "Q0E=, tls-server-name: other.example}"),
    ("a tunnel", "{server: 'https://dev.example'", "{tls-server-name: dev.example, server: 'https://localhost:8443'"),
    ("it names a profile", "      command:", "      env: [{name: AWS_PROFILE, value: work}]\n      command:"),
    ("it sends an external id", "[token", "[token, --external-id, one"),
    (
        "it is wrapped",
        "      command: eksaccess\n      args: [token",
        "      command: aws-vault\n      args: [exec, work, --, eksaccess, token",
    ),
    (
        "it is run by a shell",
        "      command: eksaccess\n      args: [token",
        "      command: sh\n      args: [-c, 'exec eksaccess token'",
    ),
    (
        "env sets a profile",
        "      command: eksaccess\n      args: [token",
        "      command: env\n      args: [AWS_PROFILE=work, eksaccess, token",
    ),
    (
        "env sets keys",
        "      command: eksaccess\n      args: [token",
        "      command: env\n      args: [AWS_ACCESS_KEY_ID=AKIA, eksaccess, token",
    ),
    ("it has a client certificate beside", "    exec:", "    client-certificate-data: Y2VydA==\n    exec:"),
    ("it runs another program", "command: eksaccess", "command: kubelogin"),
    ("it has a token beside", "    exec:", "    token: abc\n    exec:"),
    ("it acts as another beside", "    exec:", "    as: bob\n    exec:"),
    ("it sets keys", "      command:", "      env: [{name: AWS_ACCESS_KEY_ID, value: AKIA}]\n      command:"),
    (
        "it sets another file of profiles",
        "      command:",
        "      env: [{name: AWS_CONFIG_FILE, value: x}]\n      command:",
    ),
    ("a CA file", "certificate-authority-data: Q0E=", "certificate-authority: ca.pem"),
    ("TLS is not checked", "certificate-authority-data: Q0E=", "insecure-skip-tls-verify: true"),
];

fn file(case: &mut Case, text: &str) {
    case.inquiry.kubeconfig = list(&[("config", text)]);
}

fn list(files: &[(&str, &str)]) -> Rc<FileList> {
    let files = files.iter().map(|(path, text)| KubeconfigFile::new(path, Some(text)));
    let authority = |path: &str| match path {
        "gone.pem" => AuthorityFile::Missing,
        _ => AuthorityFile::Unreadable("denied".to_owned()),
    };
    Rc::new(FileList::read(files.collect(), true, Machine { authority: &authority, ..Machine::OPAQUE }))
}

#[test]
fn the_ends_at_the_kubeconfig() {
    let mut sheet = Sheet::new(AuthMode::ConfigMap);
    sheet.walk("it says the same", |case| file(case, RIGHT));
    for (what, from, to) in CHANGES {
        assert!(RIGHT.contains(from), "{what}");
        sheet.walk(what, |case| file(case, &RIGHT.replace(from, to)));
    }
    sheet.walk("two contexts, and the current one is wrong", |case| {
        let second = RIGHT
            .replace("admin@dev", "second")
            .replace("user: admin", "user: wrong")
            .replace("- name: admin", "- name: wrong")
            .replace("role/KubernetesAdmin", "role/Ops");
        case.inquiry.kubeconfig = list(&[("a", &second), ("b", RIGHT)]);
    });
    sheet.pin("kubeconfig");
}

#[test]
fn the_ends_at_a_kubeconfig_by_what_is_asked() {
    let mut sheet = Sheet::new(AuthMode::ConfigMap);
    sheet.walk("a profile is named", |case| {
        file(case, RIGHT);
        case.inquiry.machine.named_profile = Some("work".into());
    });
    sheet.walk("a profile is active", |case| {
        file(case, RIGHT);
        case.inquiry.machine.env_profile = Some("work".into());
    });
    sheet.walk("its program is not there", |case| {
        file(case, RIGHT);
        case.inquiry.machine.missing_commands = vec!["eksaccess".into()];
        case.inquiry.machine.own_directory = Some("/opt/bin".into());
    });
    sheet.walk("its profile is not there", |case| {
        file(case, &RIGHT.replace("      command:", "      env: [{name: AWS_PROFILE, value: gone}]\n      command:"));
        case.inquiry.machine.missing_profiles = vec!["gone".into()];
    });
    sheet.walk("a tunnel is tried", |case| {
        file(case, RIGHT);
        let (server, name) = (Some("https://localhost:8443".into()), Some("dev.example".into()));
        case.inquiry.tunnel = Tunnel { server, tls_server_name: name, proxy_url: None };
    });
    sheet.walk("a proxy is tried", |case| {
        file(case, RIGHT);
        case.inquiry.tunnel.proxy_url = Some("http://proxy.example:3128".into());
    });
    sheet.walk("the trust asks for an external id", |case| {
        file(case, RIGHT);
        case.trust(&serde_json::json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "right"}}}));
    });
    sheet.walk("interactiveMode is Never, and MFA is asked for", |case| {
        file(case, &RIGHT.replace("IfAvailable", "Never"));
        case.trust(&serde_json::json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}));
        case.state.front.device = (Some("arn:aws:iam::111122223333:mfa/creator".into()), Ok(CODE.into()), false);
    });
    sheet.walk("EKS does not show the cluster, and a context knows it", |case| {
        file(case, RIGHT);
        case.refuse("eks:DescribeCluster", crate::engine::CallErrorKind::AccessDenied);
    });
    sheet.walk("no role is taken", |case| {
        file(case, &RIGHT.replace(", --role, 'arn:aws:iam::111122223333:role/KubernetesAdmin'", ""));
        case.state.roles.clear();
        case.inquiry.role_from = crate::engine::verify::RoleFrom::Default;
    });
    sheet.pin("kubeconfig-asked");
}

#[test]
fn the_ends_of_a_context_that_was_named() {
    let mut sheet = Sheet::new(AuthMode::ConfigMap);
    let plain = RIGHT.replace(ROLE, "").replace("admin@dev", "plain").replace("user: admin", "user: own");
    let plain = plain.replace("- name: admin\n", "- name: own\n");
    let both = list(&[("a", RIGHT), ("b", &plain)]);
    let named = |case: &mut Case, name: &str| {
        let way = way_of_context(&both, name).unwrap();
        case.inquiry.kubeconfig = both.clone();
        case.inquiry.context = Some(name.to_owned());
        (case.inquiry.role, case.inquiry.role_from) = (way.role, RoleFrom::Context(way.place));
    };
    sheet.walk("it takes a role, and is current", |case| named(case, "admin@dev"));
    sheet.walk("it takes none, and another of the same cluster takes one", |case| named(case, "plain"));
    sheet.pin("context");
}

#[test]
fn the_ends_at_a_kubeconfig_by_keys_and_files() {
    let mut sheet = Sheet::new(AuthMode::ConfigMap);
    for (what, from, to) in [
        (
            "a variable names a profile",
            "      command:",
            "      env: [{name: AWS_PROFILE, value: work}]\n      command:",
        ),
        ("an option names a profile", "[token", "[token, --profile, work"),
    ] {
        let text = RIGHT.replace(from, to);
        for named in [None, Some("work"), Some("other")] {
            sheet.walk(&format!("{what}, the environment holds keys, --profile is {named:?}"), |case| {
                file(case, &text);
                case.inquiry.machine.has_keys = true;
                case.inquiry.machine.named_profile = named.map(str::to_owned);
            });
        }
    }
    sheet.walk("its CA file is not there", |case| {
        file(case, &RIGHT.replace("certificate-authority-data: Q0E=", "certificate-authority: gone.pem"));
    });
    sheet.pin("kubeconfig-keys");
}
