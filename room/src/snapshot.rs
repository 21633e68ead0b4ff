//! Snapshots: every lending peer's copy of the whole room, as it was at the end of a step. They are kept in
//! the bands' code; a snapshot counts once every strip's pieces are here.

use crate::api::PeerId;
use crate::bandcode;
use crate::partition::Partition;
use crate::wire::SnapId;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::particle::Particle;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Particles in one piece.
const PIECE_PARTICLES: usize = 8192;
/// The most pieces of one strip.
const PIECES_MAX: u16 = 1024;
/// The most bytes kept in all.
const BYTES_MAX: usize = 256 << 20;
/// The most snapshots kept, the unfinished included.
const KEPT_MAX: usize = 4;
/// The most of which only pieces are known.
const EARLY_MAX: usize = 2;

#[derive(Debug, Default)]
struct Kept {
    expected: Option<(Arc<Partition>, Box<Globals>)>,
    /// By owner and piece.
    pieces: BTreeMap<(PeerId, u16), Vec<u8>>,
    counts: BTreeMap<PeerId, u16>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Snapshots {
    kept: BTreeMap<SnapId, Kept>,
    bytes: usize,
}

/// A region's snapshot on its way: coded piece by piece, so that no look at the room takes long.
#[derive(Debug)]
pub struct Outgoing {
    /// Which.
    pub id: SnapId,
    /// For whom, this peer perhaps included.
    pub to: Vec<PeerId>,
    particles: Vec<Particle>,
    next: u16,
}

impl Outgoing {
    /// All of a region's particles.
    pub fn new(id: SnapId, to: Vec<PeerId>, particles: Vec<Particle>) -> Self {
        Self { id, to, particles, next: 0 }
    }

    /// The next piece: its index, how many there are (at least one), and its code.
    pub fn piece(&mut self) -> Option<(u16, u16, Vec<u8>)> {
        let count = self.particles.len().div_ceil(PIECE_PARTICLES).clamp(1, usize::from(PIECES_MAX)) as u16;
        let index = self.next;
        if index >= count {
            return None;
        }
        self.next += 1;
        let from = usize::from(index) * PIECE_PARTICLES;
        let to = (from + PIECE_PARTICLES).min(self.particles.len());
        Some((index, count, bandcode::encode(&self.particles[from..to])))
    }
}

impl Snapshots {
    /// The log says that this peer gets a snapshot, and from whom.
    pub fn expect(&mut self, id: SnapId, partition: Arc<Partition>, globals: Box<Globals>) {
        self.kept.entry(id).or_default().expected = Some((partition, globals));
        while self.kept.len() > KEPT_MAX {
            // The oldest that is not the newest whole one goes first.
            let newest_whole = self.held().last().copied();
            let Some(oldest) = self.kept.keys().copied().find(|&k| Some(k) != newest_whole) else { break };
            self.remove(oldest);
        }
    }

    /// A piece arrived (it may come before the log's word).
    pub fn put(&mut self, id: SnapId, from: PeerId, index: u16, count: u16, code: &[u8]) {
        // Pieces may come before the log's word, but not push out what the log spoke of.
        let early = || self.kept.values().filter(|k| k.expected.is_none()).count() < EARLY_MAX;
        let known = self.kept.contains_key(&id) || early();
        if !known || count > PIECES_MAX || index >= count || self.bytes + code.len() > BYTES_MAX {
            return;
        }
        let kept = self.kept.entry(id).or_default();
        if *kept.counts.entry(from).or_insert(count) == count {
            self.bytes += code.len();
            if let Some(old) = kept.pieces.insert((from, index), code.to_vec()) {
                self.bytes -= old.len();
            }
        }
    }

    /// Snapshots of which everything is here, oldest first.
    pub fn held(&self) -> Vec<SnapId> {
        self.kept.iter().filter(|(_, k)| k.is_whole()).map(|(id, _)| *id).collect()
    }

    /// The globals at a snapshot.
    pub fn globals(&self, id: SnapId) -> Option<&Globals> {
        self.kept.get(&id)?.expected.as_ref().map(|e| &*e.1)
    }

    /// The particles inside a rectangle at a snapshot that is held whole.
    pub fn particles(&self, id: SnapId, rect: Rect) -> Option<Vec<Particle>> {
        let kept = self.kept.get(&id).filter(|k| k.is_whole())?;
        let mut all = Vec::new();
        let (partition, globals) = kept.expected.as_ref()?;
        for ((owner, _), code) in &kept.pieces {
            let Some(held) = partition.region(*owner, globals.size()) else { continue };
            let wanted = held.intersect(rect);
            if !wanted.is_empty() {
                let inside = |p: &Particle| wanted.contains(p.cell().0, p.cell().1);
                all.extend(bandcode::decode(code)?.into_iter().filter(inside));
            }
        }
        Some(all)
    }

    /// Particles in a snapshot, as its pieces say.
    pub fn count(&self, id: SnapId) -> u64 {
        self.kept.get(&id).map_or(0, |k| k.pieces.values().map(|code| bandcode::count(code)).sum())
    }

    /// Forgets what is older.
    pub fn forget_before(&mut self, id: SnapId) {
        while let Some((&oldest, _)) = self.kept.first_key_value() {
            if oldest >= id {
                break;
            }
            self.remove(oldest);
        }
    }

    /// Forgets everything but one (after a reset to it; nothing: after a new scene).
    pub fn keep_only(&mut self, id: Option<SnapId>) {
        let others: Vec<SnapId> = self.kept.keys().copied().filter(|&k| Some(k) != id).collect();
        others.into_iter().for_each(|k| self.remove(k));
    }

    fn remove(&mut self, id: SnapId) {
        if let Some(kept) = self.kept.remove(&id) {
            self.bytes -= kept.pieces.values().map(Vec::len).sum::<usize>();
        }
    }
}

impl Kept {
    fn is_whole(&self) -> bool {
        let Some((partition, _)) = &self.expected else { return false };
        partition.executors().all(|peer| {
            self.counts
                .get(&peer)
                .is_some_and(|&count| self.pieces.range((peer, 0)..=(peer, count)).count() == usize::from(count))
        })
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

    #[test]
    fn pieces_cover_everything() {
        let id = SnapId { epoch: 1, step: 1 };
        for count in [0, 1, PIECE_PARTICLES, PIECE_PARTICLES + 1, 3 * PIECE_PARTICLES - 1] {
            let mut out = Outgoing::new(id, vec![], (0..count).map(|i| at(i as i32 % 4000)).collect());
            let pieces: Vec<_> = std::iter::from_fn(|| out.piece()).collect();
            assert!(pieces.iter().enumerate().all(|(i, p)| usize::from(p.0) == i && usize::from(p.1) == pieces.len()));
            assert_eq!(pieces.iter().map(|p| bandcode::decode(&p.2).unwrap().len()).sum::<usize>(), count);
            assert!(!pieces.is_empty());
        }
    }

    #[test]
    fn a_snapshot_counts_when_every_strip_is_here() {
        let world = WorldSize::new(64, 16).unwrap();
        let (a, b) = (PeerId(1), PeerId(2));
        let id = SnapId { epoch: 3, step: 9 };
        let mut snaps = Snapshots::default();
        let code = bandcode::encode;
        snaps.put(id, a, 0, 2, &code(&[at(1)]));
        snaps.expect(id, Arc::new(equal(&[a, b], world)), Box::new(Globals::new(world)));
        snaps.put(id, b, 0, 1, &code(&[at(40), at(1)]));
        assert!(snaps.held().is_empty());
        snaps.put(id, a, 1, 2, &code(&[at(5)]));
        assert_eq!(snaps.held(), vec![id]);
        let mut all = snaps.particles(id, world.rect()).unwrap();
        all.sort_unstable();
        // What an owner sent from outside its strip is not believed.
        assert_eq!(all, vec![at(1), at(5), at(40)]);
        assert_eq!(snaps.particles(id, Rect::new(4, 0, 64, 16)).unwrap().len(), 2);
        snaps.forget_before(SnapId { epoch: 4, step: 0 });
        assert_eq!(snaps.bytes, 0);
    }
}
