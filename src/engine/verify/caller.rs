//! `credentials`, `clock`, `caller`: who signs, and whether AWS accepts it.

use std::time::SystemTime;

use jiff::Timestamp;

use super::link::{Chain, Link};
use crate::engine::call_error::{CallError, CallErrorKind as K};
use crate::engine::explain::explain;
use crate::engine::known::Known;
use crate::engine::port::{Connect, CredentialFacts};
use crate::error::shell_word;
use crate::model::CallerIdentity;

/// The clock skew from which AWS refuses a signature
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html>).
const MOST_SECONDS_OFF: i64 = 5 * 60;

/// The caller, and the identity that assumes the roles: the base credentials, if a role signs the account's calls.
/// `None` if one of the three links is broken.
pub(super) async fn links<C: Connect>(
    account: &Known<'_, C>,
    chain: &mut Chain,
) -> Option<(CallerIdentity, CallerIdentity)> {
    let world = account.world();
    let facts = match world.credentials().await {
        Ok(facts) => facts,
        Err(error) => {
            chain.add(no_credentials(&error))?;
            return None;
        }
    };
    let answer = account.caller().await;
    let ahead = world.clock_ahead();
    let is_off = ahead.is_some_and(|ahead| ahead.abs() > MOST_SECONDS_OFF);
    chain.add(match &answer {
        Err(error) if error.is(K::ExpiredCredentials) && !is_off => expired(&facts, error),
        _ => Link::ok("credentials", told(&facts)),
    })?;
    chain.add(clock(ahead))?;
    let base = account.base();
    let (link, found) = match (answer, base.caller().await) {
        (Ok(caller), Ok(signer)) => (Link::ok("caller", caller.arn.to_string()), Some((caller, signer))),
        (Err(error), _) => (refused(&facts, &error), None),
        (Ok(_), Err(error)) => match base.world().credentials().await {
            Ok(facts) => (refused(&facts, &error), None),
            Err(none) => (no_credentials(&none), None),
        },
    };
    chain.add(link)?;
    found
}

fn told(facts: &CredentialFacts) -> String {
    let end = facts.expires_at.map_or_else(String::new, |end| format!(", until {}", time(end)));
    format!("access key {} of {}{end}", facts.access_key_id, facts.source)
}

fn time(at: SystemTime) -> String {
    Timestamp::try_from(at).map_or_else(|_| "the far future".to_owned(), |t| t.strftime("%F %TZ").to_string())
}

fn no_credentials(error: &CallError) -> Link {
    let explained = explain("looking for credentials", error);
    let why = explained.causes.last().cloned().unwrap_or_default();
    let hint = match error.kind {
        K::NoCredentials => "aws sso login   (or aws configure; or name another profile with --profile)",
        _ => "aws configure list   (shows where credentials are looked for)",
    };
    Link::broken("credentials", format!("{}: {why}", explained.message), error.help.as_deref().unwrap_or(hint))
}

fn expired(facts: &CredentialFacts, error: &CallError) -> Link {
    let text = format!("access key {} of {} is expired: {error}", facts.access_key_id, facts.source);
    let hint = match (&facts.sign_in, facts.source.strip_prefix("profile ")) {
        (Some(command), _) => command.clone(),
        (None, Some(name)) => {
            let name = shell_word(name);
            format!("aws configure list --profile {name}   (shows where its keys come from; put the new ones there)")
        }
        (None, None) if facts.source.starts_with("the environment") => {
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN   (or export new ones)".to_owned()
        }
        (None, None) => format!("aws configure list   ({} gives the new ones)", facts.source),
    };
    Link::broken("credentials", text, hint)
}

fn clock(ahead: Option<i64>) -> Link {
    match ahead {
        None => Link::unknown("clock", "AWS sent no time"),
        Some(ahead) if ahead.abs() > MOST_SECONDS_OFF => {
            let minutes = ahead.abs() / 60;
            let side = if ahead > 0 { "behind" } else { "ahead of" };
            Link::broken(
                "clock",
                format!("this machine's clock is {minutes} min {side} AWS's, so its signatures are rejected"),
                "sudo timedatectl set-ntp true   (in a virtual machine: set its clock from the host's)",
            )
        }
        Some(ahead) => Link::ok("clock", format!("clock is off by {} s (limit {MOST_SECONDS_OFF} s)", ahead.abs())),
    }
}

fn refused(facts: &CredentialFacts, error: &CallError) -> Link {
    match error.kind {
        K::BadCredentials => Link::broken(
            "caller",
            format!("AWS rejects access key {} of {}: {error}", facts.access_key_id, facts.source),
            "aws configure list   (shows which keys are used; the key may be deleted, inactive or of another partition)",
        ),
        K::Unreachable => Link::broken(
            "caller",
            format!("STS can't be reached: {}", error.message),
            "curl -sv https://sts.amazonaws.com   (network, HTTPS_PROXY, NO_PROXY, AWS_CA_BUNDLE, --region)",
        ),
        _ => Link::broken("caller", error.to_string(), "aws sts get-caller-identity"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::verify::LinkState;

    #[test]
    fn five_minutes_are_the_limit_in_both_directions() {
        for (ahead, state) in [
            (Some(0), LinkState::Ok),
            (Some(300), LinkState::Ok),
            (Some(-300), LinkState::Ok),
            (Some(301), LinkState::Broken),
            (Some(-301), LinkState::Broken),
            (None, LinkState::Unknown),
        ] {
            assert_eq!(clock(ahead).state, state, "{ahead:?}");
        }
        assert!(clock(Some(720)).text.contains("12 min behind"), "AWS ahead means this machine is late");
        assert!(clock(Some(-720)).text.contains("12 min ahead of"));
    }
}
