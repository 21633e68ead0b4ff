//! The view field of the final state: one more scatter, sampled at the nodes, which are the cells' centres.
//! Twin: `shader/view.wgsl`.

use super::stages::Buffers;
use super::step::{Scratch, scatter_all};
use super::store::{Store, cell_in_tile};
use crate::constants::{APRON, MASS_MAX, POS_HALF};
use crate::fixed::velocity_of;
use crate::geom::{Rect, TILE_AREA, TILE_CELLS};
use crate::materials::{self, Class, HEAT, heat, label};
use crate::particle::{Fields, Kept};
use crate::shader::Resource::{SlotTiles, View};
use crate::shader::layout::{LANES, STATE_VIEWED, TAGS, VIEW_WORDS};
use crate::terrain::Terrain;
use crate::view::{Sample, ViewTile};

/// The tiles of a region that are not empty, by row and column. Call it before what lies outside the region
/// is dropped, so that the seams are smooth.
pub fn tiles<K: Kept>(
    store: &mut Store<K>,
    scratch: &mut Scratch<K>,
    terrain: &Terrain,
    region: Rect,
    threads: bool,
) -> Vec<ViewTile> {
    scatter_all(store, scratch, terrain, false, threads);
    let end = |cells: i32| (cells + TILE_CELLS - 1).div_euclid(TILE_CELLS);
    let mut near = Vec::new();
    for ty in region.y0.div_euclid(TILE_CELLS)..end(region.y1) {
        for tx in region.x0.div_euclid(TILE_CELLS)..end(region.x1) {
            if (-1..=1).any(|dy| (-1..=1).any(|dx| store.find(tx + dx, ty + dy).is_some())) {
                near.push([tx, ty]);
            }
        }
    }
    let (store, scratch) = (&*store, &*scratch);
    #[cfg(feature = "threads")]
    if threads {
        use rayon::prelude::*;
        return near.par_iter().filter_map(|&at| tile(store, scratch, region, at)).collect();
    }
    near.iter().filter_map(|&at| tile(store, scratch, region, at)).collect()
}

/// One tile, if there is something to see.
fn tile<K: Kept>(store: &Store<K>, scratch: &Scratch<K>, region: Rect, at: [i32; 2]) -> Option<ViewTile> {
    let nodes = scratch.summed(store, at);
    let tags = (materials::COUNT > 1 && K::CLASS.is_mixed()).then(|| tags(store, at));
    let mut cells = vec![0; TILE_AREA];
    for (k, cell) in cells.iter_mut().enumerate() {
        let (x, y) = (k as i32 % TILE_CELLS, k as i32 / TILE_CELLS);
        if region.contains(at[0] * TILE_CELLS + x, at[1] * TILE_CELLS + y) {
            let n = nodes[((y + 1) * APRON + x + 1) as usize];
            let tag = tags
                .as_ref()
                .map_or((false, 0), |tags| shown(|ox, oy| tags[((y + oy + 1) * APRON + x + ox + 1) as usize]));
            let volume = if K::CLASS.is_mixed() { n[3] } else { n[2] };
            *cell = sampled([n[0], n[1], n[2], volume], tag);
        }
    }
    cells.iter().any(|&c| c != 0).then(|| ViewTile { tile: at.map(|t| t as u16), cells })
}

/// What a particle would have its cell show, as a number of which the highest in a cell is shown: 6 bits of its material, 4
/// of how near it is to the middle of its cell, 4 of its warmth, 10 of its place in its body.
#[inline(always)]
pub(super) fn tag(class: Class, f: &Fields) -> u32 {
    let from_middle = |v: i32| ((v & 4095) - POS_HALF).unsigned_abs();
    // At most 2048.
    let near = 15 - (from_middle(f.x).max(from_middle(f.y)) >> 7).min(15);
    let warmth =
        if class.has_heat() { heat::warmth(materials::thermal(f.material).temperature(heat::enthalpy(f))) } else { 0 };
    let place = if !class.is_mixed() {
        0
    } else if materials::keeps_place(f.material) {
        (f.j & 31 | (f.j >> 6 & 31) << 5) as u32
    } else {
        u32::from(materials::has_grains(f.material)) * label::grain(f.words[HEAT])
    };
    // A code that nothing has counts as the first.
    let material = if !class.is_mixed() || materials::is_known(f.material) { f.material } else { 0 };
    material << 18 | near << 14 | warmth << 10 | place
}

/// Of a tile's cells and those around it, row by row, one more than the highest tag of each cell's particles; 0 in
/// cells that hold none.
fn tags<K: Kept>(store: &Store<K>, at: [i32; 2]) -> [u32; (APRON * APRON) as usize] {
    let mut tags = [0; (APRON * APRON) as usize];
    for (dx, dy) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy))) {
        let Some(found) = store.find(at[0] + dx, at[1] + dy) else { continue };
        // Nobody sees air.
        for p in store.tiles[found].particles.iter().filter(|p| p.material() != materials::AIR) {
            let cell = cell_in_tile(*p) as i32;
            let (x, y) = (dx * TILE_CELLS + (cell & 15) + 1, dy * TILE_CELLS + (cell >> 4) + 1);
            if (0..APRON).contains(&x) && (0..APRON).contains(&y) {
                let highest = &mut tags[(y * APRON + x) as usize];
                *highest = (*highest).max(tag(K::CLASS, &p.unpack()) + 1);
            }
        }
    }
    tags
}

/// Whether the tag that a cell shows is its own, and that tag: its own, or where it holds no particle the highest around it. `tag` answers for an
/// offset one more than the cell's tag, or 0.
fn shown(tag: impl Fn(i32, i32) -> u32) -> (bool, u32) {
    let own = tag(0, 0);
    // What stays where it is ends with its cell.
    let moves = |tag: &u32| *tag == 0 || !materials::is_still((tag - 1) >> 18);
    let around = || (0..9).map(|k| tag(k % 3 - 1, k / 3 - 1)).filter(moves).max();
    let tag = if own != 0 { own } else { around().unwrap_or(0) };
    (own != 0, tag.saturating_sub(1))
}

/// A node's sample: coverage 128 at rest density (volume 65536 in Q14), speed in 32nds of a cell a substep by
/// the larger part and half the smaller, and what a tag says; 0 where there is too little to
/// see. What stays where it is has no density, and fills its own cell.
pub fn sampled([mx, my, mass, volume]: [i32; 4], (own, tag): (bool, u32)) -> u32 {
    if own && materials::is_still(tag >> 18) {
        return sample_of(128, 0, tag);
    }
    let coverage = (volume >> 9).min(255);
    if coverage <= 0 || mass <= 0 {
        return 0;
    }
    let divisor = mass.min(MASS_MAX);
    let (x, y) = (velocity_of(mx, divisor).abs(), velocity_of(my, divisor).abs());
    let speed = (x.max(y) + (x.min(y) >> 1)) >> 10;
    sample_of(coverage as u8, speed.min(15) as u8, tag)
}

/// A sample with what a tag says.
fn sample_of(coverage: u8, speed: u8, tag: u32) -> u32 {
    let (material, warmth, place) = ((tag >> 18) as u8, (tag >> 10 & 15) as u8, (tag & 1023) as u16);
    Sample { coverage, speed, material, warmth, place }.pack()
}

/// The stage on buffers. The shader leaves the order of the tiles to chance.
pub(super) fn stage(b: &mut Buffers) {
    for slot in 1..b.slots() {
        let tile = b[SlotTiles][slot as usize];
        let mut words = vec![0; LANES as usize];
        for lane in 0..LANES {
            let (x, y) = b.cell_at(tile, lane);
            if !b.kept().contains(x, y) {
                continue;
            }
            let tag = |ox: i32, oy: i32| match b.counted(b.node((x + ox, y + oy))) {
                word if word >= TAGS => word - TAGS + 1,
                _ => 0,
            };
            let sums = b.sums((slot * LANES + lane) as usize);
            words[lane as usize] = sampled(sums, if b.params.materials > 1 { shown(tag) } else { (false, 0) });
        }
        if words.iter().all(|&word| word == 0) {
            continue;
        }
        let place = b.add_to_state(STATE_VIEWED, 1);
        if place < b.params.view_max {
            let at = (place * VIEW_WORDS) as usize;
            b[View][at] = tile;
            b[View][at + 1..][..words.len()].copy_from_slice(&words);
        }
    }
}
