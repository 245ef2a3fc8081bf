//! A list of kubeconfig files as kubectl merges it
//! (<https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>): the first entry of each
//! name and the first current context count, and a missing file is ignored. Pure: the caller reads the files.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::AuthorityFile;
use super::document::{
    Batch, ContextView, Document, DocumentError, Draft, Entries, List, Merged, Undecodable, Wanted, home, merge, views,
};
use super::locate::{located, program_of};

/// A kubeconfig file as it was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeconfigFile {
    /// Where it is.
    pub path: String,
    /// Its text; `None` if there is no file.
    pub text: Option<Rc<str>>,
    /// Why it could not be read, if it exists.
    pub unread: Option<String>,
}

impl KubeconfigFile {
    /// A file that was read; `text` is `None` for a missing one.
    #[must_use]
    pub fn new(path: &str, text: Option<&str>) -> Self {
        Self { path: path.to_owned(), text: text.map(Into::into), unread: None }
    }
}

/// The files on this machine that kubeconfigs name, each by its full path.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    /// Whether a program exists.
    pub has_program: &'a dyn Fn(&str) -> bool,
    /// The content of a certificate authority file.
    pub authority: &'a dyn Fn(&str) -> AuthorityFile,
}

#[cfg(test)]
impl Machine<'static> {
    /// A machine with every program, and no readable authority.
    pub const OPAQUE: Self =
        Self { has_program: &|_| true, authority: &|_| AuthorityFile::Unreadable("denied".to_owned()) };
}

/// Why a file of the list is unusable; kubectl refuses to work with it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Trouble {
    /// It could not be read.
    #[error("{0}")]
    Unread(String),
    /// It is not a kubeconfig.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// The files that kubectl reads, in order, merged as kubectl does.
#[derive(Clone, Debug, Default)]
pub struct FileList {
    files: Vec<KubeconfigFile>,
    /// Each file as a document; a missing or unreadable one is empty.
    documents: Vec<Document>,
    troubles: Vec<(usize, Trouble)>,
    entries: Entries,
    /// The certificate authority files that the clusters name, by their full paths.
    authority_files: BTreeMap<String, AuthorityFile>,
    is_whole: bool,
}

impl PartialEq for FileList {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl Eq for FileList {}

impl FileList {
    /// Reads each text once. `is_whole` is false for a single file named in place of kubectl's own; `machine` reads the
    /// files that the kubeconfigs name.
    #[must_use]
    pub fn read(files: Vec<KubeconfigFile>, is_whole: bool, machine: Machine<'_>) -> Self {
        let (mut documents, mut troubles) = (Vec::new(), Vec::new());
        for (at, file) in files.iter().enumerate() {
            let read = match (&file.unread, &file.text) {
                (Some(why), _) => Err(Trouble::Unread(why.clone())),
                (None, Some(text)) => Document::read(text).map_err(Trouble::from),
                (None, None) => Ok(Document::default()),
            };
            documents.push(read.unwrap_or_else(|trouble| {
                troubles.push((at, trouble));
                Document::default()
            }));
        }
        let entries = match &documents[..] {
            [one] => one.entries().clone(),
            several => Entries::merged(several.iter().map(Document::entries).enumerate()),
        };
        let mut entries = entries.whole(is_whole);
        entries.look_for_programs(&|file, path| (machine.has_program)(&located(&files[file].path, path)));
        let mut authority_files = BTreeMap::new();
        entries.look_for_authorities(&mut |file, path| {
            let path = located(&files[file].path, path);
            authority_files.entry(path).or_insert_with_key(|path| (machine.authority)(path)).clone()
        });
        Self { files, documents, troubles, entries, authority_files, is_whole }
    }

    /// The files, in kubectl's order.
    #[must_use]
    pub fn files(&self) -> &[KubeconfigFile] {
        &self.files
    }

    /// Whether they are what kubectl reads by default, rather than a single named file.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// The first file that kubectl can't read, and why.
    #[must_use]
    pub fn trouble(&self) -> Option<(&KubeconfigFile, &Trouble)> {
        self.troubles.first().map(|(file, trouble)| (&self.files[*file], trouble))
    }

    /// What kubectl can't decode, so that it loads no file of the list; each with its file.
    pub fn undecodable(&self) -> impl Iterator<Item = (&KubeconfigFile, &Undecodable)> {
        self.files
            .iter()
            .zip(&self.documents)
            .flat_map(|(file, document)| document.undecodable().iter().map(move |undecodable| (file, undecodable)))
    }

    /// The contexts that kubectl sees, in the order of the files; those of an unreadable file are missing.
    #[must_use]
    pub fn contexts(&self) -> Vec<ContextView> {
        views(&self.entries)
    }

    /// The same, each with its file, and with its paths resolved as by kubectl: relative to the file of its cluster or
    /// user.
    #[must_use]
    pub fn located(&self) -> Vec<(&str, ContextView)> {
        let from = |list, name: &Option<String>| self.file_of(list, name.as_deref()?);
        let place = |view: ContextView| {
            let authority = view.certificate_authority.as_deref();
            let authority = authority.map(|path| match from(List::Clusters, &view.cluster) {
                Some(file) => located(&file.path, path),
                None => path.to_owned(),
            });
            let file = self.file_of(List::Contexts, &view.name).map_or("", |file| &file.path);
            (file, ContextView { certificate_authority: authority, ..view })
        };
        self.contexts().into_iter().map(place).collect()
    }

    /// The content of a certificate authority file that a cluster names, by its full path.
    #[must_use]
    pub fn authority_file(&self, path: &str) -> Option<&AuthorityFile> {
        self.authority_files.get(path)
    }

    /// The programs that contexts run, as written, each with the path or name that kubectl looks up.
    #[must_use]
    pub fn programs(&self) -> Vec<(String, String)> {
        self.contexts().iter().filter_map(|view| Some((view.beside.program.clone()?, self.program_of(view)?))).collect()
    }

    /// The path or name of a context's program as kubectl looks it up: a relative path is relative to the file of its
    /// user.
    #[must_use]
    pub fn program_of(&self, view: &ContextView) -> Option<String> {
        let program = view.beside.program.as_ref()?;
        let user = view.user.as_deref().and_then(|name| self.file_of(List::Users, name));
        Some(user.map_or_else(|| program.clone(), |file| program_of(&file.path, program)))
    }

    /// The file from which kubectl takes an entry.
    #[must_use]
    pub fn file_of(&self, list: List, name: &str) -> Option<&KubeconfigFile> {
        self.entries.find(list, name).map(|entry| &self.files[entry.file])
    }

    /// The current context, with the file that names it.
    #[must_use]
    pub fn current(&self) -> Option<(&KubeconfigFile, &str)> {
        self.entries.current_file().map(|file| &self.files[file]).zip(self.entries.current())
    }

    /// A name like this one that is not taken in the list.
    #[must_use]
    pub fn free_name(&self, list: List, name: &str) -> String {
        let taken = |name: &String| self.entries.find(list, name).is_some();
        let mut names = std::iter::once(name.to_owned()).chain((2..).map(|nth| format!("{name}-{nth}")));
        names.find(|name| !taken(name)).unwrap_or_default()
    }

    /// The changes, and the file to make them in, so that kubectl sees what is wanted.
    ///
    /// The file is the one with the context, else the one with the cluster, else the first that exists, else the first;
    /// if what must change is in another file of the list, that one.
    ///
    /// # Errors
    /// A name that another entry has, in any file; changes that no single file can hold.
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

    /// One file of the list with everything wanted merged into it.
    #[must_use]
    pub fn merged(&self, file: usize, wanted: &[&Wanted]) -> Batch {
        Batch::of(&Draft::new(&self.documents, &self.entries, file), wanted)
    }
}

#[cfg(test)]
#[path = "merged_authority_tests.rs"]
mod authority_tests;
#[cfg(test)]
#[path = "merged_kubectl_tests.rs"]
mod kubectl_tests;
#[cfg(test)]
#[path = "merged_tests.rs"]
mod tests;
