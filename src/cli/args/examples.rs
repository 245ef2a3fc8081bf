//! The examples at the end of the help: a few command lines for each verb. A test parses every one of them.

/// The blank of a command line in the help: clap breaks lines at blanks, but a command must stay on one line to be
/// copied.
const UNBROKEN: char = '\u{a0}';

/// A text of this module with command lines that clap does not break; [`blanks`] restores the blanks.
pub(crate) fn whole(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("  ") { line.replace(' ', &UNBROKEN.to_string()) } else { line.to_owned() }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A rendered help or manual page with ordinary blanks.
pub(crate) fn blanks(text: &str) -> String {
    text.replace(UNBROKEN, " ")
}

/// `eksaccess --help`.
pub(crate) const ALL: &str = "\
Examples:
  eksaccess bootstrap --cluster dev --user ann --dry-run   show the plan
  eksaccess bootstrap --cluster dev --user ann             do it, then verify it
  eksaccess verify --cluster dev                           see why access fails

Exit status:
  0 done, or nothing to do    4 the world changed under the plan
  1 failed                    5 a verified link is broken
  2 wrong usage               6 a confirmation was needed
  3 changes are pending       130 interrupted

-h shows less than --help.";

/// `bootstrap`.
pub(crate) const BOOTSTRAP: &str = "\
Examples:
  eksaccess bootstrap --cluster dev --user ann --user bob --dry-run
  eksaccess bootstrap --cluster dev --user ann --require-mfa
  eksaccess bootstrap --cluster dev --role Deploy --access-policy AmazonEKSEditPolicy --policy-namespace shop
  eksaccess bootstrap --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --skip group --trust-permission-set Admins
  eksaccess bootstrap --cluster dev --user ann --dry-run --output json
  eksaccess bootstrap --cluster dev --user ann --approve 0123456789abcdef0123456789abcdef
  eksaccess bootstrap --cluster dev --cluster prod --user ann
  eksaccess bootstrap --all-clusters --accounts accounts.txt --account-role Ops --cluster-region eu-west-1 --dry-run";

/// `role`.
pub(crate) const ROLE: &str = "\
Examples:
  eksaccess role --dry-run
  eksaccess role --role Deploy --trust arn:aws:iam::111122223333:role/ci --max-session-duration 7200
  eksaccess role --add-trust arn:aws:iam::444455556666:root --external-id 8f2c";

/// `group`.
pub(crate) const GROUP: &str = "\
Examples:
  eksaccess group --user ann --user bob
  eksaccess group --role Deploy --group Deployers --user ann";

/// `map`.
pub(crate) const MAP: &str = "\
Examples:
  eksaccess map --cluster dev --dry-run
  eksaccess map --cluster dev --role Deploy --kubernetes-group deployers
  eksaccess map --cluster dev --role Deploy --append-kubernetes-group viewers --via aws-auth
  eksaccess map --cluster dev --principal permission-set:Admins --access-policy AmazonEKSClusterAdminPolicy
  eksaccess map --cluster dev --principal arn:aws:iam::111122223333:user/ann --remove
  eksaccess map --cluster dev --account 444455556666
  eksaccess map --file aws-auth.yaml --principal arn:aws:iam::111122223333:role/Deploy --kubernetes-group deployers";

/// `who`.
pub(crate) const WHO: &str = "\
Examples:
  eksaccess who arn:aws:iam::111122223333:role/Deploy --cluster dev
  eksaccess who arn:aws:iam::111122223333:role/Deploy --session ann --file aws-auth.yaml
  eksaccess who arn:aws:iam::111122223333:user/ann --file - --output json

Exit status: 0 whenever there is an answer, also without access.";

/// `lint`.
pub(crate) const LINT: &str = "\
Examples:
  eksaccess lint --cluster dev --check-iam
  eksaccess lint --file aws-auth.yaml --detailed-exitcode
  eksaccess lint --file aws-auth.yaml --fix

Exit status: 0; with --detailed-exitcode, 3 if there are findings.";

/// `migrate`.
pub(crate) const MIGRATE: &str = "\
Examples:
  eksaccess migrate --cluster dev --dry-run
  eksaccess migrate --cluster dev --to API_AND_CONFIG_MAP --report migration.md
  eksaccess migrate --cluster dev --remove-mappings
  eksaccess migrate --aws-auth aws-auth.yaml --path-of Deploy=/
  eksaccess migrate --aws-auth - --type-of arn:aws:iam::111122223333:role/nodes=EC2_LINUX --output json
  eksaccess migrate --cluster dev --rollback
  eksaccess migrate --cluster dev --rollback --aws-auth aws-auth.yaml

Exit status: 2 for a cluster in mode CONFIG_MAP without --to (0 with --dry-run), once the table is shown.";

/// `kubeconfig`.
pub(crate) const KUBECONFIG: &str = "\
Examples:
  eksaccess kubeconfig --cluster dev
  eksaccess kubeconfig --cluster dev --alias dev --set-current
  eksaccess kubeconfig --cluster dev --exec aws --kubeconfig -";

/// `token`.
pub(crate) const TOKEN: &str = "\
kubectl runs this itself, as a kubeconfig from eksaccess tells it to. By hand:
  eksaccess token --cluster dev --role arn:aws:iam::111122223333:role/KubernetesAdmin --token-only";

/// `verify`.
pub(crate) const VERIFY: &str = "\
Examples:
  eksaccess verify --cluster dev
  eksaccess verify --cluster dev --role Deploy --can create deployments.apps -n shop
  eksaccess verify --cluster dev --mfa-serial arn:aws:iam::111122223333:mfa/ann
  eksaccess verify --cluster dev --principal arn:aws:iam::111122223333:user/bob
  eksaccess verify --all-clusters --cluster-region eu-west-1

Exit status: 0 if all links hold, 5 if one is broken, 1 if one could not be tested.";

/// `mode`.
pub(crate) const MODE: &str = "\
Examples:
  eksaccess mode --cluster dev
  eksaccess mode --cluster dev --to API_AND_CONFIG_MAP --dry-run
  eksaccess mode --cluster dev --to API_AND_CONFIG_MAP
  eksaccess mode --cluster dev --to API
  eksaccess mode --all-clusters --cluster-region eu-west-1

A switch can't be undone. It takes minutes, which the command waits for, up to --timeout.";

/// `restore`.
pub(crate) const RESTORE: &str = "\
Examples:
  eksaccess restore --cluster dev --list
  eksaccess restore --cluster dev --diff 20261124T143959.655596Z-1001
  eksaccess restore --cluster dev 20261124T143959.655596Z-1001
  eksaccess restore --run 20261124T143959.655596Z-0123456789abcdef0123456789abcdef";

/// `history`.
pub(crate) const HISTORY: &str = "\
Examples:
  eksaccess history --last 5
  eksaccess history --run 20260102T030405
  eksaccess history --cluster dev --output json";

/// `completions`.
pub(crate) const COMPLETIONS: &str = "\
Examples:
  eksaccess completions bash > ~/.local/share/bash-completion/completions/eksaccess
  eksaccess completions zsh > ~/.zfunc/_eksaccess
  eksaccess completions fish > ~/.config/fish/completions/eksaccess.fish";

/// `man`.
pub(crate) const MAN: &str = "\
Examples:
  eksaccess man | man -l -
  eksaccess man bootstrap | man -l -
  eksaccess man --dir ~/.local/share/man/man1";

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn every_example_is_a_command_line() {
        let all = [
            ALL,
            BOOTSTRAP,
            ROLE,
            GROUP,
            MAP,
            WHO,
            LINT,
            MIGRATE,
            KUBECONFIG,
            TOKEN,
            VERIFY,
            MODE,
            RESTORE,
            COMPLETIONS,
            MAN,
        ];
        for line in all.iter().flat_map(|text| text.lines()).filter(|l| l.starts_with("  eksaccess ")) {
            let line = line.trim_start().split([' ']).collect::<Vec<_>>().join(" ");
            // The text after a redirection, a pipe or a gap is not an argument.
            let end = ["   ", " > ", " | "].iter().filter_map(|stop| line.find(stop)).min().unwrap_or(line.len());
            if let Err(error) = Cli::try_parse_from(line[..end].split_whitespace()) {
                panic!("{line}\n{error}");
            }
        }
    }
    #[test]
    fn a_command_is_one_line_at_any_width() {
        for width in [40, 80, 120] {
            let mut command = Cli::command().term_width(width);
            command.build();
            for verb in command.get_subcommands_mut() {
                let help = blanks(&verb.clone().term_width(width).render_long_help().to_string());
                let text = verb.get_after_help().map(|text| blanks(&text.to_string())).unwrap_or_default();
                for line in text.lines().filter(|line| line.starts_with("  eksaccess ")) {
                    assert!(help.lines().any(|shown| shown.trim_end() == line), "{line}\n{help}");
                }
            }
        }
    }

    #[test]
    fn the_first_page_fits_a_terminal_of_80_columns() {
        assert!(ALL.lines().all(|line| line.chars().count() <= 80));
    }
}
