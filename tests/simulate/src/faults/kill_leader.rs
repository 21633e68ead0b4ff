//! The leader's process ends without a word.

use super::{Act, Draw, Fault, Planned};
use crate::stage::Stage;
use std::sync::Arc;

pub(super) const FAULT: Fault = Fault { kills: true, ..Fault::new("leader kill", 1, |_: &mut Draw<'_>| kill_leader()) };

#[derive(Debug)]
struct KillLeader;

/// The leader's process ends without a word.
pub fn kill_leader() -> Planned {
    Arc::new(KillLeader)
}

impl Act for KillLeader {
    fn happen(&self, stage: &mut Stage) {
        let leader = stage.world.peers.values().filter(|p| p.alive).find_map(|p| {
            p.status.people.iter().find(|p| p.leader).map(|p| p.id).filter(|id| stage.world.peers[id].alive)
        });
        if let Some(peer) = leader.filter(|&p| stage.others_lend(p, 1)) {
            stage.world.kill(peer);
            stage.count(FAULT.name);
        }
    }
}
