//! Peers that vanish, stall or fail, new scenes, the stopped clock, and bytes from an enemy.

mod common;

use common::{Net, World, alive_at, config, founder, goes_on, scene, seeds, someone, three};
use room::api::{Channel, Config, Event, Pace, PeerId, Request, Tempo};
use room::notice::{Announcement, BackendError};
use room::wire::{Msg, decode, raft};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::job::{Job, JobOutput};
use simulate::kernel::{Kernel, Stub};
use std::collections::BTreeMap;

#[test]
fn a_vanished_member_costs_nothing_and_is_named() {
    for seed in 0..4 {
        let mut world = three(seed, Pace::RealTime);
        world.run_for(7_000_000);
        let before = world.peers[&PeerId(3)].status.tick;
        world.vanish(PeerId(2));
        world.run_for(1_500_000);
        let ticks = world.peers[&PeerId(3)].status.tick - before;
        assert!(ticks > 60, "its stand-in goes on at once: {ticks} ticks in 1.5 s");
        world.until("named", 10, |w| {
            w.peers.values().filter(|p| p.alive).all(|p| p.heard(&Announcement::Vanished(someone(2))) > 0)
        });
        assert!(world.peers.values().all(|p| !p.lost_ticks()), "nothing was lost");
        goes_on(&mut world);
        world.until("two regions", 10, |w| {
            w.peers[&PeerId(3)].status.people.iter().filter(|p| p.region.is_some()).count() == 2
        });
    }
}

#[test]
fn a_vanished_leader_is_followed_by_another() {
    for seed in 0..4 {
        let mut world = three(seed, Pace::RealTime);
        world.run_for(7_000_000);
        let before = world.peers[&PeerId(3)].status.tick;
        world.vanish(PeerId(1));
        world.run_for(2_000_000);
        let ticks = world.peers[&PeerId(3)].status.tick - before;
        assert!(ticks > 60, "long before its silence is final: {ticks} ticks in 2 s");
        world.until("named", 10, |w| {
            w.peers.values().filter(|p| p.alive).all(|p| p.heard(&Announcement::Vanished(someone(1))) > 0)
        });
        assert!(world.peers.values().all(|p| !p.lost_ticks()), "nothing was lost");
        goes_on(&mut world);
    }
}

/// What a member slept through is not its leader's silence, whoever is heard first then.
#[test]
fn whoever_was_asleep_stands_for_no_election() {
    for seed in 210..218 {
        let mut world = three(seed, Pace::RealTime);
        let sleeper = PeerId(3);
        world.peers.get_mut(&sleeper).unwrap().said.clear();
        world.freeze(sleeper, 400_000);
        world.run_for(500_000);
        let stands = |bytes: &[u8]| matches!(decode(bytes), Ok((Msg::Raft(raft::Message::RequestVote { .. }), _)));
        let said = &world.peers[&sleeper].said;
        assert!(!said.is_empty() && !said.iter().any(|(_, bytes)| stands(bytes)), "seed {seed}");
    }
}

#[test]
fn the_last_one_plays_on_from_its_own_checkpoint() {
    let mut world = three(3, Pace::RealTime);
    world.run_for(7_000_000);
    world.vanish(PeerId(1));
    world.vanish(PeerId(2));
    world.run_for(6_000_000);
    goes_on(&mut world);
    assert_eq!(world.peers[&PeerId(3)].status.people.len(), 1);
    assert!(world.peers[&PeerId(3)].status.particles > 1000);
}

#[test]
fn a_digest_after_a_vanish_is_that_of_one_machine() {
    // No player's commands, so that the log after the reset says the same as one machine's.
    let end = Some(1200);
    let run = |peers: u32, seed: u64| {
        let net = Net { latency_us: 4_000, jitter_us: 8_000, compute_us: 1_000, seed, ..Net::default() };
        let mut world = World::new(net, Stub::boxed);
        world.join(Config { pace: Pace::RealTime, end_tick: end, ..founder(peers) });
        for id in 2..=u128::from(peers) {
            world.join(Config { pace: Pace::RealTime, end_tick: end, ..config(id, None) });
        }
        if peers > 1 {
            world.until("runs", 20, |w| alive_at(w, 400));
            world.vanish(PeerId(u128::from(peers) - seed as u128 % 2));
        }
        world.digest_at(1200)
    };
    let one = run(1, 0);
    assert_eq!(run(3, 0), one);
    assert_eq!(run(3, 1), one);
}

#[test]
fn real_time_is_kept_and_an_overloaded_room_slows_evenly() {
    let mut world = three(1, Pace::RealTime);
    let before = world.peers[&PeerId(1)].status.tick;
    world.run_for(10_000_000);
    let ticks = world.peers[&PeerId(1)].status.tick - before;
    assert!((590..=606).contains(&ticks), "{ticks} ticks in 10 s");
    assert!((97..=103).contains(&world.peers[&PeerId(2)].status.speed_percent));
    // 66 ms for two ticks: half of real time. Others stand in, and the room does not feel it.
    world.peers.get_mut(&PeerId(3)).unwrap().slow = 33;
    world.run_for(5_000_000);
    let before = world.peers[&PeerId(1)].status.tick;
    world.run_for(10_000_000);
    let ticks = world.peers[&PeerId(1)].status.tick - before;
    assert!((560..=606).contains(&ticks), "{ticks} ticks in 10 s with one slow device");
    // All of them.
    world.peers.values_mut().for_each(|p| p.slow = 33);
    world.run_for(10_000_000);
    world.run_for(10_000_000);
    let percent = world.peers[&PeerId(2)].status.speed_percent;
    assert!((38..=51).contains(&percent), "{percent} %");
    assert!(world.peers.values().all(|p| !p.lost_ticks()));
    world.peers.values_mut().for_each(|p| p.slow = 1);
    world.run_for(4_000_000);
    let percent = world.peers[&PeerId(2)].status.speed_percent;
    assert!((97..=103).contains(&percent), "{percent} %: the stall is not chased");
}

#[test]
fn pause_step_and_resume() {
    let mut world = three(2, Pace::RealTime);
    world.ask(PeerId(2), Request::Pause);
    world.run_for(1_000_000);
    let tick = world.peers[&PeerId(3)].status.tick;
    assert!(world.peers.values().all(|p| p.status.paused && p.status.tick == tick));
    world.run_for(2_000_000);
    assert_eq!(world.peers[&PeerId(3)].status.tick, tick);
    for _ in 0..3 {
        world.ask(PeerId(3), Request::Step);
    }
    world.run_for(1_000_000);
    assert!(world.peers.values().all(|p| p.status.tick == tick + 3));
    world.digest_at(tick + 3);
    // Joining and leaving work while the clock stands.
    world.join(Config { pace: Pace::RealTime, ..config(4, None) });
    world.until("4 computes", 10, |w| {
        w.peers[&PeerId(1)].status.people.iter().any(|p| p.id == PeerId(4) && p.region.is_some())
    });
    world.ask(PeerId(2), Request::Leave);
    world.until("2 left", 10, |w| w.peers[&PeerId(2)].left);
    assert_eq!(world.peers[&PeerId(1)].status.tick, tick + 3);
    world.ask(PeerId(3), Request::Resume);
    goes_on(&mut world);
}

/// Ticks in so many seconds, and what the room says of its pace.
fn pace(world: &mut World, seconds: u64) -> (u64, u32) {
    let before = world.peers[&PeerId(1)].status.tick;
    world.run_for(seconds * 1_000_000);
    let status = &world.peers[&PeerId(1)].status;
    (status.tick - before, status.speed_percent)
}

/// Slow motion changes when ticks are computed, and no bit of what they compute.
#[test]
fn every_tempo_is_kept_and_has_the_digest_of_full_speed() {
    let end = 900;
    let real = |c: Config| Config { pace: Pace::RealTime, end_tick: Some(end), ..c };
    let run = |tempos: &[Tempo]| {
        let net = Net { latency_us: 4_000, jitter_us: 8_000, compute_us: 1_000, seed: 12, ..Net::default() };
        let mut world = World::new(net, Stub::boxed);
        world.join(real(founder(2)));
        world.join(real(config(2, None)));
        world.until("runs", 20, |w| alive_at(w, 60));
        for &tempo in tempos {
            world.ask(PeerId(2), Request::Tempo(tempo));
            world.run_for(1_000_000);
            let (ticks, percent) = pace(&mut world, 3);
            let due = 3 * tempo.ticks_a_second();
            assert!(ticks.abs_diff(due) <= 4, "{ticks} ticks in 3 s where {tempo:?} has {due}");
            assert!(percent.abs_diff(tempo.percent()) <= 5, "{percent} % at {tempo:?}");
            assert!(world.peers.values().all(|p| p.status.tempo == tempo), "everyone knows");
        }
        let digest = world.digest_at(end);
        assert!(world.peers.values().all(|p| p.status.waiting_for.is_none() && !p.lost_ticks()));
        digest
    };
    let slow = [Tempo::Quarter, Tempo::Tenth, Tempo::Half, Tempo::Double];
    assert_eq!(run(&slow), run(&[]));
}

#[test]
fn a_newcomer_learns_the_tempo_and_a_new_leader_keeps_it() {
    let mut world = three(13, Pace::RealTime);
    world.ask(PeerId(3), Request::Tempo(Tempo::Half));
    world.join(Config { pace: Pace::RealTime, ..config(4, None) });
    world.until("4 knows", 10, |w| w.peers[&PeerId(4)].status.tempo == Tempo::Half);
    world.vanish(PeerId(1));
    world.run_for(4_000_000);
    let before = world.peers[&PeerId(3)].status.tick;
    world.run_for(4_000_000);
    let status = &world.peers[&PeerId(3)].status;
    assert_eq!(status.tempo, Tempo::Half);
    assert!((110..=124).contains(&(status.tick - before)), "{} ticks in 4 s", status.tick - before);
}

#[test]
fn commands_arrive_once_and_everywhere() {
    let mut world = three(5, Pace::RealTime);
    let before = world.peers[&PeerId(1)].status.particles;
    for i in 0..5 {
        let stroke = Stroke { from: [10 + 20 * i, 50], to: [10 + 20 * i, 50], radius: 1 };
        world.ask(PeerId(3), Request::Command(Command::Pour { stroke, material: 0, velocity: [0, 0] }));
        world.ask(PeerId(2), Request::Command(Command::Wall { stroke, solid: false }));
    }
    world.run_for(1_000_000);
    // Five cells a dab, four particles a cell, less what was there already.
    let added = world.peers[&PeerId(1)].status.particles - before;
    assert!((90..=100).contains(&added), "{added}");
    goes_on(&mut world);
}

#[test]
fn strips_follow_measured_speed() {
    let mut world = World::new(Net { proportional: true, ..Net::default() }, Stub::boxed);
    let real = |c: Config| Config { pace: Pace::RealTime, equal_strips: false, ..c };
    world.join(real(Config { found: Some(scene(640)), ..founder(2) }));
    world.join(real(config(2, None)));
    world.until("start", 10, |w| w.peers.values().all(|p| p.status.tick >= 20));
    let columns = |w: &World, id: u128| {
        w.peers[&PeerId(1)]
            .status
            .people
            .iter()
            .find(|p| p.id == PeerId(id))
            .and_then(|p| p.region)
            .map_or(0, |r| r.width() / 16)
    };
    assert!((18..=22).contains(&columns(&world, 1)), "{}", columns(&world, 1));
    world.peers.get_mut(&PeerId(2)).unwrap().slow = 3;
    world.run_for(15_000_000);
    assert!((27..=33).contains(&columns(&world, 1)), "{}", columns(&world, 1));
    goes_on(&mut world);
}

#[test]
fn another_scene_is_loaded_by_all() {
    let mut world = three(6, Pace::RealTime);
    world.ask(PeerId(2), Request::Load(scene(256)));
    world.until("loaded", 10, |w| {
        w.peers.values().all(|p| p.status.people.iter().any(|p| p.region.is_some_and(|r| r.x1 == 256)))
    });
    goes_on(&mut world);
    assert_eq!(world.peers[&PeerId(3)].status.particles, 248 * 4 * 4);
}

struct Failing(Stub, u32);

impl Kernel for Failing {
    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        self.1 += 1;
        if self.1 > 60 { Err("the GPU was lost".into()) } else { self.0.run(job) }
    }
}

#[test]
fn a_failing_backend_is_replaced() {
    let mut world = World::new(Net::default(), Stub::boxed);
    world.join(Config { pace: Pace::RealTime, ..founder(3) });
    world.join(Config { pace: Pace::RealTime, ..config(2, None) });
    world.join(Config { pace: Pace::RealTime, ..config(3, None) });
    world.peers.get_mut(&PeerId(2)).unwrap().kernel = Box::new(Failing(Stub::default(), 0));
    let stopped = Announcement::StoppedComputing { who: PeerId(2), why: BackendError::BadJob };
    world.until("named", 20, |w| w.peers[&PeerId(3)].heard(&stopped) > 0);
    goes_on(&mut world);
    assert_eq!(world.peers[&PeerId(1)].status.people.iter().filter(|p| p.region.is_some()).count(), 2);
}

#[test]
fn hostile_bytes_do_no_harm() {
    let mut world = three(7, Pace::RealTime);
    let from = PeerId(2);
    for round in 0..4000 {
        let length = world.random(60) as usize;
        let mut bytes: Vec<u8> = (0..length).map(|_| world.random(256) as u8).collect();
        if let Some(first) = bytes.first_mut() {
            // Everything but an honest farewell.
            *first %= 20;
            if [1, 10, 11].contains(first) {
                *first = 3;
            }
        }
        let channel = [Channel::Log, Channel::Border, Channel::Bulk, Channel::View][round % 4];
        world.forge(PeerId(3), from, channel, bytes);
    }
    goes_on(&mut world);
}

#[test]
fn changed_messages_never_panic() {
    for seed in seeds(0..4) {
        let mut world = three(seed, Pace::RealTime);
        world.ask(PeerId(2), Request::Command(Command::Gravity([1, 2])));
        world.join(Config { pace: Pace::RealTime, ..config(4, None) });
        world.ask(PeerId(1), Request::Leave);
        world.run_for(1_000_000);
        let said: Vec<(Channel, Vec<u8>)> = world.peers.values().flat_map(|p| p.said.clone()).collect();
        for round in 0..6000 {
            let (channel, mut bytes) = said[world.random(said.len() as u64) as usize].clone();
            for _ in 0..=world.random(3) {
                let at = world.random(bytes.len() as u64) as usize;
                bytes[at] = match world.random(4) {
                    0 => 253, // What announces a long number.
                    1 => 255,
                    2 => bytes[at].wrapping_add(1),
                    _ => world.random(256) as u8,
                };
            }
            let alive: Vec<PeerId> = world.peers.iter().filter(|p| p.1.alive).map(|p| *p.0).collect();
            let (to, from) = (alive[round % alive.len()], alive[(round + 1) % alive.len()]);
            world.forge(to, from, channel, bytes);
            if round % 20 == 0 {
                world.run_for(2_000);
            }
        }
        world.run_for(3_000_000);
    }
}

#[test]
fn two_who_do_not_reach_each_other_compute_on_through_a_third() {
    let mut world = three(2, Pace::RealTime);
    world.run_for(6_000_000);
    world.cut(PeerId(2), PeerId(3));
    let relayed = Announcement::Relayed { a: PeerId(2), b: PeerId(3), via: PeerId(1) };
    world.until("named", 15, |w| w.peers.values().all(|p| p.heard(&relayed) > 0));
    goes_on(&mut world);
    let people = &world.peers[&PeerId(2)].status.people;
    assert_eq!((people.len(), people.iter().filter(|p| p.region.is_some()).count()), (3, 3));
    world.ask(PeerId(1), Request::Resume);
    // A newcomer who reaches only one of the others computes as well.
    world.join(Config { pace: Pace::RealTime, ..config(4, None) });
    world.cut(PeerId(4), PeerId(2));
    world.cut(PeerId(4), PeerId(3));
    world.until("all compute", 30, |w| {
        w.peers.values().all(|p| p.status.people.iter().filter(|p| p.region.is_some()).count() == 4)
    });
    goes_on(&mut world);
    world.run_for(5_000_000);
    let tiles = |id| picture(&world, id).into_keys().collect::<Vec<_>>();
    assert!(tiles(1).len() > 10);
    assert_eq!((tiles(2), tiles(4)), (tiles(1), tiles(1)), "who does not reach another sees it all the same");
}

#[test]
fn a_room_cut_in_two_becomes_one_again() {
    for seed in 0..4 {
        let mut world = three(seed, Pace::RealTime);
        world.run_for(6_000_000);
        let (alone, rest) = (PeerId(1 + u128::from(seed) % 3), [PeerId(1), PeerId(2), PeerId(3)]);
        let others: Vec<PeerId> = rest.into_iter().filter(|&p| p != alone).collect();
        others.iter().for_each(|&other| world.cut(alone, other));
        world.run_for(12_000_000);
        let size = |w: &World, id: PeerId| w.peers[&id].status.people.len();
        assert!(size(&world, alone) == 1 && size(&world, others[0]) == 2, "each side plays on");
        others.iter().for_each(|&other| world.heal(alone, other));
        world.until("one room", 20, |w| {
            w.peers.values().all(|p| p.status.people.iter().filter(|p| p.region.is_some()).count() == 3)
        });
        goes_on(&mut world);
    }
}

/// The picture that a peer has put together from all views.
fn picture(world: &World, id: u128) -> BTreeMap<[u16; 2], Vec<u32>> {
    let mut tiles: BTreeMap<[u16; 2], Vec<u32>> = BTreeMap::new();
    for event in &world.peers[&PeerId(id)].views {
        let Event::View { region, full, tiles: new, .. } = event else { continue };
        if *full {
            tiles.retain(|t, _| !region.contains(i32::from(t[0]) * 16, i32::from(t[1]) * 16));
        }
        for tile in new {
            tiles.insert(tile.tile, tile.cells.clone());
        }
    }
    tiles.retain(|_, cells| cells.iter().any(|c| c & 0xff != 0));
    tiles
}

#[test]
fn everyone_sees_the_whole_room() {
    let mut world = three(9, Pace::RealTime);
    world.net.view_loss = 20;
    world.run_for(2_000_000);
    world.join(Config { pace: Pace::RealTime, ..config(4, None) });
    world.run_for(3_000_000);
    world.ask(PeerId(2), Request::Leave);
    world.run_for(2_000_000);
    world.ask(PeerId(1), Request::Pause);
    world.run_for(5_000_000);
    let (a, b) = (picture(&world, 3), picture(&world, 4));
    assert!(a.len() > 10);
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (tile, cells) in &a {
        let near = |(x, y): (&u32, &u32)| (x & 0xff).abs_diff(y & 0xff) <= 8;
        assert!(cells.iter().zip(&b[tile]).all(near), "{tile:?}");
    }
}
