//! Saves as a member has to do with them: asking for a checkpoint and writing it down; reading one that its player
//! opens and offering it to the leader; and getting one that the leader hands out.
//!
//! A peer that gets a save asks for its pieces, a few at a time: so a big one crowds nothing out, nothing comes that
//! was not asked for, and the other side keeps no account. A save that is whole is kept until the world goes on
//! from it, from when on it is one of the room's checkpoints.

use crate::api::{Channel, Micros, PeerId};
use crate::checkpoint::Checkpoints;
use crate::checkpoint::messages::{Message, SAVE_PIECES_MAX};
use crate::costs::RECORDING_TICKS_MAX;
use crate::notice::{Notice, RecordFailure, SaveFailure, SaveRefusal};
use crate::overlay::Overlay;
use crate::save::recording::{self, Log};
use crate::save::{Head, Maker, Reader, Save};
use crate::timeline::{CheckpointId, Opened, Timeline};
use crate::timers::{Timer, Timers};
use sim_kernels::digest::{Digest, hash4};
use sim_kernels::scene::Scene;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A save must come together within this.
const SAVE_US: u64 = 60_000_000;
/// Between two requests to the leader for a checkpoint.
const ASK_US: u64 = 1_000_000;
/// A checkpoint of which nothing more comes for this long is given up for another.
const STILL_US: u64 = 6_000_000;
/// The world must go on from a save that a player opened within this.
const OPEN_US: u64 = 180_000_000;
/// Pieces that are asked for again when none came for this long; links lose nothing, but who was asked may not have
/// had them.
const AGAIN_US: u64 = 4_000_000;
/// A room that is to go into another has this time to save its world.
const YIELD_US: u64 = 4_000_000;
/// A save of which no piece came for this long does not come.
const LOST_US: u64 = 20_000_000;
/// A save that nobody mentions for this long goes.
const HELD_US: u64 = 240_000_000;
/// How often each piece is given to the same peer at most, on average.
const GIVEN_MAX: u32 = 3;

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Asks the leader (again) for a checkpoint.
    Ask,
    /// Gives up the checkpoint of which nothing more comes.
    Still,
    /// Gives up the save that the player wants.
    Saved,
    /// Gives up the save that the player opened.
    Opened,
    /// Asks again for pieces of the save that is on its way here.
    Again,
    /// Gives that save up.
    Lost,
    /// Forgets the save that is whole here.
    Held,
    /// Goes into the other room, saved or not.
    Yield,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            // What was asked for, or said, meanwhile may be here unread.
            Self::Still | Self::Saved | Self::Opened | Self::Again | Self::Lost | Self::Held | Self::Yield => true,
            Self::Ask => false,
        }
    }
}

/// Who opened a save, and that player's number for it.
pub(crate) type WishKey = (PeerId, u64);

/// What saves depend on, beside the time.
pub(crate) struct Reads<'a> {
    pub now: Micros,
    pub me: PeerId,
    pub term: u64,
    pub leader: Option<PeerId>,
    /// Whether this peer is a member of the room.
    pub is_in: bool,
    pub log: Option<&'a Timeline>,
    pub overlay: &'a Overlay,
}

/// What is to be done about saves.
#[derive(Debug)]
pub(crate) enum Output {
    /// Tell the player.
    Tell(Notice),
    /// Send this over the link.
    Send { to: PeerId, channel: Channel, msg: Message, payload: Vec<u8> },
    /// Ask the leader for a checkpoint of which this peer keeps a copy.
    AskCheckpoint,
    /// The leader is to be told what is held here.
    Report,
    /// The save that the player asked for.
    Saved(Vec<u8>),
    /// The recording that the player asked for.
    Recorded(Vec<u8>),
    /// This peer leads, and its own player opened a save.
    OfferOwn(WishKey),
    /// The world goes on from the save of this wish.
    Opened(WishKey),
    /// Somebody sent what makes no sense.
    Malformed,
    /// Look again at this time.
    Wake(Micros),
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Saves {
    out: VecDeque<Output>,
    saving: Option<Saving>,
    reading: Option<Reader>,
    wish: Option<Wish>,
    coming: Option<Coming>,
    held: Option<Held>,
    wishes: u32,
    /// This leader's room is to go into another's, once its world is saved.
    yields: Option<PeerId>,
    timers: Timers<Due>,
}

/// The player wants a save.
#[derive(Debug)]
struct Saving {
    /// The checkpoint that it is made of, and how many pieces of it are here.
    checkpoint: Option<(CheckpointId, Box<Scene>, usize)>,
    maker: Option<Maker>,
    /// What was done from there on, where a recording is wanted.
    log: Option<Log>,
}

/// The player opened a save.
#[derive(Debug)]
struct Wish {
    number: u64,
    save: Arc<Save>,
    /// The leader that was told, and its term.
    told: Option<(PeerId, u64)>,
}

/// A save on its way here.
#[derive(Debug)]
struct Coming {
    wish: WishKey,
    from: PeerId,
    save: Save,
    asked: BTreeSet<u32>,
}

/// A save that is whole.
#[derive(Debug)]
struct Held {
    wish: WishKey,
    save: Arc<Save>,
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

    /// This peer did nothing for this long.
    pub fn slept(&mut self, us: Micros) {
        self.timers.slept(us);
    }

    /// What this peer's own player opened, where it is a recording: what was done in it.
    pub fn recorded(&self, wish: u64) -> Option<Arc<Log>> {
        self.wish.as_ref().filter(|own| own.number == wish)?.save.log().cloned()
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
        self.held = Some(Held { wish, save, given: BTreeMap::new() });
        self.timers.set(Due::Held, now + HELD_US);
    }

    /// Whether something is under way that this peer's player waits for.
    fn is_busy(&self) -> bool {
        self.reading.is_some() || self.wish.is_some()
    }
}

impl Saves {
    /// The player wants a save.
    pub fn save_wanted(&mut self, r: &Reads<'_>) {
        if self.saving.is_some() {
            return self.tell(Notice::SaveUnderWay);
        }
        if r.log.is_none_or(|l| l.partition().strips.is_empty()) {
            return self.tell(Notice::NothingToSave);
        }
        self.saving = Some(Saving { checkpoint: None, maker: None, log: None });
        self.timers.set(Due::Saved, r.now + SAVE_US);
        self.timers.hurry(Due::Ask);
    }

    /// The player wants a recording from a checkpoint on.
    pub fn recording_wanted(&mut self, id: CheckpointId, checkpoints: &Checkpoints, r: &Reads<'_>) {
        if self.saving.is_some() {
            return self.tell(Notice::SaveUnderWay);
        }
        match begin_recording(id, checkpoints, r) {
            Ok(saving) => {
                self.saving = Some(saving);
                self.timers.set(Due::Saved, r.now + SAVE_US);
                self.wake_at(r.now);
            }
            Err(why) => self.tell(Notice::NotRecorded { why }),
        }
    }

    /// Saves this leader's world before its room goes into another's, where somebody has drawn in it. False when there
    /// is nothing to save.
    pub fn save_before(&mut self, to: PeerId, r: &Reads<'_>) -> bool {
        if self.yields.is_some() {
            return true;
        }
        if r.log.is_none_or(|l| l.partition().strips.is_empty() || !l.has_commands()) {
            return false;
        }
        self.yields = Some(to);
        self.timers.set(Due::Yield, r.now + YIELD_US);
        if self.saving.is_none() {
            self.save_wanted(r);
        }
        self.wake_at(r.now);
        true
    }

    /// Whose room this leader's is to go into now: it is saved, or cannot be.
    pub fn yields(&mut self, leads: bool, r: &Reads<'_>) -> Option<PeerId> {
        let to = self.yields?;
        let given_up = !r.overlay.has(to) || !leads;
        let over = self.saving.is_none() || self.timers.is_over(Due::Yield, r.now);
        if given_up || over {
            self.yields = None;
        } else {
            self.wake_at(self.timers.at(Due::Yield) + 1);
        }
        (over && !given_up).then_some(to)
    }

    /// The player opens a save.
    pub fn restore_wanted(&mut self, bytes: Vec<u8>, is_alone: bool) {
        if self.is_busy() {
            return self.tell(Notice::OpenUnderWay);
        }
        match Reader::new(bytes) {
            Ok(reader) if reader.is_recording() && !is_alone => self.tell(Notice::PlaysAlone),
            Ok(reader) => self.reading = Some(reader),
            Err(why) => self.tell(Notice::CannotOpen { why }),
        }
    }

    /// Reads on in what the player opened, and tells the leader of it.
    pub fn turn_own(&mut self, r: &Reads<'_>) {
        self.read_on(r);
        self.offer_wish(r);
    }

    /// Gets what is on its way here, and makes what the player wants.
    pub fn turn(&mut self, checkpoints: &mut Checkpoints, r: &Reads<'_>) {
        self.get_pieces(r);
        self.make_save(checkpoints, r);
        self.held.take_if(|_| self.timers.is_over(Due::Held, r.now));
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn tell(&mut self, notice: Notice) {
        self.out.push_back(Output::Tell(notice));
    }

    fn send_report(&mut self) {
        self.out.push_back(Output::Report);
    }

    fn wake_at(&mut self, at: Micros) {
        self.out.push_back(Output::Wake(at));
    }

    fn read_on(&mut self, r: &Reads<'_>) {
        let Some(reader) = &mut self.reading else { return };
        match reader.step() {
            Ok(None) => {}
            Ok(Some(save)) => {
                self.reading = None;
                self.wishes += 1;
                // Told apart from those of an earlier life of this peer by its clock.
                let h = hash4([self.wishes, r.now as u32, (r.now >> 32) as u32, r.me.0 as u32]);
                let number = u64::from(h[0]) << 32 | u64::from(h[1]);
                self.wish = Some(Wish { number, save: Arc::new(save), told: None });
                self.timers.set(Due::Opened, r.now + OPEN_US);
            }
            Err(why) => {
                self.reading = None;
                self.tell(Notice::CannotOpen { why });
            }
        }
        self.wake_at(r.now);
    }

    /// Tells the leader which save the player opened, and every later leader again.
    fn offer_wish(&mut self, r: &Reads<'_>) {
        let (me, term) = (r.me, r.term);
        let Some(wish) = &mut self.wish else { return };
        if self.timers.is_over(Due::Opened, r.now) {
            self.wish = None;
            return self.tell(Notice::NotOpenedInTime { seconds: OPEN_US / 1_000_000 });
        }
        let Some(leader) = r.leader.filter(|_| r.is_in) else { return };
        if leader != me && wish.save.log().is_some() {
            self.wish = None;
            return self.tell(Notice::PlaysAlone);
        }
        if wish.told.replace((leader, term)) == Some((leader, term)) {
            return;
        }
        let number = wish.number;
        if leader == me {
            self.out.push_back(Output::OfferOwn((me, number)));
        } else {
            let head = Box::new(wish.save.head().clone());
            self.send(leader, Channel::Bulk, Message::Save { wish: number, by: me, head }, Vec::new());
        }
    }

    /// The save that this peer's own player opened, and that it takes in as the leader.
    pub fn hold_own(&mut self, wish: WishKey, now: Micros) {
        if let Some(save) = self.wish.as_ref().filter(|w| w.number == wish.1).map(|w| Arc::clone(&w.save)) {
            self.hold(wish, save, now);
            self.send_report();
        }
    }

    /// A member offers a save to this leader, or the leader to this member; whether it is here, or on its way.
    pub fn offered(&mut self, from: PeerId, wish: WishKey, head: Head, now: Micros) -> bool {
        let id = head.id();
        match (self.get(id), Save::begin(head)) {
            (Some(save), _) => {
                self.hold(wish, save, now);
                self.send_report();
            }
            (None, Ok(save)) => {
                // What another leader began to hand out is not begun again.
                let known = self.coming.take().filter(|c| c.save.id() == id);
                let save = known.map_or(save, |c| c.save);
                self.coming = Some(Coming { wish, from, save, asked: BTreeSet::new() });
                self.heard(now);
            }
            (None, Err(_)) => return false, // Heads were checked when they were read.
        }
        true
    }

    /// Something of the save that is on its way here came.
    fn heard(&mut self, now: Micros) {
        self.timers.set(Due::Again, now + AGAIN_US);
        self.timers.set(Due::Lost, now + LOST_US);
    }

    fn send(&mut self, to: PeerId, channel: Channel, msg: Message, payload: Vec<u8>) {
        self.out.push_back(Output::Send { to, channel, msg, payload });
    }

    /// Asks for more pieces of the save that is on its way here.
    fn get_pieces(&mut self, r: &Reads<'_>) {
        let now = r.now;
        let Some(coming) = &mut self.coming else { return };
        if self.timers.is_over(Due::Lost, now) || !r.overlay.has(coming.from) {
            self.coming = None;
            return;
        }
        if self.timers.is_over(Due::Again, now) {
            coming.asked.clear();
        }
        let free = SAVE_PIECES_MAX.saturating_sub(coming.asked.len());
        let next = coming.save.missing().filter(|n| !coming.asked.contains(n)).take(free);
        let pieces: Vec<u32> = next.collect();
        let (id, from) = (coming.save.id(), coming.from);
        if !pieces.is_empty() {
            coming.asked.extend(&pieces);
            self.timers.set(Due::Again, now + AGAIN_US);
            self.send(from, Channel::Log, Message::SaveAsk { id, pieces }, Vec::new());
        }
        self.wake_at(now + AGAIN_US);
    }

    /// Somebody asks for pieces.
    pub fn asked(&mut self, from: PeerId, id: Digest, pieces: &[u32], r: &Reads<'_>) {
        let Some(save) = self.get(id) else { return };
        if let Some(held) = self.held.as_mut().filter(|h| h.save.id() == id) {
            let given = held.given.entry(from).or_default();
            *given = given.saturating_add(pieces.len() as u32);
            if *given > GIVEN_MAX * save.count().max(SAVE_PIECES_MAX as u32) {
                return;
            }
            self.timers.set(Due::Held, r.now + HELD_US);
        } else if r.leader != Some(from) {
            return; // What is only wished for goes to nobody but the leader.
        }
        for &number in pieces {
            if let Some(code) = save.piece(number) {
                self.send(from, Channel::Bulk, Message::SavePiece { id, number }, code.to_vec());
            }
        }
    }

    /// A piece that was asked for.
    pub fn piece_from(&mut self, from: PeerId, id: Digest, number: u32, code: &[u8], now: Micros) {
        let Some(coming) = self.coming.as_mut().filter(|c| c.from == from && c.save.id() == id) else { return };
        if !coming.asked.remove(&number) {
            return;
        }
        let put = coming.save.put(number, code);
        self.heard(now);
        match put {
            Ok(false) => {}
            Ok(true) => {
                if let Some(Coming { wish, save, .. }) = self.coming.take() {
                    self.hold(wish, Arc::new(save), now);
                    self.send_report();
                }
            }
            Err(_) => {
                self.out.push_back(Output::Malformed);
                self.coming = None;
            }
        }
    }

    /// The leader says that nothing comes of a save.
    pub fn refused(&mut self, wish: u64, why: SaveRefusal) {
        let known = |w: &WishKey| w.1 == wish;
        let own = self.wish.take_if(|w| w.number == wish).is_some();
        let coming = self.coming.take_if(|c| known(&c.wish)).is_some();
        let held = self.held.take_if(|h| known(&h.wish)).is_some();
        match why {
            SaveRefusal::AnotherOpens if own || coming || held => self.tell(Notice::OpenedElsewhere),
            SaveRefusal::PlaysAlone if own => self.tell(Notice::PlaysAlone),
            SaveRefusal::AnotherOpens | SaveRefusal::PlaysAlone | SaveRefusal::Announced => {}
        }
    }

    /// The world goes on from a save, which is a checkpoint like any other from here on.
    pub fn begins(&mut self, number: u64, opened: &Opened, checkpoints: &mut Checkpoints, r: &Reads<'_>) {
        checkpoints.clear();
        let Some(epoch) = r.log.and_then(|l| l.step(number)).map(|s| s.epoch) else { return };
        if let Some(save) = self.get(opened.id) {
            let globals = Box::new(opened.globals.clone());
            checkpoints.take_save(CheckpointId { epoch, step: number }, &save, globals);
        }
        let key = (opened.by, opened.wish);
        self.wish.take_if(|w| (r.me, w.number) == key);
        self.coming.take_if(|c| c.wish == key);
        self.held.take_if(|h| h.wish == key);
        self.out.push_back(Output::Opened(key));
        self.send_report();
    }

    /// The log begins again here, and with it what is known of the room's past.
    pub fn log_begins(&mut self) {
        if self.wish.take_if(|w| w.told.is_some()).is_some() {
            self.tell(Notice::OpenAgain);
        }
    }

    /// A step is committed: perhaps one of whose end this peer is to keep a checkpoint.
    pub fn committed(&mut self, number: u64, checkpoints: &mut Checkpoints, r: &Reads<'_>) {
        let (now, me) = (r.now, r.me);
        let Some(saving) = self.saving.as_mut().filter(|s| s.checkpoint.is_none() && s.maker.is_none()) else { return };
        let Some(log) = r.log else { return };
        let Some(step) = log.step(number) else { return };
        // The scene is known as of the newest committed step only.
        if !step.segment.keepers.contains(&me) || step.epoch != log.epoch() {
            return;
        }
        let id = CheckpointId { epoch: step.epoch, step: number };
        saving.checkpoint = Some((id, Box::new(log.scene().clone()), 0));
        self.timers.set(Due::Still, now + STILL_US);
        checkpoints.pin(Some(id));
    }

    /// Goes on with the save that the player wants.
    fn make_save(&mut self, checkpoints: &mut Checkpoints, r: &Reads<'_>) {
        let now = r.now;
        let Some(saving) = &mut self.saving else { return };
        if self.timers.is_over(Due::Saved, now) {
            return self.no_save(checkpoints, SaveFailure::Late { seconds: SAVE_US / 1_000_000 });
        }
        if let Some(maker) = &mut saving.maker {
            let made = maker.step().transpose();
            self.wake_at(now);
            let Some(made) = made else { return };
            let log = self.saving.take().and_then(|saving| saving.log);
            let output = match (made, log) {
                (made, Some(log)) => match made.and_then(|save| recording::encode(&save, &log)) {
                    Ok(bytes) => Output::Recorded(bytes),
                    Err(why) => Output::Tell(Notice::NotRecorded { why: RecordFailure::Broken(why) }),
                },
                (Ok(bytes), None) => Output::Saved(bytes),
                (Err(why), None) => return self.no_save(checkpoints, SaveFailure::Broken(why)),
            };
            return self.out.push_back(output);
        }
        let Some((id, scene, seen)) = &mut saving.checkpoint else {
            if self.timers.repeats(Due::Ask, now, ASK_US) {
                self.out.push_back(Output::AskCheckpoint);
            }
            return self.wake_at(now + ASK_US);
        };
        let pieces = checkpoints.pieces(*id);
        if pieces.is_some_and(|n| n > *seen) {
            *seen = pieces.unwrap_or(0);
            self.timers.set(Due::Still, now + STILL_US);
        }
        if let (true, Some((partition, all)), Some(globals)) =
            (checkpoints.held().contains(id), checkpoints.all(*id), checkpoints.globals(*id))
        {
            let codes = all.into_iter().map(|(strip, _, _, code)| (strip, code));
            saving.maker = Some(Maker::new((**scene).clone(), globals.clone(), &partition, codes));
            saving.checkpoint = None;
            checkpoints.pin(None);
            return self.wake_at(now);
        }
        if pieces.is_none() || self.timers.is_over(Due::Still, now) {
            saving.checkpoint = None;
            self.timers.hurry(Due::Ask);
            checkpoints.pin(None);
        }
        self.wake_at(now + ASK_US);
    }

    fn no_save(&mut self, checkpoints: &mut Checkpoints, why: SaveFailure) {
        self.saving = None;
        checkpoints.pin(None);
        self.tell(Notice::NotSaved { why });
    }
}

/// What a recording is made of, if this peer has all of it.
fn begin_recording(id: CheckpointId, checkpoints: &Checkpoints, r: &Reads<'_>) -> Result<Saving, RecordFailure> {
    let here = || {
        let (log, globals) = (r.log?, checkpoints.globals(id)?.clone());
        let (partition, all) = checkpoints.all(id)?;
        let done = Log::since(id, globals.tick, log.past())?;
        Some((log.scene(), globals, partition, all, done))
    };
    let (scene, globals, partition, all, done) = here().ok_or(RecordFailure::NotHere)?;
    if done.end <= globals.tick {
        return Err(RecordFailure::NotHere);
    }
    if done.end - globals.tick > RECORDING_TICKS_MAX.into() {
        return Err(RecordFailure::TooLong);
    }
    let codes = all.into_iter().map(|(strip, _, _, code)| (strip, code));
    let maker = Some(Maker::new(scene.clone(), globals, &partition, codes));
    Ok(Saving { checkpoint: None, maker, log: Some(done) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_nobodys_silence_and_puts_off_no_request() {
        use Due::{Again, Ask, Held, Lost, Opened, Saved, Still, Yield};
        let mut saves = Saves::default();
        let others = [Still, Saved, Opened, Again, Lost, Held, Yield];
        others.into_iter().chain([Ask]).for_each(|due| saves.timers.set(due, 10));
        saves.slept(5);
        assert!(others.into_iter().all(|due| saves.timers.at(due) == 15));
        assert_eq!(saves.timers.at(Ask), 10);
    }

    #[test]
    fn a_piece_that_comes_puts_off_both_asking_again_and_giving_up() {
        let mut saves = Saves::default();
        saves.heard(10);
        assert!(!saves.timers.is_over(Due::Again, 10 + AGAIN_US) && saves.timers.is_over(Due::Again, 11 + AGAIN_US));
        saves.heard(20);
        assert!(!saves.timers.is_over(Due::Again, 11 + AGAIN_US) && !saves.timers.is_over(Due::Lost, 11 + LOST_US));
    }
}
