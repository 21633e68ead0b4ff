//! The view field on the CPU: what was last drawn and what is to be drawn next, for every cell.
//!
//! Every tile keeps two frames, the one that was on the screen when the newest came and the newest itself;
//! the shader eases from one to the other by the tile's arrival time, so that a tile is uploaded only when
//! it changed and motion is smooth at any frame rate. What is uploaded follows what changed, never the size
//! of the world. Nothing here knows of Bevy or of a GPU.

use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};
use sim_kernels::terrain::Terrain;
use sim_kernels::view::{ViewTile, unpack_sample};

/// Bytes a cell: coverage before, coverage now, speed, and 255 where solid. One texel holds all that the
/// shader asks of a cell, since taps are what drawing costs.
pub const FIELD_BYTES: usize = 4;
/// The shortest and longest time over which a frame is eased in, in seconds.
const EASE_S: (f32, f32) = (1.0 / 60.0, 0.15);
const TILE: usize = TILE_CELLS as usize;

/// Which texture a patch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// [`FIELD_BYTES`] a cell.
    Cells,
    /// Arrival and duration, two `f32` a tile.
    Arrivals,
}

/// A rectangle of texels to upload, rows from the bottom, tightly packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Where to.
    pub layer: Layer,
    /// Left bottom texel.
    pub origin: [u32; 2],
    /// Width and height in texels.
    pub size: [u32; 2],
    /// The texels.
    pub bytes: Vec<u8>,
}

/// See the module's description.
pub struct Field {
    size: WorldSize,
    texels: Vec<u8>,
    /// The terrain's words as they are in `texels`.
    words: Vec<u32>,
    arrivals: Vec<[f32; 2]>,
    /// When a tile was last told of, changed or not: the pace of its frames.
    seen: Vec<f32>,
    /// Tiles whose two frames differ, or whose speed is still dying away.
    moving: Vec<bool>,
    dirty: Vec<bool>,
}

impl Field {
    /// An empty world without terrain.
    pub fn new(size: WorldSize) -> Self {
        let cells = size.rect().area();
        let tiles = (size.tiles_x() * size.tiles_y()) as usize;
        Self {
            size,
            texels: vec![0; cells * FIELD_BYTES],
            words: Terrain::new(size).words().to_vec(),
            arrivals: vec![[-1.0, 0.0]; tiles],
            seen: vec![-1.0; tiles],
            moving: vec![false; tiles],
            dirty: vec![false; tiles],
        }
    }

    /// The world's size.
    pub fn size(&self) -> WorldSize {
        self.size
    }

    /// A frame of one region came at `now` seconds. Tiles that are absent keep what they show, or become
    /// empty when the frame is `full`. Tiles outside the region or the world are ignored.
    pub fn frame(&mut self, region: Rect, full: bool, tiles: &[ViewTile], now: f32) {
        let (columns, rows) = (self.size.tiles_x(), self.size.tiles_y());
        let area = region.intersect(self.size.rect());
        let (x0, y0) = (area.x0.div_euclid(TILE_CELLS), area.y0.div_euclid(TILE_CELLS));
        let x1 = (area.x1 + TILE_CELLS - 1).div_euclid(TILE_CELLS).min(columns);
        let y1 = (area.y1 + TILE_CELLS - 1).div_euclid(TILE_CELLS).min(rows);
        if area.is_empty() {
            return;
        }
        let inside = |t: [u16; 2]| (x0..x1).contains(&i32::from(t[0])) && (y0..y1).contains(&i32::from(t[1]));
        let mut fresh = vec![None; ((x1 - x0) * (y1 - y0)) as usize];
        for tile in tiles.iter().filter(|t| t.is_valid() && inside(t.tile)) {
            let at = (i32::from(tile.tile[1]) - y0) * (x1 - x0) + i32::from(tile.tile[0]) - x0;
            fresh[at as usize] = Some(tile);
        }
        for y in y0..y1 {
            for x in x0..x1 {
                let index = (y * columns + x) as usize;
                let tile = fresh[((y - y0) * (x1 - x0) + x - x0) as usize];
                let shown = ease(self.arrivals[index], now);
                let since = now - std::mem::replace(&mut self.seen[index], now);
                if (tile.is_some() || self.moving[index] || full) && self.renew(x, y, index, tile, full, shown) {
                    self.arrivals[index] = [now, since.clamp(EASE_S.0, EASE_S.1)];
                    self.dirty[index] = true;
                }
            }
        }
    }

    /// The terrain as it is now. Costs a comparison of its words, and work for those that differ.
    pub fn set_terrain(&mut self, terrain: &Terrain) {
        let width = self.size.width;
        let per_row = (width as usize).div_ceil(32);
        if terrain.size() != self.size || terrain.words().len() != self.words.len() {
            return;
        }
        for (i, (&new, old)) in terrain.words().iter().zip(&mut self.words).enumerate() {
            if new == *old {
                continue;
            }
            *old = new;
            let (x0, y) = (i % per_row * 32, i / per_row);
            for x in x0..(x0 + 32).min(width as usize) {
                let cell = y * width as usize + x;
                self.texels[cell * FIELD_BYTES + 3] = if new >> (x - x0) & 1 != 0 { 255 } else { 0 };
                self.dirty[y / TILE * self.size.tiles_x() as usize + x / TILE] = true;
            }
        }
    }

    /// What changed since the last call, as few rectangles.
    pub fn take_patches(&mut self) -> Vec<Patch> {
        let mut patches = Vec::new();
        let (columns, rows) = (self.size.tiles_x() as usize, self.size.tiles_y() as usize);
        for row in 0..rows {
            let line = &self.dirty[row * columns..][..columns];
            let (Some(first), Some(last)) = (line.iter().position(|d| *d), line.iter().rposition(|d| *d)) else {
                continue;
            };
            // A tile's arrival is so small that one patch a row is less work than many.
            patches.push(Patch {
                layer: Layer::Arrivals,
                origin: [first as u32, row as u32],
                size: [(last + 1 - first) as u32, 1],
                bytes: bytemuck::cast_slice(&self.arrivals[row * columns + first..=row * columns + last]).to_vec(),
            });
            let mut x = first;
            while x <= last {
                let end = (x..=last).find(|&i| !self.dirty[row * columns + i]).unwrap_or(last + 1);
                if end > x {
                    patches.push(self.water_patch(x, end, row));
                }
                x = end + 1;
            }
        }
        self.dirty.fill(false);
        patches
    }

    /// The newest coverage in a rectangle of cells, summed: 128 is a cell at rest density.
    pub fn coverage(&self, rect: Rect) -> u64 {
        let part = rect.intersect(self.size.rect());
        let row = |y: i32| (part.x0..part.x1).map(move |x| (y * self.size.width + x) as usize * FIELD_BYTES + 1);
        (part.y0..part.y1).flat_map(row).map(|i| u64::from(self.texels[i])).sum()
    }

    /// Asks for everything to be uploaded anew, as to new textures.
    pub fn mark_all(&mut self) {
        self.dirty.fill(true);
    }

    /// Gives a tile its newest frame, and as the one before what is on the screen; says whether that changed
    /// anything.
    fn renew(&mut self, x: i32, y: i32, index: usize, tile: Option<&ViewTile>, full: bool, shown: f32) -> bool {
        let share = (shown * 256.0) as i32;
        let mut moving = false;
        let mut touched = false;
        for row in 0..TILE {
            let start = (y as usize * TILE + row) * self.size.width as usize + x as usize * TILE;
            let texels = &mut self.texels[start * FIELD_BYTES..][..TILE * FIELD_BYTES];
            let cells = tile.map(|tile| &tile.cells[row * TILE..][..TILE]);
            for (column, texel) in texels.chunks_exact_mut(FIELD_BYTES).enumerate() {
                let before = mix(texel[0], texel[1], share);
                let (coverage, speed) = match cells {
                    Some(cells) => {
                        let (coverage, speed, _) = unpack_sample(cells[column]);
                        (coverage, speed * 17)
                    }
                    None if full => (0, 0),
                    None => (texel[1], 0),
                };
                // Foam outlives the rush that made it by a few frames.
                let lasting = if speed < texel[2] { speed + (texel[2] - speed) / 4 * 3 } else { speed };
                let new = [before, coverage, lasting, texel[3]];
                moving |= before != coverage || lasting != speed;
                touched |= texel[..] != new;
                texel.copy_from_slice(&new);
            }
        }
        self.moving[index] = moving;
        touched
    }

    fn water_patch(&self, x0: usize, x1: usize, row: usize) -> Patch {
        let width = self.size.width as usize;
        let mut bytes = Vec::with_capacity((x1 - x0) * TILE * TILE * FIELD_BYTES);
        for y in row * TILE..(row + 1) * TILE {
            let start = (y * width + x0 * TILE) * FIELD_BYTES;
            bytes.extend_from_slice(&self.texels[start..start + (x1 - x0) * TILE * FIELD_BYTES]);
        }
        Patch {
            layer: Layer::Cells,
            origin: [(x0 * TILE) as u32, (row * TILE) as u32],
            size: [((x1 - x0) * TILE) as u32, TILE as u32],
            bytes,
        }
    }
}

fn ease([arrival, duration]: [f32; 2], now: f32) -> f32 {
    ((now - arrival) / duration.max(0.001)).clamp(0.0, 1.0)
}

/// `share` in 256ths; at 256 it is exactly `b`.
fn mix(a: u8, b: u8, share: i32) -> u8 {
    (i32::from(a) + (((i32::from(b) - i32::from(a)) * share + 128) >> 8)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::view::sample;

    fn tile(x: u16, y: u16, coverage: u8) -> ViewTile {
        ViewTile { tile: [x, y], cells: vec![sample(coverage, 3, 0); TILE * TILE] }
    }

    fn water(patches: &[Patch]) -> Vec<&Patch> {
        patches.iter().filter(|p| p.layer == Layer::Cells).collect()
    }

    #[test]
    fn neighbouring_tiles_travel_in_one_patch() {
        let mut field = Field::new(WorldSize::new(64, 32).unwrap());
        field.frame(Rect::new(0, 0, 64, 32), true, &[tile(1, 0, 128), tile(2, 0, 128), tile(0, 1, 9)], 1.0);
        let patches = field.take_patches();
        let water = water(&patches);
        assert_eq!(water.len(), 2);
        assert_eq!((water[0].origin, water[0].size), ([16, 0], [32, 16]));
        assert_eq!(water[0].bytes[..4], [0, 128, 51, 0]);
        assert!(field.take_patches().is_empty());
    }

    #[test]
    fn a_frame_starts_from_what_was_on_the_screen() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = Rect::new(0, 0, 16, 16);
        field.frame(all, true, &[tile(0, 0, 100)], 1.0);
        field.frame(all, true, &[tile(0, 0, 100)], 1.1);
        // Eased in over 0.1 s: after half of that, half of the way to 200 is shown.
        field.frame(all, true, &[tile(0, 0, 200)], 1.2);
        field.frame(all, true, &[tile(0, 0, 50)], 1.25);
        assert_eq!(field.texels[..2], [150, 50]);
    }

    #[test]
    fn absent_tiles_stay_unless_the_frame_is_full() {
        let mut field = Field::new(WorldSize::new(32, 16).unwrap());
        let all = Rect::new(0, 0, 32, 16);
        field.frame(all, true, &[tile(0, 0, 100), tile(1, 0, 100)], 1.0);
        field.frame(all, false, &[tile(0, 0, 80)], 2.0);
        assert_eq!(field.texels[16 * FIELD_BYTES + 1], 100);
        field.frame(all, true, &[tile(0, 0, 80)], 3.0);
        assert_eq!(field.texels[16 * FIELD_BYTES + 1], 0);
    }

    #[test]
    fn frames_from_outside_cannot_write_outside() {
        let mut field = Field::new(WorldSize::new(32, 16).unwrap());
        let short = ViewTile { tile: [0, 0], cells: vec![7; 3] };
        field.frame(Rect::new(-50, -50, 9999, 9999), false, &[tile(999, 7, 1), short], 1.0);
        field.frame(Rect::new(900, 900, 901, 901), true, &[tile(0, 0, 1)], 1.0);
        assert!(water(&field.take_patches()).is_empty());
    }

    #[test]
    fn only_the_changed_part_of_terrain_is_uploaded() {
        let size = WorldSize::new(96, 32).unwrap();
        let mut field = Field::new(size);
        let mut terrain = Terrain::new(size);
        terrain.fill(Rect::new(35, 5, 41, 7), true);
        field.set_terrain(&terrain);
        let patches = field.take_patches();
        let water = water(&patches);
        assert_eq!((water[0].origin, water[0].size), ([32, 0], [32, 16]));
        let solid = |patch: &Patch| patch.bytes.chunks(FIELD_BYTES).filter(|texel| texel[3] == 255).count();
        assert_eq!(water.iter().map(|p| solid(p)).sum::<usize>(), 12);
        assert_eq!(water[0].bytes[(5 * 32 + 3) * FIELD_BYTES + 3], 255);
        field.set_terrain(&terrain);
        assert!(field.take_patches().is_empty());
        terrain.fill(size.rect(), false);
        field.set_terrain(&terrain);
        assert!(field.take_patches().iter().all(|patch| patch.layer == Layer::Arrivals || solid(patch) == 0));
    }

    /// The largest world, one puddle that moves and one that rests: a frame costs what the puddle does.
    #[test]
    fn uploads_follow_what_changed_and_not_the_world() {
        let size = WorldSize::new(4096, 1024).unwrap();
        let mut field = Field::new(size);
        let resting = tile(200, 60, 128);
        let bytes = |field: &mut Field| field.take_patches().iter().map(|p| p.bytes.len()).sum::<usize>();
        for i in 0..20u8 {
            let now = 1.0 + f32::from(i) / 60.0;
            field.frame(size.rect(), true, &[tile(3, 2, 100 + i), tile(4, 2, 100 + i), resting.clone()], now);
            let sent = bytes(&mut field);
            // The resting one eases in during its first frames.
            let limit = if i < 12 { 3 } else { 2 } * (TILE * TILE * FIELD_BYTES + 8);
            assert!(sent <= limit, "frame {i}: {sent} bytes");
        }
    }

    #[test]
    fn a_tile_that_rested_moves_at_the_pace_of_its_frames() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = Rect::new(0, 0, 16, 16);
        for i in 0..60 {
            field.frame(all, true, &[tile(0, 0, 100)], 1.0 + i as f32 / 30.0);
        }
        field.frame(all, true, &[tile(0, 0, 120)], 3.0);
        assert!((field.arrivals[0][1] - 1.0 / 30.0).abs() < 1e-3, "{:?}", field.arrivals);
    }
}
