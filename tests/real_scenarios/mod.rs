//! One file a scenario, and what they share.

mod bootstrap;
mod bootstrap_by_entry;
mod config_map;
mod edits;
mod generate;
mod kubeconfigs;
mod live_map;
mod live_texts;
mod ministack;
mod moto;
mod oracle;
mod other_cloud;
mod site;
mod table;
mod tokens;
