//! Whose entry a mapping becomes: the full ARN in the account of the ARN, or why there can be none.

use super::evidence::{Answered, Evidence};
use super::look::Look;
use super::row::{Answer, Decision, Question};
use crate::aws_auth::Mapping;
use crate::error::shell_word;
use crate::model::{Principal, PrincipalKind};

/// The principal of an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entity {
    /// The full ARN, with path.
    pub principal: Principal,
    /// What is not known about it.
    pub note: Option<String>,
}

impl Entity {
    /// One about which everything is known.
    pub const fn known(principal: Principal) -> Self {
        Self { principal, note: None }
    }
}

/// Why there is no principal of an entry, or not yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unsure {
    /// This is decided instead.
    Decided(Decision),
    /// This has to be answered.
    Asks(Question),
}

/// The path of roles that belong to an AWS service.
const SERVICE_PATH: &str = "/aws-service-role/";
/// The beginning of such a role's name.
const SERVICE_NAME: &str = "AWSServiceRoleFor";

/// Why a principal can have no entry of ours, before it is looked up.
pub fn excluded(look: &Look<'_>, principal: &Principal) -> Option<Decision> {
    let by_hand = |reason: String| Some(Decision::ByHand { reason, blocks_api: true });
    match principal.kind {
        PrincipalKind::Root => {
            let account = &principal.account;
            return by_hand(format!(
                "the root user of account {account} can't have an access entry: give a role the access, and use that role instead"
            ));
        }
        PrincipalKind::FederatedUser => {
            return by_hand(format!(
                "{principal} is a federated session, which can't have an access entry: give a role the access, and use that role \
                 instead"
            ));
        }
        PrincipalKind::Role | PrincipalKind::User | PrincipalKind::AssumedRole(_) => {}
    }
    if let Some(partition) = look.partition().filter(|partition| *partition != principal.partition) {
        let reason = format!("a cluster in partition {partition} matches no ARN of partition {}", principal.partition);
        return Some(Decision::MatchesNone { reason, command: None });
    }
    None
}

/// Roles whose entry an AWS service creates itself, where it creates one.
pub fn of_a_service(look: &Look<'_>, principal: &Principal) -> Option<Decision> {
    let by_hand = |reason: String| Some(Decision::ByHand { reason, blocks_api: true });
    let found = look.evidence.of(principal).found();
    if is_service_linked(principal, found.map(|found| &found.arn)) {
        let name = &principal.name;
        let how = if name.contains("Batch") {
            "set eksAccessEntry.desiredState=ENABLED on every AWS Batch compute environment of this cluster; Batch then creates the entry"
        } else if name.contains("EMR") {
            "EMR on EKS creates the entry itself when a virtual cluster is created in an API mode; recreate its virtual clusters"
        } else {
            "that service has to create the entry; see its documentation"
        };
        return by_hand(format!(
            "{name} is a service-linked role, and EKS lets only its service create an entry for it: {how}"
        ));
    }
    let trusts_capabilities =
        found.is_some_and(|f| f.trusted("Service").iter().any(|s| s.starts_with("capabilities.eks.")));
    let key = Evidence::key(&principal.to_string());
    let is_listed = look.evidence.capability_roles.iter().any(|role| Evidence::key(role) == key);
    if trusts_capabilities || is_listed {
        return by_hand(format!(
            "{} is the role of an EKS capability, whose entry EKS creates itself when the capability is created",
            principal.name
        ));
    }
    None
}

fn is_service_linked(principal: &Principal, found: Option<&Principal>) -> bool {
    if !principal.is_role() {
        return false;
    }
    match found {
        Some(found) => found.path.starts_with(SERVICE_PATH),
        None => principal.name.starts_with(SERVICE_NAME),
    }
}

/// The principal as its own account knows it.
///
/// # Errors
/// What is decided instead, or what has to be answered.
pub fn entity(look: &Look<'_>, mapping: &Mapping, principal: &Principal) -> Result<Entity, Unsure> {
    let account = &principal.account;
    let unread = match look.evidence.of(principal) {
        Answered::Exists(found) => {
            let arn = &found.arn;
            if !principal.is_role() && !arn.path.eq_ignore_ascii_case(&principal.path) {
                let reason =
                    format!("user {} has the path {}, and a user is matched with its path", arn.name, arn.path);
                return Err(Unsure::Decided(Decision::MatchesNone { reason, command: look.command(mapping, arn) }));
            }
            return Ok(Entity::known(arn.clone()));
        }
        Answered::Gone => {
            let what = if principal.is_role() { "role" } else { "user" };
            let reason = format!(
                "account {account} has no {what} {}; as long as the line exists, a principal that may create one of that name there \
                 can get its access",
                principal.name
            );
            return Err(Unsure::Decided(Decision::MatchesNone { reason, command: None }));
        }
        Answered::NotAsked => "was not asked".to_owned(),
        Answered::Unread(why) => format!("did not answer ({why})"),
    };
    if !principal.is_role() {
        let note = Some(format!("whether the user exists is not known: account {account} {unread}"));
        return Ok(Entity { principal: principal.clone(), note });
    }
    let is_ambiguous = look.is_ambiguous(principal);
    if let Some(path) = look.options.path_of(principal, is_ambiguous) {
        let note = Some(format!("its path is the one that --path-of names: account {account} {unread}"));
        let principal = Principal { path: path.to_owned(), ..principal.clone() };
        return Ok(Entity { principal, note });
    }
    let role = if is_ambiguous { principal.to_string() } else { principal.name.clone() };
    let is_reserved = principal.name.starts_with("AWSReservedSSO_");
    let where_it_is = if is_reserved {
        "; the paths of Identity Center's roles begin with /aws-reserved/sso.amazonaws.com/, and for most of them its region follows"
    } else {
        ""
    };
    // A path that is not known is not proposed: an entry of another role would be created, or none.
    let proposals =
        if is_reserved { Vec::new() } else { vec![format!("--path-of {}", shell_word(&format!("{role}=/")))] };
    let reason = format!(
        "an entry needs the role's path, which aws-auth does not contain, and account {account} {unread}{where_it_is}"
    );
    Err(Unsure::Asks(Question { reason, answer: Answer::PathOf, proposals }))
}
