//! Several accounts in memory, each with a world of its own.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::world::World;
use crate::engine::{AccountRef, CallError, CallErrorKind, CallResult, Worlds};

/// The worlds by account; the role of a missing one is refused.
#[derive(Clone, Default)]
pub(super) struct MemoryWorlds(BTreeMap<AccountRef, Rc<World>>);

impl MemoryWorlds {
    /// Adds an account.
    pub(super) fn with(mut self, account: AccountRef, world: World) -> Self {
        self.0.insert(account, Rc::new(world));
        self
    }
}

impl Worlds for MemoryWorlds {
    type World = World;

    async fn at(&self, account: &AccountRef) -> CallResult<Rc<World>> {
        let role = account.role.clone().unwrap_or_default();
        let refused =
            || CallError::new("sts:AssumeRole", format!("role {role}"), CallErrorKind::AccessDenied, "refused");
        self.0.get(account).cloned().ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::State;
    use super::*;
    use crate::model::AuthMode;

    #[tokio::test]
    async fn an_account_has_its_own_world_and_an_unknown_one_refuses() {
        let other = AccountRef { id: Some("444455556666".into()), role: Some("Access".into()) };
        let worlds = MemoryWorlds::default().with(AccountRef::default(), World::new(State::new(AuthMode::Api)));
        assert!(worlds.at(&AccountRef::default()).await.is_ok());
        let error = worlds.at(&other).await.err().unwrap();
        assert!(error.is(CallErrorKind::AccessDenied));
        let worlds = worlds.with(other.clone(), World::new(State::new(AuthMode::Api)));
        let (first, second) = (worlds.at(&AccountRef::default()).await.unwrap(), worlds.at(&other).await.unwrap());
        assert!(!Rc::ptr_eq(&first, &second));
    }
}
