//! The project's own rules, read from its sources and its documents.

mod architecture;
mod circles;
mod docs;
mod source;
