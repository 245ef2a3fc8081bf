//! `man`: the manual pages, generated from the arguments.

use clap::{Command, CommandFactory as _};

use crate::cli::args::examples;
use crate::cli::args::{Cli, ManArgs};
use crate::cli::screen::ui::Ui;
use crate::error::{Error, Result};

/// Prints one page, or writes all of them into a directory.
///
/// # Errors
/// No such verb; the directory can't be written.
pub(crate) fn man(ui: &Ui, args: &ManArgs) -> Result<u8> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    if let Some(dir) = &args.dir {
        let failed =
            |e: std::io::Error| Error::failed(format!("writing the manual into {}", dir.display())).because_of(e);
        std::fs::create_dir_all(dir).map_err(failed)?;
        for verb in command.get_subcommands().chain([&command]) {
            let name = verb.get_display_name().unwrap_or_else(|| verb.get_name());
            std::fs::write(dir.join(format!("{name}.1")), page(verb)?).map_err(failed)?;
        }
        ui.note(&format!("the manual is in {}", dir.display()));
        return Ok(0);
    }
    let page = match &args.verb {
        None => page(&command)?,
        Some(verb) => page(command.find_subcommand(verb).ok_or_else(|| unknown(verb))?)?,
    };
    ui.raw_out(&page);
    Ok(0)
}

fn unknown(verb: &str) -> Error {
    Error::usage(format!("unknown verb {verb}")).hint("list the verbs: eksaccess --help")
}

fn page(command: &Command) -> Result<String> {
    let mut page = Vec::new();
    let done = clap_mangen::Man::new(command.clone()).render(&mut page);
    done.map_err(|e| Error::failed("writing the manual").because_of(e))?;
    Ok(examples::blanks(&String::from_utf8_lossy(&page)))
}
