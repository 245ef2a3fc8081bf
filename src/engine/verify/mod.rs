//! Verifying. [`verify`] is the short proof at the end of a change: what was just written is tried until it works.
//! [`follow`] walks the whole way from credentials to a Kubernetes verb, a link at a time, and explains the first one that
//! does not hold.
//!
//! | module | links |
//! | --- | --- |
//! | `caller` | `credentials`, `clock`, `caller` |
//! | `role`, `side`, `trust_words`, `needs` | `role`, `policy`, `trust`, `needs`, `assume` |
//! | `cluster` | `token`, `cluster`, `endpoint`, `mode` |
//! | `inside`, `mapping`, `grant`, `least` | `mapping`, `identity`, `rights` |
//! | `kubeconfig`, `section`, `server` | `kubeconfig` |
//! | `choice` | which role is gone through where none is asked for |
//! | `other` | the same for somebody else, from the outside |

mod allowed;
mod caller;
mod choice;
mod cluster;
mod grant;
mod inquiry;
mod inside;
mod kubeconfig;
mod least;
mod link;
mod mapping;
mod near;
mod needs;
mod other;
mod outcome;
mod proof;
mod role;
mod scene;
mod section;
mod server;
mod side;
mod trust_words;
mod way;

pub use choice::{ContextRole, role_of_context};
pub use inquiry::{Findings, Inquiry, RoleFrom, Surroundings};
pub use link::{Link, LinkState};
pub use mapping::{AwsAuthSight, EntrySight, MapText};
pub use proof::{Entrance, Question, members, verify};
pub use way::{WAY, follow};
