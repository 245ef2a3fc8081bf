//! How many places may fail before no further one is begun (`--max-failures`).

use std::fmt;
use std::str::FromStr;

/// A number of places, or a share of all of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MaxFailures {
    /// This many.
    Count(usize),
    /// A percentage, but at least a given number.
    Share {
        /// 0 to 100.
        percent: usize,
        /// The minimum.
        least: usize,
    },
}

impl MaxFailures {
    /// How many of `places` may fail before no further one is begun.
    pub fn allowed(self, places: usize) -> usize {
        match self {
            Self::Count(count) => count,
            Self::Share { percent, least } => (places.saturating_mul(percent) / 100).max(least),
        }
    }
}

/// A quarter of the places, at least five.
impl Default for MaxFailures {
    fn default() -> Self {
        Self::Share { percent: 25, least: 5 }
    }
}

/// The text is not a number of failures.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a number of places, such as 5, or a share of them, such as 25%")]
pub struct MaxFailuresError;

impl FromStr for MaxFailures {
    type Err = MaxFailuresError;

    fn from_str(text: &str) -> Result<Self, MaxFailuresError> {
        // Unlike `parse` alone this accepts no sign.
        let number = |text: &str| -> Option<usize> {
            text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
        };
        match text.strip_suffix('%') {
            Some(share) => number(share).filter(|p| *p <= 100).map(|percent| Self::Share { percent, least: 0 }),
            None => number(text).map(Self::Count),
        }
        .ok_or(MaxFailuresError)
    }
}

impl fmt::Display for MaxFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share { percent, .. } => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_the_default_allows_at_least_five() {
        let allowed = |text: &str, places| text.parse::<MaxFailures>().unwrap().allowed(places);
        assert_eq!((allowed("0", 200), allowed("7", 2), allowed("25%", 10), allowed("100%", 3)), (0, 7, 2, 3));
        let default = MaxFailures::default();
        assert_eq!([1, 20, 23, 24, 200].map(|places| default.allowed(places)), [5, 5, 5, 6, 50]);
        assert_eq!(default.allowed(usize::MAX), usize::MAX / 100);
    }

    #[test]
    fn anything_but_a_number_is_refused() {
        for wrong in ["", "%", "-1", "+5", "101%", "5 %", "a", "5%%", "1.5", "99999999999999999999999"] {
            assert_eq!(wrong.parse::<MaxFailures>(), Err(MaxFailuresError), "{wrong}");
        }
        for right in ["0", "5", "25%"] {
            assert_eq!(right.parse::<MaxFailures>().unwrap().to_string(), right);
        }
    }
}
