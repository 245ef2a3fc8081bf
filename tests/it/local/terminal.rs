//! The terminal: questions, colour, second thoughts.

use super::acts::{BOOTSTRAP, desk};
use crate::support::cloud::AuthMode;
use crate::support::desk::Desk;

const REPLACE: &str = "role --trust arn:aws:iam::111122223333:user/member";

fn ready() -> Desk {
    let desk = desk(AuthMode::ConfigMap);
    desk.eksaccess("creator", "role").run();
    desk.cloud.clear_log();
    desk
}

fn writes(desk: &Desk) -> Vec<String> {
    desk.cloud.writes().into_iter().map(|call| call.operation).collect()
}

#[test]
fn yes_carries_the_plan_out_and_anything_else_does_not() {
    for (keys, status, written, said) in [
        ("y\n", 0, &["UpdateAssumeRolePolicy"][..], "done"),
        ("yes\n", 0, &["UpdateAssumeRolePolicy"], "done"),
        ("n\n", 1, &[], "not confirmed; nothing was changed"),
        ("\n", 1, &[], "not confirmed; nothing was changed"),
        ("yess\n", 1, &[], "not confirmed; nothing was changed"),
        ("\x03", 130, &[], "interrupted; nothing was changed"),
    ] {
        let desk = ready();
        let mut terminal = desk.eksaccess("creator", REPLACE).on_terminal();
        terminal.shows("the trust policy of an existing role is replaced").shows("Carry this plan out?").keys(keys);
        let (ended, screen) = terminal.end();
        assert_eq!(ended, status, "{keys:?}\n{screen}");
        assert!(screen.contains(said), "{keys:?}\n{screen}");
        assert_eq!(writes(&desk), written, "{keys:?}");
    }
}

#[test]
fn a_change_during_the_confirmation_is_shown_and_not_replaced() {
    let desk = ready();
    let mut terminal = desk.eksaccess("creator", REPLACE).on_terminal();
    terminal.shows("Carry this plan out?");
    desk.cloud.home(|home| {
        home.with_role("KubernetesAdmin", |role| {
            role.trust["Statement"][0]["Condition"] =
                serde_json::json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
        });
    });
    terminal.keys("y\n");
    let (ended, screen) = terminal.end();
    assert_eq!(ended, 4, "{screen}");
    assert!(screen.contains("the plan changed while it was being confirmed"), "{screen}");
    assert!(writes(&desk).is_empty());
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let screen = |change: fn(crate::support::desk::Typed<'_>) -> crate::support::desk::Typed<'_>| {
        let desk = desk(AuthMode::ConfigMap);
        let (ended, screen) = change(desk.eksaccess("creator", &format!("{BOOTSTRAP} --dry-run"))).on_terminal().end();
        assert_eq!(ended, 0, "{screen}");
        assert!(screen.contains("role KubernetesAdmin"), "{screen}");
        screen
    };
    assert!(screen(|typed| typed).contains("\x1b[3"), "colour on a terminal");
    let plain = |screen: String| !screen.contains("\x1b[3") && !screen.contains("\x1b[1m");
    assert!(plain(screen(|typed| typed.env("NO_COLOR", "1"))));
    assert!(plain(screen(|typed| typed.args("--color never"))));
}
