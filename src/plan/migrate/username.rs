//! The username of an entry, from that of its mapping.

use super::names::{ACCESS_KEY_ID, is_odd, literal};
use crate::aws_auth::EC2_PRIVATE_DNS_NAME;
use crate::error::one_line;
use crate::model::Principal;
use crate::model::access::default_entry_username;
use crate::plan::entry_names::Refused;

/// What the entry's username is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Named {
    /// This one.
    As(String),
    /// The one that EKS sets where none is sent.
    Default(String),
    /// A person has to say.
    Asks {
        /// Why the mapping's can't be kept.
        reason: String,
        /// A name that can be.
        proposal: Option<String>,
    },
}

/// The username that an entry can hold; `said` is the one that a person chose for it.
pub fn username(mapped: &str, principal: &Principal, said: Option<&str>) -> Named {
    let asks = |reason: String, proposal: Option<String>| Named::Asks { reason, proposal };
    if let Some(said) = said {
        return match Refused::of(said) {
            None if !said.is_empty() && !is_odd(said) => Named::As(said.to_owned()),
            None => asks(format!("`{}` can't be a username", one_line(said)), None),
            Some(refused) => {
                let reason = format!("the username {} can't be used: {}", one_line(said), refused.rule());
                asks(reason, proposed(said, &refused))
            }
        };
    }
    let text = literal(mapped, principal);
    if text.is_empty() {
        return Named::Default(default_entry_username(principal));
    }
    let shown = one_line(&text);
    if is_odd(&text) {
        let reason = format!(
            "the username `{shown}` has a line break, or a blank at its start or end, which an entry may not keep"
        );
        let trimmed: String = text.trim().chars().filter(|c| !c.is_control()).collect();
        return asks(reason, Some(trimmed).filter(|name| !name.is_empty() && Refused::of(name).is_none()));
    }
    if text.contains(ACCESS_KEY_ID) {
        let reason = format!("the username {shown} contains {ACCESS_KEY_ID}, which an entry does not expand");
        return asks(reason, None);
    }
    if text.contains(EC2_PRIVATE_DNS_NAME) {
        let reason = format!(
            "the username {shown} contains {EC2_PRIVATE_DNS_NAME}, which a STANDARD entry does not expand; today every session \
             that is not named after an EC2 instance is refused"
        );
        return asks(reason, None);
    }
    match Refused::of(&text) {
        None => Named::As(text),
        Some(refused) => {
            let reason = format!("the username {shown} can't be kept: {}", refused.rule());
            asks(reason, proposed(&text, &refused))
        }
    }
}

fn proposed(name: &str, refused: &Refused) -> Option<String> {
    match refused {
        Refused::NoColon { better, .. } => Some(better.clone()),
        Refused::Prefix(prefix) => {
            let rest = name.strip_prefix(prefix).filter(|rest| !rest.is_empty())?;
            Some(format!("user:{rest}"))
        }
    }
    .filter(|name| Refused::of(name).is_none())
}
