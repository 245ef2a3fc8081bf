//! The arguments of an exec section that are not compared, as their effect on the tool is not known. Pure.

use serde_yaml::Value;

use super::exec::Tool;
use super::texts::strings;

/// The arguments of a tool that are compared elsewhere, or that affect neither the identity nor the target of a token.
struct Known {
    /// The words of its command.
    words: &'static [&'static str],
    /// Options with a value.
    valued: &'static [&'static str],
    /// Options without one.
    flags: &'static [&'static str],
}

/// By tool: `eksaccess token --help`; `aws eks get-token help`, which accepts `--role` for `--role-arn`
/// (<https://docs.aws.amazon.com/cli/latest/reference/eks/get-token.html>); `aws-iam-authenticator token --help`.
const fn known(tool: Tool) -> Known {
    match tool {
        Tool::Eksaccess => Known {
            words: &["token"],
            valued: &[
                "--cluster",
                "--cluster-name",
                "--cluster-id",
                "-i",
                "--role",
                "--role-arn",
                "-r",
                "--external-id",
                "-e",
                "--session-name",
                "-s",
                "--region",
                "--profile",
                "--color",
            ],
            flags: &["--no-cache", "--quiet", "-q", "--verbose", "-v"],
        },
        Tool::Aws => Known {
            words: &["eks", "get-token"],
            valued: &[
                "--cluster-name",
                "--cluster-id",
                "--role-arn",
                "--role",
                "--region",
                "--profile",
                "--output",
                "--color",
            ],
            flags: &["--no-cli-pager", "--debug"],
        },
        Tool::AwsIamAuthenticator => Known {
            words: &["token"],
            valued: &[
                "--cluster-id",
                "-i",
                "--role",
                "-r",
                "--external-id",
                "-e",
                "--session-name",
                "-s",
                "--region",
                "--log-format",
                "-l",
            ],
            flags: &["--cache"],
        },
    }
}

/// The arguments after the tool of an exec section that are not compared: options by their names, other words as `a
/// word`. Empty for a section without a known tool.
pub(super) fn not_compared(exec: &Value) -> Vec<String> {
    let command = exec.get("command").and_then(Value::as_str).map(str::to_owned);
    let all: Vec<String> = command.into_iter().chain(strings(exec.get("args"))).collect();
    let Some((at, tool)) = all.iter().enumerate().find_map(|(at, word)| Some((at, Tool::of_command(word)?))) else {
        return Vec::new();
    };
    let known = known(tool);
    let (mut words, mut rest, mut found) = (known.words.iter().peekable(), all[at + 1..].iter(), Vec::new());
    while let Some(argument) = rest.next() {
        let (name, attached) = match argument.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (argument.as_str(), None),
        };
        if words.next_if(|word| **word == name).is_some() || known.flags.contains(&argument.as_str()) {
            continue;
        }
        // `-idev`: a short option with its value.
        let is_joined = !name.starts_with("--") && name.get(..2).is_some_and(|short| known.valued.contains(&short));
        if is_joined && name.len() > 2 {
            continue;
        }
        let value =
            if known.valued.contains(&name) { attached.or_else(|| rest.next().map(String::as_str)) } else { None };
        match value {
            Some(value) if name != "--output" || value == "json" => {}
            _ if name.starts_with('-') => found.push(name.to_owned()),
            _ => found.push("a word".to_owned()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: &str, args: &str) -> Vec<String> {
        not_compared(&serde_yaml::from_str(&format!("{{command: {command}, args: [{args}]}}")).unwrap())
    }

    #[test]
    fn compared_arguments_are_not_listed() {
        for (command, args) in [
            ("eksaccess", "token, --cluster, dev, --region=eu-west-1, --role, r, -e, id, -sann, --profile, p, -q"),
            ("aws", "--region, eu-west-1, eks, get-token, --cluster-name, dev, --output, json, --role, r"),
            ("aws-iam-authenticator", "token, -i, dev, -r, r, --cache"),
            ("env", "AWS_PROFILE=p, aws, --profile, p, eks, get-token, --cluster-id, dev"),
            ("kubelogin", "get-token, --nope"),
        ] {
            assert_eq!(of(command, args), [""; 0], "{command} {args}");
        }
    }

    #[test]
    fn arguments_that_are_not_compared_are_listed_by_name() {
        for (command, args, told) in [
            ("eksaccess", "token, --cluster, dev, --nope", "--nope"),
            ("eksaccess", "token, --cluster, dev, --endpoint-url=http://u:p@h", "--endpoint-url"),
            ("eksaccess", "token, dev", "a word"),
            ("eksaccess", "token, --cluster", "--cluster"),
            ("eksaccess", "token, token, --cluster, dev", "a word"),
            ("aws", "eks, get-token, --cluster-name, dev, --output, text", "--output"),
            ("aws", "eks, get-token, --cluster-name, dev, --session-name, ann", "--session-name"),
            ("aws-iam-authenticator", "token, -i, dev, --token-only", "--token-only"),
            ("sh", "-c, x, eksaccess, token, --mfa-serial, m", "--mfa-serial"),
        ] {
            assert_eq!(of(command, args).first().map(String::as_str), Some(told), "{command} {args}");
        }
    }
}
