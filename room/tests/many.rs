//! The largest room: thirty-two who compute, thirty-two who watch.

mod common;

use common::{Net, World, config, goes_on, scene};
use room::api::{Channel, Config, Pace, PeerId, Profile, Request};
use sim_kernels::area::Stroke;
use sim_kernels::command::Command;
use simulate::kernel::Stub;
use std::collections::BTreeMap;

const COMPUTING: u128 = 32;
const ALL: u128 = 64;
/// What it costs is measured over this time.
const SECONDS: u64 = 2;

fn computing(world: &World) -> usize {
    world.peers[&PeerId(1)].status.people.iter().filter(|p| p.region.is_some()).count()
}

/// Bytes that everyone sent so far, by channel.
fn sent(world: &World) -> BTreeMap<(PeerId, Channel), u64> {
    world.peers.iter().flat_map(|(id, p)| p.sent.iter().map(|(channel, n)| ((*id, *channel), *n))).collect()
}

#[test]
fn thirty_two_compute_and_thirty_two_watch() {
    let mut world = World::new(Net { compute_us: 4_000, ..Net::default() }, Stub::boxed);
    let real = |cfg: Config| Config { pace: Pace::RealTime, equal_strips: false, ..cfg };
    world.join(real(Config { wait_for: COMPUTING as u32, ..config(1, Some(&scene(2048))) }));
    for id in 2..=COMPUTING {
        world.join(real(config(id, None)));
    }
    world.until("all compute", 30, |w| computing(w) == COMPUTING as usize);
    for id in COMPUTING + 1..=ALL {
        let cfg = real(config(id, None));
        let profile = Profile { lend: false, ..cfg.profile.clone() };
        world.join(Config { profile, ..cfg });
        world.run_for(50_000);
    }
    world.until("all are here", 30, |w| w.peers.values().all(|p| p.status.people.len() == ALL as usize));
    world.run_for(1_500_000);
    let before = sent(&world);
    for _ in 0..SECONDS {
        world.run_for(1_000_000);
        let status = &world.peers[&PeerId(1)].status;
        assert_eq!(computing(&world), COMPUTING as usize);
        assert!(status.speed_percent >= 97, "{} %", status.speed_percent);
    }
    // What one costs the others, a second.
    let rate = |who: PeerId, channel| {
        let after = world.peers[&who].sent.get(&channel).copied().unwrap_or(0);
        (after - before.get(&(who, channel)).copied().unwrap_or(0)) / SECONDS
    };
    let host = world.peers[&PeerId(1)].status.people.iter().find(|p| p.leader).expect("somebody leads").id;
    let other = PeerId(if host == PeerId(9) { 10 } else { 9 });
    for (who, id) in [("the host", host), ("who computes", other), ("who watches", PeerId(ALL))] {
        let of = [Channel::Log, Channel::Border, Channel::View, Channel::Bulk].map(|channel| rate(id, channel));
        println!("{who}: log, bands, views, bulk: {of:?} bytes a second");
        // What holds the room together is little beside what it shows.
        assert!(of[0] < 500_000, "{who}: {of:?}");
    }
    // Who watches plays all the same.
    let particles = world.peers[&PeerId(1)].status.particles;
    let stroke = Stroke { from: [1024, 40], to: [1060, 40], radius: 3 };
    let pours = Command::Pour { stroke, material: 0, velocity: [0, 0] };
    world.ask(PeerId(ALL), Request::Command(pours));
    world.until("it is poured", 5, |w| w.peers[&PeerId(2)].status.particles > particles);
    goes_on(&mut world);
}
