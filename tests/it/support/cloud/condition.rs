//! The `Condition` block of a policy statement
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).

use serde_json::Value;

use super::policy::{Context, glob, list};

/// Whether every operator and key is met; a missing block always is.
pub fn holds(block: Option<&Value>, context: &Context) -> bool {
    let Some(Value::Object(operators)) = block else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().is_some_and(|keys| keys.iter().all(|(key, wanted)| one(operator, key, wanted, context)))
    })
}

fn one(operator: &str, key: &str, wanted: &Value, context: &Context) -> bool {
    let wanted: Vec<String> = list(Some(wanted))
        .into_iter()
        .map(|v| v.as_str().map_or_else(|| v.to_string(), |text| context.expand(text)))
        .collect();
    let actual = context.get(key);
    let (quantifier, operator) = operator.split_once(':').map_or(("", operator), |(q, o)| (q, o));
    if operator == "Null" {
        return wanted.iter().any(|w| (w == "true") == actual.is_none());
    }
    let (operator, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |o| (o, true));
    let negated = operator.contains("Not");
    let Some(actual) = actual else { return if_exists || negated || quantifier == "ForAllValues" };
    let matches = |value: &String| {
        let any = wanted.iter().any(|w| compare(operator, w, value));
        if negated { !any } else { any }
    };
    if quantifier == "ForAllValues" { actual.iter().all(matches) } else { actual.iter().any(matches) }
}

/// One comparison, without its negation.
fn compare(operator: &str, wanted: &str, actual: &str) -> bool {
    let numbers = || Some((wanted.parse::<f64>().ok()?, actual.parse::<f64>().ok()?));
    match operator {
        "StringEquals" | "StringNotEquals" => wanted == actual,
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" | "Bool" => wanted.eq_ignore_ascii_case(actual),
        "StringLike" | "StringNotLike" => glob(wanted, actual),
        "ArnEquals" | "ArnNotEquals" | "ArnLike" | "ArnNotLike" => arn_like(wanted, actual),
        "NumericEquals" | "NumericNotEquals" => numbers().is_some_and(|(w, a)| (w - a).abs() < f64::EPSILON),
        "NumericLessThan" => numbers().is_some_and(|(w, a)| a < w),
        "NumericLessThanEquals" => numbers().is_some_and(|(w, a)| a <= w),
        "NumericGreaterThan" => numbers().is_some_and(|(w, a)| a > w),
        "NumericGreaterThanEquals" => numbers().is_some_and(|(w, a)| a >= w),
        "DateLessThan" | "DateLessThanEquals" => actual < wanted,
        "DateGreaterThan" | "DateGreaterThanEquals" => actual > wanted,
        _ => false,
    }
}

/// Compares the six parts of an ARN separately.
fn arn_like(pattern: &str, arn: &str) -> bool {
    let (pattern, arn): (Vec<_>, Vec<_>) = (pattern.splitn(6, ':').collect(), arn.splitn(6, ':').collect());
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(p, a)| glob(p, a))
}
