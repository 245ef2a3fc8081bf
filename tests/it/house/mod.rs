//! The project's own rules, checked in its sources and documents.

mod architecture;
mod architecture_page;
mod circles;
mod docs;
mod source;
mod words;
mod writers;
