//! How long a majority takes to acknowledge what the leader sealed. Round trips say how long it should take; voters who
//! are heard in time and acknowledge late are known by this alone.

use crate::api::Micros;
use std::collections::VecDeque;

/// What counts is most of the time that was waited in so long: a moment's stall is not a habit.
const WINDOW_US: u64 = 4_000_000;
/// What is sealed ahead in any case covers so much.
const SLACK_US: u64 = 100_000;
/// Less than this beyond it is no habit: devices that are slow for a while are as late, and where those are, what is sealed
/// ahead stands in the way of changes of the partition.
const LATE_US_MIN: u64 = 300_000;
/// A habit of this is the most that is sealed ahead for.
const LATE_US_MAX: u64 = 1_500_000;

/// How long agreement took lately.
#[derive(Debug, Default)]
pub(super) struct Agreement {
    /// Steps that are not committed, and when they were sealed.
    sealed: VecDeque<(u64, Micros)>,
    /// When steps were committed, how long the oldest of them had been sealed, and how long nothing else was.
    took: VecDeque<(Micros, u64, u64)>,
}

impl Agreement {
    /// A step is sealed.
    pub fn sealed(&mut self, step: u64, now: Micros) {
        self.sealed.push_back((step, now));
    }

    /// The steps before this one are committed.
    pub fn committed(&mut self, next: u64, now: Micros) {
        let done = self.sealed.iter().take_while(|s| s.0 < next).count();
        let Some((_, at)) = self.sealed.drain(..done).next() else { return };
        let took = now.saturating_sub(at);
        let waited = self.took.back().map_or(took, |last| now.saturating_sub(last.0).min(took));
        self.took.push_back((now, took, waited));
        while self.took.front().is_some_and(|t| now > t.0 + WINDOW_US) {
            self.took.pop_front();
        }
    }

    /// For so long at least something was waited for in most of the time, beyond what is sealed ahead in any case; 0
    /// where that is no habit.
    pub fn late_us(&self) -> u64 {
        let mut took: Vec<(u64, u64)> = self.took.iter().map(|t| (t.1, t.2)).collect();
        took.sort_unstable();
        let all: u64 = took.iter().map(|t| t.1).sum();
        let mut until = 0;
        let median = took.iter().find(|t| {
            until += t.1;
            2 * until >= all
        });
        let late = median.map_or(0, |t| t.0.saturating_sub(SLACK_US));
        if late < LATE_US_MIN { 0 } else { late.min(LATE_US_MAX) }
    }

    /// When the oldest step that is not committed was sealed.
    pub fn waits_since(&self) -> Option<Micros> {
        self.sealed.front().map(|s| s.1)
    }

    /// What this leader slept through says nothing of the others.
    pub fn slept(&mut self, us: Micros) {
        self.sealed.iter_mut().for_each(|s| s.1 += us);
        self.took.iter_mut().for_each(|t| t.0 += us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A room that seals four steps at once and waits for this long, again and again.
    fn waits(took: impl IntoIterator<Item = u64>) -> Agreement {
        let (mut agreement, mut now) = (Agreement::default(), 10);
        for (i, us) in (0..).zip(took) {
            (0..4).for_each(|n| agreement.sealed(4 * i + n, now));
            now += us;
            agreement.committed(4 * i + 4, now);
        }
        agreement
    }

    #[test]
    fn what_is_late_most_of_the_time_counts() {
        let quick = |n| std::iter::repeat_n(30_000, n);
        for (name, agreement, expected) in [
            ("nothing yet", Agreement::default(), 0),
            ("all is well", waits(quick(100)), 0),
            ("late", waits([900_000; 4]), 800_000),
            ("just late enough", waits([400_000; 9]), LATE_US_MIN),
            ("as slow devices are", waits([399_999; 9]), 0),
            ("very late", waits([9_000_000; 4]), LATE_US_MAX),
            ("once", waits(quick(100).chain([1_100_000]).chain(quick(3))), 0),
            ("quick now and then", waits([1_100_000; 3].into_iter().chain(quick(9))), 1_000_000),
            ("late until a while ago", waits([1_100_000; 3].into_iter().chain(quick(140))), 0),
        ] {
            assert_eq!(agreement.late_us(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_on_its_way_all_the_time_takes_as_long() {
        let mut agreement = Agreement::default();
        for step in 0..200u64 {
            let now = step * 30_000;
            agreement.sealed(step, now);
            agreement.committed((step + 1).saturating_sub(20), now);
        }
        assert_eq!(agreement.late_us(), 20 * 30_000 - SLACK_US);
        agreement.slept(5_000_000);
        agreement.sealed(200, 11_000_000);
        agreement.committed(181, 11_000_000);
        assert_eq!(agreement.late_us(), 20 * 30_000 - SLACK_US, "a sleep is nobody's delay");
    }
}
