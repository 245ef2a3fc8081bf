//! The project's own rules, read from its sources and its documents.

mod architecture;
mod architecture_page;
mod circles;
mod docs;
mod source;
mod words;
mod writers;
