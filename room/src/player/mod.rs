//! What this peer's player did and pressed, until the log has it.
//!
//! Commands get sequence numbers of their own and are sent again until they are committed. Buttons for the whole room
//! wait only while there is no leader to tell.

pub mod messages;

pub(crate) use self::messages::Control;

use self::messages::{COMMANDS_MAX, RUNS_MAX};
use crate::api::Micros;
use crate::timers::{Timer, Timers};
use sim_kernels::command::Command;
use std::collections::VecDeque;

/// The most commands that wait for the log.
const PENDING_MAX: usize = 1024;
/// The most presses of a button that wait for a leader.
const CONTROLS_MAX: usize = 8;
/// How often what is not in the log yet is sent again.
pub(crate) const RESEND_US: u64 = 300_000;

/// What this machine does at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Sends again what is not in the log yet.
    Resend,
}

impl Timer for Due {
    fn waits_for_others(self) -> bool {
        match self {
            Self::Resend => false,
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct PendingCommands {
    commands: VecDeque<(u64, Command)>,
    /// The newest sequence number.
    sequence: u64,
    /// That of the newest command that was sent.
    sent: u64,
    /// When the commands are sent (again).
    timers: Timers<Due>,
    controls: VecDeque<Control>,
}

impl PendingCommands {
    /// The player did something; false where too much waits already.
    pub fn push(&mut self, command: Command) -> bool {
        let fits = self.commands.len() < PENDING_MAX;
        if fits {
            self.sequence += 1;
            self.commands.push_back((self.sequence, command));
            self.timers.hurry(Due::Resend);
        }
        fits
    }

    /// Keeps a press of a button until there is a leader.
    pub fn push_control(&mut self, control: Control) {
        if self.controls.len() < CONTROLS_MAX {
            self.controls.push_back(control);
        }
    }

    /// The presses that wait.
    pub fn take_controls(&mut self) -> VecDeque<Control> {
        std::mem::take(&mut self.controls)
    }

    /// What is to be sent now, and when to look again; nothing where nothing waits.
    pub fn poll(&mut self, now: Micros) -> Option<(Vec<(u64, Command)>, Micros)> {
        if self.commands.is_empty() {
            return None;
        }
        let mut list = Vec::new();
        if self.timers.repeats(Due::Resend, now, RESEND_US) {
            // A message has room for that many commands, and for so many runs of cells.
            let mut runs = 0;
            let fits = |(_, command): &&(u64, Command)| {
                runs += command.runs();
                runs <= RUNS_MAX
            };
            list = self.commands.iter().take(COMMANDS_MAX).take_while(fits).cloned().collect();
            self.sent = list.last().map_or(self.sent, |command| command.0);
        }
        Some((list, self.timers.at(Due::Resend)))
    }

    /// Another leader knows nothing of what waits: it is told at once.
    pub fn resend(&mut self) {
        self.timers.hurry(Due::Resend);
    }

    /// The log has the commands up to this number.
    pub fn committed(&mut self, newest: u64) {
        self.sequence = self.sequence.max(newest);
        while self.commands.front().is_some_and(|c| c.0 <= newest) {
            self.commands.pop_front();
        }
        // What did not fit into the last message goes now.
        if self.commands.front().is_some_and(|c| c.0 == self.sent + 1) && self.sent <= newest {
            self.timers.hurry(Due::Resend);
        }
    }

    /// The log has, or may have, commands of this peer up to this number: new ones go on from there.
    pub fn goes_on_from(&mut self, newest: u64) {
        self.sequence = self.sequence.max(newest);
    }

    /// The world begins again, where the log has this peer's commands up to a number. What was drawn on another world
    /// is not for this one; what was drawn since a checkpoint to which the world `goes_back` is said again.
    pub fn begins_again(&mut self, newest: u64, goes_back: bool) {
        self.commands.retain(|c| goes_back && c.0 > newest);
        for (number, command) in (newest + 1..).zip(&mut self.commands) {
            command.0 = number;
        }
        self.sequence = newest + self.commands.len() as u64;
        self.timers.hurry(Due::Resend);
    }

    /// Another history begins: what waited for the old one is void, and numbers start again.
    pub fn clear(&mut self) {
        self.commands.clear();
        (self.sequence, self.sent) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::command::{Effect, Stroke};

    const NOTHING: Command = Command::Push { stroke: Stroke { from: [0, 0], to: [0, 0], radius: 0 }, velocity: [0, 0] };

    #[test]
    fn commands_are_sent_again_until_they_are_committed() {
        let mut pending = PendingCommands::default();
        assert!(pending.poll(0).is_none());
        assert!(pending.push(NOTHING) && pending.push(NOTHING));
        let sent =
            |p: &mut PendingCommands, now| p.poll(now).map(|(list, _)| list.iter().map(|c| c.0).collect::<Vec<_>>());
        assert_eq!(sent(&mut pending, 5), Some(vec![1, 2]));
        assert_eq!(sent(&mut pending, 6), Some(vec![]));
        pending.committed(1);
        assert_eq!(sent(&mut pending, 5 + RESEND_US), Some(vec![2]));
        pending.resend();
        assert_eq!(sent(&mut pending, 6 + RESEND_US), Some(vec![2]));
        pending.committed(7);
        assert!(pending.poll(7).is_none());
        pending.push(NOTHING);
        assert_eq!(sent(&mut pending, 8), Some(vec![8]), "numbers go on from the log's");
    }

    #[test]
    fn what_was_drawn_on_another_world_is_not_for_this_one() {
        let mut pending = PendingCommands::default();
        (0..5).for_each(|_| assert!(pending.push(NOTHING)));
        pending.begins_again(3, true);
        let sent = pending.poll(1).map(|(list, _)| list.iter().map(|c| c.0).collect::<Vec<_>>());
        assert_eq!(sent, Some(vec![4, 5]));
        pending.begins_again(1, true);
        let sent = pending.poll(1).map(|(list, _)| list.iter().map(|c| c.0).collect::<Vec<_>>());
        assert_eq!(sent, Some(vec![2, 3]), "numbers go on from the log's");
        pending.begins_again(3, false);
        assert!(pending.poll(2).is_none());
        assert!(pending.push(NOTHING));
        assert_eq!(pending.poll(3).map(|(list, _)| list[0].0), Some(4));
    }

    #[test]
    fn cells_that_are_named_one_by_one_wait_for_a_message_that_has_room() {
        let runs = |count: u16| {
            let cells = (0..count).map(|i| [3_900 + i % 2 * 2, 900 + i / 2]);
            Command::Apply { area: cells.collect(), effect: Effect::Erase }
        };
        let mut pending = PendingCommands::default();
        let all = [NOTHING, runs(1024), runs(1024), runs(1024), runs(1000), runs(25), NOTHING];
        all.into_iter().chain(vec![NOTHING; COMMANDS_MAX]).for_each(|command| assert!(pending.push(command)));
        let mut sent = |now, committed| {
            pending.committed(committed);
            let list = pending.poll(now).unwrap().0;
            let message = messages::Message::Commands { epoch: u32::MAX, list: list.clone() };
            // Within the row of the kind, or it would not be taken.
            let bytes = crate::wire::encode(&message.into(), &[]);
            assert!(crate::wire::decode(&bytes).is_ok(), "{} commands", list.len());
            list.last().unwrap().0
        };
        assert_eq!(sent(0, 0), 5);
        // The rest goes as soon as that is in the log.
        assert_eq!(sent(1, 5), 5 + COMMANDS_MAX as u64);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut pending = PendingCommands::default();
        assert_eq!((0..2 * PENDING_MAX).filter(|_| pending.push(NOTHING)).count(), PENDING_MAX);
        (0..20).for_each(|_| pending.push_control(Control::Pause));
        assert_eq!(pending.take_controls().len(), CONTROLS_MAX);
        assert!(pending.take_controls().is_empty());
    }
}
