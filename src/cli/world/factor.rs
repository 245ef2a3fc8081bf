//! MFA for the caller: the known device, the session cached by `token`, the code.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::cli::screen::ui::Hush;
use crate::cli::world::context::{Context, variable};
use crate::cli::world::prompt::ask;
use crate::token::{Cache, Inputs, Keys, Lookup, RENEWAL_MARGIN, RoleStep, UserFiles, Way, decide};

/// What `token` would know with the same options.
#[derive(Clone, Debug, Default)]
pub(crate) struct Factor {
    inputs: Inputs,
    cache_dir: Option<PathBuf>,
    hush: Hush,
    #[cfg(test)]
    shows: Option<String>,
}

/// A cached session, or the chain to get one.
pub(crate) enum Sight {
    /// A cached session that has not expired.
    Kept(Keys),
    /// The chain to get one.
    Way(Box<Way>),
    /// The credentials to use are ambiguous.
    Unclear,
}

impl Factor {
    /// From the command line and the environment; `hush` keeps the progress line quiet while the code is typed.
    pub(crate) fn new(context: &Context, hush: Hush) -> Self {
        Self {
            inputs: Inputs { region: None, ..context.inputs() },
            cache_dir: context.env.token_cache_dir(),
            hush,
            #[cfg(test)]
            shows: None,
        }
    }

    /// A user's keys and a device that shows this code.
    #[cfg(test)]
    pub(crate) fn showing(serial: &'static str, code: &str) -> Self {
        let environment = crate::token::Environment::from_lookup(|name| {
            let value = match name {
                "AWS_ACCESS_KEY_ID" => "AKIAEXAMPLE",
                "AWS_SECRET_ACCESS_KEY" => "the-secret",
                "AWS_MFA_SERIAL" => serial,
                _ => return None,
            };
            Some(value.to_owned())
        });
        Self { inputs: Inputs { environment, ..Inputs::default() }, shows: Some(code.to_owned()), ..Self::default() }
    }

    /// The cached session of a role, or of the profile alone. The cache is only read, never created.
    pub(crate) fn look(&self, role: Option<&RoleStep>, region: Option<&str>) -> Sight {
        let inputs = Inputs { region: region.map(str::to_owned), role: role.cloned(), ..self.inputs.clone() };
        let files = UserFiles::from_lookup(variable);
        let decided = decide(&inputs, &files, self.cache().as_ref(), SystemTime::now());
        match (decided.ready, decided.way) {
            (Some(keys), _) => Sight::Kept(keys),
            (None, Ok(way)) if decided.region.is_some() => Sight::Way(Box::new(way)),
            (None, _) => Sight::Unclear,
        }
    }

    /// The cached session, once the base's key is known.
    pub(crate) fn kept_behind(&self, way: &Way, access_key_id: &str) -> Option<Keys> {
        match self.cache()?.get(&way.cache_key_with(access_key_id)?, SystemTime::now(), RENEWAL_MARGIN) {
            Lookup::Found(keys) => Some(keys),
            _ => None,
        }
    }

    fn cache(&self) -> Option<Cache> {
        self.cache_dir.clone().filter(|dir| dir.is_dir()).and_then(|dir| Cache::open(dir).ok())
    }

    /// Asks for the code on another thread, so that the wait can be interrupted.
    pub(crate) async fn code(&self, serial: &str) -> Result<String, String> {
        #[cfg(test)]
        if let Some(code) = &self.shows {
            return Ok(code.clone());
        }
        let (serial, hush) = (serial.to_owned(), self.hush.clone());
        let asked = tokio::task::spawn_blocking(move || hush.during(|| ask(&serial))).await;
        asked.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }
}
