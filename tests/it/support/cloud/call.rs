//! One authenticated call.

use std::collections::BTreeMap;

use super::error::ApiError;
use super::policy::{Context, Decision};
use super::state::{Caller, State};
use super::wire::HttpRequest;

/// A call with a valid signature.
pub struct Call<'a> {
    pub state: &'a mut State,
    pub caller: Caller,
    pub operation: String,
    pub request: &'a HttpRequest,
    /// The region it was signed for.
    pub region: String,
    pub params: Params,
    /// A fault: every authorisation fails.
    pub denied: bool,
}

impl Call<'_> {
    /// Checks that the caller's identity policies allow an action; the refusal is worded as by AWS.
    pub fn authorize(&self, action: &str, resource: &str) -> Result<(), ApiError> {
        self.authorize_with(action, resource, &Context::default())
    }

    /// The same with condition keys of the call itself.
    pub fn authorize_with(&self, action: &str, resource: &str, extra: &Context) -> Result<(), ApiError> {
        let context = self.context(extra);
        let decision = match self.denied {
            true => Decision::ImplicitDeny,
            false => self.state.identity_decision(&self.caller, action, resource, &context),
        };
        let why = match decision {
            Decision::Allow => return Ok(()),
            Decision::ExplicitDeny => "with an explicit deny in an identity-based policy".to_owned(),
            Decision::ImplicitDeny => format!("because no identity-based policy allows the {action} action"),
        };
        let mut error = ApiError::access_denied(&self.caller.arn, action, resource, &why);
        if action.starts_with("eks:") || action.starts_with("account:") {
            "AccessDeniedException".clone_into(&mut error.code);
        }
        Err(error)
    }

    /// The caller's condition keys and those of the call.
    pub fn context(&self, extra: &Context) -> Context {
        let mut context = self.state.context_of(&self.caller);
        context.set("aws:RequestedRegion", &self.region);
        context.extend(extra);
        context
    }

    /// A page of a list, and the token of the next one, if any. `most` is AWS's own limit.
    pub fn page<T: Clone>(
        &self,
        items: &[T],
        token: Option<&str>,
        wanted: Option<usize>,
        most: usize,
    ) -> Result<(Vec<T>, Option<String>), ApiError> {
        let start = match token {
            None => 0,
            Some(token) => token
                .strip_prefix("page-")
                .and_then(|n| n.parse::<usize>().ok())
                .filter(|n| *n <= items.len())
                .ok_or_else(|| ApiError::new(400, "InvalidParameterException", "Invalid pagination token"))?,
        };
        let size = wanted.unwrap_or(most).min(self.state.settings.page_size.unwrap_or(most)).max(1);
        let end = (start + size).min(items.len());
        let next = (end < items.len()).then(|| format!("page-{end}"));
        Ok((items[start..end].to_vec(), next))
    }
}

/// The parameters of a query-protocol call.
#[derive(Clone, Debug, Default)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn required(&self, name: &str) -> Result<String, ApiError> {
        self.get(name).filter(|v| !v.is_empty()).map(str::to_owned).ok_or_else(|| {
            let field = name[..1].to_lowercase() + &name[1..];
            ApiError::validation("null", &field, "Member must not be null")
        })
    }

    /// `Name.member.1`, `Name.member.2`, … in order.
    pub fn list(&self, name: &str) -> Vec<String> {
        (1..).map_while(|n| self.get(&format!("{name}.member.{n}")).map(str::to_owned)).collect()
    }

    /// The fields of `Name.member.N.FIELD`.
    pub fn records(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        (1..)
            .map_while(|n| {
                let prefix = format!("{name}.member.{n}.");
                let fields: BTreeMap<String, String> = self
                    .0
                    .iter()
                    .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?.to_owned(), value.clone())))
                    .collect();
                (!fields.is_empty()).then_some(fields)
            })
            .collect()
    }

    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| ApiError::new(400, "MalformedInput", format!("{name} is no number: {text}")))
            })
            .transpose()
    }
}
