use super::*;

const PATH: &str = "/home/ann/.kube/kuberc";
const HEAD: &str = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";

/// `eksaccess` and `aws` are in `/usr/bin`, and also in `/opt`.
fn look(name: &str) -> Option<String> {
    let there = ["/usr/bin/eksaccess", "/usr/bin/aws", "/opt/eksaccess"];
    let path = if name.contains('/') { name.to_owned() } else { format!("/usr/bin/{name}") };
    there.contains(&path.as_str()).then_some(path)
}

fn judge(kuberc: Kuberc, command: &str) -> Gate {
    PluginGate::new(kuberc, &[command.to_owned()].into(), look).judge(command)
}

fn text(text: &str, command: &str) -> Gate {
    judge(Kuberc::Text(PATH.to_owned(), text.to_owned()), command)
}

fn allow(entries: &str, command: &str) -> Gate {
    text(&format!("{HEAD}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: {entries}\n"), command)
}

#[track_caller]
fn shut(gate: Gate) -> (String, String) {
    match gate {
        Gate::Shut { why, mend } => (why, mend),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_matches_as_written_or_once_both_are_looked_up() {
    for (entries, command) in [
        ("[{command: eksaccess}]", "eksaccess"),
        ("[{command: aws}, {command: eksaccess}]", "eksaccess"),
        ("[{name: eksaccess}]", "eksaccess"),
        ("[{name: eksaccess, command: eksaccess}]", "eksaccess"),
        ("[{command: /usr/bin/eksaccess}]", "eksaccess"),
        ("[{command: eksaccess}]", "/usr/bin/eksaccess"),
        ("[{command: /opt/eksaccess}]", "/opt/../opt//eksaccess"),
        ("[{command: gone}]", "gone"),
    ] {
        assert_eq!(allow(entries, command), Gate::Open, "{entries} {command}");
    }
    for (entries, command) in [
        ("[{command: aws}]", "eksaccess"),
        ("[{command: /opt/eksaccess}]", "eksaccess"),
        ("[{command: eksaccess}]", "/opt/eksaccess"),
        ("[{command: Eksaccess}]", "eksaccess"),
        ("[{command: eksaccess}]", "gone"),
        ("[{command: /nowhere/eksaccess}]", "eksaccess"),
    ] {
        shut(allow(entries, command));
    }
}

#[test]
fn the_proposed_command_repeats_what_is_there() {
    let (why, mend) = shut(allow("[{command: aws}, {name: \"it's\"}]", "eksaccess"));
    assert_eq!(why, format!("the credentialPluginAllowlist of {PATH} does not list it"));
    let set = "kubectl kuberc set --section credentialplugin --policy Allowlist";
    assert!(
        mend.starts_with(&format!(
            r"{set} --allowlist-entry command=aws --allowlist-entry 'command=it'\''s' --allowlist-entry command=eksaccess   ("
        )),
        "{mend}"
    );
    let (why, mend) = shut(text(&format!("{HEAD}credentialPluginPolicy: DenyAll\n"), "eksaccess"));
    assert_eq!(why, format!("{PATH} sets credentialPluginPolicy: DenyAll"));
    assert!(mend.starts_with(&format!("{set} --allowlist-entry command=eksaccess   (")), "{mend}");
    // What the command would lose is left to an editor.
    let two = format!("{HEAD}credentialPluginPolicy: DenyAll\n---\n{HEAD}");
    for gate in [text(&two, "eksaccess"), allow("[{command: 'a,b'}]", "eksaccess")] {
        let (_, mend) = shut(gate);
        assert!(mend.starts_with("kubectl kuberc view   ("), "{mend}");
        assert!(mend.ends_with("- command: eksaccess)"), "{mend}");
    }
}

#[test]
fn what_kubectl_refuses_stops_it() {
    for (body, why) in [
        ("credentialPluginAllowlist: [{command: eksaccess}]", "credentialPluginPolicy is AllowAll"),
        ("credentialPluginPolicy: AllowAll\ncredentialPluginAllowlist: []", "credentialPluginPolicy is AllowAll"),
        (
            "credentialPluginPolicy: DenyAll\ncredentialPluginAllowlist: [{command: a}]",
            "credentialPluginPolicy is DenyAll",
        ),
        ("credentialPluginPolicy: Allowlist", "credentialPluginAllowlist is missing"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: null", "credentialPluginAllowlist is missing"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: []", "is empty"),
        ("credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: eksaccess}, {}]", "entry 2"),
        (
            "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: ./eksaccess}]",
            "writes eksaccess as",
        ),
        ("aliases: [{name: get-all, command: get}]", "letters only"),
        ("aliases: [{name: a, command: get}, {name: a, command: get}]", "two aliases"),
        ("defaults: [{command: get, options: [{name: --output, default: wide}]}]", "with a dash"),
    ] {
        let (said, mend) = shut(text(&format!("{HEAD}{body}\n"), "eksaccess"));
        assert!(said.contains(why) && said.contains(PATH), "{body}: {said}");
        assert!(mend.starts_with("export KUBECTL_KUBERC=false   ("), "{mend}");
    }
    let (why, mend) = shut(judge(Kuberc::Missing("/gone".to_owned()), "eksaccess"));
    assert!(why.contains("/gone, which does not exist"), "{why}");
    assert_eq!(mend, "unset KUBERC");
}

#[test]
fn what_is_not_known_is_never_refused() {
    for unknown in [
        ": : {",
        "# nothing but a comment\n",
        "apiVersion: kubectl.config.k8s.io/v2\nkind: Preference\ncredentialPluginPolicy: DenyAll\n",
        "apiVersion: v1\nkind: Config\n",
        &format!("{HEAD}credentialPluginPolicy: Ask\n"),
        &format!("{HEAD}credentialPluginPolicy: 42\n"),
        &format!("{HEAD}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [eksaccess]\n"),
        &format!("{HEAD}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{{name: a, command: b}}]\n"),
        &format!("{HEAD}defaults: [{{command: get, options: [{{name: context, default: other}}]}}]\n"),
        &"[".repeat(10_000),
    ] {
        let gate = text(unknown, "eksaccess");
        assert!(matches!(gate, Gate::Unknown(_)), "{unknown:.60}: {gate:?}");
    }
    assert!(matches!(judge(Kuberc::Unreadable(PATH.to_owned(), "denied".to_owned()), "eksaccess"), Gate::Unknown(_)));
}

#[test]
fn what_says_nothing_of_plugins_lets_them_run() {
    for open in [
        "",
        "\n---\n",
        HEAD,
        &format!("{HEAD}credentialPluginPolicy: ''\n"),
        &format!("{HEAD}credentialPluginPolicy: AllowAll\ncredentialPluginAllowlist: null\n"),
        // The first document that kubectl knows; the previous version had no policy.
        &format!("apiVersion: v1\nkind: Config\n---\n{HEAD}---\n{HEAD}credentialPluginPolicy: DenyAll\n"),
        "apiVersion: kubectl.config.k8s.io/v1alpha1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n",
        &format!("{HEAD}credentialpluginpolicy: DenyAll\n"),
        &format!("{HEAD}aliases: [{{name: getn, command: get, prependArgs: [nodes]}}]\n"),
    ] {
        assert_eq!(text(open, "eksaccess"), Gate::Open, "{open}");
    }
    assert_eq!(judge(Kuberc::Nothing, "eksaccess"), Gate::Open);
}

#[test]
fn a_path_is_cleaned_as_go_does() {
    for (path, cleaned) in [
        ("", "."),
        ("a", "a"),
        ("./a", "a"),
        ("a/../b", "b"),
        ("../a", "../a"),
        ("/../a//b/.", "/a/b"),
        ("a/..", "."),
        ("/", "/"),
    ] {
        assert_eq!(clean(path), cleaned, "{path}");
    }
}
