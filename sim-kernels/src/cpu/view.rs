//! The view field of the final state: one more scatter, sampled at the nodes, which are the cells' centres.
//! Twin: `shader/view.wgsl`.

use super::step::{Scratch, scatter_all};
use super::store::Store;
use crate::constants::{APRON, MASS_MAX};
use crate::fixed::velocity_of;
use crate::geom::{Rect, TILE_AREA, TILE_CELLS};
use crate::particle::MATERIAL_WATER;
use crate::terrain::Terrain;
use crate::view::{ViewTile, sample};

/// The tiles of a region that are not empty, by row and column. Call it before what lies outside the region
/// is dropped, so that the seams are smooth.
pub fn tiles(
    store: &mut Store,
    scratch: &mut Scratch,
    terrain: &Terrain,
    region: Rect,
    threads: bool,
) -> Vec<ViewTile> {
    scatter_all(store, scratch, terrain, threads);
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
fn tile(store: &Store, scratch: &Scratch, region: Rect, at: [i32; 2]) -> Option<ViewTile> {
    let nodes = scratch.summed(store, at);
    let mut cells = vec![0; TILE_AREA];
    for (k, cell) in cells.iter_mut().enumerate() {
        let (x, y) = (k as i32 % TILE_CELLS, k as i32 / TILE_CELLS);
        if region.contains(at[0] * TILE_CELLS + x, at[1] * TILE_CELLS + y) {
            let n = nodes[((y + 1) * APRON + x + 1) as usize];
            *cell = sampled(n[2], n[0], n[1]);
        }
    }
    cells.iter().any(|&c| c != 0).then(|| ViewTile { tile: at.map(|t| t as u16), cells })
}

/// A node's sample: coverage 128 at rest density (mass 65536 in Q14), speed in 32nds of a cell a substep by
/// the larger part and half the smaller; 0 where there is too little to see.
pub fn sampled(mass: i32, mx: i32, my: i32) -> u16 {
    let coverage = (mass >> 9).min(255);
    if coverage == 0 {
        return 0;
    }
    let divisor = mass.min(MASS_MAX);
    let (x, y) = (velocity_of(mx, divisor).abs(), velocity_of(my, divisor).abs());
    let speed = (x.max(y) + (x.min(y) >> 1)) >> 10;
    sample(coverage as u8, speed.min(15) as u8, MATERIAL_WATER as u8)
}
