//! A table of deadlines: one a kind of timer, named by an enum of the machine that keeps it.
//!
//! A machine sets and stops its timers and asks which are due; the room wakes up at the earliest of all. What happens
//! after a sleep follows from the table: either all deadlines move on by the time that was slept ([`Timers::slept`]),
//! or what became due meanwhile is due at once.

use crate::api::Micros;
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Timers<T> {
    due: BTreeMap<T, Micros>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { due: BTreeMap::new() }
    }
}

impl<T: Copy + Ord> Timers<T> {
    /// Sets a timer, whether it was set before or not.
    pub fn set(&mut self, timer: T, at: Micros) {
        self.due.insert(timer, at);
    }

    /// Stops a timer.
    pub fn stop(&mut self, timer: T) {
        self.due.remove(&timer);
    }

    /// When a timer is due; nothing where it is not set.
    pub fn get(&self, timer: T) -> Option<Micros> {
        self.due.get(&timer).copied()
    }

    /// Whether a timer is set and due.
    pub fn is_due(&self, timer: T, now: Micros) -> bool {
        self.get(timer).is_some_and(|at| now >= at)
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<Micros> {
        self.due.values().copied().min()
    }

    /// This peer slept: what it waits for got no nearer meanwhile.
    pub fn slept(&mut self, us: u64) {
        self.due.values_mut().for_each(|at| *at += us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Timer {
        A,
        B,
    }

    #[test]
    fn the_earliest_counts_and_a_sleep_moves_all() {
        let mut timers = Timers::default();
        assert_eq!(timers.next(), None);
        timers.set(Timer::A, 50);
        timers.set(Timer::B, 20);
        assert_eq!(timers.next(), Some(20));
        assert!(timers.is_due(Timer::B, 20) && !timers.is_due(Timer::A, 20));
        timers.slept(100);
        assert_eq!((timers.get(Timer::A), timers.get(Timer::B)), (Some(150), Some(120)));
        timers.stop(Timer::B);
        assert!(!timers.is_due(Timer::B, 1000));
        assert_eq!(timers.next(), Some(150));
    }
}
