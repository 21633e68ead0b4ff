//! The world's clock is stopped, and goes on a while later.

use super::{Act, Draw, Fault, Planned};
use crate::stage::End;
use crate::stage::Stage;
use room::api::Micros;
use room::api::Request;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("pause", 1, |draw: &mut Draw<'_>| pause(draw.rng.below(800_000)));

#[derive(Debug)]
struct Pause(Micros);

/// The world's clock stands for this long.
pub fn pause(us: Micros) -> Planned {
    Arc::new(Pause(us))
}

impl Act for Pause {
    fn happen(&self, stage: &mut Stage) {
        stage.ask_first(Request::Pause);
        stage.later(self.0, End::in_the_room(|stage, _| stage.ask_first(Request::Resume)));
        stage.count(FAULT.name);
    }
}
