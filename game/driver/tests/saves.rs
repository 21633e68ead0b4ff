//! A save over real links in bad weather: one who only watches saves, and three others go on from it with the
//! digest that one backend alone gives.

use driver::net::netem::Netem;
use driver::scene_file::named;
use driver::virtual_time::{Cost, World};
use room::api::{Config, Event, Pace, PeerId, Profile, Request, Status};
use room::save;
use sim_kernels::cpu::CpuBackend;
use sim_kernels::golden::alone;
use sim_kernels::scene::Scene;
use std::collections::BTreeMap;

const END: u64 = 130;
const PATIENCE_US: u64 = 120_000_000;
const COST: Cost = Cost { job_us: 200, tick_us: 4_000, million_us: 0 };
const NETEM: Netem = Netem {
    latency_us: 6_000,
    jitter_us: 9_000,
    loss_ppm: 50_000,
    copy_ppm: 0,
    corrupt_ppm: 0,
    bytes_per_s: 0,
    inbound_us: 0,
};
const WATCHER: PeerId = PeerId(4);

#[derive(Default)]
struct Player {
    status: Status,
    saved: Option<Vec<u8>>,
    opened: bool,
    digest: Option<sim_kernels::digest::Digest>,
}

struct Room {
    time: World,
    players: BTreeMap<PeerId, Player>,
}

impl Room {
    /// Three who compute and one who watches; it begins when so many lend.
    fn new(scene: &Scene, wait_for: u32) -> Self {
        let mut room = Self { time: World::new(7), players: BTreeMap::new() };
        for id in (1..=4).map(PeerId) {
            let config = Config {
                me: id,
                profile: Profile {
                    name: format!("P{}", id.0),
                    lend: id != WATCHER,
                    backend: "CPU".into(),
                    throughput: 1,
                },
                found: (id.0 == 1).then(|| scene.clone()),
                superstep_ticks: 2,
                pace: Pace::Fast,
                wait_for,
                equal_strips: true,
                stand_ins: true,
                end_tick: Some(END),
            };
            room.time.join(config, Box::new(CpuBackend::new(Some(1))), COST, NETEM);
            room.players.insert(id, Player::default());
        }
        room
    }

    fn until(&mut self, what: &str, holds: impl Fn(&BTreeMap<PeerId, Player>) -> bool) {
        let end = self.time.now() + PATIENCE_US;
        while !holds(&self.players) {
            assert!(self.time.now() < end, "{what}");
            let players = &mut self.players;
            let tell = |id: PeerId, event| {
                let Some(player) = players.get_mut(&id) else { return };
                match event {
                    Event::Status(status) => {
                        player.digest = status.digest.filter(|d| d.0 == END).map(|d| d.1).or(player.digest);
                        player.status = *status;
                    }
                    Event::Committed(committed) if committed.save.is_some() => {
                        (player.opened, player.digest) = (true, None);
                    }
                    Event::Saved(bytes) => player.saved = Some(bytes),
                    _ => {}
                }
            };
            self.time.step(tell).unwrap();
        }
    }
}

#[test]
fn a_watcher_saves_and_three_go_on_whatever_the_weather() {
    let scene = named("dam-break").unwrap();
    let one = alone(&scene, END).unwrap();
    let mut room = Room::new(&scene, 3);
    room.until("ticks", |p| p[&WATCHER].status.tick >= 20);
    room.time.request(WATCHER, Request::Save);
    room.until("a save", |p| p[&WATCHER].saved.is_some());
    let bytes = room.players[&WATCHER].saved.clone().unwrap();
    let tick = save::head(&bytes).unwrap().globals.tick;
    assert!((20..END - 20).contains(&tick), "tick {tick}");
    room.until("the end", |p| p.values().all(|p| p.digest.is_some()));
    assert!(room.players.values().all(|p| p.digest == Some(one)), "saving changes nothing");

    // One more is waited for than comes: the room begins with the save.
    let mut room = Room::new(&named("u-tube").unwrap(), 4);
    room.until("all are in", |p| p.values().all(|p| p.status.people.len() == 4));
    room.time.request(WATCHER, Request::Restore(bytes));
    room.until("the save is opened", |p| p.values().all(|p| p.opened));
    room.until("the end", |p| p.values().all(|p| p.digest.is_some()));
    assert!(room.players.values().all(|p| p.digest == Some(one)), "from tick {tick}");
}
