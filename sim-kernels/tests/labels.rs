//! Labels: what a particle bears and physics never reads. It keeps its stroke whatever it becomes.

mod cpu_common;

use cpu_common::measure::{blocks, code};
use sim_kernels::command::{Command, Stroke};
use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::hash4;
use sim_kernels::geom::Rect;
use sim_kernels::golden;
use sim_kernels::job::{Job, Load};
use sim_kernels::materials::{Class, HEAT, label};
use sim_kernels::particle::Particle;

/// With another label.
fn labelled(p: &Particle, label: u32) -> Particle {
    let mut p = *p;
    p.1[HEAT] = p.1[HEAT] & label::HEAT_BITS | label & !label::HEAT_BITS;
    p
}

/// All particles at the end of a golden scene whose first ones are changed, and nothing of their labels.
fn end_of(scene: &golden::Golden, change: impl Fn(usize, &Particle) -> Particle) -> Vec<Particle> {
    let (jobs, _) = scene.jobs();
    let region = scene.scene().world.rect();
    let mut backend = CpuBackend::new(None);
    for mut job in jobs {
        if let Job::Load(load) = &mut job {
            load.particles = load.particles.iter().enumerate().map(|(i, p)| change(i, p)).collect();
        }
        if let Job::Step(step) = &mut job {
            step.extract = vec![region];
        }
        let output = backend.run_now(job).expect("a good job");
        if let Some(all) = output.extracts.first() {
            let mut end: Vec<Particle> = all.iter().map(|p| labelled(p, 0)).collect();
            end.sort_unstable();
            return end;
        }
    }
    unreachable!("a scene steps")
}

#[test]
fn other_labels_are_the_same_physics() {
    for scene in golden::ALL {
        let plain = end_of(&scene, |_, p| *p);
        assert!(plain.len() > 1000, "{}: {}", scene.name, plain.len());
        for seed in 1..4 {
            let other = end_of(&scene, |i, p| labelled(p, hash4([i as u32, seed, 0, 0])[0]));
            assert!(plain == other, "{}: labels of seed {seed} change what happens", scene.name);
        }
    }
}

#[test]
fn a_stroke_stays_whatever_becomes_of_it() {
    let mut whole =
        blocks(48, 32, [0, -300], &[("water", Rect::new(0, 0, 24, 12)), ("sand", Rect::new(24, 0, 48, 12))]);
    whole.run(1);
    let mut particles = whole.particles();
    assert!(!particles.is_empty());
    for p in &mut particles {
        *p = labelled(p, p.1[HEAT] & 0xf000_0000 | if p.material() == 0 { 7 << 16 } else { 9 << 16 });
    }
    assert!(particles.iter().all(|p| p.class() == if p.material() == 0 { Class::Labelled } else { Class::All }));
    let load = Load { globals: whole.globals.clone(), region: whole.scene.world.rect(), particles: particles.clone() };
    whole.backend.run_now(Job::Load(load)).expect("a good job");
    let stroke = Stroke { from: [0, 2], to: [47, 2], radius: 20 };
    let warm = |by: i16| Command::Warm { stroke, by: by.into() };
    whole.scene.commands =
        [(10, -12000), (240, 12000), (241, 12000), (242, 12000)].map(|(at, by)| (at, warm(by))).into();
    let of = |all: &[Particle], stroke: u32| all.iter().filter(|p| label::stroke(p.1[HEAT]) == stroke).count();
    let wanted = [7, 9].map(|stroke| of(&particles, stroke));
    let mut seen = [false; 2];
    for _ in 0..40 {
        whole.run(12);
        let all = whole.particles();
        assert_eq!([7, 9].map(|stroke| of(&all, stroke)), wanted);
        for (seen, name) in seen.iter_mut().zip(["ice", "steam"]) {
            *seen |= all.iter().any(|p| p.material() == u32::from(code(name)) && label::stroke(p.1[HEAT]) == 7);
        }
        // What has no grains bears none.
        assert!(all.iter().all(|p| p.material() != 0 || label::grain(p.1[HEAT]) == 0));
    }
    assert_eq!(seen, [true; 2], "it froze, and boiled");
}

#[test]
fn what_heaps_has_all_grains_alike() {
    let mut whole = blocks(64, 64, [0, 0], &[("sand", Rect::new(0, 0, 64, 64))]);
    whole.run(1);
    let mut of = [0; 16];
    whole.particles().iter().for_each(|p| of[label::grain(p.1[HEAT]) as usize] += 1);
    // 16384 of them: 1024 each, with a spread of 31.
    assert!(of.iter().all(|n| (900..1150).contains(n)), "{of:?}");
}
