//! Bands that are not their sender's to say, or larger than any can be.

use crate::common::World;
use crate::{Before, PeerId, STRANGER, WATCHER, lineage, next, room, say, unharmed};
use room::api::Channel;
use room::bandcode;
use room::notice::Notice;
use room::wire::replica;
use sim_kernels::job::{Job, JobOutput};
use sim_kernels::particle::{Fields, Particle};
use simulate::kernel::{Kernel, Stub};

/// Bands between all strips for the next steps.
fn flood(world: &mut World, from: PeerId, code: &[u8]) {
    let (lineage, next) = (lineage(world), next(world));
    for step in next..next + 8 {
        for (a, b) in [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)] {
            let msg = replica::Message::Band { lineage, step, from: a, to: b };
            say(world, from, Channel::Border, msg, code);
        }
    }
}

#[test]
fn bands_of_those_who_hold_nothing_are_not_taken() {
    for (seed, from) in [(11, WATCHER), (12, STRANGER)] {
        let mut world = room(seed);
        let before = Before::of(&world);
        assert_eq!(before.particles, [1920; 4]);
        for _ in 0..150 {
            flood(&mut world, from, &bandcode::encode(&[]));
            world.run_for(20_000);
        }
        unharmed(&mut world, &before);
    }
}

/// Refuses as many particles as no room has.
struct Limited(Box<dyn Kernel>);

impl Kernel for Limited {
    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        match &job {
            Job::Step(step) if step.incoming.len() > 100_000 => Err("too many particles".into()),
            Job::Load(load) if load.particles.len() > 100_000 => Err("too many particles".into()),
            _ => self.0.run(job),
        }
    }
}

#[test]
fn a_band_larger_than_its_strip_stops_nobody_computing() {
    let code =
        bandcode::encode(&vec![Particle::pack(Fields { x: 43 << 12, y: 5 << 12, ..Fields::default() }); 200_000]);
    for (seed, from) in [(13, WATCHER), (14, PeerId(2))] {
        let mut world = room(seed);
        for peer in world.peers.values_mut() {
            let kernel = std::mem::replace(&mut peer.kernel, Stub::boxed());
            peer.kernel = Box::new(Limited(kernel));
        }
        let before = Before::of(&world);
        for _ in 0..3 {
            flood(&mut world, from, &code);
            world.run_for(300_000);
        }
        unharmed(&mut world, &before);
        assert!(world.peers.values().all(|p| p.notices.iter().all(|n| !matches!(n, Notice::StoppedComputing { .. }))));
    }
}
