//! A process ends without a word.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault { kills: true, ..Fault::new("kill", 2, |draw: &mut Draw<'_>| kill(draw.who)) };

#[derive(Debug)]
struct Kill(usize);

/// This one's process ends without a word.
pub fn kill(who: usize) -> Planned {
    Arc::new(Kill(who))
}

impl Act for Kill {
    fn happen(&self, stage: &mut Stage) {
        if let Some(peer) = stage.peer(self.0).filter(|&p| stage.others_lend(p, 1)) {
            stage.world.kill(peer);
            stage.count(FAULT.name);
        }
    }
}
