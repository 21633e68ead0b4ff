//! How fast the room is, of how fast it is to be: ticks that all strips have done, against those that were due by its clock,
//! over the last seconds. A change of the clock's speed changes what is due from there on and forgets nothing; what is no
//! progress by that clock (another world's, a pause, or the past that is done again as fast as can be) is left out, and what
//! was measured before stays until there is something to measure.

use crate::api::{Micros, Tempo};
use std::collections::VecDeque;

/// It is measured over this time.
const WINDOW_US: Micros = 2_000_000;
/// What was begun anew is measured once there is this much of it.
const LEAST_US: Micros = 500_000;
/// Between two marks.
const MARK_US: Micros = 50_000;
/// More is not told.
const PERCENT_MAX: u64 = 100_000;
/// Parts of a tick in which is counted what is due.
const PARTS: u64 = 1_000_000;

/// How far the room was at a time.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Micros,
    /// The tick that all strips had reached.
    tick: u64,
    /// Parts of ticks that were due since the measurement began.
    due: u64,
}

/// All that was done by the clock so far, and all that was due by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub ticks: u64,
    /// In parts of ticks.
    pub due: u64,
}

impl Total {
    /// What was done since then of what was due, in thousandths; nothing where nothing was due.
    pub fn share_since(self, then: Self) -> Option<u64> {
        let done = self.ticks.saturating_sub(then.ticks).saturating_mul(1000 * PARTS);
        done.checked_div(self.due.saturating_sub(then.due))
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Progress {
    marks: VecDeque<Mark>,
    /// When it was last looked, and where the room was.
    seen: Option<(Micros, u64)>,
    total: Total,
    /// As of the last look.
    tempo: Tempo,
    /// What was measured last.
    percent: Option<u32>,
    /// Nothing before this step's end is of the world as it is now.
    since: Option<u64>,
}

impl Progress {
    /// Another world begins with this step.
    pub(super) fn begin_world(&mut self, step: u64) {
        self.since = Some(step);
        self.seen = None;
        self.marks.clear();
    }

    /// All strips have done the steps before `frontier`, and so reached a tick. `runs`: by the clock, and not otherwise.
    pub(super) fn look(&mut self, now: Micros, (frontier, tick): (u64, u64), tempo: Tempo, runs: bool) {
        if !runs || self.since.is_some_and(|since| frontier <= since) {
            self.seen = None;
            return self.marks.clear();
        }
        let changes = std::mem::replace(&mut self.tempo, tempo);
        if let Some((at, before)) = self.seen.replace((now, tick)) {
            self.total.ticks += tick.saturating_sub(before);
            self.total.due += now.saturating_sub(at) * changes.ticks_a_second();
        }
        let Some(&last) = self.marks.back() else {
            return self.marks.push_back(Mark { at: now, tick, due: 0 });
        };
        // What is due until now is so by the clock as it was.
        let mark = Mark { at: now, tick, due: last.due + now.saturating_sub(last.at) * changes.ticks_a_second() };
        if changes != tempo || now >= last.at + MARK_US {
            self.marks.push_back(mark);
        }
        while self.marks.get(1).is_some_and(|next| now >= next.at + WINDOW_US) {
            self.marks.pop_front();
        }
        let Some(first) = self.marks.front() else { return };
        let (done, due) = (tick.saturating_sub(first.tick), mark.due - first.due);
        if due > 0 && (self.percent.is_none() || now >= first.at + LEAST_US) {
            self.percent = Some((done.saturating_mul(100 * PARTS) / due).min(PERCENT_MAX) as u32);
        }
    }

    /// Over all the time in which the room ran by its clock.
    pub(super) fn total(&self) -> Total {
        self.total
    }

    /// In percent of real time; nothing where nothing was measured yet.
    pub(super) fn speed_percent(&self) -> Option<u32> {
        let percent = u64::from(self.percent?) * u64::from(self.tempo.percent()) / 100;
        Some(percent.min(PERCENT_MAX) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Micros = 1_000_000;

    /// A room that is looked at 100 times a second.
    struct Room {
        progress: Progress,
        now: Micros,
        /// Parts of ticks that are done.
        done: u64,
        /// Most ticks a second that it can do.
        can: u64,
    }

    impl Room {
        fn new(can: u64) -> Self {
            Self { progress: Progress::default(), now: S, done: 0, can }
        }

        fn runs(&mut self, us: Micros, tempo: Tempo) -> u32 {
            for _ in 0..us / 10_000 {
                self.now += 10_000;
                self.done += 10_000 * tempo.ticks_a_second().min(self.can);
                self.progress.look(self.now, (9, self.done / PARTS), tempo, true);
            }
            self.progress.speed_percent().unwrap_or(0)
        }
    }

    /// As near as whole ticks allow: a tenth of real time has twelve in the window.
    fn near(percent: u32, wanted: u32) {
        assert!(percent.abs_diff(wanted) <= 2 + wanted / 10, "{percent} % and not {wanted} %");
    }

    #[test]
    fn a_room_that_keeps_up_is_as_fast_as_its_clock_at_once() {
        let mut room = Room::new(1000);
        near(room.runs(3 * S, Tempo::Full), 100);
        for tempo in [Tempo::Half, Tempo::Double, Tempo::Tenth, Tempo::Full] {
            for us in [20_000, 300_000, 2 * S] {
                near(room.runs(us, tempo), tempo.percent());
            }
        }
    }

    #[test]
    fn changes_in_turn_do_not_make_a_slow_room_look_fast() {
        // Half of what is due in real time, a quarter of twice that.
        let mut room = Room::new(30);
        near(room.runs(3 * S, Tempo::Full), 50);
        for _ in 0..20 {
            let double = room.runs(200_000, Tempo::Double);
            assert!((45..=105).contains(&double), "{double} %");
            let full = room.runs(200_000, Tempo::Full);
            assert!((20..=55).contains(&full), "{full} %");
        }
        near(room.runs(3 * S, Tempo::Full), 50);
        near(room.runs(3 * S, Tempo::Half), 50);
    }

    #[test]
    fn all_that_was_done_is_counted_beside_all_that_was_due() {
        let mut room = Room::new(30);
        room.runs(S, Tempo::Full);
        let then = room.progress.total();
        assert_eq!(then.share_since(then), None);
        room.runs(10 * S, Tempo::Full);
        room.runs(10 * S, Tempo::Half);
        // A pause and another world are not counted: 600 ticks were due, then 300, and 300 done each time.
        room.now += 60 * S;
        room.progress.look(room.now, (9, room.done / PARTS), Tempo::Full, false);
        room.progress.begin_world(9);
        assert_eq!(room.progress.total().share_since(then), Some(666));
    }

    #[test]
    fn another_world_and_what_is_done_in_a_hurry_are_no_progress() {
        let mut room = Room::new(1000);
        near(room.runs(15 * S, Tempo::Full), 100);
        // Ten seconds back: the frontier's tick is of the world before, for a while.
        room.progress.begin_world(12);
        for _ in 0..20 {
            room.now += 10_000;
            room.progress.look(room.now, (12, room.done / PARTS), Tempo::Full, true);
            near(room.progress.speed_percent().unwrap(), 100);
        }
        room.done -= 600 * PARTS;
        for k in 0..20 {
            room.now += 10_000;
            room.done += 9 * PARTS;
            room.progress.look(room.now, (13 + k, room.done / PARTS), Tempo::Full, false);
            near(room.progress.speed_percent().unwrap(), 100);
        }
        for _ in 0..300 {
            room.now += 10_000;
            room.done += 10_000 * 30;
            room.progress.look(room.now, (40, room.done / PARTS), Tempo::Full, true);
            let percent = room.progress.speed_percent().unwrap();
            assert!((45..=100).contains(&percent), "{percent} %");
        }
        near(room.progress.speed_percent().unwrap(), 50);
    }
}
