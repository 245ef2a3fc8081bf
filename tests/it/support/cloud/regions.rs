//! Account Management: the regions of an account
//! (<https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html>).

use serde_json::{Value, json};

use super::call::Call;
use super::error::ApiError;
use super::policy::texts;
use eksaccess::model::arn::Partition;

/// The path of the one operation.
pub const PATH: &str = "/listRegions";

/// The commercial regions that an account has by default, and some that need to be enabled.
const COMMERCIAL: [(&str, &str); 7] = [
    ("af-south-1", "DISABLED"),
    ("ap-east-1", "DISABLED"),
    ("eu-central-1", "ENABLED_BY_DEFAULT"),
    ("eu-west-1", "ENABLED_BY_DEFAULT"),
    ("me-south-1", "DISABLED"),
    ("us-east-1", "ENABLED_BY_DEFAULT"),
    ("us-west-2", "ENABLED_BY_DEFAULT"),
];

/// Carries out `ListRegions` and returns the body of its reply.
pub fn list(call: &mut Call) -> Result<Value, ApiError> {
    let (partition, account) = (call.caller.partition, &call.caller.account);
    call.authorize("account:ListRegions", &format!("arn:{partition}:account::{account}:account"))?;
    let body = call.request.json()?;
    let wanted = texts(body.get("RegionOptStatusContains"));
    let size = match body.get("MaxResults").map(Value::as_u64) {
        None => None,
        Some(Some(size @ 1..=50)) => usize::try_from(size).ok(),
        Some(_) => return Err(ApiError::new(400, "ValidationException", "MaxResults must be between 1 and 50")),
    };
    let all: Vec<(&str, &str)> = match partition {
        Partition::Aws => COMMERCIAL.to_vec(),
        other => vec![(other.iam_region(), "ENABLED_BY_DEFAULT")],
    };
    let shown: Vec<Value> = all
        .into_iter()
        .filter(|(_, status)| wanted.is_empty() || wanted.contains(status))
        .map(|(name, status)| json!({ "RegionName": name, "RegionOptStatus": status }))
        .collect();
    let token = body.get("NextToken").and_then(Value::as_str);
    let (page, next) = call.page(&shown, token, size, 50)?;
    let mut fields = json!({ "Regions": page });
    if let Some(next) = next {
        fields["NextToken"] = json!(next);
    }
    Ok(fields)
}
