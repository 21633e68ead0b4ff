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
    pub(super) gas: bool,
    /// What stays where it is, and is not bedrock.
    pub(super) still: bool,
    /// Anything that flows or moves and is not water.
    pub(super) more: bool,
    /// It is so far beyond the world's borders that only the ground there is seen.
    pub(super) beyond: bool,
}

/// The tiles of a world, and what is in them.
#[derive(Debug)]
pub(super) struct Tiles {
    columns: i32,
    rows: i32,
    /// By blocks, row by row.
    kinds: Vec<Kinds>,
    /// To be made anew.
    stale: Vec<bool>,
    any_stale: bool,
}

impl Tiles {
    /// An empty world.
    pub(super) fn new([columns, rows]: [i32; 2]) -> Self {
        let count = (columns * rows) as usize;
        Self { columns, rows, kinds: vec![Kinds::default(); count * 4], stale: vec![true; count], any_stale: true }
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

    /// Whether anything in the world glows.
    pub(super) fn is_hot(&self) -> bool {
        self.kinds.iter().any(|kinds| kinds.has(Kinds::HOT))
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

    /// The runs of a rectangle of cells, each with what is in it or so near that it is seen there.
    pub(super) fn contents(&self, [left, bottom, right, top]: [f32; 4]) -> Vec<(Content, Run)> {
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
            columns.extend((x0 - SEEN..x1 + SEEN).map(|x| [of(x, 1), of(x, SEEN)]));
            let around = |x: i32, reach: i32, which: usize| {
                let middle = (x - x0 + SEEN) as usize;
                let columns = &columns[middle - reach as usize..=middle + reach as usize];
                Kinds(columns.iter().fold(0, |all, kinds| all | kinds[which]))
            };
            let mut begun: Option<(Content, i32)> = None;
            for x in x0..=x1 {
                let content = (x < x1)
                    .then(|| self.beyond(x, y).unwrap_or_else(|| Content::new(around(x, 1, 0), around(x, SEEN, 1))));
                if let Some((own, from)) = begun.filter(|(own, _)| Some(*own) != content) {
                    runs.push((own, [from * BLOCK, y * BLOCK, x * BLOCK, (y + 1) * BLOCK].map(|cells| cells as f32)));
                    begun = None;
                }
                begun = begun.or(content.map(|content| (content, x)));
            }
        }
        let high = (y1.max(y0) * BLOCK) as f32;
        if top > high {
            runs.push((Content::default(), [left, high, right, top]));
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

impl Content {
    /// By what is next to a block, and what is seen from it.
    fn new(near: Kinds, seen: Kinds) -> Self {
        let [more, still, gas] = [Kinds::MORE, Kinds::STILL, Kinds::GAS].map(|kinds| near.has(kinds));
        let fluid = more || seen.has(Kinds::FLUID);
        // Spray of what is not water, seen from afar, is drawn as if it was.
        let water = fluid && (!more || near.has(Kinds::WATER));
        Self { fluid, water, rock: still || seen.has(Kinds::ROCK), gas, still, more, beyond: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reaches_its_neighbours_in_one_run_a_row() {
        let mut tiles = Tiles::new([8, 4]);
        tiles.freshen();
        assert!(tiles.stale_runs(1).is_empty());
        tiles.set(8 + 3, [Kinds::FLUID; 4]);
        assert_eq!(tiles.stale_runs(1), [[32.0, 0.0, 80.0, 16.0], [32.0, 16.0, 80.0, 32.0], [32.0, 32.0, 80.0, 48.0]]);
    }

    #[test]
    fn runs_cover_a_picture_once() {
        let mut tiles = Tiles::new([8, 4]);
        tiles.set(10, [Kinds::FLUID; 4]);
        tiles.set(0, [Kinds::ROCK; 4]);
        for rect in [[0.0, 0.0, 128.0, 64.0], [-500.0, -300.0, 700.0, 400.0], [20.0, 20.0, 21.0, 21.0]] {
            let runs = tiles.contents(rect);
            let at =
                |x: f32, y: f32| runs.iter().filter(|(_, r)| r[0] <= x && x < r[2] && r[1] <= y && y < r[3]).count();
            for i in 0..400 {
                let (u, v) = ((i % 20) as f32 / 20.0, (i / 20) as f32 / 20.0);
                let (x, y) = (rect[0] + (rect[2] - rect[0]) * u, rect[1] + (rect[3] - rect[1]) * v);
                assert_eq!(at(x, y), 1, "{x} {y}");
            }
        }
        let under = tiles.contents([40.0, 17.0, 41.0, 18.0]);
        assert_eq!(under[0].0, Content { fluid: true, water: true, ..Content::default() });
    }
}
