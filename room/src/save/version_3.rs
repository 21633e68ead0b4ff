//! Heads of the format's third version, of before there were stamps.

use super::Head;
use super::version_2::OldGlobals;
use serde::Deserialize;
use sim_kernels::digest::Digest;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use sim_kernels::strokes::Strokes;

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 3;

/// A head as it was.
#[derive(Deserialize)]
pub(super) struct OldHead {
    constants: [u32; 4],
    scene: Scene,
    /// What people could take back stood at their end.
    globals: OldGlobals,
    strokes: Strokes,
    strips: Vec<(u16, u16)>,
    particles: u64,
    digest: Digest,
}

impl OldHead {
    /// As heads are now.
    pub(super) fn renewed(self) -> Head {
        let Self { constants, scene, globals, strokes, strips, particles, digest } = self;
        let globals = Globals { strokes, ..globals.renewed() };
        Head { constants, scene, globals, strips, particles, digest }
    }
}
