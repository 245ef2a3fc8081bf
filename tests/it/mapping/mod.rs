//! `map`, `who`, `lint` and `migrate` on an `aws-auth` in the local cloud's clusters and in files.

mod concurrency;
mod desks;
pub mod files;
mod growth;
mod guard;
mod hostile;
mod lint;
mod marks;
mod migrate;
mod owners;
mod raw;
mod reasons;
mod remove;
mod shapes;
mod truths;
mod who;
mod words;
