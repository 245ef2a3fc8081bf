//! Why the text given as an ARN is not that of a role or a user.

use crate::model::arn::{Partition, Principal, why_not_principal};

/// Why no caller can have this ARN, and what was meant if that is clear.
pub(super) fn why_not(arn: &str) -> (String, Option<String>) {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [head, partition, service, region, account, resource] = parts[..] else {
        return without_parts(arn);
    };
    if !head.eq_ignore_ascii_case("arn") {
        return (format!("it begins with `{head}:`, not with `arn:`"), None);
    }
    if partition.to_ascii_lowercase().parse::<Partition>().is_err() {
        return (format!("`{partition}` is not a partition (aws, aws-cn, aws-us-gov, …)"), None);
    }
    let kind = resource.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let named = service.to_ascii_lowercase();
    if let Some(why) = why_not_principal(&named, &kind).filter(|_| !matches!(&*named, "iam" | "sts")) {
        return (why, None);
    }
    if !region.is_empty() {
        let meant = format!("{head}:{partition}:{service}::{account}:{resource}");
        return (format!("an IAM ARN has no region, and this one has `{region}`"), is_one(&meant));
    }
    if account.is_empty() {
        return ("it has no account (twelve digits between `::` and `:`)".to_owned(), None);
    }
    if !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return (format!("`{account}` is not an account: expected twelve digits"), None);
    }
    if account.len() != 12 {
        return (format!("the account `{account}` has {} digits, not twelve", account.len()), None);
    }
    if let Some(rest) = resource.strip_prefix(':') {
        let meant = format!("{head}:{partition}:{service}::{account}:{}", rest.trim_start_matches(':'));
        return ("there is one colon too many after the account".to_owned(), is_one(&meant));
    }
    of_resource(&format!("{head}:{partition}"), &named, account, resource).unwrap_or_else(|| {
        let error = Principal::as_matched(arn).err().map(|error| error.to_string());
        (error.unwrap_or_else(|| "it is not the ARN of a role or a user".to_owned()), None)
    })
}

fn without_parts(arn: &str) -> (String, Option<String>) {
    if arn.bytes().all(|byte| byte.is_ascii_digit()) && arn.len() == 12 {
        return ("it is an account's number; accounts are listed in mapAccounts".to_owned(), None);
    }
    let folded = arn.to_ascii_lowercase();
    if folded.contains("://") {
        return (
            "it is a URL, not an ARN: expected arn:PARTITION:iam::ACCOUNT:role/NAME or …:user/NAME".to_owned(),
            None,
        );
    }
    if let Some(meant) = is_one(&format!("arn:{arn}")) {
        return ("`arn:` is missing at the beginning".to_owned(), Some(meant));
    }
    let why = if folded.starts_with("arn:") {
        "it has too few parts: expected arn:PARTITION:iam::ACCOUNT:role/NAME or …:user/NAME"
    } else {
        "it is a name, not an ARN: expected arn:PARTITION:iam::ACCOUNT:role/NAME or …:user/NAME"
    };
    (why.to_owned(), None)
}

fn of_resource(head: &str, service: &str, account: &str, resource: &str) -> Option<(String, Option<String>)> {
    let (what, rest) = resource.split_once(['/', ':']).unwrap_or((resource, ""));
    let kind = what.to_ascii_lowercase();
    let iam = |rest: &str| is_one(&format!("{head}:iam::{account}:{rest}"));
    let said = |why: &str, meant: Option<String>| Some((why.to_owned(), meant));
    match (service, kind.as_str()) {
        ("iam", "group") => {
            Some((why_not_principal(service, &kind)?, Some("a role that the group may assume".to_owned())))
        }
        ("iam", "instance-profile") => {
            Some((why_not_principal(service, &kind)?, Some("the role in the instance profile".to_owned())))
        }
        ("iam", "assumed-role") => said(
            "an `assumed-role` ARN belongs to `sts`, and a session is compared by its role's ARN",
            iam(&format!("role/{}", rest.split('/').next().unwrap_or_default())),
        ),
        ("sts", "assumed-role") if !rest.contains('/') => said(
            "a session's ARN without a session name; a session is compared by its role's ARN",
            iam(&format!("role/{rest}")),
        ),
        ("sts", "role" | "user") => said("a role or a user belongs to `iam`, not to `sts`", iam(resource)),
        ("iam", "role" | "user") if !resource.contains('/') => {
            let why = format!("a slash and the name must follow `{kind}`");
            Some((why, iam(&format!("{kind}/{rest}"))))
        }
        ("iam", "role" | "user") if rest.is_empty() || rest.ends_with('/') => {
            said(&format!("the name after `{what}/` is missing"), None)
        }
        ("iam", _) if why_not_principal(service, &kind).is_none() && !matches!(&*kind, "role" | "user") => {
            let word: String = kind.chars().take_while(char::is_ascii_alphabetic).collect();
            let name = resource.get(word.len() + 1..).unwrap_or_default();
            match word.as_str() {
                "role" | "user" if resource.is_char_boundary(word.len()) && !name.is_empty() => {
                    Some((format!("a slash and the name must follow `{word}`"), iam(&format!("{word}/{name}"))))
                }
                _ => said(&format!("`{resource}` is neither `role/NAME` nor `user/NAME`"), None),
            }
        }
        _ => Some((why_not_principal(service, &kind)?, None)),
    }
}

/// The text, where it is the ARN of a principal that can sign.
fn is_one(arn: &str) -> Option<String> {
    Principal::as_matched(arn).is_ok().then(|| arn.to_owned())
}

#[cfg(test)]
mod tests {
    use super::why_not;

    #[test]
    fn each_has_a_reason_of_its_own() {
        let iam = |rest: &str| format!("arn:aws:iam::111122223333:{rest}");
        for (arn, why, meant) in [
            ("Admin", "it is a name, not an ARN", None),
            ("111122223333", "an account's number", None),
            ("arn:aws:iam", "too few parts", None),
            ("arn:awz:iam::111122223333:role/A", "`awz` is not a partition", None),
            ("arn:aws:iam:us-east-1:111122223333:role/A", "has no region", Some(iam("role/A"))),
            ("arn:aws:iam:::role/A", "it has no account", None),
            ("arn:aws:iam::11112222333344:role/B", "has 14 digits, not twelve", None),
            ("arn:aws:iam::my-account:role/B", "`my-account` is not an account", None),
            ("arn:aws:iam::111122223333::role/C", "one colon too many", Some(iam("role/C"))),
            ("arn:aws:sts::111122223333:role/D", "to `iam`, not to `sts`", Some(iam("role/D"))),
            (&iam("group/devs"), "a group is not a principal", Some("a role that the group may assume".to_owned())),
            (&iam("instance-profile/N"), "not a principal", Some("the role in the instance profile".to_owned())),
            (&iam("policy/P"), "`policy/` is not a principal", None),
            (&iam("assumed-role/R/s"), "belongs to `sts`", Some(iam("role/R"))),
            ("arn:aws:sts::111122223333:assumed-role/R", "without a session", Some(iam("role/R"))),
            (&iam("role:R"), "a slash", Some(iam("role/R"))),
            (&iam("role"), "a slash", None),
            (&iam("role/a b"), "is not a valid role name", None),
            ("arn:aws:eks:::cluster/x", "`eks` is not `iam`", None),
            ("arn:aws:eks::111122223333:cluster/x", "`eks` is not `iam`", None),
        ] {
            let (found, then) = why_not(arn);
            assert!(found.contains(why), "{arn}: {found}");
            assert_eq!(then, meant, "{arn}");
        }
    }
}
