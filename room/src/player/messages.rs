//! What a player does, as its device tells the leader.

use crate::api::Tempo;
use crate::costs::{EPOCH_MAX, RECORDING_TICKS_MAX, STEP_MAX, scene_problem};
use crate::message::{About, Class, LIST, Messages, WORLD, Who, declared, messages, row};
use crate::timeline::{CheckpointId, Snapshot};
use serde::{Deserialize, Serialize};
use sim_kernels::area;
use sim_kernels::command::Command;
use sim_kernels::scene::Scene;

/// The most player's commands in one message.
pub const COMMANDS_MAX: usize = 256;

/// The most runs of cells, or as many bytes of a stamp, in one message: see [`Command::runs`].
pub const RUNS_MAX: usize = 4 * area::RUNS_MAX;
/// A few numbers for each command, and the runs, of six bytes.
const COMMANDS_BYTES: usize = 2 * LIST;

/// What a player asks of the clock and the scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Control {
    /// The world's clock stops.
    Pause,
    /// One tick, while it stands.
    Step,
    /// It goes on.
    Resume,
    /// The world begins again from this scene.
    Load(Box<Scene>),
    /// My player wants a checkpoint, for a save.
    Save,
    /// My player wants the room back at a checkpoint, or so many ticks after it.
    Rewind {
        /// Which; the leader tells which there are.
        to: CheckpointId,
        /// At most 5,400, a minute and a half; where the room plays a recording 54,000, as long as the longest.
        ticks: u32,
    },
    /// My player's answer to what somebody proposed.
    Vote {
        /// See [`crate::api::Proposal::number`].
        number: u64,
        /// Whether it agrees.
        agrees: bool,
    },
    /// The world's clock goes as fast as this.
    Tempo(Tempo),
}

messages! {
    "What a player does, as its device tells the leader.";

    /// To the leader: what my player did to the world of this epoch, with sequence numbers.
    Commands {
        /// The epoch; what is for another world is dropped.
        epoch: u32,
        /// Each with its sequence number, which counts this player's commands; at most [`COMMANDS_MAX`].
        list: Vec<(u64, Command)>,
    } => row(Who::Subject, Class::COMMANDS, COMMANDS_BYTES);
    /// To the leader: the clock and the scene.
    Control(Control) => row(Who::Subject, Class::SELDOM, WORLD);
}

impl Messages for Message {
    declared!();

    fn is_valid(&self) -> bool {
        match self {
            Self::Commands { list, .. } => list.len() <= COMMANDS_MAX && list.iter().all(|c| c.0 < STEP_MAX),
            Self::Control(Control::Load(scene)) => scene_problem(scene).is_none(),
            Self::Control(Control::Rewind { to, ticks }) => {
                to.epoch < EPOCH_MAX && to.step < STEP_MAX && *ticks <= RECORDING_TICKS_MAX
            }
            Self::Control(Control::Vote { number, .. }) => *number < STEP_MAX,
            Self::Control(Control::Pause | Control::Step | Control::Resume | Control::Save | Control::Tempo(_)) => true,
        }
    }

    fn sample(kind: Kind) -> (Self, Vec<u8>) {
        let message = match kind {
            Kind::Commands => Self::Commands { epoch: 1, list: (1..).zip(Command::samples([32, 32])).collect() },
            Kind::Control => Self::Control(Control::Load(Box::new(Snapshot::sample().scene))),
        };
        (message, Vec::new())
    }

    fn near(kind: Kind, about: &About) -> Option<(Self, Vec<u8>)> {
        let (mut message, payload) = Self::sample(kind);
        match &mut message {
            // Of a world that is to come.
            Self::Commands { epoch, .. } => *epoch = about.epoch + 1,
            // What a member may: it stops the clock, or begins another world, and everyone sees it.
            Self::Control(control) => *control = Control::Resume,
        }
        Some((message, payload))
    }
}
