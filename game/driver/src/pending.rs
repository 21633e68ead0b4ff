//! This player's pending commands, on their way into the log: what is drawn of them at once may go when they have
//! become true, and for that the tick must be known at which the room applies them.

use room::api::Committed;
use sim_kernels::command::Command;
use std::collections::VecDeque;

/// Commands that wait at most; the oldest are forgotten, as those that the host refused.
const WAITING_MAX: usize = 512;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct PendingCommands {
    waiting: VecDeque<Command>,
}

impl PendingCommands {
    /// The player asked for it.
    pub(crate) fn asked(&mut self, command: Command) {
        if self.waiting.len() == WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(command);
    }

    /// A step is committed: this player's commands in it, and the tick at whose start they act. Segments do not name
    /// authors; another player's command that is the same in every number will do as well.
    pub(crate) fn committed(&mut self, committed: &Committed) -> Vec<(u64, Vec<Command>)> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let mut all = Vec::new();
        for (tick, commands) in (committed.tick..).zip(&committed.commands) {
            let mut own = Vec::new();
            for command in commands {
                if let Some(i) = self.waiting.iter().position(|waiting| waiting == command) {
                    own.extend(self.waiting.remove(i));
                }
            }
            if !own.is_empty() {
                all.push((tick, own));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::command::Stroke;

    fn erase(x: i32) -> Command {
        Command::Erase(Stroke { from: [x, 0], to: [x, 0], radius: 1 })
    }

    fn committed(tick: u64, commands: Vec<Vec<Command>>) -> Committed {
        Committed {
            lineage: 0,
            parent: 0,
            step: 0,
            epoch: 0,
            tick,
            begins: false,
            save: None,
            returns: None,
            commands,
            regions: Vec::new(),
        }
    }

    #[test]
    fn own_commands_are_found_at_their_ticks_and_once() {
        let mut pending = PendingCommands::default();
        [1, 2, 2].into_iter().for_each(|x| pending.asked(erase(x)));
        let step = committed(40, vec![vec![Command::Clear, erase(2)], vec![], vec![erase(1), erase(9)]]);
        assert_eq!(pending.committed(&step), vec![(40, vec![erase(2)]), (42, vec![erase(1)])]);
        assert_eq!(pending.committed(&committed(44, vec![vec![erase(1)]])), vec![]);
        assert_eq!(pending.committed(&committed(48, vec![vec![erase(2)]])), vec![(48, vec![erase(2)])]);
    }

    #[test]
    fn what_the_host_never_takes_does_not_pile_up() {
        let mut pending = PendingCommands::default();
        (0..2_000).for_each(|x| pending.asked(erase(x)));
        assert_eq!(pending.waiting.len(), WAITING_MAX);
    }
}
