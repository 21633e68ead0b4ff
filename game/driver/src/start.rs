//! Starting a participant: its threads or tasks, its kernels, its place in the room.
//!
//! Natively the loop has a thread of its own and the kernels another; on the web it is a task, woken by
//! messages, by the GPU's or the worker's answers, and by [`Handle::tick`], which the page's worker calls so
//! that a hidden tab goes on. It never waits for a frame to be drawn.

use crate::backend::{NumberedJob, NumberedResult, Ready};
use crate::config::{DriverConfig, Place};
use crate::directory_sync::DirectorySync;
use crate::events::Event;
use crate::handle::{Control, Handle, Tell};
use crate::net::directory::{Joined, Server, parse_uuid, who};
use crate::net::sockets::Sockets;
use crate::notice::{Detail, DriverError};
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
    let joined = server.join(room, &config.short_name()).await?;
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
    let (directory, answered) = DirectorySync::new(me, server, clock.now());
    let mut driver = Driver::new(config, clock, kernels, (me, founder), net, directory, jobs, tell);
    let result = driver.turn(requests, results, answered).await;
    if result.is_err() {
        // The others need not wait for the silence.
        driver.say_goodbye().await;
    }
    result
}
