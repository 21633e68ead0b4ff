//! What a scene is: a small description from which every peer makes its own part of the first state.
//! Reading the RON file is the driver's business; this is the type and its expansion.

use crate::command::{Command, GRAVITY_MAX};
use crate::geom::{Rect, WorldSize};
use crate::globals::{Globals, spawned};
use crate::particle::Particle;
use serde::{Deserialize, Serialize};

/// The most terrain shapes, blocks or timed commands in a scene.
pub const SCENE_LIST_MAX: usize = 1024;

/// The most cells of liquid blocks in a scene, those that overlap counted twice: a full world of the largest size.
const LIQUID_CELLS_MAX: u64 = 4096 * 1024;

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
    /// Blocks of water at rest density, where the terrain is open.
    #[serde(default)]
    pub liquid: Vec<Rect>,
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
        if [self.terrain.len(), self.liquid.len(), self.commands.len()].iter().any(|&n| n > SCENE_LIST_MAX) {
            return Some(format!("terrain, liquid and commands may each have at most {SCENE_LIST_MAX} entries"));
        }
        if self.title.len() > 80 {
            return Some("title: at most 80 bytes".into());
        }
        if self.gravity.iter().any(|g| g.unsigned_abs() > GRAVITY_MAX as u32) {
            return Some(format!("gravity: each part must be within -{GRAVITY_MAX} to {GRAVITY_MAX}"));
        }
        let world = self.world.rect();
        for (what, list) in [("terrain", &self.terrain), ("liquid", &self.liquid)] {
            if let Some(i) = list.iter().position(|r| r.is_empty() || r.intersect(world) != *r) {
                return Some(format!("{what}[{i}]: the rectangle is empty or leaves the world"));
            }
        }
        if self.liquid.iter().map(|r| r.area() as u64).sum::<u64>() > LIQUID_CELLS_MAX {
            return Some(format!("liquid: the blocks may have at most {LIQUID_CELLS_MAX} cells in all"));
        }
        if let Some(i) = self.commands.windows(2).position(|w| w[0].0 > w[1].0) {
            return Some(format!("commands[{}]: ticks must not go back", i + 1));
        }
        if let Some(i) = self.commands.iter().position(|(_, c)| !c.is_valid(self.world)) {
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
        let mut filled = crate::terrain::Terrain::new(self.world);
        let mut particles = Vec::new();
        for block in &self.liquid {
            let part = block.intersect(region);
            for y in part.y0..part.y1 {
                for x in part.x0..part.x1 {
                    if !globals.terrain.solid(x, y) && !filled.solid(x, y) {
                        filled.set(x, y, true);
                        particles.extend((0..4).map(|n| spawned(x, y, n, [0, 0], 0, 0x5ce4e)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_that_would_take_long_to_make_is_a_problem() {
        let world = WorldSize::new(4096, 1024).unwrap();
        let scene = |terrain, liquid| Scene {
            title: "large".into(),
            world,
            gravity: [0, 0],
            terrain: vec![world.rect(); terrain],
            liquid: vec![world.rect(); liquid],
            commands: Vec::new(),
        };
        assert!(scene(0, 2).problem().is_some());
        let filled = scene(SCENE_LIST_MAX, 1);
        assert_eq!(filled.problem(), None);
        assert!(filled.particles(world.rect()).is_empty());
    }
}
