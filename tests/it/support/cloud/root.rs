//! The account's root user: it has all permissions except assuming a role.

use super::cloud::{ACCOUNT, Cloud, REGION};
use super::state::Caller;
use eksaccess::model::arn::{Partition, Principal};

impl Cloud {
    /// The environment of the default account's root user.
    pub fn root_env(&self) -> Vec<(String, String)> {
        let arn = Principal::root(Partition::Aws, ACCOUNT).to_string();
        let caller = Caller {
            partition: Partition::Aws,
            account: ACCOUNT.to_owned(),
            arn: arn.clone(),
            user_id: ACCOUNT.to_owned(),
            entity_id: ACCOUNT.to_owned(),
            entity_arn: arn,
            session: None,
            mfa: None,
            access_key_id: String::new(),
        };
        let (id, key) = self.edit(|state| state.issue("AKIA", false, None, caller));
        [
            ("AWS_ACCESS_KEY_ID", id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", key.secret.as_str()),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL", self.endpoint()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }
}
