//! The secrets that this process has held, and the one function through which every text leaves it.
//!
//! In: each value where it is read or received ([`learn`] and its kin). Out: a text in which none of them is left, in any
//! spelling that a peer may have repeated it in: as it is, in a URL, in base64 alone or inside a longer text, in a JSON
//! string ([`redact`], [`redact_json`]). What looks like a token or a signature is taken out too, whoever made it.
//!
//! What is hidden shows as `**`. The product of `token` and the files that hold a secret by design do not pass here.

mod index;
mod registry;
mod shapes;
mod sources;
mod spelling;

pub use registry::{is_hidden, learn, learn_code, redact, redact_json};
pub use sources::{learn_arguments, learn_login, learn_settings, learn_url};
