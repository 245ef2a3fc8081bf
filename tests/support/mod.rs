//! What the integration tests stand on.

pub mod cloud;
pub mod control_plane;
pub mod desk;
