//! A lane: how many calls are in flight at once, first come, first served. It narrows when AWS throttles.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The most calls in flight at once in one account, region and service.
pub(super) const LANE: usize = 12;

/// A lane; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Lane(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Semaphore,
    width: Mutex<Width>,
}

/// How wide the lane is now.
#[derive(Clone, Copy, Debug)]
struct Width {
    now: usize,
    /// How many of the calls in flight do not free a place: more of them began than the lane is wide now.
    too_many: usize,
}

impl Default for Lane {
    fn default() -> Self {
        let width = Mutex::new(Width { now: LANE, too_many: 0 });
        Self(Arc::new(Inner { places: Semaphore::new(LANE), width }))
    }
}

impl Lane {
    /// Waits for a place, which is freed when it is dropped.
    pub(super) async fn enter(&self) -> Place<'_> {
        // The lane is never closed, so a place is always granted.
        Place { lane: self, permit: self.0.places.acquire().await.ok() }
    }

    /// Halves the lane, to one place at least: AWS throttled a call.
    pub(super) fn narrow(&self) {
        let mut width = self.width();
        let narrower = (width.now / 2).max(1);
        width.too_many += width.now - narrower;
        width.now = narrower;
        // No free place remains for a later call.
        width.too_many -= self.0.places.forget_permits(width.too_many);
    }

    /// Widens the lane by one place, up to [`LANE`]: a call was answered and not throttled.
    pub(super) fn widen(&self) {
        let mut width = self.width();
        if width.now == LANE {
            return;
        }
        width.now += 1;
        if width.too_many > 0 {
            width.too_many -= 1;
        } else {
            self.0.places.add_permits(1);
        }
    }

    fn width(&self) -> MutexGuard<'_, Width> {
        self.0.width.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// A place in a lane.
#[derive(Debug)]
pub(super) struct Place<'a> {
    lane: &'a Lane,
    permit: Option<SemaphorePermit<'a>>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut width = self.lane.width();
        if width.too_many > 0
            && let Some(permit) = self.permit.take()
        {
            width.too_many -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many more calls may begin.
    fn free(lane: &Lane) -> usize {
        lane.0.places.available_permits()
    }

    #[tokio::test]
    async fn a_lane_narrows_by_halves_and_widens_by_one() {
        let lane = Lane::default();
        assert_eq!(free(&lane), LANE);
        let widths: Vec<usize> = (0..5)
            .map(|_| {
                lane.narrow();
                free(&lane)
            })
            .collect();
        assert_eq!(widths, [6, 3, 1, 1, 1]);
        (0..4).for_each(|_| lane.widen());
        assert_eq!(free(&lane), 5);
        (0..100).for_each(|_| lane.widen());
        assert_eq!(free(&lane), LANE);
    }

    #[tokio::test]
    async fn calls_under_way_leave_no_place_where_the_lane_is_narrower_by_then() {
        let lane = Lane::default();
        let mut places = Vec::new();
        for _ in 0..LANE {
            places.push(lane.enter().await);
        }
        (0..9).for_each(|_| lane.narrow());
        places.truncate(1);
        assert_eq!(free(&lane), 0, "one is under way, and one is the width");
        lane.widen();
        assert_eq!(free(&lane), 1);
        places.clear();
        assert_eq!(free(&lane), 2);
    }
}
