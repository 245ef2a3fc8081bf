//! `token` and another verb, for each row.

use std::path::Path;

use super::answer::Answer;
use super::place::Place;
use super::row::{Row, each};

#[test]
fn token_and_the_other_verbs_use_the_same_keys_as_the_aws_cli() {
    each(|row| {
        let place = Place::of(row);
        let program = Path::new(env!("CARGO_BIN_EXE_eksaccess"));
        let ran = place.typed(row, program, "token --cluster dev --token-only --no-cache").run_any();
        let token = Answer::of_token(&place, row, &ran);
        place.desk.cloud.clear_log();
        let asked = place.typed(row, program, "role --dry-run").run_any();
        let verb = Answer::of_calls(&place, row);
        let panics = [&ran, &asked].into_iter().any(|ran| ran.stderr.contains("a bug in this program"));
        let of_panic = panics.then(|| "it panics".to_owned());
        let of_token = judged(row, "token", &token, &ran.stderr);
        of_token.into_iter().chain(judged(row, "role", &verb, &asked.stderr)).chain(of_panic).collect()
    });
}

/// The fault of an answer.
fn judged(row: &Row, verb: &str, answer: &str, stderr: &str) -> Option<String> {
    let wanted = row.wanted();
    let said = stderr.lines().find(|line| line.starts_with("error")).unwrap_or_default();
    (answer != wanted).then(|| format!("{verb} answers {answer} instead of {wanted}; {said}"))
}

#[test]
fn every_difference_has_its_reason() {
    for row in super::row::rows() {
        assert_eq!(row.ours.is_some(), row.why.is_some(), "{}", row.name);
        assert_ne!(row.ours.as_ref(), Some(&row.aws), "{}", row.name);
    }
}
