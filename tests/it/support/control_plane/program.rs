//! A program that runs during a test and ends with it.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Starts the following program and a watcher that kills it when standard input is closed. So it ends however the test
/// process does: normally, by an aborting panic, by a signal, or as a `static` that is never dropped.
const WATCHED: &str = r#"exec 3<&0 </dev/null; (read -r _ <&3; kill -KILL $$) & exec 3<&- "$@""#;

/// A running program; dropping it ends the program and waits for its end.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `program` with `args` in `dir`, which is also its HOME, with its output in `dir/NAME.log`. Of the test's
    /// environment it gets only PATH.
    pub fn start<A: AsRef<OsStr>>(
        name: &'static str,
        program: &Path,
        args: impl IntoIterator<Item = A>,
        env: &[(&str, &OsStr)],
        dir: &Path,
    ) -> io::Result<Self> {
        let log = dir.join(format!("{name}.log"));
        let out = File::create(&log)?;
        let child = Command::new("/bin/sh")
            .args(["-c", WATCHED, name])
            .arg(program)
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", dir)
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()?;
        Ok(Self { name, child, log })
    }

    /// Waits until `ready` returns true, checking every 50 ms.
    ///
    /// # Panics
    /// With the end of the program's log if it exits first, or after `limit`.
    pub fn wait_until(&mut self, what: &str, limit: Duration, mut ready: impl FnMut() -> bool) {
        let start = Instant::now();
        while !ready() {
            let exited = self.exited();
            assert!(exited.is_none(), "{} ended ({exited:?}) before {what}:\n{}", self.name, self.log_end());
            assert!(start.elapsed() < limit, "{}: not {what} within {limit:?}:\n{}", self.name, self.log_end());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The program's output so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn log_end(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
