//! Starting a participant: its threads or tasks, its kernels, its place in the room.
//!
//! Natively the loop has a thread of its own and the kernels another; on the web it is a task, woken by
//! messages, by the GPU's or the worker's answers, and by [`Handle::tick`], which the page's worker calls so
//! that a hidden tab goes on. It never waits for a frame to be drawn.

use crate::backend::{NumberedJob, NumberedResult, Ready};
use crate::config::{DriverConfig, Place, truncated};
use crate::events::Event;
use crate::handle::{Control, Handle, Tell};
use crate::link::LinkConfig;
use crate::net::directory::{Joined, Server, parse_uuid};
use crate::net::matchbox::who;
use crate::net::sockets::Sockets;
use crate::node::Node;
use crate::notice::{Detail, DriverError};
use crate::pending::PendingCommands;
use crate::reach::Reach;
use crate::reconnect::attempts::Reconnect;
use crate::reconnect::{ANSWERS_MAX, Answer, Wakeful};
use crate::supersteps::Supersteps;
use crate::task::spawn_compute;
use crate::turn::{Clock, Driver};
use room::api::PeerId;

/// Jobs under way at most; the room gives one or two.
const JOBS_MAX: usize = 64;

/// Begins a participant.
pub fn start(config: DriverConfig) -> Handle {
    let (handle, requests, tell) = Handle::new();
    #[cfg(not(target_arch = "wasm32"))]
    {
        let failed = tell.clone();
        let thread = std::thread::Builder::new().name("tidepool-driver".into());
        if let Err(e) = thread.spawn(move || pollster::block_on(run(config, requests, tell))) {
            failed.tell(Event::Failed(DriverError::NoThread(Detail::new(&e.to_string()))));
        }
    }
    #[cfg(target_arch = "wasm32")]
    wasm_bindgen_futures::spawn_local(run(config, requests, tell));
    handle
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
    net: Sockets,
    server: Option<(Server, Joined)>,
}

async fn enter(config: &DriverConfig) -> Result<Entry, DriverError> {
    enter_room(config).await.map_err(|why| DriverError::Server(Detail::new(&why)))
}

async fn enter_room(config: &DriverConfig) -> Result<Entry, String> {
    let Place::Room { signaling, room } = &config.place else {
        return Ok(Entry { me: PeerId(1), founder: true, net: Sockets::default(), server: None });
    };
    let server = Server::parse(signaling)?.trusting(config.trust.clone());
    let ice = server.ice().await?;
    let joined = server.join(room, &truncated(&config.name, 32)).await?;
    let me = parse_uuid(&joined.peer).map(who).ok_or("the signaling server gave no proper id")?;
    let mut net = Sockets::default();
    net.open(&server.socket(&joined), &ice, &config.trust)?;
    Ok(Entry { me, founder: joined.founder, net, server: Some((server, joined)) })
}

async fn drive(
    mut config: DriverConfig,
    requests: async_channel::Receiver<Control>,
    tell: &Tell,
) -> Result<(), DriverError> {
    let (ready_tx, ready) = async_channel::bounded::<Result<Ready, DriverError>>(1);
    let (jobs, jobs_rx) = async_channel::bounded::<NumberedJob>(JOBS_MAX);
    let (results_tx, results) = async_channel::bounded::<NumberedResult>(JOBS_MAX);
    spawn_compute(&mut config, ready_tx, jobs_rx, results_tx)?;
    // Kernels are compiled and measured before the room is joined, so that nobody waits for them.
    let kernels = ready.recv().await.map_err(|_| DriverError::KernelsStopped)??;
    tell.tell(Event::Backend { name: kernels.name.clone(), gpu: kernels.gpu });

    let Entry { me, founder, net, server } = enter(&config).await?;
    config.lend |= founder && config.lend_alone;
    let room = server.as_ref().map_or(String::new(), |(_, joined)| joined.room.clone());
    tell.tell(Event::Joined { me, founder, room });
    let clock = Clock::start();
    let mut node = Node::new(config.room_config(me, &kernels, founder), LinkConfig::default(), clock.now());
    node.share(config.share);
    let net = config.line(net);
    let (answers, answered) = async_channel::bounded::<Answer>(ANSWERS_MAX);
    let supersteps = Supersteps::new(config.trace);
    let mut driver = Driver {
        config,
        kernels,
        me,
        node,
        net,
        server,
        founder,
        in_room: false,
        host: None,
        asked: clock.now(),
        reach_at: clock.now() + crate::directory_sync::REACH_US,
        reach: Reach::default(),
        reconnect: Reconnect::new(me.0 as u64, clock.now()),
        wakeful: Wakeful::new(),
        listed_before: false,
        answers,
        pending: PendingCommands::default(),
        supersteps,
        jobs,
        tell,
    };
    driver.describe();
    let result = driver.turn(clock, requests, results, answered).await;
    if result.is_err() {
        // The others need not wait for the silence.
        driver.say_goodbye(clock).await;
    }
    result
}
