//! The traps in an `aws-auth`: what is written, its effect today, and what was probably meant.

mod arn;
mod circumstances;
mod duplicates;
mod entry;
mod finding;
mod invisible;
mod names;
mod own_lines;
mod partition;
mod parts;
mod principals;
mod run;
mod text;

pub use circumstances::{Circumstances, KnownPrincipals};
pub(super) use finding::shown;
pub use finding::{Finding, Named, Rule, Severity};
pub use run::{lint, lint_near, lint_read};

#[cfg(test)]
mod tests;
