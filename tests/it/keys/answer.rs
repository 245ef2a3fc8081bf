//! The answers, in the words of the table.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;

use super::place::Place;
use super::row::Row;
use crate::support::desk::Ran;

/// The roles in the order in which they were assumed, and the keys that sign; or `error`.
pub(crate) struct Answer;

impl Answer {
    /// From a printed token, bare or inside a document.
    pub(crate) fn of_token(place: &Place, row: &Row, ran: &Ran) -> String {
        if ran.status != 0 {
            return "error".to_owned();
        }
        let Some((_, rest)) = ran.stdout.split_once("k8s-aws-v1.") else { return "no token".to_owned() };
        let text: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
        let url = String::from_utf8(URL_SAFE_NO_PAD.decode(text).expect("base64")).expect("a URL");
        let value = |name: &str| {
            let pairs = url.split(['?', '&']).filter_map(|pair| pair.split_once('='));
            let value = pairs.clone().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned());
            value.map(|value| percent_decode_str(&value).decode_utf8_lossy().into_owned())
        };
        let credential = value("X-Amz-Credential").expect("a credential");
        let mut parts = credential.split('/');
        let (id, region) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
        let signer = signer(place, id, value("X-Amz-Security-Token").as_deref());
        said(place, row, &signer, region)
    }

    /// From the cloud's calls: the caller of IAM, and the region of STS.
    pub(crate) fn of_calls(place: &Place, row: &Row) -> String {
        let calls = place.desk.cloud.calls();
        let asked = calls.iter().rev().find(|call| call.service == "iam").and_then(|call| call.caller.clone());
        let Some(caller) = asked else { return "error".to_owned() };
        let region = calls.iter().find(|call| call.operation == "GetCallerIdentity").map(|call| call.place.clone());
        said(place, row, name(&caller), &region.unwrap_or_default())
    }
}

/// The last part of a user's ARN, or the role's name of a session's.
fn name(arn: &str) -> &str {
    arn.split('/').nth(1).unwrap_or(arn)
}

fn said(place: &Place, row: &Row, signer: &str, region: &str) -> String {
    let calls = place.desk.cloud.calls();
    let assumed = calls.iter().filter(|call| call.operation == "AssumeRole" && call.done);
    let chain: Vec<&str> = assumed.filter_map(|call| call.caller.as_deref()).map(name).chain([signer]).collect();
    let region = if row.region { format!(" in {region}") } else { String::new() };
    format!("{}{region}", chain.join(" > "))
}

fn signer(place: &Place, id: &str, session: Option<&str>) -> String {
    let key = place.desk.cloud.edit(|state| state.keys.get(id).cloned());
    match key {
        None => "unknown keys".to_owned(),
        Some(key) if key.token.as_deref() == session => name(&key.caller.arn).to_owned(),
        Some(key) => format!("{} with another session token", name(&key.caller.arn)),
    }
}
