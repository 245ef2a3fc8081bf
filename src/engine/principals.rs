//! The mapped principals that exist in IAM.

use futures::future::{join, join_all};

use super::call_error::CallError;
use super::known::Known;
use super::port::{CallResult, Connect};
use super::sight::RESERVED_PATH;
use crate::aws_auth::{KnownPrincipals, Reading};
use crate::model::{CallerIdentity, Principal, PrincipalKind, Role};

/// How many principals are looked up concurrently; IAM throttles far more.
const AT_ONCE: usize = 10;

/// Looks up each mapped role and user of the caller's account, and the roles of Identity Center, in IAM. What can't be
/// read is not checked, and is a warning. The second result is the mapped roles.
pub async fn known_principals<C: Connect>(
    account: &Known<'_, C>,
    caller: &CallerIdentity,
    map: &Reading,
) -> (KnownPrincipals, Vec<Role>, Vec<String>) {
    let mut mapped: Vec<Principal> = map.mappings().filter_map(|m| Principal::as_matched(m.arn.trim()).ok()).collect();
    mapped.retain(|p| p.account == caller.arn.account && p.partition == caller.arn.partition);
    mapped.sort();
    mapped.dedup();
    let (mut principals, mut roles, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    let asking = async {
        let mut answers = Vec::new();
        for some in mapped.chunks(AT_ONCE) {
            answers.extend(join_all(some.iter().map(|p| look(account, p))).await);
        }
        answers
    };
    let (answers, reserved) = join(asking, account.roles_under(RESERVED_PATH)).await;
    for (principal, answer) in mapped.into_iter().zip(answers) {
        match answer {
            Ok(Look::Role(role)) => {
                principals.push(role.arn.clone());
                roles.push(*role);
            }
            Ok(Look::Other(found)) => principals.extend(found),
            Err(error) => {
                unseen.push(error);
                principals.push(principal);
            }
        }
    }
    let mut warnings: Vec<String> = unseen.first().map(|error| not_judged(unseen.len(), error)).into_iter().collect();
    match reserved {
        Ok(roles) => principals.extend(roles.into_iter().map(|role| role.arn)),
        Err(error) => warnings.push(format!("the roles of Identity Center can't be listed ({error})")),
    }
    let known =
        KnownPrincipals { accounts: vec![caller.arn.account.clone()], principals, ..KnownPrincipals::default() };
    (known, roles, warnings)
}

fn not_judged(count: usize, error: &CallError) -> String {
    format!("{count} of the mapped principals could not be looked up and were not checked ({error})")
}

/// A principal as found in IAM.
enum Look {
    Role(Box<Role>),
    /// Any other principal by its ARN; `None` if it does not exist.
    Other(Option<Principal>),
}

async fn look<C: Connect>(account: &Known<'_, C>, principal: &Principal) -> CallResult<Look> {
    match principal.kind {
        PrincipalKind::User => Ok(Look::Other(account.user(&principal.name).await?.and_then(|arn| arn.parse().ok()))),
        _ if principal.is_role() => {
            let role = account.role(&principal.name).await?;
            Ok(role.map_or(Look::Other(None), |role| Look::Role(Box::new(role))))
        }
        _ => Ok(Look::Other(Some(principal.clone()))),
    }
}
