//! The secrets that this process has held, and the one function that redacts every output.
//!
//! Values are registered where they are read or received ([`learn`] and similar). Output is redacted in every spelling
//! in which a peer may have repeated them: as they are, in a URL, in base64 alone or inside a longer text, in a JSON
//! string ([`redact`], [`redact_json`]). Anything that looks like a token or a signature is removed too, whatever its
//! source.
//!
//! Hidden parts are shown as `**`. The output of `token` and the files that hold a secret by design are not redacted.

mod index;
mod registry;
mod shapes;
mod sources;
mod spelling;

pub use registry::{is_hidden, learn, learn_code, redact, redact_json};
pub use sources::{learn_arguments, learn_login, learn_settings, learn_url};
