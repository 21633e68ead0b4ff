//! One substep over all tiles: scatter, grid, gather, and the move of particles between tiles.
//!
//! Threads need no atomics: a tile scatters onto a grid of its own, one node wider than the tile on every
//! side; then it sums, for these 18 x 18 nodes, its own grid and the overlap of its eight neighbours', and
//! gathers from that. A tile's nodes at the border are worked out by up to four tiles, alike.

use super::g2p::Substep;
use super::lookup::Lookup;
use super::many::{self, Around, MANY, Shares};
use super::react::Touches;
use super::store::{Store, Tile, cell_in_tile};
use super::walls::{Image, SolidMask};
use super::weights;
use super::{g2p, grid, p2g, walls};
use crate::constants::{APRON, MASS_PARTICLE_MAX, MASS_PARTICLE_ONE, OVERFULL, WEIGHT_ONE};
use crate::digest::{Digest, hash4};
use crate::fixed::overfull_shift;
use crate::geom::{Rect, TILE_AREA, TILE_CELLS};
use crate::grabs::Pull;
use crate::materials::{Class, EXTRA_WORDS, heat, holds, stays, thermal};
use crate::particle::{Kept, NO_PARTICLE, Particle};
use crate::terrain::Terrain;

/// Nodes along the edge of a tile with its apron.
pub const EDGE: usize = APRON as usize;
/// Nodes of a tile with its apron.
pub const NODES: usize = EDGE * EDGE;

/// With so many particles a tile's mass fits its nodes, wherever they lie.
const PARTICLES_UNCOUNTED: usize = (i32::MAX / WEIGHT_ONE) as usize;

/// The nodes of a tile with its apron, row by row: (momentum x, momentum y, mass, volume) after the scatter, the volume 0
/// where there is water alone; (velocity x, velocity y, density, heft) after the grid stage.
pub type Grid = [[i32; 4]; NODES];

/// The same of the heat of the nodes: what they are given (see [`heat::scattered`]).
type HeatGrid = [[i32; 2]; NODES];

/// Which cells are solid within two cells of a tile: bit `x - x0 + 2` of row `y - y0 + 2`.
pub struct SolidRows {
    /// 20 bits each, from two cells below the tile.
    rows: [u32; EDGE + 2],
    /// Whether a bit is set at all: most tiles have no wall near them.
    any: bool,
    /// The rows of the tile's own cells in and around which any is set, a bit each.
    walled: u32,
    /// The cell of bit 0 of the first row.
    origin: [i32; 2],
}

impl SolidRows {
    /// Looks the terrain up.
    pub fn new(terrain: &Terrain, touches: &Touches, at: [i32; 2]) -> Self {
        let origin = [at[0] * TILE_CELLS - 2, at[1] * TILE_CELLS - 2];
        let mut rows = std::array::from_fn(|r| terrain.row_bits(origin[0], origin[1] + r as i32) & 0xf_ffff);
        if let Some(still) = touches.still_rows(at) {
            rows.iter_mut().zip(still).for_each(|(row, still)| *row |= still);
        }
        let within = |r: u32| r >> 1 & 0x3_ffff;
        let is_walled = |y: usize| within(rows[y + 1] | rows[y + 2] | rows[y + 3]) != 0;
        let walled = (0..TILE_CELLS as usize).map(|y| u32::from(is_walled(y)) << y).sum();
        Self { rows, any: rows.iter().any(|&r| r != 0), walled, origin }
    }

    /// Whether a cell within two cells of the tile is solid.
    #[inline(always)]
    pub fn solid(&self, x: i32, y: i32) -> bool {
        self.any && self.rows[(y - self.origin[1]) as usize] >> (x - self.origin[0]) & 1 != 0
    }

    /// The 3 x 3 mask around the particle's cell.
    #[inline(always)]
    fn around(&self, p: impl Kept) -> SolidMask {
        let cell = cell_in_tile(p);
        if self.walled >> (cell >> 4) & 1 == 0 {
            return 0;
        }
        self.mask((cell & 15) + 1, (cell >> 4) + 1)
    }

    /// The 3 x 3 mask of a node of the apron grid.
    #[inline(always)]
    pub fn mask(&self, nx: usize, ny: usize) -> SolidMask {
        let three = |r: u32| r >> nx & 7;
        three(self.rows[ny]) | three(self.rows[ny + 1]) << 3 | three(self.rows[ny + 2]) << 6
    }
}

/// What a substep needs beside the particles; kept to be used again.
#[derive(Debug)]
pub struct Scratch<K> {
    /// What each tile scattered, in the order of the store's tiles.
    grids: Vec<Grid>,
    /// The same of heat; none without it.
    heats: Vec<HeatGrid>,
    /// Particles that left each tile in this substep.
    leavers: Vec<Vec<K>>,
    /// What lay where as the tick began.
    pub touches: Touches,
}

impl<K> Default for Scratch<K> {
    fn default() -> Self {
        Self { grids: Vec::new(), heats: Vec::new(), leavers: Vec::new(), touches: Touches::default() }
    }
}

/// Runs one substep. `threads`: use the current rayon pool.
pub fn substep<K: Kept>(
    store: &mut Store<K>,
    scratch: &mut Scratch<K>,
    terrain: &Terrain,
    with: Substep<'_>,
    threads: bool,
) {
    scatter_all(store, scratch, terrain, K::CLASS.has_heat(), threads);
    let touches = std::mem::take(&mut scratch.touches);
    scratch.leavers.resize_with(store.tiles.len(), Vec::new);
    let mut tiles = std::mem::take(&mut store.tiles);
    let (grids, heats, found) = (&scratch.grids, &scratch.heats, &*store);
    for_each(&mut tiles, &mut scratch.leavers, threads, |_, tile, leavers| {
        let mut nodes = summed(found, grids, tile.at);
        let solid = SolidRows::new(terrain, &touches, tile.at);
        grid_in_lanes::<K>(&mut nodes, &solid, with.gravity);
        let node = |[conducts, sum]: [i32; 2]| heat::node(conducts, sum);
        let heats = K::CLASS.has_heat().then(|| summed(found, heats, tile.at).map(node));
        let heats = heats.as_ref().map_or(&[][..], |heats| &heats[..]);
        let pulls = near(with.pulls, tile.rect());
        gather_in_lanes(tile, Nodes { moves: &nodes, heats }, &solid, leavers, Substep { pulls: &pulls, ..with });
    });
    store.tiles = tiles;
    scratch.touches = touches;
    for i in 0..scratch.leavers.len() {
        let mut leavers = std::mem::take(&mut scratch.leavers[i]);
        for p in leavers.drain(..) {
            store.add(p);
        }
        scratch.leavers[i] = leavers;
    }
    store.prune();
}

/// Scatters every tile onto its own grid; `heat`: their heat, too.
pub fn scatter_all<K: Kept>(
    store: &mut Store<K>,
    scratch: &mut Scratch<K>,
    terrain: &Terrain,
    heat: bool,
    threads: bool,
) {
    scratch.grids.resize(store.tiles.len(), [[0; 4]; NODES]);
    let hot = if heat { store.tiles.len() } else { 0 };
    scratch.heats.resize(scratch.heats.len().max(hot), [[0; 2]; NODES]);
    let mut heats = scratch.heats[..hot].iter_mut();
    let mut sums: Vec<Sums<'_>> = scratch.grids.iter_mut().map(|moves| Sums { moves, heats: heats.next() }).collect();
    let touches = &scratch.touches;
    for_each(&mut store.tiles, &mut sums, threads, |_, tile, sums| {
        tile.group();
        let Sums { moves, heats } = sums;
        scatter_in_lanes(tile, Sums { moves, heats: heats.as_deref_mut() }, &SolidRows::new(terrain, touches, tile.at));
    });
}

impl<K: Kept> Scratch<K> {
    /// A tile's nodes after [`scatter_all`], its neighbours' contributions included.
    pub fn summed(&self, store: &Store<K>, at: [i32; 2]) -> Grid {
        summed(store, &self.grids, at)
    }
}

/// What a tile scatters onto.
struct Sums<'a> {
    /// Its own grid.
    moves: &'a mut Grid,
    /// The same of heat, where that is wanted.
    heats: Option<&'a mut HeatGrid>,
}

impl Sums<'_> {
    /// Adds to a node.
    #[inline(always)]
    fn add(&mut self, node: usize, add: [i32; 4]) {
        let node = &mut self.moves[node];
        // What overflows is of an overfull cell, and is thrown away: see `scatter_tile`.
        *node = p2g::lanes(|l| node[l].wrapping_add(add[l]));
    }

    /// The same of heat, where that is wanted.
    #[inline(always)]
    fn add_heat(&mut self, node: usize, add: [i32; 2]) {
        if let Some(heats) = &mut self.heats {
            let node = &mut heats[node];
            *node = [node[0] + add[0], node[1] + add[1]];
        }
    }
}

/// Scatters a tile's particles onto its own grid.
#[inline(always)]
fn scatter_tile<K: Kept>(tile: &Tile<K>, mut sums: Sums<'_>, solid: &SolidRows) {
    *sums.moves = [[0; 4]; NODES];
    if let Some(heats) = &mut sums.heats {
        **heats = [[0; 2]; NODES];
    }
    // A particle gives its own node a quarter of its mass at least, so that the sums tell whether a cell of water is overfull, and
    // most tiles need not be counted.
    let seems_open = !K::CLASS.is_mixed() && tile.particles.len() < PARTICLES_UNCOUNTED;
    if seems_open {
        scatter_onto(tile, &mut sums, solid, None);
        let fullest = sums.moves.iter().fold(0, |most, node| most.max(node[2]));
        if fullest <= OVERFULL * WEIGHT_ONE / 4 {
            return;
        }
    }
    let crowded = crowded(tile);
    if seems_open {
        if crowded.is_none() {
            return;
        }
        *sums.moves = [[0; 4]; NODES];
    }
    scatter_onto(tile, &mut sums, solid, crowded.as_ref());
}

/// The same by how crowded the tile's cells are, if one of them is overfull.
#[inline(always)]
fn scatter_onto<K: Kept>(tile: &Tile<K>, sums: &mut Sums<'_>, solid: &SolidRows, crowded: Option<&[u32; TILE_AREA]>) {
    let (mut bits, mut shares) = ([[0; MANY]; 4 + EXTRA_WORDS], Shares::NONE);
    let mut done = 0;
    while done < tile.particles.len() {
        let rest = &tile.particles[done..];
        let (count, many) = many::run(K::CLASS, rest.iter().map(|p| p.material()));
        let particles = &rest[..count];
        if many && crowded.is_none() {
            particles.iter().enumerate().for_each(|(i, p)| many::put(K::CLASS, &mut bits, i, p.whole()));
            many::scatter(K::CLASS, particles[0].material(), &bits, &mut shares);
            add_many(particles, &shares, sums, solid);
        } else {
            let shift = |p: K| crowded.map_or(0, |c| overfull_shift(c[cell_in_tile(p)]));
            particles.iter().for_each(|&p| scatter_one(p, shift(p), sums, solid));
        }
        done += count;
    }
}

/// Scatters a particle of a cell whose weights are shifted by so much.
#[inline(always)]
fn scatter_one<K: Kept>(p: K, shift: u32, sums: &mut Sums<'_>, solid: &SolidRows) {
    let (f, corner) = (p.unpack(), lowest_node(p));
    // To what stays where it is there are no walls: heat goes on through them.
    let stays = stays(K::CLASS, f.material);
    let around = if stays { 0 } else { solid.around(p) };
    if !stays {
        let scatter = p2g::scatter(K::CLASS, &f);
        for k in 0..9 {
            let (to, add) = if around == 0 {
                (k, scatter.node(K::CLASS, k, shift))
            } else {
                scatter.node_mirrored(K::CLASS, k, shift, around)
            };
            sums.add(stencil_node(corner, to), add);
        }
    }
    if sums.heats.is_some() {
        let w = weights::of(&f);
        let nine = heat::scattered(thermal(f.material), &f, w.map(|w| w >> shift));
        for (k, add) in nine.into_iter().enumerate() {
            let to = if around == 0 { k } else { walls::image(k, around).k };
            sums.add_heat(stencil_node(corner, to), add);
        }
    }
}

/// Adds what particles of one material give, none of them in an overfull cell, and none that stays where it is.
#[allow(clippy::needless_range_loop, reason = "nodes and particles share the arrays")]
#[inline(always)]
fn add_many<K: Kept>(particles: &[K], shares: &Shares, sums: &mut Sums<'_>, solid: &SolidRows) {
    let holds = holds(K::CLASS, particles[0].material());
    let mut images = walls::Images::default();
    for (i, &p) in particles.iter().enumerate() {
        let (corner, around) = (lowest_node(p), solid.around(p));
        if around == 0 {
            for k in 0..9 {
                sums.add(stencil_node(corner, k), shares.moves[k][i]);
            }
        } else {
            for (k, image) in images.among(around).iter().enumerate() {
                let (to, add) = p2g::mirrored(shares.moves[k][i], *image, holds);
                sums.add(stencil_node(corner, to), add);
            }
        }
        if K::CLASS.has_heat() && sums.heats.is_some() {
            for k in 0..9 {
                let to = if around == 0 { k } else { walls::image(k, around).k };
                sums.add_heat(stencil_node(corner, to), shares.heats[k][i]);
            }
        }
    }
}

/// How full a tile's cells are, if one of them is overfull.
#[inline(always)]
fn crowded<K: Kept>(tile: &Tile<K>) -> Option<[u32; TILE_AREA]> {
    let heaviest = match K::CLASS {
        Class::Water | Class::Labelled => 1,
        Class::All | Class::Hot => MASS_PARTICLE_MAX / MASS_PARTICLE_ONE,
    };
    // A cell of a tile with no more particles than that cannot be.
    let crowds = (tile.particles.len() > (OVERFULL / heaviest) as usize).then(|| tile.crowds());
    crowds.filter(|c| c.iter().any(|&n| n > OVERFULL as u32))
}

/// The lower left of a particle's nine nodes: its cell's coordinates in the tile are those of this node in
/// the apron grid.
#[inline(always)]
fn lowest_node(p: impl Kept) -> usize {
    corner_of(cell_in_tile(p))
}

/// The same by the cell's index in the tile.
#[inline(always)]
fn corner_of(cell: usize) -> usize {
    (cell >> 4) * EDGE + (cell & 15)
}

/// Node `k` of the nine whose lower left is this one.
#[inline(always)]
fn stencil_node(corner: usize, k: usize) -> usize {
    corner + k / 3 * EDGE + k % 3
}

/// A tile's own grid with what its eight neighbours' grids have for the same nodes. Momentum and mass of all that scatter
/// to a node fit 32 bits: see [`crate::constants`].
fn summed<K: Kept, const LANES: usize>(
    store: &Store<K>,
    grids: &[[[i32; LANES]; NODES]],
    at: [i32; 2],
) -> [[i32; LANES]; NODES] {
    let own = store.find(at[0], at[1]).map_or([[0; LANES]; NODES], |i| grids[i]);
    let mut sum = own;
    for (dx, dy) in [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
        let Some(i) = store.find(at[0] + dx, at[1] + dy) else { continue };
        let (mine_x, its_x, nx) = overlap(dx);
        let (mine_y, its_y, ny) = overlap(dy);
        for r in 0..ny {
            for c in 0..nx {
                let with = grids[i][(its_y + r) * EDGE + its_x + c];
                let node = &mut sum[(mine_y + r) * EDGE + mine_x + c];
                for k in 0..LANES {
                    node[k] += with[k];
                }
            }
        }
    }
    sum
}

/// Where a neighbour's apron grid overlaps one's own along an axis: first node here, first there, how many.
fn overlap(d: i32) -> (usize, usize, usize) {
    let last = TILE_CELLS as usize;
    match d {
        -1 => (0, last, 2),
        1 => (last, 0, 2),
        _ => (0, 0, EDGE),
    }
}

/// The grid stage of a tile's summed nodes, in place.
#[inline(always)]
fn grid_stage<K: Kept>(nodes: &mut Grid, solid: &SolidRows, gravity: [i32; 2]) {
    if !solid.any {
        // Without a branch, so that it is done to several nodes at a time.
        for n in nodes {
            let [mx, my, mass, volume] = *n;
            let volume = if K::CLASS.is_mixed() { volume } else { mass };
            *n = grid::node([mx, my, mass, volume], gravity, 0);
        }
        return;
    }
    for ny in 0..EDGE {
        for nx in 0..EDGE {
            let n = &mut nodes[ny * EDGE + nx];
            let [mx, my, mass, volume] = *n;
            let volume = if K::CLASS.is_mixed() { volume } else { mass };
            *n = grid::node([mx, my, mass, volume], gravity, solid.mask(nx, ny));
        }
    }
}

/// The grabs that reach a tile's particles.
fn near(pulls: &[Pull], tile: Rect) -> Vec<Pull> {
    pulls.iter().filter(|pull| !pull.rect().intersect(tile).is_empty()).copied().collect()
}

/// What a tile's particles gather from.
#[derive(Clone, Copy)]
struct Nodes<'a> {
    /// After the grid stage.
    moves: &'a Grid,
    /// Temperatures; none without heat.
    heats: &'a [i32],
}

/// Advances a tile's particles; those that leave it go to `leavers`.
#[inline(always)]
fn gather_tile<K: Kept>(
    tile: &mut Tile<K>,
    nodes: Nodes<'_>,
    solid: &SolidRows,
    leavers: &mut Vec<K>,
    with: Substep<'_>,
    lookup: Lookup,
) {
    match K::CLASS {
        Class::Water | Class::Labelled => gather_packed::<K, many::Wet>(tile, nodes, solid, leavers, with, lookup),
        Class::All => gather_packed::<K, many::Cool>(tile, nodes, solid, leavers, with, lookup),
        Class::Hot => gather_packed::<K, many::Warm>(tile, nodes, solid, leavers, with, lookup),
    }
}

/// By nodes in fewer words.
#[inline(always)]
fn gather_packed<K: Kept, N: many::Node>(
    tile: &mut Tile<K>,
    nodes: Nodes<'_>,
    solid: &SolidRows,
    leavers: &mut Vec<K>,
    with: Substep<'_>,
    lookup: Lookup,
) {
    let node = |i: usize| N::pack(nodes.moves[i], if K::CLASS.has_heat() { nodes.heats[i] } else { 0 });
    if matches!(lookup, Lookup::OneByOne) {
        let packed: [N; NODES] = std::array::from_fn(node);
        let copy = |cells: &[u32; MANY], count: usize, near: &mut Around| {
            for (i, &cell) in cells.iter().enumerate().take(count) {
                let corner = corner_of(cell as usize);
                (0..9).for_each(|k| many::put_node(near, k, i, packed[stencil_node(corner, k)]));
            }
            0
        };
        gather_by(tile, |i| packed[i], copy, solid, leavers, with);
        return;
    }
    let mut planes = [[[0; EDGE]; EDGE]; 4];
    for i in 0..NODES {
        let node = node(i);
        (0..N::WORDS).for_each(|word| planes[word].as_flattened_mut()[i] = node.word(word));
    }
    let planes = &planes[..N::WORDS];
    // SAFETY: those of `in_lanes` that name a width of vectors have just found the machine to have it.
    let look = |cells: &[u32; MANY], count, near: &mut Around| unsafe { lookup.look(planes, cells, count, near) };
    let node = |i: usize| N::of_words(|word| planes.get(word).map_or(0, |plane| plane.as_flattened()[i]));
    gather_by(tile, node, look, solid, leavers, with);
}

/// By nodes, and by how those around many particles are brought to them: of particles in these cells of the tile, so many; that
/// answers how many turns it took that a tile in order would have spared.
#[inline(always)]
fn gather_by<K: Kept, N: many::Node>(
    tile: &mut Tile<K>,
    node: impl Fn(usize) -> N,
    mut bring: impl FnMut(&[u32; MANY], usize, &mut Around) -> usize,
    solid: &SolidRows,
    leavers: &mut Vec<K>,
    with: Substep<'_>,
) {
    let home = tile.rect();
    let (mut bits, mut next) = ([[0; MANY]; 4 + EXTRA_WORDS], [[0; MANY]; 4 + EXTRA_WORDS]);
    let (mut near, mut walls, mut cells) = ([[[0; MANY]; 4]; 9], [0; MANY], [0; MANY]);
    let mut images = walls::Images::default();
    // Where particles are put together: not one after another where they go, or each would wait for its own words to be written.
    let mut moved = [K::keep(NO_PARTICLE); MANY];
    // Those that stay move up into the places of those that leave.
    let (mut done, mut stay) = (0, 0);
    while done < tile.particles.len() {
        let particles = &tile.particles[done..];
        let (count, many) = many::run(K::CLASS, particles.iter().map(|p| p.material()));
        let many = many && with.pulls.is_empty();
        let code = particles[0].material();
        let mut walled = solid.any;
        if many {
            for (i, &p) in particles[..count].iter().enumerate() {
                many::put(K::CLASS, &mut bits, i, p.whole());
            }
            for i in 0..MANY {
                cells[i] = bits[1][i] >> 8 & 0xf0 | bits[0][i] >> 12 & 15;
            }
            tile.turns += bring(&cells, count, &mut near);
            let rows = (0..count).fold(0, |rows, i| rows | 1 << (cells[i] >> 4));
            walled = solid.walled & rows != 0;
            if walled {
                let holds = holds(K::CLASS, code);
                for i in 0..count {
                    let (cx, cy) = (cells[i] as usize & 15, cells[i] as usize >> 4);
                    walls[i] = solid.mask(cx + 1, cy + 1);
                    if walls[i] != 0 {
                        let nine = (walls[i], images.among(walls[i]));
                        found(corner_of(cells[i] as usize), &node, nine, holds, |k, node| {
                            many::put_node(&mut near, k, i, node);
                        });
                    }
                }
            } else {
                walls = [0; MANY];
            }
            many::advance::<N>(K::CLASS, code, &bits, (&near, &walls), with, &mut next);
            for (i, &p) in particles[..count].iter().enumerate() {
                // What no kernel of water reads it carries along.
                let words = many::particle(K::CLASS, &next, i);
                moved[i] = K::keep(if K::CLASS.is_mixed() { words } else { Particle(words.0, p.whole().1) });
            }
        }
        // Where neither walls nor heat are, all are done.
        if !many || walled || K::CLASS.has_heat() {
            for (i, &p) in particles[..count].iter().enumerate() {
                if !many || !many::is_done(K::CLASS, p.whole(), moved[i].whole(), walls[i]) {
                    moved[i] = advance_one(p, &node, solid, with);
                }
            }
        }
        let stays = |p: K| home.contains(p.cell().0, p.cell().1);
        if moved[..count].iter().fold(true, |all, &p| all & stays(p)) {
            tile.particles[stay..stay + count].copy_from_slice(&moved[..count]);
            stay += count;
        } else {
            for &p in &moved[..count] {
                if stays(p) {
                    tile.particles[stay] = p;
                    stay += 1;
                } else {
                    leavers.push(p);
                }
            }
        }
        done += count;
    }
    tile.particles.truncate(stay);
    // As many as there are rows it takes at best.
    tile.turns = tile.turns.saturating_sub(TILE_CELLS as usize);
}

/// Tells of the nine nodes around a particle, of which the lowest left is named: of their images among the solid cells around it.
#[inline(always)]
fn found<N: many::Node>(
    corner: usize,
    node: impl Fn(usize) -> N,
    (around, images): (SolidMask, &[Image; 9]),
    holds: bool,
    mut tell: impl FnMut(usize, N),
) {
    let node = |k: usize| node(stencil_node(corner, k));
    for (k, &image) in images.iter().enumerate() {
        let heat = node(image.k).heat();
        tell(k, N::pack(g2p::mirrored(|k| node(k).moves(), around, (k, image), holds), heat));
    }
}

/// A particle a substep later.
fn advance_one<K: Kept, N: many::Node>(p: K, node: impl Fn(usize) -> N, solid: &SolidRows, with: Substep<'_>) -> K {
    let f = p.unpack();
    let around = if stays(K::CLASS, f.material) { 0 } else { solid.around(p) };
    let corner = lowest_node(p);
    let mut near: [N; 9] = std::array::from_fn(|k| node(stencil_node(corner, k)));
    if around != 0 {
        let nine = std::array::from_fn(|k| walls::image(k, around));
        found(corner, node, (around, &nine), holds(K::CLASS, f.material), |k, node| near[k] = node);
    }
    let mut gathered = g2p::Gather::of(&f, |k| near[k].moves());
    if K::CLASS.has_heat() {
        gathered = gathered.with_heat(thermal(f.material), &f, |k| near[k].heat());
    }
    K::pack(g2p::advance(K::CLASS, &f, &gathered, |x, y| solid.solid(x, y), around != 0, with))
}

/// Adds the digest of a tile's particles.
#[inline(always)]
fn digest_tile<K: Kept>(tile: &Tile<K>, sum: &mut Digest) {
    if K::CLASS == Class::Water {
        // Of nothing but 16 bytes, so that vectors do it.
        for p in &tile.particles {
            sum.add(Digest(hash4(p.whole().0)));
        }
    } else {
        tile.particles.iter().for_each(|p| sum.add(Digest::of(p.whole())));
    }
}

/// Defines a tile's work several times, plainly and for the vectors of x86, and takes the widest that the machine has: the same
/// integers, in lanes.
macro_rules! in_lanes {
    ($(#[$meta:meta])* $vis:vis $name:ident$(<$kept:ident>)? = $plain:ident($($arg:ident: $type:ty),* $(; $with:ident)?)) => {
        $(#[$meta])*
        #[inline]
        $vis fn $name$(<$kept: Kept>)?($($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn avx2$(<$kept: Kept>)?($($arg: $type),*) {
                    $plain$(::<$kept>)?($($arg),* $(, $with::InEights)?);
                }
                #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
                fn avx512$(<$kept: Kept>)?($($arg: $type),*) {
                    $plain$(::<$kept>)?($($arg),* $(, $with::InSixteens)?);
                }
                if std::arch::is_x86_feature_detected!("avx512vl")
                    && std::arch::is_x86_feature_detected!("avx512bw")
                    && std::arch::is_x86_feature_detected!("avx512dq")
                {
                    // SAFETY: the machine has just been found to have them, and the first of them with the second.
                    unsafe { avx512$(::<$kept>)?($($arg),*) };
                    return;
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the machine has just been found to have AVX2.
                    unsafe { avx2$(::<$kept>)?($($arg),*) };
                    return;
                }
            }
            $plain$(::<$kept>)?($($arg),* $(, $with::OneByOne)?);
        }
    };
}
in_lanes!(scatter_in_lanes<K> = scatter_tile(tile: &Tile<K>, sums: Sums<'_>, solid: &SolidRows));
in_lanes!(grid_in_lanes<K> = grid_stage(nodes: &mut Grid, solid: &SolidRows, gravity: [i32; 2]));
in_lanes!(gather_in_lanes<K> = gather_tile(
    tile: &mut Tile<K>, nodes: Nodes<'_>, solid: &SolidRows, leavers: &mut Vec<K>, with: Substep<'_>; Lookup));
in_lanes!(
    /// Adds the digest of a tile's particles.
    pub digest_in_lanes<K> = digest_tile(tile: &Tile<K>, sum: &mut Digest));

/// Does the work on each pair with its index, on the current rayon pool if `threads`.
pub fn for_each<A: Send, B: Send>(
    a: &mut [A],
    b: &mut [B],
    threads: bool,
    work: impl Fn(usize, &mut A, &mut B) + Send + Sync,
) {
    #[cfg(feature = "threads")]
    if threads {
        use rayon::prelude::*;
        a.par_iter_mut().zip(b.par_iter_mut()).enumerate().for_each(|(i, (a, b))| work(i, a, b));
        return;
    }
    let _ = threads;
    a.iter_mut().zip(b).enumerate().for_each(|(i, (a, b))| work(i, a, b));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::WorldSize;
    use crate::materials::{COUNT, HEAT, WATER, is_still};
    use crate::particle::{Hot, Water};

    /// A tile with particles of every state and speed, each of one of these materials; `spread`: over so many of its cells.
    fn tile<K: Kept>(particles: u32, spread: u32, materials: &[u32]) -> Tile<K> {
        let mut seed = 1u64;
        let mut draw = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 32) as u32
        };
        let one = |_| {
            let cell = draw() % spread;
            let at = |cell: u32, part: u32| (16 + cell) << 12 | part & 4095;
            let (x, y) = (at(cell & 15, draw()), at(cell >> 4, draw()));
            let material = materials[draw() as usize % materials.len()];
            let mut words = [0; EXTRA_WORDS];
            words.fill_with(&mut draw);
            // Near the air's temperature, too, where materials stay what they are.
            if draw() & 7 > 0 {
                words[HEAT] = words[HEAT] & 0xffff_0000 | words[HEAT] & 127;
            }
            let bits = [x | draw() << 24, y | (draw() & 15) << 22 | material << 26, draw(), draw()];
            K::keep(Particle(bits, words).canonical())
        };
        Tile { at: [1, 1], particles: (0..particles).map(one).collect(), turns: 0 }
    }

    /// The same one by one, plainly, and in the widest vectors that there are.
    fn compare<K: Kept>(terrain: &Terrain, mut tile: Tile<K>) {
        tile.group();
        let solid = SolidRows::new(terrain, &Touches::default(), tile.at);
        type Made = (Grid, HeatGrid);
        let scattered = |scatter: &dyn Fn(Sums<'_>)| {
            let (mut moves, mut heats): Made = ([[0; 4]; NODES], [[0; 2]; NODES]);
            scatter(Sums { moves: &mut moves, heats: K::CLASS.has_heat().then_some(&mut heats) });
            (moves, heats)
        };
        let crowded = crowded(&tile);
        let each = scattered(&|mut sums| {
            for &p in &tile.particles {
                let shift = crowded.as_ref().map_or(0, |c| overfull_shift(c[cell_in_tile(p)]));
                scatter_one(p, shift, &mut sums, &solid);
            }
        });
        assert!(each == scattered(&|sums| scatter_tile(&tile, sums, &solid)));
        assert!(each == scattered(&|sums| scatter_in_lanes(&tile, sums, &solid)));
        let (mut plain, mut vectors) = (each.0, each.0);
        grid_stage::<K>(&mut plain, &solid, [3, -54]);
        grid_in_lanes::<K>(&mut vectors, &solid, [3, -54]);
        assert_eq!(plain, vectors);
        let heats = each.1.map(|[conducts, sum]| heat::node(conducts, sum));
        let with = Substep { number: 7, gravity: [3, -54], world: [64, 64], pulls: &[] };
        let gathered = |gather: &dyn Fn(&mut Tile<K>, &mut Vec<K>)| {
            let (mut tile, mut leavers) = (tile.clone(), Vec::new());
            gather(&mut tile, &mut leavers);
            tile.particles.sort_unstable();
            leavers.sort_unstable();
            (tile.particles, leavers)
        };
        let nodes = Nodes { moves: &plain, heats: &heats };
        let each = gathered(&|tile, leavers| {
            let packed: [many::Warm; NODES] =
                std::array::from_fn(|i| many::Node::pack(plain[i], if K::CLASS.has_heat() { heats[i] } else { 0 }));
            let home = tile.rect();
            tile.particles.iter_mut().for_each(|p| *p = advance_one(*p, |i| packed[i], &solid, with));
            leavers.extend(tile.particles.extract_if(.., |p| !home.contains(p.cell().0, p.cell().1)));
        });
        assert!(tile.particles.len() < 900 || !each.1.is_empty() && !each.0.is_empty());
        assert!(each == gathered(&|tile, leavers| gather_tile(tile, nodes, &solid, leavers, with, Lookup::OneByOne)));
        assert!(each == gathered(&|tile, leavers| gather_in_lanes(tile, nodes, &solid, leavers, with)));
    }

    #[test]
    fn one_by_one_and_in_every_width_the_same_comes_out() {
        let size = WorldSize::new(64, 64).expect("it is one");
        let (open, mut walls) = (Terrain::new(size), Terrain::new(size));
        (20..26).for_each(|x| walls.set(x, 22, true));
        (20..30).for_each(|y| walls.set(31, y, true));
        for (terrain, particles, spread) in
            [(&open, 1000, 256), (&walls, 1000, 256), (&walls, 7, 256), (&walls, 900, 3)]
        {
            compare::<Water>(terrain, tile(particles, spread, &[WATER]));
            for material in 0..COUNT as u32 {
                compare::<Hot>(terrain, tile(particles.min(200), spread, &[material]));
                if !is_still(material) {
                    compare::<Particle>(terrain, tile(particles.min(200), spread, &[material]));
                }
            }
            compare::<Hot>(terrain, tile(particles, spread, &(0..COUNT as u32).collect::<Vec<_>>()));
        }
    }
}
