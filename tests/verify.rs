//! `verify`, each link broken alone; `docs/locked-out.md` tells what must be said.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

mod support;

#[path = "verify/broken.rs"]
mod broken;
#[path = "verify/others.rs"]
mod others;
#[path = "verify/table.rs"]
mod table;
#[path = "verify/whole.rs"]
mod whole;
#[path = "verify/world.rs"]
mod world;
