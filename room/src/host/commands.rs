//! Commands on their way into the log: order, limits, and the room's cap on particles.

use crate::api::PeerId;
use crate::room::Room;
use crate::wire::Sealed;
use sim_kernels::command::Command;
use sim_kernels::geom::Rect;

/// The most particles in a room.
pub(crate) const PARTICLES_MAX: u64 = 4_000_000;
/// The most commands that wait.
const PENDING_MAX: usize = 2048;
/// Player's commands taken into one segment; the rest waits.
const PLAYER_COMMANDS_MAX: usize = 256;

impl Room {
    pub(super) fn host_command(&mut self, from: PeerId, seq: u64, command: Command) {
        let particles = self.beat.particles;
        let (Some(host), Some(log)) = (&mut self.host, &self.log) else { return };
        let newest = log.seqs.get(&from).copied().unwrap_or(0);
        let taken = host.seqs.entry(from).or_insert(newest);
        *taken = newest.max(*taken);
        if seq != *taken + 1 || host.pending.len() >= PENDING_MAX {
            return;
        }
        *taken = seq;
        let area = |rect: Rect| rect.area() as u64 * 4;
        let valid = command.is_valid(log.globals.size());
        let added = match &command {
            _ if !valid => 0,
            Command::Pour { stroke, .. } => {
                let side = |k: usize| {
                    (stroke.to[k] - stroke.from[k]).unsigned_abs() as u64 + 2 * stroke.radius.max(0) as u64 + 1
                };
                side(0).saturating_mul(side(1)).saturating_mul(4)
            }
            Command::Fill { rect, .. } => area(*rect),
            Command::Emit(e) => area(e.rect),
            _ => 0,
        };
        let full = added > 0 && particles + added > PARTICLES_MAX;
        if full {
            host.notice = Some(format!("the room is full: {PARTICLES_MAX} particles are the most"));
        }
        // A refused command keeps its place in its author's order, as something that does nothing.
        let kept = if valid && !full { command } else { Command::Gravity(log.globals.gravity) };
        host.pending.push_back((from, seq, kept));
    }

    /// What applies in the next segment: the scene's commands at their ticks, the players' at its start.
    pub(super) fn sealed_commands(&mut self, tick: u64, ticks: u32) -> Vec<Sealed> {
        let (Some(host), Some(scene)) = (&mut self.host, &self.scene) else { return Vec::new() };
        let mut sealed = Vec::new();
        for offset in 0..ticks {
            let at = scene.commands_at(tick + u64::from(offset));
            sealed.extend(at.map(|c| Sealed { author: None, offset: offset as u8, command: c.clone() }));
        }
        if ticks > 0 {
            let count = host.pending.len().min(PLAYER_COMMANDS_MAX);
            let players = host.pending.drain(..count);
            sealed.extend(players.map(|(who, seq, command)| Sealed { author: Some((who, seq)), offset: 0, command }));
            // Past the cap the emitters' own cells are drained for a while.
            if self.beat.particles > PARTICLES_MAX
                && tick.is_multiple_of(60)
                && let Some(log) = &self.log
            {
                sealed.extend(log.globals.emitters.iter().map(|e| Sealed {
                    author: None,
                    offset: 0,
                    command: Command::Drain { rect: e.rect, until: tick + 60 },
                }));
            }
        }
        sealed
    }
}
