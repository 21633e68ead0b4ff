//! The view field as a picture: a pixel a cell or a square of them, each material in its colours by coverage and speed,
//! terrain grey.

use anyhow::Context;
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};
use sim_kernels::materials;
use sim_kernels::shade;
use sim_kernels::terrain::Terrain;
use sim_kernels::view::{Sample, ViewTile};
use std::path::Path;

/// The whole world's view field, put together from regions' tiles.
#[derive(Clone, Debug)]
pub struct Picture {
    size: WorldSize,
    cells: Vec<u32>,
}

impl Picture {
    /// An empty world.
    pub fn new(size: WorldSize) -> Self {
        Self { size, cells: vec![0; size.rect().area()] }
    }

    /// Takes a region's tiles; with `full`, tiles that are absent are empty.
    pub fn update(&mut self, region: Rect, full: bool, tiles: &[ViewTile]) {
        let region = region.intersect(self.size.rect());
        if full {
            for y in region.y0..region.y1 {
                let row = (y * self.size.width) as usize;
                self.cells[row + region.x0 as usize..row + region.x1 as usize].fill(0);
            }
        }
        for tile in tiles.iter().filter(|t| t.is_valid()) {
            let (x0, y0) = (i32::from(tile.tile[0]) * TILE_CELLS, i32::from(tile.tile[1]) * TILE_CELLS);
            if x0 + TILE_CELLS > self.size.width || y0 + TILE_CELLS > self.size.height {
                continue;
            }
            for (i, cell) in tile.cells.iter().enumerate() {
                let (x, y) = (x0 + i as i32 % TILE_CELLS, y0 + i as i32 / TILE_CELLS);
                self.cells[(y * self.size.width + x) as usize] = *cell;
            }
        }
    }

    /// Cells with any water.
    #[cfg(test)]
    pub fn wet_cells(&self) -> usize {
        self.cells.iter().filter(|c| Sample::unpack(**c).coverage > 0).count()
    }

    /// Writes a PNG, the world's top row first, with so many pixels a cell along each axis.
    pub fn write(&self, path: &Path, terrain: &Terrain, pixels: u32) -> anyhow::Result<()> {
        let (width, height) = (self.size.width as u32 * pixels, self.size.height as u32 * pixels);
        let mut bytes = Vec::with_capacity((width * height) as usize * 3);
        for y in (0..height).rev().map(|y| (y / pixels) as i32) {
            for x in (0..width).map(|x| (x / pixels) as i32) {
                let cell = self.cells[(y * self.size.width + x) as usize];
                bytes.extend(if terrain.solid(x, y) { [96, 88, 80] } else { colour(cell, x, y) });
            }
        }
        let file = std::fs::File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
        let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&bytes)?;
        Ok(())
    }
}

fn colour(cell: u32, x: i32, y: i32) -> [u8; 3] {
    let sample = Sample::unpack(cell);
    let Sample { coverage, speed, material, warmth, .. } = sample;
    let (amount, look) = (u32::from(coverage).min(128), materials::material(u32::from(material)).look);
    let (air, at_rest, light) = ([18, 20, 26], shade::colour(&look, &sample, x, y), shade::light(shade::glow(warmth)));
    std::array::from_fn(|i| {
        let [body, fast] = [at_rest[i], look.fast[i]].map(u32::from);
        let here = (body * (15 - u32::from(speed)) + fast * u32::from(speed)) / 15;
        let here = (here + u32::from(light[i])).min(255);
        ((air[i] * (128 - amount) + here * amount) / 128) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_land_where_they_belong_and_full_clears() {
        let size = WorldSize::new(32, 32).unwrap();
        let mut picture = Picture::new(size);
        let tile = ViewTile { tile: [1, 0], cells: vec![128; 256] };
        picture.update(size.rect(), false, &[tile.clone(), ViewTile { tile: [9, 9], cells: vec![128; 256] }]);
        assert_eq!(picture.wet_cells(), 256);
        assert_eq!(picture.cells[16], 128);
        picture.update(Rect::new(0, 0, 16, 32), true, &[]);
        assert_eq!(picture.wet_cells(), 256);
        picture.update(Rect::new(16, 0, 32, 32), true, &[]);
        assert_eq!(picture.wet_cells(), 0);
    }
}
