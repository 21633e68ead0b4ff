//! A picture as cells of the world: each becomes the material whose colour is nearest to its own, or bedrock, or nothing.

use crate::png_file::Pixels;
use sim_kernels::area::{Area, CELLS_MAX, RUNS_MAX, Run};
use sim_kernels::command::{Command, Effect};
use sim_kernels::geom::WorldSize;
use sim_kernels::materials::{self, Group};

/// The most cells along either side.
pub(super) const SIDE_CELLS_MAX: u32 = 256;
/// Less opaque than this, of 255, is nothing.
const OPAQUE_MIN: u32 = 128;
/// Of walls, what is lighter than this, of 255, is nothing: pictures are drawn on something.
const DARK_MAX: u32 = 160;
/// How walls look in the preview.
const WALL: [u8; 3] = [126, 116, 108];

/// What a picture becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Becomes {
    /// Ground: it stays as it is drawn, and burns, melts and breaks as that does.
    #[default]
    Ground,
    /// What heaps and flows.
    Loose,
    /// Bedrock, where the picture is dark.
    Walls,
}

impl Becomes {
    /// All of them, with their sentences.
    pub const ALL: [(Self, &str); 3] =
        [(Self::Ground, "stencil-ground"), (Self::Loose, "stencil-loose"), (Self::Walls, "stencil-walls")];

    fn materials(self) -> Vec<u8> {
        let is_one = |group: Group| match self {
            Self::Ground => group == Group::Ground,
            Self::Loose => matches!(group, Group::Liquid | Group::Powder),
            Self::Walls => false,
        };
        materials::palette().filter(|&code| is_one(materials::material(u32::from(code)).group)).collect()
    }
}

/// What a cell becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Wall,
    Of(u8),
}

/// A picture's cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Cells a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Row by row from the top, as pictures are.
    cells: Vec<Option<Cell>>,
}

/// How many cells a picture of these sides has within a rectangle of those, in its own proportions.
pub(super) fn fit([width, height]: [u32; 2], within: [u32; 2]) -> [u32; 2] {
    let [w, h] = [width.max(1), height.max(1)].map(u64::from);
    let [room_w, room_h] = within.map(|side| u64::from(side.clamp(1, SIDE_CELLS_MAX)));
    let (by_width, by_height) = ([room_w, h * room_w / w], [w * room_h / h, room_h]);
    let sides = if by_width[1] <= room_h { by_width } else { by_height };
    sides.map(|side| side.max(1) as u32)
}

/// The same picture of another size: each pixel is the mean of those that it stands for, as far as they are opaque.
pub(super) fn scaled(pixels: &Pixels, width: u32, height: u32) -> Pixels {
    let part = |at: u32, of: u32, to: u32| {
        let from = |at: u32| (u64::from(at) * u64::from(of) / u64::from(to)) as usize;
        from(at)..from(at + 1).max(from(at) + 1)
    };
    let mut rgba = Vec::with_capacity((width * height * 4) as usize);
    for y in 0..height {
        for x in 0..width {
            let (mut sum, mut alpha, mut count) = ([0u64; 3], 0u64, 0u64);
            for row in part(y, pixels.height, height) {
                let columns = part(x, pixels.width, width);
                let start = row * pixels.width as usize;
                for pixel in pixels.rgba[(start + columns.start) * 4..(start + columns.end) * 4].chunks_exact(4) {
                    let weight = u64::from(pixel[3]);
                    (0..3).for_each(|k| sum[k] += u64::from(pixel[k]) * weight);
                    (alpha, count) = (alpha + weight, count + 1);
                }
            }
            rgba.extend(sum.map(|sum| (sum / alpha.max(1)) as u8));
            rgba.push((alpha / count.max(1)) as u8);
        }
    }
    Pixels { width, height, rgba }
}

impl Cells {
    /// A picture's, a cell for each of its pixels.
    pub(super) fn of(pixels: &Pixels, becomes: Becomes) -> Self {
        let colours: Vec<(u8, [u8; 3])> = becomes
            .materials()
            .into_iter()
            .map(|code| (code, materials::material(u32::from(code)).look.body))
            .collect();
        let cell = |pixel: &[u8]| {
            if u32::from(pixel[3]) < OPAQUE_MIN {
                return None;
            }
            if becomes == Becomes::Walls {
                return (pixel[..3].iter().map(|&c| u32::from(c)).sum::<u32>() < 3 * DARK_MAX).then_some(Cell::Wall);
            }
            let away =
                |colour: [u8; 3]| -> u32 { (0..3).map(|k| u32::from(pixel[k].abs_diff(colour[k])).pow(2)).sum() };
            colours.iter().min_by_key(|(code, colour)| (away(*colour), *code)).map(|(code, _)| Cell::Of(*code))
        };
        Self { width: pixels.width, height: pixels.height, cells: pixels.rgba.chunks_exact(4).map(cell).collect() }
    }

    /// How they look: red, green, blue and alpha of each, from the top.
    pub fn preview(&self) -> Vec<u8> {
        let colour = |cell: &Option<Cell>| match cell {
            None => [0; 4],
            Some(Cell::Wall) => [WALL[0], WALL[1], WALL[2], 255],
            Some(Cell::Of(code)) => {
                let [r, g, b] = materials::material(u32::from(*code)).look.body;
                [r, g, b, 255]
            }
        };
        self.cells.iter().flat_map(colour).collect()
    }

    /// The commands that make them with their left bottom at a cell, as far as they are in the world: each of what may be said
    /// in one.
    pub(super) fn commands(&self, at: [i32; 2], world: WorldSize) -> Vec<Command> {
        let mut kinds: Vec<Cell> = self.cells.iter().flatten().copied().collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().flat_map(|kind| self.commands_of(kind, at, world)).collect()
    }

    fn commands_of(&self, kind: Cell, at: [i32; 2], world: WorldSize) -> Vec<Command> {
        let mut parts: Vec<(u32, Vec<Run>)> = Vec::new();
        for run in self.runs(kind, at, world) {
            let cells = u32::from(run.cells);
            match parts.last_mut().filter(|(sum, runs)| sum + cells <= CELLS_MAX && runs.len() < RUNS_MAX) {
                Some((sum, runs)) => {
                    *sum += cells;
                    runs.push(run);
                }
                None => parts.push((cells, vec![run])),
            }
        }
        let effect = match kind {
            Cell::Wall => Effect::Wall { solid: true },
            Cell::Of(material) => Effect::Pour { material, velocity: [0, 0] },
        };
        parts.into_iter().map(|(_, runs)| Command::Apply { area: Area::Cells(runs), effect }).collect()
    }

    /// The runs of cells of a kind in the world, from below.
    fn runs(&self, kind: Cell, [x0, y0]: [i32; 2], world: WorldSize) -> impl Iterator<Item = Run> {
        let width = self.width as usize;
        self.cells.chunks_exact(width.max(1)).rev().zip(y0..).flat_map(move |(row, y)| {
            let mut runs: Vec<Run> = Vec::new();
            let is_here = |(cell, x): &(&Option<Cell>, i32)| **cell == Some(kind) && world.rect().contains(*x, y);
            for (_, x) in row.iter().zip(x0..).filter(is_here) {
                match runs.last_mut().filter(|run| i32::from(run.x) + i32::from(run.cells) == x) {
                    Some(run) => run.cells += 1,
                    None => runs.push(Run { y: y as u16, x: x as u16, cells: 1 }),
                }
            }
            runs
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORLD: WorldSize = WorldSize { width: 512, height: 256 };

    fn pixels(width: u32, height: u32, of: impl Fn(u32, u32) -> [u8; 4]) -> Pixels {
        let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Pixels { width, height, rgba: all.flat_map(|(x, y)| of(x, y)).collect() }
    }

    fn touched(commands: &[Command]) -> Vec<(i32, i32)> {
        let runs = commands.iter().flat_map(|command| match command {
            Command::Apply { area: Area::Cells(runs), .. } => runs.clone(),
            other => panic!("{other:?}"),
        });
        runs.flat_map(|run| (0..run.cells).map(move |i| (i32::from(run.x + i), i32::from(run.y)))).collect()
    }

    #[test]
    fn a_colour_becomes_the_material_that_looks_like_it_and_what_is_transparent_nothing() {
        for (becomes, code) in [Becomes::Ground, Becomes::Loose]
            .into_iter()
            .flat_map(|b| b.materials().into_iter().map(move |code| (b, code)))
        {
            let look = |code: u8| materials::material(u32::from(code)).look.body;
            let [r, g, b] = look(code);
            // The upper row is seen through.
            let cells = Cells::of(&pixels(3, 2, |_, y| [r, g, b, if y == 0 { 20 } else { 255 }]), becomes);
            let commands = cells.commands([5, 9], WORLD);
            let [Command::Apply { effect: Effect::Pour { material, .. }, .. }] = commands[..] else {
                panic!("{commands:?}")
            };
            // Some look alike.
            assert_eq!((look(material), touched(&commands)), (look(code), vec![(5, 9), (6, 9), (7, 9)]), "{code}");
        }
        let walls = Cells::of(&pixels(2, 1, |x, _| if x == 0 { [0, 0, 0, 255] } else { [255; 4] }), Becomes::Walls);
        assert_eq!(touched(&walls.commands([0, 0], WORLD)), [(0, 0)], "what is light is what it is drawn on");
    }

    /// The worst picture there is: no two cells beside each other are alike.
    #[test]
    fn every_command_is_within_its_limits_and_a_room_takes_them_all() {
        let mut seed = 1u32;
        let noise: Vec<u8> = (0..256 * 256 * 4)
            .map(|i| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if i % 4 == 3 { 255 } else { (seed >> 24) as u8 }
            })
            .collect();
        let noise = Pixels { width: 256, height: 256, rgba: noise };
        for (becomes, _) in Becomes::ALL {
            let commands = Cells::of(&noise, becomes).commands([100, 0], WORLD);
            assert!(commands.iter().all(|command| command.is_valid(WORLD) && command.is_sayable()));
            assert!(commands.len() < 200, "{becomes:?}: {} commands", commands.len());
            let mut cells = touched(&commands);
            cells.sort_unstable();
            cells.dedup();
            assert!(becomes == Becomes::Walls || cells.len() == 256 * 256, "each once");
        }
        // What lies outside of the world is left out.
        let commands = Cells::of(&noise, Becomes::Loose).commands([-200, 200], WORLD);
        assert!(commands.iter().all(|command| command.is_valid(WORLD)));
        assert_eq!(touched(&commands).len(), 56 * 56);
        assert!(Cells::of(&noise, Becomes::Loose).commands([600, 0], WORLD).is_empty());
    }

    #[test]
    fn a_picture_keeps_its_proportions_within_a_rectangle_and_the_limit() {
        assert_eq!(fit([400, 200], [100, 100]), [100, 50]);
        assert_eq!(fit([200, 400], [100, 100]), [50, 100]);
        assert_eq!(fit([4000, 3000], [9999, 9999]), [256, 192]);
        assert_eq!(fit([16_384, 1], [256, 256]), [256, 1]);
        let scaled = scaled(&pixels(4, 4, |x, _| if x < 2 { [200, 0, 0, 255] } else { [0, 0, 0, 0] }), 2, 2);
        assert_eq!(scaled.rgba[..8], [200, 0, 0, 255, 0, 0, 0, 0]);
    }
}
