//! Heads of the format's first version, of before there was anything but water: a scene's blocks are rectangles alone.

use super::version_2::OldGlobals;
use super::{Head, SaveError};
use serde::Deserialize;
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::fingerprint;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::materials::WATER;
use sim_kernels::scene::{Block, Scene};

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 1;

/// A head as it was.
#[derive(Deserialize)]
pub(super) struct OldHead {
    constants: [u32; 4],
    scene: OldScene,
    globals: OldGlobals,
    strips: Vec<(u16, u16)>,
    particles: u64,
    digest: Digest,
}

#[derive(Deserialize)]
struct OldScene {
    title: String,
    world: WorldSize,
    gravity: [i32; 2],
    terrain: Vec<Rect>,
    liquid: Vec<Rect>,
    commands: Vec<(u64, Command)>,
}

impl OldHead {
    /// As heads are now.
    pub(super) fn renewed(self) -> Result<Head, SaveError> {
        let Self { constants, scene, globals, strips, particles, digest } = self;
        let globals = globals.renewed();
        if !fingerprint::goes_on_with_water(Digest(constants)) {
            return Err(SaveError::Kernels);
        }
        let is_water = |material: u8| u32::from(material) == WATER;
        let pours_water = |(_, command): &(u64, Command)| command.material().is_none_or(is_water);
        if !globals.emitters.iter().all(|e| is_water(e.material)) || !scene.commands.iter().all(pours_water) {
            return Err(SaveError::Damaged);
        }
        let OldScene { title, world, gravity, terrain, liquid, commands } = scene;
        let blocks = liquid.into_iter().map(Block::water).collect();
        let scene = Scene { title, world, gravity, terrain, blocks, commands };
        let constants = fingerprint::physics().0;
        Ok(Head { constants, scene, globals, strips, particles, digest })
    }
}
