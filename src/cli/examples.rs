//! What the help ends with: a few command lines for each verb, as they are typed. A test parses every one of them.

/// `eksaccess --help`.
pub(crate) const ALL: &str = "\
Examples:
  eksaccess bootstrap --cluster dev --user ann --dry-run    see what would be done
  eksaccess bootstrap --cluster dev --user ann              do it, and prove that it works
  eksaccess verify --cluster dev                            why somebody can't get in

Exit status:
  0 done, or nothing to do      3 changes pending (--dry-run --detailed-exitcode)
  1 failed                      4 the world changed under the plan
  2 wrong usage                 5 something was verified and is broken
  130 interrupted               6 a confirmation was needed

-h shows less than --help.";

/// `bootstrap`.
pub(crate) const BOOTSTRAP: &str = "\
Examples:
  eksaccess bootstrap --cluster dev --user ann --user bob --dry-run
  eksaccess bootstrap --cluster dev --user ann --require-mfa
  eksaccess bootstrap --cluster dev --role Deploy --access-policy AmazonEKSEditPolicy --policy-namespace shop
  eksaccess bootstrap --cluster arn:aws:eks:eu-west-1:111122223333:cluster/dev --skip group --trust-permission-set Admins
  eksaccess bootstrap --cluster dev --user ann --dry-run --output json
  eksaccess bootstrap --cluster dev --user ann --approve 0123456789abcdef0123456789abcdef";

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

Exit status: 0 whenever there is an answer, also for nobody.";

/// `lint`.
pub(crate) const LINT: &str = "\
Examples:
  eksaccess lint --cluster dev --check-iam
  eksaccess lint --file aws-auth.yaml --detailed-exitcode
  eksaccess lint --file aws-auth.yaml --fix

Exit status: 0, with --detailed-exitcode 3 where there are findings.";

/// `kubeconfig`.
pub(crate) const KUBECONFIG: &str = "\
Examples:
  eksaccess kubeconfig --cluster dev
  eksaccess kubeconfig --cluster dev --alias dev --set-current
  eksaccess kubeconfig --cluster dev --exec aws --kubeconfig -";

/// `token`.
pub(crate) const TOKEN: &str = "\
kubectl runs this by itself; a kubeconfig made here says so. By hand:
  eksaccess token --cluster dev --role arn:aws:iam::111122223333:role/KubernetesAdmin --token-only";

/// `verify`.
pub(crate) const VERIFY: &str = "\
Examples:
  eksaccess verify --cluster dev
  eksaccess verify --cluster dev --role Deploy --can create deployments.apps -n shop
  eksaccess verify --cluster dev --mfa-serial arn:aws:iam::111122223333:mfa/ann
  eksaccess verify --cluster dev --principal arn:aws:iam::111122223333:user/bob

Exit status: 0 all links hold, 5 one is broken, 1 some could not be tested.";

/// `restore`.
pub(crate) const RESTORE: &str = "\
Examples:
  eksaccess restore --cluster dev --list
  eksaccess restore --cluster dev --diff 20261124T143959.655596Z-1001
  eksaccess restore --cluster dev 20261124T143959.655596Z-1001";

/// `history`.
pub(crate) const HISTORY: &str = "\
Examples:
  eksaccess history --last 5
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
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Cli;

    #[test]
    fn every_example_is_a_command_line() {
        let all = [ALL, BOOTSTRAP, ROLE, GROUP, MAP, WHO, LINT, KUBECONFIG, TOKEN, VERIFY, RESTORE, COMPLETIONS, MAN];
        for line in all.iter().flat_map(|text| text.lines()).filter(|l| l.starts_with("  eksaccess ")) {
            let line = line.trim_start().split([' ']).collect::<Vec<_>>().join(" ");
            // What follows a redirection, a pipe or a gap is not an argument.
            let end = ["   ", " > ", " | "].iter().filter_map(|stop| line.find(stop)).min().unwrap_or(line.len());
            if let Err(error) = Cli::try_parse_from(line[..end].split_whitespace()) {
                panic!("{line}\n{error}");
            }
        }
    }
}
