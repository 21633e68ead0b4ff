//! States in slots: each goes its own way, and a copy goes the way of its original.

#[cfg(feature = "gpu")]
#[allow(dead_code, reason = "each test uses its part")]
mod gpu_common;

use sim_kernels::cpu::CpuBackend;
use sim_kernels::digest::Digest;
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::job::{Backend, Job, JobOutput, Load, StepJob};
use sim_kernels::scene::{Block, Scene};

fn scene(x: i32) -> Scene {
    Scene {
        title: "slots".into(),
        world: WorldSize::new(96, 64).unwrap(),
        gravity: [0, -66],
        terrain: vec![Rect::new(0, 0, 96, 3)],
        blocks: vec![Block::water(Rect::new(x, 10, x + 24, 30))],
        commands: vec![],
    }
}

fn run(backend: &mut dyn Backend, job: Job) -> JobOutput {
    pollster::block_on(backend.run(job)).unwrap()
}

fn load(backend: &mut dyn Backend, x: i32) {
    let (scene, region) = (scene(x), scene(x).world.rect());
    run(backend, Job::Load(Load { globals: scene.globals(), region, particles: scene.particles(region) }));
}

fn step(backend: &mut dyn Backend) -> Digest {
    let region = scene(0).world.rect();
    let step = StepJob { region, commands: vec![vec![]; 3], digest: true, ..StepJob::default() };
    run(backend, Job::Step(step)).digest.unwrap()
}

fn slots(make: impl Fn() -> Box<dyn Backend>) {
    let alone = |x: i32| -> Vec<Digest> {
        let mut backend = make();
        load(backend.as_mut(), x);
        (0..6).map(|_| step(backend.as_mut())).collect()
    };
    let (first, second) = (alone(4), alone(40));
    let mut backend = make();
    load(backend.as_mut(), 4);
    run(backend.as_mut(), Job::Select(3));
    load(backend.as_mut(), 40);
    for i in 0..3 {
        run(backend.as_mut(), Job::Select(0));
        assert_eq!(step(backend.as_mut()), first[i]);
        run(backend.as_mut(), Job::Select(3));
        assert_eq!(step(backend.as_mut()), second[i]);
    }
    // A copy runs ahead; its original is where it was.
    run(backend.as_mut(), Job::Select(7));
    run(backend.as_mut(), Job::Copy(0));
    assert_eq!((step(backend.as_mut()), step(backend.as_mut())), (first[3], first[4]));
    run(backend.as_mut(), Job::Select(0));
    assert_eq!(step(backend.as_mut()), first[3]);
    run(backend.as_mut(), Job::Select(7));
    assert_eq!(step(backend.as_mut()), first[5]);
    run(backend.as_mut(), Job::Forget);
    assert!(pollster::block_on(backend.run(Job::Extract(vec![]))).is_err(), "nothing is left");
    run(backend.as_mut(), Job::Select(3));
    assert_eq!(step(backend.as_mut()), second[3]);
}

#[test]
fn states_on_the_cpu_do_not_mix() {
    slots(|| Box::new(CpuBackend::new(Some(1))));
}

#[cfg(feature = "gpu")]
#[test]
fn states_on_a_gpu_do_not_mix() {
    gpu_common::on_each_driver("states_on_a_gpu_do_not_mix", |context| {
        slots(|| Box::new(sim_kernels::gpu::GpuBackend::new(context.clone(), Default::default())));
    });
}
