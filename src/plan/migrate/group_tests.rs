//! Groups, row by row.

use super::evidence::Seen;
use super::fixture::{binding_options, evidence, found, holds, mapped, one, role, table, user};
use super::options::Options;
use super::row::{Gap, Turn};

const DEV: &str = "STANDARD arn:aws:iam::111122223333:role/Dev dev";

fn told(groups: &[&str]) -> String {
    one(&evidence(&mapped(&role("Dev"), "dev", groups), ""), &Options::default())
}

#[test]
fn a_group_is_kept_replaced_left_out_or_blocks() {
    for (groups, begin, words) in [
        (vec!["a", "b", "a"], format!("{DEV} [a b]"), vec![]),
        (vec![], format!("{DEV} []"), vec![]),
        (vec!["system:masters"], format!("{DEV} [] AmazonEKSClusterAdminPolicy (cluster) bridged"), vec![]),
        // The other groups stay beside the policy.
        (
            vec!["viewers", "system:masters", "ops"],
            format!("{DEV} [viewers ops] AmazonEKSClusterAdminPolicy (cluster)"),
            vec![],
        ),
        (vec!["system:authenticated", "a"], format!("{DEV} [a]"), vec![]),
        (vec!["", "a"], format!("{DEV} [a]"), vec![]),
        (vec!["team-{{AccountID}}"], format!("{DEV} [team-111122223333]"), vec![]),
        (vec!["system:nodes"], "by hand (blocks): ".into(), vec!["system:nodes is a group of nodes"]),
        (vec!["system:bootstrappers"], "by hand (blocks): ".into(), vec!["nodes or service accounts"]),
        (vec!["system:serviceaccounts"], "by hand (blocks): ".into(), vec![]),
        (vec!["system:serviceaccounts:kube-system"], "by hand (blocks): ".into(), vec![]),
        (vec!["t-{{SessionName}}"], "by hand (blocks): ".into(), vec!["differs from session to session"]),
        (vec!["t-{{SessionNameRaw}}"], "by hand (blocks): ".into(), vec![]),
        (vec!["t-{{AccessKeyID}}"], "by hand (blocks): ".into(), vec![]),
        // Nothing binds it.
        (vec!["system:basic-user"], format!("{DEV} []"), vec![]),
    ] {
        holds(&groups.join(","), &told(&groups), &begin, &words);
    }
}

#[test]
fn a_users_session_is_constant_in_groups_too() {
    let arn = "arn:aws:iam::111122223333:user/ann";
    let evidence = evidence("", &user(arn, "ann", &["t{{SessionName}}"]));
    holds("user", &one(&evidence, &Options::default()), &format!("STANDARD {arn} ann [t]"), &[]);
}

#[test]
fn a_system_group_gets_a_new_one_in_every_binding_that_names_it() {
    let map = mapped(&role("Dev"), "dev", &["system:ops", "a"]);
    let evidence = evidence(&map, "").with_bindings(&[
        (None, "wide", &["g:system:ops"]),
        (Some("shop"), "narrow", &["g:system:ops"]),
        (None, "other", &["g:a"]),
    ]);
    let asked = one(&evidence, &Options::default());
    let both = "ClusterRoleBinding wide, RoleBinding shop/narrow";
    holds(
        "asked",
        &asked,
        "asks --create-bindings: ",
        &["can't hold Group system:ops", both, "Group eksaccess:ops beside it", "| --create-bindings"],
    );
    let made = one(&evidence, &binding_options());
    let words = ["ClusterRoleBinding wide: Group eksaccess:ops", "RoleBinding shop/narrow: Group eksaccess:ops"];
    holds("made", &made, &format!("{DEV} [eksaccess:ops a]"), &words);
    assert!(!made.contains("other"), "{made}");
}

#[test]
fn bindings_that_can_not_be_read_leave_a_system_group_unmigrated() {
    let mut evidence = evidence(&mapped(&role("Dev"), "dev", &["system:ops"]), "");
    evidence.bindings = Seen::Unread("403 Forbidden".to_owned());
    holds("unread", &one(&evidence, &binding_options()), "by hand (blocks): ", &["system:ops", "403 Forbidden"]);
}

#[test]
fn a_renamed_user_is_named_beside_the_old_one() {
    let map = mapped(&role("Dev"), "{{SessionName}}", &[]);
    let evidence = evidence(&map, "").with_bindings(&[(Some("shop"), "ann", &["u:ann"])]);
    let said = [format!("{}=user:{{{{SessionName}}}}", role("Dev"))];
    let mut options = super::fixture::options(&[], &[&said[0]], &[]);
    holds("asked", &one(&evidence, &options), "asks --create-bindings: ", &["RoleBinding shop/ann"]);
    options.create_bindings = true;
    let made = one(&evidence, &options);
    holds("made", &made, "STANDARD ", &["RoleBinding shop/ann: User user:ann"]);
    let everyone = [format!("{}=everyone", role("Dev"))];
    options = super::fixture::options(&[], &[&everyone[0]], &[]);
    holds(
        "wider",
        &one(&evidence, &options),
        "by hand (blocks): ",
        &["shop/ann names User ann", "tells the sessions apart"],
    );
}

#[test]
fn the_gap_is_that_of_the_policy_alone() {
    let wish = |groups: &[&str], writes: bool| {
        let mut evidence = evidence(&mapped(&role("Dev"), "dev", groups), "");
        evidence.writes_kubernetes = writes;
        table(&evidence).rows[0].wish().unwrap().clone()
    };
    let told = |wish: &super::row::Wish| (wish.gap, wish.turn);
    assert_eq!(told(&wish(&["a"], false)), (Gap::None, Turn::Person));
    assert_eq!(told(&wish(&["system:masters"], true)), (Gap::Bridged, Turn::Administrator));
    assert_eq!(told(&wish(&["system:masters"], false)), (Gap::Announced, Turn::Administrator));
}

#[test]
fn a_policy_that_eks_does_not_offer_is_not_wished_for() {
    let mut evidence = evidence(&mapped(&role("Dev"), "dev", &["system:masters"]), "");
    evidence.policies = Some(vec!["arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy".to_owned()]);
    holds("not offered", &one(&evidence, &Options::default()), "by hand (blocks): ", &["does not offer"]);
    evidence.policies = Some(vec!["arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy".to_owned()]);
    holds("offered", &one(&evidence, &Options::default()), DEV, &["AmazonEKSClusterAdminPolicy"]);
}

#[test]
fn a_workload_with_all_rights_is_offered_a_group() {
    let services = found(&role("Dev"), Some(&["pods.eks.amazonaws.com"]));
    let evidence = evidence(&mapped(&role("Dev"), "dev", &["system:masters"]), "").with(&role("Dev"), services);
    let notes = table(&evidence).rows[0].notes.join("\n");
    assert!(notes.contains("kubectl create clusterrolebinding eksaccess:Dev --clusterrole cluster-admin"), "{notes}");
    assert!(notes.contains("--kubernetes-group eksaccess:Dev"), "{notes}");
}

#[test]
fn what_holds_for_all_is_said_once() {
    let map = mapped(&role("A"), "a", &["system:masters"]) + &mapped(&role("B"), "b", &["system:masters"]);
    let notes = table(&evidence(&map, "")).notes.join("\n");
    for words in ["AmazonEKSClusterAdminPolicy grants all rights", "admission policies may match"] {
        assert_eq!(notes.matches(words).count(), 1, "{notes}");
    }
    assert!(!notes.contains("AmazonEKSAdminPolicy"), "{notes}");
    assert!(table(&evidence(&mapped(&role("A"), "a", &["g"]), "")).notes.is_empty());
}
