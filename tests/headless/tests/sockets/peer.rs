//! Participants over real sockets on loopback, for the tests of this folder.

use driver::backend::Choice;
use driver::notice::Notice;
use driver::{DriverConfig, Event, Handle, Place};
use room::api::{Event as RoomEvent, Pace, Request, Status};
use room::notice::{Announcement, Notice as RoomNotice};
use sim_kernels::golden::alone;
use sim_kernels::scene::Scene;
use std::time::{Duration, Instant};

/// Nothing in these tests takes longer, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A participant with its own driver, threads and WebRTC socket.
pub struct Peer {
    /// The driver.
    pub handle: Handle,
    /// The newest status.
    pub status: Status,
    /// Everything that the player was told by the room.
    pub room: Vec<RoomNotice>,
    /// And by the driver.
    pub driver: Vec<Notice>,
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
        Self { handle, status, room: Vec::new(), driver: Vec::new(), joined: false, left: false, failed: None }
    }

    /// Takes in what has happened.
    pub fn look(&mut self) {
        while let Some(event) = self.handle.try_recv() {
            match event {
                Event::Joined { .. } => self.joined = true,
                Event::Room(RoomEvent::Status(status)) => self.status = *status,
                Event::Room(RoomEvent::Notice(notice)) => self.room.push(notice),
                Event::Notice(notice) => self.driver.push(notice),
                Event::Room(RoomEvent::Refused(why)) => self.failed = Some(format!("{why:?}")),
                Event::Room(RoomEvent::Left) => self.left = true,
                Event::Failed(why) => self.failed = Some(why.to_string()),
                _ => {}
            }
        }
    }

    /// Whether it was told that the signaling server is gone.
    pub fn lacks_server(&self) -> bool {
        self.driver.iter().any(|n| matches!(n, Notice::ServerGone { .. }))
    }

    /// Whether it was told that somebody is gone, or out of reach.
    pub fn misses_somebody(&self) -> bool {
        let gone = |a: &Announcement| matches!(a, Announcement::Vanished(_) | Announcement::CutOff(_));
        let link = |n: &Notice| matches!(n, Notice::OutOfReach { .. } | Notice::LinkEnded { .. });
        self.room.iter().any(|n| matches!(n, RoomNotice::Announced(a) if gone(a))) || self.driver.iter().any(link)
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
        let about: Vec<_> =
            peers.iter().map(|p| (p.status.tick, &p.status.waiting_for, &p.failed, &p.room, &p.driver)).collect();
        assert!(Instant::now() < end, "{what}: not in time; {about:?}");
        assert!(peers.iter().all(|p| p.failed.is_none()), "{what}: {about:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A little water that moves from the first tick on.
pub fn scene() -> Scene {
    let text = r#"(
        title: "departures",
        world: (width: 192, height: 64),
        gravity: (0, -66),
        terrain: [(x0: 0, y0: 0, x1: 192, y1: 4)],
        blocks: [(x0: 20, y0: 4, x1: 60, y1: 28)],
        commands: [(40, Explode(at: (96, 8), radius: 20, speed: 5000))],
    )"#;
    driver::scene_file::parse("departures.ron", text).unwrap()
}

/// `count` participants that compute together in real time until `end`.
pub fn room(count: usize, signaling: &str, scene: &Scene, end: u64) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    for i in 0..count {
        peers.push(Peer::start(&format!("P{i}"), signaling, scene, |c| {
            c.pace = room::api::Pace::RealTime;
            (c.wait_for, c.end_tick) = (count as u32, Some(end));
        }));
        // The first one founds the room.
        until("a place in the room", &mut peers, |p| p[i].joined);
    }
    until("all compute", &mut peers, |p| p.iter().all(|p| p.computing() == count && p.status.tick >= 20));
    peers
}

/// They all know the digest of the last tick, and it is the one that a machine alone computes.
pub fn ends_as_one_alone(peers: &mut [Peer], scene: &Scene, end: u64) {
    until("the end", peers, |p| p.iter().all(|p| p.status.digest.is_some_and(|d| d.0 == end)));
    let expected = alone(scene, end).unwrap();
    for peer in peers {
        assert_eq!(peer.status.digest, Some((end, expected)), "{:?} {:?}", peer.room, peer.driver);
    }
}
