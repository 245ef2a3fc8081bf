use super::*;

const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/dev";
const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/a/KubernetesAdmin";

fn eksaccess() -> ExecTool {
    ExecTool::Eksaccess { command: "/opt/bin/eksaccess".to_owned() }
}

fn build(tool: &ExecTool, needs: ExecNeeds<'_>) -> Result<ExecSpec, ExecError> {
    ExecSpec::build(tool, &ARN.parse().unwrap(), ROLE_ARN, needs)
}

fn read(yaml: &str) -> Option<ExecMeaning> {
    understand(&serde_yaml::from_str(yaml).unwrap())
}

#[test]
fn each_tool_gets_the_arguments_it_knows() {
    let none = ExecNeeds::default();
    let line = |tool: &ExecTool, needs| build(tool, needs).unwrap().args.join(" ");
    assert_eq!(line(&eksaccess(), none), format!("token --cluster dev --region eu-west-1 --role {ROLE_ARN}"));
    assert_eq!(
        line(&ExecTool::Aws, none),
        format!("--region eu-west-1 eks get-token --cluster-name dev --output json --role {ROLE_ARN}")
    );
    assert_eq!(line(&ExecTool::AwsIamAuthenticator, none), format!("token -i dev --region eu-west-1 -r {ROLE_ARN}"));
    let id = ExecNeeds { cluster_id: Some("uuid"), ..none };
    assert!(line(&eksaccess(), id).starts_with("token --cluster-id uuid --region"));
    assert!(line(&ExecTool::Aws, id).contains("get-token --cluster-id uuid --output"));
    assert!(line(&ExecTool::AwsIamAuthenticator, id).starts_with("token -i uuid "));
}

#[test]
fn what_a_tool_can_not_do_is_refused_with_the_reason() {
    let external = ExecNeeds { external_id: Some("x"), ..ExecNeeds::default() };
    let error = build(&ExecTool::Aws, external).unwrap_err().to_string();
    assert!(error.contains("external id") && error.contains("`aws`") && error.contains(ROLE_ARN), "{error}");
    assert!(build(&eksaccess(), external).unwrap().args.ends_with(&["--external-id".to_owned(), "x".to_owned()]));
    assert!(build(&ExecTool::AwsIamAuthenticator, external).is_ok());
    let mfa = ExecNeeds { mfa: true, ..ExecNeeds::default() };
    for tool in [ExecTool::Aws, ExecTool::AwsIamAuthenticator] {
        assert!(build(&tool, mfa).unwrap_err().to_string().contains("MFA"));
    }
    assert_eq!(build(&eksaccess(), mfa).unwrap().interactive_mode, "IfAvailable");
}

#[test]
fn a_profile_is_written_only_where_one_is_given() {
    let needs = ExecNeeds { profile: Some("work"), ..ExecNeeds::default() };
    for tool in [eksaccess(), ExecTool::Aws, ExecTool::AwsIamAuthenticator] {
        let without = build(&tool, ExecNeeds::default()).unwrap();
        assert!(without.env.is_empty() && without.to_value().get("env").is_none());
        assert_eq!(build(&tool, needs).unwrap().meaning().unwrap().profile.as_deref(), Some("work"));
    }
    assert_eq!(build(&ExecTool::Aws, needs).unwrap().env, [("AWS_PROFILE".to_owned(), "work".to_owned())]);
}

#[test]
fn what_is_built_is_understood() {
    for tool in [eksaccess(), ExecTool::Aws, ExecTool::AwsIamAuthenticator] {
        let external_id = tool.tool().carries_external_id().then_some("x=1");
        let spec = build(&tool, ExecNeeds { external_id, profile: Some("p"), ..ExecNeeds::default() }).unwrap();
        let meaning = spec.meaning().unwrap();
        assert_eq!(
            meaning,
            ExecMeaning {
                tool: tool.tool(),
                command: tool.command().to_owned(),
                wrapped: false,
                api_version: Some(API_VERSION.to_owned()),
                interactive_mode: Some("IfAvailable".to_owned()),
                cluster: Some("dev".to_owned()),
                region: Some("eu-west-1".to_owned()),
                role_arn: Some(ROLE_ARN.to_owned()),
                external_id: external_id.map(str::to_owned),
                session_name: None,
                profile: Some("p".to_owned()),
                profile_by_option: matches!(tool, ExecTool::Eksaccess { .. }),
            }
        );
    }
}

#[test]
fn every_spelling_of_the_peers_is_read() {
    for (yaml, cluster, role, region) in [
        ("{command: aws, args: [--region, r, eks, get-token, --cluster-name, c, --role, R]}", "c", "R", Some("r")),
        ("{command: aws, args: [eks, get-token, --cluster-name, c, --role-arn, R, --region, r]}", "c", "R", Some("r")),
        (
            "{command: aws, args: [eks, get-token, --cluster-id=c, --role=R], env: [{name: AWS_DEFAULT_REGION, value: d}, {name: AWS_REGION, value: r}]}",
            "c",
            "R",
            Some("r"),
        ),
        ("{command: /x/aws-iam-authenticator, args: [token, -i, c, -r, R]}", "c", "R", None),
        ("{command: heptio-authenticator-aws, args: [token, -ic, -r=R]}", "c", "R", None),
        (
            "{command: aws-iam-authenticator, args: [token], env: [{name: KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID, value: c}, {name: DEFAULT_ROLE, value: R}]}",
            "c",
            "R",
            None,
        ),
        (
            "{command: aws-iam-authenticator.exe, args: [token, --cluster-id, x, --cluster-id, c, --role, R]}",
            "c",
            "R",
            None,
        ),
        ("{command: 'C:\\bin\\eksaccess.exe', args: [token, --cluster, c, --role, R]}", "c", "R", None),
        (
            "{command: aws-vault, args: [exec, p, --, aws, eks, get-token, --cluster-name, c, --role, R]}",
            "c",
            "R",
            None,
        ),
    ] {
        let meaning = read(yaml).unwrap_or_else(|| panic!("{yaml}"));
        assert_eq!(meaning.cluster.as_deref(), Some(cluster), "{yaml}");
        assert_eq!(meaning.role_arn.as_deref(), Some(role), "{yaml}");
        assert_eq!(meaning.region.as_deref(), region, "{yaml}");
    }
    let rest =
        read("{command: aws-iam-authenticator, args: [token, -e, x, -s, n], env: [{name: AWS_PROFILE, value: p}]}");
    let rest = rest.unwrap();
    assert_eq!(
        (rest.external_id.as_deref(), rest.session_name.as_deref(), rest.profile.as_deref()),
        (Some("x"), Some("n"), Some("p"))
    );
}

#[test]
fn what_makes_no_token_for_eks_is_not_understood() {
    for yaml in [
        "{command: gke-gcloud-auth-plugin}",
        "{command: aws, args: [sts, get-caller-identity]}",
        "{command: aws, args: [get-token, eks]}",
        "{command: eksaccess, args: [verify]}",
        "{command: sh, args: [-c, aws eks get-token]}",
        "{args: [token]}",
        "null",
    ] {
        assert_eq!(read(yaml), None, "{yaml}");
    }
}

#[test]
fn an_option_is_changed_in_place() {
    let changed = |args: &[&str], flag: Flag| {
        let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        flag.put(&mut args, "NEW");
        args.join(" ")
    };
    assert_eq!(changed(&["token", "-r", "old", "-v"], ROLE_FLAG), "token -r NEW -v");
    assert_eq!(changed(&["token", "-rold"], ROLE_FLAG), "token -rNEW");
    assert_eq!(changed(&["token", "-r=old"], ROLE_FLAG), "token -r=NEW");
    assert_eq!(changed(&["token", "--role-arn=old"], ROLE_FLAG), "token --role-arn=NEW");
    assert_eq!(changed(&["token", "--role", "a", "--role", "b"], ROLE_FLAG), "token --role a --role NEW");
    assert_eq!(changed(&["token"], EXTERNAL_ID), "token --external-id NEW");
}

const ROLE_FLAG: Flag = super::ROLE;

#[test]
fn of_a_repeated_variable_the_last_counts_and_an_empty_one_is_ignored() {
    let env = "env: [{name: AWS_PROFILE, value: a}, {name: AWS_PROFILE, value: b}, {name: AWS_REGION, value: ''}]";
    let meaning = read(&format!("{{command: aws, args: [eks, get-token], {env}}}")).unwrap();
    assert_eq!((meaning.profile.as_deref(), meaning.region), (Some("b"), None));
}
