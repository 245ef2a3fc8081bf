//! `bootstrap` without a cluster: a single one is offered, several are listed, and without a terminal it is an error.

use super::desks::three;
use crate::support::cloud::World;
use crate::support::desk::Desk;

const COMMAND: &str = "bootstrap --user member --kubeconfig kube";

#[test]
fn the_only_cluster_is_offered_and_used_after_a_yes() {
    for (keys, status, said) in [("y\n", 0, "verified: access works"), ("n\n", 1, "not confirmed; nothing was changed")]
    {
        let desk = Desk::new(World::new().start());
        let mut terminal = desk.eksaccess("creator", COMMAND).on_terminal();
        terminal.shows("No cluster was named, but dev (eu-west-1) is the only one. Use it? [y/N]").keys(keys);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, status, "{screen}");
        assert!(screen.contains(said), "{screen}");
        assert_eq!(desk.cloud.writes().is_empty(), status == 1);
    }
}

#[test]
fn several_are_listed_each_with_the_command_that_names_it() {
    let desk = three();
    let (ended, screen) = desk.eksaccess("creator", COMMAND).on_terminal().end();
    assert_eq!(ended, 2, "{screen}");
    for name in ["dev", "stage", "prod"] {
        assert!(screen.contains(&format!("{name} (eu-west-1)")), "{screen}");
        assert!(screen.contains(&format!("eksaccess {COMMAND} --cluster {name}")), "{screen}");
    }
    assert!(screen.contains("no cluster was named, and there are 3"), "{screen}");
    assert!(desk.cloud.writes().is_empty());
}

#[test]
fn without_a_terminal_nothing_is_looked_for() {
    let desk = three();
    for more in ["", " --output json"] {
        let ran = desk.eksaccess("creator", &format!("{COMMAND}{more}")).status(2).run();
        ran.warns("--cluster <NAME|ARN|GLOB>");
        assert!(desk.cloud.calls().is_empty(), "{:?}", desk.cloud.calls());
    }
}
