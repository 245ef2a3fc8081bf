//! The inputs of the tests.

use super::state::ACCOUNT;
use crate::model::desired::DEFAULT_ROLE;
use crate::model::{AccessWish, AuthMode, GroupWish, MemberWish, Principal, RoleWish};
use crate::plan::{AccessChange, Desired};

/// All modes, for tests that hold in each.
pub(super) const MODES: [AuthMode; 3] = [AuthMode::ConfigMap, AuthMode::ApiAndConfigMap, AuthMode::Api];

/// The ARN of the role that [`bootstrap`] creates.
pub(super) const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/KubernetesAdmin";

/// `bootstrap --user …`.
pub(super) fn bootstrap(users: &[&str]) -> Desired {
    let group = GroupWish {
        name: "KubernetesAdmins".into(),
        role: DEFAULT_ROLE.into(),
        users: users.iter().copied().map(MemberWish::named).collect(),
    };
    Desired {
        role: Some(RoleWish { name: DEFAULT_ROLE.into(), ..RoleWish::default() }),
        group: Some(group),
        ..bound(AccessWish { principal: DEFAULT_ROLE.into(), is_default_role: true, ..AccessWish::default() })
    }
}

/// `map --principal role/NAME`, with options.
pub(super) fn binding(name: &str, say: impl FnOnce(&mut AccessWish)) -> Desired {
    let mut wish = AccessWish { principal: role_arn(name), ..AccessWish::default() };
    say(&mut wish);
    bound(wish)
}

fn bound(wish: AccessWish) -> Desired {
    Desired { access: Some(AccessChange::Bind(wish)), ..Desired::default() }
}

/// The ARN of a role without a path.
pub(super) fn role_arn(name: &str) -> String {
    let arn: Principal = format!("arn:aws:iam::{ACCOUNT}:role/{name}").parse().unwrap();
    arn.to_string()
}
