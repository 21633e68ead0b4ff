//! Heads of the format's first version, of before there was anything but water: a scene's blocks are rectangles alone.

use super::Head;
use serde::Deserialize;
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::Globals;
use sim_kernels::scene::{Block, Scene};

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 1;

/// A head as it was.
#[derive(Deserialize)]
pub(super) struct OldHead {
    constants: [u32; 4],
    scene: OldScene,
    globals: Globals,
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

impl From<OldHead> for Head {
    fn from(old: OldHead) -> Self {
        let OldHead { constants, scene, globals, strips, particles, digest } = old;
        let OldScene { title, world, gravity, terrain, liquid, commands } = scene;
        let blocks = liquid.into_iter().map(Block::water).collect();
        let scene = Scene { title, world, gravity, terrain, blocks, commands };
        Self { constants, scene, globals, strips, particles, digest }
    }
}
