//! The certificates that a kubeconfig trusts while the cluster's authority is replaced: the result of `verify` for each
//! in each phase, compared with the real kubectl.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::cloud::World;
use crate::support::control_plane::{Missing, or_skip};
use crate::support::desk::{Desk, Typed};
use crate::verify::authority::{CONFIG, activate, create, delete, judged, rotating, without_data};

/// A phase and its beginning.
type Phase = (&'static str, fn(&Desk));

const PHASES: [Phase; 4] = [("alone", |_| ()), ("appended", create), ("activated", activate), ("deleted", delete)];

/// The required results of `verify` for some rows; all others must match kubectl.
const ROWS: [(&str, &str, &str); 10] = [
    ("alone", "old", "ok"),
    ("appended", "old", "ok"),
    ("activated", "old", "broken"),
    ("deleted", "old", "broken"),
    ("appended", "old and new", "ok"),
    ("activated", "old and new", "ok"),
    ("deleted", "old and new", "ok"),
    ("alone", "another cluster's", "broken"),
    ("alone", "no check", "ok"),
    ("alone", "no check, and old", "broken"),
];

fn data(pem: &str) -> String {
    format!(", certificate-authority-data: {}", STANDARD.encode(pem))
}

/// The forms of a cluster entry's authority: a name for it, and the fields.
fn held(desk: &Desk, old: &str, new: &str) -> Vec<(&'static str, String)> {
    let other = World::new().start().cluster("dev").ca_pem;
    let file = |name: &str, pem: &str| format!(", certificate-authority: {}", desk.write(name, pem).display());
    let mut all = vec![
        ("old", data(old)),
        ("another cluster's", data(&other)),
        ("old and another cluster's", data(&format!("{other}{old}"))),
        ("nothing", String::new()),
        ("no check", ", insecure-skip-tls-verify: true".to_owned()),
        ("no check, and old", data(old) + ", insecure-skip-tls-verify: true"),
        ("no check, and a file of old", file("pki/old.crt", old) + ", insecure-skip-tls-verify: true"),
        ("no certificate", data("no certificate")),
        ("no base64", ", certificate-authority-data: '*'".to_owned()),
        ("a file of old", file("pki/old.crt", old)),
        ("a file of no certificate", file("pki/odd.crt", "no certificate")),
        ("a file that is gone", ", certificate-authority: gone.crt".to_owned()),
        ("a file of old, and old", file("pki/old.crt", old) + &data(old)),
    ];
    if !new.is_empty() {
        all.extend([
            ("new", data(new)),
            ("old and new", data(&format!("{old}{new}"))),
            ("new and old", data(&format!("# of the team\r\n{new}{old}"))),
            ("a file of new and old", file("pki/both.crt", &format!("{new}{old}"))),
        ]);
    }
    all
}

fn works(desk: &Desk, kubectl: &Path) -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_eksaccess")).parent().expect("a directory");
    let path = format!("{}:/usr/bin:/bin", program.display());
    desk.kubectl(kubectl, "ann", "get --raw /version").env("PATH", path).run_any().status == 0
}

#[test]
fn in_each_phase_verify_is_right_of_what_a_kubeconfig_trusts() {
    let test = "in_each_phase_verify_is_right_of_what_a_kubeconfig_trusts";
    let Some(kubectl) = or_skip(test, Missing::or_path("EKSACCESS_REAL_BIN", "kubectl")) else { return };
    let desk = rotating();
    let (right, old) = (desk.read(CONFIG), desk.cloud.cluster("dev").ca_pem);
    let (mut new, mut rows, mut wrong) = (String::new(), 0, Vec::new());
    for (phase, begin) in PHASES {
        begin(&desk);
        if phase == "appended" {
            new = desk.cloud.cluster("dev").ca_pem.replace(&old, "");
        }
        for (what, fields) in held(&desk, &old, &new) {
            desk.write(CONFIG, &without_data(&right, &fields));
            let (link, works) = (judged(&desk).1, works(&desk, &kubectl));
            let state = link["state"].as_str().expect("a state");
            let is_true = matches!((state, works), ("ok", true) | ("broken", false) | ("unknown", _));
            let named = ROWS.iter().find(|(of, held, _)| (*of, *held) == (phase, what));
            if !is_true || named.is_some_and(|(.., says)| *says != state) {
                wrong.push(format!("{phase}, {what}: kubectl works: {works}; {link}"));
            }
            rows += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rows >= 40, "{rows} contexts");
}

#[test]
fn what_is_proposed_for_an_authority_that_kubectl_refuses_has_it_work() {
    let test = "what_is_proposed_for_an_authority_that_kubectl_refuses_has_it_work";
    let Some(kubectl) = or_skip(test, Missing::or_path("EKSACCESS_REAL_BIN", "kubectl")) else { return };
    let desk = rotating();
    let (right, pem) = (desk.read(CONFIG), desk.cloud.cluster("dev").ca_pem);
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
    let file = format!(", certificate-authority: {}", desk.write("ca.crt", &pem).display());
    for name in [arn, "dev.eu-west-1.eksctl.io"] {
        for fields in [data(&pem) + ", insecure-skip-tls-verify: true", data(&pem) + &file] {
            desk.write(CONFIG, &without_data(&right, &fields).replace(arn, name));
            assert!(!works(&desk, &kubectl), "{fields}");
            let link = judged(&desk).1;
            let hint =
                link["hint"].as_str().and_then(|hint| hint.strip_prefix("kubectl ")).expect("a command of kubectl");
            let words = shlex::split(hint).expect("words");
            words.iter().fold(desk.kubectl(&kubectl, "ann", ""), Typed::arg).run();
            assert!(works(&desk, &kubectl), "{hint}: {}", desk.read(CONFIG));
            assert_eq!(judged(&desk).1["state"], "ok", "{hint}");
        }
    }
}
