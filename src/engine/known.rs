//! Facts shared by every cluster of an account, read once per run. Not for what a run changes, nor for what it waits
//! for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::OnceCell;

use super::port::{AssumeRequest, CallResult, Connect, IamRead, SecondFactor, Simulated};
use crate::model::{CallerIdentity, Group, Role};
use crate::token::RoleStep;

/// Answers by question. A question that is asked while its answer is awaited shares that answer.
#[derive(Debug)]
struct Memo<K, V>(RefCell<BTreeMap<K, Rc<OnceCell<V>>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Ord, V: Clone> Memo<K, V> {
    async fn get(&self, key: K, ask: impl Future<Output = V>) -> V {
        let cell = self.0.borrow_mut().entry(key).or_default().clone();
        cell.get_or_init(|| ask).await.clone()
    }
}

/// A role to assume, with its settings.
type Assumed = (String, String, Option<String>, Option<i32>, Option<(String, String)>);

fn key(request: &AssumeRequest) -> Assumed {
    let AssumeRequest { role_arn, session_name, external_id, duration, mfa } = request.clone();
    (role_arn, session_name, external_id, duration, mfa)
}

/// What is known of MFA, and a cached session with MFA, if any.
type Factor<S> = (Option<String>, Option<Rc<S>>);

/// One account, and its signer.
pub struct Known<'a, C: Connect> {
    world: &'a C,
    /// The base credentials, if a role signs the account's calls: they assume the roles.
    base: Option<&'a Known<'a, C>>,
    caller: OnceCell<CallResult<CallerIdentity>>,
    roles: Memo<String, CallResult<Option<Role>>>,
    users: Memo<String, CallResult<Option<String>>>,
    groups: Memo<String, CallResult<Option<Group>>>,
    listed: Memo<String, CallResult<Vec<Role>>>,
    simulated: Memo<(String, String, String, bool), CallResult<Simulated>>,
    sessions: Memo<Assumed, CallResult<Rc<C::Session>>>,
    waited: Memo<Assumed, CallResult<Rc<C::Session>>>,
    factors: Memo<(String, Option<String>, String), Factor<C::Session>>,
    codes: Memo<String, Result<String, String>>,
}

impl<'a, C: Connect> Known<'a, C> {
    /// An empty memory; makes no call.
    pub fn new(world: &'a C) -> Self {
        Self {
            world,
            base: None,
            caller: OnceCell::new(),
            roles: Memo::default(),
            users: Memo::default(),
            groups: Memo::default(),
            listed: Memo::default(),
            simulated: Memo::default(),
            sessions: Memo::default(),
            waited: Memo::default(),
            factors: Memo::default(),
            codes: Memo::default(),
        }
    }

    /// The same in an account with a signing role: the base credentials assume the roles there.
    #[must_use]
    pub fn assuming_as(self, base: &'a Self) -> Self {
        Self { base: Some(base), ..self }
    }

    /// The cloud itself, for what differs between clusters.
    pub const fn world(&self) -> &'a C {
        self.world
    }

    /// The credentials that assume the account's roles.
    pub fn base(&self) -> &Self {
        self.base.unwrap_or(self)
    }

    /// `sts:GetCallerIdentity`.
    pub async fn caller(&self) -> CallResult<CallerIdentity> {
        self.caller.get_or_init(|| self.world.caller()).await.clone()
    }

    /// `iam:GetRole`.
    pub async fn role(&self, name: &str) -> CallResult<Option<Role>> {
        self.roles.get(name.to_owned(), async { self.world.iam().get_role(name).await }).await
    }

    /// `iam:GetUser`.
    pub async fn user(&self, name: &str) -> CallResult<Option<String>> {
        self.users.get(name.to_owned(), async { self.world.iam().get_user(name).await }).await
    }

    /// `iam:GetGroup`, with its policies.
    pub async fn group(&self, name: &str) -> CallResult<Option<Group>> {
        self.groups.get(name.to_owned(), async { self.world.iam().get_group(name).await }).await
    }

    /// `iam:ListRoles`.
    pub async fn roles_under(&self, path_prefix: &str) -> CallResult<Vec<Role>> {
        self.listed.get(path_prefix.to_owned(), async { self.world.iam().list_roles(path_prefix).await }).await
    }

    /// `iam:SimulatePrincipalPolicy`.
    pub async fn simulate(&self, who: &str, action: &str, resource: &str, with_mfa: bool) -> CallResult<Simulated> {
        let key = (who.to_owned(), action.to_owned(), resource.to_owned(), with_mfa);
        self.simulated.get(key, async { self.world.iam().simulate(who, action, resource, with_mfa).await }).await
    }

    /// `sts:AssumeRole`, once for the same role with the same settings.
    pub async fn assume(&self, request: &AssumeRequest) -> CallResult<Rc<C::Session>> {
        self.sessions.get(key(request), async { self.world.assume(request).await.map(Rc::new) }).await
    }

    /// The same for a role that must propagate first: `trying` repeats the call until it succeeds, once for all that
    /// wait.
    pub async fn assume_at_last(
        &self,
        request: &AssumeRequest,
        trying: impl Future<Output = CallResult<C::Session>>,
    ) -> CallResult<Rc<C::Session>> {
        self.waited.get(key(request), async { trying.await.map(Rc::new) }).await
    }

    /// What is known of MFA for a role, in a region.
    pub async fn second_factor(&self, role: &RoleStep, region: &str) -> Factor<C::Session> {
        let look = async {
            let SecondFactor { serial, kept } = self.world.second_factor(role, region).await;
            (serial, kept.map(Rc::new))
        };
        // A cached session is found by the region of the STS that issued it.
        self.factors.get((role.role_arn.clone(), role.external_id.clone(), region.to_owned()), look).await
    }

    /// The code of a device: asked for once, as it is valid once.
    pub async fn mfa_code(&self, serial: &str) -> Result<String, String> {
        self.codes.get(serial.to_owned(), async { self.world.mfa_code(serial).await }).await
    }
}
