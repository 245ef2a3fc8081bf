//! Limits for the number of places: `--max-failures` and `--deadline`.

use tokio::time::Instant;

use crate::error::Error;

/// When no further place is begun.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bounds {
    /// How many may fail; `None` for any number.
    pub(crate) most: Option<usize>,
    /// The time limit; `None` for no limit.
    pub(crate) until: Option<Instant>,
}

impl Bounds {
    /// Why no further place is begun after this many failures; `None` if one may be.
    pub(crate) fn end(&self, failed: usize) -> Option<Error> {
        let why = match self {
            Self { until: Some(until), .. } if Instant::now() >= *until => "the --deadline had passed".to_owned(),
            // The number of failures varies between runs; the message is part of the plan's id.
            Self { most: Some(most), .. } if failed > *most => {
                format!("more places failed than --max-failures allows ({most} here)")
            }
            _ => return None,
        };
        Some(
            Error::failed(format!("it was not started: {why}"))
                .hint("run the same command again: it does only what is left"),
        )
    }
}
