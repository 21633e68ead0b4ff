//! Heads of the format's fourth version, of before anything could be held.

use super::version_2;
use super::version_3::WithStrokes;
use serde::Deserialize;
use sim_kernels::globals::Globals;
use sim_kernels::stamp::Stamps;

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 4;

/// A head as it was.
pub(super) type OldHead = version_2::OldHead<WithStamps>;

/// What could be pasted stood behind that.
#[derive(Deserialize)]
pub(super) struct WithStamps {
    globals: WithStrokes,
    stamps: Stamps,
}

impl From<WithStamps> for Globals {
    fn from(WithStamps { globals, stamps }: WithStamps) -> Self {
        Self { stamps, ..globals.into() }
    }
}
