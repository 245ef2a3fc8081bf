//! Each kind of lockout, alone: the rest of the world works.

use serde_json::json;

use super::hold::{hold, judge};
use super::kubeconfig::{self, with_kubeconfig};
use super::world::{ANN, MAPPED, desk, mapping, refusing_proxy, role_arn, trusting, verify, world};
use super::{authority, kuberc, mfa, signed_in};
use crate::support::cloud::{ACCOUNT, AuthMode};
use crate::support::desk::Typed;

/// The account's root is trusted under this condition.
fn conditioned(case: &str, condition: &serde_json::Value) -> crate::support::desk::Desk {
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    let desk = desk(trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole",
        "Condition": condition})));
    desk.cloud.clear_log();
    hold(case, verify(&desk, ""));
    desk
}

macro_rules! cases {
    ($($name:ident => $run:expr;)*) => {
        /// The cases, as the table names them.
        pub const CASES: [&str; [$(stringify!($name)),*].len()] = [$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                let run: fn(&str) = $run;
                run(stringify!($name));
            }
        )*
    };
}

pub(super) fn keyless(typed: Typed<'_>) -> Typed<'_> {
    typed.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY")
}

/// Sets `mapRoles`; everything else works.
fn mapped(case: &str, text: &str) {
    let desk = desk(mapping(text));
    hold(case, verify(&desk, ""));
}

fn kubeconfig_case(case: &str, role: &str) {
    let desk = desk(world());
    let own = desk.cloud.cluster("dev").endpoint.expect("an endpoint");
    let args = format!("token, --cluster, dev, --region, eu-west-1{role}");
    with_kubeconfig(&desk, &own, &args);
    hold(case, verify(&desk, "--role KubernetesAdmin"));
}

/// A context that is correct except for `change`; the command from `verify` fixes it if it is one of this program's.
fn section_case(case: &str, change: &dyn Fn(String) -> String) {
    let desk = desk(world());
    kubeconfig::right(&desk);
    desk.write(".kube/config", &change(desk.read(".kube/config")));
    hold(case, verify(&desk, ""));
    kubeconfig::mended(&desk);
}

cases! {
    no_credentials => |case| {
        let desk = desk(world());
        hold(case, keyless(verify(&desk, "")));
    };
    expired_session => |case| {
        let desk = desk(world());
        let session = desk.cloud.session_env("KubernetesAdmin", "ann");
        desk.cloud.expire_sessions();
        let command = session.into_iter().fold(verify(&desk, ""), |c, (name, value)| c.env(&name, value));
        hold(case, command);
    };
    login_ended => signed_in::login_ended;
    login_refused => signed_in::login_refused;
    center_ended => signed_in::center_ended;
    kept_keys_ended => signed_in::kept_keys_ended;
    half_a_pair => |case| hold(case, verify(&desk(world()), "").without("AWS_SECRET_ACCESS_KEY"));
    wrong_clock => |case| {
        let desk = desk(world());
        desk.cloud.set_clock_offset(20 * 60 + 30);
        hold(case, verify(&desk, ""));
    };
    clock_ahead => |case| {
        let desk = desk(world());
        desk.cloud.set_clock_offset(-(20 * 60 + 30));
        hold(case, verify(&desk, ""));
    };
    unknown_key => |case| {
        let desk = desk(world());
        hold(case, verify(&desk, "").env("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN42"));
    };
    no_role => |case| {
        let desk = desk(world());
        desk.cloud.delete_role("KubernetesAdmin");
        hold(case, verify(&desk, "--role KubernetesAdmin"));
    };
    no_policy => |case| {
        let desk = desk(world());
        hold(case, desk.eksaccess("bob", "verify --cluster dev --output json"));
    };
    policy_denies => |case| {
        let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}});
        let desk = desk(world().home(move |account| {
            account.user_policy("ann", "deny", deny);
        }));
        hold(case, verify(&desk, ""));
    };
    outside_boundary => |case| {
        let desk = desk(world());
        desk.cloud.home(|account| {
            let boundary = account.aws_policy("IAMReadOnlyAccess");
            let (partition, id) = (account.partition, account.id.clone());
            account.state.account_mut(partition, &id).users.get_mut("ann").expect("ann").boundary = Some(boundary);
        });
        hold(case, verify(&desk, ""));
    };
    root_caller => |case| {
        let desk = desk(world());
        let root = desk.cloud.root_env();
        hold(case, root.into_iter().fold(verify(&desk, ""), |c, (name, value)| c.env(&name, value)));
    };
    not_trusted => |case| {
        let bob = format!("arn:aws:iam::{ACCOUNT}:user/bob");
        let desk = desk(trusting(&json!({"Effect": "Allow", "Principal": {"AWS": bob}, "Action": "sts:AssumeRole"})));
        hold(case, verify(&desk, ""));
    };
    trust_names_a_service => |case| {
        let ec2 = json!({"Service": "ec2.amazonaws.com"});
        hold(case, verify(&desk(trusting(&json!({"Effect": "Allow", "Principal": ec2, "Action": "sts:Assume*"}))), ""));
    };
    trust_names_a_federation => |case| {
        let provider = json!({"Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com")});
        let statement = json!({"Effect": "Allow", "Principal": provider, "Action": "sts:AssumeRoleWithWebIdentity"});
        hold(case, verify(&desk(trusting(&statement)), ""));
    };
    trust_names_a_dead_id => |case| {
        let dead = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "AIDAQWERTYUIOPASDFGHJ"}, "Action": "sts:AssumeRole"}]});
        let desk = desk(world().home(move |account| {
            account.with_role("KubernetesAdmin", |role| role.trust = dead.clone());
        }));
        hold(case, verify(&desk, ""));
    };
    trust_condition_unmet => |case| {
        conditioned(case, &json!({"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:user/bob")}}));
    };
    trust_needs_source_identity => |case| {
        let desk = conditioned(case, &json!({"StringLike": {"sts:SourceIdentity": "*"}}));
        assert!(!desk.cloud.operations().contains(&"AssumeRole".to_owned()), "said before it is tried");
    };
    trust_needs_session_name => |case| {
        let desk = conditioned(case, &json!({"StringEquals": {"sts:RoleSessionName": "release-bot"}}));
        assert!(!desk.cloud.operations().contains(&"AssumeRole".to_owned()), "said before it is tried");
    };
    trust_denies => |case| {
        let (root, ann) = (format!("arn:aws:iam::{ACCOUNT}:root"), format!("arn:aws:iam::{ACCOUNT}:user/ann"));
        let desk = desk(trusting(&json!([
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": ann}, "Action": "sts:AssumeRole"}])));
        hold(case, verify(&desk, ""));
    };
    no_mfa => |case| hold(case, verify(&mfa::desk(), ""));
    mfa_by_policy => |case| hold(case, verify(&mfa::desk_by_policy(), ""));
    no_terminal => |case| {
        let desk = mfa::desk();
        judge(case, &verify(&desk, "").env("AWS_MFA_SERIAL", mfa::SERIAL).status(5).without_terminal());
    };
    wrong_code => |case| {
        let desk = mfa::desk();
        let (ran, _) = verify(&desk, &format!("--mfa-serial {}", mfa::SERIAL)).status(5).answering("000000\n");
        judge(case, &ran);
    };
    session_without_mfa => |case| {
        let desk = mfa::desk();
        let session = desk.cloud.session_env("Looker", "ann");
        let command = session.into_iter().fold(verify(&desk, ""), |c, (name, value)| c.env(&name, value));
        hold(case, command);
    };
    wrong_external_id => |case| {
        let root = format!("arn:aws:iam::{ACCOUNT}:root");
        let desk = desk(trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "right-one"}}})));
        hold(case, verify(&desk, "--external-id wrong-one"));
    };
    big_session => |case| {
        let desk = desk(world());
        desk.cloud.set_session_token_length(3500);
        hold(case, verify(&desk, ""));
    };
    other_partition => |case| {
        let desk = desk(world());
        let arn = format!("arn:aws-cn:eks:cn-north-1:{ACCOUNT}:cluster/dev");
        hold(case, desk.eksaccess("ann", "verify --output json --cluster").arg(arn));
    };
    no_cluster => |case| {
        let desk = desk(world());
        hold(case, desk.eksaccess("ann", "verify --cluster prod --output json"));
    };
    creating => |case| {
        let desk = desk(world());
        desk.cloud.set_status("dev", "CREATING");
        hold(case, verify(&desk, ""));
    };
    no_endpoint => |case| {
        let desk = desk(world().dev(crate::support::cloud::ClusterSpec::without_endpoint));
        hold(case, verify(&desk, ""));
    };
    silent_endpoint => |case| {
        let desk = desk(world());
        let ca = desk.cloud.cluster("dev").ca_pem;
        // Accepts connections and never answers.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        desk.cloud.set_cluster_endpoint("dev", &format!("https://{}", silent.local_addr().unwrap()), &ca);
        hold(case, verify(&desk, ""));
    };
    proxy_refuses => |case| {
        let desk = desk(world());
        let proxy = refusing_proxy();
        desk.cloud.set_cluster_endpoint("dev", "https://dev.example.com", &desk.cloud.cluster("dev").ca_pem);
        hold(case, verify(&desk, "").env("HTTPS_PROXY", &proxy));
    };
    given_proxy_refuses => |case| {
        let desk = desk(world());
        hold(case, verify(&desk, &format!("--proxy-url {}", refusing_proxy())));
    };
    private_endpoint => |case| {
        let desk = desk(world().dev(crate::support::cloud::ClusterSpec::private));
        hold(case, verify(&desk, ""));
    };
    no_name => |case| {
        let desk = desk(world());
        let ca = desk.cloud.cluster("dev").ca_pem;
        desk.cloud.set_cluster_endpoint("dev", "https://nowhere.invalid", &ca);
        hold(case, verify(&desk, ""));
    };
    other_certificate => |case| {
        let desk = desk(world().cluster(crate::support::cloud::ClusterSpec::new("other")));
        let (own, other) = (desk.cloud.cluster("dev"), desk.cloud.cluster("other"));
        desk.cloud.set_cluster_endpoint("dev", &own.endpoint.unwrap(), &other.ca_pem);
        hold(case, verify(&desk, ""));
    };
    tunnel_name => |case| {
        let desk = desk(world());
        let server = desk.cloud.cluster("dev").endpoint.unwrap();
        hold(case, verify(&desk, &format!("--server {server} --tls-server-name another.example.com")));
    };
    tunnel_elsewhere => |case| {
        let desk = desk(world().cluster(crate::support::cloud::ClusterSpec::new("other")));
        let other = desk.cloud.cluster("other").endpoint.unwrap();
        hold(case, verify(&desk, &format!("--server {other}")));
    };
    tunnel_closed => |case| hold(case, verify(&desk(world()), "--server https://127.0.0.1:9"));
    not_mapped => |case| mapped(case, "- rolearn: arn:aws:iam::111122223333:role/Somebody\n  username: s\n");
    no_aws_auth => |case| {
        let desk = desk(world().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)));
        let entry = format!(
            "map --cluster dev --principal arn:aws:iam::{ACCOUNT}:user/ann --via access-entry --kubernetes-group lookers --yes"
        );
        desk.eksaccess("creator", &entry).run();
        desk.cloud.delete_config_map("dev");
        hold(case, verify(&desk, ""));
    };
    path_in_mapping => |case| mapped(case, &MAPPED.replace("role/", "role/team/"));
    other_account => |case| mapped(case, &MAPPED.replace(ACCOUNT, "444455556666"));
    wildcard_arn => |case| mapped(case, &MAPPED.replace("KubernetesAdmin", "Kubernetes*"));
    sso_entry => |case| {
        let name = "AWSReservedSSO_Admin_0123456789abcdef";
        let text = format!("- sso: {{permissionSetName: Admin, accountID: '{ACCOUNT}'}}\n  username: a\n");
        let desk = desk(mapping(&text).home(move |account| {
            account.role_at("/aws-reserved/sso.amazonaws.com/", name, &json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}));
            account.allow("ann", &["sts:AssumeRole"], "*");
        }));
        hold(case, verify(&desk, &format!("--role {name}")));
    };
    random_winner => |case| {
        let desk = desk(world());
        desk.cloud.delete_role("KubernetesAdmin");
        desk.cloud.set_config_map_data("dev", "mapUsers", &format!("{ANN}{}", ANN.replace("user/ann", "user/Ann")));
        hold(case, verify(&desk, ""));
    };
    white_space => |case| mapped(case, &MAPPED.replace(&role_arn(), &format!("\"{} \"", role_arn())));
    tab_in_text => |case| mapped(case, &MAPPED.replace("  username", "\tusername"));
    wrong_data_key => |case| {
        let desk = desk(mapping("[]"));
        desk.cloud.set_config_map_data("dev", "maproles", MAPPED);
        hold(case, verify(&desk, ""));
    };
    node_template => |case| mapped(case, &MAPPED.replace("kubernetes-admin", "'system:node:{{EC2PrivateDNSName}}'"));
    no_entry => |case| {
        let desk = desk(world().dev(|dev| dev.mode(AuthMode::Api)));
        hold(case, verify(&desk, ""));
    };
    dead_entry => |case| {
        let desk = desk(world().dev(|dev| dev.mode(AuthMode::Api)));
        desk.eksaccess("creator", "map --cluster dev --role KubernetesAdmin").run();
        std::thread::sleep(std::time::Duration::from_millis(1100));
        desk.cloud.recreate_role("KubernetesAdmin");
        hold(case, verify(&desk, ""));
    };
    no_username => |case| mapped(case, &MAPPED.replace("  username: kubernetes-admin\n", ""));
    username_empty => |case| mapped(case, &MAPPED.replace("username: kubernetes-admin", "username: ''"));
    number_as_username => |case| mapped(case, &MAPPED.replace("username: kubernetes-admin", "username: 1000"));
    number_as_group => |case| mapped(case, &MAPPED.replace("- system:masters", "- 1000"));
    merged_groups => |case| {
        let desk = desk(mapping(&MAPPED.replace("- system:masters", "- viewers\n      - system:masters")));
        hold(case, verify(&desk, ""));
        let map = "map --cluster dev --role KubernetesAdmin --kubernetes-group viewers --kubernetes-group system:masters --yes";
        desk.eksaccess("creator", map).run();
        verify(&desk, "").run();
    };
    unknown_template => |case| {
        let text = MAPPED.replace("kubernetes-admin", "'{{ SessionName }}'").replace("    - system:masters\n", "    []\n");
        mapped(case, &text);
    };
    groups_as_text => |case| {
        mapped(case, "- rolearn: arn:aws:iam::111122223333:role/KubernetesAdmin\n  username: kubernetes-admin\n  groups: system:masters\n");
    };
    shadowed => |case| {
        let later = MAPPED.replace("kubernetes-admin", "viewer").replace("system:masters", "viewers");
        mapped(case, &format!("{MAPPED}{later}"));
    };
    masked => |case| {
        let desk = desk(world().dev(|dev| dev.mode(AuthMode::ApiAndConfigMap)));
        let entry = format!("map --cluster dev --principal {} --via access-entry --kubernetes-group nobody --yes", role_arn());
        desk.eksaccess("creator", &entry).run();
        hold(case, verify(&desk, ""));
    };
    no_right => |case| {
        let viewers = MAPPED.replace("system:masters", "viewers");
        let world = mapping(&viewers).dev(|dev| dev.grant("viewers", &["get", "list"], &["*"], None));
        let desk = desk(world);
        hold(case, verify(&desk, "").arg("--can").arg("delete").arg("nodes"));
    };
    other_role_in_kubeconfig => |case| {
        kubeconfig_case(case, ", --role, 'arn:aws:iam::111122223333:role/Viewer'");
    };
    no_role_in_kubeconfig => |case| kubeconfig_case(case, "");
    no_external_id_in_kubeconfig => |case| {
        let root = format!("arn:aws:iam::{ACCOUNT}:root");
        let desk = desk(trusting(&json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "right-one"}}})));
        let own = desk.cloud.cluster("dev").endpoint.expect("an endpoint");
        let args = format!("token, --cluster, dev, --region, eu-west-1, --role, '{}'", role_arn());
        with_kubeconfig(&desk, &own, &args);
        hold(case, verify(&desk, ""));
    };
    old_api_version => |case| section_case(case, &|text| text.replace("k8s.io/v1beta1", "k8s.io/v1alpha1"));
    no_interactive_mode => |case| section_case(case, &|text| text.replace("k8s.io/v1beta1", "k8s.io/v1"));
    never_asks => |case| {
        let desk = mfa::desk();
        kubeconfig::right(&desk);
        let text = desk.read(".kube/config").replace("command:", "interactiveMode: Never\n      command:");
        desk.write(".kube/config", &text);
        let (ran, _) = verify(&desk, "").env("AWS_MFA_SERIAL", mfa::SERIAL).status(5).answering("123456\n");
        judge(case, &ran);
    };
    no_program => |case| {
        section_case(case, &|text| text.replace("command: eksaccess", "command: aws-iam-authenticator"));
    };
    not_in_path => |case| {
        let desk = desk(world());
        kubeconfig::right(&desk);
        hold(case, verify(&desk, "").env("PATH", "/usr/bin:/bin"));
        verify(&desk, "").run();
    };
    no_such_profile => |case| {
        let desk = desk(world());
        kubeconfig::right(&desk);
        let text = desk.read(".kube/config").replace("dev, --region", "dev, --profile, gone, --region");
        desk.write(".kube/config", &text);
        hold(case, verify(&desk, ""));
    };
    replaced_authority => |case| authority::replaced(case);
    recreated_cluster => |case| authority::recreated(case);
    no_authority => |case| section_case(case, &|text| authority::without_data(&text, ""));
    no_authority_file => |case| authority::file_is_gone(case);
    authority_unchecked => |case| authority::unchecked(case);
    two_authorities => |case| authority::twice(case);
    plugins_denied => |case| kuberc::case(case, "credentialPluginPolicy: DenyAll");
    plugin_not_listed => |case| {
        kuberc::case(case, "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: aws}, {name: helper}]");
    };
    kuberc_refused => |case| kuberc::case(case, "credentialPluginPolicy: Allowlist");
    no_kuberc => |case| kuberc::missing(case);
    shadowed_name => |case| kubeconfig::shadowed(case);
    no_user => |case| section_case(case, &|text| text.replace("user: u}", "user: gone}"));
    unreadable_file => |case| kubeconfig::unreadable(case);
    no_wrapper => |case| section_case(case, &|text| text.replace("command: eksaccess", "command: ./wrapper"));
    caller_is_the_role => |case| {
        let desk = desk(world());
        let session = desk.cloud.session_env("KubernetesAdmin", "ann");
        hold(case, session.into_iter().fold(verify(&desk, ""), |typed, (name, value)| typed.env(&name, value)));
    };
    old_kubeconfig => |case| authority::former(case);
}
