//! A picture of fine detail that tiles, baked once: noise and cells, for foam, rock and grains. Computing these for every
//! pixel would cost twenty times what reading them does.

/// Texels a side.
pub const SIZE: usize = 256;
/// How often it is halved, down to 4 texels.
pub const LEVELS: usize = 7;
/// Features a side of the detail, and of the stones.
const CELLS: i32 = 16;
const STONES: i32 = 5;
/// How far apart, in sides, two heights are by which a relief is lit.
const RELIEF: f32 = 1.2 / 256.0;

/// The levels, the finest first, four bytes a texel: noise; how far the border to the next cell is; the cell's number; how
/// far its middle is.
pub fn bake() -> Vec<Vec<u8>> {
    levels(|at| {
        let [border, number, middle] = cell(at, CELLS);
        [noise(at, 8), border, number, middle]
    })
}

/// The same, coarser, and in place of the last how bright a relief of it is in the evening's light, 0.5 where it is flat.
pub fn bake_stones() -> Vec<Vec<u8>> {
    levels(|at| {
        let [border, number, _] = cell(at, STONES);
        // Towards the sun, as `SUNWARDS` of sight.wgsl; rows of textures count upwards here.
        let sunwards = [at[0] - 0.48 * RELIEF, at[1] + 0.877 * RELIEF];
        let lit = (stone_height(at) - stone_height(sunwards)) * 7.0;
        [noise(at, 4), border, number, 0.5 + lit.clamp(-0.5, 0.5)]
    })
}

/// Stones are rounded, of different heights and rough.
fn stone_height(at: [f32; 2]) -> f32 {
    let at = at.map(|v| v.rem_euclid(1.0));
    let [border, number, middle] = cell(at, STONES);
    let round = (border * 3.5).min(1.0);
    0.35 * round * (2.0 - round) * (0.5 + number) - 0.25 * middle * middle + 0.35 * noise(at, 8)
}

fn levels(texel: impl Fn([f32; 2]) -> [f32; 4]) -> Vec<Vec<u8>> {
    let mut texels = Vec::with_capacity(SIZE * SIZE * 4);
    for y in 0..SIZE {
        for x in 0..SIZE {
            let at = [x, y].map(|v| (v as f32 + 0.5) / SIZE as f32);
            let byte = |v: f32| (v * 255.0).round().clamp(0.0, 255.0) as u8;
            texels.extend(texel(at).map(byte));
        }
    }
    let mut levels = vec![texels];
    while levels.len() < LEVELS {
        let last = &levels[levels.len() - 1];
        levels.push(halved(last));
    }
    levels
}

/// Each texel the mean of four.
fn halved(texels: &[u8]) -> Vec<u8> {
    let size = (texels.len() / 4).isqrt();
    let mut out = Vec::with_capacity(texels.len() / 4);
    for y in (0..size).step_by(2) {
        for x in (0..size).step_by(2) {
            for part in 0..4 {
                let at = |dx: usize, dy: usize| u16::from(texels[((y + dy) * size + x + dx) * 4 + part]);
                out.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
            }
        }
    }
    out
}

/// 0 to 1.
fn chance(x: i32, y: i32, seed: u32) -> f32 {
    let mut h =
        (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ h >> 15).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ h >> 12).wrapping_mul(0x297a_2d39);
    (h ^ h >> 15) as f32 / u32::MAX as f32
}

/// Five octaves, each twice as fine, the first of so many cells a side; 0 to 1.
fn noise([x, y]: [f32; 2], mut cells: i32) -> f32 {
    let (mut sum, mut by) = (0.0, 0.5);
    for octave in 0..5 {
        let (px, py) = (x * cells as f32, y * cells as f32);
        let (left, low) = (px.floor() as i32, py.floor() as i32);
        let ease = |v: f32| v * v * v * (v * (v * 6.0 - 15.0) + 10.0);
        let (fx, fy) = (ease(px.fract()), ease(py.fract()));
        let at = |dx: i32, dy: i32| chance((left + dx).rem_euclid(cells), (low + dy).rem_euclid(cells), octave);
        let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
        sum += by * mix(mix(at(0, 0), at(1, 0), fx), mix(at(0, 1), at(1, 1), fx), fy);
        by *= 0.55;
        cells *= 2;
    }
    // Spread over the whole range.
    ((sum / 1.055 - 0.5) * 1.5 + 0.5).clamp(0.0, 1.0)
}

/// Of cells about points that lie irregularly: how far the border is, the cell's number, how far its point is.
fn cell([x, y]: [f32; 2], cells: i32) -> [f32; 3] {
    let (px, py) = (x * cells as f32, y * cells as f32);
    let (left, low) = (px.floor() as i32, py.floor() as i32);
    let (mut first, mut second, mut number) = (9.0f32, 9.0f32, 0.0);
    for (dx, dy) in (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy))) {
        let (cx, cy) = ((left + dx).rem_euclid(cells), (low + dy).rem_euclid(cells));
        let point = [chance(cx, cy, 71), chance(cx, cy, 72)].map(|v| 0.1 + 0.8 * v);
        let away = ((left + dx) as f32 + point[0] - px).hypot((low + dy) as f32 + point[1] - py);
        if away < first {
            (second, first, number) = (first, away, chance(cx, cy, 73));
        } else {
            second = second.min(away);
        }
    }
    [second - first, number, first]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_tiles_and_is_halved() {
        tiles(&bake());
        tiles(&bake_stones());
    }

    fn tiles(levels: &[Vec<u8>]) {
        assert_eq!(
            levels.iter().map(Vec::len).collect::<Vec<_>>(),
            (0..LEVELS).map(|l| (SIZE >> l).pow(2) * 4).collect::<Vec<_>>()
        );
        // The seam differs no more than neighbours do.
        let noise = |x: usize, y: usize| i32::from(levels[0][(y * SIZE + x) * 4]);
        let across = (0..SIZE).map(|y| (noise(0, y) - noise(SIZE - 1, y)).abs()).max();
        assert!(across < Some(60), "{across:?}");
    }
}
