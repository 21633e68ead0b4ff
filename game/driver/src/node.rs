//! A participant without its machine: the room protocol over links, sans-IO.
//!
//! [`Node`] joins [`room::Room`] to one [`Link`] a peer: messages out become datagrams, datagrams in become
//! messages, links' news becomes the room's. The async driver and the virtual network turn the same node.

use crate::link::{DownReason, Link, LinkConfig, LinkEvent, wire};
use room::Room;
use room::api::{Channel, Config, Event, Input, Micros, Output, PeerId, Request};
use sim_kernels::job::{Job, JobOutput};
use std::collections::{BTreeMap, VecDeque};

/// Links at a time; further peers are not answered.
pub const LINKS_MAX: usize = 64;
/// Peers that ended and are remembered, so that their late datagrams do not begin a new link.
const ENDED_MAX: usize = 256;
/// How long a node that left waits for its last messages to be acknowledged.
const LINGER_US: u64 = 1_000_000;
/// Turns of the room within one poll; more would be a loop without end.
const TURNS_MAX: usize = 1 << 20;

/// What the caller is to do.
#[derive(Debug)]
pub enum NodeOutput {
    /// Send a datagram.
    Datagram {
        /// To whom.
        to: PeerId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Do a job on this peer's backend.
    Job {
        /// Its number, for the answer.
        number: u64,
        /// The job.
        job: Job,
    },
    /// Tell the player.
    Event(Event),
}

/// Figures of the links, for reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkTotals {
    /// Datagrams sent and received.
    pub datagrams: [u64; 2],
    /// Bytes sent and received.
    pub bytes: [u64; 2],
    /// Datagrams declared lost.
    pub lost: u64,
    /// Pieces sent again.
    pub resent: u64,
    /// Datagrams refused: damaged or nonsense.
    pub refused: u64,
    /// Bytes sent for bands: with the links' headers and all that went twice.
    pub border_bytes: u64,
}

impl LinkTotals {
    /// What came after `before`.
    pub fn since(&self, before: &Self) -> Self {
        Self {
            datagrams: [self.datagrams[0] - before.datagrams[0], self.datagrams[1] - before.datagrams[1]],
            bytes: [self.bytes[0] - before.bytes[0], self.bytes[1] - before.bytes[1]],
            lost: self.lost - before.lost,
            resent: self.resent - before.resent,
            refused: self.refused - before.refused,
            border_bytes: self.border_bytes - before.border_bytes,
        }
    }

    fn add(&mut self, link: &Link) {
        let (figures, refused) = link.figures();
        self.lost += figures.lost;
        self.resent += figures.resent;
        self.refused += refused;
        self.border_bytes += figures.bytes[wire::index(Channel::Border)];
    }
}

/// A participant.
pub struct Node {
    room: Room,
    link_config: LinkConfig,
    links: BTreeMap<PeerId, Link>,
    ended: BTreeMap<PeerId, ()>,
    out: VecDeque<NodeOutput>,
    wake: Micros,
    totals: LinkTotals,
    borders: u64,
    leaving: Option<Micros>,
    closed: bool,
}

impl Node {
    /// A participant at a time.
    pub fn new(config: Config, link_config: LinkConfig, now: Micros) -> Self {
        let mut node = Self {
            room: Room::new(config, now),
            link_config,
            links: BTreeMap::new(),
            ended: BTreeMap::new(),
            out: VecDeque::new(),
            wake: now,
            totals: LinkTotals::default(),
            borders: 0,
            leaving: None,
            closed: false,
        };
        node.turn_room(now);
        node
    }

    /// The net found a peer.
    pub fn peer(&mut self, now: Micros, peer: PeerId) {
        if !self.links.contains_key(&peer)
            && !self.ended.contains_key(&peer)
            && self.links.len() < LINKS_MAX
            && self.leaving.is_none()
        {
            self.links.insert(peer, Link::new(self.link_config, now));
        }
    }

    /// A datagram came.
    pub fn datagram(&mut self, now: Micros, from: PeerId, bytes: &[u8]) {
        self.totals.datagrams[1] += 1;
        self.totals.bytes[1] += bytes.len() as u64;
        self.peer(now, from);
        if let Some(link) = self.links.get_mut(&from) {
            link.handle_datagram(now, bytes);
            self.link_events(now, from);
        }
    }

    /// A job is done.
    pub fn done(&mut self, now: Micros, job: u64, result: Result<JobOutput, String>) {
        self.room.handle(now, Input::Done { job, result });
        self.turn_room(now);
    }

    /// The player asks.
    pub fn request(&mut self, now: Micros, request: Request) {
        self.room.handle(now, Input::Player(request));
        self.turn_room(now);
    }

    /// Says goodbye to all without the order of a leave: the page is being closed.
    pub fn close_now(&mut self, now: Micros) {
        self.leaving = Some(now);
        self.links.values_mut().for_each(Link::close);
    }

    /// Does what is due at `now`.
    pub fn tick(&mut self, now: Micros) {
        let peers: Vec<PeerId> = self.links.keys().copied().collect();
        for peer in peers {
            if let Some(link) = self.links.get_mut(&peer) {
                link.tick(now);
                self.link_events(now, peer);
            }
        }
        if now >= self.wake && self.leaving.is_none() {
            self.room.handle(now, Input::Wake);
            self.turn_room(now);
        }
        if let Some(since) = self.leaving
            && (now >= since + LINGER_US || self.links.values().all(Link::is_idle))
        {
            self.links.values_mut().for_each(Link::close);
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self, now: Micros) -> Option<NodeOutput> {
        if let Some(out) = self.out.pop_front() {
            return Some(out);
        }
        let peers: Vec<PeerId> = self.links.keys().copied().collect();
        for peer in peers {
            let Some(link) = self.links.get_mut(&peer) else { continue };
            if let Some(bytes) = link.poll_transmit(now) {
                self.totals.datagrams[0] += 1;
                self.totals.bytes[0] += bytes.len() as u64;
                return Some(NodeOutput::Datagram { to: peer, bytes });
            }
            self.link_events(now, peer);
        }
        self.out.pop_front()
    }

    /// When [`Node::tick`] has something to do.
    pub fn next_timeout(&self, now: Micros) -> Micros {
        let links = self.links.values().filter_map(|l| l.next_timeout(now));
        let room = if self.leaving.is_some() { now + LINGER_US } else { self.wake };
        links.chain([room]).min().unwrap_or(now)
    }

    /// Whether this peer has left and all is said.
    pub fn is_over(&self) -> bool {
        self.closed || self.leaving.is_some() && self.links.is_empty() && self.out.is_empty()
    }

    /// Whether messages still wait to be acknowledged.
    pub fn is_idle(&self) -> bool {
        self.links.values().all(Link::is_idle)
    }

    /// Peers with a link that is up.
    pub fn links(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.links.keys().copied()
    }

    /// Whole messages that came on the channel of bands.
    pub fn borders(&self) -> u64 {
        self.borders
    }

    /// Figures of all links so far.
    pub fn totals(&self) -> LinkTotals {
        let mut totals = self.totals;
        for link in self.links.values() {
            totals.add(link);
        }
        totals
    }

    fn link_events(&mut self, now: Micros, peer: PeerId) {
        while let Some(event) = self.links.get_mut(&peer).and_then(Link::poll_event) {
            self.borders += u64::from(matches!(event, LinkEvent::Message(Channel::Border, _)));
            let input = match event {
                LinkEvent::Up => Input::PeerUp(peer),
                LinkEvent::Message(channel, bytes) => Input::Message { from: peer, channel, bytes },
                LinkEvent::Figures { rtt_us, goodput } => Input::Link { peer, rtt_us, goodput },
                LinkEvent::Down(reason) => {
                    self.link_down(peer, &reason);
                    Input::PeerDown(peer)
                }
            };
            if self.leaving.is_none() {
                self.room.handle(now, input);
                self.turn_room(now);
            }
        }
    }

    fn link_down(&mut self, peer: PeerId, reason: &DownReason) {
        if let Some(link) = self.links.remove(&peer) {
            self.totals.add(&link);
        }
        while self.ended.len() >= ENDED_MAX {
            self.ended.pop_first();
        }
        self.ended.insert(peer, ());
        // The room tells of goodbyes and silence by name; the rest only this side knows.
        if !matches!(reason, DownReason::Goodbye | DownReason::Silence | DownReason::Closed) {
            self.out.push_back(NodeOutput::Event(Event::Notice(format!("A participant {reason}."))));
        }
    }

    fn turn_room(&mut self, now: Micros) {
        for _ in 0..TURNS_MAX {
            match self.room.poll() {
                Output::Wait(at) => {
                    self.wake = at;
                    return;
                }
                Output::Send { to, channel, bytes } => {
                    if let Some(link) = self.links.get_mut(&to) {
                        link.send(channel, bytes);
                    }
                }
                Output::Job { number, job } => self.out.push_back(NodeOutput::Job { number, job }),
                Output::Event(event) => {
                    if matches!(event, Event::Left | Event::Refused(_)) {
                        self.leaving = Some(now);
                        self.closed = self.links.is_empty() && self.closed;
                    }
                    self.out.push_back(NodeOutput::Event(event));
                }
            }
        }
        debug_assert!(false, "the room has something to do without end");
    }
}
