//! Typed input, and what a terminal shows.

use std::path::Path;

use super::desks::desk;
use crate::support::desk::Desk;
use crate::support::terminal::Terminal;

const REPLACE: &str = "role --trust arn:aws:iam::111122223333:user/member";

/// A program on a terminal with input from before its start.
fn behind(desk: &Desk, args: &str) -> Terminal {
    let line = format!("read held && exec eksaccess {args}");
    desk.program(Path::new("/bin/sh"), "creator", "").arg("-c").arg(line).on_terminal()
}

#[test]
fn an_answer_that_was_typed_before_the_question_does_not_count() {
    let desk = desk();
    desk.eksaccess("creator", "role").run();
    desk.cloud.clear_log();
    let mut terminal = behind(&desk, REPLACE);
    terminal.keys("go\ny\n").shows("Carry this plan out?").keys("n\n");
    let (ended, screen) = terminal.end();
    assert_eq!(ended, 1, "{screen}");
    assert!(screen.contains("not confirmed; nothing was changed"), "{screen}");
    assert!(desk.cloud.writes().is_empty());
    let mut terminal = behind(&desk, REPLACE);
    terminal.keys("go\nn\n").shows("Carry this plan out?").keys("y\n");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn a_code_that_was_typed_before_the_question_does_not_count() {
    let desk = desk();
    let args = "token --cluster dev --role arn:aws:iam::111122223333:role/X --session-name me --mfa-serial \
                arn:aws:iam::111122223333:mfa/creator";
    let mut terminal = behind(&desk, args);
    terminal.keys("go\n123456\n").shows("MFA code of").keys("what?\n");
    let (ended, screen) = terminal.end();
    assert_eq!(ended, 1, "{screen}");
    assert!(screen.contains("this is not an MFA code") || screen.contains("not an MFA code"), "{screen}");
    assert!(desk.cloud.calls().is_empty());
}

#[test]
fn a_dumb_terminal_has_neither_colour_nor_a_progress_line() {
    let desk = desk();
    let screen = |typed: crate::support::desk::Typed<'_>| {
        let (ended, screen) = typed.on_terminal().end();
        assert_eq!(ended, 0, "{screen}");
        assert!(screen.contains("role KubernetesAdmin"), "{screen}");
        screen
    };
    let typed = || desk.eksaccess("creator", "bootstrap --cluster dev --user member --kubeconfig kube --dry-run");
    assert!(screen(typed()).contains("\x1b["), "elsewhere there is colour");
    let dumb = screen(typed().env("TERM", "dumb"));
    assert!(!dumb.contains('\x1b'), "{dumb:?}");
    assert!(!dumb.contains("reading the current state"), "{dumb:?}");
    assert!(screen(typed().env("TERM", "dumb").args("--color always")).contains("\x1b[3"), "asked for is asked for");
}
