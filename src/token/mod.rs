//! The exec plugin: from keys to the token that `kubectl` sends, without the network if possible.
//!
//! | module | input | output |
//! | --- | --- | --- |
//! | [`presign`](mod@presign) | a cluster, keys, the time | the token, or the error |
//! | [`exec_credential`](mod@exec_credential) | a token, `KUBERNETES_EXEC_INFO` | the line for stdout |
//! | [`fast`] | the command line, the environment, files on demand, the cache | keys, or how to get them over the network |
//! | [`ini`], [`words`] | the texts of the AWS config files | sections and settings, as Python reads them |
//! | [`profile`], [`settings`] | both files | profiles, and their settings besides credentials |
//! | [`whose`] | profiles and the environment | a chain of keys and roles, in the AWS CLI's order |
//! | [`cache`] | a key, credentials | assumed-role credentials of an earlier call |
//! | [`cache_key`] | everything that determines the credentials' identity | the name of the cache entry |
//! | [`session_name`] | the caller | a name that STS accepts |
//!
//! Nothing here opens a connection, starts a runtime, prints, reads the environment or the clock: the caller passes the
//! values and carries out the rest of a [`Way`].
//!
//! ```
//! # use eksaccess::model::arn::Partition;
//! # use eksaccess::token::*;
//! # use std::time::SystemTime;
//! # fn over_the_network(_: &Way) -> Keys { unreachable!() }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::TempDir::new()?;
//! # let variable = |name: &str| match name {
//! #     "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
//! #     "AWS_SECRET_ACCESS_KEY" => Some("secret".to_owned()),
//! #     "HOME" => home.path().to_str().map(str::to_owned),
//! #     _ => None,
//! # };
//! let now = SystemTime::now();
//! // `variable` gives the value of an environment variable; `--no-cache` leaves `cache` empty.
//! let cache = cache_directory(variable("XDG_CACHE_HOME").as_deref(), variable("HOME").as_deref())
//!     .and_then(|dir| Cache::open(dir).ok());
//! let inputs = Inputs {
//!     region: Some("eu-west-1".into()),
//!     environment: Environment::from_lookup(variable),
//!     ..Inputs::default()
//! };
//! let Decided { region, way, ready, settings } =
//!     decide(&inputs, &UserFiles::from_lookup(variable), cache.as_ref(), now);
//! let (way, region) = (way?, region.ok_or(Undecided::NoRegion)?);
//! // Start a runtime only here: resolve `way.base` unless it is `Base::Keys`, then `way.cache_key_with` its key id.
//! let keys = ready.unwrap_or_else(|| match cache.as_ref().zip(way.cache_key()) {
//!     None => over_the_network(&way),
//!     Some((cache, key)) => match cache.turn(key, now, RENEWAL_MARGIN, LOCK_WAIT) {
//!         Turn::Found(keys) => keys,
//!         Turn::Without => over_the_network(&way),
//!         Turn::Mine(_lock) => {
//!             let keys = over_the_network(&way);
//!             let _ = cache.put(key, &keys); // if it is not cached, the next call fetches it again
//!             keys
//!         }
//!     },
//! });
//! let partition = Partition::of_region(&region);
//! let token = presign(&Request { cluster_id: "dev".into(), region, partition, hosts: settings.hosts }, &keys, SystemTime::now())?;
//! let info = ExecInfo::read(variable("KUBERNETES_EXEC_INFO").as_deref());
//! assert!(exec_credential(&token, info.api_version).starts_with("{\"kind\":\"ExecCredential\""));
//! # Ok(())
//! # }
//! ```

pub mod cache;
pub mod cache_key;
pub mod chain;
pub mod environment;
pub mod exec_credential;
pub mod fast;
pub mod files;
pub mod ini;
pub mod keys;
pub mod login;
pub mod presign;
pub mod profile;
pub mod session_name;
pub mod settings;
pub mod sts_host;
pub mod undecided;
pub mod way;
pub mod web_identity;
pub mod whose;
pub mod words;

pub use cache::{Cache, CacheError, CacheLock, LOCK_WAIT, Lookup, RENEWAL_MARGIN, Turn, cache_directory};
pub use cache_key::{CacheKey, KeyInputs, Source};
pub use chain::{Base, Chain, LoginBase, RoleStep, SsoBase, WebIdentityBase};
pub use environment::{Environment, EnvironmentKeys};
pub use exec_credential::{ExecInfo, api_version_from, exec_credential};
pub use fast::{Decided, Inputs, decide};
pub use files::{Text, TextError, Texts, UserFiles};
pub use ini::{Fault, Ini, Section};
pub use keys::{BadKey, Keys};
pub use presign::{Request, Token, TokenError, presign};
pub use profile::{Profile, ProfileError, Profiles};
pub use session_name::{SessionNameError, check_session_name, clean_session_name, default_session_name};
pub use settings::Settings;
pub use sts_host::{Hosts, sts_host};
pub use undecided::Undecided;
pub use way::Way;
