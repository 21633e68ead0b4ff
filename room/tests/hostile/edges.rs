//! Numbers at the end of what they may be: ticks, coordinates, worlds.

use crate::common::{World, config, goes_on, scene};
use crate::{Before, PeerId, WATCHER, heard, is_true, lineage, next, refused, room, say, term, unharmed};
use room::api::{Channel, Config, Pace, Request};
use room::notice::{Announcement, Notice};
use room::save::{self, Save};
use room::wire::entry::{CheckpointId, Origin, Segment};
use room::wire::heartbeat::{self, Heartbeat};
use room::wire::player::{self, Control};
use room::wire::{Msg, checkpoint, clock, decode, encode, view};
use sim_kernels::area::{Area, Run};
use sim_kernels::command::{Command, Effect, Emitter, Paste, Stroke};
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::TICK_MAX;
use sim_kernels::particle::Particle;
use sim_kernels::scene::{Block, Scene};

const LEADER: PeerId = PeerId(1);

/// The leader is gone without a word, and the others go on.
#[track_caller]
fn outlives_its_leader(world: &mut World) {
    world.vanish(LEADER);
    world.run_for(8_000_000);
    goes_on(world);
}

/// A newcomer gets in, and the room goes on with it.
#[track_caller]
fn takes_a_newcomer(world: &mut World, id: u128) {
    world.join(Config { pace: Pace::RealTime, ..config(id, None) });
    let limit = world.now() + 10_000_000;
    while world.peers[&PeerId(id)].status.tick == 0 && world.now() < limit {
        world.run_for(100_000);
    }
    assert!(world.peers[&PeerId(id)].status.tick > 0, "a newcomer is in: {}", world.peers[&LEADER].room.portrait());
}

/// The cost of a scene's commands within some ticks is reckoned when it is read, whoever says it.
#[test]
fn a_scenes_commands_at_the_last_tick_there_is_panic_nobody() {
    let mut world = room(221);
    for ticks in [&[u64::MAX][..], &[0, u64::MAX], &[u64::MAX - 15, u64::MAX], &[0, 1, u64::MAX - 16, u64::MAX]] {
        let mut late = scene(128);
        late.commands = ticks.iter().map(|&tick| (tick, Command::Clear)).collect();
        let load = Control::Load(Box::new(late.clone()));
        say(&mut world, WATCHER, Channel::Log, player::Message::Control(load), &[]);
        let (lineage, term, from) = (lineage(&world), term(&world), next(&world));
        let origin = Some(Origin::Scene(Box::new(late)));
        let segments = vec![(term, Segment { step: from, origin, ..Segment::default() })];
        let log =
            Heartbeat { lineage, parent: lineage, term, from, segments, before_term: term, ..Heartbeat::default() };
        say(&mut world, PeerId(3), Channel::Log, heartbeat::Message::Heartbeat(Box::new(log)), &[]);
        world.run_for(500_000);
    }
    world.run_for(3_000_000);
    goes_on(&mut world);
}

/// Of every kind of command, with every number at its end.
#[test]
fn commands_at_the_ends_of_all_numbers_are_not_done() {
    let mut world = room(222);
    let before = Before::of(&world);
    let ends = [i32::MIN, i32::MIN + 1, -1, 0, 128, i32::MAX - 1, i32::MAX];
    let mut all = Vec::new();
    for a in ends {
        for b in ends {
            let stroke = Stroke { from: [a, b], to: [b, a], radius: a };
            let rect = Rect { x0: a, y0: b, x1: b, y1: a };
            all.push(Command::Pour { stroke, material: u8::MAX, velocity: [a, b] });
            all.push(Command::Pour { stroke: Stroke { radius: 4, ..stroke }, material: 0, velocity: [0, 0] });
            all.push(Command::Erase(Stroke { radius: b, ..stroke }));
            all.push(Command::Wall { stroke, solid: true });
            all.push(Command::Push { stroke: Stroke { from: [4, 4], to: [a, b], radius: 1 }, velocity: [a, b] });
            all.push(Command::Explode { at: [a, b], radius: b, speed: a });
            all.push(Command::Gravity([a, b | 1 << 20]));
            all.push(Command::Emit(Emitter { rect, velocity: [a, b], material: 0, until: u64::MAX }));
            all.push(Command::Drain { rect, until: u64::MAX });
            all.push(Command::Fill { rect, material: 0 });
            all.push(Command::Swirl { at: [a, b], radius: b, speed: a });
            all.push(Command::Grab { at: [a, b], radius: b, only: None });
            all.push(Command::Grab { at: [4, 4], radius: a, only: Some(0) });
            all.push(Command::Grab { at: [4, a | 1 << 20], radius: 4, only: None });
            all.push(Command::Grab { at: [4, 4], radius: 4, only: Some(b as u8 | 128) });
            let (name, near) = (Digest([a as u32; 4]), [4, 4]);
            let paste = Paste { stamp: name, at: near, size: [3, 2], particles: 12, turns: 0, mirrored: false };
            all.push(Command::Paste(Paste { at: [a, b], ..paste }));
            all.push(Command::Paste(Paste { size: [a, b], ..paste }));
            all.push(Command::Paste(Paste { particles: a as u32, turns: b as u8, ..paste }));
            let [total, from] = [a as u32, b as u32];
            all.push(Command::Bring { stamp: name, total, from, part: vec![1; 9] });
            all.push(Command::Bring { stamp: name, total, from: 0, part: Vec::new() });
            for area in [Area::Round(stroke), Area::Square(Stroke { radius: 4, ..stroke }), Area::Box(rect)] {
                all.push(Command::Apply { area, effect: Effect::Erase });
            }
            let run = Run { y: a as u16, x: b as u16, cells: a as u16 };
            let area = Area::Cells(vec![run, Run { cells: 1, ..run }]);
            all.push(Command::Apply { area: area.clone(), effect: Effect::Warm { by: b } });
            let ([from, to], near) = ([a as u8, b as u8], Area::Box(Rect::new(4, 4, 5, 5)));
            all.push(Command::Apply { area: near.clone(), effect: Effect::Replace { from, to } });
            all.push(Command::Apply { area: near.clone(), effect: Effect::Take { material: from } });
            all.push(Command::Apply { area: near, effect: Effect::Pour { material: to, velocity: [a, b] } });
        }
    }
    // More than one may name, each of them near enough.
    let comb = (0..1025u16).map(|i| [i % 64 * 2, i / 64]);
    all.push(Command::Apply { area: comb.collect(), effect: Effect::Erase });
    let much = (0..64u16).flat_map(|y| (0..65).map(move |x| [x, y]));
    all.push(Command::Apply { area: much.collect(), effect: Effect::Erase });
    all.push(Command::Apply { area: Area::Cells(Vec::new()), effect: Effect::Erase });
    // Those that are within the limits would do something.
    let size = WorldSize::new(128, 64).unwrap();
    all.retain(|c| !c.is_valid(size));
    assert!(all.len() > 300);
    for (at, list) in all.chunks(100).enumerate() {
        let list = list.iter().enumerate().map(|(i, c)| ((100 * at + i + 1) as u64, c.clone())).collect();
        say(&mut world, WATCHER, Channel::Log, player::Message::Commands { epoch: 2, list }, &[]);
        for command in &all[100 * at..(100 * at + 100).min(all.len())] {
            let mut scene = scene(128);
            scene.commands = vec![(0, command.clone())];
            let load = Control::Load(Box::new(scene));
            let bytes = encode(&player::Message::Control(load).into(), &[]);
            assert!(decode(&bytes).is_err(), "{command:?}");
        }
        world.run_for(300_000);
    }
    for region in ends.into_iter().flat_map(|a| ends.map(|b| Rect { x0: a, y0: b, x1: b, y1: a })) {
        let tiles = view::Message::Tiles { epoch: 2, tick: u64::MAX, id: u32::MAX, region };
        say(&mut world, PeerId(3), Channel::View, tiles, &[]);
        let tick = world.peers[&LEADER].status.tick;
        say(&mut world, PeerId(3), Channel::View, view::Message::Tiles { epoch: 2, tick, id: 0, region }, &[]);
    }
    unharmed(&mut world, &before);
    is_true(&world);
}

/// As many fountains and drains as a world may have, for ever: the room goes on, also where it must go back.
#[test]
fn fountains_and_drains_for_ever_fill_no_room() {
    let mut world = room(223);
    for seq in 0..70 {
        let rect = Rect::new(0, 0, 4, 4);
        let fountain = Emitter { rect, velocity: [16384, -16384], material: 0, until: u64::MAX };
        let list = [Command::Emit(fountain), Command::Drain { rect: Rect::new(0, 0, 128, 64), until: u64::MAX }];
        let list = list.into_iter().zip(2 * seq + 1..).map(|(c, n)| (n, c)).collect();
        say(&mut world, WATCHER, Channel::Log, player::Message::Commands { epoch: 2, list }, &[]);
        world.run_for(20_000);
    }
    world.run_for(8_000_000);
    assert!(world.peers[&LEADER].status.particles <= 4_000_000);
    takes_a_newcomer(&mut world, 5);
    outlives_its_leader(&mut world);
}

#[test]
fn a_leaders_clock_at_both_ends_of_time() {
    let mut world = room(224);
    let before = Before::of(&world);
    for i in 0..60u64 {
        for to in [2, 3, 4] {
            let now = world.peers[&PeerId(to)].clock.shows(world.now());
            for sent in [0, now, now - 1, now + 1, u64::MAX] {
                let leader = [u64::MAX, 0, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX - 1][i as usize % 5];
                let pong = encode(&clock::Message::Pong { sent, leader }.into(), &[]);
                world.forge(PeerId(to), LEADER, Channel::Log, pong);
            }
        }
        world.run_for(50_000);
    }
    world.run_for(20_000_000);
    unharmed(&mut world, &before);
    is_true(&world);
}

/// A save of this scene, with the particles of its own beginning, at a tick.
fn save_at(scene: &Scene, tick: u64, strips: &[(u16, Vec<Particle>)]) -> Vec<u8> {
    let mut globals = scene.globals();
    globals.tick = tick;
    Save::of(scene, &globals, strips).unwrap()
}

/// Beyond the last tick nobody could be welcomed, and no checkpoint gone back to.
#[test]
fn a_save_of_the_last_ticks_is_not_opened_and_one_of_years_is() {
    let mut world = room(225);
    let before = Before::of(&world);
    let scene = scene(128);
    let water = scene.particles(scene.world.rect());
    let years = save_at(&scene, TICK_MAX / 2 - 1, &[(8, water)]);
    for tick in [TICK_MAX / 2, TICK_MAX - 1, TICK_MAX, u64::MAX] {
        let mut head = Box::new(save::head(&years).unwrap());
        head.globals.tick = tick;
        let save = checkpoint::Message::Save { wish: tick, by: WATCHER, head };
        say(&mut world, WATCHER, Channel::Bulk, save, &[]);
        world.run_for(100_000);
    }
    assert_eq!(refused(&world, 1), 4);
    assert_eq!(Before::of(&world), before);
    world.ask(WATCHER, Request::Restore(years));
    world.until("opened", 40, |w| w.peers[&PeerId(3)].opened > 0);
    world.run_for(3_000_000);
    takes_a_newcomer(&mut world, 5);
    outlives_its_leader(&mut world);
}

/// Saves that are whole and as small, as large, and as empty as one may be.
#[test]
fn degenerate_saves_open_and_the_room_goes_on() {
    let mut world = room(228);
    let wide = Scene { world: WorldSize::new(4096, 1024).unwrap(), blocks: vec![], ..scene(128) };
    let tiny = Scene { world: WorldSize::new(16, 16).unwrap(), blocks: vec![], ..scene(128) };
    let mut late = scene(128);
    late.commands = vec![(u64::MAX, Command::Clear)];
    let many: Vec<(u16, Vec<Particle>)> = (1..=64).map(|to| (to * 4, Vec::new())).collect();
    let empty = |to: u16| vec![(to, Vec::new())];
    for (scene, strips) in [(wide.clone(), empty(256)), (wide, many), (tiny, empty(1)), (late, empty(8))] {
        let bytes = save_at(&scene, 7, &strips);
        assert!(save::head(&bytes).is_ok());
        let opened = world.peers[&PeerId(3)].opened;
        world.ask(WATCHER, Request::Restore(bytes));
        world.until("opened", 40, |w| w.peers[&PeerId(3)].opened > opened);
        world.run_for(2_000_000);
        let tick = world.peers[&PeerId(3)].status.tick;
        world.run_for(1_000_000);
        assert!(world.peers[&PeerId(3)].status.tick > tick, "{:?}", scene.world);
    }
    takes_a_newcomer(&mut world, 5);
    goes_on(&mut world);
}

/// The largest scene in every list, and the smallest world, again and again.
#[test]
fn the_largest_and_the_smallest_scenes() {
    let mut world = room(229);
    let size = WorldSize::new(4096, 1024).unwrap();
    let thin = Rect::new(4095, 1023, 4096, 1024);
    let emitter = Emitter { rect: thin, velocity: [-16384; 2], material: 0, until: u64::MAX };
    let largest = Scene {
        title: "x".repeat(80),
        world: size,
        gravity: [512, -512],
        terrain: vec![thin; 1024],
        blocks: vec![Block::water(thin); 1024],
        commands: vec![(u64::MAX / 2, Command::Emit(emitter)); 1024],
    };
    let smallest = Scene { world: WorldSize::new(16, 16).unwrap(), blocks: vec![], ..scene(128) };
    for i in 0..6 {
        let scene = if i % 2 == 0 { largest.clone() } else { smallest.clone() };
        assert_eq!(scene.problem(), None);
        let load = Control::Load(Box::new(scene));
        say(&mut world, WATCHER, Channel::Log, player::Message::Control(load), &[]);
        world.run_for(1_100_000);
    }
    world.run_for(3_000_000);
    takes_a_newcomer(&mut world, 5);
    outlives_its_leader(&mut world);
}

/// Checkpoints of the last epoch and step, said to be held, when a strip is lost.
#[test]
fn checkpoints_that_never_were_are_no_reason_to_go_nowhere() {
    let mut world = room(230);
    for p in [PeerId(2), PeerId(3)] {
        world.vanish(p);
    }
    for i in 0..400u64 {
        let (lineage, term) = (lineage(&world), term(&world));
        let known = next(&world);
        let checkpoints = [(2, u64::MAX), (2, (1 << 48) - 1), (u32::MAX, u64::MAX), (2, known)];
        let checkpoints = checkpoints.map(|(epoch, step)| CheckpointId { epoch, step }).to_vec();
        let report = heartbeat::Report { lineage, term, since: i, known, checkpoints, ..Default::default() };
        let bytes = encode(&Msg::from(heartbeat::Message::Report(Box::new(report))), &[]);
        world.forge(LEADER, WATCHER, Channel::Log, bytes);
        world.run_for(50_000);
    }
    goes_on(&mut world);
}

/// Fountains stand, and cost every device some time in each tick, also where they rest because the room is full: so their
/// cells are bounded all together.
#[test]
fn as_many_of_the_largest_fountains_as_there_may_be_take_a_part_of_a_tick() {
    let mut world = room(228);
    for seq in 1..=64 {
        let rect = Rect::new(0, 0, 64, 64);
        let fountain = Emitter { rect, velocity: [0, 0], material: 0, until: u64::MAX };
        let list = vec![(seq, Command::Emit(fountain))];
        say(&mut world, WATCHER, Channel::Log, player::Message::Commands { epoch: 2, list }, &[]);
        world.run_for(20_000);
    }
    world.run_for(2_000_000);
    let emitters = &world.peers[&LEADER].globals.as_ref().expect("there is a world").emitters;
    let cells: usize = emitters.iter().map(|e| e.rect.area()).sum();
    assert_eq!(cells, 8192, "{} fountains", emitters.len());
    let told = |n: &Notice| matches!(n, Notice::Announced(Announcement::TooManyFountains { .. }));
    assert!((1..4).contains(&heard(&world, 2, told)));
    goes_on(&mut world);
}
