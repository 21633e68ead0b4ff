//! Checkpoints: every lending peer's copy of the whole room, as it was at the end of a step. They are kept in
//! the bands' code; a checkpoint counts once every strip's pieces are here. Those that are whole are the moments to
//! which the room can be taken back: the older, the fewer.

pub mod messages;
pub(crate) mod saves;

use crate::api::{Micros, PeerId};
use crate::codec::band;
use crate::partition::Partition;
use crate::save::{PIECE_PARTICLES, Save};
use crate::timeline::{AHEAD_MAX, CheckpointId, Timeline};
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::particle::Particle;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A strip that would take this long to compute up to a checkpoint takes the checkpoint. From the 0.7 s in which a
/// stand-in is to be where its strip is, this leaves what a checkpoint needs to be taken and to arrive.
pub(crate) const REPLAY_US: u64 = 350_000;
/// Between the pieces of a checkpoint, so that it does not crowd out what is urgent.
const PIECE_EVERY_US: Micros = 2_000;
/// The same where nobody waits for it: one a frame. Who is alone has the thread in a page that draws the frames code a piece,
/// 1 ms and more, so of a large world one checkpoint would be felt every five seconds.
const PIECE_AT_LEISURE_US: Micros = 16_000;
/// The most pieces of one strip.
const PIECES_MAX: u16 = 1024;
/// The most bytes kept in all, and what a piece takes beside its code.
const BYTES_MAX: usize = 256 << 20;
const PIECE_BYTES: usize = 64;
/// The most checkpoints that one peer reports, and to which a room can be taken back.
pub(crate) const CHECKPOINTS_MAX: usize = 32;
/// The most unfinished checkpoints kept that the log spoke of.
pub(crate) const UNFINISHED_MAX: usize = 4;
/// Up to which age, in microseconds, one checkpoint is kept in so many ticks; older ones go.
const THINNING: [(Micros, u64); 3] = [(30_000_000, 4 * 60), (120_000_000, 20 * 60), (600_000_000, 60 * 60)];
/// Between two times that checkpoints are thinned out.
const THIN_US: Micros = 1_000_000;
/// Pieces may overtake the log's word of their checkpoint: of each strip so many bytes wait for it, of so many
/// checkpoints.
const EARLY_BYTES_MAX: usize = 32 << 20;
const EARLY_MAX: usize = 2;

/// Whether a checkpoint may be of the history of a log.
pub(crate) fn is_near(id: CheckpointId, log: &Timeline) -> bool {
    id.epoch <= log.epoch_end() + 1 && id.step < log.end() + AHEAD_MAX
}

#[derive(Debug, Default)]
struct Kept {
    expected: Option<(Arc<Partition>, Box<Globals>)>,
    /// By strip and piece.
    pieces: BTreeMap<(u32, u16), Vec<u8>>,
    /// Of each strip, how many pieces there are, and how many of them are here.
    counts: BTreeMap<u32, (u16, u16)>,
    /// Of each strip, the digest that its executor named and that of the pieces so far; a save's pieces were checked.
    sums: BTreeMap<u32, (Digest, Digest)>,
    /// Of each strip, what its pieces take.
    bytes: BTreeMap<u32, usize>,
    /// When it was first looked at: its age counts from then.
    seen_at: Option<Micros>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Checkpoints {
    kept: BTreeMap<CheckpointId, Kept>,
    /// Not forgotten for newer ones: it becomes a save.
    pinned: Option<CheckpointId>,
    /// Not forgotten either: the room goes on from it, or is about to.
    protected: [Option<CheckpointId>; 3],
    /// Of strips for which this peer stands in and waits, the newest state that the log says comes for them alone.
    seeds: BTreeMap<u32, CheckpointId>,
    /// When they were last thinned out.
    thinned_at: Micros,
}

/// A region's checkpoint on its way: coded piece by piece, so that no look at the room takes long.
#[derive(Debug)]
pub struct Outgoing {
    /// Which.
    pub id: CheckpointId,
    /// Which strip's.
    pub strip: u32,
    /// For whom, this peer perhaps included.
    pub to: Vec<PeerId>,
    /// The digest of all of it.
    pub sum: Digest,
    /// Between two pieces.
    pub every_us: Micros,
    particles: Vec<Particle>,
    next: u16,
}

impl Outgoing {
    /// All of a region's particles.
    pub fn new(id: CheckpointId, strip: u32, to: Vec<PeerId>, particles: Vec<Particle>, sum: Digest) -> Self {
        Self { id, strip, to, sum, every_us: PIECE_EVERY_US, particles, next: 0 }
    }

    /// The same, for which nobody waits.
    pub fn at_leisure(self) -> Self {
        Self { every_us: PIECE_AT_LEISURE_US, ..self }
    }

    /// The next piece: its index, how many there are (at least one), its code, and its digest.
    pub fn piece(&mut self) -> Option<(u16, u16, Vec<u8>, Digest)> {
        let count = self.particles.len().div_ceil(PIECE_PARTICLES).clamp(1, usize::from(PIECES_MAX)) as u16;
        let index = self.next;
        if index >= count {
            return None;
        }
        self.next += 1;
        let from = usize::from(index) * PIECE_PARTICLES;
        let to = (from + PIECE_PARTICLES).min(self.particles.len());
        let piece = &self.particles[from..to];
        Some((index, count, band::encode(piece), Digest::of_all(piece)))
    }
}

impl Checkpoints {
    /// The log says that this peer gets a checkpoint, and from whom.
    pub fn expect(&mut self, id: CheckpointId, partition: Arc<Partition>, globals: Box<Globals>) {
        self.kept.entry(id).or_default().expected = Some((partition, globals));
        // The log speaks of checkpoints in their order: what it passed over, it will not speak of.
        self.forget_early_before(id);
        // The oldest goes first, but not this one, which may be old and is wanted.
        let unfinished = self.kept.iter().filter(|(k, kept)| kept.expected.is_some() && !kept.is_whole() && **k != id);
        let unfinished: Vec<CheckpointId> = unfinished.map(|k| *k.0).collect();
        self.keep_newest(unfinished, UNFINISHED_MAX - 1);
    }

    /// Of these, the oldest first, forgets the oldest but for so many, as far as they may go.
    fn keep_newest(&mut self, all: Vec<CheckpointId>, most: usize) {
        let spare = all.len().saturating_sub(most);
        for oldest in all.into_iter().take(spare) {
            if self.is_free(oldest) {
                self.remove(oldest);
            }
        }
    }

    /// Forgets the more checkpoints the older they are. Those that stay are told by their ticks alone, so that all
    /// peers keep the same ones.
    pub fn thin(&mut self, now: Micros) {
        if now < self.thinned_at + THIN_US && self.thinned_at != 0 {
            return;
        }
        self.thinned_at = now;
        self.kept.values_mut().for_each(|kept| kept.seen_at = kept.seen_at.or(Some(now)));
        // The last one of a world that was left is the way back to it.
        let mut last = BTreeMap::new();
        last.extend(self.kept.iter().filter(|(_, kept)| kept.is_whole()).map(|(id, _)| (id.epoch, *id)));
        let mut kept_in = BTreeSet::new();
        let mut gone = Vec::new();
        for (id, kept) in &self.kept {
            let Some((_, globals)) = &kept.expected else { continue };
            let age = now.saturating_sub(kept.seen_at.unwrap_or(now));
            let first = |ticks: u64| (ticks, id.epoch, globals.tick / ticks);
            let stays = match THINNING.iter().find(|(until, _)| age < *until) {
                None => false,
                // It may become whole yet.
                Some(&(until, _)) if !kept.is_whole() => until == THINNING[0].0,
                Some(&(_, ticks)) => kept_in.insert(first(ticks)) || last.get(&id.epoch) == Some(id),
            };
            if !stays && self.is_free(*id) {
                gone.push(*id);
            }
        }
        gone.into_iter().for_each(|id| self.remove(id));
        self.keep_newest(self.held(), CHECKPOINTS_MAX);
    }

    /// Keeps these from being forgotten, as long as nothing else is said.
    pub fn protect(&mut self, ids: [Option<CheckpointId>; 3]) {
        self.protected = ids;
    }

    /// Whether it may be forgotten: the newest whole one never is.
    fn is_free(&self, id: CheckpointId) -> bool {
        Some(id) != self.pinned && !self.protected.contains(&Some(id)) && Some(id) != self.newest_whole()
    }

    /// How old a checkpoint is, in microseconds.
    pub fn age(&self, id: CheckpointId, now: Micros) -> Micros {
        self.kept.get(&id).and_then(|kept| kept.seen_at).map_or(0, |at| now.saturating_sub(at))
    }

    fn newest_whole(&self) -> Option<CheckpointId> {
        self.kept.iter().rev().find(|(_, kept)| kept.is_whole()).map(|(id, _)| *id)
    }

    /// Where the bytes are used up the oldest go, so that the newest has its place.
    fn make_room(&mut self, id: CheckpointId, bytes: usize) {
        while self.bytes() + bytes > BYTES_MAX {
            let mut expected = self.kept.iter().filter(|(_, kept)| kept.expected.is_some()).map(|(k, _)| *k);
            let Some(oldest) = expected.find(|k| *k != id && self.is_free(*k)) else { return };
            self.remove(oldest);
        }
    }

    /// A piece arrived (it may come before the log's word). The first one stays. `sums`: the piece's own digest, and
    /// that of the whole strip. False when the strip's pieces do not add up to that: then none of them is kept.
    pub fn put(
        &mut self,
        id: CheckpointId,
        strip: u32,
        (index, count): (u16, u16),
        code: &[u8],
        sums: Option<(Digest, Digest)>,
    ) -> bool {
        let bytes = code.len() + PIECE_BYTES;
        if let Some(kept) = self.kept.get(&id) {
            // What is here already, or belongs to nothing that is wanted, takes nobody's place.
            if kept.expected.as_ref().is_some_and(|(partition, _)| partition.find(strip).is_none()) {
                return true;
            }
            if kept.expected.is_some() && !kept.pieces.contains_key(&(strip, index)) {
                self.make_room(id, bytes);
            }
        }
        if !self.fits(id, strip, bytes) || count > PIECES_MAX || index >= count {
            return true;
        }
        let kept = self.kept.entry(id).or_default();
        let (all, here) = kept.counts.entry(strip).or_insert((count, 0));
        if *all == count
            && let Entry::Vacant(place) = kept.pieces.entry((strip, index))
        {
            place.insert(code.to_vec());
            *here += 1;
            *kept.bytes.entry(strip).or_default() += bytes;
            if let Some((of, all)) = sums {
                let sum = &mut kept.sums.entry(strip).or_insert((all, Digest::default())).1;
                sum.add(of);
            }
        }
        let whole = here == all;
        let good = !whole || kept.sums.get(&strip).is_none_or(|(all, sum)| all == sum);
        if !good {
            kept.forget_strip(strip);
        }
        good
    }

    /// Those of which pieces are here before the log spoke of them.
    fn early(&self) -> impl Iterator<Item = (&CheckpointId, &Kept)> {
        self.kept.iter().filter(|(_, kept)| kept.expected.is_none())
    }

    /// Whether a piece of so many bytes may be kept.
    fn fits(&self, id: CheckpointId, strip: u32, bytes: usize) -> bool {
        if self.bytes() + bytes > BYTES_MAX {
            return false;
        }
        if self.kept.get(&id).is_some_and(|k| k.expected.is_some()) {
            return true;
        }
        let others = self.early().filter(|(k, _)| **k != id).filter(|(_, k)| k.bytes.contains_key(&strip)).count();
        let waits: usize = self.early().filter_map(|(_, k)| k.bytes.get(&strip)).sum();
        others < EARLY_MAX && waits + bytes <= EARLY_BYTES_MAX
    }

    /// Keeps one from being forgotten for newer ones.
    pub fn pin(&mut self, id: Option<CheckpointId>) {
        self.pinned = id;
    }

    /// What all that is kept takes, in bytes.
    pub fn bytes(&self) -> usize {
        self.kept.values().flat_map(|kept| kept.bytes.values()).sum()
    }

    /// How many pieces of a checkpoint are here; nothing when it is not kept (any more).
    pub fn pieces(&self, id: CheckpointId) -> Option<usize> {
        self.kept.get(&id).map(|k| k.pieces.len())
    }

    /// A save is a checkpoint like any other from here on, with the globals with which the world goes on from it.
    pub fn take_save(&mut self, id: CheckpointId, save: &Save, globals: Box<Globals>) {
        let head = save.head();
        self.expect(id, Arc::new(head.partition()), globals);
        for number in 0..save.count() {
            if let (Some((strip, index, count)), Some(code)) = (head.place(number), save.piece(number)) {
                self.put(id, strip, (index, count), code, None);
            }
        }
    }

    /// Checkpoints of which everything is here, oldest first.
    pub fn held(&self) -> Vec<CheckpointId> {
        self.kept.iter().filter(|(_, k)| k.is_whole()).map(|(id, _)| *id).collect()
    }

    /// Particles in a checkpoint, as its pieces say.
    pub fn count(&self, id: CheckpointId) -> u64 {
        self.kept.get(&id).map_or(0, |k| k.pieces.values().map(|code| band::count(code)).sum())
    }

    /// Everything about a checkpoint that is held whole, for one who has none of it: its partition, and its pieces with
    /// strip, index and how many there are of the strip.
    #[allow(clippy::type_complexity)]
    pub fn all(&self, id: CheckpointId) -> Option<(Partition, Vec<(u32, u16, u16, Vec<u8>)>)> {
        let kept = self.kept.get(&id).filter(|k| k.is_whole())?;
        let partition = (*kept.expected.as_ref()?.0).clone();
        let piece = |(&(strip, index), code): (&(u32, u16), &Vec<u8>)| {
            let count = kept.counts.get(&strip).map_or(0, |counts| counts.0);
            (strip, index, count, code.clone())
        };
        Some((partition, kept.pieces.iter().map(piece).collect()))
    }

    /// The digest of a strip's particles at a checkpoint.
    pub fn sum(&self, id: CheckpointId, strip: u32) -> Option<Digest> {
        let kept = self.kept.get(&id)?;
        if let Some((all, _)) = kept.sums.get(&strip) {
            return Some(*all);
        }
        let mut sum = Digest::default();
        for (_, code) in kept.pieces.range((strip, 0)..=(strip, u16::MAX)) {
            sum.add(Digest::of_all(&band::decode(code)?));
        }
        Some(sum)
    }

    /// The globals at a checkpoint.
    pub fn globals(&self, id: CheckpointId) -> Option<&Globals> {
        self.kept.get(&id)?.expected.as_ref().map(|e| &*e.1)
    }

    /// The particles inside a rectangle at a checkpoint that is held whole.
    pub fn particles(&self, id: CheckpointId, rect: Rect) -> Option<Vec<Particle>> {
        let kept = self.kept.get(&id).filter(|k| k.is_whole())?;
        let mut all = Vec::new();
        let (partition, globals) = kept.expected.as_ref()?;
        for ((strip, _), code) in &kept.pieces {
            let Some(held) = partition.find(*strip).map(|s| s.rect(globals.size())) else { continue };
            let wanted = held.intersect(rect);
            if !wanted.is_empty() {
                let inside = |p: &Particle| wanted.contains(p.cell().0, p.cell().1);
                all.extend(band::decode(code)?.into_iter().filter(inside));
            }
        }
        Some(all)
    }

    /// A strip's particles at a checkpoint, all of which must lie in its rectangle; nothing when pieces are missing.
    pub fn strip(&self, id: CheckpointId, strip: u32, rect: Rect) -> Option<Vec<Particle>> {
        let kept = self.kept.get(&id)?;
        let &(count, here) = kept.counts.get(&strip)?;
        if here != count {
            return None;
        }
        let mut all = Vec::new();
        for (_, code) in kept.pieces.range((strip, 0)..=(strip, count)) {
            all.extend(band::decode(code)?);
        }
        all.retain(|p| rect.contains(p.cell().0, p.cell().1));
        Some(all)
    }

    /// The log says that a strip's state comes, for its stand-in here alone: what is here of older ones is of no use.
    pub fn seeded(&mut self, strip: u32, id: CheckpointId) {
        self.seeds.insert(strip, id);
        self.forget_early(|of, older| of == strip && older < id);
    }

    /// Keeps to those seeds that are waited for still.
    pub fn keep_seeds(&mut self, waits: impl Fn(u32, CheckpointId) -> bool) {
        self.seeds.retain(|&strip, id| waits(strip, *id));
    }

    /// Forgets older ones of which the log did not say that they are kept here: a stand-in got pieces of its strip. A seed
    /// that is waited for stays: on a slow link it takes longer than a checkpoint takes to others.
    pub fn forget_early_before(&mut self, id: CheckpointId) {
        let seeds = std::mem::take(&mut self.seeds);
        self.forget_early(|strip, older| older < id && seeds.get(&strip) != Some(&older));
        self.seeds = seeds;
    }

    /// Forgets strips' pieces of checkpoints that the log did not speak of.
    fn forget_early(&mut self, goes: impl Fn(u32, CheckpointId) -> bool) {
        self.kept.retain(|&id, kept| {
            if kept.expected.is_none() {
                let strips: Vec<u32> = kept.counts.keys().copied().filter(|&strip| goes(strip, id)).collect();
                strips.into_iter().for_each(|strip| kept.forget_strip(strip));
            }
            kept.expected.is_some() || !kept.counts.is_empty()
        });
    }

    /// Forgets what was taken at a step or later.
    pub fn forget_from(&mut self, step: u64) {
        let others: Vec<CheckpointId> = self.kept.keys().copied().filter(|id| id.step >= step).collect();
        others.into_iter().for_each(|id| self.remove(id));
        self.keep_seeds(|_, id| id.step < step);
    }

    /// Forgets everything (after a new scene).
    pub fn clear(&mut self) {
        self.kept.clear();
        self.seeds.clear();
    }

    fn remove(&mut self, id: CheckpointId) {
        self.kept.remove(&id);
    }
}

impl Kept {
    fn is_whole(&self) -> bool {
        let Some((partition, _)) = &self.expected else { return false };
        partition.strips.iter().all(|s| self.counts.get(&s.id).is_some_and(|(all, here)| all == here))
    }

    fn forget_strip(&mut self, strip: u32) {
        self.counts.remove(&strip);
        self.sums.remove(&strip);
        self.pieces.retain(|k, _| k.0 != strip);
        self.bytes.remove(&strip);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partition::equal;
    use sim_kernels::geom::WorldSize;
    use sim_kernels::particle::Fields;

    fn at(x: i32) -> Particle {
        Particle::pack(Fields { x: x << 12, ..Fields::default() })
    }

    /// What one look at the room takes longer for while a checkpoint of 400,000 particles is on its way to this peer itself.
    #[test]
    #[ignore = "prints times"]
    #[expect(clippy::disallowed_methods, reason = "it is this machine's time that is measured")]
    fn what_a_piece_costs() {
        let id = CheckpointId { epoch: 1, step: 1 };
        let all: Vec<Particle> = (0..400_000u32)
            .map(|i| {
                let h = sim_kernels::digest::hash4([i, 0, 0, 1]);
                let place = |cell: u32, h: u32| (cell << 12 | h & 0xfff) as i32;
                let [vx, vy] = [h[2], h[3]].map(|h| i32::from(h as u16 as i16 >> 5));
                let (x, y) = (place(i / 4 % 1000, h[0]), place(i / 4_000, h[1]));
                Particle::pack(Fields { x, y, vx, vy, j: sim_kernels::particle::J_REST, ..Fields::default() })
            })
            .collect();
        let began = std::time::Instant::now();
        let sum = Digest::of_all(&all);
        println!("the digest of all: {} us", began.elapsed().as_micros());
        let (mut out, mut kept) = (Outgoing::new(id, 0, vec![], all, sum), Checkpoints::default());
        let world = WorldSize::new(1024, 512).expect("a valid size");
        kept.expect(id, Arc::new(equal(&[PeerId(1)], world)), Box::new(Globals::new(world)));
        let mut times = Vec::new();
        loop {
            let began = std::time::Instant::now();
            let Some((index, count, code, of)) = out.piece() else { break };
            assert!(kept.put(id, 0, (index, count), &code, Some((of, sum))));
            times.push(began.elapsed().as_micros());
        }
        times.sort_unstable();
        let (sum, last) = (times.iter().sum::<u128>(), times.len() - 1);
        println!("{} pieces in {sum} us; one takes {} us, the longest {} us", last + 1, times[last / 2], times[last]);
    }

    #[test]
    fn pieces_cover_everything() {
        let id = CheckpointId { epoch: 1, step: 1 };
        for count in [0, 1, PIECE_PARTICLES, PIECE_PARTICLES + 1, 3 * PIECE_PARTICLES - 1] {
            let all: Vec<Particle> = (0..count).map(|i| at(i as i32 % 4000)).collect();
            let sum = Digest::of_all(&all);
            let mut out = Outgoing::new(id, 0, vec![], all, sum);
            let pieces: Vec<_> = std::iter::from_fn(|| out.piece()).collect();
            assert!(pieces.iter().enumerate().all(|(i, p)| usize::from(p.0) == i && usize::from(p.1) == pieces.len()));
            assert_eq!(pieces.iter().map(|p| band::decode(&p.2).unwrap().len()).sum::<usize>(), count);
            assert!(!pieces.is_empty());
            let mut added = Digest::default();
            pieces.iter().for_each(|p| added.add(p.3));
            assert_eq!(added, sum);
        }
    }

    #[test]
    fn a_strip_that_does_not_add_up_is_not_kept() {
        let id = CheckpointId { epoch: 1, step: 3 };
        let mut checkpoints = Checkpoints::default();
        let (a, b) = ([at(1)], [at(2), at(3)]);
        let whole = Digest::of_all(&[at(1), at(2), at(3)]);
        let mut put = |index, part: &[Particle], all| {
            checkpoints.put(id, 0, (index, 2), &band::encode(part), Some((Digest::of_all(part), all)))
        };
        assert!(put(0, &a, whole));
        assert!(!put(1, &a, whole), "something else came as the second piece");
        assert!(put(0, &a, whole) && put(1, &b, whole));
        assert_eq!(checkpoints.strip(id, 0, Rect::new(0, 0, 64, 16)).unwrap().len(), 3);
        assert_eq!(checkpoints.sum(id, 0), Some(whole));
    }

    #[test]
    fn pieces_of_what_the_log_does_not_speak_of_are_bounded_and_leave_room_for_the_rest() {
        let world = WorldSize::new(64, 16).unwrap();
        let mut checkpoints = Checkpoints::default();
        let id = |epoch, step| CheckpointId { epoch, step };
        let large = vec![0; EARLY_BYTES_MAX / 8];
        for step in 0..20 {
            for index in 0..5 {
                checkpoints.put(id(2, 100 + step), 1, (index, 20), &large, None);
            }
        }
        assert_eq!(checkpoints.kept.len(), EARLY_MAX);
        assert!(checkpoints.bytes() <= EARLY_BYTES_MAX, "{}", checkpoints.bytes());
        // Another strip's pieces wait, and are there when the log speaks of them.
        let partition = Arc::new(equal(&[PeerId(1)], world));
        for step in 0..6 {
            checkpoints.put(id(1, step), 0, (0, 1), &band::encode(&[at(1)]), None);
            checkpoints.expect(id(1, step), partition.clone(), Box::new(Globals::new(world)));
            assert_eq!(checkpoints.held().last(), Some(&id(1, step)));
        }
        assert_eq!(checkpoints.held().len(), 6);
        // What the log passed over goes.
        checkpoints.expect(id(2, 200), partition, Box::new(Globals::new(world)));
        assert_eq!(checkpoints.early().count(), 0);
        checkpoints.clear();
        assert_eq!(checkpoints.bytes(), 0);
    }

    #[test]
    fn a_seed_outlasts_newer_checkpoints_and_supersedes_only_its_own_strips_pieces() {
        let id = |step| CheckpointId { epoch: 1, step };
        let mut checkpoints = Checkpoints::default();
        let put = |checkpoints: &mut Checkpoints, step, strip| {
            checkpoints.put(id(step), strip, (0, 2), &band::encode(&[at(1)]), None);
        };
        let early = |checkpoints: &Checkpoints| -> Vec<(u64, Vec<u32>)> {
            checkpoints.early().map(|(id, kept)| (id.step, kept.counts.keys().copied().collect())).collect()
        };
        // Pieces of a checkpoint come for two strips when one of them is seeded.
        put(&mut checkpoints, 90, 0);
        put(&mut checkpoints, 90, 1);
        checkpoints.seeded(1, id(100));
        put(&mut checkpoints, 100, 1);
        assert_eq!(early(&checkpoints), [(90, vec![0]), (100, vec![1])]);
        // What others have all of meanwhile takes no seed that is waited for away, though it takes a checkpoint's.
        put(&mut checkpoints, 120, 1);
        checkpoints.forget_early_before(id(130));
        assert_eq!(early(&checkpoints), [(100, vec![1])]);
        // Another seed does; what comes of the older one after that goes with the next checkpoint.
        checkpoints.seeded(1, id(140));
        assert_eq!(early(&checkpoints), []);
        put(&mut checkpoints, 100, 1);
        put(&mut checkpoints, 140, 1);
        checkpoints.forget_early_before(id(150));
        assert_eq!(early(&checkpoints), [(140, vec![1])]);
        checkpoints.keep_seeds(|_, _| false);
        checkpoints.forget_early_before(id(150));
        assert_eq!((early(&checkpoints), checkpoints.bytes()), (vec![], 0));
    }

    #[test]
    fn an_old_checkpoint_that_is_given_takes_the_place_of_unfinished_ones() {
        let world = WorldSize::new(64, 16).unwrap();
        let mut checkpoints = Checkpoints::default();
        let checkpoint = |step| CheckpointId { epoch: 1, step };
        let expect = |checkpoints: &mut Checkpoints, step| {
            checkpoints.expect(checkpoint(step), Arc::new(equal(&[PeerId(1)], world)), Box::new(Globals::new(world)));
        };
        (20..20 + UNFINISHED_MAX as u64).for_each(|step| expect(&mut checkpoints, step));
        expect(&mut checkpoints, 9);
        checkpoints.put(checkpoint(9), 0, (0, 1), &band::encode(&[at(1)]), None);
        assert_eq!(checkpoints.held(), vec![checkpoint(9)]);
    }

    #[test]
    fn a_checkpoint_counts_when_every_strip_is_here() {
        let world = WorldSize::new(64, 16).unwrap();
        let (a, b) = (PeerId(1), PeerId(2));
        let id = CheckpointId { epoch: 3, step: 9 };
        let mut checkpoints = Checkpoints::default();
        let code = band::encode;
        checkpoints.put(id, 0, (0, 2), &code(&[at(1)]), None);
        checkpoints.expect(id, Arc::new(equal(&[a, b], world)), Box::new(Globals::new(world)));
        checkpoints.put(id, 1, (0, 1), &code(&[at(40), at(1)]), None);
        assert!(checkpoints.held().is_empty());
        checkpoints.put(id, 0, (1, 2), &code(&[at(5)]), None);
        assert_eq!(checkpoints.held(), vec![id]);
        let mut all = checkpoints.particles(id, world.rect()).unwrap();
        all.sort_unstable();
        // What an owner sent from outside its strip is not believed.
        assert_eq!(all, vec![at(1), at(5), at(40)]);
        assert_eq!(checkpoints.particles(id, Rect::new(4, 0, 64, 16)).unwrap().len(), 2);
        checkpoints.forget_from(9);
        assert_eq!(checkpoints.bytes(), 0);
    }

    #[test]
    fn the_older_the_fewer_are_kept_and_all_keep_the_same() {
        let world = WorldSize::new(64, 16).unwrap();
        let partition = Arc::new(equal(&[PeerId(1)], world));
        let secs = 1_000_000;
        // Two peers that look at different times.
        let kept = [0, 700_000].map(|late| {
            let mut checkpoints = Checkpoints::default();
            let mut most = 0;
            for second in 0..=900_u64 {
                if second % 5 == 0 {
                    let id = CheckpointId { epoch: 1, step: second * 30 };
                    let globals = Globals { tick: second * 60, ..Globals::new(world) };
                    checkpoints.expect(id, partition.clone(), Box::new(globals));
                    checkpoints.put(id, 0, (0, 1), &band::encode(&[at(1)]), None);
                }
                checkpoints.thin(1 + second * secs + late);
                most = most.max(checkpoints.held().len());
            }
            assert!(most <= CHECKPOINTS_MAX, "{most}");
            checkpoints.held()
        });
        assert_eq!(kept[0], kept[1]);
        let ages: Vec<u64> = kept[0].iter().map(|id| 900 - id.step / 30).collect();
        assert_eq!(ages.iter().filter(|&&age| age < 30).count(), 6, "{ages:?}");
        assert!(ages.windows(2).all(|w| w[0] - w[1] <= 60), "{ages:?}");
        assert!(ages[0] >= 540 && ages[0] <= 600, "{ages:?}");
    }

    #[test]
    fn where_the_bytes_are_used_up_the_oldest_go() {
        let world = WorldSize::new(64, 16).unwrap();
        let partition = Arc::new(equal(&[PeerId(1)], world));
        let mut checkpoints = Checkpoints::default();
        let large = vec![0; BYTES_MAX / 8];
        for step in 0..12 {
            let id = CheckpointId { epoch: 1, step };
            checkpoints.expect(id, partition.clone(), Box::new(Globals::new(world)));
            checkpoints.put(id, 0, (0, 1), &large, None);
            assert!(checkpoints.bytes() <= BYTES_MAX);
        }
        let steps: Vec<u64> = checkpoints.held().iter().map(|id| id.step).collect();
        assert_eq!(steps, (5..12).collect::<Vec<_>>());
    }
}
