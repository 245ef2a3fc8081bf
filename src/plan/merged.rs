//! Merges the plans of many places: one list of steps to read, approve and carry out.
//!
//! Each place is planned with its own account, so a cluster's plan includes the steps of its account; the merged plan
//! has them once. Dependencies between a place's steps are preserved.

use super::ask::Ask;
use super::step::{Action, Step};
use super::whole::Plan;
use crate::model::Scope;

/// One plan over any number of places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// All steps, notes and warnings.
    pub plan: Plan,
    /// The place of each of its steps, counted from 0; a step of an account belongs to its first place.
    pub place_of: Vec<usize>,
    /// The ids of each place's steps in the merged plan, including its account's.
    pub steps_of: Vec<Vec<usize>>,
}

impl Merged {
    /// Adds the plan of the next place; `None` adds no step.
    pub fn add(&mut self, plan: Option<&Plan>) {
        let place = self.steps_of.len();
        let mut ids = Vec::new();
        for step in plan.iter().flat_map(|plan| &plan.steps) {
            let id = self.known(step).unwrap_or_else(|| self.push(step, &ids, place));
            ids.push(id);
        }
        if let Some(plan) = plan {
            add_new(&mut self.plan.notes, &plan.notes);
            add_new(&mut self.plan.warnings, &plan.warnings);
            add_new(&mut self.plan.basis, &plan.basis);
        }
        self.steps_of.push(ids);
    }

    /// The step of an account that another place's plan has already added.
    fn known(&self, step: &Step) -> Option<usize> {
        let is_same = |other: &&Step| other.scope == step.scope && other.action == step.action;
        matches!(step.scope, Scope::Account(..)).then(|| self.plan.steps.iter().find(is_same).map(|found| found.id))?
    }

    fn push(&mut self, step: &Step, ids: &[usize], place: usize) -> usize {
        let id = self.plan.steps.len() + 1;
        let after = step.after.iter().filter_map(|local| ids.get(local - 1)).copied().collect();
        let mut step = Step { id, after, ..step.clone() };
        if let Action::WriteAwsAuth(write) = &mut step.action {
            for local in write.edits.iter_mut().filter_map(|edit| edit.proven_by.as_mut()) {
                *local = ids.get(*local - 1).copied().unwrap_or(*local);
            }
        }
        self.plan.steps.push(step);
        self.place_of.push(place);
        id
    }

    /// Makes the additive steps in clusters need a confirmation too: the clusters were picked by a pattern rather than
    /// named.
    pub fn picked(&mut self) {
        for step in self.plan.steps.iter_mut().filter(|step| !matches!(step.scope, Scope::Account(..))) {
            if step.ask == Ask::No {
                step.ask = Ask::Picked;
            }
        }
    }
}

fn add_new<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClusterArn, Partition};

    fn account() -> Scope {
        Scope::Account(Partition::Aws, "111122223333".into())
    }

    fn cluster(name: &str) -> Scope {
        let arn: ClusterArn = format!("arn:aws:eks:eu-west-1:111122223333:cluster/{name}").parse().unwrap();
        Scope::Cluster(arn)
    }

    fn group(name: &str) -> Action {
        Action::CreateGroup { group: name.into() }
    }

    /// A role's step, one of the cluster that depends on it, and one of a file that depends on both.
    fn place(name: &str) -> Plan {
        let mut plan = Plan { notes: vec!["n".into(), name.into()], ..Plan::default() };
        let made = plan.push(&account(), Ask::No, &[], group("role"));
        let bound = plan.push(&cluster(name), Ask::No, &[Some(made)], group("bind"));
        plan.push(&Scope::File("kube".into()), Ask::No, &[Some(made), Some(bound)], group("file"));
        plan
    }

    #[test]
    fn a_step_of_an_account_is_made_once_and_every_cluster_waits_for_it() {
        let mut merged = Merged::default();
        for plan in [Some(place("a")), None, Some(place("b"))] {
            merged.add(plan.as_ref());
        }
        let all: Vec<_> = merged.plan.steps.iter().map(|step| (step.id, step.after.clone())).collect();
        assert_eq!(all, [(1, vec![]), (2, vec![1]), (3, vec![1, 2]), (4, vec![1]), (5, vec![1, 4])]);
        assert_eq!(merged.place_of, [0, 0, 0, 2, 2]);
        assert_eq!(merged.steps_of, [vec![1, 2, 3], vec![], vec![1, 4, 5]]);
        assert_eq!(merged.plan.notes, ["n", "a", "b"]);
    }

    #[test]
    fn one_place_is_its_own_plan() {
        let mut merged = Merged::default();
        merged.add(Some(&place("a")));
        assert_eq!(merged.plan, place("a"));
        assert_eq!(merged.plan.id(), place("a").id());
    }

    #[test]
    fn what_was_picked_asks_in_clusters_alone() {
        let mut merged = Merged::default();
        merged.add(Some(&place("a")));
        merged.picked();
        let asks: Vec<_> = merged.plan.steps.iter().map(|step| step.ask.clone()).collect();
        assert_eq!(asks, [Ask::No, Ask::Picked, Ask::Picked]);
    }
}
