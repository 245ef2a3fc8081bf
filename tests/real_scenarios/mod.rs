//! One file a scenario, and what they share.

mod bootstrap;
mod bootstrap_by_entry;
mod config_map;
mod edits;
mod generate;
mod kubeconfigs;
mod kubectl_refuses;
mod large_map;
mod live_map;
mod live_texts;
mod locked_out;
#[path = "../verify/table.rs"]
#[allow(unreachable_pub, reason = "tests/verify.rs has it at its root")]
mod lockout_table;
#[path = "../verify/world.rs"]
#[allow(dead_code, unreachable_pub, reason = "tests/verify.rs has it at its root, and uses the rest")]
mod lockout_world;
mod ministack;
mod moto;
mod oracle;
mod other_cloud;
mod site;
mod table;
mod tokens;
