//! An `aws-auth` from before a migration, and the proof that only the migration has changed it since.

use std::collections::BTreeSet;

use serde_json::json;

use super::evidence::Evidence;
use crate::aws_auth::{self, Change, Mapping, Opened, Reading, RemoveBy};
use crate::model::{AccessEntry, KeptMap, MapContent, Principal, ownership};
use crate::plan::map::changed;

/// An old map.
pub struct OldMap<'a> {
    /// The backup's id, or the file's name.
    pub id: &'a str,
    content: &'a MapContent,
    /// Its reading.
    pub reading: Reading,
}

/// The mappings that count for an entry's principal; several where one of them counts at random.
pub fn mapped<'r>(map: &'r Reading, entry: &AccessEntry) -> Vec<&'r Mapping> {
    entry.principal.parse::<Principal>().map(|principal| map.effective(&principal)).unwrap_or_default()
}

impl<'a> OldMap<'a> {
    /// Reads it.
    pub fn read(kept: &'a KeptMap) -> Self {
        Self { id: &kept.id, content: &kept.content, reading: aws_auth::read(&kept.content.data) }
    }

    /// What is to be put back, if today's map is this one without mappings that the migration may have removed: the whole
    /// content where everything else in it is as the removal leaves it, else the data alone.
    pub fn before(
        &self,
        (today, now): (&MapContent, &Reading),
        may_have_removed: impl Fn(&Mapping) -> bool,
    ) -> Option<MapContent> {
        let still: BTreeSet<String> = now.mappings().map(|mapping| Evidence::key(&mapping.arn)).collect();
        let gone = || self.reading.mappings().filter(|mapping| !still.contains(&Evidence::key(&mapping.arn)));
        if !gone().all(may_have_removed) {
            return None;
        }
        let mut arns = BTreeSet::new();
        let distinct = gone().filter(|mapping| arns.insert(Evidence::key(&mapping.arn)));
        let removals: Vec<Change> =
            distinct.map(|mapping| Change::Remove { by: RemoveBy::Arn(mapping.arn.clone()), all: true }).collect();
        let (write, _) = changed(&Opened::new(&self.content.data), &removals, None).ok()??;
        if write.becomes != today.data {
            return None;
        }
        let mut object = json!({"metadata": {}});
        self.content.put_into(&mut object);
        object["data"] = json!(write.becomes);
        for removed in write.edits.iter().flat_map(|edit| &edit.removed) {
            ownership::unmark(&mut object, &removed.arn);
        }
        let is_all = MapContent::of(&object) == *today;
        Some(if is_all {
            self.content.clone()
        } else {
            MapContent { data: self.content.data.clone(), ..today.clone() }
        })
    }
}
