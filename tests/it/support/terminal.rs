//! A terminal that a test types on: the program runs under `script` (util-linux), which gives it a pseudo-terminal.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use eksaccess::error::shell_word;

const PATIENCE: Duration = Duration::from_mins(2);

/// A program on a terminal.
pub struct Terminal {
    child: Child,
    screen: Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    /// Starts a command, with its environment and directory.
    pub fn open(command: &Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let line: Vec<_> = words.map(|word| shell_word(word.to_str().expect("text"))).collect();
        let mut script = Command::new("script");
        script.args(["-q", "-e", "-f", "-c", &format!("exec {}", line.join(" ")), "/dev/null"]).env_clear();
        script.envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))));
        if let Some(dir) = command.get_current_dir() {
            script.current_dir(dir);
        }
        script.env("SHELL", "/bin/sh");
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            script.env("TERM", "xterm-256color");
        }
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script starts");
        let mut output = child.stdout.take().expect("piped");
        let (send, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                if send.send(bytes[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, screen, seen: String::new() }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Self {
        let begin = Instant::now();
        while !self.seen.contains(text) {
            let left = PATIENCE.saturating_sub(begin.elapsed());
            let Ok(more) = self.screen.recv_timeout(left) else {
                panic!("the screen never shows {text:?}:\n{}", self.seen)
            };
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
        self
    }

    /// Waits until a question with this beginning is on the screen, or the program ends without it.
    pub fn may_ask(&mut self, begin: &str) -> bool {
        while !(self.seen.contains(begin) && self.seen.ends_with(": ")) {
            let Ok(more) = self.screen.recv_timeout(PATIENCE) else { return false };
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
        true
    }

    /// Types keys; `\n` is Enter, `\x03` Ctrl-C.
    #[track_caller]
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        let stdin = self.child.stdin.as_mut().expect("piped");
        stdin.write_all(keys.as_bytes()).and_then(|()| stdin.flush()).expect("typed");
        self
    }

    /// Waits for the end: the exit status, and everything that was on the screen.
    #[track_caller]
    pub fn end(mut self) -> (i32, String) {
        while let Ok(more) = self.screen.recv_timeout(PATIENCE) {
            self.seen.push_str(&String::from_utf8_lossy(&more));
        }
        let status = self.child.wait().expect("it ends").code().unwrap_or(-1);
        (status, self.seen)
    }
}
