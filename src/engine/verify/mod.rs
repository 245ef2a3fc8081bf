//! Verifying. [`verify`] is the short proof at the end of a change: what was just written is tried until it works.
//! [`follow`] walks the whole way from credentials to a Kubernetes verb, a link at a time, and explains the first one that
//! does not hold.
//!
//! | module | links |
//! | --- | --- |
//! | `caller` | `credentials`, `clock`, `caller` |
//! | `role` | `role`, `policy`, `trust`, `needs`, `assume` |
//! | `cluster` | `token`, `cluster`, `endpoint`, `mode` |
//! | `inside`, `mapping` | `mapping`, `identity`, `rights` |
//! | `kubeconfig` | `kubeconfig` |
//! | `other` | the same for somebody else, from the outside |

mod caller;
mod cluster;
mod inquiry;
mod inside;
mod kubeconfig;
mod link;
mod mapping;
mod near;
mod other;
mod proof;
mod role;
mod scene;
mod way;

pub use inquiry::{Findings, Inquiry};
pub use link::{Link, LinkState};
pub use proof::{Question, verify};
pub use way::{WAY, follow};
