//! What is the same for every cluster of an account: looked at once a run, however many clusters ask. Not for what a run
//! changes, nor for what it waits for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::OnceCell;

use super::port::{AssumeRequest, CallResult, Connect, IamRead, SecondFactor, Simulated};
use crate::model::{CallerIdentity, Group, Role};
use crate::token::RoleStep;

/// Answers by what was asked. A question that is asked again while its answer is awaited gets that answer.
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

/// A role that is assumed, and with what.
type Assumed = (String, String, Option<String>, Option<i32>, Option<(String, String)>);

fn key(request: &AssumeRequest) -> Assumed {
    let AssumeRequest { role_arn, session_name, external_id, duration, mfa } = request.clone();
    (role_arn, session_name, external_id, duration, mfa)
}

/// What is known of MFA, and whether a session that was made with it is kept.
type Factor<S> = (Option<String>, Option<Rc<S>>);

/// One account, and who signs there.
pub struct Known<'a, C: Connect> {
    world: &'a C,
    /// The base credentials, where a role signs the account's calls: they assume the roles.
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
    /// Nothing is known yet, and no call is made.
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

    /// The same in an account that a role signs for: the base credentials assume the roles there.
    #[must_use]
    pub fn assuming_as(self, base: &'a Self) -> Self {
        Self { base: Some(base), ..self }
    }

    /// The cloud itself, for what is another in each cluster.
    pub const fn world(&self) -> &'a C {
        self.world
    }

    /// Those who assume the account's roles.
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

    /// The same where the role is waited for, by a future that tries until it is known: once, however many wait for it.
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
        // A kept session is found by the region whose STS gave it.
        self.factors.get((role.role_arn.clone(), role.external_id.clone(), region.to_owned()), look).await
    }

    /// The code that a device shows: asked for once, since it is taken once.
    pub async fn mfa_code(&self, serial: &str) -> Result<String, String> {
        self.codes.get(serial.to_owned(), async { self.world.mfa_code(serial).await }).await
    }
}
