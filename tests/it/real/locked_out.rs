//! The rows of `docs/locked-out.md` that a real control plane can produce: the result of `verify` for each.

use super::site::Site;
use crate::support::cloud::{ACCOUNT, ClusterSpec, World};
use crate::verify::table::row;
use crate::verify::world::{self, ANN, MAPPED, role_arn};

/// Each with the `mapRoles` that locks `ann` out, and the right that is asked about.
fn mappings() -> Vec<(&'static str, String, &'static str)> {
    let later = MAPPED.replace("kubernetes-admin", "viewer").replace("system:masters", "viewers");
    let any = "";
    vec![
        ("not_mapped", MAPPED.replace("KubernetesAdmin", "Somebody"), any),
        ("path_in_mapping", MAPPED.replace("role/", "role/team/"), any),
        ("other_account", MAPPED.replace("111122223333", "444455556666"), any),
        ("wildcard_arn", MAPPED.replace("KubernetesAdmin", "Kubernetes*"), any),
        ("username_empty", MAPPED.replace("username: kubernetes-admin", "username: ''"), any),
        ("number_as_username", MAPPED.replace("username: kubernetes-admin", "username: 1000"), any),
        ("number_as_group", MAPPED.replace("- system:masters", "- 1000"), any),
        ("merged_groups", MAPPED.replace("- system:masters", "- viewers\n      - system:masters"), any),
        (
            "unknown_template",
            MAPPED.replace("kubernetes-admin", "'{{ SessionName }}'").replace("    - system:masters\n", "    []\n"),
            any,
        ),
        ("white_space", MAPPED.replace(&role_arn(), &format!("\"{} \"", role_arn())), any),
        ("tab_in_text", MAPPED.replace("  username", "\tusername"), any),
        ("node_template", MAPPED.replace("kubernetes-admin", "'system:node:{{EC2PrivateDNSName}}'"), any),
        ("no_username", MAPPED.replace("  username: kubernetes-admin\n", ""), any),
        ("groups_as_text", MAPPED.replace("groups:\n    - system:masters", "groups: system:masters"), any),
        ("shadowed", format!("{MAPPED}{later}"), any),
        ("no_right", MAPPED.replace("system:masters", "viewers"), "--can delete nodes"),
    ]
}

/// A role of Identity Center.
const SSO: &str = "AWSReservedSSO_Admin_0123456789abcdef";

/// `ann` herself may read `aws-auth`, whatever the role's rights, so that `verify` can name the line.
fn world() -> World {
    world::world().cluster(ClusterSpec::new("other")).home(|account| {
        let root = serde_json::json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
        account.role_at("/aws-reserved/sso.amazonaws.com/", SSO, &root).allow("ann", &["sts:AssumeRole"], "*");
    })
}

pub(super) fn hold(site: &Site, case: &str, more: &str) {
    let row = row(case);
    let docs = std::fs::read_to_string("docs/locked-out.md").expect("docs/locked-out.md");
    let held =
        docs.split("\n\n").find(|p| p.starts_with("Checked against a real control plane")).expect("the paragraph");
    assert!(held.contains(&format!("`{case}`")), "docs/locked-out.md does not say that {case} is held here");
    let found = site.eksaccess("ann", &format!("verify --cluster dev --output json {more}")).status(5).run().json();
    assert_eq!(found["broken"], row.link, "{case}: {found:#}");
    let broken = found["links"].as_array().and_then(|links| links.iter().find(|l| l["state"] == "broken"));
    let broken = broken.unwrap_or_else(|| panic!("{case}: no broken link: {found:#}"));
    let (text, hint) = (broken["text"].as_str().unwrap_or_default(), broken["hint"].as_str().unwrap_or_default());
    assert!(text.contains(&row.says), "{case} should say {:?}: {text}", row.says);
    assert!(hint.contains(&row.mends), "{case} should try {:?}: {hint}", row.mends);
}

#[test]
fn a_locked_out_person_is_told_why() {
    let Some(site) = Site::open("a_locked_out_person_is_told_why", world()) else { return };
    let rbac = |args: &[&str]| assert!(site.plane.kubectl(args).status.success(), "{args:?}");
    rbac(&["create", "role", "lookers", "-n", "kube-system", "--verb=get", "--resource=configmaps"]);
    rbac(&["create", "rolebinding", "lookers", "-n", "kube-system", "--role=lookers", "--group=lookers"]);
    site.plane.put_aws_auth(&[("mapRoles", MAPPED), ("mapUsers", ANN)]);
    site.eksaccess("ann", "verify --cluster dev").run();
    for (case, text, more) in mappings() {
        site.plane.put_aws_auth(&[("mapRoles", &text), ("mapUsers", ANN)]);
        hold(&site, case, more);
    }
    site.plane.put_aws_auth(&[("mapRoles", "[]"), ("maproles", MAPPED), ("mapUsers", ANN)]);
    hold(&site, "wrong_data_key", "");
    let by_set = format!("- sso: {{permissionSetName: Admin, accountID: '{ACCOUNT}'}}\n  username: a\n");
    site.plane.put_aws_auth(&[("mapRoles", &by_set), ("mapUsers", ANN)]);
    hold(&site, "sso_entry", &format!("--role {SSO}"));
    site.plane.put_aws_auth(&[("mapRoles", MAPPED), ("mapUsers", ANN)]);
    hold(&site, "tunnel_name", &format!("--server {} --tls-server-name another.example.com", site.plane.url()));
    let (own, other) = (site.cloud().cluster("dev").ca_pem, site.cloud().cluster("other").ca_pem);
    site.cloud().set_cluster_endpoint("dev", site.plane.url(), &other);
    hold(&site, "other_certificate", "");
    site.cloud().set_cluster_endpoint("dev", site.plane.url(), &own);
    site.cloud().delete_role("KubernetesAdmin");
    let twice = format!("{ANN}{}", ANN.replace("user/ann", "user/Ann"));
    site.plane.put_aws_auth(&[("mapUsers", &twice)]);
    hold(&site, "random_winner", "");
}
