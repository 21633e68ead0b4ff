//! Commands' work on particles, cell by cell. Twin: `shader/ops.wgsl`.

use super::store::Store;
use crate::constants::{GRADIENT_STORED_MAX, SPEED_MAX};
use crate::fixed::clamp_abs;
use crate::geom::{Rect, TILE_CELLS};
use crate::globals::{CellOp, CellOpKind, spawned};
use crate::particle::Particle;

// Pushing leaves the gradient alone; the formats are stated here so that a change is noticed.
const _: () = assert!(SPEED_MAX == i16::MAX as i32 && GRADIENT_STORED_MAX == i8::MAX as i32);

/// Applies one operation to the particles inside `within` (the padded region).
pub fn apply(store: &mut Store, op: &CellOp, within: Rect) {
    let rect = op.rect.intersect(within);
    if rect.is_empty() {
        return;
    }
    match op.kind {
        CellOpKind::Erase => each_tile(store, rect, |particles| {
            particles.retain(|p| touched(op, rect, *p).is_none_or(|word| word == 0));
        }),
        CellOpKind::Push => each_tile(store, rect, |particles| {
            for p in particles.iter_mut() {
                if let Some(word) = touched(op, rect, *p) {
                    *p = pushed(*p, word);
                }
            }
        }),
        CellOpKind::Spawn { velocity, material, seed } => {
            for ty in rect.y0 / TILE_CELLS..=(rect.y1 - 1) / TILE_CELLS {
                for tx in rect.x0 / TILE_CELLS..=(rect.x1 - 1) / TILE_CELLS {
                    let tile = store.tile_mut(tx, ty);
                    let counts = tile.counts();
                    let part = tile.rect().intersect(rect);
                    for (x, y) in (part.y0..part.y1).flat_map(|y| (part.x0..part.x1).map(move |x| (x, y))) {
                        if op.word(x, y) != 0 {
                            let held = counts[((y & 15) << 4 | (x & 15)) as usize];
                            tile.particles.extend((held..4).map(|n| spawned(x, y, n, velocity, material, seed)));
                        }
                    }
                }
            }
        }
    }
    store.prune();
}

fn each_tile(store: &mut Store, rect: Rect, mut work: impl FnMut(&mut Vec<Particle>)) {
    for tile in store.tiles.iter_mut().filter(|t| !t.rect().intersect(rect).is_empty()) {
        work(&mut tile.particles);
    }
}

/// The operation's word for the particle's cell, if it lies in the rectangle.
fn touched(op: &CellOp, rect: Rect, p: Particle) -> Option<u32> {
    let (x, y) = p.cell();
    rect.contains(x, y).then(|| op.word(x, y))
}

/// Adds a packed velocity to a particle's, within the format.
pub fn pushed(p: Particle, word: u32) -> Particle {
    let mut f = p.unpack();
    f.vx = clamp_abs(f.vx + i32::from(word as u16 as i16), SPEED_MAX);
    f.vy = clamp_abs(f.vy + i32::from((word >> 16) as u16 as i16), SPEED_MAX);
    Particle::pack(f)
}
