//! The kubeconfig as merged by kubectl from the files of `KUBECONFIG`.

use std::fs;

use super::acts::{ROLE, becomes, desk, does_nothing, files, refused};
use crate::support::cloud::AuthMode;
use crate::support::desk::{Desk, Typed};

const NAME: &str = "KubernetesAdmin@dev.eu-west-1.111122223333";
const ONE: &str = "kubeconfig --cluster dev";

/// A desk with an existing role, whose context is in `ours`.
fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "bootstrap --cluster dev --user member --skip kubeconfig --skip verify").run();
    desk.eksaccess("creator", &format!("{ONE} --kubeconfig ours")).run();
    desk
}

/// The command with this list of files.
fn over<'d>(desk: &'d Desk, args: &str, paths: &[&str]) -> Typed<'d> {
    let paths: Vec<_> = paths.iter().map(|path| desk.path(path).display().to_string()).collect();
    desk.eksaccess("creator", args).env("KUBECONFIG", paths.join(":"))
}

fn other(context: &str, user: &str) -> String {
    format!(
        "kind: Config\nclusters:\n- name: c\n  cluster: {{server: 'https://other'}}\nusers:\n- name: {user}\n  user: {{token: t}}\n\
         contexts:\n- name: {context}\n  context: {{cluster: c, user: {user}}}\n"
    )
}

/// The options in a hint that begins with `write another name: `.
fn proposed(stderr: &str) -> String {
    let stderr = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    stderr.split_once("write another name: ").expect(&stderr).1.to_owned()
}

#[test]
fn a_name_that_an_earlier_file_has_is_refused_with_the_file_and_the_option() {
    let desk = ready();
    for (text, entry, flag) in [(other(NAME, "u"), "context", "--alias"), (other("x", NAME), "context", "--user-alias")]
    {
        desk.write("a", &text);
        let before = files(&desk);
        let ran = refused(&desk, over(&desk, ONE, &["a", "ours"]), 2);
        ran.warns(&format!("the {entry} {NAME} already exists with another meaning"));
        assert_eq!(files(&desk), before);
        let hint = proposed(&ran.stderr);
        assert!(hint.contains(flag), "{hint}");
        over(&desk, &format!("kubeconfig {hint}"), &["a", "ours"]).run();
        does_nothing(&desk, over(&desk, &format!("kubeconfig {hint}"), &["a", "ours"]));
        assert_eq!(desk.read("a"), text);
        fs::remove_file(desk.path("ours")).unwrap();
        desk.eksaccess("creator", &format!("{ONE} --kubeconfig ours")).run();
    }
}

#[test]
fn an_entry_is_written_where_kubectl_takes_it_from() {
    let desk = ready();
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
    desk.write("a", &format!("kind: Config\nclusters:\n- name: {arn}\n  cluster: {{server: 'https://stale'}}\n"));
    let ours = desk.read("ours");
    over(&desk, ONE, &["a", "ours"]).run();
    assert!(!desk.read("a").contains("https://stale") && desk.read("ours") == ours, "{}", desk.read("a"));
    does_nothing(&desk, over(&desk, ONE, &["a", "ours"]));
}

#[test]
fn a_file_of_the_list_that_can_not_be_read_is_kubectls_error_too() {
    let desk = ready();
    desk.write("bad", "users: {}\n");
    fs::create_dir(desk.path("dir")).unwrap();
    for (file, why) in [("bad", "`users` is a mapping"), ("dir", "is a directory")] {
        let ran = refused(&desk, over(&desk, ONE, &["ours", file]), 1);
        ran.warns("kubectl reads every file that KUBECONFIG lists")
            .warns(why)
            .warns("kubectl config view --kubeconfig");
    }
    let ran = over(&desk, &format!("lint --context {NAME}"), &["ours", "bad"]).status(1).run();
    ran.warns("kubectl reads every file that KUBECONFIG lists");
    does_nothing(&desk, over(&desk, ONE, &["ours", "nowhere"]));
}

#[test]
fn a_current_context_that_does_not_exist_is_said_with_the_command() {
    let desk = ready();
    let text = desk.read("ours").replace(&format!("current-context: {NAME}"), "current-context: lost");
    desk.write("ours", &text);
    let said = |ran: &str| ran.split_whitespace().collect::<Vec<_>>().join(" ");
    let ran = over(&desk, ONE, &["ours"]).run();
    assert!(said(&ran.stderr).contains(&format!(
        "the current-context lost does not exist; choose another: kubectl config use-context {NAME}"
    )));
    let ran = desk.eksaccess("creator", &format!("{ONE} --kubeconfig ours")).run();
    assert!(
        said(&ran.stderr).contains(&format!("kubectl config use-context {NAME} --kubeconfig ours")),
        "{}",
        ran.stderr
    );
    over(&desk, &format!("{ONE} --set-current"), &["ours"]).run().does_not_warn("does not exist");
    assert!(desk.read("ours").contains(&format!("current-context: {NAME}")));
}

#[test]
fn a_byte_order_mark_stays() {
    let desk = ready();
    for text in ["\u{feff}apiVersion: v1\nkind: Config\ncontexts: []\n", "\u{feff}", "\u{feff}# mine\r\n"] {
        desk.write("bom", text);
        desk.eksaccess("creator", &format!("{ONE} --kubeconfig bom")).run();
        let kube = desk.read("bom");
        assert!(
            kube.starts_with('\u{feff}') && kube.matches('\u{feff}').count() == 1 && kube.contains(ROLE),
            "{kube:?}"
        );
        does_nothing(&desk, desk.eksaccess("creator", &format!("{ONE} --kubeconfig bom")));
        desk.write("unmarked", kube.trim_start_matches('\u{feff}'));
        assert_eq!(becomes(&desk, "member", "unmarked").unwrap().0, "kubernetes-admin");
    }
}

#[test]
fn missing_entries_are_recreated() {
    let desk = ready();
    let whole = desk.read("ours");
    let (rest, _) = whole.split_once("users:").expect("users");
    desk.write("ours", &format!("{rest}users: []\n"));
    over(&desk, ONE, &["ours"]).run();
    assert_eq!(becomes(&desk, "member", "ours").unwrap().0, "kubernetes-admin");
    let authority = whole.lines().find(|line| line.contains("certificate-authority-data")).expect("an authority");
    desk.write("ours", &whole.replace(authority, "    certificate-authority: gone/ca.pem"));
    over(&desk, ONE, &["ours"]).run();
    assert!(!desk.read("ours").contains("gone/ca.pem"));
    assert_eq!(becomes(&desk, "member", "ours").unwrap().0, "kubernetes-admin");
}
