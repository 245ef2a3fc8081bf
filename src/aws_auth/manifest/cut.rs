//! Removal of keys of `data`.

use std::collections::BTreeMap;

use super::find::Manifest;
use super::splice::Change;
use crate::aws_auth::edit::{end_of, indent_before, line_after, line_start};
use crate::aws_auth::yaml::{NodeId, NodeKind};

impl Manifest<'_> {
    /// Removes the keys from the file that `data` no longer has; `None` where the layout is not supported.
    pub(super) fn cut(&self, data: &BTreeMap<String, String>) -> Option<Vec<Change>> {
        let gone: Vec<NodeId> =
            self.places.iter().filter(|(key, _)| !data.contains_key(*key)).map(|(_, place)| place.node).collect();
        if gone.is_empty() {
            return Some(Vec::new());
        }
        let node = self.data_node?;
        let NodeKind::Mapping { pairs, flow } = &self.document.nodes[node].kind else { return None };
        let places: Vec<usize> = (0..pairs.len()).filter(|at| gone.contains(&pairs[*at].1)).collect();
        if places.len() != gone.len() {
            return None;
        }
        if places.len() == pairs.len() {
            return self.cut_data(node).map(|change| vec![change]);
        }
        if *flow {
            return Some(self.cut_in_braces(pairs, &places));
        }
        places.iter().map(|at| self.cut_lines(pairs[*at])).collect()
    }

    /// The lines of a pair; if it ends the file without a line break, what is left ends without one too.
    fn cut_lines(&self, (key, value): (NodeId, NodeId)) -> Option<Change> {
        let begin = self.document.nodes[key].start.offset;
        indent_before(self.text, begin)?;
        let start = line_start(self.text, begin);
        let end = line_after(&self.document, self.text, value).max(begin);
        let unended = end == self.text.len() && !self.text.ends_with(['\n', '\r']);
        let start = if unended { self.text[..start].trim_end_matches(['\n', '\r']).len() } else { start };
        Some(Change { start, end, text: String::new() })
    }

    /// Each pair is removed with the comma before it, those at the beginning with the comma after.
    fn cut_in_braces(&self, pairs: &[(NodeId, NodeId)], places: &[usize]) -> Vec<Change> {
        let (begin, end) = (
            |at: usize| self.document.nodes[pairs[at].0].start.offset,
            |at: usize| self.document.nodes[pairs[at].1].end,
        );
        places
            .iter()
            .map(|at| {
                let kept_before = (0..*at).any(|at| !places.contains(&at));
                let (start, end) = if kept_before { (end(at - 1), end(*at)) } else { (begin(*at), begin(at + 1)) };
                Change { start, end, text: String::new() }
            })
            .collect()
    }

    /// All of `data`: the whole field where this program would write the same field for these values, else it becomes
    /// `{}`.
    fn cut_data(&self, node: NodeId) -> Option<Change> {
        if let Some(change) = self.made_data(node) {
            return Some(change);
        }
        let NodeKind::Mapping { pairs, .. } = &self.document.nodes[self.object].kind else { return None };
        let at = pairs.iter().position(|(_, value)| *value == node)?;
        let (key, value) = (&self.document.nodes[pairs[at].0], &self.document.nodes[node]);
        let between = self.text.get(key.end..value.content.offset)?;
        let gap = between.strip_prefix(':').filter(|gap| gap.trim().is_empty())?;
        let start = if gap.contains(['\n', '\r']) { key.end + 1 } else { value.content.offset };
        let text = if start == value.content.offset { "{}" } else { " {}" };
        Some(Change { start, end: end_of(&self.document, self.text, node), text: text.to_owned() })
    }

    /// The whole field `data`, where this program would write it exactly so for these values.
    pub(super) fn made_data(&self, node: NodeId) -> Option<Change> {
        let NodeKind::Mapping { pairs, flow } = &self.document.nodes[self.object].kind else { return None };
        let at = pairs.iter().position(|(_, value)| *value == node)?;
        let whole = match flow {
            true if pairs.len() == 1 => None,
            true => self.cut_in_braces(pairs, &[at]).pop(),
            false => self.cut_lines(pairs[at]),
        };
        let was_so = |change: &Change| {
            let file = self.apply(vec![change.clone()]);
            Manifest::read(&file).and_then(|without| without.with_data(self.data())).is_ok_and(|file| file == self.file)
        };
        whole.filter(was_so)
    }
}
