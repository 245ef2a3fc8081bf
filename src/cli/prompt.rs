//! Asking for the code of a second factor: on the terminal itself, for stdin and stdout may be kubectl's.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};

use crate::error::{Error, Result, printable};

/// Asks for the six digits that a device shows.
///
/// # Errors
/// There is no terminal, or what was typed is no code.
pub(crate) fn ask_code(serial: &str) -> Result<String> {
    let no_terminal = |why: std::io::Error| {
        Error::failed(format!("the code of {serial} is needed, and there is no terminal to ask on"))
            .because(why.to_string())
            .hint("run it on a terminal, or use credentials of a session that was made with the second factor")
    };
    let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(no_terminal)?;
    write!(tty, "MFA code of {}: ", printable(serial)).and_then(|()| tty.flush()).map_err(no_terminal)?;
    let mut line = String::new();
    BufReader::new(tty).read_line(&mut line).map_err(no_terminal)?;
    let code = line.trim();
    if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(code.to_owned());
    }
    Err(Error::failed("that is no MFA code: expected six digits"))
}
