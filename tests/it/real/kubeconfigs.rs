//! The kubeconfig's exec sections with the real `kubectl`, for each token tool.

use super::site::{Site, user};
use crate::support::cloud::World;

#[test]
fn kubectl_takes_every_exec_section_and_the_authenticators_own_works() {
    let Some(site) = Site::open("kubectl_takes_every_exec_section_and_the_authenticators_own_works", World::new())
    else {
        return;
    };
    site.eksaccess("creator", "bootstrap --cluster dev --user member --kubeconfig F").run();
    for exec in ["aws", "aws-iam-authenticator", "eksaccess"] {
        let write = format!("kubeconfig --cluster dev --kubeconfig F --exec {exec} --yes");
        site.eksaccess("creator", &write).run();
        site.does_nothing("creator", &write);
        let seen = site.kubectl("member", "config view -o json").run().json();
        assert_eq!(seen["users"][0]["user"]["exec"]["command"], *exec, "{seen:#}");
        let ready = site.kubectl("member", "config current-context").run();
        ready.says("KubernetesAdmin@dev.eu-west-1.111122223333");
        if exec == "aws-iam-authenticator" {
            authenticator_works(&site);
        }
    }
    assert_eq!(site.whoami("member"), user("kubernetes-admin", &["system:masters"]));
    two_roles_on_one_cluster(&site);
    printed_is_the_same(&site);
}

/// It signs for the endpoint that it calls, so it must use AWS's own, through the proxy that replaces it here.
fn authenticator_works(site: &Site) {
    let beside = site.plane.authenticator_path();
    let path = format!("{}:/usr/bin:/bin", beside.parent().expect("a directory").display());
    let aws = |user: &str, status: i32| {
        let (proxy, authorities) = site.plane.sts_by_proxy();
        let typed = site.kubectl(user, "auth whoami -o json").without("AWS_ENDPOINT_URL").env("PATH", &path);
        typed.env("HTTPS_PROXY", proxy).env("SSL_CERT_FILE", authorities.display().to_string()).status(status).run()
    };
    let seen = super::site::user_of(&aws("member", 0).json()["status"]["userInfo"]);
    assert_eq!(seen, user("kubernetes-admin", &["system:masters"]));
    aws("outsider", 1).warns("AccessDenied");
}

/// A second role gets a user and a context of its own, and `kubectl` finds both.
fn two_roles_on_one_cluster(site: &Site) {
    site.eksaccess(
        "creator",
        "bootstrap --cluster dev --role Viewer --group Viewers --user member \
        --kubernetes-group viewers --kubeconfig F",
    )
    .run();
    let contexts = site.kubectl("member", "config get-contexts -o name").run();
    contexts.says("KubernetesAdmin@dev.eu-west-1.111122223333").says("Viewer@dev.eu-west-1.111122223333");
    let viewer = "auth whoami -o json --context Viewer@dev.eu-west-1.111122223333";
    let answer = site.kubectl("member", viewer).run().json();
    let seen = super::site::user_of(&answer["status"]["userInfo"]);
    assert!(seen.username.starts_with("Viewer:"), "{seen:?}");
    assert_eq!(seen.groups, ["viewers"]);
    assert_eq!(site.whoami("member"), user("kubernetes-admin", &["system:masters"]));
}

/// The output on stdout works like a written file.
fn printed_is_the_same(site: &Site) {
    let printed = site.eksaccess("creator", "kubeconfig --cluster dev --kubeconfig -").run().stdout;
    site.desk.write("printed", &printed);
    let answer = site.kubectl("member", "auth whoami -o json --kubeconfig printed").run().json();
    assert_eq!(answer["status"]["userInfo"]["username"], "kubernetes-admin");
}
