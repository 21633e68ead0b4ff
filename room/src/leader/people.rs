//! People who go: orderly leaves, lost members, strips that nobody holds, and who votes.

use super::due::{Due, PersonDue};
use crate::api::{Channel, Micros, PeerId, Profile};
use crate::bucket::Bucket;
use crate::leader::{Leading, Output};
use crate::membership::Phase;
use crate::message::Rate;
use crate::notice::Announcement;
use crate::roster::VOTERS_MAX;
use crate::timeline::{CheckpointId, Origin, Return, Segment};
use crate::wire::{checkpoint, fingerprint, membership, raft};
use std::collections::BTreeMap;

/// After this long without anybody who lends, everyone is told.
const NOBODY_US: u64 = 1_000_000;
/// A voter knows the log up to so many steps before what is committed.
const CURRENT_STEPS: u64 = 32;
/// Announcements that wait at most.
const ANNOUNCEMENTS_WAIT: usize = 64;
/// Who comes and goes is announced so often; the list of people shows the rest.
const COMINGS: Rate = Rate { burst: 32, per_second: 1 };
/// Between two times that the same peer is given the same checkpoint.
const GIVE_US: u64 = 10_000_000;
/// A strip's state may be on its way for this long before it counts as lost.
const UNHELD_US: u64 = 6_000_000;
/// The room stands still for this long because of a strip that none of those who are here holds: it is lost.
const GONE_US: u64 = 1_500_000;
/// This long without a step being completed, though somebody computes: the room helps itself with a checkpoint.
const STUCK_US: u64 = 12_000_000;
/// Added to the round trip for which a leader seals nothing, once it has asked somebody to take the role over.
const HAND_OVER_US: u64 = 20_000;
/// Somebody who leaves waits for this long at most until its regions are in other hands.
pub(super) const LEAVE_US: u64 = 20_000_000;
/// The last who have the world wait for this long for somebody who is at the door: a newcomer says hello every second.
const KNOCK_US: u64 = 1_500_000;
/// A newcomer whose hello met a change of the roster so often goes before other changes.
const TURNED_AWAY: u32 = 2;
/// Between two requests to take the role over.
const TAKE_OVER_US: u64 = 500_000;
/// A member that has a link and says nothing to this leader for this long is not in this room. A welcome may take as
/// long.
const ELSEWHERE_US: u64 = 10_000_000;
/// A peer that has a newer checkpoint than a new leader has this long to come as far as the log.
const CATCH_UP_US: u64 = 8_000_000;

/// Whether the peer that has a newer checkpoint may still be asked to lead first: a while in each leader's term, and
/// not for ever where one leader follows the other and the room stands.
fn may_ask_another(now: Micros, since: Micros, stands_since: Micros) -> bool {
    now < since + CATCH_UP_US && now < stands_since + STUCK_US
}

impl Leading<'_> {
    /// Says so when nobody lends a device: then the peer that is left keeps the world as it is.
    pub(super) fn leader_nobody(&mut self) {
        let (nobody, now) = (self.view().lenders().is_empty(), self.now);
        if !std::mem::replace(&mut self.leader.nobody, nobody) {
            // A peer that founds a room, or takes over from all others, may be about to lend.
            self.leader.timers.set(Due::Nobody, now + NOBODY_US);
        }
        if self.leader.nobody_told == nobody || self.phase == Phase::Leaving {
            return;
        }
        if nobody && !self.leader.timers.is_due(Due::Nobody, now) {
            return self.wake_at(self.leader.timers.at(Due::Nobody));
        }
        self.leader.nobody_told = nobody;
        self.leader.dirty = true;
        if nobody {
            self.announce(Announcement::NobodyComputes);
        }
    }

    /// Somebody outside the roster is at the door.
    pub(crate) fn leader_knock(&mut self) {
        self.leader.timers.set(Due::Knock, self.now + KNOCK_US);
    }

    /// Whether somebody is about to join, as far as can be told; the peer that waits for that is woken.
    fn expects_newcomers(&mut self) -> bool {
        let until = self.leader.timers.at(Due::Knock);
        if self.now < until {
            self.wake_at(until);
        }
        self.now < until
    }

    /// The newcomer whose turn it is: whose hello met a change of the roster more than once.
    pub(super) fn next_newcomer(&self) -> Option<PeerId> {
        let waits = |(id, (times, _)): &(&PeerId, &(u32, Profile))| {
            *times >= TURNED_AWAY && self.overlay.has(**id) && !self.roster.has(**id)
        };
        self.leader.turned_away.iter().filter(waits).max_by_key(|(_, (times, _))| *times).map(|(id, _)| *id)
    }

    /// Takes in who was turned away more than once: no coming and going of others keeps it out.
    pub(super) fn leader_newcomers(&mut self) {
        let overlay = self.overlay;
        self.leader.turned_away.retain(|id, _| overlay.has(*id));
        if self.log.roster_is_open() {
            return;
        }
        if let Some(newcomer) = self.next_newcomer()
            && let Some((_, profile)) = self.leader.turned_away.remove(&newcomer)
        {
            self.hello(newcomer, fingerprint(), profile);
        }
    }

    /// Lets leavers go once their part is in other hands.
    pub(super) fn leader_goodbyes(&mut self) {
        let all = self.leader.people.values().all(|p| p.leaving);
        let over = all && !self.expects_newcomers();
        let now = self.now;
        // Nobody is kept for ever, whatever it may cost the others.
        let kept = |p: &super::Person| p.timers.is_over(PersonDue::Leave, now);
        let changing = self.leader.changing > self.heartbeat.frontier || !self.view().is_safe();
        // As Raft wants it for one change at a time: not before an entry of this leader's own term is committed.
        if self.log.roster_is_open() || self.log.committed_term() != self.term {
            return;
        }
        let holds = |id: PeerId| self.log.partition().holds_any(id) || self.log.partition_end().holds_any(id);
        // Where nobody stays there is nothing to hand over.
        let free = |(id, p): &(&PeerId, &super::Person)| {
            p.leaving && self.overlay.has(**id) && (over || kept(p) || !changing && !holds(**id))
        };
        let free = self.leader.people.iter().find(free).map(|p| *p.0);
        if let Some(peer) = free {
            self.send(peer, Channel::Log, membership::Message::Goodbye, Vec::new());
            let left = Announcement::Left(self.someone(peer));
            self.remove_person(peer);
            self.announce(left);
        }
    }

    fn remove_person(&mut self, peer: PeerId) {
        let mut roster = self.roster.clone();
        roster.people.retain(|p| p.0 != peer);
        roster.voters.retain(|&p| p != peer);
        self.leader.people.remove(&peer);
        self.note(Segment { roster: Some(roster), ..Segment::default() });
    }

    /// The roster follows the links, one person at a time, so that two majorities always have a voter in common.
    pub(super) fn leader_voters(&mut self) {
        if self.log.roster_is_open() || self.log.committed_term() != self.term {
            return;
        }
        let me = self.me;
        // A peer that has a link and never reports is in another history, with a leader whom this one does not reach.
        let elsewhere = |id: PeerId| self.leader.people.get(&id).is_some_and(|p| self.now > p.heard_at + ELSEWHERE_US);
        let here = |id: PeerId| id == me || self.overlay.has(id) && !elsewhere(id);
        if let Some(gone) = self.roster.people.iter().map(|p| p.0).find(|&id| !here(id)) {
            let someone = self.someone(gone);
            let left = self.has_left(gone);
            self.remove_person(gone);
            return self.announce(if left { Announcement::Left(someone) } else { Announcement::Vanished(someone) });
        }
        let mut roster = self.roster.clone();
        // Who acknowledges nothing is no voter.
        let current =
            |p: &super::Person| p.report.term == self.term && p.report.known + CURRENT_STEPS >= self.log.commit_index();
        let heard = |id: PeerId| {
            let mute = self.raft.was_mute(id, self.now);
            id == me || !mute && self.leader.people.get(&id).is_some_and(current)
        };
        if roster.voters.len() < VOTERS_MAX
            && let Some(next) = roster.people.iter().map(|p| p.0).find(|id| !roster.voters.contains(id) && heard(*id))
        {
            roster.voters.push(next);
            self.note(Segment { roster: Some(roster), ..Segment::default() });
        }
    }

    /// Whether somebody who is gone went of their own will: with a goodbye, or after they told this leader that they
    /// wish to leave. A page that is closed meanwhile may have no time for the goodbye.
    fn has_left(&self, id: PeerId) -> bool {
        self.leader.is_leaving(id) || self.parted.contains(&id)
    }

    /// The leader itself wishes to leave: its strips first, then the role.
    pub(super) fn leader_leaves(&mut self) {
        if self.others().is_empty() {
            if !self.expects_newcomers() {
                self.leader.out.push_back(Output::Leave);
            }
            return;
        }
        let busy = self.log.partition().holds_any(self.me)
            || self.log.partition_end().holds_any(self.me)
            || self.leader.changing > self.heartbeat.frontier;
        if busy && !self.view().lenders().is_empty() {
            return;
        }
        if !self.leader.timers.is_due(Due::TakeOver, self.now) {
            return self.wake_at(self.leader.timers.at(Due::TakeOver));
        }
        let (end, committed) = (self.log.end(), self.log.commit_index());
        let fits = self.view().successors(end);
        if fits.is_empty() && !self.view().successors(committed).is_empty() {
            // Over a long way there is always something that nobody has yet: nothing new until somebody has it all.
            let until = self.now + HAND_OVER_US;
            self.leader.timers.set(Due::HandOver, until);
            return self.wake_at(until);
        }
        let lends = |id: PeerId| self.roster.people.iter().any(|p| p.0 == id && p.1.lend);
        let next = fits.iter().copied().find(|&id| lends(id)).or(fits.first().copied());
        let due = self.now + TAKE_OVER_US;
        if let Some(next) = next {
            self.leader.timers.set(Due::TakeOver, due);
            self.hand_over(next);
            self.wake_at(due);
        }
    }

    /// Asks a voter near by to take the role over. Until it can have answered, nothing more is sealed: a voter that
    /// lacks an entry is not elected.
    pub(super) fn hand_over(&mut self, to: PeerId) {
        let until = self.now + HAND_OVER_US + self.view().rtt_us(to);
        self.leader.timers.set(Due::HandOver, until);
        self.wake_at(until);
        self.name_successor(to);
    }

    /// Tells all voters whom this leader wants as its successor: they give their votes to nobody else while they hear
    /// it.
    pub(super) fn name_successor(&mut self, to: PeerId) {
        let term = self.term;
        self.leader.out.push_back(Output::Successor(to));
        let voters: Vec<PeerId> = self.roster.voters.iter().copied().filter(|&v| v != self.me).collect();
        for voter in voters {
            self.send(voter, Channel::Log, raft::Message::TimeoutNow { term, to }, Vec::new());
        }
    }

    /// Who keeps a checkpoint and may compute.
    pub(super) fn keepers(&self, id: CheckpointId) -> Vec<PeerId> {
        let has = |p: &PeerId| {
            if *p == self.me {
                self.checkpoints.held().contains(&id)
            } else {
                self.leader.people.get(p).is_some_and(|p| p.report.checkpoints.contains(&id))
            }
        };
        self.view().lenders().into_iter().filter(has).collect()
    }

    /// Whether the step at which the room stands needs a strip that nobody can bring any more. It may be one that
    /// later partitions do not have.
    fn is_gone(&self) -> bool {
        let view = self.view();
        let frontier = self.heartbeat.frontier;
        let Some(step) = self.log.step(frontier).filter(|_| self.now > self.leader.stuck.1 + GONE_US) else {
            return false;
        };
        let said_of = super::cap::said_of;
        let done = |strip: u32| self.leader.parts.get(&frontier).is_some_and(|p| said_of(p, strip).next().is_some());
        // Of one who is silent nobody knows.
        let may_hold = |strip: u32, id: PeerId| {
            let lacks = |p: &super::Person| {
                let heard = id == self.me || self.now < p.heard_at + GONE_US / 2;
                heard && p.report.term == self.term && !p.report.replicas.iter().any(|r| r.strip == strip)
            };
            view.is_present(id) && !self.leader.people.get(&id).is_some_and(lacks)
        };
        step.new.strips.iter().any(|s| !done(s.id) && !s.holders().any(|p| may_hold(s.id, p)))
    }

    /// For how long strips have been without anybody who has their state.
    pub(super) fn leader_look_at_strips(&mut self) {
        let now = self.now;
        let view = self.view();
        let strips: Vec<(u32, bool, bool)> = self
            .log
            .partition_end()
            .strips
            .iter()
            .map(|s| (s.id, s.holders().any(|p| view.has_state(s.id, p)), view.has_state(s.id, s.peer)))
            .collect();
        // A peer that waits for a state that is on its way may wait for long.
        let waits = self.leader.paused && !self.replays()
            || self.cfg.end_tick.is_some_and(|end| self.log.tick_end() >= end)
            || view.lenders().is_empty();
        let frontier = self.heartbeat.frontier;
        let next = self.log.commit_index();
        for (id, held, executed) in strips {
            let news = self.leader.memory.strips.entry(id).or_default();
            news.unheld_since = if held { None } else { news.unheld_since.or(Some(now)) };
            news.empty_since = if executed { None } else { news.empty_since.or(Some(now)) };
        }
        if waits || frontier != self.leader.stuck.0 || frontier >= next {
            self.leader.stuck = (frontier, now);
        }
    }

    /// A strip that nobody holds any more sends the room back to a checkpoint.
    pub(super) fn leader_lost_strips(&mut self) {
        if !self.leader.started || self.leader.changing > self.log.commit_index() {
            return;
        }
        let view = self.view();
        let here = |id: PeerId| id == self.me || self.overlay.has(id) && self.roster.has(id);
        let partition = self.log.partition_end();
        let unheld = |id: u32| {
            let since = self.leader.memory.strips.get(&id).and_then(|n| n.unheld_since);
            since.is_some_and(|since| self.now > since + UNHELD_US)
        };
        let stuck = self.now > self.leader.stuck.1 + STUCK_US;
        let lost = partition.strips.iter().any(|s| !s.holders().any(|p| view.is_present(p)) || unheld(s.id))
            || partition.strips.is_empty()
            || self.is_gone();
        let stuck = stuck && !lost;
        let idle: Vec<PeerId> = view.lenders();
        if !lost && !stuck || idle.is_empty() {
            return;
        }
        // A newcomer's reports tell which checkpoints it has; everyone here must have been heard.
        if idle.iter().any(|p| *p != self.me && self.leader.people.get(p).is_none_or(|p| p.report.term != self.term)) {
            return;
        }
        let tick = self.log.globals().tick;
        let best = self.checkpoints.held().into_iter().filter(|id| self.log.is_of_now(*id)).max();
        // A peer that has a newer checkpoint than this leader is the one to go back to it.
        let newest =
            |p: &super::Person| p.report.checkpoints.iter().copied().filter(|id| self.log.is_of_now(*id)).max();
        let better =
            self.leader.people.iter().filter(|(id, p)| here(**id) && newest(p) > best).max_by_key(|(_, p)| newest(p));
        if let Some(to) = better.map(|(id, _)| *id)
            && may_ask_another(self.now, self.leader.since, self.stands_since)
        {
            if !self.leader.timers.is_due(Due::TakeOver, self.now) {
                return self.wake_at(self.leader.timers.at(Due::TakeOver));
            }
            let due = self.now + TAKE_OVER_US;
            // A peer that lacks some of the log would not be elected, and its trying would only trouble the room.
            if !self.view().successors(self.log.end()).contains(&to) {
                return self.wake_at(due);
            }
            self.leader.timers.set(Due::TakeOver, due);
            self.hand_over(to);
            return self.wake_at(due);
        }
        // A peer that is to compute gets the checkpoint first.
        if let Some(id) = best
            && self.keepers(id).is_empty()
        {
            return idle.into_iter().for_each(|peer| self.give_checkpoint(id, peer));
        }
        let globals = best.and_then(|id| self.checkpoints.globals(id).cloned());
        if stuck {
            self.leader.out.push_back(Output::Rescue);
        }
        match (best, globals) {
            (Some(id), Some(globals)) => {
                let ticks_lost = tick.saturating_sub(globals.tick);
                self.begin_world(Origin::Checkpoint(id, Box::new(globals), Return::Forced));
                self.announce(Announcement::WentBack { ticks_lost });
            }
            _ => {
                let scene = self.log.scene_end().clone();
                self.begin_world(Origin::Scene(Box::new(scene)));
                self.announce(Announcement::BeganAgain { ticks_lost: tick });
            }
        }
    }

    /// Sends a whole checkpoint to one who has none of it, now and then again until it says that it has.
    fn give_checkpoint(&mut self, id: CheckpointId, peer: PeerId) {
        let now = self.now;
        let Some(person) = self.leader.people.get_mut(&peer) else { return };
        if !person.timers.repeats(PersonDue::Give, now, GIVE_US) {
            let due = person.timers.at(PersonDue::Give);
            return self.wake_at(due);
        }
        let (Some((partition, pieces)), Some(globals)) =
            (self.checkpoints.all(id), self.checkpoints.globals(id).cloned())
        else {
            return;
        };
        let lineage = self.log.lineage();
        let globals = Box::new(globals);
        self.send(peer, Channel::Bulk, checkpoint::Message::Head { lineage, id, partition, globals }, Vec::new());
        let mut sums = BTreeMap::new();
        for (strip, index, count, code) in pieces {
            let Some(sum) = *sums.entry(strip).or_insert_with(|| self.checkpoints.sum(id, strip)) else { continue };
            self.send(peer, Channel::Bulk, checkpoint::Message::Piece { lineage, id, strip, index, count, sum }, code);
        }
    }

    /// Tells everyone, this peer included.
    pub(crate) fn announce(&mut self, announcement: Announcement) {
        use Announcement::{Joined, Left, Vanished};
        let comes = matches!(announcement, Joined(_) | Left(_) | Vanished(_));
        let now = self.now;
        let comings = self.leader.comings.get_or_insert_with(|| Bucket::new(COMINGS, now));
        if comes && !comings.take(COMINGS, 1, now) {
            return;
        }
        self.leader.out.push_back(Output::Tell(announcement.clone().into()));
        self.leader.announcements.push_back(announcement);
        self.leader.announcements.truncate(ANNOUNCEMENTS_WAIT);
        self.leader.dirty = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_is_asked_for_a_while_whoever_led_the_room_meanwhile() {
        for (name, now, since, stands_since, expected) in [
            ("a new leader", 5, 0, 0, true),
            ("no more in its term", CATCH_UP_US, 0, 0, false),
            ("again in the next", CATCH_UP_US, CATCH_UP_US - 1, 0, true),
            ("the room has stood for long", STUCK_US, STUCK_US - 1, 0, false),
            ("it got on", STUCK_US, STUCK_US - 1, 1, true),
        ] {
            assert_eq!(may_ask_another(now, since, stands_since), expected, "{name}");
        }
    }
}
