//! What is asked of a backend, and what it answers. A region's state lives in a slot of a backend.

use crate::command::Command;
use crate::digest::{Digest, TileDigest};
use crate::geom::Rect;
use crate::globals::Globals;
use crate::particle::Particle;
use crate::view::ViewTile;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::pin::Pin;

/// The most particles that a backend holds, padding included; a job that brings more is refused.
pub const PARTICLES_MAX: usize = 8_000_000;
/// The most ticks in one job.
pub const TICKS_MAX: usize = 4096;

/// One request to a [`Backend`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Job {
    /// From here on jobs are about the state in this slot. A backend begins with slot 0; a slot that nothing was
    /// loaded into is empty.
    Select(u8),
    /// Drop the slot's state and its memory.
    Forget,
    /// Replace the slot's whole state by a copy of another slot's.
    Copy(u8),
    /// Replace the slot's whole state.
    Load(Load),
    /// Compute what can be computed of a step before what the other owners send is there: its `incoming` is empty, and what
    /// it wants besides is told again by the step. The state stays as it is for all other jobs; a step over the same region
    /// with the same commands then has less left to do, and answers the same. A backend may do nothing.
    Begin(StepJob),
    /// Run ticks on the padded region and keep the region's own part.
    Step(StepJob),
    /// Copy out the region's particles that lie in each rectangle, in canonical order.
    Extract(Vec<Rect>),
    /// The digest of each tile of the region's particles that lie in a rectangle, their sum and their number
    /// (and no columns): who has two such lists need only send the tiles that differ.
    TileDigests(Rect),
}

/// Replaces a backend's state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    /// Terrain, gravity, emitters and tick.
    pub globals: Globals,
    /// The region that this backend computes from now on.
    pub region: Rect,
    /// Exactly the particles inside `region`, in any order.
    pub particles: Vec<Particle>,
}

/// One superstep of one region.
///
/// The backend holds exactly the particles of its previous region. It drops those outside `region` grown
/// by the halo (clipped to the world), adds `incoming`, runs `commands.len()` ticks, drops what lies
/// outside `region`, and answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StepJob {
    /// The region during and after this superstep (a changed partition changes it).
    pub region: Rect,
    /// What the other owners sent: their particles inside the padded region.
    pub incoming: Vec<Particle>,
    /// For each tick in turn, the commands that apply at its start, in log order.
    pub commands: Vec<Vec<Command>>,
    /// After the last tick: copy out the region's particles in these rectangles.
    pub extract: Vec<Rect>,
    /// Whether the digest is wanted.
    pub digest: bool,
    /// Whether the view field is wanted.
    pub view: bool,
}

/// A backend's answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct JobOutput {
    /// One list a rectangle asked for, each sorted by [`crate::particle::Particle`]'s canonical order
    /// (tile row, tile column, then bits).
    pub extracts: Vec<Vec<Particle>>,
    /// The region's digest after the last tick (particles only; the globals' digest is added by the caller).
    /// After [`Job::TileDigests`] the sum of the tiles'.
    pub digest: Option<Digest>,
    /// After [`Job::TileDigests`]: the tiles that hold particles, by row and column.
    pub tile_digests: Vec<TileDigest>,
    /// The tiles of the region's view field that are not empty.
    pub view: Vec<ViewTile>,
    /// Particles in the region after the job, with those that lie dormant, as everywhere here but in the view.
    pub particles: u64,
    /// How many of them lie dormant.
    pub dormant: u64,
    /// Particles in each tile column of the region, left to right.
    pub columns: Vec<u32>,
    /// Time spent computing, in microseconds. Never used by the simulation.
    pub compute_us: u64,
}

/// Why a backend could not do a job.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// No adapter of the wanted kind.
    #[error("{0}")]
    NoAdapter(String),
    /// The GPU device was lost; make a new backend and load it again.
    #[error("the GPU was lost: {0}")]
    DeviceLost(String),
    /// The job itself makes no sense (a region outside the world, too many particles).
    #[error("bad job: {0}")]
    BadJob(String),
}

/// The future that a backend answers with; on the web nothing is `Send`.
pub type JobFuture<'a> = Pin<Box<dyn Future<Output = Result<JobOutput, KernelError>> + 'a>>;

/// Something that holds regions, one a slot, and computes them.
pub trait Backend {
    /// What the people panel shows: "CPU, 2 threads", "NVIDIA H200 (Vulkan)".
    fn name(&self) -> String;
    /// Whether a GPU does the work.
    fn is_gpu(&self) -> bool;
    /// Does one job. CPU backends answer at the first poll; natively a GPU backend blocks in poll, on the
    /// web it is woken by the read-back.
    fn run(&mut self, job: Job) -> JobFuture<'_>;
}

/// What every backend refuses: a region that leaves the world, and more particles than [`PARTICLES_MAX`].
pub(crate) fn check(globals: &Globals, region: Rect, particles: usize) -> Result<(), KernelError> {
    if !region.is_empty() && region.intersect(globals.size().rect()) != region {
        return Err(KernelError::BadJob("the region leaves the world".into()));
    }
    if particles > PARTICLES_MAX {
        return Err(KernelError::BadJob(format!("more than {PARTICLES_MAX} particles")));
    }
    Ok(())
}
