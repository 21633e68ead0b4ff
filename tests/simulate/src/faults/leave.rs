//! Somebody leaves in order.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use room::api::Request;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault::new("leave", 1, |draw: &mut Draw<'_>| leave(draw.who));

#[derive(Debug)]
struct Leave(usize);

/// This one leaves in order.
pub fn leave(who: usize) -> Planned {
    Arc::new(Leave(who))
}

impl Act for Leave {
    fn happen(&self, stage: &mut Stage) {
        if let Some(peer) = stage.peer(self.0).filter(|&p| stage.others_lend(p, 1))
            && stage.world.ask(peer, Request::Leave)
        {
            stage.leaving.insert(peer);
            stage.count(FAULT.name);
        }
    }
}
