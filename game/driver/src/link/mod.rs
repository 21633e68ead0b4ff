//! One link to one peer over a pipe of datagrams that may lose, double and reorder them. Sans-IO.
//!
//! matchbox offers no fragments, no back pressure, and channels called reliable that can lose a message
//! silently; so this layer asks nothing of the pipe. Messages are cut into pieces, packed into numbered
//! datagrams with a checksum, acknowledged by packet number (as QUIC does: a piece sent again travels in a
//! packet of a new number, so every acknowledgement is a clean round-trip measurement), paced, and put
//! together again. Log, Border and Bulk are delivered once, in any order; View may be lost.
//!
//! A [`Link`] is made of machines that know nothing of each other: `liveness` (hellos, heartbeats, sessions),
//! `assembler` and `acks` (what came), `sender` over `queue` and `flight` (what goes), and the measures of the
//! path: `rto`, `window`, `goodput`, `pacer`.
//!
//! The caller loops: `handle_datagram` for what came, `send` for what is to go, `poll_transmit` until it
//! gives nothing, `poll_event` until it gives nothing, and `tick` at `next_timeout`.

mod acks;
mod assembler;
mod flight;
mod goodput;
mod liveness;
mod pacer;
mod queue;
mod rto;
mod sender;
mod window;
pub mod wire;

#[cfg(test)]
mod tests;

pub use assembler::MESSAGE_BYTES_MAX;
pub use sender::{Figures, QueueFull};

use acks::Acks;
use assembler::Assembler;
use liveness::{Heard, Liveness, State};
use pacer::Pacer;
use room::api::{Channel, Micros};
use sender::Sender;
use std::collections::VecDeque;
use wire::{ACK_BYTES_MAX, Ack, FRAGMENT_HEADER_BYTES, HEADER_BYTES, WireError, Writer};

/// With nothing heard for this long, the peer counts as gone.
pub const SILENCE_US: u64 = 5_000_000;
/// A peer that cannot be reached within this long is given up.
pub const CONNECT_US: u64 = 15_000_000;
/// Figures are told this often.
const FIGURES_US: u64 = 500_000;
/// So many datagrams in a row of one other version, before any of this one, are no damage: half a second of hellos.
const FOREIGN_DATAGRAMS: u8 = 3;

/// What a link can be told.
#[derive(Clone, Copy, Debug)]
pub struct LinkConfig {
    /// The longest datagram, at most [`wire::DATAGRAM_BYTES_MAX`].
    pub datagram_bytes: usize,
}

impl Default for LinkConfig {
    fn default() -> Self {
        // Half of what passes everywhere: a datagram is lost whole when one of SCTP's packets is.
        Self { datagram_bytes: 8 * 1024 }
    }
}

/// Why a link ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownReason {
    /// The peer said so.
    Goodbye,
    /// Nothing was heard for [`SILENCE_US`].
    Silence,
    /// Nothing was ever heard, for [`CONNECT_US`].
    Unreachable,
    /// It speaks another version of the link's format.
    Version(u8),
    /// It broke the format's rules.
    Violation(&'static str),
    /// It does not take what is sent to it.
    QueueFull(Channel),
    /// This side closed the link.
    Closed,
    /// The other side ended this link and has begun another: the datagram that says so is the new link's first.
    Renewed,
}

impl std::fmt::Display for DownReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Goodbye => write!(f, "left"),
            Self::Silence => write!(f, "has not been heard for {} s", SILENCE_US / 1_000_000),
            Self::Unreachable => write!(
                f,
                "could not be reached within {} s: its network or this one lets no direct connection through",
                CONNECT_US / 1_000_000
            ),
            Self::Version(v) => write!(
                f,
                "runs another version of Tidepool (link format {v}, here {}): both need the same one",
                wire::VERSION
            ),
            Self::Violation(what) => write!(f, "sent data against the rules ({what})"),
            Self::QueueFull(channel) => write!(f, "does not keep up with what it is sent ({channel:?})"),
            Self::Closed => write!(f, "was let go"),
            Self::Renewed => write!(f, "connects again"),
        }
    }
}

/// What a link tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// The other end answers: both sides may send.
    Up,
    /// A whole message.
    Message(Channel, Vec<u8>),
    /// Round trip in microseconds and goodput in bytes a second.
    Figures {
        /// Smoothed round trip.
        rtt_us: u32,
        /// Best delivery rate lately.
        goodput: u32,
    },
    /// The link is over; nothing follows.
    Down(DownReason),
}

/// One link.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    live: Liveness,
    figures_at: Micros,
    sender: Sender,
    pacer: Pacer,
    acks: Acks,
    assembler: Assembler,
    events: VecDeque<LinkEvent>,
    /// Datagrams that were damaged or made no sense.
    refused: u64,
    /// The version of the last datagrams of another version, and how many there were in a row.
    foreign: Option<(u8, u8)>,
}

impl Link {
    /// A link that begins to say hello, the only one there ever was to this peer.
    pub fn new(config: LinkConfig, now: Micros) -> Self {
        Self::with_session(config, 1, now)
    }

    /// A link that begins to say hello. Each link to a peer needs a greater session than those before, from 1 on.
    pub fn with_session(config: LinkConfig, session: u32, now: Micros) -> Self {
        let config = LinkConfig { datagram_bytes: config.datagram_bytes.clamp(1024, wire::DATAGRAM_BYTES_MAX) };
        let room = config.datagram_bytes - HEADER_BYTES - ACK_BYTES_MAX - FRAGMENT_HEADER_BYTES;
        Self {
            config,
            live: Liveness::new(session, now),
            figures_at: now,
            sender: Sender::new(room),
            pacer: Pacer::new(now),
            acks: Acks::new(now),
            assembler: Assembler::default(),
            events: VecDeque::new(),
            refused: 0,
            foreign: None,
        }
    }

    /// Whether the link is over.
    pub fn is_down(&self) -> bool {
        self.live.state() == State::Down
    }

    /// Whether all that was given to `send` has been acknowledged (View apart).
    pub fn is_idle(&self) -> bool {
        self.sender.is_idle()
    }

    /// There is a new way to the peer: if it has not answered yet, it has its time once more.
    pub fn try_longer(&mut self, now: Micros) {
        self.live.try_longer(now);
    }

    /// Whether the other end has been heard, and the link is not over.
    pub fn is_up(&self) -> bool {
        self.live.state() == State::Up
    }

    /// The other end's session; 0 before it was heard of.
    pub fn theirs(&self) -> u32 {
        self.live.theirs()
    }

    /// Counters of loss and resending, and the datagrams refused.
    pub fn figures(&self) -> (Figures, u64) {
        (self.sender.figures, self.refused)
    }

    /// The smoothed round trip in microseconds, once measured.
    pub fn rtt_us(&self) -> Option<u64> {
        self.sender.flight().rto.measured_us()
    }

    /// Queues a message. A peer that does not take its messages is given up, never waited for.
    pub fn send(&mut self, now: Micros, channel: Channel, bytes: Vec<u8>) {
        if self.is_open()
            && let Err(QueueFull(channel)) = self.sender.push(now, channel, bytes)
        {
            self.down(DownReason::QueueFull(channel));
        }
    }

    /// Says goodbye; what waits is dropped.
    pub fn close(&mut self) {
        self.live.close();
    }

    /// Takes a datagram in.
    pub fn handle_datagram(&mut self, now: Micros, datagram: &[u8]) {
        if self.is_down() {
            return;
        }
        let packet = match wire::read(datagram) {
            Ok(packet) => packet,
            Err(error) => {
                self.refused += 1;
                if let WireError::Version(version) = error {
                    self.foreign(version);
                }
                return;
            }
        };
        match self.live.hear(now, packet.sessions) {
            Heard::Old => return,
            Heard::Renewed => return self.down(DownReason::Renewed),
            Heard::Hello => {
                if packet.goodbye {
                    self.down(DownReason::Goodbye);
                }
                return;
            }
            Heard::Speaks(true) => self.events.push_back(LinkEvent::Up),
            Heard::Speaks(false) => {}
        }
        if let Some(ack) = &packet.ack {
            self.sender.acked(now, ack);
        }
        if !self.acks.note(now, packet.number, packet.wants_ack) {
            return;
        }
        for fragment in &packet.fragments {
            match self.assembler.add(fragment) {
                Ok(Some(bytes)) => self.events.push_back(LinkEvent::Message(fragment.channel, bytes)),
                Ok(None) => {}
                Err(violation) => return self.down(DownReason::Violation(violation.0)),
            }
        }
        if packet.goodbye {
            self.down(DownReason::Goodbye);
        }
    }

    /// A datagram of another version. The checksum does not cover that byte, since another version may reckon it
    /// otherwise, so a flipped bit looks the same. It ends the link only where nothing in this version was heard, and
    /// the same version was read a few times in a row.
    fn foreign(&mut self, version: u8) {
        if self.is_up() {
            return;
        }
        let before = self.foreign.filter(|(of, _)| *of == version).map_or(0, |(_, times)| times);
        self.foreign = Some((version, before + 1));
        if before + 1 >= FOREIGN_DATAGRAMS {
            self.down(DownReason::Version(version));
        }
    }

    /// The next datagram to send now, if any.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        match self.live.state() {
            State::Down => None,
            State::Closing(_) if self.live.says_goodbye() => {
                Some(self.writer(now, Wants { goodbye: true, ..Wants::default() }).1.finish())
            }
            State::Closing(_) => {
                self.down(DownReason::Closed);
                None
            }
            State::Connecting | State::Up => {
                self.pieces(now).or_else(|| self.ping(now)).or_else(|| self.acknowledgement(now))
            }
        }
    }

    /// The next event, if any.
    pub fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Micros) {
        if let Some(reason) = self.live.tick(now) {
            return self.down(reason);
        }
        if !self.is_open() {
            return;
        }
        if self.is_up() && now >= self.figures_at + FIGURES_US {
            self.figures_at = now;
            if let Some(rtt) = self.rtt_us() {
                let rtt_us = u32::try_from(rtt).unwrap_or(u32::MAX);
                let goodput = self.sender.flight().goodput.bytes_per_second();
                self.events.push_back(LinkEvent::Figures { rtt_us, goodput });
            }
        }
        self.sender.tick(now);
    }

    /// When [`Link::tick`] and [`Link::poll_transmit`] have something to do, if nothing comes before.
    pub fn next_timeout(&self, now: Micros) -> Option<Micros> {
        let live = self.live.next_timeout(now)?;
        if !self.is_open() {
            return Some(live);
        }
        let figures = self.is_up().then_some(self.figures_at + FIGURES_US);
        let flight = self.sender.flight();
        let paced =
            (self.is_up() && self.sender.has_work()).then(|| self.pacer.ready_at(flight.window.bytes(), &flight.rto));
        [figures, self.acks.next_timeout(), self.sender.next_timeout(), paced].into_iter().flatten().chain([live]).min()
    }

    fn is_open(&self) -> bool {
        matches!(self.live.state(), State::Connecting | State::Up)
    }

    /// A packet with pieces of messages.
    fn pieces(&mut self, now: Micros) -> Option<Vec<u8>> {
        let flight = self.sender.flight();
        let window = flight.window.bytes();
        if !self.is_up() || !self.sender.has_work() || !self.pacer.ready(now, window, &flight.rto) {
            return None;
        }
        let little = self.sender.says_little();
        // It says what came only where that would soon take a packet of its own, or may be lost news.
        let tells = !little || self.acks.is_wanted();
        let (number, mut writer) = self.writer(now, Wants { tells, ..Wants::default() });
        if !self.sender.fill(now, number, &mut writer, self.config.datagram_bytes, little) {
            return None;
        }
        self.pacer.spend(writer.written() as u64);
        if tells {
            self.acks.said();
        }
        // Heartbeats measure the path where nothing else does.
        if !little {
            self.live.spoke(now);
        }
        Some(writer.finish())
    }

    /// A hello or heartbeat, which is answered.
    fn ping(&mut self, now: Micros) -> Option<Vec<u8>> {
        if !self.live.wants_ping() {
            return None;
        }
        let (number, writer) = self.writer(now, Wants { ack: true, ..Wants::default() });
        if self.is_up() {
            self.sender.track_ping(now, number, writer.written());
        }
        self.acks.said();
        self.live.pinged(now);
        Some(writer.finish())
    }

    /// A packet that says what came, and nothing else.
    fn acknowledgement(&mut self, now: Micros) -> Option<Vec<u8>> {
        if !self.acks.is_due(now) {
            return None;
        }
        let (_, writer) = self.writer(now, Wants::default());
        self.acks.said();
        Some(writer.finish())
    }

    /// The beginning of the next packet, and its number.
    fn writer(&mut self, now: Micros, wants: Wants) -> (u32, Writer) {
        let number = self.sender.take_number(now);
        let ack: Option<Ack> = self.acks.ack(now, self.assembler.credit_kib()).filter(|_| wants.tells);
        (number, Writer::new(self.live.sessions(), number, ack.as_ref(), wants.ack, wants.goodbye))
    }

    fn down(&mut self, reason: DownReason) {
        if self.live.end() {
            self.events.push_back(LinkEvent::Down(reason));
        }
    }
}

/// What a packet asks or says in its flags.
#[derive(Clone, Copy)]
struct Wants {
    /// That it came is to be said.
    ack: bool,
    goodbye: bool,
    /// It says what came.
    tells: bool,
}

impl Default for Wants {
    fn default() -> Self {
        Self { ack: false, goodbye: false, tells: true }
    }
}
