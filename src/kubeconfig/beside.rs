//! Settings of a kubeconfig user besides the options of its token tool. Pure.

use serde_yaml::Value;

use super::arguments::not_compared;
use super::texts::{only_sets, strings};

/// What else decides on a context's identity.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Beside {
    /// The program that the exec section runs.
    pub program: Option<String>,
    /// Whether the program before the tool only sets variables that are compared: `env AWS_PROFILE=work`.
    pub only_sets: bool,
    /// The field of the user that kubectl uses instead of the program, or in addition.
    pub field: Option<&'static str>,
    /// The variables of the section that may decide which keys sign, except the profile and the region.
    pub variables: Vec<String>,
    /// The arguments of the tool that are not compared.
    pub arguments: Vec<String>,
}

/// The variables that are compared, or that have no effect.
const COMPARED: [&str; 8] = [
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_PAGER",
    "AWS_DEFAULT_OUTPUT",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
];
/// Variables of other programs that select other keys or another connection.
const OTHERS: [&str; 10] = [
    "HOME",
    "PATH",
    "USERPROFILE",
    "HTTPS_PROXY",
    "https_proxy",
    "NO_PROXY",
    "no_proxy",
    "SSL_CERT_FILE",
    "LD_PRELOAD",
    "PYTHONPATH",
];

/// Reads a user's body; `field` is what kubectl uses besides the exec section, and `is_tool` recognises the commands of
/// token tools.
pub(super) fn beside(user: &Value, field: Option<&'static str>, is_tool: impl Fn(&str) -> bool) -> Beside {
    let exec = user.get("exec");
    let program = exec.and_then(|exec| exec.get("command")?.as_str());
    let args = strings(exec.and_then(|exec| exec.get("args")));
    let words: Vec<String> = program.map(str::to_owned).into_iter().chain(args).collect();
    let tool = words.iter().position(|word| is_tool(word)).unwrap_or(0);
    Beside {
        program: program.map(str::to_owned),
        only_sets: words[..tool].split_first().is_some_and(|(program, words)| only_sets(program, words)),
        field,
        variables: exec.map(variables).unwrap_or_default(),
        arguments: exec.map(not_compared).unwrap_or_default(),
    }
}

fn variables(exec: &Value) -> Vec<String> {
    let items = exec.get("env").and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
    let names = items.iter().filter_map(|item| item.get("name")?.as_str());
    let decides = |name: &&str| OTHERS.contains(name) || (name.starts_with("AWS_") && !COMPARED.contains(name));
    names.filter(decides).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(user: &str) -> Beside {
        beside(&serde_yaml::from_str(user).unwrap(), None, |word| matches!(word, "aws" | "eksaccess"))
    }

    #[test]
    fn a_tool_alone_has_nothing_beside_it() {
        let found = of("exec: {command: aws, args: [eks, get-token], env: [{name: AWS_PROFILE, value: p}]}");
        assert_eq!(found, Beside { program: Some("aws".into()), ..Beside::default() });
        assert_eq!(of("{}"), Beside::default());
    }

    #[test]
    fn env_may_set_the_profile_and_the_region_alone() {
        let only_sets =
            |args: &str| of(&format!("exec: {{command: env, args: [{args}, aws, eks, get-token]}}")).only_sets;
        assert!(only_sets("AWS_PROFILE=work"));
        assert!(only_sets("AWS_PROFILE=work, AWS_REGION=r"));
        assert!(!only_sets("-i, AWS_PROFILE=work"));
        assert!(!only_sets("AWS_ACCESS_KEY_ID=k"));
        assert!(!of("exec: {command: aws-vault, args: [exec, work, --, aws, eks, get-token]}").only_sets);
    }

    #[test]
    fn variables_that_may_select_other_keys_are_listed() {
        let names =
            ["AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "HOME"];
        for name in names {
            assert_eq!(of(&format!("exec: {{command: aws, env: [{{name: {name}, value: x}}]}}")).variables, [name]);
        }
        assert!(
            of("exec: {command: aws, env: [{name: TERM, value: x}, {name: AWS_REGION, value: r}]}")
                .variables
                .is_empty()
        );
    }
}
