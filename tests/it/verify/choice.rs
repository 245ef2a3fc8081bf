//! The role that `verify` chooses if none is named, and the name of its session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::kubeconfig::with_kubeconfig;
use super::world::{MAPPED, desk, mapping, verify, world};
use crate::support::cloud::ACCOUNT;
use crate::support::desk::Desk;

fn text(found: &Value, name: &str) -> String {
    let link = found["links"].as_array().unwrap().iter().find(|l| l["name"] == name).unwrap();
    format!("{}: {}", link["state"].as_str().unwrap(), link["text"].as_str().unwrap())
}

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{what}")
}

fn with_viewer() -> Desk {
    let text =
        format!("{MAPPED}- rolearn: {}\n  username: 'viewer:{{{{SessionName}}}}'\n  groups: []\n", arn("role/Viewer"));
    desk(mapping(&text).home(|account| {
        account.role("Viewer").role("Ops");
        account.allow("ann", &["sts:AssumeRole"], "*");
        account.with_role("Ops", |role| {
            let document =
                json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
            role.inline.insert("any".to_owned(), crate::support::cloud::Inline { document, effective_at: 0 });
        });
    }))
}

#[test]
fn the_context_that_points_at_the_cluster_names_the_role() {
    let desk = with_viewer();
    let own = desk.cloud.cluster("dev").endpoint.unwrap();
    let role = arn("role/Viewer");
    with_kubeconfig(
        &desk,
        &own,
        &format!("token, --cluster, dev, --region, eu-west-1, --role, '{role}', -s, somebody"),
    );
    let found = verify(&desk, "").run().json();
    assert_eq!(found["role"], role);
    let why = found["role_why"].as_str().unwrap();
    assert!(why.starts_with("by context c in ") && why.ends_with(".kube/config"), "{why}");
    assert!(text(&found, "role").contains("by context c in"), "{}", text(&found, "role"));
    assert!(text(&found, "identity").starts_with("ok: viewer:somebody"), "the context's name for the session");
    assert!(text(&found, "rights").starts_with("not-reached: no verb was asked"));
    let found = verify(&desk, "--role KubernetesAdmin").status(5).run().json();
    assert_eq!((&found["role_why"], &found["broken"]), (&"as asked for".into(), &"kubeconfig".into()));
}

#[test]
fn without_any_the_default_role_and_without_that_the_caller_itself() {
    let desk = desk(world());
    let found = verify(&desk, "").run().json();
    assert_eq!(found["role_why"], "the default: no role was asked for, and no context names one");
    desk.cloud.delete_role("KubernetesAdmin");
    let found = verify(&desk, "").run().json();
    assert!(found["role"].is_null(), "{found:#}");
    assert!(
        text(&found, "role").ends_with("KubernetesAdmin does not exist: the caller itself"),
        "{}",
        text(&found, "role")
    );
    assert!(text(&found, "assume").starts_with("not-reached: arn:aws:iam::111122223333:user/ann uses its own token"));
    assert!(text(&found, "identity").starts_with("ok: ann with groups lookers"), "{}", text(&found, "identity"));
    let found = desk.eksaccess("bob", "verify --cluster dev --output json").status(5).run().json();
    let links = found["links"].as_array().unwrap();
    let broken = links.iter().find(|l| l["state"] == "broken").unwrap();
    let hint = broken["hint"].as_str().unwrap();
    assert!(hint.ends_with("(as an administrator)") && hint.contains(&arn("user/bob")), "{broken}");
}

#[test]
fn one_person_has_one_name_in_verify_and_token() {
    let desk = with_viewer();
    let env = desk.cloud.env("ann");
    let value = |name: &str| env.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let (id, secret) = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    desk.write(
        ".aws/config",
        &format!(
            "[profile base]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n\
             [profile ops]\nsource_profile = base\nrole_arn = {}\n",
            arn("role/Ops")
        ),
    );
    let role = arn("role/Viewer");
    let found = verify(&desk, &format!("--profile ops --role {role}")).run().json();
    assert!(text(&found, "identity").starts_with("ok: viewer:ann"), "{}", text(&found, "identity"));
    let token = desk.eksaccess("ann", &format!("token --cluster dev --profile ops --role {role} --token-only")).run();
    let identity = desk.cloud.identity_of_token("dev", token.stdout.trim()).unwrap();
    assert_eq!(identity.username, "viewer:ann");
}

#[test]
fn a_job_has_one_name_in_verify_and_token() {
    let web = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com")}}});
    let text = format!("{MAPPED}- rolearn: {}\n  username: 'ci:{{{{SessionName}}}}'\n  groups: []\n", arn("role/Web"));
    let desk = desk(mapping(&text).home(move |account| {
        account.role_trusting("/", "Web", &web);
        account.with_role("Web", |role| {
            let document =
                json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
            role.inline.insert("any".to_owned(), crate::support::cloud::Inline { document, effective_at: 0 });
        });
    }));
    desk.cloud.delete_role("KubernetesAdmin");
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iss": "https://ci.example.com", "sub": "repo:a", "aud": "sts.amazonaws.com"});
    let file = desk.write("job", &format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(&claims)));
    let job = |args: &str| {
        let typed = desk.eksaccess("ann", args).without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
        let typed = typed.env("AWS_WEB_IDENTITY_TOKEN_FILE", file.display().to_string());
        typed.env("AWS_ROLE_ARN", arn("role/Web"))
    };
    let found = job("verify --cluster dev --output json").run().json();
    assert_eq!(found["role"], arn("role/Web"), "the caller's own role, for there is no other");
    assert!(text_of_identity(&found).starts_with("ok: ci:repo-a"), "{}", text_of_identity(&found));
    let token = job("token --cluster dev --token-only").run();
    let identity = desk.cloud.identity_of_token("dev", token.stdout.trim()).unwrap();
    assert_eq!(identity.username, "ci:repo-a");
}

fn text_of_identity(found: &Value) -> String {
    text(found, "identity")
}

#[test]
fn what_is_proposed_is_the_same_question() {
    let desk = with_viewer();
    let ca = desk.cloud.cluster("dev").ca_pem;
    desk.cloud.set_cluster_endpoint("dev", "https://nowhere.invalid", &ca);
    let more = format!("--role {} --can get deployments/scale -n shop", arn("role/Viewer"));
    let found = verify(&desk, &more).status(5).run().json();
    let link = found["links"].as_array().unwrap().iter().find(|l| l["name"] == "endpoint").unwrap().clone();
    let hint = link["hint"].as_str().unwrap();
    let asked = format!(
        "--tls-server-name nowhere.invalid --role {} --can get deployments.apps/scale -n shop   (",
        arn("role/Viewer")
    );
    assert!(hint.contains(&asked), "{hint}");
}
