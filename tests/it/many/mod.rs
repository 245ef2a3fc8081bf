//! One command over several clusters: one plan, one approval, failures confined to their places.

mod accounts;
mod again;
mod bootstrap;
pub mod desks;
mod dry_run;
mod events;
mod factor;
mod history;
mod kills;
mod kubeconfig;
mod limits;
mod members;
mod mode;
mod offer;
mod pace;
mod picking;
mod progress;
mod put_back;
mod scale;
