//! Somebody saves.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use room::api::Request;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("save", 1, |draw: &mut Draw<'_>| save(draw.who));

#[derive(Debug)]
struct Save(usize);

/// This one saves.
pub fn save(who: usize) -> Planned {
    Arc::new(Save(who))
}

impl Act for Save {
    fn happen(&self, stage: &mut Stage) {
        if let Some(peer) = stage.peer(self.0) {
            stage.world.ask(peer, Request::Save);
            stage.count(FAULT.name);
        }
    }
}
