//! Commands on their way into the log: order, limits, and the room's cap on particles. Each author has a queue, and the
//! queues take turns, so that somebody who sends more than the room can do waits alone.

use super::due::Due;
use crate::api::{Micros, PeerId};
use crate::bucket::Bucket;
use crate::costs::{SEGMENT_CELLS_MAX, cells};
use crate::leader::{Leading, Output};
use crate::message::Rate;
use crate::notice::Announcement;
use crate::timeline::Sealed;
use sim_kernels::command::{Command, Stroke};
use std::collections::{BTreeMap, VecDeque};

/// The most commands of one author that wait.
const PENDING_MAX: usize = 256;
/// Players' commands taken into one segment; the rest waits.
const PLAYER_COMMANDS_MAX: usize = 256;
/// Cells that they may touch, unless a single one touches more.
const PLAYER_CELLS_MAX: u64 = SEGMENT_CELLS_MAX / 2;
/// Of a segment's cells, what is left for commands of the leader's own.
const OWN_CELLS: u64 = 1024;
/// How often the players are told that something was refused, and an author that its strokes wait.
const REFUSED_US: u64 = 10_000_000;
/// New worlds that one player may begin: each stops everyone for a moment.
pub(super) const LOADS: Rate = Rate { burst: 6, per_second: 1 };

/// Stands for a refused command, which keeps its place in its author's order: a push of nothing.
const NOTHING: Command = Command::Push { stroke: Stroke { from: [0, 0], to: [0, 0], radius: 0 }, velocity: [0, 0] };

/// Commands that wait for a segment.
#[derive(Debug, Default)]
pub(super) struct Pending {
    queues: BTreeMap<PeerId, VecDeque<(u64, Command)>>,
    /// Whose turn was last.
    last: Option<PeerId>,
}

impl Pending {
    /// Keeps a command; false when too many of its author wait.
    fn push(&mut self, author: PeerId, seq: u64, command: Command) -> bool {
        let queue = self.queues.entry(author).or_default();
        let fits = queue.len() < PENDING_MAX;
        if fits {
            queue.push_back((seq, command));
        }
        fits
    }

    /// Whether somebody's command waits.
    pub(super) fn waits(&self) -> bool {
        !self.queues.is_empty()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.queues.clear();
    }

    /// One command of each author in turn, as many as fit; `cost` in cells.
    fn take(&mut self, count: usize, mut cells: u64, cost: impl Fn(&Command) -> u64) -> Vec<(PeerId, u64, Command)> {
        let mut taken = Vec::new();
        let mut full = Vec::new();
        while taken.len() < count {
            let waits = |a: &&PeerId| !full.contains(*a);
            let after = self.queues.keys().find(|&&a| Some(a) > self.last && waits(&&a));
            let Some(author) = after.or(self.queues.keys().find(waits)).copied() else { break };
            let Some(queue) = self.queues.get_mut(&author) else { break };
            let Some(need) = queue.front().map(|c| cost(&c.1)) else {
                self.queues.remove(&author);
                continue;
            };
            if need > cells && !taken.is_empty() {
                full.push(author);
                continue;
            }
            cells = cells.saturating_sub(need);
            self.last = Some(author);
            taken.extend(queue.pop_front().map(|(seq, command)| (author, seq, command)));
        }
        self.queues.retain(|_, queue| !queue.is_empty());
        taken
    }
}

/// What a player may have of the room, beside commands.
#[derive(Debug, Default)]
pub(super) struct Budget {
    loads: Option<Bucket>,
    told_at: Option<Micros>,
}

impl Budget {
    /// Whether this player may begin another world now.
    pub(super) fn load(&mut self, now: Micros) -> bool {
        self.loads.get_or_insert_with(|| Bucket::new(LOADS, now)).take(LOADS, 1, now)
    }

    /// Whether the player is to be told that it asks for too much.
    fn tell(&mut self, now: Micros) -> bool {
        let due = self.told_at.is_none_or(|at| now >= at + REFUSED_US);
        if due {
            self.told_at = Some(now);
        }
        due
    }
}

impl Leading<'_> {
    /// A player's command: taken once, in its author's order.
    pub(super) fn leader_command(&mut self, from: PeerId, seq: u64, command: Command) {
        let now = self.now;
        let newest = self.log.seq_end(from);
        let taken = self.leader.seqs.entry(from).or_insert(newest);
        *taken = newest.max(*taken);
        if seq != *taken + 1 {
            return;
        }
        let is_good = command.is_valid(self.log.scene_end().world) && command.is_sayable();
        let kept = if is_good { command } else { NOTHING };
        if self.leader.pending.push(from, seq, kept) {
            *taken = seq;
        } else if self.leader.people.get_mut(&from).is_some_and(|p| p.budget.tell(now)) {
            self.tell(from, Announcement::StrokesWait);
        }
    }

    /// What applies in the next segment: the scene's commands at their ticks, the players' at its start.
    pub(super) fn sealed_commands(&mut self, step: u64, tick: u64, ticks: u32) -> Vec<Sealed> {
        if ticks == 0 {
            return Vec::new();
        }
        let mut quota = self.quota();
        let scene = self.log.scene_end();
        let mut sealed = Vec::new();
        let mut left = SEGMENT_CELLS_MAX - OWN_CELLS;
        for offset in 0..ticks {
            for command in scene.commands_at(tick + u64::from(offset)) {
                let cost = cells(command, scene.world);
                if cost <= left && quota.admit(command, 0) {
                    left -= cost;
                    sealed.push(Sealed { author: None, offset: offset as u8, command: command.clone() });
                }
            }
        }
        for (who, seq, command) in
            self.leader.pending.take(PLAYER_COMMANDS_MAX, left.min(PLAYER_CELLS_MAX), |c| cells(c, scene.world))
        {
            // A single large one is refused only where it would never fit.
            let cost = cells(&command, scene.world);
            let command = if cost <= left && quota.admit(&command, who.0) { command } else { NOTHING };
            left = left.saturating_sub(cost);
            // What nobody can keep to take back is for good.
            let nobodys = command == Command::Clear && !self.may_lie_dormant(&quota);
            let own = if nobodys { NOTHING } else { command.clone() };
            sealed.push(Sealed { author: Some((who, seq)), offset: 0, command: own });
            sealed.extend(nobodys.then_some(Sealed { author: None, offset: 0, command }));
        }
        let rests = quota.emit(tick, ticks).into_iter().chain(self.leader_settles(step));
        sealed.extend(rests.map(|command| Sealed { author: None, offset: 0, command }));
        self.leader.grant(step, &quota);
        let now = self.now;
        if let Some(refused) = quota.refused
            && self.leader.timers.repeats(Due::Refused, now, REFUSED_US)
        {
            self.announce(refused);
        }
        sealed
    }

    /// Says something to one player alone.
    pub(super) fn tell(&mut self, to: PeerId, announcement: Announcement) {
        if to == self.me {
            self.leader.out.push_back(Output::Tell(announcement.into()));
        } else if let Some(person) = self.leader.people.get_mut(&to) {
            person.tell = Some(announcement);
            self.news();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PeerId = PeerId(1);
    const B: PeerId = PeerId(2);

    #[test]
    fn authors_take_turns_and_keep_their_order() {
        let mut pending = Pending::default();
        assert_eq!((1..=300).filter(|&seq| pending.push(A, seq, Command::Clear)).count(), PENDING_MAX);
        assert!(pending.push(B, 7, Command::Clear) && pending.push(B, 8, Command::Clear));
        let taken: Vec<_> = pending.take(5, 100, |_| 10).into_iter().map(|c| (c.0, c.1)).collect();
        assert_eq!(taken, [(A, 1), (B, 7), (A, 2), (B, 8), (A, 3)]);
        // A large one waits until it is first, and the others of its author with it.
        assert!(pending.push(B, 9, NOTHING));
        let cost = |c: &Command| if *c == NOTHING { 1000 } else { 10 };
        let taken: Vec<_> = pending.take(5, 25, cost).into_iter().map(|c| (c.0, c.1)).collect();
        assert_eq!(taken, [(B, 9)]);
        let taken: Vec<_> = pending.take(5, 25, cost).into_iter().map(|c| (c.0, c.1)).collect();
        assert_eq!(taken, [(A, 4), (A, 5)]);
    }
}
