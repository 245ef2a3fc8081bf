//! The object `aws-auth` on the real API server: created if missing, refused if immutable, saved and restored, and
//! written concurrently.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};

use super::site::{Site, user};
use crate::support::cloud::World;

/// The limit for the API server to notice an administrator's change; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_mins(2);
/// The number of concurrent writers.
const WRITERS: usize = 32;
const NODES: &str = "# kept by hand\n- rolearn: arn:aws:iam::111122223333:role/dev-node # nodes\n  \
                     username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n";

fn world() -> World {
    World::new().home(|account| {
        for writer in 0..WRITERS {
            account.role(&format!("R{writer}"));
        }
    })
}

#[test]
fn aws_auth_is_made_kept_put_back_and_shared() {
    let Some(site) = Site::open("aws_auth_is_made_kept_put_back_and_shared", world()) else { return };
    missing_is_created(&site);
    a_former_one_is_put_back(&site);
    many_writers_lose_nothing(&site);
    an_admission_refusal_is_reported_before_anything_is_saved(&site);
    a_webhook_that_is_down_is_reported_with_its_own_message(&site);
    an_exhausted_quota_is_not_a_missing_right(&site);
    immutable_is_refused(&site);
}

fn missing_is_created(site: &Site) {
    site.plane.delete_aws_auth();
    site.eksaccess("creator", "map --cluster dev --role R0 --kubernetes-group system:masters").run();
    let reading = eksaccess::aws_auth::read(&site.data());
    assert_eq!(reading.roles.len(), 1, "{reading:?}");
    let session = super::site::token(&site.cloud().session_env("R0", "ann"));
    assert_eq!(site.plane.review(&session), Some(user("R0:ann", &["system:masters"])));
    site.does_nothing("creator", "map --cluster dev --role R0 --kubernetes-group system:masters");
}

/// Every replaced manifest is saved, and each can be restored byte for byte.
fn a_former_one_is_put_back(site: &Site) {
    let users = "- {userarn: 'arn:aws:iam::111122223333:user/ann', username: ann, groups: [dev]} # flow style\n";
    site.plane.put_aws_auth(&[("mapRoles", NODES), ("mapUsers", users), ("other", "left alone")]);
    let before = site.data();
    site.eksaccess("creator", "map --cluster dev --role R1 --kubernetes-group g").run();
    let between = site.data();
    assert_ne!(between, before);
    assert_eq!((&between["mapUsers"], &between["other"]), (&before["mapUsers"], &before["other"]));
    assert!(between["mapRoles"].starts_with(NODES), "{}", between["mapRoles"]);

    let kept = site.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let ids: Vec<_> = kept["kept"].as_array().expect("a list").iter().filter_map(|k| k["id"].as_str()).collect();
    let id = ids.iter().max().expect("one is kept");
    let restore = format!("restore --cluster dev {id}");
    site.eksaccess("creator", &restore).status(6).run();
    assert_eq!(site.data(), between, "nobody was asked");
    site.eksaccess("creator", &format!("{restore} --yes")).run();
    assert_eq!(site.data(), before);
    site.does_nothing("creator", &restore);
}

fn many_writers_lose_nothing(site: &Site) {
    let mut before = site.plane.put_aws_auth(&[("mapRoles", NODES), ("other", "left alone")]);
    before.binary_data = Some([("blob".to_owned(), ByteString(vec![0, 1, 2, 255]))].into());
    before.metadata.labels = Some([("team".to_owned(), "platform".to_owned())].into());
    before.metadata.annotations = Some([("note".to_owned(), "by hand".to_owned())].into());
    let before = site.plane.put_config_map(&before);
    let commands = (0..WRITERS).map(|writer| {
        let args = format!("map --cluster dev --role R{writer} --kubernetes-group g");
        (writer, site.eksaccess("creator", &args).spawn())
    });
    for (writer, child) in commands.collect::<Vec<_>>() {
        let ended = child.wait_with_output().expect("it ends");
        assert!(ended.status.success(), "writer {writer}: {}", String::from_utf8_lossy(&ended.stderr));
    }
    let data = site.data();
    assert!(data["mapRoles"].starts_with(NODES), "{}", data["mapRoles"]);
    assert_eq!((data["other"].as_str(), data.len()), ("left alone", 2));
    let after = site.plane.aws_auth().expect("it is there");
    assert_eq!((&after.binary_data, &after.metadata.labels), (&before.binary_data, &before.metadata.labels));
    let notes = after.metadata.annotations.expect("it has some");
    assert_eq!((notes["note"].as_str(), notes.len()), ("by hand", 2), "{notes:?}");
    let reading = eksaccess::aws_auth::read(&data);
    let expected: BTreeSet<String> = (0..WRITERS)
        .map(|writer| format!("arn:aws:iam::111122223333:role/R{writer}"))
        .chain(["arn:aws:iam::111122223333:role/dev-node".to_owned()])
        .collect();
    assert_eq!(reading.roles.iter().map(|m| m.arn.clone()).collect::<BTreeSet<_>>(), expected);
    assert_eq!(reading.roles.len(), WRITERS + 1, "no entry twice");
    let conflicts = site.writes().iter().filter(|write| write.status == 409).count();
    assert!(conflicts > 0, "the writers never met, so this shows nothing");
}

/// The server-side dry run precedes the write, so an admission refusal leaves neither a write nor a saved manifest.
fn an_admission_refusal_is_reported_before_anything_is_saved(site: &Site) {
    site.plane.put_aws_auth(&[("mapRoles", NODES)]);
    forbid(site, "forbidden");
    let (before, writes, kept) = (site.plane.aws_auth(), site.writes().len(), kept(site));
    let dry_runs = || site.plane.writes().iter().filter(|write| write.dry_run).count();
    let dry = dry_runs();
    let map = "map --cluster dev --principal arn:aws:iam::111122223333:role/forbidden --kubernetes-group g";
    let refused = site.eksaccess("creator", map).status(1).run();
    refused.warns("ValidatingAdmissionPolicy").warns("no such name here");
    refused.warns("hint: ").warns("kubectl get validatingadmissionpolicy names -o yaml");
    assert!(site.plane.kubectl(&["get", "validatingadmissionpolicy", "names", "-o", "yaml"]).status.success());
    let dry_run = site.eksaccess("creator", &format!("{map} --dry-run")).status(1).run();
    dry_run.says("add a mapping").warns("no such name here");
    assert_eq!(site.plane.aws_auth(), before);
    assert_eq!((site.writes().len(), self::kept(site)), (writes, kept.clone()), "nothing but a dry run was sent");
    assert!(dry_runs() > dry, "the dry run was sent");
    site.eksaccess("creator", &map.replace("forbidden", "allowed")).run();
    let last = site.plane.writes().into_iter().filter(|write| write.username != "administrator");
    let last: Vec<_> = last.map(|write| (write.verb, write.status, write.dry_run)).collect();
    let put = |dry_run| ("update".to_owned(), 200, dry_run);
    assert_eq!(last[last.len() - 2..], [put(true), put(false)], "first as a dry run");
    assert_eq!(self::kept(site).len(), kept.len() + 1);
}

/// Applies objects as the cluster's administrator, or deletes them.
fn kubectl(site: &Site, verb: &str, objects: &[&Value]) {
    let all = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let done = site.plane.kubectl_with_input(&[verb, "-f", "-"], &all);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Waits until the API server refuses what it should.
fn until_refused(site: &Site, trial: &[&str]) {
    let begin = Instant::now();
    while site.plane.kubectl(trial).status.success() {
        assert!(begin.elapsed() < PATIENCE, "it never took effect: {trial:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// An admission webhook that does not answer: a 500, with the API server's own message.
fn a_webhook_that_is_down_is_reported_with_its_own_message(site: &Site) {
    site.plane.put_aws_auth(&[("mapRoles", NODES)]);
    let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]});
    let webhook = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "maps"}, "webhooks": [{"name": "maps.policy.example.com", "rules": [rule],
        "clientConfig": {"url": "https://127.0.0.1:9/validate"}, "admissionReviewVersions": ["v1"], "sideEffects": "None",
        "matchConditions": [{"name": "only", "expression": "object.metadata.name == 'aws-auth'"}]}]});
    kubectl(site, "apply", &[&webhook]);
    let patch = "{\"data\": {\"mapRoles\": \"# x\"}}";
    until_refused(site, &["patch", "configmap", "aws-auth", "-n", "kube-system", "--dry-run=server", "-p", patch]);
    let (before, writes, kept) = (site.plane.aws_auth(), site.writes().len(), kept(site));
    let map = "map --cluster dev --role R3 --kubernetes-group g";
    let refused = site.eksaccess("creator", map).status(1).run();
    refused
        .warns("failed calling webhook \"maps.policy.example.com\"")
        .warns("maps.policy.example.com does not answer");
    refused.does_not_warn("in the meantime");
    assert_eq!((site.plane.aws_auth(), site.writes().len(), self::kept(site)), (before, writes, kept));
    let columns = "custom-columns=CONFIGURATION:.metadata.name,WEBHOOKS:.webhooks[*].name";
    refused.warns(columns);
    let kinds = "validatingwebhookconfigurations,mutatingwebhookconfigurations";
    let whose = site.plane.kubectl(&["get", kinds, "-o", columns]);
    let whose = String::from_utf8_lossy(&whose.stdout).into_owned();
    assert!(whose.lines().any(|l| l.starts_with("maps ") && l.contains("maps.policy.example.com")), "{whose}");
    kubectl(site, "delete", &[&webhook]);
    let begin = Instant::now();
    while site.eksaccess("creator", map).run_any().status != 0 {
        assert!(begin.elapsed() < PATIENCE, "the webhook was never forgotten");
    }
}

/// A quota refuses with 403, like authorization.
fn an_exhausted_quota_is_not_a_missing_right(site: &Site) {
    site.plane.delete_aws_auth();
    let hard = json!({"count/configmaps": "0"});
    let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": {"name": "maps", "namespace": "kube-system"}, "spec": {"hard": hard}});
    kubectl(site, "apply", &[&quota]);
    // No controller runs here, so its status is written by hand.
    let status = json!({"status": {"hard": hard, "used": hard}}).to_string();
    let patch =
        ["patch", "resourcequota", "maps", "-n", "kube-system", "--subresource=status", "--type=merge", "-p", &status];
    assert!(site.plane.kubectl(&patch).status.success());
    until_refused(site, &["create", "configmap", "trial", "-n", "kube-system", "--dry-run=server"]);
    let map = "map --cluster dev --role R4 --kubernetes-group g";
    let refused = site.eksaccess("creator", map).status(1).run();
    refused.warns("exceeded quota: maps").warns("kubectl -n kube-system describe resourcequota maps");
    refused.does_not_warn("can-i");
    assert_eq!(site.plane.aws_auth(), None);
    let described = site.plane.kubectl(&["-n", "kube-system", "describe", "resourcequota", "maps"]);
    assert!(described.status.success());
    kubectl(site, "delete", &[&quota]);
    let begin = Instant::now();
    while site.eksaccess("creator", map).run_any().status != 0 {
        assert!(begin.elapsed() < PATIENCE, "the quota was never forgotten");
    }
}

/// The saved manifests, newest first.
fn kept(site: &Site) -> Vec<String> {
    let list = site.eksaccess("creator", "restore --cluster dev --list --output json").run().json();
    let kept = list["kept"].as_array().into_iter().flatten();
    kept.filter_map(|kept| kept["id"].as_str().map(str::to_owned)).collect()
}

/// Makes the API server refuse every `aws-auth` with this word in it, and waits until it does.
fn forbid(site: &Site, word: &str) {
    let expression = format!("object.metadata.name != 'aws-auth' || !object.data.mapRoles.contains('{word}')");
    let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]});
    let policy = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "names"}, "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": expression, "message": "no such name here"}]}});
    let binding = json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "names"}, "spec": {"policyName": "names", "validationActions": ["Deny"]}});
    kubectl(site, "apply", &[&policy, &binding]);
    let patch = format!("{{\"data\": {{\"mapRoles\": \"# {word}\"}}}}");
    until_refused(site, &["patch", "configmap", "aws-auth", "-n", "kube-system", "--dry-run=server", "-p", &patch]);
}

fn immutable_is_refused(site: &Site) {
    let mut map: ConfigMap = site.plane.aws_auth().expect("it is there");
    map.immutable = Some(true);
    site.plane.put_config_map(&map);
    let before = site.plane.aws_auth();
    let refused =
        site.eksaccess("creator", "map --cluster dev --role R0 --kubernetes-group other --yes").status(1).run();
    refused.warns("immutable").warns("aws-auth");
    assert_eq!(site.plane.aws_auth(), before);
}
