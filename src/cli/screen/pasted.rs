//! Completes the commands of a hint for pasting, with the options of this run that select the account and region.

use crate::cli::args::GlobalArgs;
use crate::error::shell_word;

/// The options of this run that a command in a hint needs as well. The environment applies to the pasted command
/// anyway.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carried {
    profile: Option<String>,
    region: Option<String>,
    endpoint_url: Option<String>,
    assume_role_arn: Option<String>,
}

/// The text before a command in a hint.
const BEFORE: [&str; 7] = ["&& ", ": ", "; ", "(", "`", "(then ", ", then "];
/// The text after one.
const BEHIND: [&str; 8] = [" (", "  ", "; ", ", ", " && ", " > ", " | ", "`"];

impl Carried {
    /// From the command line.
    pub(crate) fn of(global: &GlobalArgs) -> Self {
        Self {
            profile: global.profile.clone(),
            region: global.region.clone(),
            endpoint_url: global.endpoint_url.clone(),
            assume_role_arn: global.assume_role_arn.clone(),
        }
    }

    /// A hint with the missing options added to its commands of this program and of the AWS CLI.
    pub(crate) fn complete(&self, hint: &str) -> String {
        let mut all = String::with_capacity(hint.len());
        let mut rest = hint;
        while let Some(at) = begin(&all, rest) {
            let (words, from) = rest.split_at(at);
            let (command, behind) = from.split_at(end(words, from));
            all.push_str(words);
            all.push_str(command);
            all.push_str(&self.lacking(command));
            rest = behind;
        }
        all + rest
    }

    /// Completes the hints of a document or event: of its error, and of its links.
    pub(crate) fn complete_document(&self, value: &mut serde_json::Value) {
        let Some(document) = value.as_object_mut() else { return };
        let complete = |of: &mut serde_json::Value| {
            if let Some(serde_json::Value::String(hint)) = of.get_mut("hint") {
                *hint = self.complete(hint);
            }
        };
        if let Some(error) = document.get_mut("error") {
            complete(error);
        }
        let links = document.get_mut("links").and_then(serde_json::Value::as_array_mut);
        links.into_iter().flatten().for_each(complete);
    }

    /// The options that a command lacks, each after a blank.
    fn lacking(&self, command: &str) -> String {
        let mut words = command.split(' ');
        let (is_ours, verb) = (words.next() == Some("eksaccess"), words.next().unwrap_or_default());
        let asks_nothing = if is_ours {
            matches!(verb, "history" | "completions" | "man") || has(command, "--help") || has(command, "--file")
        } else {
            command.starts_with("aws configure list-profiles")
        };
        if asks_nothing {
            return String::new();
        }
        let is_regional = is_ours || verb == "eks";
        let names_region = has(command, "--region") || (is_ours && command.contains(":eks:"));
        let options = [
            ("--profile", &self.profile, true),
            ("--region", &self.region, is_regional && !names_region),
            ("--endpoint-url", &self.endpoint_url, true),
            ("--assume-role-arn", &self.assume_role_arn, is_ours && verb != "token"),
        ];
        let wanted = options.into_iter().filter(|(name, _, is_for)| *is_for && !has(command, name));
        wanted.filter_map(|(name, value, _)| Some(format!(" {name} {}", shell_word(value.as_ref()?)))).collect()
    }
}

fn has(command: &str, option: &str) -> bool {
    command.split([' ', '=']).any(|word| word == option)
}

/// Where the next command begins, if there is one; `before` is the text before `rest`.
fn begin(before: &str, rest: &str) -> Option<usize> {
    let begins = |at: &usize| {
        let words = &rest[..*at];
        let is_behind = |mark: &&str| words.ends_with(*mark) || (words.is_empty() && before.ends_with(*mark));
        (words.is_empty() && before.is_empty()) || BEFORE.iter().any(is_behind)
    };
    let found = ["eksaccess ", "aws "].iter().flat_map(|program| rest.match_indices(program));
    found.map(|(at, _)| at).filter(begins).min()
}

/// Where a command ends; quoted text is skipped.
fn end(words: &str, command: &str) -> usize {
    let is_closed = words.ends_with('(') || words.ends_with("(then ");
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, c) in command.char_indices() {
        is_quoted ^= c == '\'' && !is_escaped;
        is_escaped = c == '\\' && !is_quoted;
        let rest = &command[at..];
        if !is_quoted && (BEHIND.iter().any(|mark| rest.starts_with(mark)) || (is_closed && c == ')')) {
            return at;
        }
    }
    command.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried() -> Carried {
        Carried { profile: Some("my p".into()), region: Some("eu-west-1".into()), ..Carried::default() }
    }

    #[test]
    fn a_command_gets_the_options_that_it_lacks() {
        for (hint, pasted) in [
            ("aws iam list-users", "aws iam list-users --profile 'my p'"),
            ("aws configure list   (which keys)", "aws configure list --profile 'my p'   (which keys)"),
            (
                r"aws iam get-user --user-name 'it'\''s'   (c)",
                r"aws iam get-user --user-name 'it'\''s' --profile 'my p'   (c)",
            ),
            (
                "look: aws eks list-clusters (or not)",
                "look: aws eks list-clusters --profile 'my p' --region eu-west-1 (or not)",
            ),
            ("eksaccess map --cluster d --region x", "eksaccess map --cluster d --region x --profile 'my p'"),
            (
                "eksaccess verify --cluster arn:aws:eks:us-east-1:1:cluster/d",
                "eksaccess verify --cluster arn:aws:eks:us-east-1:1:cluster/d --profile 'my p'",
            ),
            (
                "aws eks delete-access-entry --cluster-name d && eksaccess map --cluster d   (as an administrator)",
                "aws eks delete-access-entry --cluster-name d --profile 'my p' --region eu-west-1 && eksaccess map --cluster d --profile 'my p' --region eu-west-1   (as an administrator)",
            ),
            (
                "aws iam put-role-policy --policy-document '{\"a\": \"b (c); d\"}'   (e)",
                "aws iam put-role-policy --policy-document '{\"a\": \"b (c); d\"}' --profile 'my p'   (e)",
            ),
            (
                "eksaccess token -i d > /dev/null   (once)",
                "eksaccess token -i d --profile 'my p' --region eu-west-1 > /dev/null   (once)",
            ),
        ] {
            assert_eq!(carried().complete(hint), pasted);
        }
    }

    #[test]
    fn what_asks_no_cloud_or_says_it_already_stays() {
        for hint in [
            "eksaccess verify --cluster d --region r --profile p",
            "aws sso login --profile p",
            "aws configure list-profiles   (which there are)",
            "see its options: eksaccess map --help",
            "eksaccess lint --file maps.yaml",
            "the list is in: eksaccess history",
            "give the profile of aws sessions another name",
            "kubectl get nodes",
            "aws configure list-profiles",
        ] {
            assert_eq!(carried().complete(hint), hint);
        }
        assert_eq!(Carried::default().complete("aws iam list-users"), "aws iam list-users");
    }

    #[test]
    fn the_hints_of_a_document_are_pasted_too() {
        let tags = serde_json::json!({"hint": "aws iam list-users"});
        let link = serde_json::json!({"hint": "aws iam list-users", "text": "aws iam list-users"});
        let mut document = serde_json::json!({"links": [link], "plan": {"steps": [{"tags": tags}]}});
        carried().complete_document(&mut document);
        assert_eq!(document["plan"]["steps"][0]["tags"], tags, "it is what will be written");
        assert_eq!(document["links"][0]["hint"], "aws iam list-users --profile 'my p'");
        assert_eq!(document["links"][0]["text"], "aws iam list-users");
    }
}
