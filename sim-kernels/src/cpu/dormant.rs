//! What strokes took away. It lies where it was, apart from all other particles, and nothing meets it; when its stroke is
//! undone it comes back there, at rest, where that is open. All backends keep it in this way, in memory of the host: of what
//! they do with particles only the taking away is theirs.
//!
//! It is state of its region as particles are: it lies in extracts, and so in bands, checkpoints and saves, and in digests
//! (see [`Particle::dormant`]).
//!
//! What is pasted comes to a backend in the same way: as the tick ends it is awake, and nothing has met it yet.

use super::store::{Store, cell_in_tile};
use crate::digest::{Digest, TileDigest};
use crate::geom::{Rect, TILE_AREA, TILE_CELLS, WorldSize};
use crate::globals::{CellOp, CellOpKind};
use crate::job::JobOutput;
use crate::order;
use crate::particle::Particle;
use crate::strokes::NUMBERS;
use crate::terrain::Terrain;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The most that lies dormant in a cell: four times what fills it.
pub const CELL_MAX: u32 = 16;

/// What lies dormant in a region, and what comes back as its next tick begins.
#[derive(Clone, Debug)]
pub struct Dormant {
    asleep: Store<Particle>,
    /// Particles like all others already, but that no backend has yet.
    awake: Store<Particle>,
    /// The digest of what is asleep, while that is as it was.
    digest: Option<Digest>,
}

impl Dormant {
    /// Nothing.
    pub fn new(size: WorldSize) -> Self {
        Self { asleep: Store::new(size), awake: Store::new(size), digest: None }
    }

    /// Keeps those of the particles that lie dormant within a rectangle; answers all others.
    pub fn sort_out<'a>(&mut self, particles: &'a [Particle], within: Rect) -> Cow<'a, [Particle]> {
        if !particles.iter().any(|p| p.is_dormant()) {
            return Cow::Borrowed(particles);
        }
        let (asleep, others): (Vec<Particle>, Vec<Particle>) = particles.iter().partition(|p| p.is_dormant());
        let inside = |p: &Particle| within.contains(p.cell().0, p.cell().1);
        self.keep_all(&asleep.into_iter().filter(inside).collect::<Vec<_>>());
        Cow::Owned(others)
    }

    /// As a tick begins: of strokes whose numbers are to be others' nothing is left.
    pub fn tick_begins(&mut self, ops: &[CellOp]) {
        for op in ops {
            let CellOpKind::Forget { from, to } = op.kind else { continue };
            self.change(|p| {
                let kept = !(from..to).contains(&p.taken_by());
                kept.then(|| super::ops::forgotten(p, from..to))
            });
        }
    }

    /// What strokes took away in a tick lies dormant from now on. Of a cell that would hold more than [`CELL_MAX`] what the
    /// oldest strokes took is gone for good; `newest` is the newest stroke's number.
    pub fn take(&mut self, taken: &[Particle], newest: u16) {
        self.keep_all(taken);
        let mut cells: BTreeMap<(i32, i32), [bool; TILE_AREA]> = BTreeMap::new();
        for p in taken {
            let (x, y) = p.cell();
            cells.entry((y / TILE_CELLS, x / TILE_CELLS)).or_insert([false; TILE_AREA])[cell_in_tile(*p)] = true;
        }
        for ((ty, tx), cells) in cells {
            let tile = self.asleep.tile_mut(tx, ty);
            if tile.counts().iter().all(|&count| count <= CELL_MAX) {
                continue;
            }
            let age = |p: &Particle| (newest + NUMBERS - 1 - p.taken_by()) % (NUMBERS - 1);
            tile.particles.sort_unstable_by_key(|p| (age(p), *p));
            let mut counts = [0; TILE_AREA];
            tile.particles.retain(|p| {
                let cell = cell_in_tile(*p);
                counts[cell] += 1;
                // A cell stands alone: others are as full as they came.
                counts[cell] <= CELL_MAX || !cells[cell]
            });
        }
    }

    /// What is awake, which is the backend's from now on: it joins all others before anything else is done in a tick.
    pub fn wake(&mut self) -> Vec<Particle> {
        let mut all = Vec::new();
        self.awake.tiles.iter_mut().for_each(|tile| all.append(&mut tile.particles));
        self.awake.prune();
        all
    }

    /// As a tick ends: what was pasted in it is there; what strokes took away that were undone in it wakes; what they themselves
    /// had added is gone. Of all that is gone again what a later command of the tick took away, and what then still lies in a
    /// wall. Where strokes keep nothing any more, `kept` tells which still do, by number; `newest` as in [`Self::take`].
    pub fn tick_ends(&mut self, ops: &[CellOp], terrain: &Terrain, newest: u16, kept: impl FnOnce() -> Vec<bool>) {
        for op in ops {
            match &op.kind {
                CellOpKind::Place(particles) => particles.iter().for_each(|p| self.awake.add(*p)),
                CellOpKind::Remove(stroke) => self.undo(*stroke),
                _ if op.takes_away() => self.take_awake(op, newest),
                _ => {}
            }
        }
        // Not before: whoever builds a wall in the same tick takes away what lies there, so that it comes back with an undo.
        for tile in &mut self.awake.tiles {
            tile.particles.retain(|p| !terrain.solid(p.cell().0, p.cell().1));
        }
        self.awake.prune();
        if !self.asleep.is_empty() && ops.iter().any(|op| op.kind == CellOpKind::Settle) {
            let kept = kept();
            self.change(|p| kept[usize::from(p.taken_by())].then_some(p));
        }
    }

    /// What a stroke added is gone, and what it took away wakes.
    fn undo(&mut self, stroke: u16) {
        self.awake.tiles.iter_mut().for_each(|tile| tile.particles.retain(|p| p.stroke() != stroke));
        self.awake.prune();
        let mut woken = Vec::new();
        self.change(|p| {
            if p.stroke() == stroke {
                return None;
            }
            if p.taken_by() != stroke {
                return Some(p);
            }
            woken.extend(p.woken());
            None
        });
        woken.into_iter().for_each(|p| self.awake.add(p));
    }

    /// A command takes away what has come into the touched cells in the same tick. It looks at no tile but those that it
    /// touches, since there may be as many commands in a tick as there is much that wakes.
    fn take_awake(&mut self, op: &CellOp, newest: u16) {
        let is_meant = |p: &Particle| match op.kind {
            CellOpKind::Take { material, .. } => p.material() == material,
            _ => true,
        };
        let touched = |p: &mut Particle| {
            let (x, y) = p.cell();
            op.rect.contains(x, y) && op.word(x, y) != 0 && is_meant(p)
        };
        let mut gone: Vec<Particle> = Vec::new();
        for tile in self.awake.tiles.iter_mut().filter(|tile| !tile.rect().intersect(op.rect).is_empty()) {
            gone.extend(tile.particles.extract_if(.., touched).filter_map(|p| p.taken(op.taking())));
        }
        self.awake.prune();
        self.take(&gone, newest);
    }

    /// As a job ends: what lies outside of its region is gone.
    pub fn keep(&mut self, region: Rect) {
        let before = self.asleep.len();
        self.asleep.keep(region);
        if self.asleep.len() != before {
            self.digest = None;
        }
        self.awake.keep(region);
    }

    /// Whether there is nothing, asleep or awake.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are, asleep and awake.
    pub fn len(&self) -> usize {
        self.asleep.len() + self.awake.len()
    }

    /// Adds what is here to what a backend answers of all else in a region.
    pub fn complete(&mut self, output: &mut JobOutput, rects: &[Rect], region: Rect) {
        output.dormant = self.asleep.len() as u64;
        output.particles += self.len() as u64;
        if self.is_empty() {
            return;
        }
        for (list, rect) in output.extracts.iter_mut().zip(rects) {
            let own = list.len();
            list.extend(self.asleep.extract(*rect));
            list.extend(self.awake.extract(*rect));
            if list.len() > own {
                *list = order::within(*rect, list.iter().map(|p| p.0), |i| list[i]);
            }
        }
        if let Some(digest) = &mut output.digest {
            let of = |store: &Store<Particle>| {
                store.iter().fold(Digest::default(), |mut sum, p| {
                    sum.add(Digest::of(p));
                    sum
                })
            };
            digest.add(*self.digest.get_or_insert_with(|| of(&self.asleep)));
            digest.add(of(&self.awake));
        }
        let first = region.x0 / TILE_CELLS;
        for tile in self.asleep.tiles.iter().chain(&self.awake.tiles) {
            output.columns[(tile.at[0] - first) as usize] += tile.particles.len() as u32;
        }
    }

    /// The same with the digests of tiles.
    pub fn complete_tiles(&self, output: &mut JobOutput, rect: Rect) {
        let own = self.asleep.tile_digests(rect).into_iter().chain(self.awake.tile_digests(rect));
        let mut own = own.peekable();
        if own.peek().is_none() {
            return;
        }
        let mut tiles: BTreeMap<[u16; 2], TileDigest> = BTreeMap::new();
        for one in std::mem::take(&mut output.tile_digests).into_iter().chain(own) {
            let [column, row] = one.tile;
            let sum = tiles.entry([row, column]).or_insert(TileDigest { tile: one.tile, ..TileDigest::default() });
            sum.particles += one.particles;
            sum.digest.add(one.digest);
        }
        output.tile_digests = tiles.into_values().collect();
        output.digest = Some(TileDigest::sum(&output.tile_digests));
        output.particles = output.tile_digests.iter().map(|t| u64::from(t.particles)).sum();
    }

    /// Adds what lies dormant.
    fn keep_all(&mut self, asleep: &[Particle]) {
        if !asleep.is_empty() {
            self.digest = None;
        }
        asleep.iter().for_each(|p| self.asleep.add(*p));
    }

    /// Changes each of what is asleep, or lets it go.
    fn change(&mut self, mut change: impl FnMut(Particle) -> Option<Particle>) {
        for tile in &mut self.asleep.tiles {
            tile.particles.retain_mut(|p| {
                let next = change(*p);
                if next != Some(*p) {
                    self.digest = None;
                }
                next.is_some_and(|next| {
                    *p = next;
                    true
                })
            });
        }
        self.asleep.prune();
    }
}
