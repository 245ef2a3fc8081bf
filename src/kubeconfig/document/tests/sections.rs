//! The fate of an existing exec section.

use super::merging::{BY_AWS, NEW};
use super::*;

#[test]
fn a_stated_tool_rewrites_the_section_and_keeps_what_is_beside_it() {
    let expected = BY_AWS
        .replace("      - --region\n      - eu-west-1\n      - eks\n      - get-token\n      - --cluster-name\n      - dev\n      - --output\n      - json\n      - --role\n", "      - token\n      - --cluster\n      - dev\n      - --region\n      - eu-west-1\n      - --role\n")
        .replace("command: aws\n", "command: eksaccess\n")
        .replace("interactiveMode: Never\n", "interactiveMode: Never\n      installHint: hint\n");
    produces(BY_AWS, &Wanted { exec_stated: true, ..wanted() }, &expected);
}

#[test]
fn a_tool_that_can_not_send_the_external_id_is_replaced() {
    let exec = spec(&eksaccess(), ARN, ROLE, ExecNeeds { external_id: Some("x-1"), ..ExecNeeds::default() });
    let text = merged(BY_AWS, &Wanted { exec, ..wanted() });
    assert!(text.contains("command: eksaccess") && text.contains("- --external-id\n      - x-1\n"), "{text}");
}

#[test]
fn an_entry_of_another_tool_that_says_the_same_is_left_alone() {
    produces(BY_AWS, &wanted(), BY_AWS);
    let merge = merge(BY_AWS, &wanted()).unwrap();
    assert_eq!((merge.context.as_str(), merge.user.as_str(), merge.cluster.as_str()), ("work", "me", ARN));
}

#[test]
fn arguments_of_the_same_tool_change_only_their_values() {
    let old = NEW.replace(
        "      - --role\n      - arn:aws:iam::111122223333:role/KubernetesAdmin\n",
        "      # who\n      - \"--role=arn:aws:iam::111122223333:role/kubernetesadmin\"\n      - --no-cache # slow\n",
    );
    let exec =
        spec(&eksaccess(), ARN, ROLE, ExecNeeds { external_id: Some("x"), profile: Some("p"), ..ExecNeeds::default() });
    let expected = old.replace("role/kubernetesadmin\"", "role/KubernetesAdmin\"").replace(
        "      - --no-cache # slow\n",
        "      - --no-cache # slow\n      - --external-id\n      - x\n      - --profile\n      - p\n",
    );
    produces(&old, &Wanted { exec, ..wanted() }, &expected);
}

#[test]
fn a_stated_profile_is_a_variable_for_the_other_tools() {
    let exec = spec(&ExecTool::Aws, ARN, ROLE, ExecNeeds { profile: Some("home"), ..ExecNeeds::default() });
    let aws = Wanted { exec: exec.clone(), exec_stated: true, ..wanted() };
    produces(BY_AWS, &aws, &BY_AWS.replace("\"work\"", "\"home\""));
    let other = BY_AWS.replace("AWS_PROFILE", "HTTPS_PROXY");
    produces(
        &other,
        &aws,
        &other.replace("value: \"work\"\n", "value: \"work\"\n      - name: AWS_PROFILE\n        value: home\n"),
    );
    let none = BY_AWS.replace("      env:\n      - name: AWS_PROFILE\n        value: \"work\"\n", "");
    produces(
        &none,
        &aws,
        &none.replace("Never\n", "Never\n      env:\n      - name: AWS_PROFILE\n        value: home\n"),
    );
}

#[test]
fn a_profile_among_the_arguments_is_changed_there() {
    let old = BY_AWS.replace("      - --region\n", "      - --profile=old\n      - --region\n");
    let old = old.replace("      env:\n      - name: AWS_PROFILE\n        value: \"work\"\n", "");
    let exec = spec(&ExecTool::Aws, ARN, ROLE, ExecNeeds { profile: Some("home"), ..ExecNeeds::default() });
    produces(&old, &Wanted { exec, exec_stated: true, ..wanted() }, &old.replace("profile=old", "profile=home"));
}

#[test]
fn the_full_path_of_the_same_tool_is_kept_and_another_one_changes_where_the_tool_is_stated() {
    for (path, stated) in [("/opt/eksaccess", false), ("bin/eksaccess", true)] {
        let old = NEW.replace("command: eksaccess", &format!("command: {path}"));
        produces(&old, &wanted(), &old);
        produces(&old, &Wanted { exec_stated: true, ..wanted() }, if stated { NEW } else { &old });
    }
    let wrapped = BY_AWS
        .replace("      - --region\n", "      - exec\n      - --\n      - aws\n      - --region\n")
        .replace("command: aws", "command: aws-vault");
    let exec = spec(&ExecTool::Aws, ARN, ROLE, ExecNeeds::default());
    produces(&wrapped, &Wanted { exec, exec_stated: true, ..wanted() }, &wrapped);
}

#[test]
fn an_api_version_that_kubectl_dropped_is_replaced() {
    let old = NEW.replace("io/v1beta1", "io/v1alpha1");
    produces(&old, &wanted(), NEW);
    let old = NEW.replace("io/v1beta1", "io/v1").replace("      interactiveMode: IfAvailable\n", "");
    let expected = old.replace("Info: false\n", "Info: false\n      interactiveMode: IfAvailable\n");
    produces(&old, &wanted(), &expected);
}
