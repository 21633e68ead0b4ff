//! A machine's deadlines, in one table: what is due, when the machine must be looked at again, and what a sleep
//! changes.

use crate::api::Micros;
use std::collections::BTreeMap;

/// Names a machine's deadlines.
pub(crate) trait Timer: Copy + Ord {
    /// Whether it runs while this peer waits for others: what it slept through is nobody's silence, so that such a
    /// deadline moves by as much. All others are this peer's own to keep, and are due after a sleep.
    fn waits_for_others(self) -> bool;
}

/// The deadlines of a machine. One that was never set is due at once.
#[derive(Debug)]
pub(crate) struct Timers<T>(BTreeMap<T, Micros>);

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Timer> Timers<T> {
    /// When a deadline is.
    pub fn at(&self, timer: T) -> Micros {
        self.0.get(&timer).copied().unwrap_or(0)
    }

    /// Sets a deadline.
    pub fn set(&mut self, timer: T, at: Micros) {
        self.0.insert(timer, at);
    }

    /// It is due at once.
    pub fn hurry(&mut self, timer: T) {
        self.0.remove(&timer);
    }

    /// Whether it is due.
    pub fn is_due(&self, timer: T, now: Micros) -> bool {
        now >= self.at(timer)
    }

    /// Whether it has passed: for a limit within which something is to happen, where just in time is in time.
    pub fn is_over(&self, timer: T, now: Micros) -> bool {
        now > self.at(timer)
    }

    /// Whether it is due; from then on it is due again after a time.
    pub fn repeats(&mut self, timer: T, now: Micros, every_us: Micros) -> bool {
        let due = self.is_due(timer, now);
        if due {
            self.set(timer, now + every_us);
        }
        due
    }

    /// Forgets the other deadlines.
    pub fn retain(&mut self, mut keep: impl FnMut(T) -> bool) {
        self.0.retain(|&timer, _| keep(timer));
    }

    /// This peer did nothing for this long.
    pub fn slept(&mut self, us: Micros) {
        self.0.iter_mut().filter(|(timer, _)| timer.waits_for_others()).for_each(|(_, at)| *at += us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Two {
        Own,
        Others,
    }

    impl Timer for Two {
        fn waits_for_others(self) -> bool {
            self == Self::Others
        }
    }

    #[test]
    fn a_sleep_moves_what_waits_for_others() {
        let mut timers = Timers::default();
        assert!(timers.is_due(Two::Own, 0), "never set");
        assert!(timers.repeats(Two::Own, 5, 10) && !timers.repeats(Two::Own, 14, 10));
        timers.set(Two::Others, 20);
        timers.slept(100);
        assert_eq!((timers.at(Two::Own), timers.at(Two::Others)), (15, 120));
        timers.hurry(Two::Others);
        assert!(timers.is_due(Two::Others, 0));
    }
}
