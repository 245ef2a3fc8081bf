//! The real binary against the local cloud: what it changes, what it never touches, and what it says.

#![allow(clippy::unwrap_used, clippy::doc_markdown, unreachable_pub)]

mod support;

#[path = "local/acts.rs"]
mod acts;
#[path = "local/admission.rs"]
mod admission;
#[path = "local/adopting.rs"]
mod adopting;
#[path = "local/approval.rs"]
mod approval;
#[path = "local/approval_basis.rs"]
mod approval_basis;
#[path = "local/binding.rs"]
mod binding;
#[path = "local/bootstrap.rs"]
mod bootstrap;
#[path = "local/changes.rs"]
mod changes;
#[path = "local/clusters.rs"]
mod clusters;
#[path = "local/config_map.rs"]
mod config_map;
#[path = "local/credentials.rs"]
mod credentials;
#[path = "local/denied.rs"]
mod denied;
#[path = "local/entries.rs"]
mod entries;
#[path = "local/group.rs"]
mod group;
#[path = "local/history.rs"]
mod history;
#[path = "local/input.rs"]
mod input;
#[path = "local/kills.rs"]
mod kills;
#[path = "local/kubeconfig.rs"]
mod kubeconfig;
#[path = "local/luck.rs"]
mod luck;
#[path = "local/map.rs"]
mod map;
#[path = "local/network.rs"]
mod network;
#[path = "local/order.rs"]
mod order;
#[path = "local/proof.rs"]
mod proof;
#[path = "local/restore.rs"]
mod restore;
#[path = "local/role.rs"]
mod role;
#[path = "local/rounds.rs"]
mod rounds;
#[path = "local/signals.rs"]
mod signals;
#[path = "local/state.rs"]
mod state;
#[path = "local/terminal.rs"]
mod terminal;
#[path = "local/token.rs"]
mod token;
#[path = "local/trust.rs"]
mod trust;
#[path = "local/wires.rs"]
mod wires;
