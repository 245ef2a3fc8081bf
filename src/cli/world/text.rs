//! A text named on the command line: a file or stdin, read whole, limited in size, in UTF-8.

use std::fs::File;
use std::io::{self, Read};

use crate::error::{Error, shell_word};

/// The name that means stdin.
pub(crate) const STREAM: &str = "-";

/// The kind of a text, and its errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    /// The size limit in bytes.
    pub(crate) most: u64,
    /// What it is: `an aws-auth manifest`.
    pub(crate) what: &'static str,
    /// What to do if it can't be read.
    pub(crate) name_it: &'static str,
    /// What to do if it is too long.
    pub(crate) write_it: Option<&'static str>,
    /// An error about it.
    pub(crate) error: fn(String) -> Error,
}

impl Text {
    /// Reads it from a file or, for `-`, from stdin, which may block.
    ///
    /// # Errors
    /// It can't be read, is too long, or is not text.
    pub(crate) fn read(&self, name: &str) -> Result<String, Error> {
        if name == STREAM {
            return self.limited(io::stdin().lock(), "stdin");
        }
        let file = File::open(name).map_err(|error| self.unread(name, error))?;
        self.limited(file, name)
    }

    fn limited(&self, source: impl Read, name: &str) -> Result<String, Error> {
        let Self { most, what, write_it, error, .. } = self;
        let mut bytes = Vec::new();
        source.take(most + 1).read_to_end(&mut bytes).map_err(|error| self.unread(name, error))?;
        if bytes.len() as u64 > *most {
            let error = error(format!("{name} is longer than {most} bytes and is not {what}"));
            return Err(match write_it {
                Some(hint) => error.hint(*hint),
                None => error,
            });
        }
        if let Some((encoding, by_powershell)) = other_encoding(&bytes) {
            let shown = shell_word(name);
            let hint = match name {
                "stdin" => format!("convert it in the pipe: iconv -f {encoding} -t UTF-8"),
                _ => format!("save it as UTF-8: iconv -f {encoding} -t UTF-8 {shown} > {shown}.utf8"),
            };
            let error = error(format!("{name} is {encoding}: save it as UTF-8")).hint(hint);
            return Err(if by_powershell {
                error.because("PowerShell's `>` and Out-File write UTF-16")
            } else {
                error
            });
        }
        String::from_utf8(bytes).map_err(|wrong| {
            let before = wrong.as_bytes()[..wrong.utf8_error().valid_up_to()].split(|byte| *byte == b'\n');
            let line = before.count();
            error(format!("{name} is not a text in UTF-8: line {line} holds a byte that is not a character"))
        })
    }

    fn unread(&self, name: &str, error: io::Error) -> Error {
        (self.error)(format!("reading {name}")).because_of(error).hint(self.name_it)
    }
}

/// The encoding of a text that is not in UTF-8, with its `iconv` name, from its byte-order mark or the NULs of its
/// first character; and whether PowerShell writes it.
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
