//! Recordings: whoever keeps a checkpoint and followed the log since makes one, it is the room's own past bit for bit, and
//! a room of one plays it, as far as one likes and from wherever one likes.

mod common;

use common::{Net, World, config};
use room::api::{Config, Moment, Pace, PeerId, Playing, Request};
use room::notice::{Announcement, Notice, RecordFailure};
use room::save::recording::{self, Deed, Log, Sealed};
use room::save::{self, Save};
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Effect, Stroke};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Job, Load, StepJob};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Real;

const WATCHER: PeerId = PeerId(2);
const ALONE: PeerId = PeerId(9);

fn scene() -> Scene {
    Scene {
        title: "a basin".into(),
        world: WorldSize::new(96, 48).unwrap(),
        gravity: [0, -66],
        terrain: vec![Rect::new(0, 0, 96, 3)],
        blocks: vec![Block::water(Rect::new(4, 4, 20, 14))],
        commands: vec![(400, Command::Explode { at: [30, 6], radius: 10, speed: 5000 })],
    }
}

fn dab(x: i32) -> Stroke {
    Stroke::dab([x, 36], 2)
}

/// Two who compute, of whom the second one follows; for so many seconds both do and undo this and that.
fn room_of_two(seconds: u32) -> World {
    let net = Net { seed: 3, compute_us: 500, ..Net::default() };
    let mut world = World::new(net, Real::boxed);
    let found = Config { pace: Pace::RealTime, wait_for: 2, ..config(1, Some(&scene())) };
    world.join(found);
    world.join(Config { pace: Pace::RealTime, ..config(2, None) });
    world.until("start", 10, |w| w.peers.values().all(|p| p.status.tick >= 20));
    for second in 0..seconds as i32 {
        let who = PeerId(1 + second as u128 % 2);
        let x = 8 + second * 11 % 80;
        let acts = match second % 5 {
            0 | 1 => vec![Command::Begin, Command::Pour { stroke: dab(x), material: 0, velocity: [900, 0] }],
            2 => vec![Command::Begin, Command::Erase(Stroke { from: [4, 6], to: [x, 6], radius: 2 })],
            3 => vec![Command::Begin, Command::Wall { stroke: Stroke::dab([x, 20], 2), solid: true }],
            _ => vec![Command::Undo],
        };
        acts.into_iter().for_each(|act| world.ask(who, Request::Command(act)));
        world.run_for(1_000_000);
    }
    world
}

fn moments(world: &World, who: PeerId) -> Vec<Moment> {
    world.peers[&who].status.moments.clone()
}

fn record(world: &mut World, who: PeerId, from: Moment) -> Option<Vec<u8>> {
    world.ask(who, Request::Record { from: (from.epoch, from.step) });
    world.run_for(2_000_000);
    world.peers.get_mut(&who).unwrap().recorded.pop()
}

/// The ticks at which one machine alone has another digest than was told.
fn differences(save: &Save) -> Vec<u64> {
    let (head, log) = (save.head(), save.log().unwrap());
    let region = head.scene.world.rect();
    let mut backend = CpuBackend::new(Some(1));
    let mut globals = head.globals.clone();
    let load = Load { globals: globals.clone(), region, particles: save.particles(region) };
    backend.run_now(Job::Load(load)).unwrap();
    let (mut tick, mut wrong) = (globals.tick, Vec::new());
    while tick < log.end {
        let stop = log.next_stop(tick).min(tick + 4);
        let commands: Vec<Vec<Command>> = (tick..stop).map(|tick| log.commands_at(tick)).collect();
        commands.iter().for_each(|all| globals.pass_tick(all));
        let told = log.digest(stop);
        let job = StepJob { region, commands, digest: told.is_some(), ..StepJob::default() };
        let output = backend.run_now(Job::Step(job)).unwrap();
        tick = stop;
        if let Some(told) = told {
            let mut digest = globals.digest();
            digest.add(output.digest.unwrap());
            wrong.extend((digest != told).then_some(tick));
        }
    }
    wrong
}

/// A while of a room, from one who does not lead it: one machine alone computes the same, and what was changed in the
/// file shows where it first tells.
#[test]
fn what_a_room_did_is_computed_again_bit_for_bit() {
    let mut world = room_of_two(40);
    let first = moments(&world, WATCHER)[0];
    let bytes = record(&mut world, WATCHER, first).expect("who follows keeps it, too");
    let save = save::decode(bytes.clone()).unwrap();
    let log = save.log().unwrap();
    assert_eq!(save.head().globals.tick, first.tick);
    assert!(log.end - first.tick > 30 * 60, "{} ticks", log.end - first.tick);
    assert!(log.deeds.len() > 25 && log.digests.len() > 100, "{} {}", log.deeds.len(), log.digests.len());
    assert_eq!(differences(&save), [0; 0]);
    println!("{} bytes, {} deeds, {} digests", bytes.len(), log.deeds.len(), log.digests.len());
    // Another stroke than was made.
    let mut forged = (**log).clone();
    let place = forged.deeds.len() / 2;
    forged.deeds[place].commands[0].command = Command::Push { stroke: Stroke::dab([30, 5], 4), velocity: [3000, 0] };
    let at = forged.deeds[place].tick;
    let end = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize + 32;
    let forged = recording::encode(&bytes[32..end], &forged).unwrap();
    let wrong = differences(&save::decode(forged).unwrap());
    assert!(wrong[0] > at && wrong[0] <= at + 30, "{at}: {:?}", wrong.first());
}

#[test]
fn what_is_not_kept_here_is_told() {
    let mut world = room_of_two(12);
    let first = moments(&world, WATCHER)[0];
    let wrong = Moment { step: first.step + 1, ..first };
    assert!(record(&mut world, WATCHER, wrong).is_none());
    assert_eq!(world.peers[&WATCHER].told(&Notice::NotRecorded { why: RecordFailure::NotHere }), 1);
    // Nor does a recording play where others are.
    let bytes = record(&mut world, PeerId(1), first).unwrap();
    world.ask(PeerId(1), Request::Restore(bytes));
    world.run_for(1_000_000);
    assert_eq!(world.peers[&PeerId(1)].told(&Notice::PlaysAlone), 1);
    assert_eq!(world.peers[&PeerId(1)].opened, 0);
}

/// A room of one that opens this.
fn plays(bytes: Vec<u8>) -> World {
    let net = Net { compute_us: 500, ..Net::default() };
    let mut world = World::new(net, Real::boxed);
    let scene = save::head(&bytes).unwrap().scene;
    world.join(Config { pace: Pace::RealTime, superstep_ticks: 0, ..config(ALONE.0, Some(&scene)) });
    world.run_for(1_000_000);
    world.ask(ALONE, Request::Restore(bytes));
    world.until("it plays", 10, |w| w.peers[&ALONE].status.recording.is_some());
    world
}

fn playing(world: &World) -> Playing {
    world.peers[&ALONE].status.recording.expect("it plays")
}

fn is_over(world: &World) -> Option<(u64, Option<u64>)> {
    world.peers[&ALONE].notices.iter().rev().find_map(|notice| match notice {
        Notice::Announced(Announcement::RecordingOver { compared, differs }) => Some((*compared, *differs)),
        _ => None,
    })
}

fn recorded(seconds: u32) -> (Vec<u8>, Log) {
    let mut world = room_of_two(seconds);
    let first = moments(&world, WATCHER)[0];
    let bytes = record(&mut world, WATCHER, first).unwrap();
    let log = (**save::decode(bytes.clone()).unwrap().log().unwrap()).clone();
    (bytes, log)
}

#[test]
fn a_recording_plays_at_its_pace_is_paused_and_gone_through() {
    let (bytes, log) = recorded(20);
    let mut world = plays(bytes);
    let Playing { from, until, .. } = playing(&world);
    assert_eq!(until, log.end);
    // At the room's own pace.
    world.run_for(3_000_000);
    let tick = world.peers[&ALONE].status.tick;
    assert!((from + 100..from + 260).contains(&tick), "{from} {tick}");
    assert!(playing(&world).compared > 4 && playing(&world).differs.is_none());
    world.ask(ALONE, Request::Pause);
    world.run_for(1_000_000);
    let at = world.peers[&ALONE].status.tick;
    world.run_for(1_000_000);
    assert_eq!(world.peers[&ALONE].status.tick, at, "it is paused");
    // To a moment that is still to come, and to one that was, while it is paused.
    for target in [until - 200, from + 90] {
        let moment = moments(&world, ALONE).into_iter().rfind(|m| m.tick <= target).unwrap();
        let ticks = (target - moment.tick) as u32;
        world.ask(ALONE, Request::Rewind { to: (moment.epoch, moment.step), ticks });
        world.run_for(8_000_000);
        assert_eq!(world.peers[&ALONE].status.tick, target);
        let digest = world.peers[&ALONE].status.digest.unwrap();
        assert!(digest.0 == target && playing(&world).differs.is_none(), "{:?}", playing(&world));
    }
    world.ask(ALONE, Request::Resume);
    world.until("the end", 60, |w| is_over(w).is_some());
    let (compared, differs) = is_over(&world).unwrap();
    assert_eq!((compared, differs), (log.digests.len() as u64, None));
    // From there on it is a world like any other: what was recorded is its past, and who goes back into that goes on from
    // there, without what was done then.
    world.until("it goes on", 10, |w| w.peers[&ALONE].status.tick > until + 60);
    assert_eq!(world.peers[&ALONE].status.recording, None);
    let target = until - 150;
    let moment = moments(&world, ALONE).into_iter().rfind(|m| m.tick <= target).unwrap();
    assert!(moment.exact, "{moment:?}");
    let ticks = (target - moment.tick) as u32;
    world.ask(ALONE, Request::Pause);
    world.run_for(500_000);
    world.ask(ALONE, Request::Rewind { to: (moment.epoch, moment.step), ticks });
    world.run_for(5_000_000);
    let (tick, digest) = world.peers[&ALONE].status.digest.unwrap();
    assert_eq!((world.peers[&ALONE].status.tick, tick), (target, target));
    assert!(log.digest(target).is_none_or(|told| told == digest));
    world.ask(ALONE, Request::Resume);
    world.until("it goes on again", 60, |w| w.peers[&ALONE].status.tick > until + 30);
    assert_eq!(world.peers[&ALONE].status.recording, None);
    let over = |n: &&Notice| matches!(n, Notice::Announced(Announcement::RecordingOver { .. }));
    assert_eq!(world.peers[&ALONE].notices.iter().filter(over).count(), 1);
    // What came after the end is the room's own past.
    world.until("it goes on again", 10, |w| w.peers[&ALONE].status.tick > until + 120);
    world.ask(ALONE, Request::Pause);
    world.run_for(1_000_000);
    let moment = moments(&world, ALONE).into_iter().rfind(|m| m.tick <= until).unwrap();
    let ticks = (until + 60 - moment.tick) as u32;
    world.ask(ALONE, Request::Rewind { to: (moment.epoch, moment.step), ticks });
    world.run_for(8_000_000);
    assert_eq!(world.peers[&ALONE].status.tick, until + 60);
}

#[test]
fn whoever_does_something_leaves_the_recording() {
    let (bytes, _) = recorded(15);
    let mut world = plays(bytes);
    world.run_for(2_000_000);
    let pour = Command::Pour { stroke: dab(50), material: 0, velocity: [0, 0] };
    world.ask(ALONE, Request::Command(pour));
    world.run_for(500_000);
    let heard = |world: &World, what| world.peers[&ALONE].heard(&what);
    assert_eq!(heard(&world, Announcement::RecordingLeft), 1);
    assert_eq!(world.peers[&ALONE].status.recording, None);
    let before = world.peers[&ALONE].status.tick;
    world.run_for(2_000_000);
    assert!(world.peers[&ALONE].status.tick > before + 60 && is_over(&world).is_none());
}

#[test]
fn a_forged_recording_shows_the_first_tick_that_differs() {
    let (bytes, mut log) = recorded(12);
    let place = log.digests.len() / 2;
    log.digests[place].1 = Digest::default();
    let end = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize + 32;
    let mut world = plays(recording::encode(&bytes[32..end], &log).unwrap());
    let from = playing(&world).from;
    world.until("the end", 60, |w| is_over(w).is_some());
    let at = log.digests[place].0 - from;
    assert_eq!(is_over(&world), Some((log.digests.len() as u64 - 1, Some(at))));
}

/// A recording of a large world without anything but this ground, in which so many cells are filled at these ticks.
fn filled(terrain: Vec<Rect>, rows: i32, ticks: &[u64]) -> Vec<u8> {
    let world = WorldSize::new(4096, 512).unwrap();
    let (blocks, commands) = (Vec::new(), Vec::new());
    let scene = Scene { title: String::new(), world, gravity: [0, -66], terrain, blocks, commands };
    let save = Save::of(&scene, &scene.globals(), &[(256, Vec::new())]).unwrap();
    let pour = |k| {
        let area = Area::Box(Rect::new(256 * k, 0, 256 * (k + 1), rows));
        let command = Command::Apply { area, effect: Effect::Pour { material: 0, velocity: [0, 0] } };
        Sealed { author: None, offset: 0, command }
    };
    let commands: Vec<Sealed> = (0..16).map(pour).collect();
    let deed = |&tick| Deed { tick, ticks: 1, commands: commands.clone() };
    let deeds = ticks.iter().map(deed).collect();
    recording::encode(&save, &Log { end: 120, deeds, digests: Vec::new() }).unwrap()
}

/// What no room can have done ends a recording before it, and the world goes on.
#[test]
fn what_fits_in_no_room_ends_the_recording() {
    let mut world = plays(filled(Vec::new(), 255, &[20]));
    let full = Announcement::RoomIsFull { particles_max: 4_000_000 };
    world.until("it is full", 30, |w| w.peers[&ALONE].heard(&full) > 0);
    world.until("it goes on", 30, |w| w.peers[&ALONE].status.tick > 60);
    assert_eq!(world.peers[&ALONE].status.recording, None);
    assert_eq!(world.peers[&ALONE].heard(&full), 1);
    assert!(world.peers[&ALONE].status.particles == 0 && is_over(&world).is_none());
}

/// In ground nothing comes of what is poured: once that is counted, more fits.
#[test]
fn a_recording_waits_for_what_there_is_to_be_counted() {
    let ground = vec![Rect::new(0, 0, 4096, 512)];
    let mut world = plays(filled(ground, 240, &[20, 21, 22, 50]));
    assert_eq!(playing(&world).until, 120);
    world.until("the end", 60, |w| is_over(w).is_some());
}

/// The recording is on the machine that opened it, and nowhere else.
#[test]
fn a_recording_ends_where_another_leads() {
    let (bytes, _) = recorded(20);
    let mut world = plays(bytes);
    world.join(Config { pace: Pace::RealTime, ..config(WATCHER.0, None) });
    world.run_for(5_000_000);
    assert!(world.peers[&ALONE].status.recording.is_some() && is_over(&world).is_none());
    world.ask(ALONE, Request::Leave);
    world.run_for(3_000_000);
    assert_eq!(world.peers[&WATCHER].heard(&Announcement::RecordingLeft), 1);
    let before = world.peers[&WATCHER].status.tick;
    world.run_for(2_000_000);
    assert!(world.peers[&WATCHER].status.tick > before + 60);
}
