//! The recent past of the log: what was done in it, and the digests there, as far as this peer followed it. With a
//! checkpoint it gives any tick since then again.

use super::Sealed;
use crate::api::PeerId;
use crate::timeline::{CheckpointId, Segment};
use sim_kernels::digest::Digest;
use std::collections::{BTreeMap, VecDeque};

/// The most bytes that the commands take, about.
const BYTES_MAX: usize = 8 << 20;
/// What a command takes beside its runs, and each of those, about.
const COMMAND_BYTES: usize = 96;
const RUN_BYTES: usize = 6;
/// The most epochs of which the end is known.
const EPOCHS_MAX: usize = 256;
/// The most digests: those of 17 minutes.
pub const DIGESTS_MAX: usize = 4096;
/// Of so many ticks one digest is kept, the last one.
const DIGEST_EVERY: u64 = 15;

/// Whether the digest at a tick is kept instead of one before.
pub(crate) fn is_as_good(before: u64, tick: u64) -> bool {
    before / DIGEST_EVERY == tick / DIGEST_EVERY
}

/// A step in which something was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// Its first tick.
    pub tick: u64,
    /// How many ticks it has.
    pub ticks: u32,
    /// What was done, as it was sealed.
    pub commands: Vec<Sealed>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Past {
    /// With the end of the step, as a checkpoint there would be called.
    deeds: VecDeque<(CheckpointId, Deed)>,
    bytes: usize,
    /// Everything from this step on is known.
    since: u64,
    digests: BTreeMap<(u32, u64), Digest>,
    /// The last tick of each epoch.
    ends: BTreeMap<u32, u64>,
}

fn bytes(commands: &[Sealed]) -> usize {
    commands.iter().map(|c| COMMAND_BYTES + RUN_BYTES * c.command.runs()).sum()
}

impl Past {
    /// From a step on.
    pub fn new(since: u64) -> Self {
        Self { since, ..Self::default() }
    }

    /// Takes note of a committed entry.
    pub(super) fn add(&mut self, epoch: u32, segment: &Segment) {
        let Segment { step, tick, ticks, ref commands, .. } = *segment;
        self.ends.insert(epoch, tick + u64::from(ticks));
        if self.ends.len() > EPOCHS_MAX {
            self.ends.pop_first();
        }
        if commands.is_empty() {
            return;
        }
        self.bytes += bytes(commands);
        self.deeds.push_back((CheckpointId { epoch, step }, Deed { tick, ticks, commands: commands.clone() }));
        while self.bytes > BYTES_MAX {
            let Some((id, oldest)) = self.deeds.pop_front() else { break };
            self.bytes -= bytes(&oldest.commands);
            self.since = id.step + 1;
        }
    }

    /// Takes note of the room's digest in an epoch at a tick.
    pub fn add_digest(&mut self, epoch: u32, tick: u64, digest: Digest) {
        if let Some((&(of, before), _)) = self.digests.range(..(epoch, tick)).next_back()
            && of == epoch
            && is_as_good(before, tick)
        {
            self.digests.remove(&(of, before));
        }
        self.digests.insert((epoch, tick), digest);
        while self.digests.len() > DIGESTS_MAX {
            self.digests.pop_first();
        }
    }

    /// The room's digest in an epoch at a tick, where it is known.
    pub fn digest(&self, epoch: u32, tick: u64) -> Option<Digest> {
        self.digests.get(&(epoch, tick)).copied()
    }

    /// The digests in an epoch after a tick.
    pub fn digests_after(&self, epoch: u32, tick: u64) -> impl Iterator<Item = (u64, Digest)> {
        self.digests.range((epoch, tick + 1)..=(epoch, u64::MAX)).map(|(&(_, tick), &digest)| (tick, digest))
    }

    /// Whether all that was done after a checkpoint is known.
    pub fn knows_since(&self, id: CheckpointId) -> bool {
        id.step + 1 >= self.since
    }

    /// Who did something in an epoch since a tick.
    pub fn authors_since(&self, epoch: u32, tick: u64) -> impl Iterator<Item = PeerId> {
        let since = self.deeds.iter().rev().take_while(move |(id, d)| id.epoch == epoch && d.tick >= tick);
        since.flat_map(|(_, d)| &d.commands).filter_map(|c| c.author).map(|author| author.0)
    }

    /// How far an epoch came, in ticks; 0 where that is not known.
    pub fn end(&self, epoch: u32) -> u64 {
        self.ends.get(&epoch).copied().unwrap_or(0)
    }

    /// What was done in a checkpoint's epoch after it, up to a tick; nothing where not all of it is known.
    pub fn deeds_since(&self, id: CheckpointId, until: u64) -> Option<VecDeque<Deed>> {
        let after = |(of, d): &&(CheckpointId, Deed)| of.epoch == id.epoch && of.step > id.step && d.tick < until;
        self.knows_since(id).then(|| self.deeds.iter().filter(after).map(|(_, deed)| deed.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::area::RUNS_MAX;
    use sim_kernels::command::Command;

    fn at(step: u64, command: Command) -> Segment {
        let commands = vec![Sealed { author: None, offset: 0, command }];
        Segment { step, tick: 2 * step, ticks: 2, commands, ..Segment::default() }
    }

    #[test]
    fn what_was_done_after_a_checkpoint_is_known_where_all_of_it_is() {
        let mut past = Past::new(5);
        (5..12).for_each(|step| past.add(1 + u32::from(step >= 10), &at(step, Command::Clear)));
        past.add(2, &Segment { step: 12, ticks: 2, ..Segment::default() });
        let steps = |past: &Past, epoch, step, until| {
            let deeds = past.deeds_since(CheckpointId { epoch, step }, until)?;
            Some(deeds.iter().map(|d| d.tick / 2).collect::<Vec<_>>())
        };
        assert_eq!(steps(&past, 1, 6, 18), Some(vec![7, 8]), "up to the tick, and not into another epoch");
        assert_eq!(steps(&past, 1, 6, 100), Some(vec![7, 8, 9]));
        assert_eq!(steps(&past, 1, 4, 14), Some(vec![5, 6]));
        assert_eq!(steps(&past, 1, 3, 14), None, "it may lack something");
        assert_eq!([1, 2, 3].map(|epoch| past.end(epoch)), [20, 2, 0]);
    }

    #[test]
    fn of_digests_near_each_other_the_last_one_is_kept() {
        let mut past = Past::new(0);
        let digest = |tick: u64| Digest([tick as u32, 0, 0, 0]);
        (1..=40).for_each(|tick| past.add_digest(1, tick, digest(tick)));
        past.add_digest(2, 41, digest(41));
        let all: Vec<u64> = past.digests_after(1, 3).map(|(tick, _)| tick).collect();
        assert_eq!(all, [14, 29, 40]);
        assert_eq!((past.digest(1, 29), past.digest(2, 41)), (Some(digest(29)), Some(digest(41))));
        assert_eq!(past.digests_after(1, 29).count(), 1);
    }

    #[test]
    fn it_is_bounded() {
        let mut past = Past::new(0);
        let runs: Vec<_> = Command::samples([32, 32]).filter(|c| c.runs() > 0).collect();
        for step in 0..200_000 {
            past.add(1, &at(step, runs.first().cloned().unwrap_or(Command::Clear)));
            past.add_digest(1, step, Digest::default());
        }
        assert!(past.bytes <= BYTES_MAX && past.deeds.len() * COMMAND_BYTES <= BYTES_MAX, "{}", past.bytes);
        assert!(past.digests.len() <= DIGESTS_MAX && RUN_BYTES * RUNS_MAX < BYTES_MAX);
        let first = past.deeds.front().unwrap().0.step;
        assert!(past.deeds_since(CheckpointId { epoch: 1, step: first - 1 }, u64::MAX).is_some());
        assert!(past.deeds_since(CheckpointId { epoch: 1, step: first - 2 }, u64::MAX).is_none());
    }
}
