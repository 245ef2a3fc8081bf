//! The proposed commands of `kubectl` and the AWS CLI help: the whole hint is pasted into a shell with the real
//! programs, and the broken link is ok afterwards.
//!
//! Rights are tested on a real control plane, AWS's side on the local cloud.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::locked_out::hold;
use super::pasted::aws_cli;
use super::site::Site;
use crate::support::cloud::{ACCOUNT, AuthMode, REGION, World};
use crate::support::control_plane::{Missing, or_skip};
use crate::support::desk::{Desk, Ran, Typed};
use crate::verify::table::row;
use crate::verify::world::{self, ANN, LOOK, MAPPED, role_arn, trusting};

/// Puts a program into the PATH of a desk's shell.
fn install(desk: &Desk, name: &str, program: &Path) {
    std::fs::create_dir_all(desk.path("bin")).expect("a folder");
    std::os::unix::fs::symlink(program, desk.path("bin").join(name)).expect("a link");
}

/// A shell as a user. Confirmations of `eksaccess` on a terminal are given.
fn paste<'a>(desk: &'a Desk, user: &str, hint: &str) -> Typed<'a> {
    let command = hint.split("   (").next().unwrap_or_default().replace("eksaccess map ", "eksaccess map --yes ");
    let command = command.replace("eksaccess mode ", "eksaccess mode --yes ");
    let own = Path::new(env!("CARGO_BIN_EXE_eksaccess")).parent().expect("a folder").display();
    let path = format!("{}:{own}:/usr/bin:/bin", desk.path("bin").display());
    let shell = desk.program(Path::new("/bin/sh"), user, "-c").arg(command);
    shell.env("PATH", path).env("AWS_DEFAULT_REGION", REGION).env("AWS_PAGER", "")
}

/// The first broken link, with its name, its text and its hint.
fn broken(found: &Value) -> Option<(String, String, String)> {
    let link = found["links"].as_array()?.iter().find(|link| link["state"] == "broken")?;
    let text = |field: &str| link[field].as_str().unwrap_or_default().to_owned();
    Some((text("name"), text("text"), text("hint")))
}

/// The proposal for a broken link, with a command of one of these programs.
#[track_caller]
fn proposed(ran: &Ran, link: &str, program: &str) -> String {
    let (name, text, hint) = broken(&ran.json()).expect("a broken link");
    assert_eq!(name, link, "{text}: {hint}");
    let changes = hint.split("   (").next().unwrap_or_default().split(" && ").any(|part| part.starts_with(program));
    assert!(changes, "no command of {program}: {hint}");
    hint
}

/// Panics unless the link is ok now.
#[track_caller]
fn is_mended(again: &Ran, link: &str, hint: &str) {
    let now = broken(&again.json());
    assert!(now.as_ref().is_none_or(|(name, ..)| name != link), "{hint}\ndoes not mend {link}: {now:?}");
}

/// `ann` may read everything and assume `KubernetesAdmin`, whose group has no rights.
fn site(test: &str) -> Option<Site> {
    let world = world::world().home(|account| {
        account.role("Ci").role("Ops").allow("ann", &["sts:AssumeRole"], "*");
    });
    let site = Site::open(test, world)?;
    let aws = or_skip(test, aws_cli())?;
    install(&site.desk, "aws", &aws);
    install(&site.desk, "kubectl", &site.plane.kubectl_path());
    aggregate(&site);
    let viewers = MAPPED.replace("system:masters", "viewers");
    let of = |role: &str, username: &str| {
        viewers.replace("KubernetesAdmin", role).replace("kubernetes-admin", &format!("'{username}'"))
    };
    let roles = format!("{viewers}{}{}", of("Ci", "ci:{{SessionName}}"), of("Ops", "ops"));
    site.plane.put_aws_auth(&[("mapRoles", &roles), ("mapUsers", ANN)]);
    Some(site)
}

/// Fills `view`, `edit` and `admin`, as a controller that does not run here would.
fn aggregate(site: &Site) {
    let get = |name: &str| -> Value {
        let found = site.plane.kubectl(&["get", "clusterrole", name, "-o", "json"]);
        serde_json::from_slice(&found.stdout).expect("a cluster role")
    };
    let mut rules = Vec::new();
    for name in ["view", "edit", "admin"] {
        rules.extend(get(&format!("system:aggregate-to-{name}"))["rules"].as_array().expect("rules").clone());
        let mut role = get(name);
        role["rules"] = json!(rules);
        let done = site.plane.kubectl_with_input(&["replace", "-f", "-"], &role.to_string());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// Runs it as the cluster's administrator.
fn administer(site: &Site, hint: &str) -> Ran {
    paste(&site.desk, "creator", hint).env("KUBECONFIG", site.plane.admin_kubeconfig().display().to_string()).run()
}

#[test]
fn a_missing_right_is_given_by_kubectl() {
    let Some(site) = site("a_missing_right_is_given_by_kubectl") else { return };
    hold(&site, "no_right", "--can delete nodes");
    for (role, can) in [
        ("KubernetesAdmin", "get pods -n kube-system"),
        ("KubernetesAdmin", "get pods"),
        ("KubernetesAdmin", "get deployments/scale -n default"),
        ("KubernetesAdmin", "delete nodes"),
        ("KubernetesAdmin", "update certificatesigningrequests.certificates.k8s.io/approval"),
        ("KubernetesAdmin", "impersonate users"),
        ("KubernetesAdmin", "get * -n default"),
        ("KubernetesAdmin", "* * -n default"),
        ("Ci", "delete pods"),
        ("Ops", "create pods/exec -n default"),
        ("Ops", "* *"),
    ] {
        let verify = || site.eksaccess("ann", &format!("verify --cluster dev --output json --role {role} --can {can}"));
        let before = verify().run_any();
        if broken(&before.json()).is_none() {
            // An earlier right includes this one.
            println!("{role} may {can} already");
            continue;
        }
        let hint = proposed(&before, "rights", "kubectl create");
        let seen = site.plane.mapping_events();
        administer(&site, &hint);
        if hint.contains("eksaccess map") {
            site.plane.await_mapping_event(seen);
            // The API server caches a token's result for 10 s; a token from another second is different.
            std::thread::sleep(std::time::Duration::from_millis(1100));
        }
        is_mended(&verify().run_any(), "rights", &hint);
        println!("mended {role} {can}: {hint}");
    }
}

#[test]
fn two_lines_of_one_arn_are_mended_by_kubectl_edit() {
    let Some(site) = site("two_lines_of_one_arn_are_mended_by_kubectl_edit") else { return };
    site.cloud().delete_role("KubernetesAdmin");
    let twice = format!("{ANN}{}", ANN.replace("user/ann", "user/Ann"));
    site.plane.put_aws_auth(&[("mapUsers", &twice)]);
    let verify = || site.eksaccess("ann", "verify --cluster dev --output json").run_any();
    let hint = proposed(&verify(), "mapping", "kubectl");
    assert!(hint.contains(&row("random_winner").mends), "{hint}");
    let editor = site.desk.write("editor", "#!/bin/sh\nsed -i '/user\\/Ann/,+2d' \"$1\"\n");
    let seen = site.plane.mapping_events();
    let (kubeconfig, editor) = (site.plane.admin_kubeconfig(), format!("sh {}", editor.display()));
    let shell = paste(&site.desk, "creator", &hint).env("KUBECONFIG", kubeconfig.display().to_string());
    shell.env("EDITOR", editor).run();
    site.plane.await_mapping_event(seen);
    is_mended(&verify(), "mapping", &hint);
}

/// `kubectl` answers for another person about the intended resource.
#[test]
fn kubectl_is_asked_for_the_right_that_was_meant() {
    let Some(site) = site("kubectl_is_asked_for_the_right_that_was_meant") else { return };
    let rbac = |args: &[&str]| assert!(site.plane.kubectl(args).status.success(), "{args:?}");
    rbac(&["create", "role", "scalers", "-n", "default", "--verb=get", "--resource=deployments.apps/scale"]);
    rbac(&["create", "rolebinding", "scalers", "-n", "default", "--role=scalers", "--user=ops"]);
    for (can, answer, status) in [("deployments/scale", "yes", 0), ("deployments", "no", 1), ("pods/log", "no", 1)] {
        let of = format!("verify --cluster dev --output json --principal arn:aws:iam::{ACCOUNT}:role/Ops -n default");
        let found = site.eksaccess("creator", &of).args(&format!("--can get {can}")).run_any().json();
        let links = found["links"].as_array().expect("links");
        let link = links.iter().find(|link| link["name"] == "rights").expect("rights");
        let hint = link["hint"].as_str().expect("a command");
        assert!(hint.starts_with("kubectl auth can-i get "), "{link}");
        let kubeconfig = site.plane.admin_kubeconfig().display().to_string();
        let ran = paste(&site.desk, "creator", hint).env("KUBECONFIG", kubeconfig).status(status).run();
        assert_eq!(ran.stdout.trim(), answer, "{hint}: {}", ran.stderr);
    }
}

/// A desk for the local cloud, with the AWS CLI.
fn desk(test: &str, world: World) -> Option<Desk> {
    let aws = or_skip(test, aws_cli())?;
    let desk = world::desk(world);
    install(&desk, "aws", &aws);
    Some(desk)
}

fn by_entries(role: &'static str) -> World {
    world::world().dev(|dev| dev.mode(AuthMode::Api)).home(move |account| {
        account.role(role).allow("ann", &["sts:AssumeRole"], "*");
    })
}

#[test]
fn a_dead_entry_is_replaced() {
    let policy = "--access-policy AmazonEKSEditPolicy --policy-namespace shop";
    for made in ["--access-policy AmazonEKSClusterAdminPolicy", "--kubernetes-group it's", policy] {
        let Some(desk) = desk("a_dead_entry_is_replaced", by_entries("Ci")) else { return };
        let ci = format!("arn:aws:iam::{ACCOUNT}:role/Ci");
        desk.eksaccess("creator", &format!("map --cluster dev --principal {ci} {made}")).run();
        desk.cloud.with_cluster("dev", |cluster| cluster.entries.get_mut(&ci).expect("it").created_at -= 10_000);
        desk.cloud.recreate_role("Ci");
        let before = desk.cloud.access_entry("dev", &ci).expect("the entry");
        let verify = || world::verify(&desk, "--role Ci --can get pods").run_any();
        let hint = proposed(&verify(), &row("dead_entry").link, "aws eks");
        assert!(hint.contains(&row("dead_entry").mends), "{hint}");
        paste(&desk, "creator", &hint).run();
        is_mended(&verify(), "mapping", &hint);
        let after = desk.cloud.access_entry("dev", &ci).expect("the entry");
        let policies = |entry: &crate::support::cloud::AccessEntry| {
            let all = entry.policies.iter().map(|policy| (policy.policy_arn.clone(), policy.namespaces.clone()));
            all.collect::<Vec<_>>()
        };
        assert_eq!((&after.username, &after.groups), (&before.username, &before.groups), "{hint}");
        assert_eq!(policies(&after), policies(&before), "{hint}");
    }
}

#[test]
fn a_policy_of_some_namespaces_is_given_everywhere() {
    let test = "a_policy_of_some_namespaces_is_given_everywhere";
    let Some(desk) = desk(test, by_entries("Ci")) else { return };
    let entry = "map --cluster dev --role KubernetesAdmin --access-policy AmazonEKSViewPolicy --policy-namespace shop";
    desk.eksaccess("creator", entry).run();
    let verify = || world::verify(&desk, "--can get pods").run_any();
    let hint = proposed(&verify(), "rights", "aws eks associate-access-policy");
    paste(&desk, "creator", &hint).run();
    is_mended(&verify(), "rights", &hint);
    assert_eq!(desk.cloud.access_entry("dev", &role_arn()).expect("the entry").policies.len(), 1);
}

#[test]
fn a_role_is_given_the_policy_that_it_lacks() {
    let may = |actions: &[&str]| json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
    let look = may(&LOOK);
    let Some(desk) = desk(
        "a_role_is_given_the_policy_that_it_lacks",
        world::world().home(move |account| {
            account.role("Looker").role_policy("Looker", "look", &look);
        }),
    ) else {
        return;
    };
    let session = desk.cloud.session_env("Looker", "ann");
    let verify = || session.iter().fold(world::verify(&desk, ""), |c, (name, value)| c.env(name, value)).run_any();
    let hint = proposed(&verify(), "policy", "aws iam put-role-policy");
    paste(&desk, "creator", &hint).run();
    is_mended(&verify(), "policy", &hint);
}

#[test]
fn keys_with_a_source_identity_open_the_way() {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let trust = json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": {"StringLike": {"sts:SourceIdentity": "*"}}});
    let world = trusting(&trust).home(|account| {
        account.allow("ann", &["sts:SetSourceIdentity"], "*");
    });
    let Some(desk) = desk("keys_with_a_source_identity_open_the_way", world) else { return };
    let verify = || world::verify(&desk, "");
    let row = row("trust_needs_source_identity");
    let hint = proposed(&verify().run_any(), &row.link, "aws sts assume-role");
    assert!(hint.contains(&row.mends), "{hint}");
    // The answer has keys in it, so it is not checked like this program's output.
    let answer = paste(&desk, "ann", &hint).run_any();
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let keys = &answer.json()["Credentials"];
    let key = |name: &str| keys[name].as_str().expect("a key").to_owned();
    let with_keys = verify()
        .env("AWS_ACCESS_KEY_ID", key("AccessKeyId"))
        .env("AWS_SECRET_ACCESS_KEY", key("SecretAccessKey"))
        .env("AWS_SESSION_TOKEN", key("SessionToken"));
    is_mended(&with_keys.run_any(), &row.link, &hint);
}

/// The hint of an error, from its command on.
fn of_error(ran: &Ran, program: &str) -> String {
    let hint = ran.stderr.lines().filter_map(|line| line.trim_start().strip_prefix("hint: ")).next_back();
    let hint = hint.unwrap_or_else(|| panic!("no hint: {}", ran.stderr));
    let at = hint.find(program).unwrap_or_else(|| panic!("no command of {program}: {hint}"));
    hint[at..].to_owned()
}

/// A refused action, with the program in the hint: it is allowed after the hint's command.
#[test]
fn what_was_refused_is_done_after_the_command_of_the_hint() {
    let test = "what_was_refused_is_done_after_the_command_of_the_hint";
    let roles = |world: World| {
        world.home(|account| {
            account.role("KubernetesAdmin").group("KubernetesAdmins", &[]);
        })
    };
    for (mode, before, refused, program) in [
        (AuthMode::ConfigMap, None, "map --cluster dev --via access-entry", "eksaccess mode"),
        (
            AuthMode::ApiAndConfigMap,
            Some("map --cluster dev --via access-entry"),
            "map --cluster dev --via aws-auth",
            "aws eks delete-access-entry",
        ),
        (AuthMode::ConfigMap, None, "group --user membre", "aws iam create-user"),
    ] {
        let Some(desk) = desk(test, roles(World::new().dev(|dev| dev.mode(mode)))) else { return };
        desk.cloud.set_update_duration(std::time::Duration::ZERO);
        if let Some(before) = before {
            desk.eksaccess("creator", before).run();
        }
        let typed = || desk.eksaccess("creator", refused).arg("--yes");
        let ran = typed().run_any();
        assert_ne!(ran.status, 0, "{refused}");
        let command = of_error(&ran, program);
        paste(&desk, "creator", &command).run();
        typed().run();
    }
}

#[test]
fn an_access_entry_that_map_leaves_alone_is_removed() {
    let world = World::new().dev(|dev| dev.mode(AuthMode::Api)).home(|account| {
        account.role("KubernetesAdmin");
    });
    let Some(desk) = desk("an_access_entry_that_map_leaves_alone_is_removed", world) else { return };
    desk.eksaccess("creator", "map --cluster dev").run();
    for cluster in ["dev".to_owned(), format!("arn:aws:eks:{REGION}:{ACCOUNT}:cluster/dev")] {
        let remove = format!("map --cluster {cluster} --remove --via access-entry --principal {}", role_arn());
        let command = of_error(&desk.eksaccess("creator", &remove).status(2).run(), "aws eks");
        paste(&desk, "creator", &command).run();
        assert!(desk.cloud.access_entry("dev", &role_arn()).is_none(), "{command}");
        desk.eksaccess("creator", "map --cluster dev").run();
    }
}

/// The real `kubectl`, if it is installed.
fn kubectl() -> Result<PathBuf, Missing> {
    Missing::or_path("EKSACCESS_REAL_BIN", "kubectl")
}

#[test]
fn the_right_context_becomes_the_current_one() {
    let Some(kubectl) = or_skip("the_right_context_becomes_the_current_one", kubectl()) else { return };
    let desk = world::desk(world::world());
    install(&desk, "kubectl", &kubectl);
    crate::verify::kubeconfig::right(&desk);
    let own = desk.read(".kube/config");
    let wrong =
        own.replace("KubernetesAdmin", "Viewer").replace("name: c\n", "name: wrong\n").replace("user: u}", "user: v}");
    desk.write("one", &wrong.replace("name: u\n", "name: v\n").replace("current-context: c", "current-context: wrong"));
    desk.write("two", &own.replace("name: c\n", "name: it's mine\n"));
    let both = format!("{}:{}", desk.path("one").display(), desk.path("two").display());
    let verify = || world::verify(&desk, "--role KubernetesAdmin").env("KUBECONFIG", both.as_str()).run_any();
    let hint = proposed(&verify(), "kubeconfig", "kubectl config use-context");
    paste(&desk, "ann", &hint).env("KUBECONFIG", both.as_str()).run();
    is_mended(&verify(), "kubeconfig", &hint);
}

#[test]
fn the_aws_cli_writes_the_context_of_a_caller_without_a_role() {
    let test = "the_aws_cli_writes_the_context_of_a_caller_without_a_role";
    let Some(desk) = desk(test, world::world()) else { return };
    desk.cloud.delete_role("KubernetesAdmin");
    let verify = || world::verify(&desk, "").run_any();
    let link = |found: &Value| {
        let links = found["links"].as_array().expect("links");
        links.iter().find(|link| link["name"] == "kubeconfig").expect("the link").clone()
    };
    let before = link(&verify().json());
    let hint = before["hint"].as_str().expect("a command");
    assert!(hint.starts_with("aws eks update-kubeconfig"), "{before}");
    paste(&desk, "ann", hint).run();
    let after = link(&verify().json());
    assert_ne!(after["state"], "not-reached", "{after}");
}
