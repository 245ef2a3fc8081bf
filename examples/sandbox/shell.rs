//! `-- shell`: a shell for the cloud, as `creator`, with commands to act as another user.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::screen;
use crate::signals::{self, Interrupt};
use crate::table::Table;

/// The shell's start-up file: a prompt with the current user.
const RC: &str = "PS1='${SANDBOX_USER}$ '\n";

/// Runs the user's shell; its exit status is ignored, as it is that of the last command in it.
pub(crate) fn open(table: &Table) -> Result<(), String> {
    scripts(table).map_err(|e| format!("making the sandbox's scripts: {e}"))?;
    signals::watch(table.removal(), Interrupt::IsTheShells)?;
    if io::stdin().is_terminal() {
        banner(table);
    }
    let shell = std::env::var("SHELL").ok().filter(|s| !s.is_empty()).unwrap_or_else(|| "/bin/sh".to_owned());
    let mut command = table.command("creator", &shell);
    command.stdin(Stdio::inherit()).env("SANDBOX_USER", "creator").env("SHELL", &shell);
    // Each shell's variable for its start-up file.
    command.env("ENV", table.home().join(".shrc")).env("ZDOTDIR", table.home());
    command.status().map_err(|e| format!("starting {shell}: {e}"))?;
    println!("The sandbox is gone, and all that was done in it.");
    Ok(())
}

/// `as-USER COMMAND…` runs a command as another user, `as-USER` alone opens a shell.
fn scripts(table: &Table) -> io::Result<()> {
    for user in ["creator", "member", "outsider"] {
        let mut text = String::from("#!/bin/sh\n");
        for (name, value) in table.user_env(user) {
            let _ = writeln!(text, "export {name}='{value}'");
        }
        let _ = write!(text, "export SANDBOX_USER={user}\n[ $# -gt 0 ] || set -- \"$SHELL\"\nexec \"$@\"\n");
        let path = table.bin().join(format!("as-{user}"));
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    }
    for file in [".bashrc", ".shrc", ".zshrc"] {
        fs::write(table.home().join(file), RC)?;
    }
    Ok(())
}

fn banner(table: &Table) {
    let has = |program: &str| if table.has(program) { String::new() } else { format!(" ({program} is not installed)") };
    screen::say(&format!(
        "A sandbox: a small cloud on {}, and you are creator in it, an administrator.\n\
         There are member and outsider, who may look and change nothing, the clusters dev (mode CONFIG_MAP) and prod (mode API), and a second account\n\
         with alpha and beta, in which your credentials may assume the role Ops.",
        table.cloud.endpoint()
    ));
    screen::show(&format!(
        "eksaccess bootstrap --cluster dev --user member   the whole job\n\
         eksaccess lint --all-clusters --accounts accounts  many clusters: those of a second account too\n\
         as-member kubectl auth whoami                      as another user{}\n\
         as-outsider eksaccess verify --cluster dev         why a user can't get in\n\
         aws eks list-clusters                              the cloud by other tools{}\n\
         exit                                               and all of it is gone",
        has("kubectl"),
        has("aws")
    ));
    println!();
}
