//! Which shape the scatter has: there are several, with the same bits, because what is fast differs between
//! GPUs. [`mod@super::calibrate`] finds the fastest.

use super::kernels::KernelId;
use crate::job::KernelError;
use std::str::FromStr;

/// The environment variable that names a shape and so replaces the calibration.
pub const SCATTER_VARIABLE: &str = "TIDEPOOL_SCATTER";

/// How particles are scattered to the grid. All give the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScatterShape {
    /// A lane for each particle.
    #[default]
    Particles,
    /// A lane for a few particles in a row, which it sums cell by cell.
    Runs,
    /// A workgroup for each tile, which sums in workgroup memory.
    Tiles,
}

impl ScatterShape {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Particles, Self::Runs, Self::Tiles];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Particles => "particles",
            Self::Runs => "runs",
            Self::Tiles => "tiles",
        }
    }

    /// The shape that [`SCATTER_VARIABLE`] names, if it is set.
    ///
    /// # Errors
    /// It names a shape that there is not.
    pub fn named() -> Result<Option<Self>, KernelError> {
        #[cfg_attr(
            target_arch = "wasm32",
            expect(clippy::disallowed_methods, reason = "the page has no variables, and this finds none there")
        )]
        match std::env::var(SCATTER_VARIABLE) {
            Ok(name) => {
                name.parse().map(Some).map_err(|error| KernelError::BadJob(format!("{SCATTER_VARIABLE}: {error}")))
            }
            Err(_) => Ok(None),
        }
    }

    /// The kernel of this shape.
    pub(super) fn kernel(self) -> KernelId {
        match self {
            Self::Particles => KernelId::P2g,
            Self::Runs => KernelId::P2gRun,
            Self::Tiles => KernelId::P2gTile,
        }
    }
}

impl FromStr for ScatterShape {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|shape| shape.name() == name);
        found.ok_or_else(|| format!("\"{name}\" is no shape of the scatter: particles, runs or tiles"))
    }
}
