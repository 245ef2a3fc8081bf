//! A plan as a whole: its steps in order, the facts behind them, and the id for an approval.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::ask::{Ask, Class};
use super::step::{Action, Step};
use crate::model::Scope;
use crate::model::hex::hex;

/// How much of the hash is in an id: 128 bits.
const ID_BYTES: usize = 16;

/// What would change, in order; the empty plan is "nothing to do".
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What the reader should know about the choices made.
    pub notes: Vec<String>,
    /// What the reader should be warned about.
    pub warnings: Vec<String>,
    /// The facts behind the plan besides its steps. They are part of the id and not shown.
    #[serde(skip)]
    pub basis: Vec<(String, Value)>,
}

impl Plan {
    /// A hash over the steps, the versions they were planned on and the facts behind them: the same id means the same
    /// work on the same state.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        for step in &self.steps {
            hash.update(serde_json::to_vec(step).unwrap_or_default());
        }
        for (what, value) in &self.basis {
            hash.update(serde_json::to_vec(&(what, canonical(value))).unwrap_or_default());
        }
        hex(&hash.finalize()[..ID_BYTES])
    }

    /// Makes a fact part of the id: if it changes, an approval becomes invalid.
    pub fn rest_on(&mut self, what: &str, value: impl Into<Value>) {
        self.basis.push((what.to_owned(), value.into()));
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The accounts of its steps.
    pub fn accounts(&self) -> BTreeSet<&str> {
        let scopes = self.steps.iter().map(|step| &step.scope);
        scopes
            .filter_map(|scope| match scope {
                Scope::Account(_, id) => Some(id.as_str()),
                Scope::Cluster(arn) => Some(arn.account.as_str()),
                Scope::File(_) => None,
            })
            .collect()
    }

    /// The worst class among the steps.
    pub fn class(&self) -> Option<Class> {
        self.steps.iter().map(|s| s.ask.class()).max()
    }

    /// Whether any of the steps needs a confirmation.
    pub fn asks(&self) -> bool {
        self.steps.iter().any(|step| step.ask != Ask::No)
    }

    /// Adds a step and returns its id.
    pub fn push(&mut self, scope: &Scope, ask: Ask, after: &[Option<usize>], action: Action) -> usize {
        let id = self.steps.len() + 1;
        let after = after.iter().flatten().copied().collect();
        self.steps.push(Step { id, scope: scope.clone(), ask, after, action });
        id
    }
}

/// A value in a canonical form, without what may differ between IAM's answers: the order of keys and lists, and lists
/// of one.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(canonical).collect();
            list.sort_by_key(Value::to_string);
            match <[Value; 1]>::try_from(list) {
                Ok([one]) => one,
                Err(list) => Value::Array(list),
            }
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_unstable();
            Value::Object(keys.into_iter().map(|key| (key.clone(), canonical(&map[key]))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn account() -> Scope {
        Scope::Account(crate::model::Partition::Aws, "111122223333".into())
    }

    fn plan(group: &str) -> Plan {
        let mut plan = Plan::default();
        plan.push(&account(), Ask::No, &[], Action::CreateGroup { group: group.into() });
        plan
    }

    fn resting_on(value: Value) -> String {
        let mut plan = plan("a");
        plan.rest_on("trust", value);
        plan.id()
    }

    #[test]
    fn the_id_names_the_steps_and_what_they_rest_on_and_nothing_else() {
        assert_eq!(plan("a").id(), plan("a").id());
        assert_ne!(plan("a").id(), plan("b").id());
        let noted = Plan { notes: vec!["x".into()], ..plan("a") };
        assert_eq!(noted.id(), plan("a").id());
        assert_ne!(resting_on(json!(1)), plan("a").id());
        assert_ne!(resting_on(json!(1)), resting_on(json!(2)));
        assert_eq!(plan("a").id().len(), 32, "128 bits");
    }

    #[test]
    fn what_iam_writes_in_another_way_is_the_same_basis() {
        let one = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["a", "b"]}}], "Version": "v"});
        let other = json!({"Version": "v", "Statement": {"Principal": {"AWS": ["b", "a"]}, "Effect": "Allow"}});
        assert_eq!(resting_on(one), resting_on(other));
    }

    #[test]
    fn a_basis_is_not_shown() {
        let mut plan = plan("a");
        plan.rest_on("trust", "secret");
        assert!(!serde_json::to_string(&plan).unwrap().contains("secret"));
    }

    #[test]
    fn the_worst_class_decides() {
        let mut plan = plan("a");
        assert_eq!(plan.class(), Some(Class::Additive));
        let ask = Ask::Overwrites("why".into());
        plan.push(&account(), ask, &[Some(1)], Action::CreateGroup { group: "b".into() });
        assert_eq!(plan.class(), Some(Class::Overwriting));
        assert_eq!(plan.steps[1].after, [1]);
        assert_eq!(Plan::default().class(), None);
    }
}
