//! Handles signals: the sandbox is removed completely.

use tokio::signal::unix::{SignalKind, signal};

/// The target of Ctrl-C.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Interrupt {
    /// It ends the sandbox.
    IsOurs,
    /// It is for the shell, or its command.
    IsTheShells,
}

/// Cleans up and ends the process on SIGINT, SIGTERM and SIGHUP.
pub(crate) fn watch(clean: impl Fn() + Send + 'static, interrupt: Interrupt) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("no runtime: {e}"))?;
    let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let code = runtime.block_on(async {
            let [mut int, mut term, mut hup] = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
                .map(|kind| signal(kind).expect("signals can be listened for"));
            loop {
                tokio::select! {
                    _ = int.recv() => if interrupt == Interrupt::IsOurs { return 130 },
                    _ = term.recv() => return 143,
                    _ = hup.recv() => return 129,
                }
            }
        });
        clean();
        std::process::exit(code);
    });
    thread.map(drop).map_err(|e| format!("no thread: {e}"))
}
