//! Somebody opens the newest save that anybody has.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use room::api::Request;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("restore", 1, |draw: &mut Draw<'_>| restore(draw.who));

#[derive(Debug)]
struct Restore(usize);

/// This one opens the newest save that anybody has.
pub fn restore(who: usize) -> Planned {
    Arc::new(Restore(who))
}

impl Act for Restore {
    fn happen(&self, stage: &mut Stage) {
        if let (Some(peer), Some(bytes)) = (stage.peer(self.0), stage.world.checks.newest_save()) {
            stage.world.ask(peer, Request::Restore(bytes));
            stage.count(FAULT.name);
        }
    }
}
