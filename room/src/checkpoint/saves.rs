//! Saves as a member has to do with them: asking for a cut and writing it down; reading one that its player
//! opens and offering it to the host; and getting one that the host hands out.
//!
//! Whoever gets a save asks for its pieces, a few at a time: so a big one crowds nothing out, nothing comes that
//! was not asked for, and the other side keeps no account. A save that is whole is kept until the world goes on
//! from it, from when on it is one of the room's cuts.

use crate::api::{Channel, Event, Micros, PeerId};
use crate::checkpoint::file::{Head, Maker, Reader, Save};
use crate::notice::{Notice, SaveFailure, SaveRefusal};
use crate::room::{Phase, Room};
use crate::wire::{Control, CutId, Msg, Opened, SAVE_PIECES_MAX};
use sim_kernels::digest::{Digest, hash4};
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A save must come together within this.
const SAVE_US: u64 = 60_000_000;
/// Between two requests to the host for a cut.
const ASK_US: u64 = 1_000_000;
/// A cut of which nothing more comes for so long is given up for another.
const STILL_US: u64 = 6_000_000;
/// The world must go on from a save that a player opened within this.
const OPEN_US: u64 = 180_000_000;
/// Pieces that are asked for again when none came for so long; links lose nothing, but who was asked may not have
/// had them.
const AGAIN_US: u64 = 4_000_000;
/// A save of which no piece came for so long does not come.
const LOST_US: u64 = 20_000_000;
/// A save that nobody mentions for so long goes.
const HELD_US: u64 = 240_000_000;
/// How often each piece is given to the same peer at most, on average.
const GIVEN_MAX: u32 = 3;

/// Who opened a save, and that player's number for it.
pub(crate) type WishKey = (PeerId, u64);

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Saves {
    saving: Option<Saving>,
    reading: Option<Reader>,
    wish: Option<Wish>,
    coming: Option<Coming>,
    held: Option<Held>,
    wishes: u32,
}

/// The player wants a save.
#[derive(Debug)]
struct Saving {
    since: Micros,
    asked_at: Micros,
    /// The cut that it is made of, how many pieces of it are here, and since when so many.
    cut: Option<(CutId, Box<Scene>, usize, Micros)>,
    maker: Option<Maker>,
}

/// The player opened a save.
#[derive(Debug)]
struct Wish {
    number: u64,
    since: Micros,
    save: Arc<Save>,
    /// The host that was told, and its term.
    told: Option<(PeerId, u64)>,
}

/// A save on its way here.
#[derive(Debug)]
struct Coming {
    wish: WishKey,
    from: PeerId,
    save: Save,
    asked: BTreeSet<u32>,
    /// When a piece last came, and when some were last asked for.
    heard_at: Micros,
    asked_at: Micros,
}

/// A save that is whole.
#[derive(Debug)]
struct Held {
    wish: WishKey,
    save: Arc<Save>,
    since: Micros,
    given: BTreeMap<PeerId, u32>,
}

impl Saves {
    /// The save that is whole here.
    pub fn held(&self) -> Option<Digest> {
        self.held.as_ref().map(|h| h.save.id())
    }

    /// The same, with who wished for it.
    pub fn held_wish(&self) -> Option<(WishKey, Digest)> {
        self.held.as_ref().map(|h| (h.wish, h.save.id()))
    }

    /// The save of this name, if it is whole here.
    pub fn get(&self, id: Digest) -> Option<Arc<Save>> {
        let held = self.held.as_ref().map(|h| &h.save);
        let own = self.wish.as_ref().map(|w| &w.save);
        held.into_iter().chain(own).find(|save| save.id() == id).cloned()
    }

    /// Whether a save is still on its way here.
    pub fn is_coming(&self, wish: WishKey) -> bool {
        self.coming.as_ref().is_some_and(|c| c.wish == wish)
    }

    /// How many particles a save has that is whole here.
    pub fn particles(&self, id: Digest) -> u64 {
        self.get(id).map_or(0, |save| save.head().particles)
    }

    fn hold(&mut self, wish: WishKey, save: Arc<Save>, now: Micros) {
        self.coming = None;
        self.held = Some(Held { wish, save, since: now, given: BTreeMap::new() });
    }

    /// Whether something is under way that this peer's player waits for.
    fn is_busy(&self) -> bool {
        self.reading.is_some() || self.wish.is_some()
    }
}

impl Room {
    /// The player wants a save.
    pub(crate) fn save_wanted(&mut self) {
        if self.saves.saving.is_some() {
            return self.notice(Notice::SaveUnderWay);
        }
        if self.log.as_ref().is_none_or(|l| l.partition.strips.is_empty()) {
            return self.notice(Notice::NothingToSave);
        }
        self.saves.saving = Some(Saving { since: self.now, asked_at: 0, cut: None, maker: None });
    }

    /// The player opens a save.
    pub(crate) fn restore_wanted(&mut self, bytes: Vec<u8>) {
        if self.saves.is_busy() {
            return self.notice(Notice::OpenUnderWay);
        }
        match Reader::new(bytes) {
            Ok(reader) => self.saves.reading = Some(reader),
            Err(why) => self.notice(Notice::CannotOpen { why }),
        }
    }

    /// What a member does about saves of itself.
    pub(crate) fn saves_turn(&mut self) {
        self.read_on();
        self.offer_wish();
        self.get_pieces();
        self.make_save();
        let now = self.now;
        self.saves.held.take_if(|h| now > h.since + HELD_US);
    }

    fn read_on(&mut self) {
        let Some(reader) = &mut self.saves.reading else { return };
        match reader.step() {
            Ok(None) => {}
            Ok(Some(save)) => {
                self.saves.reading = None;
                self.saves.wishes += 1;
                // Told apart from those of an earlier life of this peer by its clock.
                let h = hash4([self.saves.wishes, self.now as u32, (self.now >> 32) as u32, self.me.0 as u32]);
                let number = u64::from(h[0]) << 32 | u64::from(h[1]);
                self.saves.wish = Some(Wish { number, since: self.now, save: Arc::new(save), told: None });
            }
            Err(why) => {
                self.saves.reading = None;
                self.notice(Notice::CannotOpen { why });
            }
        }
        self.wake_at(self.now);
    }

    /// Tells the host which save the player opened, and every later host again.
    fn offer_wish(&mut self) {
        let (now, me, term) = (self.now, self.me, self.term);
        let Some(wish) = &mut self.saves.wish else { return };
        if now > wish.since + OPEN_US {
            self.saves.wish = None;
            return self.notice(Notice::NotOpenedInTime { seconds: OPEN_US / 1_000_000 });
        }
        let Some(host) = self.host_id.filter(|_| matches!(self.phase, Phase::In | Phase::Leaving)) else { return };
        if wish.told.replace((host, term)) == Some((host, term)) {
            return;
        }
        let (number, save) = (wish.number, Arc::clone(&wish.save));
        if host == me {
            if self.host_takes_save((me, number)) {
                self.saves.hold((me, number), save, now);
                self.send_report();
                self.host_opens_save((me, number));
            }
        } else {
            let head = Box::new(save.head().clone());
            self.send(host, Channel::Bulk, &Msg::Save { wish: number, by: me, head }, &[]);
        }
    }

    /// A member offers a save to this host, or the host to this member.
    pub(crate) fn save_from(&mut self, from: PeerId, wish: WishKey, head: Head) {
        let is_host = self.host.is_some();
        if is_host && (from != wish.0 || !self.host_takes_save(wish)) || !is_host && self.host_id != Some(from) {
            return;
        }
        let id = head.id();
        match (self.saves.get(id), Save::begin(head)) {
            (Some(save), _) => {
                self.saves.hold(wish, save, self.now);
                self.send_report();
            }
            (None, Ok(save)) => {
                // What another host began to hand out is not begun again.
                let known = self.saves.coming.take().filter(|c| c.save.id() == id);
                let save = known.map_or(save, |c| c.save);
                let (asked, heard_at, asked_at) = (BTreeSet::new(), self.now, 0);
                self.saves.coming = Some(Coming { wish, from, save, asked, heard_at, asked_at });
            }
            (None, Err(_)) => return, // Heads were checked when they were read.
        }
        if is_host {
            self.host_opens_save(wish);
        }
    }

    /// Asks for more pieces of the save that is on its way here.
    fn get_pieces(&mut self) {
        let now = self.now;
        let Some(coming) = &mut self.saves.coming else { return };
        if now > coming.heard_at + LOST_US || !self.overlay.has(coming.from) {
            self.saves.coming = None;
            return;
        }
        if !coming.asked.is_empty() && now > coming.heard_at.max(coming.asked_at) + AGAIN_US {
            coming.asked.clear();
        }
        let free = SAVE_PIECES_MAX.saturating_sub(coming.asked.len());
        let next = coming.save.missing().filter(|n| !coming.asked.contains(n)).take(free);
        let pieces: Vec<u32> = next.collect();
        let (id, from) = (coming.save.id(), coming.from);
        if !pieces.is_empty() {
            coming.asked.extend(&pieces);
            coming.asked_at = now;
            self.send(from, Channel::Log, &Msg::SaveAsk { id, pieces }, &[]);
        }
        self.wake_at(now + AGAIN_US);
    }

    /// Somebody asks for pieces.
    pub(crate) fn save_ask_from(&mut self, from: PeerId, id: Digest, pieces: &[u32]) {
        let Some(save) = self.saves.get(id) else { return };
        if let Some(held) = self.saves.held.as_mut().filter(|h| h.save.id() == id) {
            let given = held.given.entry(from).or_default();
            *given = given.saturating_add(pieces.len() as u32);
            if *given > GIVEN_MAX * save.count().max(SAVE_PIECES_MAX as u32) {
                return;
            }
            held.since = self.now;
        } else if self.host_id != Some(from) {
            return; // What is only wished for goes to nobody but the host.
        }
        for &number in pieces {
            if let Some(code) = save.piece(number) {
                self.send(from, Channel::Bulk, &Msg::SavePiece { id, number }, code);
            }
        }
    }

    /// A piece that was asked for.
    pub(crate) fn save_piece_from(&mut self, from: PeerId, id: Digest, number: u32, code: &[u8]) {
        let now = self.now;
        let Some(coming) = self.saves.coming.as_mut().filter(|c| c.from == from && c.save.id() == id) else { return };
        if !coming.asked.remove(&number) {
            return;
        }
        coming.heard_at = now;
        match coming.save.put(number, code) {
            Ok(false) => {}
            Ok(true) => {
                if let Some(Coming { wish, save, .. }) = self.saves.coming.take() {
                    self.saves.hold(wish, Arc::new(save), now);
                    self.send_report();
                }
            }
            Err(_) => {
                self.malformed += 1;
                self.saves.coming = None;
            }
        }
    }

    /// The host says that nothing comes of a save.
    pub(crate) fn save_no(&mut self, wish: u64, why: SaveRefusal) {
        let known = |w: &WishKey| w.1 == wish;
        let own = self.saves.wish.take_if(|w| w.number == wish).is_some();
        let coming = self.saves.coming.take_if(|c| known(&c.wish)).is_some();
        let held = self.saves.held.take_if(|h| known(&h.wish)).is_some();
        if (own || coming || held) && why == SaveRefusal::AnotherOpens {
            self.notice(Notice::OpenedElsewhere);
        }
    }

    /// The world goes on from a save, which is a cut like any other from here on.
    pub(crate) fn save_begins(&mut self, number: u64, opened: &Opened) {
        self.cuts.keep_only(None);
        let Some(era) = self.log.as_ref().and_then(|l| l.steps.get(&number)).map(|s| s.era) else { return };
        if let Some(save) = self.saves.get(opened.id) {
            self.cuts.take_save(CutId { era, step: number }, &save);
        }
        let key = (opened.by, opened.wish);
        self.saves.wish.take_if(|w| (self.me, w.number) == key);
        self.saves.coming.take_if(|c| c.wish == key);
        self.saves.held.take_if(|h| h.wish == key);
        self.opening_done(key);
        self.send_report();
    }

    /// The log begins anew here, and with it what is known of the room's past.
    pub(crate) fn saves_begin(&mut self) {
        if self.saves.wish.take_if(|w| w.told.is_some()).is_some() {
            self.notice(Notice::OpenAgain);
        }
    }

    /// A step is agreed: perhaps one of whose end this peer is to keep a cut.
    pub(crate) fn save_expects(&mut self, number: u64) {
        let (now, me) = (self.now, self.me);
        let Some(saving) = self.saves.saving.as_mut().filter(|s| s.cut.is_none() && s.maker.is_none()) else { return };
        let Some(log) = &self.log else { return };
        let Some(step) = log.steps.get(&number) else { return };
        // The scene is known as of the newest agreed step only.
        if !step.segment.cut.contains(&me) || step.era != log.era {
            return;
        }
        let id = CutId { era: step.era, step: number };
        saving.cut = Some((id, Box::new(log.scene.clone()), 0, now));
        self.cuts.pin(Some(id));
    }

    /// Goes on with the save that the player wants.
    fn make_save(&mut self) {
        let now = self.now;
        let Some(saving) = &mut self.saves.saving else { return };
        if now > saving.since + SAVE_US {
            return self.no_save(SaveFailure::Late { seconds: SAVE_US / 1_000_000 });
        }
        if let Some(maker) = &mut saving.maker {
            let step = maker.step();
            self.wake_at(now);
            match step {
                Ok(None) => {}
                Ok(Some(bytes)) => {
                    self.saves.saving = None;
                    self.event(Event::Saved(bytes));
                }
                Err(why) => self.no_save(SaveFailure::Broken(why)),
            }
            return;
        }
        let Some((id, scene, seen, since)) = &mut saving.cut else {
            let due = if saving.asked_at > 0 { saving.asked_at + ASK_US } else { 0 };
            if now >= due {
                saving.asked_at = now;
                self.tell_host(&Msg::Control(Control::Save));
            }
            return self.wake_at(due.max(now + ASK_US));
        };
        let pieces = self.cuts.pieces(*id);
        if pieces.is_some_and(|n| n > *seen) {
            (*seen, *since) = (pieces.unwrap_or(0), now);
        }
        if let (true, Some((partition, all)), Some(globals)) =
            (self.cuts.held().contains(id), self.cuts.all(*id), self.cuts.globals(*id))
        {
            let codes = all.into_iter().map(|(strip, _, _, code)| (strip, code));
            saving.maker = Some(Maker::new((**scene).clone(), globals.clone(), &partition, codes));
            saving.cut = None;
            self.cuts.pin(None);
            return self.wake_at(now);
        }
        if pieces.is_none() || now > *since + STILL_US {
            saving.cut = None;
            saving.asked_at = 0;
            self.cuts.pin(None);
        }
        self.wake_at(now + ASK_US);
    }

    fn no_save(&mut self, why: SaveFailure) {
        self.saves.saving = None;
        self.cuts.pin(None);
        self.notice(Notice::NotSaved { why });
    }
}
