//! One link to one peer over a pipe of datagrams that may lose, double and reorder them. Sans-IO.
//!
//! matchbox offers no fragments, no back pressure, and channels called reliable that can lose a message
//! silently; so this layer asks nothing of the pipe. Messages are cut into pieces, packed into numbered
//! datagrams with a checksum, acknowledged by packet number (as QUIC does: a piece sent again travels in a
//! packet of a new number, so every acknowledgement is a clean round-trip measurement), paced, and put
//! together again. Log, Border and Bulk are delivered once, in any order; View may be lost.
//!
//! Each end of a link has a session number, and a datagram names both; a hello names its sender's alone. A link is up
//! once a datagram names this end's, so both ends mean each other and nothing older: what is late of a link that ended
//! disturbs no later one, and when a peer's link ended unnoticed by the other (it slept) its next hello ends the
//! other's old link, too: [`DownReason::Renewed`].
//!
//! The caller loops: `handle_datagram` for what came, `send` for what is to go, `poll_transmit` until it
//! gives nothing, `poll_event` until it gives nothing, and `tick` at `next_timeout`.

mod recv;
mod rtt;
mod send;
pub mod wire;

#[cfg(test)]
mod tests;

pub use recv::MESSAGE_BYTES_MAX;
pub use send::{Figures, QueueFull};

use recv::{Assembler, Seen};
use room::api::{Channel, Micros};
use rtt::{ACK_DELAY_US, Pacer};
use send::Sender;
use std::collections::VecDeque;
use wire::{ACK_BYTES_MAX, Ack, FRAGMENT_HEADER_BYTES, HEADER_BYTES, Sessions, WireError, Writer};

/// With nothing heard for this long, the peer counts as gone.
pub const SILENCE_US: u64 = 5_000_000;
/// A peer that cannot be reached within this long is given up.
pub const CONNECT_US: u64 = 15_000_000;
/// With nothing sent for this long, a heartbeat goes.
const HEARTBEAT_US: u64 = 1_000_000;
/// Until the first datagram came, one goes this often.
const HELLO_US: u64 = 200_000;
/// Packets that want an acknowledgement before one goes at once.
const ACK_EVERY: u32 = 4;
/// Figures are told this often.
const FIGURES_US: u64 = 500_000;
/// A goodbye goes this many times, since nobody answers it.
const GOODBYES: u32 = 3;

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
            Self::Renewed => write!(f, "connects anew"),
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connecting,
    Up,
    /// Goodbyes left to send.
    Closing(u32),
    Down,
}

/// One link.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    state: State,
    /// This end's, and the other's newest that was heard of.
    session: u32,
    theirs: u32,
    /// The next hello is an answer to one.
    answers: bool,
    began: Micros,
    heard: Micros,
    sent: Micros,
    figures_at: Micros,
    sender: Sender,
    pacer: Pacer,
    seen: Seen,
    assembler: Assembler,
    /// Packets received that want an acknowledgement, and when the first of them came.
    ack_wanted: u32,
    ack_since: Option<Micros>,
    newest_at: Micros,
    ping_wanted: bool,
    events: VecDeque<LinkEvent>,
    /// Datagrams that were damaged or made no sense.
    refused: u64,
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
            state: State::Connecting,
            session,
            theirs: 0,
            answers: false,
            began: now,
            heard: now,
            sent: now,
            figures_at: now,
            sender: Sender::new(room),
            pacer: Pacer::new(now),
            seen: Seen::default(),
            assembler: Assembler::default(),
            ack_wanted: 0,
            ack_since: None,
            newest_at: now,
            ping_wanted: true,
            events: VecDeque::new(),
            refused: 0,
        }
    }

    /// Whether the link is over.
    pub fn is_down(&self) -> bool {
        self.state == State::Down
    }

    /// Whether all that was given to `send` has been acknowledged (View apart).
    pub fn is_idle(&self) -> bool {
        self.sender.is_idle()
    }

    /// There is a new way to the peer: if it has not answered yet, it has its time once more.
    pub fn try_longer(&mut self, now: Micros) {
        if self.state == State::Connecting {
            self.began = now;
        }
    }

    /// Whether the other end has been heard, and the link is not over.
    pub fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// The other end's session; 0 before it was heard of.
    pub fn theirs(&self) -> u32 {
        self.theirs
    }

    /// Counters of loss and resending, and the datagrams refused.
    pub fn figures(&self) -> (Figures, u64) {
        (self.sender.figures, self.refused)
    }

    /// The smoothed round trip in microseconds, once measured.
    pub fn rtt_us(&self) -> Option<u64> {
        self.sender.rtt.measured()
    }

    /// Queues a message. A peer that does not take its messages is given up, never waited for.
    pub fn send(&mut self, channel: Channel, bytes: Vec<u8>) {
        if matches!(self.state, State::Connecting | State::Up)
            && let Err(QueueFull(channel)) = self.sender.push(channel, bytes)
        {
            self.down(DownReason::QueueFull(channel));
        }
    }

    /// Says goodbye; what waits is dropped.
    pub fn close(&mut self) {
        if matches!(self.state, State::Connecting | State::Up) {
            self.state = State::Closing(GOODBYES);
        }
    }

    /// Takes a datagram in.
    pub fn handle_datagram(&mut self, now: Micros, datagram: &[u8]) {
        if self.state == State::Down {
            return;
        }
        let packet = match wire::read(datagram) {
            Ok(packet) => packet,
            Err(WireError::Version(v)) => return self.down(DownReason::Version(v)),
            Err(_) => {
                self.refused += 1;
                return;
            }
        };
        let Sessions { from, to } = packet.sessions;
        if to != 0 && to != self.session || from < self.theirs {
            return; // Of an older link.
        }
        if matches!(self.state, State::Up | State::Closing(_)) && from > self.theirs {
            return self.down(DownReason::Renewed);
        }
        self.theirs = from;
        self.heard = now;
        if to == 0 {
            // A hello says nothing more; it may be as old as the link that sent it.
            (self.ping_wanted, self.answers) = (true, true);
            if packet.goodbye {
                self.down(DownReason::Goodbye);
            }
            return;
        }
        if self.state == State::Connecting {
            self.state = State::Up;
            self.ping_wanted = true; // So that a round trip is known at once.
            self.events.push_back(LinkEvent::Up);
        }
        if let Some(ack) = &packet.ack {
            self.sender.acked(now, ack);
        }
        if !self.seen.note(packet.number) {
            // A double: the acknowledgement may have been lost, so another is due.
            self.want_ack(now, packet.wants_ack);
            return;
        }
        if self.seen.state().is_some_and(|(largest, _)| largest == packet.number) {
            self.newest_at = now;
        }
        self.want_ack(now, packet.wants_ack);
        for fragment in &packet.fragments {
            match self.assembler.add(fragment) {
                Ok(Some(bytes)) => {
                    let channel = wire::channel(fragment.channel).expect("the reader checks the channel");
                    self.events.push_back(LinkEvent::Message(channel, bytes));
                }
                Ok(None) => {}
                Err(violation) => return self.down(DownReason::Violation(violation.0)),
            }
        }
        if packet.goodbye {
            self.down(DownReason::Goodbye);
        }
    }

    /// The next datagram to send now, if any.
    pub fn poll_transmit(&mut self, now: Micros) -> Option<Vec<u8>> {
        match self.state {
            State::Down => return None,
            State::Closing(0) => {
                self.down(DownReason::Closed);
                return None;
            }
            State::Closing(left) => {
                self.state = State::Closing(left - 1);
                let number = self.sender.take_number();
                return Some(Writer::new(self.sessions(), number, self.ack(now).as_ref(), false, true).finish());
            }
            State::Connecting | State::Up => {}
        }
        let window = self.sender.window.bytes();
        let up = self.state == State::Up;
        if up && self.sender.has_work() && self.pacer.ready(now, window, &self.sender.rtt) {
            let number = self.sender.take_number();
            let ack = self.ack(now);
            let mut writer = Writer::new(self.sessions(), number, ack.as_ref(), false, false);
            if self.sender.fill(now, number, &mut writer, self.config.datagram_bytes) {
                self.pacer.spend(writer.written() as u64);
                self.acknowledged();
                self.sent = now;
                self.ping_wanted = false;
                return Some(writer.finish());
            }
        }
        if self.ping_wanted {
            self.ping_wanted = false;
            let number = self.sender.take_number();
            let writer = Writer::new(self.sessions(), number, self.ack(now).as_ref(), true, false);
            self.answers = false;
            if up {
                self.sender.track_ping(now, number, writer.written());
            }
            self.acknowledged();
            self.sent = now;
            return Some(writer.finish());
        }
        if self.ack_wanted >= ACK_EVERY || self.ack_since.is_some_and(|t| now >= t + ACK_DELAY_US) {
            let number = self.sender.take_number();
            let writer = Writer::new(self.sessions(), number, self.ack(now).as_ref(), false, false);
            self.acknowledged();
            return Some(writer.finish());
        }
        None
    }

    /// The next event, if any.
    pub fn poll_event(&mut self) -> Option<LinkEvent> {
        self.events.pop_front()
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Micros) {
        match self.state {
            State::Down | State::Closing(_) => return,
            State::Connecting => {
                if now >= self.began + CONNECT_US {
                    return self.down(DownReason::Unreachable);
                }
                self.ping_wanted |= now >= self.sent + HELLO_US;
            }
            State::Up => {
                if now >= self.heard + SILENCE_US {
                    return self.down(DownReason::Silence);
                }
                self.ping_wanted |= now >= self.sent + HEARTBEAT_US;
                if now >= self.figures_at + FIGURES_US {
                    self.figures_at = now;
                    if let Some(rtt) = self.sender.rtt.measured() {
                        let rtt_us = u32::try_from(rtt).unwrap_or(u32::MAX);
                        self.events
                            .push_back(LinkEvent::Figures { rtt_us, goodput: self.sender.goodput.bytes_per_second() });
                    }
                }
            }
        }
        self.sender.tick(now);
    }

    /// When [`Link::tick`] and [`Link::poll_transmit`] have something to do, if nothing comes before.
    pub fn next_timeout(&self, now: Micros) -> Option<Micros> {
        let mut at = match self.state {
            State::Down => return None,
            State::Closing(_) => return Some(now),
            State::Connecting => (self.began + CONNECT_US).min(self.sent + HELLO_US),
            State::Up => (self.heard + SILENCE_US).min(self.sent + HEARTBEAT_US).min(self.figures_at + FIGURES_US),
        };
        if self.ping_wanted {
            at = now;
        }
        if let Some(since) = self.ack_since {
            at = at.min(since + ACK_DELAY_US);
        }
        if let Some(t) = self.sender.next_timeout() {
            at = at.min(t);
        }
        if self.state == State::Up && self.sender.has_work() {
            at = at.min(self.pacer.ready_at(self.sender.window.bytes(), &self.sender.rtt));
        }
        Some(at)
    }

    fn sessions(&self) -> Sessions {
        let hello = self.state == State::Connecting && !self.answers;
        Sessions { from: self.session, to: if hello { 0 } else { self.theirs } }
    }

    fn want_ack(&mut self, now: Micros, wanted: bool) {
        if wanted {
            self.ack_wanted += 1;
            self.ack_since.get_or_insert(now);
        }
    }

    fn acknowledged(&mut self) {
        self.ack_wanted = 0;
        self.ack_since = None;
    }

    fn ack(&self, now: Micros) -> Option<Ack> {
        let (largest, bitmap) = self.seen.state()?;
        let delay_us = u32::try_from(now.saturating_sub(self.newest_at)).unwrap_or(u32::MAX);
        Some(Ack { largest, delay_us, bitmap, credit_kib: self.assembler.credit_kib() })
    }

    fn down(&mut self, reason: DownReason) {
        if self.state != State::Down {
            self.state = State::Down;
            self.events.push_back(LinkEvent::Down(reason));
        }
    }
}
