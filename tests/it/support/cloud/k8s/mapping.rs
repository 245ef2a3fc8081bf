//! The meaning of `aws-auth` for a caller, from the product's own reader, which is tested against the real
//! authenticator.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::state::Caller;
use super::template;
use eksaccess::aws_auth::{self, Reading, Who};

/// The meaning of a ConfigMap.
#[derive(Clone, Debug, Default)]
pub struct Mappings(Reading);

impl Mappings {
    pub fn read(config_map: &Value) -> Self {
        let data: BTreeMap<String, String> = config_map["data"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, text)| (key.clone(), text.as_str().unwrap_or_default().to_owned()))
            .collect();
        Self(aws_auth::read(&data))
    }

    /// Whether any entry names the caller, whatever its effect.
    pub fn names(&self, caller: &Caller) -> bool {
        !matches!(self.who(caller), Who::Nobody)
    }

    /// The username and groups of a caller, templates expanded.
    pub fn find(&self, caller: &Caller) -> Option<(String, Vec<String>)> {
        let found = match self.who(caller) {
            Who::Mapped(found) => found,
            // The control plane chooses one of them at random.
            Who::AtRandom(all) => all.into_iter().next()?,
            Who::Refused(_) | Who::Nobody => return None,
        };
        Some((found.username, found.groups))
    }

    fn who(&self, caller: &Caller) -> Who {
        let Ok(arn) = caller.arn.parse() else { return Who::Nobody };
        self.0.who(&aws_auth::Caller {
            arn,
            session: caller.session.clone(),
            access_key_id: Some(caller.access_key_id.clone()),
            private_dns_name: caller.session.as_deref().and_then(template::private_dns_name),
        })
    }
}
