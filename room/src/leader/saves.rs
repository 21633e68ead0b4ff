//! Saves as the leader has to do with them: checkpoints for those whose players save, and handing a save that somebody
//! opened to everyone who lends before the world goes on from it. Meanwhile the room keeps running.

use super::due::{Due, PersonDue};
use crate::api::{Channel, Micros, PeerId};
use crate::checkpoint::saves::WishKey;
use crate::leader::{Leading, Output, Taking};
use crate::notice::{Announcement, OpenFailure, SaveRefusal};
use crate::partition::Partition;
use crate::roster::PEOPLE_MAX;
use crate::timeline::{CheckpointId, Opened, Origin, Segment};
use crate::wire::checkpoint;
use sim_kernels::digest::Digest;
use std::collections::BTreeSet;

/// Between two checkpoints for saves; and this long they wait for a checkpoint that is being taken.
const SAVE_EVERY_US: u64 = 1_000_000;
const TAKING_US: u64 = 5_000_000;
/// It has this long to come here.
const ARRIVE_US: u64 = 120_000_000;
/// Those who lend have this long to get a save; the peer that has it then goes on with it.
const HAND_OUT_US: u64 = 60_000_000;

/// A peer that offered a save that came to nothing offers no other for this long, and each time for twice as long:
/// meanwhile it is others' turn.
const NOT_OPENED_US: u64 = 5_000_000;
/// The most doublings of that.
const NOT_OPENED_TIMES_MAX: u32 = 6;

/// A save with which the world is to go on.
#[derive(Debug)]
pub(super) struct Opening {
    wish: WishKey,
    since: Micros,
    /// Since when it has been whole here.
    whole: Option<(Digest, Micros)>,
    /// To whom it was offered.
    offered: BTreeSet<PeerId>,
}

impl Leading<'_> {
    /// Takes a checkpoint at once, in a step of no time, for those who wish to save.
    pub(crate) fn leader_saves(&mut self) {
        let now = self.now;
        if self.leader.savers.is_empty() || !self.leader.started || self.log.last_term() != self.term {
            return;
        }
        let due = if self.leader.taking.is_some() {
            self.leader.checkpoint_at + TAKING_US
        } else {
            self.leader.timers.at(Due::Save)
        };
        if now < due {
            return self.wake_at(due);
        }
        if self.log.partition_end().strips.is_empty() {
            return self.wake_at(now + SAVE_EVERY_US);
        }
        let (epoch, step) = (self.log.epoch_end(), self.log.end());
        let savers = self.leader.savers.iter().copied().filter(|&p| p == self.me || self.overlay.has(p));
        let mut keepers = self.view().usual_keepers();
        keepers.extend(savers.collect::<Vec<_>>());
        let mut once = BTreeSet::new();
        keepers.retain(|&p| once.insert(p));
        keepers.truncate(PEOPLE_MAX);
        if !self.note(Segment { keepers: keepers.clone(), digest: true, ..Segment::default() }) {
            return self.wake_at(now + SAVE_EVERY_US);
        }
        self.leader.savers.clear();
        self.leader.taking = Some(Taking { id: CheckpointId { epoch, step }, keepers, since: now });
        self.leader.checkpoint_at = now;
        self.leader.timers.set(Due::Save, now + SAVE_EVERY_US);
        self.leader.out.extend([Output::Commit, Output::Compute]);
    }

    /// Whether this leader takes a save in that somebody opened; if not, it says why where that is of use.
    pub(crate) fn leader_takes_save(&mut self, wish: WishKey) -> bool {
        if self.log.has_wish(wish.0, wish.1) {
            return false; // It has happened, or will.
        }
        if self.is_recording_for_others(wish) {
            self.say_no(&[wish.0], wish, SaveRefusal::PlaysAlone);
            return false;
        }
        match self.leader.opening.as_ref().map(|o| o.wish) {
            Some(known) if known != wish => {
                self.say_no(&[wish.0], wish, SaveRefusal::AnotherOpens);
                false
            }
            Some(_) => false,
            None => {
                let now = self.now;
                let free = self.leader.people.get(&wish.0).is_none_or(|p| p.timers.is_due(PersonDue::Open, now));
                if !free {
                    self.tell(wish.0, Announcement::TooManyWorlds);
                    self.say_no(&[wish.0], wish, SaveRefusal::Announced);
                }
                free
            }
        }
    }

    /// Whether this is a recording of this leader's player, while others are in the room: their world stays theirs.
    fn is_recording_for_others(&self, (by, wish): WishKey) -> bool {
        by == self.me && self.saves.recorded(wish).is_some() && self.roster.people.len() != 1
    }

    /// Somebody's save is here, or on its way.
    pub(crate) fn leader_opens_save(&mut self, wish: WishKey) {
        let now = self.now;
        self.leader.opening = Some(Opening { wish, since: now, whole: None, offered: BTreeSet::new() });
        self.announce(Announcement::OpensSave { who: wish.0 });
        self.wake_at(self.now);
    }

    /// A new leader goes on where its predecessor was, if it has the save.
    pub(crate) fn opening_inherited(&mut self) {
        let now = self.now;
        let Some((wish, _)) = self.saves.held_wish() else { return };
        if !self.log.has_wish(wish.0, wish.1) {
            self.leader.opening = Some(Opening { wish, since: now, whole: None, offered: BTreeSet::new() });
        }
    }

    /// The world goes on from a save: the leader's work on it is done.
    pub(crate) fn opening_done(&mut self, wish: WishKey) {
        self.leader.opening.take_if(|o| o.wish == wish);
    }

    /// Hands the save out, and goes on from it when everyone who lends has it.
    pub(crate) fn leader_opens(&mut self) {
        let now = self.now;
        let held = self.saves.held_wish();
        let Some(opening) = self.leader.opening.as_mut() else { return };
        let wish = opening.wish;
        if opening.whole.is_none() {
            opening.whole = held.filter(|h| h.0 == wish).map(|h| (h.1, now));
        }
        let Some((id, since)) = opening.whole else {
            if !self.saves.is_coming(wish) || now > opening.since + ARRIVE_US {
                self.leader_opens_not(OpenFailure::NotWhole);
            }
            return;
        };
        let Some(save) = self.saves.get(id) else {
            return self.leader_opens_not(OpenFailure::Forgotten);
        };
        // A leader that has sealed nothing of its own yet does not know what its predecessor did.
        if self.log.last_term() != self.term {
            return;
        }
        let lenders = self.view().lenders();
        let lacking: Vec<PeerId> = lenders.iter().copied().filter(|&p| !self.has_save(id, p)).collect();
        let over = now > since + HAND_OUT_US;
        if over && lacking.len() == lenders.len() && !lenders.is_empty() {
            return self.leader_opens_not(OpenFailure::NobodyGotIt);
        }
        if lacking.is_empty() || over {
            return self.go_on_from(wish, id);
        }
        self.wake_at(since + HAND_OUT_US + 1);
        let Some(opening) = self.leader.opening.as_mut() else { return };
        let new: Vec<PeerId> = lacking.into_iter().filter(|&p| opening.offered.insert(p)).collect();
        for peer in new {
            let head = Box::new(save.head().clone());
            self.send(peer, Channel::Bulk, checkpoint::Message::Save { wish: wish.1, by: wish.0, head }, Vec::new());
        }
    }

    fn has_save(&self, id: Digest, peer: PeerId) -> bool {
        let person = self.leader.people.get(&peer);
        peer == self.me || person.is_some_and(|p| p.report.save == Some(id))
    }

    fn go_on_from(&mut self, (by, wish): WishKey, id: Digest) {
        let Some(save) = self.saves.get(id) else { return };
        self.leader.opening = None;
        // Somebody may have come since it was taken in.
        if self.is_recording_for_others((by, wish)) {
            let everyone: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).collect();
            return self.say_no(&everyone, (by, wish), SaveRefusal::PlaysAlone);
        }
        self.leader.people.entry(by).and_modify(|p| {
            p.not_opened = 0;
            p.timers.hurry(PersonDue::Open);
        });
        self.leader.started = true;
        self.leader.paused = false;
        self.leader.singles = 0;
        let recorded = self.saves.recorded(wish).filter(|_| by == self.me);
        let (scene, kept) = (save.head().scene.clone(), save.head().globals.clone());
        // Of a recording all is done again, by those who did it.
        let globals = if recorded.is_some() { kept } else { kept.let_go() };
        let tick = globals.tick;
        if self.begin_world(Origin::Save(Box::new(Opened { by, wish, id, scene, globals })))
            && let Some(log) = recorded
        {
            self.play(log, tick);
        }
        self.announce(Announcement::OpenedSave { who: by, tick });
        self.leader.out.push_back(Output::Commit);
    }

    /// Strips for those who have a save; where nobody lends, this leader keeps the world at rest.
    pub(super) fn saved_partition(&self, opened: &Opened) -> Partition {
        let Some(save) = self.saves.get(opened.id) else { return Partition::default() };
        let view = self.view();
        let mut able = view.lenders();
        able.retain(|&p| self.has_save(opened.id, p));
        if able.is_empty() {
            able.push(self.me);
        }
        view.partition_over(opened.scene.world, save.columns(), &able, self.now)
    }

    /// Nothing comes of the save that is being opened, if there is one.
    pub(super) fn leader_opens_not(&mut self, why: OpenFailure) {
        let Some(opening) = self.leader.opening.take() else { return };
        if let Some(person) = self.leader.people.get_mut(&opening.wish.0)
            && why != OpenFailure::AnotherScene
        {
            let times = person.not_opened;
            person.not_opened = (times + 1).min(NOT_OPENED_TIMES_MAX);
            person.timers.set(PersonDue::Open, self.now + (NOT_OPENED_US << times));
        }
        let everyone: Vec<PeerId> = self.roster.people.iter().map(|p| p.0).collect();
        self.announce(Announcement::SaveNotOpened { who: opening.wish.0, why });
        self.say_no(&everyone, opening.wish, SaveRefusal::Announced);
    }

    fn say_no(&mut self, to: &[PeerId], wish: WishKey, why: SaveRefusal) {
        for &peer in to {
            if peer == self.me {
                self.leader.out.push_back(Output::RefuseSave(wish.1, why));
            } else {
                self.send(peer, Channel::Log, checkpoint::Message::SaveRefused { wish: wish.1, why }, Vec::new());
            }
        }
    }
}
