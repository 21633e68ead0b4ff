//! Ways of drawing: along the pointer's way; a line or a rectangle from where it goes down to where it is let go; or all cells
//! that hang together. What comes out are areas that the room takes.

use picture::field::Field;
use sim_kernels::area::{Area, CELLS_MAX, RUNS_MAX, SIDE_MAX};
use sim_kernels::command::{STROKE_MAX, Stroke};
use sim_kernels::geom::{Rect, WorldSize};
use std::collections::{BTreeSet, VecDeque};

/// How far a fill goes from where it begins along either axis, in cells.
const FILL_REACH: i32 = SIDE_MAX / 2;

/// What the brush's tip is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tip {
    /// Round.
    #[default]
    Round,
    /// Square.
    Square,
}

/// How the tools that act along a stroke are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Drawing {
    /// Along the pointer's way.
    #[default]
    Free,
    /// A straight line.
    Line,
    /// A rectangle.
    Box,
    /// Its edges, as wide as the brush.
    Frame,
    /// What is alike and hangs together.
    Fill,
}

impl Tip {
    /// All of them, with the names that words know them by.
    pub const ALL: [(Self, &str); 2] = [(Self::Round, "round"), (Self::Square, "square")];

    /// What the brush goes over along a stroke.
    pub(super) fn along(self, stroke: Stroke) -> Area {
        // A single cell is as square as it is round; as a square it leaves no gaps on a slant.
        let is_thin = stroke.radius == 0 && stroke.from != stroke.to;
        if self == Self::Square || is_thin { Area::Square(stroke) } else { Area::Round(stroke) }
    }
}

impl Drawing {
    /// All of them, with the names that words know them by.
    pub const ALL: [(Self, &str); 5] =
        [(Self::Free, "free"), (Self::Line, "line"), (Self::Box, "box"), (Self::Frame, "frame"), (Self::Fill, "fill")];

    /// Whether it is shown before it is made, when the pointer is let go.
    pub(super) const fn is_shown_first(self) -> bool {
        matches!(self, Self::Line | Self::Box | Self::Frame)
    }

    /// The areas of a shape from one cell to another; none of what is no shape.
    pub(super) fn shape(self, tip: Tip, radius: i32, from: [i32; 2], to: [i32; 2], world: WorldSize) -> Vec<Area> {
        let corners = || Rect::new(from[0], from[1], from[0] + 1, from[1] + 1).around(dot(to));
        match self {
            Self::Line => pieces(from, to).map(|(from, to)| tip.along(Stroke { from, to, radius })).collect(),
            Self::Box => boxes(corners(), world),
            Self::Frame => {
                let (outer, inner) = (corners().grown(radius), corners().grown(-radius - 1));
                if inner.is_empty() {
                    return boxes(outer, world);
                }
                let edges = [
                    Rect { y1: inner.y0, ..outer },
                    Rect { y0: inner.y1, ..outer },
                    Rect { x1: inner.x0, y0: inner.y0, y1: inner.y1, ..outer },
                    Rect { x0: inner.x1, y0: inner.y0, y1: inner.y1, ..outer },
                ];
                edges.into_iter().flat_map(|edge| boxes(edge, world)).collect()
            }
            Self::Free | Self::Fill => Vec::new(),
        }
    }

    /// Where a shape ends that is held straight: a line level, upright or halfway between, a rectangle with equal sides.
    pub(super) fn straight(self, from: [i32; 2], to: [i32; 2]) -> [i32; 2] {
        let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        let far = dx.abs().max(dy.abs());
        let is_line = self == Self::Line;
        // Less than an eighth of a turn's half away from an axis: its tangent is 0.414.
        match (is_line && dy.abs() * 1000 < far * 414, is_line && dx.abs() * 1000 < far * 414) {
            (true, _) => [to[0], from[1]],
            (_, true) => [from[0], to[1]],
            _ => [from[0] + far * if dx < 0 { -1 } else { 1 }, from[1] + far * if dy < 0 { -1 } else { 1 }],
        }
    }
}

/// Cuts a way into segments no longer than [`STROKE_MAX`]; each begins where the last ended.
pub(super) fn pieces(from: [i32; 2], to: [i32; 2]) -> impl Iterator<Item = ([i32; 2], [i32; 2])> {
    let delta = [to[0] - from[0], to[1] - from[1]];
    let count = (delta[0].abs().max(delta[1].abs()) + STROKE_MAX - 1).max(1) / STROKE_MAX;
    let count = count.max(1);
    let at = move |i: i32| [from[0] + delta[0] * i / count, from[1] + delta[1] * i / count];
    (0..count).map(move |i| (at(i), at(i + 1)))
}

/// The rectangle of one cell.
fn dot([x, y]: [i32; 2]) -> Rect {
    Rect::new(x, y, x + 1, y + 1)
}

/// What of a rectangle lies in the world, in parts that a command may name.
fn boxes(rect: Rect, world: WorldSize) -> Vec<Area> {
    let rect = rect.intersect(world.rect());
    let cut = |from: i32, to: i32| {
        (from..to).step_by(SIDE_MAX as usize).map(move |start| (start, (start + SIDE_MAX).min(to)))
    };
    let rows = cut(rect.y0, rect.y1);
    rows.flat_map(|(y0, y1)| cut(rect.x0, rect.x1).map(move |(x0, x1)| Area::Box(Rect { x0, y0, x1, y1 }))).collect()
}

/// The cells that hang together with one and hold the same: the nearest of them, as many as a command may name. None where that
/// one lies outside the world.
pub(super) fn fill(field: &Field, from: [i32; 2]) -> Option<Area> {
    let kind = |[x, y]: [i32; 2]| {
        (field.is_solid(x, y), field.seen_at(x, y).filter(super::is_something).map(|seen| seen.material))
    };
    let [x, y] = from;
    let reach = Rect::new(x - FILL_REACH, y - FILL_REACH, x + FILL_REACH + 1, y + FILL_REACH + 1)
        .intersect(field.size().rect());
    if !reach.contains(x, y) {
        return None;
    }
    let (wanted, mut known, mut ahead) = (kind(from), BTreeSet::from([from]), VecDeque::from([from]));
    let mut found: Vec<[u16; 2]> = Vec::new();
    while let Some([x, y]) = ahead.pop_front()
        && found.len() < CELLS_MAX as usize
    {
        found.push([x as u16, y as u16]);
        for next in [[x - 1, y], [x + 1, y], [x, y - 1], [x, y + 1]] {
            if reach.contains(next[0], next[1]) && kind(next) == wanted && known.insert(next) {
                ahead.push_back(next);
            }
        }
    }
    // Where it is ragged, fewer cells take as many runs as there may be.
    loop {
        let area: Area = found.iter().copied().collect();
        match &area {
            Area::Cells(runs) if runs.len() > RUNS_MAX => found.truncate(found.len() * RUNS_MAX / runs.len()),
            _ => return Some(area),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::terrain::Terrain;
    use sim_kernels::view::{Sample, ViewTile};

    fn world() -> WorldSize {
        WorldSize::new(1024, 512).unwrap()
    }

    fn cells(areas: &[Area]) -> Vec<[i32; 2]> {
        let all = areas.iter().flat_map(|area| {
            let r = area.bounds();
            (r.y0..r.y1).flat_map(move |y| (r.x0..r.x1).map(move |x| [x, y])).filter(|[x, y]| area.covers(*x, *y))
        });
        all.collect()
    }

    #[test]
    fn a_line_held_straight_is_level_upright_or_halfway() {
        let end = |to| Drawing::Line.straight([10, 10], to);
        assert_eq!(
            [end([50, 20]), end([13, -40]), end([40, 35]), end([-20, 38])],
            [[50, 10], [10, -40], [40, 40], [-20, 40]]
        );
        assert_eq!(Drawing::Box.straight([10, 10], [50, 12]), [50, 50]);
        assert_eq!(end([10, 10]), [10, 10]);
    }

    #[test]
    fn a_rectangle_has_each_cell_once_in_parts_that_are_taken() {
        let areas = Drawing::Box.shape(Tip::Round, 5, [900, 500], [-40, 20], world());
        assert!(areas.iter().all(|area| area.is_valid(world())) && areas.len() == 6, "{areas:?}");
        let mut all = cells(&areas);
        assert_eq!(all.len(), 901 * 481, "of the world, and both corners");
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 901 * 481);
        assert!(Drawing::Box.shape(Tip::Round, 0, [-9, -9], [-2, -2], world()).is_empty());
    }

    #[test]
    fn a_frame_is_as_wide_as_the_brush_and_has_each_cell_once() {
        let frame = |radius| Drawing::Frame.shape(Tip::Square, radius, [100, 100], [120, 110], world());
        let count = |radius| {
            let mut all = cells(&frame(radius));
            let len = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), len);
            len
        };
        assert_eq!([count(0), count(1)], [2 * 21 + 2 * 9, 23 * 13 - 17 * 7 - 2 * 2 + 4]);
        assert_eq!(count(40), (21 + 80) * (11 + 80), "nothing is left within");
    }

    #[test]
    fn a_line_is_cut_and_thin_ones_have_no_gaps() {
        let areas = Drawing::Line.shape(Tip::Round, 0, [0, 0], [1000, 333], world());
        assert!(areas.iter().all(|area| matches!(area, Area::Square(_)) && area.is_valid(world())));
        assert_eq!(areas.len(), 4);
        let round = Drawing::Line.shape(Tip::Round, 3, [0, 0], [9, 3], world());
        assert!(matches!(round[..], [Area::Round(_)]));
    }

    /// A world with water in one tile, sand in the next, and a wall below.
    fn field() -> Field {
        let mut field = Field::new(WorldSize::new(1024, 512).unwrap());
        let tile = |x: u16, material| ViewTile { tile: [x, 1], cells: vec![Sample::of(128, 0, material).pack(); 256] };
        field.frame(10, field.size().rect(), true, &[tile(1, 0), tile(2, 3)], 0.5);
        let mut terrain = Terrain::new(field.size());
        terrain.fill(Rect::new(0, 0, 1024, 16), true);
        field.set_terrain(&terrain);
        field
    }

    #[test]
    fn a_fill_takes_what_is_alike_and_hangs_together() {
        let field = field();
        for x in [16, 32] {
            let area = fill(&field, [x + 3, 20]).unwrap();
            assert_eq!(cells(&[area]), cells(&[Area::Box(Rect::new(x, 16, x + 16, 32))]));
        }
        let open = fill(&field, [500, 300]).unwrap();
        assert!(open.is_valid(world()) && cells(std::slice::from_ref(&open)).len() == CELLS_MAX as usize);
        assert!(!open.covers(500 - 100, 300) && open.covers(500 - 30, 300), "the nearest");
        let solid = fill(&field, [3, 3]).unwrap();
        assert!(solid.is_valid(world()) && cells(&[solid]).iter().all(|cell| cell[1] < 16));
        assert_eq!(fill(&field, [-1, 3]), None);
    }

    #[test]
    fn what_is_ragged_is_filled_as_far_as_a_command_may_name_it() {
        let mut field = Field::new(WorldSize::new(1024, 512).unwrap());
        let mut terrain = Terrain::new(field.size());
        // A comb: each tooth is a run of one cell in each of its rows.
        for x in (0..1024).step_by(2) {
            terrain.fill(Rect::new(x, 0, x + 1, 400), true);
        }
        field.set_terrain(&terrain);
        let area = fill(&field, [501, 399]).unwrap();
        assert!(area.is_valid(world()), "{}", cells(&[area]).len());
    }
}
