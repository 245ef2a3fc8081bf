//! Verifying: one walk from credentials to a Kubernetes verb. [`follow`] walks it link by link, and explains the first
//! broken one. [`verify`] is the proof at the end of a change: the same walk after a write, with retries and an
//! expected result, reported in short.
//!
//! | module | links |
//! | --- | --- |
//! | `caller` | `credentials`, `clock`, `caller` |
//! | `walk`, `patience` | the inputs of every link, and how long it is tried |
//! | `enter`, `role`, `side`, `trust_words`, `needs` | `role`, `policy`, `trust`, `needs`, `assume` |
//! | `cluster` | `token`, `cluster`, `endpoint`, `mode` |
//! | `inside`, `mapping`, `grant`, `least` | `mapping`, `identity`, `rights` |
//! | `kubeconfig`, `section`, `server`, `authority` | `kubeconfig` |
//! | `gate` | `plugin-gate` |
//! | `choice` | the role to verify if none is named |
//! | `other` | the same for another principal, from the outside |

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
