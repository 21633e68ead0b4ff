//! Starting a participant, and the loop that turns it.
//!
//! Natively the loop has a thread of its own and the kernels another; on the web it is a task, woken by
//! messages, by the GPU's or the worker's answers, and by [`Handle::tick`], which the page's worker calls so
//! that a hidden tab goes on. It never waits for a frame to be drawn.

use crate::backend::{self, Choice, NumberedJob, NumberedResult, Ready};
use crate::events::{Event, EventQueue};
use crate::link::LinkConfig;
use crate::net::directory::{Joined, Server, parse_uuid};
use crate::net::matchbox::MatchboxNet;
use crate::net::shim::{Shim, Weather};
use crate::net::{Net, NetEvent, NoNet};
use crate::node::{Node, NodeOutput};
use futures::{FutureExt, Stream};
use room::api::{Config, Event as RoomEvent, Micros, Pace, PeerId, Profile, Request};
use sim_kernels::scene::Scene;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

/// Requests that wait at most; more are refused.
const CONTROL_MAX: usize = 1024;
/// The compute task only ends before the driver when it panicked.
const KERNELS_GONE: &str = "the kernels have stopped because of an error in this program; join again";
/// Jobs under way at most; the room gives one or two.
const JOBS_MAX: usize = 64;
/// Net events taken in one turn.
const NET_EVENTS_MAX: usize = 512;
/// Whoever sees nobody for this long asks the directory whether the founder's role fell to him.
const ALONE_US: u64 = 5_000_000;

/// How long the net lives on after the last goodbye was given to it.
const LINGER_US: u64 = 150_000;
/// How often the directory is told of the room's world until it knows the room, and the first pause.
const DESCRIBE_ATTEMPTS: u32 = 4;
const DESCRIBE_PAUSE: Duration = Duration::from_millis(300);
/// After this long in a room, those whom the directory names and no link reaches are named.
const REACH_US: u64 = crate::link::CONNECT_US;

/// Where to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Alone, without any network.
    Solo,
    /// In a room of a signaling server. The server says who founds it.
    Room {
        /// `ws://HOST:3536`, `http://…`, `https://…`.
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
    /// See [`room::api::Config::end_tick`].
    pub end_tick: Option<u64>,
    /// Latency, jitter and loss added to what this peer sends (tests).
    pub weather: Weather,
    /// Makes the CPU worker, where kernels may not run on this thread.
    #[cfg(target_arch = "wasm32")]
    pub worker: Option<backend::WorkerFactory>,
}

impl DriverConfig {
    /// A player of this name with everything else as usual: alone, real time, lending, automatic backend.
    pub fn new(name: impl Into<String>, scene: Scene) -> Self {
        Self {
            place: Place::Solo,
            name: name.into(),
            lend: true,
            backend: Choice::Auto,
            scene,
            superstep_ticks: 0,
            pace: Pace::RealTime,
            wait_for: 0,
            equal_strips: false,
            end_tick: None,
            weather: Weather::default(),
            #[cfg(target_arch = "wasm32")]
            worker: None,
        }
    }

    fn room_config(&self, me: PeerId, backend: &str, found: bool) -> Config {
        let profile = Profile {
            name: truncated(&self.name, 32),
            lend: self.lend,
            backend: truncated(backend, 64),
            throughput: 0,
        };
        Config {
            me,
            profile,
            found: found.then(|| self.scene.clone()),
            superstep_ticks: self.superstep_ticks,
            pace: self.pace,
            wait_for: self.wait_for,
            equal_strips: self.equal_strips,
            end_tick: self.end_tick,
        }
    }
}

fn truncated(text: &str, bytes: usize) -> String {
    let end = (0..=bytes.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    text[..end].to_string()
}

enum Control {
    Request(Request),
    Close,
    Tick,
}

/// The owner's end of a running driver. Dropping it ends the driver at once.
#[derive(Clone)]
pub struct Handle {
    control: async_channel::Sender<Control>,
    events: Arc<Mutex<EventQueue>>,
}

impl Handle {
    /// Asks the room for something. False when the driver has ended or its queue is full.
    pub fn send(&self, request: Request) -> bool {
        self.control.try_send(Control::Request(request)).is_ok()
    }

    /// The next event, if any; never waits.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// All events that wait, in order.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        std::iter::from_fn(|| self.try_recv())
    }

    /// Lets the driver look at the clock; the page's worker calls this when timers are slowed.
    pub fn tick(&self) {
        if self.control.is_empty() {
            let _ = self.control.try_send(Control::Tick);
        }
    }

    /// Says goodbye to all at once, without the order of [`Request::Leave`]: the page is going away.
    pub fn close(&self) {
        let _ = self.control.try_send(Control::Close);
    }

    /// Whether the driver still runs.
    pub fn is_running(&self) -> bool {
        !self.control.is_closed()
    }
}

/// Begins a participant.
pub fn start(config: DriverConfig) -> Handle {
    let (control, requests) = async_channel::bounded(CONTROL_MAX);
    let events = Arc::new(Mutex::new(EventQueue::default()));
    let handle = Handle { control, events: events.clone() };
    let tell = Tell(events);
    #[cfg(not(target_arch = "wasm32"))]
    {
        let failed = Tell(tell.0.clone());
        let thread = std::thread::Builder::new().name("tidepool-driver".into());
        if let Err(e) = thread.spawn(move || pollster::block_on(run(config, requests, tell))) {
            failed.tell(Event::Failed(format!("this machine gives no thread to the driver: {e}")));
        }
    }
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_futures::spawn_local(run(config, requests, tell));
    handle
}

struct Tell(Arc<Mutex<EventQueue>>);

impl Tell {
    fn tell(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}

async fn run(config: DriverConfig, requests: async_channel::Receiver<Control>, tell: Tell) {
    match drive(config, requests, &tell).await {
        Ok(()) => tell.tell(Event::Ended),
        Err(why) => tell.tell(Event::Failed(why)),
    }
}

/// The place in a room that the directory gave, and the net to it.
struct Entry {
    me: PeerId,
    founder: bool,
    net: Box<dyn Net>,
    server: Option<(Server, Joined)>,
}

async fn enter(config: &DriverConfig) -> Result<Entry, String> {
    let Place::Room { signaling, room } = &config.place else {
        return Ok(Entry { me: PeerId(1), founder: true, net: Box::new(NoNet), server: None });
    };
    let server = Server::parse(signaling)?;
    let ice = server.ice().await?;
    let joined = server.join(room, &truncated(&config.name, 32)).await?;
    let me = parse_uuid(&joined.peer).ok_or("the signaling server gave no proper id")?;
    let net = MatchboxNet::new(&server.socket(&joined), &ice)?;
    let net: Box<dyn Net> =
        if config.weather.is_clear() { Box::new(net) } else { Box::new(Shim::new(net, config.weather)) };
    Ok(Entry { me: PeerId(me), founder: joined.founder, net, server: Some((server, joined)) })
}

async fn drive(
    mut config: DriverConfig,
    requests: async_channel::Receiver<Control>,
    tell: &Tell,
) -> Result<(), String> {
    let (ready_tx, ready) = async_channel::bounded::<Ready>(1);
    let (jobs, jobs_rx) = async_channel::bounded::<NumberedJob>(JOBS_MAX);
    let (results_tx, results) = async_channel::bounded::<NumberedResult>(JOBS_MAX);
    spawn_compute(&mut config, ready_tx, jobs_rx, results_tx)?;
    // Kernels are compiled before the room is joined, so that nobody waits for them.
    let (name, gpu) = ready.recv().await.map_err(|_| "the compute task ended before it began".to_string())??;
    tell.tell(Event::Backend { name: name.clone(), gpu });

    let Entry { me, founder, net, server } = enter(&config).await?;
    let room = server.as_ref().map_or(String::new(), |(_, joined)| joined.room.clone());
    tell.tell(Event::Joined { me, founder, room });
    let clock = Clock(web_time::Instant::now());
    let node = Node::new(config.room_config(me, &name, founder), LinkConfig::default(), clock.now());
    let mut driver = Driver {
        config,
        backend: name,
        me,
        node,
        net,
        server,
        founder,
        in_room: false,
        host: None,
        asked: clock.now(),
        reach_at: clock.now() + REACH_US,
        people: Vec::new(),
        jobs,
        tell,
    };
    driver.describe();
    let result = driver.turn(clock, requests, results).await;
    if result.is_err() {
        // The others need not wait for the silence.
        driver.node.close_now(clock.now());
        let _ = driver.outputs(clock);
        driver.linger(clock).await;
    }
    result
}

#[derive(Clone, Copy)]
struct Clock(web_time::Instant);

impl Clock {
    fn now(self) -> Micros {
        self.0.elapsed().as_micros() as Micros
    }
}

struct Driver<'a> {
    config: DriverConfig,
    backend: String,
    me: PeerId,
    node: Node,
    net: Box<dyn Net>,
    server: Option<(Server, Joined)>,
    founder: bool,
    /// The room's world has been seen here.
    in_room: bool,
    host: Option<PeerId>,
    asked: Micros,
    reach_at: Micros,
    /// Names of those whom the room knows, this peer included.
    people: Vec<String>,
    jobs: async_channel::Sender<NumberedJob>,
    tell: &'a Tell,
}

impl Driver<'_> {
    async fn turn(
        &mut self,
        clock: Clock,
        requests: async_channel::Receiver<Control>,
        results: async_channel::Receiver<NumberedResult>,
    ) -> Result<(), String> {
        let mut requests = Box::pin(requests);
        let mut results = Box::pin(results);
        let (mut owner_gone, mut kernels_gone) = (false, false);
        let mut delay = futures_timer::Delay::new(Duration::ZERO);
        let (mut controls, mut answers, mut arrived) = (Vec::new(), Vec::new(), Vec::new());
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
                any |= owner_gone || kernels_gone || !controls.is_empty() || !answers.is_empty() || !arrived.is_empty();
                if any { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;

            let now = clock.now();
            for control in controls.drain(..) {
                match control {
                    Control::Request(request) => {
                        if let Request::Load(scene) = &request {
                            self.config.scene = scene.clone();
                            self.describe();
                        }
                        self.node.request(now, request);
                    }
                    Control::Close => self.node.close_now(now),
                    Control::Tick => {}
                }
            }
            if owner_gone {
                self.node.close_now(now);
            }
            answers.drain(..).for_each(|(job, result)| self.node.done(now, job, result));
            if kernels_gone {
                return Err(KERNELS_GONE.into());
            }
            for event in arrived.drain(..) {
                match event {
                    NetEvent::Peer(peer) => self.node.peer(now, peer),
                    NetEvent::Datagram { from, bytes } => self.node.datagram(now, from, &bytes),
                    NetEvent::NoMorePeers(why) => self.no_more_peers(why)?,
                }
            }
            self.node.tick(now);
            self.outputs(clock)?;
            if self.node.is_over() {
                self.linger(clock).await;
                return Ok(());
            }
            self.take_over_if_alone(clock).await;
            self.name_the_unreachable(clock);
            let now = clock.now();
            let next = [Some(self.node.next_timeout(now)), self.net.next_timeout()].into_iter().flatten().min();
            let wait = next.unwrap_or(now).saturating_sub(now).min(1_000_000);
            delay.reset(Duration::from_micros(wait));
        }
    }

    /// Lets the last datagrams, the goodbyes, out of the queues below before the net is dropped with them.
    async fn linger(&mut self, clock: Clock) {
        let until = clock.now() + LINGER_US + self.config.weather.latency_us + self.config.weather.jitter_us;
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

    fn outputs(&mut self, clock: Clock) -> Result<(), String> {
        let now = clock.now();
        while let Some(output) = self.node.poll(now) {
            match output {
                NodeOutput::Datagram { to, bytes } => self.net.send(now, to, bytes),
                NodeOutput::Job { number, job } => {
                    self.jobs.try_send((number, job)).map_err(|_| KERNELS_GONE.to_string())?;
                }
                NodeOutput::Event(event) => {
                    self.in_room |= matches!(event, RoomEvent::Globals(_) | RoomEvent::View { .. });
                    self.watch_host(&event);
                    self.tell.tell(Event::Room(event));
                }
            }
        }
        Ok(())
    }

    fn no_more_peers(&mut self, why: String) -> Result<(), String> {
        // Data channels that are up go on; without any, and not being the room's founder, there is no room.
        if self.node.links().next().is_none() && !self.founder {
            return Err(format!("{why}. Check the address, and that the signaling server runs."));
        }
        let text = format!("{why}: those who are here play on, newcomers cannot reach this peer.");
        self.tell.tell(Event::Room(RoomEvent::Notice(text)));
        Ok(())
    }

    /// A peer that joined and sees nobody may have become the founder, when the first one never arrived.
    async fn take_over_if_alone(&mut self, clock: Clock) {
        let now = clock.now();
        // Whoever has seen the room's world never begins another one, even when the others have left.
        let waits = !self.founder && !self.in_room && self.node.links().next().is_none();
        if !waits || now < self.asked + ALONE_US {
            return;
        }
        self.asked = now;
        let Some((server, joined)) = &self.server else { return };
        let entry = server.room(&joined.room).await;
        let mine = |id: &str| parse_uuid(id) == Some(self.me.0);
        // The world may have come while the directory was asked.
        if !self.in_room && entry.is_ok_and(|e| e.founder.as_deref().is_some_and(mine)) {
            self.founder = true;
            self.node =
                Node::new(self.config.room_config(self.me, &self.backend, true), LinkConfig::default(), clock.now());
            self.describe();
        }
    }

    /// matchbox tells of a peer only once its data channel is open; one that never opens is known to the
    /// directory alone. Asked once the time for connecting is over, and again as long as somebody is missing.
    fn name_the_unreachable(&mut self, clock: Clock) {
        let now = clock.now();
        let Some((server, joined)) = self.server.clone().filter(|_| now >= self.reach_at) else { return };
        self.reach_at = now + REACH_US;
        let linked = self.node.links().count();
        let met = self.people.clone();
        let tell = Tell(self.tell.0.clone());
        spawn_short(async move {
            let Ok(entry) = server.room(&joined.room).await else { return };
            if entry.people <= linked + 1 {
                return;
            }
            let mut missing = entry.names;
            for name in met {
                if let Some(i) = missing.iter().position(|n| *n == name) {
                    missing.swap_remove(i);
                }
            }
            for name in missing {
                let why = "no direct connection comes about. One of the two networks (a firewall, a guest network, \
                           or browsers hiding local addresses) is in the way; a TURN server (--turn) would help";
                let text = format!("{name} is in the room and cannot be reached: {why}.");
                tell.tell(Event::Room(RoomEvent::Notice(text)));
            }
        });
    }

    /// Tells the directory what this room plays.
    fn describe(&self) {
        // Only the host may; others' words are refused by the directory.
        let host = self.host.map_or(self.founder, |host| host == self.me);
        let Some((server, joined)) = self.server.clone().filter(|_| host) else { return };
        let scene = &self.config.scene;
        let world = format!("{}, {} x {}", scene.title, scene.world.width, scene.world.height);
        spawn_short(async move {
            // The room is in the directory once this peer's WebSocket is, which takes a moment.
            for attempt in 1..=DESCRIBE_ATTEMPTS {
                futures_timer::Delay::new(DESCRIBE_PAUSE * attempt).await;
                match server.describe(&joined, &world).await {
                    Ok(()) => return,
                    Err(why) if attempt == DESCRIBE_ATTEMPTS => {
                        log::warn!("the directory does not show this room's world: {why}");
                    }
                    Err(_) => {}
                }
            }
        });
    }

    /// When the role of the host went from this peer to another, the directory is told by the one whose key
    /// may change it.
    fn watch_host(&mut self, event: &RoomEvent) {
        let RoomEvent::Status(status) = event else { return };
        self.people = status.people.iter().map(|p| p.profile.name.clone()).collect();
        let host = status.people.iter().find(|p| p.host).map(|p| p.id);
        let before = std::mem::replace(&mut self.host, host);
        let (Some(host), Some((server, joined))) = (host, self.server.clone()) else { return };
        if before == Some(self.me) && host != self.me {
            spawn_short(async move {
                if let Err(why) = server.hand_over(&joined, host.0).await {
                    log::warn!("the directory does not know the new host: {why}");
                }
            });
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn spawn_short(task: impl Future<Output = ()> + Send + 'static) {
    let _ = std::thread::Builder::new().name("tidepool-ask".into()).spawn(move || pollster::block_on(task));
}

#[cfg(target_arch = "wasm32")]
fn spawn_short(task: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(task);
}

#[cfg(not(target_arch = "wasm32"))]
fn spawn_compute(
    config: &mut DriverConfig,
    ready: async_channel::Sender<Ready>,
    jobs: async_channel::Receiver<NumberedJob>,
    results: async_channel::Sender<NumberedResult>,
) -> Result<(), String> {
    let choice = config.backend.clone();
    let thread = std::thread::Builder::new().name("tidepool-compute".into());
    thread
        .spawn(move || pollster::block_on(backend::compute(choice, None, ready, jobs, results)))
        .map(drop)
        .map_err(|e| format!("this machine gives no thread to the kernels: {e}"))
}

#[cfg(target_arch = "wasm32")]
fn spawn_compute(
    config: &mut DriverConfig,
    ready: async_channel::Sender<Ready>,
    jobs: async_channel::Receiver<NumberedJob>,
    results: async_channel::Sender<NumberedResult>,
) -> Result<(), String> {
    let task = backend::compute(config.backend.clone(), config.worker.take(), ready, jobs, results);
    wasm_bindgen_futures::spawn_local(task);
    Ok(())
}
