//! The words of an exec section, and the effect of `env` before its program. Pure.

use serde_yaml::Value;

/// The variables that `env` may set without selecting keys that are not compared.
const COMPARED: [&str; 3] = ["AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"];

/// The texts of a list; other items are left out.
pub(super) fn strings(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_sequence).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether a program is `env` and only sets compared variables: the profile or the region.
pub(super) fn only_sets(program: &str, words: &[String]) -> bool {
    let name = |word: &String| word.split_once('=').map(|(name, _)| name.to_owned());
    let is_compared = |name: String| COMPARED.contains(&name.as_str());
    let is_env = program.rsplit('/').next() == Some("env");
    is_env && !words.is_empty() && words.iter().all(|word| name(word).is_some_and(is_compared))
}

/// The value of the variable that `env NAME=VALUE tool …` sets; also `None` if it changes the environment in another
/// way.
pub(super) fn assigned(before: &[String], name: &str) -> Option<String> {
    let assignments = before.iter().map(|word| word.split_once('=')).collect::<Option<Vec<_>>>()?;
    assignments.into_iter().rev().find(|(of, _)| *of == name).map(|(_, value)| value.to_owned())
}
