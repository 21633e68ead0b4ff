//! The view field on the CPU: what was last drawn and what is to be drawn next, for every cell.
//!
//! Every tile keeps two frames, the one that was on the screen when the newest came and the newest itself;
//! the shader eases from one to the other by the tile's arrival time, so that a tile is uploaded only when
//! it changed and motion is smooth at any frame rate. What is uploaded follows what changed, never the size
//! of the world. Nothing here knows of Bevy or of a GPU.
//!
//! A frame is eased in over the time that frames of its region are apart. Where the picture was wrong, since
//! frames were missing ([`crate::pulse`] finds that) or what was shown was a speculation (then the truth is told of a
//! tick that was shown already), all frames of the next 0.15 s are eased in so that the last of them is right: the
//! picture runs to the corrected state and does not pop.

use crate::finish;
use crate::pulse::Pulse;
use sim_kernels::geom::{Rect, TILE_CELLS, WorldSize};
use sim_kernels::materials::{self, WATER};
use sim_kernels::terrain::Terrain;
use sim_kernels::view::{Sample, ViewTile};

/// Bytes a cell: coverage before, coverage now, speed, and 255 where solid. One texel holds all that the
/// shader asks of a cell, since taps are what drawing costs.
pub const FIELD_BYTES: usize = 4;
/// Bytes a cell: what is there, as a sample's word is laid out, with in place of coverage and speed only how much of it there is, 0 to 15.
pub const SAMPLE_BYTES: usize = 4;
/// What was shown wrong becomes right over this time, in seconds.
const SETTLE_S: f64 = 0.15;
/// The shader's clock begins at zero again after this many seconds: as `f32` it would get too coarse for 60 frames a second.
const CLOCK_S_MAX: f64 = 1800.0;
/// Coverage, of 128, from which on a cell holds something.
pub const SOME: u8 = 24;
/// The tick of a tile that was never told of.
const NEVER: u64 = u64::MAX;
const TILE: usize = TILE_CELLS as usize;

/// Which texture a patch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// [`FIELD_BYTES`] a cell.
    Cells,
    /// [`SAMPLE_BYTES`] a cell.
    Samples,
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

/// What is in a quarter of a tile, a bit each: much can be drawn more cheaply where something is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(pub u8);

impl Kinds {
    /// Something that flows or moves, or did in the frame before.
    pub const FLUID: Self = Self(1);
    /// Bedrock.
    pub const ROCK: Self = Self(2);
    /// Anything that flows or moves and is not water, or glows.
    pub const MORE: Self = Self(4);
    /// What stays where it is, and is not bedrock.
    pub const STILL: Self = Self(8);
    /// Gas.
    pub const GAS: Self = Self(16);
    /// Something that glows.
    pub const HOT: Self = Self(32);
    /// Some of what flows is water.
    pub const WATER: Self = Self(64);

    /// Whether any of these is there.
    pub fn has(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }

    fn add(&mut self, kinds: Self, is: bool) {
        self.0 |= if is { kinds.0 } else { 0 };
    }
}

/// Of the quarters of a tile: left bottom, right bottom, left top, right top.
pub type Quarters = [Kinds; 4];

/// What [`Field::take_news`] tells.
#[derive(Clone, Debug, Default)]
pub struct News {
    /// To upload.
    pub patches: Vec<Patch>,
    /// Tiles that look different from before, by index, row by row from the bottom left.
    pub tiles: Vec<(u32, Quarters)>,
}

/// What is warmer than this, of 15, glows; the shader has the same.
const GLOWS_ABOVE: u8 = 7;

/// See the module's description.
pub struct Field {
    size: WorldSize,
    texels: Vec<u8>,
    /// An empty cell keeps what it held, for what still eases out of it. All zero as long as there is only water.
    samples: Vec<u32>,
    /// The terrain's words as they are in `texels`.
    words: Vec<u32>,
    arrivals: Vec<Arrival>,
    /// Where the shader's clock has its zero, and whether it was moved since the last patches.
    clock_zero: f64,
    clock_moved: bool,
    pulse: Pulse,
    tiles: Vec<TileNews>,
    /// The tiles that move.
    movers: Vec<u32>,
    dirty: Vec<bool>,
    /// There was ever anything but water, as cold as the air.
    mixed: bool,
    /// A bit for each material that is gas.
    gases: u64,
    /// Tiles whose samples changed.
    resampled: Vec<bool>,
    /// What is in each tile.
    kinds: Vec<Quarters>,
    /// The tiles that ease in, and whether a tile is among them.
    easing: Vec<u32>,
    eases: Vec<bool>,
}

/// When a tile's newest frame came, and over how many seconds it is eased in.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    at: f64,
    over: f32,
}

/// What is known of a tile besides its texels.
#[derive(Clone, Copy, Debug)]
struct TileNews {
    /// How it looked at this tick is the newest that was told.
    tick: u64,
    /// It shows something wrong until then, in seconds.
    wrong_until: f64,
    /// There is anything in it.
    filled: bool,
    /// Its two frames differ, or its speed is still dying away.
    moving: bool,
}

/// What there is in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// How much of it: 128 at rest density.
    pub coverage: u8,
    /// Its code.
    pub material: u8,
    /// How warm it is: see [`sim_kernels::materials::heat::warmth`].
    pub warmth: u8,
    /// 0 still to 15 fast.
    pub speed: u8,
}

/// A frame as it is worked in.
#[derive(Clone, Copy)]
struct Telling {
    tick: u64,
    full: bool,
    now: f64,
}

impl Field {
    /// An empty world without terrain.
    pub fn new(size: WorldSize) -> Self {
        let cells = size.rect().area();
        let tiles = (size.tiles_x() * size.tiles_y()) as usize;
        Self {
            size,
            texels: vec![0; cells * FIELD_BYTES],
            samples: vec![0; cells],
            words: Terrain::new(size).words().to_vec(),
            arrivals: vec![Arrival { at: -1.0, over: 0.0 }; tiles],
            clock_zero: 0.0,
            clock_moved: false,
            pulse: Pulse::new(size.tiles_x() as usize),
            tiles: vec![TileNews { tick: NEVER, wrong_until: -1.0, filled: false, moving: false }; tiles],
            movers: Vec::new(),
            dirty: vec![false; tiles],
            mixed: false,
            gases: finish::gases(),
            resampled: vec![false; tiles],
            kinds: vec![Quarters::default(); tiles],
            easing: Vec::new(),
            eases: vec![false; tiles],
        }
    }

    /// The world's size.
    pub fn size(&self) -> WorldSize {
        self.size
    }

    /// Where strips begin, in cells: what of one comes, comes from one peer.
    pub fn set_seams(&mut self, seams: impl Iterator<Item = i32>) {
        self.pulse.set_seams(seams.map(|x| x.div_euclid(TILE_CELLS)));
    }

    /// The world's clock goes at this share of real time.
    pub fn set_pace(&mut self, share: f32) {
        self.pulse.set_pace(share);
    }

    /// A frame of one region at one tick came at `now` seconds. Tiles that are absent keep what they show, or become
    /// empty when the frame is `full`. Tiles outside the region or the world are ignored.
    pub fn frame(&mut self, tick: u64, region: Rect, full: bool, tiles: &[ViewTile], now: f64) {
        let (columns, rows) = (self.size.tiles_x(), self.size.tiles_y());
        let area = region.intersect(self.size.rect());
        let (x0, y0) = (area.x0.div_euclid(TILE_CELLS), area.y0.div_euclid(TILE_CELLS));
        let x1 = (area.x1 + TILE_CELLS - 1).div_euclid(TILE_CELLS).min(columns);
        let y1 = (area.y1 + TILE_CELLS - 1).div_euclid(TILE_CELLS).min(rows);
        if area.is_empty() {
            return;
        }
        let inside = |t: [u16; 2]| (x0..x1).contains(&i32::from(t[0])) && (y0..y1).contains(&i32::from(t[1]));
        let given = || tiles.iter().filter(|t| t.is_valid() && inside(t.tile));
        let telling = Telling { tick, full, now };
        if full {
            self.pulse.hear(x0 as usize..x1 as usize, tick, now);
        } else {
            given().for_each(|tile| self.pulse.hear_of(usize::from(tile.tile[0]), tick, now));
        }
        if full {
            let mut fresh = vec![None; ((x1 - x0) * (y1 - y0)) as usize];
            for tile in given() {
                let at = (i32::from(tile.tile[1]) - y0) * (x1 - x0) + i32::from(tile.tile[0]) - x0;
                fresh[at as usize] = Some(tile);
            }
            for y in y0..y1 {
                for x in x0..x1 {
                    let index = (y * columns + x) as usize;
                    let tile = fresh[((y - y0) * (x1 - x0) + x - x0) as usize];
                    let TileNews { filled, moving, .. } = self.tiles[index];
                    if tile.is_some() || filled || moving {
                        self.tell(index, tile, telling);
                    }
                    self.tiles[index].tick = tick;
                }
            }
        } else {
            for tile in given() {
                let index = usize::from(tile.tile[1]) * columns as usize + usize::from(tile.tile[0]);
                self.tell(index, Some(tile), telling);
                self.tiles[index].tick = tick;
            }
            self.calm(telling);
        }
        self.movers.retain(|&index| self.tiles[index as usize].moving);
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

    /// What changed since the last call, at `now` seconds.
    pub fn take_news(&mut self, now: f64) -> News {
        let changed = (0..self.dirty.len()).filter(|&index| self.dirty[index]);
        let mut tiles: Vec<(u32, Quarters)> = changed.map(|index| (index as u32, self.kinds_of(index))).collect();
        for &(index, kinds) in &tiles {
            self.kinds[index as usize] = kinds;
        }
        // What eases is told of once more when it has come in.
        let known = |index: u32| (index, self.kinds[index as usize]);
        tiles.extend(self.easing.iter().filter(|&&index| !self.dirty[index as usize]).map(|&index| known(index)));
        let (arrivals, eases) = (&self.arrivals, &mut self.eases);
        self.easing.retain(|&index| {
            let arrival = arrivals[index as usize];
            let goes_on = now < arrival.at + f64::from(arrival.over);
            eases[index as usize] = goes_on;
            goes_on
        });
        News { patches: self.take_patches(), tiles }
    }

    /// What is in a tile, by its cells.
    fn kinds_of(&self, index: usize) -> Quarters {
        let (x, y) = (index % self.size.tiles_x() as usize, index / self.size.tiles_x() as usize);
        let mut quarters = Quarters::default();
        for row in 0..TILE {
            let start = (y * TILE + row) * self.size.width as usize + x * TILE;
            for column in 0..TILE {
                let quarter = &mut quarters[row / (TILE / 2) * 2 + column / (TILE / 2)];
                let texel = &self.texels[(start + column) * FIELD_BYTES..][..FIELD_BYTES];
                let word = self.samples[start + column];
                let filled = texel[0] != 0 || texel[1] != 0;
                quarter.add(Kinds::FLUID, filled);
                quarter.add(Kinds::WATER, filled && u32::from(Sample::unpack(word).material) == WATER);
                quarter.add(Kinds::ROCK, texel[3] != 0);
                if word & !AMOUNT == 0 {
                    continue;
                }
                let Sample { material, warmth, .. } = Sample::unpack(word);
                let (is_gas, is_still) = (self.gases >> material & 1 != 0, materials::is_still(u32::from(material)));
                quarter.add(Kinds::HOT, word & AMOUNT != 0 && warmth > GLOWS_ABOVE);
                quarter.add(Kinds::GAS, is_gas);
                quarter.add(Kinds::STILL, is_still);
                quarter
                    .add(Kinds::MORE, !is_gas && !is_still && (u32::from(material) != WATER || warmth > GLOWS_ABOVE));
            }
        }
        quarters
    }

    /// What changed since the last call, as few rectangles.
    pub fn take_patches(&mut self) -> Vec<Patch> {
        let mut patches = Vec::new();
        let (columns, rows) = (self.size.tiles_x() as usize, self.size.tiles_y() as usize);
        for row in 0..rows {
            let line = &self.dirty[row * columns..][..columns];
            let changed = line.iter().position(|d| *d).zip(line.iter().rposition(|d| *d));
            if self.clock_moved {
                patches.push(self.arrivals_patch(row, 0, columns - 1));
            }
            let Some((first, last)) = changed else { continue };
            // A tile's arrival is so small that one patch a row is less work than many.
            if !self.clock_moved {
                patches.push(self.arrivals_patch(row, first, last));
            }
            let mut x = first;
            while x <= last {
                let end = (x..=last).find(|&i| !self.dirty[row * columns + i]).unwrap_or(last + 1);
                if end > x {
                    patches.push(self.cells_patch(x, end, row));
                }
                x = end + 1;
            }
            for x in (first..=last).filter(|&x| self.resampled[row * columns + x]) {
                patches.push(self.samples_patch([x, row]));
            }
        }
        self.dirty.fill(false);
        self.resampled.fill(false);
        self.clock_moved = false;
        patches
    }

    /// What the shader's clock shows at `now` seconds; arrivals are told by the same clock.
    pub fn shader_seconds(&mut self, now: f64) -> f32 {
        if now - self.clock_zero > CLOCK_S_MAX {
            (self.clock_zero, self.clock_moved) = (now, true);
        }
        (now - self.clock_zero) as f32
    }

    /// The newest coverage in a rectangle of cells, summed: 128 is a cell at rest density.
    pub fn coverage(&self, rect: Rect) -> u64 {
        let part = rect.intersect(self.size.rect());
        let row = |y: i32| (part.x0..part.x1).map(move |x| (y * self.size.width + x) as usize * FIELD_BYTES + 1);
        (part.y0..part.y1).flat_map(row).map(|i| u64::from(self.texels[i])).sum()
    }

    /// How far from the left the middle of all that flows or moves is, in cells; none where there is nothing.
    pub fn middle_x(&self) -> Option<f32> {
        let width = self.size.width as usize;
        let (mut sum, mut weighted) = (0u64, 0u64);
        for (cell, texel) in self.texels.chunks_exact(FIELD_BYTES).enumerate() {
            sum += u64::from(texel[1]);
            weighted += u64::from(texel[1]) * (cell % width) as u64;
        }
        (sum > 0).then(|| weighted as f32 / sum as f32 + 0.5)
    }

    /// Whether a cell is solid; those outside are not.
    pub fn is_solid(&self, x: i32, y: i32) -> bool {
        self.texel(x, y).is_some_and(|texel| texel[3] != 0)
    }

    /// The newest coverage of a cell.
    pub fn coverage_at(&self, x: i32, y: i32) -> u8 {
        self.texel(x, y).map_or(0, |texel| texel[1])
    }

    /// What was told last of a cell; nothing where none is.
    pub fn seen_at(&self, x: i32, y: i32) -> Option<Seen> {
        let [_, coverage, speed, _] = *self.texel(x, y).filter(|texel| texel[1] > 0)? else { return None };
        // Where there is nothing but water, that goes without saying.
        let word = if self.mixed { self.samples[(y * self.size.width + x) as usize] } else { WATER << 12 };
        let Sample { material, warmth, .. } = Sample::unpack(word);
        Some(Seen { coverage, material, warmth, speed: speed / 17 })
    }

    /// The code of what is in a cell, where that is not next to nothing.
    pub fn material_at(&self, x: i32, y: i32) -> Option<u8> {
        self.seen_at(x, y).filter(|seen| seen.coverage >= SOME).map(|seen| seen.material)
    }

    /// The tick of the newest frame of a tile, and that of any of its strip, if there was one.
    pub fn ticks_of(&self, [x, y]: [u16; 2]) -> Option<(u64, u64)> {
        let index = usize::from(y) * self.size.tiles_x() as usize + usize::from(x);
        let tile = self.tiles.get(index).filter(|_| i32::from(x) < self.size.tiles_x())?;
        (tile.tick != NEVER).then(|| (tile.tick, self.pulse.tick(usize::from(x))))
    }

    /// Asks for everything to be uploaded again, as to new textures.
    pub fn mark_all(&mut self) {
        self.dirty.fill(true);
        self.resampled.fill(self.mixed);
    }

    /// Whether anything in it moves: then the world's own clock goes on, by which foam, gas and shimmer do.
    pub fn is_lively(&self) -> bool {
        let restless = Kinds(Kinds::GAS.0 | Kinds::HOT.0);
        !self.easing.is_empty() || self.kinds.as_flattened().iter().any(|kinds| kinds.has(restless))
    }

    fn texel(&self, x: i32, y: i32) -> Option<&[u8]> {
        let inside = self.size.rect().contains(x, y);
        inside.then(|| &self.texels[(y * self.size.width + x) as usize * FIELD_BYTES..][..FIELD_BYTES])
    }

    /// A tile looks like this; nothing is empty or, unless the frame is full, as before.
    fn tell(&mut self, index: usize, tile: Option<&ViewTile>, Telling { tick, full, now }: Telling) {
        let shown = ease(self.arrivals[index], now);
        let change = self.renew(index, tile, full, shown);
        if let Some(tile) = tile {
            let resampled = self.resample(index, tile);
            self.resampled[index] |= resampled;
            self.dirty[index] |= resampled;
        }
        let Some(change) = change else { return };
        let column = index % self.size.tiles_x() as usize;
        let news = &mut self.tiles[index];
        let again = news.tick != NEVER && news.tick >= tick;
        if change && (again || self.pulse.is_stale(column, news.tick, now)) {
            news.wrong_until = now + SETTLE_S;
        }
        let over = self.pulse.interval_s(column).max((news.wrong_until - now) as f32);
        self.arrivals[index] = Arrival { at: now, over };
        self.dirty[index] = true;
        if !std::mem::replace(&mut self.eases[index], true) {
            self.easing.push(index as u32);
        }
    }

    /// Tells what is in the cells of a tile; says whether that changed any.
    fn resample(&mut self, index: usize, tile: &ViewTile) -> bool {
        if !self.mixed {
            // Most worlds hold nothing but water, and need no more than its coverage.
            if tile.cells.iter().all(|&cell| word_of(cell, 0) & !AMOUNT == 0) {
                return false;
            }
            self.mixed = true;
            self.resample_all();
        }
        let (tx, ty) = (index % self.size.tiles_x() as usize * TILE, index / self.size.tiles_x() as usize * TILE);
        let mut changed = false;
        for (row, cells) in tile.cells.chunks_exact(TILE).enumerate() {
            let start = (ty + row) * self.size.width as usize + tx;
            for (old, &cell) in self.samples[start..start + TILE].iter_mut().zip(cells) {
                let new = word_of(cell, *old);
                changed |= std::mem::replace(old, new) != new;
            }
        }
        changed
    }

    /// The first time that there is anything but water: until then it went without saying.
    fn resample_all(&mut self) {
        for (sample, texel) in self.samples.iter_mut().zip(self.texels.chunks_exact(FIELD_BYTES)) {
            *sample = amount(texel[1]);
        }
        self.resampled.fill(true);
        self.dirty.fill(true);
    }

    /// Those of which nothing more is told, while others of their strip are told of, have come to rest.
    fn calm(&mut self, telling: Telling) {
        for i in 0..self.movers.len() {
            let index = self.movers[i] as usize;
            let column = index % self.size.tiles_x() as usize;
            let told = self.pulse.tick(column) == telling.tick && self.tiles[index].tick != telling.tick;
            if told && ease(self.arrivals[index], telling.now) >= 1.0 && self.renew(index, None, false, 1.0).is_some() {
                self.dirty[index] = true;
            }
        }
    }

    /// Gives a tile its newest frame, and as the one before what is on the screen; says nothing if that changed
    /// nothing, else whether the newest coverage is another.
    fn renew(&mut self, index: usize, tile: Option<&ViewTile>, full: bool, shown: f32) -> Option<bool> {
        let (x, y) = (index % self.size.tiles_x() as usize, index / self.size.tiles_x() as usize);
        let share = (shown * 256.0) as i32;
        let (mut moving, mut filled, mut touched, mut changed) = (false, false, false, false);
        let mut fastest = 0;
        for row in 0..TILE {
            let start = (y * TILE + row) * self.size.width as usize + x * TILE;
            let texels = &mut self.texels[start * FIELD_BYTES..][..TILE * FIELD_BYTES];
            let cells = tile.map(|tile| &tile.cells[row * TILE..][..TILE]);
            for (column, texel) in texels.chunks_exact_mut(FIELD_BYTES).enumerate() {
                let before = mix(texel[0], texel[1], share);
                let (coverage, speed) = match cells {
                    Some(cells) => {
                        let Sample { coverage, speed, .. } = Sample::unpack(cells[column]);
                        (coverage, speed * 17)
                    }
                    None if full => (0, 0),
                    None => (texel[1], 0),
                };
                // Foam outlives the rush that made it by a few frames.
                let lasting = if speed < texel[2] { speed + (texel[2] - speed) / 4 * 3 } else { speed };
                let new = [before, coverage, lasting, texel[3]];
                moving |= before != coverage || lasting != speed;
                filled |= coverage != 0 || before != 0 || lasting != 0;
                changed |= coverage != texel[1];
                touched |= texel[..] != new;
                fastest = fastest.max(speed);
                texel.copy_from_slice(&new);
            }
        }
        self.pulse.felt(x, fastest / 17);
        let news = &mut self.tiles[index];
        news.filled = filled;
        if moving && !std::mem::replace(&mut news.moving, moving) {
            self.movers.push(index as u32);
        }
        news.moving = moving;
        touched.then_some(changed)
    }

    fn arrivals_patch(&self, row: usize, first: usize, last: usize) -> Patch {
        let columns = self.size.tiles_x() as usize;
        let told = |arrival: &Arrival| [(arrival.at - self.clock_zero) as f32, arrival.over];
        let arrivals: Vec<[f32; 2]> =
            self.arrivals[row * columns + first..=row * columns + last].iter().map(told).collect();
        Patch {
            layer: Layer::Arrivals,
            origin: [first as u32, row as u32],
            size: [(last + 1 - first) as u32, 1],
            bytes: bytemuck::cast_slice(&arrivals).to_vec(),
        }
    }

    fn samples_patch(&self, [x, row]: [usize; 2]) -> Patch {
        let line = |y: usize| &self.samples[y * self.size.width as usize + x * TILE..][..TILE];
        Patch {
            layer: Layer::Samples,
            origin: [(x * TILE) as u32, (row * TILE) as u32],
            size: [TILE as u32; 2],
            bytes: (row * TILE..(row + 1) * TILE).flat_map(|y| line(y).iter().flat_map(|w| w.to_le_bytes())).collect(),
        }
    }

    fn cells_patch(&self, x0: usize, x1: usize, row: usize) -> Patch {
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

/// Where a word says how much there is.
const AMOUNT: u32 = 255;

/// How much there is, for a word: what is thin weighs less beside other materials.
fn amount(coverage: u8) -> u32 {
    u32::from(coverage / 4).min(15) * 8
}

/// What is uploaded of a cell's sample; an empty one keeps what was there.
fn word_of(cell: u32, old: u32) -> u32 {
    let Sample { coverage, material, .. } = Sample::unpack(cell);
    if coverage == 0 {
        return old & !AMOUNT;
    }
    // What nobody knows counts as water.
    let known = materials::is_known(u32::from(material));
    let told = if known { cell & !0xfff } else { WATER << 12 };
    told | amount(coverage)
}

fn ease(arrival: Arrival, now: f64) -> f32 {
    ((now - arrival.at) as f32 / arrival.over.max(0.001)).clamp(0.0, 1.0)
}

/// `share` in 256ths; at 256 it is exactly `b`.
fn mix(a: u8, b: u8, share: i32) -> u8 {
    (i32::from(a) + (((i32::from(b) - i32::from(a)) * share + 128) >> 8)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(x: u16, y: u16, coverage: u8) -> ViewTile {
        ViewTile { tile: [x, y], cells: vec![Sample::of(coverage, 3, 0).pack(); TILE * TILE] }
    }

    fn water(patches: &[Patch]) -> Vec<&Patch> {
        patches.iter().filter(|p| p.layer == Layer::Cells).collect()
    }

    #[test]
    fn neighbouring_tiles_travel_in_one_patch() {
        let mut field = Field::new(WorldSize::new(64, 32).unwrap());
        field.frame(1, Rect::new(0, 0, 64, 32), true, &[tile(1, 0, 128), tile(2, 0, 128), tile(0, 1, 9)], 1.0);
        let patches = field.take_patches();
        let water = water(&patches);
        assert_eq!(water.len(), 2);
        assert_eq!((water[0].origin, water[0].size), ([16, 0], [32, 16]));
        assert_eq!(water[0].bytes[..4], [0, 128, 51, 0]);
        assert!(field.take_patches().is_empty());
    }

    #[test]
    fn samples_are_uploaded_where_they_change_and_never_for_water() {
        let mut field = Field::new(WorldSize::new(64, 32).unwrap());
        let all = Rect::new(0, 0, 64, 32);
        let of = |material: u8, warmth: u8| {
            let mut cells = vec![0; TILE * TILE];
            cells[..TILE].fill(Sample { warmth, ..Sample::of(128, 0, material) }.pack());
            ViewTile { tile: [1, 0], cells }
        };
        let mut told = |tick: u64, material: u8, warmth: u8| {
            field.frame(tick, all, false, &[of(material, warmth)], tick as f64);
            field.take_patches().into_iter().filter(|p| p.layer == Layer::Samples).collect::<Vec<_>>()
        };
        let at = |patch: &Patch, i: usize| u32::from_le_bytes(patch.bytes[i * SAMPLE_BYTES..][..4].try_into().unwrap());
        assert!(told(1, 0, 0).is_empty());
        assert_eq!(told(2, 4, 0).len(), 8, "the first that is not water: all tiles are told");
        let warmer = told(3, 4, 9);
        assert_eq!((warmer.len(), warmer[0].origin, warmer[0].size), (1, [16, 0], [16, 16]));
        let word = at(&warmer[0], 0);
        assert_eq!((Sample::unpack(word).material, Sample::unpack(word).warmth, word & 255), (4, 9, 120));
        assert_eq!(at(&warmer[0], TILE), 0);
        assert!(told(4, 4, 9).is_empty());
        let water = told(5, 0, 0);
        assert_eq!((water.len(), at(&water[0], 0)), (1, 120));
    }

    #[test]
    fn a_frame_starts_from_what_was_on_the_screen() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = Rect::new(0, 0, 16, 16);
        field.frame(60, all, true, &[tile(0, 0, 100)], 1.0);
        field.frame(66, all, true, &[tile(0, 0, 100)], 1.1);
        // Eased in over 0.1 s: after half of that, half of the way to 200 is shown.
        field.frame(72, all, true, &[tile(0, 0, 200)], 1.2);
        field.frame(75, all, true, &[tile(0, 0, 50)], 1.25);
        assert_eq!(field.texels[..2], [150, 50]);
    }

    #[test]
    fn absent_tiles_stay_unless_the_frame_is_full() {
        let mut field = Field::new(WorldSize::new(32, 16).unwrap());
        let all = Rect::new(0, 0, 32, 16);
        field.frame(60, all, true, &[tile(0, 0, 100), tile(1, 0, 100)], 1.0);
        field.frame(120, all, false, &[tile(0, 0, 80)], 2.0);
        assert_eq!(field.texels[16 * FIELD_BYTES + 1], 100);
        field.frame(180, all, true, &[tile(0, 0, 80)], 3.0);
        assert_eq!(field.texels[16 * FIELD_BYTES + 1], 0);
    }

    #[test]
    fn frames_from_outside_cannot_write_outside() {
        let mut field = Field::new(WorldSize::new(32, 16).unwrap());
        let short = ViewTile { tile: [0, 0], cells: vec![7; 3] };
        field.frame(1, Rect::new(-50, -50, 9999, 9999), false, &[tile(999, 7, 1), short], 1.0);
        field.frame(1, Rect::new(900, 900, 901, 901), true, &[tile(0, 0, 1)], 1.0);
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
            let now = 1.0 + f64::from(i) / 60.0;
            field.frame(
                u64::from(i),
                size.rect(),
                true,
                &[tile(3, 2, 100 + i), tile(4, 2, 100 + i), resting.clone()],
                now,
            );
            let sent = bytes(&mut field);
            // The resting one eases in during its first frames.
            let limit = if i < 12 { 3 } else { 2 } * (TILE * TILE * FIELD_BYTES + 8);
            assert!(sent <= limit, "frame {i}: {sent} bytes");
        }
    }

    /// After a day the picture moves as smoothly as in the first second.
    #[test]
    fn the_shaders_clock_stays_fine_enough() {
        let mut field = Field::new(WorldSize::new(64, 32).unwrap());
        let day = 86_400.0;
        let before = field.shader_seconds(1.0);
        field.frame(1, field.size().rect(), true, &[tile(0, 0, 9)], 1.0);
        field.take_patches();
        assert_eq!((before, field.shader_seconds(day)), (1.0, 0.0));
        let patches = field.take_patches();
        assert!(patches.iter().all(|p| p.layer == Layer::Arrivals && p.size == [4, 1]) && patches.len() == 2);
        field.frame(2, field.size().rect(), true, &[tile(0, 0, 90)], day + 0.5);
        let told = field.take_patches().iter().find(|p| p.layer == Layer::Arrivals).unwrap().bytes.clone();
        assert_eq!(told[..4], 0.5f32.to_le_bytes());
        let (now, next) = (field.shader_seconds(day + 1.0), field.shader_seconds(day + 1.0 + 1.0 / 240.0));
        assert!((next - now - 1.0 / 240.0).abs() < 1e-5, "{now} {next}");
    }

    #[test]
    fn a_tile_that_rested_moves_at_the_pace_of_its_frames() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = Rect::new(0, 0, 16, 16);
        for i in 0..60 {
            field.frame(60 + 2 * i, all, true, &[tile(0, 0, 100)], 1.0 + i as f64 / 30.0);
        }
        field.frame(180, all, true, &[tile(0, 0, 120)], 3.0);
        assert!((field.arrivals[0].over - 1.0 / 30.0).abs() < 1e-3, "{:?}", field.arrivals);
    }

    /// What the shader makes of a tile's left bottom cell.
    fn shown(field: &Field, column: usize, now: f64) -> f32 {
        let texel = &field.texels[column * TILE * FIELD_BYTES..];
        let share = ease(field.arrivals[column], now);
        f32::from(texel[0]) + (f32::from(texel[1]) - f32::from(texel[0])) * share
    }

    /// A thousandth of a second at a time: the largest step that a viewer saw, and the picture at the end.
    fn watch(field: &Field, column: usize, from: f64, until: f64, last: &mut f32, largest: &mut f32) {
        for i in 0..=((until - from) * 1000.0) as usize {
            let now = shown(field, column, from + i as f64 / 1000.0);
            *largest = largest.max((now - *last).abs());
            *last = now;
        }
    }

    #[test]
    fn in_ordinary_running_the_picture_is_one_frame_behind_and_no_more() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = field.size().rect();
        let level = |i: u64| 40 + (i % 50) as u8 * 4;
        for i in 0..200 {
            let now = 1.0 + i as f64 / 60.0;
            field.frame(60 + i, all, true, &[tile(0, 0, level(i))], now);
            let end = shown(&field, 0, now + 1.01 / 60.0);
            assert!(i == 0 || (end - f32::from(level(i))).abs() < 0.5, "frame {i}: {end}");
        }
    }

    #[test]
    fn in_slow_motion_the_picture_never_stands_still() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = field.size().rect();
        field.set_pace(0.1);
        let at = |i: u64| 1.0 + i as f64 / 6.0;
        for i in 0..20 {
            field.frame(60 + i, all, true, &[tile(0, 0, 40 + i as u8 * 6)], at(i));
        }
        let shown = [0.0, 0.5, 0.99].map(|part| shown(&field, 0, at(19) + part / 6.0));
        assert!((shown[0] - 148.0).abs() < 0.5 && (shown[1] - 151.0).abs() < 0.5, "{shown:?}");
        assert!((153.5..154.0).contains(&shown[2]), "{shown:?}");
    }

    #[test]
    fn a_speculation_eases_to_the_truth() {
        let mut field = Field::new(WorldSize::new(16, 16).unwrap());
        let all = field.size().rect();
        let at = |i: u64| 1.0 + i as f64 / 60.0;
        for i in 0..30 {
            field.frame(60 + i, all, true, &[tile(0, 0, 200)], at(i));
        }
        // Tick 90 is guessed, and a fifth of a second later it is another; from then on all goes as usual.
        field.frame(90, all, true, &[tile(0, 0, 220)], at(30));
        let (mut last, mut largest) = (shown(&field, 0, at(42)), 0.0);
        for i in 0..12 {
            field.frame(90 + i, all, true, &[tile(0, 0, 60 + i as u8)], at(42 + i));
            watch(&field, 0, at(42 + i), at(43 + i), &mut last, &mut largest);
            assert!(i > 6 || last > 80.0, "after {i} frames {last}");
        }
        assert!(largest < 3.0, "a step of {largest} of 160 in a millisecond");
        assert!((last - 71.0).abs() < 1.0, "{last}");
    }

    #[test]
    fn after_missing_frames_the_picture_runs_to_the_new_state() {
        let mut field = Field::new(WorldSize::new(64, 16).unwrap());
        let all = field.size().rect();
        field.set_seams([0, 32].into_iter());
        let at = |i: u64| 1.0 + i as f64 / 30.0;
        // Two peers' strips, told of by parts; the second one's is silent for 0.6 s, then another speaks for it.
        let tell = |field: &mut Field, i: u64, second: Option<u8>| {
            field.frame(2 * i, all, false, &[tile(0, 0, 100 + (i % 2) as u8 * 20)], at(i));
            let second = second.map(|level| [tile(2, 0, level), tile(3, 0, level)]);
            second.inspect(|tiles| field.frame(2 * i, all, false, tiles, at(i)));
        };
        (0..30).for_each(|i| tell(&mut field, i, Some(200)));
        (30..48).for_each(|i| tell(&mut field, i, None));
        let (mut last, mut largest) = (shown(&field, 2, at(48)), 0.0);
        assert_eq!(last, 200.0);
        for i in 48..54 {
            tell(&mut field, i, Some(50));
            watch(&field, 2, at(i), at(i + 1), &mut last, &mut largest);
            let first = shown(&field, 0, at(i + 1));
            assert!((first - 100.0 - (i % 2) as f32 * 20.0).abs() < 1.0, "the other strip keeps its pace: {first}");
        }
        assert!(largest < 3.0 && (last - 50.0).abs() < 1.0, "{largest} {last}");
    }

    #[test]
    fn a_puddle_that_others_are_no_longer_told_of_comes_to_rest() {
        let mut field = Field::new(WorldSize::new(64, 16).unwrap());
        let all = field.size().rect();
        field.frame(10, all, false, &[tile(1, 0, 90)], 1.0);
        for i in 1..40u64 {
            field.frame(10 + 2 * i, all, false, &[tile(0, 0, 40 + i as u8)], 1.0 + i as f64 / 30.0);
        }
        assert_eq!(field.texels[16 * FIELD_BYTES..][..3], [90, 90, 0]);
        assert!(!field.tiles[1].moving && field.movers == [0]);
    }
}
