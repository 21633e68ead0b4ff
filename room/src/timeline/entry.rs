//! What the log is made of: entries, and its state at a step.

use crate::api::{PeerId, Profile};
use crate::costs::{EPOCH_MAX, STEP_MAX, TICKS_MAX, scene_problem};
use crate::partition::{EXECUTORS_MAX, Partition};
use crate::raft::TERM_MAX;
use crate::roster::{PEOPLE_MAX, Roster};
use serde::{Deserialize, Serialize};
use sim_kernels::command::Command;
use sim_kernels::digest::Digest;
use sim_kernels::geom::WorldSize;
use sim_kernels::globals::Globals;
use sim_kernels::scene::Scene;

/// The most commands in one segment.
pub const SEGMENT_COMMANDS_MAX: usize = 2048;
/// The most authors whose commands a newcomer is told of.
pub const SEQS_MAX: usize = 4 * PEOPLE_MAX;
/// What was done in a history stays below this.
pub(crate) const WORK_MAX: u64 = 1 << 60;

/// Names a checkpoint: the end of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CheckpointId {
    /// The epoch in which it was taken.
    pub epoch: u32,
    /// The step at whose end it was taken.
    pub step: u64,
}

/// Where the world comes from at a step that begins a new epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// Every holder makes its strips from the scene.
    Scene(Box<Scene>),
    /// Every holder takes its strips from its copy of a checkpoint; with the globals there, and why.
    Checkpoint(CheckpointId, Box<Globals>, Return),
    /// Every holder takes its strips from its copy of a save, which is a checkpoint of this very step from here on.
    Save(Box<Opened>),
}

/// Why the world goes on from an earlier checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Return {
    /// Nobody holds what came later: what players did since then, and the log does not have, counts.
    Forced,
    /// Somebody asked for it: what players did meanwhile was done to the world that is left.
    Asked,
}

/// A save with which the world goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// Whose player opened it, and that player's number for it: no wish is fulfilled twice.
    pub by: PeerId,
    /// See `by`.
    pub wish: u64,
    /// See [`crate::save::Head::id`].
    pub id: Digest,
    /// The scene that goes on.
    pub scene: Scene,
    /// With the tick.
    pub globals: Globals,
}

/// The state of the log at a step, for one who has none of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of which history.
    pub lineage: u64,
    /// Where this lineage forked from, or itself.
    pub parent: u64,
    /// The leader's term, below 2^48.
    pub term: u64,
    /// How often the world has begun again; below 2^30.
    pub epoch: u32,
    /// The first step that follows, below 2^48.
    pub step: u64,
    /// The term of the entry before it.
    pub before_term: u64,
    /// What was done before `step`; see [`crate::membership::messages::Message::Meet`].
    pub work: u64,
    /// The scene of the epoch.
    pub scene: Scene,
    /// The globals at the start of `step`.
    pub globals: Globals,
    /// Who holds which strip at the start of `step`.
    pub partition: Partition,
    /// The newest command of each author that is in the log; at most [`SEQS_MAX`] authors.
    pub seqs: Vec<(PeerId, u64)>,
    /// Whether nobody waits for the clock.
    pub fast: bool,
    /// The newest roster, committed or not.
    pub roster: Roster,
}

/// A player's command at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// Who, and the author's sequence number; nobody for a scene's own commands.
    pub author: Option<(PeerId, u64)>,
    /// Ticks after the segment's start.
    pub offset: u8,
    /// What was done.
    pub command: Command,
}

/// One entry of the log: a superstep.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its number, below 2^48: steps are counted on through all epochs.
    pub step: u64,
    /// The first tick.
    pub tick: u64,
    /// How many, at most 16; 0 only moves particles from holder to holder, or notes something.
    pub ticks: u32,
    /// When it starts, in microseconds of the clock of the leader of this entry's term; 0: at once.
    pub start: u64,
    /// The world begins again here.
    pub origin: Option<Origin>,
    /// Who holds what, when that changes here.
    pub partition: Option<Partition>,
    /// Who is in the room, when that changes; it counts as soon as it is in a log, committed or not.
    pub roster: Option<Roster>,
    /// In the order in which they apply; at most [`SEGMENT_COMMANDS_MAX`].
    pub commands: Vec<Sealed>,
    /// Who is to keep a checkpoint of its end; nobody: none is taken.
    pub keepers: Vec<PeerId>,
    /// The strips whose stand-ins do not compute along, and get their state as of its end from their executors.
    pub seeds: Vec<u32>,
    /// The digest at its end is wanted.
    pub digest: bool,
}

impl Snapshot {
    /// Whether every number and list is within its limit, and the parts fit each other.
    pub(crate) fn is_valid(&self) -> bool {
        self.term < TERM_MAX
            && self.before_term < TERM_MAX
            && self.epoch < EPOCH_MAX
            && self.step < STEP_MAX
            && self.work < WORK_MAX
            && scene_problem(&self.scene).is_none()
            && self.globals.is_valid()
            && self.globals.size() == self.scene.world
            && self.partition.is_valid(self.scene.world)
            && self.seqs.len() <= SEQS_MAX
            && self.seqs.iter().all(|s| s.1 < STEP_MAX)
            && self.roster.is_valid()
    }

    /// That of a small room, for tests and fuzz targets to begin with.
    pub(crate) fn sample() -> Self {
        let peer = PeerId(3);
        let world = WorldSize { width: 64, height: 64 };
        let (title, gravity) = (String::new(), [0, -4]);
        let (terrain, blocks, commands) = (Vec::new(), Vec::new(), Vec::new());
        let scene = Scene { title, world, gravity, terrain, blocks, commands };
        let profile = Profile { name: "Eve".into(), lend: false, backend: "none".into(), throughput: 0 };
        Self {
            lineage: 1,
            parent: 1,
            term: 1,
            epoch: 1,
            step: 0,
            before_term: 0,
            work: 0,
            globals: scene.globals(),
            scene,
            partition: crate::partition::equal(&[peer], world),
            seqs: Vec::new(),
            fast: false,
            roster: Roster { people: vec![(peer, profile)], voters: vec![peer] },
        }
    }
}

impl Segment {
    /// Whether a state of its end goes to somebody.
    pub(crate) fn is_kept(&self) -> bool {
        !self.keepers.is_empty() || !self.seeds.is_empty()
    }

    /// What can be told without knowing the room; the log checks the rest.
    pub(crate) fn is_valid(&self) -> bool {
        let origin = match &self.origin {
            None => true,
            Some(Origin::Scene(scene)) => scene_problem(scene).is_none() && self.tick == 0,
            Some(Origin::Checkpoint(id, globals, _)) => {
                globals.is_valid() && globals.tick == self.tick && id.epoch < EPOCH_MAX && id.step < STEP_MAX
            }
            Some(Origin::Save(opened)) => {
                let Opened { scene, globals, .. } = &**opened;
                scene_problem(scene).is_none()
                    && globals.is_valid()
                    && globals.size() == scene.world
                    && globals.tick == self.tick
            }
        };
        origin
            && (self.origin.is_none() || self.partition.is_some())
            && self.ticks <= TICKS_MAX
            && self.step < STEP_MAX
            && self.tick < STEP_MAX
            && self.start < STEP_MAX
            && self.roster.as_ref().is_none_or(Roster::is_valid)
            && self.keepers.len() <= PEOPLE_MAX
            && self.seeds.len() <= EXECUTORS_MAX
            && self.commands.len() <= SEGMENT_COMMANDS_MAX
            && self.commands.iter().all(|c| u32::from(c.offset) < self.ticks && c.author.is_none_or(|a| a.1 < STEP_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::area::{Area, Run};
    use sim_kernels::command::{Effect, Paste, Stroke};
    use sim_kernels::geom::Rect;

    /// What an act in the middle of a large world takes in the log, in bytes, after an hour of play.
    fn bytes(command: Command) -> usize {
        let sealed = Sealed { author: Some((PeerId(u128::MAX / 3), 20_000)), offset: 3, command };
        bincode::serde::encode_to_vec(&sealed, bincode::config::standard()).unwrap().len()
    }

    /// The page says what the code does.
    #[test]
    fn the_docs_say_what_an_act_takes_in_the_log() {
        let stroke = Stroke { from: [700, 300], to: [720, 290], radius: 8 };
        let over = |area: Area, effect: Effect| Command::Apply { area, effect };
        let pour = Effect::Pour { material: 3, velocity: [0, 0] };
        let cells = |rows: u16| Area::Cells((0..rows).map(|y| Run { y: 300 + y, x: 700, cells: 64 }).collect());
        let paste = Paste {
            stamp: Digest::default(),
            at: [700, 300],
            size: [64, 64],
            particles: 16_384,
            turns: 1,
            mirrored: false,
        };
        let acts = [
            ("a stroke is begun, or taken back", Command::Begin),
            ("poured with a round brush", over(Area::Round(stroke), pour)),
            ("erased with a square one", over(Area::Square(stroke), Effect::Erase)),
            ("a rectangle of walls", over(Area::Box(Rect::new(700, 300, 900, 310)), Effect::Wall { solid: true })),
            ("64 rows of cells filled", over(cells(64), pour)),
            ("pushed", Command::Push { stroke, velocity: [3000, -2000] }),
            ("a stamp of 16,384 particles pasted", Command::Paste(paste)),
        ];
        let page = include_str!("../../../docs/worlds.md");
        let lines = acts.map(|(what, command)| format!("| {what} | {} |", bytes(command)));
        let missing: Vec<&String> = lines.iter().filter(|line| !page.contains(*line)).collect();
        assert!(missing.is_empty(), "docs/worlds.md should have: {missing:#?}");
    }
}
