//! Somebody comes.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("join", 2, |draw: &mut Draw<'_>| join(draw.rng.below(6) > 0));

#[derive(Debug)]
struct Join {
    lend: bool,
}

/// Somebody comes, and lends its device or watches.
pub fn join(lend: bool) -> Planned {
    Arc::new(Join { lend })
}

impl Act for Join {
    fn happen(&self, stage: &mut Stage) {
        if stage.world.alive().len() < 8 {
            stage.join(self.lend);
            stage.count(FAULT.name);
        }
    }
}
