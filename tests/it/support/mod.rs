//! The support code of the integration tests.

pub mod cloud;
pub mod control_plane;
pub mod desk;
pub mod hints;
pub mod terminal;
pub mod tls_front;
