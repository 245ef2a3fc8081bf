//! A person's desk: a home of its own, a cloud or a real control plane, and the real binary.
//!
//! The binary gets nothing of the machine's environment, and uses only the loopback interface, as everything that it
//! calls is configured to be there.
//!
//! A failure is reported at its place in the test, not here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;

use serde_json::Value;
use tempfile::TempDir;

use eksaccess::error::shell_word;

use super::cloud::Cloud;
use super::hints;
use super::terminal::Terminal;

/// A home directory and the cloud for its commands.
pub struct Desk {
    /// The cloud.
    pub cloud: Cloud,
    home: TempDir,
    /// Files that tests wrote in the home: only files written by programs must hold no secrets.
    written: Mutex<BTreeSet<PathBuf>>,
}

impl Desk {
    /// A new home for a cloud.
    pub fn new(cloud: Cloud) -> Self {
        Self { cloud, home: tempfile::tempdir().expect("a directory"), written: Mutex::default() }
    }

    /// A path in the home.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A file in the home, as text.
    #[track_caller]
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }

    /// Writes a file in the home.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, text).expect("a file");
        self.written.lock().expect("the list").insert(path.clone());
        path
    }

    /// The binary as a user of the cloud, with arguments split at blanks.
    pub fn eksaccess(&self, user: &str, args: &str) -> Typed<'_> {
        self.typed(env!("CARGO_BIN_EXE_eksaccess"), user, args)
    }

    /// The binary without credentials and a cloud; the test sets them.
    pub fn keyless(&self, args: &str) -> Typed<'_> {
        self.typed_in(env!("CARGO_BIN_EXE_eksaccess"), BTreeMap::new(), args)
    }

    /// kubectl as a user of the cloud; `eksaccess` is in its PATH, as the exec plugin.
    pub fn kubectl(&self, kubectl: &Path, user: &str, args: &str) -> Typed<'_> {
        self.typed(&kubectl.display().to_string(), user, args)
    }

    /// Another program as a user of the cloud.
    pub fn program(&self, program: &Path, user: &str, args: &str) -> Typed<'_> {
        self.typed(&program.display().to_string(), user, args)
    }

    /// Panics if a secret of the cloud was printed, or is in a file that is neither a credentials file nor a cache of
    /// sessions; or if a token was printed anywhere except on the exec plugin's stdout.
    #[track_caller]
    fn keeps_its_secrets(&self, args: &[String], stdout: &str, stderr: &str) {
        let secrets = self.cloud.secrets();
        let shown = format!("{stdout}{stderr}");
        assert!(!secrets.iter().any(|secret| shown.contains(secret)), "a secret was printed by {args:?}");
        let plugin = args.iter().any(|a| a == "token");
        assert!(plugin || !stdout.contains("k8s-aws-v1."), "a token was printed on stdout by {args:?}");
        let signed = stderr.contains("k8s-aws-v1.") || stderr.contains("X-Amz-Signature");
        assert!(!signed, "a token was printed on stderr by {args:?}");
        let mut places = vec![self.home.path().to_owned()];
        while let Some(place) = places.pop() {
            for file in std::fs::read_dir(&place).into_iter().flatten().flatten() {
                let path = file.path();
                let name = path.strip_prefix(self.home.path()).expect("below home").display().to_string();
                let by_test = self.written.lock().expect("the list").contains(&path);
                if by_test || name.starts_with("terminal.") || name.contains("cache") {
                    continue;
                }
                if file.file_type().is_ok_and(|kind| kind.is_dir()) {
                    places.push(path);
                    continue;
                }
                // A pipe holds no data, and reading it would block.
                if !file.file_type().is_ok_and(|kind| kind.is_file()) {
                    continue;
                }
                let text = std::fs::read(&path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
                let held = secrets.iter().any(|secret| text.contains(secret)) || text.contains("k8s-aws-v1.");
                assert!(!held, "a secret stands in {name} after {args:?}");
            }
        }
    }

    fn typed(&self, program: &str, user: &str, args: &str) -> Typed<'_> {
        self.typed_in(program, self.cloud.env(user).into_iter().collect(), args)
    }

    fn typed_in(&self, program: &str, mut env: BTreeMap<String, String>, args: &str) -> Typed<'_> {
        let bin = Path::new(env!("CARGO_BIN_EXE_eksaccess")).parent().expect("a directory");
        env.insert("HOME".into(), self.home.path().display().to_string());
        env.insert("PATH".into(), format!("{}:/usr/bin:/bin", bin.display()));
        env.insert("AWS_EC2_METADATA_DISABLED".into(), "true".into());
        Typed {
            desk: self,
            program: program.to_owned(),
            args: args.split_whitespace().map(str::to_owned).collect(),
            env,
            status: 0,
            stdin: None,
        }
    }
}

/// A typed command that has not run yet. `#[must_use]`: a test that forgets to run it tests nothing.
#[derive(Clone)]
#[must_use]
pub struct Typed<'a> {
    desk: &'a Desk,
    program: String,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    status: i32,
    stdin: Option<String>,
}

impl<'a> Typed<'a> {
    /// Its desk.
    pub fn desk(&self) -> &'a Desk {
        self.desk
    }

    /// Adds an argument, which may contain blanks.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments, split at blanks.
    pub fn args(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(str::to_owned));
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// The input on stdin, which is closed by default.
    pub fn stdin(mut self, text: impl Into<String>) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// Removes a variable.
    pub fn without(mut self, name: &str) -> Self {
        self.env.remove(name);
        self
    }

    /// The expected exit status; 0 by default.
    pub fn status(mut self, status: i32) -> Self {
        self.status = status;
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let stdin = self.stdin.as_deref().map_or_else(Stdio::null, stdin_of);
        command.args(&self.args).env_clear().envs(&self.env).current_dir(self.desk.home.path()).stdin(stdin);
        command
    }

    /// Starts it without waiting.
    #[track_caller]
    pub fn spawn(self) -> Running<'a> {
        let child = self.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        Running { child, desk: self.desk, args: self.args }
    }

    /// Starts it on a terminal, where a test sees the screen and types.
    pub fn on_terminal(self) -> Terminal {
        Terminal::open(&self.command())
    }

    /// Runs it with any result, for a test that checks it.
    #[track_caller]
    pub fn run_any(&self) -> Ran {
        let Output { status, stdout, stderr } = self.command().output().expect("the program runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
        Ran { stdout: text(stdout), stderr: text(stderr), status: status.code().unwrap_or(-1) }
    }

    /// Runs it; panics with its whole output if the exit status is unexpected.
    #[track_caller]
    pub fn run(self) -> Ran {
        let ran = self.run_any();
        self.judge(ran)
    }

    /// Runs it on a terminal of its own, and types `keys` once it asks for a code, as earlier input is ignored. Its
    /// output is captured separately; the second result is the terminal's screen.
    #[track_caller]
    pub fn answering(self, keys: &str) -> (Ran, String) {
        let words: Vec<_> = std::iter::once(&self.program).chain(&self.args).map(|text| shell_word(text)).collect();
        let line = format!("{} > terminal.out 2> terminal.err", words.join(" "));
        let mut terminal = Typed {
            desk: self.desk,
            program: "/bin/sh".to_owned(),
            args: ["-c", &line].map(str::to_owned).to_vec(),
            env: self.env.clone(),
            status: self.status,
            stdin: None,
        }
        .on_terminal();
        if !keys.is_empty() && terminal.may_ask("MFA code of") {
            terminal.keys(keys);
        }
        let (status, shown) = terminal.end();
        let (stdout, stderr) = (self.desk.read("terminal.out"), self.desk.read("terminal.err"));
        (self.judge(Ran { stdout, stderr, status }), shown)
    }

    /// Limits its processor time to this many seconds, however busy the machine is: the system kills it then.
    pub fn within_cpu(mut self, seconds: u32) -> Self {
        self.args.insert(0, std::mem::replace(&mut self.program, "/usr/bin/prlimit".to_owned()));
        self.args.insert(0, format!("--cpu={seconds}"));
        self
    }

    /// Runs it with its stdout on a terminal of this many columns; returns the screen, then stderr, then the exit
    /// status.
    #[track_caller]
    pub fn on_screen(self, columns: u16) -> String {
        let words: Vec<_> = std::iter::once(&self.program).chain(&self.args).map(|text| shell_word(text)).collect();
        let line = format!("stty cols {columns} rows 50; exec {} 2> terminal.err", words.join(" "));
        let script = Typed {
            desk: self.desk,
            program: "/usr/bin/script".to_owned(),
            args: ["-qec", &line, "/dev/null"].map(str::to_owned).to_vec(),
            env: self.env.clone(),
            status: self.status,
            stdin: None,
        };
        let script = script.env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
        let shown = script.run_any();
        let ran = Ran {
            stdout: shown.stdout.replace('\r', ""),
            stderr: self.desk.read("terminal.err"),
            status: shown.status,
        };
        let ran = self.judge(ran);
        let stderr = if ran.stderr.is_empty() { String::new() } else { format!("--- stderr\n{}", ran.stderr) };
        format!("{}{stderr}--- exit {}\n", ran.stdout, ran.status)
    }

    /// Runs it without a terminal, wherever the tests run.
    #[track_caller]
    pub fn without_terminal(mut self) -> Ran {
        self.args.insert(0, std::mem::replace(&mut self.program, "/usr/bin/setsid".to_owned()));
        self.args.insert(0, "--wait".to_owned());
        self.run()
    }

    #[track_caller]
    fn judge(&self, ran: Ran) -> Ran {
        self.desk.keeps_its_secrets(&self.args, &ran.stdout, &ran.stderr);
        // On a terminal a long command has its own line. Another program may start this one.
        if std::iter::once(&self.program).chain(&self.args).any(|word| word.ends_with("/eksaccess")) {
            hints::paste(&self.args, &ran.stdout, &ran.stderr, &self.desk.cloud.cluster_names());
        }
        if ran.status != self.status {
            let mut shown =
                format!("{} {}\nexit {} instead of {}\n", self.program, self.args.join(" "), ran.status, self.status);
            let _ = write!(shown, "--- stdout\n{}--- stderr\n{}--- calls\n", ran.stdout, ran.stderr);
            for call in self.desk.cloud.calls() {
                let _ = writeln!(shown, "{call:?}");
            }
            panic!("{shown}");
        }
        ran
    }
}

/// A running command. Dereferences to its process.
pub struct Running<'a> {
    child: Child,
    desk: &'a Desk,
    args: Vec<String>,
}

impl Running<'_> {
    /// Waits for its end; searches its output for secrets, and pastes its hints.
    #[track_caller]
    pub fn wait_with_output(self) -> std::io::Result<Output> {
        let output = self.child.wait_with_output()?;
        let text = String::from_utf8_lossy;
        self.desk.keeps_its_secrets(&self.args, &text(&output.stdout), &text(&output.stderr));
        hints::paste(&self.args, &text(&output.stdout), &text(&output.stderr), &self.desk.cloud.cluster_names());
        Ok(output)
    }
}

impl std::ops::Deref for Running<'_> {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl std::ops::DerefMut for Running<'_> {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

/// A text for stdin, from a file, so that a command that does not read it blocks nothing.
fn stdin_of(text: &str) -> Stdio {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text.as_bytes()).and_then(|()| file.rewind()).expect("a file is written");
    file.into()
}

/// The output and the exit status of a command.
#[derive(Debug)]
pub struct Ran {
    /// Results.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
    /// The exit status.
    pub status: i32,
}

impl Ran {
    /// Stdout as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(document) => document,
            Err(error) => panic!("stdout is no JSON document: {error}\n{}\n{}", self.stdout, self.stderr),
        }
    }

    /// Panics unless stdout contains the text.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "stdout lacks {text:?}:\n{}", self.stdout);
        self
    }

    /// Panics unless stderr contains the text.
    #[track_caller]
    pub fn warns(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}:\n{}", self.stderr);
        self
    }

    /// Panics if stdout contains the text.
    #[track_caller]
    pub fn does_not_say(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text), "stdout holds {text:?}:\n{}", self.stdout);
        self
    }

    /// Panics if stderr contains the text.
    #[track_caller]
    pub fn does_not_warn(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "stderr holds {text:?}:\n{}", self.stderr);
        self
    }
}
