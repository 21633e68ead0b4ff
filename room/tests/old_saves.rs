//! Saves of earlier releases open, and go on with the same bits.
//!
//! `data/version-1.tidepool` was written at tick 60 by a release whose kernels were named by a hash of their constants
//! and a number; `data/version-2.tidepool` by one in which nothing could be taken back, `data/version-3.tidepool` by one without stamps,
//! `data/version-4.tidepool` by one in which nobody could hold anything. Each release gave this digest at tick 120, without a break and from the save alike.

use room::save;
use sim_kernels::digest::Digest;
use sim_kernels::job::{Job, Load, StepJob};

#[test]
fn a_save_of_version_1_opens_and_goes_on() {
    let end = Digest([0x6263_e96f, 0x0206_2a51, 0x95f1_451f, 0x15ec_a3bd]);
    goes_on(include_bytes!("data/version-1.tidepool"), 1280, end);
}

#[test]
fn a_save_of_version_2_opens_and_goes_on() {
    let end = Digest([0x87d5_a1b9, 0x8fd0_1b36, 0xeba9_eb8c, 0xa989_8e6a]);
    goes_on(include_bytes!("data/version-2.tidepool"), 1631, end);
}

#[test]
fn a_save_of_version_3_opens_and_goes_on() {
    let end = Digest([0x3c9a_aec8, 0x58ef_ee85, 0xbfca_de70, 0xc029_085b]);
    goes_on(include_bytes!("data/version-3.tidepool"), 1280, end);
}

#[test]
fn a_save_of_version_4_opens_and_goes_on() {
    let end = Digest([0x7eeb_2194, 0xa5b9_86be, 0xfbd9_87cc, 0xd844_f63c]);
    goes_on(include_bytes!("data/version-4.tidepool"), 1280, end);
}

fn goes_on(save: &[u8], particles: u64, end: Digest) {
    let save = save::decode(save.to_vec()).expect("it opens, and its particles have the digest that it names");
    let (mut globals, region) = (save.head().globals.clone(), save.head().scene.world.rect());
    assert_eq!((globals.tick, save.head().particles), (60, particles));
    let mut backend = sim_kernels::cpu::CpuBackend::new(Some(1));
    let load = Load { globals: globals.clone(), region, particles: save.particles(region) };
    backend.run_now(Job::Load(load)).expect("loads");
    let mut commands = Vec::new();
    while globals.tick < 120 {
        let now: Vec<_> = save.head().scene.commands_at(globals.tick).cloned().collect();
        globals.pass_tick(&now);
        commands.push(now);
    }
    let step = StepJob { region, commands, digest: true, ..StepJob::default() };
    let mut digest = backend.run_now(Job::Step(step)).expect("steps").digest.expect("was asked for");
    digest.add(globals.digest());
    assert_eq!(digest, end);
}
