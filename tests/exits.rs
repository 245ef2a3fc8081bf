//! What leaves the program: no secret by any door, nothing lost in silence, nothing that a peer could forge.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

mod support;

#[path = "exits/echo.rs"]
mod echo;
#[path = "exits/endpoints.rs"]
mod endpoints;
#[path = "exits/output.rs"]
mod output;
#[path = "exits/peers.rs"]
mod peers;
#[path = "exits/providers.rs"]
mod providers;
#[path = "exits/typed.rs"]
mod typed;

use support::cloud::{AuthMode, World};
use support::desk::{Desk, Ran, Typed};

/// The default world with `dev`, whose map can be written.
fn desk() -> Desk {
    Desk::new(World::new().dev(|dev| dev.mode(AuthMode::ConfigMap)).start())
}

/// A run at the loudest.
fn loud(typed: Typed<'_>) -> Ran {
    typed.args("-vvv").env("RUST_LOG", "trace").run_any()
}

/// Everything that a run left behind: what it printed, and each file below the home but those that a test wrote.
fn left_behind(desk: &Desk, ran: &Ran, own: &[&str]) -> String {
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
