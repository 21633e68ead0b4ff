//! Heads of the format's fourth version, of before anything could be held.

use super::Head;
use super::version_2::OldGlobals;
use serde::Deserialize;
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use sim_kernels::stamp::Stamps;
use sim_kernels::strokes::Strokes;

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 4;

/// A head as it was.
#[derive(Deserialize)]
pub(super) struct OldHead {
    constants: [u32; 4],
    scene: Scene,
    /// What people could take back and what could be pasted stood at their end.
    globals: OldGlobals,
    strokes: Strokes,
    stamps: Stamps,
    strips: Vec<(u16, u16)>,
    particles: u64,
    digest: Digest,
}

impl OldHead {
    /// As heads are now.
    pub(super) fn renewed(self) -> Head {
        let Self { constants, scene, globals, strokes, stamps, strips, particles, digest } = self;
        let globals = Globals { strokes, stamps, ..globals.renewed() };
        Head { constants, scene, globals, strips, particles, digest }
    }
}
