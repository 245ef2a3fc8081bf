//! Verifying: one walk from credentials to a Kubernetes verb. [`follow`] makes it link by link, and explains the first one
//! that does not hold. [`verify`] is the proof at the end of a change: the same walk of what was just written, with patience
//! and with an expectation, in short.
//!
//! | module | links |
//! | --- | --- |
//! | `caller` | `credentials`, `clock`, `caller` |
//! | `walk`, `patience` | what every link is judged by, and how long it is tried |
//! | `enter`, `role`, `side`, `trust_words`, `needs` | `role`, `policy`, `trust`, `needs`, `assume` |
//! | `cluster` | `token`, `cluster`, `endpoint`, `mode` |
//! | `inside`, `mapping`, `grant`, `least` | `mapping`, `identity`, `rights` |
//! | `kubeconfig`, `section`, `server`, `authority` | `kubeconfig` |
//! | `gate` | `plugin-gate` |
//! | `choice` | which role is gone through where none is asked for |
//! | `other` | the same for somebody else, from the outside |

mod allowed;
mod authority;
mod caller;
mod choice;
mod cluster;
mod contexts;
mod difference;
mod enter;
mod gate;
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
mod patience;
mod proof;
mod role;
mod scene;
mod section;
mod server;
mod side;
mod trust_words;
mod walk;
mod way;

pub use choice::{ContextRole, role_of_context, way_of_context};
pub use inquiry::{Findings, Inquiry, RoleFrom, Surroundings};
pub use link::{Link, LinkKind, LinkState};
pub use mapping::{AwsAuthSight, EntrySight, MapText};
pub use proof::{Question, members, verify};
pub use walk::Expected;
pub use way::{WAY, follow};
