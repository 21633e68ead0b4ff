//! A participant without its machine: the room protocol over links, sans-IO.
//!
//! [`Node`] joins [`room::Room`] to one [`Link`] a peer: messages out become datagrams, datagrams in become
//! messages, links' news becomes the room's. The async driver and the virtual network turn the same node.

use crate::link::{DownReason, Link, LinkConfig, LinkEvent, wire};
use crate::notice::Notice;
use crate::share::{Share, Throttle};
use room::Room;
use room::api::{Channel, Config, Event, Input, Micros, Output, PeerId, Request};
use room::notice::BackendError;
use sim_kernels::geom::Rect;
use sim_kernels::job::{Job, JobOutput};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Links at a time; further peers are not answered.
pub const LINKS_MAX: usize = 64;
/// Peers whose links ended and are remembered, so that their late datagrams do not begin a new one.
const ENDED_MAX: usize = 256;
/// How long a node that left waits for its last messages to be acknowledged.
const LINGER_US: u64 = 1_000_000;
/// Turns of the room within one poll; more would be a loop without end.
const TURNS_MAX: usize = 1 << 20;

/// What the caller is to do.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "a job is moved seldom, and is smaller where pointers are")]
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
    /// Tell the player what the room tells.
    Event(Event),
    /// Tell the player what the links tell.
    Notice(Notice),
}

/// Figures of the links, for reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct LinkTotals {
    /// Datagrams sent and received.
    pub datagrams: [u64; 2],
    /// Bytes sent and received.
    pub bytes: [u64; 2],
    /// Datagrams that were lost.
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
            lost: self.lost.saturating_sub(before.lost),
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

/// Sees everything that goes into a node's room and comes out of it, in order: a simulation's checks.
pub trait Tap: Send {
    /// The room takes this.
    fn input(&mut self, now: Micros, input: &Input);
    /// The room gave this.
    fn output(&mut self, now: Micros, output: &Output);
}

/// A participant.
pub struct Node {
    room: Room,
    tap: Option<Box<dyn Tap>>,
    link_config: LinkConfig,
    links: BTreeMap<PeerId, Link>,
    /// The newest session of each link here, so that each is greater than those before.
    session: u32,
    /// The other end's session of links that ended.
    ended: BTreeMap<PeerId, u32>,
    /// The last link that was up ended without a goodbye.
    lonely: bool,
    /// Peers that are said hello to since their link fell silent or was given up by them.
    again: BTreeSet<PeerId>,
    out: VecDeque<NodeOutput>,
    wake: Micros,
    totals: LinkTotals,
    throttle: Throttle,
    leaving: Option<Micros>,
}

impl Node {
    /// A participant at a time.
    pub fn new(config: Config, link_config: LinkConfig, now: Micros) -> Self {
        Self::with_tap(config, link_config, now, None)
    }

    /// The same, with somebody who sees what its room takes and gives from the beginning on.
    pub fn with_tap(config: Config, link_config: LinkConfig, now: Micros, tap: Option<Box<dyn Tap>>) -> Self {
        let mut node = Self {
            room: Room::new(config, now),
            tap,
            link_config,
            links: BTreeMap::new(),
            session: 0,
            ended: BTreeMap::new(),
            lonely: false,
            again: BTreeSet::new(),
            out: VecDeque::new(),
            wake: now,
            totals: LinkTotals::default(),
            throttle: Throttle::default(),
            leaving: None,
        };
        node.turn_room(now);
        node
    }

    /// The net found a peer, or another way to one. A link that is up stays as it is.
    pub fn peer(&mut self, now: Micros, peer: PeerId) {
        if let Some(link) = self.links.get_mut(&peer) {
            link.try_longer(now);
        } else if self.links.len() < LINKS_MAX && self.leaving.is_none() {
            // Others may remember an earlier node of this name, so time is in it, too: in seconds, of which there are
            // enough for 136 years. A node begins fewer links than one a second.
            let time = u32::try_from(now >> 20).unwrap_or(u32::MAX);
            self.session = time.max(self.session.saturating_add(1));
            self.links.insert(peer, Link::with_session(self.link_config, self.session, now));
        }
    }

    /// The net says that a peer has gone. That may be no more than its way to the signaling server, so a link that is
    /// up goes by what it hears; one that never came about has nobody to wait for, and ends without a word.
    pub fn gone(&mut self, peer: PeerId) {
        if self.links.get(&peer).is_some_and(|link| !link.is_up())
            && let Some(link) = self.links.remove(&peer)
        {
            self.totals.add(&link);
            self.again.remove(&peer);
        }
    }

    /// A datagram came.
    pub fn datagram(&mut self, now: Micros, from: PeerId, bytes: &[u8]) {
        self.totals.datagrams[1] += 1;
        self.totals.bytes[1] += bytes.len() as u64;
        if !self.links.contains_key(&from) && self.is_news(from, bytes) {
            self.peer(now, from);
        }
        if let Some(link) = self.links.get_mut(&from) {
            link.handle_datagram(now, bytes);
            self.link_events(now, from);
        }
    }

    /// Whether a datagram begins a link: not when it is late and of one that ended.
    fn is_news(&self, from: PeerId, bytes: &[u8]) -> bool {
        let ended = self.ended.get(&from);
        match wire::sessions(bytes) {
            Some(sessions) => sessions.to == 0 && ended.is_none_or(|&last| sessions.from > last),
            // Another version: its link tells the player.
            None => ended.is_none(),
        }
    }

    /// How much of this device the room may have, from the next job on.
    pub fn share(&mut self, share: Share) {
        self.throttle.set(share);
    }

    /// A job is done; the room hears of it when the device has rested as its share asks.
    pub fn done(&mut self, now: Micros, job: u64, result: Result<JobOutput, BackendError>) {
        self.throttle.done(now, job, result);
        self.answer(now);
    }

    fn answer(&mut self, now: Micros) {
        while let Some((job, result)) = self.throttle.take(now) {
            self.give(now, Input::Done { job, result });
        }
    }

    /// The player asks.
    pub fn request(&mut self, now: Micros, request: Request) {
        self.give(now, Input::Player(request));
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
        self.answer(now);
        if now >= self.wake && self.leaving.is_none() {
            self.give(now, Input::Wake);
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

    /// Whether there is something to compute among what [`Node::poll`] gives.
    pub fn has_job(&self) -> bool {
        self.out.iter().any(|output| matches!(output, NodeOutput::Job { .. }))
    }

    /// When [`Node::tick`] has something to do.
    pub fn next_timeout(&self, now: Micros) -> Micros {
        let links = self.links.values().filter_map(|l| l.next_timeout(now));
        let room = if self.leaving.is_some() { now + LINGER_US } else { self.wake };
        links.chain([room]).chain(self.throttle.next_timeout()).min().unwrap_or(now)
    }

    /// Whether both ends' greetings have passed, and nobody was given up.
    pub fn is_linked(&self, peer: PeerId) -> bool {
        self.room.is_linked(peer)
    }

    /// Whether this peer computes a region for the room, not in another's shadow.
    pub fn executes(&self, region: Rect) -> bool {
        self.room.executes(region)
    }

    /// Where its room stands, in words (see [`Room::portrait`]).
    pub fn portrait(&self) -> String {
        self.room.portrait()
    }

    /// Whether this peer has left and all is said.
    pub fn is_over(&self) -> bool {
        self.leaving.is_some() && self.links.is_empty() && self.out.is_empty()
    }

    /// Whether this peer is on its way out.
    pub fn is_leaving(&self) -> bool {
        self.leaving.is_some()
    }

    /// Whether messages still wait to be acknowledged.
    pub fn is_idle(&self) -> bool {
        self.links.values().all(Link::is_idle)
    }

    /// Whether there was company, and now no link is up, and not because the others left.
    pub fn is_lonely(&self) -> bool {
        self.lonely
    }

    /// Whether this peer is in a room with others and hears them.
    pub fn has_company(&self) -> bool {
        self.room.has_company()
    }

    /// Peers with a link that is up.
    pub fn up(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.links.iter().filter(|(_, link)| link.is_up()).map(|(peer, _)| *peer)
    }

    /// Peers with a link, up or not yet.
    pub fn links(&self) -> impl Iterator<Item = PeerId> + '_ {
        self.links.keys().copied()
    }

    /// Bands that came for strips of which this peer is the executor.
    pub fn borders(&self) -> u64 {
        self.room.own_bands()
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
            let input = match event {
                LinkEvent::Up => {
                    self.lonely = false;
                    self.again.remove(&peer);
                    Input::PeerUp(peer)
                }
                LinkEvent::Message(channel, bytes) => Input::Message { from: peer, channel, bytes },
                LinkEvent::Figures { rtt_us, goodput } => Input::Link { peer, rtt_us, goodput },
                LinkEvent::Down(reason) => {
                    self.link_down(now, peer, &reason);
                    if reason == DownReason::Goodbye { Input::PeerLeft(peer) } else { Input::PeerDown(peer) }
                }
            };
            if self.leaving.is_none() {
                self.give(now, input);
            }
        }
    }

    fn link_down(&mut self, now: Micros, peer: PeerId, reason: &DownReason) {
        let Some(link) = self.links.remove(&peer) else { return };
        self.totals.add(&link);
        while self.ended.len() >= ENDED_MAX {
            self.ended.pop_first();
        }
        self.ended.insert(peer, link.theirs());
        let again = self.again.remove(&peer);
        if matches!(reason, DownReason::Silence | DownReason::Renewed) && self.again.len() < LINKS_MAX {
            self.again.insert(peer);
        }
        let alone = self.up().next().is_none();
        match reason {
            // Says hello for a while: perhaps it slept, or the way to it was gone for some seconds only.
            DownReason::Silence | DownReason::Renewed => {
                self.lonely |= alone;
                self.peer(now, peer);
            }
            DownReason::Goodbye | DownReason::Closed => {}
            DownReason::Unreachable if again => {}
            // The room tells of goodbyes and silence by name; the rest only this side knows.
            _ => self.out.push_back(NodeOutput::Notice(Notice::LinkEnded { who: peer, why: reason.clone() })),
        }
    }

    fn give(&mut self, now: Micros, input: Input) {
        if let Some(tap) = &mut self.tap {
            tap.input(now, &input);
        }
        self.room.handle(now, input);
        self.turn_room(now);
    }

    fn turn_room(&mut self, now: Micros) {
        for _ in 0..TURNS_MAX {
            let output = self.room.poll();
            if let Some(tap) = &mut self.tap {
                tap.output(now, &output);
            }
            match output {
                Output::Wait(at) => {
                    self.wake = at;
                    return;
                }
                Output::Send { to, channel, bytes } => {
                    if let Some(link) = self.links.get_mut(&to) {
                        link.send(now, channel, bytes);
                    }
                }
                Output::Job { number, job } => self.out.push_back(NodeOutput::Job { number, job }),
                Output::Event(event) => {
                    if matches!(event, Event::Left | Event::Refused(_)) {
                        self.leaving = Some(now);
                    }
                    self.out.push_back(NodeOutput::Event(event));
                }
            }
        }
        debug_assert!(false, "the room has something to do without end");
    }
}
