//! What this player can take back, and do again.
//!
//! The room knows the strokes and takes the newest one of a player back; here is what they were made of, so that they can be
//! done again. Only what adds or takes away something or changes walls is a stroke: what was pushed, dragged or warmed stays.
//!
//! A change of gravity is no stroke, since it is in all that moved from then on: taking it back is to go back to the moment
//! before it, with everyone in the room, who are asked as ever (see `room`'s rewinding).

use crate::notices::Notices;
use crate::session::{Applied, RoomGlobals, RoomRequest, RoomStatus, Session};
use bevy::prelude::*;
use room::api::{Moment, REPLAY_TICKS_MAX, Status};
use sim_kernels::command::Command;
use sim_kernels::globals::Globals;
use words::{fill, say};

/// Commands of one stroke that are remembered; a longer one is taken back, and not done again.
const COMMANDS_MAX: usize = 512;
/// Strokes that are remembered.
const STROKES_MAX: usize = sim_kernels::strokes::OF_ONE_MAX;
/// Within so many seconds the room may not know of a stroke yet.
const ON_ITS_WAY_S: f64 = 3.0;

/// What the player wants of the strokes.
#[derive(Message, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revise {
    /// Take the newest one back.
    Undo,
    /// Do what was taken back last again.
    Redo,
}

/// What is made as a whole, as a stroke of its own.
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct Make(pub Vec<Command>);

/// Something that can be taken back.
#[derive(Debug)]
enum Done {
    /// A stroke: what it was made of.
    Stroke(Vec<Command>),
    /// Gravity was changed to this, at this tick once the room has said so.
    Turned { to: [i32; 2], at: Option<u64> },
}

/// What this player did, the newest last.
#[derive(Resource, Debug, Default)]
pub struct History {
    done: Vec<Done>,
    undone: Vec<Vec<Command>>,
    /// Something was done since the newest stroke that cannot be taken back.
    stays: bool,
    /// When the newest one began, in seconds.
    began_s: f64,
    /// The tick, the room, and the history and epoch of the world that they are of: another world begins anew.
    tick: u64,
    room: Option<String>,
    world: (u64, u32),
}

impl History {
    /// Whether something can be taken back: the room knows of a stroke of this player's, or one is on its way there.
    pub fn can_undo(&self, globals: &Globals, status: &Status, now: f64) -> bool {
        let me = status.people.iter().find(|person| person.me).map_or(0, |person| person.id.0);
        let on_its_way = !self.done.is_empty() && now - self.began_s < ON_ITS_WAY_S;
        globals.strokes.of(me) > 0 || on_its_way || matches!(self.done.last(), Some(Done::Turned { .. }))
    }

    /// Whether something can be done again.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// How many strokes there are.
    #[cfg(test)]
    pub(super) fn done_count(&self) -> usize {
        self.done.len()
    }

    /// Another use of a tool begins with this command. Answers whether a stroke begins with it.
    pub(super) fn begin(&mut self, command: &Command, now: f64) -> bool {
        self.stays = !command.can_be_undone();
        if !self.stays {
            self.began_s = now;
            self.undone.clear();
            self.push(Done::Stroke(Vec::new()));
        }
        !self.stays
    }

    fn push(&mut self, done: Done) {
        self.done.push(done);
        if self.done.len() > STROKES_MAX {
            self.done.remove(0);
        }
    }

    /// The stroke goes on.
    pub(super) fn add(&mut self, command: &Command) {
        if let Some(Done::Stroke(stroke)) = self.done.last_mut().filter(|_| command.can_be_undone()) {
            // One more than can be done again says that there were more.
            if stroke.len() <= COMMANDS_MAX {
                stroke.push(command.clone());
            }
        }
    }
}

/// Forgets what was done elsewhere: another room, or another world in it.
pub(super) fn begin_world(
    mut history: ResMut<History>,
    session: Res<Session>,
    globals: Res<RoomGlobals>,
    status: Res<RoomStatus>,
) {
    let is_elsewhere = history.room.as_ref() != session.room();
    // Nothing is known of the epoch until its first digest.
    let world = Some(status.0.digest_of).filter(|world| world.1 != 0 && !is_elsewhere).unwrap_or(history.world);
    let tick = globals.0.as_ref().map_or(history.tick, |globals| globals.tick);
    if is_elsewhere || tick < history.tick || history.world != world && history.world.1 != 0 {
        // What the room left tells is nothing of the one that is entered.
        let world = if is_elsewhere { (0, 0) } else { world };
        *history = History { room: session.room().cloned(), world, tick, ..History::default() };
    } else if (history.tick, history.world) != (tick, world) {
        let history = history.bypass_change_detection();
        (history.tick, history.world) = (tick, world);
    }
}

/// Takes note of changes of gravity, whoever of the window's parts asks for them; to what it is already, it is none.
pub(super) fn turns(
    mut asked: MessageReader<RoomRequest>,
    mut applied: MessageReader<Applied>,
    mut history: ResMut<History>,
    globals: Res<RoomGlobals>,
) {
    for request in asked.read() {
        let &RoomRequest::Command(Command::Gravity(to)) = request else { continue };
        let on_its_way = history.done.iter().rev().find_map(|done| match done {
            Done::Turned { to, at: None } => Some(*to),
            _ => None,
        });
        let is = on_its_way.or(globals.0.as_ref().map(|globals| globals.gravity));
        if is != Some(to) {
            history.undone.clear();
            history.push(Done::Turned { to, at: None });
        }
    }
    for Applied { tick, commands } in applied.read() {
        for command in commands {
            let &Command::Gravity(now) = command else { continue };
            let waits = |done: &&mut Done| matches!(done, Done::Turned { to, at: None } if *to == now);
            if let Some(Done::Turned { at, .. }) = history.done.iter_mut().find(waits) {
                *at = Some(*tick);
            }
        }
    }
}

/// The return to a tick of this world: from the moment of the room before it that is nearest.
fn return_to(tick: u64, epoch: u32, moments: &[Moment]) -> Option<RoomRequest> {
    let before = moments.iter().filter(|m| m.epoch == epoch && m.tick <= tick && m.exact);
    let moment = before.max_by_key(|m| m.tick)?;
    let ticks = u32::try_from(tick - moment.tick).ok().filter(|&ticks| ticks <= REPLAY_TICKS_MAX)?;
    Some(RoomRequest::Rewind { to: (moment.epoch, moment.step), ticks })
}

/// Makes what is asked for as a whole.
pub(super) fn make(
    mut asked: MessageReader<Make>,
    mut history: ResMut<History>,
    mut requests: MessageWriter<RoomRequest>,
    time: Res<Time>,
) {
    for Make(commands) in asked.read() {
        let Some(first) = commands.first() else { continue };
        if history.begin(first, time.elapsed_secs_f64()) {
            requests.write(RoomRequest::Command(Command::Begin));
        }
        for command in commands {
            history.add(command);
            requests.write(RoomRequest::Command(command.clone()));
        }
    }
}

/// Does what the player wants of the strokes.
pub(super) fn revise(
    mut wanted: MessageReader<Revise>,
    mut history: ResMut<History>,
    globals: Res<RoomGlobals>,
    status: Res<RoomStatus>,
    mut requests: MessageWriter<RoomRequest>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    let Some(globals) = globals.0.as_ref() else { return };
    for revise in wanted.read() {
        let now = time.elapsed_secs_f64();
        match revise {
            Revise::Undo => {
                // What was done too long ago is in the room's memory no more.
                if !history.can_undo(globals, &status.0, now) {
                    history.done.clear();
                    notices.push(say(if history.stays { "undo-stays" } else { "undo-nothing" }), now);
                    continue;
                }
                if let Some(&Done::Turned { at, .. }) = history.done.last() {
                    let moments = &status.0.moments;
                    let Some(tick) = at.filter(|_| !moments.is_empty()) else {
                        notices.push(say("past-nothing"), now);
                        continue;
                    };
                    // Where the others do not agree, what was done before it can be taken back all the same.
                    history.done.pop();
                    if let Some(request) = return_to(tick, history.world.1, moments) {
                        let seconds = status.0.tick.saturating_sub(tick).div_ceil(60);
                        notices.push(fill("undo-turned", [("seconds", seconds.into())]), now);
                        requests.write(request);
                    } else {
                        notices.push(say("undo-turned-lost"), now);
                    }
                    continue;
                }
                requests.write(RoomRequest::Command(Command::Undo));
                if std::mem::take(&mut history.stays) {
                    notices.push(say("undo-skips"), now);
                }
                if let Some(Done::Stroke(stroke)) = history.done.pop()
                    && stroke.len() <= COMMANDS_MAX
                {
                    history.undone.push(stroke);
                }
            }
            Revise::Redo => {
                let Some(stroke) = history.undone.pop() else {
                    notices.push(say("redo-nothing"), now);
                    continue;
                };
                requests.write(RoomRequest::Command(Command::Begin));
                requests.write_batch(stroke.iter().cloned().map(RoomRequest::Command));
                history.push(Done::Stroke(stroke));
                history.began_s = now;
            }
        }
    }
}
