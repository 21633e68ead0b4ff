//! How a participant begins: where, as whom, on what, and with which scene.

use crate::backend::{Choice, Ready};
#[cfg(feature = "netem")]
use crate::net::netem::Netem;
use crate::net::trust::Trust;
use crate::share::Share;
use room::api::{Config, Pace, PeerId, Profile};
use sim_kernels::scene::Scene;

/// The longest name of a participant.
const NAME_BYTES_MAX: usize = 32;
/// The longest name of what computes.
const BACKEND_BYTES_MAX: usize = 64;

/// Where to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Alone, without any network.
    Solo,
    /// In a room of a signaling server. The server says who founds it.
    Room {
        /// `ws://HOST:3536`, `wss://HOST:3537`, `http://…`, `https://…`.
        signaling: String,
        /// The room's name.
        room: String,
    },
}

/// How a participant begins.
pub struct DriverConfig {
    /// Where.
    pub place: Place,
    /// Shown to the others.
    pub name: String,
    /// Whether this device computes for the room.
    pub lend: bool,
    /// A founder is alone in its room at first, and computes whatever `lend` says, until the profile is changed.
    pub lend_alone: bool,
    /// How much of it.
    pub share: Share,
    /// On what.
    pub backend: Choice,
    /// The scene to open the room with, when this peer founds it.
    pub scene: Scene,
    /// See [`room::api::Config::superstep_ticks`].
    pub superstep_ticks: u32,
    /// See [`room::api::Config::pace`].
    pub pace: Pace,
    /// See [`room::api::Config::wait_for`].
    pub wait_for: u32,
    /// See [`room::api::Config::equal_strips`].
    pub equal_strips: bool,
    /// See [`room::api::Config::stand_ins`].
    pub stand_ins: bool,
    /// See [`room::api::Config::end_tick`].
    pub end_tick: Option<u64>,
    /// Latency, jitter, loss and a thin uplink for what this peer sends (tests).
    #[cfg(feature = "netem")]
    pub netem: Netem,
    /// What drives jitter and loss.
    #[cfg(feature = "netem")]
    pub netem_seed: u64,
    /// Remember when supersteps begin and end (see [`crate::Handle::steps`]).
    pub trace: bool,
    /// Which certificates of the signaling server are believed besides the public ones; not used in a page.
    pub trust: Trust,
    /// Makes the CPU worker, where kernels may not run on this thread.
    #[cfg(target_arch = "wasm32")]
    pub worker: Option<crate::backend::WorkerFactory>,
}

impl DriverConfig {
    /// A player of this name with everything else as usual: alone, real time, lending, automatic backend.
    pub fn new(name: impl Into<String>, scene: Scene) -> Self {
        Self {
            place: Place::Solo,
            name: name.into(),
            lend: true,
            lend_alone: false,
            share: Share::FULL,
            backend: Choice::Auto,
            scene,
            superstep_ticks: 0,
            pace: Pace::RealTime,
            wait_for: 0,
            equal_strips: false,
            stand_ins: true,
            end_tick: None,
            #[cfg(feature = "netem")]
            netem: Netem::default(),
            #[cfg(feature = "netem")]
            netem_seed: 0,
            trace: false,
            trust: Trust::default(),
            #[cfg(target_arch = "wasm32")]
            worker: None,
        }
    }

    /// The name, as long as others take it.
    pub(crate) fn short_name(&self) -> String {
        truncated(&self.name, NAME_BYTES_MAX)
    }

    /// What everything goes through.
    #[cfg(feature = "sockets")]
    pub(crate) fn line(&self, sockets: crate::net::sockets::Sockets) -> crate::net::Line {
        #[cfg(feature = "netem")]
        return crate::net::netem::Shaped::new(sockets, self.netem, self.netem_seed);
        #[cfg(not(feature = "netem"))]
        sockets
    }

    /// The longest that a datagram is held back on purpose.
    #[cfg(feature = "sockets")]
    pub(crate) fn held_us(&self) -> u64 {
        #[cfg(feature = "netem")]
        return self.netem.longest_us();
        #[cfg(not(feature = "netem"))]
        0
    }

    /// What the room is told of this peer. A share of the device is as fast as a slower device.
    pub(crate) fn profile(&self, kernels: &Ready) -> Profile {
        Profile {
            name: self.short_name(),
            lend: self.lend,
            backend: truncated(&kernels.name, BACKEND_BYTES_MAX),
            throughput: self.share.of(kernels.throughput),
        }
    }

    pub(crate) fn room_config(&self, me: PeerId, kernels: &Ready, found: bool) -> Config {
        Config {
            me,
            profile: self.profile(kernels),
            found: found.then(|| self.scene.clone()),
            superstep_ticks: self.superstep_ticks,
            pace: self.pace,
            wait_for: self.wait_for,
            equal_strips: self.equal_strips,
            stand_ins: self.stand_ins,
            end_tick: self.end_tick,
        }
    }
}

/// Text cut to so many bytes, at a character's border.
fn truncated(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text[..end].to_string()
}
