//! What the integration tests stand on.
#![allow(dead_code, unreachable_pub, reason = "each test crate uses its part of this")]

pub mod cloud;
pub mod control_plane;
pub mod desk;
pub mod hints;
pub mod terminal;
pub mod tls_front;
