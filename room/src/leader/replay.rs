//! Doing again what was done: after a return to a checkpoint up to the moment that was wanted, as fast as the room computes;
//! and of a recording that somebody alone has opened, at the pace of the room's clock. Digests are compared with those told
//! then.
//!
//! While a recording plays, one goes to any moment of it as one takes a room back: from a checkpoint before it, as fast as
//! can be up to there. Whoever does something meanwhile is in another world from then on: the recording ends there. Once it is
//! over, the world is the player's own: what was recorded is its past, and whoever goes back into that goes on from there.

use crate::api::{Micros, Playing};
use crate::costs::{PARTICLES_MAX, REPLAY_TICKS_MAX};
use crate::leader::cap::Quota;
use crate::leader::{Leader, Leading, Output};
use crate::notice::Announcement;
use crate::save::recording::Log;
use crate::timeline::past::Deed;
use crate::timeline::{CheckpointId, Sealed};
use sim_kernels::digest::Digest;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

/// Doing again what was done may take so long without getting anywhere; then the room goes on from there.
const REPLAY_STUCK_US: Micros = 20_000_000;

/// What is done again.
#[derive(Debug)]
pub(super) struct Replay {
    /// In which epoch of this room it was done first; of a recording, none.
    epoch: Option<u32>,
    deeds: VecDeque<Deed>,
    /// Up to this tick.
    until: u64,
    /// As fast as can be up to this tick, and from there on by the clock.
    hurries_to: u64,
    /// The tick last reached, and when.
    reached: (u64, Micros),
    /// Another world was computed than then.
    differs: bool,
    /// The step with which it began.
    since: u64,
    /// Since when what comes next has not fitted, by what is known of the number of particles.
    full_since: Option<Micros>,
}

/// The next superstep of what is done again.
#[derive(Debug)]
pub(super) struct Again {
    /// How long it is; 0 where it waits.
    pub ticks: u32,
    /// What is done in it.
    pub commands: Vec<Sealed>,
    /// What it may add.
    pub quota: Quota,
}

/// The recording that the room plays.
#[derive(Debug)]
pub(super) struct Tape {
    log: Arc<Log>,
    /// Its first checkpoint, from whose epoch on the room's ticks are those of the recording.
    first: CheckpointId,
    /// The tick there.
    from: u64,
    /// Ticks at which the digests were the same.
    compared: BTreeSet<u64>,
    differs: Option<u64>,
}

impl Replay {
    fn new(
        epoch: Option<u32>,
        deeds: VecDeque<Deed>,
        until: u64,
        hurries_to: u64,
        reached: (u64, Micros),
        since: u64,
    ) -> Self {
        Self { epoch, deeds, until, hurries_to, reached, differs: false, since, full_since: None }
    }

    /// Up to which tick it goes.
    pub(super) fn until(&self) -> u64 {
        self.until
    }

    /// What the next superstep is that begins at a tick: at most `most` ticks, and what is done in it. It ends where
    /// the next step begins in which something was done, so that none has more commands than one had then.
    fn next(&self, tick: u64, most: u32) -> (u32, Vec<Sealed>) {
        // A player who jumps arrives at the very tick.
        let stop = if tick < self.hurries_to { self.hurries_to.min(self.until) } else { self.until };
        let left = |until: u64| until.saturating_sub(tick).min(u64::from(most)) as u32;
        match self.deeds.front() {
            Some(deed) if deed.tick <= tick => {
                let ticks = deed.ticks.min(left(stop));
                (ticks, deed.commands.iter().filter(|c| u32::from(c.offset) < ticks).cloned().collect())
            }
            Some(deed) => (left(deed.tick.min(stop)), Vec::new()),
            None => (left(stop), Vec::new()),
        }
    }

    /// What was done before a tick is done already.
    fn skip(&mut self, tick: u64) {
        while let Some(deed) = self.deeds.front().filter(|deed| deed.tick < tick) {
            let (from, ticks) = (deed.tick, deed.ticks);
            self.sealed(from, (tick - from).min(u64::from(ticks)) as u32);
        }
    }

    /// What this peer slept through is nobody's silence.
    pub(super) fn slept(&mut self, us: Micros) {
        self.reached.1 += us;
        self.full_since = self.full_since.map(|since| since + us);
    }

    /// So many ticks from a tick on are sealed.
    fn sealed(&mut self, tick: u64, ticks: u32) {
        if ticks > 0 {
            self.full_since = None;
        }
        let Some(deed) = self.deeds.front_mut().filter(|deed| deed.tick <= tick) else { return };
        deed.commands.retain_mut(|command| {
            let left = u32::from(command.offset).checked_sub(ticks);
            command.offset = left.unwrap_or(0) as u8;
            left.is_some()
        });
        (deed.tick, deed.ticks) = (deed.tick + u64::from(ticks), deed.ticks - ticks.min(deed.ticks));
        if deed.ticks == 0 {
            self.deeds.pop_front();
        }
    }
}

impl Tape {
    /// Its last tick, where so many ticks after a checkpoint at a tick are the recording's.
    pub(super) fn end_after(&self, id: CheckpointId, tick: u64, ticks: u32) -> Option<u64> {
        let to = tick.saturating_add(ticks.into());
        (id.epoch >= self.first.epoch && to <= self.log.end).then_some(self.log.end)
    }
}

impl Leader {
    /// The recording that is played.
    pub(crate) fn playing(&self) -> Option<Playing> {
        let tape = self.tape.as_ref()?;
        let Tape { from, differs, .. } = *tape;
        Some(Playing { from, until: tape.log.end, compared: tape.compared.len() as u32, differs })
    }

    /// Whether a recording plays now.
    pub(super) fn is_playing(&self) -> bool {
        self.replay.as_ref().is_some_and(|replay| replay.epoch.is_none())
    }

    /// The first checkpoint of the recording that is played.
    pub(crate) fn plays_from(&self) -> Option<CheckpointId> {
        self.tape.as_ref().map(|tape| tape.first)
    }
}

impl Leading<'_> {
    /// What is done again of so many ticks after a checkpoint, from a tick on; nothing where not all of it is known.
    pub(super) fn replay_from(&self, to: CheckpointId, began: u64, ticks: u32, tick: u64) -> Option<Replay> {
        let since = self.log.end();
        let mut replay = if let Some(tape) = &self.leader.tape
            && tape.end_after(to, began, ticks).is_some()
        {
            let hurries_to = began + u64::from(ticks);
            let (until, deeds) = (tape.log.end, tape.log.deeds.clone().into());
            Replay::new(None, deeds, until, hurries_to, (tick, self.now), since)
        } else {
            let until = began + u64::from(ticks.min(REPLAY_TICKS_MAX));
            let until = until.min(self.log.past().end(to.epoch)).max(began);
            let deeds = if until > tick { self.log.past().deeds_since(to, until)? } else { VecDeque::new() };
            Replay::new(Some(to.epoch), deeds, until, until, (tick, self.now), since)
        };
        replay.skip(tick);
        Some(replay)
    }

    /// The world begins from a recording's first checkpoint: what was done from there on is done again.
    pub(super) fn play(&mut self, log: Arc<Log>, from: u64) {
        let first = CheckpointId { epoch: self.log.epoch_end(), step: self.log.end().saturating_sub(1) };
        self.leader.tape = Some(Tape { log, first, from, compared: BTreeSet::new(), differs: None });
        self.leader.replay = self.replay_from(first, from, 0, from);
    }

    /// A new leader does again what its predecessor had not done yet, as far as it knows of it; a return that had not begun
    /// comes to nothing, and a recording ends.
    pub(crate) fn replay_inherited(&mut self) {
        let tick = self.log.tick_end();
        if self.heartbeat.goes_to.is_some() && self.heartbeat.goes_to != self.log.went_back_to() {
            self.announce(Announcement::ReturnLost);
        }
        // What it had not done yet, it alone knew.
        if std::mem::take(&mut self.heartbeat.plays) {
            return self.announce(Announcement::RecordingLeft);
        }
        let (Some(until), Some(to)) = (self.heartbeat.replays_to, self.log.went_back_to()) else { return };
        let Some(began) = self.checkpoints.globals(to).map(|globals| globals.tick) else { return };
        let ticks = until.saturating_sub(began).min(u64::from(REPLAY_TICKS_MAX)) as u32;
        self.leader.replay = self.replay_from(to, began, ticks, tick).filter(|replay| replay.until > tick);
    }

    /// The digest that was told for a tick of what is done again.
    fn told_then(&self, tick: u64) -> Option<Digest> {
        let replay = self.leader.replay.as_ref()?;
        match (replay.epoch, &self.leader.tape) {
            (Some(epoch), _) => self.log.past().digest(epoch, tick),
            (None, Some(tape)) => tape.log.digest(tick),
            (None, None) => None,
        }
    }

    /// Whether the digest at a tick is known from then.
    pub(super) fn replay_compares(&self, tick: u64) -> bool {
        self.told_then(tick).is_some()
    }

    /// Compares the room's digest with the one that was told then.
    pub(super) fn replay_compare(&mut self, epoch: u32, tick: u64, digest: Digest) {
        let told = self.told_then(tick).filter(|_| epoch == self.log.epoch_end());
        let (Some(told), Some(replay)) = (told, &mut self.leader.replay) else { return };
        if tick > replay.until || replay.epoch == Some(epoch) {
            return;
        }
        replay.differs |= told != digest;
        if let Some(tape) = self.leader.tape.as_mut().filter(|_| replay.epoch.is_none()) {
            if told == digest {
                tape.compared.insert(tick);
            } else {
                tape.differs = Some(tape.differs.map_or(tick, |first| first.min(tick)));
            }
        }
    }

    /// The next superstep where something is done again. Nothing: the room goes on.
    ///
    /// Who made a recording may have left out what did not fit, so each step of it is counted before it is sealed.
    /// Where it does not fit by what is known, it waits until all is counted that was sealed, and is then done a tick
    /// at a time, since fountains may have run for a part of it only. What does not fit then fitted in no room: the
    /// recording ends before it.
    pub(super) fn replayed(&mut self, tick: u64, most: u32) -> Option<Again> {
        let replay = self.leader.replay.as_ref()?;
        let is_recording = replay.epoch.is_none();
        // A recording's digests are compared at each tick for which one was told.
        let stop = self.leader.tape.as_ref().filter(|_| is_recording).map(|tape| tape.log.next_stop(tick));
        let most = stop.map_or(most, |stop| stop.saturating_sub(tick).min(u64::from(most)) as u32);
        let full_since = replay.full_since.unwrap_or(self.now);
        let again = |most: u32| {
            let (ticks, commands) = replay.next(tick, most);
            let (quota, fits) = self.count_again(tick, ticks, &commands);
            (Again { ticks, commands, quota }, fits)
        };
        let (whole, fits) = again(most);
        if fits || !is_recording {
            return Some(whole);
        }
        if self.is_counted() {
            let (one, fits) = again(1);
            if fits {
                return Some(one);
            }
        } else if self.now < full_since + REPLAY_STUCK_US {
            let (nothing, _) = again(0);
            if let Some(replay) = &mut self.leader.replay {
                replay.full_since = Some(full_since);
            }
            self.wake_at(full_since + REPLAY_STUCK_US);
            return Some(nothing);
        }
        (self.leader.replay, self.leader.tape) = (None, None);
        self.leader.base = (0, 0);
        self.announce(Announcement::RoomIsFull { particles_max: PARTICLES_MAX });
        self.news();
        None
    }

    /// A superstep of it is sealed.
    pub(super) fn replay_sealed(&mut self, tick: u64, ticks: u32) {
        if let Some(replay) = &mut self.leader.replay {
            replay.sealed(tick, ticks);
        }
    }

    /// Ends what is done again where it is done, or stuck.
    pub(super) fn look_at_replay(&mut self) {
        let (now, frontier) = (self.now, self.heartbeat.frontier_tick);
        let hurries = self.replays();
        let Some(replay) = &mut self.leader.replay else { return };
        if frontier != replay.reached.0 || !hurries {
            replay.reached = (frontier, now);
        }
        // The frontier's tick may be that of the world before.
        let begun = self.heartbeat.frontier > replay.since;
        let done = begun && self.log.tick_end() >= replay.until && frontier >= replay.until;
        if !done && now < replay.reached.1 + REPLAY_STUCK_US {
            return;
        }
        let is_recording = replay.epoch.is_none();
        if is_recording && !done {
            // It goes on by the clock from where it is.
            replay.hurries_to = 0;
            return;
        }
        let differs = replay.differs && !is_recording;
        self.leader.replay = None;
        self.leader.base = (0, 0);
        if differs {
            self.announce(Announcement::WorldsDiffer);
        }
        if is_recording && let Some(Playing { from, compared, differs, .. }) = self.leader.playing() {
            let differs = differs.map(|tick| tick.saturating_sub(from));
            self.leader.tape = None;
            self.announce(Announcement::RecordingOver { compared: compared.into(), differs });
        }
        self.leader.out.push_back(Output::Wake(now));
        self.news();
    }

    /// Somebody does something while a recording plays: the world is another from here on.
    pub(super) fn leave_recording(&mut self) {
        if self.leader.tape.take().is_some() {
            self.leader.replay = None;
            self.announce(Announcement::RecordingLeft);
        }
    }

    /// Whether the room's past is being done again as fast as can be: meanwhile nothing else is sealed.
    pub(super) fn replays(&self) -> bool {
        // Of what was done in this room, the end is waited for as well.
        let hurries = |replay: &Replay| replay.epoch.is_some() || self.log.tick_end() < replay.hurries_to;
        self.leader.replay.as_ref().is_some_and(hurries)
    }

    /// Up to which tick it is done again as fast as can be, while it is.
    pub(super) fn hurries_to(&self) -> Option<u64> {
        let replay = self.leader.replay.as_ref()?;
        (replay.epoch.is_some() || self.heartbeat.frontier_tick < replay.hurries_to).then_some(replay.hurries_to)
    }

    /// The clock stops: so does what is done again as fast as can be. A recording stays where it is.
    pub(super) fn replay_pauses(&mut self) {
        self.leader.replay.take_if(|replay| replay.epoch.is_some());
        if let Some(replay) = &mut self.leader.replay {
            replay.hurries_to = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::command::Command;

    fn command(offset: u8) -> Sealed {
        Sealed { author: None, offset, command: Command::Clear }
    }

    fn deed(tick: u64, ticks: u32, offsets: &[u8]) -> Deed {
        Deed { tick, ticks, commands: offsets.iter().map(|&offset| command(offset)).collect() }
    }

    fn replay(deeds: [Deed; 2], until: u64) -> Replay {
        Replay::new(Some(1), deeds.into(), until, until, (0, 0), 0)
    }

    #[test]
    fn all_that_was_done_is_done_again_at_its_tick() {
        let done = |most: u32, until| {
            let mut replay = replay([deed(10, 3, &[0, 2]), deed(40, 8, &[0, 3, 3, 7])], until);
            let (mut tick, mut at) = (0, Vec::new());
            loop {
                let (ticks, commands) = replay.next(tick, most);
                if ticks == 0 {
                    return (tick, at);
                }
                assert!(ticks <= most && commands.iter().all(|c| u32::from(c.offset) < ticks));
                at.extend(commands.iter().map(|c| tick + u64::from(c.offset)));
                replay.sealed(tick, ticks);
                tick += u64::from(ticks);
            }
        };
        for most in [1, 2, 3, 5, 8, 16] {
            assert_eq!(done(most, 100), (100, vec![10, 12, 40, 43, 43, 47]), "{most}");
            assert_eq!(done(most, 44), (44, vec![10, 12, 40, 43, 43]), "no further than wanted");
        }
        assert_eq!(done(0, 100), (0, vec![]), "nobody computes");
        // Another leader goes on in the middle of a step.
        let mut replay = replay([deed(10, 3, &[0, 2]), deed(40, 8, &[0, 5])], 100);
        replay.skip(44);
        assert_eq!(replay.next(44, 16), (4, vec![command(1)]));
    }

    #[test]
    fn who_jumps_arrives_at_the_very_tick() {
        let jumps = Replay { epoch: None, hurries_to: 21, ..replay([deed(10, 3, &[0]), deed(40, 2, &[0])], 100) };
        let mut jumps = jumps;
        jumps.skip(13);
        assert_eq!([13, 20, 21, 38].map(|tick| jumps.next(tick, 16).0), [8, 1, 16, 2]);
    }
}
