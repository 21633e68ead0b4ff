//! Reactions: what lies where as a tick begins, and what becomes of each particle when it ends.
//! Twins: `shader/touch.wgsl` and `shader/react.wgsl`.

use super::air::{self, Parcel, TileAir};
use super::g2p::chance_of;
use super::stages::Buffers;
use super::step::for_each;
use super::store::{Store, Tile, cell_in_tile};
use crate::constants::{
    AIR_CELLS, AIR_SIDE, AIR_TILE_WORDS, AIR_WORDS, APRON, MATERIAL_NONE, NODE_CROWD, REACTION_SALT, SPEED_MAX,
    TOUCH_SHIFT,
};
use crate::fixed::clamp_abs;
use crate::geom::{TILE_AREA, TILE_CELLS};
use crate::materials::{AIR, Class, Fields, HEAT, heat, is_still, label, mass, reactions};
use crate::particle::{Kept, Particle};
use crate::shader::Resource::{Air, Masks, Nodes};
use crate::terrain::Terrain;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// What lies where as a tick begins.
#[derive(Debug, Default)]
pub struct Touches {
    /// By tile column and row, where there is anything in or beside it.
    tiles: BTreeMap<[i32; 2], Box<Touched>>,
    /// Whether any cell is solid by what lies in it.
    any_still: bool,
    /// Parcels of air by tile, where there is any.
    air: BTreeMap<[i32; 2], Box<TileAir>>,
}

/// The same of a tile.
#[derive(Debug)]
struct Touched {
    /// Bits of what others react to, by [`reactions::touch_bit`], that lies in each cell or around it.
    around: [u32; TILE_AREA],
    /// Cells that are solid, a row each, since what stays there lies in them.
    still: [u16; SIDE],
}

/// Cells along the edge of a tile.
const SIDE: usize = TILE_CELLS as usize;
/// The same with one on either side.
const EDGE: usize = APRON as usize;

impl Touches {
    /// Notes it; nothing where nothing reacts.
    pub fn of<K: Kept>(store: &Store<K>, terrain: &Terrain) -> Self {
        let mut all = Self::default();
        if K::CLASS.has_heat() {
            store.tiles.iter().for_each(|tile| all.add(tile.at, &tile.particles));
            let has_air = |tile: &&Tile<K>| tile.particles.iter().any(|p| p.material() == AIR);
            store.tiles.iter().filter(has_air).for_each(|tile| all.add_air(tile, terrain));
        }
        all
    }

    /// Notes what another has noted of what lies elsewhere, but for the air.
    pub fn join(&mut self, other: Self) {
        self.any_still |= other.any_still;
        for (at, tile) in other.tiles {
            match self.tiles.entry(at) {
                Entry::Vacant(place) => {
                    place.insert(tile);
                }
                Entry::Occupied(mut own) => {
                    let own = own.get_mut();
                    own.around.iter_mut().zip(tile.around).for_each(|(own, bits)| *own |= bits);
                    own.still.iter_mut().zip(tile.still).for_each(|(own, bits)| *own |= bits);
                }
            }
        }
    }

    /// Notes the air of a tile, and what pulls at it.
    fn add_air<K: Kept>(&mut self, tile: &Tile<K>, terrain: &Terrain) {
        let (mut words, mut crowds) = (Box::new([0; AIR_TILE_WORDS as usize]), [0; TILE_AREA]);
        for p in &tile.particles {
            crowds[cell_in_tile(*p)] += mass(K::CLASS, p.material()) as u32;
            if let Some(given) = air::given(&p.unpack()) {
                air::add(&mut words[air::place(p.cell())..][..AIR_WORDS as usize], given);
            }
        }
        let [x0, y0] = tile.at.map(|at| at * TILE_CELLS);
        for (px, py) in (0..AIR_SIDE).flat_map(|y| (0..AIR_SIDE).map(move |x| (x * AIR_CELLS, y * AIR_CELLS))) {
            let parcel = &mut words[air::place((px, py))..][..AIR_WORDS as usize];
            air::note_open(parcel, |x, y| {
                let (x, y) = (px + x, py + y);
                terrain.solid(x0 + x, y0 + y) || air::is_closed(crowds[(y * TILE_CELLS + x) as usize])
            });
        }
        self.air.insert(tile.at, words);
    }

    /// The parcel of a cell, and those around it by offset.
    fn parcels(&self, (x, y): (i32, i32)) -> impl Fn(i32, i32) -> Parcel {
        move |dx, dy| {
            let (x, y) = (x + dx * AIR_CELLS, y + dy * AIR_CELLS);
            let tile = self.air.get(&[x.div_euclid(TILE_CELLS), y.div_euclid(TILE_CELLS)]);
            tile.map_or(Parcel::default(), |words| Parcel::of(&words[air::place((x, y))..][..AIR_WORDS as usize]))
        }
    }

    /// Notes what lies in a tile.
    fn add<K: Kept>(&mut self, at: [i32; 2], particles: &[K]) {
        let (mut own, mut apron) = ([0; TILE_AREA], [0; EDGE * EDGE]);
        let (mut still, mut any) = ([0u16; SIDE], false);
        for &p in particles {
            let (bit, stays) = (reactions::touch_bit(p.material()), is_still(p.material()));
            if bit == 0 && !stays {
                continue;
            }
            any = true;
            let cell = cell_in_tile(p);
            let (x, y) = (cell % SIDE, cell / SIDE);
            if stays {
                still[y] |= 1 << x;
                self.any_still = true;
            }
            if own[cell] & bit != bit {
                own[cell] |= bit;
                (0..9).for_each(|k| apron[(y + k / 3) * EDGE + x + k % 3] |= bit);
            }
        }
        if !any {
            return;
        }
        for (dx, dy) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))) {
            let cells = |d: i32| match d {
                -1 => 0..1,
                0 => 1..EDGE - 1,
                _ => EDGE - 1..EDGE,
            };
            let reached = || cells(dy).flat_map(|y| cells(dx).map(move |x| (x, y)));
            if (dx, dy) != (0, 0) && reached().all(|(x, y)| apron[y * EDGE + x] == 0) {
                continue;
            }
            let none = || Box::new(Touched { around: [0; TILE_AREA], still: [0; SIDE] });
            let tile = self.tiles.entry([at[0] + dx, at[1] + dy]).or_insert_with(none);
            for (x, y) in reached() {
                tile.around[(y + SIDE - 1) % SIDE * SIDE + (x + SIDE - 1) % SIDE] |= apron[y * EDGE + x];
            }
            if (dx, dy) == (0, 0) {
                tile.still = still;
            }
        }
    }

    /// Which cells within two of a tile are solid: bit `x - x0 + 2` of row `y - y0 + 2`; nothing where none is.
    pub fn still_rows(&self, at: [i32; 2]) -> Option<[u32; EDGE + 2]> {
        if !self.any_still {
            return None;
        }
        let mut rows = [0; EDGE + 2];
        for (dx, dy) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))) {
            let Some(found) = self.tiles.get(&[at[0] + dx, at[1] + dy]) else { continue };
            for (y, &bits) in found.still.iter().enumerate() {
                let row = TILE_CELLS * dy + y as i32 + 2;
                if (0..rows.len() as i32).contains(&row) {
                    let bits = u32::from(bits);
                    rows[row as usize] |= match dx {
                        -1 => bits >> 14,
                        0 => bits << 2,
                        _ => (bits & 3) << 18,
                    };
                }
            }
        }
        Some(rows)
    }
}

/// What all particles react to alike.
#[derive(Clone, Copy)]
pub struct Tick {
    /// The number of its last substep.
    pub number: u32,
    /// Q15 cells a substep squared.
    pub gravity: [i32; 2],
}

/// What a particle is after its tick; nothing where it is gone. `parcels` has the air around it.
#[inline(always)]
fn reacted(f: &Fields, around: u32, parcels: impl Fn(i32, i32) -> Parcel, tick: Tick) -> Option<Fields> {
    if f.material == AIR {
        if !air::is_parcel(f) {
            return Some(*f);
        }
        let ([vx, vy], change) = air::next(parcels, tick.gravity);
        let mut next = Fields { vx, vy, ..*f };
        next.words[0] = next.words[0].wrapping_add(change as u32);
        return Some(next);
    }
    let still = is_still(f.material);
    let struck = [f.vx, f.vy] != [0, 0];
    let blown = air::blown(f, parcels);
    let moves = !still && (around & reactions::THING_BITS != 0 || blown != [0; 2]);
    if !moves && !reactions::reacts(f.material, around, struck) {
        return Some(*f);
    }
    let h = heat::enthalpy(f);
    let chance = chance_of(f, tick.number ^ REACTION_SALT as u32);
    let (to, gives) = reactions::reaction(f.material, h, around, chance, struck).unwrap_or((f.material, 0));
    let mut next = *f;
    if !still {
        let [vx, vy] = reactions::driven([f.vx, f.vy], around);
        (next.vx, next.vy) = (clamp_abs(vx + blown[0], SPEED_MAX), clamp_abs(vy + blown[1], SPEED_MAX));
        if around & reactions::DRAIN_BITS != 0 {
            return None;
        }
    }
    if to == MATERIAL_NONE as u32 {
        return None;
    }
    if to != f.material {
        next = heat::become_of(next, to);
    }
    // What has just come to stay has struck nothing.
    if is_still(to) {
        (next.vx, next.vy) = (0, 0);
    }
    next.words[HEAT] = label::with_enthalpy(next.words[HEAT], clamp_abs(h + gives, 32767));
    Some(next)
}

/// All reactions of a tick. `threads`: use the current rayon pool.
pub fn tick<K: Kept>(store: &mut Store<K>, touches: &Touches, with: Tick, threads: bool) {
    if !K::CLASS.has_heat() {
        return;
    }
    let mut nothing = vec![(); store.tiles.len()];
    for_each(&mut store.tiles, &mut nothing, threads, |_, tile, ()| {
        let touched = touches.tiles.get(&tile.at);
        let mut i = 0;
        while i < tile.particles.len() {
            let p = tile.particles[i];
            let around = touched.map_or(0, |touched| touched.around[cell_in_tile(p)]);
            match reacted(&p.unpack(), around, touches.parcels(p.cell()), with) {
                Some(next) => {
                    tile.particles[i] = K::pack(next);
                    i += 1;
                }
                None => {
                    tile.particles.swap_remove(i);
                }
            }
        }
    });
    store.prune();
}

/// The first stage on buffers.
pub(super) fn touch_stage(b: &mut Buffers) {
    if b.class() != Class::Hot {
        return;
    }
    for i in 0..b.particles() {
        let p = b.particle(i);
        touch_air(b, p);
        let (bit, still) = (reactions::touch_bit(p.material()) << TOUCH_SHIFT, is_still(p.material()));
        if bit == 0 && !still {
            continue;
        }
        let (x, y) = p.cell();
        for k in 0..9 {
            // To the node at an offset this cell is at the opposite one.
            let solid = if still { 1 << (8 - k) } else { 0 };
            let node = b.node((x + k % 3 - 1, y + k / 3 - 1));
            b[Masks][node] |= bit | solid;
        }
    }
}

/// What a particle is to the air.
fn touch_air(b: &mut Buffers, p: Particle) {
    if p.material() == MATERIAL_NONE as u32 {
        return;
    }
    let Some(given) = air::given(&p.unpack()) else { return };
    let (at, (x, y)) = (b.air(p.cell()), p.cell());
    let mut words: [i32; AIR_WORDS as usize] = std::array::from_fn(|k| b[Air][at + k] as i32);
    air::add(&mut words, given);
    if p.material() == AIR {
        let (x, y) = (x & !(AIR_CELLS - 1), y & !(AIR_CELLS - 1));
        air::note_open(&mut words, |dx, dy| {
            let cell = (x + dx, y + dy);
            let crowd = b[Nodes][b.class().node_words() * b.node(cell) + NODE_CROWD as usize];
            b.solid(cell) || air::is_closed(crowd)
        });
    }
    b[Air][at..][..words.len()].copy_from_slice(&words.map(|word| word as u32));
}

/// The second.
pub(super) fn react_stage(b: &mut Buffers) {
    if b.class() != Class::Hot {
        return;
    }
    for i in 0..b.particles() {
        let p = b.particle(i);
        if p.material() == MATERIAL_NONE as u32 {
            continue;
        }
        let around = b[Masks][b.node(p.cell())] >> TOUCH_SHIFT;
        let (x, y) = p.cell();
        let parcels = |dx: i32, dy: i32| {
            let at = b.air((x + dx * AIR_CELLS, y + dy * AIR_CELLS));
            Parcel::of(&b[Air][at..][..AIR_WORDS as usize].iter().map(|&word| word as i32).collect::<Vec<_>>())
        };
        let tick = Tick { number: b.params.substep, gravity: [b.params.gravity_x, b.params.gravity_y] };
        let next = reacted(&p.unpack(), around, parcels, tick);
        b.uncount(p);
        match next {
            Some(next) => {
                let next = Particle::pack(next);
                b.set_particle(i, next);
                b.count(next);
            }
            None => b.remove_particle(i),
        }
    }
}
