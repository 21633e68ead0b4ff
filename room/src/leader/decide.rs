//! What a leader decides, apart from how it is done: [`Decision`]s follow from the cluster as it is seen
//! ([`super::cluster`]), from what is remembered of earlier decisions, and from the time, and from nothing else.
//!
//! [`decide`] is asked before each superstep. Relays and succession are asked for once a turn, each at its own place:
//! the roster may change between the two.

use super::cluster::ClusterView;
use super::pace::{self, Length};
use super::{distance, enough, placement, places, plan, relays, seams};
use crate::api::{Micros, PeerId};
use crate::notice::Announcement;
use crate::overlay::Relay;
use crate::partition::Partition;

/// Something to be done.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Decision {
    /// The next superstep begins with this partition.
    Partition(Partition),
    /// It has so many ticks; with none there is no superstep but for the partition's sake.
    Ticks(u32),
    /// At its end a checkpoint is taken, and these keep it.
    Checkpoint(Vec<PeerId>),
    /// At its end the stand-ins of these strips get their state.
    Seed(Vec<u32>),
    /// These relays are used from now on.
    Relays(Vec<Relay>),
    /// This one is asked to lead next.
    Successor(PeerId),
    /// Everyone is told.
    Announce(Announcement),
}

impl Decision {
    /// The partition that is decided on.
    pub fn partition(&self) -> Option<&Partition> {
        if let Self::Partition(plan) = self { Some(plan) } else { None }
    }
}

/// What is remembered from one decision to the next, each policy's own.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub strips: placement::Strips,
    pub places: places::Memory,
    pub enough: enough::Memory,
    pub seams: seams::Memory,
    pub length: Length,
    pub relays: relays::Memory,
    pub distance: distance::Memory,
}

impl Memory {
    /// The world begins again: nothing is known of its strips.
    pub fn begin_world(&mut self) {
        self.strips.clear();
        self.seams.begin();
    }
}

/// What the next superstep is to be.
pub(super) fn decide(view: &ClusterView<'_>, memory: &mut Memory, now: Micros) -> Vec<Decision> {
    let mut decisions = plan::decide(view, memory, now);
    let planned = decisions.iter().find_map(Decision::partition);
    let ticks = pace::decide(view, &mut memory.length, now, planned.unwrap_or(view.partition));
    let keepers = if ticks == 0 { Vec::new() } else { view.wanted_checkpoint(now) };
    decisions.push(Decision::Ticks(ticks));
    let seeds = if ticks == 0 || !keepers.is_empty() { Vec::new() } else { view.wanted_seeds(now) };
    if !keepers.is_empty() {
        decisions.push(Decision::Checkpoint(keepers));
    }
    if !seeds.is_empty() {
        decisions.push(Decision::Seed(seeds));
    }
    decisions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW};

    #[test]
    fn the_next_superstep() {
        let due = |cluster: Cluster| cluster.checkpoint(0);
        let one = || Cluster::of(2).roles(&[(1, 0), (1, 0)]);
        for (name, cluster, changes, ticks, checkpoint) in [
            ("all is well", Cluster::of(3), false, 2, false),
            ("a checkpoint is due", due(Cluster::of(3)), false, 2, true),
            ("at rest", due(Cluster::of(3)).paused(0), false, 0, false),
            ("a change at rest", due(Cluster::of(3)).paused(0).leaves(2), true, 0, false),
            ("a stand-in first", one(), true, 2, false),
            (
                "the change counts: one strip is left",
                one().configured(|c| c.stand_ins = false).loses(2),
                true,
                1,
                false,
            ),
        ] {
            let mut memory = Memory::default();
            let decisions = decide(&cluster.view(), &mut memory, NOW);
            assert_eq!(decisions.iter().any(|d| d.partition().is_some()), changes, "{name}");
            assert!(decisions.contains(&Decision::Ticks(ticks)), "{name}: {decisions:?}");
            assert_eq!(decisions.iter().any(|d| matches!(d, Decision::Checkpoint(_))), checkpoint, "{name}");
        }
    }
}
