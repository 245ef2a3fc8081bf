//! Kubeconfig files: entries that name a role and hold no secret.
//!
//! [`document`] merges into a text without loss, [`exec`] builds and reads the exec sections of three tools, [`locate`]
//! names the files as kubectl does, [`merged`] is what kubectl sees of them, [`beside`] what decides besides a section's options,
//! [`authority_file`] what an entry trusts by a file, [`plugin_gate`] whether kubectl runs a section's program by its
//! preferences, [`kuberc`] (all eight pure); [`mod@file`] reads and writes one under client-go's lock.

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
