//! What a scene is: a small description from which every peer makes its own part of the first state.
//! Reading the RON file is the driver's business; this is the type and its expansion.

use crate::command::{Command, GRAVITY_MAX};
use crate::constants::AIR_CELLS;
use crate::geom::{Rect, WorldSize};
use crate::globals::{Globals, spawned};
use crate::materials;
use crate::particle::{Fields, J_REST, POS_BITS, Particle};
use serde::{Deserialize, Serialize};

/// The most terrain shapes, blocks or timed commands in a scene.
pub const SCENE_LIST_MAX: usize = 1024;

/// The most cells of blocks in a scene, those that overlap counted twice: a full world of the largest size.
const BLOCK_CELLS_MAX: u64 = 4096 * 1024;

/// A rectangle of cells filled at rest density.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Left edge, inside.
    pub x0: i32,
    /// Bottom edge, inside.
    pub y0: i32,
    /// Right edge, outside.
    pub x1: i32,
    /// Top edge, outside.
    pub y1: i32,
    /// What it is of: in a file its name, and water where none is given.
    #[serde(default, with = "materials::by_name")]
    pub material: u8,
}

impl Block {
    /// A rectangle of a material.
    pub const fn of(material: u32, rect: Rect) -> Self {
        let Rect { x0, y0, x1, y1 } = rect;
        Self { x0, y0, x1, y1, material: material as u8 }
    }

    /// A rectangle of water.
    pub const fn water(rect: Rect) -> Self {
        Self::of(materials::WATER, rect)
    }

    /// Its cells.
    pub const fn rect(self) -> Rect {
        Rect::new(self.x0, self.y0, self.x1, self.y1)
    }
}

/// A scene. Lengths are in cells, ticks from the scene's start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// What the picker shows.
    pub title: String,
    /// World size.
    pub world: WorldSize,
    /// Q15 cells a substep squared.
    pub gravity: [i32; 2],
    /// Solid rectangles; later ones are drawn over earlier ones.
    #[serde(default)]
    pub terrain: Vec<Rect>,
    /// What stands, lies or falls at the beginning, where the terrain is open; of two blocks in a cell the first. Files of
    /// before there were materials say `liquid`.
    #[serde(default, alias = "liquid")]
    pub blocks: Vec<Block>,
    /// Commands with the tick at which they apply, in order of tick.
    #[serde(default)]
    pub commands: Vec<(u64, Command)>,
}

impl Scene {
    /// What is wrong with a scene, in words, or nothing.
    pub fn problem(&self) -> Option<String> {
        if !self.world.is_valid() {
            return Some("world: width and height must be multiples of 16, at most 4096 x 1024".into());
        }
        if [self.terrain.len(), self.blocks.len(), self.commands.len()].iter().any(|&n| n > SCENE_LIST_MAX) {
            return Some(format!("terrain, blocks and commands may each have at most {SCENE_LIST_MAX} entries"));
        }
        if self.title.len() > 80 {
            return Some("title: at most 80 bytes".into());
        }
        if self.gravity.iter().any(|g| g.unsigned_abs() > GRAVITY_MAX as u32) {
            return Some(format!("gravity: each part must be within -{GRAVITY_MAX} to {GRAVITY_MAX}"));
        }
        let world = self.world.rect();
        let blocks: Vec<Rect> = self.blocks.iter().map(|block| block.rect()).collect();
        for (what, list) in [("terrain", &self.terrain), ("blocks", &blocks)] {
            if let Some(i) = list.iter().position(|r| r.is_empty() || r.intersect(world) != *r) {
                return Some(format!("{what}[{i}]: the rectangle is empty or leaves the world"));
            }
        }
        if let Some(i) = self.blocks.iter().position(|block| !materials::is_known(u32::from(block.material))) {
            return Some(format!("blocks[{i}]: there is no such material"));
        }
        if blocks.iter().map(|r| r.area() as u64).sum::<u64>() > BLOCK_CELLS_MAX {
            return Some(format!("blocks: they may have at most {BLOCK_CELLS_MAX} cells in all"));
        }
        if let Some(i) = self.commands.windows(2).position(|w| w[0].0 > w[1].0) {
            return Some(format!("commands[{}]: ticks must not go back", i + 1));
        }
        if let Some(i) = self.commands.iter().position(|(_, c)| !c.is_valid(self.world) || !c.is_sayable()) {
            return Some(format!("commands[{i}]: a value is out of range"));
        }
        None
    }

    /// The first globals.
    pub fn globals(&self) -> Globals {
        let mut globals = Globals::new(self.world);
        globals.gravity = self.gravity;
        for &rect in &self.terrain {
            globals.terrain.fill(rect, true);
        }
        globals
    }

    /// The first particles inside `region`, which any peer makes alike.
    pub fn particles(&self, region: Rect) -> Vec<Particle> {
        let globals = self.globals();
        let [mut filled, mut aired] = [(); 2].map(|()| crate::terrain::Terrain::new(self.world));
        let mut particles = Vec::new();
        for block in &self.blocks {
            let part = block.rect().intersect(region);
            let material = u32::from(block.material);
            if material == materials::AIR {
                for p in parcels(part) {
                    let (x, y) = p.cell();
                    if !aired.solid(x, y) {
                        aired.set(x, y, true);
                        particles.push(p);
                    }
                }
                continue;
            }
            for y in part.y0..part.y1 {
                for x in part.x0..part.x1 {
                    if !globals.terrain.solid(x, y) && !filled.solid(x, y) {
                        filled.set(x, y, true);
                        particles.extend((0..4).map(|n| spawned(x, y, n, [0, 0], material, 0x5ce4e)));
                    }
                }
            }
        }
        particles
    }

    /// The commands that apply at `tick`, in order.
    pub fn commands_at(&self, tick: u64) -> impl Iterator<Item = &Command> {
        let start = self.commands.partition_point(|(t, _)| *t < tick);
        self.commands[start..].iter().take_while(move |(t, _)| *t == tick).map(|(_, c)| c)
    }
}

/// The air of all parcels whose middle lies in a rectangle: it is there whatever else is.
fn parcels(rect: Rect) -> impl Iterator<Item = Particle> {
    let middles = |from: i32, to: i32| (from..to).filter(|v| v % AIR_CELLS == AIR_CELLS / 2);
    let cells = middles(rect.y0, rect.y1).flat_map(move |y| middles(rect.x0, rect.x1).map(move |x| (x, y)));
    cells.map(|(x, y)| {
        let (x, y) = (x << POS_BITS, y << POS_BITS);
        let words = materials::initial_words(materials::AIR);
        Particle::pack(Fields { x, y, j: J_REST, material: materials::AIR, words, ..Fields::default() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_that_would_take_long_to_make_is_a_problem() {
        let world = WorldSize::new(4096, 1024).unwrap();
        let scene = |terrain, blocks| Scene {
            title: "large".into(),
            world,
            gravity: [0, 0],
            terrain: vec![world.rect(); terrain],
            blocks: vec![Block::water(world.rect()); blocks],
            commands: Vec::new(),
        };
        assert!(scene(0, 2).problem().is_some());
        let filled = scene(SCENE_LIST_MAX, 1);
        assert_eq!(filled.problem(), None);
        assert!(filled.particles(world.rect()).is_empty());
    }
}
