//! An `aws-auth` manifest in a file: read, checked, and replaced as a whole or not at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::aws_auth::{DataKey, Manifest, ManifestError};
use crate::cli::world::aside::aside;
use crate::error::{Error, Kind, Result};
use crate::files::atomic;

/// The most bytes of a manifest that are read: a `ConfigMap` holds 1 MiB, and a list may hold many objects.
const MOST: u64 = 32 * 1024 * 1024;

/// The name that means stdin and stdout.
const STREAM: &str = "-";

/// A manifest's text and where it came from.
#[derive(Debug)]
pub(crate) struct ManifestFile {
    /// The name as it was given; `-` for stdin.
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
            return Err(Error::usage("--file names no file: it is empty").hint("name a manifest: --file FILE"));
        }
        let name = name.to_owned();
        // Stdin and a pipe may be waited for.
        aside(move || {
            let text = if name == STREAM { limited(io::stdin().lock(), "stdin") } else { read_file(&name) }?;
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
    /// There is none, or it can't be read.
    pub(crate) fn manifest(&self) -> Result<Manifest<'_>> {
        Manifest::read(&self.text).map_err(|error| self.error(error))
    }

    /// The same, also where the API server would refuse what stands in `data`.
    ///
    /// # Errors
    /// There is none, or it can't be read.
    pub(crate) fn lenient_manifest(&self) -> Result<Manifest<'_>> {
        Manifest::read_leniently(&self.text).map_err(|error| self.error(error))
    }

    /// What is wrong with it, as a person reads it.
    pub(crate) fn error(&self, error: ManifestError) -> Error {
        let hint = match &error {
            ManifestError::NotFound { .. } | ManifestError::Several(_) => {
                "it must hold one ConfigMap: name aws-auth, namespace kube-system"
            }
            ManifestError::Immutable(_) => "take `immutable` out of the manifest first",
            ManifestError::NotAMap { dashed: true, .. } => {
                "write it as a map: `mapRoles: |` below `data:`, without a `-`"
            }
            ManifestError::NotAMap { .. } => "write it as a map: `mapRoles: |` below `data:`",
            ManifestError::NotText { key, .. } => {
                &format!("quote it, or write it as a block: `{}: |`", crate::error::one_line(key))
            }
            ManifestError::InBinaryData { .. } => "take the key out of binaryData first",
            ManifestError::NotProven(what) if !what.starts_with("line ") => "make this change by hand",
            _ => "look at the file in that line",
        };
        Error::failed(format!("{} can't be used as an aws-auth manifest; nothing was changed", self.shown()))
            .because_of(error)
            .hint(hint)
    }

    /// Writes the new text, as a whole or not at all. Off the runtime's thread: a file system may hang, and a signal is heard all the same.
    ///
    /// # Errors
    /// The file is no longer what was read, or can't be written.
    pub(crate) async fn replace(&self, new: &str) -> Result<()> {
        let (name, text, new) = (self.name.clone(), self.text.clone(), new.to_owned());
        aside(move || replace(&name, &text, &new)).await
    }
}

fn replace(name: &str, planned_on: &str, new: &str) -> Result<()> {
    let path = atomic::resolve(Path::new(name)).map_err(|e| cant_write(name, e))?;
    if read_file(name)? != planned_on {
        return Err(Error::new(Kind::WorldChanged, format!("{name} changed in the meantime; nothing was changed"))
            .hint("look at it and run the command again"));
    }
    atomic::replace(&path, new.as_bytes(), 0o644).map(drop).map_err(|e| cant_write(name, e))
}

/// The line and column of the file where those of a data key's text are.
pub(crate) fn place_in(manifest: &Manifest<'_>) -> impl Fn(DataKey, (usize, usize)) -> (usize, usize) {
    let places = manifest.places();
    move |key, at| places.of(key, at)
}

fn read_file(name: &str) -> Result<String> {
    let file = File::open(name).map_err(|e| cant_read(name, e))?;
    limited(file, name)
}

fn limited(source: impl Read, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    source.take(MOST + 1).read_to_end(&mut bytes).map_err(|e| cant_read(name, e))?;
    if bytes.len() as u64 > MOST {
        return Err(Error::failed(format!("{name} is longer than {MOST} bytes and is not an aws-auth manifest")));
    }
    if let Some((encoding, writers)) = other_encoding(&bytes) {
        let shown = crate::error::shell_word(name);
        let hint = match name {
            "stdin" => format!("convert it on the way: iconv -f {encoding} -t UTF-8"),
            _ => format!("save it as UTF-8: iconv -f {encoding} -t UTF-8 {shown} > {shown}.utf8"),
        };
        let error = Error::failed(format!("{name} is {encoding}: save it as UTF-8")).hint(hint);
        return Err(if writers { error.because("PowerShell's `>` and Out-File write UTF-16") } else { error });
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|byte| *byte == b'\n');
        let line = before.count();
        Error::failed(format!("{name} is not a text in UTF-8: line {line} holds a byte that is not a character"))
    })
}

/// The encoding of a text that is not in UTF-8, as `iconv` names it, by its byte-order mark or by the NULs of its first
/// character; and whether it is what PowerShell writes.
const fn other_encoding(bytes: &[u8]) -> Option<(&'static str, bool)> {
    Some(match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => ("UTF-32", false),
        [1..=0x7f, 0, 0, 0, ..] => ("UTF-32LE", false),
        [0, 0, 0, 1..=0x7f, ..] => ("UTF-32BE", false),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("UTF-16", true),
        [1..=0x7f, 0, ..] => ("UTF-16LE", true),
        [0, 1..=0x7f, ..] => ("UTF-16BE", false),
        _ => return None,
    })
}

fn cant_write(name: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    let failed = Error::failed(format!("writing {name}")).because_of(error);
    failed.hint("pass it through instead: --file - < OLD > NEW")
}

fn cant_read(name: &str, error: io::Error) -> Error {
    Error::failed(format!("reading {name}")).because_of(error).hint("name a manifest: --file FILE")
}
