//! The file of `--accounts`: one account per line, `ID [ROLE|ROLE-ARN] [# comment]`. Pure.

use std::collections::BTreeMap;

use super::arn::{ArnError, MAX_ROLE_NAME, Partition, Principal, PrincipalKind, check_account, check_name, check_path};

/// One account of the list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedAccount {
    /// The account id.
    pub id: String,
    /// The role to assume there, as written, `NAME`, `PATH/NAME` or an ARN of that account: [`account_role`] turns it
    /// into an ARN.
    pub role: Option<String>,
}

/// Why a text is not a list of accounts.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AccountListError {
    /// An invalid line.
    #[error("line {line}: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// No line has an account.
    #[error("it names no account: expected a line `ID [ROLE]` for each")]
    Empty,
}

/// Reads the list. Blank lines and comments are skipped; foreign line ends and a byte-order mark are accepted.
///
/// # Errors
/// The first line that is not an account, or repeats one; an empty list.
pub fn parse(text: &str) -> Result<Vec<ListedAccount>, AccountListError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut seen = BTreeMap::new();
    let mut list = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let wrong = |why: String| AccountListError::Line { line: at + 1, why };
        let Some(account) = account(line).map_err(wrong)? else { continue };
        if let Some(first) = seen.insert(account.id.clone(), at + 1) {
            return Err(wrong(format!("account {} is in line {first} already", account.id)));
        }
        list.push(account);
    }
    if list.is_empty() { Err(AccountListError::Empty) } else { Ok(list) }
}

/// The account of a line, if it has one.
fn account(line: &str) -> Result<Option<ListedAccount>, String> {
    // Neither an id nor a role contains a `#`.
    let words = line.split('#').next().unwrap_or_default();
    let mut words = words.split_whitespace();
    let Some(id) = words.next() else { return Ok(None) };
    check_account(id).map_err(|error| error.to_string())?;
    let role = words.next();
    if let Some(more) = words.next() {
        return Err(format!("unexpected `{more}`: expected ID [ROLE|ROLE-ARN] [# comment]"));
    }
    if let Some(role) = role {
        // The caller decides on the partition; it does not affect the form of a name.
        account_role(Partition::Aws, id, role).map_err(|error| error.to_string())?;
    }
    Ok(Some(ListedAccount { id: id.to_owned(), role: role.map(str::to_owned) }))
}

/// Why a text does not name a role of an account.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AccountRoleError {
    /// Neither a name with or without a path nor an ARN.
    #[error("the role {0}")]
    Form(#[from] ArnError),
    /// The ARN of something other than a role.
    #[error("the role `{0}` is not a role's ARN")]
    Kind(String),
    /// A role of another account.
    #[error("the role {arn} belongs to an account other than {account}")]
    Account {
        /// The role.
        arn: String,
        /// The account of the line.
        account: String,
    },
}

/// The ARN of a role given as `NAME`, `PATH/NAME` or an ARN of that account; an ARN keeps its own partition.
///
/// # Errors
/// [`AccountRoleError`].
pub fn account_role(partition: Partition, account: &str, text: &str) -> Result<Principal, AccountRoleError> {
    if text.starts_with("arn:") {
        let arn: Principal = text.parse()?;
        if arn.kind != PrincipalKind::Role {
            return Err(AccountRoleError::Kind(text.to_owned()));
        }
        if arn.account != account {
            return Err(AccountRoleError::Account { arn: text.to_owned(), account: account.to_owned() });
        }
        return Ok(arn);
    }
    let bare = text.strip_prefix('/').unwrap_or(text);
    let (path, name) = bare.rsplit_once('/').map_or(("/".to_owned(), bare), |(path, name)| (format!("/{path}/"), name));
    check_path(&path)?;
    check_name("role", name, MAX_ROLE_NAME)?;
    Ok(Principal::role(partition, account, &path, name))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(id: &str, role: Option<&str>) -> ListedAccount {
        ListedAccount { id: id.to_owned(), role: role.map(str::to_owned) }
    }

    fn refusal(text: &str) -> String {
        parse(text).expect_err(text).to_string()
    }

    #[test]
    fn a_line_is_an_account_with_or_without_a_role() {
        let text = "# all of them\n\n111122223333\n  222233334444\tDeploy   # eu\n333344445555 team/ops/Deploy\n\
                    444455556666 arn:aws-cn:iam::444455556666:role/a/b#c\n   # end";
        assert_eq!(
            parse(text).unwrap(),
            [
                listed("111122223333", None),
                listed("222233334444", Some("Deploy")),
                listed("333344445555", Some("team/ops/Deploy")),
                listed("444455556666", Some("arn:aws-cn:iam::444455556666:role/a/b")),
            ]
        );
    }

    #[test]
    fn line_ends_of_other_systems_and_a_byte_order_mark_are_taken() {
        let expected = [listed("111122223333", Some("Ops")), listed("222233334444", None)];
        assert_eq!(parse("\u{feff}111122223333 Ops\r\n\r\n222233334444\r\n").unwrap(), expected);
        assert_eq!(parse("\u{feff}# first\r\n111122223333 Ops # x\r\n222233334444").unwrap(), expected);
    }

    #[test]
    fn a_fault_is_reported_with_its_line() {
        for (text, told) in [
            (
                "111122223333\n\n1111-2222-3333",
                "line 3: `1111-2222-3333` is not an AWS account: expected twelve digits",
            ),
            ("11112222333", "line 1: `11112222333` is not an AWS account"),
            ("\u{661}11122223333", "is not an AWS account"),
            ("111122223333 A\n# x\n111122223333 B", "line 3: account 111122223333 is in line 1 already"),
            ("111122223333 A B", "line 1: unexpected `B`: expected ID [ROLE|ROLE-ARN] [# comment]"),
            ("111122223333,A", "line 1: `111122223333,A` is not an AWS account"),
            ("111122223333 a:b", "line 1: the role `a:b` is not a valid role name"),
            ("111122223333 team//Ops", "line 1: the role `/team//` is not an IAM path"),
            ("111122223333 team/", "line 1: the role `` is not a valid role name"),
            ("111122223333 arn:aws:iam::111122223333:user/a", "is not a role's ARN"),
            ("111122223333 arn:aws:sts::111122223333:assumed-role/a/b", "is not a role's ARN"),
            (
                "111122223333 arn:aws:iam::444455556666:role/Ops",
                "line 1: the role arn:aws:iam::444455556666:role/Ops belongs to an account other than 111122223333",
            ),
            ("111122223333 arn:aws:iam:role", "is not an ARN"),
            ("", "it names no account"),
            ("# 111122223333\n \t\r\n", "it names no account"),
        ] {
            let error = refusal(text);
            assert!(error.contains(told), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_role_is_its_accounts() {
        let role = |text: &str| account_role(Partition::AwsCn, "111122223333", text).unwrap().to_string();
        assert_eq!(role("Ops"), "arn:aws-cn:iam::111122223333:role/Ops");
        assert_eq!(role("team/ops/Deploy"), "arn:aws-cn:iam::111122223333:role/team/ops/Deploy");
        assert_eq!(role("/team/Deploy"), "arn:aws-cn:iam::111122223333:role/team/Deploy");
        assert_eq!(role("arn:aws:iam::111122223333:role/x/Ops"), "arn:aws:iam::111122223333:role/x/Ops");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "(\\PC|[0-9 \t#\r\n]){0,60}") {
            let lines = text.lines().count();
            match parse(&text) {
                Ok(list) => prop_assert!(!list.is_empty() && list.len() <= lines),
                Err(AccountListError::Line { line, .. }) => prop_assert!((1..=lines).contains(&line)),
                Err(AccountListError::Empty) => {}
            }
        }
    }
}
