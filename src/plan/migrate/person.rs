//! The row of a principal whose mapping decides: its entry, or the question that has to be answered first.

use std::collections::BTreeMap;

use super::bindings::{Addition, Subject, for_username};
use super::groups::{Grouped, groups};
use super::look::Look;
use super::names::literal;
use super::node::{AUTO_NODE_POLICY, NodeType, is_auto, is_own_username, lost_groups, own_username, shared};
use super::principal::Entity;
use super::row::{Answer, Decision, Gap, Question, Replaces, Turn, Wish};
use super::username::{Named, username};
use crate::aws_auth::Mapping;
use crate::error::{one_line, shell_word};
use crate::model::access::{CLUSTER_ADMIN_POLICY, STANDARD, access_policy_arn};
use crate::model::{AssociatedPolicy, PolicyScope, Principal};

/// A decision, and what a person should know besides.
pub type Decided = (Decision, Vec<String>);

fn by_hand(reason: String) -> Decided {
    (Decision::ByHand { reason, blocks_api: true }, Vec::new())
}

/// A mapping of nodes; `None` where it is not one.
pub fn node(look: &Look<'_>, mapping: &Mapping, entity: &Entity, found: &NodeType) -> Option<Decided> {
    let principal = &entity.principal;
    let entry_type = match found {
        NodeType::None => return None,
        NodeType::Stop(why) => return Some(by_hand(why.clone())),
        NodeType::Asks(why, types) => {
            let proposal =
                |entry_type: &&str| format!("--type-of {}", shell_word(&format!("{principal}={entry_type}")));
            let proposals = types.iter().map(proposal).collect();
            let reason = format!("{why}; a wrong type turns its nodes NotReady, so answer for one role at a time");
            return Some((Decision::Asks(vec![Question { reason, answer: Answer::TypeOf, proposals }]), Vec::new()));
        }
        NodeType::Is(entry_type) => *entry_type,
    };
    if let Some(cluster) = look.evidence.cluster.as_ref().filter(|cluster| cluster.account != principal.account) {
        return Some(by_hand(format!(
            "an entry of type {entry_type} must be for a role in the cluster's account {}, and this role is in {}",
            cluster.account, principal.account
        )));
    }
    if !is_own_username(entry_type, &mapping.username) {
        return Some(by_hand(format!(
            "the username of its nodes is {} today, an entry of type {entry_type} would make it {}, and a node can't change its \
             username",
            one_line(&mapping.username),
            own_username(entry_type)
        )));
    }
    let lost = lost_groups(&mapping.groups);
    if !lost.is_empty() {
        let lost: Vec<String> = lost.into_iter().map(one_line).collect();
        return Some(by_hand(format!(
            "an entry of type {entry_type} can't have groups of yours, so {} would be lost; give what needs them a role of \
             its own, then remove them from this mapping",
            lost.join(", ")
        )));
    }
    let needs_policy = entry_type == "EC2" && is_auto(principal, look.evidence);
    let policies: Vec<_> = needs_policy.then(|| policy(principal, AUTO_NODE_POLICY)).into_iter().collect();
    let wish = Wish {
        principal: principal.clone(),
        entry_type: entry_type.to_owned(),
        username: own_username(entry_type),
        is_default_username: true,
        groups: Vec::new(),
        gap: if policies.is_empty() { Gap::None } else { Gap::Announced },
        policies,
        bindings: Vec::new(),
        renamed_from: None,
        unproven: None,
        replaces: Replaces::Nothing,
        turn: Turn::Nodes,
    };
    Some((Decision::Becomes(Box::new(wish)), shared(principal, look.evidence).into_iter().collect()))
}

fn policy(principal: &Principal, name: &str) -> AssociatedPolicy {
    AssociatedPolicy { arn: access_policy_arn(principal.partition, name), scope: PolicyScope::Cluster }
}

/// The mapping of a person or a job.
pub fn person(look: &Look<'_>, mapping: &Mapping, entity: &Entity) -> Decided {
    let principal = &entity.principal;
    let grouped = match groups(&mapping.groups, principal, look.evidence) {
        Ok(grouped) => grouped,
        Err(why) => return by_hand(why),
    };
    if let Some(missing) = missing_policy(look, principal, &grouped) {
        return by_hand(missing);
    }
    let mut questions = Vec::new();
    let mut wish = standard(look, principal, &grouped);
    match username(&mapping.username, principal, look.options.username_of(principal)) {
        Named::As(name) => wish.username = name,
        Named::Default(name) => (wish.username, wish.is_default_username) = (name, true),
        Named::Asks { reason, proposal } => {
            let said = |name: String| format!("--username-of {}", shell_word(&format!("{principal}={name}")));
            let proposals = proposal.map(said).into_iter().collect();
            questions.push(Question { reason, answer: Answer::UsernameOf, proposals });
        }
    }
    if questions.is_empty()
        && let Err(why) = rename(look, mapping, &mut wish)
    {
        return by_hand(why);
    }
    questions.extend((!look.options.create_bindings).then(|| about_bindings(&wish)).flatten());
    let mut notes = grouped.notes;
    if !questions.is_empty() {
        return (Decision::Asks(questions), notes);
    }
    notes.extend(workload(look, mapping, &wish));
    (Decision::Becomes(Box::new(wish)), notes)
}

/// The question about bindings, if any must be extended.
fn about_bindings(wish: &Wish) -> Option<Question> {
    let mut all: BTreeMap<(&Subject, &Subject), Vec<String>> = BTreeMap::new();
    for Addition { binding, beside, add } in &wish.bindings {
        all.entry((beside, add)).or_default().push(binding.to_string());
    }
    let told = all.iter().map(|((beside, add), bindings)| {
        format!("an entry can't hold {beside}: {} would name {add} beside it", bindings.join(", "))
    });
    let reason = told.collect::<Vec<_>>().join("; ");
    let proposals = vec!["--create-bindings".to_owned()];
    (!all.is_empty()).then_some(Question { reason, answer: Answer::CreateBindings, proposals })
}

fn standard(look: &Look<'_>, principal: &Principal, grouped: &Grouped) -> Wish {
    let gap = match (grouped.masters, look.evidence.writes_kubernetes) {
        (false, _) => Gap::None,
        (true, true) => Gap::Bridged,
        (true, false) => Gap::Announced,
    };
    Wish {
        principal: principal.clone(),
        entry_type: STANDARD.to_owned(),
        username: String::new(),
        is_default_username: false,
        groups: grouped.groups.clone(),
        policies: grouped.masters.then(|| policy(principal, CLUSTER_ADMIN_POLICY)).into_iter().collect(),
        bindings: grouped.additions.clone(),
        renamed_from: None,
        unproven: None,
        replaces: Replaces::Nothing,
        gap,
        turn: if grouped.masters { Turn::Administrator } else { Turn::Person },
    }
}

/// Why `system:masters` can't be replaced, if EKS does not offer the policy.
fn missing_policy(look: &Look<'_>, principal: &Principal, grouped: &Grouped) -> Option<String> {
    let arn = access_policy_arn(principal_partition(look, principal), CLUSTER_ADMIN_POLICY);
    let offered = look.evidence.policies.as_ref().filter(|_| grouped.masters)?;
    (!offered.contains(&arn))
        .then(|| format!("EKS does not offer the access policy {arn} that replaces system:masters"))
}

fn principal_partition(look: &Look<'_>, principal: &Principal) -> crate::model::Partition {
    look.partition().unwrap_or(principal.partition)
}

/// A changed username: which bindings name the old one. No binding names an empty one.
///
/// # Errors
/// Why it can't be changed as things are.
fn rename(look: &Look<'_>, mapping: &Mapping, wish: &mut Wish) -> Result<(), String> {
    let old = literal(&mapping.username, &wish.principal);
    if old == wish.username {
        return Ok(());
    }
    wish.renamed_from = Some(mapping.username.clone());
    if old.is_empty() {
        return Ok(());
    }
    let Some(read) = look.evidence.bindings.read() else {
        let why = look.evidence.bindings.why();
        wish.unproven = Some(format!("which bindings name the old username is not known ({why})"));
        return Ok(());
    };
    let renaming = for_username(read, (&old, &wish.username), &wish.principal);
    if let Some((binding, user)) = renaming.unresolved.first() {
        return Err(format!(
            "the username becomes {}, and {binding} names User {user}, which the old username {} matches and whose new name \
             can't be derived: choose a username that still tells the sessions apart, or change that binding first",
            one_line(&wish.username),
            one_line(&old)
        ));
    }
    wish.bindings.extend(renaming.additions);
    Ok(())
}

/// What suits a controller better than the cluster administrator's policy, if a workload assumes the role.
fn workload(look: &Look<'_>, mapping: &Mapping, wish: &Wish) -> Option<String> {
    let principal = &wish.principal;
    let found = look.evidence.of(principal).found()?;
    let by_pods = found.trusted("Service").iter().any(|service| service.starts_with("pods.eks."));
    let by_web = found.trusted("Federated").iter().any(|provider| provider.contains(":oidc-provider/"));
    if wish.policies.is_empty() || !(by_pods || by_web) {
        return None;
    }
    let group = format!("eksaccess:{}", principal.name);
    let bind = format!(
        "kubectl create clusterrolebinding {} --clusterrole cluster-admin --group {}",
        shell_word(&group),
        shell_word(&group)
    );
    let with_group = Mapping { groups: vec![group], ..mapping.clone() };
    let map = look.command(&with_group, principal).map(|command| format!("; {command}")).unwrap_or_default();
    Some(format!(
        "a workload assumes this role, and neither `kubectl auth can-i --list` nor impersonation sees an access policy; if it \
         needs them, bind a group instead: {bind}{map}"
    ))
}
