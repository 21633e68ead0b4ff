//! Commands' work on particles, cell by cell. Twin: `shader/ops.wgsl`.

use super::stages::Buffers;
use super::store::{Store, Tile, cell_in_tile};
use crate::constants::{GRADIENT_STORED_MAX, SPEED_MAX};
use crate::fixed::clamp_abs;
use crate::geom::{Rect, TILE_AREA, TILE_CELLS};
use crate::globals::{CellOp, CellOpKind, replaced, spawned};
use crate::materials::family::carried::rate;
use crate::materials::{AIR, COPY, Class, HEAT, carriage, heat, is_still, label};
use crate::particle::{Kept, MATERIAL_NONE, Particle};
use crate::shader::Resource::{Offsets, Ops, State, Table};
use crate::shader::layout::{
    FLAG_PARTICLES, LANES, OP_CARRY, OP_ERASE, OP_FORGET, OP_PUSH, OP_REMOVE, OP_REPLACE, OP_TAKE, OP_UNIFORM, OP_WARM,
    STATE_FLAGS, STATE_PARTICLES, STATE_PARTICLES_WANTED,
};
use std::ops::Range;

// Pushing leaves the gradient alone; the formats are stated here so that a change is noticed.
const _: () = assert!(SPEED_MAX == i16::MAX as i32 && GRADIENT_STORED_MAX == i8::MAX as i32);

/// Applies one operation to the particles inside `within` (the padded region). What lies dormant from then on goes to
/// `taken`.
pub fn apply<K: Kept>(store: &mut Store<K>, op: &CellOp, within: Rect, taken: &mut Vec<Particle>) {
    let rect = op.rect.intersect(within);
    if rect.is_empty() {
        return;
    }
    match op.kind {
        // Those are the host's: see `dormant.rs`.
        CellOpKind::Place(_) => {}
        CellOpKind::Erase(stroke) => each_tile(store, rect, |particles| {
            particles.retain(|p| is_air(*p) || touched(op, rect, *p).is_none() || take(*p, stroke, taken));
        }),
        CellOpKind::Push => change_touched(store, op, rect, pushed),
        CellOpKind::Warm => change_touched(store, op, rect, warmed),
        CellOpKind::Carry { told, number } => change_touched(store, op, rect, |p, _| carried(p, told, number)),
        CellOpKind::Take { material, stroke } => each_tile(store, rect, |particles| {
            particles
                .retain(|p| p.material() != material || touched(op, rect, *p).is_none() || take(*p, stroke, taken));
        }),
        CellOpKind::Replace { from, to, stroke } => each_tile(store, rect, |particles| {
            for p in particles.iter_mut().filter(|p| p.material() == from && touched(op, rect, **p).is_some()) {
                take(*p, stroke, taken);
                *p = K::keep(replaced(p.whole(), from, to, stroke));
            }
        }),
        // Where particles have no labels, all are nobody's.
        CellOpKind::Settle => {}
        CellOpKind::Remove(_) | CellOpKind::Forget { .. } if K::CLASS == Class::Water => {}
        CellOpKind::Remove(stroke) => each_tile(store, rect, |particles| {
            particles.retain(|p| p.whole().stroke() != stroke);
        }),
        CellOpKind::Forget { from, to } => each_tile(store, rect, |particles| {
            for p in particles.iter_mut() {
                *p = K::keep(forgotten(p.whole(), from..to));
            }
        }),
        CellOpKind::Spawn { velocity, material, seed, stroke, taking } => {
            for ty in rect.y0 / TILE_CELLS..=(rect.y1 - 1) / TILE_CELLS {
                for tx in rect.x0 / TILE_CELLS..=(rect.x1 - 1) / TILE_CELLS {
                    let tile = store.tile_mut(tx, ty);
                    let part = tile.rect().intersect(rect);
                    let solid = solid_cells(tile);
                    let is_solid = |p: &K| solid.as_ref().is_some_and(|solid| solid[cell_in_tile(*p)]);
                    if makes_solid(K::CLASS, material) {
                        tile.particles.retain(|p| {
                            is_air(*p) || is_solid(p) || touched(op, part, *p).is_none() || take(*p, taking, taken)
                        });
                    }
                    let mut counts = tile.counts();
                    tile.particles.iter().filter(|p| is_air(**p)).for_each(|p| counts[cell_in_tile(*p)] -= 1);
                    let there = (material == COPY).then(|| highest(tile));
                    if there.is_some() {
                        for p in tile.particles.iter_mut().filter(|p| is_copied(p.material()) && !is_solid(p)) {
                            if touched(op, part, *p).is_some() {
                                *p = K::keep(sent(p.whole(), velocity));
                            }
                        }
                    }
                    for (x, y) in (part.y0..part.y1).flat_map(|y| (part.x0..part.x1).map(move |x| (x, y))) {
                        let cell = ((y & 15) << 4 | (x & 15)) as usize;
                        if op.word(x, y) != 0 && !solid.as_ref().is_some_and(|solid| solid[cell]) {
                            let Some(material) = there.as_ref().map_or(Some(material), |there| there[cell]) else {
                                continue;
                            };
                            let held = counts[cell];
                            let new = (held..4).map(|n| spawned(x, y, n, velocity, material, seed).of_stroke(stroke));
                            tile.particles.extend(new.map(K::keep));
                        }
                    }
                }
            }
        }
    }
    store.prune();
}

/// Notes what a stroke takes away, where that is kept; it does not stay.
fn take(p: impl Kept, stroke: u16, taken: &mut Vec<Particle>) -> bool {
    taken.extend(p.whole().taken(stroke));
    false
}

/// As nobody's, where it is of one of these strokes.
pub fn forgotten(p: Particle, strokes: Range<u16>) -> Particle {
    if strokes.contains(&p.stroke()) { p.of_stroke(0) } else { p }
}

/// Whether it is the air of a parcel: nothing takes that away, and it leaves room for all else.
fn is_air(p: impl Kept) -> bool {
    p.material() == AIR
}

/// Whether a material makes its cells solid, where a class covers it.
fn makes_solid(class: Class, material: u32) -> bool {
    class.has_heat() && is_still(material)
}

/// Which cells of a tile hold what stays there: nothing is poured into them, and what stays takes the place of all else.
/// Nothing where there are none.
fn solid_cells<K: Kept>(tile: &Tile<K>) -> Option<[bool; TILE_AREA]> {
    let mut cells = None;
    for p in tile.particles.iter().filter(|p| makes_solid(K::CLASS, p.material())) {
        cells.get_or_insert([false; TILE_AREA])[cell_in_tile(*p)] = true;
    }
    cells
}

/// Whether an emitter that copies adds more of it.
fn is_copied(material: u32) -> bool {
    material != AIR && carriage(material).is_none()
}

/// What a copy adds more of: the highest code of what lies in each cell of a tile.
fn highest<K: Kept>(tile: &Tile<K>) -> [Option<u32>; TILE_AREA] {
    let mut cells = [None; TILE_AREA];
    for p in tile.particles.iter().filter(|p| is_copied(p.material())) {
        let cell = &mut cells[cell_in_tile(*p)];
        *cell = (*cell).max(Some(p.material()));
    }
    cells
}

/// Works on the particles of each tile that the rectangle touches.
fn each_tile<K: Kept>(store: &mut Store<K>, rect: Rect, mut work: impl FnMut(&mut Vec<K>)) {
    for tile in store.tiles.iter_mut().filter(|t| !t.rect().intersect(rect).is_empty()) {
        work(&mut tile.particles);
    }
}

/// Changes each particle that the operation touches by its cell's word.
fn change_touched<K: Kept>(store: &mut Store<K>, op: &CellOp, rect: Rect, change: impl Fn(Particle, u32) -> Particle) {
    each_tile(store, rect, |particles| {
        for p in particles.iter_mut() {
            if let Some(word) = touched(op, rect, *p) {
                *p = K::keep(change(p.whole(), word));
            }
        }
    });
}

/// The operation's word for the particle's cell; none outside of the rectangle, and none where the cell is left alone.
fn touched(op: &CellOp, rect: Rect, p: impl Kept) -> Option<u32> {
    let (x, y) = p.cell();
    rect.contains(x, y).then(|| op.word(x, y)).filter(|&word| word != 0)
}

/// With another velocity.
fn sent(p: Particle, [vx, vy]: [i32; 2]) -> Particle {
    Particle::pack(crate::particle::Fields { vx, vy, ..p.unpack() })
}

/// Adds a packed velocity to a particle's, within the format.
pub fn pushed(p: Particle, word: u32) -> Particle {
    let mut f = p.unpack();
    f.vx = clamp_abs(f.vx + i32::from(word as u16 as i16), SPEED_MAX);
    f.vy = clamp_abs(f.vy + i32::from((word >> 16) as u16 as i16), SPEED_MAX);
    Particle::pack(f)
}

/// Adds to a particle's enthalpy, within the format.
pub fn warmed(p: Particle, word: u32) -> Particle {
    let mut f = p.unpack();
    let h = clamp_abs(heat::enthalpy(&f) + word as i32, i32::from(i16::MAX));
    f.words[HEAT] = label::with_enthalpy(f.words[HEAT], h);
    Particle::pack(f)
}

/// Sets a particle of what is carried going, if it stays where it is, so that the substep of this number finds it here.
pub fn carried(p: Particle, told: [u32; 2], number: u32) -> Particle {
    let mut f = p.unpack();
    let Some(law) = carriage(f.material).filter(|_| rate(&f.words) == 0) else { return p };
    [f.words[0], f.words[1]] = law.set_going(told, [f.x, f.y], number);
    if let Some(pose) = law.pose(&f.words, number) {
        [f.vx, f.vy] = pose.velocity.map(|v| clamp_abs(v, SPEED_MAX));
    }
    Particle::pack(f)
}

/// The stage on buffers, whose layout is in `gpu/ops.rs`. Removed particles leave holes, new ones go to the end.
pub(super) fn stage(b: &mut Buffers) {
    for index in 0..b.params.op_tile_count {
        let entry = (b.params.op_tiles + index * 3) as usize;
        let [tile, list, len] = [0, 1, 2].map(|k| b[Ops][entry + k]);
        for lane in 0..LANES {
            let cell = b.cell_at(tile, lane);
            if b.kept().contains(cell.0, cell.1) {
                apply_to_cell(b, tile, lane, cell, list..list + len);
            }
        }
    }
}

/// Applies the operations that `list` names in the operations buffer to one cell, in order.
fn apply_to_cell(b: &mut Buffers, tile: u32, lane: u32, cell: (i32, i32), list: std::ops::Range<u32>) {
    let slot = b[Table][tile as usize];
    let node = (slot * LANES + lane) as usize;
    // Where the cell's particles lie; those that were erased are holes.
    let end = b[Offsets][node];
    let own = end - if slot != 0 { b.counted(node) } else { 0 }..end;
    let mut count = own.clone().filter(|&i| !is_air(b.particle(i))).count() as u32;
    let mut fresh: Vec<Particle> = Vec::new();
    for at in list {
        let op = b[Ops][at as usize] as usize;
        let word = op_word(&b[Ops], op, cell);
        if word == 0 {
            continue;
        }
        match b[Ops][op] & 255 {
            OP_ERASE => {
                let by = b[Ops][op + 11];
                remove(b, own.clone(), &mut fresh, by);
                count = 0;
            }
            kind @ (OP_REMOVE | OP_TAKE) => {
                let what = b[Ops][op + 6];
                let goes = |p: Particle| match kind {
                    OP_REMOVE => u32::from(p.stroke()) == what,
                    _ => p.material() == what,
                };
                let by = if kind == OP_TAKE { b[Ops][op + 11] } else { 0 };
                for i in own.clone() {
                    let p = b.particle(i);
                    if p.material() != MATERIAL_NONE && goes(p) {
                        count -= u32::from(!is_air(p));
                        b.take(p, by);
                        b.remove_particle(i);
                    }
                }
                for p in fresh.extract_if(.., |p| goes(*p)) {
                    count -= 1;
                    b.take(p, by);
                }
            }
            OP_REPLACE => {
                let [from, to, by] = [6, 7, 11].map(|k| b[Ops][op + k]);
                let stroke = by as u16 & 0xfff;
                for i in own.clone().filter(|&i| b.particle(i).material() == from).collect::<Vec<_>>() {
                    b.take(b.particle(i), by);
                    b.set_particle(i, replaced(b.particle(i), from, to, stroke));
                }
                for p in fresh.iter_mut().filter(|p| p.material() == from) {
                    b.take(*p, by);
                    *p = replaced(*p, from, to, stroke);
                }
            }
            kind @ (OP_PUSH | OP_WARM | OP_CARRY | OP_FORGET) => {
                let [x, y, number] = [6, 7, 8].map(|k| b[Ops][op + k]);
                let change = |p| match kind {
                    OP_PUSH => pushed(p, word),
                    OP_WARM => warmed(p, word),
                    OP_FORGET => forgotten(p, x as u16..y as u16),
                    _ => carried(p, [x, y], number),
                };
                for i in own.clone() {
                    if b.particle(i).material() != MATERIAL_NONE {
                        b.set_particle(i, change(b.particle(i)));
                    }
                }
                fresh.iter_mut().for_each(|p| *p = change(*p));
            }
            _ => {
                let [vx, vy, material, seed, stroke, by] = [6, 7, 8, 9, 10, 11].map(|k| b[Ops][op + k]);
                let velocity = [vx as i32, vy as i32];
                let is_solid = |p: Particle| makes_solid(b.class(), p.material());
                if own.clone().any(|i| is_solid(b.particle(i))) || fresh.iter().any(|p| is_solid(*p)) {
                    continue;
                }
                let there = |p: Particle| Some(p.material()).filter(|&m| m != MATERIAL_NONE && is_copied(m));
                let copied = || own.clone().map(|i| b.particle(i)).chain(fresh.iter().copied()).filter_map(there).max();
                let Some(material) = (if material == COPY { copied() } else { Some(material) }) else { continue };
                if b[Ops][op + 8] == COPY {
                    // What is copied goes the way of its copies, so that it stays long enough to be copied again.
                    for i in own.clone() {
                        if there(b.particle(i)).is_some() {
                            b.set_particle(i, sent(b.particle(i), velocity));
                        }
                    }
                    for p in fresh.iter_mut().filter(|p| is_copied(p.material())) {
                        *p = sent(*p, velocity);
                    }
                }
                if makes_solid(b.class(), material) {
                    remove(b, own.clone(), &mut fresh, by);
                    count = 0;
                }
                fresh.extend(
                    (count..4).map(|n| spawned(cell.0, cell.1, n, velocity, material, seed).of_stroke(stroke as u16)),
                );
                count = count.max(4);
            }
        }
    }
    for p in fresh {
        let place = b.add_to_state(STATE_PARTICLES, 1);
        if place < b.params.particle_max {
            b.set_particle(place, p);
        } else {
            let state = &mut b[State];
            state[STATE_FLAGS as usize] |= FLAG_PARTICLES;
            let wanted = &mut state[STATE_PARTICLES_WANTED as usize];
            *wanted = (*wanted).max(place + 1);
        }
    }
}

/// Removes all of a cell's particles but its air: a stroke's, to lie dormant.
fn remove(b: &mut Buffers, own: Range<u32>, fresh: &mut Vec<Particle>, by: u32) {
    for i in own {
        let p = b.particle(i);
        if !is_air(p) {
            b.take(p, by);
            b.remove_particle(i);
        }
    }
    fresh.drain(..).for_each(|p| b.take(p, by));
}

/// The word of an operation for a cell; 0 outside its rectangle.
fn op_word(ops: &[u32], op: usize, (x, y): (i32, i32)) -> u32 {
    let [x0, y0, x1, y1] = [1, 2, 3, 4].map(|k| ops[op + k] as i32);
    if !Rect::new(x0, y0, x1, y1).contains(x, y) {
        return 0;
    }
    let words = ops[op + 5] as usize;
    if ops[op] & OP_UNIFORM != 0 { ops[words] } else { ops[words + ((y - y0) * (x1 - x0) + x - x0) as usize] }
}
