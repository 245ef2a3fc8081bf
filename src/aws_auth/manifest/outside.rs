//! Traps of the file outside the values of `data`.

use std::collections::BTreeMap;

use super::find::{Manifest, ManifestError};
use super::objects::{field, text_of};
use crate::aws_auth::lint::{Finding, Rule, shown};
use crate::aws_auth::mapping::DataKey;
use crate::aws_auth::yaml::{NodeId, NodeKind};

/// The fields of a `ConfigMap`.
const FIELDS: [&str; 6] = ["apiVersion", "kind", "metadata", "data", "binaryData", "immutable"];

impl Manifest<'_> {
    /// What is wrong outside the values of `data`, in the order of lines, which are those of the file.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self.refused.iter().filter_map(of_refused).collect();
        findings.extend(self.repeated(self.object, "the object"));
        for (name, value) in self.pairs_of(self.object).iter().copied() {
            match self.name(name) {
                "data" => {}
                "metadata" => findings.extend(self.repeated(value, "`metadata`")),
                field if !FIELDS.contains(&field) && key_like(field).is_none() => {
                    let today =
                        format!("a ConfigMap has no field `{}`: the API server rejects or drops it", shown(field));
                    let finding = Finding::new(Rule::UnknownField, None::<DataKey>, self.at(name), today);
                    let is_data = matches!(bare(field).as_str(), "data" | "datas" | "stringdata");
                    findings.push(if is_data { finding.meant("`data`") } else { finding });
                }
                _ => {}
            }
        }
        findings.extend(self.data_node.into_iter().flat_map(|data| self.repeated(data, "`data`")));
        findings.extend(self.outside());
        findings.extend(self.of_version());
        findings.extend(self.of_namespace());
        findings.sort_by_key(|finding| (finding.line, finding.column, finding.rule));
        findings
    }

    fn name(&self, node: NodeId) -> &str {
        self.values.text(&self.document, node)
    }

    fn at(&self, node: NodeId) -> (usize, usize) {
        let start = self.document.nodes[node].start;
        (self.line + start.line + 1, start.column + 1)
    }

    fn pairs_of(&self, map: NodeId) -> &[(NodeId, NodeId)] {
        match &self.document.resolved(map).kind {
            NodeKind::Mapping { pairs, .. } => pairs,
            _ => &[],
        }
    }

    /// An `apiVersion` that has no `ConfigMap`.
    fn of_version(&self) -> Option<Finding> {
        let named = field(&self.document, &self.values, self.object_value, "apiVersion");
        let version = text_of(&self.document, &self.values, self.object_value, "apiVersion").unwrap_or_default();
        let today = match named {
            Some(_) if version == "v1" => return None,
            Some(_) if !version.is_empty() => format!(
                "`apiVersion` is `{}`, which has no ConfigMap: the API server rejects this object",
                shown(version)
            ),
            _ => "the object has no `apiVersion`: kubectl and the API server reject it".to_owned(),
        };
        let at = self.at(named.map_or(self.object, |(node, _)| node));
        Some(Finding::new(Rule::RefusedObject, None::<DataKey>, at, today).meant("`apiVersion: v1`"))
    }

    /// A missing namespace.
    fn of_namespace(&self) -> Option<Finding> {
        let is_metadata = |pair: &&(NodeId, NodeId)| self.name(pair.0) == "metadata";
        let (name, _) = self.pairs_of(self.object).iter().find(is_metadata)?;
        let (_, metadata) = field(&self.document, &self.values, self.object_value, "metadata")?;
        let namespace = text_of(&self.document, &self.values, metadata, "namespace").unwrap_or_default();
        let today = "`metadata` has no namespace: kubectl applies the object to the namespace of its context, and the \
                     control plane reads the one in kube-system";
        namespace.is_empty().then(|| {
            Finding::new(Rule::NoNamespace, None::<DataKey>, self.at(*name), today).meant("`namespace: kube-system`")
        })
    }

    /// Keys that occur more than once in a map: the last one counts.
    fn repeated(&self, map: NodeId, place: &str) -> Vec<Finding> {
        let mut names: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
        for (name, _) in self.pairs_of(map) {
            names.entry(self.name(*name)).or_default().push(*name);
        }
        let several = names.iter().filter(|(_, nodes)| nodes.len() > 1);
        several
            .flat_map(|(name, nodes)| {
                let (counts, lost) = nodes.split_last().map_or((None, &[][..]), |(last, rest)| (Some(*last), rest));
                lost.iter().filter_map(move |node| {
                    let (line, here) = (self.at(counts?), self.at(*node));
                    let there = if line.0 == here.0 {
                        format!("line {}, column {}", line.0, line.1)
                    } else {
                        format!("line {}", line.0)
                    };
                    let name = shown(name);
                    let today =
                        format!("`{name}` is in {place} again in {there}: that one counts, and this one is ignored");
                    let key = DataKey::ALL.into_iter().find(|key| key.as_str() == name);
                    Some(
                        Finding::new(Rule::RepeatedKey, key, here, today)
                            .meant(format!("one `{name}` with the content of both")),
                    )
                })
            })
            .collect()
    }

    /// The data keys found elsewhere in the object.
    fn outside(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let is_data = |name: NodeId| self.name(name) == "data";
        let mut open: Vec<NodeId> = Vec::new();
        for (name, value) in self.pairs_of(self.object) {
            self.look_at(*name, "next to `data`", &mut findings);
            if !is_data(*name) {
                open.push(*value);
            }
        }
        while let Some(node) = open.pop() {
            match &self.document.nodes[node].kind {
                NodeKind::Mapping { pairs, .. } => {
                    for (name, value) in pairs {
                        self.look_at(*name, "outside `data`", &mut findings);
                        open.push(*value);
                    }
                }
                NodeKind::Sequence { items, .. } => open.extend(items),
                _ => {}
            }
        }
        findings
    }

    fn look_at(&self, name: NodeId, place: &str, findings: &mut Vec<Finding>) {
        if let Some(key) = key_like(self.name(name)) {
            let today = format!("`{}` is {place}, where nothing reads it", shown(self.name(name)));
            let finding = Finding::new(Rule::OutsideData, key, self.at(name), today);
            findings.push(finding.meant(format!("`{key}` under `data`, indented like its other keys")));
        }
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// The data key that a name is or resembles.
fn key_like(name: &str) -> Option<DataKey> {
    DataKey::ALL.into_iter().find(|key| bare(key.as_str()) == bare(name))
}

fn of_refused(refused: &ManifestError) -> Option<Finding> {
    match refused {
        ManifestError::NotAMap { line, found, dashed } => {
            let today = format!("`data` is {found}, not a map: the API server rejects this ConfigMap");
            let dash = if *dashed { ", without a `-`" } else { "" };
            let meant = format!("a map: `mapRoles: |` under `data:`{dash}");
            Some(Finding::new(Rule::RefusedData, None::<DataKey>, (*line, 1), today).meant(meant))
        }
        ManifestError::NotText { line, key } => {
            let today = format!("the value of `{}` is not a string: the API server rejects this ConfigMap", shown(key));
            let meant = format!("a string: `{}: |`", shown(key));
            let data_key = DataKey::ALL.into_iter().find(|data_key| data_key.as_str() == key);
            Some(Finding::new(Rule::RefusedData, data_key, (*line, 1), today).meant(meant))
        }
        _ => None,
    }
}
