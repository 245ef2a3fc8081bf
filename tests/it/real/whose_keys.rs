//! The AWS CLI itself, for each row of the table of signing keys.

use super::pasted::aws_cli;
use crate::keys::{Answer, Place, each};
use crate::support::control_plane::or_skip;

#[test]
fn the_aws_cli_uses_the_keys_that_the_table_says() {
    let Some(aws) = or_skip("the_aws_cli_uses_the_keys_that_the_table_says", aws_cli()) else { return };
    each(|row| {
        let place = Place::of(row);
        let ran = place.typed(row, &aws, "eks get-token --cluster-name dev --output json").run_any();
        let answer = Answer::of_token(&place, row, &ran);
        let said = ran.stderr.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
        let wrong = (answer != row.aws).then(|| format!("aws answers {answer} instead of {}; {said}", row.aws));
        wrong.into_iter().collect()
    });
}
