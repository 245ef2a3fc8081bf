//! A list of kubeconfig files as kubectl merges it
//! (<https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>): of each name the first entry
//! counts, of several current contexts the first, and a file that is missing counts for nothing. Pure: the caller reads the
//! files.

use std::rc::Rc;

use super::document::{
    Batch, ContextView, Document, DocumentError, Draft, Entries, Merged, Wanted, home, merge, views,
};

/// A kubeconfig file as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeconfigFile {
    /// Where it is.
    pub path: String,
    /// Its text; `None` where there is no file.
    pub text: Option<Rc<str>>,
}

/// The files that kubectl reads, in its order, as it merges them.
#[derive(Clone, Debug, Default)]
pub struct FileList {
    files: Vec<KubeconfigFile>,
    /// Each file as a document; one that is missing, or that can't be read, as an empty one.
    documents: Vec<Document>,
    broken: Vec<(usize, DocumentError)>,
    entries: Entries,
}

impl PartialEq for FileList {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl Eq for FileList {}

impl FileList {
    /// Reads each text once.
    #[must_use]
    pub fn read(files: Vec<KubeconfigFile>) -> Self {
        let (mut documents, mut broken) = (Vec::new(), Vec::new());
        for (at, file) in files.iter().enumerate() {
            let document = file.text.as_deref().map(Document::read).transpose().unwrap_or_else(|error| {
                broken.push((at, error));
                None
            });
            documents.push(document.unwrap_or_default());
        }
        let entries = match &documents[..] {
            [one] => one.entries().clone(),
            several => Entries::merged(several.iter().map(Document::entries).enumerate()),
        };
        Self { files, documents, broken, entries }
    }

    /// The files, in kubectl's order.
    #[must_use]
    pub fn files(&self) -> &[KubeconfigFile] {
        &self.files
    }

    /// The first file that is not a kubeconfig, and why. kubectl does nothing while there is one.
    #[must_use]
    pub fn broken(&self) -> Option<(&KubeconfigFile, &DocumentError)> {
        self.broken.first().map(|(file, error)| (&self.files[*file], error))
    }

    /// The contexts that kubectl sees, in the order of the files.
    #[must_use]
    pub fn contexts(&self) -> Vec<ContextView> {
        views(&self.entries)
    }

    /// What must change, and in which file, so that kubectl sees what is wanted.
    ///
    /// It is written where kubectl takes it from: into the file that holds the context, else the cluster, else into the first
    /// that exists, else the first; where what must change is in another file of the list, into that one.
    ///
    /// # Errors
    /// A name that something else has, in whichever file; changes that no single file takes.
    pub fn plan(&self, wanted: &Wanted) -> Result<(usize, Merged), DocumentError> {
        let is_there = |file: &usize| self.files[*file].text.is_some();
        let first = home(&self.entries, wanted).or_else(|| (0..self.files.len()).find(is_there)).unwrap_or_default();
        let mut refused = None;
        for file in std::iter::once(first).chain((0..self.files.len()).filter(|file| *file != first && is_there(file)))
        {
            match merge(&mut Draft::new(&self.documents, &self.entries, file), wanted) {
                Ok(merged) => return Ok((file, merged)),
                Err(error @ DocumentError::Elsewhere { .. }) => {
                    refused.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or(DocumentError::NotAMapping("nothing")))
    }

    /// One file of the list made to hold all that is wanted of it.
    #[must_use]
    pub fn merged(&self, file: usize, wanted: &[&Wanted]) -> Batch {
        Batch::of(&Draft::new(&self.documents, &self.entries, file), wanted)
    }
}

#[cfg(test)]
#[path = "merged_tests.rs"]
mod tests;
