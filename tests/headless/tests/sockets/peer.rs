//! Participants over real sockets on loopback, for the tests of this folder.

use driver::backend::Choice;
use driver::{DriverConfig, Event, Handle, Place};
use room::api::{Event as RoomEvent, Pace, Request, Status};
use sim_kernels::scene::Scene;
use std::time::{Duration, Instant};

/// Nothing in these tests takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A participant with its own driver, threads and WebRTC socket.
pub struct Peer {
    /// The driver.
    pub handle: Handle,
    /// The newest status.
    pub status: Status,
    /// Everything that the player was told in words.
    pub lines: Vec<String>,
    /// Its place in the room is known.
    pub joined: bool,
    /// It has left in order.
    pub left: bool,
    /// The last event, if it was a failure.
    pub failed: Option<String>,
}

impl Peer {
    /// Begins one that computes on one thread, in strips of equal width and supersteps of two ticks.
    pub fn start(name: &str, signaling: &str, scene: &Scene, change: impl FnOnce(&mut DriverConfig)) -> Self {
        let mut config = DriverConfig::new(name, scene.clone());
        config.place = Place::Room { signaling: signaling.into(), room: "test".into() };
        config.backend = Choice::CpuThreads(1);
        config.superstep_ticks = 2;
        config.pace = Pace::Fast;
        config.equal_strips = true;
        change(&mut config);
        let handle = driver::start(config);
        let status = Status::default();
        Self { handle, status, lines: Vec::new(), joined: false, left: false, failed: None }
    }

    /// Takes in what has happened.
    pub fn look(&mut self) {
        while let Some(event) = self.handle.try_recv() {
            match event {
                Event::Joined { .. } => self.joined = true,
                Event::Room(RoomEvent::Status(status)) => self.status = *status,
                Event::Room(RoomEvent::Notice(line)) => self.lines.push(line),
                Event::Room(RoomEvent::Refused(why)) => self.failed = Some(why),
                Event::Room(RoomEvent::Left) => self.left = true,
                Event::Failed(why) => self.failed = Some(why),
                _ => {}
            }
        }
    }

    /// Those who compute, as this participant sees it.
    pub fn computing(&self) -> usize {
        self.status.people.iter().filter(|p| p.region.is_some()).count()
    }

    /// Asks for an orderly leave.
    pub fn leave(&self) {
        assert!(self.handle.send(Request::Leave), "the driver takes no requests");
    }
}

/// Looks at the peers until a condition holds for them.
pub fn until(what: &str, peers: &mut [Peer], mut holds: impl FnMut(&[Peer]) -> bool) {
    let end = Instant::now() + PATIENCE;
    loop {
        peers.iter_mut().for_each(Peer::look);
        if holds(peers) {
            return;
        }
        let about: Vec<_> = peers.iter().map(|p| (p.status.tick, &p.status.waiting_for, &p.failed, &p.lines)).collect();
        assert!(Instant::now() < end, "{what}: not in time; {about:?}");
        assert!(peers.iter().all(|p| p.failed.is_none()), "{what}: {about:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
