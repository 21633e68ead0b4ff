//! Which parts of the world a pass is run for: rectangles of tiles in a row, put together where they are alike.

use crate::field::{Kinds, Quarters};

/// A rectangle in cells: left, bottom, right, top.
pub(super) type Run = [f32; 4];

/// Cells a side of a tile.
const TILE: i32 = 16;
/// Cells a side of its quarters, by which the picture is divided.
const BLOCK: i32 = TILE / 2;
/// From so many blocks beyond the borders on, only the ground is seen: textures reach as far as that.
const BEYOND: i32 = 2;
/// From so many blocks away what flows, and rock, are still seen: by mist and shade.
const SEEN: i32 = 2;

/// What a part of the picture has in it, and by that which shader draws it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Content {
    /// Anything flows or moves.
    pub(super) fluid: bool,
    /// Some of that is water.
    pub(super) water: bool,
    pub(super) rock: bool,
    /// Either is so near that it is seen by mist or shade.
    pub(super) air: bool,
    pub(super) gas: bool,
    /// What stays where it is, and is not bedrock.
    pub(super) still: bool,
    /// Anything that flows or moves and is not water.
    pub(super) more: bool,
    /// It is so far beyond the world's borders that only the ground there is seen.
    pub(super) beyond: bool,
    /// Light of something hot reaches it.
    pub(super) lamp: bool,
}

/// The tiles of a world, and what is in them.
#[derive(Debug)]
pub(super) struct Tiles {
    columns: i32,
    rows: i32,
    /// By blocks, row by row.
    kinds: Vec<Kinds>,
    /// Where light of something hot reaches, as `kinds`.
    lit: Vec<bool>,
    /// How far it reaches, in blocks.
    light_reach: usize,
    /// To be made anew.
    stale: Vec<bool>,
    any_stale: bool,
}

impl Tiles {
    /// An empty world, in which light reaches so many cells.
    pub(super) fn new([columns, rows]: [i32; 2], light_reach: i32) -> Self {
        let count = (columns * rows) as usize;
        let light_reach = (light_reach as usize).div_ceil(BLOCK as usize);
        let (kinds, lit, stale) = (vec![Kinds::default(); count * 4], vec![false; count * 4], vec![true; count]);
        Self { columns, rows, kinds, lit, light_reach, stale, any_stale: true }
    }

    /// A tile changed.
    pub(super) fn set(&mut self, index: u32, quarters: Quarters) {
        let index = index as usize;
        if index < self.stale.len() {
            let (width, columns) = (2 * self.columns as usize, self.columns as usize);
            let first = index / columns * 2 * width + index % columns * 2;
            for (i, kinds) in quarters.into_iter().enumerate() {
                self.kinds[first + i / 2 * width + i % 2] = kinds;
            }
            (self.stale[index], self.any_stale) = (true, true);
        }
    }

    /// Finds out where light of something hot reaches, once all changes are told.
    pub(super) fn light(&mut self) {
        let (width, height) = (2 * self.columns as usize, 2 * self.rows as usize);
        for (lit, kinds) in self.lit.iter_mut().zip(&self.kinds) {
            *lit = kinds.has(Kinds::HOT);
        }
        if !self.lit.contains(&true) {
            return;
        }
        for y in 0..height {
            widen(&mut self.lit, y * width, 1, width, self.light_reach);
        }
        for x in 0..width {
            widen(&mut self.lit, x, width, height, self.light_reach);
        }
    }

    /// Beyond the borders it is as at them.
    fn is_lit(&self, x: i32, y: i32) -> bool {
        let (width, height) = (2 * self.columns, 2 * self.rows);
        self.lit[(y.clamp(0, height - 1) * width + x.clamp(0, width - 1)) as usize]
    }

    /// Whether there is anything but water and bedrock.
    pub(super) fn is_mixed(&self) -> bool {
        let mixed = Kinds(Kinds::MORE.0 | Kinds::STILL.0 | Kinds::GAS.0);
        self.kinds.iter().any(|kinds| kinds.has(mixed))
    }

    pub(super) fn is_stale(&self) -> bool {
        self.any_stale
    }

    pub(super) fn freshen(&mut self) {
        self.stale.fill(false);
        self.any_stale = false;
    }

    /// Stale tiles and all within so many tiles of them.
    pub(super) fn stale_runs(&self, around: i32) -> Vec<Run> {
        let mut runs = Vec::new();
        for y in -around..self.rows + around {
            let rows = (y - around).max(0)..(y + around + 1).min(self.rows);
            let is_stale = |x: i32| {
                let columns = (x - around).max(0)..(x + around + 1).min(self.columns);
                rows.clone().any(|y| columns.clone().any(|x| self.stale[(y * self.columns + x) as usize]))
            };
            let mut first = None;
            for x in -around..=self.columns + around {
                match (first, x < self.columns + around && is_stale(x)) {
                    (None, true) => first = Some(x),
                    (Some(from), false) => {
                        runs.push([from, y, x, y + 1].map(|tiles| (tiles * TILE) as f32));
                        first = None;
                    }
                    _ => {}
                }
            }
        }
        runs
    }

    /// The runs of a rectangle of cells, each with what is in it or so near that it is seen there. `step` is how many cells a
    /// texel of the near part has.
    pub(super) fn contents(&self, [left, bottom, right, top]: [f32; 4], step: i32) -> Vec<(Content, Run)> {
        // Blurs reach further where texels are coarse.
        let near_reach = if step > 2 { SEEN } else { 1 };
        let block = |cells: f32| (cells / BLOCK as f32).floor() as i32;
        let (x0, x1) = (block(left), block(right) + 1);
        // Nothing changes beyond these.
        let (y0, y1) = (block(bottom).max(-4), (block(top) + 1).min(2 * self.rows + 4));
        let low = (y0 * BLOCK) as f32;
        let mut runs = Vec::new();
        if bottom < low {
            let content = Content { beyond: true, rock: true, ..Content::default() };
            runs.push((content, [left, bottom, right, low]));
        }
        // Of each column the kinds of the rows around, first those next to it and then those that are seen.
        let mut columns: Vec<[u8; 2]> = Vec::new();
        for y in y0..y1 {
            let of = |x: i32, reach: i32| (y - reach..=y + reach).fold(0, |all, y| all | self.kinds_at(x, y).0);
            columns.clear();
            columns.extend((x0 - SEEN..x1 + SEEN).map(|x| [of(x, near_reach), of(x, SEEN)]));
            let around = |x: i32, reach: i32, which: usize| {
                let middle = (x - x0 + SEEN) as usize;
                let columns = &columns[middle - reach as usize..=middle + reach as usize];
                Kinds(columns.iter().fold(0, |all, kinds| all | kinds[which]))
            };
            let mut begun: Option<(Content, i32)> = None;
            for x in x0..=x1 {
                let content = (x < x1).then(|| {
                    let near = || Content::new(around(x, near_reach, 0), around(x, SEEN, 1));
                    Content { lamp: self.is_lit(x, y), ..self.beyond(x, y).unwrap_or_else(near) }
                });
                if let Some((own, from)) = begun.filter(|(own, _)| Some(*own) != content) {
                    runs.push((own, [from * BLOCK, y * BLOCK, x * BLOCK, (y + 1) * BLOCK].map(|cells| cells as f32)));
                    begun = None;
                }
                begun = begun.or(content.map(|content| (content, x)));
            }
        }
        let high = (y1.max(y0) * BLOCK) as f32;
        if top > high {
            let lamp = (x0..x1).any(|x| self.is_lit(x, y1));
            runs.push((Content { lamp, ..Content::default() }, [left, high, right, top]));
        }
        runs
    }

    /// Beside and below the world there is rock, a little higher than the world is.
    fn kinds_at(&self, x: i32, y: i32) -> Kinds {
        let (width, height) = (2 * self.columns, 2 * self.rows);
        if (0..width).contains(&x) && (0..height).contains(&y) {
            return self.kinds[(y * width + x) as usize];
        }
        let beside = !(0..width).contains(&x);
        if y < 0 || beside && y <= height + 1 { Kinds::ROCK } else { Kinds::default() }
    }

    /// What there is in a block that lies further beyond the borders than blurs reach; none nearer.
    fn beyond(&self, x: i32, y: i32) -> Option<Content> {
        let away = (-1 - x).max(x - 2 * self.columns);
        if away < BEYOND && y >= -BEYOND {
            return None;
        }
        // See `ground_top` in beyond.wgsl: it falls, and what is above it is shaded as far as this.
        let rock = y < 0 || away >= 0 && y <= 2 * self.rows + 1 + SEEN;
        Some(if rock { Content { beyond: true, rock, ..Content::default() } } else { Content::default() })
    }
}

impl std::fmt::Display for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { fluid, water, rock, air, gas, still, more, beyond, lamp } = *self;
        let all = [
            (fluid, "fluid"),
            (water, "water"),
            (more, "more"),
            (rock, "rock"),
            (still, "still"),
            (air, "air"),
            (gas, "gas"),
            (lamp, "lamp"),
            (beyond, "beyond"),
        ];
        let names: Vec<&str> = all.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
        f.write_str(if names.is_empty() { "sky" } else { "" })?;
        f.write_str(&names.join(" "))
    }
}

impl Content {
    /// By what is next to a block, and what is seen from it.
    fn new(near: Kinds, seen: Kinds) -> Self {
        let [more, still, gas] = [Kinds::MORE, Kinds::STILL, Kinds::GAS].map(|kinds| near.has(kinds));
        // Gas, and what stays where it is, fill cells as well.
        let water = near.has(Kinds::WATER);
        let rock = still || near.has(Kinds::ROCK);
        let air = still || seen.has(Kinds(Kinds::WATER.0 | Kinds::MORE.0 | Kinds::ROCK.0));
        Self { fluid: water || more, water, rock, air, gas, still, more, ..Self::default() }
    }
}

/// Of a line of these, from `first` on by `step`, all within so many of one that is set are set, too.
fn widen(all: &mut [bool], first: usize, step: usize, count: usize, reach: usize) {
    let line: Vec<bool> = (0..count).map(|i| all[first + i * step]).collect();
    let mut spread = |order: &mut dyn Iterator<Item = usize>| {
        let mut left = 0;
        for i in order {
            left = if line[i] { reach + 1 } else { left };
            all[first + i * step] |= left > 0;
            left = left.saturating_sub(1);
        }
    };
    spread(&mut (0..count));
    spread(&mut (0..count).rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reaches_its_neighbours_in_one_run_a_row() {
        let mut tiles = Tiles::new([8, 4], 20);
        tiles.freshen();
        assert!(tiles.stale_runs(1).is_empty());
        tiles.set(8 + 3, [Kinds::FLUID; 4]);
        assert_eq!(tiles.stale_runs(1), [[32.0, 0.0, 80.0, 16.0], [32.0, 16.0, 80.0, 32.0], [32.0, 32.0, 80.0, 48.0]]);
    }

    #[test]
    fn light_reaches_as_far_as_it_is_told() {
        let mut tiles = Tiles::new([8, 4], 20);
        tiles.set(8 + 3, [Kinds::HOT, Kinds::default(), Kinds::default(), Kinds::default()]);
        tiles.light();
        let lit = |x: i32, y: i32| tiles.is_lit(x, y);
        // Three blocks from the sixth of the second row of tiles.
        let row: Vec<bool> = (0..16).map(|x| lit(x, 2)).collect();
        assert_eq!(row, (0..16).map(|x: i32| (x - 6).abs() <= 3).collect::<Vec<_>>());
        assert!(lit(3, 5) && !lit(3, 6) && lit(9, 0) && !lit(10, 0));
        tiles.set(8 + 3, Quarters::default());
        tiles.light();
        assert!(!tiles.contents([0.0, 0.0, 128.0, 64.0], 1).iter().any(|(content, _)| content.lamp));
    }

    #[test]
    fn runs_cover_a_picture_once() {
        let mut tiles = Tiles::new([8, 4], 20);
        tiles.set(10, [Kinds::WATER; 4]);
        tiles.set(0, [Kinds::ROCK; 4]);
        for rect in [[0.0, 0.0, 128.0, 64.0], [-500.0, -300.0, 700.0, 400.0], [20.0, 20.0, 21.0, 21.0]] {
            let runs = tiles.contents(rect, 1);
            let at =
                |x: f32, y: f32| runs.iter().filter(|(_, r)| r[0] <= x && x < r[2] && r[1] <= y && y < r[3]).count();
            for i in 0..400 {
                let (u, v) = ((i % 20) as f32 / 20.0, (i / 20) as f32 / 20.0);
                let (x, y) = (rect[0] + (rect[2] - rect[0]) * u, rect[1] + (rect[3] - rect[1]) * v);
                assert_eq!(at(x, y), 1, "{x} {y}");
            }
        }
        let under = tiles.contents([40.0, 17.0, 41.0, 18.0], 1);
        assert_eq!(under[0].0, Content { fluid: true, water: true, air: true, ..Content::default() });
    }
}
