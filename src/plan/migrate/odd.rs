//! Lines that are not mappings of one principal: accounts, lines that no caller matches, texts that can't be read.

use super::look::Look;
use super::row::{Before, Decision, Row};
use crate::aws_auth::{AccountMapping, DataKey, Finding, Mapping, Problem, Rule};
use crate::error::{one_line, shell_word};
use crate::model::Principal;
use crate::model::arn::check_account;

/// The rules of `lint` that tell why no caller matches a line.
const WHY_UNMATCHED: [Rule; 9] = [
    Rule::SsoEntry,
    Rule::PaddedArn,
    Rule::Wildcard,
    Rule::Placeholder,
    Rule::NotAnArn,
    Rule::AssumedRoleArn,
    Rule::RolePath,
    Rule::OtherPartition,
    Rule::InvisibleCharacter,
];
/// The rules of `lint` about a line that counts which matter before it is migrated.
const WORTH_KNOWING: [Rule; 7] = [
    Rule::LeftEmpty,
    Rule::MisspelledField,
    Rule::RepeatedField,
    Rule::SwallowedLines,
    Rule::MergedGroups,
    Rule::InvisibleCharacter,
    Rule::UnknownTemplate,
];

/// The findings about one entry, of these rules.
fn about<'f>(findings: &'f [Finding], mapping: &Mapping, rules: &[Rule]) -> Vec<&'f Finding> {
    let is_its = |finding: &&Finding| {
        let place = finding.key.zip(finding.entry.as_ref().map(|entry| entry.index));
        place == Some((mapping.key, mapping.index)) && rules.contains(&finding.rule)
    };
    findings.iter().filter(is_its).collect()
}

/// What `lint` says about a line that counts.
pub fn notes(look: &Look<'_>, mapping: &Mapping) -> Vec<String> {
    about(&look.findings, mapping, &WORTH_KNOWING).into_iter().map(|finding| finding.today.clone()).collect()
}

/// A line that matches no caller.
pub fn unmatched(look: &Look<'_>, mapping: &Mapping) -> Decision {
    let said = about(&look.findings, mapping, &WHY_UNMATCHED);
    let reason = said.first().map_or_else(|| "no caller has this ARN".to_owned(), |finding| finding.today.clone());
    let meant = match &mapping.sso {
        Some(sso) => {
            let is_own = look.evidence.cluster.as_ref().is_some_and(|cluster| cluster.account == sso.account_id);
            let name = format!("permission-set:{}", sso.permission_set_name);
            return Decision::MatchesNone {
                reason,
                command: is_own.then(|| look.command_for(mapping, &name)).flatten(),
            };
        }
        None => meant(&mapping.arn),
    };
    let partition = look.partition();
    let meant = meant.filter(|principal| partition.is_none_or(|partition| partition == principal.partition));
    let command = meant.and_then(|principal| {
        // A session is compared by its role, whose path its account may tell.
        let known = look.evidence.of(&principal).found().map_or_else(|| principal.entity(), |found| found.arn.clone());
        look.command(mapping, &known)
    });
    Decision::MatchesNone { reason, command }
}

/// The principal that a line without effect probably means.
fn meant(arn: &str) -> Option<Principal> {
    let principal = Principal::as_matched(arn.trim()).ok()?;
    (!principal.name.is_empty()).then_some(principal)
}

/// A line of `mapAccounts`.
pub fn account(look: &Look<'_>, index: usize, account: &AccountMapping) -> Row {
    let all = &look.reading.accounts;
    let first = all.iter().position(|other| other.account == account.account).filter(|first| *first < index);
    let number = &account.account;
    let decision = match first {
        Some(first) => Decision::Shadowed {
            key: DataKey::MapAccounts,
            line: look.place(DataKey::MapAccounts, (all[first].line, all[first].column)).0,
            reason: "the account is listed earlier",
        },
        None if check_account(number).is_err() => {
            let reason =
                format!("matches no caller: `{}` is not an account ID, which has twelve digits", one_line(number));
            Decision::MatchesNone { reason, command: None }
        }
        None => {
            let take_out = look.evidence.cluster.as_ref().map(|cluster| {
                format!(": eksaccess map --cluster {} --remove --account {number}", shell_word(&cluster.to_string()))
            });
            let reason = format!(
                "every identity of account {number} has access, and an entry is for a single principal: give the roles and users \
                 that need access entries of their own, then remove the account{}",
                take_out.unwrap_or_default()
            );
            Decision::ByHand { reason, blocks_api: true }
        }
    };
    let (line, column) = look.place(DataKey::MapAccounts, (account.line, account.column));
    let before = Before { arn: number.clone(), ..Before::default() };
    Row { key: DataKey::MapAccounts, index: Some(index), line, column, before, decision, notes: Vec::new() }
}

/// What the control plane does not read at all: entries that it drops, and texts that it can't parse.
pub fn unread(look: &Look<'_>) -> Vec<Row> {
    let row = |key: DataKey, index: Option<usize>, at: (usize, usize), reason: String| {
        let (line, column) = look.place(key, at);
        let decision = Decision::MatchesNone { reason, command: None };
        Row { key, index, line, column, before: Before::default(), decision, notes: Vec::new() }
    };
    let of = |problem: &Problem| match problem {
        Problem::Unreadable { key, line, column, cause, .. } => {
            let reason = format!("the control plane drops all of {key}: {cause}; fix it before migrating");
            Some(row(*key, None, (*line, *column), reason))
        }
        Problem::Dropped { key, index, line, column, cause } => {
            Some(row(*key, Some(*index), (*line, *column), format!("the control plane drops this entry: {cause}")))
        }
        Problem::IgnoredRest { key, line, .. } => {
            Some(row(*key, None, (*line, 1), "the control plane reads nothing from here on".to_owned()))
        }
        Problem::LeftEmpty { .. } | Problem::UnknownKey { .. } => None,
    };
    look.reading.problems.iter().filter_map(of).collect()
}
