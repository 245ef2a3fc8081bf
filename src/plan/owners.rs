//! Other tools that write what a plan changes: delivery controllers, Helm and infrastructure as code leave marks. Their
//! next sync may undo the change, so the plan names them and needs a confirmation. Pure.
//!
//! The marks are those that the tools document: Helm's labels and annotations
//! (<https://helm.sh/docs/chart_best_practices/labels/>), Argo CD's tracking
//! (<https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>), Flux's labels
//! (<https://fluxcd.io/flux/components/kustomize/kustomizations/>), `CloudFormation`'s `aws:cloudformation:` tags, and the
//! field managers in `metadata.managedFields`; the label `app.kubernetes.io/managed-by`; ACK's tags `services.k8s.aws/`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::doubt::changes_role;
use super::step::{Action, Step};
use super::whole::Plan;
use crate::model::desired::{OWNER_CLI, OWNER_KEY};

/// Field managers that reapply their configuration by themselves, and their tools.
const MANAGERS: [(&str, &str); 11] = [
    ("argocd", "Argo CD"),
    ("argo-cd", "Argo CD"),
    ("flux", "Flux"),
    ("helm", "Helm"),
    ("kustomize-controller", "Flux"),
    ("helm-controller", "Flux"),
    ("terraform", "Terraform"),
    ("opentofu", "OpenTofu"),
    ("hashicorp", "Terraform"),
    ("pulumi", "Pulumi"),
    ("crossplane", "Crossplane"),
];

/// The label with which tools mark an object as theirs
/// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/>).
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Marks of tools that restore an object as a whole: the metadata field, the key, the tool.
const OTHER_MARKS: [(&str, &str, &str); 3] = [
    ("labels", "kapp.k14s.io/app", "kapp"),
    ("annotations", "config.k8s.io/owning-inventory", "an inventory tool such as kpt"),
    ("annotations", "objectset.rio.cattle.io/id", "Fleet"),
];

/// This program's field manager.
const OWN_MANAGER: &str = "eksaccess";
/// The annotation in which `kubectl apply` stores what it applied
/// (<https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/>).
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The tools that seem to own an object in the cluster, one short text each; empty for none.
pub fn of_object(object: &Value) -> Vec<String> {
    let meta = &object["metadata"];
    let text = |kind: &str, key: &str| meta[kind][key].as_str().map(str::to_owned);
    let mut found = Vec::new();
    if let Some(release) = text("annotations", "meta.helm.sh/release-name") {
        found.push(format!("Helm (release {release})"));
    }
    if let Some(name) =
        text("labels", "argocd.argoproj.io/instance").or_else(|| text("annotations", "argocd.argoproj.io/tracking-id"))
    {
        found.push(format!("Argo CD (application {})", name.split(':').next().unwrap_or(&name)));
    }
    for key in ["kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"] {
        found.extend(text("labels", key).map(|name| format!("Flux ({name})")));
    }
    for (kind, key, who) in OTHER_MARKS {
        found.extend(text(kind, key).map(|name| format!("{who} ({name})")));
    }
    if let Some(by) = text("labels", MANAGED_BY).filter(|by| !by.is_empty() && !by.eq_ignore_ascii_case(OWN_MANAGER)) {
        let who = known(&by).unwrap_or(&by);
        if !found.iter().any(|f| f.starts_with(who)) {
            let is_helm = who == "Helm";
            found.push(if is_helm { who.to_owned() } else { format!("{who} (label {MANAGED_BY})") });
        }
    }
    for (manager, applies) in data_managers(meta) {
        let known = known(&manager);
        let told = match known {
            Some(who) => format!("{who} (field manager {manager})"),
            None if applies => format!("{manager} (server-side apply)"),
            None => continue,
        };
        if !found.iter().any(|f| f.starts_with(known.unwrap_or(&told))) {
            found.push(told);
        }
    }
    if applied(object) == Applied::Still {
        found.push("kubectl apply (its last applied text is the present one)".to_owned());
    }
    found
}

/// The tool that a field manager or a label names.
fn known(manager: &str) -> Option<&'static str> {
    let lower = manager.to_ascii_lowercase();
    MANAGERS.iter().find(|(mark, _)| lower.starts_with(mark)).map(|(_, who)| *who)
}

/// The managers of a part of the object's data, and whether each applies it as a whole (server-side apply).
fn data_managers(meta: &Value) -> Vec<(String, bool)> {
    let fields = meta["managedFields"].as_array().into_iter().flatten();
    let mut all: Vec<(String, bool)> = fields
        .filter(|f| f["fieldsV1"].get("f:data").is_some())
        .filter_map(|f| Some((f["manager"].as_str()?.to_owned(), f["operation"] == "Apply")))
        .filter(|(manager, _)| manager != OWN_MANAGER)
        .collect();
    all.dedup();
    all
}

/// The state of `kubectl apply`'s annotation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Applied {
    /// Missing or unreadable.
    Never,
    /// It matches the map: the manifest is its source.
    Still,
    /// It differs: the map was written since without applying the manifest again.
    Before,
}

fn applied(object: &Value) -> Applied {
    let Some(text) = object["metadata"]["annotations"][LAST_APPLIED].as_str() else { return Applied::Never };
    let last: Value = serde_json::from_str(text).unwrap_or_default();
    if last["data"] == object["data"] { Applied::Still } else { Applied::Before }
}

/// Notes the other tools that seem to write what a plan changes, `aws-auth` or the role, and marks those steps.
pub fn tell(plan: &mut Plan, map: Option<&Value>, role: &[String]) {
    mark(&mut plan.steps, &map.map(of_object).unwrap_or_default(), role);
    let writes_map = |s: &Step| matches!(s.action, Action::WriteAwsAuth(_) | Action::RestoreAwsAuth { .. });
    if plan.steps.iter().any(writes_map) && map.is_some_and(|map| applied(map) == Applied::Before) {
        plan.notes.push(
            "aws-auth was applied from a manifest (kubectl apply) and changed since; change the manifest as well, or the next apply undoes this"
                .to_owned(),
        );
    }
}

/// Marks the steps that change an entry which another tool seems to own, by its tags.
pub fn mark_entry(steps: &mut [Step], tags: &BTreeMap<String, String>) {
    let owners = of_tags(tags);
    if owners.is_empty() {
        return;
    }
    for step in steps.iter_mut().filter(|step| changes_entry(&step.action)) {
        step.ask.also(undone_by(&owners));
    }
}

/// The tools that seem to own a role or an entry, by its tags; empty for none.
pub fn of_tags(tags: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(stack) = tags.get("aws:cloudformation:stack-name") {
        found.push(format!("CloudFormation (stack {stack})"));
    } else if tags.keys().any(|key| key.starts_with("aws:cloudformation:")) {
        found.push("CloudFormation".to_owned());
    }
    if tags.keys().any(|key| key.starts_with("services.k8s.aws/")) {
        found.push("ACK, the AWS controllers for Kubernetes (tag services.k8s.aws)".to_owned());
    }
    if let Some(project) = tags.get("pulumi:project") {
        found.push(format!("Pulumi (project {project})"));
    }
    if let Some(name) = tags.get("crossplane-name") {
        found.push(format!("Crossplane ({name})"));
    }
    let keys = ["managedby", "managed-by", "managed_by", "terraform", "provisioner", "iac"];
    for (key, value) in tags.iter().filter(|(k, _)| keys.contains(&k.to_ascii_lowercase().as_str())) {
        let value = value.to_ascii_lowercase();
        let says = |name: &str| value.contains(name) || (key.eq_ignore_ascii_case(name) && value == "true");
        for (mark, who) in [("terraform", "Terraform"), ("opentofu", "OpenTofu"), ("pulumi", "Pulumi"), ("cdk", "CDK")]
        {
            if says(mark) && !found.iter().any(|f: &String| f.starts_with(who)) {
                found.push(format!("{who} (tag {key})"));
            }
        }
    }
    found
}

/// Marks the steps that change what another tool seems to own: they need a confirmation, with the reason.
fn mark(steps: &mut [Step], map: &[String], role: &[String]) {
    for step in steps {
        let owners = match &step.action {
            Action::WriteAwsAuth(_) | Action::RestoreAwsAuth { .. } => map,
            action if changes_role(action) => role,
            _ => continue,
        };
        if owners.is_empty() {
            continue;
        }
        step.ask.also(undone_by(owners));
    }
}

fn undone_by(owners: &[String]) -> String {
    format!("it seems to be managed by {}, which may undo this on its next run", owners.join(" and "))
}

/// Whether a step changes an existing entry.
const fn changes_entry(action: &Action) -> bool {
    matches!(
        action,
        Action::UpdateEntry { .. }
            | Action::DeleteEntry { .. }
            | Action::AssociatePolicy { .. }
            | Action::DisassociatePolicy { .. }
    )
}

/// Marks the steps that change an entry that this tool did not create, or that another owner created: an adopted entry
/// is changed only after a confirmation. `None` if there is no such entry.
pub fn mark_adopted(steps: &mut [Step], entry: Option<&BTreeMap<String, String>>) {
    for step in steps {
        let tags = match &step.action {
            Action::UpdateEntry { .. } | Action::AssociatePolicy { .. } | Action::DisassociatePolicy { .. } => entry,
            _ => None,
        };
        let why = match tags.map(|tags| tags.get(OWNER_KEY).map(String::as_str)) {
            None | Some(Some(OWNER_CLI)) => continue,
            Some(None) => format!("eksaccess did not create it: it has no tag {OWNER_KEY}"),
            Some(Some(owner)) => format!("it belongs to {owner} (tag {OWNER_KEY})"),
        };
        step.ask.also(why);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_map_without_marks_has_no_owner() {
        let managed = json!([{"manager": "kubectl-edit", "fieldsV1": {"f:data": {}}}, {"manager": "vpcLambda", "fieldsV1": {"f:data": {}}},
            {"manager": "argocd-controller", "fieldsV1": {"f:metadata": {}}}]);
        assert!(of_object(&json!({"metadata": {"managedFields": managed}})).is_empty());
        assert!(of_object(&json!({"metadata": {}})).is_empty());
        assert!(of_object(&json!({"metadata": {"labels": {MANAGED_BY: "eksaccess"}}})).is_empty());
    }

    #[test]
    fn every_mark_names_its_owner() {
        for (meta, who) in [
            (json!({"annotations": {"meta.helm.sh/release-name": "access"}}), "Helm (release access)"),
            (json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}), "Helm"),
            (
                json!({"labels": {MANAGED_BY: "Helm"}, "annotations": {"meta.helm.sh/release-name": "a"}}),
                "Helm (release a)",
            ),
            (json!({"labels": {MANAGED_BY: "Terraform"}}), "Terraform (label app.kubernetes.io/managed-by)"),
            (json!({"labels": {MANAGED_BY: "our-bot"}}), "our-bot (label app.kubernetes.io/managed-by)"),
            (json!({"labels": {"kapp.k14s.io/app": "7"}}), "kapp (7)"),
            (json!({"labels": {"argocd.argoproj.io/instance": "access"}}), "Argo CD (application access)"),
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "access:/ConfigMap:kube-system/aws-auth"}}),
                "Argo CD (application access)",
            ),
            (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "access"}}), "Flux (access)"),
            (
                json!({"managedFields": [{"manager": "Terraform", "fieldsV1": {"f:data": {}}}]}),
                "Terraform (field manager Terraform)",
            ),
            (
                json!({"managedFields": [{"manager": "pulumi-kubernetes", "fieldsV1": {"f:data": {}}}]}),
                "Pulumi (field manager pulumi-kubernetes)",
            ),
        ] {
            assert_eq!(of_object(&json!({"metadata": meta})), [who]);
        }
    }

    #[test]
    fn what_was_applied_last_owns_the_map_while_it_is_what_is_there() {
        let object = |live: &str| {
            let last = json!({"kind": "ConfigMap", "data": {"mapRoles": "a"}}).to_string();
            json!({"metadata": {"annotations": {LAST_APPLIED: last}}, "data": {"mapRoles": live}})
        };
        assert!(of_object(&object("a"))[0].starts_with("kubectl apply"));
        assert!(of_object(&object("b")).is_empty());
        assert_eq!([applied(&object("b")), applied(&json!({}))], [Applied::Before, Applied::Never]);
    }

    #[test]
    fn who_states_the_data_by_server_side_apply_owns_it() {
        let fields = |manager: &str, operation: &str| json!({"metadata": {"managedFields": [{"manager": manager, "operation": operation, "fieldsV1": {"f:data": {}}}]}});
        assert_eq!(of_object(&fields("delivery", "Apply")), ["delivery (server-side apply)"]);
        assert_eq!(of_object(&fields("argocd-controller", "Apply")), ["Argo CD (field manager argocd-controller)"]);
        assert!(of_object(&fields("kubectl-edit", "Update")).is_empty());
        assert!(of_object(&fields(OWN_MANAGER, "Apply")).is_empty());
    }

    #[test]
    fn a_roles_tags_name_its_owner() {
        let tags = |k: &str, v: &str| BTreeMap::from([(k.to_owned(), v.to_owned())]);
        assert_eq!(of_tags(&tags("aws:cloudformation:stack-name", "s")), ["CloudFormation (stack s)"]);
        assert_eq!(of_tags(&tags("aws:cloudformation:logical-id", "e")), ["CloudFormation"]);
        assert!(of_tags(&tags("services.k8s.aws/namespace", "x"))[0].starts_with("ACK"));
        assert_eq!(of_tags(&tags("ManagedBy", "Terraform")), ["Terraform (tag ManagedBy)"]);
        assert_eq!(of_tags(&tags("terraform", "true")), ["Terraform (tag terraform)"]);
        assert!(of_tags(&tags("ManagedBy", "platform team")).is_empty());
        assert!(of_tags(&tags("eksaccess.dev/owner", "cli")).is_empty());
    }
}
