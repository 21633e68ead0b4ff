//! Participants that are all too slow, on links that are thin: machines that draw, compute and do other things besides.
//! The room gets slow, and holds together. One thread, virtual time, one seed.

use driver::link::DownReason;
use driver::net::netem::Netem;
use driver::notice::Notice as LinkNotice;
use driver::scene_file::parse;
use driver::virtual_time::{Cost, World};
use room::api::{Config, Event, Micros, Pace, PeerId, Profile, Status};
use room::notice::{Announcement, Notice};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::hash4;
use std::collections::BTreeMap;

const BASIN: &str = r#"(
    title: "basin",
    world: (width: 160, height: 80),
    gravity: (0, -66),
    terrain: [(x0: 0, y0: 0, x1: 160, y1: 6)],
    blocks: [(x0: 0, y0: 6, x1: 160, y1: 18)],
)"#;

/// How long they play.
const PLAY_US: Micros = 30_000_000;

fn id(i: u32) -> PeerId {
    PeerId(u128::from(i) + 100)
}

#[test]
fn a_room_of_overloaded_machines_gets_slow_and_stays_whole() {
    for (seed, people) in [(0, 3), (5, 4)] {
        let mut world = World::default();
        for i in 0..people {
            let config = Config {
                me: id(i),
                profile: Profile { name: format!("P{i}"), lend: true, backend: "CPU".into(), throughput: 400_000 },
                found: (i == 0).then(|| parse("basin.ron", BASIN).unwrap()),
                superstep_ticks: 0,
                pace: Pace::RealTime,
                wait_for: people,
                equal_strips: false,
                stand_ins: true,
                end_tick: None,
            };
            let netem = Netem { latency_us: 1_000, bytes_per_s: 2 << 20, ..Netem::default() };
            let cost = Cost { job_us: 3_000, tick_us: 3_000, million_us: 1_000_000 };
            world.join(config, Box::new(CpuBackend::new(Some(1))), cost, netem);
        }
        let mut told = Vec::new();
        let mut seen: BTreeMap<PeerId, Status> = BTreeMap::new();
        let (mut frozen, mut count) = (0, 0);
        while world.now() < PLAY_US {
            // Somebody's frame takes long.
            if world.now() >= frozen {
                let h = hash4([seed as u32, count, 0, 0]);
                count += 1;
                frozen = world.now() + 300_000 + u64::from(h[0] % 1_000_000);
                world.freeze(id(h[1] % people), 100_000 + u64::from(h[2] % 1_400_000));
            }
            let now = world.now();
            world
                .step(|peer, event| match event {
                    Event::Status(status) => drop(seen.insert(peer, *status)),
                    Event::Notice(notice) => told.push((now, peer, notice)),
                    _ => {}
                })
                .unwrap();
        }
        let lost = |told: &&(u64, PeerId, Notice)| {
            told.2.ticks_lost().is_some() || matches!(told.2, Notice::Announced(Announcement::Vanished(_)))
        };
        assert_eq!(told.iter().filter(lost).count(), 0, "seed {seed}: {told:#?}");
        for peer in (0..people).map(id) {
            let slow = |n: &LinkNotice| matches!(n, LinkNotice::LinkEnded { why: DownReason::QueueFull(_), .. });
            assert!(!world.notices(peer).iter().any(slow), "seed {seed}: {:?}", world.notices(peer));
        }
        let ticks: Vec<u64> = seen.values().map(|s| s.tick).collect();
        assert!(
            ticks.len() == people as usize && ticks.iter().all(|&t| t > 600),
            "seed {seed}: {ticks:?} in {PLAY_US} us"
        );
    }
}
