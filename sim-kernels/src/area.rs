//! Which cells a command acts on: along a round or a square brush, in a rectangle, or those that its author named one by one.

use crate::geom::{Rect, WorldSize};
use glam::IVec2;
use serde::{Deserialize, Serialize};

/// The largest brush radius, in cells.
pub const BRUSH_RADIUS_MAX: i32 = 48;
/// The longest stroke segment, in cells along either axis.
pub const STROKE_MAX: i32 = 256;
/// The most cells along either side of an area: what the longest stroke of the largest brush reaches.
pub const SIDE_MAX: i32 = STROKE_MAX + 2 * BRUSH_RADIUS_MAX + 1;
/// The most cells that an author names one by one.
pub const CELLS_MAX: u32 = 4096;
/// The most runs that it takes to name them: 6 KB of a message.
pub const RUNS_MAX: usize = 1024;

/// A capsule of cells: every cell whose centre is within `radius` of the segment from `from` to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stroke {
    /// Start, in cells.
    pub from: [i32; 2],
    /// End, in cells; equal to `from` for a dab.
    pub to: [i32; 2],
    /// Radius in cells, 0 to [`BRUSH_RADIUS_MAX`]; 0 is a single cell wide.
    pub radius: i32,
}

/// Cells beside each other in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The row.
    pub y: u16,
    /// The first one's column.
    pub x: u16,
    /// How many, at least 1.
    pub cells: u16,
}

/// Where a command acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Area {
    /// A round brush along its way.
    Round(Stroke),
    /// A square one, `2 * radius + 1` cells wide.
    Square(Stroke),
    /// A rectangle in the world, at most [`SIDE_MAX`] cells along either side.
    Box(Rect),
    /// These, from below, and from the left in each row; at most [`CELLS_MAX`] in [`RUNS_MAX`] runs, no further apart than
    /// [`SIDE_MAX`].
    Cells(Vec<Run>),
}

impl Stroke {
    /// One cell and what is within a radius of it.
    pub const fn dab(at: [i32; 2], radius: i32) -> Self {
        Self { from: at, to: at, radius }
    }

    /// The cells that it can cover, in the world and out of it.
    pub fn bounds(&self) -> Rect {
        let (a, b, r) = (self.from, self.to, self.radius);
        Rect::new(a[0].min(b[0]) - r, a[1].min(b[1]) - r, a[0].max(b[0]) + r + 1, a[1].max(b[1]) + r + 1)
    }

    /// Whether everything is within the limits and the world's neighbourhood.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        let near = |p: [i32; 2]| {
            let reach = world.rect().grown(BRUSH_RADIUS_MAX);
            reach.contains(p[0], p[1])
        };
        near(self.from)
            && near(self.to)
            && (0..=BRUSH_RADIUS_MAX).contains(&self.radius)
            && (0..2).all(|k| (self.to[k] - self.from[k]).abs() <= STROKE_MAX)
    }

    /// Whether the cell's centre is within the radius of the segment (exact: all in 64-bit integers).
    pub fn covers(&self, x: i32, y: i32) -> bool {
        let [from, to, cell] = [self.from, self.to, [x, y]].map(|at| IVec2::from(at).as_i64vec2());
        let (line, cell) = (to - from, cell - from);
        let (len2, along) = (line.length_squared(), cell.dot(line));
        let r2 = i64::from(self.radius) * i64::from(self.radius);
        if along <= 0 {
            return cell.length_squared() <= r2;
        }
        if along >= len2 {
            return (cell - line).length_squared() <= r2;
        }
        let across = cell.perp_dot(line);
        across * across <= r2 * len2
    }

    /// Whether a square of `2 * radius + 1` cells that goes along the segment comes over the cell's centre: the part of the way
    /// on which it does so along one axis has some of that along the other (exact, in halves of a cell; no edge counts).
    pub fn covers_squarely(&self, x: i32, y: i32) -> bool {
        let half = 2 * i64::from(self.radius) + 1;
        // How far ahead the cell lies, and how long the way is, along an axis.
        let along = |k: usize, cell: i32| {
            let [from, to, cell] = [self.from[k], self.to[k], cell].map(|at| 2 * i64::from(at));
            (if to < from { from - cell } else { cell - from }, (to - from).abs())
        };
        let ((cx, dx), (cy, dy)) = (along(0, x), along(1, y));
        let on_the_way = |c: i64, d: i64| c - half < d && c + half > 0;
        let meet = |c0: i64, d0: i64, c1: i64, d1: i64| (c0 - half) * d1 < (c1 + half) * d0 || (d0, d1) == (0, 0);
        on_the_way(cx, dx) && on_the_way(cy, dy) && meet(cx, dx, cy, dy) && meet(cy, dy, cx, dx)
    }
}

impl Run {
    /// One past its last column.
    const fn end(self) -> i32 {
        self.x as i32 + self.cells as i32
    }

    /// What runs are ordered by.
    const fn place(self) -> (u16, u16) {
        (self.y, self.x)
    }
}

impl Area {
    /// Whether everything is within the limits, and in the world or, of brushes, close to it.
    pub fn is_valid(&self, world: WorldSize) -> bool {
        match self {
            Self::Round(stroke) | Self::Square(stroke) => stroke.is_valid(world),
            Self::Box(rect) => is_within(rect, world) && is_short(*rect),
            Self::Cells(runs) => {
                let sum = || runs.iter().map(|run| u32::from(run.cells)).sum::<u32>();
                let follow =
                    |two: &[Run]| two[0].y < two[1].y || two[0].y == two[1].y && two[0].end() <= i32::from(two[1].x);
                (1..=RUNS_MAX).contains(&runs.len())
                    && runs.iter().all(|run| run.cells > 0)
                    && sum() <= CELLS_MAX
                    && runs.windows(2).all(follow)
                    && is_within(&self.bounds(), world)
                    && is_short(self.bounds())
            }
        }
    }

    /// The cells that it can cover, in the world and out of it.
    pub fn bounds(&self) -> Rect {
        match self {
            Self::Round(stroke) | Self::Square(stroke) => stroke.bounds(),
            Self::Box(rect) => *rect,
            Self::Cells(runs) => {
                let rect = |run: &Run| {
                    let [x, y] = [run.x, run.y].map(i32::from);
                    Rect::new(x, y, run.end(), y + 1)
                };
                runs.iter().map(rect).reduce(Rect::around).unwrap_or_default()
            }
        }
    }

    /// Whether it has a cell.
    pub fn covers(&self, x: i32, y: i32) -> bool {
        match self {
            Self::Round(stroke) => stroke.covers(x, y),
            Self::Square(stroke) => stroke.covers_squarely(x, y),
            Self::Box(rect) => rect.contains(x, y),
            Self::Cells(runs) => {
                let until = runs.partition_point(|run| (i32::from(run.y), i32::from(run.x)) <= (y, x));
                runs[..until].last().is_some_and(|run| i32::from(run.y) == y && x < run.end())
            }
        }
    }
}

impl FromIterator<[u16; 2]> for Area {
    /// The area of these cells, in any order: columns and rows.
    fn from_iter<I: IntoIterator<Item = [u16; 2]>>(cells: I) -> Self {
        let mut all: Vec<Run> = cells.into_iter().map(|[x, y]| Run { y, x, cells: 1 }).collect();
        all.sort_unstable_by_key(|run| run.place());
        all.dedup();
        let mut runs: Vec<Run> = Vec::new();
        for run in all {
            match runs.last_mut() {
                Some(last) if last.y == run.y && last.end() == i32::from(run.x) => last.cells += 1,
                _ => runs.push(run),
            }
        }
        Self::Cells(runs)
    }
}

/// Whether a rectangle has a cell, and none outside the world.
pub(crate) fn is_within(r: &Rect, world: WorldSize) -> bool {
    let w = world.rect();
    !r.is_empty() && r.x0 >= w.x0 && r.y0 >= w.y0 && r.x1 <= w.x1 && r.y1 <= w.y1
}

/// Whether no side of a rectangle within a world is too long.
fn is_short(rect: Rect) -> bool {
    rect.width() <= SIDE_MAX && rect.height() <= SIDE_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(area: &Area) -> Vec<(i32, i32)> {
        let r = area.bounds();
        let all = (r.y0..r.y1).flat_map(|y| (r.x0..r.x1).map(move |x| (x, y)));
        all.filter(|&(x, y)| area.covers(x, y)).collect()
    }

    #[test]
    fn a_square_brush_is_square_along_any_way() {
        let square = |from, to, radius| Area::Square(Stroke { from, to, radius });
        assert_eq!(cells(&square([5, 5], [5, 5], 2)).len(), 25);
        assert_eq!(cells(&square([5, 5], [9, 5], 2)), cells(&Area::Box(Rect::new(3, 3, 12, 8))));
        assert_eq!(cells(&square([5, 9], [5, 5], 0)), (5..10).map(|y| (5, y)).collect::<Vec<_>>());
        assert_eq!(cells(&square([0, 0], [3, 3], 0)), (0..4).map(|i| (i, i)).collect::<Vec<_>>());
        // Thin and slanted: each cell touches the next one.
        for to in [[20, 7], [-7, 20], [-20, -9], [19, 1]] {
            let thin = square([0, 0], to, 0);
            let all = cells(&thin);
            assert!(thin.covers(0, 0) && thin.covers(to[0], to[1]), "{to:?}");
            let touches = |a: &(i32, i32), b: &(i32, i32)| a != b && (a.0 - b.0).abs() <= 1 && (a.1 - b.1).abs() <= 1;
            assert!(all.iter().all(|a| all.iter().any(|b| touches(a, b))), "{to:?}: {all:?}");
            assert!(all.len() as i32 > to[0].abs().max(to[1].abs()), "{to:?}");
        }
        // It has all that the squares on its way have, and is convex: nothing beyond their hull.
        let long = square([0, 0], [12, 5], 3);
        assert!(long.covers(-3, 3) && long.covers(15, 2) && long.covers(15, 8));
        assert!(!long.covers(-3, 4) && !long.covers(15, 1) && !long.covers(-4, 0) && !long.covers(12, 9));
        assert!(!square([0, 0], [0, 0], 1).covers(i32::MAX, i32::MIN));
    }

    #[test]
    fn cells_that_are_named_are_those_that_are_meant() {
        let named = [[9, 4], [3, 3], [4, 3], [3, 3], [6, 3], [10, 4]];
        let area: Area = named.into_iter().collect();
        let run = |y, x, cells| Run { y, x, cells };
        assert_eq!(area, Area::Cells(vec![run(3, 3, 2), run(3, 6, 1), run(4, 9, 2)]));
        assert_eq!(cells(&area), [(3, 3), (4, 3), (6, 3), (9, 4), (10, 4)]);
        assert_eq!(area.bounds(), Rect::new(3, 3, 11, 5));
        assert!(area.is_valid(WorldSize::new(16, 16).expect("a valid size")));
    }

    #[test]
    fn what_is_beyond_a_limit_is_refused() {
        let world = WorldSize::new(1024, 512).expect("a valid size");
        let of = |runs: &[(u16, u16, u16)]| {
            let runs = runs.iter().map(|&(y, x, cells)| Run { y, x, cells }).collect();
            Area::Cells(runs).is_valid(world)
        };
        assert!(of(&[(0, 0, 1)]) && of(&[(5, 0, 16), (5, 16, 1), (6, 0, 1)]) && of(&[(511, 1023, 1)]));
        for bad in [
            &[][..],
            &[(5, 0, 0)],
            &[(5, 4, 3), (5, 6, 1)],
            &[(5, 4, 3), (5, 3, 1)],
            &[(5, 4, 3), (4, 9, 1)],
            &[(5, 4, 3), (5, 4, 3)],
            &[(512, 0, 1)],
            &[(0, 1024, 1)],
            &[(0, 1023, 2)],
            &[(0, 0, 354)],
            &[(0, 0, 1), (0, 353, 1)],
            &[(0, 0, 1), (353, 0, 1)],
            &[(u16::MAX, u16::MAX, u16::MAX)],
        ] {
            assert!(!of(bad), "{bad:?}");
        }
        let rows = |rows: u16, cells| (0..rows).map(|y| (y, 7, cells)).collect::<Vec<_>>();
        assert!(of(&rows(128, 32)) && !of(&rows(129, 32)));
        let comb = |teeth: u16| (0..teeth).map(|i| (i / 100, i % 100 * 2, 1)).collect::<Vec<_>>();
        assert!(of(&comb(1024)) && !of(&comb(1025)));
        let rect = |x0, y0, x1, y1| Area::Box(Rect { x0, y0, x1, y1 }).is_valid(world);
        assert!(rect(0, 0, 353, 353) && !rect(0, 0, 354, 1) && !rect(0, 0, 1, 354));
        assert!(!rect(0, 0, 0, 5) && !rect(-1, 0, 4, 4) && !rect(1020, 0, 1025, 4) && !rect(5, 5, 4, 4));
        assert!(!rect(i32::MIN, i32::MIN, i32::MAX, i32::MAX));
    }
}
