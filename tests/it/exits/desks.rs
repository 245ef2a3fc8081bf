//! A desk with a writable map, a run with the most output, and what it leaves behind.

use crate::support::cloud::{AuthMode, World};
use crate::support::desk::{Desk, Ran, Typed};

/// The default world with `dev` and a writable map.
pub fn desk() -> Desk {
    Desk::new(World::new().dev(|dev| dev.mode(AuthMode::ConfigMap)).start())
}

/// A run with the most output.
pub fn loud(typed: Typed<'_>) -> Ran {
    typed.args("-vvv").env("RUST_LOG", "trace").run_any()
}

/// Everything that a run left behind: its output, and each file in the home that the test did not write.
pub fn left_behind(desk: &Desk, ran: &Ran, own: &[&str]) -> String {
    let mut all = format!("{}\n{}", ran.stdout, ran.stderr);
    let mut places = vec![desk.path("")];
    while let Some(place) = places.pop() {
        for file in std::fs::read_dir(&place).into_iter().flatten().flatten() {
            let path = file.path();
            if path.is_dir() {
                places.push(path);
            } else if !own.iter().any(|name| path.ends_with(name)) && !path.to_string_lossy().contains(".cache/") {
                let bytes = std::fs::read(&path).unwrap_or_default();
                all.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    }
    all
}
