//! What the rest of the app and the session tell each other.

use crate::scenes::SceneAsset;
use bevy::prelude::*;
use driver::share::Share;
use room::api::{Hand, PeerId, Profile, Tempo};
use room::notice::Someone;
use sim_kernels::command::Command;
use sim_kernels::geom::Rect;
use sim_kernels::view::ViewTile;

/// Something that is asked of the room, or of the session about rooms. Any system writes it; one system hands it to the
/// driver, at the end of the frame.
#[derive(Message, Clone, Debug)]
pub enum RoomRequest {
    /// Do something to the world.
    Command(Command),
    /// Stop the world's clock.
    Pause,
    /// One tick, while paused.
    Step,
    /// Go on.
    Resume,
    /// The world's clock is to go as fast as this, for everyone.
    Tempo(Tempo),
    /// Begin another scene, for everyone in the room.
    Load(Handle<SceneAsset>),
    /// Save the world; the answer is [`Saved`].
    Save,
    /// The same, where nobody asked for it: the program keeps what might be lost.
    SaveByItself,
    /// The same, to cut something out of it that is to be pasted.
    Copy,
    /// Go on from a saved world, for everyone in the room.
    Restore {
        /// The file's name, if it has one: for what is said when the room cannot open it.
        name: Option<String>,
        /// The save.
        bytes: Vec<u8>,
    },
    /// A recording of the room from a moment of its past on; the answer is [`Recorded`].
    Record {
        /// The moment's epoch and step.
        from: (u32, u64),
    },
    /// Take the room back to a moment of its past: see [`room::api::Request::Rewind`].
    Rewind {
        /// The moment's epoch and step.
        to: (u32, u64),
        /// So many ticks after it.
        ticks: u32,
    },
    /// Answer what somebody proposed.
    Vote {
        /// Which proposal.
        number: u64,
        /// Whether the player agrees.
        agrees: bool,
    },
    /// Go back to the world that was replaced last, for everyone in the room: see [`super::WayBack`].
    GoBack,
    /// Tell the room a changed name or choice about lending.
    Profile(Profile),
    /// Lend so much of this device.
    Share(Share),
    /// This player's pointer is here, or not over the world.
    Hand(Option<Hand>),
    /// The others are to look here; in quarters of a cell.
    Point([u16; 2]),
    /// Something to say to everyone in the room.
    Say(String),
    /// Leave this room for another of the same server.
    Join(String),
    /// Leave a world of one's own for a room, and take it along if this player opens that room.
    MoveTo(String),
    /// Try again to enter the room that could not be entered.
    TryAgain,
}

/// New view tiles of one region.
#[derive(Message, Debug)]
pub struct Frame {
    /// When it looked like this.
    pub tick: u64,
    /// Which part of the world.
    pub region: Rect,
    /// Whether absent tiles are empty.
    pub full: bool,
    /// The tiles.
    pub tiles: Vec<ViewTile>,
}

/// Commands of this player that the room applies at the start of this tick.
#[derive(Message, Debug)]
pub struct Applied {
    /// When.
    pub tick: u64,
    /// What.
    pub commands: Vec<Command>,
}

/// Another's pointer is here, or gone.
#[derive(Message, Debug)]
pub struct HandMoved {
    /// Whose.
    pub from: PeerId,
    /// Where, and what it holds.
    pub hand: Option<Hand>,
}

/// Somebody wants everyone to look here.
#[derive(Message, Debug)]
pub struct Pointed {
    /// Who.
    pub from: Someone,
    /// Where, in quarters of a cell.
    pub at: [u16; 2],
}

/// Somebody said something.
#[derive(Message, Debug)]
pub struct Said {
    /// Who.
    pub from: Someone,
    /// A line of words.
    pub text: String,
}

/// The room's answer to a wish for a recording: the file's bytes.
#[derive(Message, Debug)]
pub struct Recorded(pub Vec<u8>);

/// The room's answer to a wish to save.
#[derive(Message, Debug)]
pub struct Saved {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// The player asked for it, or else the program.
    pub by_player: bool,
}
