//! A gate that answers calls in rounds: the calls of a round are answered only when all of them, and all earlier
//! rounds, have arrived. So a call can't depend on an answer of its own round, however slow the machine is.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How long a call waits for those of its round: far longer than any passing run, so no clock decides.
const PATIENCE: Duration = Duration::from_mins(1);

/// A call's name at a gate: the operation, followed by `?dry-run` for a dry run.
type Name = String;

#[derive(Debug, Default)]
struct Expected {
    /// The expected calls, a list per round.
    rounds: Vec<Vec<Name>>,
    /// Calls that belong to no round.
    strangers: Vec<Name>,
    /// Calls that were waiting when the time was over.
    stuck: Vec<Name>,
}

impl Expected {
    /// Marks a call as arrived; returns its round, counted from 0.
    fn cross_off(&mut self, name: &str) -> Option<usize> {
        let round = self.rounds.iter().position(|round| round.iter().any(|n| n == name));
        match round {
            Some(round) => {
                let place = self.rounds[round].iter().position(|n| n == name);
                place.map(|place| self.rounds[round].swap_remove(place));
            }
            None => self.strangers.push(name.to_owned()),
        }
        round
    }

    /// How many rounds are complete, from the first one on.
    fn whole(&self) -> usize {
        self.rounds.iter().take_while(|round| round.is_empty()).count()
    }
}

/// Open until rounds are set.
pub struct Gate {
    expected: Mutex<Option<Expected>>,
    whole: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { expected: Mutex::default(), whole: watch::Sender::new(0) }
    }
}

impl Gate {
    fn expected(&self) -> MutexGuard<'_, Option<Expected>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the rounds in which calls pass from now on.
    pub fn set(&self, rounds: &[Vec<String>]) {
        *self.expected() = Some(Expected { rounds: rounds.to_vec(), ..Expected::default() });
        self.whole.send_replace(0);
    }

    /// Opens the gate; returns the problems, one line each.
    pub fn open(&self) -> Vec<String> {
        let Some(expected) = self.expected().take() else { return Vec::new() };
        let missing = expected.rounds.iter().enumerate().flat_map(|(round, names)| {
            names.iter().map(move |name| format!("{name} of round {} never came", round + 1))
        });
        let strangers = expected.strangers.iter().map(|name| format!("{name} was not expected"));
        let stuck = expected.stuck.iter().map(|name| format!("{name} waited for its round in vain"));
        missing.chain(strangers).chain(stuck).collect()
    }

    /// Waits until the call's round is complete.
    pub async fn pass(&self, operation: &str, dry_run: bool) {
        let name = format!("{operation}{}", if dry_run { "?dry-run" } else { "" });
        let round = {
            let mut expected = self.expected();
            let Some(expected) = expected.as_mut() else { return };
            let round = expected.cross_off(&name);
            self.whole.send_replace(expected.whole());
            round
        };
        let Some(round) = round else { return };
        let mut whole = self.whole.subscribe();
        let come = tokio::time::timeout(PATIENCE, whole.wait_for(|whole| *whole > round)).await;
        if come.is_err()
            && let Some(expected) = self.expected().as_mut()
        {
            expected.stuck.push(name);
        }
    }
}
