//! Whether kubectl 1.36 runs a plugin, by its preferences: the result of `verify` for `plugin-gate`, compared with the
//! real program and a plugin that leaves a mark when it runs.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use serde_json::Value;

use crate::support::control_plane::{Missing, or_skip};
use crate::support::desk::{Desk, Typed};
use crate::verify::kubeconfig::right;
use crate::verify::kuberc::{gate, preferences};
use crate::verify::world::{desk, verify, world};

const PLACE: &str = ".kube/kuberc";
const MARK: &str = "ran";

/// A desk with a context whose program leaves a mark, found through `PATH` in `bin`, and through a link in `links`.
struct Site {
    desk: Desk,
    kubectl: PathBuf,
    config: String,
}

/// A situation: the command of the exec section, the preferences, and variables; `{home}` is the home directory.
type Row<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

impl Site {
    fn open(test: &str) -> Option<Self> {
        let kubectl = or_skip(test, Missing::or_path("EKSACCESS_REAL_BIN", "kubectl"))?;
        let desk = desk(world());
        right(&desk);
        let real = env!("CARGO_BIN_EXE_eksaccess");
        let script = format!("#!/bin/sh\n: > \"$HOME/{MARK}\"\nexec {real} \"$@\"\n");
        for place in ["bin/eksaccess", "opt/eksaccess", "bin/kubelogin"] {
            let program = desk.write(place, &script);
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a program");
        }
        std::fs::create_dir(desk.path("links")).expect("a directory");
        symlink(desk.path("bin/eksaccess"), desk.path("links/eksaccess")).expect("a link");
        let config = desk.read(".kube/config");
        Some(Self { desk, kubectl, config })
    }

    fn whole(&self, text: &str) -> String {
        text.replace("{home}", self.desk.path("").display().to_string().trim_end_matches('/'))
    }

    fn dressed<'a>(&self, typed: Typed<'a>, env: &[(&str, &str)]) -> Typed<'a> {
        let path = self.whole("{home}/bin:/usr/bin:/bin");
        env.iter().fold(typed.env("PATH", path), |typed, (name, value)| typed.env(name, self.whole(value)))
    }

    fn kubectl(&self, args: &str, env: &[(&str, &str)]) -> Typed<'_> {
        self.dressed(self.desk.kubectl(&self.kubectl, "ann", args), env)
    }

    /// Whether kubectl runs the plugin.
    fn runs(&self, env: &[(&str, &str)]) -> bool {
        let _ = std::fs::remove_file(self.desk.path(MARK));
        self.kubectl("get --raw /version", env).run_any();
        self.desk.path(MARK).exists()
    }

    fn prepare(&self, (command, kuberc, _): Row<'_>) {
        let text = self.config.replace("command: eksaccess", &format!("command: '{}'", self.whole(command)));
        self.desk.write(".kube/config", &text);
        self.desk.write(PLACE, &self.whole(kuberc));
    }

    fn judged(&self, env: &[(&str, &str)]) -> Value {
        gate(&self.dressed(verify(&self.desk, ""), env).run_any().json())
    }

    /// Checks that `verify` agrees with kubectl; returns the state.
    #[track_caller]
    fn agree(&self, row: Row<'_>) -> String {
        self.prepare(row);
        let (link, runs) = (self.judged(row.2), self.runs(row.2));
        let state = link["state"].as_str().expect("a state").to_owned();
        let agrees = matches!((state.as_str(), runs), ("ok", true) | ("broken", false) | ("unknown", _));
        assert!(agrees, "kubectl runs it: {runs}; {link}\n{row:?}");
        state
    }
}

/// An allowlist with these commands.
fn list(entries: &str) -> String {
    preferences(&format!("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{entries}]"))
}

#[test]
fn an_allowlist_lets_run_what_kubectl_finds_on_it() {
    let Some(site) = Site::open("an_allowlist_lets_run_what_kubectl_finds_on_it") else { return };
    for (command, entries, state) in [
        ("eksaccess", "{command: eksaccess}", "ok"),
        ("eksaccess", "{command: aws}, {command: eksaccess}", "ok"),
        ("eksaccess", "{name: eksaccess}", "ok"),
        ("eksaccess", "{name: eksaccess, command: eksaccess}", "ok"),
        ("eksaccess", "{command: '{home}/bin/eksaccess'}", "ok"),
        ("eksaccess", "{command: '{home}/opt/eksaccess'}", "broken"),
        ("eksaccess", "{command: '{home}/links/eksaccess'}", "broken"),
        ("eksaccess", "{command: Eksaccess}", "broken"),
        ("eksaccess", "{command: aws}", "broken"),
        ("{home}/bin/eksaccess", "{command: eksaccess}", "ok"),
        ("{home}/bin/eksaccess", "{command: '{home}/bin/eksaccess'}", "ok"),
        ("{home}/opt/eksaccess", "{command: eksaccess}", "broken"),
        ("{home}/opt/eksaccess", "{command: '{home}/opt/eksaccess'}", "ok"),
        ("{home}/links/eksaccess", "{command: eksaccess}", "broken"),
        ("{home}/links/eksaccess", "{command: '{home}/bin/eksaccess'}", "broken"),
        ("{home}/links/eksaccess", "{command: '{home}/links/eksaccess'}", "ok"),
        ("{home}/bin/../opt//eksaccess", "{command: '{home}/opt/eksaccess'}", "ok"),
        ("../opt/eksaccess", "{command: '{home}/opt/eksaccess'}", "ok"),
        ("../bin/eksaccess", "{command: eksaccess}", "ok"),
        ("../opt/eksaccess", "{command: ../opt/eksaccess}", "broken"),
        // A program that is not a token tool.
        ("kubelogin", "{command: kubelogin}", "ok"),
        ("kubelogin", "{command: '{home}/bin/kubelogin'}", "ok"),
        ("kubelogin", "{command: eksaccess}", "broken"),
    ] {
        let text = list(entries);
        assert_eq!(site.agree((command, &text, &[])), state, "{command} {entries}");
        // With another PATH the bare name is another program.
        let links: &[_] = &[("PATH", "{home}/opt:{home}/bin:/usr/bin:/bin")];
        site.agree((command, &text, links));
    }
}

#[test]
fn a_policy_counts_as_kubectl_reads_the_file() {
    let Some(site) = Site::open("a_policy_counts_as_kubectl_reads_the_file") else { return };
    let deny = preferences("credentialPluginPolicy: DenyAll");
    let old = deny.replace("v1beta1", "v1alpha1");
    for (text, state) in [
        ("", "ok"),
        ("\n---\n", "ok"),
        ("# nothing\n", "unknown"),
        (": : {", "unknown"),
        ("[1, 2]", "unknown"),
        (&deny, "broken"),
        (&deny.replace("DenyAll", "AllowAll"), "ok"),
        (&deny.replace("DenyAll", "''"), "ok"),
        (&deny.replace("DenyAll", "denyall"), "unknown"),
        (&deny.replace("DenyAll", "7"), "unknown"),
        (&old, "ok"),
        (&deny.replace("v1beta1", "v1"), "unknown"),
        (&deny.replace("kubectl.config.k8s.io/", ""), "unknown"),
        (&deny.replace("Preference", "Preferences"), "unknown"),
        (&format!("apiVersion: v1\nkind: Config\n---\n{deny}"), "broken"),
        (&format!("{}---\n{deny}", preferences("")), "ok"),
        (&format!("{old}---\n{deny}"), "ok"),
        (&deny.replace("credentialPluginPolicy", "credentialpluginpolicy"), "ok"),
        (&format!("{deny}someday: true\n"), "broken"),
        (&preferences("credentialPluginAllowlist: [{command: eksaccess}]"), "broken"),
        (&preferences("credentialPluginAllowlist: []"), "broken"),
        (&preferences("credentialPluginAllowlist: null"), "ok"),
        (&format!("{deny}credentialPluginAllowlist: [{{command: eksaccess}}]\n"), "broken"),
        (&preferences("credentialPluginPolicy: Allowlist"), "broken"),
        (&list(""), "broken"),
        (&list("{command: eksaccess}, {}"), "broken"),
        (&list("{command: eksaccess}, null"), "broken"),
        (&list("{command: eksaccess}, {command: ./aws}"), "broken"),
        (&list("eksaccess"), "unknown"),
        (&list("{name: eksaccess, command: aws}"), "unknown"),
        (&list("{command: eksaccess, digest: x}"), "ok"),
        (&preferences("aliases: [{name: getn, command: get, prependArgs: [nodes]}]"), "ok"),
        (&preferences("aliases: [{name: get-n, command: get}]"), "broken"),
        (&preferences("aliases: [{name: a, command: get}, {name: a, command: get}]"), "broken"),
        (&preferences("defaults: [{command: get, options: [{name: --output, default: wide}]}]"), "broken"),
        (&preferences("defaults: [{command: apply, options: [{name: server-side, default: 'true'}]}]"), "ok"),
        (&preferences("defaults: [{command: get, options: [{name: context, default: gone}]}]"), "unknown"),
        (&preferences("defaults: none"), "unknown"),
    ] {
        assert_eq!(site.agree(("eksaccess", text, &[])), state, "{text}");
    }
}

#[test]
fn the_file_that_counts_is_the_one_that_kubectl_takes() {
    let Some(site) = Site::open("the_file_that_counts_is_the_one_that_kubectl_takes") else { return };
    let deny = preferences("credentialPluginPolicy: DenyAll");
    site.desk.write("open", &preferences(""));
    site.desk.write("odd", ": : {");
    site.desk.write("shut", &deny);
    let open = preferences("");
    for (text, env, state) in [
        (&deny, ("KUBERC", "off"), "ok"),
        (&deny, ("KUBERC", "OFF"), "broken"),
        (&deny, ("KUBERC", ""), "broken"),
        (&deny, ("KUBERC", "{home}/open"), "ok"),
        (&deny, ("KUBERC", "open"), "ok"),
        (&deny, ("KUBERC", "~/open"), "broken"),
        (&deny, ("KUBERC", "{home}/gone"), "broken"),
        (&deny, ("KUBERC", "{home}/odd"), "unknown"),
        (&deny, ("KUBERC", "{home}/bin"), "unknown"),
        (&open, ("KUBERC", "{home}/shut"), "broken"),
        (&open, ("KUBERC", "{home}/.kube/kuberc"), "ok"),
        (&deny, ("KUBECTL_KUBERC", "false"), "ok"),
        (&deny, ("KUBECTL_KUBERC", "False"), "ok"),
        (&deny, ("KUBECTL_KUBERC", "0"), "broken"),
        (&deny, ("KUBECTL_KUBERC", "true"), "broken"),
    ] {
        assert_eq!(site.agree(("eksaccess", text, &[env])), state, "{env:?}");
    }
    std::fs::remove_file(site.desk.path(PLACE)).unwrap();
    site.desk.write(".kube/config", &site.config);
    assert_eq!((site.judged(&[])["state"].as_str(), site.runs(&[])), (Some("ok"), true), "no file at all");
}

#[test]
fn the_proposed_command_has_kubectl_run_it_and_keeps_what_was_allowed() {
    let Some(site) = Site::open("the_proposed_command_has_kubectl_run_it_and_keeps_what_was_allowed") else { return };
    for (command, text) in [
        ("eksaccess", preferences("credentialPluginPolicy: DenyAll")),
        ("eksaccess", list("{command: aws}, {name: \"it's\"}")),
        ("../opt/eksaccess", list("{command: eksaccess}")),
    ] {
        let row: Row<'_> = (command, &text, &[]);
        assert_eq!(site.agree(row), "broken");
        let hint = site.judged(&[])["hint"].as_str().expect("a command").to_owned();
        let words = shlex::split(hint.split("   (").next().unwrap_or_default()).expect("a command");
        assert_eq!(words[0], "kubectl");
        words[1..].iter().fold(site.kubectl("", &[]), Typed::arg).run();
        assert!(site.runs(&[]), "{hint} does not let it run: {}", site.desk.read(PLACE));
        assert_eq!(site.judged(&[])["state"], "ok");
        let kept = site.desk.read(PLACE);
        assert!(!text.contains("aws") || (kept.contains("command: aws") && kept.contains("it's")), "{kept}");
    }
    // What kubectl refuses stops it; the proposed command then disables the file.
    assert_eq!(site.agree(("eksaccess", &list(""), &[])), "broken");
    let hint = site.judged(&[])["hint"].as_str().expect("a command").to_owned();
    assert!(hint.starts_with("export KUBECTL_KUBERC=false   ("), "{hint}");
    assert!(site.runs(&[("KUBECTL_KUBERC", "false")]));
}
