//! The leader's heartbeats, as this peer last heard them (or sends them, as the leader), and when it last reported.

pub mod messages;

pub(crate) use self::messages::{ANNOUNCEMENTS_MAX, Heartbeat, ReplicaReport, Report, SEGMENTS_MAX};

use crate::api::Micros;
use crate::timers::{Timer, Timers};

/// How often a member reports at least, while it hears the leader.
const ALIVE_US: Micros = 200_000;
/// How long a leader may be silent before the others name it.
const SILENT_US: Micros = 1_000_000;

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Reports, though there is nothing new.
    Report,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Report => false,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Heartbeats {
    /// The newest, without entries.
    newest: Heartbeat,
    heard_at: Micros,
    timers: Timers<Due>,
    /// A step that is committed and not complete, and since when the room stands there, no matter who led it meanwhile.
    stands: (u64, Micros),
}

impl Heartbeats {
    /// The time until the first one counts from now on.
    pub fn new(now: Micros) -> Self {
        Self { newest: Heartbeat::default(), heard_at: now, timers: Timers::default(), stands: (0, now) }
    }

    /// The newest one. As the leader this peer writes it: see [`Heartbeats::lead`].
    pub fn newest(&self) -> &Heartbeat {
        &self.newest
    }

    /// For the leader's machine: what it tells, and when it last told it.
    pub fn lead(&mut self) -> (&mut Heartbeat, &mut Micros) {
        (&mut self.newest, &mut self.heard_at)
    }

    /// Something of the leader was heard, or of one who becomes it.
    pub fn heard(&mut self, now: Micros) {
        self.heard_at = now;
    }

    /// When the leader was last heard.
    pub fn heard_at(&self) -> Micros {
        self.heard_at
    }

    /// What this peer slept through is nobody's silence.
    pub fn slept(&mut self, us: Micros) {
        self.heard_at += us;
        self.timers.slept(us);
        self.stands.1 += us;
    }

    /// Looks whether the room gets on; `next`: the first step that is not committed.
    pub fn look(&mut self, next: u64, now: Micros) {
        let frontier = self.newest.frontier;
        if frontier != self.stands.0 || frontier >= next || self.newest.paused {
            self.stands = (frontier, now);
        }
    }

    /// Since when the room stands at a step.
    pub fn stands_since(&self) -> Micros {
        self.stands.1
    }

    /// Whether the leader has been silent for long.
    pub fn is_silent(&self, now: Micros) -> bool {
        now > self.heard_at + SILENT_US
    }

    /// Takes a heartbeat; one that was overtaken tells nothing.
    pub fn take(&mut self, mut heartbeat: Heartbeat) {
        let known = &self.newest;
        if heartbeat.digest.is_none() && heartbeat.lineage == known.lineage {
            heartbeat.digest = known.digest;
        }
        if heartbeat.moments.is_empty() && heartbeat.lineage == known.lineage {
            heartbeat.moments.clone_from(&known.moments);
        }
        if heartbeat.people.is_empty() && heartbeat.lineage == known.lineage {
            heartbeat.people.clone_from(&known.people);
        }
        if heartbeat.frontier >= known.frontier || heartbeat.term != known.term {
            self.newest = heartbeat;
        }
    }

    /// The log begins at a step and its tick; `other`: that of another history. The log is ahead of what is done, so
    /// whatever the leader says next of that counts.
    pub fn begin(&mut self, now: Micros, step: u64, tick: u64, other: bool) {
        if other {
            self.newest = Heartbeat::default();
        }
        self.heard_at = now;
        (self.newest.term, self.newest.frontier, self.newest.frontier_tick) = (0, step, tick);
    }

    /// This peer leads from here on: what its predecessor told goes on as far as the log here bears it out, up to a
    /// step and its tick, and an epoch and its last tick.
    pub fn inherit(&mut self, (step, tick): (u64, u64), end: (u32, u64)) {
        if self.newest.frontier > step {
            (self.newest.frontier, self.newest.frontier_tick) = (step, tick);
        }
        self.newest.digest.take_if(|d| (d.0, d.1) > end);
    }

    /// The newest digest is of a world or a history that is over.
    pub fn forget_digest(&mut self) {
        self.newest.digest = None;
    }

    /// The world begins again.
    pub fn begin_epoch(&mut self) {
        self.forget_digest();
        self.newest.moments.clear();
    }

    /// Whether it is time to report, though there is nothing new: the leader must hear that its words arrive.
    pub fn report_due(&self, now: Micros) -> bool {
        self.timers.is_due(Due::Report, now)
    }

    /// A report goes out.
    pub fn reported(&mut self, now: Micros) {
        self.timers.set(Due::Report, now + ALIVE_US);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::digest::Digest;

    fn at(term: u64, frontier: u64) -> Heartbeat {
        Heartbeat { lineage: 1, term, frontier, ..Heartbeat::default() }
    }

    #[test]
    fn overtaken_heartbeats_tell_nothing_but_a_new_leader_may_be_behind() {
        let mut heard = Heartbeats::new(0);
        let digest = Some((1, 9, Digest([7; 4])));
        for (heartbeat, frontier) in
            [(Heartbeat { digest, ..at(1, 5) }, 5), (at(1, 4), 5), (at(1, 6), 6), (at(2, 3), 3)]
        {
            heard.take(heartbeat);
            assert_eq!((heard.newest().frontier, heard.newest().digest), (frontier, digest));
        }
        heard.begin(0, 9, 18, false);
        heard.take(at(2, 4));
        assert_eq!(heard.newest().frontier, 4, "the log of who joins again begins ahead of what is done");
        heard.take(Heartbeat { lineage: 2, ..at(2, 8) });
        assert_eq!(heard.newest().digest, None, "that was another history's");
    }

    #[test]
    fn what_is_inherited_is_what_the_log_bears_out() {
        let digest = Some((1, 40, Digest([7; 4])));
        let heard = || {
            let mut heard = Heartbeats::new(0);
            heard.take(Heartbeat { digest, frontier_tick: 40, ..at(1, 20) });
            heard
        };
        let mut whole = heard();
        whole.inherit((30, 60), (1, 60));
        assert_eq!((whole.newest().frontier, whole.newest().digest), (20, digest));
        let mut short = heard();
        short.inherit((10, 20), (1, 20));
        assert_eq!((short.newest().frontier, short.newest().frontier_tick, short.newest().digest), (10, 20, None));
    }

    #[test]
    fn silence_counts_from_the_last_word_and_not_while_asleep() {
        let mut heard = Heartbeats::new(0);
        heard.heard(10);
        assert!(!heard.is_silent(10 + SILENT_US) && heard.is_silent(11 + SILENT_US));
        heard.slept(5);
        assert!(!heard.is_silent(15 + SILENT_US));
    }

    #[test]
    fn a_sleeper_reports_as_soon_as_it_wakes() {
        let mut heard = Heartbeats::new(0);
        assert!(heard.report_due(0), "the leader has heard nothing yet");
        heard.reported(100);
        assert!(!heard.report_due(99 + ALIVE_US) && heard.report_due(100 + ALIVE_US));
        heard.slept(5);
        assert!(heard.report_due(100 + ALIVE_US));
    }
}
