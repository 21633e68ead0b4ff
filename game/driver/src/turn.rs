//! The loop that turns a participant: waits for whatever comes first, and passes it on.

use crate::backend::{NumberedJob, NumberedResult, Ready};
use crate::config::DriverConfig;
use crate::events::Event;
use crate::handle::{Control, Fault, Tell};
use crate::net::directory::{Joined, Server};
use crate::net::{Line, Net, NetEvent};
use crate::node::{Node, NodeOutput};
use crate::notice::DriverError;
use crate::pending::PendingCommands;
use crate::reach::Reach;
use crate::reconnect::attempts::Reconnect;
use crate::reconnect::{Answer, Wakeful};
use crate::share::Share;
use crate::supersteps::Supersteps;
use futures::{FutureExt, Stream};
use room::api::{Event as RoomEvent, Micros, PeerId, Request};
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
    pub(crate) config: DriverConfig,
    pub(crate) kernels: Ready,
    pub(crate) me: PeerId,
    pub(crate) node: Node,
    pub(crate) net: Line,
    pub(crate) server: Option<(Server, Joined)>,
    pub(crate) founder: bool,
    /// The room's world has been seen here.
    pub(crate) in_room: bool,
    pub(crate) host: Option<PeerId>,
    pub(crate) asked: Micros,
    pub(crate) reach_at: Micros,
    pub(crate) reach: Reach,
    pub(crate) reconnect: Reconnect,
    pub(crate) wakeful: Wakeful,
    /// The signaling server has let this peer in before.
    pub(crate) listed_before: bool,
    /// Where answers of the signaling server go.
    pub(crate) answers: async_channel::Sender<Answer>,
    pub(crate) pending: PendingCommands,
    pub(crate) supersteps: Supersteps,
    pub(crate) jobs: async_channel::Sender<NumberedJob>,
    pub(crate) tell: &'a Tell,
}

impl Driver<'_> {
    /// Goes on until the participant is over.
    pub(crate) async fn turn(
        &mut self,
        clock: Clock,
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
                    Control::Fault(fault) => self.go_wrong(clock, fault).await,
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
                if let Some(step) = self.supersteps.ended(job) {
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
                    NetEvent::Datagram { from, bytes } => self.node.datagram(now, from, &bytes),
                    NetEvent::Open => self.listed(clock),
                    NetEvent::Distrusted(peer) => self.name_the_distrusted(peer),
                    NetEvent::NoMorePeers(why) => self.no_more_peers(clock, why)?,
                }
            }
            drop(span);
            for answer in told.drain(..) {
                self.answered(clock, answer);
            }
            self.supersteps.borders(self.node.borders());
            debug_span!("tick").in_scope(|| self.node.tick(now));
            debug_span!("send").in_scope(|| self.outputs(clock))?;
            if self.node.is_over() {
                self.linger(clock).await;
                return Ok(());
            }
            self.ask_for_the_role_if_alone(clock);
            self.look_for_the_unreachable(clock);
            self.reconnect_if_due(clock);
            let now = clock.now();
            // What was due and not done has no reason to be: this peer is on its way out, or not in yet.
            let back = self.reconnect.next_timeout().filter(|&at| at > now && self.server.is_some());
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
    pub(crate) async fn say_goodbye(&mut self, clock: Clock) {
        self.node.close_now(clock.now());
        let _ = self.outputs(clock);
        self.linger(clock).await;
    }

    /// Lets the last datagrams, the goodbyes, out of the queues below before the net is dropped with them.
    async fn linger(&mut self, clock: Clock) {
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

    async fn go_wrong(&mut self, clock: Clock, fault: Fault) {
        match fault {
            Fault::Die => {
                // Its kernels end, so that the program need not wait for them when it ends itself.
                self.jobs = async_channel::bounded(1).0;
                std::future::pending().await
            }
            Fault::Stall(time) => futures_timer::Delay::new(time).await,
            Fault::Cut(peers, time) => {
                let until = clock.now() + time.as_micros() as Micros;
                peers.into_iter().for_each(|peer| self.net.mute(peer, until));
            }
        }
    }

    fn outputs(&mut self, clock: Clock) -> Result<(), DriverError> {
        let now = clock.now();
        while let Some(output) = self.node.poll(now) {
            match output {
                NodeOutput::Datagram { to, bytes } => self.net.send(now, to, bytes),
                NodeOutput::Job { number, job } => {
                    let span = self.supersteps.begins(number, &job, |region| self.node.executes(region));
                    self.jobs.try_send(NumberedJob { number, job, span }).map_err(|_| DriverError::KernelsStopped)?;
                }
                // A player has no use for the log but for what became of the own commands.
                NodeOutput::Event(RoomEvent::Agreed(agreed)) => {
                    for (tick, commands) in self.pending.agreed(&agreed) {
                        self.tell.tell(Event::Applied { tick, commands });
                    }
                }
                NodeOutput::Notice(notice) => self.tell.tell(Event::Notice(notice)),
                NodeOutput::Event(event) => {
                    self.in_room |= matches!(event, RoomEvent::Globals(_) | RoomEvent::View { .. });
                    if matches!(event, RoomEvent::Status(_)) {
                        self.tell.links(self.node.totals());
                        self.tell.signals(self.net.net_mut().signals());
                    }
                    self.watch_host(&event);
                    self.tell.tell(Event::Room(event));
                }
            }
        }
        Ok(())
    }
}
