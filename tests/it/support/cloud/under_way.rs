//! Counts the calls in flight in each account, region and service, and limits an account's calls per second.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::cloud::Cloud;
use super::time::Millis;

/// Where an AWS call is counted; the account is the caller's.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    pub service: &'static str,
    pub region: String,
    pub account: String,
}

/// Calls in flight, and their maximum.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    now: usize,
    most: usize,
}

/// An account's rate, and its use in a second of the cloud's clock.
#[derive(Clone, Copy, Debug)]
struct Rate {
    calls: u32,
    second: Millis,
    used: u32,
}

/// The counts and the rates.
#[derive(Debug, Default)]
pub struct UnderWay {
    counts: Mutex<BTreeMap<Place, Count>>,
    rates: Mutex<BTreeMap<String, Rate>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl UnderWay {
    /// Begins a call; it ends when the result is dropped.
    pub fn begin(&self, place: Place) -> Call<'_> {
        let mut counts = lock(&self.counts);
        let count = counts.entry(place.clone()).or_default();
        count.now += 1;
        count.most = count.most.max(count.now);
        Call { of: self, place }
    }

    /// Counts a call against its account's rate; true if it exceeds the rate.
    pub fn is_too_many(&self, account: &str, now: Millis) -> bool {
        let mut rates = lock(&self.rates);
        let Some(rate) = rates.get_mut(account) else { return false };
        if rate.second != now / 1000 {
            (rate.second, rate.used) = (now / 1000, 0);
        }
        rate.used += 1;
        rate.used > rate.calls
    }
}

/// A call in flight.
pub struct Call<'a> {
    of: &'a UnderWay,
    place: Place,
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.of.counts).get_mut(&self.place) {
            count.now -= 1;
        }
    }
}

impl Cloud {
    /// The maximum of calls in flight at once, by account, region and service.
    pub fn most_under_way(&self) -> BTreeMap<Place, usize> {
        lock(&self.shared.under_way.counts).iter().map(|(place, count)| (place.clone(), count.most)).collect()
    }

    /// Throttles an account's calls beyond this many per second, over all services.
    pub fn throttle(&self, account: &str, calls_each_second: u32) {
        let rate = Rate { calls: calls_each_second, second: 0, used: 0 };
        lock(&self.shared.under_way.rates).insert(account.to_owned(), rate);
    }
}
