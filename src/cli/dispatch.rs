//! From the parsed command line to its verb, and from the verb's result to the exit status.

use std::io::ErrorKind;

use clap::{CommandFactory as _, Parser as _};
use futures::FutureExt as _;

use crate::cli::args::{Cli, OutputFormat, TokenCli, TokenVerb, Verb};
use crate::cli::screen::ui::{Ui, complain, is_on_terminal, print_product, unwritten};
use crate::cli::verbs::{
    bootstrap, group, history, kubeconfig, lint, man, map, migrate, mode, restore, role, token, verify, who,
};
use crate::cli::world::context::{Context, Environment, arguments, first_argument};
use crate::cli::world::interrupt::unless_interrupted;
use crate::cli::world::runtime::on_runtime;
use crate::cli::world::through_context::resolve;
use crate::error::{Error, Kind, Result};
use crate::secrets::{learn_arguments, redact};

/// The parsed command line. kubectl's `eksaccess token …` is parsed with that verb's arguments only: building the
/// parser of every verb would take as long as the token itself.
///
/// # Errors
/// The exit status, after help, a version or an error was printed.
pub fn parse() -> Result<Cli, u8> {
    if first_argument().is_some_and(|verb| verb == "token") {
        let TokenCli { global, verb: TokenVerb::Token(args) } = TokenCli::try_parse().map_err(|e| told(&e))?;
        return Ok(Cli { global, verb: Verb::Token(args) });
    }
    Cli::try_parse().or_else(|error| without_cluster(&error).ok_or_else(|| told(&error)))
}

/// A `bootstrap` that lacks only its cluster, where a person can be asked for it.
fn without_cluster(error: &clap::Error) -> Option<Cli> {
    let is_lacking = error.kind() == clap::error::ErrorKind::MissingRequiredArgument;
    if !is_lacking || !is_on_terminal() {
        return None;
    }
    let mut cli = Cli::try_parse_from(arguments().chain(["--all-clusters".to_owned()])).ok()?;
    let Verb::Bootstrap(args) = &mut cli.verb else { return None };
    args.cluster.all_clusters = false;
    (cli.global.output == OutputFormat::Text).then_some(cli)
}

/// Prints what the parser returned instead of a command line: help or the version as a result, an error without
/// passwords.
fn told(said: &clap::Error) -> u8 {
    let code = u8::try_from(said.exit_code()).unwrap_or(2);
    if said.use_stderr() {
        learn_arguments(arguments());
        let text = said.render().to_string();
        if redact(&text) == text {
            // If stderr is closed, the message is lost.
            let _ = said.print();
        } else {
            complain(&text);
        }
        return code;
    }
    match print_product(said) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            complain(unwritten(&error.to_string()).hint("make stdout writable").render().trim_end());
            Kind::Failed.exit_code()
        }
        _ => code,
    }
}

/// Runs the command line's verb; returns the exit status.
pub fn dispatch(mut cli: Cli) -> u8 {
    let env = Environment::read();
    // kubectl calls `token` for every request, so nothing that it does not need runs before it.
    if let Verb::Token(args) = &cli.verb {
        return token::token(&Context { global: cli.global, env }, args);
    }
    redact_panics();
    crate::cli::screen::log::start(cli.global.verbose, env.log.as_deref());
    let ui = Ui::new(&cli.global, &env);
    let mut context = Context { global: cli.global, env };
    let resolved = resolve(&mut cli.verb, &mut context.global.profile, &context.env);
    let code = match resolved.and_then(|()| on_runtime(unless_interrupted(work(&context, &ui, &cli.verb)))) {
        Ok(code) => code,
        Err(mut error) => {
            if error.kind == Kind::Usage && error.hint.is_none() {
                error = error.hint(format!("see its options: eksaccess {} --help", name_of(&cli.verb)));
            }
            ui.error_document(&error);
            ui.error(&error);
            error.kind.exit_code()
        }
    };
    ui.settle(code)
}

/// A panic's text may hold a value that a library printed, so it is redacted like any other text.
fn redact_panics() {
    std::panic::set_hook(Box::new(|panic| {
        complain(&format!(
            "error: a bug in this program: {panic}\nhint: please report it, with the command that was typed"
        ));
    }));
}

/// A verb as it is typed.
fn name_of(verb: &Verb) -> &'static str {
    match verb {
        Verb::Bootstrap(_) => "bootstrap",
        Verb::Role(_) => "role",
        Verb::Group(_) => "group",
        Verb::Map(_) => "map",
        Verb::Who(_) => "who",
        Verb::Lint(_) => "lint",
        Verb::Migrate(_) => "migrate",
        Verb::Kubeconfig(_) => "kubeconfig",
        Verb::Token(_) => "token",
        Verb::Verify(_) => "verify",
        Verb::Mode(_) => "mode",
        Verb::Restore(_) => "restore",
        Verb::History(_) => "history",
        Verb::Completions(_) => "completions",
        Verb::Man(_) => "man",
    }
}

/// Refuses `--detailed-exitcode` where there is neither a dry run nor findings.
fn check_detailed(context: &Context, verb: &Verb) -> Result<()> {
    let global = &context.global;
    if global.detailed_exitcode && !global.dry_run && !matches!(verb, Verb::Lint(_)) {
        return Err(Error::usage("--detailed-exitcode reports what a dry run found")
            .hint("add --dry-run, or leave --detailed-exitcode out"));
    }
    Ok(())
}

async fn work(context: &Context, ui: &Ui, verb: &Verb) -> Result<u8> {
    check_detailed(context, verb)?;
    match verb {
        Verb::Bootstrap(args) => bootstrap::bootstrap(context, ui, args).boxed_local().await,
        Verb::Role(args) => role::role(context, ui, args).boxed_local().await,
        Verb::Group(args) => group::group(context, ui, args).boxed_local().await,
        Verb::Map(args) => map::map(context, ui, args).boxed_local().await,
        Verb::Who(args) => who::who(context, ui, args).boxed_local().await,
        Verb::Lint(args) => lint::lint(context, ui, args).boxed_local().await,
        Verb::Migrate(args) => migrate::migrate(context, ui, args).boxed_local().await,
        Verb::Kubeconfig(args) => kubeconfig::kubeconfig(context, ui, args).boxed_local().await,
        Verb::Verify(args) => verify::verify(context, ui, args).boxed_local().await,
        Verb::Mode(args) => mode::mode(context, ui, args).boxed_local().await,
        Verb::Restore(args) => restore::restore(context, ui, args).boxed_local().await,
        Verb::History(args) => history::history(context, ui, args).boxed_local().await,
        Verb::Token(args) => Ok(token::token(context, args)),
        Verb::Completions(args) => {
            let mut text = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "eksaccess", &mut text);
            ui.raw_out(&String::from_utf8_lossy(&text));
            Ok(0)
        }
        Verb::Man(args) => man::man(ui, args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plugins_own_command_line_is_the_whole_ones() {
        let line = ["eksaccess", "token", "-i", "dev", "-r", "R", "--region", "eu-west-1", "--output", "json", "-vv"];
        let own = TokenCli::try_parse_from(line).expect("the plugin's arguments");
        let TokenVerb::Token(args) = own.verb;
        let whole = Cli::try_parse_from(line).expect("the same arguments");
        let Verb::Token(same) = whole.verb else { panic!("the verb is token") };
        assert_eq!(format!("{args:?}"), format!("{same:?}"));
        assert_eq!(format!("{:?}", own.global), format!("{:?}", whole.global));
        let names = |command: clap::Command| {
            let verb = command.find_subcommand("token").expect("the verb").clone();
            verb.get_arguments().map(|a| a.get_id().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(TokenCli::command()), names(Cli::command()));
    }
}
