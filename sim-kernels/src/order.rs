//! Canonical order: by tile row, by tile column, and by bits. Extracts are in it, whichever backend they come from.

use crate::geom::{Rect, TILE_CELLS, WORLD_HEIGHT_MAX, WORLD_WIDTH_MAX};
use crate::particle::Particle;

/// Of particles whose first 16 bytes are told, those in a rectangle of cells, in canonical order; `whole` makes them by their
/// place.
///
/// A band has some thousands of particles of up to 40 bytes: so they are dealt out by tile, what is sorted is the first word with
/// the particle's place, and each particle is moved once.
pub(crate) fn within(
    rect: Rect,
    bits: impl Iterator<Item = [u32; 4]> + Clone,
    whole: impl Fn(usize) -> Particle,
) -> Vec<Particle> {
    let rect = rect.intersect(Rect::new(0, 0, WORLD_WIDTH_MAX, WORLD_HEIGHT_MAX));
    if rect.is_empty() {
        return Vec::new();
    }
    let [left, low] = [rect.x0, rect.y0].map(|v| v / TILE_CELLS);
    let [across, up] = [(rect.x1 - 1) / TILE_CELLS - left + 1, (rect.y1 - 1) / TILE_CELLS - low + 1];
    let inside = bits.enumerate().filter_map(|(i, bits)| {
        let (x, y) = Particle::bare(bits).cell();
        let tile = (y / TILE_CELLS - low) * across + x / TILE_CELLS - left;
        rect.contains(x, y).then_some((tile as usize, u64::from(bits[0]) << 32 | i as u64))
    });
    // Where each tile's keys end once they are dealt out, and before that where they begin.
    let mut ends = vec![0_usize; (across * up) as usize];
    inside.clone().for_each(|(tile, _)| ends[tile] += 1);
    let mut count = 0;
    for end in &mut ends {
        count += std::mem::replace(end, count);
    }
    let mut keys = vec![0; count];
    for (tile, key) in inside {
        keys[ends[tile]] = key;
        ends[tile] += 1;
    }
    let mut from = 0;
    for &to in &ends {
        keys[from..to].sort_unstable();
        from = to;
    }
    let mut out: Vec<Particle> = keys.into_iter().map(|key| whole(key as u32 as usize)).collect();
    // Where first words are equal, the rest decides.
    let mut from = 0;
    for to in ends {
        let equal = out[from..to].chunk_by_mut(|a, b| a.0[0] == b.0[0]);
        equal.filter(|run| run.len() > 1).for_each(<[_]>::sort_unstable);
        from = to;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::hash4;

    /// Few different first words, so that the others must decide, too.
    #[test]
    fn the_order_is_that_of_rows_columns_and_bits() {
        let one = |i: u32| {
            let h = hash4([i, 2, 3, 4]);
            let mut p =
                Particle::bare([(h[0] % 80) << 12 | h[0] >> 30, (h[1] % 50) << 12 | h[1] >> 31, h[2] & 1, h[3] & 1]);
            p.1[0] = h[3] >> 31;
            p
        };
        let all: Vec<Particle> = (0..20_000).map(one).collect();
        for rect in [Rect::new(-5, -5, 5000, 2000), Rect::new(3, 7, 40, 33), Rect::new(9, 9, 9, 20)] {
            let mut expected: Vec<Particle> =
                all.iter().copied().filter(|p| rect.contains(p.cell().0, p.cell().1)).collect();
            expected.sort_by_key(|p| (p.cell().1 / TILE_CELLS, p.cell().0 / TILE_CELLS, *p));
            assert_eq!(within(rect, all.iter().map(|p| p.0), |i| all[i]), expected);
        }
    }
}
