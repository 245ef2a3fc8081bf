//! What `migrate` makes of each mapping of an `aws-auth`: an access entry, a question, something to do by hand, or nothing.
//! Pure.
//!
//! `decide` returns a table with a row for each line of the map; `compare` tells whether an entry grants what its mapping
//! granted; `steps` turns the table into a plan, `ending` removes mappings and switches the mode, `rollback` undoes it. Rules:
//! <https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html>.

mod bindings;
mod compare;
mod decide;
mod ending;
mod evidence;
mod groups;
mod kept;
mod look;
mod markdown;
mod names;
mod node;
mod odd;
mod old_map;
mod options;
mod order;
mod person;
mod principal;
mod report;
mod rollback;
mod row;
mod steps;
mod username;

#[cfg(test)]
mod bindings_tests;
#[cfg(test)]
mod compare_tests;
#[cfg(test)]
mod eksctl_tests;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod group_tests;
#[cfg(test)]
mod line_tests;
#[cfg(test)]
mod node_tests;
#[cfg(test)]
mod order_tests;
#[cfg(test)]
mod principal_tests;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod username_tests;

pub use compare::{Compared, compare};
pub use decide::decide;
pub use ending::with_entries;
pub use evidence::{Evidence, PLAN_KEY};
pub use options::Options;
pub use report::{Report, ReportRow, Status};
pub use rollback::{RollbackWish, plan_rollback};
pub use row::Before;
pub use steps::{MigrateWish, check_mode, plan_migration, refuse_unfit};
