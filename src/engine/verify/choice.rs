//! The role to verify if none is named: the one that kubectl would assume. Pure.

use super::contexts::is_of;
use super::inquiry::{Inquiry, RoleFrom};
use crate::engine::cluster_ref::ClusterRef;
use crate::kubeconfig::merged::FileList;
use crate::model::Principal;
use crate::model::desired::DEFAULT_ROLE;

/// A context's exec section, as far as it decides on the session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContextRole {
    /// The role's ARN; empty if none is assumed.
    pub role: String,
    /// The context and its file, in words.
    pub place: String,
    /// The external id that is sent.
    pub external_id: Option<String>,
    /// The session's name, if one is given.
    pub session_name: Option<String>,
}

/// The role of a context of the cluster: of the current one, else of one with the default role, else of the first with
/// a role.
pub fn role_of_context(files: &FileList, cluster: &ClusterRef) -> Option<ContextRole> {
    let current = files.current().map(|(_, name)| name);
    let with_role = files.located().into_iter().filter(|(_, view)| is_of(view, cluster)).filter_map(|(path, view)| {
        let exec = view.exec?;
        let role: Principal = exec.role_arn.as_deref()?.parse().ok().filter(Principal::is_role)?;
        let rank = match () {
            () if current == Some(&view.name) => 0,
            () if role.name == DEFAULT_ROLE => 1,
            () => 2,
        };
        let place = format!("context {} in {path}", view.name);
        let role = role.entity().to_string();
        Some((rank, ContextRole { role, place, external_id: exec.external_id, session_name: exec.session_name }))
    });
    with_role.min_by_key(|(rank, _)| *rank).map(|(_, found)| found)
}

/// The role of the named context, which may be empty. `None` if there is no such context, or it does not use a known
/// token tool.
pub fn way_of_context(files: &FileList, name: &str) -> Option<ContextRole> {
    let (path, view) = files.located().into_iter().find(|(_, view)| view.name == name)?;
    let place = format!("context {} in {path}", view.name);
    let exec = view.exec?;
    let role = exec.role_arn.map(|text| text.parse().map_or(text, |role: Principal| role.entity().to_string()));
    let role = role.unwrap_or_default();
    Some(ContextRole { role, place, external_id: exec.external_id, session_name: exec.session_name })
}

/// The reason for this role, or for none, in words.
pub(super) fn why(inquiry: &Inquiry, is_own: bool) -> String {
    match (&inquiry.role_from, is_own) {
        (RoleFrom::Asked, _) => "as asked for".to_owned(),
        (RoleFrom::Context(place), false) => format!("by {place}"),
        (RoleFrom::Context(place), true) => format!("{place} assumes no role: the caller itself"),
        (RoleFrom::Default, false) => "the default: no role was asked for, and no context names one".to_owned(),
        (RoleFrom::Default, true) => {
            format!("no role was asked for, no context names one, and {DEFAULT_ROLE} does not exist: the caller itself")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubeconfig::merged::{KubeconfigFile, Machine};

    fn cluster() -> ClusterRef {
        ClusterRef::named("dev", "eu-west-1")
    }

    fn file(current: &str, all: &[(&str, &str, &str)]) -> FileList {
        let context = |(name, cluster, _): &(&str, &str, &str)| {
            let cluster = format!("arn:aws:eks:eu-west-1:111122223333:cluster/{cluster}");
            format!("- name: {name}\n  context: {{cluster: '{cluster}', user: {name}}}\n")
        };
        let user = |(name, cluster, more): &(&str, &str, &str)| {
            let args = format!("[token, --cluster, {cluster}{more}]");
            format!("- name: {name}\n  user: {{exec: {{command: eksaccess, args: {args}}}}}\n")
        };
        let (contexts, users): (String, String) = (all.iter().map(context).collect(), all.iter().map(user).collect());
        let text = format!("current-context: {current}\nclusters: []\ncontexts:\n{contexts}users:\n{users}");
        FileList::read(vec![KubeconfigFile::new("f", Some(&text))], true, Machine::OPAQUE)
    }

    fn of(files: &FileList) -> Option<(String, String)> {
        role_of_context(files, &cluster()).map(|c| (c.role.rsplit('/').next().unwrap().to_owned(), c.place))
    }

    #[test]
    fn the_current_context_then_the_default_role_then_the_first() {
        let role = |name: &str| format!(", --role, 'arn:aws:iam::111122223333:role/{name}'");
        let (ops, admin, ci) = (role("Ops"), role("KubernetesAdmin"), role("Ci"));
        let all = [("a", "dev", ops.as_str()), ("b", "dev", &admin), ("c", "dev", &ci), ("d", "other", &ci)];
        assert_eq!(of(&file("c", &all)), Some(("Ci".into(), "context c in f".into())));
        assert_eq!(of(&file("d", &all)), Some(("KubernetesAdmin".into(), "context b in f".into())));
        assert_eq!(of(&file("d", &[all[0], all[2]])), Some(("Ops".into(), "context a in f".into())));
        assert_eq!(of(&file("d", &[all[3]])), None, "another cluster's");
        assert_eq!(of(&file("a", &[("a", "dev", "")])), None, "assumes no role");
        assert_eq!(of(&file("a", &[("a", "dev", ", --role, Ops")])), None, "no ARN");
    }

    #[test]
    fn what_else_the_context_says_of_the_session_comes_along() {
        let more = ", -r, 'arn:aws:iam::111122223333:role/Ops', -e, id-1, -s, ann";
        let found = role_of_context(&file("a", &[("a", "dev", more)]), &cluster()).unwrap();
        assert_eq!((found.external_id.as_deref(), found.session_name.as_deref()), (Some("id-1"), Some("ann")));
    }
}
