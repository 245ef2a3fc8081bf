//! Kubeconfig files: entries that name a role and hold no secret.
//!
//! [`document`] merges into a text without loss, [`exec`] builds and reads the exec sections of three tools, [`locate`]
//! selects the files as kubectl does, [`merged`] is kubectl's view of them, [`beside`] reads settings besides a
//! section's options, [`authority_file`] an authority in a file, [`plugin_gate`] decides whether kubectl's preferences,
//! [`kuberc`], allow a section's program (all eight pure); [`mod@file`] reads and writes one under client-go's lock.

mod arguments;
pub mod authority_file;
pub mod beside;
pub mod document;
pub mod exec;
pub mod file;
pub mod kuberc;
pub mod locate;
pub mod merged;
pub mod plugin_gate;
mod texts;

pub use authority_file::AuthorityFile;
pub use document::{ContextView, Wanted};
pub use exec::{ExecMeaning, Tool};
pub use plugin_gate::{Gate, PluginGate};
