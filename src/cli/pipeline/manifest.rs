//! An `aws-auth` manifest in a file: read, checked, and replaced as a whole.

use std::path::Path;

use crate::aws_auth::{DataKey, Manifest, ManifestError};
use crate::cli::world::aside::aside;
use crate::cli::world::text::{STREAM, Text};
use crate::error::{Error, Kind, Result};
use crate::files::atomic;

/// A `ConfigMap` holds 1 MiB, and a list may hold many objects.
const MANIFEST: Text = Text {
    most: 32 * 1024 * 1024,
    what: "an aws-auth manifest",
    name_it: "name a manifest: --file FILE",
    write_it: None,
    error: Error::failed,
};

/// A manifest's text and its source.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    /// The name as given; `-` for stdin.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
}

impl ManifestFile {
    /// Reads it.
    ///
    /// # Errors
    /// It can't be read, is too long, or is not text.
    pub(crate) async fn read(name: &str) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::usage("--file is empty: it must name a file").hint("name a manifest: --file FILE"));
        }
        let name = name.to_owned();
        // Reading stdin or a pipe may block.
        aside(move || {
            let text = MANIFEST.read(&name)?;
            Ok(Self { name, text })
        })
        .await
    }

    /// Whether it came from stdin.
    pub(crate) fn is_stream(&self) -> bool {
        Self::is_stream_named(&self.name)
    }

    /// Whether a name means stdin.
    pub(crate) fn is_stream_named(name: &str) -> bool {
        name == STREAM
    }

    /// The name for people.
    pub(crate) fn shown(&self) -> &str {
        if self.is_stream() { "stdin" } else { &self.name }
    }

    /// The `aws-auth` in it.
    ///
    /// # Errors
    /// It is missing, or can't be read.
    pub(crate) fn manifest(&self) -> Result<Manifest<'_>> {
        Manifest::read(&self.text).map_err(|error| self.error(error))
    }

    /// The same, also where the API server would reject `data`.
    ///
    /// # Errors
    /// It is missing, or can't be read.
    pub(crate) fn lenient_manifest(&self) -> Result<Manifest<'_>> {
        Manifest::read_leniently(&self.text).map_err(|error| self.error(error))
    }

    /// What is wrong with it, as a person reads it.
    pub(crate) fn error(&self, error: ManifestError) -> Error {
        let hint = match &error {
            ManifestError::NotFound { .. } | ManifestError::Several(_) => {
                "it must hold one ConfigMap: name aws-auth, namespace kube-system"
            }
            ManifestError::Immutable(_) => "remove `immutable` from the manifest first",
            ManifestError::NotAMap { dashed: true, .. } => {
                "write it as a map: `mapRoles: |` under `data:`, without a `-`"
            }
            ManifestError::NotAMap { .. } => "write it as a map: `mapRoles: |` under `data:`",
            ManifestError::NotText { key, .. } => {
                &format!("quote it, or write it as a block: `{}: |`", crate::error::one_line(key))
            }
            ManifestError::InBinaryData { .. } => "remove the key from binaryData first",
            ManifestError::NotProven(what) if !what.starts_with("line ") => "make this change by hand",
            _ => "look at that line of the file",
        };
        Error::failed(format!("{} can't be used as an aws-auth manifest; nothing was changed", self.shown()))
            .because_of(error)
            .hint(hint)
    }

    /// Writes the new text, as a whole or not at all. Runs off the runtime's thread: a file system may hang, and
    /// signals must still be handled.
    ///
    /// # Errors
    /// The file has changed since it was read, or can't be written.
    pub(crate) async fn replace(&self, new: &str) -> Result<()> {
        let (name, text, new) = (self.name.clone(), self.text.clone(), new.to_owned());
        aside(move || replace(&name, &text, &new)).await
    }
}

fn replace(name: &str, planned_on: &str, new: &str) -> Result<()> {
    let path = atomic::resolve(Path::new(name)).map_err(|e| cant_write(name, e))?;
    if MANIFEST.read(name)? != planned_on {
        return Err(Error::new(Kind::WorldChanged, format!("{name} changed in the meantime; nothing was changed"))
            .hint("look at it and run the command again"));
    }
    atomic::replace(&path, new.as_bytes(), 0o644).map(drop).map_err(|e| cant_write(name, e))
}

/// The line and column in the file of a place in a data key's text.
pub(crate) fn place_in(manifest: &Manifest<'_>) -> impl Fn(DataKey, (usize, usize)) -> (usize, usize) {
    let places = manifest.places();
    move |key, at| places.of(key, at)
}

fn cant_write(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let failed = Error::failed(format!("writing {name}")).because_of(error);
    failed.hint("pass it through instead: --file - < OLD > NEW")
}
