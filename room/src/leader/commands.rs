//! Commands on their way into the log: order, limits, and the room's cap on particles.

use crate::api::PeerId;
use crate::leader::Leading;
use crate::wire::Sealed;
use sim_kernels::command::{Command, Stroke};

/// The most commands that wait.
const PENDING_MAX: usize = 2048;
/// Player's commands taken into one segment; the rest waits.
const PLAYER_COMMANDS_MAX: usize = 256;
/// How often the players are told that something was refused.
const REFUSED_US: u64 = 10_000_000;

/// Stands for a refused command, which keeps its place in its author's order: a push of nothing.
const NOTHING: Command = Command::Push { stroke: Stroke { from: [0, 0], to: [0, 0], radius: 0 }, velocity: [0, 0] };

impl Leading<'_> {
    /// A player's command: taken once, in its author's order.
    pub(super) fn host_command(&mut self, from: PeerId, seq: u64, command: Command) {
        let (host, log) = (&mut *self.host, &*self.log);
        let newest = log.seq_end(from);
        let taken = host.seqs.entry(from).or_insert(newest);
        *taken = newest.max(*taken);
        if seq != *taken + 1 || host.pending.len() >= PENDING_MAX {
            return;
        }
        *taken = seq;
        let kept = if command.is_valid(log.scene_end().world) { command } else { NOTHING };
        host.pending.push_back((from, seq, kept));
    }

    /// What applies in the next segment: the scene's commands at their ticks, the players' at its start.
    pub(super) fn sealed_commands(&mut self, step: u64, tick: u64, ticks: u32) -> Vec<Sealed> {
        if ticks == 0 {
            return Vec::new();
        }
        let Some(mut quota) = self.quota() else { return Vec::new() };
        let (host, log) = (&mut *self.host, &*self.log);
        let scene = log.scene_end();
        let mut sealed = Vec::new();
        for offset in 0..ticks {
            let at = scene.commands_at(tick + u64::from(offset)).filter(|c| quota.admit(c));
            sealed.extend(at.map(|c| Sealed { author: None, offset: offset as u8, command: c.clone() }));
        }
        let count = host.pending.len().min(PLAYER_COMMANDS_MAX);
        for (who, seq, command) in host.pending.drain(..count) {
            let command = if quota.admit(&command) { command } else { NOTHING };
            sealed.push(Sealed { author: Some((who, seq)), offset: 0, command });
        }
        let rests = quota.emit(tick, ticks);
        sealed.extend(rests.into_iter().map(|command| Sealed { author: None, offset: 0, command }));
        host.grant(step, &quota);
        let now = self.now;
        if let Some(refused) = quota.refused
            && host.refused_at.is_none_or(|at| now >= at + REFUSED_US)
        {
            host.refused_at = Some(now);
            self.announce(refused);
        }
        sealed
    }
}
