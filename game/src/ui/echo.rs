//! Draws the echo of one's own strokes over the world: a light veil over the cells, soft at its rim.

use super::Screen;
use crate::camera::Viewport;
use crate::tools::echo::{Echo, Shades};
use crate::tools::tool::Veil;
use bevy::prelude::*;
use bevy_egui::egui;
use sim_kernels::geom::TILE_CELLS;

const TILE: usize = TILE_CELLS as usize;
/// Shades of a tile's cells, and of those beside it to the right and above.
const SIDE: usize = TILE + 1;

/// Draws the veil below all windows, and below the brush.
pub(super) fn show(ctx: Res<Screen>, echo: Res<Echo>, viewport: Res<Viewport>, time: Res<Time>) {
    let shades = echo.shades(time.elapsed_secs_f64());
    if shades.is_empty() {
        return;
    }
    let viewport = ctx.view(&viewport);
    let painter = ctx.0.layer_painter(egui::LayerId::background());
    for (veil, tiles) in shades {
        let mut mesh = egui::Mesh::default();
        for_each_quad(&tiles, |rect, strengths| add_quad(&mut mesh, &viewport, veil, rect, strengths));
        painter.add(egui::Shape::mesh(mesh));
    }
}

/// Corners of a quad in cells: left, bottom, right, top.
type Corners = [i32; 4];

/// Rectangles between the middles of cells, with the strengths at their corners: left bottom, right bottom, left top,
/// right top. What is even is one rectangle along a row; what is empty is left out.
fn for_each_quad(tiles: &Shades, mut quad: impl FnMut(Corners, [u8; 4])) {
    let mut starts: Vec<[i32; 2]> = Vec::new();
    for &[x, y] in tiles.keys() {
        // Cells at the left and lower rim meet those of the tiles before.
        let (x, y) = (i32::from(x), i32::from(y));
        starts.extend([[x, y], [x - 1, y], [x, y - 1], [x - 1, y - 1]]);
    }
    starts.sort_unstable();
    starts.dedup();
    for [tx, ty] in starts {
        let mut shades = [0u8; SIDE * SIDE];
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let key = [u16::try_from(tx + dx), u16::try_from(ty + dy)];
            let [Ok(x), Ok(y)] = key else { continue };
            let Some(shade) = tiles.get(&[x, y]) else { continue };
            let (width, height) = (if dx == 0 { TILE } else { 1 }, if dy == 0 { TILE } else { 1 });
            for row in 0..height {
                let to = (row + dy as usize * TILE) * SIDE + dx as usize * TILE;
                shades[to..to + width].copy_from_slice(&shade[row * TILE..][..width]);
            }
        }
        for y in 0..TILE {
            let strengths = |x: usize| {
                let at = y * SIDE + x;
                [shades[at], shades[at + 1], shades[at + SIDE], shades[at + SIDE + 1]]
            };
            let mut x = 0;
            while x < TILE {
                let corners = strengths(x);
                let even = corners.iter().all(|&c| c == corners[0]);
                let end = if even { (x + 1..TILE).find(|&i| strengths(i) != corners).unwrap_or(TILE) } else { x + 1 };
                if corners != [0; 4] {
                    let (left, bottom) = (tx * TILE_CELLS + x as i32, ty * TILE_CELLS + y as i32);
                    quad([left, bottom, left + (end - x) as i32, bottom + 1], corners);
                }
                x = end;
            }
        }
    }
}

fn add_quad(mesh: &mut egui::Mesh, viewport: &Viewport, veil: Veil, [x0, y0, x1, y1]: Corners, strengths: [u8; 4]) {
    let first = mesh.vertices.len() as u32;
    for ([x, y], strength) in [[x0, y0], [x1, y0], [x0, y1], [x1, y1]].into_iter().zip(strengths) {
        let at = viewport.to_screen(Vec2::new(x as f32, y as f32) + 0.5);
        let colour = veil.ink.gamma_multiply(veil.opacity * f32::from(strength) / 255.0);
        mesh.colored_vertex(egui::pos2(at.x, at.y), colour);
    }
    // Cut along the stronger diagonal, or a rim of steps would have teeth.
    let rising = u32::from(strengths[0]) + u32::from(strengths[3]) > u32::from(strengths[1]) + u32::from(strengths[2]);
    let [a, b, c, d] = if rising { [1, 3, 0, 2] } else { [0, 1, 2, 3] }.map(|corner| first + corner);
    mesh.add_triangle(a, b, c);
    mesh.add_triangle(c, b, d);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The sum of strength times area, as the veil is drawn, and the number of rectangles.
    fn drawn(tiles: &Shades) -> (f32, usize) {
        let (mut sum, mut count) = (0.0, 0);
        for_each_quad(tiles, |[x0, y0, x1, y1], strengths| {
            let mean = strengths.iter().map(|&s| f32::from(s)).sum::<f32>() / 4.0;
            sum += mean * ((x1 - x0) * (y1 - y0)) as f32;
            count += 1;
        });
        (sum, count)
    }

    #[test]
    fn a_cell_is_drawn_whole_wherever_it_lies() {
        for (x, y) in [(0, 0), (15, 0), (0, 15), (15, 15), (7, 8)] {
            let mut shade = [0; TILE * TILE];
            shade[y * TILE + x] = 200;
            assert_eq!(drawn(&BTreeMap::from([([3, 3], shade)])), (200.0, 4), "{x} {y}");
            assert_eq!(drawn(&BTreeMap::from([([0, 0], shade)])).0, 200.0, "{x} {y}");
        }
    }

    #[test]
    fn neighbouring_tiles_join_without_a_seam_and_what_is_even_is_cheap() {
        let full = [100; TILE * TILE];
        let (sum, count) = drawn(&BTreeMap::from([([1, 1], full), ([2, 1], full)]));
        assert_eq!(sum, 100.0 * 512.0);
        assert!(count < 150, "{count} rectangles for 512 cells");
    }
}
