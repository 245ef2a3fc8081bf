//! Asks for an MFA code on the terminal itself, as stdin and stdout may be kubectl's.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};

use rustix::termios::{QueueSelector, tcflush};

use crate::error::{Error, Result, one_line};
use crate::secrets::learn_code;

/// Why there is no code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoCode {
    /// There is no terminal.
    #[error("there is no terminal to ask on")]
    NoTerminal(#[source] std::io::Error),
    /// Something else was typed.
    #[error("what was typed is not an MFA code: expected six digits")]
    NotSixDigits,
}

/// Asks for a device's six digits.
///
/// # Errors
/// [`NoCode`].
pub(crate) fn ask(serial: &str) -> std::result::Result<String, NoCode> {
    let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(NoCode::NoTerminal)?;
    // Input from before the question is not an answer to it.
    let _ = tcflush(&tty, QueueSelector::IFlush);
    let question = format!("MFA code of {}: ", one_line(serial));
    tty.write_all(question.as_bytes()).map_err(NoCode::NoTerminal)?;
    let mut line = String::new();
    BufReader::new(tty).read_line(&mut line).map_err(NoCode::NoTerminal)?;
    let code = line.trim();
    learn_code(code);
    if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(code.to_owned());
    }
    Err(NoCode::NotSixDigits)
}

/// The same as an error of the whole command.
///
/// # Errors
/// No terminal, or not a code.
pub(crate) fn ask_code(serial: &str) -> Result<String> {
    ask(serial).map_err(|error| match error {
        NoCode::NoTerminal(why) => {
            Error::failed(format!("the MFA code from {serial} is needed, but there is no terminal to ask on"))
                .because(why.to_string())
                .hint("run it on a terminal, or use credentials of a session made with MFA")
        }
        NoCode::NotSixDigits => Error::failed("this is not an MFA code: expected six digits"),
    })
}
