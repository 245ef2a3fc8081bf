//! Identity policies, as far as this tool needs them: the statement that allows assuming a role, and what else a policy
//! allows.

use serde_json::{Value, json};

use super::trust::{ASSUME_ROLE, statements, texts};

/// The policy that allows a group's members to assume exactly one role.
pub fn assume_role_policy(sid: &str, role_arn: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [assume_statement(sid, role_arn)]})
}

fn assume_statement(sid: &str, role_arn: &str) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": ASSUME_ROLE, "Resource": role_arn})
}

/// An existing policy changed so that it allows assuming the role: this program's statement (by Sid) is corrected or
/// added, every other one stays. An unchanged value is returned if the role is allowed already.
pub fn converge(old: &Value, sid: &str, role_arn: &str) -> Value {
    let list = statements(old);
    let ours = list.iter().position(|s| s["Sid"] == sid);
    let stale = ours.is_some_and(|i| texts(&list[i]["Resource"]) != [role_arn] || !statement_opens(list[i], role_arn));
    if !stale && opens(old, role_arn) {
        return old.clone();
    }
    let mut list: Vec<Value> = list.into_iter().cloned().collect();
    match ours {
        Some(i) => list[i] = assume_statement(sid, role_arn),
        None => list.push(assume_statement(sid, role_arn)),
    }
    let mut new = old.clone();
    new["Statement"] = Value::Array(list);
    new
}

/// Whether a policy allows assuming the role, by its exact name and without a condition.
pub fn opens(policy: &Value, role_arn: &str) -> bool {
    statements(policy).into_iter().any(|s| statement_opens(s, role_arn))
}

fn statement_opens(statement: &Value, role_arn: &str) -> bool {
    allows_assume(statement) && texts(&statement["Resource"]).iter().any(|r| r == role_arn) && !has_condition(statement)
}

/// What a policy allows besides assuming this role, one short text each; empty for nothing.
pub fn opens_besides(policy: &Value, role_arn: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(policy).into_iter().filter(|s| s["Effect"] == "Allow") {
        let resources = texts(&statement["Resource"]);
        let others: Vec<_> = resources.iter().filter(|r| *r != role_arn).collect();
        if allows_assume(statement) && statement["NotAction"].is_null() && is_only_assume(statement) {
            found.extend(others.iter().map(|r| format!("{ASSUME_ROLE} on {r}")));
            if !statement["NotResource"].is_null() {
                found.push(format!("{ASSUME_ROLE} on all except a list"));
            }
        } else {
            let actions = texts(&statement["Action"]);
            let what = if actions.is_empty() { "all actions except a list".to_owned() } else { actions.join(", ") };
            found.push(format!(
                "{what} on {}",
                if resources.is_empty() { "*".to_owned() } else { resources.join(", ") }
            ));
        }
    }
    found
}

fn is_only_assume(statement: &Value) -> bool {
    texts(&statement["Action"]).iter().all(|a| a.eq_ignore_ascii_case(ASSUME_ROLE))
}

fn allows_assume(statement: &Value) -> bool {
    statement["Effect"] == "Allow" && texts(&statement["Action"]).iter().any(|a| a.eq_ignore_ascii_case(ASSUME_ROLE))
}

fn has_condition(statement: &Value) -> bool {
    statement["Condition"].as_object().is_some_and(|c| !c.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

    #[test]
    fn a_policy_that_opens_the_role_is_left_alone_whatever_its_text() {
        for policy in [
            assume_role_policy("EksaccessKubernetesAdmin", ROLE),
            json!({"Statement": {"Effect": "Allow", "Action": ["sts:assumerole"], "Resource": [ROLE]}}),
            json!({"Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [ROLE, "arn:aws:iam::111122223333:role/x"]}]}),
        ] {
            assert_eq!(converge(&policy, "EksaccessKubernetesAdmin", ROLE), policy);
        }
    }

    #[test]
    fn only_our_statement_is_put_right() {
        let old = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Theirs", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"},
            {"Sid": "EksaccessKubernetesAdmin", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/old/KubernetesAdmin"}]});
        let new = converge(&old, "EksaccessKubernetesAdmin", ROLE);
        assert_eq!(new["Statement"][0], old["Statement"][0]);
        assert_eq!(new["Statement"][1]["Resource"], ROLE);
        assert_eq!(converge(&new, "EksaccessKubernetesAdmin", ROLE), new);
    }

    #[test]
    fn a_conditional_permission_does_not_open_the_role() {
        let old = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE,
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}]});
        assert_eq!(converge(&old, "S", ROLE)["Statement"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_else_a_group_opens_is_named() {
        assert!(opens_besides(&assume_role_policy("S", ROLE), ROLE).is_empty());
        let two = json!({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": [ROLE, "arn:aws:iam::111122223333:role/prod"]}});
        assert_eq!(opens_besides(&two, ROLE), ["sts:AssumeRole on arn:aws:iam::111122223333:role/prod"]);
        let all = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
        assert_eq!(opens_besides(&all, ROLE), ["* on *"]);
        let denied = json!({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}});
        assert!(opens_besides(&denied, ROLE).is_empty());
    }
}
