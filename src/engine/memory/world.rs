//! The world behind the engine's ports.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use super::eks::MemoryEks;
use super::fault::Fault;
use super::front::CODE;
use super::gate::{Call, Gate, drive};
use super::iam::MemoryIam;
use super::kubernetes::MemoryCluster;
use super::state::{ACCOUNT, State};
use crate::engine::{
    AssumeRequest, CallError, CallErrorKind as K, CallResult, Connect, CredentialFacts, SecondFactor, TokenFacts,
    Writers,
};
use crate::model::{CallerIdentity, ClusterDescription, Principal};
use crate::token::RoleStep;

/// The state and the gate in front of it; clones share both.
#[derive(Clone)]
pub(super) struct World {
    state: Rc<RefCell<State>>,
    gate: Rc<Gate>,
    /// How many clients of the cluster's API were built.
    clients: Rc<Cell<usize>>,
    /// Whose clusters and regions are listed.
    account: String,
}

/// A role's session.
#[derive(Clone, Debug)]
pub(super) struct MemorySession {
    pub(super) role: Principal,
    pub(super) name: String,
}

impl World {
    /// A world in this state.
    pub(super) fn new(state: State) -> Self {
        Self {
            state: Rc::new(RefCell::new(state)),
            gate: Rc::default(),
            clients: Rc::default(),
            account: ACCOUNT.to_owned(),
        }
    }

    /// The same world as another account lists it.
    pub(super) fn of_account(&self, account: &str) -> Self {
        Self { account: account.to_owned(), ..self.clone() }
    }

    /// How many clients of the cluster's API were built, each with its own token.
    pub(super) fn clients(&self) -> usize {
        self.clients.get()
    }

    /// The account that it lists.
    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// Its current state.
    pub(super) fn state(&self) -> Ref<'_, State> {
        self.state.borrow()
    }

    /// Changes the state, as another client.
    pub(super) fn change(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.state.borrow_mut());
    }

    /// The gate, for its log.
    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Adds a fault.
    pub(super) fn arm(&self, fault: Fault) -> &Self {
        self.gate.arm(fault);
        self
    }

    /// Drives a piece of work; `None` if it was killed.
    pub(super) fn drive<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        drive(&self.gate, &self.state, work)
    }

    /// A call that reads.
    pub(super) async fn read<T: 'static>(
        &self,
        operation: &'static str,
        object: &str,
        act: impl Fn(&State) -> Result<T, K> + 'static,
    ) -> CallResult<T> {
        let call = Call { operation, object: object.to_owned(), writes: false };
        self.gate.ask(call, move |state| act(state)).await
    }

    /// A call that looks, while time passes.
    pub(super) async fn look<T: 'static>(
        &self,
        operation: &'static str,
        object: &str,
        act: impl Fn(&mut State) -> Result<T, K> + 'static,
    ) -> CallResult<T> {
        self.gate.ask(Call { operation, object: object.to_owned(), writes: false }, act).await
    }

    /// A call that changes something.
    pub(super) async fn write<T: 'static>(
        &self,
        operation: &'static str,
        object: &str,
        act: impl Fn(&mut State) -> Result<T, K> + 'static,
    ) -> CallResult<T> {
        self.gate.ask(Call { operation, object: object.to_owned(), writes: true }, act).await
    }
}

/// The signer: the cluster's creator, an administrator.
pub(super) fn creator() -> CallerIdentity {
    CallerIdentity {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/creator").parse().unwrap(),
        user_id: "AIDA".into(),
        signs_as: None,
    }
}

/// Whether a code is sent that the device does not show.
fn has_wrong_code(request: &AssumeRequest) -> bool {
    request.mfa.as_ref().is_some_and(|(_, code)| code != CODE)
}

impl Connect for World {
    type Iam = MemoryIam;
    type Eks = MemoryEks;
    type Cluster = MemoryCluster;
    type Session = MemorySession;

    async fn credentials(&self) -> CallResult<CredentialFacts> {
        let failed = |kind| CallError::new("aws:Credentials", "the default chain", kind, "said by the in-memory world");
        let facts = CredentialFacts {
            source: "memory".into(),
            access_key_id: "AKIAMEMORY".into(),
            expires_at: None,
            sign_in: None,
        };
        self.state().front.keyless.map_or(Ok(facts), |kind| Err(failed(kind)))
    }

    fn clock_ahead(&self) -> Option<i64> {
        self.state().front.ahead
    }

    async fn sign(&self, _: &str, _: &str, _: Option<&MemorySession>) -> CallResult<TokenFacts> {
        self.state().front.signed().map_err(|why| CallError::new("k8s:SignToken", "cluster dev", K::Invalid, why))
    }

    async fn caller(&self) -> CallResult<CallerIdentity> {
        self.read("sts:GetCallerIdentity", "", |state| Ok(state.front.caller.clone())).await
    }

    async fn regions(&self) -> CallResult<Vec<String>> {
        let account = self.account.clone();
        let list = move |state: &State| state.places.regions(&account);
        self.read("account:ListRegions", &self.account, list).await
    }

    async fn second_factor(&self, role: &RoleStep, _: &str) -> SecondFactor<MemorySession> {
        self.state().front.second_factor(&role.role_arn, role.session_name.as_deref())
    }

    async fn mfa_code(&self, _: &str) -> Result<String, String> {
        self.state().front.device.1.clone()
    }

    async fn assume(&self, request: &AssumeRequest) -> CallResult<MemorySession> {
        let asked = request.clone();
        let answer = self.read("sts:AssumeRole", &request.role_arn, move |state| {
            let role: Principal = asked.role_arn.parse().map_err(|_| K::Invalid)?;
            let known = state.roles.get(&role.name.to_ascii_lowercase());
            let is_refused = known.is_some_and(|known| !state.front.lets_assume(known, &asked));
            if state.lacks(&role) || is_refused || has_wrong_code(&asked) {
                return Err(K::AccessDenied);
            }
            Ok(MemorySession { role, name: asked.session_name.clone() })
        });
        answer.await.map_err(|error| match error.kind {
            K::AccessDenied if has_wrong_code(request) => CallError {
                message: "MultiFactorAuthentication failed with invalid MFA one time pass code".into(),
                ..error
            },
            _ => error,
        })
    }

    fn iam(&self) -> MemoryIam {
        MemoryIam(self.clone())
    }

    fn eks(&self, region: &str) -> MemoryEks {
        MemoryEks(self.clone(), region.to_owned())
    }

    async fn cluster(&self, _: &ClusterDescription, session: Option<&MemorySession>) -> CallResult<MemoryCluster> {
        if let Some(why) = &self.state().front.no_client {
            return Err(CallError::new("k8s:Connect", "cluster dev", K::Invalid, why));
        }
        self.clients.set(self.clients.get() + 1);
        Ok(MemoryCluster { world: self.clone(), session: session.cloned() })
    }
}

impl Writers for World {
    type IamWriter = MemoryIam;
    type EksWriter = MemoryEks;
    type ClusterWriter = MemoryCluster;

    fn iam_writer(&self) -> MemoryIam {
        self.iam()
    }

    fn eks_writer(&self, region: &str) -> MemoryEks {
        self.eks(region)
    }

    fn cluster_writer(&self, api: &MemoryCluster) -> MemoryCluster {
        api.clone()
    }
}
