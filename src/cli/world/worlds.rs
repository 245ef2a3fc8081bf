//! The worlds of a run's accounts: with the base credentials, or with a role of the account.
//!
//! A role signs every call in its account, including IAM's. The base credentials sign `GetCallerIdentity` and the
//! `AssumeRole` of a proof. The roles' sessions are kept in memory only.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::OnceCell;

use crate::aws::AssumedCredentials;
use crate::cli::world::connect::World;
use crate::engine::{AccountRef, AssumeRequest, CallError, CallErrorKind, CallResult, Connect, Worlds};
use crate::model::{Partition, Principal, PrincipalKind};
use crate::token::{Keys, RoleStep};

/// How the accounts' roles are assumed.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountRoles {
    /// `--account-external-id`.
    pub(crate) external_id: Option<String>,
    /// The name of the sessions.
    pub(crate) session_name: String,
}

/// The world of an account: decided once per run, for all concurrent uses.
type Opened = Rc<OnceCell<CallResult<Rc<World>>>>;

/// The accounts of a run.
#[derive(Debug)]
pub(crate) struct AccountWorlds {
    base: Rc<World>,
    roles: AccountRoles,
    opened: RefCell<BTreeMap<AccountRef, Opened>>,
    /// The account of the base credentials.
    home: OnceCell<CallResult<String>>,
    /// The base credentials' MFA session, from a single code.
    with_mfa: OnceCell<CallResult<Keys>>,
}

impl AccountWorlds {
    /// The accounts reachable from a world of the base credentials.
    pub(crate) fn new(base: World, roles: AccountRoles) -> Self {
        let (home, with_mfa) = (OnceCell::new(), OnceCell::new());
        Self { base: Rc::new(base), roles, opened: RefCell::default(), home, with_mfa }
    }

    async fn open(&self, account: &AccountRef) -> CallResult<Rc<World>> {
        let Some(role) = &account.role else {
            return match &account.id {
                Some(id) => self.at_home(id).await,
                None => Ok(self.base.clone()),
            };
        };
        let role = role_arn(account.id.as_deref(), role, Partition::of_region(self.base.region()))?;
        let request = AssumeRequest {
            role_arn: role.to_string(),
            session_name: self.roles.session_name.clone(),
            external_id: self.roles.external_id.clone(),
            ..AssumeRequest::default()
        };
        Ok(Rc::new(self.base.acting_as(self.assume(request).await?)))
    }

    /// The base credentials' own account, if named.
    async fn at_home(&self, id: &str) -> CallResult<Rc<World>> {
        let caller = || async { self.base.caller().await.map(|caller| caller.arn.account) };
        let home = self.home.get_or_init(caller).await.clone()?;
        if home == id {
            return Ok(self.base.clone());
        }
        let why =
            format!("the credentials belong to account {home}, and no role of account {id} was named to act through");
        Err(wrong(id, why))
    }

    /// A role's session; with MFA if the role is refused without it, and a device is known.
    async fn assume(&self, request: AssumeRequest) -> CallResult<AssumedCredentials> {
        let sts = match self.with_mfa.get() {
            Some(Ok(keys)) => self.base.config().sts_as(keys),
            _ => self.base.config().sts(),
        };
        let session = AssumedCredentials::new(sts, request.clone());
        let refused = match session.keys().await {
            Ok(_) => return Ok(session),
            Err(error) if !error.is(CallErrorKind::AccessDenied) => return Err(error),
            Err(error) => error,
        };
        let role = RoleStep {
            role_arn: request.role_arn.clone(),
            external_id: request.external_id.clone(),
            session_name: Some(request.session_name.clone()),
            ..RoleStep::default()
        };
        let Some(serial) = self.base.second_factor(&role, self.base.region()).await.serial else {
            return Err(refused);
        };
        let keys = self.with_mfa.get_or_init(|| self.session_with_mfa(&serial, &refused)).await.clone()?;
        let session = AssumedCredentials::new(self.base.config().sts_as(&keys), request);
        session.keys().await?;
        Ok(session)
    }

    /// The base credentials' MFA session, which assumes all accounts' roles: one code per run.
    async fn session_with_mfa(&self, serial: &str, refused: &CallError) -> CallResult<Keys> {
        let keys = self.base.config().base().keys().await?;
        if keys.session_token.is_some() {
            let why = format!(
                "{}; the credentials are already a session ({}), which can't use the MFA device {serial}",
                refused.message,
                self.base.config().base().source()
            );
            return Err(CallError { message: why, ..refused.clone() });
        }
        let code = self.base.mfa_code(serial).await.map_err(|why| {
            let message = format!("{}; the MFA code from {serial} was not given: {why}", refused.message);
            CallError { message, ..refused.clone() }
        })?;
        self.base.config().sts().session_token(serial, &code).await
    }
}

impl Worlds for AccountWorlds {
    type World = World;

    async fn at(&self, account: &AccountRef) -> CallResult<Rc<World>> {
        let opened = self.opened.borrow_mut().entry(account.clone()).or_default().clone();
        opened.get_or_init(|| self.open(account)).await.clone()
    }
}

/// The role of an account: by its ARN, which must be of that account, or by `NAME` or `PATH/NAME`.
fn role_arn(id: Option<&str>, role: &str, partition: Partition) -> CallResult<Principal> {
    let wrong = |why: String| match id {
        Some(id) => wrong(id, why),
        None => CallError::new("sts:AssumeRole", format!("role {role}"), CallErrorKind::Invalid, why),
    };
    let text = match id {
        _ if role.starts_with("arn:") => role.to_owned(),
        Some(id) => format!("arn:{partition}:iam::{id}:role/{}", role.trim_start_matches('/')),
        None => return Err(wrong("its account is not named".to_owned())),
    };
    let arn: Principal = text.parse().map_err(|error: crate::model::ArnError| wrong(error.to_string()))?;
    if arn.kind != PrincipalKind::Role {
        return Err(wrong(format!("{text} is not a role's ARN")));
    }
    match id.filter(|id| *id != arn.account) {
        Some(_) => Err(wrong(format!("{text} is a role of account {}", arn.account))),
        None => Ok(arn),
    }
}

fn wrong(account: &str, why: String) -> CallError {
    CallError::new("sts:AssumeRole", format!("account {account}"), CallErrorKind::Invalid, why)
}

#[cfg(test)]
#[path = "worlds_tests.rs"]
mod tests;
