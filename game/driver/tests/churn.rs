//! Participants come, go in order, and vanish in the middle of a run, over real links in bad weather. The
//! world must end with the digest that one backend alone gives. One thread, virtual time, one seed.

use driver::net::netem::Netem;
use driver::node::Node;
use driver::scene_file::parse;
use driver::share::Share;
use driver::virtual_time::{self, Cost};
use room::api::{Config, Event, Micros, Pace, PeerId, Profile, Request, Status};
use room::notice::{Announcement, Name, Notice, Someone};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::golden::alone;
use sim_kernels::scene::Scene;
use std::collections::BTreeMap;

/// No run takes longer than this in virtual time.
const PATIENCE_US: Micros = 120_000_000;
const COST: Cost = Cost { job_us: 200, tick_us: 2_000, million_us: 0 };
const NETEM: Netem = Netem {
    latency_us: 4_000,
    jitter_us: 6_000,
    loss_ppm: 30_000,
    copy_ppm: 0,
    corrupt_ppm: 0,
    bytes_per_s: 0,
    inbound_us: 0,
};

fn scene() -> Scene {
    let text = r#"(
        title: "churn",
        world: (width: 256, height: 96),
        gravity: (0, -66),
        terrain: [(x0: 0, y0: 0, x1: 256, y1: 4), (x0: 120, y0: 4, x1: 136, y1: 12)],
        blocks: [(x0: 60, y0: 4, x1: 110, y1: 30)],
        commands: [
            (0, Emit((rect: (x0: 126, y0: 60, x1: 130, y1: 62), velocity: (900, 0), material: "water", until: 100000))),
            (90, Explode(at: (128, 8), radius: 20, speed: 5000)),
            (150, Wall(stroke: (from: (64, 40), to: (64, 60), radius: 2), solid: true)),
        ],
    )"#;
    parse("churn.ron", text).unwrap()
}

/// What a player was told.
#[derive(Default)]
struct Player {
    status: Status,
    left: bool,
}

struct World {
    time: virtual_time::World,
    scene: Scene,
    end_tick: u64,
    players: BTreeMap<u32, Player>,
    notices: Vec<Notice>,
}

fn id(i: u32) -> PeerId {
    PeerId(u128::from(i) + 100)
}

fn someone(i: u32) -> Someone {
    Someone { id: id(i), name: Name::new(&format!("P{i}")) }
}

fn left(i: u32) -> Notice {
    Notice::Announced(Announcement::Left(someone(i)))
}

impl World {
    fn new(end_tick: u64) -> Self {
        let mut world = Self { end_tick, ..Self::empty() };
        world.join(0);
        world
    }

    fn empty() -> Self {
        let time = virtual_time::World::new(5);
        Self { time, scene: scene(), end_tick: 0, players: BTreeMap::new(), notices: Vec::new() }
    }

    fn join(&mut self, i: u32) {
        self.join_as(i, 1_000_000, COST);
    }

    fn join_as(&mut self, i: u32, throughput: u64, cost: Cost) {
        let config = Config {
            me: id(i),
            profile: Profile { name: format!("P{i}"), lend: true, backend: "CPU".into(), throughput },
            found: (i == 0).then(|| self.scene.clone()),
            superstep_ticks: 2,
            pace: Pace::Fast,
            wait_for: 0,
            equal_strips: false,
            stand_ins: true,
            end_tick: Some(self.end_tick),
        };
        self.time.join(config, Box::new(CpuBackend::new(Some(1))), cost, NETEM);
        self.players.insert(i, Player::default());
    }

    fn remove(&mut self, i: u32) {
        self.time.remove(id(i));
        self.players.remove(&i);
    }

    fn times_told(&self, notice: &Notice) -> usize {
        self.notices.iter().filter(|n| *n == notice).count()
    }

    fn is_over(&self, i: u32) -> bool {
        self.time.node(id(i)).is_none_or(Node::is_over)
    }

    /// Runs until a condition holds.
    fn until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let patience = self.time.now() + PATIENCE_US;
        while !holds(self) {
            let ticks: Vec<u64> = self.players.values().map(|p| p.status.tick).collect();
            let now = self.time.now();
            assert!(now < patience, "{what}: not at {now} us, ticks {ticks:?}, notices {:?}", self.notices);
            let (players, notices) = (&mut self.players, &mut self.notices);
            let tell = |peer: PeerId, event| {
                let Some(player) = players.get_mut(&((peer.0 - 100) as u32)) else { return };
                match event {
                    Event::Status(status) => player.status = *status,
                    Event::Left => player.left = true,
                    Event::Notice(notice) => notices.push(notice),
                    Event::Refused(why) => panic!("refused: {why:?}"),
                    _ => {}
                }
            };
            self.time.step(tell).unwrap();
        }
    }

    fn ends_as_one_alone(&mut self) {
        let expected = alone(&self.scene, self.end_tick).unwrap();
        let end = self.end_tick;
        self.until("the end", |w| w.players.values().all(|p| p.status.digest.is_some_and(|d| d.0 == end)));
        for (i, peer) in &self.players {
            assert_eq!(peer.status.digest, Some((end, expected)), "P{i}; notices: {:?}", self.notices);
        }
    }
}

impl Player {
    fn computes(&self) -> bool {
        self.status.people.iter().any(|p| p.me && p.region.is_some_and(|r| !r.is_empty()))
    }
}

#[test]
fn joining_and_leaving_in_order_changes_nothing() {
    let mut world = World::new(600);
    world.until("a start", |w| w.players[&0].status.tick >= 20);
    world.join(1);
    world.until("P1 computes", |w| w.players[&1].computes());
    world.join(2);
    world.until("P2 computes", |w| w.players[&2].computes());
    assert!(world.players[&0].status.tick < 500, "joined at {}, too late to tell", world.players[&0].status.tick);
    world.time.request(id(1), Request::Leave);
    world.until("P1 has left", |w| w.players[&1].left && w.is_over(1));
    world.remove(1);
    world.ends_as_one_alone();
}

#[test]
fn the_host_leaves_in_order_and_the_others_go_on() {
    let mut world = World::new(500);
    world.join(1);
    world.join(2);
    world.until("all compute", |w| w.players.values().all(Player::computes));
    world.time.request(id(0), Request::Leave);
    world.until("the host has left", |w| w.players[&0].left && w.is_over(0));
    world.remove(0);
    world.ends_as_one_alone();
}

#[test]
fn a_peer_that_vanishes_costs_time_and_nothing_else() {
    let mut world = World::new(500);
    world.join(1);
    world.join(2);
    world.until("all compute", |w| w.players.values().all(|p| p.computes() && p.status.tick >= 60));
    world.remove(2);
    world.ends_as_one_alone();
    let vanished = Notice::Announced(Announcement::Vanished(someone(2)));
    assert!(world.notices.contains(&vanished), "nobody was told: {:?}", world.notices);
}

#[test]
fn a_page_that_closes_says_so_at_once() {
    let mut world = World::new(500);
    world.join(1);
    world.until("both compute", |w| w.players.values().all(|p| p.computes() && p.status.tick >= 60));
    let began = world.time.now();
    world.time.close(id(1));
    world.until("P1 is over", |w| w.is_over(1) && w.time.now() > began + 50_000);
    world.remove(1);
    world.ends_as_one_alone();
    assert_eq!(world.times_told(&left(1)), 1, "{:?}", world.notices);
    assert!(world.time.now() < began + 5_000_000, "the goodbye was not heard: {} us", world.time.now() - began);
}

#[test]
fn a_host_whose_page_closes_is_told_of_as_having_left() {
    for others in [1, 2] {
        let mut world = World::new(500);
        (1..=others).for_each(|i| world.join(i));
        world.until("all compute", |w| w.players.values().all(|p| p.computes() && p.status.tick >= 60));
        world.time.close(id(0));
        let began = world.time.now();
        world.until("P0 is over", |w| w.is_over(0) && w.time.now() > began + 50_000);
        world.remove(0);
        world.ends_as_one_alone();
        assert_eq!(world.times_told(&left(0)), others as usize, "of {others}: {:?}", world.notices);
        let cut_off = |n: &Notice| matches!(n, Notice::Announced(Announcement::CutOff(_)));
        assert!(!world.notices.iter().any(cut_off), "{:?}", world.notices);
    }
}

const POOL: &str = r#"(
    title: "pool",
    world: (width: 640, height: 64),
    gravity: (0, -66),
    terrain: [(x0: 0, y0: 0, x1: 640, y1: 4)],
    blocks: [(x0: 0, y0: 4, x1: 640, y1: 12)],
)"#;

/// How wide everybody's strip is, as the first one sees it.
fn widths(world: &World) -> Vec<i32> {
    let people = &world.players[&0].status.people;
    people.iter().filter_map(|p| p.region).map(|r| r.width()).collect()
}

#[test]
fn strips_follow_speed_from_the_start_and_as_it_turns_out() {
    let slow = Cost { job_us: 20, tick_us: 0, million_us: 1_000_000 };
    let fast = Cost { million_us: slow.million_us / 10, ..slow };
    // First: the calibration says so. Second: it knows nothing, and the room finds out.
    for throughputs in [[10_000_000, 1_000_000], [0, 0]] {
        let mut world = World { scene: parse("pool.ron", POOL).unwrap(), end_tick: 2_000, ..World::empty() };
        world.join_as(0, throughputs[0], fast);
        world.join_as(1, throughputs[1], slow);
        let about_ten = |w: &World| matches!(widths(w)[..], [a, b] if (7..=14).contains(&(a / b.max(1))));
        world.until("both compute", |w| widths(w).len() == 2);
        if throughputs[0] > 0 {
            assert!(about_ten(&world), "{:?}", widths(&world));
        }
        world.until("strips are about 10 : 1", about_ten);
        assert!(world.players[&0].status.tick < 1_500, "at {}", world.players[&0].status.tick);
    }
}

/// Two equal devices, of which one lends a half: the room finds out, as it does with a slow device, and the digest
/// is what it always is.
#[test]
fn half_a_device_is_given_half_as_much() {
    let cost = Cost { job_us: 20, tick_us: 0, million_us: 1_000_000 };
    let mut world = World { scene: parse("pool.ron", POOL).unwrap(), end_tick: 400, ..World::empty() };
    world.join_as(0, 0, cost);
    world.join_as(1, 0, cost);
    world.time.share(id(1), Share::new(50));
    let about_two = |w: &World| matches!(widths(w)[..], [a, b] if (17..=24).contains(&(10 * a / b.max(1))));
    world.until("strips are about 2 : 1", about_two);
    // And it stays so.
    let tick = world.players[&0].status.tick;
    assert!(tick < 300, "at {tick}");
    world.until("a while later", |w| w.players[&0].status.tick >= tick + 60);
    assert!(about_two(&world), "{:?}", widths(&world));
    let tick_us: Vec<u32> = world.players[&0].status.people.iter().map(|p| p.tick_us).collect();
    assert!(tick_us[0].abs_diff(tick_us[1]) < tick_us[0] / 2, "the time of a tick has the rest in it: {tick_us:?}");
    world.ends_as_one_alone();
}
