//! The real control plane with the local cloud as its AWS: checks that the parts are connected as in EKS.

use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::support::cloud::{AccessEntry, Association, AuthMode, Cloud, ClusterSpec, World};
use crate::support::control_plane::{ControlPlane, ThirdParty, User, or_skip};
use eksaccess::model::arn::Partition;

const MEMBER: &str = "arn:aws:iam::111122223333:user/member";

/// A cloud, and the control plane of its cluster `dev`, created by `creator`.
fn start(test: &str, mode: AuthMode) -> Option<(Cloud, ControlPlane)> {
    let grant = |dev: ClusterSpec| dev.grant("readers", &["list"], &["pods"], None);
    let cloud = World::new().dev(|dev| grant(dev.mode(mode))).start();
    let plane = or_skip(test, ControlPlane::start(&cloud, "dev"))?;
    Some((cloud, plane))
}

/// A token for `cluster` by `user`, from the real authenticator.
fn token(cloud: &Cloud, plane: &ControlPlane, user: &str, cluster: &str) -> String {
    let output = Command::new(plane.authenticator_path())
        .args(["token", "--token-only", "-i", cluster])
        .env_clear()
        .envs(cloud.env(user).into_iter().filter(|(name, _)| name != "AWS_ENDPOINT_URL"))
        .env("HOME", "/nonexistent")
        .output()
        .expect("the authenticator was found before");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a token is ASCII").trim().to_owned()
}

fn user(username: &str, groups: &[&str]) -> User {
    User { username: username.to_owned(), groups: groups.iter().map(ToString::to_string).collect() }
}

#[test]
fn a_token_is_worth_what_the_real_authenticator_says() {
    let Some((cloud, plane)) = start("a_token_is_worth_what_the_real_authenticator_says", AuthMode::ConfigMap) else {
        return;
    };
    let creator = token(&cloud, &plane, "creator", "dev");
    assert_eq!(
        plane.whoami(&creator),
        Some(user("kubernetes-creator", &["system:masters"])),
        "{}",
        plane.authenticator_log()
    );
    let member = token(&cloud, &plane, "member", "dev");
    assert_eq!(plane.whoami(&member), None);
    let other = token(&cloud, &plane, "creator", "other");
    assert_eq!(plane.whoami(&other), None, "a token for another cluster");

    let users = "- userarn: arn:aws:iam::111122223333:user/member\n  username: m\n  groups: [a, b]\n";
    let written = plane.put_aws_auth(&[("mapUsers", users)]);
    assert_eq!(plane.whoami(&member), Some(user("m", &["a", "b"])));
    assert_eq!(plane.review(&member), Some(user("m", &["a", "b"])));
    assert_eq!(plane.aws_auth().and_then(|map| map.data), written.data);
    plane.delete_aws_auth();
    assert_eq!(plane.review(&member), None);

    let writes: Vec<_> = plane.writes().into_iter().map(|write| (write.verb, write.object, write.status)).collect();
    let write = |verb: &str, status| (verb.to_owned(), "kube-system/aws-auth".to_owned(), status);
    assert_eq!(writes, [write("create", 201), write("update", 200), write("delete", 200)]);
    let sts = "sts.eu-west-1.amazonaws.com:443";
    assert!(plane.hosts_asked().iter().all(|host| host == sts), "{:?}", plane.hosts_asked());
}

#[test]
fn an_access_entry_goes_before_the_config_map_and_its_policies_allow() {
    let name = "an_access_entry_goes_before_the_config_map_and_its_policies_allow";
    let Some((cloud, plane)) = start(name, AuthMode::ApiAndConfigMap) else { return };
    let users = "- userarn: arn:aws:iam::111122223333:user/member\n  username: by-map\n  groups: [system:masters]\n";
    plane.put_aws_auth(&[("mapUsers", users)]);
    let member = token(&cloud, &plane, "member", "dev");
    assert_eq!(plane.review(&member), Some(user("by-map", &["system:masters"])));

    add_entry(&cloud);
    assert_eq!(plane.review(&member), Some(user("by-entry", &["readers"])));
    let asks = |verb: &str, resource: &str, namespace: &str| {
        let answer = plane.kubectl_with_token(&member, &["auth", "can-i", verb, resource, "-n", namespace]);
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    };
    assert_eq!(asks("list", "pods", "default"), "yes", "by the group's binding");
    assert_eq!(asks("get", "secrets", "default"), "no");
    assert_eq!(asks("get", "secrets", "apps"), "yes", "by the access policy");
}

/// `member` as `by-entry`, with an access policy for the namespace `apps`.
fn add_entry(cloud: &Cloud) {
    let principal_id = cloud.edit(|state| state.id_of_arn(MEMBER)).expect("the default world has the member");
    let policy = Association {
        policy_arn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy".to_owned(),
        namespaces: Some(vec!["apps".to_owned()]),
        associated_at: 0,
        modified_at: 0,
    };
    let entry = AccessEntry {
        principal_arn: MEMBER.to_owned(),
        principal_id,
        arn: "arn:aws:eks:eu-west-1:111122223333:access-entry/dev/user/111122223333/member/0".to_owned(),
        kind: "STANDARD".to_owned(),
        username: "by-entry".to_owned(),
        groups: vec!["readers".to_owned()],
        tags: std::collections::BTreeMap::new(),
        created_at: 0,
        modified_at: 0,
        effective_at: 0,
        policies: vec![policy],
    };
    cloud.with_cluster("dev", |dev| dev.entries.insert(MEMBER.to_owned(), entry));
}

#[test]
fn another_partition_has_its_own_sts() {
    let (cn, account) = (Partition::AwsCn, "444455556666");
    let spec = ClusterSpec::new("beijing").account(cn, account, "cn-north-1").creator("creator").without_config_map();
    let cloud = World::empty()
        .account(cn, account, |account| {
            account.admin("creator");
        })
        .cluster(spec)
        .start();
    let plane = ControlPlane::start(&cloud, "beijing");
    let Some(plane) = or_skip("another_partition_has_its_own_sts", plane) else { return };
    let creator = token(&cloud, &plane, "creator", "beijing");
    assert_eq!(plane.whoami(&creator), Some(user("kubernetes-creator", &["system:masters"])));
    assert_eq!(plane.hosts_asked(), ["sts.cn-north-1.amazonaws.com.cn:443"]);
}

#[test]
fn everything_ends_with_the_control_plane() {
    let Some((_, plane)) = start("everything_ends_with_the_control_plane", AuthMode::Api) else { return };
    let address: SocketAddr = plane.url().trim_start_matches("https://").parse().expect("an address");
    assert!(TcpStream::connect(address).is_ok());
    let version = plane.kubectl(&["get", "--raw", "/version"]);
    assert!(String::from_utf8_lossy(&version.stdout).contains("v1.36"), "{version:?}");
    drop(plane);
    assert!(TcpStream::connect(address).is_err(), "the API server still listens");
}

#[test]
fn other_clouds_answer() {
    for (name, cloud) in [("ministack", ThirdParty::ministack()), ("moto", ThirdParty::moto())] {
        if let Some(cloud) = or_skip(&format!("other_clouds_answer ({name})"), cloud) {
            assert!(cloud.endpoint().starts_with("http://127.0.0.1:"), "{}", cloud.endpoint());
        }
    }
}
