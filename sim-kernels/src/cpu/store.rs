//! Where the particles are kept: by tile, only tiles that hold any, so that memory and work follow the
//! particles and not the world (but for one index a tile of the world, at most 64 KiB).

use crate::constants::MASS_PARTICLE_ONE;
use crate::digest::{Digest, TileDigest};
use crate::geom::{Rect, TILE_CELLS, WorldSize};
use crate::materials::mass;
use crate::particle::{Kept, MATERIAL_NONE, Particle};

/// Stands in the index for a tile that holds nothing.
const NO_TILE: u32 = u32::MAX;
/// Of so many emptied tiles the memory is kept: a stroke opens and closes a handful.
const SPARE_MAX: usize = 64;

/// The particles of one tile, in no particular order.
#[derive(Clone, Debug)]
pub struct Tile<K> {
    /// Tile column and row.
    pub at: [i32; 2],
    /// Never empty between operations, but for a moment.
    pub particles: Vec<K>,
    /// What [`Self::group`] has spared too little of since it last brought rows together: see [`super::lookup`].
    pub turns: usize,
}

impl<K: Kept> Tile<K> {
    /// The tile's cells.
    pub fn rect(&self) -> Rect {
        let (x, y) = (self.at[0] * TILE_CELLS, self.at[1] * TILE_CELLS);
        Rect::new(x, y, x + TILE_CELLS, y + TILE_CELLS)
    }

    /// Particles in each of the tile's cells, row by row.
    pub fn counts(&self) -> [u32; 256] {
        let mut counts = [0; 256];
        for p in &self.particles {
            counts[cell_in_tile(*p)] += 1;
        }
        counts
    }
}

impl<K: Kept> Tile<K> {
    /// Brings particles of one material together, where materials differ, and of these those in one row of cells, once it has cost
    /// as much that they were not.
    pub fn group(&mut self) {
        let mixed = K::CLASS.is_mixed() && !self.particles.is_sorted_by_key(|p| p.material());
        if mixed {
            bring_together::<_, 64>(&mut self.particles, |p| p.material() as usize);
        }
        if mixed || self.turns > self.particles.len() / 8 {
            self.turns = 0;
            for run in self.particles.chunk_by_mut(|a, b| a.material() == b.material()) {
                bring_together::<_, 16>(run, |p| cell_in_tile(*p) >> 4);
            }
        }
    }

    /// How full each of the tile's cells is, in particles of mass 1, row by row.
    pub fn crowds(&self) -> [u32; 256] {
        if !K::CLASS.is_mixed() {
            return self.counts();
        }
        let mut crowds = [0; 256];
        for p in &self.particles {
            crowds[cell_in_tile(*p)] += mass(K::CLASS, p.material()) as u32;
        }
        crowds.map(|sum: u32| sum.div_ceil(MASS_PARTICLE_ONE as u32))
    }
}

/// Brings those of each key together, in the order of keys, of which there are so many.
fn bring_together<T, const KEYS: usize>(all: &mut [T], key: impl Fn(&T) -> usize) {
    // Where those of each key end, then where the next of it goes.
    let mut ends = [0u32; KEYS];
    all.iter().for_each(|one| ends[key(one)] += 1);
    let (mut places, mut sum) = ([0; KEYS], 0);
    for (end, place) in ends.iter_mut().zip(&mut places) {
        *place = sum;
        sum += *end;
        *end = sum;
    }
    for own in 0..KEYS {
        while places[own] < ends[own] {
            let at = places[own] as usize;
            let its = key(&all[at]);
            all.swap(at, places[its] as usize);
            places[its] += 1;
        }
    }
}

/// The index of a particle's cell in its tile.
#[inline(always)]
pub fn cell_in_tile(p: impl Kept) -> usize {
    let (x, y) = p.cell();
    ((y & 15) << 4 | (x & 15)) as usize
}

impl<K: Kept> Clone for Store<K> {
    fn clone(&self) -> Self {
        let mut copy = Self::new(self.size);
        copy.clone_from(self);
        copy
    }

    /// In the memory that there is.
    fn clone_from(&mut self, from: &Self) {
        self.size = from.size;
        self.index.clone_from(&from.index);
        while self.tiles.len() > from.tiles.len() {
            let mut tile = self.tiles.pop();
            tile.iter_mut().for_each(|tile| tile.particles.clear());
            self.spare.extend(tile.map(|tile| tile.particles));
        }
        for (tile, from) in self.tiles.iter_mut().zip(&from.tiles) {
            (tile.at, tile.turns) = (from.at, from.turns);
            tile.particles.clone_from(&from.particles);
        }
        for from in &from.tiles[self.tiles.len()..] {
            let mut particles = self.spare.pop().unwrap_or_default();
            particles.clone_from(&from.particles);
            self.tiles.push(Tile { at: from.at, particles, turns: from.turns });
        }
        self.spare.truncate(SPARE_MAX);
    }
}

/// All tiles that hold particles, and an index from the world's tiles to them.
#[derive(Debug)]
pub struct Store<K> {
    /// The world's, in cells.
    size: WorldSize,
    /// By row and column of the world's tiles: the place in `tiles`, or [`NO_TILE`].
    index: Vec<u32>,
    /// In no particular order.
    pub tiles: Vec<Tile<K>>,
    /// Emptied tiles' memory, to be used again: nothing is in it.
    spare: Vec<Vec<K>>,
}

impl<K: Kept> Store<K> {
    /// An empty store.
    pub fn new(size: WorldSize) -> Self {
        let index = vec![NO_TILE; (size.tiles_x() * size.tiles_y()) as usize];
        Self { size, index, tiles: Vec::new(), spare: Vec::new() }
    }

    /// The world's size.
    pub fn size(&self) -> WorldSize {
        self.size
    }

    /// Particles in all tiles.
    pub fn len(&self) -> usize {
        self.tiles.iter().map(|t| t.particles.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of the tile at a tile column and row, if it holds particles.
    #[inline]
    pub fn find(&self, tx: i32, ty: i32) -> Option<usize> {
        if tx < 0 || ty < 0 || tx >= self.size.tiles_x() || ty >= self.size.tiles_y() {
            return None;
        }
        let slot = self.index[(ty * self.size.tiles_x() + tx) as usize];
        (slot != NO_TILE).then_some(slot as usize)
    }

    /// The tile at a tile column and row of the world, made if there is none.
    pub fn tile_mut(&mut self, tx: i32, ty: i32) -> &mut Tile<K> {
        let key = (ty * self.size.tiles_x() + tx) as usize;
        if self.index[key] == NO_TILE {
            self.index[key] = self.tiles.len() as u32;
            let particles = self.spare.pop().unwrap_or_default();
            self.tiles.push(Tile { at: [tx, ty], particles, turns: 0 });
        }
        &mut self.tiles[self.index[key] as usize]
    }

    /// Adds a particle; what lies outside the world, or is no particle, is ignored.
    pub fn add(&mut self, p: K) {
        let (x, y) = p.cell();
        if self.size.rect().contains(x, y) && p.material() != MATERIAL_NONE {
            self.tile_mut(x / TILE_CELLS, y / TILE_CELLS).particles.push(p);
        }
    }

    /// Drops the particles outside a rectangle of cells.
    pub fn keep(&mut self, rect: Rect) {
        for tile in &mut self.tiles {
            let own = tile.rect();
            if own.intersect(rect) == own {
                continue;
            }
            if own.intersect(rect).is_empty() {
                tile.particles.clear();
            } else {
                tile.particles.retain(|p| {
                    let (x, y) = p.cell();
                    rect.contains(x, y)
                });
            }
        }
        self.prune();
    }

    /// Drops the particles inside a rectangle of cells.
    pub fn keep_outside(&mut self, rect: Rect) {
        for tile in self.tiles.iter_mut().filter(|tile| !tile.rect().intersect(rect).is_empty()) {
            tile.particles.retain(|p| !rect.contains(p.cell().0, p.cell().1));
        }
        self.prune();
    }

    /// The particles outside a rectangle of cells, in no particular order.
    pub fn outside(&self, rect: Rect) -> Vec<Particle> {
        let mut out = Vec::new();
        for tile in self.tiles.iter().filter(|tile| tile.rect().intersect(rect) != tile.rect()) {
            let outside = tile.particles.iter().filter(|p| !rect.contains(p.cell().0, p.cell().1));
            out.extend(outside.map(|p| p.whole()));
        }
        out
    }

    /// Drops all particles.
    pub fn clear(&mut self) {
        self.tiles.iter_mut().for_each(|tile| tile.particles.clear());
        self.prune();
    }

    /// Forgets tiles that hold nothing.
    pub fn prune(&mut self) {
        let mut i = 0;
        while i < self.tiles.len() {
            if !self.tiles[i].particles.is_empty() {
                i += 1;
                continue;
            }
            let gone = self.tiles.swap_remove(i);
            self.index[(gone.at[1] * self.size.tiles_x() + gone.at[0]) as usize] = NO_TILE;
            if let Some(moved) = self.tiles.get(i) {
                self.index[(moved.at[1] * self.size.tiles_x() + moved.at[0]) as usize] = i as u32;
            }
            if self.spare.len() < SPARE_MAX {
                self.spare.push(gone.particles);
            }
        }
    }

    /// All particles.
    pub fn iter(&self) -> impl Iterator<Item = Particle> + '_ {
        self.tiles.iter().flat_map(|t| t.particles.iter().map(|p| p.whole()))
    }

    /// The particles in a rectangle of cells, in canonical order: tile row, tile column, bits.
    pub fn extract(&self, rect: Rect) -> Vec<Particle> {
        let mut tiles: Vec<&Tile<K>> = self.tiles.iter().filter(|t| !t.rect().intersect(rect).is_empty()).collect();
        tiles.sort_unstable_by_key(|t| (t.at[1], t.at[0]));
        let mut out = Vec::new();
        for tile in tiles {
            let start = out.len();
            let within = tile.particles.iter().filter(|p| {
                let (x, y) = p.cell();
                rect.contains(x, y)
            });
            out.extend(within.map(|p| p.whole()));
            out[start..].sort_unstable();
        }
        out
    }

    /// The digests of the tiles of a rectangle of cells that hold particles there, by row and column.
    pub fn tile_digests(&self, rect: Rect) -> Vec<TileDigest> {
        let one = |tile: &Tile<K>| {
            let mut sum = TileDigest { tile: tile.at.map(|t| t as u16), ..TileDigest::default() };
            for &p in &tile.particles {
                let (x, y) = p.cell();
                if rect.contains(x, y) {
                    sum.particles += 1;
                    sum.digest.add(Digest::of(p.whole()));
                }
            }
            sum
        };
        let touched = self.tiles.iter().filter(|t| !t.rect().intersect(rect).is_empty());
        let mut tiles: Vec<TileDigest> = touched.map(one).filter(|t| t.particles > 0).collect();
        tiles.sort_unstable_by_key(|t| (t.tile[1], t.tile[0]));
        tiles
    }
}
