//! The leader's clock, as this peer knows it: from pings, by the least round trip, slewed by at most 1 %.

pub mod messages;

use crate::api::Micros;
use crate::timers::{Timer, Timers};
use std::cell::Cell;
use std::collections::VecDeque;

/// Samples among which the one of the least round trip counts.
const WINDOW: usize = 16;
/// The most that the clock is bent, as one part in so many.
const SLEW: i64 = 100;
/// Beyond this the clock is set, not bent.
const JUMP_US: u64 = 250_000;

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Asks the leader for its time.
    Ping,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Ping => false,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Clock {
    samples: VecDeque<(u64, i64)>,
    /// Bent a little at every reading.
    offset: Cell<Option<i64>>,
    bent_at: Cell<Micros>,
    count: u32,
    timers: Timers<Due>,
}

impl Clock {
    /// A pong: the ping's own sending time, the leader's time, and now.
    pub fn pong(&mut self, sent: Micros, leader: Micros, now: Micros) {
        if sent > now || now - sent > 10_000_000 {
            return;
        }
        let rtt = now - sent;
        let offset = (leader as i64).wrapping_add((rtt / 2) as i64).wrapping_sub(now as i64);
        self.samples.push_back((rtt, offset));
        if self.samples.len() > WINDOW {
            self.samples.pop_front();
        }
        self.count = self.count.saturating_add(1);
        self.bend(now);
    }

    /// The leader's time at `now`; nothing before the first pong.
    pub fn leader_time(&self, now: Micros) -> Option<Micros> {
        self.bend(now);
        self.offset.get().map(|o| (now as i64).saturating_add(o).max(0) as u64)
    }

    /// Whether the leader is pinged now: densely at first.
    pub fn ping_due(&mut self, now: Micros) -> bool {
        self.timers.repeats(Due::Ping, now, if self.count < 6 { 50_000 } else { 500_000 })
    }

    /// When the leader is pinged next.
    pub fn ping_at(&self) -> Micros {
        self.timers.at(Due::Ping)
    }

    fn bend(&self, now: Micros) {
        let Some(&(_, best)) = self.samples.iter().min_by_key(|s| s.0) else { return };
        let elapsed = now.saturating_sub(self.bent_at.get()) as i64;
        self.bent_at.set(now);
        self.offset.set(Some(match self.offset.get() {
            // The first few samples may set it freely: nothing has been timed by it for long.
            Some(offset) if self.count > 6 && best.abs_diff(offset) < JUMP_US => {
                offset + (best - offset).clamp(-elapsed / SLEW, elapsed / SLEW)
            }
            _ => best,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_round_trip_counts_and_the_clock_bends_slowly() {
        let mut clock = Clock::default();
        let ahead = 5_000_000;
        for i in 0..20u64 {
            let (sent, late) = (i * 500_000, (i % 5) * 30_000);
            // The way back is slower than the way there by `late`.
            clock.pong(sent, sent + 10_000 + ahead, sent + 20_000 + late);
        }
        assert_eq!(clock.leader_time(9_600_000), Some(9_600_000 + ahead));
        for i in 20..60u64 {
            let sent = i * 500_000;
            let before = clock.leader_time(sent).unwrap();
            clock.pong(sent, sent + 10_000 + ahead + 40_000, sent + 20_000);
            let after = clock.leader_time(sent + 20_000).unwrap();
            assert!(after - before <= 20_000 + 20_000 / 100 + 1, "bent by at most 1 %");
        }
        assert_eq!(clock.leader_time(40_000_000), Some(40_000_000 + ahead + 40_000));
    }

    #[test]
    fn absurd_times_do_no_harm() {
        let mut clock = Clock::default();
        clock.pong(5, u64::MAX, 6);
        clock.pong(5, 0, 4);
        let _ = clock.leader_time(u64::MAX / 2);
    }
}
