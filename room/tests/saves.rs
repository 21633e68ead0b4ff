//! Saving, and going on from a save: by any member, under any faults, with the digest of one machine that
//! was never interrupted.

mod common;

use common::{Net, World, config, profile};
use room::api::{Config, Pace, PeerId, Profile, Request};
use room::notice::{Announcement, Notice, OpenFailure};
use room::save::{self, SaveError};
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Stub;
use std::sync::OnceLock;

const END: u64 = 201;
const WATCHER: PeerId = PeerId(9);

/// With commands and a source after the save, whose randomness hangs on the tick.
fn scene() -> Scene {
    let dab = |x: i32, y: i32, radius: i32| Stroke { from: [x, y], to: [x + 9, y], radius };
    let fountain = Emitter { rect: Rect::new(30, 40, 34, 42), velocity: [300, 0], material: 0, until: 170 };
    Scene {
        title: "to be saved".into(),
        world: WorldSize::new(192, 64).unwrap(),
        gravity: [0, -4],
        terrain: vec![Rect::new(90, 0, 100, 6)],
        blocks: vec![Block::water(Rect::new(4, 4, 54, 34)), Block::water(Rect::new(110, 30, 170, 60))],
        commands: vec![
            (3, Command::Pour { stroke: dab(62, 40, 4), material: 0, velocity: [100, 0] }),
            (5, Command::Emit(fountain)),
            (8, Command::Wall { stroke: dab(94, 20, 3), solid: true }),
            (130, Command::Explode { at: [128, 20], radius: 20, speed: 3000 }),
            (150, Command::Fill { rect: Rect::new(56, 10, 72, 14), material: 0 }),
        ],
    }
}

fn other_scene() -> Scene {
    Scene { world: WorldSize::new(128, 32).unwrap(), blocks: vec![], terrain: vec![], commands: vec![], ..scene() }
}

fn net(seed: u64) -> Net {
    Net { latency_us: 5_000, jitter_us: 15_000, compute_us: 3_000, seed, ..Net::default() }
}

fn config_of(id: u128, scene: Option<&Scene>, wait_for: u32) -> Config {
    Config { end_tick: Some(END), wait_for, ..config(id, scene) }
}

fn watcher(id: PeerId) -> Config {
    Config { profile: Profile { lend: false, ..profile("W") }, ..config_of(id.0, None, 1) }
}

/// So many who compute, of a room that opens with a scene.
fn room(count: u128, scene: &Scene, wait_for: u32, seed: u64) -> World {
    let mut world = World::new(net(seed), Stub::boxed);
    world.join(config_of(1, Some(scene), wait_for));
    for id in 2..=count {
        world.join(config_of(id, None, wait_for));
    }
    world
}

fn alone() -> Digest {
    static ONCE: OnceLock<Digest> = OnceLock::new();
    *ONCE.get_or_init(|| room(1, &scene(), 1, 1).digest_at(END))
}

/// A save that tests may share.
fn sample() -> &'static [u8] {
    static ONCE: OnceLock<Vec<u8>> = OnceLock::new();
    ONCE.get_or_init(|| saved(5))
}

fn saved_by(world: &mut World, id: PeerId) -> Vec<u8> {
    let before = world.peers[&id].saved.len();
    world.ask(id, Request::Save);
    world.until("saved", 10, |w| w.peers[&id].saved.len() > before);
    world.peers[&id].saved.last().unwrap().clone()
}

/// A save of the middle of the run, by a watcher; the run itself is the same for it.
fn saved(seed: u64) -> Vec<u8> {
    let mut world = room(3, &scene(), 3, seed);
    world.join(watcher(WATCHER));
    world.until("some ticks", 20, |w| w.peers[&WATCHER].status.tick >= 60);
    let bytes = saved_by(&mut world, WATCHER);
    assert_eq!(world.digest_at(END), alone());
    bytes
}

fn opens(world: &mut World, id: PeerId, bytes: &[u8]) {
    world.ask(id, Request::Restore(bytes.to_vec()));
}

fn goes_on_from_a_save(notice: &Notice) -> bool {
    matches!(notice, Notice::Announced(Announcement::OpenedSave { .. }))
}

/// Until everyone has been in so many saved worlds.
fn until_opened(world: &mut World, times: u32) {
    world.until("the save is opened", 90, |w| w.peers.values().filter(|p| p.alive).all(|p| p.opened == times));
    let told = |p: &common::Peer| p.notices.iter().any(goes_on_from_a_save);
    world.until("words", 5, |w| w.peers.values().filter(|p| p.alive).all(told));
}

#[test]
fn any_number_goes_on_from_a_save_as_if_nothing_had_been() {
    let one = alone();
    for seed in 0..3 {
        let bytes = saved(seed);
        let tick = save::head(&bytes).unwrap().globals.tick;
        assert!((60..END - 20).contains(&tick), "tick {tick}");
        for count in [1, 2, 3] {
            // The room waits for one who never comes: what begins it is the save.
            let mut world = room(count, &other_scene(), count as u32 + 1, seed);
            let lend = |w: &World| w.peers[&PeerId(1)].status.people.len() == count as usize;
            world.until("all are in", 10, lend);
            opens(&mut world, PeerId(count), &bytes);
            assert_eq!(world.digest_at(END), one, "seed {seed}, {count} peers, from tick {tick}");
            world.run_for(1_000_000);
            let status = &world.peers[&PeerId(1)].status;
            assert_eq!(status.people.iter().filter(|p| p.region.is_some()).count(), count as usize, "{status:?}");
        }
    }
}

#[test]
fn a_running_room_goes_on_from_a_save_that_a_watcher_opens() {
    let (one, bytes) = (alone(), sample());
    for seed in 0..3 {
        let mut world = room(3, &scene(), 3, seed);
        world.join(watcher(WATCHER));
        assert_eq!(world.digest_at(END), one);
        // Twice, one after the other: it is no doubled message.
        for times in 1..=2 {
            world.peers.values_mut().for_each(|p| p.notices.clear());
            opens(&mut world, WATCHER, bytes);
            until_opened(&mut world, times);
            assert_eq!(world.digest_at(END), one, "seed {seed}");
        }
        // What was opened can be saved again.
        let again = save::decode(saved_by(&mut world, PeerId(2))).unwrap();
        assert_eq!((again.head().globals.tick, again.head().digest), (END, one));
        assert_eq!(again.head().scene, scene());
    }
}

#[test]
fn a_paused_world_is_saved_as_it_stands_alone_and_in_company() {
    for count in [1, 3] {
        let mut world = World::new(net(2), Stub::boxed);
        let real = |c: Config| Config { pace: Pace::RealTime, end_tick: None, ..c };
        world.join(real(config_of(1, Some(&scene()), count as u32)));
        for id in 2..=count {
            world.join(real(config_of(id, None, 1)));
        }
        world.join(real(watcher(WATCHER)));
        world.until("ticks", 20, |w| w.peers.values().all(|p| p.status.tick >= 30));
        world.ask(WATCHER, Request::Pause);
        world.run_for(1_500_000);
        for id in [WATCHER, PeerId(1)] {
            let bytes = saved_by(&mut world, id);
            let head = save::decode(bytes).unwrap().head().clone();
            let status = &world.peers[&id].status;
            assert!(status.paused);
            assert_eq!((head.globals.tick, Some((head.globals.tick, head.digest))), (status.tick, status.digest));
        }
        world.ask(PeerId(1), Request::Resume);
        let tick = world.peers[&PeerId(1)].status.tick;
        world.until("it goes on", 20, |w| w.peers.values().all(|p| p.status.tick >= tick + 30));
    }
}

#[test]
fn a_save_survives_those_who_hold_the_checkpoint() {
    let real = |c: Config| Config { pace: Pace::RealTime, end_tick: None, ..c };
    for seed in 0..6 {
        let mut world = World::new(net(seed), Stub::boxed);
        world.join(real(config_of(1, Some(&scene()), 3)));
        for id in 2..=3 {
            world.join(real(config_of(id, None, 1)));
        }
        world.join(real(watcher(WATCHER)));
        world.until("ticks", 20, |w| w.peers.values().all(|p| p.status.tick >= 30));
        world.ask(WATCHER, Request::Save);
        let wait = world.random(60_000);
        world.run_for(wait);
        world.vanish(PeerId(1 + u128::from(seed % 3)));
        world.until("saved all the same", 50, |w| !w.peers[&WATCHER].saved.is_empty());
        save::decode(world.peers[&WATCHER].saved[0].clone()).unwrap();
    }
}

/// A room of three over slow links and a watcher, who opens a save; then `act`, at some moment.
fn opened_while(seed: u64, after_us: u64, act: impl Fn(&mut World)) -> World {
    let mut world = room(3, &scene(), 3, seed);
    world.join(watcher(WATCHER));
    world.digest_at(END);
    for (a, b) in [(1, 2), (1, 3), (2, 3), (1, 9), (2, 9), (3, 9)] {
        world.limit(a, b, 100_000);
    }
    opens(&mut world, WATCHER, sample());
    world.run_for(after_us);
    act(&mut world);
    world
}

#[test]
fn whoever_goes_meanwhile_the_world_goes_on_from_the_save_or_says_why_not() {
    let one = alone();
    let (mut opened, mut refused) = (0, 0);
    for seed in 0..12 {
        let gone = [WATCHER, PeerId(1), PeerId(2), WATCHER][seed as usize % 4];
        let mut world = opened_while(seed, 8_000 + 150_000 * seed, |w| w.vanish(gone));
        let said = |w: &World, what: fn(&Notice) -> bool| {
            let leader = w.peers.values().filter(|p| p.alive && p.status.people.iter().any(|p| p.me && p.leader));
            leader.flat_map(|p| &p.notices).any(what)
        };
        let not_loaded = |n: &Notice| matches!(n, Notice::Announced(Announcement::SaveNotOpened { .. }));
        world.until("an answer", 90, |w| said(w, goes_on_from_a_save) || said(w, not_loaded));
        if said(&world, goes_on_from_a_save) {
            opened += 1;
            until_opened(&mut world, 1);
            assert_eq!(world.digest_at(END), one, "seed {seed}");
        } else {
            assert_eq!(gone, WATCHER, "seed {seed}: only the one who opened it takes it away");
            refused += 1;
        }
    }
    assert!(opened > 6 && refused > 0, "{opened} {refused}");
}

#[test]
fn another_scene_takes_precedence_and_says_so() {
    let world = &mut opened_while(3, 300_000, |w| w.ask(PeerId(2), Request::Load(other_scene())));
    let no = Announcement::SaveNotOpened { who: WATCHER, why: OpenFailure::AnotherScene };
    world.until("it is told why", 20, |w| w.peers[&WATCHER].heard(&no) > 0);
    world.run_for(5_000_000);
    let globals = world.peers[&WATCHER].globals.as_ref().unwrap();
    assert_eq!(globals.size(), other_scene().world);
}

#[test]
fn who_comes_later_and_who_is_lost_later_are_no_matter() {
    let one = alone();
    for seed in 0..4 {
        let mut world = room(2, &other_scene(), 3, seed);
        world.until("all are in", 10, |w| w.peers[&PeerId(1)].status.people.len() == 2);
        opens(&mut world, PeerId(1), sample());
        world.until("it began", 20, |w| w.peers[&PeerId(1)].status.tick > 0);
        world.join(config_of(5, None, 1));
        world.vanish(PeerId(1 + u128::from(seed % 2)));
        assert_eq!(world.digest_at(END), one, "seed {seed}");
    }
}

#[test]
fn files_that_are_no_saves_are_refused() {
    let good = sample().to_vec();
    let mut world = room(2, &other_scene(), 2, 1);
    world.until("ticks", 20, |w| w.peers[&PeerId(2)].status.tick >= 10);
    let mut damaged = good.clone();
    let last = damaged.len() - 9;
    damaged[last] ^= 4;
    for (bytes, why) in [
        (b"not a save".to_vec(), SaveError::Foreign),
        (good[..good.len() - 3].to_vec(), SaveError::Damaged),
        (damaged, SaveError::Damaged),
    ] {
        world.peers.values_mut().for_each(|p| p.notices.clear());
        opens(&mut world, PeerId(2), &bytes);
        world.until("it is told why", 5, |w| w.peers[&PeerId(2)].told(&Notice::CannotOpen { why }) > 0);
    }
    assert!(world.peers[&PeerId(1)].notices.is_empty(), "nobody else hears of it");
}
