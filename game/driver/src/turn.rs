//! The loop that turns a participant: waits for whatever comes first, and passes it on.

use crate::backend::{NumberedJob, NumberedResult, Ready};
use crate::config::DriverConfig;
use crate::directory_sync::{Answer, DirectorySync};
use crate::events::Event;
use crate::handle::{Control, Fault, Tell};
use crate::link::LinkConfig;
use crate::net::directory::{Ice, Joined};
use crate::net::sockets::Sockets;
use crate::net::{Line, Net, NetEvent, sockets_of};
use crate::node::{Node, NodeOutput};
use crate::notice::{Detail, DriverError, Notice};
use crate::pending::PendingCommands;
use crate::reconnect::{Company, Reconnect, Todo};
use crate::share::Share;
use crate::supersteps::{Supersteps, wall_us};
use futures::{FutureExt, Stream};
use room::api::{Event as RoomEvent, Micros, PeerId, Request};
use room::notice::Name;
use std::task::Poll;
use std::time::Duration;
use tracing::debug_span;

/// Net events taken in one turn.
const NET_EVENTS_MAX: usize = 512;
/// How long the net lives on after the last goodbye was given to it.
const LINGER_US: u64 = 150_000;

/// The driver's clock: microseconds since its start.
#[derive(Clone, Copy)]
pub(crate) struct Clock(web_time::Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(web_time::Instant::now())
    }

    pub(crate) fn now(self) -> Micros {
        self.0.elapsed().as_micros() as Micros
    }
}

/// A participant under way.
pub(crate) struct Driver<'a> {
    config: DriverConfig,
    clock: Clock,
    kernels: Ready,
    me: PeerId,
    node: Node,
    net: Line,
    founder: bool,
    /// The room's world has been seen here.
    in_room: bool,
    directory: DirectorySync,
    reconnect: Reconnect,
    pending: PendingCommands,
    supersteps: Supersteps,
    jobs: async_channel::Sender<NumberedJob>,
    tell: &'a Tell,
}

impl<'a> Driver<'a> {
    /// A participant whose kernels are ready and who has a place in a room.
    pub(crate) fn new(
        config: DriverConfig,
        clock: Clock,
        kernels: Ready,
        (me, founder): (PeerId, bool),
        net: Sockets,
        directory: DirectorySync,
        jobs: async_channel::Sender<NumberedJob>,
        tell: &'a Tell,
    ) -> Self {
        let now = clock.now();
        let mut node = Node::new(config.room_config(me, &kernels, founder), LinkConfig::default(), now);
        node.share(config.share);
        let driver = Self {
            clock,
            me,
            node,
            net: config.line(net),
            founder,
            in_room: false,
            directory,
            reconnect: Reconnect::new(me.0 as u64, now),
            pending: PendingCommands::default(),
            supersteps: Supersteps::new(config.trace),
            config,
            kernels,
            jobs,
            tell,
        };
        driver.describe();
        driver
    }

    /// Goes on until the participant is over.
    pub(crate) async fn turn(
        &mut self,
        requests: async_channel::Receiver<Control>,
        results: async_channel::Receiver<NumberedResult>,
        answered: async_channel::Receiver<Answer>,
    ) -> Result<(), DriverError> {
        let mut answered = Box::pin(answered);
        let mut requests = Box::pin(requests);
        let mut results = Box::pin(results);
        let (mut owner_gone, mut kernels_gone) = (false, false);
        let mut delay = futures_timer::Delay::new(Duration::ZERO);
        let (mut controls, mut answers, mut arrived, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let clock = self.clock;
        loop {
            let net = &mut self.net;
            std::future::poll_fn(|cx| {
                let mut any = delay.poll_unpin(cx).is_ready();
                while !owner_gone {
                    match requests.as_mut().poll_next(cx) {
                        Poll::Ready(Some(control)) => controls.push(control),
                        Poll::Ready(None) => owner_gone = true,
                        Poll::Pending => break,
                    }
                }
                while !kernels_gone {
                    match results.as_mut().poll_next(cx) {
                        Poll::Ready(Some(answer)) => answers.push(answer),
                        Poll::Ready(None) => kernels_gone = true,
                        Poll::Pending => break,
                    }
                }
                while let Poll::Ready(Some(answer)) = answered.as_mut().poll_next(cx) {
                    told.push(answer);
                }
                let now = clock.now();
                while arrived.len() < NET_EVENTS_MAX {
                    match net.poll(cx, now) {
                        Poll::Ready(event) => arrived.push(event),
                        Poll::Pending => break,
                    }
                }
                if arrived.len() == NET_EVENTS_MAX {
                    cx.waker().wake_by_ref();
                }
                any |= owner_gone || kernels_gone || !controls.is_empty() || !answers.is_empty();
                any |= !arrived.is_empty() || !told.is_empty();
                if any { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;

            let now = clock.now();
            for control in controls.drain(..) {
                match control {
                    Control::Request(request) => self.request(now, request),
                    Control::Share(share) => self.share(now, share),
                    Control::Fault(fault) => self.go_wrong(fault).await,
                    Control::Close => self.node.close_now(now),
                    Control::Tick => {}
                }
            }
            if owner_gone {
                self.node.close_now(now);
            }
            for (job, result) in answers.drain(..) {
                let span = self.supersteps.span(job);
                debug_span!(parent: &span, "answer").in_scope(|| self.node.done(now, job, result));
                // Others wait for its bands: what came meanwhile can wait until they are on their way.
                debug_span!(parent: &span, "send").in_scope(|| self.outputs())?;
                if let Some(step) = self.supersteps.ended(job, wall_us) {
                    self.tell.step(step);
                }
            }
            if kernels_gone {
                // The compute task only ends before the driver when it panicked.
                return Err(DriverError::KernelsStopped);
            }
            let span = debug_span!("receive", events = arrived.len()).entered();
            for event in arrived.drain(..) {
                match event {
                    NetEvent::Peer(peer) => self.node.peer(now, peer),
                    NetEvent::Gone(peer) => self.node.gone(peer),
                    NetEvent::Datagram { from, bytes } => {
                        self.node.datagram(now, from, &bytes);
                        // The kernels wait for nothing but this; behind it there may be much that is not urgent.
                        if self.node.has_job() {
                            self.supersteps.borders(self.node.borders(), wall_us);
                            self.outputs()?;
                        }
                    }
                    NetEvent::Open => self.listed(now),
                    NetEvent::Distrusted(peer) => self.say(Notice::Distrusted { who: peer }),
                    NetEvent::NoMorePeers(why) => self.no_more_peers(now, &why)?,
                }
            }
            drop(span);
            for answer in told.drain(..) {
                self.answered(now, answer);
            }
            self.supersteps.borders(self.node.borders(), wall_us);
            debug_span!("tick").in_scope(|| self.node.tick(now));
            debug_span!("send").in_scope(|| self.outputs())?;
            if self.node.is_over() {
                self.linger().await;
                return Ok(());
            }
            let now = clock.now();
            if self.waits_for_founder() {
                self.directory.ask_for_the_role(now);
            }
            self.directory.look_for_the_unreachable(now);
            self.reconnect_if_due(now);
            let now = clock.now();
            // What was due and not done has no reason to be: this peer is on its way out, or not in yet.
            let back = self.reconnect.next_timeout().filter(|&at| at > now && self.directory.has_server());
            let next = [Some(self.node.next_timeout(now)), self.net.next_timeout(), back].into_iter().flatten().min();
            let wait = next.unwrap_or(now).saturating_sub(now).min(1_000_000);
            delay.reset(Duration::from_micros(wait));
        }
    }

    fn request(&mut self, now: Micros, mut request: Request) {
        match &mut request {
            Request::Load(scene) => {
                self.config.scene = scene.clone();
                self.describe();
            }
            Request::Restore(bytes) => {
                if let Ok(head) = room::save::head(bytes) {
                    self.config.scene = head.scene;
                    self.describe();
                }
            }
            Request::Command(command) => self.pending.asked(command.clone()),
            Request::Profile(profile) => {
                self.config.name.clone_from(&profile.name);
                self.config.lend = profile.lend;
                *profile = self.config.profile(&self.kernels);
            }
            _ => {}
        }
        self.node.request(now, request);
    }

    /// Another share of the device is lent: from the next job on, and the room is told what to expect.
    fn share(&mut self, now: Micros, share: Share) {
        if share != self.config.share {
            self.config.share = share;
            self.node.share(share);
            self.node.request(now, Request::Profile(self.config.profile(&self.kernels)));
        }
    }

    /// Tells the others that this peer is going, without the order of a leave.
    pub(crate) async fn say_goodbye(&mut self) {
        self.node.close_now(self.clock.now());
        let _ = self.outputs();
        self.linger().await;
    }

    /// Lets the last datagrams, the goodbyes, out of the queues below before the net is dropped with them.
    async fn linger(&mut self) {
        let clock = self.clock;
        let until = clock.now() + LINGER_US + self.config.held_us();
        let mut delay = futures_timer::Delay::new(Duration::ZERO);
        let net = &mut self.net;
        std::future::poll_fn(|cx| {
            while delay.poll_unpin(cx).is_ready() {
                if clock.now() >= until {
                    return Poll::Ready(());
                }
                delay.reset(Duration::from_millis(5));
            }
            let mut seen = 0;
            while seen < NET_EVENTS_MAX && net.poll(cx, clock.now()).is_ready() {
                seen += 1;
            }
            Poll::Pending
        })
        .await;
    }

    async fn go_wrong(&mut self, fault: Fault) {
        match fault {
            Fault::Die => {
                // Its kernels end, so that the program need not wait for them when it ends itself.
                self.jobs = async_channel::bounded(1).0;
                std::future::pending::<()>().await;
            }
            Fault::Stall(time) => futures_timer::Delay::new(time).await,
            Fault::Cut(peers, time) => {
                let until = self.clock.now() + time.as_micros() as Micros;
                peers.into_iter().for_each(|peer| self.net.mute(peer, until));
            }
        }
    }

    fn outputs(&mut self) -> Result<(), DriverError> {
        let now = self.clock.now();
        while let Some(output) = self.node.poll(now) {
            match output {
                NodeOutput::Datagram { to, bytes } => self.net.send(now, to, bytes),
                NodeOutput::Job { number, job } => {
                    let span = self.supersteps.begins(number, &job, wall_us, |region| self.node.executes(region));
                    self.jobs.try_send(NumberedJob { number, job, span }).map_err(|_| DriverError::KernelsStopped)?;
                }
                // A player has no use for the log but for what became of the own commands.
                NodeOutput::Event(RoomEvent::Committed(committed)) => {
                    for (tick, commands) in self.pending.committed(&committed) {
                        self.tell.tell(Event::Applied { tick, commands });
                    }
                }
                NodeOutput::Notice(notice) => self.say(notice),
                NodeOutput::Event(event) => {
                    self.in_room |= matches!(event, RoomEvent::Globals(_) | RoomEvent::View { .. });
                    if let RoomEvent::Status(status) = &event {
                        self.tell.links(self.node.totals());
                        self.tell.signals(sockets_of(&mut self.net).signals());
                        self.directory.follow(status);
                    }
                    self.tell.tell(Event::Room(event));
                }
            }
        }
        Ok(())
    }

    fn say(&self, notice: Notice) {
        self.tell.tell(Event::Notice(notice));
    }

    /// Tells the directory what this room plays.
    fn describe(&self) {
        self.directory.describe(self.founder, &self.config.scene);
    }

    /// Whether there is something here to come back with.
    fn has_world(&self) -> bool {
        self.founder || self.in_room
    }

    /// A peer that has seen the room's world never begins another one, even when the others have left.
    fn waits_for_founder(&self) -> bool {
        !self.founder && !self.in_room && self.node.links().next().is_none()
    }

    /// The directory says so. The world, or somebody who has it, may have come while it was asked.
    fn become_founder(&mut self, now: Micros) {
        if self.waits_for_founder() {
            self.founder = true;
            self.node = Node::new(self.config.room_config(self.me, &self.kernels, true), LinkConfig::default(), now);
            self.node.share(self.config.share);
            self.describe();
        }
    }

    /// The signaling server has let this peer in.
    fn listed(&mut self, now: Micros) {
        if self.reconnect.listed(now) {
            // A directory that was emptied knows neither the room's world nor who its host is.
            self.describe();
            self.directory.name_the_host();
        }
    }

    /// The signaling server has gone.
    fn no_more_peers(&mut self, now: Micros, why: &str) -> Result<(), DriverError> {
        // Data channels that are up go on; without any, and without a world, there is no room.
        if self.node.up().next().is_none() && !self.has_world() {
            return Err(DriverError::LostBeforeMeeting(Detail::new(why)));
        }
        if !self.reconnect.is_busy() {
            self.say(Notice::ServerGone { why: DriverError::Server(Detail::new(why)) });
        }
        self.reconnect.failed(now);
        Ok(())
    }

    /// Does what is due, after the node's turn.
    fn reconnect_if_due(&mut self, now: Micros) {
        let may = self.directory.has_server() && self.has_world() && !self.node.is_leaving();
        let company = may.then(|| Company {
            lonely: self.node.is_lonely(),
            linked: self.node.up().next().is_some(),
            present: self.node.has_company(),
        });
        for todo in self.reconnect.turn(now, company) {
            match todo {
                Todo::AskForEntry => self.directory.ask_for_entry(self.config.short_name()),
                Todo::AskWhoIsThere => self.directory.ask_who_is_there(),
                Todo::Tell(notice) => self.say(notice),
            }
        }
        if may {
            sockets_of(&mut self.net).retire(now, self.node.up());
        }
    }

    /// Takes an answer of the signaling server in.
    fn answered(&mut self, now: Micros, answer: Answer) {
        match answer {
            Answer::People(Ok(0..=1)) => {}
            Answer::People(_) if self.node.is_lonely() => {
                if let Some(notice) = self.reconnect.miss_company(now) {
                    self.say(notice);
                }
            }
            Answer::People(_) => {}
            Answer::Founder => self.become_founder(now),
            Answer::Names(listed) => {
                for name in self.directory.unreachable(listed, self.node.links().count()) {
                    self.say(Notice::OutOfReach { name: Name::new(&name) });
                }
            }
            Answer::Entry(entry) => {
                if let Err(why) = entry.map_err(String::from).and_then(|(ice, joined)| self.open(&ice, joined)) {
                    log::info!("not back yet: {why}");
                    self.reconnect.failed(now);
                }
            }
        }
    }

    /// Opens another socket beside those that there are.
    fn open(&mut self, ice: &Ice, joined: Joined) -> Result<(), String> {
        let socket = self.directory.socket(&joined)?;
        sockets_of(&mut self.net).open(&socket, ice, &self.config.trust)?;
        let nobody_else = joined.founder;
        self.directory.joined_again(joined);
        if nobody_else && let Some(notice) = self.reconnect.nobody_else() {
            self.say(notice);
        }
        Ok(())
    }
}
