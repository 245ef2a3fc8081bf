//! A cluster to which `ann` has access by her group, and of which she may read everything but change nothing.

use serde_json::{Value, json};

use crate::support::cloud::{ACCOUNT, World};
use crate::support::desk::{Desk, Typed};

/// The permissions to read.
pub const LOOK: [&str; 5] = ["iam:Get*", "iam:List*", "iam:SimulatePrincipalPolicy", "eks:Describe*", "eks:List*"];

/// The role's ARN.
pub fn role_arn() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/KubernetesAdmin")
}

/// The line that maps the role correctly.
pub const MAPPED: &str = "- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin\n  username: kubernetes-admin\n  groups:\n    - system:masters\n";

/// A world in which everything works for `ann`; `bob` may read and is in no group.
pub fn world() -> World {
    World::new()
        .home(|account| {
            let allow = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn()}]});
            account.user("ann").mfa("ann").user("bob").role("KubernetesAdmin");
            account.allow("ann", &LOOK, "*").allow("bob", &LOOK, "*");
            account.group("KubernetesAdmins", &["ann"]).group_policy(
                "KubernetesAdmins",
                "AssumeKubernetesAdmin",
                &allow,
            );
        })
        .dev(|dev| dev.map_roles(MAPPED).grant("lookers", &["get"], &["configmaps"], None))
}

/// `ann` herself may read `aws-auth`, whatever the role's rights.
pub const ANN: &str = "- userarn: arn:aws:iam::111122223333:user/ann\n  username: ann\n  groups: [lookers]\n";

/// A world with this trust of the role.
pub fn trusting(statements: &Value) -> World {
    let trust = json!({"Version": "2012-10-17", "Statement": statements});
    world().home(move |account| {
        account.role_trusting("/", "KubernetesAdmin", &trust);
    })
}

/// A world with this `mapRoles`.
pub fn mapping(text: &str) -> World {
    let text = text.to_owned();
    world().dev(move |dev| dev.map_roles(&text))
}

/// A desk for it.
pub fn desk(world: World) -> Desk {
    let desk = Desk::new(world.start());
    desk.cloud.set_config_map_data("dev", "mapUsers", ANN);
    desk
}

/// The command as `ann`, in JSON.
pub fn verify<'a>(desk: &'a Desk, more: &str) -> Typed<'a> {
    desk.eksaccess("ann", &format!("verify --cluster dev --output json {more}"))
}

/// A proxy that opens no tunnel.
pub fn refusing_proxy() -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    url
}
