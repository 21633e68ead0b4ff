//! Heads of the format's third version, of before there were stamps.

use super::version_2::{self, OldGlobals};
use serde::Deserialize;
use sim_kernels::globals::Globals;
use sim_kernels::strokes::Strokes;

/// What [`super::VERSION`] was.
pub(super) const VERSION: u32 = 3;

/// A head as it was.
pub(super) type OldHead = version_2::OldHead<WithStrokes>;

/// What people could take back stood at the globals' end.
#[derive(Deserialize)]
pub(super) struct WithStrokes {
    globals: OldGlobals,
    strokes: Strokes,
}

impl From<WithStrokes> for Globals {
    fn from(WithStrokes { globals, strokes }: WithStrokes) -> Self {
        Self { strokes, ..globals.renewed() }
    }
}
