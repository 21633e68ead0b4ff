//! Heads of the format's second version, of before anything could be taken back.

use super::Head;
use serde::Deserialize;
use sim_kernels::command::Emitter;
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;
use sim_kernels::terrain::Terrain;

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 2;

/// A head as it was: what changed from this version to the fourth are the globals.
#[derive(Deserialize)]
pub(super) struct OldHead<G = OldGlobals> {
    constants: [u32; 4],
    scene: Scene,
    globals: G,
    strips: Vec<(u16, u16)>,
    particles: u64,
    digest: Digest,
}

/// Globals as they were in this version and the first.
#[derive(Deserialize)]
pub(super) struct OldGlobals {
    tick: u64,
    gravity: [i32; 2],
    terrain: Terrain,
    emitters: Vec<Emitter>,
    drains: Vec<(Rect, u64)>,
}

impl<G: Into<Globals>> OldHead<G> {
    /// As heads are now.
    pub(super) fn renewed(self) -> Head {
        let Self { constants, scene, globals, strips, particles, digest } = self;
        Head { constants, scene, globals: globals.into(), strips, particles, digest }
    }
}

impl OldGlobals {
    /// As globals are now: what there is, is nobody's.
    pub(super) fn renewed(self) -> Globals {
        let Self { tick, gravity, terrain, emitters, drains } = self;
        Globals::of_nobody(tick, gravity, terrain, emitters, drains)
    }
}

impl From<OldGlobals> for Globals {
    fn from(old: OldGlobals) -> Self {
        old.renewed()
    }
}
