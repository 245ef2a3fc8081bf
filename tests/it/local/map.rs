//! `map`: the access of a principal in a cluster, from both sources.

use super::acts::{ROLE, does_nothing, map_roles, refused};
use crate::support::cloud::{AuthMode, World};
use crate::support::desk::Desk;

const ACCOUNT: &str = "arn:aws:iam::111122223333";

fn ready(mode: AuthMode) -> Desk {
    let world = World::new().home(|home| {
        home.role("KubernetesAdmin").role_at(
            "/team/",
            "Dev",
            &serde_json::json!({"AWS": "arn:aws:iam::111122223333:root"}),
        );
        home.user_at("/people/", "ann").reserved_role("Ops", "0123456789abcdef", Some("eu-west-1"));
    });
    Desk::new(world.dev(|dev| dev.mode(mode)).start())
}

fn map(desk: &Desk, rest: &str) -> crate::support::desk::Ran {
    desk.eksaccess("creator", &format!("map --cluster dev {rest}")).run()
}

#[test]
fn every_form_of_a_principal_becomes_what_the_control_plane_matches() {
    let desk = ready(AuthMode::ConfigMap);
    let reserved = "AWSReservedSSO_Ops_0123456789abcdef";
    for (form, key, mapped) in [
        ("--role Dev", "mapRoles", format!("{ACCOUNT}:role/Dev")),
        (&format!("--role {ACCOUNT}:role/team/Dev"), "mapRoles", format!("{ACCOUNT}:role/Dev")),
        (&format!("--principal {ACCOUNT}:role/Dev"), "mapRoles", format!("{ACCOUNT}:role/Dev")),
        ("--principal arn:aws:sts::111122223333:assumed-role/Dev/session", "mapRoles", format!("{ACCOUNT}:role/Dev")),
        ("--principal arn:aws:iam::444455556666:role/x/Far", "mapRoles", "arn:aws:iam::444455556666:role/Far".into()),
        (&format!("--principal {ACCOUNT}:user/people/ann"), "mapUsers", format!("{ACCOUNT}:user/people/ann")),
        ("--principal permission-set:Ops", "mapRoles", format!("{ACCOUNT}:role/{reserved}")),
        (
            &format!("--principal {ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/{reserved}"),
            "mapRoles",
            format!("{ACCOUNT}:role/{reserved}"),
        ),
    ] {
        map(&desk, &format!("{form} --kubernetes-group viewers"));
        let text = desk.cloud.config_map_data("dev", key).unwrap();
        assert_eq!(text.matches(mapped.as_str()).count(), 1, "{form}:\n{text}");
        does_nothing(&desk, desk.eksaccess("creator", &format!("map --cluster dev {form} --kubernetes-group viewers")));
    }
}

#[test]
fn an_entry_has_the_full_path_of_its_principal() {
    let desk = ready(AuthMode::Api);
    for (form, principal) in [
        ("--role Dev", format!("{ACCOUNT}:role/team/Dev")),
        (&format!("--principal {ACCOUNT}:role/Dev"), format!("{ACCOUNT}:role/team/Dev")),
        ("--principal arn:aws:sts::111122223333:assumed-role/Dev/session", format!("{ACCOUNT}:role/team/Dev")),
        (&format!("--principal {ACCOUNT}:user/people/ann"), format!("{ACCOUNT}:user/people/ann")),
        (
            "--principal permission-set:Ops",
            format!("{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Ops_0123456789abcdef"),
        ),
    ] {
        map(&desk, &format!("{form} --kubernetes-group viewers"));
        let entry = desk.cloud.access_entry("dev", &principal).unwrap_or_else(|| panic!("{form}"));
        assert_eq!(entry.groups, ["viewers"]);
        does_nothing(&desk, desk.eksaccess("creator", &format!("map --cluster dev {form} --kubernetes-group viewers")));
    }
}

#[test]
fn an_entry_whose_path_is_unknown_is_asked_for() {
    let desk = ready(AuthMode::ApiAndConfigMap);
    let far = "--principal arn:aws:sts::444455556666:assumed-role/Far/session --kubernetes-group viewers";
    let ran = refused(&desk, desk.eksaccess("creator", &format!("map --cluster dev {far}")), 2);
    ran.warns("does not include the role's path").warns("--principal arn:aws:iam::444455556666:role/Far");
    map(&desk, &format!("{far} --via aws-auth"));
    map(&desk, "--principal arn:aws:iam::444455556666:role/x/Other --kubernetes-group viewers --dry-run")
        .says("access entry arn:aws:iam::444455556666:role/x/Other");
}

#[test]
fn groups_are_stated_or_appended() {
    for mode in [AuthMode::ConfigMap, AuthMode::Api] {
        let desk = ready(mode);
        map(&desk, "--role Dev --kubernetes-group a --kubernetes-group b");
        map(&desk, "--role Dev --append-kubernetes-group c --append-kubernetes-group a").says("1 to do: 1 additive");
        does_nothing(&desk, desk.eksaccess("creator", "map --cluster dev --role Dev"));
        let groups = || {
            if mode == AuthMode::Api {
                return desk.cloud.access_entry("dev", &format!("{ACCOUNT}:role/team/Dev")).unwrap().groups;
            }
            let map = std::collections::BTreeMap::from([("mapRoles".to_owned(), map_roles(&desk))]);
            let dev = format!("{ACCOUNT}:role/Dev").parse().unwrap();
            eksaccess::aws_auth::read(&map).effective(&dev)[0].groups.clone()
        };
        assert_eq!(groups(), ["a", "b", "c"]);
        let ran = refused(&desk, desk.eksaccess("creator", "map --cluster dev --role Dev --kubernetes-group c"), 6);
        ran.says(" loses a, b");
        desk.eksaccess("creator", "map --cluster dev --role Dev --kubernetes-group c --yes").run();
        assert_eq!(groups(), ["c"]);
    }
}

#[test]
fn access_policies_are_stated_appended_and_bounded() {
    let desk = ready(AuthMode::Api);
    let arn = format!("{ACCOUNT}:role/team/Dev");
    let held = || -> Vec<(String, Option<Vec<String>>)> {
        let mut held: Vec<_> = desk
            .cloud
            .access_entry("dev", &arn)
            .unwrap()
            .policies
            .into_iter()
            .map(|p| (p.policy_arn.rsplit('/').next().unwrap().to_owned(), p.namespaces))
            .collect();
        held.sort();
        held
    };
    map(&desk, "--role Dev --access-policy AmazonEKSViewPolicy --policy-namespace web --policy-namespace dev-*");
    let scope = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
    assert_eq!(held(), [("AmazonEKSViewPolicy".to_owned(), scope(&["web", "dev-*"]))]);
    does_nothing(&desk, desk.eksaccess("creator", "map --cluster dev --role Dev --access-policy AmazonEKSViewPolicy"));
    map(&desk, "--role Dev --append-access-policy arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy")
        .says("1 to do: 1 additive");
    assert_eq!(held().len(), 2);
    let narrower = "map --cluster dev --role Dev --append-access-policy AmazonEKSEditPolicy --policy-namespace web";
    refused(&desk, desk.eksaccess("creator", narrower), 6).says("the policy's scope is cluster today");
    let one = "map --cluster dev --role Dev --access-policy AmazonEKSEditPolicy";
    refused(&desk, desk.eksaccess("creator", one), 6).says("- access policy AmazonEKSViewPolicy");
    desk.eksaccess("creator", &format!("{one} --yes")).run();
    assert_eq!(held(), [("AmazonEKSEditPolicy".to_owned(), None)]);
    refused(&desk, desk.eksaccess("creator", "map --cluster dev --role Dev --policy-namespace web"), 2)
        .warns("--access-policy");
    let add = "map --cluster dev --role Dev --append-access-policy";
    refused(&desk, desk.eksaccess("creator", &format!("{add} NoSuchPolicy")), 2)
        .warns("EKS offers no access policy NoSuchPolicy")
        .warns("aws eks list-access-policies");
    refused(&desk, desk.eksaccess("creator", &format!("{add} AmazonEKSAdminVewPolicy")), 2)
        .warns("--access-policy AmazonEKSAdminViewPolicy");
    let foreign = "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSEditPolicy";
    refused(&desk, desk.eksaccess("creator", &format!("{add} {foreign}")), 2).warns("another partition");
}

#[test]
fn auto_goes_where_the_principal_is_bound_already() {
    let desk = ready(AuthMode::ConfigMap);
    map(&desk, "").says("the cluster is in mode CONFIG_MAP");
    let mapping = map_roles(&desk);
    let desk = ready(AuthMode::ApiAndConfigMap);
    desk.cloud.set_config_map_data("dev", "mapRoles", &mapping);
    does_nothing(&desk, desk.eksaccess("creator", "map --cluster dev")).says("aws-auth maps the principal already");
    map(&desk, "--role Dev --kubernetes-group a").says("the cluster is in mode API_AND_CONFIG_MAP");
    does_nothing(&desk, desk.eksaccess("creator", "map --cluster dev --role Dev"))
        .says("the principal has an access entry");
    let over = "map --cluster dev --via access-entry";
    let ran = refused(&desk, desk.eksaccess("creator", over), 6);
    ran.says("the entry overrides the mapping in aws-auth (kubernetes-admin, system:masters)");
    desk.eksaccess("creator", &format!("{over} --yes")).run();
    let ran = does_nothing(&desk, desk.eksaccess("creator", "map --cluster dev"));
    ran.warns("the entry takes precedence, so the mapping has no effect");
}

#[test]
fn a_way_that_can_not_work_is_an_error_with_the_way_that_can() {
    let desk = ready(AuthMode::ConfigMap);
    for (rest, hint) in [
        ("--via access-entry", "--to API_AND_CONFIG_MAP"),
        ("--role Dev --access-policy AmazonEKSViewPolicy", "--to API_AND_CONFIG_MAP"),
        ("--role Dev --via aws-auth --access-policy AmazonEKSViewPolicy", "--via access-entry"),
        ("--role Dev", "with --kubernetes-group"),
    ] {
        refused(&desk, desk.eksaccess("creator", &format!("map --cluster dev {rest}")), 2).warns(hint);
    }
    desk.cloud.set_mode("dev", AuthMode::Api);
    refused(&desk, desk.eksaccess("creator", "map --cluster dev --via aws-auth"), 2).warns("is in mode API");
    let desk = ready(AuthMode::ApiAndConfigMap);
    map(&desk, "--via access-entry");
    let ran = refused(&desk, desk.eksaccess("creator", "map --cluster dev --via aws-auth"), 2);
    ran.warns("an entry takes precedence over aws-auth").warns("delete-access-entry");
}

#[test]
fn what_eks_refuses_in_an_entry_is_refused_before_it_is_asked() {
    let desk = ready(AuthMode::Api);
    for (rest, part) in [
        ("--role Dev --kubernetes-group system:nodes", "begin with system:"),
        ("--role Dev --kubernetes-group a --username system:x", "begin with system:"),
        ("--role Dev --kubernetes-group a --username eks:x", "begin with eks:"),
        ("--role Dev --kubernetes-group a --username x-{{SessionName}}", "a colon before {{SessionName}}"),
    ] {
        refused(&desk, desk.eksaccess("creator", &format!("map --cluster dev {rest}")), 2).warns(part);
    }
    map(&desk, "--role Dev --kubernetes-group system:masters").says("AmazonEKSClusterAdminPolicy");
}

#[test]
fn a_mapping_locks_out_no_principal() {
    let desk = ready(AuthMode::ConfigMap);
    let node = "map --cluster dev --role dev-node --kubernetes-group viewers --username x";
    let ran = refused(&desk, desk.eksaccess("creator", &format!("{node} --yes")), 1);
    ran.warns("is a node role").warns("--allow-lockout arn:aws:iam::111122223333:role/dev-node");
    map(&desk, "");
    let last = "map --cluster dev --kubernetes-group viewers --yes";
    refused(&desk, desk.eksaccess("creator", last), 1).warns("is the last known administrator");
    desk.eksaccess("creator", &format!("{last} --allow-lockout {ROLE}")).run();
    assert!(map_roles(&desk).contains("viewers"));
}

#[test]
fn an_entry_of_a_node_type_is_left_to_eks() {
    let desk = ready(AuthMode::Api);
    let kinds: Vec<_> = desk.cloud.access_entries("dev").into_iter().filter(|e| e.kind != "STANDARD").collect();
    let [node] = &kinds[..] else { panic!("{kinds:?}") };
    let args = format!("map --cluster dev --principal {} --kubernetes-group a", node.principal_arn);
    refused(&desk, desk.eksaccess("creator", &args), 1).warns("EKS manages it").warns("use another role");
}

#[test]
fn a_namespace_that_aws_auth_can_not_bound_is_refused_and_not_dropped() {
    let desk = ready(AuthMode::ConfigMap);
    for verb in [
        "bootstrap --kubeconfig kube --user creator",
        "map",
        "map --role Dev --kubernetes-group a",
        "map --role Dev --kubernetes-group a --via aws-auth",
    ] {
        let ran = refused(&desk, desk.eksaccess("creator", &format!("{verb} --cluster dev --policy-namespace web")), 2);
        ran.warns("--policy-namespace").warns("aws-auth").warns("RoleBinding");
    }
    desk.cloud.set_mode("dev", AuthMode::ApiAndConfigMap);
    let via = "map --cluster dev --role Dev --kubernetes-group a --via aws-auth --policy-namespace web";
    refused(&desk, desk.eksaccess("creator", via), 2).warns("--policy-namespace").warns("--access-policy");
    let bootstrap = "bootstrap --cluster dev --kubeconfig kube --policy-namespace web";
    refused(&desk, desk.eksaccess("creator", bootstrap), 2).warns("--access-policy");
    desk.write("auth.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: aws-auth, namespace: kube-system}}\n");
    let file = format!("map --file auth.yaml --principal {ROLE} --kubernetes-group a --policy-namespace web");
    refused(&desk, desk.eksaccess("creator", &file), 2).warns("--policy-namespace");
}
